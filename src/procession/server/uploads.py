"""Forms with a file: the bytes go straight into the store, piece by piece, and never lie in memory as a whole.

Spec 00 BODY-03, §17; 20 §20.3. What is wrong is returned, not raised: it must lose against 401 and 403.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import AsyncExitStack, suppress
from typing import Any

import msgspec
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from procession.files.kinds import ALLOWED, FOOT, HEAD, UNKNOWN, clean_name, content_type, ending
from procession.files.model import Incoming, key
from procession.files.store import FileStore, Sink
from procession.kernel.errors import ApiError, BadRequest, Invalid, TooLarge, Unavailable
from procession.kernel.ids import new_id
from procession.kernel.log import log
from procession.server.bodies import read_pairs

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

FILE_PARTS = ("name", "file")
"""Names of the part that is the file (spec 00 BODY-03)."""
MOST_PARTS = 100
MOST_TEXT = 256 * 1024
"""Bytes of all text parts together."""
SLACK = 1024 * 1024
"""What a form may be larger than its file: the text parts, and the frames around the parts."""


class Rules(msgspec.Struct, frozen=True):
    """What uploads are let in: bytes of a file at most, endings of names (lower case), the scanner that sees them."""

    limit: int = 100 * 1024 * 1024
    endings: frozenset[str] = ALLOWED
    antivirus: str | None = None


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """A form as it was read: its texts, its file (in the store already), or what is wrong with it."""

    fields: dict[str, Any] = {}
    file: Incoming | None = None
    error: ApiError | None = None


def is_form(headers: dict[str, str]) -> bool:
    """Whether the body is a form with parts."""
    return headers.get("content-type", "").split(";", 1)[0].strip().lower() == "multipart/form-data"


def too_large(rules: Rules) -> TooLarge:
    """The file is over the limit."""
    text = f"The file may not be greater than {rules.limit // 1024} kilobytes."
    return TooLarge(text, code="FILE_TOO_LARGE", errors={"name": [text]})


class _Part:
    """One part of the form while it is read."""

    __slots__ = ("data", "filename", "is_file", "name")

    def __init__(self) -> None:
        self.name = ""
        self.filename: str | None = None
        self.is_file = False
        self.data = bytearray()


class _Reader:
    """Takes a form apart. `pending` is what was read of the file since it was last emptied."""

    def __init__(self, content_type_header: str, parts: tuple[str, ...] = FILE_PARTS) -> None:
        self._files = parts
        _, options = parse_options_header(content_type_header)
        boundary = options.get(b"boundary", b"")
        if not boundary:
            raise FormParserError("no boundary")
        self.pairs: list[tuple[str, str]] = []
        self.filename: str | None = None
        self.pending: list[bytes] = []
        self.ended = False
        self._text = 0
        self._parts = 0
        self._part = _Part()
        self._header = bytearray()
        self._value = bytearray()
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_part_data": self._data,
                "on_part_end": self._end,
                "on_header_field": self._on_header,
                "on_header_value": self._on_value,
                "on_header_end": self._on_header_end,
                "on_headers_finished": self._headers_finished,
                "on_end": self._finish,
            },
        )

    def feed(self, data: bytes) -> None:
        """Raises `FormParserError` (a `ValueError`) for what is no form."""
        if data and not self.ended:
            self._parser.write(data)

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise FormParserError("too many parts")
        self._part = _Part()

    def _on_header(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        if bytes(self._header).lower() == b"content-disposition":
            _, options = parse_options_header(bytes(self._value))
            self._part.name = options.get(b"name", b"").decode("utf-8", "replace")
            if b"filename" in options:
                self._part.filename = options[b"filename"].decode("utf-8", "replace")
        self._header.clear()
        self._value.clear()

    def _headers_finished(self) -> None:
        part = self._part
        if part.filename is not None and part.name in self._files and self.filename is None:
            part.is_file = True
            self.filename = part.filename

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._part.is_file:
            self.pending.append(data[start:end])
        elif self._part.filename is None:
            self._text += end - start
            if self._text > MOST_TEXT:
                raise TooLarge
            self._part.data += data[start:end]

    def _end(self) -> None:
        if self._part.filename is None:
            self.pairs.append((self._part.name, self._part.data.decode()))

    def _finish(self) -> None:
        self.ended = True


class _File:
    """What becomes known of the file while it passes."""

    __slots__ = ("digest", "size")

    def __init__(self) -> None:
        self.digest = hashlib.sha256()
        self.size = 0

    def take(self, data: bytes) -> None:
        self.digest.update(data)
        self.size += len(data)


async def read_form(
    receive: Receive, headers: dict[str, str], store: FileStore, organization_id: str, rules: Rules
) -> Form:
    """Read the form and put its file into the store. With an error nothing is left there."""
    declared = headers.get("content-length", "")
    if declared.isdigit() and int(declared) > rules.limit + SLACK:
        return Form(error=too_large(rules))
    file_id = new_id()
    at = key(organization_id, file_id)
    try:
        reader = _Reader(headers.get("content-type", ""))
        file = await _stored(receive, reader, store.sink(at), rules)
        kind = await _kind(store, at, file, reader.filename)
    except ApiError as error:
        return Form(error=error)
    except ValueError:  # of the parser; of text that is no UTF-8
        return Form(error=BadRequest("The form could not be read."))
    except OSError as error:
        log.exception("the store could not be written", error=repr(error))
        with suppress(OSError):  # else the next sweep finds it
            await asyncio.to_thread(store.remove, at)
        return Form(error=Unavailable("The file could not be stored. Please try again."))
    fields, wrong = read_pairs(reader.pairs)
    return Form(fields=fields, file=_incoming(reader, file, file_id, rules, kind), error=wrong)


async def _stored(receive: Receive, reader: _Reader, sink: Sink, rules: Rules) -> _File:
    """Everything the client sends, once; the file of it goes to the sink, at most the limit, all or nothing."""
    file = _File()
    size = 0
    async with AsyncExitStack() as stack:
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise BadRequest("The connection was closed before the body was complete.")
            data = message.get("body", b"")
            size += len(data)
            if size > rules.limit + SLACK:
                raise too_large(rules)
            reader.feed(data)
            if reader.pending:
                if file.size == 0:
                    await stack.enter_async_context(sink)
                piece = b"".join(reader.pending)
                reader.pending.clear()
                file.take(piece)
                if file.size > rules.limit:
                    raise too_large(rules)
                await sink.write(piece)
            if not message.get("more_body"):
                break
        if not reader.ended:
            raise BadRequest("The form ends before its last part does.")
    return file


def read_small_form(
    data: bytes, headers: dict[str, str], parts: tuple[str, ...] = FILE_PARTS
) -> tuple[list[tuple[str, str]], str, bytes]:
    """A form that lies in memory: its texts, the name of its file, its file. 400 if it is no form, 422 without file.

    `parts`: names that the part with the file may have.
    """
    try:
        reader = _Reader(headers.get("content-type", ""), parts)
        reader.feed(data)
    except ValueError:
        raise BadRequest("The form could not be read.") from None
    if not reader.ended:
        raise BadRequest("The form ends before its last part does.")
    if reader.filename is None:
        raise Invalid({"file": ["The file field is required."]})
    return reader.pairs, clean_name(reader.filename), b"".join(reader.pending)


async def _kind(store: FileStore, at: str, file: _File, filename: str | None) -> str:
    """The type of the file, read from what lies in the store now: both its ends."""
    if filename is None or file.size == 0:
        return UNKNOWN
    head, foot = await store.ends(at, file.size, HEAD, FOOT)
    return content_type(head, clean_name(filename), foot)


def _incoming(reader: _Reader, file: _File, file_id: str, rules: Rules, kind: str) -> Incoming | None:
    if reader.filename is None:
        return None
    name = clean_name(reader.filename)
    return Incoming(
        id=file_id,
        filename=name,
        size=file.size,
        content_type=kind,
        sha256=file.digest.hexdigest(),
        allowed=ending(name) in rules.endings,
    )
