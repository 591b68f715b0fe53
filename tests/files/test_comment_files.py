"""Files of comments: who reads the comment sees them, and they go with it (spec 20 §19.1, §20.3 to §20.5, 40 §14.8)."""

import time
from typing import Any

import msgspec
import pytest

from tests.files.test_delete import run_jobs
from tests.files.test_rights import sees
from tests.search.test_search import found, index
from tests.support.files import stored, upload
from tests.support.fixtures_server import Team
from tests.support.make import UNKNOWN, Process, events_of, launch, make_oneoff, make_template
from tests.support.server import Caller, Running

NO_FILE = {"assets": ["The selected file does not exist."]}
ELSEWHERE = {"assets": ["A file that belongs elsewhere cannot be attached to a comment."]}


class Place(msgspec.Struct, frozen=True):
    """Where people comment: a task that a light member and a guest have, its process, its template and a step of it."""

    process: Process
    paths: dict[str, str]


def place(team: Team) -> Place:
    template = make_template(team.owner, {"title": "A"}, {"title": "B"})
    read = {"checklist_read": {"users": [team.light.user_id]}}
    assert team.owner("PUT", f"/O/checklists/{template.id}/permissions", read).status == 200
    process = launch(team.owner, template)
    people = {"users": [team.owner.user_id, team.light.user_id], "guests": [team.guest.email]}
    assert team.owner("PUT", process.path(), {"owners": people}).status == 200
    base = f"/O/checklists/{template.id}"
    paths = {
        "task": f"/O/tasks/{process.tasks[0]}",
        "process": f"/O/runs/{process.id}",
        "template": base,
        "step": f"{base}/steps/{template.steps[0]}",
    }
    return Place(process, paths)


def comment(by: Caller, path: str, **members: Any) -> Any:
    made = by("POST", f"{path}/comment", {"content": f"Look {time.time_ns()}", **members})
    assert made.status == 201, made.body
    return made.data


def to_thread(by: Caller, thread: Any, **more: Any) -> Any:
    return upload(by, subject_type="Thread", subject_id=thread["id"], **more)


def ids(thread: Any) -> list[str]:
    return [one["id"] for one in thread["assets"]]


@pytest.mark.parametrize("kind", ["task", "process", "template", "step"])
def test_files_come_with_a_comment_change_with_it_and_go_with_it(server: Running, team: Team, kind: str) -> None:
    owner, light, there = team.owner, team.light, place(team)
    path = there.paths[kind]
    first, second, third = (upload(light, name, uploaded_from="comment").data for name in ("a.png", "b.png", "a.png"))
    link = f"{server.base}/api/{second['url']}"
    made = comment(light, path, assets=[first["id"], {"id": first["id"]}, link])
    assert ids(made) == [first["id"], second["id"]], "ids, objects and links; named twice is once"
    shown = made["assets"][0]
    assert (shown["subject"], shown["uploaded_from"], shown["version"]) == (
        {"id": made["id"], "type": "Thread"}, "comment", 1,
    )  # fmt: skip
    again = light("POST", f"{path}/comment", {"content": made["content_raw"], "assets": [first["id"]]})
    assert (again.status, again.data["id"]) == (200, made["id"]), "00 §15.3"
    threads = owner("GET", f"{path}?with=threads").data["threads"]["data"]
    assert [ids(one) for one in threads] == [ids(made)]
    if kind in ("task", "process"):
        assert [ids(one) for one in owner("GET", f"{path}/comments").data] == [ids(made)]
        assert owner("GET", f"{path}?with=assets").data["assets"]["data"] == [], "shown with the comment"
    # uploaded to one that stands: the same name is the next version (50 FILE-01)
    later = to_thread(light, made, name="a.png")
    assert (later.status, later.data["subject"]["type"], later.data["version"]) == (200, "Thread", 2)
    assert to_thread(owner, made, name="x.txt", content=b"x").status == 200, "administrators change any comment"
    assert [one[1] for one in events_of(server, owner, first["id"])] == ["uploaded", "linked"]
    index(server)
    assert set(found(light, "png", "file")["file"]) == {first["id"], second["id"], third["id"], later.data["id"]}
    assert found(team.standard, "png", "file") == {}
    # what is named replaces what was there; nothing named leaves it
    one = f"{path}/comment/{made['id']}"
    assert len(ids(light("PUT", one, {"content": "Hm"}).data)) == 4
    changed = light("PUT", one, {"content": "Hm", "assets": [second["id"], third]})
    assert sorted(ids(changed.data)) == sorted([second["id"], third["id"]])
    assert light("PUT", one, {"content": "X"}, headers={"If-Match": made_etag(made)}).status == 412
    assert not sees(light, first["id"])
    assert light("PUT", one, {"content": "Hm", "assets": []}).data["assets"] == []
    assert ids(light("PUT", one, {"content": "Hm", "assets": [upload(light, "c.png").data]}).data) != []
    assert light("DELETE", one).status == 204
    run_jobs(server)
    assert stored(server, owner) == []
    index(server)
    assert found(light, "png", "file") == {}


