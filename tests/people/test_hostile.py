"""What is tried on accounts, members and guests: each refused as specified, and nothing changed (spec 40, 41)."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from procession.server.limiter import Limiter
from tests.support.fixtures_server import Team
from tests.support.make import UNKNOWN, launch, make_template
from tests.support.server import PASSWORD, Answer, Caller, Running, http_client

CHOSEN = {"password": PASSWORD, "password_confirmation": PASSWORD}


def unique(name: str = "new") -> str:
    return f"{name}-{time.time_ns()}@x.example"


def security(by: Caller) -> list[str]:
    """The events of the security log, newest first."""
    return [one["event"] for one in by("GET", "/O/system-log/system?category=security").data]


# -- guessed codes of guests -------------------------------------------------------------------------------------------


def test_40_14_5_guessed_codes_are_slowed_down_however_they_are_sent(
    server: Running, owner: Caller, request: pytest.FixtureRequest
) -> None:
    guest = server.guest(owner)
    code = guest.authorization.removeprefix("Guest ")
    before = server.app.limiter
    request.addfinalizer(lambda: setattr(server.app, "limiter", before))
    server.app.limiter = Limiter("20/minute")
    base = f"/organizations/{owner.organization}"
    assert guest("GET", f"/O/guests/{code}").status == 200
    ways: list[Callable[[int], tuple[str, dict[str, str]]]] = [
        lambda n: (f"{base}/tasks", {"Authorization": f"Guest {n:032x}"}),
        lambda n: (f"{base}/tasks", {"authorization": f"GUEST {n:032x}", "X-Forwarded-For": f"192.0.2.{n}"}),
        lambda n: (f"{base}/tasks", {"x-GUEST-code": f"{n:032x}", "X-Real-IP": f"192.0.2.{n}"}),
        lambda n: (f"{base}/tasks?guest_code={n:032X}", {"Forwarded": f"for=192.0.2.{n}"}),
        lambda n: (f"/api{base}/guests/{n:032x}/tasks/", {"CF-Connecting-IP": f"192.0.2.{n}"}),
        lambda n: (f"{base}/guests/{code[:-1]}{'0' if code[-1] != '0' else '1'}", {"True-Client-IP": f"192.0.2.{n}"}),
    ]
    with http_client(server.base) as http:
        answers = [http.get(path, headers=headers) for path, headers in (ways[n % 6](n) for n in range(26))]
        assert [one.status_code for one in answers] == [401] * 20 + [429] * 6
        assert {one.json()["code"] for one in answers[20:]} == {"RATE_LIMIT_EXCEEDED"}
        assert all(1 <= int(one.headers["retry-after"]) <= 30 for one in answers[20:])
        assert code not in "".join(one.text for one in answers)
    assert guest("GET", f"/O/guests/{code}").status == 200, "who has proved good goes on"


# -- mass assignment ---------------------------------------------------------------------------------------------------


def forged(team: Team) -> dict[str, Any]:
    """Members that say what only the server decides."""
    other, stranger = team.stranger.organization, team.stranger.user_id
    return {
        "id": UNKNOWN, "organization_id": other, "organization": other, "org_id": other, "org": other,
        "user_id": stranger, "created_by": stranger, "creator_id": stranger, "started_by": stranger,
        "starter_id": stranger, "author_id": stranger, "actor": f"u{stranger}", "invited_by": stranger,
        "is_default_admin": True, "is_admin": True, "support_user": True, "is_support": True, "is_bot": True,
        "is_suspended": False, "activated_at": "2020-01-01T00:00:00Z", "approved_at": "2020-01-01T00:00:00Z",
        "email_verified_at": "2020-01-01T00:00:00Z", "created_at": "2001-01-01T00:00:00Z",
        "updated_at": "2001-01-01T00:00:00Z", "revision": 999,
        "guest_code": "0" * 32, "link": "https://evil.example", "increment_id": 1, "full_seats": 9999,
        "read_only": False,
        "plan_code": "enterprise", "users_count": 0, "completer_id": stranger, "system": True,
    }  # fmt: skip


def test_mass_assignment_of_who_and_where_changes_nothing(server: Running, team: Team) -> None:
    """Role, organization, owner, author: of every body that makes or changes people, templates, processes, tasks."""
    owner, evil = team.owner, forged(team)
    stranger = team.stranger.user_id
    people = {"first_name": "Nora", "last_name": "New", "timezone": "UTC"}
    template = make_template(
        owner, {"title": "A", "captures": [{"label": "F", "field_type": "text", "required": False}]}
    )
    process = launch(owner, template)
    task = f"/O/tasks/{process.tasks[0]}"
    before = {
        path: team.stranger("GET", path).data for path in ("/O", "/O/users", "/O/checklists", "/O/runs", "/O/tasks")
    }
    oneoff = {
        "title": "x",
        "task_type": "task",
        "deadline": "2031-01-01T00:00:00Z",
        "owners": {"users": [owner.user_id]},
    }
    calls: list[tuple[Caller, str, str, dict[str, Any]]] = [
        (owner, "POST", "/O/users/invite", {**people, "email": unique(), "role": "light", "status": "active"}),
        (owner, "POST", "/O/users", {**people, "email": unique(), "role": "light", "status": "active"}),
        (owner, "PUT", f"/O/users/{team.light.user_id}", {**people, "role": "admin", "status": "disabled"}),
        (team.light, "PUT", "/O/me", {**people, "role": "admin", "status": "disabled"}),
        (team.standard, "PATCH", "/O/me", {"role": "admin", "can_create_templates": True}),
        (owner, "POST", "/O/guests", {"email": unique("guest"), "deleted_at": None, "disabled_at": None}),
        (owner, "PUT", f"/O/guests/{team.guest.email}", {"last_name": "X", "disabled_at": "2020-01-01T00:00:00Z"}),
        (owner, "POST", "/O/groups", {"name": unique(), "description": ""}),
        (owner, "PUT", "/O", {"industry": "Toys", "slug": None}),
        (owner, "POST", "/O/checklists", {"title": unique(), "type": "procedure"}),
        (owner, "PUT", f"/O/checklists/{template.id}", {"title": "Title"}),
        (owner, "POST", f"/O/checklists/{template.id}/steps", {"title": "B", "checklist_id": UNKNOWN}),
        (owner, "POST", "/O/runs", {"checklist_id": template.id, "name": "P", "status": "complete"}),
        (owner, "PUT", f"/O/runs/{process.id}", {"name": "P", "status": "complete", "completed_at": "2020-01-01"}),
        (owner, "POST", "/O/tasks", oneoff),
        (owner, "PUT", task, {"title": "T", "completed_at": "2020-01-01T00:00:00Z"}),
        (owner, "POST", f"{task}/comment", {"content": "x", "author_type": "bot"}),
        (team.guest, "PUT", f"/O/guests/{team.guest.email}/preferences", {"app_language": "pt"}),
        (owner, "POST", "/me/tokens", {"name": "x", "kind": "session", "account_id": stranger, "aud": "2"}),
        (owner, "POST", "/O/oauth-clients", {"name": "C", "redirect_uris": ["https://c.example/x"], "built_in": True,
                                             "owner": team.stranger.organization}),
    ]  # fmt: skip
    for by, method, path, body in calls:
        given = {
            **{name: value for name, value in evil.items() if name != "organization_id" or "token" not in path},
            **body,
        }
        answer = by(method, path, given)
        assert answer.status in (200, 201, 403, 422), (method, path, answer.body)
        if answer.status < 300:
            _not_forged(answer, evil, (method, path))
    assert {path: team.stranger("GET", path).data for path in before} == before, "nothing happened elsewhere"
    roles = {one["id"]: (one["role"], one["status"], one["is_default_admin"]) for one in owner("GET", "/O/users").data}
    assert roles[owner.user_id] == ("admin", "active", True)
    assert roles[team.light.user_id] == ("light", "active", False)
    assert roles[team.standard.user_id] == ("standard", "active", False)
    assert stranger not in roles
    read = owner("GET", task).data
    assert (read["status"] != "completed", read["completed_at"]) == (True, None)
    shown = owner("GET", "/O").data
    assert (shown["plan_code"], shown["full_seats"], shown["id"]) == ("self-hosted", None, owner.organization)


def _not_forged(answer: Answer, evil: Mapping[str, Any], what: Any) -> None:
    found = answer.body["data"]
    if isinstance(found, dict):
        kept = {name for name, value in found.items() if name in evil and value == evil[name] and name not in HARMLESS}
        assert kept == set(), (what, kept)


HARMLESS = ("is_suspended", "read_only", "increment_id")
"""What is so anyway."""


def test_mass_assignment_of_others_things_is_refused(server: Running, team: Team) -> None:
    """Owner, template, group, member of another organization: named by their ids they are nobody, or not found."""
    owner, other = team.owner, team.stranger
    there = make_template(other, {"title": "A"})
    group = other("POST", "/O/groups", {"name": unique(), "description": ""}).data["id"]
    template = make_template(owner, {"title": "A"})
    process = launch(owner, template)
    task = f"/O/tasks/{process.tasks[0]}"
    refusals: list[tuple[str, str, dict[str, Any], str]] = [
        ("POST", "/O/runs", {"checklist_id": there.id, "name": "P"}, "404"),
        ("PUT", f"/O/runs/{process.id}", {"owner_id": other.user_id}, "owner_id"),
        ("PUT", f"/O/checklists/{template.id}", {"title": "T", "owner_id": other.user_id}, "owner_id"),
        ("PUT", task, {"owners": {"users": [other.user_id]}}, "owners.users.0"),
        ("PUT", task, {"owners": {"groups": [group]}}, "owners.groups.0"),
        ("POST", "/O/groups", {"name": unique(), "description": "", "members": [other.user_id]}, "members.0"),
        (
            "POST",
            "/O/users/invite",
            {"email": unique(), "first_name": "N", "last_name": "N", "groups": [group]},
            "groups.0",
        ),
        ("POST", "/O/guests", {"email": unique(), "associated_members": [other.user_id]}, "associated_members.0"),
    ]
    for method, path, body, wrong in refusals:
        answer = owner(method, path, body)
        if wrong == "404":
            assert answer.status in (403, 404), (path, answer.body)
        else:
            assert wrong in answer.errors, (path, answer.body)
    assert owner("GET", f"/O/runs/{process.id}").data["owner_id"] == owner.user_id


# -- addresses ---------------------------------------------------------------------------------------------------------

LOOKALIKES = (
    "\u0430na@x.example",  # a Cyrillic letter that looks Latin
    "ana@ex\u0430mple.com",
    "ana@\uff45xample.com",  # full width
    "ana@xn--exmple-4nf.com",
    "an\u200ba@x.example",  # a space nobody sees
    "ana@x.example\u202e",
)
NO_ADDRESSES = (
    "a" * 250 + "@x.io", "a@" + "b." * 130 + "io", "x", "@x.example", "a@", "a b@x.example", "a@x.example, b@x.example",
    "a@x.example\nBcc: b@x.example", "a@x.example\x00", "<script>@x.example", "a@b@x.example",
)  # fmt: skip


def test_40_12_4_addresses_that_are_none_or_look_like_others(sqlite_server: Running) -> None:
    """Every way to name an account: 422 on `email`, nobody is made and no mail goes out."""
    server, owner = sqlite_server, sqlite_server.organization()
    server.with_password(owner)
    names = {"first_name": "Nora", "last_name": "New"}
    known = len(owner("GET", "/O/users").data)
    client = owner("POST", "/O/oauth-clients", {"name": "C", "grant_types": ["client_credentials"]}).data
    grant = {"client_id": str(client["id"]), "client_secret": client["secret"], "grant_type": "client_credentials"}
    token = owner("POST", "/oauth/token", grant).body["access_token"]
    application = Caller(server.base, owner.organization, 0, "", f"Bearer {token}")
    ways: list[tuple[Caller, str, str, dict[str, Any]]] = [
        (owner, "POST", "/O/users/invite", names),
        (owner, "POST", "/O/users", names),
        (owner, "PUT", "/O/me/update-email", {"password": PASSWORD}),
        (owner, "POST", "/auth/register", {**names, "password": PASSWORD, "company_name": "C", "timezone": "UTC"}),
        (application, "POST", f"/applications/{owner.organization}/users", names),
    ]
    for by, method, path, body in ways:
        for address in (*LOOKALIKES, *NO_ADDRESSES):
            answer = by(method, path, {**body, "email": address})
            assert "email" in answer.errors, (path, address, answer.body)
            server.forget_attempts()
    assert len(owner("GET", "/O/users").data) == known
    assert owner("GET", "/O/email-log").data == []
    assert owner("GET", "/me").data["email"] == owner.email


def test_40_14_4_addresses_of_guests(sqlite_server: Running) -> None:
    """Every way to name a guest refuses what is no address, or too long; nobody is made."""
    owner = sqlite_server.organization()
    process = launch(owner, template := make_template(owner, {"title": "A"}))
    task = f"/O/tasks/{process.tasks[0]}"
    step = f"/O/checklists/{template.id}/steps/{template.steps[0]}"
    ways: list[tuple[str, str, Callable[[str], dict[str, Any]], str]] = [
        ("POST", "/O/guests", lambda one: {"email": one}, "email"),
        ("POST", "/O/groups", lambda one: {"name": unique(), "description": "", "guests": [one]}, "guests.0"),
        ("PUT", task, lambda one: {"owners": {"guests": [one]}}, "owners.guests.0"),
        ("PUT", step, lambda one: {"guests": [one]}, "guests.0"),
        ("POST", f"{task}/delegate", lambda one: {"email": one}, "email"),
    ]
    for method, path, body, where in ways:
        for address in NO_ADDRESSES:
            answer = owner(method, path, body(address))
            assert answer.status == 422 and any(one.startswith(where.partition(".")[0]) for one in answer.errors), (
                path, address, answer.body,
            )  # fmt: skip
    assert owner("GET", "/O/guests").data == []


# -- links and codes that are used for something else ------------------------------------------------------------------


def test_40_12_6_codes_open_what_they_were_made_for_and_once(server: Running, owner: Caller) -> None:
    """An invitation is no reset, a reset no confirmation, a guest's code no invitation; accepted twice at once: one."""
    body = {"email": unique(), "first_name": "Nora", "last_name": "New", "role": "standard"}
    made = owner("POST", "/O/users/invite", body).data
    invitation = made["invite_link"].rsplit("/", 1)[1]
    guest = server.guest(owner).authorization.removeprefix("Guest ")
    server.with_password(owner)
    server.forget_attempts()
    with http_client(server.base) as http:
        assert http.post("/auth/password/forgot", json={"email": owner.email}).status_code == 200
        reset = server.links(owner.email, "password.reset_request")[0].rsplit("/", 1)[1]
        tries: list[tuple[str, dict[str, Any], int]] = [
            ("/auth/password/reset", {"code": invitation, **CHOSEN}, 422),
            ("/auth/password/reset", {"code": guest, **CHOSEN}, 422),
            ("/auth/verify-email", {"token": invitation}, 422),
            ("/auth/verify-email", {"token": reset}, 422),
            (f"/auth/invitations/{reset}/accept", CHOSEN, 404),
            (f"/auth/invitations/{guest}/accept", CHOSEN, 404),
            (f"/auth/invitations/{invitation[:-1]}/accept", CHOSEN, 404),
            (f"/auth/invitations/{invitation.swapcase()}/accept", CHOSEN, 404),
            (f"/auth/invitations/{'0' * len(invitation)}/accept", CHOSEN, 404),
        ]
        for path, sent, status in tries:
            answer = http.post(path, json=sent)
            assert answer.status_code == status, (path, sent, answer.text)
            server.forget_attempts()
        for headers in ({"Authorization": f"Bearer {invitation}"}, {"Authorization": f"Guest {invitation}"}):
            assert http.get(f"/organizations/{owner.organization}/tasks", headers=headers).status_code == 401
        assert owner("GET", f"/O/users/{made['id']}").data["status"] == "invited", "nothing changed"
        path = f"/auth/invitations/{invitation}/accept"
        forged = {**CHOSEN, "role": "admin", "email": owner.email, "organization_id": UNKNOWN, "user_id": owner.user_id}
        first, again = http.post(path, json=forged), http.post(path, json=forged)
        assert (first.status_code, again.status_code) == (200, 404)
        joined = owner("GET", f"/O/users/{made['id']}").data
        assert (joined["role"], joined["email"]) == ("standard", body["email"])
        assert http.post("/auth/password/reset", json={"code": reset, **CHOSEN}).status_code == 200
        assert http.post("/auth/password/reset", json={"code": reset, **CHOSEN}).status_code == 422, "once"
    events = security(server.member(owner, "admin"))  # a reset ends every token
    assert events.count("password_reset_initiated") == 1 and events.count("password_reset_completed") == 1


