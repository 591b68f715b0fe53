"""What people and their addresses may be called (spec 40 §12.4)."""

import re
import unicodedata

from procession.engine.people import is_address

LONGEST = 32
DISALLOWED = frozenset({"admin", "support", "tallyfy", "procession", "null", "undefined"})
_URL = re.compile(r"[a-z][a-z0-9+.-]*://|www\.|[^\s.]+(\.[^\s.]+)*\.[a-z]{2,24}(/\S*)?\Z", re.IGNORECASE)


def name_problem(name: str, what: str) -> str | None:
    """What is wrong with a first or last name; `what`: as people are told (`first name`)."""
    if len(name) > LONGEST:
        return f"The {what} may not be greater than {LONGEST} characters."
    if _URL.match(name.strip()):
        return f"The {what} may not be a URL."
    if name.strip().casefold() in DISALLOWED:
        return f"The {what} is not allowed."
    if any(unicodedata.category(one) in ("Cc", "Cf", "Co", "Cs") and one != "\u200d" for one in name):
        return f"The {what} may not contain control characters."
    return None


def read_account_address(text: str) -> str | None:
    """An address somebody may sign in with, in lower case; None when it is none.

    Stricter than for guests: what looks like another address is none. The part before the @ is plain, and no label of
    the domain mixes scripts or is written in forms that only look like letters.
    """
    address = text.strip().lower()
    if not is_address(address):
        return None
    local, _, domain = address.rpartition("@")
    if not local.isascii() or unicodedata.normalize("NFKC", domain) != domain:
        return None
    return address if all(len(_scripts(_shown(label))) <= 1 for label in domain.split(".")) else None


def _shown(label: str) -> str:
    """A label as browsers would show it."""
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode().decode("punycode")
    except UnicodeError:
        return label


def _scripts(label: str) -> set[str]:
    return {unicodedata.name(one, "?").split()[0] for one in label if one.isalpha()}