def made_etag(thread: Any) -> str:
    """The tag of a comment as it was first written."""
    assert thread["created_at"] == thread["updated_at"]
    return '"1"'


def test_who_attaches(server: Running, team: Team) -> None:
    """Authors and administrators; what one did not upload, or what belongs elsewhere, cannot be named."""
    owner, light, guest, there = team.owner, team.light, team.guest, place(team)
    task = there.paths["task"]
    own = comment(light, task, state="open")
    for by, status in ((team.standard, 422), (guest, 403), (team.stranger, 422), (owner, 200), (light, 200)):
        answer = to_thread(by, own)
        assert answer.status == status, answer.body
        if status == 422:
            assert answer.errors == {"subject_id": ["The selected subject id is invalid."]}
    assert to_thread(guest, comment(owner, task)).status == 422, "he does not see the comment"
    assert to_thread(owner, {"id": UNKNOWN}).errors == {"subject_id": ["The selected subject id is invalid."]}
    on_template = comment(owner, there.paths["step"])
    assert [to_thread(by, on_template).status for by in (light, team.standard, guest)] == [403, 422, 422]
    kept = len(stored(server, owner))
    foreign, others = upload(team.stranger).data["id"], upload(owner).data["id"]
    answer_of = upload(light, subject_type="Run", subject_id=there.process.id, step_id=there.process.template.steps[0])
    gone = upload(light).data["id"]
    assert light("DELETE", f"/O/assets/{gone}").status == 200
    wrong: list[tuple[Any, dict[str, list[str]]]] = [
        (UNKNOWN, NO_FILE),
        ("nonsense", NO_FILE),
        (5, NO_FILE),
        (None, NO_FILE),
        ({}, NO_FILE),
        ([], NO_FILE),
        ("https://elsewhere.example/organizations/x/file/y", NO_FILE),
        (foreign, NO_FILE),
        (others, NO_FILE),
        (gone, NO_FILE),
        (answer_of.data, ELSEWHERE),
    ]
    mine = upload(light).data["id"]
    path = f"{task}/comment"
    for at in (task, there.paths["process"], there.paths["template"]):
        path = f"{at}/comment"
        for value, errors in wrong:
            refused = light("POST", path, {"content": "no", "assets": [mine, value]})
            assert (refused.status, refused.errors) == (422, errors), value
        both = light("POST", path, {"content": "", "assets": [UNKNOWN]})
        assert "content" in both.errors
        for value in (51 * [mine], "x", 5, {"a": 1}):
            assert list(light("POST", path, {"content": "no", "assets": value}).errors) == ["assets"], value
    one = f"{task}/comment/{own['id']}"
    before = light("GET", f"{task}?with=threads").data["threads"]["data"]
    assert light("PUT", one, {"content": "no", "assets": [UNKNOWN]}).errors == NO_FILE
    assert light("GET", f"{task}?with=threads").data["threads"]["data"] == before, "nothing of it is done"
    assert owner("GET", f"/O/assets/{mine}").data["subject"] is None
    problem = light("POST", f"{task}/problem", {"content": "Broken", "assets": [mine]})
    assert ids(problem.data) == [mine]
    waiting = upload(light, uploaded_from="comment", subject_type="Run", subject_id=there.process.id,
                     step_id=there.process.template.steps[0]).data["id"]  # fmt: skip
    solved = light("POST", f"{task}/resolved-threads", {"content": "Mended", "file_ids": [waiting]})
    assert (solved.status, ids(solved.data)) == (201, [waiting])
    assert len(stored(server, owner)) == kept + 5


