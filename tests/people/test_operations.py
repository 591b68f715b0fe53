"""Members, groups, guests, organization and me, as their operations answer (spec 40 §9-§14, 41 §1-§2, §9)."""

from collections.abc import Callable
from typing import Any

import pytest

from procession.api.endpoint import OPERATIONS
from procession.api.groups import (
    add_group_members,
    create_group,
    delete_group,
    get_group,
    list_groups,
    remove_group_member,
    update_group,
)
from procession.api.guests import (
    create_guest,
    delete_guest,
    disable_guest,
    enable_guest,
    get_guest,
    list_guests,
    list_guests_minimal,
    update_guest,
)
from procession.api.me import get_me, list_my_organizations
from procession.api.members import get_own_user, get_user, list_users, list_users_minimal
from procession.api.organization import get_organization, update_organization
from procession.kernel.errors import ApiError
from procession.kernel.ids import new_id
from procession.kernel.paging import Page, read_page
from procession.people.organizations import add_member
from procession.people.permissions import ACTS
from procession.people.persons import ensure_guests
from procession.wire.paging import pagination
from tests.people.conftest import ISSUER, SECRETS, Organization


def refused(work: Callable[[], Any]) -> ApiError:
    with pytest.raises(ApiError) as caught:
        work()
    return caught.value


# -- me and the organization -------------------------------------------------------------------------------------------


def test_me_in_the_first_organization_or_the_one_of_the_header(organization: Organization) -> None:
    me = organization.call_outside(get_me, organization.owner)["data"]
    assert (me["id"], me["role"], me["status"], me["is_default_admin"]) == (organization.owner, "admin", "active", True)
    assert me["username"] is not None
    assert (me["UTC_offset"], me["timezone"], me["created_at"][-1]) == ("+00:00", "UTC", "Z")
    other = Organization(organization.database)
    other.do(lambda unit: add_member(unit, organization.owner, "light"))
    named = organization.call_outside(get_me, organization.owner, headers={"x-organization-id": other.id})["data"]
    assert named["role"] == "light"
    assert organization.call_outside(get_me, organization.owner)["data"]["role"] == "admin"
    stranger = organization.account("stranger")
    alone = organization.call_outside(get_me, stranger)["data"]
    assert (alone["role"], alone["status"], alone["is_default_admin"], alone["active"]) == (None, None, None, True)


def test_my_organizations(organization: Organization) -> None:
    body = organization.call_outside(list_my_organizations, organization.owner)
    (one,) = body["data"]
    assert (one["id"], one["name"], one["user_role"], one["users_count"]) == (organization.id, "Acme", "admin", 1)
    assert one["created_at"] == one["created_on"]
    assert body["meta"]["pagination"]["total"] == 1
    assert organization.call_outside(list_my_organizations, organization.account("x"))["data"] == []


def test_the_organization_hides_secrets_from_members(organization: Organization) -> None:
    sent = {"google_analytics_id": "G-AB12CD34", "name": " Acme Ltd ", "working_days": {"preset": 5}, "unknown": 1}
    changed = organization.call(update_organization, organization.owner, body=sent)["data"]
    assert (changed["google_analytics_id"], changed["name"]) == ("G-AB12CD34", "Acme Ltd")
    assert changed["working_days"]["Sunday"] == {"working": False, "hours": "all", "start": None, "end": None}
    assert organization.revision == 2
    bo = organization.member("bo")
    seen = organization.call(get_organization, bo, query="with=subscription")["data"]
    assert (seen["google_analytics_id"], seen["unbilled_domains"], seen["users_count"]) == (None, None, 2)
    assert seen["subscription"] == {"data": None}
    assert "billing_info" not in seen
    assert (seen["plan_code"], seen["live_support_enabled"], seen["user_role"]) == ("self-hosted", 0, "standard")


def test_only_administrators_change_it_and_nothing_wrong_is_kept(organization: Organization) -> None:
    bo = organization.member("bo")
    assert refused(lambda: organization.call(update_organization, bo, body={})).message == "Administrators only."
    sent = {
        "name": "x" * 51,
        "timezone": "Mars/Base",
        "slug": "oauth",
        "default_deadline": {"type": "years"},
        "wyiwyg": True,
        "enable_html_authoring": True,
        "auto_archive": True,
        "cadence_days": ["Noday"],
    }
    problem = refused(lambda: organization.call(update_organization, organization.owner, body=sent))
    assert problem.status == 422
    assert set(problem.errors or {}) == {
        "name", "timezone", "slug", "default_deadline.type", "enable_html_authoring", "cadence_days.0",
    }  # fmt: skip
    assert organization.call(get_organization, organization.owner)["data"]["auto_archive"] is False
    assert organization.revision == 1


