"""Kills, races and flushes: what was acknowledged is there, whole, whatever happens to the process."""
