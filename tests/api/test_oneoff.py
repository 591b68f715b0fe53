"""One-off tasks (spec 20 §9, §14; 10 §11; SEED-106..110)."""

import uuid
from typing import Any

import pytest

from tests.support.fixtures_server import Team
from tests.support.make import (
    UNKNOWN,
    events_of,
    make_group,
    make_oneoff,
    make_process,
    make_tag,
    make_template,
    owners,
)
from tests.support.server import Answer, Caller, Running

DUE = "2031-06-30T17:00:00Z"


def create(by: Caller, **members: Any) -> Answer:
    body = {"title": "Renew lease", "task_type": "task", "deadline": DUE, "owners": {"users": [by.user_id]}, **members}
    return by("POST", "/O/tasks", {name: value for name, value in body.items() if value is not ...})


def order(by: Caller, run_id: str) -> str:
    tasks = sorted(by("GET", f"/O/runs/{run_id}/tasks?per_page=100").data, key=lambda one: one["position"])
    assert [one["position"] for one in tasks] == list(range(1, len(tasks) + 1))
    return "".join(one["title"] for one in tasks)


def make_folder(by: Caller) -> str:
    made: str = by("POST", "/O/folders", {"name": uuid.uuid4().hex[:12], "folder_type": "run"}).data["id"]
    return made


# -- 9.1 ---------------------------------------------------------------------------------------------------------------


def test_seed_106_to_110_a_task_outside_any_process(server: Running, owner: Caller) -> None:
    other, tag, folder = server.member(owner, "standard").user_id, make_tag(owner), make_folder(owner)
    body = {
        "name": "Collect W-9",  # alias of title
        "title": ...,
        "task_type": "approval",
        "description": "<p>Ask the vendor.</p>",
        "deadline": "2031-07-15 17:00:00",
        "owners": {"users": [owner.user_id, str(other)], "guests": ["ap@vendor.example"], "groups": []},
        "top_secret": True,
        "webhook": "https://hooks.example/x",
        "max_assignable": 5,
        "prevent_guest_comment": True,
        "everyone_must_complete": True,
        "can_complete_only_assignees": True,
        "is_soft_start_date": True,
        "started_at": "2031-07-01T09:00:00Z",
        "tags": [tag],
        "folders": [folder],
        "form_fields": [{"label": "Tax id", "field_type": "text", "required": True, "position": 1}],
        "taskdata": {"0": "12-345"},
        "status": "not-started",
    }
    answer = create(owner, **body)
    assert answer.status == 201
    data = answer.data
    shown = {
        "title": "Collect W-9", "task_type": "approval", "summary": "<p>Ask the vendor.</p>", "status": "not-started",
        "deadline": "2031-07-15T17:00:00Z", "top_secret": True, "webhook": "https://hooks.example/x",
        "max_assignable": 5, "prevent_guest_comment": True, "everyone_must_complete": True,
        "can_complete_only_assignees": True, "is_soft_start_date": True, "started_at": "2031-07-01T09:00:00Z",
        "is_oneoff_task": True, "run_id": None, "step_id": None, "checklist_id": None, "starter_id": owner.user_id,
    }  # fmt: skip
    assert {name: data[name] for name in shown} == shown
    assert owners(data) == ([owner.user_id, other], ["ap@vendor.example"], [])
    assert list(data["taskdata"].values()) == ["12-345"]
    assert data["alias"]
    read = owner("GET", f"/O/tasks/{data['id']}?with=tags,folders,form_fields").data
    (field,) = read["form_fields"]["data"]
    assert (field["label"], field["required"], field["value"], field["step_id"]) == ("Tax id", True, "12-345", None)
    assert field["field_no"] > 0
    assert [one["tag_id"] for one in read["tags"]["data"]] == [tag]
    assert [one["folder_id"] for one in read["folders"]["data"]] == [folder]
    assert [kind for kind, *_ in events_of(server, owner, data["id"])] == ["task.created"]


