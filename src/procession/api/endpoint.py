"""The endpoint table: an operation is declared once, and everything comes from it.

Routes at both prefixes, decoding, OpenAPI, the permissions document, the rate class and the generated tests read
`OPERATIONS`. A handler is a plain synchronous function of a `Call`, run whole in the executor.
"""

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import IO, Any, Literal, cast

import msgspec

from procession.accounts.model import Policy
from procession.accounts.passwords import Proof, Work
from procession.api.reading import Shape
from procession.engine.dates import parse_instant
from procession.engine.model import Notice, Problem
from procession.files.model import Incoming
from procession.files.scaling import Purpose
from procession.kernel.errors import Invalid, NotFound, PreconditionFailed
from procession.kernel.ids import read_id
from procession.kernel.unit import Unit
from procession.notations.model import FormatName, Outline
from procession.people.model import Account, Actor

IN_MEMORY = 1024 * 1024
"""Bytes of an answer that are kept in memory while it is written."""

USUAL = Policy()
UNPROVEN = Proof()

DEEPEST = 3
"""How many names an include may be made of, with dots between them (spec 00 INC-02)."""

CONNECTORS = ("azure-logic-apps", "Microsoft-PowerApps")
"""How the user agents of low-code flows begin."""

PAGES = ("page", "per_page", "limit", "without_pagination", "pagination")
"""How a page of a list is asked for (spec 00 §10)."""

Auth = Literal["none", "visitor", "session", "account", "member", "application"]
"""Who may call: anybody; anybody, known by his session if he has one; who is signed in to the web; a person; a member
or guest of the organization; an application of it."""


class Query(Mapping[str, list[str]]):
    """The query parameters: repeated names and `name[]` add up; reading is lenient (spec 00 §20)."""

    TRUE = frozenset({"true", "1", "yes", "on"})
    FALSE = frozenset({"false", "0", "no", "off"})

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name.removesuffix("[]"), []).append(value)

    def __getitem__(self, name: str) -> list[str]:
        return self._values[name]

    def __iter__(self) -> Any:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def text(self, *names: str) -> str | None:
        """The last non-empty value of the first of `names` that has one."""
        for name in names:
            for value in reversed(self._values.get(name, ())):
                if value != "":
                    return value
        return None

    def flag(self, name: str, *, presence: bool = False) -> bool | None:
        """A boolean. Empty counts as absent, or as true for a presence flag; a malformed one is refused (FLT-03)."""
        values = self._values.get(name)
        if not values:
            return None
        value = values[-1].strip().lower()
        if value == "":
            return True if presence else None
        if value in self.TRUE:
            return True
        if value in self.FALSE:
            return False
        raise Invalid({name: [f"The {name} field must be true or false."]})

    def items_of(self, *names: str) -> list[str]:
        """Every element of comma lists, repeated names and JSON arrays under the first of `names` that is present."""
        for name in names:
            found: list[str] = []
            for value in self._values.get(name, ()):
                found.extend(_elements(value))
            if found:
                return found
        return []


def _elements(value: str) -> list[str]:
    if value.startswith("["):
        try:
            read = msgspec.json.decode(value)
            return [str(one) for one in read] if isinstance(read, list) else []
        except (msgspec.DecodeError, RecursionError):
            return []
    return [part for one in value.split(",") if (part := one.strip())]


class Links(msgspec.Struct, frozen=True):
    """What absolute links are made from: the public address, the prefix the request came through, its path."""

    public_url: str
    prefix: str
    path: str
    query: str


