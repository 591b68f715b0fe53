"""Deleting: rows first, bytes after the commit; answers lose what is gone (spec 20 §20.5, §14, 10 §9.3)."""

from datetime import timedelta
from typing import Any

import pytest

from procession.files.cleaning import purge, remove, sweep
from procession.files.model import key
from tests.support.files import PNG, fetch, stored, upload
from tests.support.make import Process, events_of, launch, make_oneoff, make_process, make_template
from tests.support.server import Caller, Running

DAY = timedelta(days=1)
FILES = [{"label": "Papers", "field_type": "file", "required": False}]
pytestmark = pytest.mark.usefixtures("own_work")


def run_jobs(server: Running) -> None:
    while server.jobs.run_due(100):
        pass


def keep(by: Caller, process: Process, *ids: str, task: int = 0) -> Any:
    sent = {process.field("Papers"): [{"id": one} for one in ids]}
    return by("PUT", process.path(task), {"taskdata": sent}).data


def test_a_deleted_file_disappears_from_every_answer(server: Running, owner: Caller) -> None:
    template = make_template(
        owner, {"title": "A", "captures": FILES}, kickoff=[{"label": "Quote", "field_type": "file"}]
    )
    gone, left = upload(owner, "gone.png").data["id"], upload(owner, "left.png").data["id"]
    process = launch(owner, template, prerun={template.kickoff["Quote"]: [{"id": gone}]})
    other = launch(owner, template)
    before = keep(owner, process, gone, left)
    assert len(before["taskdata"][process.field("Papers")]) == 2
    keep(owner, other, gone)
    etag = owner("GET", process.path()).headers["etag"]
    answer = owner("DELETE", f"/O/file/{gone}")
    assert (answer.status, answer.body) == (200, None)
    [stays] = owner("GET", process.path()).data["taskdata"][process.field("Papers")]
    assert stays["id"] == left
    assert owner("GET", other.path()).data["taskdata"] == {}
    assert owner("GET", f"/O/runs/{process.id}").data["prerun"] == {}
    stale = owner("PUT", process.path(), {"title": "x"}, headers={"If-Match": etag})
    assert stale.status == 412, "the task has changed"
    told = [one for one in events_of(server, owner, process.tasks[0]) if one[0] == "task.answered"]
    assert [len(one[4]["value"]) for one in told] == [2, 1]
    assert events_of(server, owner, other.tasks[0])[-1][4]["value"] is None
    assert any(one[0] == "process.answered" for one in events_of(server, owner, process.id))
    assert events_of(server, owner, gone)[-1][:2] == ("file.deleted", "deleted")
    for path in (f"/O/file/{gone}", f"/O/file/{gone}/dl", f"/O/assets/{gone}"):
        assert fetch(owner, path).status_code == 404
    assert len(stored(server, owner)) == 2, "the bytes go after the commit"
    run_jobs(server)
    assert [one.name for one in stored(server, owner)] == [left]


def test_an_archived_file_stays_named_and_is_not_downloaded(server: Running, owner: Caller) -> None:
    process = make_process(owner, {"title": "A", "captures": FILES})
    file = upload(owner).data["id"]
    before = keep(owner, process, file)
    for _ in range(2):
        answer = owner("DELETE", f"/O/assets/{file}")
        assert (answer.status, answer.body) == (200, None)
    assert owner("GET", process.path()).data["taskdata"] == before["taskdata"]
    assert [fetch(owner, f"/O/file/{file}{end}").status_code for end in ("", "/dl")] == [404, 404]
    assert owner("GET", f"/O/assets/{file}").data["archived_at"]
    assert owner("GET", f"{process.path()}?with=assets").data["assets"]["data"] == []
    assert keep(owner, process, file)["taskdata"], "what is in the answer may stay"
    keep(owner, process)
    refused = owner("PUT", process.path(), {"taskdata": {process.field("Papers"): [{"id": file}]}})
    assert refused.status == 422
    run_jobs(server)
    assert len(stored(server, owner)) == 1
    assert [one[1] for one in events_of(server, owner, file)] == ["uploaded", "archived"]


def test_a_deleted_task_takes_its_files_along(server: Running, owner: Caller) -> None:
    task = make_oneoff(owner, form_fields=FILES)
    field = owner("GET", f"{task}?with=form_fields").data["form_fields"]["data"][0]["id"]
    process = make_process(owner, {"title": "A", "captures": FILES})
    mine = upload(owner, subject_type="Task", subject_id=task.rsplit("/", 1)[1]).data
    shared = upload(owner).data
    owner("PUT", task, {"taskdata": {field: [mine, shared]}})
    keep(owner, process, shared["id"])
    assert owner("DELETE", f"{task}/delete").status == 204
    assert fetch(owner, f"/O/file/{mine['id']}").status_code == 404
    moved = owner("GET", f"/O/assets/{shared['id']}").data
    assert moved["subject"] == {"id": process.tasks[0], "type": "Task"}, "it belongs to who names it now"
    run_jobs(server)
    assert [one.name for one in stored(server, owner)] == [shared["id"]]