def test_who_reads_a_comment_sees_its_files(server: Running, team: Team) -> None:
    owner, light, guest, there = team.owner, team.light, team.guest, place(team)
    task, run = there.paths["task"], there.paths["process"]
    everyone = (owner, light, team.standard, guest, team.stranger)

    def seeing(file: str) -> list[bool]:
        return [sees(one, file) for one in everyone]

    hidden, shown = comment(owner, task), comment(owner, task, state="open")
    inner, outer = (to_thread(owner, one).data["id"] for one in (hidden, shown))
    assert seeing(inner) == [True, True, False, False, False]
    assert seeing(outer) == [True, True, False, True, False]
    threads = guest("GET", f"{task}?with=threads").data["threads"]["data"]
    assert [(one["id"], ids(one)) for one in threads] == [(shown["id"], [outer])]
    assert owner("PUT", f"{task}/comment/{hidden['id']}/state", {"state": "collapsed"}).status == 200
    assert sees(guest, inner)
    at_task: Any = {"subject_type": "Task", "subject_id": task.rsplit("/", 1)[1]}
    own = comment(guest, task, assets=[upload(guest, uploaded_from="comment", **at_task).data["id"]])
    assert seeing(ids(own)[0]) == [True, True, False, True, False]
    assert owner("PUT", f"{task}/comment/{own['id']}/state", {"state": "hide-for-guests"}).status == 200
    assert sees(guest, ids(own)[0]), "guests always see their own"
    on_run = [to_thread(owner, comment(owner, run, state=one)).data["id"] for one in ("open", "hide-for-guests")]
    assert [seeing(one) for one in on_run] == [
        [True, True, False, True, False], [True, True, False, False, False],
    ]  # fmt: skip
    on_template = [to_thread(owner, comment(owner, there.paths[one])).data["id"] for one in ("template", "step")]
    assert [seeing(one) for one in on_template] == 2 * [[True, True, False, False, False]]
    # who may not comment sees no comments and no files of them
    assert owner("PUT", there.process.path(), {"prevent_guest_comment": True}).status == 200
    assert [sees(guest, one) for one in (inner, outer, ids(own)[0], on_run[0])] == [False, False, False, True]
    assert to_thread(guest, own).status == 403
    assert owner("PUT", there.process.path(), {"prevent_guest_comment": False, "top_secret": True}).status == 200
    assert owner("PUT", there.process.path(), {"owners": {"users": [owner.user_id]}}).status == 200
    assert seeing(outer) == [True, False, False, False, False]
    index(server)
    assert outer not in found(light, "offer", "file").get("file", [])
    assert set(on_template) <= set(found(light, "offer", "file")["file"])
    # who removes: the uploader, whatever became of the task, and administrators
    assert light("DELETE", f"/O/file/{on_run[0]}").status == 403
    mine = to_thread(light, comment(light, run)).data["id"]
    assert team.standard("DELETE", f"/O/file/{mine}").status == 404
    assert light("DELETE", f"/O/file/{mine}").status == 200


