"""The organization: settings and their checks, colours, style sheet, seats, read-only mode, preferences (spec 41)."""

from datetime import timedelta
from typing import Any

import pytest

from procession.operations.first import Refused
from procession.operations.limits import set_limits
from procession.people.css import clean_css, scoped_css
from tests.support.fixtures_server import Team
from tests.support.make import make_template
from tests.support.server import Caller, Running

HEX = "0123456789abcdef" * 2


def switch(server: Running, by: Caller, **changes: Any) -> dict[str, Any]:
    """What only the operator sets."""
    return set_limits(server.database, by.organization, changes)


def test_the_operator_names_an_organization_that_is_there(server: Running, owner: Caller) -> None:
    with pytest.raises(Refused):
        set_limits(server.database, HEX, {"full_seats": 1})
    assert switch(server, owner) == {"full_seats": None, "light_seats": None, "read_only_reason": None}
    assert switch(server, owner, full_seats=9)["full_seats"] == 9
    assert owner("GET", "/O").data["full_seats"] == 9


def test_digest_days_of_the_organization_are_for_new_people(server: Running, owner: Caller) -> None:
    before = server.member(owner, "standard")
    assert owner("PUT", "/O", {"cadence_days": ["Sunday"]}).status == 200
    after = server.member(owner, "standard")
    assert before("GET", "/O/me").data["cadence_days"] == ["Monday", "Wednesday", "Friday"]
    assert after("GET", "/O/me").data["cadence_days"] == ["Sunday"]
    invited = invite(owner, "later").data["id"]
    assert owner("GET", f"/O/users/{invited}").data["cadence_days"] == ["Sunday"]


# -- settings (§1-§3) --------------------------------------------------------------------------------------------------


def test_org_1_services_and_domains_are_checked_all_together(owner: Caller) -> None:
    wrong = {
        "google_analytics_id": "UA-1",
        "mixpanel_token": "x" * 32,
        "azure_cognitive_service": '{"resource_name":"a b"}',
        "unbilled_domains": ["ok.example", "no domain"],
        "home_bg": "javascript:alert(1)",
        "require_sso": True,
    }
    assert owner("PUT", "/O", wrong).errors.keys() == {
        "google_analytics_id",
        "mixpanel_token",
        "azure_cognitive_service.resource_name",
        "azure_cognitive_service.region",
        "unbilled_domains.1",
        "home_bg",
        "require_sso",
    }
    right = {
        "google_analytics_id": "G-AB12CD34",
        "mixpanel_token": HEX,
        "azure_cognitive_service": '{"resource_name": "tr", "region": "westeurope", "key": "sec"}',
        "unbilled_domains": ["Agency.Example", "@agency.example"],
        "home_bg": "#ffeeaa",
        "require_sso": False,
        "auto_join_signups": True,
    }
    shown = owner("PUT", "/O", right).data
    assert shown["unbilled_domains"] == ["agency.example"]
    assert shown["azure_cognitive_service"] == '{"resource_name":"tr","region":"westeurope"}'
    assert (shown["auto_join_signups"], shown["require_sso"], shown["home_bg"]) == (True, False, "#ffeeaa")
    cleared = owner("PUT", "/O", dict.fromkeys(("google_analytics_id", "mixpanel_token", "home_bg")))
    assert [cleared.data[one] for one in ("google_analytics_id", "mixpanel_token", "home_bg")] == [None] * 3


def test_org_2_secrets_are_for_administrators(team: Team) -> None:
    sent = {"google_analytics_id": "G-AB12CD34", "unbilled_domains": ["agency.example"]}
    assert team.owner("PUT", "/O", sent).status == 200
    assert [team.owner("GET", "/O").data[one] for one in sent] == list(sent.values())
    assert [team.standard("GET", "/O").data[one] for one in sent] == [None, None]


