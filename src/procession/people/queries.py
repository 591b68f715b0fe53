"""All SQL of organizations, memberships, guests and groups."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from procession.accounts.tables import accounts, tokens
from procession.kernel.sql import (
    Among,
    Patch,
    Query,
    Write,
    columns_of,
    insert,
    insert_missing,
    organization,
    row,
)
from procession.people.model import Person
from procession.people.records import (
    SHOWN,
    Credential,
    Group,
    Guest,
    GuestCredential,
    Member,
    Membership,
    Organization,
)
from procession.people.tables import (
    group_people,
    groups,
    guest_links,
    guests,
    memberships,
    organizations,
    replaced_codes,
)


class JoinedText(FunctionElement[str]):
    """The texts of a column, joined by commas: `group_concat`, or `string_agg`."""

    inherit_cache = True
    type = sa.Text()
    name = "joined_text"


@compiles(JoinedText, "sqlite")
def _joined_sqlite(element: JoinedText, compiler: SQLCompiler, **kw: Any) -> str:
    return f"group_concat({compiler.process(element.clauses, **kw)})"


@compiles(JoinedText, "postgresql")
def _joined_postgresql(element: JoinedText, compiler: SQLCompiler, **kw: Any) -> str:
    return f"string_agg({compiler.process(element.clauses, **kw)}, ',')"


def _groups_of(letter: str, person: Any) -> sa.ScalarSelect[Any]:
    """The ids of the groups that a person is in, joined by commas."""
    principal = sa.literal_column(f"'{letter}'", sa.Text()).concat(sa.cast(person, sa.Text))
    return (
        sa.select(JoinedText(group_people.c.group_id))
        .where(organization(group_people), group_people.c.principal == principal)
        .scalar_subquery()
    )


def _one_of(column: Any, *words: str) -> sa.ColumnElement[bool]:
    return sa.or_(*(column == word for word in words))


def _only(value: Any) -> Any:
    """The only column."""
    return value


def _person(id: int, email: str, first_name: str, last_name: str, profile: dict[str, Any]) -> Person:  # noqa: A002
    return Person(id, email, first_name, last_name, profile.get("profile_pic"))


def _active(table: Any) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.status == "active", table.c.is_bot.is_(False))


# -- who calls --------------------------------------------------------------------------------------------------------

_disabler = accounts.alias("disabler")

CREDENTIAL = Query(
    sa.select(
        tokens.c.id,
        tokens.c.bound_to,
        tokens.c.expires_at,
        tokens.c.revoked_at,
        accounts.c.id,
        accounts.c.email,
        accounts.c.first_name,
        accounts.c.last_name,
        accounts.c.suspended,
        memberships.c.role,
        memberships.c.status,
        memberships.c.settings,
        memberships.c.disabled_at,
        _disabler.c.first_name.concat(" ").concat(_disabler.c.last_name),
        organizations.c.revision,
        organizations.c.updated_at,
        _groups_of("u", accounts.c.id),
        tokens.c.scopes,
        tokens.c.require_client_header,
        tokens.c.imports,
    )
    .select_from(
        tokens.join(accounts, accounts.c.id == tokens.c.account_id)
        .outerjoin(memberships, sa.and_(memberships.c.account_id == accounts.c.id, organization(memberships)))
        .outerjoin(organizations, organization(organizations))
        .outerjoin(_disabler, _disabler.c.id == memberships.c.disabled_by)
    )
    .where(tokens.c.digest == sa.bindparam("digest")),
    Credential,
)
"""The hottest query of the product: one look-up each in tokens, accounts, memberships, organizations, group_people."""

TOKEN_BOUND_TO: Query[str] = Query(
    sa.select(tokens.c.bound_to).where(tokens.c.id == sa.bindparam("token_id"), tokens.c.bound_to.is_not(None)), str
)
ACCOUNT_CREDENTIAL = Query(
    sa.select(
        tokens.c.id, tokens.c.bound_to, tokens.c.expires_at, tokens.c.revoked_at, accounts.c.id, accounts.c.email,
        accounts.c.suspended, tokens.c.scopes, tokens.c.kind, tokens.c.confirmed_at, tokens.c.require_client_header,
    )
    .select_from(tokens.join(accounts, accounts.c.id == tokens.c.account_id))
    .where(tokens.c.digest == sa.bindparam("digest")),
    row,
)  # fmt: skip
GUEST_CREDENTIAL = Query(
    sa.select(
        guest_links.c.guest_id,
        guest_links.c.email,
        guest_links.c.first_name,
        guest_links.c.last_name,
        guest_links.c.disabled_at,
        organizations.c.revision,
        organizations.c.updated_at,
        _groups_of("e", guest_links.c.guest_id),
    )
    .select_from(guest_links.join(organizations, organization(organizations)))
    .where(
        organization(guest_links),
        guest_links.c.code_digest == sa.bindparam("digest"),
        guest_links.c.deleted_at.is_(None),
    ),
    GuestCredential,
)
REPLACED_CODE = Query(
    sa.select(organizations.c.name)
    .select_from(
        replaced_codes.join(guest_links, guest_links.c.guest_id == replaced_codes.c.guest_id).join(
            organizations, organization(organizations)
        )
    )
    .where(
        organization(replaced_codes),
        organization(guest_links),
        replaced_codes.c.code_digest == sa.bindparam("digest"),
        guest_links.c.deleted_at.is_(None),
    ),
    str,
)
"""The name of the organization whose guest had this code before his present one."""

SETTINGS = Query(
    sa.select(
        organizations.c.revision, organizations.c.updated_at, organizations.c.timezone, organizations.c.settings
    ).where(organization(organizations)),
    row,
)

# -- organizations ----------------------------------------------------------------------------------------------------

ORGANIZATION_BY_SLUG = Query(
    sa.select(organizations.c.organization_id).where(organizations.c.slug == sa.bindparam("slug")),
    str,
    why_all_tenants="a slug in an address names the organization before any is known",
)
KNOWN_AS = Query(
    sa.select(organizations.c.organization_id).where(
        sa.or_(organizations.c.organization_id == sa.bindparam("id"), organizations.c.slug_md5 == sa.bindparam("id"))
    ),
    str,
    why_all_tenants="an id in an address may be the MD5 of a slug, and names the organization before any is known",
)
ANY_ORGANIZATION = Query(
    sa.select(organizations.c.organization_id).limit(1),
    str,
    why_all_tenants="whether the server was set up",
)
EVERY_ORGANIZATION = Query(
    sa.select(organizations.c.organization_id).order_by(organizations.c.organization_id),
    str,
    why_all_tenants="a pass over every organization",
)
SLUG_TAKEN = Query(
    sa.select(organizations.c.organization_id).where(
        organizations.c.slug == sa.bindparam("slug"), organizations.c.organization_id != sa.bindparam("except_id")
    ),
    str,
    why_all_tenants="slugs are unique on the server",
)
_counted = memberships.alias("counted")
_WIDTH = len(Organization.__struct_fields__)


def _organization(members: Any) -> list[Any]:
    return columns_of(organizations, Organization, id=organizations.c.organization_id, members=members)


def _count(which: sa.ColumnElement[bool]) -> Any:
    """How many active members an organization has, as a column."""
    return (
        sa.select(sa.func.count()).select_from(_counted).where(which, _active(_counted)).correlate(organizations)
    ).scalar_subquery()


def _with_membership(*columns: Any) -> tuple[Organization, Membership]:
    return Organization(*columns[:_WIDTH]), Membership(*columns[_WIDTH:])


_membership = (
    memberships.c.role,
    memberships.c.status,
    memberships.c.activated_at,
    memberships.c.disabled_at,
    memberships.c.last_accessed_at,
)
ORGANIZATION_FOR_UPDATE = Query(
    sa.select(*_organization(sa.literal(0))).where(organization(organizations)).with_for_update(), Organization
)
SEAT_SETTINGS = Query(sa.select(organizations.c.settings).where(organization(organizations)), _only)
SEATS_TAKEN = Query(
    sa.select(memberships.c.role, memberships.c.status, sa.func.lower(accounts.c.email))
    .select_from(memberships.join(accounts, accounts.c.id == memberships.c.account_id))
    .where(
        organization(memberships),
        memberships.c.is_bot.is_(False),
        _one_of(memberships.c.status, "active", "invited"),
    ),
    row,
)
"""Role, status and address of everybody who holds a seat."""
ORGANIZATION_ALONE = Query(sa.select(*_organization(sa.literal(0))).where(organization(organizations)), Organization)
ORGANIZATION_OF_MEMBER = Query(
    sa.select(*_organization(_count(organization(_counted))), *_membership)
    .select_from(organizations.join(memberships, organization(memberships)))
    .where(organization(organizations), memberships.c.account_id == sa.bindparam("account_id")),
    _with_membership,
)
ORGANIZATIONS_OF_ACCOUNT = Query(
    sa.select(*_organization(_count(_counted.c.organization_id == organizations.c.organization_id)), *_membership)
    .select_from(organizations.join(memberships, memberships.c.organization_id == organizations.c.organization_id))
    .where(memberships.c.account_id == sa.bindparam("account_id"), _one_of(memberships.c.status, "active", "disabled"))
    .order_by(
        memberships.c.last_accessed_at.desc().nulls_last(), memberships.c.created_at, organizations.c.organization_id
    ),
    _with_membership,
    why_all_tenants="a person asks where he is a member (spec 40 §10.1)",
)
INSERT_ORGANIZATION = insert(organizations)
PATCH_ORGANIZATION = Patch(organizations)

# -- members ----------------------------------------------------------------------------------------------------------

INSERT_MEMBERSHIP = insert_missing(memberships, on=("organization_id", "account_id"))
_of_account = {
    "id": accounts.c.id,
    "email": accounts.c.email,
    "username": accounts.c.username,
    "first_name": accounts.c.first_name,
    "last_name": accounts.c.last_name,
    "timezone": accounts.c.timezone,
    "profile": accounts.c.profile,
    "suspended": accounts.c.suspended,
    "account_created_at": accounts.c.created_at,
    "account_updated_at": accounts.c.updated_at,
}
_anybody = (
    sa.select(*columns_of(memberships, Member, **_of_account))
    .select_from(memberships.join(accounts, accounts.c.id == memberships.c.account_id))
    .where(organization(memberships))
)
_members = _anybody.where(_one_of(memberships.c.status, *SHOWN))
KEPT_MEMBER = Query(
    _anybody.where(
        _one_of(memberships.c.status, *SHOWN, "deleted"), memberships.c.account_id == sa.bindparam("account_id")
    ),
    Member,
)
"""Also one who was deleted."""
MEMBERS = Query(_members, Member)
MEMBER = Query(_members.where(memberships.c.account_id == sa.bindparam("account_id")), Member)
MEMBERS_BY_ID = Query(_members.where(Among(memberships.c.account_id, "ids")), Member)


PLACES = Query(
    sa.select(memberships.c.organization_id)
    .where(memberships.c.account_id == sa.bindparam("account_id"), _one_of(memberships.c.status, *SHOWN))
    .order_by(memberships.c.created_at, memberships.c.organization_id),
    str,
    why_all_tenants="what happens to an account is told to every organization it belongs to",
)


def _me(*columns: Any) -> tuple[str | None, Member]:
    return columns[0], Member(*columns[1:])


ME = Query(
    sa.select(memberships.c.organization_id, *columns_of(memberships, Member, **_of_account))
    .select_from(accounts.outerjoin(memberships, memberships.c.account_id == accounts.c.id))
    .where(accounts.c.id == sa.bindparam("account_id"))
    .order_by(
        memberships.c.last_accessed_at.desc().nulls_last(), memberships.c.created_at, memberships.c.organization_id
    ),
    _me,
    why_all_tenants="a person asks for himself, in whichever organization is his context (spec 40 §9.1)",
)
PERSONS = Query(
    sa.select(accounts.c.id, accounts.c.email, accounts.c.first_name, accounts.c.last_name, accounts.c.profile)
    .select_from(memberships.join(accounts, accounts.c.id == memberships.c.account_id))
    .where(organization(memberships), Among(memberships.c.account_id, "ids")),
    _person,
)
ACTIVE = Query(
    sa.select(memberships.c.account_id).where(
        organization(memberships), _active(memberships), Among(memberships.c.account_id, "ids")
    ),
    int,
)
EVERYBODY = Query(sa.select(memberships.c.account_id).where(organization(memberships), _active(memberships)), int)
"""All active members."""
OLDEST_ADMIN = Query(
    sa.select(memberships.c.account_id)
    .where(organization(memberships), _active(memberships), memberships.c.role == "admin")
    .order_by(memberships.c.created_at, memberships.c.account_id)
    .limit(1),
    int,
)
_known = sa.select(
    accounts.c.id,
    accounts.c.email,
    accounts.c.first_name,
    accounts.c.last_name,
    accounts.c.profile,
    memberships.c.status,
    memberships.c.is_bot,
).select_from(memberships.join(accounts, accounts.c.id == memberships.c.account_id))


def _known_member(*columns: Any) -> tuple[Person, str, bool]:
    return _person(*columns[:5]), columns[5], columns[6]


KNOWN_MEMBERS = Query(_known.where(organization(memberships), Among(memberships.c.account_id, "ids")), _known_member)
KNOWN_ADDRESSES = Query(_known.where(organization(memberships), Among(accounts.c.email, "addresses")), _known_member)

_at = sa.bindparam("at", type_=memberships.c.last_accessed_at.type)
SEEN = "who was seen in any organization is written all at once"
SEEN_MEMBERS = Write(
    sa.update(memberships)
    .where(memberships.c.organization_id == sa.bindparam("tenant"), memberships.c.account_id == sa.bindparam("account"))
    .values(last_accessed_at=_at),
    why_all_tenants=SEEN,
)
SEEN_GUESTS = Write(
    sa.update(guest_links)
    .where(guest_links.c.organization_id == sa.bindparam("tenant"), guest_links.c.guest_id == sa.bindparam("guest"))
    .values(last_accessed_at=_at),
    why_all_tenants=SEEN,
)

# -- guests -----------------------------------------------------------------------------------------------------------

INSERT_GUEST = insert_missing(guests, on=("email",))
GLOBAL_GUESTS = Query(sa.select(guests.c.id, guests.c.email).where(Among(guests.c.email, "addresses")), row)
INSERT_LINK = insert_missing(guest_links, on=("organization_id", "guest_id"))
PATCH_LINK = Patch(guest_links, "guest_id")
KEEP_REPLACED = insert(replaced_codes)
_guest = sa.select(*columns_of(guest_links, Guest, id=guest_links.c.guest_id)).where(organization(guest_links))
_live = _guest.where(guest_links.c.deleted_at.is_(None))
GUEST_BY_EMAIL = Query(_live.where(guest_links.c.email == sa.bindparam("email")), Guest)
GUEST_BY_ID = Query(_live.where(guest_links.c.guest_id == sa.bindparam("guest_id")), Guest)
GUEST_FOR_UPDATE = Query(_live.where(guest_links.c.guest_id == sa.bindparam("guest_id")).with_for_update(), Guest)
GUEST_BY_CODE = Query(_live.where(guest_links.c.code_digest == sa.bindparam("digest")), Guest)
LINKS = Query(_guest.where(Among(guest_links.c.email, "addresses")), Guest)
GUESTS = Query(_live, Guest)
GUESTS_BY_EMAIL = Query(_live.where(Among(guest_links.c.email, "addresses")), Guest)
GUESTS_COUNT = Query(
    sa.select(sa.func.count())
    .select_from(guest_links)
    .where(organization(guest_links), guest_links.c.deleted_at.is_(None)),
    int,
)
NEWEST_GUESTS = Query(
    _live.order_by(guest_links.c.created_at.desc(), guest_links.c.guest_id.desc())
    .limit(sa.bindparam("size"))
    .offset(sa.bindparam("skip")),
    Guest,
)
GUEST_IDS = Query(
    sa.select(guest_links.c.email, guest_links.c.guest_id).where(
        organization(guest_links), guest_links.c.deleted_at.is_(None), Among(guest_links.c.email, "addresses")
    ),
    row,
)
GUEST_CODES = Query(
    sa.select(guest_links.c.guest_id, guest_links.c.code_secret).where(
        organization(guest_links), guest_links.c.deleted_at.is_(None), Among(guest_links.c.guest_id, "ids")
    ),
    row,
)
GUEST_ADDRESSES = Query(
    sa.select(guest_links.c.guest_id, guest_links.c.email).where(
        organization(guest_links), Among(guest_links.c.guest_id, "ids")
    ),
    row,
)
DISABLED_GUESTS = Query(
    sa.select(guest_links.c.email).where(
        organization(guest_links),
        guest_links.c.deleted_at.is_(None),
        guest_links.c.disabled_at.is_not(None),
        Among(guest_links.c.email, "addresses"),
    ),
    str,
)

# -- joining ----------------------------------------------------------------------------------------------------------

NEWCOMER = Query(
    sa.select(memberships.c.settings, memberships.c.invited_by)
    .where(
        organization(memberships),
        _active(memberships),
        memberships.c.account_id == sa.bindparam("account"),
    )
    .with_for_update(),
    row,
)
"""An active member who is no bot, locked: his switches, and who invited him."""
NOTE_MEMBER = Patch(memberships, "account_id")
DEFAULT_ADMIN = Query(
    sa.select(memberships.c.account_id).where(
        organization(memberships), _active(memberships), memberships.c.is_default_admin
    ),
    int,
)

# -- groups -----------------------------------------------------------------------------------------------------------

_group_columns = [groups.c[name] for name in Group.__struct_fields__ if name not in {"members", "guests"}]
_group = sa.select(*_group_columns).where(organization(groups))
GROUPS = Query(_group, Group)
GROUPS_BY_ID = Query(_group.where(Among(groups.c.id, "ids")), Group)
GROUP = Query(_group.where(groups.c.id == sa.bindparam("id")), Group)
GROUP_FOR_UPDATE = Query(_group.where(groups.c.id == sa.bindparam("id")).with_for_update(), Group)
GROUPS_NAMED = Query(
    sa.select(groups.c.uncased, groups.c.id).where(organization(groups), Among(groups.c.uncased, "names")), row
)
GROUP_NAMED = Query(
    sa.select(groups.c.id).where(organization(groups), groups.c.uncased == sa.bindparam("uncased")), str
)


def _with_principal(principal: str, *columns: Any) -> tuple[str, Group]:
    return principal, Group(*columns)


GROUPS_OF_PRINCIPALS = Query(
    sa.select(group_people.c.principal, *_group_columns)
    .select_from(group_people.join(groups, groups.c.id == group_people.c.group_id))
    .where(organization(group_people), organization(groups), Among(group_people.c.principal, "principals"))
    .order_by(groups.c.uncased, groups.c.id),
    _with_principal,
)
INSERT_GROUP = insert(groups)
PATCH_GROUP = Patch(groups, "id")
DELETE_GROUP = Write(sa.delete(groups).where(organization(groups), groups.c.id == sa.bindparam("id")))
_guest_in_group = sa.and_(
    organization(guest_links),
    sa.func.substr(group_people.c.principal, 1, 1) == "e",
    guest_links.c.guest_id == sa.cast(sa.func.substr(group_people.c.principal, 2), sa.BigInteger),
    guest_links.c.deleted_at.is_(None),
)
GROUPS_WITH_PEOPLE = Query(
    sa.select(groups.c.id, group_people.c.principal, guest_links.c.email)
    .select_from(
        groups.outerjoin(
            group_people, sa.and_(organization(group_people), group_people.c.group_id == groups.c.id)
        ).outerjoin(guest_links, _guest_in_group)
    )
    .where(organization(groups), Among(groups.c.id, "ids"))
    .order_by(groups.c.id, group_people.c.position, group_people.c.principal),
    row,
)
"""Who is in the groups: one row a person, one without a principal for an empty group."""
INSERT_GROUP_PERSON = insert(group_people)
LEAVE_GROUP = Write(
    sa.delete(group_people).where(
        organization(group_people),
        group_people.c.group_id == sa.bindparam("id"),
        group_people.c.principal == sa.bindparam("principal"),
    )
)
CLEAR_GROUP = Write(
    sa.delete(group_people).where(organization(group_people), group_people.c.group_id == sa.bindparam("id"))
)
PLACES_IN_GROUPS = Query(
    sa.select(group_people.c.group_id, group_people.c.position).where(
        organization(group_people), group_people.c.principal == sa.bindparam("principal")
    ),
    row,
)
ADD_GROUP_PERSON = insert_missing(group_people, on=("organization_id", "group_id", "principal"))
LEAVE_ALL_GROUPS = Query(
    sa.delete(group_people)
    .where(organization(group_people), group_people.c.principal == sa.bindparam("principal"))
    .returning(group_people.c.group_id),
    str,
)
