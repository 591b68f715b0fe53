"""Who uploads, sees and removes which file (spec 20 §20.3 to §20.5, §27.1)."""

from typing import Any

import pytest

from tests.support.files import fetch, upload
from tests.support.fixtures_server import Team
from tests.support.make import Process, launch, make_group, make_oneoff, make_process, make_template
from tests.support.server import Caller, Running

FILES = [{"label": "Papers", "field_type": "file", "required": False}]


def task_of(by: Caller, *people: Caller, **members: Any) -> tuple[str, str]:
    """A one-off task for these people with a file field: its address and the field."""
    owners = {
        "users": [by.user_id, *(one.user_id for one in people if not one.authorization.startswith("Guest"))],
        "guests": [one.email for one in people if one.authorization.startswith("Guest")],
        "groups": [],
    }
    path = make_oneoff(by, owners=owners, form_fields=FILES, **members)
    return path, by("GET", f"{path}?with=form_fields").data["form_fields"]["data"][0]["id"]


def to_task(by: Caller, path: str, **texts: Any) -> Any:
    return upload(by, subject_type="Task", subject_id=path.rsplit("/", 1)[1], **texts)


def sees(by: Caller, file_id: str) -> bool:
    statuses = {fetch(by, f"/O/{path}").status_code for path in (
        f"assets/{file_id}", f"file/{file_id}", f"file/{file_id}/dl", f"download-files/{file_id}")}  # fmt: skip
    assert statuses in ({200}, {404}), statuses
    return statuses == {200}


def test_assignees_upload_and_see(team: Team) -> None:
    path, field = task_of(team.owner, team.light, team.guest)
    for by in (team.owner, team.light, team.guest):
        file = to_task(by, path, uploaded_from=field)
        assert file.status == 200, file.body
        assert {sees(one, file.data["id"]) for one in (team.owner, team.light, team.guest)} == {True}
        assert not sees(team.standard, file.data["id"]), "one-off tasks are private"
        assert by("PUT", path, {"taskdata": {field: [file.data]}}).status == 200
    assert to_task(team.guest, path).data["uploaded_by"] is None


def test_who_is_not_assigned(server: Running, team: Team) -> None:
    path, _ = task_of(team.owner)
    for by in (team.standard, team.light, team.guest):
        assert to_task(by, path).errors == {"subject_id": ["The selected subject id is invalid."]}, "not visible"
    process = make_process(team.owner, {"title": "A", "captures": FILES}, users=[team.light.user_id])
    field = process.field("Papers")
    run: dict[str, Any] = {"subject_type": "Run", "subject_id": process.id, "uploaded_from": field}
    refused = upload(team.light, **run)
    assert (refused.status, refused.body["code"]) == (403, "FORBIDDEN")
    file = upload(team.owner, **run).data["id"]
    assert sees(team.light, file), "who sees the process sees its files"
    assert not sees(team.standard, file)
    assert upload(team.standard, **run).status == 422


def test_guests_see_their_own_tasks_only(team: Team) -> None:
    steps = [{"title": title, "captures": FILES} for title in ("A", "B")]
    template = make_template(team.owner, *steps, kickoff=[{"label": "Quote", "field_type": "file"}])
    process = launch(team.owner, template)
    team.owner("PUT", process.path(), {"owners": {"users": [], "guests": [team.guest.email], "groups": []}})
    mine, theirs = (
        upload(team.owner, subject_type="Run", subject_id=process.id, step_id=step).data["id"]
        for step in template.steps
    )
    kickoff = upload(team.owner, subject_type="Run", subject_id=process.id, uploaded_from="ko_field").data["id"]
    assert sees(team.guest, mine)
    assert not sees(team.guest, theirs)
    assert sees(team.guest, kickoff), "a guest with a task in it sees the process"
    other = upload(team.guest, subject_type="Run", subject_id=process.id, step_id=template.steps[1])
    assert other.errors == {"step_id": ["The selected step id is invalid."]}
    shown = team.guest("GET", f"/O/runs/{process.id}?with=assets").data["assets"]["data"]
    assert {one["id"] for one in shown} == {mine, kickoff}
    team.owner("PUT", process.path(), {"owners": {"users": [team.owner.user_id], "guests": [], "groups": []}})
    assert not sees(team.guest, mine)
    assert not sees(team.guest, kickoff)


def test_files_of_confidential_tasks(team: Team) -> None:
    process = make_process(team.owner, {"title": "A", "captures": FILES}, users=[team.standard.user_id])
    field = process.field("Papers")
    run: dict[str, Any] = {"subject_type": "Run", "subject_id": process.id, "uploaded_from": field}
    file = upload(team.owner, **run).data["id"]
    assert sees(team.standard, file)
    team.owner("PUT", process.path(), {"top_secret": True})
    assert not sees(team.standard, file)
    assert team.standard("GET", f"/O/runs/{process.id}?with=assets").data["assets"]["data"] == []
    assert upload(team.standard, **run).errors == {"step_id": ["The selected step id is invalid."]}
    assert sees(team.owner, file)