def test_being_read_moves_no_etag(server: Running, owner: Caller) -> None:
    """`last_accessed` is in the body, but a client that polls hears 304 all the same (CONC-01)."""
    flush = server.app.performer.traces.flush
    for path, member in (("/O", "last_accessed"), ("/O/me", "last_accessed_at"), ("/me", "last_accessed_at")):
        server.database.command_now(flush)
        first = owner("GET", path)
        server.clock.shift(timedelta(seconds=70))
        owner("GET", "/O")
        for _ in range(200):  # the server may be writing them itself just now
            server.database.command_now(flush)
            if owner("GET", path).data[member] != first.data[member]:
                break
        assert owner("GET", path).data[member] != first.data[member]
        assert owner("GET", path, headers={"If-None-Match": first.headers["etag"]}).status == 304
    changed = owner("PUT", "/O", {"industry": "Moved"}, headers={"Idempotency-Key": "moved"})
    assert changed.headers["etag"] == owner("GET", "/O").headers["etag"]
    assert (
        owner("PUT", "/O", {"industry": "Moved"}, headers={"Idempotency-Key": "moved"}).headers["etag"]
        == (changed.headers["etag"])
    )


def test_10_1_a_deactivated_member_knows_it_by_name(server: Running, owner: Caller) -> None:
    """Where he was disabled he sees which organization it is, and nothing else of it."""
    gone = server.member(owner, "admin")
    secret = {"industry": "Secret", "address1": "Secret", "timezone": "Asia/Tokyo", "read_only_reason": "Secret",
              "global_css": "p { color: #abcdef }", "deactivated_text": "Ask Ana."}  # fmt: skip
    assert owner("PUT", "/O", secret).status == 200
    inside = gone("GET", "/me/organizations").data[0]
    assert inside["industry"] == "Secret"
    assert owner("DELETE", f"/O/users/{gone.user_id}/disable").status == 200
    listed = gone("GET", "/me/organizations")
    shown = listed.data[0]
    kept = ("id", "name", "slug", "org_logo", "user_role", "created_at", "joined_on")
    assert {one: shown[one] for one in kept} == {one: inside[one] for one in kept}
    assert (shown["user_status"], shown["deactivated_text"], shown["users_count"]) == ("disabled", "Ask Ana.", 0)
    assert shown["disabled_on"] and shown.keys() == inside.keys()
    assert not any(one in str(listed.body) for one in ("Secret", "Tokyo", "abcdef"))


def test_what_cannot_be_written_stays(owner: Caller) -> None:
    before = owner("GET", "/O").data
    sent = {
        "id": HEX, "full_seats": 1, "read_only": True, "read_only_reason": "x", "plan_code": "gold", "users_count": 99,
        "saml_enabled": True, "domains": ["a.example"], "branding": {"bg_color": "#000000"}, "enable_custom_smtp": True,
    }  # fmt: skip
    assert owner("PUT", "/O", sent).data == {**before, "last_accessed": owner("GET", "/O").data["last_accessed"]}


