"""What `procession doctor` asks of other programs: the mail server, the scanner of uploads, the store of files."""

import asyncio
import smtplib
import ssl
from collections.abc import AsyncIterator
from urllib.parse import unquote, urlsplit

from procession.files.antivirus import ScannerFailed, found_in
from procession.files.store import FileStore

SECONDS = 5


def mail_problem(url: str) -> str | None:
    """What is wrong with the mail server of `smtp://user:pass@host:587` (or `smtps://`); no mail is sent.

    It connects, encrypts where the server can, signs in and says goodbye.
    """
    parts = urlsplit(url)
    try:
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            return "smtp://user:pass@host:587 is how its address looks"
        with _connected(parts.scheme, parts.hostname, parts.port) as server:
            server.ehlo()
            if parts.scheme == "smtp" and server.has_extn("starttls"):
                server.starttls(context=ssl.create_default_context())
                server.ehlo()
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.noop()
    except (OSError, ValueError, smtplib.SMTPException) as error:
        return f"{parts.hostname}: {_told(error)}"
    return None


def _connected(scheme: str, host: str, port: int | None) -> smtplib.SMTP:
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port or 465, timeout=SECONDS, context=ssl.create_default_context())
    return smtplib.SMTP(host, port or 587, timeout=SECONDS)


def _told(error: Exception) -> str:
    """The server's words, without a password in them."""
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error.decode("utf-8", "replace") if isinstance(error.smtp_error, bytes) else error.smtp_error
        return f"{error.smtp_code} {said}"
    return str(error) or type(error).__name__


def scanner_problem(address: str) -> str | None:
    """What is wrong with the scanner of uploads: it is shown some harmless bytes."""
    try:
        found = asyncio.run(asyncio.wait_for(found_in(address, _harmless()), SECONDS))
    except (ScannerFailed, TimeoutError) as error:
        return str(error) or type(error).__name__
    return None if found is None else f"it takes harmless bytes for {found}"


async def _harmless() -> AsyncIterator[bytes]:
    yield b"nothing to see here\n"


def store_problem(url: str) -> str | None:
    """What is wrong with a store of files that is not on this machine: some bytes are written, read and deleted."""
    try:
        FileStore(url).check()
    except OSError as error:
        return str(error).splitlines()[0]
    return None
