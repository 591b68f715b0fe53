"""Migrations: both databases end up with what the rooms declare, and PostgreSQL's second wall stands."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata, produce_migrations, render_python_code
from alembic.migration import MigrationContext

from procession.kernel.ids import new_id
from procession.kernel.sqlite import driver
from procession.operations.migrate import SchemaNewer, check, configuration, migrate, transaction
from procession.operations.migrations.rendering import is_declared, render_item
from procession.operations.schema import metadata, tenant_tables
from procession.operations.settings import Settings, load

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_the_migrated_schema_is_the_declared_one(settings: Settings) -> None:
    assert check(settings)
    assert migrate(settings)
    assert not check(settings)
    assert not migrate(settings)
    with transaction(settings) as connection:
        context = MigrationContext.configure(
            connection, opts={"target_metadata": metadata, "include_object": is_declared}
        )
        assert compare_metadata(context, metadata) == []


def test_a_new_step_is_drafted_in_the_words_of_the_others(settings: Settings) -> None:
    with transaction(settings) as connection:
        context = MigrationContext.configure(connection, opts={"target_metadata": metadata})
        operations = produce_migrations(context, metadata).upgrade_ops
        assert operations is not None
        code = render_python_code(operations, render_item=render_item, migration_context=context)
    for word in ("text(32)", "text()", "number()", "instant()", "document()", "sa.Boolean()", "sa.LargeBinary()"):
        assert word in code


def test_a_newer_schema_is_refused(settings: Settings) -> None:
    migrate(settings)
    with transaction(settings) as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaNewer, match="9999"):
        migrate(settings)
    with pytest.raises(SchemaNewer):
        check(settings)


def test_a_step_that_fails_leaves_nothing(settings: Settings) -> None:
    with transaction(settings) as connection:
        connection.execute(sa.text("CREATE TABLE tasks (id int)"))
    with pytest.raises(sa.exc.DBAPIError):
        migrate(settings)
    with transaction(settings) as connection:
        assert [name for name in sa.inspect(connection).get_table_names() if name != "tasks"] == []


def test_rows_without_what_they_refer_to_are_noticed(tmp_path: Path) -> None:
    settings = load({"PROCESSION_DATA_DIR": str(tmp_path)}, folder=tmp_path)
    with transaction(settings) as connection:
        connection.execute(sa.text("CREATE TABLE a (id INTEGER PRIMARY KEY)"))
        connection.execute(sa.text("CREATE TABLE b (a INTEGER REFERENCES a (id))"))
        connection.execute(sa.text("INSERT INTO b VALUES (7)"))
    with pytest.raises(RuntimeError, match="refer"):
        migrate(settings)
    assert check(settings)


def test_what_is_there_is_carried_over_0006(settings: Settings) -> None:
    """Assignments get what the clock makes of their task; stars of members stay theirs."""
    with transaction(settings) as connection:
        command.upgrade(configuration(connection), "0002")
        fill(connection, settings)
    assert migrate(settings)
    with transaction(settings) as connection:
        clocks = connection.execute(sa.text("SELECT task_id, clock FROM assignments ORDER BY task_id")).fetchall()
        assert [tuple(one) for one in clocks] == [("dated", 1), ("expires", 2), ("free", 0), ("projected", 0)]
        stars = connection.execute(sa.text("SELECT subject_id, principal, kind FROM stars")).fetchall()
        assert [tuple(one) for one in stars] == [("run", "u7", "process")]


def fill(connection: sa.Connection, settings: Settings) -> None:
    """Rows as they were before: every column that must have a value has one."""
    moment = "2026-01-01T00:00:00.000000Z" if settings.embedded else NOW
    cases = {
        "dated": ("task", moment, False),
        "expires": ("expiring", moment, False),
        "free": ("task", None, False),
        "projected": ("task", moment, True),
    }
    tasks = sa.Table("tasks", sa.MetaData(), autoload_with=connection)
    for number, (task_id, (kind, deadline, projected)) in enumerate(cases.items(), 1):
        row = {"id": task_id, "number": number, "kind": kind, "deadline": deadline, "deadline_projected": projected}
        for column in tasks.columns:
            if not column.nullable and column.name not in row:
                python: Any = column.type.python_type
                row[column.name] = moment if column.name.endswith("_at") else python()
        connection.execute(tasks.insert().values({**row, "organization_id": "o"}))
        assigned = {"organization_id": "o", "task_id": task_id, "principal": "u7", "position": 1, "co_assignee": False}
        more = {"open": True, "number": number, "deadline": deadline}
        table = sa.Table("assignments", sa.MetaData(), autoload_with=connection)
        connection.execute(table.insert().values({**assigned, **more}))
    stars = sa.Table("stars", sa.MetaData(), autoload_with=connection)
    star = {"organization_id": "o", "subject_id": "run", "account_id": 7, "kind": "process"}
    connection.execute(stars.insert().values(star))


def test_sqlite_clusters_rows_by_key_and_never_reuses_an_integer(tmp_path: Path) -> None:
    settings = load({"PROCESSION_DATA_DIR": str(tmp_path)}, folder=tmp_path)
    migrate(settings)
    connection = driver.connect(str(tmp_path / "procession.db"))
    tables = dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall())
    connection.close()
    assert tables["tasks"].strip().endswith("WITHOUT ROWID")
    assert "AUTOINCREMENT" in tables["tag_uses"]


# -- PostgreSQL --------------------------------------------------------------------------------------------------------


@pytest.fixture
def migrated(postgres_url: str, tmp_path: Path) -> Iterator[psycopg.Connection]:
    settings = load({"PROCESSION_DATA_DIR": str(tmp_path), "PROCESSION_DATABASE_URL": postgres_url}, folder=tmp_path)
    migrate(settings)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        yield connection


def test_every_text_is_compared_bytewise(migrated: psycopg.Connection) -> None:
    others = migrated.execute(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' "
        "AND data_type IN ('character varying', 'text') AND collation_name IS DISTINCT FROM 'C' "
        "AND table_name <> 'alembic_version'"
    ).fetchall()
    assert others == []


def test_every_tenant_table_is_bound_to_its_organization(migrated: psycopg.Connection) -> None:
    forced = migrated.execute(
        "SELECT c.relname FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid "
        "WHERE c.relrowsecurity AND c.relforcerowsecurity AND p.polqual IS NOT NULL AND p.polwithcheck IS NOT NULL "
        "ORDER BY 1"
    ).fetchall()
    assert [name for (name,) in forced] == tenant_tables()


def scope(connection: psycopg.Connection, organization: str) -> None:
    connection.execute("SELECT set_config('procession.organization_id', %s, true)", (organization,))


def add_tag(connection: psycopg.Connection, organization: str) -> None:
    connection.execute(
        "INSERT INTO tags (organization_id, id, title, folded, uncased, color, automatic, created_at, revision) "
        "VALUES (%s, %s, 'A', 'a', 'a', '#000000', false, %s, 1)",
        (organization, new_id(), NOW),
    )


def count(connection: psycopg.Connection) -> int:
    found = connection.execute("SELECT count(*) FROM tags").fetchone()
    assert found is not None
    return int(found[0])


def refused(connection: psycopg.Connection, organization: str, statement: str, other: str) -> None:
    with connection.transaction():
        scope(connection, organization)
        connection.execute(statement.encode(), (other,))


def test_rows_of_another_organization_are_neither_seen_nor_written(migrated: psycopg.Connection) -> None:
    mine, theirs = new_id(), new_id()
    for one in (mine, theirs):
        with migrated.transaction():
            scope(migrated, one)
            add_tag(migrated, one)
    with migrated.transaction():
        scope(migrated, mine)
        assert count(migrated) == 1
        assert migrated.execute("UPDATE tags SET title = 'B' RETURNING organization_id").fetchall() == [(mine,)]
        assert migrated.execute("DELETE FROM tags WHERE organization_id = %s", (theirs,)).rowcount == 0
    for statement in ("INSERT INTO involvements VALUES (%s, 's', 'p', 1)", "UPDATE tags SET organization_id = %s"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            refused(migrated, mine, statement, theirs)
    assert count(migrated) == 0, "nothing is seen before the organization is set"
    with migrated.transaction():
        scope(migrated, "*")
        assert count(migrated) == 2


def test_names_that_were_there_are_compared_without_case(settings: Settings) -> None:
    """0005 fills what it adds: what differs by its marks alone may stand beside it."""
    organization = new_id()
    with transaction(settings) as connection:
        command.upgrade(configuration(connection), "0003")
        connection.execute(
            sa.text(
                "INSERT INTO tags (organization_id, id, title, folded, color, automatic, created_at, revision) "
                "VALUES (:o, :i, 'Équipe', 'equipe', '#000000', false, :at, 1)"
            ),
            {"o": organization, "i": new_id(), "at": NOW.isoformat()},
        )
    migrate(settings)
    with transaction(settings) as connection:
        assert connection.execute(sa.text("SELECT folded, uncased FROM tags")).fetchall() == [("equipe", "équipe")]
