"""Organizations and their settings, members, guests, groups, rights. Knows nothing of work."""
