"""Exports of more processes than one answer holds are jobs (spec 10 §16.3, 00 JOB-01)."""

from typing import Any

import pytest

from procession.api import run_export_jobs, run_exports
from procession.kernel import errands
from procession.kernel.errands import KEPT
from procession.kernel.errors import Unavailable
from procession.kernel.unit import Unit
from procession.worker import errands as working
from procession.worker.errands import work_off
from tests.support.fixtures_server import Team
from tests.support.make import UNKNOWN, launch, make_template
from tests.support.server import Answer, Caller, Running

SMALL = 3
"""What one answer holds here."""


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_exports, "MOST", SMALL)
    monkeypatch.setattr(run_exports, "MOST_LATER", 7)
    monkeypatch.setattr(working, "BATCH", 2)


def ask(by: Caller, body: dict[str, Any], query: str = "?format=csv") -> dict[str, Any]:
    answer = by("POST", f"/O/runs/export{query}", body)
    assert answer.status == 202, answer.body
    found: dict[str, Any] = answer.data
    return found


def drain(server: Running) -> None:
    while work_off(server.database, server.clock, server.secrets):
        pass


def finish(server: Running, by: Caller, job: dict[str, Any]) -> dict[str, Any]:
    drain(server)
    found: dict[str, Any] = by("GET", f"/O/runs/export/{job['id']}").data
    return found


def fetch(by: Caller, job: dict[str, Any]) -> Answer:
    return by("GET", f"/O/jobs/{job['id']}/file")


def several(by: Caller, count: int) -> tuple[str, list[str]]:
    """Processes of a template of their own, each with an answer that a spreadsheet would run."""
    fields = [{"label": "F", "field_type": "text"}, {"label": 'Ü, "q"', "field_type": "textarea"}]
    template = make_template(by, {"title": "A", "captures": fields})
    made = [launch(by, template, name=f"=Ü, P{number}") for number in range(count)]
    for one in made:
        path = f"/O/runs/{one.id}"
        by("PUT", one.path(), {"taskdata": {one.field("F"): "-1", one.field(fields[1]["label"]): 'a\r\nb,"c" ☃'}})
        assert by("POST", f"{path}/completed-tasks", {"task_id": one.tasks[0]}).status in (200, 201)
    return template.id, [one.id for one in made]


