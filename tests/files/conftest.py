"""Files over HTTP: what is uploaded, and helpers around it."""

from pathlib import Path
from typing import Any

from procession.operations.settings import Settings
from tests.support.server import Answer, Caller, Running

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 4


def upload(
    by: Caller,
    name: str = "offer.png",
    content: bytes = PNG,
    *,
    part: str = "name",
    path: str = "/O/assets",
    **texts: Any,
) -> Answer:
    """Upload a file with these text parts."""
    return by("POST", path, form=(texts, {part: (name, content, "application/octet-stream")}))


def stored(server: Running) -> list[Path]:
    """Every file that the store holds, unfinished ones too."""
    return sorted(one for one in folder(server.settings).rglob("*") if one.is_file())


def folder(settings: Settings) -> Path:
    return settings.data_dir / "files"
