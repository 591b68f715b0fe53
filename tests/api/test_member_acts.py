"""What becomes of members (spec 40 §10, §12, §13, §14.6, §15.4) and what they cannot make of themselves."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from procession.kernel.ids import NOWHERE
from procession.kernel.unit import Unit
from procession.people.invitations import expire_invitations
from tests.support.files import upload
from tests.support.fixtures_server import Team
from tests.support.make import UNKNOWN, launch, make_group, make_oneoff, make_template
from tests.support.server import PASSWORD, Answer, Caller, Running, http_client

CHOSEN = {"password": PASSWORD, "password_confirmation": PASSWORD}


@pytest.fixture
def visitor(server: Running) -> Iterator[Any]:
    server.forget_attempts()
    with http_client(server.base) as http:

        def ask(method: str, path: str, body: Any = None) -> Answer:
            response = http.request(method, path, json=body)
            return Answer(response.status_code, response.json() if response.content else None, response.headers)

        yield ask


def somebody(**more: Any) -> dict[str, Any]:
    return {"email": f"new-{time.time_ns()}@x.example", "first_name": "Nora", "last_name": "New", **more}


def code(link: str) -> str:
    return link.rsplit("/", 1)[1]


def test_40_12_4_invite_and_accept(server: Running, team: Team, visitor: Any) -> None:
    owner = team.owner
    group = make_group(owner, [owner.user_id])
    body = somebody(role="Standard", groups=[group], message="Come!", status="active", is_default_admin=True,
                    organization_id=UNKNOWN, invited_by=1, activated_at="2020-01-01T00:00:00Z")  # fmt: skip
    made = owner("POST", "/O/users/invite", {**body, "email": body["email"].upper()})
    shown = made.data
    assert made.status == 200 and shown["email"] == body["email"]
    assert (shown["status"], shown["role"], shown["username"], shown["type"]) == ("invited", "standard", None, None)
    assert (shown["is_default_admin"], shown["activated_at"], shown["invited_by"]) == (False, None, owner.user_id)
    [link] = server.links(body["email"], "invite.sent")
    assert shown["invite_link"] == link and link.startswith(f"{server.base}/invite/")
    assert "invite_link" not in team.standard("GET", "/O/users").data[0], "administrators alone read links"
    told = visitor("GET", f"/auth/invitations/{code(link)}").data
    assert (told["email"], told["role"], told["inviter"], told["message"]) == (
        body["email"], "standard", "Olive Owner", "Come!")  # fmt: skip
    assert (told["organization"]["id"], told["has_account"], told["expired"]) == (owner.organization, False, False)
    path = f"/auth/invitations/{code(link)}/accept"
    assert "password" in visitor("POST", path, {}).errors
    assert "password" in visitor("POST", path, {"password": "abcdef", "password_confirmation": "abcdef"}).errors
    joined = visitor("POST", path, {**CHOSEN, "timezone": "Europe/Lisbon", "role": "admin", "email": "x@y.example"})
    assert joined.status == 200, joined.body
    user = joined.data["user"]
    assert (user["role"], user["status"], user["email"]) == ("standard", "active", body["email"])
    assert (user["timezone"], user["username"]) == ("Europe/Lisbon", body["email"].partition("@")[0])
    assert user["id"] in owner("GET", f"/O/groups/{group}").data["members"]
    for again in (visitor("GET", f"/auth/invitations/{code(link)}"), visitor("POST", path, CHOSEN)):
        assert again.status == 404, "an invitation is accepted once"
    kinds = {one["kind"] for one in owner("GET", "/O/email-log").data[:2]}
    assert kinds == {"invite.accepted_inviter", "invite.accepted_self"}
    taken = owner("POST", "/O/users/invite", {**body, "role": "admin"})
    assert taken.errors == {"email": ["This email already belongs to a member of your organization."]}


def test_40_12_4_who_may_invite_whom(server: Running, team: Team) -> None:
    assert team.light("POST", "/O/users/invite", somebody()).status == 403
    assert team.guest("POST", "/O/users/invite", somebody()).status == 403
    assert team.standard("POST", "/O/users/invite", somebody(role="admin")).status == 403
    made = team.standard("POST", "/O/users/invite", somebody()).data
    assert made["role"] == "light" and "invite_link" not in made
    theirs = team.owner("POST", "/O/users/invite", somebody()).data["id"]
    assert team.standard("POST", f"/O/users/{theirs}/resend-invite").status == 403
    assert team.standard("DELETE", f"/O/users/{theirs}/invite").status == 403
    assert team.standard("DELETE", f"/O/users/{made['id']}/invite").status == 204
    team.owner("PUT", "/O", {"allow_user_invite": False})
    assert team.standard("POST", "/O/users/invite", somebody()).status == 403


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"email": "x"}, "email"), ({"email": "\u0430na@x.example"}, "email"),
        ({"email": "a" * 250 + "@x.io"}, "email"), ({"first_name": ""}, "first_name"),
        ({"first_name": "x" * 33}, "first_name"), ({"last_name": "www.x.io"}, "last_name"),
        ({"first_name": "ADMIN"}, "first_name"), ({"role": "operator"}, "role"), ({"role": "bot"}, "role"),
        ({"message": "x" * 5001}, "message"), ({"groups": [UNKNOWN]}, "groups.0"), ({"timezone": "Mars"}, "timezone"),
    ],
)  # fmt: skip
def test_40_12_4_what_cannot_be_invited(sqlite_server: Running, wrong: dict[str, Any], path: str) -> None:
    owner = sqlite_server.organization()
    count = len(owner("GET", "/O/users").data)
    assert path in owner("POST", "/O/users/invite", somebody(**wrong)).errors
    assert len(owner("GET", "/O/users").data) == count, "nothing is left behind"


def test_40_12_5_links_are_replaced_and_withdrawn(server: Running, owner: Caller, visitor: Any) -> None:
    body = somebody(role="standard")
    made = owner("POST", "/O/users/invite", body).data
    first = code(made["invite_link"])
    again = owner(
        "POST", "/O/users/invite", {**body, "first_name": "User", "last_name": "Invite", "role": "light"}
    ).data
    assert (again["id"], again["first_name"], again["role"]) == (made["id"], "Nora", "standard"), "SDK: resend"
    third = owner("POST", f"/O/users/{made['id']}/resend-invite", {"message": "Again"}).data["invite_link"]
    for dead in (first, code(again["invite_link"])):
        assert visitor("GET", f"/auth/invitations/{dead}").status == 404
        assert visitor("POST", f"/auth/invitations/{dead}/accept", CHOSEN).status == 404
    assert visitor("GET", f"/auth/invitations/{code(third)}").data["message"] == "Again"
    server.clock.stop(server.clock.now() + timedelta(days=7, seconds=1))
    assert visitor("POST", f"/auth/invitations/{code(third)}/accept", CHOSEN).status == 410
    assert visitor("GET", f"/auth/invitations/{code(third)}").status == 410, "a fresh one goes out by itself"
    fresh = server.links(body["email"], "invite.sent")[0]
    assert fresh != third and visitor("GET", f"/auth/invitations/{code(fresh)}").status == 200
    server.clock.resume()
    assert visitor("POST", "/auth/password/forgot", {"email": body["email"]}).status == 200
    assert server.links(body["email"], "password.reset_request") == [], "60 §2.2: the invitation again"
    assert len(server.links(body["email"], "invite.sent")) >= 4
    assert owner("DELETE", f"/O/users/{made['id']}/invite").status == 204
    assert owner("GET", f"/O/users/{made['id']}").status == 404
    assert owner("POST", f"/O/users/{made['id']}/resend-invite").status == 404
    other = owner("POST", "/O/users/invite", body).data
    assert other["id"] != made["id"], "ids are never given again"
    assert owner("POST", f"/O/users/{owner.user_id}/resend-invite").status == 422


def test_40_12_5_invitations_end_when_the_organization_says_so(server: Running, owner: Caller) -> None:
    owner("PUT", "/O", {"invitation_expiry_days": 30})
    body = somebody()
    made = owner("POST", "/O/users/invite", body).data

    def clean(days: int) -> None:
        at = server.clock.now() + timedelta(days=days)
        server.database.command_now(lambda session: expire_invitations(Unit(session, NOWHERE, at), server.secrets))

    clean(29)
    assert owner("GET", f"/O/users/{made['id']}").status == 200
    clean(31)
    assert owner("GET", f"/O/users/{made['id']}").status == 404
    assert owner("GET", "/O/email-log?kind=invite.expired").data[0]["recipient"] == body["email"]


def test_40_12_6_who_has_an_account_signs_in_to_accept(server: Running, team: Team, visitor: Any) -> None:
    stranger = server.session(team.stranger)
    made = team.owner("POST", "/O/users/invite", somebody(email=stranger.email)).data
    assert made["first_name"] == "Olive", "names are the account's"
    path = f"/auth/invitations/{code(made['invite_link'])}"
    assert visitor("GET", path).data["has_account"] is True
    other = server.session(team.standard)
    assert other("POST", f"{path}/accept").status == 401, "somebody else's link"
    assert visitor("POST", f"{path}/accept").status == 401, "the link alone is not enough"
    assert visitor("POST", f"{path}/accept", {"password": "Wrong1horse"}).status == 401
    assert stranger("POST", f"{path}/accept").status == 200
    places = stranger("GET", "/me/organizations").data
    assert {one["id"] for one in places} == {team.owner.organization, team.stranger.organization}
    assert stranger("PUT", "/me/default-organization", {"organization_id": team.owner.organization}).status == 200
    assert stranger("GET", "/me").data["role"] == "light"
    there = {"X-Organization-ID": team.stranger.organization}
    assert stranger("GET", "/me", headers=there).data["role"] == "admin"
    assert stranger("PUT", "/me/default-organization", {"organization_id": UNKNOWN}).status == 422
    refused = team.owner(
        "PUT", f"/O/users/{stranger.user_id}", {"first_name": "X", "last_name": "Y", "timezone": "UTC"}
    )
    assert (refused.status, refused.body["message"]) == (403, "Only this member can update their own profile.")
    guests = server.guest(team.stranger, email=team.standard.email)
    assert [one["id"] for one in team.standard("GET", "/me/guest-organizations").data] == [guests.organization]


def test_40_24_importers_add_members_without_mail(server: Running, owner: Caller) -> None:
    body = {"email": f"imp-{time.time_ns()}@x.example", "firstname": "Imp", "lastname": "Orter", "role": "member"}
    made = owner("POST", "/O/users", body)
    assert (made.status, made.data["role"], made.data["status"]) == (201, "standard", "invited")
    assert server.links(body["email"], "invite.sent") == []
    mate = server.member(owner, "standard")
    there = {**body, "email": mate.email}
    assert owner("POST", "/O/users", there).status == 200
    taken = owner("POST", "/O/users", {**there, "role": "owner"})
    assert (taken.status, taken.body["code"]) == (409, "ALREADY_EXISTS")
    assert owner("POST", "/O/users", {**somebody(), "send_invite": True}).status == 201


def test_40_12_8_profiles(server: Running, team: Team) -> None:
    owner, mate = team.owner, team.standard
    profile = {"first_name": "Mia", "last_name": "Ma", "timezone": "Europe/Lisbon"}
    extra = {"phone": "1" * 20, "job_title": "CFO", "date_format": "DD/MM/YYYY", "step_preferences": True, "team": ""}
    path = f"/O/users/{mate.user_id}"
    forged = {"role": "admin", "email": "x@y.example", "username": "root", "id": 1, "is_default_admin": True,
              "status": "disabled", "is_bot": True, "is_suspended": True, "profile": {}}  # fmt: skip
    done = owner("PUT", path, {**profile, **extra, **forged}).data
    assert (done["first_name"], done["phone"], done["date_format"]) == ("Mia", "1" * 20, "dd/mm/yyyy")
    assert done["team"] is None
    assert (done["role"], done["email"], done["status"], done["is_bot"]) == ("standard", mate.email, "active", False)
    assert not done["support_user"] and not done["is_suspended"] and done["id"] == mate.user_id
    assert sorted(owner("PUT", path, {}).errors) == ["first_name", "last_name", "timezone"]
    for wrong in (
        {"phone": "1" * 21},
        {"date_format": "yyyy-qq"},
        {"timezone": "X"},
        {"can_create_templates": "maybe"},
    ):
        assert owner("PATCH", path, wrong).status == 422
    assert owner("PATCH", path, {"can_create_templates": False}).data["can_create_templates"] is False
    assert mate("POST", "/O/checklists", {"title": "x", "type": "procedure"}).status == 403
    assert mate("PUT", path, profile).status == 403, "others are the administrators'"
    own = mate("PATCH", "/O/me", {"job_title": "CEO", "role": "admin", "can_create_templates": True}).data
    assert (own["job_title"], own["role"], own["can_create_templates"]) == ("CEO", "standard", False)
    assert mate("PATCH", "/O/me", {"cadence_days": ["friday", "Monday"]}).data["cadence_days"] == ["Monday", "Friday"]
    bot = next(one for one in owner("GET", "/O/users").data if one["is_bot"])["id"]
    assert owner("PUT", f"/O/users/{bot}", profile).body["message"] == "Bot users cannot be edited."
    stale = owner("PATCH", path, {"team": "x"}, headers={"If-Match": '"0-x"'})
    assert stale.status == 412
    mails = [one["kind"] for one in mate("GET", f"/O/users/{mate.user_id}/emails").data]
    assert mails == ["profile.changed"] * 2 and mate("GET", f"/O/users/{owner.user_id}/emails").status == 403


PROTECTED = "Cannot modify the default administrator. Please assign another member as default administrator first."


def test_40_13_4_there_is_always_an_administrator(server: Running, owner: Caller) -> None:
    me = f"/O/users/{owner.user_id}"
    for method, path, body in (
        ("PUT", f"{me}/role", {"role": "standard"}), ("DELETE", f"{me}/disable", None), ("DELETE", me, None),
        ("PUT", f"{me}/to/guest", None), ("POST", "/O/me/leave", None),
    ):  # fmt: skip
        refused = owner(method, path, body)
        assert (refused.status, refused.body["message"]) == (400, PROTECTED), path
    second, third = server.member(owner, "admin"), server.member(owner, "admin")
    assert owner("PUT", f"/O/users/{third.user_id}/default-admin").data["is_default_admin"] is True
    assert owner("GET", me).data["is_default_admin"] is False
    light = server.member(owner, "light")
    assert owner("PUT", f"/O/users/{light.user_id}/default-admin").status == 422
    assert owner("PUT", f"/O/users/{third.user_id}/role", {"role": "light"}).data["role"] == "light"
    admins = [one for one in owner("GET", "/O/users?role=admin").data if one["is_default_admin"]]
    assert [one["id"] for one in admins] == [owner.user_id], "passes to the one who was there first"
    assert owner("POST", "/O/me/leave").status == 204
    left = owner("GET", "/O/users")
    assert (left.status, left.body["code"]) == (403, "MEMBER_DISABLED")
    assert second("GET", f"/O/users/{second.user_id}").data["is_default_admin"] is True


def test_40_12_9_roles(team: Team) -> None:
    owner, mate = team.owner, team.standard
    path = f"/O/users/{mate.user_id}/role"
    assert mate("PUT", f"/O/users/{mate.user_id}/role", {"role": "admin"}).status == 403, "nobody raises himself"
    for wrong in ({}, {"role": ""}, {"role": "root"}, {"role": ["admin"]}):
        assert owner("PUT", path, wrong).status == 422
    assert owner("PUT", path, {"role": "LIGHT"}).data["role"] == "light"
    assert mate("POST", "/O/users/invite", somebody()).status == 403, "at once"
    revision = owner("GET", f"/O/users/{mate.user_id}").headers["etag"].partition("-")[0]
    assert owner("PUT", path, {"role": "light"}).headers["etag"].startswith(revision), "no change"
    assert owner("PUT", path, {"role": "owner"}).data["role"] == "admin"
    assert [one["kind"] for one in owner("GET", f"/O/users/{mate.user_id}/emails").data] == ["role.changed"] * 2
    bot = next(one for one in owner("GET", "/O/users").data if one["is_bot"])["id"]
    assert owner("PUT", f"/O/users/{bot}/role", {"role": "admin"}).status == 400
    assert owner("DELETE", f"/O/users/{bot}/disable").body["message"] == "Bot users cannot be disabled."
    assert owner("DELETE", f"/O/users/{bot}").body["message"].startswith("You can't remove a bot user")


def test_40_13_3_disabling_and_handing_over(server: Running, team: Team) -> None:
    """The example of 13.6, and what stops at once."""
    owner, gone, heir = team.owner, team.standard, server.member(team.owner, "standard", "heir")
    tasks = [make_oneoff(owner, owners={"users": users, "guests": [], "groups": []})
             for users in ([gone.user_id], [gone.user_id], [gone.user_id], [gone.user_id, heir.user_id])]  # fmt: skip
    group = make_group(owner, [gone.user_id, heir.user_id])
    template = make_template(gone, {"title": "A", "assignees": [gone.user_id]})
    process = launch(gone, template)
    token = gone("POST", "/me/tokens", {"name": "x", "organization_id": gone.organization}).data
    path = f"/O/users/{gone.user_id}"
    for query in ("with_reassignment=true", f"with_reassignment=true&to={gone.user_id}", "with_reassignment=1&to=0",
                  f"with_reassignment=true&to={team.stranger.user_id}"):  # fmt: skip
        assert "to" in owner("DELETE", f"{path}?{query}").errors
    assert gone("GET", "/O/users").status == 200
    done = owner("DELETE", f"{path}?with_reassignment=true&to={heir.user_id}").data
    assert (done["status"], done["disabled_by"], done["is_active"]) == ("disabled", owner.user_id, False)
    for task in tasks:
        assert [one["id"] for one in owner("GET", task).data["owners"]["users"]] == [heir.user_id]
    assert owner("GET", f"/O/checklists/{template.id}").data["owner_id"] == heir.user_id
    step = owner("GET", f"/O/checklists/{template.id}/steps").data[0]
    assert [int(one) for one in step["assignees"]] == [heir.user_id]
    assert owner("GET", f"/O/runs/{process.id}").data["owner_id"] == heir.user_id
    assert heir("GET", f"/O/runs/{process.id}").status == 200
    assert owner("GET", f"/O/groups/{group}").data["members"] == [heir.user_id]
    refused = gone("GET", "/O/users")
    assert (refused.status, refused.body["code"]) == (403, "MEMBER_DISABLED")
    assert "Olive Owner" in refused.body["message"] and gone("GET", "/me").status == 200
    bound = Caller(server.base, gone.organization, gone.user_id, gone.email, f"Bearer {token['access_token']}")
    assert bound("GET", "/me").status == 401, "what was made for this organization alone"
    [mail] = owner("GET", "/O/email-log?kind=work.reassigned").data
    assert mail["recipient"] == heir.email
    assert owner("DELETE", f"{path}/disable").status == 200, "already"
    assert owner("PUT", f"{path}/enable").data["reactivated_by"] == owner.user_id
    assert gone("GET", "/O/users").status == 200
    assert owner("PUT", f"{path}/enable").status == 200


def test_40_13_5_deleting_for_good(server: Running, team: Team, visitor: Any) -> None:
    owner, gone = team.owner, server.with_password(team.standard)
    task = make_oneoff(owner, owners={"users": [gone.user_id, owner.user_id], "guests": [], "groups": []})
    path = f"/O/users/{gone.user_id}"
    early = owner("DELETE", f"{path}/delete")
    assert (early.status, early.body["message"]) == (400, "Please disable the user before deletion.")
    owner("DELETE", f"{path}/disable")
    shown = owner("DELETE", f"{path}/delete").data
    assert shown["last_name"].endswith("(Deleted)") and shown["email"] == f"{gone.email}.deleted.{gone.user_id}"
    assert owner("GET", path).status == 404 and gone("GET", "/me").status == 401
    assert gone.user_id not in [one["id"] for one in owner("GET", "/O/users").data]
    named = next(one for one in owner("GET", task).data["owners"]["users"] if one["id"] == gone.user_id)
    assert named["full_name"].endswith("(Deleted)"), "what he did keeps a name"
    assert visitor("POST", "/auth/login", {"email": gone.email, "password": PASSWORD}).status == 401
    assert owner("POST", "/O/users/invite", somebody(email=gone.email)).data["id"] != gone.user_id
    other = server.session(team.stranger)
    made = owner("POST", "/O/users/invite", somebody(email=other.email)).data
    other("POST", f"/auth/invitations/{code(made['invite_link'])}/accept")
    owner("DELETE", f"/O/users/{other.user_id}/disable")
    owner("DELETE", f"/O/users/{other.user_id}/delete")
    assert other("GET", "/me").data["last_name"] == "Owner", "elsewhere he is who he was"


def test_40_13_3_public_forms_of_who_goes(server: Running, team: Team) -> None:
    """They are shared by the template's owner; by nobody when he is gone too. An heir shares what he may launch."""
    owner, gone, heir = team.owner, team.standard, server.member(team.owner, "standard")
    other = server.member(owner, "admin")
    public: dict[str, Any] = {"is_public_kickoff": True, "kickoff_sharing_user_id": gone.user_id}
    whose = [make_template(owner, {"title": "A"}, title=f"Form {one}", **public).id for one in range(3)]
    owner("PUT", f"/O/checklists/{whose[1]}", {"title": "Form 1", "owner_id": gone.user_id})
    open_to_all = {"process_launch": {"everyone": True}}
    assert owner("PUT", f"/O/checklists/{whose[2]}/permissions", open_to_all).status == 200

    def forms() -> list[tuple[bool, int | None]]:
        found = [owner("GET", f"/O/checklists/{one}").data for one in whose]
        return [(one["is_public_kickoff"], one["kickoff_sharing_user_id"]) for one in found]

    assert forms() == [(True, gone.user_id)] * 3
    assert owner("DELETE", f"/O/users/{gone.user_id}/disable").status == 200
    assert forms() == [(True, owner.user_id), (False, None), (True, owner.user_id)]
    feed = owner("GET", f"/O/activity-feeds?entity_type=checklist&entity_id={whose[1]}&verb=updated").data
    assert any("kickoff" in str(one) for one in feed), "told in its activity"
    told = owner("GET", "/O/email-log?kind=kickoff.switched_off").data
    assert sorted(one["user_id"] for one in told) == sorted([owner.user_id, other.user_id]), "every administrator, once"
    assert {(one["subject"], one["label"]) for one in told} == {
        ("The public form of Form 1 was switched off", "Public Form")
    }
    (entry,) = owner("GET", "/O/system-log/system?event=kickoff_form_switched_off").data
    assert (entry["object_type"], entry["object_id"], entry["category"], entry["message"]) == (
        "checklist", whose[1], "security", "Kickoff form switched off: Form 1"
    )  # fmt: skip
    owner("PUT", f"/O/users/{gone.user_id}/enable")
    for one in (whose[0], whose[2]):
        owner("PUT", f"/O/checklists/{one}", {"title": one, "kickoff_sharing_user_id": gone.user_id})
    assert owner("DELETE", f"/O/users/{gone.user_id}?with_reassignment=true&to={heir.user_id}").status == 200
    assert forms() == [(True, owner.user_id), (False, None), (True, heir.user_id)], "13.6: if he may launch"
    assert len(owner("GET", "/O/email-log?kind=kickoff.switched_off").data) == 2, "a form that is closed stays so"


