"""The official Python SDK, unchanged: guests, groups, tags and folders to their last corner (spec 40 §20, 41 §19)."""

from typing import Any

import pytest
import tallyfy

from tests.clients.conftest import Ready
from tests.clients.test_tallyfy_sdk import refused
from tests.support.make import make_oneoff
from tests.support.server import Caller, Running

AN_ID = "f" * 32


@pytest.fixture
def org(owner: Caller) -> str:
    return owner.organization


def test_guests_with_work(sdk: Any, owner: Caller, org: str) -> None:
    made = sdk.create_guest(org, "Kim@Client.example", "Kim", "Lee", phone="+351 21", company_name="Client Ltd")
    assert (made.email, made.first_name, made.details.company_name) == ("kim@client.example", "Kim", "Client Ltd")
    again = sdk.create_guest(org, "kim@client.example", "Kim", "Leigh")
    assert (again.guest_id, again.last_name) == (made.guest_id, "Leigh"), "40 §14.10: importers repeat"
    task = make_oneoff(owner, owners={"users": [owner.user_id], "guests": [made.email], "groups": []})
    error = refused(lambda: sdk.disable_guest(org, made.email))
    assert error.status_code == 403 and "Cannot disable guest with incomplete tasks" in str(error)
    assert [one.email for one in sdk.users.get_organization_guests(org, with_stats=True).data] == [made.email]
    assert owner("POST", "/O/completed-tasks", {"task_id": task.rsplit("/", 1)[1]}).status in (200, 201)
    assert sdk.disable_guest(org, made.email) is True
    assert sdk.users.get_guest_by_email(org, made.email).email == made.email
    assert sdk.enable_guest(org, made.email) is True
    changed = sdk.update_guest(org, made.email, phone="+351 22", company_name="Client SA")
    assert (changed.details.phone_1, changed.details.company_name) == ("+351 22", "Client SA")
    found = sdk.users.search_members_by_name(org, "Kim")
    assert [one.email for one in found["guests"]] == [made.email]
    both = sdk.users.get_all_organization_members(org)
    assert len(both["guests"].data) == 1 and both["users"].data
    assert refused(lambda: sdk.get_guest(org, "nobody@client.example")).status_code == 404
    assert refused(lambda: sdk.create_guest(org, owner.email, "O", "O")).status_code == 422


def test_groups_with_work(sdk: Any, server: Running, owner: Caller, org: str) -> None:
    mate = server.member(owner, "standard").user_id
    made = sdk.create_group(org, "Finance", "Pays", members=[mate], guests=["bank@x.example"])
    assert (made.members, made.guests) == ([mate], ["bank@x.example"])
    assert refused(lambda: sdk.create_group(org, "FINANCE", "x")).status_code == 422
    changed = sdk.update_group(org, made.id, members=[owner.user_id, mate], guests=[])
    assert (changed.members, changed.guests) == ([owner.user_id, mate], [])
    assert sdk.update_group(org, made.id, description="Pays bills").members == [owner.user_id, mate]
    shown = sdk.groups.get_group(org, made.id, with_data="users,assets")
    assert shown.name == "Finance"
    assert [one.id for one in sdk.groups.get_groups(org, q="fin", sort_by="name")] == [made.id]
    task = make_oneoff(owner, owners={"users": [], "guests": [], "groups": [made.id]})
    assert sdk.delete_group(org, made.id) is True
    owners = owner("GET", task).data["owners"]
    assert ([one["id"] for one in owners["users"]], owners["groups"]) == ([owner.user_id, mate], [])
    assert refused(lambda: sdk.get_group(org, made.id)).status_code == 404
    assert refused(lambda: sdk.delete_group(org, made.id)).status_code == 404


def test_tags_on_templates_and_processes(sdk: Any, owner: Caller, org: str, ready: Ready) -> None:
    """30 §22.8: tag, read with=tags, untag by the integer id; the second untag is 404."""
    tag = sdk.create_tag(org, "Urgent", color="#dc3912")
    assert refused(lambda: sdk.create_tag(org, "URGENT")).status_code == 422
    assert sdk.create_tag(org, "Ürgent").id != tag.id, "marks make another title"
    run = sdk.launch_process(org, ready.template, "Nora")
    assert sdk.tag_template(org, ready.template, tag.id) is True
    assert sdk.tag_template(org, ready.template, tag.id) is True, "twice adds nothing"
    shown = owner("GET", f"/O/checklists/{ready.template}?with=tags").data["tags"]["data"]
    assert [one["tag_id"] for one in shown] == [tag.id]
    assert sdk.untag_template(org, tag.id, ready.template) is True
    assert owner("DELETE", f"/O/checklists/tags/{shown[0]['id']}").status == 404, "gone already"
    assert sdk.tag_process(org, run.id, tag.id) is True
    assert sdk.untag_process(org, run.id, tag.id) is True
    assert owner("GET", f"/O/runs/{run.id}?with=tags").data["tags"]["data"] == []
    assert [one.title for one in sdk.get_tags(org, q="urgent", sort="title")] == ["Urgent", "Ürgent"]
    assert sdk.delete_tag(org, tag.id) is True
    assert refused(lambda: sdk.get_tag(org, tag.id)).status_code == 404
    assert refused(lambda: sdk.tag_process(org, run.id, AN_ID)).status_code == 422


