"""Update template, the third founding call, and what stands beside it (SEED-96 to SEED-105; spec 30 §3 to §5)."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.fixtures_server import Team
from tests.support.make import UNKNOWN, launch, make_group, make_tag, make_template
from tests.support.server import Caller, Running


@pytest.fixture
def path(owner: Caller) -> str:
    return f"/O/checklists/{make_template(owner, {'title': 'A'}).id}"


def listed(by: Caller, path: str) -> Any:
    """The template as the list shows it."""
    found = [one for one in by("GET", "/O/checklists?per_page=100").data if one["id"] == path.rsplit("/", 1)[1]]
    return found[0] if found else None


def test_every_member_the_founding_documents_name(server: Running, owner: Caller, path: str) -> None:
    """SEED-96, SEED-98 to SEED-104: written by PUT, read back by the answer, get and list."""
    mate = server.member(owner, "standard")
    group = make_group(owner, [mate.user_id])
    folder = owner("POST", "/O/folders", {"name": "HR"}).data["id"]
    sent = {
        "title": "Vendor intake",
        "guidance": "<p>Ask for the tax number.</p>",
        "owner_id": mate.user_id,
        "webhook": "https://hooks.example/vendor",
        "folder_id": folder,
        "is_public": True,
        "auto_naming": True,
        "default_process_name_format": "Vendor - {{DATE}}",
        "users": [owner.user_id, mate.user_id],
        "groups": [group],
    }
    answer = owner("PUT", path, sent)
    assert answer.status == 200
    for shown in (answer.data, owner("GET", path).data, listed(owner, path)):
        assert {name: shown[name] for name in sent} == sent
    assert owner("GET", f"{path}?with=folder").data["folder"]["data"]["name"] == "HR"
    assert owner("GET", f"/O/folders/{folder}").data["total"] == 1, "30 §17.1"


@pytest.mark.parametrize("body", [{}, {"guidance": "x"}, {"title": None}, {"title": ""}, {"title": "   "}])
def test_the_title_is_required(owner: Caller, path: str, body: dict[str, Any]) -> None:
    """SEED-97."""
    before = owner("GET", path)
    assert owner("PUT", path, body).errors == {"title": ["The title field is required."]}
    assert owner("GET", path).body == before.body


def test_the_title_at_its_edge(owner: Caller, path: str) -> None:
    assert owner("PUT", path, {"title": "t" * 250}).data["title"] == "t" * 250
    text = "The title may not be greater than 250 characters."
    assert owner("PUT", path, {"title": "t" * 251}).errors == {"title": [text]}


def test_lists_replace_and_what_is_absent_stays(server: Running, owner: Caller, path: str) -> None:
    """SEED-105; 30 §3.5: absent and null leave, a list replaces, an empty one empties."""
    one, two = (server.member(owner, "standard").user_id for _ in range(2))
    groups = [make_group(owner), make_group(owner)]
    title = {"title": "T"}

    def lists(**sent: Any) -> tuple[list[int], list[str]]:
        shown = owner("PUT", path, title | sent).data
        assert (shown["users"], shown["groups"]) == ((read := owner("GET", path).data)["users"], read["groups"])
        return shown["users"], shown["groups"]

    assert lists(users=[one], groups=groups) == ([one], groups)
    assert lists() == ([one], groups)
    assert lists(users=None, groups=None) == ([one], groups)
    assert lists(users=[two, str(two)]) == ([two], groups)
    assert lists(groups=groups[:1]) == ([two], groups[:1])
    assert lists(users=[], groups=[]) == ([], [])


def test_what_is_wrong_is_answered_together_and_changes_nothing(owner: Caller, path: str) -> None:
    before = owner("GET", path)
    process_folder = owner("POST", "/O/folders", {"name": "Runs", "folder_type": "run"}).data["id"]
    answer = owner(
        "PUT",
        path,
        {
            "title": "New",
            "owner_id": 987654,
            "webhook": "ftp://x",
            "folder_id": process_folder,
            "is_public": "maybe",
            "users": [owner.user_id, 987654],
            "groups": [UNKNOWN],
            "type": "letter",
            "status": "later",
        },
    )
    assert set(answer.errors) == {
        "owner_id", "webhook", "folder_id", "is_public", "users.1", "groups.0", "type", "status",
    }  # fmt: skip
    assert owner("GET", path).body == before.body


def test_what_was_read_may_be_sent_back(server: Running, owner: Caller, path: str) -> None:
    """00 PUT-11: an echoed object is a valid body, also when what it names has gone since."""
    folder = owner("POST", "/O/folders", {"name": "R", "folder_type": "run"}).data["id"]
    owner("PUT", path, {"title": "T", "default_folder": folder, "users": [server.member(owner, "light").user_id]})
    owner("DELETE", f"/O/folders/{folder}")
    shown = owner("GET", path)
    again = owner("PUT", path, shown.data)
    assert again.status == 200, again.body
    assert owner("GET", path).body == shown.body


def test_a_deleted_folder_leaves_its_templates(owner: Caller, path: str) -> None:
    """30 §17.2."""
    folder = owner("POST", "/O/folders", {"name": "HR"}).data["id"]
    owner("PUT", path, {"title": "T", "folder_id": folder})
    tag = owner("GET", path).headers["etag"]
    assert owner("DELETE", f"/O/folders/{folder}", headers={"If-Match": '"77"'}).status == 412
    assert owner("DELETE", f"/O/folders/{folder}").status == 204
    shown = owner("GET", path)
    assert shown.data["folder_id"] is None and shown.headers["etag"] != tag
    assert owner("PUT", path, {"title": "T", "folder_id": folder}).errors.keys() == {"folder_id"}


def test_who_may_update(team: Team) -> None:
    """30 §3.5: EDIT; light members never; strangers and whoever may not read find nothing."""
    path = f"/O/checklists/{make_template(team.owner, {'title': 'A'}).id}"
    body = {"title": "Mine"}
    for caller, status in ((team.standard, 404), (team.light, 404), (team.guest, 404), (team.stranger, 404)):
        assert caller("PUT", path, body).status == status, caller.email
    team.owner("PUT", path, {"title": "T", "users": [team.standard.user_id, team.light.user_id]})
    assert team.standard("PUT", path, body).body["message"] == "You need EDIT on this template."
    refused = team.light("PUT", path, body)
    assert (refused.status, refused.body["message"]) == (403, "Light members cannot edit templates.")
    team.owner("PUT", f"{path}/permissions", {"checklist_edit": {"users": [team.standard.user_id]}})
    assert team.standard("PUT", path, body).data["title"] == "Mine"


def test_two_who_want_the_same_alias(owner: Caller) -> None:
    """30 §2.1: an alias written explicitly is unique, else 422; also when both come at once."""
    paths = [f"/O/checklists/{make_template(owner, {'title': 'A'}).id}" for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda one: owner("PUT", one, {"title": "T", "alias": "intake"}), paths))
    assert sorted(one.status for one in answers) == [200, 422, 422, 422]
    errors = [one.errors for one in answers if one.status == 422]
    assert errors == [{"alias": ["The alias has already been taken."]}] * 3


# -- rights ------------------------------------------------------------------------------------------------------------


def test_rights_are_replaced_one_by_one(server: Running, team: Team) -> None:
    """30 §4.2."""
    owner = team.owner
    path = f"/O/checklists/{make_template(owner, {'title': 'A'}).id}"
    group = make_group(owner, [team.light.user_id])
    nobody = {"everyone": False, "users": [], "groups": []}
    assert set(owner("GET", f"{path}/permissions").data) == {
        "checklist_edit", "checklist_read", "process_launch", "checklist_duplicate", "process_read",
    }  # fmt: skip
    sent = {
        "process_launch": {"everyone": True},
        "checklist_edit": {"users": [str(team.standard.user_id)]},
        "process_read": {"everyone": False, "users": [team.light.user_id, team.standard.user_id], "groups": [group]},
    }
    shown = owner("PUT", f"{path}/permissions", sent).data
    assert shown["process_launch"] == {"everyone": True, "users": [], "groups": []}
    assert shown["checklist_edit"] == {**nobody, "users": [team.standard.user_id]}
    assert shown["process_read"] == {**nobody, "users": [team.standard.user_id], "groups": [group]}, (
        "groups drop theirs"
    )
    assert shown["checklist_read"] == nobody
    assert owner("GET", f"{path}?with=permissions").data["permissions"]["data"] == shown
    assert owner("PUT", f"{path}/permissions", {"data": shown}).data == shown
    assert owner("PUT", f"{path}/permissions", {"checklist_edit": nobody}).data["checklist_edit"] == nobody
    assert owner("PUT", f"{path}/permissions", {"checklist_edit": None}).data == {**shown, "checklist_edit": nobody}


def test_rights_that_cannot_be(team: Team) -> None:
    owner = team.owner
    path = f"/O/checklists/{make_template(owner, {'title': 'A'}).id}/permissions"
    before = owner("GET", path).data
    light = "Light members cannot edit or duplicate templates."
    body = {
        "checklist_edit": {"users": [owner.user_id, team.light.user_id]},
        "checklist_duplicate": {"groups": [UNKNOWN]},
        "process_launch": {"users": [team.light.user_id, 987654]},
        "process_read": {"everyone": "perhaps"},
        "checklist_read": "all",
    }
    errors = owner("PUT", path, body).errors
    assert errors.keys() == {
        "checklist_edit.users.1", "checklist_duplicate.groups.0", "process_launch.users.1", "process_read",
        "checklist_read",
    }  # fmt: skip
    assert errors["checklist_edit.users.1"] == [light]
    assert owner("GET", path).data == before
    for caller, status in ((team.standard, 404), (team.light, 404), (team.guest, 404), (team.stranger, 404)):
        assert caller("GET", path).status == status
        assert caller("PUT", path, {}).status == status
    owner("PUT", path, {"checklist_read": {"everyone": True}})
    assert team.standard("GET", path).status == 403
    assert owner("PUT", path, {}, headers={"If-Match": '"99"'}).status == 412


# -- publishing --------------------------------------------------------------------------------------------------------


def test_publishing_without_drafts(owner: Caller, path: str) -> None:
    """30 §3.10."""
    shown = owner("PUT", f"{path}/publish").data
    assert (shown["status"], shown["is_published_state"]) == ("published", True)
    shown = owner("PUT", f"{path}/unpublish").data
    assert (shown["status"], shown["is_published_state"]) == ("started", False)


def test_drafts_are_launched_when_they_are_published(owner: Caller) -> None:
    """30 §5.2."""
    template = make_template(owner, {"title": "A"}, dual_version_enabled=True)
    path = f"/O/checklists/{template.id}"
    refused = owner("POST", "/O/runs", {"checklist_id": template.id})
    assert (refused.status, refused.body["message"]) == (422, "You can't launch a draft template.")
    assert owner("PUT", f"{path}/publish").data["is_published_state"] is True
    owner("POST", f"{path}/steps", {"title": "B"})
    assert owner("GET", path).data["is_published_state"] is False, "the first edit makes a draft"
    run = owner("POST", "/O/runs?with=tasks", {"checklist_id": template.id}).data
    assert [one["title"] for one in run["tasks"]["data"]] == ["A"], "launches use what was published"
    owner("PUT", f"{path}/publish")
    run = owner("POST", "/O/runs?with=tasks", {"checklist_id": template.id}).data
    assert [one["title"] for one in run["tasks"]["data"]] == ["A", "B"]
    owner("PUT", f"{path}/unpublish")
    assert owner("POST", "/O/runs", {"checklist_id": template.id}).status == 422
    owner("PUT", path, {"title": "T", "dual_version_enabled": False})
    assert owner("POST", "/O/runs", {"checklist_id": template.id}).status == 201


def test_publishing_that_needs_approval(team: Team) -> None:
    owner = team.owner
    template = make_template(owner, {"title": "A"}, dual_version_enabled=True, replace_state_conditionally=True)
    path = f"/O/checklists/{template.id}"
    owner("PUT", f"{path}/permissions", {"checklist_edit": {"users": [team.standard.user_id]}})
    asked = team.standard("PUT", f"{path}/publish")
    assert (asked.status, asked.data["is_published_state"]) == (202, False)
    assert owner("PUT", f"{path}/publish").data["is_published_state"] is True
    assert team.light("PUT", f"{path}/publish").status == 404
    assert team.stranger("PUT", f"{path}/unpublish").status == 404


@pytest.mark.parametrize(
    ("sent", "shown"),
    [("In progress", "in-progress"), ("finishing", "finishing"), ("active", "published"), (None, "started")],
)
def test_the_label(owner: Caller, path: str, sent: str | None, shown: str) -> None:
    """30 §3.13, §5.1."""
    assert owner("PUT", f"{path}/status", {"status": sent}).data["status"] == shown
    assert owner("PUT", f"{path}/status", {"status": "soon"}).errors.keys() == {"status"}
    assert owner("PUT", f"{path}/status", {}).errors.keys() == {"status"}


# -- copies and deletion -----------------------------------------------------------------------------------------------


def test_a_copy(owner: Caller) -> None:
    """30 §3.9; acceptance check 14: anchors inside the copy point inside the copy."""
    first = {"title": "A", "captures": [{"label": "F", "field_type": "text"}], "assignees": [owner.user_id]}
    anchored = {"title": "B", "deadline": {"value": 2, "unit": "days", "option": "from", "step": 0}}
    kickoff = [{"label": "K", "field_type": "text"}]
    source = make_template(owner, first, anchored, kickoff=kickoff, guidance="G", is_public=True)
    launch(owner, source)
    tag = make_tag(owner)
    body = {"subject_id": source.id, "subject_type": "Checklist", "tag_id": tag, "tag_type": "private"}
    assert owner("POST", "/O/checklists/tags", body).status == 201
    former = owner("GET", f"/O/checklists/{source.id}?with=steps").data
    made = owner("POST", f"/O/checklists/{source.id}/clone?with=steps,tags", {"tenant": owner.organization})
    assert made.status == 201
    copy = made.data
    assert (copy["title"], copy["guidance"]) == ("COPY OF - Onboarding", "G")
    assert (copy["is_public"], copy["started_processes"], copy["owner_id"]) == (False, 0, owner.user_id)
    assert copy["alias"] != former["alias"] and copy["increment_id"] != former["increment_id"]
    assert [one["tag_id"] for one in copy["tags"]["data"]] == [tag]
    steps, before = copy["steps"]["data"], former["steps"]["data"]
    assert [one["title"] for one in steps] == ["A", "B"]
    assert not {one["id"] for one in steps} & {one["id"] for one in before}
    assert steps[1]["deadline"]["step"] == steps[0]["id"]
    assert steps[0]["captures"][0]["alias"] == before[0]["captures"][0]["alias"]
    assert steps[0]["captures"][0]["id"] != before[0]["captures"][0]["id"]
    assert copy["prerun"][0]["alias"] == former["prerun"][0]["alias"]
    assert owner("GET", f"/O/checklists/{source.id}?with=steps").data["steps"] == former["steps"]
    assert launch(owner, source).tasks
    assert owner("POST", "/O/runs", {"checklist_id": copy["id"]}).status == 201
    named = owner("POST", f"/O/checklists/{source.id}/clone", {"title": "Named"})
    assert named.data["title"] == "Named"
    assert owner("POST", f"/O/checklists/{source.id}/clone", {"tenant": UNKNOWN}).status == 404


def test_who_may_copy(team: Team) -> None:
    template = make_template(team.owner, {"title": "A"}, users=[team.standard.user_id, team.light.user_id])
    path = f"/O/checklists/{template.id}/clone"
    assert team.standard("POST", path, {}).status == 403
    team.owner("PUT", f"/O/checklists/{template.id}/permissions", {"checklist_duplicate": {"everyone": True}})
    assert team.standard("POST", path, {}).data["owner_id"] == team.standard.user_id
    assert team.light("POST", path, {}).status == 403
    assert team.stranger("POST", path, {}).status == 404


def test_deletion_for_good(team: Team) -> None:
    """30 §3.8: administrators, archived ones; processes keep their own."""
    owner = team.owner
    template = make_template(owner, {"title": "A", "captures": [{"label": "F", "field_type": "text"}]}, alias="gone")
    process = launch(owner, template)
    path = f"/O/checklists/{template.id}"
    live = owner("DELETE", f"{path}/delete")
    assert (live.status, live.body["message"]) == (422, "Archive the template before deleting it.")
    owner("DELETE", path)
    owner("PUT", f"{path}/permissions", {})
    for caller, status in ((team.standard, 404), (team.light, 404), (team.stranger, 404)):
        assert caller("DELETE", f"{path}/delete").status == status
    answer = owner("DELETE", f"{path}/delete")
    assert (answer.status, answer.body["deleted_references"]) == (200, [])
    for method, at in (("GET", f"{path}?archived=1"), ("PUT", f"{path}/restore"), ("DELETE", f"{path}/delete")):
        assert owner(method, at).status == 404
    assert owner("GET", "/O/checklists?archived=only").data == []
    run = owner("GET", f"/O/runs/{process.id}?with=checklist,tasks").data
    assert (run["checklist_id"], run["checklist"]["data"]["title"]) == (template.id, "Onboarding")
    assert owner("PUT", process.path(), {"taskdata": {process.field("F"): "x"}}).status == 200
    assert owner("POST", "/O/runs", {"checklist_id": template.id}).status == 404
    fresh = make_template(owner, {"title": "A"})
    owner("DELETE", f"/O/checklists/{fresh.id}")
    assert owner("DELETE", f"/O/checklists/{fresh.id}/delete").status == 200


def test_which_templates_exist(team: Team) -> None:
    """30 §3.14."""
    owner = team.owner
    live, archived = (make_template(owner, {"title": "A"}).id for _ in range(2))
    owner("DELETE", f"/O/checklists/{archived}")
    body = {"ids": [live, archived, UNKNOWN, "x"]}
    assert owner("POST", "/O/checklists/exists", body).data == {"existing": [live], "missing": body["ids"][1:]}
    assert team.standard("POST", "/O/checklists/exists", body).data["existing"] == []
    assert team.guest("POST", "/O/checklists/exists", body).status == 403
    assert owner("POST", "/O/checklists/exists", {"ids": [live] * 501}).errors.keys() == {"ids"}
