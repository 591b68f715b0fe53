"""Comments and issues, and whom they mention: rows for `(kind, id)` of a subject."""
