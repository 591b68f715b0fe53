"""Further routes to what another route does: each is called by somebody entitled, and its effect is read back."""

from typing import Any

from procession.kernel.unit import Unit
from tests.support.canaries import SWITCHES
from tests.support.files import PNG, upload
from tests.support.make import launch, make_group, make_process, make_template
from tests.support.server import Caller, Running

TEXT = {"field_type": "text", "required": False}


def test_files_go_up_and_down_by_every_path(owner: Caller) -> None:
    """20 §20.1: four routes up, two down."""
    for path in ("/O/file", "/O/files", "/O/assets", "/O/upload"):
        made = upload(owner, path=path)
        assert owner("GET", f"/O/assets/{made.data['id']}").data["size"] == len(PNG)
    assert upload(owner, path="/O/upload").data["version"] == 1
    file = upload(owner, path="/O/file").data["id"]
    assert owner("GET", f"/O/download-files/{file}").raw == owner("GET", f"/O/file/{file}/dl").raw == PNG


def test_snippets_by_both_names(owner: Caller) -> None:
    """30 §15: `/snippets` is `/text-templates`; PATCH requires nothing."""
    made = owner("POST", "/O/snippets", {"title": "One", "content": "<p>1</p>"}).data["id"]
    for method, path, title in (
        ("PUT", f"/O/snippets/{made}", "Two"),
        ("PATCH", f"/O/snippets/{made}", "Three"),
        ("PATCH", f"/O/text-templates/{made}", "Four"),
    ):
        owner(method, path, {"title": title})
        assert owner("GET", f"/O/text-templates/{made}").data["title"] == title
    assert owner("POST", "/O/snippets/exists", {"ids": [made]}).data["existing"] == [made]
    assert owner("DELETE", f"/O/snippets/{made}").status < 300
    assert owner("GET", f"/O/text-templates/{made}").status == 404


def test_patch_where_put_is(server: Running, owner: Caller) -> None:
    """00 §18: PATCH is PUT, and nothing is required."""
    group = make_group(owner, [owner.user_id])
    assert owner("PATCH", f"/O/groups/{group}", {"description": "Changed"}).status < 300
    assert owner("GET", f"/O/groups/{group}").data["description"] == "Changed"
    assert owner("DELETE", f"/O/groups/{group}/members/{owner.user_id}").status < 300
    assert owner("GET", f"/O/groups/{group}").data["members"] == []
    guest = server.guest(owner)
    assert owner("PATCH", f"/O/guests/{guest.email}", {"first_name": "Gus"}).status < 300
    assert owner("GET", f"/O/guests/{guest.email}").data["first_name"] == "Gus"
    role = owner("POST", "/O/roles", {"name": "Buyer"}).data["id"]
    assert owner("PATCH", f"/O/roles/{role}", {"name": "Seller"}).data["name"] == "Seller"
    assert owner("GET", f"/O/roles/{role}").data["name"] == "Seller"


def test_processes_are_archived_by_every_route(owner: Caller) -> None:
    """10 §9.1."""
    template = make_template(owner, {"title": "A"})
    for method, path in (("POST", "/archive"), ("PUT", "/archive"), ("DELETE", "")):
        process = launch(owner, template)
        if method == "POST":
            owner("POST", f"/O/runs/{process.id}/archive")
        elif method == "PUT":
            owner("PUT", f"/O/runs/{process.id}/archive")
        else:
            owner("DELETE", f"/O/runs/{process.id}{path}")
        assert owner("GET", f"/O/runs/{process.id}").data["archived_at"] is not None
        back = owner("PUT", f"/O/runs/{process.id}/restore").data
        assert (back["id"], owner("GET", f"/O/runs/{process.id}").data["archived_at"]) == (process.id, None)


def test_branding_and_counts(owner: Caller) -> None:
    """41 §5.1, §5.3; 20 §11: the alias of branding, the style sheet, how many tasks there are."""
    plain = owner("GET", "/O/custom-branding").data
    assert owner("PUT", "/O/custom-branding", {"bg_color": "#336699"}).data["bg_color"] == "#336699"
    assert owner("GET", "/O/custom-branding").data == owner("GET", "/O/branding").data != plain
    assert owner("DELETE", "/O/custom-branding").status < 300
    assert owner("GET", "/O/branding").data["bg_color"] == plain["bg_color"]
    assert owner("GET", "/O/branding").data == owner("GET", "/O/custom-branding").data
    assert owner("GET", "/O/global.css").status == 200
    before = owner("GET", "/O/tasks/counts").data
    make_process(owner, {"title": "A"})
    assert owner("GET", "/O/tasks/counts").data != before


