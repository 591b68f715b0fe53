"""SQL of erasure: every text of an organization in which a person can be named (spec 41 §18.4)."""

from collections.abc import Mapping
from typing import Any

import msgspec
import sqlalchemy as sa

from procession.accounts.tables import accounts, mails, tokens
from procession.kernel.sql import Json, Patch, Query, Write, metadata, organization, row
from procession.kernel.tables import events
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


class Place(msgspec.Struct, frozen=True):
    """A table with the columns in which somebody can be named; `read` finds rows by a pattern, `patch` writes them."""

    keys: tuple[str, ...]
    columns: tuple[str, ...]
    counted: bool
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


def _named(columns: list[sa.Column[Any]]) -> list[sa.ColumnElement[bool]]:
    """Whether one of them holds the address, in any case, or the name."""
    texts = [sa.cast(one, sa.Text) for one in columns]
    return [
        *(sa.func.lower(one).like(sa.bindparam("address"), escape="\\") for one in texts),
        *(one.like(sa.bindparam("name"), escape="\\") for one in texts),
    ]


def _place(table: sa.Table, texts: list[sa.Column[Any]]) -> Place:
    keys = [one for one in table.primary_key.columns if one.name != "organization_id"]
    counted = isinstance(getattr(table.c.get("revision"), "type", None), sa.Integer)
    columns = [*keys, *texts, *([table.c.revision] if counted else [])]
    read = Query(sa.select(*columns).where(organization(table), sa.or_(*_named(texts))), row)
    names = tuple(one.name for one in keys)
    return Place(names, tuple(one.name for one in texts), counted, read, Patch(table, *names))


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
NAMING_EVENTS: Query[Any] = Query(
    sa.select(_e.id, _e.kind, _e.subject_kind, _e.subject_id, _e.field, _e.old, _e.new)
    .where(
        organization(events),
        sa.or_(
            sa.and_(_e.subject_kind == sa.bindparam("kind"), _e.subject_id == sa.bindparam("subject")),
            *_named([_e.old, _e.new]),
        ),
    )
    .order_by(_e.id),
    row,
)
"""Events about the person, and those that name him."""

OWN_MAILS = Write(
    sa.update(mails)
    .where(organization(mails), sa.func.coalesce(mails.c.account_id, 0) == sa.bindparam("account"),
           sa.func.coalesce(mails.c.guest_id, 0) == sa.bindparam("guest"))
    .values(link=None, error=None)
)  # fmt: skip
"""Links that would lead a reader of the log to the person's pages, and what a mail server said of his address."""

PATCH_GUEST_LINK = Patch(guest_links, "guest_id")
PATCH_GUEST = Patch(guests, "id")
FORGET_CODES = Write(
    sa.delete(replaced_codes).where(organization(replaced_codes), replaced_codes.c.guest_id == sa.bindparam("guest_id"))
)
ANY_GUEST: Query[Any] = Query(
    sa.select(guest_links.c.guest_id, guest_links.c.deleted_at).where(
        organization(guest_links),
        sa.or_(guest_links.c.guest_id == sa.bindparam("guest_id"), guest_links.c.email == sa.bindparam("email")),
    ),
    row,
)
"""A guest of the organization, deleted ones too."""
OTHER_HOLDERS = Query(
    sa.select(memberships.c.account_id)
    .select_from(memberships.join(accounts, accounts.c.id == memberships.c.account_id))
    .where(
        organization(memberships),
        accounts.c.email == sa.bindparam("email"),
        memberships.c.account_id != sa.bindparam("account"),
    ),
    int,
)
OTHER_GUESTS = Query(
    sa.select(guest_links.c.guest_id).where(
        organization(guest_links),
        guest_links.c.email == sa.bindparam("email"),
        guest_links.c.guest_id != sa.bindparam("guest"),
    ),
    int,
)
"""Others who have the address: a guest who became a member, somebody who was invited again."""
FORGET_TRACES = Write(
    sa.update(tokens).where(tokens.c.account_id == sa.bindparam("account_id")).values(seen=None, name="")
)
"""Where the tokens of somebody were used from, and what he called them."""
