"""Countries, and organizations that people make themselves (spec 40 §9.6, 41 §2)."""

import msgspec

from procession.accounts.model import Policy
from tests.support.server import Caller, Running


def test_9_6_countries(server: Running, owner: Caller) -> None:
    """Whoever is signed in reads them; a profile names one of them, or none."""
    found = owner("GET", "/countries").data
    assert len(found) == 249 and len({one["id"] for one in found}) == len({one["iso2"] for one in found}) == 249
    assert {"id": 620, "name": "Portugal", "phone_code": "351", "iso2": "PT"} in found
    assert owner.http.get("/api/countries", headers={"Authorization": ""}).status_code == 401
    assert owner("PATCH", "/O/me", {"country_id": 620}).data["country_id"] == 620
    for wrong in (1, 10**12, "Portugal", True):
        assert list(owner("PATCH", "/O/me", {"country_id": wrong}).errors) == ["country_id"]
    assert owner("PATCH", "/O/me", {"country_id": None}).data["country_id"] is None


def test_41_2_a_person_makes_an_organization(server: Running, owner: Caller) -> None:
    """Its maker is its administrator and finds a first task; what is wrong is told together, and nothing is made."""
    body = {"name": "Second", "slug": f"s-{owner.organization[-12:]}", "industry": "Logistics", "team_size": [11, 50],
            "timezone": "Europe/Lisbon"}  # fmt: skip
    assert owner("POST", "/organizations", body).status == 403, "his address is not confirmed yet"
    server.with_password(owner)
    wrong = {"name": "a<b", "slug": "api", "timezone": "Mars", "team_size": "many"}
    assert set(owner("POST", "/organizations", wrong).errors) == {"name", "slug", "timezone", "team_size"}
    assert list(owner("POST", "/organizations", {}).errors) == ["name"]
    before = len(owner("GET", "/me/organizations").data)
    answer = owner("POST", "/organizations", body)
    assert answer.status == 201
    made = answer.data
    assert (made["industry"], made["timezone"], made["user_role"], made["users_count"]) == (
        "Logistics", "Europe/Lisbon", "admin", 1
    )  # fmt: skip
    inside = Caller(server.base, made["id"], owner.user_id, owner.email, owner.authorization)
    assert [one["title"] for one in inside("GET", "/O/me/tasks").data] == ["Welcome to Second"]
    assert inside("GET", "/O/me").data["is_default_admin"] is True
    assert inside("GET", "/O").data["restrict_blueprint_permissions"] is True
    assert owner("POST", "/organizations", body).errors == {"slug": ["The slug has already been taken."]}
    assert len(owner("GET", "/me/organizations").data) == before + 1
    policy: Policy = server.app.performer.policy
    server.app.performer.policy = msgspec.structs.replace(policy, organizations=False)
    try:
        refused = owner("POST", "/organizations", {"name": "Third"})
        assert (refused.status, refused.body["code"]) == (403, "BUSINESS_RULE")
    finally:
        server.app.performer.policy = policy
