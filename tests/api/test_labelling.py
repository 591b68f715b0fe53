"""One tag on something, one thing in a folder (spec 10 §17, 30 §16.3, §17.3)."""

import uuid
from typing import Any

import pytest

from tests.support.fixtures_server import Team
from tests.support.make import UNKNOWN, events_of, make_oneoff, make_process, make_tag, make_template
from tests.support.server import Caller, Running

TAGS, FILE = "/O/checklists/tags", "/O/folders/add-object"


def make_folder(by: Caller, kind: str = "run") -> str:
    made: str = by("POST", "/O/folders", {"name": uuid.uuid4().hex[:12], "folder_type": kind}).data["id"]
    return made


def test_17_2_a_tag_goes_on_and_off(server: Running, owner: Caller) -> None:
    process, tag = make_process(owner, {"title": "A"}), make_tag(owner)
    body = {"subject_id": process.id, "subject_type": "Run", "tag_id": tag, "tag_type": "private"}
    made = owner("POST", TAGS, body)
    assert made.status == 201
    assert (made.data["tag_id"], made.data["subject_id"], type(made.data["id"])) == (tag, process.id, int)
    again = owner("POST", TAGS, body)
    assert (again.status, again.data) == (200, made.data)
    shown = owner("GET", f"/O/runs/{process.id}?with=tags").data["tags"]["data"]
    assert shown == [made.data]
    path = f"{TAGS}/{made.data['id']}"
    assert owner("DELETE", path).status == 204
    assert owner("DELETE", path).status == 404
    assert owner("DELETE", f"{TAGS}/x1").status == 404
    fields = [one[2] for one in events_of(server, owner, process.id)]
    assert fields == [None, "tags", "tags", "tags"], "30 §16.3: the second time is told too"


def test_17_1_a_process_goes_into_a_folder_and_out(owner: Caller) -> None:
    process, folder = make_process(owner, {"title": "A"}), make_folder(owner)
    body = {"subject_id": process.id, "subject_type": "Run", "folder_id": folder}
    made = owner("POST", FILE, body)
    assert made.status == 201
    assert {name: made.data[name] for name in body} == body
    assert owner("POST", FILE, body).status == 200
    (filing,) = owner("GET", f"/O/runs/{process.id}?with=folders").data["folders"]["data"]
    assert (filing["id"], filing["folder_id"]) == (made.data["id"], folder)
    assert owner("DELETE", f"/O/folders-objects/{filing['id']}").status == 204
    assert owner("GET", f"/O/runs/{process.id}?with=folders").data["folders"]["data"] == []
    wrong = owner("POST", FILE, {**body, "folder_id": make_folder(owner, "checklist")})
    assert wrong.errors == {"folder_id": ["No such a folder exists in Processes."]}


def test_16_3_every_kind_of_subject(owner: Caller) -> None:
    template, tag = make_template(owner, {"title": "A"}), make_tag(owner)
    process, task = make_process(owner, {"title": "A"}), make_oneoff(owner).rsplit("/", 1)[1]
    subjects = {"Checklist": template.id, "Step": template.steps[0], "Run": process.id, "Task": task}
    for subject_type, subject_id in subjects.items():
        body = {"subject_id": subject_id, "subject_type": subject_type, "tag_id": tag, "tag_type": "private"}
        made = owner("POST", TAGS, body)
        assert (made.status, made.data["subject_type"]) == (201, subject_type)
        assert owner("DELETE", f"{TAGS}/{made.data['id']}").status == 204
    body = {"subject_id": task, "subject_type": "Task", "folder_id": make_folder(owner)}
    assert owner("POST", FILE, body).status == 201


@pytest.mark.parametrize(
    ("change", "path", "text"),
    [
        ({"subject_id": UNKNOWN}, "subject_id", "Subject not found"),
        ({"subject_id": "x"}, "subject_id", "Subject not found"),
        ({"subject_type": "Task"}, "subject_id", "Subject not found"),
        ({"subject_type": "Banana"}, "subject_type", "The selected subject type is invalid."),
        ({"tag_id": UNKNOWN}, "tag_id", "The selected tag id is invalid."),
        ({"tag_type": "public"}, "tag_id", "The selected tag id is invalid."),
        ({"tag_type": "banana"}, "tag_type", "The selected tag type is invalid."),
    ],
)
def test_16_3_what_is_refused(owner: Caller, change: dict[str, Any], path: str, text: str) -> None:
    body = {"subject_id": make_process(owner, {"title": "A"}).id, "subject_type": "Run", "tag_id": make_tag(owner)}
    assert owner("POST", TAGS, {**body, "tag_type": "private", **change}).errors == {path: [text]}
    assert owner("POST", TAGS, {}).status == 422


def test_16_3_archived_subjects_are_not_found(owner: Caller) -> None:
    process, tag = make_process(owner, {"title": "A"}), make_tag(owner)
    body = {"subject_id": process.id, "subject_type": "Run", "tag_id": tag, "tag_type": "private"}
    use = owner("POST", TAGS, body).data["id"]
    owner("DELETE", f"/O/runs/{process.id}")
    assert owner("POST", TAGS, {**body, "tag_id": make_tag(owner)}).errors == {"subject_id": ["Subject not found"]}
    assert owner("DELETE", f"{TAGS}/{use}").body["code"] == "RUN_ARCHIVED"


def test_who_labels(team: Team) -> None:
    process, tag = make_process(team.owner, {"title": "A"}), make_tag(team.owner)
    body = {"subject_id": process.id, "subject_type": "Run", "tag_id": tag, "tag_type": "private"}
    assert team.standard("POST", TAGS, body).status == 422  # does not see it
    team.owner("PUT", f"/O/runs/{process.id}", {"users": [team.standard.user_id, team.light.user_id]})
    for caller in (team.light, team.guest):
        assert caller("POST", TAGS, body).status == 403
    use = team.standard("POST", TAGS, body).data["id"]
    assert team.light("DELETE", f"{TAGS}/{use}").status == 403
    assert team.stranger("DELETE", f"{TAGS}/{use}").status == 404
    assert team.standard("DELETE", f"{TAGS}/{use}").status == 204