def test_through_a_group(server: Running, team: Team) -> None:
    path, _ = task_of(team.owner)
    group = make_group(team.owner, [team.light.user_id])
    file = to_task(team.owner, path).data["id"]
    assert not sees(team.light, file)
    team.owner("PUT", path, {"owners": {"users": [team.owner.user_id], "guests": [], "groups": [group]}})
    assert sees(team.light, file)
    assert to_task(team.light, path).status == 200


def test_files_of_templates(team: Team) -> None:
    template = make_template(team.owner)
    file = upload(team.owner, subject_type="Checklist", subject_id=template.id).data["id"]
    assert not any(sees(one, file) for one in (team.standard, team.light, team.guest))
    assert upload(team.standard, subject_type="Checklist", subject_id=template.id).status == 422


def test_unattached_files_are_their_uploaders(team: Team) -> None:
    file = upload(team.light).data["id"]
    assert [sees(one, file) for one in (team.light, team.owner, team.standard, team.guest)] == [
        True, True, False, False,
    ]  # fmt: skip
    assert not sees(team.stranger, file)


def test_a_file_is_seen_wherever_an_answer_names_it(team: Team) -> None:
    path, field = task_of(team.owner, team.guest)
    private, _ = task_of(team.owner)
    file = to_task(team.owner, private).data
    assert not sees(team.guest, file["id"])
    team.owner("PUT", path, {"taskdata": {field: [file]}})
    assert sees(team.guest, file["id"])
    team.owner("PUT", path, {"taskdata": {field: []}})
    assert not sees(team.guest, file["id"])


def test_logos(team: Team) -> None:
    logo: dict[str, Any] = {"subject_type": "Organization", "subject_id": team.owner.organization}
    assert upload(team.standard, **logo).status == 403
    file = upload(team.owner, **logo).data["id"]
    assert all(sees(one, file) for one in (team.standard, team.light, team.guest))
    assert not sees(team.stranger, file)
    for path in (f"/O/file/{file}", f"/O/assets/{file}"):
        assert team.owner("DELETE", path).body["code"] == "LOGO_IN_USE"


# -- removing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/O/file/{}", "/O/assets/{}"])
def test_who_removes(team: Team, path: str) -> None:
    task, field = task_of(team.owner, team.light, team.guest)
    file = to_task(team.owner, task, uploaded_from=field).data["id"]
    assert team.standard("DELETE", path.format(file)).status == 404
    assert team.stranger("DELETE", path.format(file)).status == 404
    for by in (team.owner, team.light, team.guest):  # who may answer the open task
        file = to_task(team.owner, task, uploaded_from=field).data["id"]
        answer = by("DELETE", path.format(file))
        assert (answer.status, answer.body) == (200, None)
    for by in (team.light, team.guest):  # a completed task's only administrators
        file = to_task(by, task, uploaded_from=field).data["id"]
        team.owner("POST", "/O/completed-tasks", {"task_id": task.rsplit("/", 1)[1]})
        assert by("DELETE", path.format(file)).body["code"] == "FORBIDDEN"
        assert team.owner("DELETE", path.format(file)).status == 200
        team.owner("DELETE", f"/O/completed-tasks/{task.rsplit('/', 1)[1]}")


def test_who_only_sees_does_not_remove(team: Team) -> None:
    process: Process = make_process(
        team.owner, {"title": "A", "captures": FILES}, users=[team.light.user_id, team.standard.user_id]
    )
    run: dict[str, Any] = {"subject_type": "Run", "subject_id": process.id}
    of_task = upload(team.owner, **run, uploaded_from=process.field("Papers")).data["id"]
    of_process = upload(team.owner, **run, uploaded_from="ko_field").data["id"]
    assert team.light("DELETE", f"/O/file/{of_task}").body["code"] == "FORBIDDEN"
    assert team.standard("DELETE", f"/O/file/{of_task}").status == 200, "may answer it"
    assert team.standard("DELETE", f"/O/file/{of_process}").status == 200, "takes part in the process"
    own = upload(team.standard).data["id"]
    assert team.standard("DELETE", f"/O/file/{own}").status == 200
    assert team.standard("DELETE", f"/O/file/{own}").status == 404
    kept = upload(team.owner, **run).data["id"]
    team.owner("DELETE", f"/O/runs/{process.id}")
    assert team.owner("DELETE", f"/O/file/{kept}").body["code"] == "RUN_ARCHIVED"
    assert sees(team.light, kept), "files of archived processes stay readable"
