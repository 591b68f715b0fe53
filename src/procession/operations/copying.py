"""The database out of and into a backup, by each engine's own means.

SQLite: its backup interface, one step, one moment; writers go on meanwhile. PostgreSQL: COPY of every table inside one
snapshot, and back in the order of references, as the owner of the tables and no more.
"""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import psycopg
from psycopg import sql

from procession.kernel.sqlite import READER, driver
from procession.operations.archive import CHUNK, Hashed, Writer
from procession.operations.first import Refused

DATABASE, ORDERS, TABLES, SEQUENCES = "database.db", "tables.json", "tables/", "sequences.json"
VERSION = "alembic_version"
NO_SCHEMA = "The database has no schema yet: there is nothing to keep."


class Order(msgspec.Struct, frozen=True):
    """A table of PostgreSQL with its columns, in the order of the COPY."""

    table: str
    columns: tuple[str, ...]


# -- SQLite -----------------------------------------------------------------------------------------------------------


def copy_sqlite(source: Path, target: Path) -> str:
    """Copy the database of one moment to a new file, check the copy; its schema."""
    if not source.is_file():
        raise Refused(NO_SCHEMA)
    with contextlib.closing(driver.connect(str(source), isolation_level=None)) as connection:
        for pragma in READER:
            connection.execute(f"PRAGMA {pragma}")
        with contextlib.closing(driver.connect(str(target), isolation_level=None)) as copy:
            connection.backup(copy)
    return check_sqlite(target)


def check_sqlite(path: Path) -> str:
    """The schema of a database that nobody has open. Raises `Refused` when its own check finds it damaged."""
    with contextlib.closing(driver.connect(str(path), isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
        (found,) = connection.execute("PRAGMA quick_check").fetchone()
        if found != "ok":
            raise Refused(f"The database is damaged: {found}")
        tables = connection.execute("SELECT name FROM sqlite_master WHERE name = ?", (VERSION,)).fetchall()
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone() if tables else None
    if row is None:
        raise Refused(NO_SCHEMA)
    return str(row[0])


# -- PostgreSQL out ---------------------------------------------------------------------------------------------------

COLUMNS = """
SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND c.relname <> 'alembic_version'
  AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
GROUP BY c.relname ORDER BY c.relname
"""
REFERENCES = """
SELECT DISTINCT c.conrelid::regclass::text, c.confrelid::regclass::text FROM pg_constraint c
WHERE c.contype = 'f' AND c.connamespace = current_schema()::regnamespace AND c.conrelid <> c.confrelid
"""
COUNTED = """
SELECT c.relname, a.attname, pg_get_serial_sequence(quote_ident(c.relname), a.attname)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND a.attidentity <> '' ORDER BY 1, 2
"""
PLAIN = "SET LOCAL statement_timeout = 0; SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'"
EVERY_TENANT = "SELECT set_config('procession.organization_id', '*', true)"


@contextlib.contextmanager
def snapshot(url: str) -> Iterator[psycopg.Connection]:
    """One read-only transaction that sees one moment, the rows of every organization."""
    with psycopg.connect(url, application_name="procession backup") as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        connection.execute(PLAIN)
        connection.execute(EVERY_TENANT)
        yield connection


def schema_of(connection: psycopg.Connection) -> str:
    """The schema of the snapshot. Raises `Refused` when there is none."""
    there = connection.execute("SELECT to_regclass('alembic_version')").fetchone()
    found = connection.execute("SELECT version_num FROM alembic_version").fetchone() if there and there[0] else None
    if found is None:
        raise Refused(NO_SCHEMA)
    return str(found[0])


def copy_tables(connection: psycopg.Connection, writer: Writer, folder: Path) -> None:
    """Every table of the snapshot into the backup, then where its counters stand."""
    found = orders(connection)
    writer.add_bytes(ORDERS, msgspec.json.encode(found))
    for order in found:
        with tempfile.TemporaryFile(dir=folder) as spool:
            with connection.cursor().copy(_copy(order, "TO STDOUT")) as rows:
                for part in rows:
                    spool.write(part)
            size = spool.tell()
            spool.seek(0)
            writer.add_file(f"{TABLES}{order.table}.copy", spool, size)
    writer.add_bytes(SEQUENCES, msgspec.json.encode(list(_counters(connection))))


def orders(connection: psycopg.Connection) -> list[Order]:
    """The tables, each after those it refers to."""
    tables = {name: Order(name, tuple(columns)) for name, columns in connection.execute(COLUMNS)}
    needs: dict[str, set[str]] = {name: set() for name in tables}
    for table, other in connection.execute(REFERENCES):
        needs[table.strip('"')].add(other.strip('"'))
    found: list[Order] = []
    while needs:
        ready = sorted(name for name, others in needs.items() if not others & needs.keys())
        if not ready:
            raise Refused(f"These tables refer to each other in a ring: {', '.join(sorted(needs))}")
        found += [tables[name] for name in ready]
        needs = {name: others for name, others in needs.items() if name not in ready}
    return found


def _counters(connection: psycopg.Connection) -> Iterator[tuple[str, str, int, bool]]:
    """Counters are no rows: they may be ahead of the snapshot, never behind it."""
    for table, column, sequence in connection.execute(COUNTED).fetchall():
        name = sql.SQL(".").join(map(sql.Identifier, sequence.replace('"', "").split(".")))
        row = connection.execute(sql.SQL("SELECT last_value, is_called FROM {}").format(name)).fetchone()
        assert row is not None
        yield (table, column, *row)


def _copy(order: Order, direction: str) -> sql.Composed:
    columns = sql.SQL(", ").join(map(sql.Identifier, order.columns))
    return sql.SQL("COPY {} ({}) " + direction).format(sql.Identifier(order.table), columns)


# -- PostgreSQL in ----------------------------------------------------------------------------------------------------

ANYTHING = "SELECT count(*) FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'v')"
FORCED = (
    "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' "
    "AND relforcerowsecurity ORDER BY 1"
)


def is_empty(connection: psycopg.Connection) -> bool:
    """Whether there is no table yet."""
    found = connection.execute(ANYTHING).fetchone()
    return found is not None and found[0] == 0


@contextlib.contextmanager
def walls_down(connection: psycopg.Connection) -> Iterator[None]:
    """COPY cannot pass row-level security: it is lifted for the owner inside this transaction, and put back."""
    connection.execute(PLAIN)
    forced = [name for (name,) in connection.execute(FORCED).fetchall()]
    for name in forced:
        connection.execute(sql.SQL("ALTER TABLE {} NO FORCE ROW LEVEL SECURITY").format(sql.Identifier(name)))
    yield
    for name in forced:
        connection.execute(sql.SQL("ALTER TABLE {} FORCE ROW LEVEL SECURITY").format(sql.Identifier(name)))


def fill_table(connection: psycopg.Connection, order: Order, file: Hashed) -> None:
    """Write the rows of one table."""
    with connection.cursor().copy(_copy(order, "FROM STDIN")) as rows:
        while part := file.read(CHUNK):
            rows.write(part)


def set_counters(connection: psycopg.Connection, content: bytes) -> None:
    """No number is given twice: the counters go on where they stood."""
    for table, column, last, called in msgspec.json.decode(content, type=list[tuple[str, str, int, bool]]):
        connection.execute(
            "SELECT setval(pg_get_serial_sequence(quote_ident(%s), %s), %s, %s)", (table, column, last, called)
        )
