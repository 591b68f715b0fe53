"""Access in the corners that ordinary calls do not reach: lost races, and who only filled in a kick-off form."""

import pytest
import sqlalchemy as sa

from procession.kernel.sql import Query, organization
from procession.kernel.unit import Unit
from procession.work import queries
from procession.work.tables import processes
from tests.support.fixtures_server import Team
from tests.support.make import launch, make_oneoff, make_process, make_template
from tests.support.server import Caller, Running


def test_a_task_that_moved_while_waiting_for_its_lock_is_tried_again(
    owner: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process is locked first; a task found in another one by then answers 503, and nothing is written."""
    here, elsewhere = make_process(owner, {}), make_process(owner, {})
    stale = sa.select(processes.c.id).where(organization(processes), processes.c.id == elsewhere.id)
    monkeypatch.setattr(queries, "PROCESS_OF_TASK", Query(stale, queries.one))
    answer = owner("PUT", f"/O/tasks/{here.tasks[0]}", {"title": "Moved"})
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    monkeypatch.undo()
    assert owner("PUT", f"/O/tasks/{here.tasks[0]}", {"title": "Moved"}).data["title"] == "Moved"


def test_the_guest_who_filled_in_the_kick_off_form_sees_and_answers_it(server: Running, owner: Caller) -> None:
    """Spec 10 §4.2: the submitter, also without a task of his own."""
    process = make_process(owner, {}, users=[])
    guest = server.guest(owner)
    assert guest("GET", f"/O/runs/{process.id}").status == 404
    server.database.command_now(
        lambda session: Unit(session, owner.organization, server.clock.now()).patch(
            queries.PATCH_PROCESS, {"kickoff_guest": guest.email}, id=process.id
        )
    )
    server.database.command_now(
        lambda session: Unit(session, owner.organization, server.clock.now()).write(
            queries.SAVE_INVOLVEMENT, subject_id=process.id, principal=f"e{guest.user_id}", reasons=8, assigned_tasks=1
        )
    )
    assert guest("GET", f"/O/runs/{process.id}").status == 200
    assert guest("PUT", f"/O/runs/{process.id}", {"prerun": {"x": "unknown"}}).status == 200


def test_16_4_a_member_sees_what_he_started_owns_or_what_is_open_to_all(team: Team) -> None:
    """Spec 40 §16.4, of tasks that are assigned to somebody else."""
    owner, member, light = team.owner, team.standard, team.light
    template = make_template(owner, {"title": "Only"})
    owned = launch(owner, template, owner_id=member.user_id, users=[])
    assert member("GET", owned.path()).status == 200
    assert light("GET", owned.path()).status == 404
    started = make_oneoff(member, owners={"users": [owner.user_id], "guests": [], "groups": []})
    assert member("GET", started).status == 200
    other = make_oneoff(owner)
    assert member("GET", other).status == 404
    owner("PUT", "/O", {"private_one_off_tasks": False})
    assert (member("GET", other).status, light("GET", other).status) == (200, 404)