def test_a_slug_is_taken_once(organization: Organization) -> None:
    other = Organization(organization.database)
    slug = f"acme-{organization.mark}"
    assert organization.call(update_organization, organization.owner, body={"slug": slug})["data"]["slug"] == slug
    problem = refused(lambda: other.call(update_organization, other.owner, body={"slug": slug}))
    assert problem.errors == {"slug": ["The slug has already been taken."]}
    organization.call(update_organization, organization.owner, body={"slug": slug})
    assert organization.revision == 2


# -- members -----------------------------------------------------------------------------------------------------------


def test_members_sorted_searched_and_paged(organization: Organization) -> None:
    organization.member("zoe", first="Zoé", last="Adams")
    bo = organization.member("bo", "light", first="bo", last="Zimmer")
    body = organization.call(list_users, bo)
    assert [one["first_name"] for one in body["data"]] == ["Ana", "bo", "Procession", "Zoé"]
    assert body["meta"]["pagination"]["per_page"] == 9999
    by_last = organization.call(list_users, bo, query="sort=-last_name&include_bots=false&limit=2")
    assert [one["last_name"] for one in by_last["data"]] == ["Zimmer", "Silva"]
    assert by_last["meta"]["pagination"]["links"]["next"].startswith(f"{ISSUER}/api/organizations/")
    assert [one["first_name"] for one in organization.call(list_users, bo, query="q=ZOE+ad")["data"]] == ["Zoé"]
    assert bo in [one["id"] for one in organization.call(list_users, bo, query=f"q={bo}")["data"]]
    assert len(organization.call(list_users, bo, query="role=admin,light")["data"]) == 2
    minimal = organization.call(list_users_minimal, bo)
    assert minimal["count"] == len(minimal["data"]) == 4
    assert len(minimal["data"][0]) == 15


def test_one_member_is_for_administrators_and_himself(organization: Organization) -> None:
    bo = organization.member("bo")
    assert organization.call(get_user, bo, {"user": str(bo)})["data"]["id"] == bo
    assert organization.call(get_own_user, bo, query="with=groups")["data"]["groups"] == {"data": []}
    assert organization.call(get_user, organization.owner, {"user": str(bo)})["data"]["role"] == "standard"
    assert refused(lambda: organization.call(get_user, bo, {"user": str(organization.owner)})).status == 403
    assert refused(lambda: organization.call(get_user, organization.owner, {"user": "999999999"})).status == 404
    assert refused(lambda: organization.call(get_user, organization.owner, {"user": "x"})).status == 404


# -- groups ------------------------------------------------------------------------------------------------------------


def test_a_group_from_birth_to_death(organization: Organization) -> None:
    owner, bo = organization.owner, organization.member("bo")
    kim = organization.address("kim")
    sent = {
        "name": " Ops ",
        "description": "",
        "members": [str(bo), bo],
        "guests": [kim.upper(), organization.address("ana")],
    }
    made = organization.call(create_group, owner, body=sent)["data"]
    assert organization.status == 201
    assert (made["name"], made["description"], made["members"], made["guests"]) == ("Ops", "", [bo, owner], [kim])
    path = {"group": made["id"]}
    assert organization.call(get_group, bo, path)["data"] == made
    shown = organization.call(get_group, bo, path, query="with=users,guests_details")["data"]
    assert [one["id"] for one in shown["users"]["data"]] == [bo, owner]
    assert shown["guests_details"]["data"][0]["link"].startswith(f"{ISSUER}/guest/")
    light = organization.member("lu", "light")
    assert (
        organization.call(get_group, light, path, query="with=guests_details")["data"]["guests_details"]["data"][0][
            "link"
        ]
        is None
    )
    changed = organization.call(update_group, owner, path, body={"members": [bo]})["data"]
    assert (organization.status, changed["members"], changed["guests"]) == (201, [bo], [kim])
    organization.call(add_group_members, owner, path, body={"user_id": light})
    assert organization.status == 201
    again = organization.call(add_group_members, owner, path, body={"user_ids": [light], "guests": [kim]})["data"]
    assert (organization.status, again["members"]) == (200, [bo, light])
    organization.call(remove_group_member, owner, {**path, "person": str(bo)})
    organization.call(remove_group_member, owner, {**path, "person": kim})
    assert refused(lambda: organization.call(remove_group_member, owner, {**path, "person": kim})).status == 404
    left = organization.call(get_group, bo, path)["data"]
    assert (left["members"], left["guests"]) == ([light], [])
    listed = organization.call(list_users, owner, query=f"with=groups&group={made['id']}")["data"]
    assert [(one["id"], one["groups"]["data"][0]["id"]) for one in listed] == [(light, made["id"])]
    organization.call(delete_group, owner, path)
    assert refused(lambda: organization.call(get_group, bo, path)).status == 404


