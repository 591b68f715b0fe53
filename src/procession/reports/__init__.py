"""Figures over what is there and what happened. Reads the rooms below; nobody below knows it."""
