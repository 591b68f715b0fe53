"""The ASGI application: reads requests on the event loop, performs them in the database's executor, answers.

The order of checks is spec 00 ERR-03: route, rate limit, authentication, membership, body syntax, replay, then the
operation's own. Errors are rendered here and nowhere else.
"""

import asyncio
import gzip
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from procession import __version__
from procession.accounts.model import Policy
from procession.accounts.passwords import Hashing
from procession.api.cookies import read_cookie, require_same_origin
from procession.api.endpoint import OPERATIONS, USUAL, Links, Operation, Query
from procession.engine.model import Refused
from procession.files.store import FileStore
from procession.kernel import metrics
from procession.kernel.clock import Clock
from procession.kernel.database import Database
from procession.kernel.errors import (
    ApiError,
    BadRequest,
    EndpointNotFound,
    Invalid,
    MethodNotAllowed,
    NotFound,
    SeatsTaken,
    StateRefused,
    TooLarge,
    Unauthenticated,
    Unavailable,
    UriTooLong,
)
from procession.kernel.ids import new_id
from procession.kernel.log import log
from procession.kernel.unit import NO_CAPS
from procession.server.bodies import read_body
from procession.server.credentials import read_credential
from procession.server.documents import Documents, is_document
from procession.server.limiter import Limiter, Verdict
from procession.server.messages import Headers, Pieces, Receive, Scope, Send, lifespan, send_answer, whole_body
from procession.server.perform import Answered, Asked, Performer, encode, fingerprint, tag_of
from procession.server.pictures import Pictures
from procession.server.proving import Proving
from procession.server.routing import Match, Routes, split_prefix
from procession.server.several import Together
from procession.server.transfers import Transfers, spooled
from procession.server.uploads import Rules, is_form

LONGEST_QUERY = 8 * 1024
SLOW_SECONDS = 1.0
COMPRESSED_FROM = 1024
COMPRESSION = 5
"""Answers of so many bytes are compressed for whoever takes it; zlib's level."""
NOT_KEPT = frozenset({401, 403, 429})
EXPOSED = (
    "X-Request-Id, X-Tallyfy-Version, X-Procession-Version, X-RateLimit-Limit, X-RateLimit-Remaining, "
    "X-RateLimit-Reset, Retry-After, ETag, Idempotency-Replayed, X-Procession-Warnings, "
    "Content-Disposition, Content-Range, Accept-Ranges"
)
ALLOWED = (
    "Authorization, Content-Type, Accept, X-Tallyfy-Client, X-Guest-Code, Idempotency-Key, If-Match, If-None-Match, "
    "X-Request-Id, Range, If-Range, Mcp-Session-Id, Mcp-Protocol-Version"
)
ANY_ORIGIN = (b"access-control-allow-origin", b"*")
FIXED: Headers = [
    (b"x-tallyfy-version", b"2"),
    (b"x-procession-version", __version__.encode()),
    ANY_ORIGIN,
    (b"access-control-expose-headers", EXPOSED.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"vary", b"Accept-Encoding"),
]
HTTPS_ONLY = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
"""Where the public address is https (spec 41 §18)."""
PRELOADED = (HTTPS_ONLY[0], HTTPS_ONLY[1] + b"; preload")
"""As the lists that browsers are shipped with want it: where the operator says so."""
OF_PAGES: Headers = [
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"content-security-policy", b"default-src 'self'; frame-ancestors 'self'; base-uri 'none'"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
]
"""What a browser needs to be told of HTML; a page may say more strictly what it is (spec 41 §18)."""
PREFLIGHT: Headers = [
    (b"access-control-allow-methods", b"GET, POST, PUT, PATCH, DELETE, OPTIONS, HEAD"),
    (b"access-control-allow-headers", ALLOWED.encode()),
    (b"access-control-max-age", b"86400"),
]
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


