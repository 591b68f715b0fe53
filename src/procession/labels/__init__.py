"""Tags and folders, and what carries them: rows for `(kind, id)` of a subject."""