@pytest.mark.parametrize(
    ("members", "errors"),
    [
        ({"title": ...}, {"title": ["The title field is required."]}),
        ({"task_type": ...}, {"task_type": ["The task type field is required."]}),
        ({"owners": ...}, {"owners": ["The owners field is required."]}),
        ({"deadline": ...}, {"deadline": ["The deadline field is required."]}),
        ({"deadline": None}, {"deadline": ["The deadline field is required."]}),
        ({"title": "x" * 601}, {"title": ["The title may not be greater than 600 characters."]}),
        ({"task_type": "banana"}, {"task_type": ["The selected task type is invalid."]}),
        ({"webhook": "nowhere"}, {"webhook": ["The webhook must be a valid URL."]}),
        ({"tags": [UNKNOWN]}, {"tags.0": ["The selected tag is invalid."]}),
        ({"folders": [UNKNOWN]}, {"folders.0": ["The selected folder is invalid."]}),
        ({"checklist_id": UNKNOWN}, {"checklist_id": ["The selected checklist id is invalid."]}),
        ({"linked_step_id": UNKNOWN}, {"linked_step_id": ["The selected linked step id is invalid."]}),
    ],
)
def test_seed_107_what_is_required(owner: Caller, members: dict[str, Any], errors: dict[str, list[str]]) -> None:
    assert create(owner, **members).errors == errors
    assert owner("GET", "/O/tasks").data == []


def test_seed_107_everything_missing_at_once(owner: Caller) -> None:
    assert set(owner("POST", "/O/tasks", {}).errors) == {"title", "task_type", "owners", "deadline"}


def test_9_1_empty_owners_leave_it_unassigned(owner: Caller) -> None:
    blanks: tuple[Any, ...] = ({"users": [], "guests": [], "groups": []}, {}, None, [])
    for empty in blanks:
        assert owners(create(owner, owners=empty).data) == ([], [], [])


@pytest.mark.parametrize(
    ("sent", "kind"), [("standard", "task"), ("accept_decline", "approval"), ("expiring_email", "expiring_email")]
)
def test_9_1_other_names_of_types(owner: Caller, sent: str, kind: str) -> None:
    assert create(owner, task_type=sent).data["task_type"] == kind


def test_9_1_links_to_a_template_copy_nothing(owner: Caller) -> None:
    template = make_template(owner, {"title": "T", "captures": [{"label": "F", "field_type": "text"}]})
    data = create(owner, checklist_id=template.id, linked_step_id=template.steps[0]).data
    assert (data["checklist_id"], data["linked_step_id"], data["run_id"]) == (template.id, template.steps[0], None)
    assert owner("GET", f"/O/tasks/{data['id']}?with=form_fields").data["form_fields"]["data"] == []


def test_9_1_who(team: Team) -> None:
    assert create(team.standard, owners={"users": [team.owner.user_id]}).status == 201
    assert create(team.light).status == 201  # for himself
    for other in ({"users": [team.owner.user_id]}, {"guests": ["a@b.example"]}, {"groups": [UNKNOWN]}):
        assert create(team.light, owners=other).status == 403
    assert create(team.guest, owners={}).status == 403
    private = create(team.owner).data["id"]
    assert team.standard("GET", f"/O/tasks/{private}").status == 404  # 40 §16.4: private by default


# -- 9.3 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "path"),
    [
        ({"field_type": "text", "required": True}, "label"),
        ({"label": "F", "required": True}, "field_type"),
        ({"label": "F", "field_type": "banana", "required": True}, "field_type"),
        ({"label": "F", "field_type": "text"}, "required"),
        ({"label": "F", "field_type": "dropdown", "required": True}, "options"),
        ({"label": "F", "field_type": "radio", "required": True, "options": [{"text": "A"}]}, "options"),
        ({"label": "F", "field_type": "table", "required": True}, "columns"),
    ],
)
def test_seed_108_fields_are_checked(owner: Caller, field: dict[str, Any], path: str) -> None:
    good = {"label": "G", "field_type": "text", "required": False}
    answer = create(owner, form_fields=[good, field])
    assert all(key.startswith(f"form_fields.1.{path}") for key in answer.errors), answer.errors


