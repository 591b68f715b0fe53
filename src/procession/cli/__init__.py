"""The command line. Holds no logic."""