def test_40_14_6_members_and_guests_change_places(server: Running, team: Team, visitor: Any) -> None:
    owner, mate = team.owner, team.standard
    task = make_oneoff(owner, owners={"users": [mate.user_id], "guests": [], "groups": []})
    made = owner("PUT", f"/O/users/{mate.user_id}/to/guest").data
    assert (made["email"], made["first_name"]) == (mate.email, "Standard")
    assert owner("GET", task).data["owners"]["guests"] == [mate.email]
    assert mate("GET", "/O/users").status == 403 and owner("GET", f"/O/users/{mate.user_id}").status == 404
    assert owner("GET", f"/O/guests/{mate.email}/emails").data[0]["kind"] == "guest.link"
    back = owner("POST", f"/O/guests/{mate.email}/to/member", {"role": "light"}).data
    assert (back["id"], back["status"], back["role"]) == (mate.user_id, "active", "light")
    assert [one["id"] for one in owner("GET", task).data["owners"]["users"]][:1] == [mate.user_id]
    assert owner("GET", f"/O/guests/{mate.email}").status == 404
    link = server.links(mate.email, "invite.sent")[0]
    assert visitor("POST", "/auth/password/reset", {"code": code(link), **CHOSEN}).status == 200
    guest = server.guest(owner)
    given = make_oneoff(owner, owners={"users": [owner.user_id], "guests": [guest.email], "groups": []})
    invited = owner("POST", "/O/users/invite", somebody(email=guest.email)).data
    assert visitor("POST", f"/auth/invitations/{code(invited['invite_link'])}/accept", CHOSEN).status == 200
    users = [one["id"] for one in owner("GET", given).data["owners"]["users"]]
    assert invited["id"] in users and owner("GET", f"/O/guests/{guest.email}").status == 404
    owner("DELETE", f"/O/guests/{team.guest.email}/disable")
    assert owner("POST", f"/O/guests/{team.guest.email}/to/member").status == 422
    assert team.light("PUT", f"/O/users/{owner.user_id}/to/guest").status == 403


