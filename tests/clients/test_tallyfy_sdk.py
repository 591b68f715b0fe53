"""The official Python SDK, unchanged, against a live server on both databases (spec 20 §28, 00 §13, §25).

Every write is read back through the SDK too, and every answer has become one of its models.
"""

from collections.abc import Callable
from typing import Any

import pytest
import tallyfy

from tests.clients.conftest import Ready
from tests.support.server import Caller, Running


@pytest.fixture
def org(owner: Caller) -> str:
    return owner.organization


@pytest.fixture
def run(sdk: Any, org: str, ready: Ready) -> Any:
    """A process launched by the SDK."""
    launched = sdk.launch_process(org, ready.template, "Nora Lund")
    assert isinstance(launched, tallyfy.Run)
    return launched


@pytest.fixture
def task(sdk: Any, org: str, run: Any) -> Any:
    """The first task of the process, as the SDK lists it."""
    return sdk.get_tasks_for_process(org, run.id).data[0]


def refused(call: Callable[[], Any]) -> tallyfy.TallyfyError:
    """The SDK's error; nothing it could take for an unknown outcome."""
    with pytest.raises(tallyfy.TallyfyError) as caught:
        call()
    assert not isinstance(caught.value, tallyfy.TallyfyIndeterminateError)
    found: tallyfy.TallyfyError = caught.value
    return found


# -- processes --------------------------------------------------------------------------------------------------------


def test_launch_process(sdk: Any, owner: Caller, org: str, ready: Ready) -> None:
    tag = sdk.create_tag(org, "Remote")
    folder = owner("POST", "/O/folders", {"name": "Hiring", "folder_type": "run"}).data["id"]
    run = sdk.launch_process(
        org,
        ready.template,
        "Nora Lund",
        summary="Starts in May",
        owner_id=owner.user_id,
        prerun={ready.kickoff["text"]: "Nora", ready.kickoff["dropdown"]: {"id": 2, "text": "Teams"}},
        tags=[tag.id],
        folders=[folder],
        users=[owner.user_id],
        is_public=False,
    )
    assert (run.name, run.summary, run.status) == ("Nora Lund", "Starts in May", "active")
    assert (run.owner_id, run.started_by, run.checklist_id) == (owner.user_id, owner.user_id, ready.template)
    assert (run.progress.complete, run.progress.total) == (0, 3)
    read = sdk.get_process(org, run.id, with_="tags,folders,checklist,tasks")
    assert read.prerun == {ready.kickoff["text"]: "Nora", ready.kickoff["dropdown"]: {"id": 2, "text": "Teams"}}
    assert (read.id, read.name, read.created_at) == (run.id, run.name, run.created_at)
    assert refused(lambda: sdk.launch_process(org, "f" * 32, "x")).status_code == 404


def test_update_process(sdk: Any, org: str, run: Any) -> None:
    changed = sdk.update_process(org, run.id, name="Nora L.", summary="Moved to June", starred=True)
    assert (changed.id, changed.name, changed.summary, changed.starred) == (run.id, "Nora L.", "Moved to June", True)
    assert sdk.update_process(org, run.id, starred=False).starred is False
    read = sdk.get_process(org, run.id)
    assert (read.name, read.summary, read.starred) == ("Nora L.", "Moved to June", False)
    assert (read.checklist_title, read.increment_id) == ("Hiring", run.increment_id)
    assert refused(lambda: sdk.update_process(org, run.id, name="x" * 551)).status_code == 422
    assert refused(lambda: sdk.update_process(org, "f" * 32, name="x")).status_code == 404


def test_lists_of_processes(sdk: Any, owner: Caller, org: str, run: Any, ready: Ready) -> None:
    found = sdk.get_organization_runs(org)
    assert [one.id for one in found.data] == [run.id]
    assert (found.meta.total, found.count) == (1, 1)
    same: list[dict[str, Any]] = [
        {"with_data": "checklist,tasks,assets,tags", "form_fields_values": True},
        {"owners": str(owner.user_id), "task_status": "all"},
        {"status": "active", "sort": "-created_at"},
        {"checklist_id": ready.template, "run_type": "procedure"},
        {"starred": False, "archived": "true"},
    ]
    for wanted in same:
        assert [one.id for one in sdk.get_organization_runs(org, **wanted).data] == [run.id], wanted
    assert sdk.get_organization_runs(org, status="complete").data == []
    assert sdk.get_organization_runs(org, archived="only").data == []


