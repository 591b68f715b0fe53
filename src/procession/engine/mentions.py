"""People named in comments: members by mention marks, guests by `+address` (spec 20 §19.3)."""

import re
from collections.abc import Iterable, Mapping
from html import escape

from procession.engine.people import is_address
from procession.engine.richtext import plain

LARGEST = 2**53
MOST = 200
"""How many people one comment may name; more are text."""

_MARK = re.compile(r"@\[([0-9]{1,16})\]")
_SPAN = re.compile(r"\sdata-(?:mention-)?id=\"([0-9]{1,16})\"")
_GUEST = re.compile(r"(?<![\w.+-])\+([\w.%-]+(?:\+[\w.%-]+)*@[\w-]+(?:\.[\w-]+)+)")


def mentioned_members(content: str) -> list[int]:
    """The ids of members that the text mentions, each once: `@[12]`, or the marks of an editor."""
    found = [int(one) for pattern in (_MARK, _SPAN) for one in pattern.findall(content)]
    return [one for one in dict.fromkeys(found) if 0 < one < LARGEST][:MOST]


def mentioned_guests(content: str) -> list[str]:
    """The addresses that the text names with a plus before them, in lower case, each once."""
    if "+" not in content:
        return []
    found = (one.lower() for one in _GUEST.findall(plain(content)))
    return [one for one in dict.fromkeys(found) if is_address(one)][:MOST]


def with_mentions(content: str, members: Iterable[int]) -> str:
    """The text with a mark in front for each of these whom it does not mention yet."""
    present = set(mentioned_members(content))
    marks = [f"@[{one}]" for one in dict.fromkeys(members) if one not in present]
    return " ".join([*marks, content])


def with_names(content: str, names: Mapping[int, str]) -> str:
    """The text as it is shown: marks are names; who is not known stays a mark."""

    def named(match: re.Match[str]) -> str:
        name = names.get(int(match[1]))
        return match[0] if name is None else f"<strong>{escape(name, quote=False)}</strong>"

    return _MARK.sub(named, content)
