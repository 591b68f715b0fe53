"""What is known about people that a value mentions, and guests made on first mention (spec 20 §6.1, 40 §14)."""

from procession.engine.model import Owners
from procession.engine.people import NOBODY, Mentions
from procession.kernel.sql import Patch
from procession.people.groups import Inside, create_group, delete_group, find_group, update_group
from procession.people.guests import delete_guest, disable_guest, find_guest
from procession.people.model import Settings
from procession.people.persons import (
    ensure_guests,
    facts,
    first_active,
    groups_people,
    guest_addresses,
    guest_codes,
    guest_ids,
    oldest_admin,
    persons,
)
from procession.people.tables import memberships
from tests.people.conftest import SECRETS, Organization

MEMBERSHIP = Patch(memberships, "account_id")


def disable(organization: Organization, account: int) -> None:
    organization.do(lambda unit: unit.patch(MEMBERSHIP, {"status": "disabled"}, account_id=account))


def test_nobody_is_not_looked_up(organization: Organization) -> None:
    assert organization.ask(lambda unit: facts(unit, Mentions())) == (NOBODY, {})


def test_facts_of_everybody_mentioned(organization: Organization) -> None:
    bo, gone = organization.member("bo"), organization.member("gone")
    disable(organization, gone)
    kim, lea = organization.address("kim"), organization.address("lea")
    organization.do(lambda unit: ensure_guests(unit, SECRETS, [kim, lea]))
    stored = organization.ask(lambda unit: find_guest(unit, lea))
    assert stored is not None
    organization.do(lambda unit: disable_guest(unit, stored, None))
    group = organization.do(
        lambda unit: create_group(
            unit, SECRETS, name="G", description="", inside=Inside(members=(bo,), guests=(kim,)), by=None
        )
    )
    empty = organization.do(
        lambda unit: create_group(unit, SECRETS, name="Empty", description="", inside=Inside(), by=None)
    )
    stranger = organization.account("stranger")
    addresses = {kim, lea, organization.address("gone"), organization.address("stranger"), organization.address("bo")}
    mentions = Mentions(
        members=frozenset({bo, gone, stranger, 1}),
        guests=frozenset(addresses),
        groups=frozenset({group.id, empty.id, "0" * 32}),
    )
    people, groups = organization.ask(lambda unit: facts(unit, mentions, Settings(group_limit=1)))
    assert people.members == {bo}
    assert {organization.address("gone"), organization.address("bo")} <= people.member_emails
    assert organization.address("stranger") not in people.member_emails
    assert people.disabled_guests == {lea}
    assert people.groups == {group.id, empty.id}
    assert people.large_groups == {group.id}
    assert groups == {group.id: Owners(members=(bo,), guests=(kim,)), empty.id: Owners()}


def test_guests_are_made_once(organization: Organization) -> None:
    kim, lea = organization.address("kim"), organization.address("lea")
    first = organization.do(lambda unit: ensure_guests(unit, SECRETS, [kim]))
    codes = organization.ask(lambda unit: guest_codes(unit, SECRETS, first.values()))
    again = organization.do(lambda unit: ensure_guests(unit, SECRETS, [lea, kim, kim]))
    assert again[kim] == first[kim]
    assert set(again) == {kim, lea}
    assert organization.ask(lambda unit: guest_codes(unit, SECRETS, first.values())) == codes
    assert all(len(code) == 32 and int(code, 16) >= 0 for code in codes.values())
    assert organization.ask(lambda unit: guest_ids(unit, [kim, lea, "nobody@example.com"])) == again
    assert organization.ask(lambda unit: guest_addresses(unit, again.values())) == {v: k for k, v in again.items()}


def test_a_guest_is_one_on_the_server_and_has_a_code_for_each_organization(organization: Organization) -> None:
    kim = organization.address("kim")
    other = Organization(organization.database)
    here = organization.do(lambda unit: ensure_guests(unit, SECRETS, [kim]))
    assert other.ask(lambda unit: guest_ids(unit, [kim])) == {}
    there = other.do(lambda unit: ensure_guests(unit, SECRETS, [kim]))
    assert here == there
    codes = [one.ask(lambda unit: guest_codes(unit, SECRETS, [here[kim]])) for one in (organization, other)]
    assert codes[0] != codes[1]


def test_a_deleted_guest_comes_back_with_a_new_code(organization: Organization) -> None:
    kim = organization.address("kim")
    ids = organization.do(lambda unit: ensure_guests(unit, SECRETS, [kim]))
    codes = organization.ask(lambda unit: guest_codes(unit, SECRETS, ids.values()))
    group = organization.do(
        lambda unit: create_group(unit, SECRETS, name="G", description="", inside=Inside(guests=(kim,)), by=None)
    )
    stored = organization.ask(lambda unit: find_guest(unit, kim))
    assert stored is not None
    organization.do(lambda unit: delete_guest(unit, stored))
    assert organization.ask(lambda unit: find_guest(unit, kim)) is None
    assert organization.ask(lambda unit: guest_ids(unit, [kim])) == {}
    assert organization.ask(lambda unit: groups_people(unit, [group.id])) == {group.id: Owners()}
    assert organization.do(lambda unit: ensure_guests(unit, SECRETS, [kim])) == ids
    assert organization.ask(lambda unit: guest_codes(unit, SECRETS, ids.values())) != codes


def test_persons_show_everybody_who_was_ever_a_member(organization: Organization) -> None:
    bo = organization.member("bo", first="Bo", last="Berg")
    disable(organization, bo)
    stranger = organization.account("stranger")
    found = organization.ask(lambda unit: persons(unit, [bo, stranger, bo]))
    assert set(found) == {bo}
    assert (found[bo].full_name, found[bo].picture) == ("Bo Berg", None)
    assert organization.ask(lambda unit: persons(unit, [])) == {}


def test_first_active_and_oldest_admin(organization: Organization) -> None:
    first, second, third = (organization.member(name) for name in ("a", "b", "c"))
    disable(organization, second)
    ask = [third, second, first, third]
    assert organization.ask(lambda unit: first_active(unit, ask)) == [third, first]
    organization.member("adm", "admin")
    assert organization.ask(oldest_admin) == organization.owner
    disable(organization, organization.owner)
    assert organization.ask(oldest_admin) != organization.owner


def test_group_changes_raise_the_revision_once(organization: Organization) -> None:
    bo, cy = organization.member("bo"), organization.member("cy")
    kim = organization.address("kim")
    group = organization.do(
        lambda unit: create_group(
            unit, SECRETS, name="G", description="", inside=Inside(members=(bo,), guests=(kim,)), by=bo
        )
    )
    changed = organization.do(
        lambda unit: update_group(unit, SECRETS, group, name=None, description=None, inside=Inside(members=(cy, bo)))
    )
    assert (changed.members, changed.guests, changed.revision) == ((cy, bo), (kim,), 2)
    same = organization.do(
        lambda unit: update_group(
            unit, SECRETS, changed, name="G", description="", inside=Inside(members=(cy, bo), guests=(kim,))
        )
    )
    assert same is changed
    assert organization.ask(lambda unit: find_group(unit, group.id)) == changed
    organization.do(lambda unit: delete_group(unit, changed))
    assert organization.ask(lambda unit: find_group(unit, group.id)) is None