def test_archive_and_reactivate(sdk: Any, org: str, run: Any) -> None:
    assert sdk.archive_process(org, run.id) is True
    assert sdk.get_process(org, run.id).archived_at
    assert refused(lambda: sdk.update_process(org, run.id, name="late")).status_code == 422
    assert sdk.reactivate_process(org, run.id).archived_at is None
    assert sdk.update_process(org, run.id, name="back").name == "back"


def test_kickoff_form(sdk: Any, org: str, run: Any) -> None:
    assert sdk.reopen_kickoff_form(org, run.id) is True
    assert sdk.get_process(org, run.id).prerun_completed_at is None
    assert sdk.complete_kickoff_form(org, run.id) is True
    assert sdk.get_process(org, run.id).prerun_completed_at


# -- tasks of a process -----------------------------------------------------------------------------------------------


def test_update_task(sdk: Any, server: Running, owner: Caller, org: str, run: Any, task: Any, ready: Ready) -> None:
    mate = server.member(owner, "standard")
    changed = sdk.update_task(
        org,
        run.id,
        task.id,
        taskdata={ready.fields["text"]: "Acme", ready.fields["date"]: "2026-12-20T14:23:18.128Z"},
        owners={"users": [owner.user_id, mate.user_id], "guests": ["g@x.example"], "groups": []},
        title="Collect it all",
        summary="<p>By Friday</p>",
        position=2,
        max_assignable=3,
        started_at="2026-12-01T08:00:00Z",
        deadline="2026-12-15 12:00:00",
        top_secret=False,
        webhook="https://hooks.example/in",
        prevent_guest_comment=True,
    )
    assert isinstance(changed, tallyfy.Task)
    assert isinstance(changed.owners, tallyfy.TaskOwners)
    assert changed.owners.users == [owner.user_id, mate.user_id], "this client reads ids (spec 20 §3.1)"
    for seen in (changed, sdk.get_task(org, run.id, task.id, with_="step,form_fields,summary,run,threads")):
        assert (seen.id, seen.title, seen.summary, seen.position) == (task.id, "Collect it all", "<p>By Friday</p>", 2)
        assert (seen.deadline, seen.started_at) == ("2026-12-15T12:00:00Z", "2026-12-01T08:00:00Z")
        assert (seen.max_assignable, seen.webhook, seen.prevent_guest_comment) == (3, "https://hooks.example/in", True)
        assert seen.taskdata == {ready.fields["text"]: "Acme", ready.fields["date"]: "2026-12-20T14:23:18.128Z"}
        assert (seen.owners.guests, seen.owners.groups) == (["g@x.example"], [])
        assert (seen.status, seen.task_type, seen.is_oneoff_task) == ("active", "task", False)
    mate.http.close()


def test_update_task_with_one_thing_or_nothing(sdk: Any, org: str, run: Any, task: Any) -> None:
    """Any subset, possibly no body at all (spec 20 §28)."""
    before = sdk.get_task(org, run.id, task.id)
    untouched = sdk.update_task(org, run.id, task.id)
    assert (untouched.title, untouched.last_updated) == (before.title, before.last_updated)
    assert sdk.update_task(org, run.id, task.id, title="Only the title").title == "Only the title"
    assert sdk.update_task(org, run.id, task.id, status="in-progress").status == "in-progress"
    after = sdk.get_task(org, run.id, task.id)
    assert (after.deadline, after.owners.users) == (before.deadline, before.owners.users)


def test_refusals_reach_the_caller(sdk: Any, org: str, run: Any, task: Any, ready: Ready) -> None:
    wrong = refused(lambda: sdk.update_task(org, run.id, task.id, taskdata={ready.fields["dropdown"]: "Teams"}))
    assert wrong.status_code == 422
    assert "Invalid dropdown choice selected." in str(wrong)
    assert refused(lambda: sdk.get_task(org, run.id, "f" * 32)).status_code == 404
    assert refused(lambda: sdk.get_task("f" * 32, run.id, task.id)).status_code == 403
    sdk.session.headers["Authorization"] = "Bearer nobody"
    assert refused(lambda: sdk.get_task(org, run.id, task.id)).status_code == 401


def test_complete_and_reopen(sdk: Any, owner: Caller, org: str, run: Any, task: Any) -> None:
    done = sdk.complete_task(org, run.id, task.id)
    assert (done.status, done.completer_id) == ("completed", owner.user_id)
    assert sdk.get_process(org, run.id).progress.complete == 1
    assert refused(lambda: sdk.update_task(org, run.id, task.id, title="late")).status_code == 422
    reopened = sdk.reopen_task(org, run.id, task.id)
    assert (reopened.status, reopened.completed_at) == ("in-progress", None)
    assert sdk.complete_task(org, run.id, task.id, override_user=owner.user_id).completed_at


