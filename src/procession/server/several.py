"""Several requests in one: each performed as if it had come by itself, or all in one transaction (spec 00 JOB-02)."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from procession.api.endpoint import Links, Operation, Query, Several, Step
from procession.api.several import Done
from procession.engine.model import Refused
from procession.kernel.database import Database, Session
from procession.kernel.errors import ApiError, BadRequest, EndpointNotFound, Invalid, MethodNotAllowed
from procession.kernel.log import log
from procession.server.perform import Answered, Asked, Performer, encode, fingerprint, tag_of
from procession.server.routing import Routes, split_prefix

OWN = frozenset({"if-match", "if-none-match", "if-range", "range", "idempotency-key", "content-type", "content-length"})
"""Headers that are about the request as a whole."""
APART = "This operation is not one that can be sent together with others."
ELSEWHERE = "The path must lie in this organization."
NOT_DONE = "Nothing was done: another operation of the request failed."

Told = Callable[[ApiError], dict[str, Any]]
"""The body of a refusal."""


class _Stopped(ApiError):
    """One of all or none was refused: what the others wrote is undone."""

    def __init__(self, number: int, error: ApiError) -> None:
        super().__init__()
        self.number = number
        self.error = error


class Together:
    """Performs what `Several` names. `as_error`, `told`: how refusals are answered; `keep`: keeps one under its key."""

    def __init__(
        self,
        database: Database,
        performer: Performer,
        routes: Routes,
        as_error: Callable[[ApiError | Refused], ApiError],
        told: Told,
        keep: Callable[[Asked, ApiError], Awaitable[None]],
    ) -> None:
        self.database = database
        self.performer = performer
        self.routes = routes
        self.as_error = as_error
        self.told = told
        self.keep = keep

    async def perform(self, outer: Asked, several: Several) -> bytes:
        """The answers in order, as JSON."""
        asked = [self._asked(outer, one) for one in several.steps]
        done = await self._all_or_none(asked) if several.atomic else [await self._one(one) for one in asked]
        return encode({"data": done})

    def _asked(self, outer: Asked, step: Step) -> Asked | ApiError:
        """The request, or what is wrong with it before anybody looks inside."""
        path, _, text = step.path.partition("?")
        if not path.startswith("/"):
            path = f"/organizations/{outer.path['org']}/{path}"
        prefix, path = split_prefix(path.rstrip("/"))
        match = self.routes.find(path)
        pairs = parse_qsl(text, keep_blank_values=True, errors="replace")
        if match is None or "\0" in path:
            return EndpointNotFound()
        if any("\0" in part for pair in pairs for part in pair):
            return BadRequest()
        if step.method not in match.operations:
            return MethodNotAllowed(headers={"Allow": match.allowed()})
        operation, names = match.operations[step.method]
        values = dict(zip(names, match.values, strict=True))
        if operation is outer.operation or operation.auth != "member" or _apart(operation):
            return Invalid({"path": [APART]})
        if values.get("org", "").lower() != outer.path["org"].lower():
            return Invalid({"path": [ELSEWHERE]})
        body = {} if step.body is None else step.body
        wrong = None if isinstance(body, dict) else BadRequest("The body must be an object.")
        key = step.key if operation.writes and not operation.private else None
        return msgspec.structs.replace(
            outer,
            operation=operation,
            path=values,
            query=Query(pairs),
            body=body,
            body_error=wrong,
            headers={name: value for name, value in outer.headers.items() if name not in OWN},
            links=Links(outer.links.public_url, prefix or outer.links.prefix, path, text),
            key=key,
            fingerprint=fingerprint(step.method, path, text, body) if key else "",
            method=step.method,
        )

    async def _one(self, asked: Asked | ApiError) -> Done:
        if isinstance(asked, ApiError):
            return self._refusal(asked)
        wanted = asked
        try:
            if wanted.operation.writes and not wanted.operation.reads:
                answered = await self.database.command(
                    lambda session: self.performer.perform(session, wanted), brief=wanted.operation.brief
                )
            else:
                answered = await self.database.read(lambda session: self.performer.perform(session, wanted))
        except (ApiError, Refused) as error:
            refusal = self.as_error(error)
            await self.keep(wanted, refusal)
            return self._refusal(refusal)
        except Exception:  # noqa: BLE001 - a bug of one is answered as one, and logged; the others are done all the same
            log.exception("unexpected error", operation=wanted.operation.id, path=wanted.links.path)
            return self._refusal(ApiError())
        return self._done(answered)

    async def _all_or_none(self, asked: Sequence[Asked | ApiError]) -> list[Done]:
        def work(session: Session) -> list[Answered]:
            found = []
            for number, one in enumerate(asked):
                try:
                    if isinstance(one, ApiError):
                        raise one
                    found.append(self.performer.perform(session, one))
                except (ApiError, Refused) as error:
                    raise _Stopped(number, self.as_error(error)) from error
            return found

        try:
            return [self._done(one) for one in await self.database.command(work)]
        except _Stopped as stopped:
            rest = ApiError(NOT_DONE, code="NOT_DONE")
            others = Done(424, self.told(rest))
            return [self._refusal(stopped.error) if one == stopped.number else others for one in range(len(asked))]

    def _refusal(self, error: ApiError) -> Done:
        return Done(error.status, self.told(error))

    def _done(self, answered: Answered) -> Done:
        """The answer as a member of the whole."""
        if answered.make is not None or answered.page:
            return self._refusal(Invalid({"path": [APART]}))
        body = answered.body
        if body is None:
            body = encode(answered.value) if answered.value is not None else b""
        tag = tag_of(answered, body) if answered.revision is not None else None
        return Done(answered.status, msgspec.Raw(body) if body else None, tag)


def _apart(operation: Operation) -> bool:
    """What is read or answered in another way than as JSON, or takes time before it is performed."""
    door = operation.uploads or operation.sheets or operation.picture is not None or operation.hashes is not None
    return bool(door or operation.binary or operation.files or operation.pages)
