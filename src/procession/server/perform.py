"""One operation on its way through the executor: authenticate, claim or replay a key, decide, present.

Everything here runs whole inside one transaction; the caller encodes and answers after the commit.
"""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from procession.accounts.tokens import digest
from procession.api.endpoint import Call, Links, Operation, Query, Reply
from procession.kernel.clock import Clock
from procession.kernel.database import Session
from procession.kernel.errors import ApiError, Conflict, Invalid, Unauthenticated
from procession.kernel.ids import NOWHERE, read_id
from procession.kernel.sql import Query as Statement
from procession.kernel.sql import insert_missing, organization, row
from procession.kernel.tables import idempotency_keys
from procession.kernel.unit import Unit
from procession.people.authenticate import (
    authenticate_account,
    authenticate_guest,
    authenticate_member,
    find_organization,
)
from procession.people.model import Account, Actor

KEPT = timedelta(hours=24)
UNKNOWN = "0" * 31 + "1"
"""No organization has this id: an unknown slug is refused like an unknown id."""

encode = msgspec.json.Encoder().encode


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request as read on the event loop."""

    operation: Operation
    path: dict[str, str]
    query: Query
    body: Any
    body_error: ApiError | None
    headers: Mapping[str, str]
    links: Links
    scheme: str
    credential: str
    client: str | None
    key: str | None
    fingerprint: str


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What leaves: status, body as bytes or a value still to encode, headers, and who it was for."""

    status: int
    body: bytes | None = None
    value: Any = None
    headers: dict[str, str] = {}
    revision: int | None = None


def _kept(*columns: Any) -> Answered:
    status, headers, body, fingerprint = columns
    return Answered(status=status, headers={**headers, "x-fingerprint": fingerprint}, body=bytes(body))


_where = (
    organization(idempotency_keys),
    idempotency_keys.c.principal == sa.bindparam("principal"),
    idempotency_keys.c.key == sa.bindparam("key"),
)
_c = idempotency_keys.c
FIND_KEY = Statement(
    sa.select(_c.status, _c.headers, _c.body, _c.fingerprint).where(*_where, _c.created_at > sa.bindparam("since")),
    _kept,
)
KEEP_KEY = insert_missing(idempotency_keys, on=("organization_id", "principal", "key"))
LOCK_KEY = Statement(
    sa.select(sa.func.pg_try_advisory_xact_lock(sa.func.hashtextextended(sa.bindparam("name"), 0))), bool
)
DROP_OLD = Statement(
    sa.delete(idempotency_keys).where(*_where, _c.created_at <= sa.bindparam("since")).returning(_c.key), row
)


