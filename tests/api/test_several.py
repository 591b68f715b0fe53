"""Several requests sent as one (spec 00 JOB-02): order, rights, keys, all or none, what cannot be among them."""

from typing import Any

import pytest

from procession.server.perform import Performer
from tests.support.files import PNG
from tests.support.fixtures_server import Team
from tests.support.make import UNKNOWN, launch, make_oneoff, make_process, make_template
from tests.support.server import Answer, Caller, Running

APART = {"path": ["This operation is not one that can be sent together with others."]}


def several(by: Caller, *steps: dict[str, Any], **members: Any) -> Answer:
    path = f"/api/x/organizations/{by.organization}/bulk"
    return by("POST", path, {"operations": list(steps), **members})


def step(method: str, path: str, body: Any = None, **more: Any) -> dict[str, Any]:
    return {"method": method, "path": path, **({} if body is None else {"body": body}), **more}


def statuses(answer: Answer) -> list[int]:
    assert answer.status == 200, answer.body
    return [one["status"] for one in answer.data]


def test_each_is_answered_as_by_itself(server: Running, owner: Caller) -> None:
    process = make_process(owner, {"title": "A"})
    task = process.path().removeprefix("/O/")
    org = f"/api/organizations/{owner.organization}"
    answer = several(
        owner,
        step("put", task, {"title": "First"}),
        step("GET", f"{org}/{task}?with=run"),
        step("PUT", task, {"title": ""}),
        step("POST", f"/organizations/{owner.organization}/tags", {"title": "new", "color": "#aabbcc"}),
        step("GET", f"runs/{UNKNOWN}"),
        step("DELETE", f"tasks/{process.tasks[0]}/nothing"),
        step("PATCH", "tags"),
        step("POST", f"runs/{process.id}/comment", {"content": "Hi"}),
        step("GET", "tags?per_page=1&x=%00"),
        step("PUT", task, [1]),
    )
    assert statuses(answer) == [200, 200, 422, 201, 404, 404, 405, 201, 400, 400]
    changed, read, wrong, tag, missing, nowhere, method, *_ = answer.data
    assert (changed["body"]["data"]["title"], read["body"]["data"]["title"]) == ("First", "First")
    assert read["body"]["data"]["run"]["data"]["id"] == process.id
    assert changed["etag"] and read["etag"] and missing["etag"] is None
    assert wrong["body"]["errors"].keys() == {"title"}
    assert tag["body"]["data"]["title"] == "new"
    assert (missing["body"]["code"], nowhere["body"]["code"], method["body"]["code"]) == (
        "RESOURCE_NOT_FOUND", "ENDPOINT_NOT_FOUND", "METHOD_NOT_ALLOWED",
    )  # fmt: skip
    assert owner("GET", process.path()).data["title"] == "First"
    gone = several(owner, step("DELETE", f"tags/{tag['body']['data']['id']}"))
    assert [(one["status"], one["body"]) for one in gone.data] in ([(204, None)], [(200, None)])


def test_all_or_none(server: Running, owner: Caller) -> None:
    first, second = make_oneoff(owner), make_oneoff(owner)
    steps = [step("PUT", one.removeprefix("/O/"), {"title": "Done"}) for one in (first, second)]
    refused = several(owner, steps[0], step("PUT", f"tasks/{UNKNOWN}", {"title": "x"}), steps[1], atomic=True)
    assert statuses(refused) == [424, 404, 424]
    assert [one["body"]["code"] for one in refused.data] == ["NOT_DONE", "RESOURCE_NOT_FOUND", "NOT_DONE"]
    assert [owner("GET", one).data["title"] for one in (first, second)] == ["Renew lease"] * 2
    assert statuses(several(owner, step("GET", "nowhere"), *steps, atomic=True)) == [404, 424, 424]
    assert statuses(several(owner, *steps, step("GET", first.removeprefix("/O/")), atomic=True)) == [200, 200, 200]
    assert [owner("GET", one).data["title"] for one in (first, second)] == ["Done"] * 2
    # without it, what went well stays
    assert statuses(several(owner, step("PUT", f"tasks/{UNKNOWN}", {"title": "x"}), steps[0])) == [404, 200]


