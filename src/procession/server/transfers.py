"""Files on their way in and out of a request: into the store before it is performed, from it afterwards."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import msgspec

from procession.api.endpoint import Download, Spooled
from procession.files.antivirus import ScannerFailed, found_in
from procession.files.model import Made
from procession.files.model import key as file_key
from procession.files.pictures import keys
from procession.files.store import FileStore, Missing, StoreFailed
from procession.kernel.errors import ApiError, Invalid, NotFound, Unavailable
from procession.kernel.log import log
from procession.server.messages import Headers, Pieces, Receive
from procession.server.perform import Answered, Asked, fingerprint
from procession.server.uploads import Form, Rules, read_form

INFECTED = "The file contains something that the virus scanner does not let in."

PIECE = 64 * 1024
"""How many bytes of a written answer are read at a time."""


class Transfers:
    """`admit` answers the organization's id for whoever may come in at all, and raises for everybody else."""

    def __init__(self, store: FileStore, rules: Rules, admit: Callable[[Asked], Awaitable[str]]) -> None:
        self.store = store
        self.rules = rules
        self.admit = admit

    async def receive(self, asked: Asked, receive: Receive, path: str) -> Asked:
        """The form with its file, which is in the store then. Who may not come in at all is told so before it is read.

        What a crash leaves behind without a row is swept up later (`files.cleaning`).
        """
        organization_id = await self.admit(asked)
        form = await read_form(receive, dict(asked.headers), self.store, organization_id, self.rules)
        form = await self._scanned(form, organization_id)
        told = {**form.fields, "name": [form.file.filename, form.file.sha256] if form.file else None}
        return msgspec.structs.replace(
            asked,
            body=form.fields,
            body_error=asked.body_error or form.error,
            upload=form.file,
            upload_key=file_key(organization_id, form.file.id) if form.file and form.file.size else None,
            fingerprint=fingerprint("POST", path, asked.links.query, told) if asked.key else "",
        )

    async def _scanned(self, form: Form, organization_id: str) -> Form:
        """The form, with an error for a file that the operator's scanner does not let in; its bytes are gone then."""
        if self.rules.antivirus is None or form.file is None or not form.file.size:
            return form
        key = file_key(organization_id, form.file.id)
        try:
            pieces = await self.store.open(key, 0, form.file.size, form.file.size)
            found = await found_in(self.rules.antivirus, pieces)
        except (ScannerFailed, Missing, OSError) as error:
            log.error("an upload could not be scanned", error=repr(error))
            wrong: ApiError = Unavailable()
        else:
            if found is None:
                return form
            log.warning("an upload was refused by the scanner", found=found, organization=organization_id)
            wrong = Invalid({"name": [INFECTED]}, code="FILE_INFECTED")
        with suppress(OSError):  # else the next sweep finds it
            await asyncio.to_thread(self.store.remove, key)
        return Form(fields=form.fields, error=wrong)

    async def discard(self, asked: Asked) -> None:
        """Nothing was made of the upload: its bytes go, now or with the next sweep."""
        made = keys(asked.body.id) if isinstance(asked.body, Made) else []
        for one in [*([asked.upload_key] if asked.upload_key is not None else []), *made]:
            try:
                await asyncio.to_thread(self.store.remove, one)
            except OSError as error:
                log.warning("an upload could not be removed", key=one, error=repr(error))

    async def open(self, answered: Answered, wanted: Download, out: Headers, method: str) -> tuple[int, Pieces]:
        """A file on its way out, sent as it is, so that its length is exact (spec 00 §4)."""
        end = wanted.start if method == "HEAD" else wanted.end
        try:
            pieces = await self.store.open(wanted.key, wanted.start, end, wanted.size)
        except Missing:
            log.error("the bytes of a file are missing", key=wanted.key)
            raise NotFound from None
        except StoreFailed as error:
            log.error("the store of files failed", error=repr(error))
            raise Unavailable from None
        if "Cache-Control" not in answered.headers:
            out.append((b"cache-control", b"no-store"))
        out.extend((name.lower().encode(), value.encode()) for name, value in answered.headers.items())
        return answered.status, Pieces(pieces, wanted.end - wanted.start)


def spooled(answered: Answered, written: Spooled, out: Headers) -> tuple[int, Pieces]:
    """An answer that was written to a file, on its way out."""
    names = {name.lower() for name in answered.headers}
    if "cache-control" not in names:
        out.append((b"cache-control", b"no-store"))
    if "content-type" not in names:
        out.append((b"content-type", b"application/json"))
    out.extend((name.lower().encode(), value.encode()) for name, value in answered.headers.items())
    return answered.status, Pieces(_pieces(written), written.size, written.file.close)


async def _pieces(written: Spooled) -> AsyncIterator[bytes]:
    while piece := await asyncio.to_thread(written.file.read, PIECE):
        yield piece
