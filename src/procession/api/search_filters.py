"""Bracket filters: `filter[field]=title&filter[value]=X`, or a group of them under numbers (spec 00 FLT-11)."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from procession.api.filters import Filters
from procession.api.reading import read_integer
from procession.engine.dates import parse_day, parse_instant
from procession.kernel.folding import fold
from procession.search.model import Both, Condition, Kind

ALLOWED: Mapping[Kind, frozenset[str]] = {
    "template": frozenset({"starter", "date", "title", "description"}),
    "process": frozenset({"starter", "date", "title", "description"}),
    "task": frozenset({"starter", "title"}),
}
OPERATIONS = ("=", "<>", "!=", "<", ">", "<=", ">=")
DEEPEST, MOST = 5, 20
"""How many groups may lie inside one another; how many conditions there may be."""
_KEY = re.compile(r"filter((?:\[[^\[\]]*\])*)")
_PART = re.compile(r"\[([^\[\]]*)\]")
HELP = "Use filter[field], filter[operation] and filter[value], or a group of them."


class Asked(msgspec.Struct, frozen=True):
    """A filter, and the fields it compares."""

    content: Condition | Both
    fields: frozenset[str]


class _Wrong(Exception):
    """The filter cannot be read: the text says why."""


def read_filter(filters: Filters, kinds: Sequence[Kind]) -> Asked | None:
    """The filter of a call; None without one. What is wrong with it is noted under `filter`."""
    tree, given = _tree(filters.query)
    if not given:
        return None
    try:
        found: list[Condition] = []
        content = _read(filters, tree, found, 0)
    except _Wrong as problem:
        filters.wrong("filter", f"{problem} {_allowed(kinds)}")
        return None
    fields = frozenset(one.field for one in found)
    if filters.query.items_of("on"):
        for kind in kinds:
            if not fields <= ALLOWED.get(kind, frozenset()):
                filters.wrong("filter", f"The filter field is not supported here. {_allowed(kinds)}")
                return None
    return Asked(_dated(filters, content), fields)


def _allowed(kinds: Sequence[Kind]) -> str:
    names = [ALLOWED[one] for one in kinds if one in ALLOWED]
    common = sorted(frozenset.intersection(*names)) if names else ["none"]
    return f"Allowed fields: {', '.join(common)}. Allowed operations: {' '.join(OPERATIONS)}."


def _tree(query: Mapping[str, list[str]]) -> tuple[Any, bool]:
    """What the keys spell, as nested objects; None instead of them for a plain text. And whether there are any."""
    tree: dict[str, Any] = {}
    given = plain = False
    for key, values in query.items():
        match = _KEY.fullmatch(key)
        if match is None or not values:
            continue
        parts = _PART.findall(match[1])
        if not parts:
            plain = plain or any(one.strip() for one in values)
            continue
        given = True
        at = tree
        for part in parts[:-1]:
            inner = at.setdefault(part, {})
            if not isinstance(inner, dict):
                return None, True
            at = inner
        if isinstance(at.get(parts[-1]), dict):
            return None, True
        at[parts[-1]] = values[-1]
    return (None if plain else tree), given or plain


def _read(filters: Filters, tree: Any, found: list[Condition], depth: int) -> Condition | Both:
    if not isinstance(tree, dict) or not tree:
        raise _Wrong(f"The filter must be structured. {HELP}")
    if depth > DEEPEST:
        raise _Wrong(f"The filter may not be more than {DEEPEST} groups deep.")
    if all(one.isdigit() for one in tree):
        return _group(filters, [tree[one] for one in sorted(tree, key=int)], found, depth)
    if len(found) >= MOST:
        raise _Wrong(f"The filter may not have more than {MOST} conditions.")
    read = _condition(filters, tree)
    found.append(read)
    return read


def _group(filters: Filters, members: Sequence[Any], found: list[Condition], depth: int) -> Both:
    first = members[0]
    together = True
    if isinstance(first, dict) and first.get("type") == "boolean":
        word = str(first.get("value", "")).strip().upper()
        if word not in ("AND", "OR"):
            raise _Wrong("The operator of a filter group must be AND or OR.")
        together, members = word == "AND", members[1:]
    if not members:
        raise _Wrong("A filter group needs a condition.")
    return Both(together, tuple(_read(filters, one, found, depth + 1) for one in members))


def _condition(filters: Filters, given: Mapping[str, Any]) -> Condition:
    field, operation = given.get("field"), given.get("operation", "=")
    value = given.get("value")
    if not isinstance(field, str) or field not in ALLOWED["process"]:
        raise _Wrong("The filter field is not supported.")
    if operation not in OPERATIONS:
        raise _Wrong("The filter operation is not supported.")
    if not isinstance(value, str):
        raise _Wrong(f"The filter on {field} needs a value.")
    return Condition(field, "<>" if operation == "!=" else operation, _value(filters, field, value.strip()))


def _value(filters: Filters, field: str, value: str) -> Any:
    match field:
        case "starter":
            number = filters.call.actor.account_id if value.lower() == "me" else read_integer(value)
            if number is None or not 0 <= number < 2**53:
                raise _Wrong("The filter on starter needs the id of a member.")
            return number
        case "date":
            if (day := parse_day(value)) is not None:
                return day
            if (instant := parse_instant(value)) is None:
                raise _Wrong("The filter on date needs a date.")
            return instant
        case _:
            return fold(value.replace("\0", ""))


def _dated(filters: Filters, content: Condition | Both) -> Condition | Both:
    """Days as the moments between which they lie."""
    if isinstance(content, Both):
        return Both(content.together, tuple(_dated(filters, one) for one in content.parts))
    if content.field != "date" or isinstance(content.value, datetime):
        return content
    begins, ends = filters.start(content.value), filters.after(content.value)
    match content.operation:
        case "=":
            return Both(True, (Condition("date", ">=", begins), Condition("date", "<", ends)))
        case "<>":
            return Both(False, (Condition("date", "<", begins), Condition("date", ">=", ends)))
        case "<" | ">=":
            return Condition("date", content.operation, begins)
        case ">":
            return Condition("date", ">=", ends)
        case _:
            return Condition("date", "<", ends)
