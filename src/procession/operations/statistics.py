"""What SQLite's planner believes about the tables, given once instead of measured.

Without statistics SQLite takes `organization_id = ?` for selective and reads a whole organization for one process.
Measured ones would be those of an empty database for as long as it matters. So each index gets the shape of a grown
database: how many rows one value of its leading columns finds. `PRAGMA optimize` is never run: these figures stay.
"""

import sqlalchemy as sa

ROWS = 1_000_000
"""Rows of every table of the imagined database."""

DEFAULT = 50
ROWS_PER_VALUE = {
    "organization_id": 200_000,
    "id": 1,
    "digest": 1,
    "code_digest": 1,
    "email": 1,
    "slug": 1,
    "alias": 1,
    "number": 1,
    "key": 1,
    "process_id": 20,
    "scope": 100,
    "task_id": 2,
    "holder_id": 4,
    "field_id": 1_000,
    "subject_id": 5,
    "record_id": 5,
    "errand_id": 100,
    "object_id": 5,
    "comment_id": 2,
    "key_id": 20_000,
    "term": 200,
    "principal": 2_000,
    "account_id": 100,
    "starter_id": 1_000,
    "family": 4,
    "owner": 10,
    "client_id": 10_000,
    "at": 2,
    "file_id": 2,
    "uploaded_at": 2,
    "template_id": 2_000,
    "version_id": 2_000,
    "tag_id": 500,
    "folder_id": 500,
    "group_id": 10,
    "title_id": 500,
    "snippet_id": 2,
    "home_id": 20,
    "word": 1,
    "backwards": 1,
    "child_id": 1,
    "kind": 50_000,
    "subject_kind": 50_000,
    "open": 50_000,
    "status": 50_000,
    "deadline": 2_000,
    "position": 10_000,
    "run_at": 10,
    "created_at": 2,
    "updated_at": 2,
}
"""How many rows of one organization share a value of the column."""

SHARES = {"ix_tasks_undone": 20, "ix_tasks_starter_id": 10}
"""Indexes that hold only one of so many rows: most tasks of a grown database are done, and most belong to processes."""


def teach_planner(connection: sa.Connection) -> None:
    """Write the statistics of every index. Connections opened from now on plan by them."""
    connection.exec_driver_sql("ANALYZE")  # the only way to make the tables of statistics
    kept = connection.exec_driver_sql("SELECT name FROM sqlite_schema WHERE name IN ('sqlite_stat1', 'sqlite_stat4')")
    for (name,) in kept.fetchall():
        # Samples of the rows (stat4) would win over the figures given here.
        connection.exec_driver_sql(f"DELETE FROM {name}")  # noqa: S608 - one of the two names above
    tables = connection.exec_driver_sql("SELECT name FROM pragma_table_list WHERE type = 'table' AND schema = 'main'")
    for (table,) in tables.fetchall():
        if table.startswith(("sqlite_", "alembic_")):
            continue
        for _, index, unique, origin, _ in connection.exec_driver_sql(f"PRAGMA index_list('{table}')").fetchall():
            columns = [row[2] for row in connection.exec_driver_sql(f"PRAGMA index_info('{index}')").fetchall()]
            clustered = origin == "pk" and _is_clustered(connection, table)
            connection.exec_driver_sql(
                "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)",
                (
                    table,
                    table if clustered else index,
                    _shape(columns, unique=bool(unique), share=SHARES.get(index, 1)),
                ),
            )


def _is_clustered(connection: sa.Connection, table: str) -> bool:
    """Whether the rows themselves lie in the order of the primary key: the planner then names it like the table."""
    found = connection.exec_driver_sql("SELECT wr FROM pragma_table_list WHERE name = ?", (table,)).fetchone()
    return bool(found and found[0])


def _shape(columns: list[str], *, unique: bool, share: int) -> str:
    """`rows` and, for each leading run of columns, how many rows one value of them finds; one of `share` is there."""
    found, least = [], ROWS
    for place, column in enumerate(columns, 1):
        least = min(least, ROWS_PER_VALUE.get(column, DEFAULT))
        if unique and place == len(columns):
            least = 1
        found.append(str(max(least // share, 1)))
    return " ".join([str(ROWS // share), *found])