def test_approval(sdk: Any, org: str, run: Any, task: Any) -> None:
    sdk.update_task(org, run.id, task.id, task_type="approval")
    assert refused(lambda: sdk.complete_task(org, run.id, task.id)).status_code == 422
    assert sdk.complete_task(org, run.id, task.id, is_approved=False).is_approved is False


def test_lists_of_tasks(sdk: Any, owner: Caller, org: str, run: Any) -> None:
    found = sdk.get_tasks_for_process(
        org,
        run.id,
        status="active",
        sort="position",
        with_="step,form_fields,threads,run,run.checklist,summary",
        owners=str(owner.user_id),
        page=1,
        per_page=2,
        current_task="f" * 32,
        replace_page=1,
        without_pagination="false",
        unassigned=False,
    )
    assert [one.position for one in found.data] == [1, 2]
    assert found.meta.total == 3
    assert all(isinstance(one.step, tallyfy.Step) and one.run.id == run.id for one in found.data)
    assert len(sdk.get_tasks_for_process(org, run.id).data) == 3
    assert len(sdk.get_my_tasks(org).data) == 3
    assert sdk.get_my_tasks(org, status="completed").data == []
    mine = sdk.get_user_tasks(org, owner.user_id)
    assert {one.run_id for one in mine.data} == {run.id}
    assert mine.count == 3


def test_tasks_of_a_guest(sdk: Any, org: str, run: Any, task: Any) -> None:
    guest = sdk.create_guest(org, "ines@harbour.example", "Inês", "Ferreira")
    sdk.update_task(org, run.id, task.id, owners={"users": [], "guests": [guest.email], "groups": []})
    found = sdk.get_guest_tasks(org, str(sdk.get_guest(org, guest.email).guest_id))
    assert [one.id for one in found.data] == [task.id]


# -- one-off tasks ----------------------------------------------------------------------------------------------------


def test_oneoff_task(sdk: Any, owner: Caller, org: str) -> None:
    made = sdk.create_task(
        org, "Call the bank", "2026-12-15 12:00:00", user_ids=[owner.user_id], description="About the card",
        max_assignable=2, prevent_guest_comment=True,
    )  # fmt: skip
    assert isinstance(made, tallyfy.Task)
    assert (made.title, made.status, made.is_oneoff_task, made.run_id) == ("Call the bank", "not-started", True, None)
    changed = sdk.update_standalone_task(
        org, made.id, title="Write to the bank", deadline="2026-12-16 12:00:00", status="in-progress",
        owners={"users": [owner.user_id], "guests": ["g@x.example"], "groups": []}, summary="Briefly",
        max_assignable=5, top_secret=True, prevent_guest_comment=False, webhook="https://hooks.example/1",
    )  # fmt: skip
    read = sdk.get_standalone_task(org, made.id)
    for seen in (changed, read):
        assert (seen.title, seen.deadline, seen.status) == ("Write to the bank", "2026-12-16T12:00:00Z", "in-progress")
        assert (seen.summary, seen.max_assignable, seen.top_secret) == ("Briefly", 5, True)
        assert seen.owners.guests == ["g@x.example"]
    assert sdk.complete_standalone_task(org, made.id).status == "completed"
    assert sdk.reopen_standalone_task(org, made.id).completed_at is None
    assert sdk.delete_standalone_task(org, made.id) is True
    assert sdk.get_standalone_task(org, made.id).archived_at


@pytest.mark.parametrize("kind", ["task", "approval", "expiring", "email", "expiring_email"])
def test_oneoff_tasks_of_every_type(sdk: Any, owner: Caller, org: str, kind: str) -> None:
    made = sdk.create_task(org, "Do it", "2026-12-15 12:00:00", user_ids=[owner.user_id], task_type=kind)
    assert made.task_type == kind


# -- templates --------------------------------------------------------------------------------------------------------


def test_templates(sdk: Any, owner: Caller, org: str) -> None:
    made = sdk.create_template(org, "Contract", summary="Sign it", guidance="Twice", owner_id=owner.user_id)
    assert isinstance(made, tallyfy.Template)
    changed = sdk.update_template_metadata(org, made.id, title="Contracts", summary="Sign them")
    assert (changed.title, changed.summary, changed.guidance) == ("Contracts", "Sign them", "Twice")
    assert sdk.get_template(org, made.id).title == "Contracts"
    assert [one.id for one in sdk.get_all_templates(org).data] == [made.id]
    assert sdk.delete_template(org, made.id) is True
    assert sdk.get_all_templates(org).data == []


