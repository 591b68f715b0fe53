"""File answers: uploaded, then referenced; refreshed from the file, kept in step with it (spec 20 §8.11, SEED-60)."""

from typing import Any

import pytest

from tests.support.files import upload
from tests.support.fixtures_server import Team
from tests.support.make import UNKNOWN, events_of, launch, make_oneoff, make_process, make_template
from tests.support.server import Caller, Running

NO_FILE = "The selected file does not exist."


def keep(by: Caller, path: str, field: str, value: Any) -> Any:
    return by("PUT", path, {"taskdata": {field: value}})


def assets(by: Caller, path: str) -> list[str]:
    return [one["id"] for one in by("GET", f"{path}?with=assets").data["assets"]["data"]]


def test_uploaded_then_referenced(server: Running, owner: Caller) -> None:
    process = make_process(owner)
    field, path = process.field("Papers"), process.path()
    file = upload(owner, subject_type="Run", subject_id=process.id, uploaded_from=field).data
    assert owner("GET", path).data["taskdata"] == {}, "uploading alone attaches nothing"
    assert assets(owner, path) == [file["id"]]
    done = keep(owner, path, field, [{**file, "filename": "forged.exe", "version": 99}])
    assert done.data["taskdata"] == {field: [file]}, "only the id is trusted"
    assert done.data["status"] == "active"
    again = keep(owner, path, field, [{"id": file["id"].upper()}])
    assert again.headers["etag"] == done.headers["etag"], "the same value changes nothing"
    own = "http://" + server.base.partition("://")[2]
    for link in (file["url"], file["full_url"], f"/{file['url']}", f"{own}/api/{file['url']}"):
        again = keep(owner, path, field, [{"url": link}])
        assert again.headers["etag"] == done.headers["etag"], "its own link is the file"
    shown = owner("GET", f"{path}?with=form_fields").data["form_fields"]["data"]
    assert next(one["field_value"] for one in shown if one["id"] == field) == [file]


def test_an_unattached_file_belongs_where_it_is_first_named(owner: Caller) -> None:
    process = make_process(owner)
    field = process.field("Papers")
    first, second = upload(owner).data, upload(owner).data
    done = keep(owner, process.path(), field, [{"id": first["id"]}, {"id": second["id"]}]).data["taskdata"][field]
    assert [one["version"] for one in done] == [1, 2]
    for one in done:
        assert one["subject"] == {"id": process.id, "type": "Run"}
        assert (one["uploaded_from"], one["step_id"]) == (field, process.template.steps[0])
    assert [owner("GET", f"/O/assets/{one['id']}").data for one in done] == done
    other = make_process(owner)
    moved = keep(owner, other.path(), other.field("Papers"), [{"id": first["id"]}]).data["taskdata"]
    assert moved[other.field("Papers")] == [done[0]], "a file that belongs somewhere stays there"
    assert assets(owner, other.path()) == [first["id"]]


def test_the_list_is_replaced_and_files_left_out_stay(owner: Caller) -> None:
    process = make_process(owner)
    field, path = process.field("Papers"), process.path()
    files = [upload(owner, f"{n}.png").data["id"] for n in range(3)]
    keep(owner, path, field, [{"id": one} for one in files])
    done = keep(owner, path, field, [{"id": files[1]}]).data["taskdata"][field]
    assert [one["id"] for one in done] == [files[1]]
    assert assets(owner, path) == sorted(files)
    keep(owner, path, field, [])
    assert owner("GET", path).data["taskdata"] == {}
    assert owner("GET", f"/O/file/{files[1]}/dl").status == 200


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("x", "The Papers must be a list of files."),
        (["x"], "The Papers must be a list of files."),
        ({"id": UNKNOWN}, "The Papers must be a list of files."),
        ([{"filename": "x"}], "The Papers must be a list of files."),
        ([{"id": UNKNOWN}], NO_FILE),
        ([{"id": "nonsense"}], NO_FILE),
        ([{"id": 5}], NO_FILE),
        ([{"url": "javascript:alert(1)"}], "The Papers may only hold http and https links."),
    ],
)
def test_wrong_values(owner: Caller, value: Any, text: str) -> None:
    process = make_process(owner)
    field = process.field("Papers")
    assert keep(owner, process.path(), field, value).errors == {f"taskdata.{field}": [text]}


def test_at_most_fifty(owner: Caller) -> None:
    process = make_process(owner)
    field = process.field("Papers")
    links = [{"url": f"https://x.example/{n}.pdf"} for n in range(51)]
    assert keep(owner, process.path(), field, links[:50]).status == 200
    refused = keep(owner, process.path(), field, links)
    assert refused.errors == {f"taskdata.{field}": ["The Papers may not have more than 50 files."]}


def test_foreign_links_stay_links(server: Running, owner: Caller) -> None:
    process = make_process(owner)
    field = process.field("Papers")
    file = upload(owner).data
    other = f"https://elsewhere.example/{file['url']}"
    done = keep(owner, process.path(), field, [{"url": other}, {"url": "uploads/x.pdf"}]).data["taskdata"][field]
    assert [(one["url"], one["source"]) for one in done] == [(other, "url"), ("uploads/x.pdf", "url")]
    assert owner("GET", f"/O/assets/{file['id']}").data["subject"] is None