class Call:
    """One request on its way through an operation."""

    __slots__ = (
        "account",
        "actor",
        "address",
        "asked",
        "body",
        "client",
        "headers",
        "ids_for_owners",
        "keeps_upload",
        "links",
        "method",
        "path",
        "policy",
        "proof",
        "query",
        "secrets",
        "unit",
        "upload",
        "warnings",
    )

    def __init__(
        self,
        *,
        unit: Unit,
        actor: Actor | None,
        account: Account | None,
        path: Mapping[str, str],
        query: Query,
        body: Any,
        headers: Mapping[str, str],
        client: str | None,
        links: Links,
        secrets: Any,
        method: str = "GET",
        upload: Incoming | None = None,
        policy: Policy = USUAL,
        proof: Proof = UNPROVEN,
        address: str = "",
    ) -> None:
        self.unit = unit
        self.actor = actor  # type: ignore[assignment]
        self.account = account
        self.path = path
        self.query = query
        self.body = body
        self.headers = headers
        self.client = client
        self.links = links
        self.secrets = secrets
        self.method = method
        self.upload = upload
        self.policy = policy
        self.proof = proof
        self.address = address
        self.keeps_upload = False
        self.warnings: list[Notice] = []
        self.asked = asked_includes(query)
        wanted = query.text("owners_format")
        self.ids_for_owners = wanted == "ids" or (wanted != "objects" and (client == "TallyfySDK" or self.by_connector))

    actor: Actor
    account: Account | None

    def wants(self, *names: str) -> bool:
        """Whether one of the includes was asked for (`-` and `_` are the same)."""
        return any(name in self.asked for name in names)

    def spells(self, name: str) -> bool:
        """Whether an include was asked for in this very spelling: that is how it is shown (spec 00 INC-04)."""
        asked = (one.strip() for value in self.query.get("with", ()) for one in value.split(","))
        return any(one.rpartition(".")[2] == name for one in asked)

    def inside(self, parent: str) -> "Call":
        """The same call as an include sees it: asked for what is nested under `parent`."""
        inner = copy(self)
        inner.asked = frozenset(name[len(parent) + 1 :] for name in self.asked if name.startswith(f"{parent}."))
        return inner

    @property
    def by_connector(self) -> bool:
        """Whether a low-code flow asks: its definition knows bare ids of owners, and no status but 200 (50 PP-01)."""
        return self.headers.get("user-agent", "").startswith(CONNECTORS)

    def id_beside(self, created_id: str | int) -> dict[str, str | int]:
        """`id` beside `data` of something new, for importers that read it there and name no client (50 IMP-02)."""
        return {} if self.client is not None else {"id": created_id}

    def require_fresh(self, revision: int, changed_at: datetime) -> None:
        """412 when `If-Match` names another revision, or `If-Unmodified-Since` an earlier second (CONC-01)."""
        wanted = self.headers.get("if-match")
        if wanted is not None:
            tags = [one.strip().removeprefix("W/").strip('"') for one in wanted.split(",")]
            if not any(one == "*" or one.partition("-")[0] == str(revision) for one in tags):
                raise PreconditionFailed(details={"current": f'"{revision}"'})
        since = self.headers.get("if-unmodified-since")
        if since is not None:
            limit = _read_since(since)
            if limit is not None and changed_at.replace(microsecond=0) > limit:
                raise PreconditionFailed(details={"current": f'"{revision}"'})

    def path_id(self, name: str) -> str:
        """A 32-hex id of the path; anything else is 404 (spec 00 ID-03)."""
        found = read_id(self.path[name])
        if found is None:
            raise NotFound
        return found

    def raise_problems(self, problems: Iterable[Problem], translate: Callable[[tuple[str, ...]], str]) -> None:
        """Answer every problem together, under the wire's paths; nothing when there are none."""
        errors: dict[str, list[str]] = {}
        for problem in problems:
            errors.setdefault(translate(problem.path), []).append(problem.text)
        if errors:
            raise Invalid(errors)


def _read_since(text: str) -> datetime | None:
    """An HTTP date, or the text of `last_updated`."""
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return parse_instant(text)


def asked_includes(query: Query) -> frozenset[str]:
    """The names in `with=`, with every parent a dotted name implies (spec 00 INC-01..04)."""
    asked: set[str] = set()
    for value in query.get("with", ()):
        for raw in value.split(","):
            parts = raw.strip().replace("-", "_").split(".")[:DEEPEST]
            asked.update(".".join(parts[: depth + 1]) for depth in range(len(parts)) if parts[0])
    return frozenset(asked)


class Download(msgspec.Struct, frozen=True, kw_only=True):
    """Stored bytes to answer with: those from `start` to before `end` of the `size` under `key`."""

    key: str
    start: int
    end: int
    size: int


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """A template to answer with as a file of this kind; it is written when the transaction is over."""

    kind: FormatName
    outline: Outline


class Spooled(msgspec.Struct, frozen=True):
    """An answer that was written piece by piece, beside the memory when it grew: the file, to be read from its start
    and closed, and how many bytes it holds.
    """

    file: IO[bytes]
    size: int


class Step(msgspec.Struct, frozen=True):
    """One of several requests sent as one: as it would be sent by itself. `key`: its `Idempotency-Key`."""

    method: str
    path: str
    body: Any = None
    key: str | None = None


class Several(msgspec.Struct, frozen=True):
    """Requests to be performed one after the other, each by itself; `atomic`: all in one transaction or none."""

    steps: Sequence[Step]
    atomic: bool


class Beside(tempfile.SpooledTemporaryFile[bytes]):
    """Closes itself when nobody holds it any more: of a command that is run again, the first answer is dropped."""

    def __del__(self) -> None:
        self.close()