def test_40_14_6_a_guest_who_becomes_a_member_is_all_that_he_was(server: Running, team: Team) -> None:
    """Groups, comments, uploads and what he saw are the member's; history keeps naming the guest."""
    owner, guest = team.owner, team.guest
    group = owner("POST", "/O/groups", {"name": "Out", "description": "", "members": [], "guests": [guest.email]}).data[
        "id"
    ]
    process = launch(owner, make_template(owner, {"title": "A"}, {"title": "B"}))
    done = process.tasks[0]
    path = f"/O/tasks/{done}"
    people: dict[str, Any] = {"users": [owner.user_id], "guests": [guest.email], "groups": []}
    owner("PUT", process.path(), {"owners": people})
    assert upload(guest, subject_type="Task", subject_id=done).status == 200
    said = guest("POST", f"{path}/comment", {"content": "Mine"}).data["id"]
    assert guest("POST", "/O/completed-tasks", {"task_id": done}).status in (200, 201)
    grouped = make_oneoff(owner, owners={"users": [], "guests": [], "groups": [group]})
    assert guest("GET", grouped).status == 200
    made = owner("POST", f"/O/guests/{guest.email}/to/member", {"role": "light"}).data["id"]
    token = server.session(Caller(server.base, owner.organization, made, guest.email, ""))
    shown = owner("GET", f"/O/groups/{group}").data
    assert (shown["members"], shown["guests"]) == ([made], [])
    assert token("GET", grouped).status == 200, "given to his group"
    assert token("GET", f"/O/runs/{process.id}").status == 200, "where he was assigned before"
    thread = next(one for one in owner("GET", f"{path}?with=threads").data["threads"]["data"] if one["id"] == said)
    assert (thread["author_id"], thread["author_type"]) == (made, "user")
    (file,) = owner("GET", f"{path}?with=assets").data["assets"]["data"]
    assert file["uploaded_by"] == made
    assert token("PUT", f"{path}/comment/{said}", {"content": "Still mine"}).status == 200
    [entry] = owner("GET", f"/O/activity-feeds?entity_type=task&entity_id={done}&verb=completed").data
    assert str(entry["actor_id"][0]) != str(made), "history keeps the guest"
    assert (entry["actor_type"], entry["converted_to"]) == (["guest"], made), "and says who he is now"
    feed = f"/O/activity-feeds?entity_type=task&entity_id={done}"
    assert {one["converted_to"] for one in owner("GET", feed).data if one["actor_type"] == ["user"]} == {None}

    def told() -> int | None:
        found: int | None = owner("GET", f"{feed}&verb=completed").data[0]["converted_to"]
        return found

    assert owner("PUT", f"/O/users/{made}/to/guest").status == 200
    assert told() is None, "a guest again"
    assert owner("DELETE", f"/O/guests/{guest.email}").status in (200, 204)
    assert told() is None, "a guest who is gone is nobody else"