def test_files_of_others_cannot_be_named(server: Running, team: Team) -> None:
    """Only what the caller may read: neither another organization's, nor another's unattached upload."""
    task = make_oneoff(
        team.owner,
        owners={"users": [team.owner.user_id, team.light.user_id], "guests": [], "groups": []},
        form_fields=[{"label": "Papers", "field_type": "file", "required": False}],
    )
    field = team.owner("GET", f"{task}?with=form_fields").data["form_fields"]["data"][0]["id"]
    theirs = upload(team.stranger).data["id"]
    assert keep(team.owner, task, field, [{"id": theirs}]).errors == {f"taskdata.{field}": [NO_FILE]}
    loose = upload(team.owner).data["id"]
    assert keep(team.light, task, field, [{"id": loose}]).errors == {f"taskdata.{field}": [NO_FILE]}
    assert keep(team.owner, task, field, [{"id": loose}]).status == 200
    same = keep(team.light, task, field, [{"id": loose}])
    assert same.status == 200, "what is in the answer may stay in it"
    mine = upload(team.light, subject_type="Task", subject_id=task.rsplit("/", 1)[1], uploaded_from=field).data["id"]
    both = keep(team.light, task, field, [{"id": loose}, {"id": mine}]).data["taskdata"][field]
    assert [one["id"] for one in both] == [loose, mine]


def test_at_launch_and_in_a_running_kickoff_form(owner: Caller) -> None:
    template = make_template(owner, {"title": "A"}, kickoff=[{"label": "Quote", "field_type": "file"}])
    field = template.kickoff["Quote"]
    loose = upload(owner).data["id"]
    before = upload(owner, subject_type="Checklist", subject_id=template.id, uploaded_from="ko_field").data
    process = launch(owner, template, prerun={field: [{"id": loose}, before]})
    shown = owner("GET", f"/O/runs/{process.id}?with=assets,ko_form_fields").data
    stored = shown["prerun"][field]
    assert [one["id"] for one in stored] == [loose, before["id"]]
    assert stored[0]["subject"] == {"id": process.id, "type": "Run"}
    assert stored[1] == before, "what was uploaded to the template stays the template's"
    assert {one["id"] for one in shown["assets"]["data"]} == {loose, before["id"]}
    more = upload(owner, subject_type="Run", subject_id=process.id, uploaded_from=field).data
    assert more["step_id"] is None
    done = owner("PUT", f"/O/runs/{process.id}", {"prerun": {field: [more]}}).data
    assert done["prerun"][field] == [more]
    assert owner("PUT", f"/O/runs/{process.id}", {"prerun": {field: [{"id": UNKNOWN}]}}).errors == {
        f"prerun.{field}": [NO_FILE]
    }
    refused = owner("POST", "/O/runs", {"checklist_id": template.id, "name": "x", "prerun": {field: [{"id": "x"}]}})
    assert refused.errors == {f"prerun.{field}": [NO_FILE]}


def test_with_a_new_task(owner: Caller) -> None:
    loose = upload(owner).data["id"]
    fields = [{"label": "Papers", "field_type": "file", "required": False}]
    task = make_oneoff(owner, form_fields=fields, taskdata={"0": [{"id": loose}]})
    [[stored]] = owner("GET", task).data["taskdata"].values()
    assert stored["subject"] == {"id": task.rsplit("/", 1)[1], "type": "Task"}
    assert assets(owner, task) == [loose]


def test_a_required_file_when_completing(owner: Caller) -> None:
    """Spec 20 §8.12: filled is at least one entry."""
    fields = [{"label": "Papers", "field_type": "file", "required": True}]
    process = make_process(owner, {"title": "A", "captures": fields})
    task = {"task_id": process.tasks[0]}
    field = process.field("Papers")
    upload(owner, subject_type="Run", subject_id=process.id, uploaded_from=field)
    refused = owner("POST", f"/O/runs/{process.id}/completed-tasks", task)
    assert refused.errors == {f"taskdata.{field}": ["Papers is required"]}, "uploaded is not attached"
    file = upload(owner).data
    done = owner("POST", f"/O/runs/{process.id}/completed-tasks", {**task, "taskdata": {field: [file]}})
    assert done.data["status"] == "completed"
    assert keep(owner, process.path(), field, []).body["code"] == "TASK_COMPLETED"


def test_linking_by_file_id(server: Running, owner: Caller) -> None:
    """Update task's `file_id` with the subject of the upload repeated (spec 20 §7.2, 50 FILE-04)."""
    process = make_process(owner)
    path, file = process.path(), upload(owner, path="/O/files", part="file").data
    body = {"subject_type": "Run", "subject_id": process.id, "file_id": file["id"]}
    done = owner("PUT", path, body)
    assert done.data["status"] == "active"
    assert done.data["taskdata"] == {}
    assert assets(owner, path) == [file["id"]]
    shown = owner("GET", f"/O/assets/{file['id']}").data
    assert (shown["subject"], shown["uploaded_from"]) == ({"id": process.id, "type": "Run"}, "task")
    assert owner("PUT", path, body).headers["etag"] == done.headers["etag"], "linked is linked"
    assert [one[:2] for one in events_of(server, owner, file["id"])] == [
        ("file.uploaded", "uploaded"), ("file.attached", "linked"),
    ]  # fmt: skip
    assert owner("PUT", path, {"file_id": None}).headers["etag"] == done.headers["etag"]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"file_id": UNKNOWN}, "file_id"),
        ({"file_id": "x"}, "file_id"),
        ({"file_id": 7}, "file_id"),
        ({"subject_id": UNKNOWN}, "subject_id"),
        ({"subject_type": "Planet"}, "subject_type"),
    ],
)
def test_wrong_links(owner: Caller, body: dict[str, Any], path: str) -> None:
    process = make_process(owner)
    sent = {"file_id": upload(owner).data["id"], **body}
    assert list(owner("PUT", process.path(), sent).errors) == [path]
    assert owner("GET", process.path()).data["status"] == "not-started"