def test_parts_of_templates_in_another_order(owner: Caller) -> None:
    """30 §7, §9.2, §11.5: steps, their fields, kick-off fields and milestones; many steps at once."""
    fields = [{**TEXT, "label": "F"}, {**TEXT, "label": "G"}]
    steps = ({"title": "A", "captures": fields}, {"title": "B"})
    template = make_template(owner, *steps, kickoff=[{**TEXT, "label": "K"}, {**TEXT, "label": "L"}])
    base = f"/O/checklists/{template.id}"

    def titles() -> list[str]:
        found = sorted(owner("GET", f"{base}/steps").data, key=lambda one: one["position"])
        return [one["title"] for one in found]

    owner("PUT", f"{base}/steps/{template.steps[0]}/reorder", {"position": 2})
    assert titles() == ["B", "A"]
    step = f"{base}/steps/{template.steps[0]}"
    owner("PUT", f"{step}/captures", {"capture_id": template.fields["F"], "position": 2})
    shown = sorted(owner("GET", f"{step}/captures").data, key=lambda one: one["position"])
    assert [one["label"] for one in shown] == ["G", "F"]
    owner("PUT", f"{step}/captures/{template.fields['G']}/move-out", {"target_step_id": template.steps[1]})
    moved = owner("GET", f"{base}/steps/{template.steps[1]}/captures").data
    assert [one["label"] for one in moved] == ["G"]
    owner("PUT", f"{base}/preruns/{template.kickoff['K']}/reorder", {"position": 2})
    kickoff = sorted(owner("GET", base).data["prerun"], key=lambda one: one["position"])
    assert [one["label"] for one in kickoff] == ["L", "K"]
    assert owner("DELETE", f"{base}/preruns/{template.kickoff['K']}").status < 300
    assert [one["label"] for one in owner("GET", base).data["prerun"]] == ["L"]
    owner("POST", f"{base}/steps/bulk", {"text": "C\nD"})
    assert titles() == ["B", "A", "C", "D"]
    owner("PUT", f"{base}/steps/bulk", {"ids": [template.steps[0]], "set": {"assignees": [owner.user_id]}})
    assert owner("GET", f"{base}/steps/{template.steps[0]}").data["assignees"] == [owner.user_id]
    edit = f"/processes/micro-functions/organizations/{owner.organization}/blueprints/{template.id}"
    path = f"{base}/steps/{template.steps[0]}"
    for word, everyone in (("all", True), ("any", False)):
        assert owner("PUT", f"{edit}/steps/{template.steps[0]}/edit-step-type", {"stepType": word}).status == 200
        assert owner("GET", path).data["everyone_must_complete"] is everyone


def test_milestones_of_templates(owner: Caller) -> None:
    """30 §7."""
    template = make_template(owner, {"title": "A"}, {"title": "B"})
    base = f"/O/checklists/{template.id}/stages"
    one = owner("POST", base, {"title": "One", "step_ids": [template.steps[0]]}).data["id"]
    owner("POST", base, {"title": "Two", "step_ids": [template.steps[1]]})
    owner("PUT", f"{base}/{one}", {"title": "First"})
    assert [each["title"] for each in owner("GET", base).data] == ["First", "Two"]
    owner("PUT", f"{base}/{one}/reorder", {"position": 2})
    assert [each["title"] for each in owner("GET", base).data] == ["Two", "First"]
    assert owner("DELETE", f"{base}/{one}").status < 300
    assert [each["title"] for each in owner("GET", base).data] == ["Two"]


def test_versions_of_templates(owner: Caller) -> None:
    """30 §5.3: one version, what changed since, and back to it."""
    template = make_template(owner, {"title": "A"})
    launch(owner, template)
    base = f"/O/checklists/{template.id}"
    owner("PUT", base, {"title": "Changed"})
    owner("PUT", f"{base}/steps/{template.steps[0]}", {"title": "Z"})
    first = owner("GET", f"{base}/versions/1?with=steps").data
    assert [one["title"] for one in first["steps"]["data"]] == ["A"]
    changed = owner("GET", f"{base}/versions/1/diff?to=current").data
    assert "Z" in str(changed)
    owner("POST", f"{base}/versions/1/restore")
    assert owner("GET", f"{base}/steps/{template.steps[0]}").data["title"] == "A"


