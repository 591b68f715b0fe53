"""SQLite plans by process and task, never by reading a whole organization (the figures of a grown database)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from procession.accounts.mail_queries import mails_page, mails_total
from procession.kernel.sql import Query
from procession.kernel.sqlite import READER, Sqlite
from procession.kernel.tables import counters
from procession.operations.databases import open_database
from procession.operations.migrate import migrate, transaction
from procession.operations.settings import load
from procession.operations.statistics import teach_planner
from procession.work import clock_queries, process_queries, queries

DATED = frozenset({"created_at_since", "created_at_until"})


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder: Path = tmp_path_factory.mktemp("statistics")
    settings = load(environment={"PROCESSION_DATA_DIR": str(folder)})
    migrate(settings)
    database = open_database(settings)
    assert isinstance(database, Sqlite)
    opened = database.connect(READER)
    yield database.dialect, opened
    opened.close()
    database.close()


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (queries.TASK_OF_STEP, "ix_tasks_process_id"),
        (queries.COUNTS, "ix_tasks_process_id"),
        (queries.NEXT_DEADLINE, "ix_tasks_process_id"),
        (queries.LAST_DEADLINE, "ix_tasks_process_id"),
        (queries.OVERDUE, "ix_tasks_process_id"),
        (queries.TASKS_OF_PROCESS, "ix_tasks_process_id"),
        (queries.ANSWERS_OF_PROCESSES, "ix_answers_process_id"),
        (clock_queries.DUE, "ix_tasks_clock"),
        (clock_queries.STALE_TASKS, "ix_tasks_undone"),
        (queries.OPEN_DEADLINE, "ix_tasks_undone"),
        (process_queries.OWN_OF_STEPS, "ix_assignments_principal"),
        (process_queries.SEEN_OF_STEPS, "ix_tasks_process_id"),
        (process_queries.SEEN_OF_STEPS, "ix_involvements_principal"),
        (process_queries.SEEN_OF_TEMPLATES, "ix_processes_template_id"),
        (mails_page(DATED), "ix_mails_created_at (organization_id=? AND created_at>? AND created_at<?)"),
        (mails_total(DATED | {"kinds"}), "ix_mails_created_at (organization_id=? AND created_at>? AND created_at<?)"),
        (mails_page(DATED | {"account_id"}), "ix_mails_account_id (organization_id=? AND account_id=?"),
    ],
)
def test_the_plan_goes_through_the_process(connection: Any, query: Query[Any], index: str) -> None:
    dialect, opened = connection
    compiled = query.compiled(dialect)
    empty = [None] * len(compiled.names)
    plan = " / ".join(row[3] for row in opened.execute(f"EXPLAIN QUERY PLAN {compiled.text}", empty))
    assert index in plan, plan


def test_what_is_measured_in_a_filled_database_is_forgotten(tmp_path: Path) -> None:
    """A later migration finds rows; what SQLite samples of them must not win over the figures given."""
    settings = load(environment={"PROCESSION_DATA_DIR": str(tmp_path)})
    migrate(settings)
    with transaction(settings) as connection:
        rows = [{"organization_id": "0" * 32, "kind": f"k{number}", "value": number} for number in range(200)]
        connection.execute(sa.insert(counters), rows)
        teach_planner(connection)
        names = connection.exec_driver_sql("SELECT name FROM sqlite_schema WHERE name LIKE 'sqlite_stat%'").fetchall()
        counted = {
            name: connection.exec_driver_sql(f"SELECT count(*) FROM {name} WHERE tbl = 'counters'").scalar()
            for (name,) in names
        }
        shape = connection.exec_driver_sql("SELECT stat FROM sqlite_stat1 WHERE tbl = 'counters'").scalar()
    assert counted.pop("sqlite_stat1") == 1
    assert not any(counted.values()), counted
    assert str(shape).startswith("1000000 ")


def test_assigned_members_of_processes_are_found_without_their_tasks(connection: Any) -> None:
    dialect, opened = connection
    compiled = queries.ASSIGNED_IN_PROCESSES.compiled(dialect)
    empty = [None] * len(compiled.names)
    plan = " / ".join(row[3] for row in opened.execute(f"EXPLAIN QUERY PLAN {compiled.text}", empty))
    assert "organization_id=? AND subject_id=?" in plan, plan
