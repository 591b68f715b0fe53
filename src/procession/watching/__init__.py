"""Who watches what, and what people marked as favourites: rows for `(kind, id)` (spec 41 §12)."""