def test_rules_are_listed_and_looked_over(owner: Caller) -> None:
    """31 §3.1."""
    template = make_template(owner, {"title": "A"}, {"title": "B"})
    base = f"/O/checklists/{template.id}/automated-actions"
    body = {
        "automated_alias": "Show B",
        "conditions": [
            {"conditionable_type": "Step", "conditionable_id": template.steps[0], "operation": "completed",
             "statement": "", "logic": "and", "position": 1}
        ],
        "then_actions": [
            {"action_type": "visibility", "action_verb": "show", "target_step_id": template.steps[1], "position": 1}
        ],
    }  # fmt: skip
    rule = owner("POST", base, body).data["id"]
    assert [one["id"] for one in owner("GET", f"/O/checklists/{template.id}/automated-actions").data] == [rule]
    assert owner("GET", f"/O/checklists/{template.id}/automated-actions/{rule}").data["automated_alias"] == "Show B"
    assert owner("GET", f"/O/checklists/{template.id}/automated-actions/lint").data == []


def test_one_custom_value_of_every_kind(server: Running, owner: Caller) -> None:
    """00 §22, 10 §17.4, 20 §23.3, 40 §18: PATCH sets one value, the list shows it."""
    process = make_process(owner, {"title": "A"})
    member, guest = server.member(owner, "standard"), server.guest(owner)
    folder = owner("POST", "/O/folders", {"name": "F", "folder_type": "run"}).data["id"]
    kinds = {"process": "plan", "task": "size", "member": "desk", "guest": "firm", "folder": "code"}
    for kind, key in kinds.items():
        owner("POST", "/O/custom-field-keys", {"key": key, "applies_to": kind, "field_type": "text", "label": key})
    owner("PATCH", f"/O/runs/{process.id}/custom-fields/plan", {"value": "x"})
    assert "x" in str(owner("GET", f"/O/runs/{process.id}/custom-fields").data)
    task = f"/O/runs/{process.id}/tasks/{process.tasks[0]}/custom-fields"
    owner("PATCH", f"/O/runs/{process.id}/tasks/{process.tasks[0]}/custom-fields/size", {"value": "y"})
    assert "y" in str(owner("GET", task).data)
    owner("PATCH", f"/O/users/{member.user_id}/custom-fields/desk", {"value": "z7"})
    assert "z7" in str(owner("GET", f"/O/users/{member.user_id}/custom-fields").data)
    owner("PATCH", f"/O/guests/{guest.email}/custom-fields/firm", {"value": "q7"})
    assert "q7" in str(owner("GET", f"/O/guests/{guest.email}/custom-fields").data)
    owner("PATCH", f"/O/folders/{folder}/custom-fields/code", {"value": "w7"})
    assert "w7" in str(owner("GET", f"/O/folders/{folder}/custom-fields").data)


def test_a_guest_is_taken_off_by_the_connector(server: Running, owner: Caller) -> None:
    """50 §15."""
    process = make_process(owner, {"title": "A"})
    guest = server.guest(owner)
    owner("PUT", process.path(), {"owners": {"users": [owner.user_id], "guests": [guest.email], "groups": []}})
    base = f"/processes/micro-functions/organizations/{owner.organization}/tasks/{process.tasks[0]}"
    assert owner("PUT", f"{base}/remove-guest/{guest.email}").status < 300
    assert owner("GET", process.path()).data["owners"]["guests"] == []


def test_the_system_log_is_read(owner: Caller) -> None:
    """41 §15."""
    owner("PUT", "/O", {"name": "Renamed Works"})
    assert "Renamed Works" in str(owner("GET", "/O/system-log/system").data)


def test_who_asked_to_join_is_let_in(server: Running, owner: Caller) -> None:
    """40 §12.7."""
    waiting = server.member(owner, "standard")
    now = server.clock.now()

    def work(session: Any) -> None:
        unit = Unit(session, owner.organization, now)
        unit.patch(SWITCHES, {"status": "pending"}, account_id=waiting.user_id)

    server.database.command_now(work)
    assert waiting("GET", "/O/tags").status == 403
    assert owner("PUT", f"/O/users/{waiting.user_id}/approve").data["status"] == "active"
    assert waiting("GET", "/O/tags").status == 200
    assert owner("GET", f"/O/users/{waiting.user_id}").data["approved_at"] is not None