def test_what_the_text_shows_is_the_comments_own(server: Running, team: Team) -> None:
    owner, light, guest, there = team.owner, team.light, team.guest, place(team)
    task = there.paths["task"]
    mine, others = upload(light).data, upload(owner).data
    content = "".join(
        f'<img src="{one["full_url"].removesuffix("/dl")}"><a href="/{one["url"]}">x</a>' for one in (mine, others)
    )
    made = comment(light, task, content=content, state="open")
    assert ids(made) == [mine["id"]], "what others keep stays theirs"
    assert (sees(guest, mine["id"]), sees(guest, others["id"])) == (True, False)
    more = upload(light).data
    changed = light("PUT", f"{task}/comment/{made['id']}", {"content": f'<img src="{more["full_url"]}">'})
    assert ids(changed.data) == [mine["id"], more["id"]]
    names = [upload(light, "n.txt", b"n").data["id"] for _ in range(49)]
    refused = light("PUT", f"{task}/comment/{made['id']}", {"content": f'<img src="{more["full_url"]}">',
                                                           "assets": [mine["id"], *names]})  # fmt: skip
    assert refused.errors == {"assets": ["A comment may not have more than 50 files."]}
    full = light("PUT", f"{task}/comment/{made['id']}", {"content": "x", "assets": [mine["id"], *names]})
    assert len(ids(full.data)) == 50
    assert to_thread(light, made).errors == {"subject_id": ["A comment may not have more than 50 files."]}
    assert owner("GET", f"/O/assets/{others['id']}").data["subject"] is None


def test_files_go_with_what_was_talked_about(server: Running, team: Team) -> None:
    """A process, a task, a template deleted for good; what an answer names moves there (20 §14, 10 §9.3, 30 §3.8)."""
    owner, there = team.owner, place(team)
    task = make_oneoff(owner, form_fields=[{"label": "Papers", "field_type": "file", "required": False}])
    field = owner("GET", f"{task}?with=form_fields").data["form_fields"]["data"][0]["id"]
    for path in (*there.paths.values(), task):
        to_thread(owner, comment(owner, path))
    named = to_thread(owner, comment(owner, there.paths["process"])).data
    assert owner("PUT", task, {"taskdata": {field: [named]}}).status == 200
    template = make_template(owner)
    upload(owner, subject_type="Checklist", subject_id=template.id)
    to_thread(owner, comment(owner, f"/O/checklists/{template.id}/steps/{template.steps[1]}"))
    removed = f"/O/checklists/{template.id}/steps/{template.steps[0]}"
    to_thread(owner, comment(owner, removed))
    assert owner("DELETE", removed).status < 300
    assert len(stored(server, owner)) == 9

    def left() -> int:
        run_jobs(server)
        return len(stored(server, owner))

    for path, count in ((f"/O/checklists/{template.id}", 6), (there.paths["process"], 4), (there.paths["template"], 2)):
        assert owner("DELETE", path).status < 300
        assert owner("DELETE", f"{path}/delete").status < 300
        assert left() == count, path
    moved = owner("GET", f"/O/assets/{named['id']}").data
    assert moved["subject"] == {"id": task.rsplit("/", 1)[1], "type": "Task"}
    assert owner("DELETE", f"{task}/delete").status == 204
    assert left() == 0


def test_a_task_that_joins_a_process_brings_the_files_of_its_comments(team: Team) -> None:
    owner = team.owner
    there, task = place(team), make_oneoff(owner)
    made = comment(owner, task)
    file = to_thread(owner, made).data["id"]
    assert owner("PUT", task, {"run_id": there.process.id}).status == 200
    shown = owner("GET", f"/O/assets/{file}").data
    assert shown["subject"] == {"id": made["id"], "type": "Thread"}
    assert owner("GET", f"/O/runs/{there.process.id}?with=assets").data["assets"]["data"] == []