def test_a_deleted_process_takes_its_files_along(server: Running, owner: Caller) -> None:
    process = make_process(owner, {"title": "A", "captures": FILES})
    run: dict[str, Any] = {"subject_type": "Run", "subject_id": process.id}
    upload(owner, **run)
    upload(owner, **run, uploaded_from=process.field("Papers"))
    keep(owner, process, upload(owner).data["id"])
    outside = upload(owner).data["id"]
    owner("DELETE", f"/O/runs/{process.id}")
    assert len(stored(server, owner)) == 4
    assert owner("DELETE", f"/O/runs/{process.id}/delete").status in (200, 204)
    run_jobs(server)
    assert [one.name for one in stored(server, owner)] == [outside]


def test_a_task_that_leaves_its_process_keeps_its_files(owner: Caller) -> None:
    process = make_process(owner)
    path = make_oneoff(owner, run_id=process.id)
    task_id = path.rsplit("/", 1)[1]
    file = upload(owner, path=f"/O/runs/{process.id}/tasks/{task_id}/files").data
    assert file["subject"] == {"id": task_id, "type": "Task"}
    assert len(owner("GET", f"/O/runs/{process.id}?with=assets").data["assets"]["data"]) == 1
    assert owner("DELETE", f"/O/runs/{process.id}/tasks/{task_id}").status == 200
    assert owner("GET", f"/O/runs/{process.id}?with=assets").data["assets"]["data"] == []
    assert len(owner("GET", f"{path}?with=assets").data["assets"]["data"]) == 1


def test_a_task_that_joins_a_process_brings_its_files(owner: Caller) -> None:
    process, path = make_process(owner), make_oneoff(owner)
    file = upload(owner, subject_type="Task", subject_id=path.rsplit("/", 1)[1]).data["id"]
    assert owner("PUT", path, {"run_id": process.id}).status == 200
    shown = owner("GET", f"/O/runs/{process.id}?with=assets").data["assets"]["data"]
    assert [one["id"] for one in shown] == [file]


def test_a_field_that_goes_names_nothing_any_more(owner: Caller) -> None:
    path = make_oneoff(owner, form_fields=FILES)
    field = owner("GET", f"{path}?with=form_fields").data["form_fields"]["data"][0]["id"]
    file = upload(owner).data["id"]
    owner("PUT", path, {"taskdata": {field: [{"id": file}]}})
    changed = owner("PUT", path, {"form_fields": [{"id": field, "_delete": True}]})
    assert changed.data["taskdata"] == {}
    assert owner("DELETE", f"{path}/delete").status == 204
    assert owner("GET", f"/O/assets/{file}").status == 404, "it was used nowhere else, so it went with the task"


# -- what the worker does ---------------------------------------------------------------------------------------------


def test_uploads_that_belong_to_nothing_are_purged(server: Running, owner: Caller) -> None:
    process = make_process(owner, {"title": "A", "captures": FILES})
    loose, linked, named = (upload(owner).data["id"] for _ in range(3))
    keep(owner, process, named)
    owner("PUT", process.path(), {"file_id": linked})
    link = owner("POST", "/O/assets", {"source": "url", "url": "https://x.example/a.pdf"}).data["id"]
    now = server.clock.now()
    purge(server.database, now + 29 * DAY, 30 * DAY)
    assert len(stored(server, owner)) == 3
    server.clock.stop(now + 31 * DAY)
    assert purge(server.database, server.clock.now(), 30 * DAY) >= 2
    run_jobs(server)
    server.clock.resume()
    assert sorted(one.name for one in stored(server, owner)) == sorted([linked, named])
    assert [fetch(owner, f"/O/assets/{one}").status_code for one in (loose, link)] == [404, 404]
    assert purge(server.database, now + 31 * DAY, 30 * DAY) == 0


def test_bytes_without_a_row_are_swept(server: Running, owner: Caller) -> None:
    kept = upload(owner).data["id"]
    lost = server.settings.data_dir / "files" / key(owner.organization, "e" * 32)
    lost.parent.mkdir(parents=True)
    lost.write_bytes(PNG)
    now = server.clock.now()
    sweep(server.database, server.app.files, now)
    assert len(stored(server, owner)) == 2, "an upload may be on its way"
    assert sweep(server.database, server.app.files, now + 2 * DAY) >= 1
    assert [one.name for one in stored(server, owner)] == [kept]


def test_removing_twice_is_once(server: Running, owner: Caller) -> None:
    file = upload(owner).data["id"]
    for _ in range(2):
        remove(server.app.files, {"keys": [key(owner.organization, file)]})
    assert stored(server, owner) == []


@pytest.mark.parametrize("what", ["file", "assets"])
def test_a_file_of_nobody(owner: Caller, what: str) -> None:
    assert owner("DELETE", f"/O/{what}/{'f' * 32}").status == 404
    assert owner("DELETE", f"/O/{what}/x").status == 404