def test_seed_108_fields_and_answers(owner: Caller) -> None:
    fields = [
        {"label": "Plan", "field_type": "select", "required": False, "options": [{"label": "A"}, {"text": "B"}]},
        {"label": "Amount", "field_type": "text", "required": True},
    ]
    answer = create(owner, form_fields=fields, taskdata={"1": "7", "0": {"id": 2, "text": "B"}, "nope": 1})
    assert answer.body["meta"]["warnings"] == [{"code": "UNKNOWN_TASKDATA_KEY", "key": "nope"}]
    path = f"/O/tasks/{answer.data['id']}"
    plan, amount = owner("GET", f"{path}/captures").data
    assert [(one["id"], one["text"]) for one in plan["options"]] == [(1, "A"), (2, "B")]
    assert (plan["field_type"], plan["value"], amount["value"]) == ("dropdown", {"id": 2, "text": "B"}, "7")
    again = create(owner, form_fields=fields, taskdata={"amount": "8"}).data
    assert list(again["taskdata"].values()) == ["8"]
    wrong = create(owner, form_fields=fields, taskdata={"0": "B"})
    assert list(wrong.errors.values()) == [["Invalid dropdown choice selected."]]


# -- 18: answers without completing (SEED-115) -------------------------------------------------------------------------


def test_seed_115_answers_are_saved_apart(team: Team) -> None:
    captures = [
        {"label": "Contract", "field_type": "radio", "options": [{"text": "Full-time"}, {"text": "Part-time"}]},
        {"label": "Amount", "field_type": "text"},
    ]
    process = make_process(team.owner, {"title": "A", "captures": captures})
    path = f"/O/tasks/{process.tasks[0]}/captures"
    contract, amount = process.field("Contract"), process.field("Amount")
    one = team.owner("POST", path, {"id": contract, "value": "Part-time"})
    assert one.status == 200
    assert (one.data["value"], one.data["field_value"], one.data["task_id"]) == (
        "Part-time", "Part-time", process.tasks[0],
    )  # fmt: skip
    by_number = team.owner("POST", path, {"id": one.data["field_no"], "value": "Full-time"}).data
    assert (by_number["id"], by_number["value"]) == (contract, "Full-time")
    by_value_id = team.owner("POST", path, {"id": one.data["unique_id"], "value": None}).data
    assert (by_value_id["value"], by_value_id["unique_id"]) == (None, None)
    listed = [{"id": contract, "value": "Full-time"}, {"id": amount, "value": 8}]
    for several in ({contract: "Part-time", amount: "7"}, listed):
        data = team.owner("POST", path, {"captures": several}).data
        assert [one["id"] for one in data] == [contract, amount]
    shown = team.owner("GET", path)
    assert [one["value"] for one in shown.data] == ["Full-time", "8"]
    assert shown.body["meta"]["pagination"]["total"] == 2
    assert team.owner("GET", process.path()).data["status"] == "active"
    assert team.owner("POST", path, {"id": UNKNOWN, "value": 1}).errors == {"id": ["The selected id is invalid."]}
    assert list(team.owner("POST", path, {"captures": {UNKNOWN: 1}}).errors) == [f"captures.{UNKNOWN}"]
    assert set(team.owner("POST", path, {}).errors) == {"id", "value"}
    assert list(team.owner("POST", path, {"id": contract}).errors) == ["value"]
    assert list(team.owner("POST", path, {"id": contract, "value": "x"}).errors) == ["value"]
    assert list(team.owner("POST", path, {"captures": {contract: "x"}}).errors) == [f"captures.{contract}"]
    unreadable: tuple[Any, ...] = ("x", [1], {})
    for wrong in unreadable:
        assert list(team.owner("POST", path, {"captures": wrong}).errors) == ["captures"]
    team.owner("PUT", f"/O/runs/{process.id}", {"users": [team.light.user_id]})
    assert team.light("POST", path, {"id": amount, "value": "9"}).status == 403
    assert team.standard("GET", path).status == 404
    team.owner("POST", f"/O/runs/{process.id}/completed-tasks", {"task_id": process.tasks[0]})
    assert team.owner("POST", path, {"id": amount, "value": "9"}).body["code"] == "TASK_COMPLETED"


