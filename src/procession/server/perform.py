"""One operation on its way through the executor: authenticate, claim or replay a key, decide, present.

Everything here runs whole inside one transaction; the caller encodes and answers after the commit.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from procession.accounts.model import Policy
from procession.accounts.passwords import Proof, Work
from procession.accounts.tokens import digest
from procession.api.cookies import require_page
from procession.api.endpoint import (
    UNPROVEN,
    USUAL,
    Call,
    Download,
    Links,
    Operation,
    Query,
    Reply,
    Several,
    Sheet,
    Spooled,
)
from procession.files.model import Incoming
from procession.kernel import idempotency
from procession.kernel.clock import Clock
from procession.kernel.database import Session
from procession.kernel.errors import ApiError, Conflict, Invalid, Unauthenticated
from procession.kernel.ids import NOWHERE, read_id
from procession.kernel.unit import NO_CAPS, Unit
from procession.people.authenticate import (
    authenticate_account,
    authenticate_application,
    authenticate_guest,
    authenticate_member,
    authenticate_session,
    find_organization,
    known_as,
)
from procession.people.model import Account, Actor
from procession.people.permissions import require_one
from procession.server.read_only import require_open
from procession.server.refusals import handled
from procession.server.scopes import require_scope
from procession.server.traces import Traces

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
    method: str = "GET"
    upload: Incoming | None = None
    upload_key: str | None = None
    """Where its bytes lie in the store."""
    address: str = ""
    cookie: str | None = None
    """The session of a browser, for operations that take one."""
    proof: Proof = UNPROVEN


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What leaves: status, body as bytes or a value still to encode, headers, and who it was for."""

    status: int
    body: bytes | None = None
    value: Any = None
    headers: dict[str, str] = {}
    revision: int | None = None
    tagged: Any = None
    download: Download | None = None
    keeps_upload: bool = False
    page: bool = False
    sheet: Sheet | None = None
    spooled: Spooled | None = None
    several: Several | None = None
    make: Callable[[], bytes] | None = None
    then: Callable[[Call], Reply] | None = None


