"""All SQL of what becomes of members: invitations, roles, disabling, leaving; requests for access."""

from typing import Any

import sqlalchemy as sa

from procession.accounts.tables import accounts
from procession.kernel.sql import Among, Patch, Query, Write, insert, insert_missing, organization, row, upsert
from procession.people.records import SHOWN
from procession.people.tables import (
    access_requests,
    group_people,
    groups,
    guest_links,
    invitations,
    memberships,
    organizations,
)

PATCH_MEMBERSHIP = Patch(memberships, "account_id")
INSERT_MEMBERSHIP = insert(memberships)
LOCK_MEMBERSHIP = Query(
    sa.select(memberships.c.status, memberships.c.revision)
    .where(organization(memberships), memberships.c.account_id == sa.bindparam("account_id"))
    .with_for_update(),
    row,
)
DELETE_MEMBERSHIP = Write(
    sa.delete(memberships).where(organization(memberships), memberships.c.account_id == sa.bindparam("account_id"))
)
ADMINS = Query(
    sa.select(memberships.c.account_id, memberships.c.is_default_admin)
    .where(
        organization(memberships),
        memberships.c.role == "admin",
        memberships.c.status == "active",
        memberships.c.is_bot.is_(False),
    )
    .order_by(memberships.c.activated_at, memberships.c.account_id),
    row,
)
OTHER_PLACES = Query(
    sa.select(memberships.c.account_id).where(
        Among(memberships.c.account_id, "ids"),
        memberships.c.organization_id != sa.bindparam("except_id"),
        sa.or_(*(memberships.c.status == one for one in SHOWN)),
    ),
    int,
    why_all_tenants="whoever belongs to other organizations too is changed by nobody else (spec 40 §12.8)",
)
WHERE_ELSE = Query(
    sa.select(memberships.c.organization_id)
    .where(
        memberships.c.account_id == sa.bindparam("account_id"),
        memberships.c.organization_id != sa.bindparam("except_id"),
        sa.or_(*(memberships.c.status == one for one in SHOWN)),
    )
    .order_by(memberships.c.organization_id),
    str,
    why_all_tenants="what somebody is called is searched in each of his organizations",
)
ANY_PLACE = Query(
    sa.select(memberships.c.organization_id).where(memberships.c.account_id == sa.bindparam("account_id")).limit(1),
    str,
    why_all_tenants="an account that nothing refers to goes with its last invitation",
)
_disabler = accounts.alias("disabler")
STANDING = Query(
    sa.select(
        memberships.c.status,
        memberships.c.disabled_at,
        _disabler.c.first_name.concat(" ").concat(_disabler.c.last_name),
        organizations.c.settings,
    )
    .select_from(
        memberships.join(organizations, organizations.c.organization_id == memberships.c.organization_id).outerjoin(
            _disabler, _disabler.c.id == memberships.c.disabled_by
        )
    )
    .where(memberships.c.account_id == sa.bindparam("account_id")),
    row,
    why_all_tenants="whether somebody who signs in was disabled everywhere (spec 40 §8)",
)

GUEST_PLACES = Query(
    sa.select(organizations.c.organization_id, organizations.c.name, organizations.c.slug, guest_links.c.disabled_at)
    .select_from(guest_links.join(organizations, organizations.c.organization_id == guest_links.c.organization_id))
    .where(
        guest_links.c.email == sa.bindparam("email"),
        guest_links.c.deleted_at.is_(None),
    )
    .order_by(organizations.c.name, organizations.c.organization_id),
    row,
    why_all_tenants="a person asks where his address is a guest (spec 40 §10.1)",
)

PUT_INVITATION = upsert(invitations, "digest", "secret", "message", "made_at", "link_ends_at")
DELETE_INVITATION = Write(
    sa.delete(invitations).where(organization(invitations), invitations.c.account_id == sa.bindparam("account_id"))
)
_opened = (invitations.c.account_id, invitations.c.message, invitations.c.groups, invitations.c.link_ends_at)
INVITATION = Query(
    sa.select(*_opened).where(organization(invitations), invitations.c.account_id == sa.bindparam("account_id")), row
)
INVITATION_BY_LINK = Query(
    sa.select(invitations.c.organization_id, *_opened).where(invitations.c.digest == sa.bindparam("digest")),
    row,
    why_all_tenants="a link names its organization by itself",
)
INVITATIONS_OF = Query(
    sa.select(invitations.c.organization_id)
    .where(invitations.c.account_id == sa.bindparam("account_id"))
    .order_by(invitations.c.made_at),
    str,
    why_all_tenants="somebody asks for a link to sign in with, and was only invited",
)
INVITE_LINKS = Query(
    sa.select(invitations.c.account_id, invitations.c.secret).where(
        organization(invitations), Among(invitations.c.account_id, "ids")
    ),
    row,
)
OLD_INVITATIONS = Query(
    sa.select(
        invitations.c.organization_id, invitations.c.account_id, memberships.c.invited_at, organizations.c.settings
    )
    .select_from(
        invitations.join(
            memberships,
            sa.and_(
                memberships.c.organization_id == invitations.c.organization_id,
                memberships.c.account_id == invitations.c.account_id,
            ),
        ).join(organizations, organizations.c.organization_id == invitations.c.organization_id)
    )
    .where(memberships.c.invited_at < sa.bindparam("before", type_=memberships.c.invited_at.type))
    .order_by(invitations.c.organization_id, invitations.c.account_id),
    row,
    why_all_tenants="invitations end after as many days as their organization says",
)
ORGANIZATION_NAME = Query(
    sa.select(organizations.c.name, organizations.c.settings).where(organization(organizations)), row
)
KNOWN_GROUPS = Query(sa.select(groups.c.id).where(organization(groups), Among(groups.c.id, "ids")), str)
_next = sa.func.coalesce(sa.func.max(group_people.c.position), 0) + 1
NEXT_PLACE: Query[Any] = Query(
    sa.select(group_people.c.group_id, _next)
    .where(organization(group_people), Among(group_people.c.group_id, "ids"))
    .group_by(group_people.c.group_id),
    row,
)
JOIN_GROUP = insert_missing(group_people, on=("organization_id", "group_id", "principal"))

ASKED = Query(
    sa.select(access_requests.c.task_id).where(
        organization(access_requests),
        access_requests.c.account_id == sa.bindparam("account_id"),
        access_requests.c.object_kind == sa.bindparam("object_kind"),
        access_requests.c.object_id == sa.bindparam("object_id"),
    ),
    str,
)
PUT_ASKED = upsert(access_requests, "task_id", "asked_at")