def test_steps(sdk: Any, owner: Caller, org: str, ready: Ready) -> None:
    step = sdk.add_step_to_template(
        org,
        ready.template,
        {
            "title": "Approve",
            "summary": "<p>Look twice</p>",
            "step_type": "approval",
            "assignees": [owner.user_id],
            "deadline": {"value": 2, "unit": "days", "option": "from", "step": "start_run"},
            "everyone_must_complete": True,
        },
    )
    listed = sdk.get_template_steps(org, ready.template)
    assert [one.title for one in listed] == ["Collect everything", "Check", "File", "Approve"]
    assert all(isinstance(one, tallyfy.Step) for one in listed)
    assert (listed[3].assignees, listed[3].deadline.value) == ([owner.user_id], 2)
    assert {one.field_type for one in listed[0].captures} == set(ready.fields)
    sdk.edit_description_on_step(org, ready.template, step["id"], "<p>Look three times</p>")
    sdk.reorder_step(org, ready.template, step["id"], 1)
    copy = sdk.clone_step(org, ready.template, step["id"])
    assert sdk.delete_step(org, ready.template, copy["id"]) is True
    whole = sdk.get_template_with_steps(org, ready.template)["template"]
    titles = [one.title for one in sdk.get_template_steps(org, ready.template)]
    assert titles == ["Approve", "Collect everything", "Check", "File"]
    assert [one.title for one in whole.steps] == titles
    assert {one["field_type"] for one in sdk.get_kickoff_form_fields(org, ready.template)} == set(ready.kickoff)


def test_form_fields(sdk: Any, org: str, ready: Ready) -> None:
    first, second = (one.id for one in sdk.get_template_steps(org, ready.template)[:2])
    where = (org, ready.template, second)
    field = sdk.add_form_field_to_step(
        *where, {"label": "Colour", "field_type": "dropdown", "required": True, "options": [{"id": 1, "text": "Red"}]}
    )
    assert isinstance(field, tallyfy.Capture)
    assert sdk.update_form_field(*where, field.id, label="Shade").label == "Shade"
    assert sdk.get_dropdown_options(*where, field.id) == ["Red"]
    assert sdk.update_dropdown_options(*where, field.id, ["Red", "Blue"])
    assert sdk.get_dropdown_options(*where, field.id) == ["Red", "Blue"]
    other = sdk.add_form_field_to_step(*where, {"label": "Size", "field_type": "text", "required": False})
    assert sdk.reorder_form_fields(*where, [{"capture_id": other.id, "position": 1}]) is True
    assert [one.label for one in sdk.get_template_steps(org, ready.template)[1].captures] == ["Size", "Shade"]
    assert sdk.move_form_field(org, ready.template, second, other.id, first) is True
    assert sdk.delete_form_field(*where, field.id) is True
    assert sdk.get_template_steps(org, ready.template)[1].captures == []


# -- people, tags, folders --------------------------------------------------------------------------------------------


def test_me_members_and_organization(sdk: Any, server: Running, owner: Caller, org: str) -> None:
    assert sdk.users.get_current_user_info(org).id == owner.user_id
    assert sdk.users.get_user(org, owner.user_id).email == owner.email
    assert owner.user_id in {one.id for one in sdk.users.get_organization_users(org).data}
    assert owner.user_id in {one.id for one in sdk.users.get_organization_users_list(org).data}
    assert sdk.get_organization(org).name == "Acme"
    assert [one.id for one in sdk.organizations.get_current_user_organizations().data] == [org]


def test_guests(sdk: Any, org: str) -> None:
    made = sdk.create_guest(org, "ines@harbour.example", "Inês", "Ferreira", phone="+49 30 1", company_name="Harbour")
    assert isinstance(made, tallyfy.Guest)
    assert made.guest_id, "taken from the link"
    changed = sdk.update_guest(org, made.email, first_name="Ines")
    assert (changed.first_name, sdk.get_guest(org, made.email).first_name) == ("Ines", "Ines")
    assert sdk.disable_guest(org, made.email) is True
    assert sdk.enable_guest(org, made.email) is True
    assert [one.email for one in sdk.users.get_organization_guests(org).data] == [made.email]
    assert [one.email for one in sdk.users.get_organization_guests_list(org).data] == [made.email]