def test_40_15_4_asking_for_access(server: Running, team: Team) -> None:
    owner, mate = team.owner, team.standard
    template = make_template(owner, {"title": "A"})
    body = {"object_type": "checklist", "object_id": template.id, "rights": ["checklist_edit"], "message": "Please"}
    first = mate("POST", "/O/access-requests", body)
    unknown = mate("POST", "/O/access-requests", {**body, "object_id": UNKNOWN})
    assert (first.status, first.data) == (unknown.status, unknown.data) == (201, {"task_id": None}), "tells nothing"
    tasks = owner("GET", "/O/me/tasks").data
    assert [one["title"] for one in tasks] == ["Standard Member asks for checklist_edit on Onboarding"]
    assert mate("POST", "/O/access-requests", body).status == 200, "one at a time"
    assert len(owner("GET", "/O/me/tasks").data) == 1
    owner("POST", "/O/completed-tasks", {"task_id": tasks[0]["id"]})
    assert mate("POST", "/O/access-requests", body).status == 201
    assert owner("POST", "/O/access-requests", {"object_type": "role"}).data["task_id"]
    for wrong in ({}, {"object_type": "x"}, {**body, "object_id": "x"}, {**body, "rights": ["root"]}):
        assert mate("POST", "/O/access-requests", wrong).status == 422
    assert team.guest("POST", "/O/access-requests", body).status == 403
