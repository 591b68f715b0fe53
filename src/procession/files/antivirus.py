"""The antivirus hook: what was stored is shown to a clamd before a row names it (its `INSTREAM` command).

Operators who set no scanner have none. One that cannot be asked lets nothing in: the upload may be tried again.
"""

import asyncio
import re
import struct
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

SECONDS = 60.0
"""How long one file may take to be scanned."""
_ENDS = b"\x00"


class WrongScanner(ValueError):
    """The address names no scanner."""


class ScannerFailed(Exception):
    """The scanner cannot be reached, or did not say what it found."""


def scanner_address(text: str) -> str:
    """`clamd://host:port` or `clamd:///path/of/socket`, checked. Raises `WrongScanner`."""
    parts = urlsplit(text)
    usual = parts.scheme == "clamd" and not parts.query and not parts.fragment
    try:
        reachable = (parts.hostname and parts.path in ("", "/")) or (not parts.netloc and len(parts.path) > 1)
        if usual and reachable and (parts.port is None or parts.port > 0):
            return text
    except ValueError:
        pass
    raise WrongScanner("clamd://host:port, or clamd:///path for a socket of this machine")


async def found_in(address: str, pieces: AsyncIterator[bytes]) -> str | None:
    """The name of what clamd finds in these bytes; None when they are clean. Raises `ScannerFailed`."""
    try:
        async with asyncio.timeout(SECONDS):
            return _read(await _ask(address, pieces))
    except (OSError, TimeoutError, EOFError) as error:
        raise ScannerFailed(repr(error)) from error


async def _ask(address: str, pieces: AsyncIterator[bytes]) -> bytes:
    """Send the bytes in chunks that say their length, an empty one at the end; the answer ends with a zero byte."""
    parts = urlsplit(address)
    if parts.hostname:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 3310)
    else:
        reader, writer = await asyncio.open_unix_connection(parts.path)
    try:
        writer.write(b"zINSTREAM\x00")
        async for piece in pieces:
            writer.write(struct.pack("!I", len(piece)))
            writer.write(piece)
            await writer.drain()
        writer.write(struct.pack("!I", 0))
        await writer.drain()
        return await reader.readuntil(_ENDS)
    finally:
        writer.close()


def _read(answer: bytes) -> str | None:
    said = answer.rstrip(_ENDS).decode("utf-8", "replace").strip()
    if said == "stream: OK":
        return None
    named = re.fullmatch(r"stream: (.+) FOUND", said)
    if named is None:
        raise ScannerFailed(said[:200])
    return named[1]
