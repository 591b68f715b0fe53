"""Downloads: ranges, preconditions and headers of a stored file (spec 20 §20.4; RFC 9110 §13, §14; RFC 6266)."""

import re
from urllib.parse import quote

from procession.api.endpoint import Call, Download, Reply
from procession.files.kinds import UNKNOWN, is_shown
from procession.files.model import File, key
from procession.kernel.errors import NotFound, RangeNotSatisfiable

_RANGE = re.compile(r"bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.IGNORECASE)
INERT = "default-src 'none'; sandbox"
"""What a browser may do with a file that could hold script: nothing."""


def download(call: Call, file: File, *, attachment: bool) -> Reply:
    """The bytes, or the part of them that was asked for. `attachment`: to be saved, whatever they are.

    404 for links and archived files: nothing is kept here, or it is put away (spec 20 §20.5). Never a redirect.
    """
    if file.size is None or file.archived_at is not None:
        raise NotFound
    tag = f'"{(file.sha256 or "")[:32]}"'
    if _has(call.headers.get("if-none-match"), tag):
        return Reply(status=304, headers={"ETag": tag})
    part = _part(call, file.size, tag)
    start, end = part or (0, file.size)
    headers = {"ETag": tag, "Accept-Ranges": "bytes", **_presentation(file, attachment=attachment)}
    if part is not None:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{file.size}"
    return Reply(
        status=206 if part is not None else 200,
        headers=headers,
        download=Download(key=key(call.unit.organization_id, file.id), start=start, end=end, size=file.size),
    )


def _presentation(file: File, *, attachment: bool) -> dict[str, str]:
    """Type, disposition, and what a browser may do (`nosniff` is on every answer). Only the inert is shown."""
    kind = file.content_type or UNKNOWN
    inline = not attachment and is_shown(kind)
    shown = f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
    headers = {
        "Content-Type": UNKNOWN if attachment else shown,
        "Content-Disposition": disposition("inline" if inline else "attachment", file.filename),
        "Content-Security-Policy": INERT,
    }
    if inline and (kind == "application/pdf" or kind.startswith(("video/", "audio/"))):
        # Browsers' own viewers do not start inside a sandbox; these types run nothing in the page's origin.
        headers["Content-Security-Policy"] = "default-src 'none'; media-src 'self'; style-src 'unsafe-inline'"
    return headers


def disposition(how: str, filename: str) -> str:
    """`Content-Disposition` in ASCII: a plain name for all, the exact one beside it where they differ (RFC 6266)."""
    plain = "".join(one if " " <= one <= "~" and one not in '"\\%' else "_" for one in filename)
    exact = "" if plain == filename else f"; filename*=UTF-8''{quote(filename, safe='')}"
    return f'{how}; filename="{plain}"{exact}'


def _part(call: Call, size: int, tag: str) -> tuple[int, int] | None:
    """The one range asked for, as start and end; None for the whole: no range, several, or one that is none.

    Raises `RangeNotSatisfiable` where it begins behind the end.
    """
    asked = call.headers.get("range")
    found = _RANGE.fullmatch(asked.strip()) if asked is not None else None
    only_if = call.headers.get("if-range")
    if found is None or (only_if is not None and only_if.strip() != tag):
        return None
    first, last = found[1], found[2]
    if first == "":
        if last == "":
            return None
        start, end = max(size - int(last), 0), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return None
    if start >= size or (first == "" and int(last) == 0):
        raise RangeNotSatisfiable(headers={"Content-Range": f"bytes */{size}", "Accept-Ranges": "bytes"})
    return start, end


def _has(header: str | None, tag: str) -> bool:
    return header is not None and any(one.strip().removeprefix("W/") in ("*", tag) for one in header.split(","))