def test_folders(sdk: Any, owner: Caller, org: str, ready: Ready) -> None:
    top = sdk.create_folder(org, "HR")
    inner = sdk.create_folder(org, "Contracts", parent_id=top.id)
    assert (inner.parent_id, inner.folder_type) == (top.id, "checklist")
    assert sdk.update_folder(org, inner.id, name="Papers").name == "Papers"
    assert sdk.add_object_to_folder(org, inner.id, ready.template, "checklist") is True
    assert owner("GET", f"/O/checklists/{ready.template}").data["folder_id"] == inner.id
    assert sdk.get_folder(org, inner.id).name == "Papers"
    assert {one.id for one in sdk.get_folders(org)} >= {top.id}
    assert sdk.get_folders(org, folder_type="run") == []
    runs = owner("POST", "/O/folders", {"name": "Running", "folder_type": "run"}).data["id"]
    run = sdk.launch_process(org, ready.template, "Nora")
    filed = sdk.add_object_to_folder(org, runs, run.id, "run")
    assert (filed["folder_id"], filed["subject_id"]) == (runs, run.id)
    assert sdk.remove_object_from_folder(org, filed["id"]) is True
    assert refused(lambda: sdk.remove_object_from_folder(org, filed["id"])).status_code == 404
    assert refused(lambda: sdk.add_object_to_folder(org, inner.id, run.id, "run")).status_code == 422
    assert sdk.delete_folder(org, inner.id) is True
    assert owner("GET", f"/O/checklists/{ready.template}").data["folder_id"] is None
    error = refused(lambda: sdk.get_folder(org, inner.id))
    assert isinstance(error, tallyfy.TallyfyError) and error.status_code == 404


def test_members_with_work(sdk: Any, server: Running, owner: Caller, org: str) -> None:
    """40 §20: every status is listed, inviting again with the SDK's own names is sending again, roles, disabling."""
    made = sdk.invite_user_to_organization(org, "kim@new.example", "Kim", "Lee", role="standard", message="Come")
    assert (made.email, made.status if hasattr(made, "status") else "invited") == ("kim@new.example", "invited")
    sdk.users.resend_invitation(org, "kim@new.example")
    shown = next(one for one in owner("GET", "/O/users").data if one["email"] == "kim@new.example")
    assert (shown["first_name"], shown["role"], shown["status"]) == ("Kim", "standard", "invited")
    mate = server.member(owner, "light").user_id
    assert sdk.change_user_role(org, mate, "standard") is True
    assert sdk.get_user(org, mate).role == "standard"
    assert sdk.approve_user(org, mate) is True
    assert sdk.disable_user(org, mate) is True
    assert next(one for one in owner("GET", "/O/users").data if one["id"] == mate)["status"] == "disabled"
    assert sdk.enable_user(org, mate) is True
    assert mate in [one.id for one in sdk.get_organization_users(org).data]
    assert mate in [one.id for one in sdk.get_organization_users_list(org).data]
    assert sdk.get_current_user_info(org).id == owner.user_id
    assert sdk.get_current_user_organizations().data[0].id == org
    assert refused(lambda: sdk.invite_user_to_organization(org, owner.email, "O", "O")).status_code == 422
    assert refused(lambda: sdk.change_user_role(org, owner.user_id, "light")).status_code == 400


def test_comments_and_issues(sdk: Any, owner: Caller, org: str, ready: Ready) -> None:
    """20 §28: threads by their own routes, read with the task."""
    run = sdk.launch_process(org, ready.template, "Nora")
    task = sdk.get_tasks_for_process(org, run.id).data[0]
    made = sdk.add_task_comment(org, task.id, "Please hurry", state="open", label="advice")
    assert (made.content, made.state, made.label, made.author_id) == ("Please hurry", "open", "advice", owner.user_id)
    assert made.task_id == task.id
    changed = sdk.threads.update_task_comment(org, task.id, made.id, content="No hurry")
    assert changed.content == "No hurry"
    issue = sdk.report_task_issue(org, task.id, "Out of paper")
    assert (issue.label, issue.resolve_id) == ("problem", None)
    assert refused(lambda: sdk.complete_task(org, run.id, task.id)).status_code == 422
    assert sdk.threads.resolve_task_issues(org, task.id, issue.id) is True
    found = sdk.get_task_comments(org, run.id, task.id)
    assert [one.label for one in found] == ["advice", "problem", "resolve"]
    assert found[1].resolve_id == found[2].id
    assert sdk.threads.delete_task_comment(org, task.id, made.id) is True
    assert refused(lambda: sdk.threads.delete_task_comment(org, task.id, made.id)).status_code == 404
    alone = make_oneoff(owner).rsplit("/", 1)[1]
    sdk.add_task_comment(org, alone, "Alone")
    assert [one.content for one in sdk.threads.get_standalone_task_comments(org, alone)] == ["Alone"]


def test_invitations_with_what_the_sdk_adds(sdk: Any, server: Running, org: str) -> None:
    """`users`: several at once, checked beforehand, with a text of its own; found by address."""
    names = {"first_name": "Ida", "last_name": "New"}
    checked = sdk.users.validate_invitation_data({"email": "IDA-sdk@x.example", **names, "role": "standard"})
    made = sdk.users.invite_multiple_users(
        org,
        [checked, {"email": "jon-sdk@x.example", **names}],
        default_message=sdk.users.get_invitation_template_message("Acme"),
    )
    assert [(one.email, one.role, one.status) for one in made] == [
        ("ida-sdk@x.example", "standard", "invited"), ("jon-sdk@x.example", "light", "invited"),
    ]  # fmt: skip
    again = sdk.users.invite_user_with_custom_role_permissions(
        org, "kai-sdk@x.example", "Kai", "New", "light", message="Hi"
    )
    assert sdk.users.get_user_by_email(org, "KAI-sdk@x.example").id == again.id
    assert sdk.users.get_user_by_email(org, "nobody-sdk@x.example") is None
    assert server.links("ida-sdk@x.example", "invite.sent")
