"""What a file is, told by its content; which names are let in; which types are shown (spec 20 §20.3, §20.4)."""

import re
import unicodedata

import puremagic

from procession.files.model import NAME_LIMIT

HEAD = 40 * 1024
"""How many of its first bytes tell what a file is: the farthest signature lies 36 KiB inside."""
FOOT = 64 * 1024
"""And how many of its last ones: packages list there what is in them."""

DOCUMENTED = (
    "xlsx xls pptx docx ppt doc rtf pdf txt mpga mov qt mp4 webm jpg jpeg gif png ai psd zip xml xps dwg csv tif bmp"
)
ADDED = "odt ods odp heic webp svg mp3 wav m4a 7z json md eml msg tiff"
ALLOWED = frozenset(f"{DOCUMENTED} {ADDED}".split())
"""Endings that are let in unless the operator says otherwise (spec 00 §17)."""

TEXTS = {
    "csv": "text/csv",
    "json": "application/json",
    "md": "text/markdown",
    "eml": "message/rfc822",
}
_RENAMED = {"image/x-ms-bmp": "image/bmp"}
UNKNOWN = "application/octet-stream"
SHOWN = frozenset(
    (
        "application/pdf", "text/plain", "text/csv", "image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp",
        "image/tiff", "image/heic", "image/avif",
    )
)  # fmt: skip
"""Types that a browser shows without running anything; besides them sound and film."""
_PACKAGE = b"PK\x03\x04"
_INSIDE = {
    **dict.fromkeys(("docx", "docm", "dotx"), b"word/"),
    **dict.fromkeys(("xlsx", "xlsm", "xltx"), b"xl/"),
    **dict.fromkeys(("pptx", "pptm", "ppsx"), b"ppt/"),
    **dict.fromkeys(("odt", "ods", "odp"), b"application/vnd.oasis.opendocument."),
    "xps": b"FixedDoc",
}
"""What a package holds that is the document its name says; the rest are archives."""
_CERTAIN = 4
"""Bytes of a signature that no text begins with by chance."""
_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,60}")
_CONTINUED = bytes(range(0x80, 0xC0))
_LIKE_MARKUP = re.compile(rb"<(?:!doctype|html|head|body|script|svg|iframe|img|a\s|\?xml)", re.IGNORECASE)


def clean_name(name: str) -> str:
    """The last part of a sent name: no folders, no control or direction characters, at most 255 characters.

    `file` when nothing is left. The ending survives a cut.
    """
    last = re.split(r"[/\\]", name)[-1]
    kept = "".join(one for one in last if unicodedata.category(one) not in ("Cc", "Cf", "Cs", "Zl", "Zp")).strip()
    if kept.strip(".") == "":
        return "file"
    if len(kept) > NAME_LIMIT:
        stem, dot, ending = kept.rpartition(".")
        tail = dot + ending if dot and len(ending) <= 20 else ""
        kept = (stem if tail else kept)[: NAME_LIMIT - len(tail)] + tail
    return kept


def ending(name: str) -> str:
    """What follows the last dot, in lower case; "" without one."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def content_type(head: bytes, name: str, foot: bytes = b"") -> str:
    """The type of the content with this beginning and end; what the sender or the name says decides nothing alone.

    `head`: the whole where the file is no longer than `HEAD`, `foot` is not needed then. Of several types that the
    content may be, the one of the name's ending is taken, if what is inside bears it out.
    """
    wanted, text = ending(name), _is_text(head) and _is_text(foot, cut_before=True)
    if head.startswith(_PACKAGE) and (wanted not in _INSIDE or _INSIDE[wanted] not in head + foot):
        return "application/zip"
    found = _by_signature(head + foot, wanted, _CERTAIN if text else 1)
    if found is not None:
        return found
    if not text:
        return UNKNOWN
    if _LIKE_MARKUP.search(head) or _LIKE_MARKUP.search(foot):
        return "text/html"
    return TEXTS.get(wanted, "text/plain")


def is_shown(kind: str) -> bool:
    """Whether a browser may show it in its window; everything else is handed over as a download."""
    return kind in SHOWN or kind.startswith(("video/", "audio/"))


def _by_signature(ends: bytes, wanted: str, certain: int) -> str | None:
    """The type that a signature tells; of signatures below `certain` bytes only those of the name's own type count."""
    try:
        matches = puremagic.magic_string(ends)
    except (puremagic.PureError, ValueError):
        return None
    named = [one for one in matches if one.extension == f".{wanted}"]
    matches = [one for one in matches if len(one.byte_match) >= certain or one in named]
    for one in (*named, *matches):
        kind: str = _RENAMED.get(one.mime_type.lower(), one.mime_type.lower())
        if _TYPE.fullmatch(kind):
            return kind
    return UNKNOWN if matches else None


def _is_text(part: bytes, *, cut_before: bool = False) -> bool:
    """Whether these bytes are UTF-8 without control characters; a character cut off at the end does not count.

    `cut_before`: nor one at the beginning.
    """
    if re.search(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]", part):
        return False
    if cut_before:
        part = part[:3].lstrip(_CONTINUED) + part[3:]
    for cut in range(4):
        try:
            part[: len(part) - cut].decode()
        except UnicodeDecodeError:
            continue
        return True
    return False
