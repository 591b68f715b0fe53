"""Long work: one act over many objects, looked at and cancelled (spec 00 JOB-01, 60 §11)."""

from typing import Any

import pytest

from procession.api import bulk
from procession.kernel import errands
from procession.kernel.unit import Unit
from procession.worker.errands import work_off
from tests.support.make import UNKNOWN, launch, make_oneoff, make_tag, make_template
from tests.support.server import Caller, Running


def start(by: Caller, kind: str, action: str, ids: list[Any], **more: Any) -> dict[str, Any]:
    answer = by("POST", "/O/bulk", {"object_type": kind, "action": action, "ids": ids, **more})
    assert answer.status == 202, answer.body
    made: dict[str, Any] = answer.data
    return made


def finish(server: Running) -> None:
    while work_off(server.database, server.clock, server.secrets):
        pass


def done(server: Running, by: Caller, job: dict[str, Any]) -> dict[str, Any]:
    finish(server)
    found: dict[str, Any] = by("GET", f"/O/jobs/{job['id']}").data
    return found


def test_many_processes_in_one_act(server: Running, owner: Caller) -> None:
    template = make_template(owner, {"title": "A"})
    ids = [launch(owner, template, name=f"P{number}").id for number in range(3)]
    tag = make_tag(owner)
    job = start(owner, "process", "tag", [*ids, UNKNOWN], params={"tag_id": tag})
    assert (job["status"], job["progress"], job["result"], job["type"]) == ("queued", 0, None, "bulk")
    assert job["links"]["self"].endswith(f"/organizations/{owner.organization}/jobs/{job['id']}")
    over = done(server, owner, job)
    assert (over["status"], over["progress"]) == ("succeeded", 100)
    result = over["result"]
    assert (result["total"], result["succeeded"], result["failed"], result["skipped"]) == (4, 3, 1, 0)
    assert [one["id"] for one in result["items"]] == [*ids, UNKNOWN], "in the order that was sent"
    assert [one["id"] for one in over["errors"]] == [UNKNOWN]
    assert over["errors"][0]["error"]["code"]
    for one in ids:
        shown = owner("GET", f"/O/runs/{one}?with=tags").data["tags"]["data"]
        assert [each["tag_id"] for each in shown] == [tag]
    assert owner("GET", f"/x/jobs/{job['id']}").data == over
    assert owner("GET", f"/O/runs/export/{job['id']}").data == over
    below = owner("GET", f"/api/x/jobs/{job['id']}").data
    assert below["links"]["self"].endswith(f"/api/organizations/{owner.organization}/jobs/{job['id']}")
    assert {**below, "links": over["links"]} == over
    feed = owner("GET", f"/O/activity-feeds?entity_type=run&entity_id={ids[0]}").data
    told = [entry for entry in feed if "tag" in str(entry).lower()]
    assert told and told[0]["actor_id"] == [owner.user_id], "in the name of whoever asked"


def test_by_a_query_and_only_tried(server: Running, owner: Caller) -> None:
    template = make_template(owner, {"title": "A"})
    ids = {launch(owner, template, name=f"Query {number}").id for number in range(3)}
    launch(owner, template, name="Other")
    query = {"object_type": "run", "action": "archive", "query": {"q": "Query", "per_page": 1}}
    tried = done(server, owner, owner("POST", "/O/bulk", {**query, "dry_run": True}).data)
    assert {one["id"] for one in tried["result"]["items"]} == ids
    assert (tried["result"]["succeeded"], tried["result"]["dry_run"]) == (3, True)
    assert all(owner("GET", f"/O/runs/{one}").data["archived_at"] is None for one in ids), "nothing was kept"
    done(server, owner, owner("POST", "/O/bulk", query).data)
    assert all(owner("GET", f"/O/runs/{one}").data["archived_at"] is not None for one in ids)
    assert "ids" in owner("POST", "/O/bulk", {**query, "query": {"q": "Nothing has this name"}}).errors


def test_each_object_asks_for_its_own_rights(server: Running, owner: Caller) -> None:
    standard = server.member(owner, "standard")
    own, other = make_oneoff(standard).rsplit("/", 1)[1], make_oneoff(owner).rsplit("/", 1)[1]
    job = start(standard, "task", "update", [own, other], params={"title": "Renamed"})
    over = done(server, standard, job)
    assert [one["status"] for one in over["result"]["items"]] == [200, 404]
    assert owner("GET", f"/O/tasks/{own}").data["title"] == "Renamed"
    wrong = done(server, standard, start(standard, "task", "update", [own], params={"title": "x" * 601}))
    assert wrong["status"] == "failed", "nothing at all succeeded"
    assert wrong["errors"][0]["status"] == 422 and "title" in wrong["errors"][0]["error"]["errors"]
    completed = done(server, standard, start(standard, "task", "complete", [own]))
    assert completed["result"]["succeeded"] == 1
    locked = done(server, standard, start(standard, "task", "update", [own], params={"title": "Late"}))
    assert locked["errors"][0]["error"]["code"] == "TASK_COMPLETED"
    assert owner("GET", f"/O/jobs/{job['id']}").status == 200, "administrators see everybody's"
    third = server.member(owner, "standard")
    for method, path in (("GET", "/O/jobs"), ("DELETE", "/O/jobs"), ("GET", "/x/jobs"), ("DELETE", "/x/jobs")):
        assert third(method, f"{path}/{job['id']}").status == 404
    owner("DELETE", f"/O/users/{standard.user_id}/disable")


