"""The demo organization, as its administrator reads it afterwards (both databases)."""

import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from procession.engine.fields import CHOICES
from procession.operations.demo import make_demo
from procession.operations.demo_cases import PROCESSES
from procession.operations.demo_rules import RULES
from procession.operations.first import First, Refused
from procession.operations.settings import Settings
from tests.support.server import Caller, Running

KINDS = {
    "text", "textarea", "email", "radio", "dropdown", "multiselect", "date", "file", "table", "assignees_form"
}  # fmt: skip


class Made(msgspec.Struct):
    """A server on the demo, its administrator, what `make_demo` said, and how many seconds it took."""

    running: Running
    owner: Caller
    first: First
    kept: list[First]
    seconds: float

    def every(self, path: str) -> list[Any]:
        answer = self.owner("GET", path + ("&" if "?" in path else "?") + "per_page=100")
        found: list[Any] = answer.data
        return found


@pytest.fixture
def demo(settings: Settings) -> Iterator[Made]:
    running = Running(msgspec.structs.replace(settings, rate_limit="off"))
    try:
        kept: list[First] = []
        before = time.monotonic()
        first = make_demo(running.database, settings, address=running.base, keep=kept.append)
        seconds = time.monotonic() - before
        owner = Caller(running.base, first.organization_id, first.user_id, first.email, f"Bearer {first.access_token}")
        yield Made(running, owner, first, kept, seconds)
        owner.http.close()
    finally:
        running.stop()


def test_a_company_somebody_would_recognise(demo: Made) -> None:
    assert demo.kept == [demo.first]
    assert demo.seconds < 10
    members = [one for one in demo.every("/O/users") if not one["is_bot"]]
    assert Counter(one["role"] for one in members) == {"admin": 3, "standard": 17, "light": 20}
    assert len(demo.every("/O/groups")) == 8
    assert all(one["members"] for one in demo.every("/O/groups"))
    assert len(demo.every("/O/guests")) == 10
    assert {one["title"] for one in demo.every("/O/tags")} == {"Urgent", "Key account", "Remote", "Lost"}
    assert demo.owner("GET", "/O/folders").data
    with pytest.raises(Refused):
        make_demo(demo.running.database, demo.running.settings)


def test_eight_templates_with_every_kind_of_field(demo: Made) -> None:
    templates = {one["title"]: one for one in demo.every("/O/checklists?with=steps")}
    assert templates.keys() == {
        "Employee onboarding", "Client onboarding", "Purchase approval", "Customer complaint",
        "Farewell to a colleague", "Month-end close", "New product", "Supplier evaluation",
    }  # fmt: skip
    hiring = templates["Employee onboarding"]
    steps = hiring["steps"]["data"]
    assert len(steps) == hiring["steps_count"] == 25
    assert len({one["stage_id"] for one in steps}) == 4
    assert {field["field_type"] for one in steps for field in one["captures"]} | {
        field["field_type"] for field in hiring["prerun"]
    } == KINDS
    assert {one["step_type"] for one in steps} == {"task", "approval", "expiring", "email"}
    ids = {one["id"] for one in steps}
    assert {one["deadline"]["option"] for one in steps if one["deadline"]["step"] in ids} == {"from", "prior_to"}
    assert all(field["options"] for one in steps for field in one["captures"] if field["field_type"] in CHOICES)


def test_every_template_has_rules_that_nothing_is_said_against(demo: Made) -> None:
    """Their conditions and actions name what is there, and the check of rules finds nothing it would warn of."""
    for template in demo.every("/O/checklists"):
        rules = template["automated_actions"]
        assert [one["automated_alias"] for one in rules] == [one.name for one in RULES[template["title"]]]
        assert demo.every(f"/O/checklists/{template['id']}/automated-actions/lint") == []
    verbs = {action.verb for rules in RULES.values() for rule in rules for action in rule.then}
    assert verbs == {"show", "hide", "assign", "assign_only", "deadline", "reopen"}


def test_sixty_processes_in_every_state(demo: Made) -> None:
    open_ones = demo.every("/O/runs?archived=false")
    archived = demo.every("/O/runs?archived=only")
    assert len(open_ones) + len(archived) == len(PROCESSES) == 60
    assert len(archived) == 6
    by_status = Counter(one["status"] for one in open_ones)
    assert by_status["complete"] >= 12
    assert by_status["active"] >= 30
    late = [one for one in open_ones if one["status"] == "active" and one["late_tasks"]]
    on_time = [one for one in open_ones if one["status"] == "active" and not one["late_tasks"]]
    assert len(late) >= 10
    assert len(on_time) >= 8
    assert {one["progress"]["percent"] for one in open_ones} >= {0, 100}
    assert any(one["starred"] for one in open_ones)
    assert all(one["prerun"] for one in open_ones)


def test_work_was_done_by_those_it_was_given_to(demo: Made) -> None:
    runs = {one["name"]: one["id"] for one in demo.every("/O/runs?archived=true")}
    assert len(runs) == 60

    def tasks(name: str) -> list[Any]:
        return demo.every(f"/O/runs/{runs[name]}/tasks?status=all")

    signing = next(one for one in tasks("Purchase: trade fair stand") if one["title"] == "Second signature")
    assert (signing["status"], signing["completion_progress"]) == ("in-progress", 50.0)
    hired = tasks("Onboarding: Nora Lund")
    assert {one["status"] for one in hired} <= {"completed", "auto-skipped"}
    assert len({one["completer_id"] for one in hired}) > 4
    assert "Nora Lund" in next(one["title"] for one in hired if one["title"].startswith("Enter"))
    logo = next(one for one in tasks("Harbour Café goes live") if one["title"].startswith("Send logo"))
    assert logo["owners"]["guests"] == ["ines.ferreira@harbourcafe.example"]
    refused = tasks("Purchase: espresso machine")
    assert [one["is_approved"] for one in refused if one["title"] == "Approve"] == [False]
    begun = next(one for one in tasks("Hotel Lucerna goes live") if one["status"] == "active")
    assert begun["taskdata"]
