"""Why somebody may see a process stays true through every act that assigns (house plan §4, spec 10 §4.1)."""

import random
from collections import Counter
from typing import Any

import sqlalchemy as sa

from procession.kernel.sql import Query, organization, row
from procession.kernel.unit import Unit
from procession.work.model import Reason
from procession.work.tables import assignments, involvements, tasks
from tests.support.make import make_process
from tests.support.server import Caller, Running

STORED = Query(
    sa.select(
        involvements.c.subject_id, involvements.c.principal, involvements.c.reasons, involvements.c.assigned_tasks
    ).where(organization(involvements)),
    row,
)
ASSIGNED = Query(sa.select(assignments.c.task_id, assignments.c.principal).where(organization(assignments)), row)
HOMES = Query(sa.select(tasks.c.id, tasks.c.process_id).where(organization(tasks)), row)


def read(server: Running, owner: Caller, query: Query[Any]) -> list[Any]:
    return server.database.read_now(lambda session: Unit(session, owner.organization, server.clock.now()).all(query))


def require_exact(server: Running, owner: Caller) -> dict[tuple[str, str], int]:
    """The stored counts are those of the assignments, and "assigned now" goes with them; the reasons by principal."""
    homes = dict(read(server, owner, HOMES))
    counted = Counter((homes[task] or task, who) for task, who in read(server, owner, ASSIGNED))
    stored = read(server, owner, STORED)
    assert {(subject, who): count for subject, who, _, count in stored if count} == dict(counted)
    for subject, who, reasons, count in stored:
        assert bool(reasons & Reason.ASSIGNED) == (count > 0), (subject, who, reasons, count)
    return {(subject, who): reasons for subject, who, reasons, _ in stored}


def test_counts_follow_every_act_that_assigns(server: Running, owner: Caller) -> None:
    chance = random.Random(20)
    members = [server.member(owner, "standard").user_id for _ in range(4)]
    process = make_process(owner, {"title": "A"}, {"title": "B"}, {"title": "C"})
    linked: list[str] = []
    for _ in range(60):
        owners = {"users": chance.sample(members, chance.randint(0, 3)), "guests": [], "groups": []}
        act = chance.random()
        if act < 0.6:
            assert owner("PUT", process.path(chance.randrange(3)), {"owners": owners}).status == 200
        elif act < 0.8 or not linked:
            owners["users"] = owners["users"] or members[:1]
            body = {
                "title": "Besides",
                "task_type": "task",
                "owners": owners,
                "deadline": "2030-01-02T10:00:00Z",
                "run_id": process.id,
            }
            made = owner("POST", "/O/tasks", body)
            assert made.status == 201, made.body
            data = made.body["data"]
            linked.append(data["id"] if isinstance(data, dict) else data[0]["id"])
        elif act < 0.9:
            assert owner("DELETE", f"/O/tasks/{linked.pop()}/delete").status == 204
        else:
            assert owner("DELETE", f"/O/runs/{process.id}/tasks/{linked.pop()}").status in (200, 201)
        require_exact(server, owner)


def test_who_lost_the_last_task_goes_on_seeing(server: Running, owner: Caller) -> None:
    member = server.member(owner, "standard")
    process = make_process(owner, {"title": "A"}, {"title": "B"})
    for place in (0, 1):
        assert owner("PUT", process.path(place), {"owners": {"users": [member.user_id]}}).status == 200
    who = (process.id, f"u{member.user_id}")
    assert owner("PUT", process.path(0), {"owners": {"users": [owner.user_id]}}).status == 200
    assert require_exact(server, owner)[who] == Reason.ASSIGNED | Reason.ASSIGNED_BEFORE
    assert owner("PUT", process.path(1), {"owners": {"users": [owner.user_id]}}).status == 200
    assert require_exact(server, owner)[who] == Reason.ASSIGNED_BEFORE
    assert member("GET", f"/O/runs/{process.id}").status == 200
