"""SQLite plans by process and task, never by reading a whole organization (the figures of a grown database)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from procession.kernel.sql import Query
from procession.kernel.sqlite import READER, Sqlite
from procession.operations.databases import open_database
from procession.operations.migrate import migrate
from procession.operations.settings import load
from procession.work import queries


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
    ],
)
def test_the_plan_goes_through_the_process(connection: Any, query: Query[Any], index: str) -> None:
    dialect, opened = connection
    compiled = query.compiled(dialect)
    empty = [None] * len(compiled.parameters)
    plan = " / ".join(row[3] for row in opened.execute(f"EXPLAIN QUERY PLAN {compiled.text}", empty))
    assert index in plan, plan


def test_assigned_members_of_processes_are_found_through_their_tasks(connection: Any) -> None:
    dialect, opened = connection
    compiled = queries.ASSIGNED_IN_PROCESSES.compiled(dialect)
    empty = [None] * len(compiled.parameters)
    plan = " / ".join(row[3] for row in opened.execute(f"EXPLAIN QUERY PLAN {compiled.text}", empty))
    assert "organization_id=? AND process_id=?" in plan, plan
    assert "organization_id=? AND task_id=?" in plan, plan