class Application:
    """`pages` are paths answered without a token: health, metrics, the description documents."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        secrets: Any,
        *,
        public_url: str,
        files: FileStore,
        uploads: Rules,
        rate_limit: str = "600/minute",
        preload: bool = False,
        hourly: Mapping[str, int | None] = NO_CAPS,
        policy: Policy = USUAL,
        hashing: Hashing | None = None,
        pages: dict[str, Callable[["Application"], Awaitable[tuple[int, str, bytes]]]] | None = None,
    ) -> None:
        self.database = database
        self.clock = clock
        self.public_url = public_url.rstrip("/")
        self.fixed = [*FIXED, PRELOADED if preload else HTTPS_ONLY] if public_url.startswith("https:") else FIXED
        self.files = files
        self.performer = Performer(clock, secrets, hourly, policy)
        self.proving = Proving(hashing)
        self.transfers = Transfers(files, uploads, self._admit)
        self.documents = Documents(self._admit)
        self.pictures = Pictures(files, self._admit)
        self.limiter = Limiter(rate_limit)
        self.routes = Routes(OPERATIONS)
        self.together = Together(self.database, self.performer, self.routes, _as_error, _told, self._refuse)
        self.pages = pages or {}
        self.works: Callable[[], bool] = lambda: True  # whether the worker of this process is at work, if it has one
        self._counted: dict[tuple[str, int], tuple[Any, Any]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        given = headers.get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else new_id()
        out: Headers = [*self.fixed, (b"x-request-id", request_id.encode())]
        method, name = scope["method"], "unknown"
        body: bytes | Pieces
        try:
            prefix, path = split_prefix(scope["path"])
            page = self.pages.get(path)
            if page is not None and method in ("GET", "HEAD"):
                status, kind, body = await page(self)
                out.append((b"content-type", kind.encode()))
                if kind.startswith("text/html"):
                    out.extend(OF_PAGES)
                if path.startswith("/.well-known/"):
                    out.append((b"cache-control", b"public, max-age=3600"))
            else:
                match, operation = self._route(method, path)
                if operation is None:
                    await send_answer(
                        send, 204, [*out, *PREFLIGHT, (b"allow", match.allowed().encode())], b"", "OPTIONS"
                    )
                    return
                name = operation.id
                status, body = await self._answer(
                    scope, receive, headers, out, match, operation, prefix, path, request_id
                )
        except ApiError as error:
            proven = "authorization" in headers or "x-guest-code" in headers
            status, body = self._refused(error, request_id, out, proven=proven)
        except Exception:  # noqa: BLE001 - a bug is answered as one, and logged
            log.exception("unexpected error", request_id=request_id, path=scope["path"], method=method)
            status, body = self._refused(ApiError(), request_id, out)
        if isinstance(body, bytes) and len(body) >= COMPRESSED_FROM and "gzip" in headers.get("accept-encoding", ""):
            body = gzip.compress(body, COMPRESSION, mtime=0)
            out.append((b"content-encoding", b"gzip"))
        await send_answer(send, status, out, body, method)
        self._observe(name, status, time.perf_counter() - began, request_id)
        if self.performer.traces.due(self.clock.now()):
            await self._flush()

    async def _flush(self) -> None:
        """Write the traces of use; the answer has left already, so nobody waits for them."""
        try:
            await self.database.command(self.performer.traces.flush)
        except Exception as error:  # noqa: BLE001 - no request fails for them
            log.warning("traces of use could not be written", error=repr(error))

    def _route(self, method: str, path: str) -> tuple[Match, Operation | None]:
        """The operation, or None for a preflight. 404 and 405 come first of all."""
        if "\0" in path:
            raise NotFound
        if path in self.pages:
            raise MethodNotAllowed(headers={"Allow": "GET, HEAD"})
        match = self.routes.find(path)
        if match is None:
            raise EndpointNotFound
        if method == "OPTIONS":
            return match, None
        found = match.operations.get("GET" if method == "HEAD" else method)
        if found is None:
            raise MethodNotAllowed(headers={"Allow": match.allowed()})
        return match, found[0]

    async def _answer(
        self,
        scope: Scope,
        receive: Receive,
        headers: dict[str, str],
        out: Headers,
        match: Match,
        operation: Operation,
        prefix: str,
        path: str,
        request_id: str,
    ) -> tuple[int, bytes | Pieces]:
        scheme, credential = read_credential(headers, scope["query_string"], operation, match.values)
        address = (scope.get("client") or ("", 0))[0]
        token = "" if operation.auth == "none" else credential
        verdict = self.limiter.admit(token, address)
        out.extend(_limits(verdict))
        asked = await self._read(scope, receive, headers, match, operation, prefix, path, scheme, credential)
        if operation.auth != "member" or operation.hashes is not None:
            asked = self._of_browser(asked, headers, out, address)
        if operation.uploads and is_form(headers):
            asked = await self.transfers.receive(asked, receive, path)
        elif is_document(operation, headers, asked.links.query):
            asked = await self.documents.receive(asked, receive, path)
        elif operation.picture is not None:
            asked = await self.pictures.receive(asked, receive, path)
        records = (operation.writes and not operation.reads) or (operation.records and asked.method == "GET")
        try:
            if operation.hashes is not None:
                asked = await self._proven(asked)
            if records:
                answered = await self.database.command(
                    lambda session: self.performer.perform(session, asked), brief=operation.brief
                )
            else:
                answered = await self.database.read(
                    lambda session: self.performer.perform(session, asked), brief=operation.brief
                )
            if (then := answered.then) is not None:
                answered = await self.database.command(lambda session: self.performer.follow(session, asked, then))
        except (ApiError, Refused) as error:
            if isinstance(error, Unauthenticated):
                self.limiter.refused(token, address)
            elif token and verdict is None and not isinstance(error, Unavailable):
                out.extend(_limits(self.limiter.accepted(token)))
            if not isinstance(error, Unavailable):  # else nobody knows yet what became of the rows
                await self.transfers.discard(asked)
            refusal = _as_error(error)
            await self._refuse(asked, refusal)
            raise refusal from error
        if token and verdict is None:
            out.extend(_limits(self.limiter.accepted(token)))
        if not answered.keeps_upload:
            await self.transfers.discard(asked)
        if answered.download is not None:
            return await self.transfers.open(answered, answered.download, out, asked.method)
        if answered.spooled is not None:
            return spooled(answered, answered.spooled, out)
        if answered.several is not None:
            self.limiter.further(token, len(answered.several.steps) - 1)
            together = await self.together.perform(asked, answered.several)
            answered = msgspec.structs.replace(answered, body=together)
        if answered.sheet is not None:
            answered = msgspec.structs.replace(answered, body=await self.documents.write(answered.sheet))
        if answered.make is not None:
            answered = msgspec.structs.replace(answered, body=await asyncio.to_thread(answered.make))
        return self._finish(answered, headers, out, request_id, operation)

    def _of_browser(self, asked: Asked, headers: dict[str, str], out: Headers, address: str) -> Asked:
        """What belongs to the web alone: its cookie, where it comes from; nobody else's page may read the answer."""
        if asked.operation.path.startswith("/auth"):
            out.remove(ANY_ORIGIN)
            if asked.operation.writes:
                require_same_origin(headers, self.public_url)
        cookie = read_cookie(headers.get("cookie"), self.public_url)
        return msgspec.structs.replace(asked, cookie=cookie, address=address)

    async def _proven(self, asked: Asked) -> Asked:
        """The request with its passwords compared and hashed, outside any transaction."""
        work = await self.database.read(lambda session: self.performer.passwords(session, asked))
        return asked if work is None else msgspec.structs.replace(asked, proof=await self.proving.prove(work))

    async def _admit(self, asked: Asked) -> str:
        return await self.database.read(lambda session: self.performer.admit(session, asked))

    async def _read(
        self,
        scope: Scope,
        receive: Receive,
        headers: dict[str, str],
        match: Match,
        operation: Operation,
        prefix: str,
        path: str,
        scheme: str,
        credential: str,
    ) -> Asked:
        query = scope["query_string"]
        if len(query) > LONGEST_QUERY:
            raise UriTooLong
        text = query.decode("latin-1")
        body: Any = {}
        wrong: ApiError | None = None
        raw = b""
        apart = (operation.uploads and is_form(headers)) or is_document(operation, headers, text)
        apart = apart or operation.picture is not None
        if operation.writes and not apart:
            try:
                raw = await whole_body(receive, headers)
            except TooLarge as error:
                wrong = error
            else:
                body, wrong = read_body(raw, headers.get("content-type", ""))
        pairs = parse_qsl(text, keep_blank_values=True, errors="replace") if text else []
        wrong = wrong or _nul(pairs)
        key = headers.get("idempotency-key") if operation.writes and not operation.private else None
        if key is not None and not _KEY.fullmatch(key):
            key, wrong = None, BadRequest("Idempotency-Key must be 1 to 255 visible ASCII characters.")
        method = scope["method"]
        names = match.operations["GET" if method == "HEAD" else method][1]
        client = headers.get("x-tallyfy-client")
        return Asked(
            operation=operation,
            path=dict(zip(names, match.values, strict=True)),
            query=Query(pairs),
            body=body,
            body_error=wrong,
            headers=headers,
            links=Links(self.public_url, prefix, path, text),
            scheme=scheme if credential and not credential.startswith(" ") else "",
            credential=credential,
            client=client[:64] if client else None,
            key=key,
            fingerprint=fingerprint(method, path, text, body if wrong is None else raw) if key else "",
            method=method,
        )

    async def _refuse(self, asked: Asked, refusal: ApiError) -> None:
        """Keep the refusal of a request that has a key."""
        if asked.key is None or not 400 <= refusal.status < 500 or refusal.status in NOT_KEPT:
            return
        kept = Answered(status=refusal.status, body=encode(_error_body(refusal, "")), headers=refusal.headers)
        if refusal.code in {"IDEMPOTENCY_IN_PROGRESS", "IDEMPOTENCY_MISMATCH"}:
            return
        await self.database.command(lambda session: self.performer.keep_refusal(session, asked, kept))

    def _finish(
        self, answered: Answered, headers: dict[str, str], out: Headers, request_id: str, operation: Operation
    ) -> tuple[int, bytes]:
        """Encode and add the headers of a successful answer; 304 when the caller has it already."""
        body = answered.body
        if body is None:
            body = encode(answered.value) if answered.value is not None else b""
        if body and answered.status >= 400 and not answered.page:
            # A kept refusal names the request that is answered, not the first one (spec 00 §15.2).
            body = encode({**msgspec.json.decode(body), "request_id": request_id})
        if body and answered.sheet is None and "Content-Type" not in answered.headers:
            out.append((b"content-type", b"text/html; charset=utf-8" if answered.page else b"application/json"))
        if "Cache-Control" not in answered.headers:
            out.append((b"cache-control", b"no-store"))
        if answered.revision is not None:
            tag = tag_of(answered, body)
            out.append((b"etag", tag.encode()))
            if not operation.writes and _matches(headers.get("if-none-match"), tag):
                return 304, b""
        said = [(name.lower().encode(), value.encode()) for name, value in answered.headers.items()]
        if answered.page:
            stricter = {name for name, _ in said}
            out.extend(one for one in OF_PAGES if one[0] not in stricter)
        out.extend(said)
        return answered.status, body

    def _refused(self, error: ApiError, request_id: str, out: Headers, *, proven: bool = False) -> tuple[int, bytes]:
        """The answer to a refusal. `proven`: a credential was sent, so that it is what is wrong (RFC 6750)."""
        out.append((b"content-type", b"application/json"))
        out.append((b"cache-control", b"no-store"))
        if isinstance(error, Unauthenticated):
            out.append((b"www-authenticate", self._challenge(proven=proven)))
        out.extend((name.lower().encode(), value.encode("latin-1", "replace")) for name, value in error.headers.items())
        return error.status, encode(_error_body(error, request_id))

    def _challenge(self, *, proven: bool) -> bytes:
        """Which credentials are wanted, and that those sent will not do (spec 40 §3.3)."""
        wrong = ', error="invalid_token"' if proven else ""
        return f'Bearer realm="{self.public_url}"{wrong}'.encode()

    def _observe(self, name: str, status: int, seconds: float, request_id: str) -> None:
        kept = self._counted.get((name, status))
        if kept is None:
            kept = (metrics.REQUESTS.labels(name, status), metrics.SECONDS.labels(name))
            self._counted[name, status] = kept
        kept[0].inc()
        kept[1].observe(seconds)
        if seconds > SLOW_SECONDS:
            log.warning("slow request", operation=name, status=status, seconds=round(seconds, 3), request_id=request_id)


