"""Runs jobs; the same process as `serve` by default."""
