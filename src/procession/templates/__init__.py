"""Templates, their versions and parts. Knows nothing of processes."""
