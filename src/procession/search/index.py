"""The full-text index: one port, two adapters. SQLite: an FTS5 table; PostgreSQL: text-search vectors under GIN.

Both hold the words as `search.words` makes them, so that both find the same: no stemming, no stop words, nothing but
what every installation has. Each word begins with a mark of its organization and kind (`marked`): a search reads the
postings of one kind of one organization, however many others there are.

A row of words has the id of its document, and goes with it: by a trigger on SQLite, by the reference on PostgreSQL.
PostgreSQL uses an index on a table under row-level security only for comparisons that it trusts to leak nothing, and
`@@` is none of them. So the vectors may be read by every organization's transactions (written by their own alone);
the documents they lead to may not, and nothing is found but through them.
"""

from collections.abc import Iterable
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from procession.kernel.sql import Id, OverParameter, Write, organization
from procession.kernel.unit import Unit
from procession.search.model import LETTERS, Kind

_own = sa.MetaData()  # made by migrations as each database has it; no room's table
vectors = sa.Table(
    "search_vectors",
    _own,
    sa.Column("organization_id", Id, nullable=False),
    sa.Column("id", sa.BigInteger, primary_key=True),
    sa.Column("words", postgresql.TSVECTOR, nullable=False),
    info={"tenant": True},
)
postings = sa.table("search_words", *(sa.column(name) for name in ("rowid", "title", "body", "tags")))
Bind = sa.bindparam
_PLACES = 16_000
"""PostgreSQL counts no further inside one document."""
_VECTOR_BYTES = 900_000
"""A vector holds a mebibyte."""


class Indexed(msgspec.Struct, frozen=True):
    """The words of one document, marked. `keys` stand in no order with the others."""

    id: int
    title: list[str]
    body: list[str]
    tags: list[str]


class Matches(OverParameter[bool]):
    """`column`, the id of a document, is among those that the full-text query in the parameter finds."""

    inherit_cache = False
    type = sa.Boolean()
    _is_implicitly_boolean = True


@compiles(Matches, "sqlite")
def _matches_sqlite(element: Matches, compiler: SQLCompiler, **kw: Any) -> str:
    column = compiler.process(element.column, **kw)
    query = compiler.process(sa.bindparam(element.name, type_=sa.Text()), **kw)
    return f"{column} IN (SELECT rowid FROM search_words WHERE search_words MATCH {query})"  # noqa: S608 - compiled


@compiles(Matches, "postgresql")
def _matches_postgresql(element: Matches, compiler: SQLCompiler, **kw: Any) -> str:
    column = compiler.process(element.column, **kw)
    query = compiler.process(sa.bindparam(element.name, type_=sa.Text()), **kw)
    owner = compiler.process(sa.bindparam("organization_id", type_=sa.Text()), **kw)
    return (
        f"{column} IN (SELECT id FROM search_vectors WHERE organization_id = {owner} "  # noqa: S608 - compiled
        f"AND words @@ CAST({query} AS tsquery))"
    )


def _insert(dialect: str) -> Any:
    if dialect == "sqlite":
        columns: dict[str, Any] = {
            "rowid": Bind("document"),
            **{f: Bind(f"its_{f}") for f in ("title", "body", "tags")},
        }
        return sa.insert(postings).values(columns)
    words = sa.cast(Bind("its_vector", type_=sa.Text()), postgresql.TSVECTOR)
    return sa.insert(vectors).values(organization_id=Bind("organization_id"), id=Bind("document"), words=words)


def _delete(dialect: str) -> Any:
    if dialect == "sqlite":
        return sa.delete(postings).where(postings.c.rowid == Bind("document"))
    return sa.delete(vectors).where(organization(vectors), vectors.c.id == Bind("document"))


INSERT, DELETE = Write(_insert), Write(_delete)


def mark(organization_id: str, kind: Kind) -> str:
    """What the words of one kind in one organization begin with. Two organizations may share it: then both are read."""
    return organization_id[-6:] + LETTERS[kind]


def put(unit: Unit, documents: Iterable[Indexed], former: Iterable[int]) -> None:
    """Index the words of these documents; those in `former` are indexed already, with others."""
    unit.write_many(DELETE, [{"document": one} for one in former])
    rows: list[dict[str, Any]] = []
    embedded = unit.session.dialect.name == "sqlite"
    for one in sorted(documents, key=lambda indexed: indexed.id):  # FTS5 likes to be filled in order
        if embedded:
            texts = {"its_title": " ".join(one.title), "its_body": " ".join(one.body), "its_tags": " ".join(one.tags)}
        else:
            texts = {"its_vector": vector(one)}
        rows.append({"document": one.id, **texts})
    unit.write_many(INSERT, rows)


def vector(one: Indexed) -> str:
    """The text of a vector: every word with its places, weighed by where it stands (title A, body B, tags C)."""
    places: dict[str, list[str]] = {}
    place, size = 0, 0
    for weight, words in (("A", one.title), ("B", one.body), ("C", one.tags)):
        for word in words:
            place = min(place + 1, _PLACES)
            if (known := places.get(word)) is None:
                known = places[word] = []
                size += len(word.encode()) + 8
            if len(known) < 255:
                known.append(f"{place}{weight}")
                size += 2
            if size > _VECTOR_BYTES:
                break
        place = min(place + 10, _PLACES)  # no phrase reaches from one into the next
    return " ".join(f"'{word}':{','.join(found)}" for word, found in places.items())
