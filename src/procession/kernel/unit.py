"""The unit of work: one transaction, one organization, one actor, one moment.

Use cases get a `Unit` and run statements through it; it writes the organization into every statement, records events
and leaves jobs in the same transaction. It never commits: the database does, after the use case returned.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa

from procession.kernel.database import Session
from procession.kernel.ids import new_id
from procession.kernel.sql import ROWS, Patch, Query, Write, insert, insert_missing, organization, row
from procession.kernel.tables import counters, events, jobs

T = TypeVar("T")

SYSTEM = "system"
"""The principal of what no person does."""

NO_CAPS: Mapping[str, int | None] = {}
"""Hourly caps of units that no client asked for: none (`kernel.hourly`)."""

EVERY_TENANT = "*"
"""The organization of statements over all tenants; each of them names its reason."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One property of one entity changed. `shown` entries are what the activity feed shows.

    `kind` is `<subject>.<what>`; `verb` one of spec 10 §14; `old` and `new` are JSON values and carry enough to
    rebuild the entity.
    """

    kind: str
    verb: str
    subject_kind: str
    subject_id: str
    process_id: str | None = None
    field: str | None = None
    old: Any = None
    new: Any = None
    shown: bool = True


INSERT_EVENT = insert(events)
INSERT_JOB = insert(jobs)
INSERT_JOB_ONCE = insert_missing(
    jobs,
    on=("organization_id", "key"),
    where=sa.text("done_at IS NULL AND dead_at IS NULL AND locked_by IS NULL"),
)
ADD_COUNTER = insert_missing(counters, on=("organization_id", "kind"))
NEXT_NUMBER = Query(
    sa.update(counters)
    .where(organization(counters), counters.c.kind == sa.bindparam("counter"))
    .values(value=counters.c.value + sa.bindparam("count"))
    .returning(counters.c.value),
    int,
)
LOCK = Query(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(sa.bindparam("name"), 0))), row)
SEAL = "events.seal"
SEAL_DELAY = timedelta(seconds=5)
"""How long events gather before a pass seals them."""


class Unit:
    """One transaction of one organization. `principal` is who acts (`u1001`, `e4523`, `system`).

    `hourly` are the caps of acts that are limited by the hour (spec 00 RATE-02). `imported`: the caller brings a
    history along, in import mode (spec 50 IMP-03). Every event says so; who would tell somebody of it, call an address
    or start something because of it asks, and does not.
    """

    __slots__ = ("client", "command_id", "hourly", "imported", "now", "organization_id", "principal", "session")

    def __init__(
        self,
        session: Session,
        organization_id: str,
        now: datetime,
        *,
        principal: str = SYSTEM,
        client: str | None = None,
        hourly: Mapping[str, int | None] = NO_CAPS,
    ) -> None:
        self.session = session
        self.organization_id = organization_id
        self.now = now
        self.principal = principal
        self.client = client
        self.hourly = hourly
        self.imported = False
        self.command_id = new_id()
        session.scope(organization_id)

    # -- statements -------------------------------------------------------------------------------------------------

    def all(self, query: Query[T], **parameters: Any) -> list[T]:
        """Every row."""
        parameters["organization_id"] = self.organization_id
        compiled = query.compiled(self.session.dialect)
        rows = compiled.rows(self.session.fetch(compiled, compiled.arguments(parameters)))
        into = query.into
        return [into(*values) for values in rows]

    def ahead(self, query: Query[Any], **parameters: Any) -> None:
        """Say early that `all` or `one` will be asked this: PostgreSQL answers it together with the next question.

        A hint and no more: what this transaction writes in between to a table of the query makes it asked for anew, and
        whatever is never asked for was read in vain. What others may change meanwhile is announced with the lock that
        keeps them from it: it is read behind that.
        """
        session = self.session
        if session.distant:
            parameters["organization_id"] = self.organization_id
            compiled = query.compiled(session.dialect)
            session.ahead(compiled, compiled.arguments(parameters))

    def announce(self, read: Callable[..., object], *arguments: Any) -> None:
        """`ahead` for all that `read(unit, *arguments)` asks when it finds nothing: it is run on empty answers."""
        if self.session.distant:
            early = _Announcing.__new__(_Announcing)
            for name in Unit.__slots__:
                setattr(early, name, getattr(self, name))
            read(early, *arguments)

    def one(self, query: Query[T], **parameters: Any) -> T | None:
        """The first row, or None."""
        rows = self.all(query, **parameters)
        return rows[0] if rows else None

    def write(self, write: Write, **parameters: Any) -> None:
        parameters["organization_id"] = self.organization_id
        compiled = write.compiled(self.session.dialect)
        self.session.write(compiled, compiled.arguments(parameters))

    def write_many(self, write: Write, rows: Sequence[dict[str, Any]]) -> None:
        """The same statement for each row, inserts several rows at once. The rows get the organization."""
        if not rows:
            return
        dialect = self.session.dialect
        compiled = write.compiled(dialect)
        for one in rows:
            one["organization_id"] = self.organization_id
        arguments = [compiled.arguments(one) for one in rows]
        if write.columns is None or len(rows) == 1:
            self.session.write_many(compiled, arguments)
            return
        most = ROWS[dialect.name]
        for start in range(0, len(arguments), most):
            self.session.write(*write.several(dialect, arguments[start : start + most]))

    def patch(self, patch: Patch, changes: Mapping[str, Any], **keys: Any) -> None:
        """Update the columns in `changes` of the row with `keys`; nothing at all when there are none."""
        if not changes:
            return
        write = patch.write(tuple(sorted(changes)))
        parameters = {f"set_{name}": value for name, value in changes.items()}
        parameters.update({f"key_{name}": value for name, value in keys.items()})
        self.write(write, **parameters)

    def numbers(self, kind: str, count: int = 1) -> range:
        """The next `count` numbers of a counter of the organization. Ask late: the counter's row stays locked."""
        last = self.one(NEXT_NUMBER, counter=kind, count=count)
        if last is None:  # the organization's first of this kind
            self.write(ADD_COUNTER, kind=kind, value=0)
            last = self.one(NEXT_NUMBER, counter=kind, count=count)
            assert last is not None
        return range(last - count + 1, last + 1)

    def lock(self, name: str) -> None:
        """One transaction at a time for what no row stands for: a name nobody has, an order of siblings.

        Whoever asks for the same name waits until the other transaction ended (PostgreSQL; SQLite has one writer).
        """
        if self.session.locks:
            self.one(LOCK, name=name)

    # -- what happened, and what is to follow -----------------------------------------------------------------------

    def record(self, happened: Iterable[Event]) -> None:
        """Write the events, leave the job that seals them into the organization's hash chain, tell who reacts."""
        told = list(happened)
        rows = [
            {
                "command_id": self.command_id,
                "at": self.now,
                "kind": event.kind,
                "verb": event.verb,
                "subject_kind": event.subject_kind,
                "subject_id": event.subject_id,
                "process_id": event.process_id,
                "field": event.field,
                "old": event.old,
                "new": event.new,
                "actor": self.principal,
                "client": self.client,
                "shown": event.shown,
                "imported": self.imported,
            }
            for event in told
        ]
        if rows:
            self.write_many(INSERT_EVENT, rows)
            self.enqueue(SEAL, {}, key=SEAL, run_at=self.now + SEAL_DELAY)
            for react in REACTIONS:
                react(self, told)

    def enqueue(
        self, kind: str, payload: Mapping[str, Any], *, key: str | None = None, run_at: datetime | None = None
    ) -> None:
        """Leave a job for the worker, in this transaction. With `key`, one waiting job of that key is enough."""
        self.write(
            INSERT_JOB if key is None else INSERT_JOB_ONCE,
            kind=kind,
            key=key,
            payload=payload,
            run_at=run_at or self.now,
            attempts=0,
            locked_by=None,
            created_at=self.now,
            done_at=None,
            dead_at=None,
            error=None,
        )


class _Announcing(Unit):
    """A unit that asks nothing and says what would be asked."""

    __slots__ = ()

    def all(self, query: Query[T], **parameters: Any) -> list[T]:
        self.ahead(query, **parameters)
        return []


Reaction = Callable[[Unit, Sequence[Event]], None]
REACTIONS: list[Reaction] = []
"""What rooms write in the transaction in which something happened: the assembly names them (house plan §2)."""


def react_with(reaction: Reaction) -> None:
    """Have it told from now on what happens; a second time changes nothing."""
    if reaction not in REACTIONS:
        REACTIONS.append(reaction)