def test_16_3_the_same_bytes_later(server: Running, team: Team, small: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The edge of the direct answer; what a worker writes is what a direct answer would have been."""
    server.clock.stop(server.clock.now())
    owner = team.owner
    template, ids = several(owner, SMALL + 2)
    body = {"checklist_id": template, "sort": "-increment_id", "status": "all"}
    monkeypatch.setattr(run_exports, "MOST", len(ids))
    forms = ("?format=csv", "?format=csv&safe=1&bom=0", "?format=json")
    direct = {form: owner("POST", f"/O/runs/export{form}", body) for form in forms}
    assert {one.status for one in direct.values()} == {200}
    monkeypatch.setattr(run_exports, "MOST", len(ids) - 1)
    for form, expected in direct.items():
        job = ask(owner, body, form)
        assert (job["status"], job["progress"], job["result"], job["type"]) == ("queued", 0, None, "export")
        assert job["links"]["self"].endswith(f"/organizations/{owner.organization}/jobs/{job['id']}")
        early = fetch(owner, job)
        assert (early.status, early.body["code"]) == (422, "JOB_NOT_FINISHED")
        over = finish(server, owner, job)
        assert (over["status"], over["progress"], over["errors"]) == ("succeeded", 100, [])
        result = over["result"]
        assert (result["total"], result["succeeded"], result["failed"], result["skipped"]) == (5, 5, 0, 0)
        assert result["items"] == [], "of thousands nobody reads that they are there"
        assert result["file"]["url"] == f"{over['links']['self']}/file"
        assert result["file"]["filename"].endswith(".json" if "json" in form else ".csv")
        assert owner("GET", f"/O/jobs/{job['id']}").data == over == owner("GET", f"/x/jobs/{job['id']}").data
        got = fetch(owner, job)
        assert got.status == 200, got.body
        assert got.raw == expected.raw, "the same bytes"
        for name in ("content-type", "content-disposition", "content-length"):
            assert got.headers.get(name) == expected.headers.get(name)
    # More than a worker writes is refused, with how many there are.
    monkeypatch.setattr(run_exports, "MOST_LATER", len(ids) - 1)
    assert owner("POST", "/O/runs/export", body).errors == {
        "filters": [f"The filters select {len(ids)} processes; one export holds {len(ids) - 1}."]
    }


def test_16_3_who_may_and_what_he_sees(server: Running, team: Team, small: None) -> None:
    """Only its maker fetches the file; his rights are those of the moment when it is written."""
    owner, standard = team.owner, team.standard
    template, ids = several(owner, SMALL + 2)
    body = {"checklist_id": template, "sort": "increment_id"}
    assert ask(owner, body)["status"] == "queued"
    for one in ids[1:]:
        owner("PUT", f"/O/runs/{one}", {"users": [standard.user_id]})
    job = ask(standard, body)
    assert [team.light("POST", "/O/runs/export", body).status, team.guest("POST", "/O/runs/export", body).status] == [
        403, 403,
    ]  # fmt: skip
    assert team.stranger("POST", "/O/runs/export", body).data["rows"] == []
    # One is deleted, one he does not see any more, one is archived before the worker comes.
    owner("PUT", f"/O/runs/{ids[2]}", {"users": []})
    owner("DELETE", f"/O/runs/{ids[1]}")
    owner("DELETE", f"/O/runs/{ids[3]}")
    assert owner("DELETE", f"/O/runs/{ids[1]}/delete").status in (200, 204)
    over = finish(server, standard, job)
    assert (over["status"], [one["id"] for one in over["errors"]]) == ("succeeded", [ids[1], ids[2]])
    assert {one["status"] for one in over["errors"]} == {404}
    text = fetch(standard, job).raw.decode()
    assert [one in text for one in ids] == [False, False, False, True, True]
    path = f"/O/jobs/{job['id']}"
    assert owner("GET", path).status == 200, "administrators see everybody's work"
    assert fetch(owner, job).status == 403, "but not what is in it"
    third = server.member(owner, "standard")
    for who, status in ((third, 404), (team.light, 404), (team.guest, 403), (team.stranger, 404)):
        assert fetch(who, job).status == status, who.email
    assert fetch(standard, {"id": UNKNOWN}).status == 404
    role = f"/O/users/{standard.user_id}/role"
    owner("PUT", role, {"role": "light"})
    assert fetch(standard, job).status == 403, "who may export no more fetches nothing"
    owner("PUT", role, {"role": "standard"})
    assert fetch(standard, job).status == 200
    other, _ = several(standard, SMALL + 1)
    waiting = ask(standard, {"checklist_id": other})
    owner("PUT", role, {"role": "light"})
    over = finish(server, standard, waiting)
    assert (over["status"], {one["status"] for one in over["errors"]}, over["result"]["file"]) == (
        "failed",
        {403},
        None,
    )


def parts(server: Running, by: Caller, job: dict[str, Any]) -> int:
    def work(session: Any) -> int:
        return len(list(errands.parts_of(Unit(session, by.organization, server.clock.now()), job["id"])))

    return server.database.read_now(work)


def test_16_3_stopped_cancelled_failed_and_forgotten(
    server: Running, team: Team, small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = team.owner
    template, ids = several(owner, SMALL + 2)
    body = {"checklist_id": template, "sort": "increment_id"}
    drain(server)
    job = ask(owner, body)
    turns = iter((False, True))
    assert work_off(server.database, server.clock, server.secrets, lambda: next(turns)) == 2
    half = owner("GET", f"/O/jobs/{job['id']}").data
    assert (half["status"], half["progress"], parts(server, owner, job)) == ("running", 40, 1)
    assert fetch(owner, job).status == 422
    # Another worker goes on where the first one was; other work has its turn between the parts.
    monkeypatch.setattr(working, "PARTS_IN_TURN", 1)
    assert [work_off(server.database, server.clock, server.secrets) for _ in range(4)] == [2, 1, 0, 0]
    assert finish(server, owner, job)["status"] == "succeeded"
    rows = fetch(owner, job).raw.decode()
    assert [rows.count(f",{one},") for one in ids] == [3] * 5, "each once: a task and two fields"
    # Done work stays when it is cancelled, and goes after seven days.
    assert owner("DELETE", f"/O/jobs/{job['id']}").data["status"] == "succeeded"
    assert parts(server, owner, job) == 3
    # What is cancelled on its way leaves nothing, even when a worker is just about to write.
    second = ask(owner, body)
    write = run_export_jobs.write_part

    def cancelled(unit: Unit, errand: errands.Errand, items: Any) -> Any:
        made = write(unit, errand, items)
        if items[0].position:
            owner("DELETE", f"/O/jobs/{errand.id}")
        return made

    monkeypatch.setattr(working, "write_part", cancelled)
    over = finish(server, owner, second)
    assert (over["status"], over["result"]["succeeded"], over["result"]["skipped"]) == ("cancelled", 2, 3)
    assert (over["result"]["file"], parts(server, owner, second), fetch(owner, second).status) == (None, 0, 422)
    # A part that cannot be written makes no file with a hole.
    third = ask(owner, body)

    def broken(unit: Unit, errand: errands.Errand, items: Any) -> Any:
        if items[0].position == 2:
            raise RuntimeError("disk")
        return write(unit, errand, items)

    monkeypatch.setattr(working, "write_part", broken)
    over = finish(server, owner, third)
    assert (over["status"], [one["id"] for one in over["errors"]]) == ("failed", ids[2:4])
    assert (over["result"]["file"], parts(server, owner, third), fetch(owner, third).status) == (None, 0, 422)

    # A database that is busy is asked again later.
    def busy(unit: Unit, errand: errands.Errand, items: Any) -> Any:
        raise Unavailable

    fourth = ask(owner, body)
    monkeypatch.setattr(working, "write_part", busy)
    assert finish(server, owner, fourth)["status"] == "running"
    monkeypatch.setattr(working, "write_part", write)
    server.clock.shift(2 * errands.LEASE)
    assert finish(server, owner, fourth)["status"] == "succeeded"
    server.clock.shift(KEPT)
    assert fetch(owner, fourth).status == 404, "kept seven days"
    now = server.clock.now()
    server.database.command_now(lambda session: errands.forget(Unit(session, "*", now + KEPT)))
    assert owner("GET", f"/O/runs/export/{fourth['id']}").status == 404
    assert parts(server, owner, fourth) == 0


@pytest.mark.long
def test_16_3_five_hundred_and_one(server: Running, owner: Caller) -> None:
    template = make_template(owner, {"title": "A"})
    for count in (200, 200, 100):
        items = [{"checklist_id": template.id, "name": f"P{number}"} for number in range(count)]
        made = owner("POST", "/O/runs/bulk", {"action": "launch", "items": items})
        assert made.body["meta"]["failed"] == 0, made.body
    assert owner("POST", "/O/runs/export", {"checklist_id": template.id}).data["total"] == 500
    launch(owner, template)
    job = ask(owner, {"checklist_id": template.id})
    assert finish(server, owner, job)["result"]["succeeded"] == 501
    assert fetch(owner, job).raw.count(b"\r\n") == 502