def test_group_names_are_unique_whatever_their_case(organization: Organization) -> None:
    """00 §15.3, 41 §9.1."""
    first = organization.call(create_group, organization.owner, body={"name": "Öps", "description": ""})["data"]
    again = {"name": "öPS", "description": "x"}
    problem = refused(lambda: organization.call(create_group, organization.owner, body=again))
    assert problem.errors == {"name": ["The name has already been taken."]}
    found = organization.call(create_group, organization.owner, body=again, query="if_exists=return")["data"]
    assert (organization.status, found["id"]) == (200, first["id"])
    other = organization.call(create_group, organization.owner, body={"name": "Ops", "description": ""})["data"]
    assert (organization.status, other["name"]) == (201, "Ops"), "marks make another name"
    path = {"group": other["id"]}
    problem = refused(lambda: organization.call(update_group, organization.owner, path, body={"name": "ÖPS"}))
    assert problem.errors == {"name": ["The name has already been taken."]}
    organization.call(update_group, organization.owner, path, body={"name": "b"})
    assert [
        one["name"] for one in organization.call(list_groups, organization.owner, query="sort_by=name")["data"]
    ] == ["b", "Öps"]


@pytest.mark.parametrize(
    ("sent", "paths"),
    [
        ({}, {"name"}),
        ({"name": "", "description": None}, {"name", "description"}),
        ({"name": "x" * 201, "description": "y" * 2001}, {"name", "description"}),
        ({"name": "G", "description": "", "members": [0, "x"], "guests": ["nonsense"]},
         {"members.0", "members.1", "guests.0"}),
    ],
)  # fmt: skip
def test_wrong_groups_are_refused(organization: Organization, sent: dict[str, object], paths: set[str]) -> None:
    problem = refused(lambda: organization.call(create_group, organization.owner, body=sent))
    assert set(problem.errors or {}) == paths


def test_9_3_clients_leave_the_description_out(organization: Organization) -> None:
    made = organization.call(create_group, organization.owner, body={"name": "Bare"})["data"]
    assert made["description"] is None
    changed = organization.call(update_group, organization.owner, {"group": made["id"]}, body={"description": "Said"})
    assert changed["data"]["description"] == "Said"


def test_groups_are_managed_by_those_who_may(organization: Organization) -> None:
    bo, light = organization.member("bo"), organization.member("lu", "light")
    sent = {"name": "G", "description": ""}
    group = organization.call(create_group, bo, body=sent)["data"]
    assert refused(lambda: organization.call(delete_group, light, {"group": group["id"]})).status == 403
    assert refused(lambda: organization.call(delete_group, light, {"group": new_id()})).status == 404
    organization.call(update_organization, organization.owner, body={"allow_manage_groups": "no"})
    assert refused(lambda: organization.call(create_group, bo, body=sent)).status == 403
    description = {"description": ""}
    problem = refused(
        lambda: organization.call(update_group, organization.owner, {"group": group["id"]}, body=description)
    )
    assert set(problem.errors or {}) == {"description"}


# -- guests ------------------------------------------------------------------------------------------------------------