def test_who_left_does_nothing_any_more(server: Running, owner: Caller) -> None:
    standard = server.member(owner, "standard")
    own = make_oneoff(standard).rsplit("/", 1)[1]
    job = start(standard, "task", "archive", [own])
    owner("DELETE", f"/O/users/{standard.user_id}/disable")
    over = done(server, owner, job)
    assert (over["status"], over["errors"][0]["status"]) == ("failed", 403)


def test_cancelling(server: Running, owner: Caller) -> None:
    ids = [make_oneoff(owner).rsplit("/", 1)[1] for _ in range(3)]
    job = start(owner, "task", "archive", ids)
    settled = iter((False, True))
    assert work_off(server.database, server.clock, server.secrets, lambda: next(settled)) == 1
    half = owner("GET", f"/O/jobs/{job['id']}").data
    assert (half["status"], half["progress"], half["result"]) == ("running", 33, None)
    over = owner("DELETE", f"/O/jobs/{job['id']}").data
    assert (over["status"], over["result"]["succeeded"], over["result"]["skipped"]) == ("cancelled", 1, 2)
    assert work_off(server.database, server.clock, server.secrets) == 0
    archived = [owner("GET", f"/O/tasks/{one}").data["archived_at"] is not None for one in ids]
    assert archived == [True, False, False]
    assert owner("DELETE", f"/x/jobs/{job['id']}").data["status"] == "cancelled", "again changes nothing"


def test_one_claim_is_one_errand(server: Running, owner: Caller) -> None:
    """The next one waits for nobody's lease to run out."""
    finish(server)
    jobs = [start(owner, "task", "archive", [UNKNOWN]) for _ in range(4)]
    work_off(server.database, server.clock, server.secrets, lambda: True)
    states = [owner("GET", f"/O/jobs/{one['id']}").data["status"] for one in jobs]
    assert states == ["running", "queued", "queued", "queued"]
    finish(server)
    server.clock.shift(2 * errands.LEASE)
    finish(server)


def test_what_is_refused(server: Running, owner: Caller) -> None:
    assert owner("POST", "/O/bulk", {}).errors.keys() == {"object_type", "action"}
    task = make_oneoff(owner).rsplit("/", 1)[1]
    both = {"object_type": "task", "action": "archive"}
    assert "ids" in owner("POST", "/O/bulk", both).errors
    assert "action" in owner("POST", "/O/bulk", {**both, "action": "publish", "ids": [task]}).errors
    assert "params" in owner("POST", "/O/bulk", {**both, "ids": [task], "params": "x"}).errors
    many = [f"{number:032x}" for number in range(errands.MOST + 1)]
    assert "ids" in owner("POST", "/O/bulk", {**both, "ids": many}).errors
    assert start(owner, "task", "archive", many[:-1])["status"] == "queued"
    light, guest, stranger = server.member(owner, "light"), server.guest(owner), server.organization()
    for who in (light, guest):
        assert who("POST", "/O/bulk", {**both, "ids": [task]}).status == 403
    assert stranger("POST", f"/organizations/{owner.organization}/bulk", {**both, "ids": [task]}).status == 403
    assert owner("GET", f"/O/jobs/{UNKNOWN}").status == 404
    finish(server)


def test_two_workers_do_nothing_twice(server: Running, owner: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lease that ran out while its holder was at work: what the second settled, the first undoes."""
    task = make_oneoff(owner).rsplit("/", 1)[1]
    job = start(owner, "task", "archive", [task])
    now = server.clock.now()
    settle = errands.settle

    def late(unit: Unit, errand: str, place: int, status: int, told: Any) -> bool:
        settle(unit, errand, place, 200, None)
        return settle(unit, errand, place, status, told)

    monkeypatch.setattr(errands, "settle", late)
    assert work_off(server.database, server.clock, server.secrets) == 0
    monkeypatch.undo()
    assert owner("GET", f"/O/tasks/{task}").data["archived_at"] is None, "its act was undone with it"
    server.database.command_now(lambda session: errands.forget(Unit(session, "*", now)))
    assert owner("GET", f"/O/jobs/{job['id']}").status == 200
    owner("DELETE", f"/O/jobs/{job['id']}")
    server.database.command_now(lambda session: errands.forget(Unit(session, "*", now + 2 * errands.KEPT)))
    assert owner("GET", f"/O/jobs/{job['id']}").status == 404, "kept seven days"


def test_what_two_workers_were_refused_counts_once(
    server: Running, owner: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever took over noted the refusal before the one whose lease ran out does: how far it is stays true."""
    task = make_oneoff(owner).rsplit("/", 1)[1]
    job = start(owner, "task", "archive", [UNKNOWN, task])
    refusal = bulk.refusal

    def quicker(error: Any) -> Any:
        def settle(session: Any) -> None:
            unit = Unit(session, owner.organization, server.clock.now())
            assert errands.settle(unit, job["id"], 0, 404, {"message": "Gone."})

        server.database.command_now(settle)
        return refusal(error)

    monkeypatch.setattr(bulk, "refusal", quicker)
    assert work_off(server.database, server.clock, server.secrets) == 0, "the other one has it"
    monkeypatch.undo()
    half = owner("GET", f"/O/jobs/{job['id']}").data
    assert (half["status"], half["progress"]) == ("running", 50)
    server.clock.shift(2 * errands.LEASE)
    over = done(server, owner, job)
    assert (over["status"], over["progress"]) == ("succeeded", 100)
    assert [one["status"] for one in over["result"]["items"]] == [404, 204]
    assert over["errors"][0]["error"]["message"] == "Gone.", "what the quicker one noted"
