"""Complete processes are archived by age, tasks nobody did are completed (spec 10 §9.4, 20 §21.4)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from procession.work.aging import age_organization, months_before
from tests.support.fixtures_server import Team
from tests.support.make import events_of, launch, make_oneoff, make_process, make_template
from tests.support.server import Caller, Running


def age(server: Running, of: Caller, **later: int) -> int:
    """A pass over the organization, so much later."""
    now = server.clock.now() + timedelta(**later)  # others may have set it forward
    return age_organization(server.database, server.secrets, of.organization, now)


def complete(by: Caller, run_id: str, task: str) -> None:
    assert by("POST", f"/O/runs/{run_id}/completed-tasks", {"task_id": task}).status in (200, 201)


def test_9_4_complete_processes_are_archived(server: Running, team: Team) -> None:
    owner = team.owner
    template = make_template(owner, {"title": "A"})
    done, again, going = (launch(owner, template) for _ in range(3))
    for one in (done, again):
        complete(owner, one.id, one.tasks[0])
    assert age(server, owner, weeks=60) == 0, "off until somebody wants it"
    owner("PUT", "/O", {"auto_archive": True, "auto_archive_processes_after": {"unit": "days", "value": 3}})
    assert age(server, owner, days=2, hours=23) == 0
    assert owner("DELETE", f"/O/runs/{again.id}/completed-tasks/{again.tasks[0]}").status < 300
    assert age(server, owner, days=3, minutes=1) == 1
    assert age(server, owner, days=3, minutes=1) == 0, "once"
    runs = {one.id: owner("GET", f"/O/runs/{one.id}").data for one in (done, again, going)}
    assert [runs[one.id]["archived_at"] is not None for one in (done, again, going)] == [True, False, False]
    assert ("process.archived", "archived") in [one[:2] for one in events_of(server, owner, done.id)]
    (told,) = owner("GET", "/O/system-log/system?event=process_auto_archived&to=2100-01-01").data or [None]
    assert told is None or told["actor"]["is_bot"]
    assert age(server, team.stranger, weeks=60) == 0


def test_20_21_4_stale_tasks_are_completed(server: Running, team: Team) -> None:
    owner = team.owner
    due = (server.clock.now() - timedelta(days=1)).isoformat()
    steps: tuple[dict[str, Any], ...] = ({"title": "Sign", "step_type": "approval"}, {"title": "Later"})
    process = make_process(owner, *steps)
    owner("PUT", process.path(), {"deadline": due})
    oneoff = make_oneoff(owner, task_type="email", deadline=due)
    locked = make_process(owner, {"title": "Locked"})
    owner("PUT", locked.path(), {"deadline": due})
    owner("POST", f"/O/runs/{locked.id}/problem", {"content": "Stop"})
    owner("PUT", "/O", {"auto_complete_task_months": 2})
    assert age(server, owner, days=55) == 0
    assert age(server, owner, days=63) == 2
    assert age(server, owner, days=63) == 0
    task = owner("GET", f"{process.path()}?with=threads").data
    assert (task["status"], task["completer_id"], task["is_approved"]) == ("completed", None, None)
    (said,) = task["threads"]["data"]
    assert (said["author_type"], "automatically" in said["content"]) == ("bot", True)
    assert owner("GET", oneoff).data["status"] == "completed"
    assert owner("GET", process.path(1)).data["status"] != "completed", "its deadline is not so old"
    assert owner("GET", locked.path()).data["status"] != "completed", "timers are held while an issue is open (10 §3.2)"
    owner("PUT", "/O", {"auto_complete_tasks": False})
    assert age(server, owner, days=9000) == 0


@pytest.mark.parametrize(
    ("now", "months", "before"),
    [("2026-03-31", 1, "2026-02-28"), ("2026-01-15", 2, "2025-11-15"), ("2024-08-31", 18, "2023-02-28")],
)
def test_months_are_calendar_months(now: str, months: int, before: str) -> None:
    assert months_before(datetime.fromisoformat(now), months) == datetime.fromisoformat(before)
