"""SQL of erasure: every text of an organization in which a person can be named (spec 41 §18.4)."""

from collections.abc import Mapping
from typing import Any

import msgspec
import sqlalchemy as sa

from procession.accounts.tables import accounts, mails
from procession.kernel.sql import Among, Json, Patch, Query, Write, columns_of, metadata, organization, row
from procession.kernel.tables import events
from procession.people.records import SHOWN, Guest
from procession.people.tables import guest_links, guests, memberships, replaced_codes

APART = frozenset(
    {
        "events", "event_seals", "event_digests", "seal_passes",  # the chain has a way of its own
        "search_documents", "search_changes", "search_terms", "search_vectors",  # made anew from what is here
        "jobs", "idempotency_keys", "hourly_acts", "counters",  # forgotten within days, or numbers
        "organizations", "memberships", "guest_links",  # the person's own rows are written by the act itself
    }
)  # fmt: skip
"""Tables the search for names leaves out."""
SHORTEST = 100
"""Columns for fewer characters hold ids, states and zones, nobody's address."""
TITLES = frozenset({"title", "name", "folded"})
BARE: Mapping[str, frozenset[str]] = {
    "mails": frozenset({"subject", "about", "error"}),
    "tasks": TITLES | {"alias"},
    "processes": TITLES,
}
"""What the product writes names into by itself; elsewhere a name is replaced where it is mentioned."""


class Place(msgspec.Struct, frozen=True):
    """A table with the columns in which somebody can be named; `read` finds rows by patterns, `patch` writes them.

    `bare`: the columns in which the name alone is replaced. `revised`: rows have a revision, told after the columns.
    """

    keys: tuple[str, ...]
    columns: tuple[str, ...]
    bare: frozenset[str]
    revised: bool
    read: Query[Any]
    patch: Patch


def _texts(table: sa.Table) -> list[sa.Column[Any]]:
    """Columns of text, JSON included, that can hold an address and are no part of the key."""
    return [
        one
        for one in table.columns
        if not one.primary_key
        and isinstance(one.type, Json | sa.String)
        and (isinstance(one.type, Json) or one.type.length is None or one.type.length >= SHORTEST)
    ]


def _named(columns: list[sa.Column[Any]]) -> sa.ColumnElement[bool]:
    """Whether one of them holds an address, in any case, or a name."""
    texts = [sa.cast(one, sa.Text) for one in columns]
    return sa.or_(
        *(sa.func.lower(one).like(sa.bindparam("address"), escape="\\") for one in texts),
        *(one.like(sa.bindparam("name"), escape="\\") for one in texts),
    )


def _place(table: sa.Table, texts: list[sa.Column[Any]]) -> Place:
    keys = [one for one in table.primary_key.columns if one.name != "organization_id"]
    revised = isinstance(getattr(table.c.get("revision"), "type", None), sa.Integer)
    columns = [*keys, *texts, *([table.c.revision] if revised else [])]
    names = tuple(one.name for one in keys)
    return Place(
        keys=names,
        columns=tuple(one.name for one in texts),
        bare=BARE.get(table.name, frozenset()),
        revised=revised,
        read=Query(sa.select(*columns).where(organization(table), _named(texts)), row),
        patch=Patch(table, *names),
    )


def places() -> Mapping[str, Place]:
    """Every place in which rows of an organization may name somebody, by its table."""
    if not _PLACES:
        for table in metadata.sorted_tables:
            texts = _texts(table) if table.info.get("tenant") and table.name not in APART else []
            if texts:
                _PLACES[table.name] = _place(table, texts)
    return _PLACES


_PLACES: dict[str, Place] = {}

_e = events.c
_about = sa.and_(_e.subject_kind == sa.bindparam("kind"), _e.subject_id == sa.bindparam("subject"))
_told = sa.select(_e.id, _e.kind, _e.subject_kind, _e.subject_id, _e.field, _e.old, _e.new)
OWN_EVENTS: Query[Any] = Query(_told.where(organization(events), _about).order_by(_e.id), row)
"""What happened to the person."""
NAMING_EVENTS: Query[Any] = Query(_told.where(organization(events), _named([_e.old, _e.new])).order_by(_e.id), row)
"""What names the person."""

OWN_MAILS = Write(
    sa.update(mails)
    .where(organization(mails), sa.func.coalesce(mails.c.account_id, 0) == sa.bindparam("account"),
           sa.func.coalesce(mails.c.guest_id, 0) == sa.bindparam("guest"))
    .values(recipient=sa.bindparam("address"), link=None, error=None)
)  # fmt: skip
"""Whatever address they went to; links that would lead a reader to the person's pages; what a mail server said."""
FORGET_MAILS = Write(sa.delete(mails).where(organization(mails), mails.c.account_id == sa.bindparam("account")))

PATCH_GUEST_LINK = Patch(guest_links, "guest_id")
PATCH_GUEST = Patch(guests, "id")
FORGET_CODES = Write(
    sa.delete(replaced_codes).where(organization(replaced_codes), replaced_codes.c.guest_id == sa.bindparam("guest_id"))
)
ANY_GUEST = Query(
    sa.select(*columns_of(guest_links, Guest, id=guest_links.c.guest_id))
    .where(
        organization(guest_links),
        sa.or_(
            guest_links.c.guest_id == sa.bindparam("guest_id"),
            guest_links.c.email == sa.bindparam("email"),
            guest_links.c.code_digest == sa.bindparam("digest"),
        ),
    )
    .with_for_update(),
    Guest,
)
"""A guest of the organization, deleted ones too."""

_other_member = sa.and_(
    memberships.c.account_id != sa.bindparam("account"), sa.or_(*(memberships.c.status == one for one in SHOWN))
)
OTHER_MEMBERS: Query[Any] = Query(
    sa.select(accounts.c.email, accounts.c.first_name, accounts.c.last_name)
    .select_from(memberships.join(accounts, accounts.c.id == memberships.c.account_id))
    .where(
        organization(memberships),
        _other_member,
        sa.or_(Among(accounts.c.email, "addresses"), Among(accounts.c.first_name, "first_names")),
    ),
    row,
)
OTHER_GUESTS: Query[Any] = Query(
    sa.select(guest_links.c.email, guest_links.c.first_name, guest_links.c.last_name).where(
        organization(guest_links),
        guest_links.c.guest_id != sa.bindparam("guest"),
        guest_links.c.deleted_at.is_(None),
        sa.or_(Among(guest_links.c.email, "addresses"), Among(guest_links.c.first_name, "first_names")),
    ),
    row,
)
"""Others who are here under one of these addresses, or with one of these first names."""
