"""Files over HTTP: what tests upload, and where the bytes lie."""

from pathlib import Path
from typing import Any

import httpx2

from tests.support.server import Answer, Caller, Running

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 4
PATHS = ("/O/assets", "/O/file", "/O/files", "/O/upload")


def upload(
    by: Caller,
    name: str = "offer.png",
    content: bytes = PNG,
    *,
    part: str = "name",
    path: str = "/O/assets",
    headers: dict[str, str] | None = None,
    **texts: Any,
) -> Answer:
    """Upload a file with these text parts."""
    return by("POST", path, form=(texts, {part: (name, content, "application/octet-stream")}), headers=headers)


def fetch(by: Caller, path: str, method: str = "GET", **headers: str) -> httpx2.Response:
    """The plain response, bytes and all. `headers`: with `_` for `-`."""
    address = path.replace("/O/", f"/organizations/{by.organization}/", 1)
    return by.http.request(method, address, headers={name.replace("_", "-"): value for name, value in headers.items()})


def stored(server: Running, by: Caller) -> list[Path]:
    """Every file that the store holds for the organization, unfinished ones too."""
    folder = server.settings.data_dir / "files" / by.organization
    return sorted(one for one in folder.rglob("*") if one.is_file())