def test_a_guest_is_made_completed_and_found(organization: Organization) -> None:
    owner, kim = organization.owner, organization.address("kim")
    sent = {"email": f" {kim.upper()} ", "name": "Kim van Lee", "phone": "+351", "details": {"company_name": "Client"}}
    made = organization.call(create_guest, owner, body=sent)["data"]
    assert organization.status == 201
    assert (made["email"], made["first_name"], made["last_name"]) == (kim, "Kim van", "Lee")
    assert (made["details"]["phone_1"], made["details"]["company_name"]) == ("+351", "Client")
    assert made["link"] == f"{ISSUER}/guest/{made['guest_code']}"
    again = organization.call(create_guest, owner, body={"email": kim, "status": "lead", "phone": ""})["data"]
    assert (again["id"], again["details"]["status"], again["details"]["phone_1"]) == (made["id"], "lead", "+351")
    for named in (kim, kim.upper(), str(made["id"]), made["guest_code"]):
        assert organization.call(get_guest, owner, {"guest": named})["data"] == again
    path = {"guest": kim}
    changed = organization.call(
        update_guest, owner, path, body={"email": kim, "phone_1": None, "associated_members": [owner]}
    )["data"]
    assert organization.status == 201
    assert (changed["details"]["phone_1"], changed["details"]["associated_members"]) == (None, [owner])
    assert organization.call(list_guests, owner, query=f"associated_member={owner}")["meta"]["pagination"]["total"] == 1
    assert refused(lambda: organization.call(get_guest, owner, {"guest": "nobody@example.com"})).status == 404


@pytest.mark.parametrize(
    ("sent", "paths"),
    [
        ({}, {"email"}),
        ({"email": "nonsense"}, {"email"}),
        ({"email": "k@example.com", "phone_1": "1" * 21, "timezone": "Nowhere", "company_url": "ftp://x",
          "external_sync_source": "hubspot", "external_date_creation": "2026-02-30 00:00:00", "associated_members": [0],
          "cadence_days": ["x"]},
         {"phone_1", "timezone", "company_url", "external_sync_source", "external_date_creation",
          "associated_members.0", "cadence_days.0"}),
    ],
)  # fmt: skip
def test_wrong_guests_are_refused(organization: Organization, sent: dict[str, object], paths: set[str]) -> None:
    problem = refused(lambda: organization.call(create_guest, organization.owner, body=sent))
    assert set(problem.errors or {}) == paths


def test_members_are_no_guests_and_addresses_stay(organization: Organization) -> None:
    problem = refused(
        lambda: organization.call(create_guest, organization.owner, body={"email": organization.address("ana")})
    )
    assert problem.errors == {"email": ["This email belongs to a member of your organization."]}
    kim = organization.address("kim")
    organization.call(create_guest, organization.owner, body={"email": kim})
    sent = {"email": "other@example.com"}
    problem = refused(lambda: organization.call(update_guest, organization.owner, {"guest": kim}, body=sent))
    assert set(problem.errors or {}) == {"email"}


def test_disable_enable_delete(organization: Organization) -> None:
    owner, path = organization.owner, {"guest": organization.address("kim")}
    made = organization.call(create_guest, owner, body={"email": path["guest"]})["data"]
    bo = organization.member("bo")
    for handler in (disable_guest, enable_guest, delete_guest):
        assert refused(lambda: organization.call(handler, bo, path)).status == 403  # noqa: B023
    disabled = organization.call(disable_guest, owner, path)["data"]
    assert disabled["disabled_at"] == disabled["details"]["disabled_at"] is not None
    assert disabled["details"]["disabled_by"] == owner
    assert organization.call(disable_guest, owner, path)["data"] == disabled
    assert organization.call(list_guests, owner, query="status=active")["data"] == []
    enabled = organization.call(enable_guest, owner, path)["data"]
    assert enabled["disabled_at"] is None
    assert enabled["details"]["reactivated_by"] == owner
    assert enabled["details"]["reactivated_at"].endswith("Z")
    assert enabled["guest_code"] != made["guest_code"]
    assert organization.call(delete_guest, owner, path)["data"]["deleted_at"] is not None
    assert refused(lambda: organization.call(delete_guest, owner, path)).status == 404
    assert organization.call(list_guests, owner)["data"] == []


