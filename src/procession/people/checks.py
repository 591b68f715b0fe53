"""Settings with a form of their own: services, domains, colours (spec 41 §1.1, §1.3, §7). Null clears."""

import re
from typing import Any

import msgspec
from email_validator import EmailNotValidError, validate_email

from procession.engine.model import Problem

Read = tuple[Any, list[Problem]]
_ANALYTICS = re.compile(r"G-[A-Za-z0-9]{4,20}")
_TOKEN = re.compile(r"[0-9a-fA-F]{32}")
_COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}|[a-zA-Z]{3,30}|https?://[^\s\"'()<>\\\\]+")
MOST_DOMAINS = 100


def read_analytics(value: Any, _present: Any) -> Read:
    """A measurement id of Google Analytics 4."""
    return _matching(value, _ANALYTICS, "The google analytics id must look like G-XXXXXXXXXX.")


def read_token(value: Any, _present: Any) -> Read:
    """32 hexadecimal digits."""
    return _matching(value, _TOKEN, "The mixpanel token must be 32 hexadecimal digits.")


def read_ground(value: Any, _present: Any) -> Read:
    """A colour, or the http(s) address of a picture: nothing a page could be made to run."""
    return _matching(value, _COLOUR, "The home bg must be a colour or the address of a picture.")


def _matching(value: Any, pattern: re.Pattern[str], text: str) -> Read:
    if value is not None and not pattern.fullmatch(value):
        return value, [Problem((), text)]
    return value, []


def read_translation(value: Any, _present: Any) -> Read:
    """A JSON text of `resource_name` and `region`; a key among them is not kept (spec 41 §7)."""
    if value is None:
        return None, []
    try:
        sent = msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        sent = None
    if not isinstance(sent, dict):
        return value, [Problem((), "The azure cognitive service must be a JSON object.")]
    kept: dict[str, str] = {}
    problems = []
    for name in ("resource_name", "region"):
        one = sent.get(name)
        if isinstance(one, str) and re.fullmatch(r"[A-Za-z0-9-]{1,64}", one):
            kept[name] = one
        else:
            problems.append(Problem((name,), f"The {name.replace('_', ' ')} is invalid."))
    return msgspec.json.encode(kept).decode(), problems


def read_domains(value: Any, _present: Any) -> Read:
    """Names of domains, lower case, each once, in the order sent."""
    problems, found = [], dict[str, None]()
    for index, one in enumerate(value):
        domain = _domain(one)
        if domain is None:
            problems.append(Problem((str(index),), "The domain is invalid."))
        else:
            found[domain] = None
    return list(found), problems


def _domain(value: Any) -> str | None:
    """`Example.COM`, with or without an `@` before it, as `example.com`."""
    if not isinstance(value, str) or len(value) > 255:
        return None
    try:
        checked = validate_email(f"a@{value.strip().removeprefix('@')}", check_deliverability=False)
    except EmailNotValidError:
        return None
    return checked.ascii_domain.lower()


def read_sso(value: Any, _present: Any) -> Read:
    """Single sign-on cannot be required before a connection was made and tested (spec 40 §17.3)."""
    return value, [Problem((), "Set up and test single sign-on first.")] if value else []
