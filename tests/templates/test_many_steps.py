"""A template of hundreds of steps: read and saved with as many statements as one of few (spec 00 INC-06)."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy.dialects import sqlite

from procession.kernel.unit import Unit
from procession.people.model import Settings
from procession.templates.versions import CACHE
from tests.templates.conftest import House
from tests.templates.test_templates import TEXT

MANY = 450
EVERYTHING = (
    "with=steps,tags,folder,permissions,stages,assets,statistics,linked_tasks,runs,member_watchers,guest_watchers,threads"
    "&entire_folder_tree=1"
)


class Counter:
    """Counts the statements of units while it is switched on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        for name in ("all", "write", "write_many"):
            monkeypatch.setattr(Unit, name, self._counted(getattr(Unit, name)))

    def _counted(self, method: Any) -> Any:
        def counting(*arguments: Any, **named: Any) -> Any:
            self.count += 1
            return method(*arguments, **named)

        return counting


@pytest.fixture
def counter(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter]:
    counter = Counter(monkeypatch)
    yield counter
    CACHE.clear()


def large(house: House, steps: int) -> dict[str, Any]:
    """A template of so many steps, each with a field, people and a deadline; tagged, in milestones."""
    options = {"label": "Pick", "field_type": "dropdown", "required": False, "options": ["A", "B"]}
    listed = [
        {
            "id": f"{place + 1:032x}", "title": f"Step {place}", "summary": "<p>How</p>", "stage_id": "e" * 32,
            "assignees": [house.owner], "guests": ["a@b.co"], "captures": [TEXT, options],
            "deadline": {"value": 1, "unit": "days", "option": "from",
                         "step": f"{place:032x}" if place else "start_run"},
        }
        for place in range(steps)
    ]  # fmt: skip
    stage = {"id": "e" * 32, "title": "All"}
    body = {"title": "Large", "prerun": [TEXT], "steps": listed, "stages": [stage], "tags": [{"title": "Fin"}]}
    made: dict[str, Any] = house("import_checklist", body, query="with=steps")["data"]
    return made


def test_a_template_of_many_steps_takes_no_more_statements(house: House, counter: Counter) -> None:
    few, many = large(house, 2), large(house, MANY)
    step = {one["id"]: one["steps"]["data"][-1]["id"] for one in (few, many)}
    acts: list[tuple[str, Any, str]] = [
        ("get_checklist", None, EVERYTHING),
        ("list_steps", None, "with=tags&without_pagination=true"),
        ("get_form_fields", None, ""),
        ("export_checklist", None, ""),
        ("list_stages", None, ""),
        ("list_versions", None, ""),
        ("get_version", None, EVERYTHING),
        ("compare_versions", None, ""),
        ("reorder_step", {"position": 1}, ""),
        ("update_steps", {"ids": "all", "set": {"assignees": [], "groups": [], "max_assignable": 3}}, ""),
        ("clone_checklist", {}, ""),
        ("import_checklist", "export", "dry_run=1"),
    ]
    for name, body, query in acts:
        counts = []
        for one in (few, many):
            path = {"checklist": one["id"], "step": step[one["id"]], "version": "1"}
            sent = body
            if body == "export":
                sent = house("export_checklist", **path)
            elif isinstance(body, dict) and "ids" in body:
                sent = {**body, "ids": [each["id"] for each in one["steps"]["data"]]}
            CACHE.clear()
            counter.count = 0
            house(name, sent, query=query, **path)
            counts.append(counter.count)
        assert counts[0] == counts[1], (name, counts)
        assert counts[1] <= 25, (name, counts)


def test_one_query_per_table(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Issue 4: a template with rules, comments, files, folders and all there is, read by one query per table."""
    asked: list[Any] = []
    read_all = Unit.all

    def noted(unit: Unit, query: Any, **values: Any) -> Any:
        asked.append(query)
        return read_all(unit, query, **values)

    house.settings = Settings(discusses=True)
    found = []
    for steps in (5, 50):
        made = large(house, steps)
        ids = [one["id"] for one in made["steps"]["data"]]
        house("make_sequential", checklist=made["id"])
        CACHE.clear()
        asked.clear()
        with monkeypatch.context() as patched:
            patched.setattr(Unit, "all", noted)
            query = EVERYTHING.replace(",threads", "")
            shown = house("get_checklist", checklist=made["id"], query=query)["data"]
        assert len(shown["automated_actions"]) == steps - 1
        assert [one["threads_count"] for one in shown["steps"]["data"]] == [0] * len(ids)
        found.append(list(asked))
    few, many = found
    assert few == many, "the same statements, however many steps"
    assert len(set(map(id, many))) == len(many), "none of them twice"
    tables = [table for query in many for table in main_tables(query)]
    assert len(tables) == len(set(tables)), sorted(tables)


def main_tables(query: Any) -> list[str]:
    """What a statement reads from first."""
    return re.findall(r"FROM\s+(\w+)", str(query.statement.compile(dialect=sqlite.dialect())))[:1]


def test_many_steps_are_read_whole(house: House) -> None:
    made = large(house, MANY)
    read = house("get_checklist", checklist=made["id"], query="with=steps")["data"]
    assert read["steps_count"] == MANY
    assert [one["title"] for one in read["steps"]["data"]] == [f"Step {place}" for place in range(MANY)]
    assert all(len(one["captures"]) == 2 for one in read["steps"]["data"])
    assert len({one["alias"] for one in read["steps"]["data"]}) == MANY