class Performer:
    """Performs operations; knows the clock and the operator's secrets."""

    def __init__(self, clock: Clock, secrets: Any) -> None:
        self.clock = clock
        self.secrets = secrets

    def perform(self, session: Session, asked: Asked) -> Answered:
        """Run the operation. Raises `ApiError`; everything written is then undone by the database."""
        unit = self._unit(session, asked)
        actor, account = self._authenticate(unit, asked)
        unit.principal = actor.principal if actor else (f"u{account.account_id}" if account else "public")
        if asked.body_error is not None:
            raise asked.body_error
        if asked.key is not None and (kept := self._replay(unit, asked)) is not None:
            return kept
        call = Call(
            unit=unit,
            actor=actor,
            account=account,
            path=asked.path,
            query=asked.query,
            body=asked.body,
            headers=asked.headers,
            client=asked.client,
            links=asked.links,
            secrets=self.secrets,
        )
        answered = _answer(call, asked.operation.handler(call))
        if asked.key is None:
            return answered
        finished = Answered(
            status=answered.status,
            body=encode(answered.value) if answered.value is not None else b"",
            headers=answered.headers,
            revision=answered.revision,
        )
        self._keep(unit, asked, finished)
        return finished

    def keep_refusal(self, session: Session, asked: Asked, refusal: Answered) -> None:
        """Keep the answer of a refused keyed request, in a transaction of its own."""
        unit = self._unit(session, asked)
        try:
            actor, account = self._authenticate(unit, asked)
        except ApiError:
            return
        unit.principal = actor.principal if actor else (f"u{account.account_id}" if account else "public")
        self._keep(unit, asked, refusal)

    def _unit(self, session: Session, asked: Asked) -> Unit:
        named = asked.path.get("org")
        organization_id = NOWHERE
        if named is not None:
            organization_id = read_id(named) or ""
            if not organization_id:
                probe = Unit(session, NOWHERE, self.clock.now())
                organization_id = find_organization(probe, named.lower()) or UNKNOWN
        return Unit(session, organization_id, self.clock.now(), client=asked.client)

    def _authenticate(self, unit: Unit, asked: Asked) -> tuple[Actor | None, Account | None]:
        if asked.operation.auth == "none":
            return None, None
        if asked.scheme == "guest" and asked.operation.auth == "member":
            return authenticate_guest(unit, digest(asked.credential)), None
        if asked.scheme != "bearer":
            raise Unauthenticated
        if asked.operation.auth == "account":
            return None, authenticate_account(unit, digest(asked.credential))
        return authenticate_member(unit, digest(asked.credential)), None

    def _replay(self, unit: Unit, asked: Asked) -> Answered | None:
        """The kept answer of this key, or None when the request is the first (spec 00 §15.2)."""
        key = asked.key
        if unit.session.locks and not unit.one(LOCK_KEY, name=f"{unit.organization_id}:{unit.principal}:{key}"):
            raise Conflict(
                "The first request with this key is still running.",
                code="IDEMPOTENCY_IN_PROGRESS",
                headers={"Retry-After": "1"},
            )
        since = unit.now - KEPT
        found = unit.one(FIND_KEY, principal=unit.principal, key=key, since=since)
        if found is None:
            unit.one(DROP_OLD, principal=unit.principal, key=key, since=since)
            return None
        if found.headers["x-fingerprint"] != asked.fingerprint:
            text = "This key was used for another request."
            raise Invalid({"Idempotency-Key": [text]}, code="IDEMPOTENCY_MISMATCH")
        headers = {name: value for name, value in found.headers.items() if name != "x-fingerprint"}
        return Answered(status=found.status, body=found.body, headers={**headers, "Idempotency-Replayed": "true"})

    def _keep(self, unit: Unit, asked: Asked, answered: Answered) -> None:
        headers = dict(answered.headers)
        if answered.revision is not None:
            headers["ETag"] = etag(answered.revision, answered.body or b"")
        unit.write(
            KEEP_KEY,
            principal=unit.principal,
            key=asked.key,
            fingerprint=asked.fingerprint,
            status=answered.status,
            headers={name: value for name, value in headers.items() if name in ("ETag", "X-Procession-Warnings")},
            body=answered.body or b"",
            created_at=unit.now,
        )


def _answer(call: Call, reply: Reply) -> Answered:
    """The reply with the warnings the call gathered (spec 00 PUT-07)."""
    body, headers = reply.body, dict(reply.headers)
    if call.warnings:
        shown = [{"code": warning.code, "key": warning.key} for warning in call.warnings]
        headers["X-Procession-Warnings"] = _bounded(shown)
        if isinstance(body, dict) and "data" in body:
            told = [one for one in shown if one["code"] != "UNKNOWN_INCLUDE"]
            if told:
                body = {**body, "meta": {**body.get("meta", {}), "warnings": told}}
    return Answered(status=reply.status, value=body, headers=headers, revision=reply.revision)


def _bounded(shown: list[dict[str, str]]) -> str:
    """The warnings as a header value: ASCII, at most 2 KB."""
    while True:
        text = encode(shown).decode().encode("ascii", "backslashreplace").decode()
        if len(text) <= 2048:
            return text
        shown = shown[: len(shown) // 2]


def etag(revision: int, body: bytes) -> str:
    """`"<revision>-<digest of the body>"` (spec 00 CONC-01)."""
    return f'"{revision}-{hashlib.blake2b(body, digest_size=8).hexdigest()}"'


def fingerprint(method: str, path: str, query: str, body: Any) -> str:
    """What makes two requests the same: method, path without prefix, sorted query, sorted body."""
    parts = "&".join(sorted(query.split("&")))
    text = f"{method} {path}?{parts}\n".encode() + msgspec.json.encode(body, order="sorted")
    return hashlib.sha256(text).hexdigest()
