"""Procession: a self-hosted workflow server."""

__version__ = "0.1.0"
