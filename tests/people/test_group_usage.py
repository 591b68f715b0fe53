"""What a group holds when it is asked for, and above all where it is named (spec 41 §9.1, §9.5; 00 INC-05, INC-06)."""

from tests.support.fixtures_server import Team
from tests.support.make import launch, make_group, make_oneoff, make_template
from tests.support.server import Running

NONE = {"steps": [], "templates": [], "open_tasks": 0, "permissions": [], "automations": []}


def test_9_1_where_a_group_is_named(server: Running, team: Team) -> None:
    owner, light = team.owner, team.light
    group, other = make_group(owner, [light.user_id]), make_group(owner)
    asked = "with=usage,assets,users,guests_details"
    assert owner("GET", f"/O/groups/{group}?{asked}").data["usage"]["data"] == NONE
    plain = make_template(owner, {"title": "Sort", "groups": [group, other]}, {"title": "Send"}, title="Mail")
    path = f"/O/checklists/{plain.id}"
    done = {"conditionable_type": "Step", "conditionable_id": plain.steps[0], "operation": "completed"}
    assign = {"action_type": "assignment", "action_verb": "assign", "target_step_id": plain.steps[1],
              "assignees": {"groups": [group]}}  # fmt: skip
    rule = owner("POST", f"{path}/automated-actions", {"alias": "Also", "conditions": [done], "actions": [assign]}).data
    assert owner("POST", f"{path}/watchers", {"groups": [other]}).status == 201
    open_to = make_template(owner, {"title": "Read"}, title="Open", groups=[group])
    rights = {
        name: {"everyone": False, "users": [], "groups": [group]} for name in ("checklist_edit", "checklist_read")
    }
    assert owner("PUT", f"/O/checklists/{open_to.id}/permissions", rights).status == 200
    process = launch(owner, plain)
    make_oneoff(owner, owners={"users": [owner.user_id], "guests": [], "groups": [group]})
    finished = make_oneoff(owner, owners={"users": [owner.user_id], "guests": [], "groups": [group]})
    archived = make_oneoff(owner, owners={"users": [owner.user_id], "guests": [], "groups": [group]})
    assert owner("POST", "/O/completed-tasks", {"task_id": finished.rsplit("/", 1)[1]}).status < 300
    assert owner("DELETE", archived).status < 300

    step = {"id": plain.steps[0], "title": "Sort", "checklist_id": plain.id, "checklist_title": "Mail"}
    opened = {"id": open_to.id, "title": "Open"}
    granted = {"checklist_id": open_to.id, "checklist_title": "Open",
               "permissions": ["checklist_edit", "checklist_read"]}  # fmt: skip
    named = {"id": rule["id"], "automated_alias": "Also", "checklist_id": plain.id, "checklist_title": "Mail"}
    whole = {"steps": [step], "templates": [opened], "open_tasks": 2, "permissions": [granted], "automations": [named]}
    shown = {one["id"]: one["usage"]["data"] for one in owner("GET", f"/O/groups?{asked}").data}
    assert shown[group] == whole
    assert shown[other] == {**NONE, "steps": [step], "templates": [{"id": plain.id, "title": "Mail"}], "open_tasks": 1}
    assert owner("GET", f"/O/groups/{group}?with=usage").data["usage"]["data"] == whole
    # who may not read a template is not told its name; the light member reads one through the group
    assert light("GET", f"/O/groups/{group}?with=usage").data["usage"]["data"] == {
        **NONE, "templates": [opened], "open_tasks": 2, "permissions": [granted]
    }  # fmt: skip
    assert team.standard("GET", f"/O/groups/{group}?with=usage").data["usage"]["data"] == {**NONE, "open_tasks": 2}
    assert team.guest("GET", f"/O/groups/{group}?with=usage").status == 403
    assert team.stranger("GET", f"/O/groups/{group}?with=usage").status == 404
    # archived templates count, deletion makes an end of it
    assert owner("DELETE", path).status < 300
    assert owner("GET", f"/O/groups/{group}?with=usage").data["usage"]["data"] == whole
    assert owner("DELETE", f"/O/groups/{other}").status == 204 and owner("DELETE", f"{path}/delete").status < 300
    left = owner("GET", f"/O/groups/{group}?with=usage").data["usage"]["data"]
    assert left == {**whole, "steps": [], "automations": []}, "its process goes on"
    assert owner("GET", process.path()).data["owners"]["groups"]
