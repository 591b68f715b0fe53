"""What a request proves itself with: a token, or the code of a guest in one of its ways (spec 40 §3.1, §14.7)."""

from collections.abc import Mapping
from urllib.parse import parse_qs

from procession.api.endpoint import Operation

GUEST = "guest"
OWN_PAGES = "/organizations/{org}/guests/{guest}"
"""Routes whose path may hold the guest's code itself."""
LONGEST_NUMBER = 16
"""Digits: a code may be made of nothing else."""


def read_credential(
    headers: Mapping[str, str], query: bytes, operation: Operation, values: tuple[str, ...]
) -> tuple[str, str]:
    """The scheme in lower case and the credential; both empty for nobody.

    `Authorization` wins: who names a guest beside his own token is the member. Then `X-Guest-Code`, `guest_code=`, and
    the code in the path of the guest's own pages, which is neither an address nor a number.
    """
    given = headers.get("authorization", "").strip()
    if given:
        scheme, _, credential = given.partition(" ")
        return scheme.lower(), credential
    if operation.auth != "member":
        return "", ""
    code = headers.get("x-guest-code", "").strip() or _asked(query) or _named(operation, values)
    return (GUEST, code) if code else ("", "")


def _asked(query: bytes) -> str:
    if b"guest_code=" not in query:
        return ""
    return parse_qs(query.decode("latin-1"), errors="replace").get("guest_code", [""])[-1].strip()


def _named(operation: Operation, values: tuple[str, ...]) -> str:
    named = values[1] if operation.path.startswith(OWN_PAGES) and len(values) > 1 else ""
    number = named.isdigit() and len(named) < LONGEST_NUMBER
    return "" if "@" in named or "%" in named or number else named
