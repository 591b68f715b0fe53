"""How this request speaks of files: asset objects with links that lead back here (spec 20 §8.11, 50 FILE-02)."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from procession.api.endpoint import Call
from procession.files.model import File
from procession.kernel.ids import read_id
from procession.wire.file import Asset, asset, stored_asset
from procession.work.attaching import FileWords

_DOWNLOAD = re.compile(r"/?(?:api/)?organizations/([0-9a-fA-F]{32})/file/([0-9a-fA-F]{32})(?:/dl)?/?")


def words(call: Call) -> FileWords:
    """How answers keep files, and which links lead to files of this organization."""
    organization_id, public_url = call.unit.organization_id, call.links.public_url

    def show(file: File) -> dict[str, Any]:
        return stored_asset(file, organization_id, public_url)

    def id_of(link: str) -> str | None:
        return _own(link, organization_id, public_url)

    return FileWords(show, id_of)


def _own(link: str, organization_id: str, public_url: str) -> str | None:
    try:
        parts = urlsplit(link)
        here = urlsplit(public_url)
    except ValueError:
        return None
    if (parts.scheme or parts.netloc) and (parts.scheme.lower(), parts.netloc.lower()) != (here.scheme, here.netloc):
        return None
    base = here.path.rstrip("/")
    path = parts.path.removeprefix(base) if parts.netloc else parts.path
    found = _DOWNLOAD.fullmatch(path)
    return read_id(found[2]) if found is not None and found[1].lower() == organization_id else None


def shown(call: Call, file: File) -> Asset:
    """The asset object, with links under the prefix that the request came through."""
    return asset(file, call.unit.organization_id, f"{call.links.public_url}{call.links.prefix}")


def wrapped(call: Call, files: Iterable[File]) -> dict[str, list[Asset]]:
    """The include `assets`."""
    return {"data": [shown(call, one) for one in files]}