def _nul(pairs: list[tuple[str, str]]) -> ApiError | None:
    """Databases cannot hold NUL: it is refused wherever a string may come in (spec 00 BODY-07)."""
    for name, value in pairs:
        if "\0" in name or "\0" in value:
            shown = name.replace("\0", "")
            return Invalid({shown: [f"The {shown} may not contain NUL characters."]})
    return None


def _as_error(error: ApiError | Refused) -> ApiError:
    return StateRefused(error.code, error.text, path="task") if isinstance(error, Refused) else error


def _told(error: ApiError) -> dict[str, Any]:
    """A refusal inside an answer, which carries the id of the request."""
    body = _error_body(error, "")
    del body["request_id"]
    return body


def _error_body(error: ApiError, request_id: str) -> dict[str, Any]:
    body: dict[str, Any] = {"error": True, "message": error.message, "code": error.code}
    if isinstance(error, SeatsTaken):  # clients look for it here (spec 40 §4, form 3)
        body["error"] = {"code": error.code, "message": error.message, "details": error.details}
    if error.errors is not None:
        body["errors"] = error.errors
    if error.details is not None:
        body["details"] = error.details
    body["request_id"] = request_id
    return body


def _limits(verdict: Verdict | None) -> Headers:
    if verdict is None:
        return []
    return [
        (b"x-ratelimit-limit", str(verdict.limit).encode()),
        (b"x-ratelimit-remaining", str(verdict.remaining).encode()),
        (b"x-ratelimit-reset", str(verdict.reset).encode()),
    ]


def _matches(header: str | None, tag: str) -> bool:
    if not header:
        return False
    return any(one.strip().removeprefix("W/") in ("*", tag) for one in header.split(","))
