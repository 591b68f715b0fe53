"""The schema's history, one file a step, run by Alembic on both databases. Steps go forward only."""
