"""Access in the corners that ordinary calls do not reach: lost races, and who only filled in a kick-off form."""

import pytest
import sqlalchemy as sa

from procession.kernel.sql import Query, organization
from procession.kernel.unit import Unit
from procession.work import queries
from procession.work.tables import processes
from tests.support.make import make_process
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