def spool(pieces: Iterable[bytes]) -> Spooled:
    """Write an answer of any length: what is larger than `IN_MEMORY` goes to a file without a name.

    What `pieces` raises is raised, and nothing of what was written is left.
    """
    file = Beside(IN_MEMORY)
    try:
        for piece in pieces:
            file.write(piece)
        size = file.tell()
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return Spooled(cast("IO[bytes]", file), size)


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What an operation answers. `revision` makes the ETag; `download`, `sheet`, `spooled`, `several` and `page`
    (HTML) come in other ways than JSON made at once.

    `make`: gives the bytes of the answer when the transaction is over, for what takes its time. `tagged`: what the ETag
    covers instead of the body, which holds something that moves with every call. `then`: what a read finds it has to
    write: a command of its own, for the same caller, whose reply is the answer.
    """

    body: Any = None
    status: int = 200
    headers: dict[str, str] = {}
    revision: int | None = None
    tagged: Any = None
    updated: Any = None
    download: Download | None = None
    page: str | None = None
    make: Callable[[], bytes] | None = None
    sheet: Sheet | None = None
    spooled: Spooled | None = None
    several: Several | None = None
    then: "Callable[[Call], Reply] | None" = None


Handler = Callable[[Call], Reply]


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the endpoint table. `acts`: the rights it may need (people.permissions); `()` only with auth none.

    `uploads`: takes a form with a file, which is streamed into the store before the handler runs. `sheets`: takes a
    form with a spreadsheet, read at the door into `rows` of the body. `binary`: the type of an answer that is a file.
    `records`: reading it leaves a trace, so that a GET runs as a command. `hashes`: which passwords are to be compared
    or hashed before the handler runs, which finds the outcome in `call.proof`. `private`: the answer holds a secret, so
    it is kept for no `Idempotency-Key`. `pages`: statuses that are answered as HTML. `documents`: also takes a file of
    another notation, which is read at the door and becomes the body. `files`: types of files that the answer may be
    instead of JSON. `reads`: though its method says otherwise it changes nothing, and runs as a read. `later`: what it
    answers with 202 when it becomes long work. `brief`: it writes one object, in about a millisecond whatever it meets
    (`Database.command`), or nearly always reads as quickly (`Database.read`). `picture`: what is sent is a picture for
    this, made at the door: the handler finds a `Made` or an `Unfit` in `call.body`.
    """

    id: str
    method: str
    path: str
    summary: str
    handler: Handler
    acts: tuple[str, ...]
    auth: Auth = "member"
    body: Shape | None = None
    query: tuple[str, ...] = ()
    answer: Any = None
    status: int = 200
    statuses: tuple[int, ...] = ()
    tag: str = ""
    aliases: tuple[str, ...] = ()
    uploads: bool = False
    sheets: bool = False
    binary: str = ""
    records: bool = False
    hashes: Callable[[Call], Work | None] | None = None
    private: bool = False
    pages: tuple[int, ...] = ()
    documents: bool = False
    files: tuple[str, ...] = ()
    reads: bool = False
    later: Any = None
    brief: bool = False
    picture: Purpose | None = None

    @property
    def writes(self) -> bool:
        return self.method not in ("GET", "HEAD")


OPERATIONS: list[Operation] = []


def operation(
    method: str,
    path: str,
    *,
    id: str,  # noqa: A002 - the OpenAPI word
    acts: tuple[str, ...] = (),
    auth: Auth = "member",
    body: Shape | None = None,
    query: tuple[str, ...] = (),
    answer: Any = None,
    status: int = 200,
    statuses: tuple[int, ...] = (),
    tag: str = "",
    also: tuple[tuple[str, str], ...] = (),
    uploads: bool = False,
    sheets: bool = False,
    binary: str = "",
    records: bool = False,
    hashes: Callable[[Call], Work | None] | None = None,
    private: bool = False,
    pages: tuple[int, ...] = (),
    documents: bool = False,
    files: tuple[str, ...] = (),
    reads: bool = False,
    later: Any = None,
    brief: bool = False,
    picture: Purpose | None = None,
) -> Callable[[Handler], Handler]:
    """Declare an operation. `also`: further (method, path) of the same handler, each an operation of its own."""

    def declare(handler: Handler) -> Handler:
        summary = (handler.__doc__ or id).strip().split("\n")[0]
        for number, (one, at) in enumerate(((method, path), *also)):
            OPERATIONS.append(
                Operation(
                    id=id if number == 0 else f"{id}{number + 1}",
                    method=one,
                    path=at,
                    summary=summary,
                    handler=handler,
                    acts=acts,
                    auth=auth,
                    body=body,
                    query=query,
                    answer=answer,
                    status=status,
                    statuses=statuses,
                    tag=tag,
                    uploads=uploads,
                    sheets=sheets,
                    binary=binary,
                    records=records,
                    hashes=hashes,
                    private=private,
                    pages=pages,
                    documents=documents,
                    files=files,
                    reads=reads,
                    later=later,
                    brief=brief,
                    picture=picture,
                )
            )
        return handler

    return declare