def test_keys(owner: Caller) -> None:
    """Each has its own `Idempotency-Key`; refusals are kept under theirs too."""
    launch_ = step("POST", "tags", {"title": "once", "color": "#aabbcc"}, idempotency_key="k1")
    wrong = step("POST", "tags", {"title": ""}, idempotency_key="k2")
    one, two = several(owner, launch_, wrong, launch_), several(owner, launch_, wrong)
    assert (statuses(one), statuses(two)) == ([201, 422, 201], [201, 422])
    assert one.data[0]["body"] == one.data[2]["body"] == two.data[0]["body"]
    other = several(owner, {**launch_, "body": {"title": "other", "color": "#aabbcc"}})
    assert other.data[0]["body"]["code"] == "IDEMPOTENCY_MISMATCH"
    kept = several(owner, {**wrong, "body": {"title": "other", "color": "#aabbcc"}})
    assert kept.data[0]["body"]["code"] == "IDEMPOTENCY_MISMATCH"
    assert several(owner, launch_, atomic=True).data[0]["body"] == one.data[0]["body"]


def test_everybody_by_his_own_rights(server: Running, team: Team) -> None:
    template = make_template(team.owner, {"title": "A"})
    process = launch(team.owner, template)
    people = {"users": [team.light.user_id], "guests": [team.guest.email]}
    assert team.owner("PUT", process.path(), {"owners": people}).status == 200
    steps = [
        step("GET", process.path().removeprefix("/O/")),
        step("DELETE", f"checklists/{template.id}"),
        step("GET", "me"),
    ]
    wanted = {"light": [200, 403, 200], "guest": [200, 404, 403], "standard": [404, 404, 200]}
    for role, expected in wanted.items():
        by: Caller = getattr(team, role)
        found = [by(one["method"], f"/O/{one['path']}").status for one in steps]
        assert statuses(several(by, *steps)) == found, (role, found, expected)
    stranger = team.stranger("POST", f"/x/organizations/{team.owner.organization}/bulk", {"operations": steps})
    assert stranger.status == 403
    elsewhere = several(team.stranger, step("GET", f"/organizations/{team.owner.organization}/runs/{process.id}"))
    assert elsewhere.data[0]["body"]["errors"] == {"path": ["The path must lie in this organization."]}
    assert server.app is not None


def test_what_cannot_be_among_them(server: Running, owner: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    org = f"/x/organizations/{owner.organization}/bulk"
    apart = [
        step("POST", "assets", {"source": "url", "url": "https://a.example/x"}), step("GET", f"file/{UNKNOWN}"),
        step("POST", org, {"operations": []}), step("GET", "tasks/export"), step("POST", "runs/export"),
        step("POST", "/auth/sign-in", {}), step("GET", "/me/organizations"), step("GET", "me/export"),
        step("POST", "logo", {"file": PNG.hex()}), step("PUT", "me/password", {}),
    ]  # fmt: skip
    for one, done in zip(apart, several(owner, *apart).data, strict=True):
        assert done["status"] in (404, 405, 422), one
        assert done["body"].get("errors", APART) == APART, one
    for body, names in (
        ({}, ["operations"]),
        ({"operations": []}, ["operations"]),
        ({"operations": "x", "atomic": 7}, ["atomic", "operations.0"]),
        ({"operations": [step("GET", "tags")] * 101}, ["operations"]),
        ({"operations": [5, {}, step("BREW", "", None, idempotency_key="a b")]},
         ["operations.0", "operations.1.method", "operations.1.path", "operations.2.idempotency_key",
          "operations.2.method", "operations.2.path"]),
    ):  # fmt: skip
        refused = owner("POST", org, body)
        assert (refused.status, sorted(refused.errors)) == (422, names), refused.body
    assert statuses(several(owner, *[step("GET", "tags?per_page=1")] * 100)) == [200] * 100

    usual = Performer.perform

    def fails(self: Performer, session: Any, asked: Any) -> Any:
        if asked.operation.id == "listGroups":
            raise RuntimeError("a bug")
        return usual(self, session, asked)

    monkeypatch.setattr(Performer, "perform", fails)
    done = several(owner, step("GET", "groups"), step("GET", "tags"))
    assert statuses(done) == [500, 200]
    assert "bug" not in str(done.body)
