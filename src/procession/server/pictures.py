"""Photos and logos: read before the request is performed, made apart, and in the store when it is.

A form with the picture in its part `file` (or `logo`, `name`), and a `crop` beside it; or JSON with the picture as
base64 (a `data:` address is taken too). What is wrong waits until its turn to be told (spec 00 ERR-03).
"""

import asyncio
import base64
import binascii
import hashlib
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from procession.files.model import Made
from procession.files.pictures import make_pictures, put
from procession.files.scaling import LARGEST, WRONG_TYPE, Crop, Job, Unfit
from procession.files.store import FileStore
from procession.kernel.errors import ApiError, Invalid, TooLarge, Unavailable
from procession.kernel.log import log
from procession.server.bodies import read_body, read_pairs
from procession.server.messages import Receive, whole_body
from procession.server.perform import Asked, fingerprint
from procession.server.uploads import is_form, read_small_form

AT_ONCE = 2
MOST_WAITING = 32
PARTS = ("file", "logo", "name", "picture")
SLACK = 64 * 1024
"""What a form may be larger than its picture."""
SIDES = ("x", "y", "width", "height")


class Pictures:
    """`admit` raises for everybody who may not come in at all."""

    def __init__(self, store: FileStore, admit: Callable[[Asked], Awaitable[str]]) -> None:
        self._store = store
        self._admit = admit
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    async def receive(self, asked: Asked, receive: Receive, path: str) -> Asked:
        """The request with what was made of the picture as its body: `Made`, or `Unfit` with the reason."""
        await self._admit(asked)
        purpose = asked.operation.picture
        assert purpose is not None
        told = ""
        try:
            data, crop = await _sent(receive, dict(asked.headers), LARGEST[purpose])
            told = hashlib.sha256(data).hexdigest() + repr(crop)
            body: Any = await self._made(data, Job(purpose, crop))
        except Unfit as error:
            body = error
        except ApiError as error:
            return msgspec.structs.replace(asked, body={}, body_error=asked.body_error or error)
        return msgspec.structs.replace(
            asked,
            body=body,
            fingerprint=fingerprint("POST", path, asked.links.query, told) if asked.key else "",
        )

    async def _made(self, data: bytes, job: Job) -> Made:
        if self._waiting >= MOST_WAITING:
            raise Unavailable("Too many pictures are being made. Please try again.")
        self._waiting += 1
        try:
            async with self._turns:
                made = await asyncio.to_thread(make_pictures, data, job)
            return await put(self._store, made)
        except OSError as error:
            log.exception("the store could not be written", error=repr(error))
            raise Unavailable("The file could not be stored. Please try again.") from None
        finally:
            self._waiting -= 1


async def _sent(receive: Receive, headers: dict[str, str], limit: int) -> tuple[bytes, Crop | None]:
    """The picture as it was sent, and the part of it that is meant. Raises `Unfit`, `ApiError`."""
    too_large = f"The file may not be greater than {limit // 1024} kilobytes."
    form = is_form(headers)
    try:
        body = await whole_body(receive, headers, limit + SLACK if form else (limit + SLACK) * 4 // 3)
    except TooLarge:
        raise Unfit(too_large) from None
    if form:
        try:
            pairs, _, data = read_small_form(body, headers, PARTS)
        except Invalid:
            raise Unfit("The file field is required.") from None
        fields, wrong = read_pairs(pairs)
    else:
        fields, wrong = read_body(body, headers.get("content-type", ""))
        data = b"" if wrong is not None else _decoded(fields)
    if wrong is not None:
        raise wrong
    if len(data) > limit:
        raise Unfit(too_large)
    return data, _crop(fields.get("crop") if isinstance(fields, dict) else None)


def _decoded(body: Any) -> bytes:
    """The picture in a JSON body."""
    named = [body[one] for one in PARTS if body.get(one)] if isinstance(body, dict) else []
    if not named:
        raise Unfit("The file field is required.")
    if not isinstance(named[0], str):
        raise Unfit(WRONG_TYPE)
    text = named[0].partition(",")[2] if named[0].startswith("data:") else named[0]
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Unfit(WRONG_TYPE) from None


def _crop(sent: Any) -> Crop | None:
    """`{x, y, width, height}`, also as a JSON text, whole points."""
    if isinstance(sent, str):
        try:
            sent = msgspec.json.decode(sent) if sent.strip() else None
        except (msgspec.DecodeError, RecursionError):
            raise Unfit("The crop must be an object.", "crop") from None
    if sent is None:
        return None
    if not isinstance(sent, dict):
        raise Unfit("The crop must be an object.", "crop")
    sides = [_whole(sent.get(one)) for one in SIDES]
    if any(one is None for one in sides):
        raise Unfit("The crop must hold x, y, width and height, each an integer.", "crop")
    return Crop(*(one or 0 for one in sides))


def _whole(value: Any) -> int | None:
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit() and len(value) < 10:
        return int(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 10**9:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**9 else None
