"""What several rooms' tests need: a PostgreSQL server of their own."""