class Performer:
    """Performs operations; knows the clock, the operator's secrets and the hourly caps."""

    def __init__(
        self, clock: Clock, secrets: Any, hourly: Mapping[str, int | None] = NO_CAPS, policy: Policy = USUAL
    ) -> None:
        self.clock = clock
        self.secrets = secrets
        self.hourly = hourly
        self.policy = policy
        self.traces = Traces()
        self._known: set[str] = set()  # ids that organizations have, which need no second look

    def perform(self, session: Session, asked: Asked) -> Answered:
        """Run the operation. Raises `ApiError`; everything written is then undone by the database."""
        unit = self._unit(session, asked)
        actor, account = self._identify(unit, asked)
        if (caller := actor or account) is not None:
            require_scope(asked.operation, caller.scopes)
        self.traces.note(unit, actor, account)
        require_open(asked.operation, actor, unit.now)
        if asked.body_error is not None:
            raise asked.body_error
        if asked.key is not None and (kept := self._replay(unit, asked)) is not None:
            return kept
        call = self._call(unit, asked, actor, account)
        answered = _answer(call, handled(asked.operation, call))
        if asked.key is None:
            return answered
        finished = Answered(
            status=answered.status,
            body=encode(answered.value) if answered.value is not None else b"",
            headers=answered.headers,
            revision=answered.revision,
            tagged=answered.tagged,
            keeps_upload=answered.keeps_upload,
        )
        self._keep(unit, asked, finished)
        return finished

    def follow(self, session: Session, asked: Asked, then: Callable[[Call], Reply]) -> Answered:
        """Write what a read of the same request found there is to write. Raises `ApiError`, as that would."""
        unit = self._unit(session, asked)
        actor, account = self._identify(unit, asked)
        call = self._call(unit, asked, actor, account)
        return _answer(call, then(call))

    def _call(self, unit: Unit, asked: Asked, actor: Actor | None, account: Account | None) -> Call:
        return Call(
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
            method=asked.method,
            upload=asked.upload,
            policy=self.policy,
            proof=asked.proof,
            address=asked.address,
        )

    def passwords(self, session: Session, asked: Asked) -> Work | None:
        """What there is to hash before the operation can be performed. Raises `ApiError` as that would."""
        unit = self._unit(session, asked)
        actor, account = self._authenticate(unit, asked)
        if asked.operation.hashes is None or asked.body_error is not None:
            return None
        return asked.operation.hashes(self._call(unit, asked, actor, account))

    def admit(self, session: Session, asked: Asked) -> str:
        """Let somebody in before his upload is read; the organization it is for. Raises `ApiError`.

        No picture is made for somebody whose role refuses the operation whatever it is about.
        """
        unit = self._unit(session, asked)
        actor, _ = self._authenticate(unit, asked)
        if actor is not None and asked.operation.picture is not None:
            require_one(actor, asked.operation.acts)
        return unit.organization_id

    def keep_refusal(self, session: Session, asked: Asked, refusal: Answered) -> None:
        """Keep the answer of a refused keyed request, in a transaction of its own."""
        unit = self._unit(session, asked)
        try:
            self._identify(unit, asked)
        except ApiError:
            return
        self._keep(unit, asked, refusal)

    def _unit(self, session: Session, asked: Asked) -> Unit:
        named = asked.path.get("org")
        organization_id = NOWHERE
        if named is not None:
            organization_id = read_id(named) or ""
            if organization_id not in self._known:
                organization_id = self._found(session, named, organization_id)
        return Unit(session, organization_id, self.clock.now(), client=asked.client, hourly=self.hourly)

    def _found(self, session: Session, named: str, organization_id: str) -> str:
        """The organization that a slug, or an id met for the first time, names."""
        probe = Unit(session, NOWHERE, self.clock.now())
        if not organization_id:
            return find_organization(probe, named.lower()) or UNKNOWN
        found = known_as(probe, organization_id)
        if found == organization_id:
            self._known.add(found)
        return found or organization_id

    def _identify(self, unit: Unit, asked: Asked) -> tuple[Actor | None, Account | None]:
        """Authenticate, and have the unit act in the caller's name."""
        actor, account = self._authenticate(unit, asked)
        unit.principal = actor.principal if actor else (f"u{account.account_id}" if account else "public")
        if actor is not None and actor.imports:
            unit.imported, unit.hourly = True, NO_CAPS  # nobody is told of anything: no cap protects him
        return actor, account

    def _authenticate(self, unit: Unit, asked: Asked) -> tuple[Actor | None, Account | None]:
        if asked.operation.auth == "none":
            return None, None
        if asked.scheme == "guest" and asked.operation.auth == "member":
            return authenticate_guest(unit, digest(asked.credential)), None
        if asked.operation.auth in ("session", "visitor"):
            return None, self._session(unit, asked)
        if asked.scheme != "bearer":
            raise Unauthenticated
        if asked.operation.auth == "application":
            return authenticate_application(unit, digest(asked.credential)), None
        if asked.operation.auth == "account":
            return None, authenticate_account(unit, digest(asked.credential))
        return authenticate_member(unit, digest(asked.credential)), None

    def _session(self, unit: Unit, asked: Asked) -> Account | None:
        """Somebody signed in to the web, by his cookie or by the session's token.

        What a browser sends of itself proves nothing: with a cookie, a write needs the token of its page (spec 00
        CORS-01). A visitor need not be signed in.
        """
        credential = asked.credential if asked.scheme == "bearer" else asked.cookie
        visits = asked.operation.auth == "visitor"
        if credential is None:
            if visits:
                return None
            raise Unauthenticated
        try:
            account = authenticate_session(unit, digest(credential))
        except Unauthenticated:
            if visits:
                return None
            raise
        if asked.operation.writes and asked.scheme != "bearer" and not visits:
            require_page(self.secrets, account.token_id, asked.headers, asked.body)
        return account

    def _replay(self, unit: Unit, asked: Asked) -> Answered | None:
        """The kept answer of this key, or None when the request is the first (spec 00 §15.2)."""
        key = asked.key or ""
        if not idempotency.claim(unit, key):
            raise Conflict(
                "The first request with this key is still running.",
                code="IDEMPOTENCY_IN_PROGRESS",
                headers={"Retry-After": "1"},
            )
        found = idempotency.find(unit, key)
        if found is None:
            return None
        if found.fingerprint != asked.fingerprint:
            text = "This key was used for another request."
            raise Invalid({"Idempotency-Key": [text]}, code="IDEMPOTENCY_MISMATCH")
        headers = {**found.headers, "Idempotency-Replayed": "true"}
        return Answered(status=found.status, body=bytes(found.body), headers=headers)

    def _keep(self, unit: Unit, asked: Asked, answered: Answered) -> None:
        headers = dict(answered.headers)
        if answered.revision is not None:
            headers["ETag"] = tag_of(answered, answered.body or b"")
        kept = {name: value for name, value in headers.items() if name in {"ETag", "X-Procession-Warnings"}}
        answer = idempotency.KeptAnswer(answered.status, kept, answered.body or b"", asked.fingerprint)
        idempotency.keep(unit, asked.key or "", answer)


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
    return Answered(
        status=reply.status,
        value=body,
        headers=headers,
        revision=reply.revision,
        tagged=reply.tagged,
        download=reply.download,
        keeps_upload=call.keeps_upload,
        page=reply.page is not None,
        body=reply.page.encode() if reply.page is not None else None,
        make=reply.make,
        sheet=reply.sheet,
        spooled=reply.spooled,
        several=reply.several,
        then=reply.then,
    )


def _bounded(shown: list[dict[str, str]]) -> str:
    """The warnings as a header value: ASCII, at most 2 KB."""
    while True:
        text = json.dumps(shown, separators=(",", ":")).replace("\x7f", "\\u007f")
        if len(text) <= 2048:
            return text
        shown = shown[: len(shown) // 2]


def tag_of(answered: Answered, body: bytes) -> str:
    """The ETag of an answer that has a revision."""
    return etag(answered.revision or 0, body if answered.tagged is None else encode(answered.tagged))


def etag(revision: int, body: bytes) -> str:
    """`"<revision>-<digest of the body>"` (spec 00 CONC-01)."""
    return f'"{revision}-{hashlib.blake2b(body, digest_size=8).hexdigest()}"'


def fingerprint(method: str, path: str, query: str, body: Any) -> str:
    """What makes two requests the same: method, path without prefix, sorted query, sorted body."""
    parts = "&".join(sorted(query.split("&")))
    text = f"{method} {path}?{parts}\n".encode() + msgspec.json.encode(body, order="sorted")
    return hashlib.sha256(text).hexdigest()
