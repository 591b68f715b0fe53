"""Erasing a person: nothing of him remains, what was done stays and the chain holds (spec 41 §18.4, 40 §13.5)."""

import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from procession.kernel.seals import verdict
from procession.kernel.sql import Query, metadata, row
from procession.kernel.unit import EVERY_TENANT, Unit
from procession.search.following import Follower
from tests.support.fixtures_server import Team
from tests.support.make import launch, make_group, make_oneoff, make_template, owners
from tests.support.migrated import migrated_database
from tests.support.server import PASSWORD, Caller, Running, run_server


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A database without what other tests have made: all of it is read, again and again."""
    postgres = request.param == "postgres"
    url = migrated_database(request.getfixturevalue("postgres")) if postgres else None
    running = run_server(tmp_path_factory.mktemp("erasing"), url)
    yield running
    running.stop()


def confirmed(server: Running, of: Caller) -> Caller:
    """The same person signed in to the web, who has just proven who he is."""
    session = server.session(of)
    server.forget_attempts()
    assert session("POST", "/auth/step-up", {"password": PASSWORD}, headers={"Origin": server.base}).status == 200
    return session


def everything(server: Running, but: Sequence[str] = ()) -> str:
    """Every row of every table, as text in lower case."""
    wanted = [one for one in metadata.sorted_tables if one.name not in but]
    why = "a test looks for what must not be there"

    def work(session: Any) -> list[str]:
        unit = Unit(session, EVERY_TENANT, server.clock.now())
        return [
            f"{table.name}: {found}"
            for table in wanted
            for found in unit.all(Query(sa.select(table), row, why_all_tenants=why))
        ]

    return "\n".join(server.database.read_now(work)).lower()


def holders(text: str, *marks: str) -> list[str]:
    return [line[:3000] for line in text.splitlines() if any(one.lower() in line for one in marks)]


SOON_FORGOTTEN = ("jobs", "idempotency_keys")
"""A day, and a week."""


def settle(server: Running) -> None:
    """Events are sealed, texts indexed."""
    server.clock.shift(timedelta(seconds=10))
    while server.jobs.run_due():
        pass
    Follower(server.database, server.clock).index_all()


def chain(server: Running, of: Caller) -> Any:
    now = server.clock.now()
    return server.database.read_now(lambda session: verdict(Unit(session, of.organization, now)))


def test_41_18_4_nothing_of_a_member_remains(server: Running, team: Team) -> None:
    owner, mark = team.owner, f"zqer{time.time_ns()}"
    gone = server.member(owner, "standard", f"{mark}a")
    me = {"first_name": f"{mark}b", "last_name": f"{mark}c", "timezone": "UTC", "phone": f"{mark}"[:20],
          "job_title": f"{mark}d"}  # fmt: skip
    assert gone("PUT", "/O/me", {**me, "first_name": f"{mark}e"}).status == 200
    assert gone("PUT", "/O/me", me).status == 200, "a former name"
    server.with_password(gone)
    moved = f"{mark}f@moved.example"
    assert gone("PUT", "/O/me/update-email", {"email": moved, "password": PASSWORD}).status == 200, "a former address"
    assert gone("POST", "/me/tokens", {"name": f"{mark}g"}).status == 201
    assert gone("POST", "/auth/login", {"email": moved, "password": "Wrong1horse"}).status == 401
    assert gone("POST", "/auth/password/forgot", {"email": moved}).status == 200
    template = make_template(owner, {"title": "A", "summary": f"Ask @{mark}b {mark}c or {moved}"})
    process = launch(owner, template)
    span = f'<span class="mention" data-mention-id="{gone.user_id}">@{mark}b {mark}c</span>'
    path = f"/O/tasks/{process.tasks[0]}"
    assert owner("PUT", path, {"owners": {"users": [gone.user_id, owner.user_id]}}).status == 200
    for text in (f"<p>{span} look</p>", f"Mail {moved.upper()} now", f"Hello @[{gone.user_id}]"):
        assert owner("POST", f"{path}/comment", {"content": text}).status == 201
    assert gone("POST", f"{path}/comment", {"content": "I did it"}).status == 201
    assert gone("POST", "/O/completed-tasks", {"task_id": process.tasks[0]}).status in (200, 201)
    task = make_oneoff(owner, title=f"Call {mark}b {mark}c", owners={"users": [gone.user_id, owner.user_id]})
    make_group(owner, [gone.user_id])
    settle(server)
    assert len({one.partition(":")[0] for one in holders(everything(server), mark)}) >= 8, "the test can see it"

    path = f"/O/users/{gone.user_id}/anonymize"
    assert owner("POST", path).body["code"] == "STEP_UP_REQUIRED", "a token never confirms"
    admin = confirmed(server, owner)
    refused = admin("POST", path)
    assert (refused.status, refused.body["message"]) == (400, "Please disable the user before erasing.")
    assert owner("DELETE", f"/O/users/{gone.user_id}/disable").status == 200
    assert "to" in admin("POST", f"{path}?with_reassignment=true").errors
    heir = team.standard
    shown = admin("POST", f"{path}?with_reassignment=true&to={heir.user_id}").data
    assert shown["full_name"] == "Person 1" and shown["email"] == f"u{gone.user_id}@erased.invalid"
    assert (shown["username"], shown["phone"], shown["job_title"], shown["active"]) == (None, None, None, False)
    assert admin("POST", path).data["full_name"] == "Person 1", "a second time changes nothing"
    assert sorted(owners(owner("GET", task).data)[0]) == sorted([heir.user_id, owner.user_id])
    settle(server)
    left = holders(everything(server, SOON_FORGOTTEN), mark)
    assert left == [], "\n".join(left)

    thread = owner("GET", f"/O/tasks/{process.tasks[0]}?with=threads").data
    assert "Person 1" in str(thread) and "I did it" in str(thread), "what was done stays"
    assert chain(server, owner).intact and chain(server, owner).erased > 0
    (entry,) = owner("GET", "/O/system-log/system?event=person_anonymized").data
    assert (entry["event"], entry["actor"]["id"]) == ("person_anonymized", owner.user_id)
    assert owner("POST", "/auth/login", {"email": moved, "password": PASSWORD}).status == 401


def test_41_18_4_nothing_of_a_guest_remains(server: Running, team: Team) -> None:
    owner, mark = team.owner, f"zqeg{time.time_ns()}"
    address, second = f"{mark}a@outside.example", f"{mark}b@outside.example"
    body = {"email": address, "first_name": f"{mark}c", "last_name": f"{mark}d", "phone": "+1", "company_name": mark}
    gone = owner("POST", "/O/guests", body).data
    owner("POST", "/O/guests", {"email": second, "first_name": f"{mark}e"})
    assert owner("POST", f"/O/guests/{second}/merge", {"into": address}).status == 200
    acting = Caller(server.base, owner.organization, gone["id"], address, f"Guest {gone['guest_code']}")
    template = make_template(owner, {"title": "A"}, {"title": "B"})
    process = launch(owner, template)
    people = {"owners": {"users": [owner.user_id], "guests": [address]}}
    step = f"/O/checklists/{template.id}/steps/{template.steps[1]}"
    assert owner("PUT", step, {"guests": [address]}).status == 200
    for task in process.tasks:
        assert owner("PUT", f"/O/tasks/{task}", people).status == 200
    assert acting("POST", f"/O/tasks/{process.tasks[0]}/comment", {"content": "Done so"}).status == 201
    assert owner("POST", f"/O/tasks/{process.tasks[1]}/comment", {"content": f"<p>Ask +{address}</p>"}).status == 201
    assert acting("POST", "/O/completed-tasks", {"task_id": process.tasks[0]}).status in (200, 201)
    elsewhere = team.stranger("POST", "/O/guests", {"email": address, "first_name": "Kim"}).data
    settle(server)
    path = f"/O/guests/{address}/anonymize"
    admin = confirmed(server, owner)
    refused = admin("POST", path)
    assert (refused.status, refused.body["message"]) == (400, "Please disable the guest before erasing.")
    assert admin("DELETE", f"/O/guests/{address}/disable?force=true").status == 200
    shown = admin("POST", path).data
    assert (shown["full_name"], shown["email"]) == ("Person 1", f"e{gone['id']}@erased.invalid")
    assert (shown["details"]["company_name"], shown["details"]["phone_1"]) == (None, None)
    assert shown["guest_code"] != gone["guest_code"]
    assert admin("POST", path).status == 404, "nobody has that address"
    assert admin("POST", f"/O/guests/{gone['id']}/anonymize").data["full_name"] == "Person 1", "no change"
    assert acting("GET", f"/O/guests/{gone['guest_code']}").status in (401, 403, 404, 410)
    settle(server)
    left = [
        one
        for one in holders(everything(server, SOON_FORGOTTEN), mark)
        if team.stranger.organization not in one  # who knows him there still does
    ]
    assert left == [], "\n".join(left)
    assert team.stranger("GET", f"/O/guests/{address}").data["id"] == elsewhere["id"]
    first, last = (owner("GET", f"/O/tasks/{one}?with=threads").data for one in process.tasks)
    assert "Done so" in str(first) and owners(last)[:2] == ([owner.user_id], [])
    assert chain(server, owner).intact
    again = owner("POST", "/O/guests", {"email": address}).data
    assert again["id"] != gone["id"] and again["first_name"] is None, "the address is somebody new's"


def test_41_18_4_what_others_have_stays_theirs(sqlite_server: Running) -> None:
    server, owner = sqlite_server, sqlite_server.organization()
    shared = f"kim{time.time_ns()}@outside.example"
    guest = owner("POST", "/O/guests", {"email": shared, "first_name": "Kim", "last_name": "Lee"}).data
    assert owner("POST", f"/O/guests/{shared}/to/member", {"role": "light"}).status == 200
    member = next(one for one in owner("GET", "/O/users").data if one["email"] == shared)
    twin = server.member(owner, "light")
    assert twin("PUT", "/O/me", {"first_name": "Kim", "last_name": "Lee", "timezone": "UTC"}).status == 200
    task = make_oneoff(owner, title="Call Kim Lee", summary=f"{shared} x{shared} {shared}.uk")
    admin = confirmed(server, owner)
    assert admin("POST", f"/O/guests/{guest['id']}/anonymize").data["full_name"] == "Person 1", "a deleted guest"
    assert owner("GET", f"/O/users/{member['id']}").data["email"] == shared, "the member goes on"
    read = owner("GET", task).data
    assert (read["title"], read["summary"]) == ("Call Kim Lee", f"{shared} x{shared} {shared}.uk")
    assert owner("DELETE", f"/O/users/{member['id']}/disable").status == 200
    assert owner("DELETE", f"/O/users/{member['id']}/delete").status == 200
    assert admin("POST", f"/O/users/{member['id']}/anonymize").data["full_name"] == "Person 2"
    read = owner("GET", task).data
    assert read["title"] == "Call Kim Lee", "somebody else is called so"
    assert read["summary"] == f"u{member['id']}@erased.invalid x{shared} {shared}.uk"
    elsewhere = server.organization("Other")
    body = {"email": twin.email, "first_name": "Kim", "last_name": "Lee", "role": "light"}
    assert elsewhere("POST", "/O/users/invite", body).status == 200
    assert owner("DELETE", f"/O/users/{twin.user_id}/disable").status == 200
    assert admin("POST", f"/O/users/{twin.user_id}/anonymize").data["full_name"] == "Person 3"
    assert owner("GET", task).data["title"] == "Call Person 3"
    assert owner("GET", f"/O/users/{twin.user_id}").status == 404
    there = elsewhere("GET", f"/O/users/{twin.user_id}").data
    assert (there["email"], there["full_name"]) == (twin.email, "Kim Lee"), "his account is his"


def test_41_18_4_who_may_erase_whom(server: Running, team: Team) -> None:
    owner, paths = team.owner, ("users/{0.user_id}", "guests/{0.email}")
    for by in (team.standard, team.light, team.guest, team.stranger):
        for path, whom in zip(paths, (team.light, team.guest), strict=True):
            answer = by("POST", f"/organizations/{owner.organization}/{path.format(whom)}/anonymize")
            assert answer.status == 403, (by.email, path)
    admin = confirmed(server, owner)
    for path in ("users/9007199254740991", "users/x", "guests/nobody@x.example", "guests/0"):
        assert admin("POST", f"/O/{path}/anonymize").status == 404
    bot = next(one for one in owner("GET", "/O/users").data if one["is_bot"])
    assert admin("POST", f"/O/users/{bot['id']}/anonymize").status == 400
    assert admin("POST", f"/O/users/{owner.user_id}/anonymize").status == 400, "not while active"
    server.clock.shift(timedelta(minutes=5, seconds=1))
    late = admin("POST", f"/O/users/{bot['id']}/anonymize")
    assert (late.status, late.body["code"]) == (403, "STEP_UP_REQUIRED")