def test_10_4_all_fields_of_a_process(owner: Caller) -> None:
    field = {"label": "F", "field_type": "text"}
    template = make_template(
        owner, {"title": "A", "captures": [field]}, {"title": "B", "captures": [{**field, "label": "G"}]},
        kickoff=[{"label": "K", "field_type": "text"}],
    )  # fmt: skip
    run = owner("POST", "/O/runs", {"checklist_id": template.id, "prerun": {template.kickoff["K"]: "v"}}).data
    data = owner("GET", f"/O/runs/{run['id']}/form-fields").data
    assert (data["id"], data["name"], data["checklist_id"]) == (run["id"], run["name"], template.id)
    shown = [(one["label"], one["step_id"]) for one in data["form_fields"]]
    assert shown == list(zip("FG", template.steps, strict=True))
    assert all(one["task_id"] and not one["ko_form_field"] for one in data["form_fields"])
    (kickoff,) = data["ko_form_fields"]
    assert (kickoff["value"], kickoff["field_value"]) == ("v", "v")
    assert (kickoff["task_id"], kickoff["ko_form_field"]) == (None, True)
    assert kickoff["unique_id"]


# -- 9.5 ---------------------------------------------------------------------------------------------------------------


def test_9_5_a_task_in_a_running_process(server: Running, owner: Caller) -> None:
    process = make_process(owner, {"title": "A"}, {"title": "B"})
    for task in process.tasks:
        owner("POST", f"/O/runs/{process.id}/completed-tasks", {"task_id": task})
    assert owner("GET", f"/O/runs/{process.id}").data["status"] == "complete"
    answer = create(owner, title="x", run_id=process.id)
    assert (answer.data["run_id"], answer.data["is_oneoff_task"], answer.data["position"]) == (process.id, True, 3)
    run = owner("GET", f"/O/runs/{process.id}").data
    assert (run["status"], run["completed_at"], run["progress"]["total"]) == ("active", None, 3)
    assert run["max_task_deadline"] == DUE
    assert [kind for kind, *_ in events_of(server, owner, answer.data["id"])] == [
        "task.created",
        "task.linked",
        "task.commented",
    ]
    for members, expected in (
        ({"position": 1}, "yABx"),
        ({"position": "beginning"}, "zyABx"),
        ({"position": "end"}, "zyABxv"),
        ({"after_task_id": process.tasks[0]}, "zyAwBxv"),
        ({"position": 99}, "zyAwBxvu"),
    ):
        (title,) = set(expected) - set(order(owner, process.id))
        assert create(owner, title=title, run_id=process.id, **members).status == 201
        assert order(owner, process.id) == expected
    assert list(create(owner, run_id=process.id, after_task_id=UNKNOWN).errors) == ["after_task_id"]


def test_9_5_where_it_is_refused(team: Team) -> None:
    process = make_process(team.owner, {"title": "A"})
    assert create(team.standard, run_id=process.id).status == 404
    assert create(team.owner, run_id=UNKNOWN).status == 404
    team.owner("PUT", f"/O/runs/{process.id}", {"users": [team.standard.user_id, team.light.user_id]})
    assert create(team.standard, run_id=process.id).status == 201
    assert create(team.light, run_id=process.id, owners={"users": [team.owner.user_id]}).status == 201
    team.owner("PUT", f"/O/runs/{process.id}", {"can_add_oot": False})
    answer = create(team.owner, run_id=process.id)
    assert (answer.status, answer.body["message"]) == (422, "Ad-hoc tasks not allowed for this process")
    team.owner("DELETE", f"/O/runs/{process.id}")
    assert create(team.owner, run_id=process.id).body["code"] == "RUN_ARCHIVED"


# -- 9.4 ---------------------------------------------------------------------------------------------------------------


