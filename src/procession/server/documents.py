"""Documents in other notations: read before the request is performed, written after it, both outside the transaction.

What comes in becomes the JSON document of templates (spec 30 §3.11), so that one use case makes all of them. Reading
and writing happen in processes of their own with an end to memory and time (`notations.apart`), two at a time.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec

from procession.api.endpoint import Operation, Query, Sheet
from procession.kernel.errors import ApiError, Invalid, TooLarge, Unavailable
from procession.notations.apart import cells_apart, read_apart, write_apart
from procession.notations.model import READABLE, FormatName, SheetName, Unreadable
from procession.server.bodies import read_body
from procession.server.messages import Receive, whole_body
from procession.server.perform import Asked, fingerprint
from procession.server.uploads import is_form, read_small_form
from procession.wire.outline import outline_document

T = TypeVar("T")
AT_ONCE = 2
MOST_WAITING = 16
_JSON = "json"
_WORDS: dict[str, FormatName] = {
    **{one: one for one in READABLE},
    "bpmn2": "bpmn",
    "xml": "bpmn",
    "htm": "html",
    "xhtml": "html",
    "markdown": "md",
    "tsv": "csv",
    "txt": "md",
    "word": "docx",
}
_KINDS: dict[str, FormatName] = {
    "application/bpmn+xml": "bpmn",
    "application/xml": "bpmn",
    "text/xml": "bpmn",
    "text/html": "html",
    "text/markdown": "md",
    "text/csv": "csv",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
}


def is_document(operation: Operation, headers: dict[str, str], query: str) -> bool:
    """Whether the body is a document to be read at the door: a form with a file, or one whose notation is named."""
    if operation.sheets:
        return is_form(headers)
    if not operation.documents:
        return False
    if is_form(headers) or _kind(headers) in _KINDS:
        return True
    asked = Query(parse_qsl(query)).text("format") if "format" in query else None
    return asked is not None and asked.strip().lower() in _WORDS


def _kind(headers: dict[str, str]) -> str:
    return headers.get("content-type", "").split(";", 1)[0].strip().lower()


_SHEETS: dict[str, SheetName] = {
    "csv": "csv", "tsv": "csv", "txt": "csv", "xlsx": "xlsx", "xlsm": "xlsx", "xls": "xls"
}  # fmt: skip


class _Upload(msgspec.Struct):
    """What came: the document, its name, the other parts of the form."""

    data: bytes
    filename: str = ""
    pairs: list[tuple[str, str]] = []


class Documents:
    """`admit` raises for everybody who may not come in at all."""

    def __init__(self, admit: Callable[[Asked], Awaitable[str]]) -> None:
        self._admit = admit
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    async def receive(self, asked: Asked, receive: Receive, path: str) -> Asked:
        """The request with the document as its body. What is wrong with it waits until its turn to be told."""
        await self._admit(asked)
        headers = dict(asked.headers)
        try:
            upload = await _uploaded(receive, headers)
        except ApiError as error:
            return msgspec.structs.replace(asked, body={}, body_error=asked.body_error or error)
        pairs = [*((name, value) for name, values in asked.query.items() for value in values), *upload.pairs]
        query = Query(pairs)
        told = hashlib.sha256(upload.data).hexdigest()
        printed = fingerprint("POST", path, asked.links.query, [told, pairs]) if asked.key else ""
        if asked.operation.sheets:
            body, wrong = await self._cells(upload)
            return msgspec.structs.replace(asked, body=body, body_error=asked.body_error or wrong, fingerprint=printed)
        word = _word(query, upload, headers)
        body, wrong = await self._read(word, upload, query)
        return msgspec.structs.replace(
            asked,
            query=Query([*((name, value) for name, value in pairs if name != "format"), ("format", _JSON)])
            if word in _WORDS or word == _JSON
            else query,
            body=body,
            body_error=asked.body_error or wrong,
            fingerprint=printed,
        )

    async def _read(self, word: str, upload: _Upload, query: Query) -> tuple[Any, ApiError | None]:
        if word == _JSON:
            return read_body(upload.data, "application/json")
        kind = _WORDS.get(word)
        if kind is None:
            return {}, None  # the operation itself refuses the format
        name = (query.text("title") or upload.filename.rpartition(".")[0] or upload.filename)[:250]
        try:
            reading = await self._apart(lambda: read_apart(kind, upload.data, name.replace("\0", "")))
        except Unreadable as error:
            return {"unreadable": str(error)}, None
        document = outline_document(reading.outline, reading.notes)
        if (title := query.text("title")) is not None:
            document["data"]["title"] = title
        # Read once more as if it had been sent: depth, NUL and normal form are checked there.
        return read_body(msgspec.json.encode(document), "application/json")

    async def _cells(self, upload: _Upload) -> tuple[Any, ApiError | None]:
        """The rows of a spreadsheet; a file that is none is told by the operation, when its turn has come."""
        kind = _SHEETS.get(upload.filename.rpartition(".")[2].lower())
        if kind is None:
            return {"unreadable": "The file type is not allowed."}, None
        try:
            rows = await self._apart(lambda: cells_apart(kind, upload.data))
        except Unreadable as error:
            return {"unreadable": str(error)}, None
        return read_body(msgspec.json.encode({"rows": rows}), "application/json")

    async def write(self, sheet: Sheet) -> bytes:
        """The template as a file. 422 for one that takes too long."""
        try:
            return await self._apart(lambda: write_apart(sheet.kind, sheet.outline))
        except Unreadable as error:
            raise Invalid({"format": [str(error)]}) from None

    async def _apart(self, work: Callable[[], T]) -> T:
        if self._waiting >= MOST_WAITING:
            raise Unavailable("Too many documents are being converted. Please try again.")
        self._waiting += 1
        try:
            async with self._turns:
                return await asyncio.to_thread(work)
        finally:
            self._waiting -= 1


async def _uploaded(receive: Receive, headers: dict[str, str]) -> _Upload:
    try:
        data = await whole_body(receive, headers)
    except TooLarge:
        text = "The file may not be greater than 10240 kilobytes."
        raise TooLarge(text, code="FILE_TOO_LARGE", errors={"file": [text]}) from None
    if not is_form(headers):
        return _Upload(data)
    pairs, filename, inner = read_small_form(data, headers)
    return _Upload(inner, filename, pairs)


def _word(query: Query, upload: _Upload, headers: dict[str, str]) -> str:
    """The notation: as asked for, else by the ending of the file's name, else by the type of the body, else JSON."""
    asked = query.text("format")
    if asked is not None:
        return asked.strip().lower()
    ending = upload.filename.rpartition(".")[2].lower() if "." in upload.filename else ""
    if ending in _WORDS or ending == _JSON:
        return ending
    return _KINDS.get(_kind(headers), _JSON)
