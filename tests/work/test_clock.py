"""The clock: tasks expire, e-mails are sent, both once, whoever and however many look (spec 20 §21)."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from procession.kernel.sql import Query, organization
from procession.kernel.tables import jobs
from procession.kernel.unit import Unit
from procession.work import queries
from procession.work.clock import strike, strike_here, wake
from procession.work.mailing import MAIL_TASK
from tests.support.fixtures_server import Team
from tests.support.make import events_of, make_group, make_oneoff, make_process, make_template, owners
from tests.support.rules import give, give_rules, rule, show, when
from tests.support.server import Caller, Running
from tests.work.test_rules import complete, fired, start, visible

HOUR = {"value": 1, "unit": "hours", "option": "from", "step": "start_run"}
CLOCK = {"step_type": "expiring", "deadline": HOUR}
MAIL = {"step_type": "expiring_email", "deadline": HOUR}


@pytest.fixture
def late(server: Running) -> Iterator[datetime]:
    """Two hours from now: what is due an hour after its launch is due then."""
    at = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=2)
    yield at
    server.clock.resume()


def tick(server: Running, of: Caller, at: datetime) -> int:
    """A pass over one organization: how many tasks it did something with."""
    server.clock.stop(at)
    return server.database.command_now(lambda session: strike_here(Unit(session, of.organization, at), server.secrets))


def tick_all(server: Running, at: datetime) -> None:
    """A pass over all organizations, those of other tests too."""
    server.clock.stop(at)
    strike(server.database, server.secrets, at)


def test_tasks_expire_and_mails_are_sent(server: Running, team: Team, late: datetime) -> None:
    """Spec 20 §21.2, §21.3: nobody is on record, the process may complete, who waits for the task gets his date."""
    steps: tuple[dict[str, Any], ...] = (
        CLOCK,
        {**MAIL, "assignees": [team.standard.user_id]},
        {"step_type": "task", "deadline": HOUR},
        {**CLOCK, "deadline": {**HOUR, "step": 0}},
    )
    process = make_process(team.owner, *steps)
    alone = make_oneoff(team.owner, task_type="expiring", deadline=(late - timedelta(minutes=1)).isoformat())
    tick_all(server, late)
    expired, sent, open_, waiting = (team.owner("GET", process.path(place)).data for place in range(4))
    (said,) = team.owner("GET", f"{process.path(0)}?with=threads").data["threads"]["data"]
    assert (said["author_type"], said["author_id"], "expired" in said["content"]) == ("bot", None, True)
    for one, label in ((expired, "Expired"), (sent, "Sent"), (team.owner("GET", alone).data, "Expired")):
        assert (one["status"], one["status_label"], one["is_approved"]) == ("completed", label, False)
        assert (one["completer_id"], one["completer_guest_id"]) == (None, None)
        assert one["completed_at"] == late.isoformat().replace("+00:00", "Z")
    assert (open_["status"], open_["status_label"]) == ("not-started", "Overdue")
    assert waiting["status"] == "not-started"
    assert waiting["deadline"] == (late + timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    run = team.owner("GET", f"/O/runs/{process.id}").data
    assert (run["status"], run["progress"]["complete"]) == ("active", 2)
    told = [one[:2] for one in events_of(server, team.owner, process.tasks[0])]
    assert told[-2:] == [("task.completed", "completed"), ("task.commented", "commented")]
    assert tick(server, team.owner, late) == 0
    assert tick(server, team.owner, late + timedelta(hours=2)) == 1
    assert team.owner("GET", process.path(3)).data["status_label"] == "Expired"


def test_what_the_clock_leaves_alone(server: Running, owner: Caller, late: datetime) -> None:
    """Spec 20 §21.2: hidden, archived, waiting for another step, without a date; 10 §3.2: a process with an issue."""
    process = make_process(owner, {"step_type": "task"}, CLOCK, {**CLOCK, "deadline": {**HOUR, "step": 0}}, CLOCK)
    stored = make_process(owner, CLOCK)
    owner("PUT", f"{process.path(1)}/hide")
    owner("PUT", process.path(3), {"deadline": None})
    owner("DELETE", f"/O/runs/{stored.id}")
    assert tick(server, owner, late) == 0
    assert [owner("GET", process.path(place)).data["status"] for place in range(4)] == [
        "not-started",
        "auto-skipped",
        "not-started",
        "active",
    ]
    owner("PUT", f"{process.path(1)}/show")
    owner("PUT", f"/O/runs/{stored.id}/activate")
    assert tick(server, owner, late) == 2
    locked = make_process(owner, CLOCK)

    def issue(session: Any, count: int) -> None:
        Unit(session, owner.organization, late).patch(queries.PATCH_PROCESS, {"process_issues": count}, id=locked.id)

    server.database.command_now(lambda session: issue(session, 1))
    later = late + timedelta(hours=2)
    assert tick(server, owner, later) == 0
    server.database.command_now(lambda session: issue(session, 0))
    assert tick(server, owner, later) == 1


def test_a_reopened_task_waits_for_a_new_date(server: Running, owner: Caller, late: datetime) -> None:
    """Spec 31 §5.4: otherwise it would bounce; a task acknowledged in time and reopened afterwards too."""
    process = make_process(owner, CLOCK, CLOCK)
    base = f"/O/runs/{process.id}/completed-tasks"
    assert owner("POST", base, {"task_id": process.tasks[1]}).data["status_label"] == "Acknowledged"
    assert tick(server, owner, late) == 1
    for place in (0, 1):
        assert owner("DELETE", f"{base}/{process.tasks[place]}").data["status"] == "in-progress"
    assert tick(server, owner, late + timedelta(days=1)) == 0
    owner("PUT", process.path(), {"deadline": (late + timedelta(days=2)).isoformat()})
    assert tick(server, owner, late + timedelta(days=1)) == 0
    assert tick(server, owner, late + timedelta(days=3)) == 1
    assert owner("GET", process.path(1)).data["status"] == "in-progress"


def test_a_mail_without_recipients_is_not_sent(server: Running, owner: Caller, late: datetime) -> None:
    """Spec 20 §21.3: it stays open and that is told, once; a later date sends it."""
    process = make_process(owner, {**MAIL, "assign_run_starter": False})
    assert tick(server, owner, late) == 1
    assert tick(server, owner, late + timedelta(minutes=5)) == 0
    assert owner("GET", process.path()).data["status"] == "not-started"
    told = [one[:3] for one in events_of(server, owner, process.tasks[0])]
    assert told == [("task.not_sent", "updated", "not_sent")]
    when = (late + timedelta(hours=1)).isoformat()
    owner("PUT", process.path(), {"deadline": when, "owners": {"users": [owner.user_id]}})
    assert tick(server, owner, late + timedelta(hours=2)) == 1
    assert owner("GET", process.path()).data["status_label"] == "Sent"


def test_a_task_turned_into_a_clock(server: Running, owner: Caller, late: datetime) -> None:
    process = make_process(owner, {"step_type": "task", "deadline": HOUR}, {**CLOCK})
    owner("PUT", process.path(), {"task_type": "expiring"})
    owner("PUT", process.path(1), {"task_type": "task"})
    tick(server, owner, late)
    assert [owner("GET", process.path(place)).data["status"] for place in (0, 1)] == ["completed", "active"]
    owner("PUT", process.path(1), {"task_type": "expiring"})
    assert tick(server, owner, late) == 1


def test_two_workers_at_once(server: Running, owner: Caller, late: datetime) -> None:
    """Spec 20 §21.5: each task once, one failing task stops nobody."""
    process = make_process(owner, *[CLOCK] * 12)
    server.clock.stop(late)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: strike(server.database, server.secrets, late), range(4)))
    tick_all(server, late)  # what one of them held, the others left alone
    for task in process.tasks:
        assert [one[0] for one in events_of(server, owner, task)].count("task.completed") == 1
    run = owner("GET", f"/O/runs/{process.id}").data
    assert (run["status"], run["progress"]["complete"]) == ("complete", 12)


def test_escalation(server: Running, team: Team, late: datetime) -> None:
    """31 §9.12, 31 §12.13: the clock calls for help while work is open; what is done cancels it."""
    owner, standard = team.owner, team.standard
    template = make_template(owner, {}, {**CLOCK, "assign_run_starter": False})
    post, clock = template.steps
    give_rules(
        server,
        owner,
        template,
        rule("Escalate", when(clock, "expired"), give("assign", post, members=[standard.user_id])),
    )
    open_, done = start(owner, template), start(owner, template)
    complete(owner, done, 0)
    assert tick(server, owner, late) == 2
    assert owners(owner("GET", open_.path()).data) == ([owner.user_id, standard.user_id], [], [])
    assert owners(owner("GET", done.path()).data) == ([owner.user_id], [], [])
    assert owner("GET", f"/O/runs/{done.id}").data["status"] == "complete"
    assert fired(owner, open_) == fired(owner, done) == ["Escalate"]
    anchored = start(owner, make_template(owner, {}, {**CLOCK, "deadline": {**HOUR, "step": 0}}))
    assert tick(server, owner, late + timedelta(days=1)) == 0
    assert owner("GET", anchored.path(1)).data["status"] == "not-started"


def test_somebody_is_late(server: Running, team: Team, late: datetime) -> None:
    """31 §4.1 `deadline_overdue`: once per process, and again only after a new date."""
    owner, standard = team.owner, team.standard
    template = make_template(owner, {"deadline": HOUR}, {"deadline": HOUR}, {})
    watched, _, told = template.steps
    helper = give("assign", watched, members=[standard.user_id])
    give_rules(
        server,
        owner,
        template,
        rule("Late", when(watched, "deadline_overdue"), *show(told), helper),
    )
    process = start(owner, template)
    assert visible(owner, process) == [0, 1]
    assert tick(server, owner, late) == 1
    assert visible(owner, process) == [0, 1, 2]
    assert owners(owner("GET", process.path()).data) == ([owner.user_id, standard.user_id], [], [])
    assert tick(server, owner, late + timedelta(minutes=5)) == 0
    assert fired(owner, process) == ["Late"]
    owner("PUT", process.path(), {"deadline": (late + timedelta(hours=1)).isoformat()})
    assert tick(server, owner, late + timedelta(hours=2)) == 1
    assert fired(owner, process) == ["Late", "Late"]


def test_one_failing_task_stops_nobody(
    server: Running, owner: Caller, late: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = make_process(owner, CLOCK, CLOCK, CLOCK)

    def fail(unit: Unit, secrets: Any, task: str) -> bool:
        if task == process.tasks[0]:
            raise RuntimeError("broken")
        return wake(unit, secrets, task)

    monkeypatch.setattr("procession.work.clock.wake", fail)
    monkeypatch.setattr("procession.work.clock.BATCH", 1)
    tick_all(server, late)
    assert [owner("GET", process.path(place)).data["status"] for place in range(3)] == [
        "not-started",
        "completed",
        "completed",
    ]


def test_administrators_ask_for_a_pass(server: Running, team: Team, late: datetime) -> None:
    server.clock.stop(late)
    team.owner("POST", "/O/jobs/expire-tasks")  # what others left
    server.clock.resume()
    process = make_process(team.owner, CLOCK, CLOCK)
    server.clock.stop(late)
    for caller in (team.standard, team.light):
        assert caller("POST", "/O/jobs/expire-tasks").status == 403
    assert team.guest("POST", "/O/jobs/expire-tasks").status in (401, 403)
    assert team.owner("POST", "/O/jobs/expire-tasks").data == {"tasks": 2, "more": False}
    assert team.owner("POST", "/O/jobs/expire-tasks").data == {"tasks": 0, "more": False}
    assert team.owner("GET", f"/O/runs/{process.id}").data["status"] == "complete"


MAILS = Query(
    sa.select(jobs.c.payload).where(organization(jobs), jobs.c.kind == MAIL_TASK).order_by(jobs.c.id),
    lambda payload: payload,
)


def mails(server: Running, of: Caller) -> list[dict[str, Any]]:
    """What is to be sent, oldest first."""
    return list(server.database.read_now(lambda session: Unit(session, of.organization, server.clock.now()).all(MAILS)))


@pytest.mark.usefixtures("own_work")
def test_an_email_is_left_to_a_job(server: Running, team: Team, late: datetime) -> None:
    """§21.3: sent by whoever completes it, who gets a copy, or by the clock; to each once, variables as of now."""
    owner, standard, guest = team.owner, team.standard, team.guest
    both = [owner.user_id, standard.user_id]
    group = make_group(owner, [standard.user_id, team.light.user_id])
    name = {"label": "Client", "field_type": "text"}
    text = {"title": "For {{client}}", "summary": "<p>Dear <b>{{client}}</b></p>"}
    by_hand = {"step_type": "email", **text, "assignees": both, "guests": [guest.email], "groups": [group]}
    template = make_template(owner, by_hand, {**MAIL, "assignees": [standard.user_id]}, kickoff=[name])
    alias = owner("GET", f"/O/checklists/{template.id}").data["prerun"][0]["alias"]
    for place, members in ((0, text), (1, {"title": "Later, {{client}}"})):
        body = {one: value.replace("client", alias) for one, value in members.items()}
        assert owner("PUT", f"/O/checklists/{template.id}/steps/{template.steps[place]}", body).status == 200
    process = start(owner, template, prerun={template.kickoff["Client"]: "A & B"})
    assert complete(owner, process, 0).status == 200
    (sent,) = mails(server, owner)
    assert (sent["task"], sent["process"], sent["subject"]) == (process.tasks[0], process.id, "For A & B")
    assert (sent["body"], sent["chromeless"]) == ("<p>Dear <b>A &amp; B</b></p>", False)
    addresses = [standard.email, team.light.email, guest.email]
    assert [one["address"] for one in sent["recipients"]] == addresses
    assert sent["recipients"][0]["principal"] == f"u{standard.user_id}"
    assert (sent["sender"], sent["copy"]["address"]) == (f"u{owner.user_id}", owner.email)
    tick(server, owner, late)
    later = mails(server, owner)[1:]
    assert [one["task"] for one in later] == [process.tasks[1]]
    assert (later[0]["subject"], later[0]["sender"], later[0]["copy"]) == ("Later, A & B", None, None)
    assert [one["address"] for one in later[0]["recipients"]] == [standard.email]
    server.jobs.run_due(1000)
    assert len(mails(server, owner)) == 2, "they wait for a worker that knows the kind"


def test_an_email_to_nobody_but_the_sender_is_not_sent(server: Running, owner: Caller) -> None:
    """§21.3, 10 §9.5: nor what is not sent: a task refused, an open one, one of a process completed by force."""
    mail = {"step_type": "email", "assignees": [owner.user_id]}
    process = make_process(owner, mail, {"step_type": "email"})
    assert complete(owner, process, 0).status == 200
    assert owner("POST", f"/O/runs/{process.id}/complete", {"force": True}).status == 200
    assert mails(server, owner) == []
