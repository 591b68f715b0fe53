"""Who calls (spec 40 §3.2, §5.2, §10.2, §14.7)."""

from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from procession.accounts.tokens import create_token, digest, find_token, jwks, list_tokens, revoke
from procession.kernel.database import Database
from procession.kernel.errors import ApiError
from procession.kernel.ids import NOWHERE, new_id
from procession.kernel.sql import Patch
from procession.kernel.unit import Unit
from procession.people import queries
from procession.people.authenticate import (
    STRANGER,
    authenticate_account,
    authenticate_guest,
    authenticate_member,
    find_organization,
)
from procession.people.groups import Inside, create_group
from procession.people.guests import disable_guest, enable_guest, find_guest
from procession.people.organizations import change_organization, organization_for_update
from procession.people.persons import ensure_guests, guest_codes
from procession.people.tables import memberships
from tests.people.conftest import ISSUER, SECRETS, Organization

MEMBERSHIP = Patch(memberships, "account_id")


def refusal(organization: Organization, text: str, at: str | None = None) -> tuple[int, str, str]:
    def work(session: object) -> None:
        authenticate_member(organization.unit(session, at), digest(text))  # type: ignore[arg-type]

    with pytest.raises(ApiError) as caught:
        organization.database.read_now(work)
    return caught.value.status, caught.value.code, caught.value.message


def test_a_member_with_his_groups_and_everyone(organization: Organization) -> None:
    bo = organization.member("bo")
    inside = Inside(members=(bo,))
    made = [
        organization.do(
            lambda unit: create_group(unit, SECRETS, name=name, description="", inside=inside, by=bo)  # noqa: B023
        )
        for name in ("One", "Two")
    ]
    actor = organization.actor(bo)
    assert (actor.principal, actor.role, actor.account_id) == (f"u{bo}", "standard", bo)
    assert set(actor.principals) == {f"u{bo}", "*", *(f"g{one.id}" for one in made)}
    assert actor.settings.restrict_templates
    assert actor.token_id is not None


def test_light_members_are_not_everyone(organization: Organization) -> None:
    light = organization.member("lu", "light")
    assert organization.actor(light).principals == (f"u{light}",)


def test_an_unknown_token_is_401(organization: Organization) -> None:
    assert refusal(organization, "nonsense") == (401, "UNAUTHENTICATED", "Unauthenticated.")
    assert refusal(organization, "nonsense", at=new_id())[0] == 401


def test_expired_and_revoked_tokens_are_401(organization: Organization) -> None:
    short = organization.token(organization.owner, expires_at=organization.now + timedelta(seconds=30))
    organization.now += timedelta(seconds=60)
    assert refusal(organization, short)[:2] == (401, "TOKEN_EXPIRED")
    token_id, text = organization.do(
        lambda unit: create_token(
            unit, SECRETS, account_id=organization.owner, name="x", expires_at=None, issuer=ISSUER
        )
    )
    organization.do(lambda unit: revoke(unit, token_id))
    assert refusal(organization, text)[:2] == (401, "UNAUTHENTICATED")
    kept = organization.ask(lambda unit: find_token(unit, token_id))
    assert kept is not None
    assert kept.revoked_at is not None


def test_strangers_and_unknown_organizations_are_the_same_403(organization: Organization) -> None:
    stranger = organization.token(organization.account("stranger"))
    assert refusal(organization, stranger) == (403, "FORBIDDEN", STRANGER)
    assert refusal(organization, stranger, at=new_id()) == (403, "FORBIDDEN", STRANGER)
    assert refusal(organization, organization.token(organization.owner), at=new_id()) == (403, "FORBIDDEN", STRANGER)


def test_a_disabled_member_learns_when_and_by_whom(organization: Organization) -> None:
    bo = organization.member("bo")
    text = organization.token(bo)
    change = {"status": "disabled", "disabled_at": organization.now, "disabled_by": organization.owner}
    organization.do(lambda unit: unit.patch(MEMBERSHIP, change, account_id=bo))
    status, code, message = refusal(organization, text)
    assert (status, code) == (403, "MEMBER_DISABLED")
    assert message == "Your membership in this organization was disabled on 2026-03-02 by Ana Silva."
    assert not {"token", "expired", "forbidden", "unauthorized"} & set(message.lower().split())


@pytest.mark.parametrize("status", ["invited", "pending", "deleted", "converted"])
def test_who_is_not_active_is_a_stranger(organization: Organization, status: str) -> None:
    bo = organization.member("bo")
    organization.do(lambda unit: unit.patch(MEMBERSHIP, {"status": status}, account_id=bo))
    assert refusal(organization, organization.token(bo)) == (403, "FORBIDDEN", STRANGER)


def test_a_bound_token_works_in_its_organization_only(organization: Organization) -> None:
    here = organization.token(organization.owner, bound_to=organization.id)
    elsewhere = organization.token(organization.owner, bound_to=new_id())
    assert organization.ask(lambda unit: authenticate_member(unit, digest(here))).is_admin
    assert refusal(organization, elsewhere)[:2] == (403, "FORBIDDEN")


