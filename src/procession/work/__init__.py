"""Processes and tasks: one aggregate with one lock."""