def test_pages_are_cleaned_on_save(owner: Caller) -> None:
    sheet = "@import 'https://evil.example/x.css'; h1 { color: red; position: fixed } b { behavior: url(x) }"
    page = '<p onclick="x()">Lost?</p><script>alert(1)</script>'
    answered = owner("PUT", "/O", {"global_css": sheet, "error_404_template": page})
    assert answered.data["error_404_template"] == "<p>Lost?</p>"
    assert "import" not in answered.data["global_css"]
    assert [(one["code"], one["key"]) for one in answered.body["meta"]["warnings"]] == [
        ("CSS_REMOVED", "@import"), ("CSS_REMOVED", "position: fixed"), ("CSS_REMOVED", "behavior")
    ]  # fmt: skip
    again = owner("PUT", "/O", {"global_css": answered.data["global_css"]})
    assert "meta" not in again.body
    assert again.data["global_css"] == answered.data["global_css"]
    served = owner.http.get(f"/organizations/{owner.organization}/global.css", headers={"Authorization": ""})
    assert served.headers["content-type"] == "text/css; charset=utf-8"
    assert served.text.startswith(".procession-content h1 {")
    same = owner.http.get(served.url, headers={"If-None-Match": served.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    nowhere = owner.http.get(f"/organizations/{HEX}/global.css")
    assert (nowhere.status_code, nowhere.text) == (200, "")


def test_css_limit(owner: Caller) -> None:
    comment = "/*" + "x" * 99_996 + "*/"
    assert owner("PUT", "/O", {"global_css": comment}).status == 200
    assert owner("PUT", "/O", {"global_css": comment + " "}).status == 200, "ends are trimmed"
    assert owner("PUT", "/O", {"global_css": comment + "x"}).errors.keys() == {"global_css"}


@pytest.mark.parametrize(
    ("sheet", "gone"),
    [
        ("p { background: url(https://x.example/a.png) }", ["url()"]),
        ("p { background: url('//x.example/a') }", ["url()"]),
        ("p { background: u\\72l(https://x.example) }", ["url()"]),
        ("p { background: image-set('https://x.example/a' 1x) }", ["image-set()"]),
        ("p { width: calc(1px + expression(alert(1))) }", ["expression()"]),
        ("p { po\\73ition: fi\\78 ed }", ["position: fixed"]),
        ("p { --where: fixed; position: var(--where) }", ["position: fixed"]),
        ("p::after { content: '</style><script>' }", ["</"]),
        ("@font-face { font-family: x; src: url(https://x.example/f) }", ["url()"]),
        ("@media print { @import 'x'; a { behavior: url(x) } }", ["@import", "behavior"]),
        ("+ div { color: red } a, ~ b { color: red }", ["selector"]),
        ("a { b { color: red } }", ["nested rule"]),
        ("@page { size: a4 }", ["@page"]),
        ("}", ["unreadable"]),
    ],
)
def test_css_that_may_not_stay(sheet: str, gone: list[str]) -> None:
    cleaned, told = clean_css(sheet)
    assert told == gone
    assert clean_css(cleaned) == (cleaned, [])


def test_css_is_bound_to_its_container() -> None:
    sheet = """h1, p > b:is(i, u) { color: #123; background: url(/x.png) }
@media print { a { top: 0 } }
@keyframes k { from { top: 0 } }"""
    assert clean_css(sheet) == (sheet, [])
    bound = """.procession-content h1, .procession-content p > b:is(i, u) { color: #123; background: url(/x.png) }
@media print { .procession-content a { top: 0 } } @keyframes k { from { top: 0 } }"""
    assert scoped_css(sheet).replace(" ", "").replace("\n", "") == bound.replace(" ", "").replace("\n", "")


# -- colours (§5.1) ----------------------------------------------------------------------------------------------------


def test_colours_follow_from_one_and_can_be_chosen(team: Team) -> None:
    usual = team.guest("GET", "/O/branding").data
    assert (usual["bg_color"], usual["text_color"], usual["org_logo"]) == ("#1f6feb", "#ffffff", None)
    changed = team.owner("PUT", "/O/branding", {"bg_color": "#FF0"}).data
    assert (changed["bg_color"], changed["text_color"]) == ("#ffff00", "#000000")
    assert changed["bright_shade"] != usual["bright_shade"]
    poor = team.owner("PUT", "/O/custom-branding", {"text_color": "#ffffcc"})
    assert poor.data["text_color"] == "#ffffcc"
    assert [(one["code"], one["key"]) for one in poor.body["meta"]["warnings"]] == [("LOW_CONTRAST", "text_color")]
    assert team.owner("PUT", "/O/branding", {"bg_color": "Teal"}).data["text_color"] == "#ffffff", "chosen for another"
    wrong = team.owner("PUT", "/O/branding", {"bg_color": "#12", "dark_shade": 5})
    assert wrong.errors.keys() == {"bg_color", "dark_shade"}
    anonymous = team.owner("GET", "/O/branding", headers={"Authorization": ""})
    assert anonymous.data["bg_color"] == "#00695c"
    assert team.owner("GET", f"/organizations/{HEX}/branding").data == {**usual, "updated_at": None}
    assert team.owner("DELETE", "/O/branding").data["bg_color"] == "#1f6feb"
    for by in (team.standard, team.light, team.guest, team.stranger):
        assert by("PUT", f"/organizations/{team.owner.organization}/branding", {}).status == 403
    assert "branding" not in team.owner("GET", "/O").data


# -- seats (§8) --------------------------------------------------------------------------------------------------------


def invite(by: Caller, name: str, role: str = "standard", domain: str = "x.example") -> Any:
    body = {"email": f"{name}-{by.organization}@{domain}", "first_name": "A", "last_name": "B", "role": role}
    return by("POST", "/O/users/invite", body)


def test_seat_1_a_full_pool_refuses_and_keeps_nothing(server: Running, owner: Caller) -> None:
    assert owner("GET", "/O/seats").data == {
        "full": {"limit": None, "used": 1, "invited": 0}, "light": {"limit": None, "used": 0, "invited": 0}
    }  # fmt: skip
    switch(server, owner, full_seats=2, light_seats=1)
    assert (owner("GET", "/O").data["full_seats"], owner("GET", "/O").data["light_seats"]) == (2, 1)
    first = invite(owner, "one")
    assert first.status == 200
    assert invite(owner, "one").status == 200, "a fresh link takes no second seat"
    refused = invite(owner, "two")
    assert (refused.status, refused.body["error"]) == (
        409,
        {"code": "SEAT_POOL_EXHAUSTED", "message": "The organization has reached its full seat limit.",
         "details": {"pool_type": "full"}},
    )  # fmt: skip
    assert refused.body["code"] == "SEAT_POOL_EXHAUSTED"
    assert owner("GET", "/O/users?q=two-").body["data"] == []
    light = invite(owner, "three", "light")
    assert light.status == 200
    assert owner("GET", "/O/seats").data == {
        "full": {"limit": 2, "used": 1, "invited": 1}, "light": {"limit": 1, "used": 0, "invited": 1}
    }  # fmt: skip
    raised = owner("PUT", f"/O/users/{light.data['id']}/role", {"role": "standard"})
    assert (raised.status, raised.body["details"]) == (409, {"pool_type": "full"})
    assert owner("PUT", "/O", {"unbilled_domains": ["free.example"]}).status == 200
    assert invite(owner, "four", domain="free.example").status == 200
    assert owner("DELETE", f"/O/users/{first.data['id']}/invite").status in (200, 204)
    assert invite(owner, "five").status == 200
    switch(server, owner, full_seats=0)
    assert owner("PUT", "/O", {"industry": "Toys"}).status == 200, "a limit below use refuses only new seats"


# -- read-only (§2) ----------------------------------------------------------------------------------------------------


def test_org_4_read_only(server: Running, team: Team) -> None:
    template = make_template(team.owner, {"title": "A"})
    switch(server, team.owner, read_only_reason="The bill is open.")
    refused = team.owner("POST", "/O/runs", {"checklist_id": template.id})
    assert (refused.status, refused.body["code"], refused.body["message"]) == (
        403, "ORGANIZATION_READ_ONLY", "The bill is open."
    )  # fmt: skip
    shown = team.standard("GET", "/O").data
    assert (shown["read_only"], shown["read_only_reason"]) == (True, "The bill is open.")
    assert team.owner("PUT", "/O", {"name": "Other"}).body["code"] == "ORGANIZATION_READ_ONLY"
    assert team.guest("POST", "/O/completed-tasks", {}).body["code"] == "ORGANIZATION_READ_ONLY"
    assert team.standard("PUT", "/O/me/preferences", {"theme": "dark"}).status == 200
    assert team.owner("POST", "/O/deadline-preview", {"amount": 2, "unit": "days"}).status == 200
    switch(server, team.owner, read_only_reason=None)
    assert team.owner("POST", "/O/runs", {"checklist_id": template.id}).status == 201


# -- preferences (§11) -------------------------------------------------------------------------------------------------


def test_preferences_have_defaults_and_merge(team: Team) -> None:
    usual = team.light("GET", "/O/me/preferences").data
    assert (usual["date_display"], usual["theme"], usual["sounds"], usual["developer_mode"]) == (
        "relative", "system", True, False
    )  # fmt: skip
    assert usual["email"]["mode"] == "instant"
    assert (usual["email"]["own_actions"], usual["in_app"]["mentions"]) == (False, True)
    assert usual["digest"] == {"enabled": True, "days": ["Monday", "Wednesday", "Friday"], "time": "06:00"}
    sent = {"theme": "DARK", "email": {"comments": False, "mode": "off"}, "digest": {"time": "07:30"}}
    changed = team.light("PATCH", "/O/me/preferences", sent).data
    assert changed == {
        **usual, "theme": "dark", "email": {**usual["email"], "comments": False, "mode": "off"},
        "digest": {**usual["digest"], "time": "07:30"},
    }  # fmt: skip
    assert team.light("GET", "/O/me/preferences").data == changed
    assert team.standard("GET", "/O/me/preferences").data == usual, "each has his own"
    assert team.guest("GET", "/O/me/preferences").status == 403


def test_every_wrong_preference_is_named(team: Team) -> None:
    sent = {
        "theme": "pink", "sounds": "loud", "colour": 1, "email": {"mode": "never", "x": True}, "in_app": 1,
        "digest": {"days": ["Someday"], "time": "25:00", "y": 1}, "developer_mode": True,
    }  # fmt: skip
    assert team.light("PUT", "/O/me/preferences", sent).errors.keys() == {
        "theme", "sounds", "colour", "email.mode", "email.x", "in_app", "digest.days", "digest.time", "digest.y",
        "developer_mode",
    }  # fmt: skip
    assert team.standard("PUT", "/O/me/preferences", {"developer_mode": True}).data["developer_mode"] is True


def test_digest_and_cadence_days_are_one(owner: Caller) -> None:
    def days() -> Any:
        return owner("GET", "/O/me").data["cadence_days"]

    def digest(**sent: Any) -> Any:
        return owner("PUT", "/O/me/preferences", {"digest": sent}).data["digest"]

    assert digest(days=["friday", "Monday"]) == {"enabled": True, "days": ["Monday", "Friday"], "time": "06:00"}
    assert days() == ["Monday", "Friday"]
    assert digest(enabled=False) == {"enabled": False, "days": ["Monday", "Friday"], "time": "06:00"}
    assert days() == []
    assert digest(enabled=True)["days"] == ["Monday", "Friday"]
    assert digest(days=[]) == {"enabled": False, "days": [], "time": "06:00"}
    body = {"first_name": "O", "last_name": "O", "timezone": "UTC", "cadence_days": ["Sunday"]}
    assert owner("PUT", "/O/me", body).status == 200
    assert owner("GET", "/O/me/preferences").data["digest"] == {"enabled": True, "days": ["Sunday"], "time": "06:00"}


def test_preferences_by_slug(team: Team) -> None:
    path = f"/O/users/{team.standard.user_id}/preferences"
    put = team.standard("PUT", path, {"slug": "home_count", "value": "8", "metadata": {"a": 1}})
    found = {one["slug"]: one for one in put.data}
    assert (found["home_count"]["value"], found["home_count"]["metadata"]) == ("8", {"a": 1})
    assert found["theme"]["value"] == "system"
    assert team.standard("PUT", path, {"slug": "theme", "value": "light"}).status == 200
    assert team.standard("PUT", path, {"slug": "sounds", "value": "false"}).status == 200
    whole = team.standard("GET", "/O/me/preferences").data
    assert (whole["theme"], whole["sounds"]) == ("light", False)
    assert team.standard("PUT", path, {"slug": "theme", "value": "pink"}).errors.keys() == {"value"}
    assert team.standard("PUT", path, {"slug": "Not ok", "value": "x" * 1001}).errors.keys() == {"slug", "value"}
    assert team.standard("PUT", path, {"slug": "long", "value": "x" * 1000}).status == 200
    assert team.owner("GET", path).status == 403, "each only his own"
