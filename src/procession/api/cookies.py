"""The session of a browser: its cookie, and the token that a page proves itself with (spec 41 §18.1, 00 CORS-01)."""

from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from procession.accounts.keys import Secrets, same
from procession.kernel.errors import Forbidden

HEADER = "x-csrf-token"
FIELD = "csrf_token"
PURPOSE = "page of a session"
WRONG_PAGE = "This request did not come from a page of this server. Please reload the page and try again."


def cookie_name(public_url: str) -> str:
    """`__Host-` binds the cookie to this very host; browsers want https for it."""
    return "__Host-procession" if _https(public_url) else "procession"


def _https(public_url: str) -> bool:
    return public_url.startswith("https:")


def read_cookie(header: str | None, public_url: str) -> str | None:
    """The session in a `Cookie` header."""
    if not header:
        return None
    jar: SimpleCookie = SimpleCookie()
    try:
        jar.load(header)
    except CookieError:
        return None
    found = jar.get(cookie_name(public_url))
    return found.value if found is not None and found.value else None


def session_cookie(text: str, public_url: str, *, seconds: int | None) -> str:
    """The `Set-Cookie` header that begins a session. `seconds`: how long browsers keep it; None: while open."""
    kept = f"; Max-Age={seconds}" if seconds is not None else ""
    secure = "; Secure" if _https(public_url) else ""
    return f"{cookie_name(public_url)}={text}; Path=/; HttpOnly; SameSite=Lax{secure}{kept}"


def page_token(secrets: Secrets, session_id: str) -> str:
    """What a page of the session sends back with every write."""
    return secrets.sign(PURPOSE, session_id)


def require_page(secrets: Secrets, session_id: str, headers: Mapping[str, str], body: Any) -> None:
    """403 unless the request carries the token of a page of this session, in its header or as a field of its form."""
    given = headers.get(HEADER) or (body.get(FIELD) if isinstance(body, dict) else None)
    if not isinstance(given, str) or not same(given, page_token(secrets, session_id)):
        raise Forbidden(WRONG_PAGE, code="CSRF")


def require_same_origin(headers: Mapping[str, str], public_url: str) -> None:
    """403 for a browser that says another site's page sent this. Programs say nothing about pages."""
    if headers.get("sec-fetch-site") in ("cross-site", "same-site"):
        raise Forbidden(WRONG_PAGE, code="CSRF")
    origin = headers.get("origin")
    if origin is None or origin == _origin(public_url):
        return
    if origin.partition("://")[2] != headers.get("host"):
        raise Forbidden(WRONG_PAGE, code="CSRF")


def _origin(public_url: str) -> str:
    parts = urlsplit(public_url)
    return f"{parts.scheme}://{parts.netloc}"
