"""Uploaded files and links to files elsewhere: rows here, bytes in a store (spec 20 §20)."""
