"""Acceptance checks of automations over HTTP that are no pattern (spec 31 §12), on both databases."""

from datetime import UTC, datetime

import pytest

from procession.engine.rule import Source
from tests.support.make import make_template, owners, set_working_time
from tests.support.rules import asked, due, give, give_rules, hide, reopen, rule, show, when
from tests.support.server import Caller, Running
from tests.work.test_rules import changes, complete, fired, start, undo, visible

TEXT = {"field_type": "text"}


def test_when_rules_are_looked_at(server: Running, owner: Caller) -> None:
    """31 §12.9: saved answers fire nothing, completing does; a form sent again does, but only with a changed answer."""
    template = make_template(
        owner, {"captures": [{"label": "Note", **TEXT}]}, {}, {}, {}, kickoff=[{"label": "Size", **TEXT}]
    )
    _, second, third, fourth = template.steps
    note, size = template.fields["Note"], template.kickoff["Size"]
    give_rules(
        server, owner, template,
        rule("Note", when(note, "equals", "x"), *show(second)),
        rule("Large", asked(size, "equals", "L"), *show(third)),
        rule("Any", asked(size, "is_not_empty"), *hide(fourth)),
    )  # fmt: skip
    process = start(owner, template, prerun={size: "S"})
    base = f"/O/runs/{process.id}"
    assert (visible(owner, process), fired(owner, process)) == ([0], ["Any"])
    for value in ("x", "y", "x"):
        assert owner("PUT", process.path(), {"taskdata": {note: value}}).status == 200
    assert owner("PUT", base, {"prerun": {size: "S"}}).status == 200, "nothing has changed: nothing is looked at"
    assert (visible(owner, process), fired(owner, process)) == ([0], ["Any"])
    assert changes(complete(owner, process, 0)) == {process.tasks[1]: ["visibility"]}
    assert owner("PUT", base, {"prerun": {size: "L"}}).status == 200
    assert (visible(owner, process), fired(owner, process)) == ([0, 1, 2], ["Any", "Note", "Large", "Any"])
    assert owner("PUT", base, {"prerun": {size: "L"}}).status == 200
    assert len(fired(owner, process)) == 4, "all is spent"


def test_what_is_complete_is_left_alone(server: Running, owner: Caller) -> None:
    """31 §12.11: hide, assign and deadline leave a completed task alone, reopen does not; of an open one, it does."""
    template = make_template(owner, {}, {}, {}, {})
    first, done, fresh, last = template.steps
    give_rules(
        server, owner, template,
        rule("Late", when(first, "completed"), *hide(done), give("clear_assignees", done), due(done, 3, "days")),
        rule("Open", when(first, "completed"), *reopen(fresh)),
        rule("Again", when(last, "completed"), *reopen(done, fresh)),
    )  # fmt: skip
    process = start(owner, template)
    complete(owner, process, 1)
    before = owner("GET", process.path(1)).data
    assert changes(complete(owner, process, 0)) == {}
    after = owner("GET", process.path(1)).data
    for name in ("status", "deadline", "completed_at", "completer_id"):
        assert after[name] == before[name], name
    assert owners(after) == ([owner.user_id], [], [])
    assert fired(owner, process) == ["Late", "Open"]
    assert changes(complete(owner, process, 3)) == {process.tasks[1]: ["status"]}
    assert owner("GET", process.path(1)).data["completed_at"] is None


def test_two_rules_that_reopen_each_other_are_legal(server: Running, owner: Caller) -> None:
    """31 §12.15: what is open already is not reopened, so a ring of two ends where it began."""
    template = make_template(owner, {}, {})
    first, second = template.steps
    give_rules(
        server, owner, template,
        rule("There", when(first, "reopened"), *reopen(second)),
        rule("Back", when(second, "reopened"), *reopen(first)),
    )  # fmt: skip
    process = start(owner, template)
    for place in (0, 1):
        complete(owner, process, place)
    assert changes(undo(owner, process, 0)) == {process.tasks[1]: ["status"]}
    assert fired(owner, process) == ["There", "Back"]
    lint = owner("GET", f"/O/checklists/{template.id}/automated-actions/lint").data
    assert [one["code"] for one in lint] == ["reopen_cycle"]


@pytest.mark.parametrize(
    ("value", "unit", "answer", "expected"),
    [
        # §5.3: Thursday 21 May 2026, in summer time (+02:00)
        (3, "days", "2026-05-21", datetime(2026, 5, 18, 7, tzinfo=UTC)),
        (5, "days", "2026-05-21", datetime(2026, 5, 18, 7, tzinfo=UTC)),
        (2, "hours", "2026-05-18 08:00", datetime(2026, 5, 18, 7, tzinfo=UTC)),
        # the same over the change of the clocks on 29 March 2026: counted in winter (+01:00), due in winter
        (3, "days", "2026-03-30", datetime(2026, 3, 27, 8, tzinfo=UTC)),
        (2, "days", "2026-04-01", datetime(2026, 3, 30, 7, tzinfo=UTC)),
        # and back on 25 October 2026
        (3, "days", "2026-10-26", datetime(2026, 10, 23, 7, tzinfo=UTC)),
        (1, "days", "2026-10-27", datetime(2026, 10, 26, 8, tzinfo=UTC)),
    ],
)
def test_deadlines_of_rules_keep_the_wall_clock(
    sqlite_server: Running, value: int, unit: str, answer: str, expected: datetime
) -> None:
    """31 §12.14: the worked examples of §5.3 over HTTP, in Berlin, on both sides of the changes of its clocks."""
    owner = sqlite_server.organization()
    office = ("09:00", "17:00")
    days = dict.fromkeys(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"), office)
    set_working_time(owner, "Europe/Berlin", **days, Saturday=None, Sunday=None)
    form = [{"label": "Meeting", "field_type": "date", "collect_time": unit == "hours"}]
    template = make_template(owner, {}, kickoff=form)
    meeting = template.kickoff["Meeting"]
    agenda = due(template.steps[0], value, unit, "before", source=Source("kickoff", meeting))
    give_rules(sqlite_server, owner, template, rule("Agenda", asked(meeting, "is_not_empty"), agenda))
    process = start(owner, template, prerun={meeting: answer})
    assert datetime.fromisoformat(owner("GET", process.path()).data["deadline"]) == expected
