"""Update task: deadlines and what hangs on them (SEED-42..44; spec 20 §5)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.make import make_oneoff, make_process, owners, set_working_time
from tests.support.server import Caller, Running

STEPS: tuple[dict[str, Any], ...] = tuple({"title": one} for one in "ABCD")


@pytest.fixture
def stopped(server: Running) -> Iterator[Running]:
    """The server at a time that stands still: 2025-06-20 16:00 UTC, a Friday."""
    server.clock.stop(datetime(2025, 6, 20, 16, tzinfo=UTC))
    yield server
    server.clock.resume()


WEEK = dict.fromkeys(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"), ("09:00", "17:00"))
OFF = {"Saturday": None, "Sunday": None}
A = ("America/New_York", {**WEEK, **OFF})
B = ("UTC", {**dict.fromkeys(WEEK, "all"), **OFF})
C: tuple[str, dict[str, Any]] = ("UTC", {})
D = ("America/New_York", {**dict.fromkeys([*WEEK, "Saturday"]), "Sunday": ("02:00", "10:00")})


@pytest.mark.parametrize(
    ("where", "sent", "stored"),
    [
        (A, "2025-07-05T12:00:00Z", "2025-07-07T13:00:00Z"),
        (A, "2025-07-01T09:00:00Z", "2025-07-01T13:00:00Z"),
        (A, "2025-07-01T21:00:00Z", "2025-07-01T21:00:00Z"),
        (A, "2025-07-01T21:00:01Z", "2025-07-02T13:00:00Z"),
        (A, "2025-07-04T22:30:00Z", "2025-07-07T13:00:00Z"),
        (A, "2025-07-07 15:00:00", "2025-07-07T15:00:00Z"),
        (A, "2025-07-08", "2025-07-08T21:00:00Z"),
        (A, "2025-07-05", "2025-07-07T13:00:00Z"),
        (A, "2025-07-05T00:30:00+14:00", "2025-07-04T13:00:00Z"),
        (B, "2025-07-05T09:00:00Z", "2025-07-07T00:00:00Z"),
        (B, "2025-07-04T23:59:59Z", "2025-07-04T23:59:59Z"),
        (C, "2025-07-05T12:00:00.999Z", "2025-07-05T12:00:00Z"),
        (C, "1999-01-01T00:00:00+0200", "1998-12-31T22:00:00Z"),
        (C, "2099-12-31 23:59:59", "2099-12-31T23:59:59Z"),
        (D, "2026-03-08T06:30:00Z", "2026-03-08T07:00:00Z"),
        (A, "tomorrow", "2025-06-23T13:00:00Z"),
        (C, "in 3 days", "2025-06-23T23:59:59Z"),
        (C, "tomorrow 5pm", "2025-06-21T17:00:00Z"),
    ],
)
@pytest.mark.usefixtures("stopped")
def test_seed_43_a_deadline_moves_to_working_time(owner: Caller, where: Any, sent: str, stored: str) -> None:
    """20 §5.5, every row; §5.1. 2025-06-20 is a Friday."""
    set_working_time(owner, where[0], **where[1])
    assert owner("PUT", make_oneoff(owner), {"deadline": sent}).data["deadline"] == stored


def test_27_2_a_weekend_deadline_with_new_owners(server: Running, owner: Caller) -> None:
    """00 §27.2."""
    set_working_time(owner, "UTC", **WEEK, **OFF)
    process, seven = make_process(owner, *STEPS), server.member(owner, "standard")
    body = {
        "owners": {"users": [seven.user_id], "guests": ["new@x.example"], "groups": []},
        "deadline": "2025-06-07 12:00:00",
    }
    task = owner("PUT", process.path(), body).data
    assert task["deadline"] == "2025-06-09T09:00:00Z"
    assert owners(task) == ([seven.user_id], ["new@x.example"], [])


def test_a_deadline_may_be_cleared_on_a_process_task_only(owner: Caller) -> None:
    process, oneoff = make_process(owner, *STEPS), make_oneoff(owner)
    for blank in (None, ""):
        owner("PUT", process.path(), {"deadline": "2030-01-01"})
        assert owner("PUT", process.path(), {"deadline": blank}).data["deadline"] is None
        assert owner("PUT", oneoff, {"deadline": blank}).errors == {"deadline": ["The deadline field is required."]}


def test_dependants_are_dated_anew(owner: Caller) -> None:
    """20 §5.6.3: those by hand are left alone, then their own dependants follow."""

    def after(step: int) -> dict[str, Any]:
        return {"title": "ABCD"[step + 1], "deadline": {"value": 2, "unit": "days", "option": "prior_to", "step": step}}

    process = make_process(owner, {"title": "A"}, after(0), after(1), after(0))
    owner("PUT", process.path(3), {"deadline": "2030-01-01T00:00:00Z"})
    anchor = owner("PUT", process.path(), {"deadline": "2031-03-10T12:00:00Z"}).data
    assert anchor["has_deadline_dependent_child_tasks"] is True
    deadlines = [owner("GET", process.path(task)).data["deadline"] for task in range(4)]
    assert deadlines == ["2031-03-10T12:00:00Z", "2031-03-08T12:00:00Z", "2031-03-06T12:00:00Z", "2030-01-01T00:00:00Z"]
    run = owner("GET", f"/O/runs/{process.id}").data
    assert (run["due_date"], run["max_task_deadline"]) == ("2030-01-01T00:00:00Z", "2031-03-10T12:00:00Z")


def test_a_projected_deadline_follows_its_anchor_and_is_fixed_by_completion(owner: Caller) -> None:
    """20 §5.6.2."""
    rule = {"value": 1, "unit": "days", "option": "from", "step": 0}
    process = make_process(owner, {"title": "A"}, {"title": "B", "deadline": rule})
    owner("PUT", process.path(), {"deadline": "2020-01-01T00:00:00Z"})
    dependant = owner("GET", process.path(1)).data
    assert (dependant["deadline"], dependant["is_overdue"]) == ("2020-01-02T00:00:00Z", False)
    done = owner("PUT", process.path(), {"status": "completed"}).data
    completed = datetime.fromisoformat(done["completed_at"])
    assert datetime.fromisoformat(owner("GET", process.path(1)).data["deadline"]) == completed + timedelta(days=1)