def test_groups(sdk: Any, owner: Caller, org: str) -> None:
    made = sdk.create_group(org, "Finance", "Pays", members=[owner.user_id], guests=["bank@x.example"])
    assert isinstance(made, tallyfy.Group)
    changed = sdk.update_group(org, made.id, name="Treasury")
    assert (changed.name, changed.members, changed.guests) == ("Treasury", [owner.user_id], ["bank@x.example"])
    assert sdk.get_group(org, made.id).description == "Pays"
    assert [one.id for one in sdk.get_groups(org)] == [made.id]
    assert sdk.delete_group(org, made.id) is True
    assert sdk.get_groups(org) == []


def test_tags(sdk: Any, org: str) -> None:
    made = sdk.create_tag(org, "Urgent", color="#dc3912")
    assert isinstance(made, tallyfy.Tag)
    assert sdk.update_tag(org, made.id, title="Very urgent").title == "Very urgent"
    assert sdk.get_tag(org, made.id).color == "#dc3912"
    assert [one.id for one in sdk.get_tags(org, status="active", auto_generated=False)] == [made.id]
    assert sdk.delete_tag(org, made.id) is True
    assert sdk.get_tags(org) == []


def test_folders(sdk: Any, org: str, ready: Ready) -> None:
    made = sdk.create_folder(org, "Operations")
    assert isinstance(made, tallyfy.Folder)
    inner = sdk.create_folder(org, "Warehouse", parent_id=made.id)
    assert sdk.update_folder(org, inner.id, name="Hall 2").name == "Hall 2"
    assert sdk.get_folder(org, inner.id).parent_id == made.id
    tree = sdk.get_folders(org)
    assert next(one.name for one in tree if one.id == made.id) == "Operations"
    assert sdk.add_object_to_folder(org, made.id, ready.template, "checklist") is True
    assert [one.id for one in sdk.get_all_templates(org, folder=made.id).data] == [ready.template]
    assert sdk.delete_folder(org, inner.id) is True


# -- files -------------------------------------------------------------------------------------------------------------


def test_upload_and_download(sdk: Any, org: str, run: Any, task: Any, ready: Ready) -> None:
    """The SDK's whole way: upload to a field, record it in the task, download by id and by either link."""
    content = b"%PDF-1.7\n" + bytes(range(256)) * 512
    field = ready.fields["file"]
    file = sdk.upload_file(
        org, content, "Vertrag Zoë.pdf", field, "Run", run.id, step_id=task.step_id, checklist_id=ready.template
    )
    assert isinstance(file, tallyfy.Asset)
    assert (file.filename, file.version, file.uploaded_from) == ("Vertrag Zoë.pdf", 1, field)
    assert (file.source, file.step_id, file.uploaded_to_s3) == ("local", task.step_id, True)
    changed = sdk.update_task(org, run.id, task.id, taskdata={field: [{"id": file.id, "filename": file.filename}]})
    [value] = changed.taskdata[field]
    assert sdk.download_file(org, file.id) == content
    assert sdk.download_file_from_url(value["url"]) == content
    assert sdk.download_file_from_url(value["full_url"]) == content
    with pytest.raises(tallyfy.TallyfyFileTooLargeError) as caught:
        sdk.download_file(org, file.id, max_bytes=100)
    assert caught.value.declared_bytes == len(content)
    assert refused(lambda: sdk.download_file(org, "f" * 32)).status_code == 404


def test_upload_to_kickoff_and_oneoff(sdk: Any, owner: Caller, org: str, ready: Ready) -> None:
    file = sdk.upload_file(org, b"words", "a.txt", "ko_field", "Checklist", ready.template)
    launched = sdk.launch_process(org, ready.template, "Nora", prerun={ready.kickoff["file"]: [{"id": file.id}]})
    assert [one["id"] for one in launched.prerun[ready.kickoff["file"]]] == [file.id]
    body = {
        "title": "Sign",
        "task_type": "task",
        "deadline": "2031-01-01 10:00:00",
        "owners": {"users": [owner.user_id]},
        "form_fields": [{"label": "Papers", "field_type": "file", "required": False}],
    }
    made = owner("POST", "/O/tasks?with=form_fields", body).data
    field = made["form_fields"]["data"][0]["id"]
    again = [sdk.upload_file(org, b"words", "a.txt", field, "Task", made["id"]) for _ in range(2)]
    assert [one.version for one in again] == [1, 2]


def test_refused_uploads(sdk: Any, org: str, ready: Ready) -> None:
    def send(name: str, subject: str) -> Any:
        return sdk.upload_file(org, b"words", name, "ko_field", "Checklist", subject)

    assert refused(lambda: send("a.exe", ready.template)).status_code == 422
    assert refused(lambda: send("a.txt", "f" * 32)).status_code == 422