def test_lists_of_guests(organization: Organization) -> None:
    names = [organization.address(name) for name in ("c", "a", "b")]
    for one in names:
        organization.do(lambda unit: ensure_guests(unit, SECRETS, [one]))  # noqa: B023
    owner = organization.owner
    organization.call(update_guest, owner, {"guest": names[2]}, body={"last_name": "Ünal"})
    newest = organization.call(list_guests, owner)
    assert [one["email"] for one in newest["data"]] == names[::-1]
    assert newest["meta"]["pagination"]["per_page"] == 999
    page = organization.call(list_guests, owner, query="per_page=1&page=2")
    assert [one["email"] for one in page["data"]] == [names[1]]
    assert page["meta"]["pagination"]["total_pages"] == 3
    assert [one["email"] for one in organization.call(list_guests, owner, query="sort=email")["data"]] == sorted(names)
    assert [one["email"] for one in organization.call(list_guests, owner, query="q=unal")["data"]] == [names[2]]
    first = organization.call(list_guests, owner, query="sort=-last_name")["data"][0]
    assert first["email"] == names[2]
    assert organization.call(list_guests_minimal, owner)["count"] == 3


def test_a_guest_reads_himself_and_nobody_else(organization: Organization) -> None:
    owner = organization.owner
    kim, lea = organization.address("kim"), organization.address("lea")
    made = organization.call(create_guest, owner, body={"email": kim, "status": "lead", "associated_members": [owner]})[
        "data"
    ]
    organization.call(create_guest, owner, body={"email": lea})
    himself = organization.guest(made["guest_code"])
    seen = organization.call(get_guest, himself, {"guest": made["guest_code"]})["data"]
    assert (seen["id"], seen["details"]["status"], seen["details"]["associated_members"]) == (made["id"], None, None)
    assert refused(lambda: organization.call(get_guest, himself, {"guest": lea})).status == 404
    for handler in (list_guests, list_users, list_groups, get_organization):
        assert refused(lambda: organization.call(handler, himself)).status == 403  # noqa: B023


# -- the table of operations and of pages ------------------------------------------------------------------------------


def test_every_operation_here_names_acts_that_exist() -> None:
    here = {"me", "members", "groups", "guests", "organization"}
    mine = [one for one in OPERATIONS if one.handler.__module__.rpartition(".")[2] in here]
    assert len(mine) > 25
    for one in mine:
        assert one.acts, one.id
        assert set(one.acts) <= set(ACTS), one.id


@pytest.mark.parametrize(
    ("query", "page"),
    [
        ({}, Page(1, 10)),
        ({"page": ["3"], "per_page": ["25"]}, Page(3, 25)),
        ({"page": ["0"], "per_page": ["0"]}, Page(1, 10)),
        ({"page": ["-1"], "per_page": ["x"]}, Page(1, 10)),
        ({"per_page": ["1000"]}, Page(1, 100)),
        ({"limit": ["7"]}, Page(1, 7)),
        ({"limit": ["7"], "per_page": ["5"]}, Page(1, 5)),
        ({"page": ["9" * 400]}, Page(2**31, 10)),
        ({"page": ["007"]}, Page(7, 10)),
        ({"without_pagination": ["true"], "page": ["4"]}, Page(1, 10_000, unpaged=True)),
        ({"pagination": ["false"]}, Page(1, 10_000, unpaged=True)),
        ({"without_pagination": ["false"], "pagination": [""]}, Page(1, 10)),
    ],
)
def test_pages(query: dict[str, list[str]], page: Page) -> None:
    """00 PAG-01 to PAG-04."""
    assert read_page(query, 10, 100) == page


class _Links:
    public_url, prefix, path, query = "https://host/", "/api", "/organizations/a b/runs", "page=2&q=%C3%A9&q=+&status="


def test_the_seven_members_of_pagination() -> None:
    """00 ENV-10 to ENV-16."""
    shown = pagination(Page(2, 10), 25, 10, _Links())
    base = "https://host/api/organizations/a%20b/runs?q=%C3%A9&q=+&status=&page="
    assert shown == {
        "total": 25, "count": 10, "per_page": 10, "current_page": 2, "total_pages": 3, "has_more_pages": True,
        "links": {"next": base + "3", "previous": base + "1", "prev": base + "1"},
    }  # fmt: skip
    assert pagination(Page(1, 10), 0, 0, _Links())["links"] == {}
    assert pagination(Page(1, 10), 0, 0, _Links())["total_pages"] == 1
    beyond = pagination(Page(9, 10), 25, 0, _Links())
    assert (beyond["total_pages"], beyond["has_more_pages"], "next" in beyond["links"]) == (3, False, False)
