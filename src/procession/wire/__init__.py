"""The wire dialect: domain values in, answers out. Here and in `api/` templates are checklists, processes runs."""