def test_9_4_one_task_for_each_assignee(server: Running, team: Team) -> None:
    one, two = (server.member(team.owner, "standard").user_id for _ in range(2))
    group = make_group(team.owner, [one, team.light.user_id], ["in-group@client.example"])
    answer = create(
        team.owner,
        title="Sign the policy",
        separate_task_for_each_assignee=True,
        owners={"users": [one, two], "guests": ["g@client.example"], "groups": [group]},
        everyone_must_complete=True,
        max_assignable=1,
        form_fields=[{"label": "Name", "field_type": "text", "required": True}],
        taskdata={"0": "x"},
    )
    assert answer.status == 201
    first = answer.data
    run = first["run"]
    assert run["id"] == first["run_id"]
    assert run["data"] == {name: value for name, value in run.items() if name != "data"}
    assert run["name"] == "Sign the policy"
    assert run["owner_id"] == run["started_by"] == team.owner.user_id
    tasks = sorted(team.owner("GET", f"/O/runs/{run['id']}/tasks").data, key=lambda task: task["position"])
    assert [owners(task) for task in tasks] == [
        ([one], [], []),
        ([two], [], []),
        ([team.light.user_id], [], []),
        ([team.owner.user_id], ["g@client.example"], []),  # a guest is never alone (6.3)
        ([team.owner.user_id], ["in-group@client.example"], []),
    ]
    assert tasks[0]["id"] == first["id"]
    assert [task["position"] for task in tasks] == [1, 2, 3, 4, 5]
    assert all(task["is_oneoff_task"] and task["run_id"] == run["id"] for task in tasks)
    assert not any(task["everyone_must_complete"] or task["max_assignable"] for task in tasks)
    assert all(task["started_at"] for task in tasks)
    fields = team.owner("GET", f"/O/runs/{run['id']}/form-fields").data["form_fields"]
    assert len({field["id"] for field in fields}) == 5  # cloned
    assert {field["value"] for field in fields} == {"x"}
    assert run["id"] in [shown["id"] for shown in team.owner("GET", "/O/runs").data]
    assert run["checklist_id"] not in [shown["id"] for shown in team.owner("GET", "/O/checklists?per_page=100").data]


def test_9_4_in_a_process_that_is_there(server: Running, owner: Caller) -> None:
    process, other = make_process(owner, {"title": "A"}, {"title": "B"}), server.member(owner, "standard").user_id
    people = {"users": [owner.user_id, other]}
    answer = create(
        owner, title="x", run_id=process.id, position=2, owners=people, separate_task_for_each_assignee=True
    )
    assert answer.data["run"]["id"] == process.id
    assert order(owner, process.id) == "AxxB"


def test_9_4_refusals(server: Running, team: Team) -> None:
    empty: tuple[Any, ...] = ({}, {"users": []})
    for nobody in empty:
        answer = create(team.owner, separate_task_for_each_assignee=True, owners=nobody)
        assert answer.errors == {"owners": ["At least one assignee is required."]}
    many = {"guests": [f"g{at}@client.example" for at in range(501)]}
    assert create(team.owner, separate_task_for_each_assignee=True, owners=many).status == 422
    wrong = create(team.owner, separate_task_for_each_assignee=True, owners={"users": [999_999_999]})
    assert list(wrong.errors) == ["owners.users.0"]
    own = {"users": [team.light.user_id]}
    assert create(team.light, separate_task_for_each_assignee=True, owners=own).status == 403
    long = create(team.owner, title="x" * 600, separate_task_for_each_assignee=True)
    assert len(long.data["run"]["name"]) == 550
    assert team.owner("GET", "/O/runs").body["meta"]["pagination"]["total"] == 1


# -- 14 ----------------------------------------------------------------------------------------------------------------


