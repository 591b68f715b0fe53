"""Complete and reopen a task (spec 20 §12, §13; SEED-114)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.fixtures_server import Team
from tests.support.make import UNKNOWN, Process, events_of, launch, make_group, make_oneoff, make_process, make_template
from tests.support.server import Answer, Caller, Running

DONE = ("completed", "Completed")
ALREADY = "This task is already completed."


@pytest.fixture
def stopped(server: Running) -> Iterator[Running]:
    """The server at a time that stands still: Friday 2026-02-20 09:00 UTC."""
    server.clock.stop(datetime(2026, 2, 20, 9, tzinfo=UTC))
    yield server
    server.clock.resume()


def later(server: Running, seconds: int) -> None:
    server.clock.stop(server.clock.now() + timedelta(seconds=seconds))


def complete(by: Caller, process: Process, task: int = 0, **members: Any) -> Answer:
    return by("POST", f"/O/runs/{process.id}/completed-tasks", {"task_id": process.tasks[task], **members})


def reopen(by: Caller, process: Process, task: int = 0) -> Answer:
    return by("DELETE", f"/O/runs/{process.id}/completed-tasks/{process.tasks[task]}")


def status(by: Caller, process: Process) -> tuple[str, Any]:
    run = by("GET", f"/O/runs/{process.id}").data
    return run["status"], run["completed_at"]


def refused(answer: Answer, code: str, message: str) -> None:
    assert (answer.status, answer.body["code"], answer.body["message"]) == (422, code, message)


# -- 12.1, 12.5 --------------------------------------------------------------------------------------------------------


def test_seed_114_completing(stopped: Running, owner: Caller) -> None:
    process = make_process(owner, {"title": "A"}, {"title": "B"})
    answer = complete(owner, process)
    assert answer.status == 200
    done = answer.data
    assert (done["status"], done["status_label"]) == DONE
    assert (done["completed_at"], done["completer_id"], done["is_approved"]) == (
        "2026-02-20T09:00:00Z", owner.user_id, None,
    )  # fmt: skip
    assert (done["completer_guest"], done["completer_guest_id"]) == (None, None)
    assert done["tasks_changed_by_rules"] == {}  # 12.6
    run = owner("GET", f"/O/runs/{process.id}").data
    assert (run["status"], run["progress"]) == ("active", {"complete": 1, "total": 2, "percent": 50})
    later(stopped, 10)
    assert complete(owner, process, 1).data["run_status"] == "complete"
    assert status(owner, process) == ("complete", "2026-02-20T09:00:10Z")
    kinds = [kind for kind, *_ in events_of(stopped, owner, process.id)]
    assert kinds == ["process.created", "process.completed"]
    assert [kind for kind, *_ in events_of(stopped, owner, process.tasks[0])] == ["task.completed"]


def test_12_1_the_organization_route_takes_every_task(owner: Caller) -> None:
    process, path = make_process(owner, {"title": "A"}), make_oneoff(owner)
    body = {"task_id": process.tasks[0].upper()}
    assert owner("POST", "/O/completed-tasks", body).data["tasks_changed_by_rules"] == {}
    alone = owner("POST", "/O/completed-tasks", {"task_id": path.rsplit("/", 1)[1]}).data
    assert alone["status"] == "completed"
    assert "tasks_changed_by_rules" not in alone
    assert owner("DELETE", f"/O/completed-tasks/{alone['id']}").data["status"] == "in-progress"


def test_12_1_what_the_body_must_hold(owner: Caller) -> None:
    process, other = make_process(owner, {"title": "A"}), make_process(owner, {"title": "B"})
    path = f"/O/runs/{process.id}/completed-tasks"
    for body in ({}, {"task_id": None}, {"task_id": ""}):
        assert owner("POST", path, body).errors == {"task_id": ["The task id field is required."]}
    for unknown in (UNKNOWN, "nothing", other.tasks[0]):
        assert owner("POST", path, {"task_id": unknown}).status == 404
    assert owner("POST", f"/O/runs/{UNKNOWN}/completed-tasks", {"task_id": process.tasks[0]}).status == 404


def test_12_1_another_person_on_record(server: Running, team: Team) -> None:
    process = make_process(team.owner, *({"title": one, "assignees": [team.standard.user_id]} for one in "ABC"))
    assert complete(team.standard, process, override_user=team.owner.user_id).status == 403
    own = complete(team.standard, process, override_user=str(team.standard.user_id)).data
    assert own["completer_id"] == team.standard.user_id
    assert complete(team.owner, process, 1, override_user=team.light.user_id).data["completer_id"] == team.light.user_id
    for wrong in (999_999_999, "amy"):
        assert list(complete(team.owner, process, 2, override_user=wrong).errors) == ["override_user"]


def test_12_1_values_may_come_with_it(owner: Caller) -> None:
    field = {"label": "Amount", "field_type": "text", "required": True}
    process = make_process(owner, {"title": "A", "captures": [field]})
    answer = complete(owner, process, taskdata={process.field("Amount"): "x" * 201})
    assert list(answer.errors) == [f"taskdata.{process.field('Amount')}"]
    done = complete(owner, process, taskdata={process.field("Amount"): "7"}).data
    assert (done["status"], done["taskdata"]) == ("completed", {process.field("Amount"): "7"})


# -- 12.2 --------------------------------------------------------------------------------------------------------------


def test_12_2_the_order_of_refusals(stopped: Running, owner: Caller) -> None:
    field = {"label": "Amount", "field_type": "text", "required": True}
    inside = {"label": "Inside", "field_type": "text"}
    hidden = {"title": "Hidden", "hidden_by_default": True, "captures": [inside]}
    process = make_process(owner, {"title": "A", "captures": [field]}, {"title": "B", "step_type": "approval"}, hidden)
    missing = complete(owner, process)
    refused(missing, "REQUIRED_FIELDS_MISSING", "Amount is required")
    assert missing.errors == {f"taskdata.{process.field('Amount')}": ["Amount is required"]}
    vote = complete(owner, process, 1)
    refused(vote, "VALIDATION_FAILED", "The is approved field is required.")
    assert list(vote.errors) == ["is_approved"]
    fields = owner("GET", f"/O/runs/{process.id}/form-fields").data["form_fields"]
    body = {"task_id": next(one["task_id"] for one in fields if one["label"] == "Inside")}
    hidden_task = owner("POST", f"/O/runs/{process.id}/completed-tasks", body)
    refused(hidden_task, "TASK_HIDDEN", "Hidden tasks can't be completed.")
    complete(owner, process, taskdata={process.field("Amount"): "7"})
    later(stopped, 121)
    refused(complete(owner, process), "TASK_ALREADY_COMPLETED", ALREADY)
    owner("DELETE", f"/O/runs/{process.id}")
    assert complete(owner, process, 1, is_approved=True).body["code"] == "RUN_ARCHIVED"
    assert reopen(owner, process).body["code"] == "RUN_ARCHIVED"


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ({"field_type": "text"}, "", "F is required"),
        ({"field_type": "multiselect", "options": [{"text": "A"}, {"text": "B"}]}, [],
         "At least one item of F must be checked."),
        ({"field_type": "multiselect", "options": [{"text": "A"}, {"text": "B"}], "required": False,
          "settings": {"must_all_checked": True}},
         [{"id": 1, "text": "A", "selected": True}], "All items of F must be checked."),
        ({"field_type": "table", "columns": [{"label": "X"}]}, [[""]], "F is required"),
        ({"field_type": "assignees_form"}, {}, "F is required"),
    ],
)  # fmt: skip
def test_12_2_what_is_missing(owner: Caller, field: dict[str, Any], value: Any, text: str) -> None:
    process = make_process(owner, {"title": "A", "captures": [{"label": "F", "required": True, **field}]})
    owner("PUT", process.path(), {"taskdata": {process.field("F"): value}})
    assert complete(owner, process).errors == {f"taskdata.{process.field('F')}": [text]}
    assert owner("GET", process.path()).data["status"] != "completed"


@pytest.mark.parametrize("approved", [True, False])
def test_12_2_a_rejection_requires_the_fields_too(owner: Caller, approved: bool) -> None:
    field = {"label": "Reason", "field_type": "text", "required": True}
    process = make_process(owner, {"title": "A", "step_type": "approval", "captures": [field]})
    assert complete(owner, process, is_approved=approved).body["code"] == "REQUIRED_FIELDS_MISSING"


def test_12_2_archived_one_off_tasks(owner: Caller) -> None:
    path = make_oneoff(owner)
    owner("DELETE", path)
    assert owner("POST", "/O/completed-tasks", {"task_id": path.rsplit("/", 1)[1]}).body["code"] == "TASK_ARCHIVED"


# -- decisions ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "sent", "approved", "label"),
    [
        ("approval", True, True, "Approved"),
        ("approval", False, False, "Rejected"),
        ("approval", "yes", True, "Approved"),
        ("task", False, None, "Completed"),
        ("expiring", False, True, "Acknowledged"),
    ],
)
def test_12_1_is_approved(owner: Caller, kind: str, sent: Any, approved: bool | None, label: str) -> None:
    process = make_process(owner, {"title": "A", "step_type": kind})
    done = complete(owner, process, is_approved=sent).data
    assert (done["is_approved"], done["status_label"]) == (approved, label)
    again = reopen(owner, process).data
    assert (again["is_approved"], again["status"]) == (None, "in-progress")


# -- 12.3 --------------------------------------------------------------------------------------------------------------


def test_12_3_who_may_complete_and_reopen(server: Running, team: Team) -> None:
    listed = {"users": [team.standard.user_id, team.light.user_id]}
    own = {"users": [team.light.user_id], "guests": [team.guest.email]}
    restricted = {"title": "B", "can_complete_only_assignees": True}
    process = make_process(team.owner, {"title": "A"}, restricted, {"title": "C"})
    team.owner("PUT", f"/O/runs/{process.id}", listed)
    message = "You don't have permission to complete this task."
    answer = complete(team.light, process)  # sees it, is not assigned
    assert (answer.status, answer.body["message"]) == (403, message)
    assert complete(team.standard, process).status == 200
    assert complete(team.standard, process, 1).status == 403
    assert complete(team.guest, process, 2).status == 404
    for task in (1, 2):
        team.owner("PUT", process.path(task), {"owners": own})
    assert complete(team.light, process, 1).status == 200
    assert reopen(team.standard, process, 1).status == 403  # only its assignees and administrators
    assert reopen(team.light, process, 1).status == 200
    assert complete(team.owner, process, 1).status == 200
    done = complete(team.guest, process, 2).data
    assert done["completer_guest"] == team.guest.email
    assert (done["completer_id"], done["completer_guest_id"]) == (None, str(team.guest.user_id))
    assert reopen(team.guest, process, 2).status == 403
    assert reopen(team.light, process, 2).status == 403  # what a guest completed
    again = reopen(team.standard, process, 2).data
    assert (again["completer_guest"], again["completer_guest_id"]) == (None, None)


# -- 12.4 --------------------------------------------------------------------------------------------------------------


def everyone(server: Running, team: Team, **step: Any) -> tuple[Process, Caller]:
    """A task that a standard member, a light member of a group and a guest each must complete."""
    group = make_group(team.owner, [team.light.user_id])
    wanted = {
        "title": "Read it", "everyone_must_complete": True, "assignees": [team.standard.user_id],
        "groups": [group], "guests": [team.guest.email], **step,
    }  # fmt: skip
    process = make_process(team.owner, wanted)
    other = server.member(team.owner, "standard")
    team.owner("PUT", f"/O/runs/{process.id}", {"users": [other.user_id]})
    return process, other


def test_12_4_each_marks_his_part(stopped: Running, team: Team) -> None:
    process, other = everyone(stopped, team)
    assert complete(other, process).status == 403  # sees it, but is none of them
    first = complete(team.standard, process).data
    assert (first["status"], first["completed_at"]) == ("in-progress", None)
    assert (first["completion_progress"], first["completion_counts"]["completed"]) == (33.33, 1)
    assert first["completion_counts"]["total"] == 3
    twice = complete(team.standard, process)
    refused(twice, "VALIDATION_FAILED", "You have already completed your part of this task.")
    later(stopped, 5)
    complete(team.guest, process)
    later(stopped, 5)
    last = complete(team.light, process).data
    assert (last["status"], last["completer_id"]) == ("completed", team.light.user_id)
    assert (last["completion_progress"], last["completed_at"]) == (100.0, "2026-02-20T09:00:10Z")
    kinds = [kind for kind, *_ in events_of(stopped, team.owner, process.tasks[0])]
    assert kinds == ["task.marked", "task.commented", "task.marked", "task.commented", "task.completed"]
    # 13 rule 2: all marks are cleared
    again = reopen(team.standard, process).data
    assert (again["completion_progress"], again["completion_counts"]["completers"]) == (0.0, [])


def test_12_4_administrators(server: Running, team: Team) -> None:
    process, _ = everyone(server, team)
    assert complete(team.owner, process).data["status"] == "completed"
    own, _ = everyone(server, team, assignees=[team.owner.user_id, team.standard.user_id])
    assert complete(team.owner, own).data["status"] == "in-progress"  # one of them: his own part
    assert complete(team.standard, own, force=True).status == 403
    assert complete(team.owner, own, force=True).data["status"] == "completed"
    named, _ = everyone(server, team)
    marked = complete(team.owner, named, override_user=team.standard.user_id).data
    assert marked["completion_counts"]["completers"][0]["id"] == team.standard.user_id


@pytest.mark.parametrize(("votes", "result"), [((True, True, True), True), ((True, False, True), False)])
def test_12_4_an_approval_needs_every_vote(server: Running, team: Team, votes: tuple[bool, ...], result: bool) -> None:
    process, _ = everyone(server, team, step_type="approval")
    for caller, vote in zip((team.standard, team.light, team.guest), votes, strict=True):
        answer = complete(caller, process, is_approved=vote).data
        assert answer["is_approved"] == (result if caller is team.guest else None)


def test_12_4_nobody_required_is_like_the_default(server: Running, team: Team) -> None:
    process = make_process(team.owner, {"title": "A", "everyone_must_complete": True, "assign_run_starter": False})
    team.owner("PUT", f"/O/runs/{process.id}", {"users": [team.standard.user_id]})
    assert complete(team.standard, process).data["status"] == "completed"


def test_12_4_the_member_beside_a_guest_is_not_asked(server: Running, team: Team) -> None:
    process = make_process(
        team.owner, {"title": "A", "everyone_must_complete": True, "guests": [team.guest.email]},
        owner_id=team.standard.user_id,
    )  # fmt: skip
    assert complete(team.standard, process).status == 403
    assert complete(team.guest, process).data["status"] == "completed"


def test_13_own_marks_are_withdrawn(stopped: Running, team: Team) -> None:
    process, _ = everyone(stopped, team)
    complete(team.standard, process)
    complete(team.light, process)
    withdrawn = reopen(team.standard, process).data
    assert [one["id"] for one in withdrawn["completion_counts"]["completers"]] == [team.light.user_id]
    refused(reopen(team.standard, process), "TASK_NOT_COMPLETED", "This task is not completed.")
    assert reopen(team.owner, process).data["completion_counts"]["completed"] == 0


# -- GUARD -------------------------------------------------------------------------------------------------------------


def test_guard_the_same_act_within_two_minutes(stopped: Running, team: Team) -> None:
    process = make_process(team.owner, {"title": "A", "step_type": "approval"}, {"title": "B"})
    first = complete(team.owner, process, is_approved=True)
    seen = events_of(stopped, team.owner, process.tasks[0])
    later(stopped, 120)
    again = complete(team.owner, process, is_approved=True)
    assert (again.status, again.data["completed_at"]) == (200, first.data["completed_at"])
    assert events_of(stopped, team.owner, process.tasks[0]) == seen
    refused(complete(team.owner, process, is_approved=False), "TASK_ALREADY_COMPLETED", ALREADY)
    admin = stopped.member(team.owner, "admin")
    refused(complete(admin, process, is_approved=True), "TASK_ALREADY_COMPLETED", ALREADY)
    later(stopped, 1)
    refused(complete(team.owner, process, is_approved=True), "TASK_ALREADY_COMPLETED", ALREADY)
    reopened = reopen(team.owner, process)
    later(stopped, 120)
    assert reopen(team.owner, process).data["last_updated"] == reopened.data["last_updated"]
    refused(reopen(admin, process), "TASK_NOT_COMPLETED", "This task is not completed.")
    later(stopped, 1)
    refused(reopen(team.owner, process), "TASK_NOT_COMPLETED", "This task is not completed.")


def test_two_people_at_once_one_wins(stopped: Running, team: Team) -> None:
    both = [team.standard.user_id, team.light.user_id]
    process = make_process(team.owner, {"title": "A", "assignees": both})
    assert complete(team.standard, process).status == 200
    refused(complete(team.light, process), "TASK_ALREADY_COMPLETED", ALREADY)


# -- 13 ----------------------------------------------------------------------------------------------------------------


def test_13_reopening(stopped: Running, owner: Caller) -> None:
    field = {"label": "Amount", "field_type": "text"}
    process = make_process(owner, {"title": "A", "captures": [field]})
    before = owner("PUT", process.path(), {"taskdata": {process.field("Amount"): "7"}}).data
    complete(owner, process)
    later(stopped, 60)
    answer = reopen(owner, process)
    assert answer.status == 200
    data = answer.data
    cleared = ("completed_at", "completer_id", "completer_guest_id", "completer_guest", "is_approved")
    assert all(data[name] is None for name in cleared)
    assert (data["status"], data["tasks_changed_by_rules"]) == ("in-progress", {})
    kept = ("taskdata", "owners", "deadline", "title")
    assert {name: data[name] for name in kept} == {name: before[name] for name in kept}
    assert status(owner, process) == ("active", None)  # rule 3
    assert [kind for kind, *_ in events_of(stopped, owner, process.id)][-1] == "process.uncompleted"
    assert complete(owner, process).data["status"] == "completed"
    alias = owner("POST", f"/O/runs/{process.id}/completed-tasks/{process.tasks[0]}")  # the connector's way
    assert alias.data["status"] == "in-progress"


def test_13_what_is_open_is_not_reopened(owner: Caller) -> None:
    process = make_process(owner, {"title": "A"})
    refused(reopen(owner, process), "TASK_NOT_COMPLETED", "This task is not completed.")
    assert owner("DELETE", f"/O/runs/{process.id}/completed-tasks/{UNKNOWN}").status == 404
    path = make_oneoff(owner)
    task_id = path.rsplit("/", 1)[1]
    assert owner("DELETE", f"/O/runs/{process.id}/completed-tasks/{task_id}").status == 404


# -- processes and deadlines that follow -------------------------------------------------------------------------------


def test_3_2_hidden_tasks_do_not_hold_up_a_process(owner: Caller) -> None:
    process = make_process(owner, {"title": "A"}, {"title": "B", "hidden_by_default": True})
    assert complete(owner, process).data["run_status"] == "complete"
    run = owner("GET", f"/O/runs/{process.id}").data
    assert run["progress"] == {"complete": 1, "total": 1, "percent": 100}


def test_3_4_late_tasks_count_after_completion_too(stopped: Running, owner: Caller) -> None:
    process = make_process(owner, {"title": "A"}, {"title": "B"})
    owner("PUT", process.path(), {"deadline": "2026-02-20T10:00:00Z"})
    assert owner("GET", f"/O/runs/{process.id}").data["due_soon"] is True
    later(stopped, 7200)
    run = owner("GET", f"/O/runs/{process.id}").data
    assert (run["late_tasks"], run["due_date_passed"]) == (1, True)
    complete(owner, process)
    run = owner("GET", f"/O/runs/{process.id}").data
    assert (run["late_tasks"], run["due_date_passed"]) == (1, False)


def test_5_6_deadlines_anchored_on_the_completion(stopped: Running, owner: Caller) -> None:
    after = {"value": 2, "unit": "days", "option": "from", "step": 0}
    steps = ({"title": "A"}, {"title": "B", "deadline": after}, {"title": "C", "deadline": after})
    process = launch(owner, make_template(owner, *steps))
    owner("PUT", process.path(2), {"deadline": "2026-03-30T12:00:00Z"})  # by hand: it stays
    later(stopped, 3600)
    complete(owner, process)
    assert owner("GET", process.path(1)).data["deadline"] == "2026-02-22T10:00:00Z"
    assert owner("GET", process.path(2)).data["deadline"] == "2026-03-30T12:00:00Z"
    assert owner("GET", f"/O/runs/{process.id}").data["due_date"] == "2026-02-22T10:00:00Z"
    later(stopped, 3600)
    reopen(owner, process)
    assert owner("GET", process.path(1)).data["deadline"] == "2026-02-22T10:00:00Z"  # rule 6
    later(stopped, 3600)
    complete(owner, process)
    assert owner("GET", process.path(1)).data["deadline"] == "2026-02-22T12:00:00Z"


def test_12_5_a_completed_task_leaves_its_owners_lists(owner: Caller) -> None:
    process = make_process(owner, {"title": "A"}, {"title": "B"})
    complete(owner, process)
    shown = owner("GET", "/O/me/tasks").data
    assert process.tasks[0] not in [one["id"] for one in shown]
    assert process.tasks[1] in [one["id"] for one in shown]


def test_only_the_people_of_an_everyone_task_do_a_part_of_it(server: Running, owner: Caller) -> None:
    """20 §12.3: a member who is not asked cannot put a mark on it."""
    asked, other = server.member(owner, "standard"), server.member(owner, "standard")
    members = [asked.user_id, other.user_id]
    process = make_process(owner, {"everyone_must_complete": True, "assignees": [asked.user_id]}, users=members)
    assert complete(other, process).status == 403
    assert complete(asked, process).data["status"] == "completed"