def test_an_account_outside_any_organization(organization: Organization, database: Database) -> None:
    text = organization.token(organization.owner)
    found = database.read_now(lambda session: authenticate_account(organization.unit(session, NOWHERE), digest(text)))
    assert (found.account_id, found.bound_to) == (organization.owner, None)
    with pytest.raises(ApiError) as caught:
        database.read_now(lambda session: authenticate_account(organization.unit(session, NOWHERE), digest("x")))
    assert caught.value.status == 401


def test_guests_by_code_until_it_is_replaced(organization: Organization) -> None:
    kim = organization.address("kim")
    ids = organization.do(lambda unit: ensure_guests(unit, SECRETS, [kim]))
    code = organization.ask(lambda unit: guest_codes(unit, SECRETS, ids.values()))[ids[kim]]
    actor = organization.guest(code)
    assert (actor.principal, actor.role, actor.principals) == (f"e{ids[kim]}", "guest", (f"e{ids[kim]}",))
    stored = organization.ask(lambda unit: find_guest(unit, kim))
    assert stored is not None
    disabled = organization.do(lambda unit: disable_guest(unit, stored, organization.owner))
    with pytest.raises(ApiError) as caught:
        organization.guest(code)
    assert (caught.value.status, caught.value.code) == (403, "MEMBER_DISABLED")
    organization.do(lambda unit: enable_guest(unit, SECRETS, disabled, organization.owner))
    with pytest.raises(ApiError) as caught:
        organization.guest(code)
    assert (caught.value.status, caught.value.code) == (410, "GONE")
    fresh = organization.ask(lambda unit: guest_codes(unit, SECRETS, ids.values()))[ids[kim]]
    assert organization.guest(fresh).guest_id == ids[kim]
    other = new_id()
    with pytest.raises(ApiError):
        organization.database.read_now(
            lambda session: authenticate_guest(organization.unit(session, other), digest(fresh))
        )


def test_new_settings_are_seen_at_once(organization: Organization) -> None:
    assert organization.actor(organization.owner).settings.members_invite
    organization.do(lambda unit: change_organization(unit, organization_for_update(unit), {"allow_user_invite": False}))
    assert not organization.actor(organization.owner).settings.members_invite


def test_authentication_is_one_statement(organization: Organization) -> None:
    """The hottest query of the product: once the settings are known, one round trip."""
    organization.actor(organization.owner)
    token = organization.tokens[organization.owner]
    asked: list[object] = []

    def work(unit: Unit) -> None:
        fetch = unit.session.fetch

        class Counting:
            dialect, locks = unit.session.dialect, unit.session.locks

            def fetch(self, statement: object, arguments: object) -> object:
                asked.append(statement)
                return fetch(statement, arguments)  # type: ignore[arg-type]

        unit.session = Counting()  # type: ignore[assignment]
        authenticate_member(unit, token)

    organization.ask(work)
    assert len(asked) == 1


def test_organizations_are_found_by_slug(organization: Organization) -> None:
    slug = f"acme-{organization.mark}"
    organization.do(lambda unit: change_organization(unit, organization_for_update(unit), {"slug": slug}))

    def find(session: object) -> tuple[str | None, str | None]:
        unit = organization.unit(session, NOWHERE)  # type: ignore[arg-type]
        return find_organization(unit, slug.upper()), find_organization(unit, "no-such-one")

    assert organization.database.read_now(find) == (organization.id, None)


def test_tokens_verify_with_the_published_keys(organization: Organization) -> None:
    """Spec 40 §5.2: what the MCP server checks."""
    expires = organization.now + timedelta(days=1)
    text = organization.token(organization.owner, expires_at=expires, bound_to=organization.id)
    keys = organization.ask(jwks)
    assert all("d" not in key and {"kid", "n", "e"} <= set(key) for key in keys["keys"])
    read = jwt.decode(text, KeySet([RSAKey.import_key(key) for key in keys["keys"]]), algorithms=["RS256"])
    assert read.header["alg"] == "RS256"
    assert read.header["kid"] in {key["kid"] for key in keys["keys"]}
    claims = read.claims
    assert (claims["aud"], claims["sub"], claims["kind"]) == ("1", str(organization.owner), "personal")
    assert (claims["scopes"], claims["scope"], claims["iss"]) == (["*"], "*", ISSUER)
    assert claims["exp"] == int(expires.timestamp())
    assert claims["org_id"] == organization.id
    assert claims["jti"] in {one.id for one in organization.ask(lambda unit: list_tokens(unit, organization.owner))}


def test_the_token_is_looked_up_by_its_primary_key(database: Database) -> None:
    if database.dialect.name != "sqlite":
        pytest.skip("the plan is read from SQLite")
    compiled = queries.CREDENTIAL.compiled(database.dialect)
    rows = database.read_now(lambda session: session.fetch(_Plan(compiled.text), ["x"] * len(compiled.names)))  # type: ignore[arg-type]
    assert not [row[-1] for row in rows if row[-1].startswith("SCAN")]


class _Plan:
    def __init__(self, text: str) -> None:
        self.text = f"EXPLAIN QUERY PLAN {text}"