def test_14_archive_restore_delete(server: Running, owner: Caller) -> None:
    field = {"label": "F", "field_type": "text", "required": False}
    path = make_oneoff(owner, form_fields=[field], taskdata={"0": "x"})
    before = owner("GET", path).data
    for _ in range(2):
        answer = owner("DELETE", path)
        assert (answer.status, answer.body) == (204, None)
    assert owner("GET", path).data["archived_at"] is not None
    assert owner("GET", "/O/tasks").data == []
    assert owner("PUT", path, {"title": "x"}).body["code"] == "TASK_ARCHIVED"
    restored = owner("PUT", f"{path}/restore").data
    assert {**restored, "last_updated": 0} == {**before, "last_updated": 0}
    assert owner("PUT", f"{path}/restore").data == restored
    assert owner("DELETE", f"{path}/delete").status == 204
    assert owner("GET", path).status == 404
    assert owner("DELETE", f"{path}/delete").status == 404
    verbs = [verb for _, verb, *_ in events_of(server, owner, before["id"])]
    assert verbs == ["created", "archived", "unarchived", "deleted"]


def test_14_process_tasks_stay(owner: Caller) -> None:
    process = make_process(owner, {"title": "A"})
    path = f"/O/tasks/{process.tasks[0]}"
    for method, at in (("DELETE", path), ("DELETE", f"{path}/delete"), ("PUT", f"{path}/restore")):
        assert owner(method, at).body["code"] == "NOT_ONEOFF_TASK"
    message = "Only one-off tasks can be archived. Archive the process instead."
    assert owner("DELETE", path).body["message"] == message
    unlinked = owner("DELETE", process.path())
    assert (unlinked.status, unlinked.body["message"]) == (422, "Process tasks can't be removed. Hide them instead.")


def test_14_who(server: Running, team: Team) -> None:
    people = {"users": [team.standard.user_id, team.light.user_id]}
    path = make_oneoff(team.owner, owners=people)
    assert team.light("DELETE", path).status == 403
    assert team.standard("DELETE", f"{path}/delete").status == 403
    assert team.standard("DELETE", path).status == 204
    assert team.standard("PUT", f"{path}/restore").status == 200
    own = make_oneoff(team.light)
    assert team.light("DELETE", own).status == 204


def test_14_an_archived_process_keeps_its_tasks(owner: Caller) -> None:
    process = make_process(owner, {"title": "A"})
    task = create(owner, run_id=process.id).data["id"]
    owner("DELETE", f"/O/runs/{process.id}")
    for method, at in (("PUT", "/restore"), ("DELETE", "/delete"), ("DELETE", "")):
        assert owner(method, f"/O/tasks/{task}{at}").body["code"] == "RUN_ARCHIVED"
    assert owner("DELETE", f"/O/runs/{process.id}/tasks/{task}").body["code"] == "RUN_ARCHIVED"


def test_14_deleting_from_a_process_closes_up(owner: Caller) -> None:
    process = make_process(owner, {"title": "A"}, {"title": "B"})
    task = create(owner, title="x", run_id=process.id, position=1).data["id"]
    assert order(owner, process.id) == "xAB"
    assert owner("DELETE", f"/O/tasks/{task}/delete").status == 204
    assert order(owner, process.id) == "AB"
    assert owner("GET", f"/O/runs/{process.id}").data["progress"]["total"] == 2


def test_14_unlinking(server: Running, team: Team) -> None:
    process = make_process(team.owner, {"title": "A"}, {"title": "B"})
    fields = [{"label": "F", "field_type": "text", "required": False}]
    people = {"users": [team.standard.user_id], "guests": [team.guest.email]}
    made = create(
        team.owner, title="x", run_id=process.id, position=1, owners=people, form_fields=fields, taskdata={"0": "v"}
    ).data
    path = f"/O/runs/{process.id}/tasks/{made['id']}"
    data = team.owner("DELETE", path).data
    assert (data["run_id"], data["taskdata"], owners(data)) == (None, made["taskdata"], owners(made))
    assert order(team.owner, process.id) == "AB"
    assert team.owner("GET", path).status == 404
    for caller in (team.standard, team.guest):
        assert caller("GET", f"/O/tasks/{made['id']}").status == 200
    assert team.guest("GET", f"/O/runs/{process.id}").status == 404
    assert [kind for kind, *_ in events_of(server, team.owner, made["id"])][-1] == "task.unlinked"
