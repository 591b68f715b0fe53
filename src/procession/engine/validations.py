"""The validation rules of a text field: reading their definition, applying them (spec 00 `VAL-04`, 20 §8.3)."""

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import msgspec
import re2

from procession.engine.dates import parse_moment
from procession.engine.people import is_address

CLOCK_RULE = "regex:^([01][0-9]|2[0-3]):[0-5][0-9]$"
"""What a field of type `time` becomes (`VAL-02`)."""

RULES_LIMIT = 50
RULE_LIMIT = 1000

_IGNORED = frozenset(("required", "nullable"))
_NUMERIC = frozenset(("numeric", "integer"))
_PLAIN = {
    "numeric": "must be a number.",
    "integer": "must be an integer.",
    "email": "must be a valid email address.",
    "url": "must be a valid URL.",
    "alpha": "may only contain letters.",
    "alpha_num": "may only contain letters and numbers.",
    "alpha_dash": "may only contain letters, numbers, dashes and underscores.",
    "date": "is not a valid date.",
}
_SIZES = {"min": 1, "max": 1, "between": 2}
# The exponent is bounded, or one short text would name a number of a billion digits.
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
_WHOLE = re.compile(r"[+-]?[0-9]+")
_UNFIT = re.compile(r"[\s\x00-\x1f\x7f]")
_DELIMITED = re.compile(r"/(.*)/([imsu]*)", re.DOTALL)


class _Rule(msgspec.Struct, frozen=True):
    """A rule that is enforced: its name, the bounds of a size rule as written, the compiled pattern of a `regex`."""

    name: str
    bounds: tuple[str, ...] = ()
    pattern: Any = None


def read_rules(value: object) -> tuple[str, ...] | None:
    """The rules of a definition: a list of strings or one string parted by vertical bars; None for other shapes.

    `required` and `nullable` are left out, unknown names are kept (`unknown_rules` tells them). Each rule once.
    """
    if isinstance(value, str):
        found = _split(value)
    elif isinstance(value, list):
        found = []
        for entry in value:
            if not isinstance(entry, str):
                return None
            found += [entry.strip()] if _is_regex(entry) else _split(entry)
    else:
        return None
    return tuple(dict.fromkeys(rule for rule in found if rule and rule.lower() not in _IGNORED))


def _is_regex(text: str) -> bool:
    return text.strip().lower().startswith("regex:")


def _split(text: str) -> list[str]:
    """A bar inside a pattern belongs to the pattern: only a known rule after a bar ends a `regex:`."""
    rules: list[str] = []
    for part in text.split("|"):
        known = part.strip().lower() in _IGNORED or _parse(part.strip()) is not None
        if rules and _is_regex(rules[-1]) and not known:
            rules[-1] += "|" + part
        else:
            rules.append(part)
    return [rule.strip() for rule in rules]


def unknown_rules(rules: Sequence[str]) -> tuple[str, ...]:
    """Those of `rules` that are kept but not enforced: unknown names, unreadable bounds and patterns (`VAL-04`)."""
    return tuple(rule for rule in rules if _parse(rule) is None)


def rule_problems(rules: Sequence[str], text: str, label: str) -> list[str]:
    """What the non-blank `text` breaks of `rules`, as sentences about `label` (spec 20 §8.3)."""
    known = [rule for rule in map(_parse, rules) if rule is not None]
    numeric = any(rule.name in _NUMERIC for rule in known)
    return [f"The {label} {broken}" for rule in known if (broken := _broken(rule, text, numeric)) is not None]


@lru_cache(maxsize=4096)
def _parse(rule: str) -> _Rule | None:
    name, _, rest = rule.partition(":")
    name = name.strip().lower()
    if name in _PLAIN:
        return _Rule(name)
    if name in _SIZES:
        bounds = tuple(bound.strip() for bound in rest.split(","))
        readable = len(bounds) == _SIZES[name] and all(_NUMBER.fullmatch(bound) for bound in bounds)
        return _Rule(name, bounds) if readable else None
    pattern = _pattern(rest) if name == "regex" and rest else None
    return _Rule(name, pattern=pattern) if pattern is not None else None


def _pattern(text: str) -> Any:
    # Slashes and flags around a pattern are what clients of the reference server write.
    match = _DELIMITED.fullmatch(text)
    if match is not None:
        flags = match[2].replace("u", "")
        text = f"(?{flags}){match[1]}" if flags else match[1]
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(text, options)
    except (re2.error, UnicodeEncodeError):
        return None


def _broken(rule: _Rule, text: str, numeric: bool) -> str | None:
    if rule.bounds:
        return _size_broken(rule, text, numeric)
    if rule.name == "regex":
        return None if rule.pattern.search(text) else "format is invalid."
    return None if _holds(rule.name, text) else _PLAIN[rule.name]


def _size_broken(rule: _Rule, text: str, numeric: bool) -> str | None:
    if numeric and not _NUMBER.fullmatch(text):
        return None  # `numeric` says so already
    size = Decimal(text) if numeric else Decimal(len(text))
    unit = "" if numeric else " characters"
    low, high = rule.bounds[0], rule.bounds[-1]
    if rule.name == "min":
        return None if size >= Decimal(low) else f"must be at least {low}{unit}."
    if rule.name == "max":
        return None if size <= Decimal(high) else f"may not be greater than {high}{unit}."
    return None if Decimal(low) <= size <= Decimal(high) else f"must be between {low} and {high}{unit}."


def _holds(name: str, text: str) -> bool:
    match name:
        case "numeric":
            return _NUMBER.fullmatch(text) is not None
        case "integer":
            return _WHOLE.fullmatch(text) is not None
        case "email":
            return is_address(text)
        case "url":
            return is_web_address(text)
        case "date":
            return parse_moment(text) is not None
        case "alpha":
            return _made_of(text, "LM", "")
        case "alpha_num":
            return _made_of(text, "LMN", "")
        case _:
            return _made_of(text, "LMN", "-_")


def _made_of(text: str, categories: str, others: str) -> bool:
    return all(unicodedata.category(character)[0] in categories or character in others for character in text)


def is_web_address(text: str) -> bool:
    """Whether `text` is an absolute `http` or `https` address with a host and without blanks."""
    if _UNFIT.search(text):
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False