def test_40_13_4_nobody_makes_himself_more(team: Team) -> None:
    """Acts on oneself and on others that only administrators have: 403, nothing changed, nothing logged."""
    owner, before = team.owner, security(team.owner)
    targets = (team.standard, team.light)
    for by in (team.standard, team.light):
        for whom in (*targets, owner):
            base = f"/O/users/{whom.user_id}"
            acts: list[tuple[str, str, Any]] = [
                ("PUT", f"{base}/role", {"role": "admin"}), ("PUT", f"{base}/role", {"role": "owner"}),
                ("PUT", f"{base}/default-admin", None), ("PUT", f"{base}/approve", None),
                ("PUT", f"{base}/enable", None),
                ("DELETE", f"{base}/disable", None), ("DELETE", f"{base}/delete", None),
                ("PUT", f"{base}/to/guest", None),
                ("PUT", base, {"first_name": "X", "last_name": "Y", "timezone": "UTC", "role": "admin"}),
            ]  # fmt: skip
            for method, path, body in acts:
                answer = by(method, path, body)
                assert (answer.status, answer.body["code"]) == (403, "FORBIDDEN"), (method, path)
        for role in ("admin", "owner", "Admin", "ADMIN "):
            body = {"email": unique(), "first_name": "N", "last_name": "N", "role": role}
            assert by("POST", "/O/users/invite", body).status == 403, role
    shown = {one["id"]: one["role"] for one in owner("GET", "/O/users").data if not one["is_bot"]}
    assert shown == {owner.user_id: "admin", team.standard.user_id: "standard", team.light.user_id: "light"}
    assert security(owner) == before
