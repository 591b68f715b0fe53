"""One file per resource with its operations, each declared once."""
