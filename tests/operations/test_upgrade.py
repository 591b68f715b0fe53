"""A database of the first schema that had data (0002), kept as a dump, is upgraded with all of it (both databases).

`kept/*.sql` are dumps of the two databases as a server of that schema left them; `kept/*.json` say who may read them,
and what they answered. They are never made anew: they show what becomes of data in the field when the schema changes.
"""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from procession.kernel.seals import verify
from procession.kernel.sqlite import driver
from procession.kernel.unit import Unit
from procession.operations.backup import backup
from procession.operations.databases import sqlite_path
from procession.operations.keys import fits
from procession.operations.migrate import check, migrate, transaction
from procession.operations.migrations.rendering import is_declared
from procession.operations.restore import restore
from procession.operations.schema import metadata
from procession.operations.settings import Settings, make_data_dir
from tests.support.server import Caller, Running

KEPT = Path(__file__).parent / "kept"
FIRST = "0002"
DECLARED = {"target_metadata": metadata, "include_object": is_declared}


class Old(msgspec.Struct, frozen=True):
    """The kept database, loaded and not yet upgraded; how many rows each table has; what is known of it."""

    settings: Settings
    counts: dict[str, int]
    known: dict[str, Any]


def load(settings: Settings, dump: str) -> None:
    if settings.embedded:
        make_data_dir(settings)
        with contextlib.closing(driver.connect(str(sqlite_path(settings)))) as connection:
            connection.executescript(dump)
            connection.execute("PRAGMA journal_mode=WAL")
        return
    with psycopg.connect(settings.database_url) as connection:
        connection.execute("SELECT set_config('procession.organization_id', '*', true)")
        connection.execute(dump.encode())


def counted(settings: Settings) -> dict[str, int]:
    with transaction(settings) as connection:
        names = [one for one in sa.inspect(connection).get_table_names() if one != "alembic_version"]
        return {
            one: connection.execute(sa.select(sa.func.count()).select_from(sa.table(one))).scalar_one() for one in names
        }


@pytest.fixture
def old(settings: Settings) -> Old:
    kind = "sqlite" if settings.embedded else "postgresql"
    known = json.loads((KEPT / f"{kind}.json").read_text())
    load(settings, (KEPT / f"{kind}.sql").read_text())
    found = msgspec.structs.replace(settings, secret_key=known["key"], rate_limit="off")
    return Old(found, counted(found), known)


@pytest.fixture
def upgraded(old: Old) -> Iterator[tuple[Running, Caller]]:
    migrate(old.settings)
    running = Running(old.settings)
    known = old.known
    caller = Caller(
        running.base, known["organization"], known["user"], "keeper@example.com", f"Bearer {known['token']}"
    )
    yield running, caller
    caller.http.close()
    running.stop()


def test_every_row_is_there_and_the_schema_is_the_declared_one(old: Old) -> None:
    assert old.counts["tasks"] == 4 and old.counts["answers"] > 4 and old.counts["events"] > 10
    with transaction(old.settings) as connection:
        assert MigrationContext.configure(connection).get_current_revision() == FIRST
    migrate(old.settings)
    assert not check(old.settings)
    after = counted(old.settings)
    assert {name: after.get(name) for name in old.counts} == old.counts
    with transaction(old.settings) as connection:
        context = MigrationContext.configure(connection, opts=DECLARED)
        assert compare_metadata(context, metadata) == []


def test_it_reads_as_it_did(old: Old, upgraded: tuple[Running, Caller]) -> None:
    _, caller = upgraded
    assert facts(caller, old.known) == old.known["facts"]


def facts(caller: Caller, known: dict[str, Any]) -> dict[str, Any]:
    """What people would miss first. Members that later versions add do not matter here."""
    template = caller("GET", f"/O/checklists/{known['template']}?with=steps").data
    runs = [caller("GET", f"/O/runs/{one}").data for one in known["runs"]]
    tasks = caller("GET", f"/O/runs/{known['runs'][0]}/tasks?status=all").data
    return {
        "template": [template["title"], [one["label"] for one in template["prerun"]]],
        "steps": [[one["title"], [field["label"] for field in one["captures"]]] for one in template["steps"]["data"]],
        "runs": [[one["name"], one["status"], one["prerun"], one["archived_at"], one["progress"]] for one in runs],
        "tasks": [[one["id"], one["title"], one["status"], one["taskdata"], one["deadline"]] for one in tasks],
        "guests": [one["owners"]["guests"] for one in tasks],
        "people": sorted(one["email"] for one in caller("GET", "/O/users").data),
        "groups": [[one["name"], one["members"]] for one in caller("GET", "/O/groups").data],
        "outside": [one["email"] for one in caller("GET", "/O/guests").data],
        "tags": [one["title"] for one in caller("GET", "/O/tags").data],
    }


def test_work_goes_on(old: Old, upgraded: tuple[Running, Caller]) -> None:
    """The old token signs nothing new, but acts; the key opens what was sealed; the chain of events holds."""
    running, caller = upgraded
    run, task = old.known["runs"][0], old.known["open_task"]
    path = f"/O/runs/{run}/tasks/{task}"
    assert caller("PUT", path, {"title": "After the upgrade"}).data["title"] == "After the upgrade"
    assert caller("POST", f"/O/runs/{run}/completed-tasks", {"task_id": task}).data["status"] == "completed"
    launched = caller("POST", "/O/runs", {"checklist_id": old.known["template"], "name": "Anew",
                                          "prerun": {old.known["kickoff"]: "Hooli"}})  # fmt: skip
    assert launched.data["progress"]["total"] == 2
    assert fits(running.database, old.known["key"])
    while running.jobs.run_due():
        pass
    now = running.clock.now()
    assert running.database.read_now(lambda session: verify(Unit(session, caller.organization, now)))


def test_a_backup_of_it_is_upgraded_where_it_is_restored(old: Old, other: Settings, tmp_path: Path) -> None:
    """The old program left the backup; this one restores it, with every row and in its own schema."""
    assert backup(old.settings, tmp_path / "b").schema == FIRST
    place = msgspec.structs.replace(other, secret_key=old.known["key"])
    restore(place, tmp_path / "b")
    assert not check(place)
    after = counted(place)
    assert {name: after.get(name) for name in old.counts} == old.counts
    with transaction(place) as connection:
        context = MigrationContext.configure(connection, opts=DECLARED)
        assert compare_metadata(context, metadata) == []
