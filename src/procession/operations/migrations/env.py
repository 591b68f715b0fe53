"""Alembic's entry: runs the steps on the connection that `operations.migrate` hands over, in its transaction."""

from alembic import context

from procession.operations.migrations.rendering import is_declared, render_item
from procession.operations.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_item=render_item,
    include_object=is_declared,
    render_as_batch=True,  # SQLite changes tables by copying them
)
with context.begin_transaction():
    context.run_migrations()
