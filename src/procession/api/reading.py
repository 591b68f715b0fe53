"""Request bodies: declared as shapes, read member by member, every problem collected (spec 00 §18, §20).

A `Shape` is a declaration: it reads a body into plain values and describes itself in OpenAPI. Absent members stay
absent; aliases are read when the canonical member is not there; unknown members are ignored (or refused by strict).
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import UNSET

from procession.engine.model import Notice, Problem

TRUE = frozenset({"true", "1", "yes", "on"})
FALSE = frozenset({"false", "0", "no", "off"})
LARGEST = 2**53
MOST = 2**31 - 1
"""The largest count or place that both databases keep."""


class Wrong(Exception):
    """A member cannot be read; the text says why."""


Reader = Callable[[str, Any], Any]


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """One member of a body: how it is read, how OpenAPI shows it, its other names."""

    read: Reader
    schema: dict[str, Any]
    aliases: tuple[str, ...] = ()
    path: str | None = None


class Shape:
    """A body. `name` is the published schema name (spec 00 OAS-02)."""

    def __init__(self, name: str, members: Mapping[str, Member], *, required: tuple[str, ...] = ()) -> None:
        self.name = name
        self.members = dict(members)
        self.required = required
        self.known = frozenset(members) | {alias for one in members.values() for alias in one.aliases}

    def read(
        self,
        body: Any,
        problems: list[Problem],
        warnings: list[Notice] | None = None,
        *,
        strict: bool = False,
    ) -> dict[str, Any]:
        """The members that were sent, converted. What is wrong goes to `problems`; a wrong member is left out."""
        sent: Mapping[str, Any] = body if isinstance(body, dict) else {}
        out: dict[str, Any] = {}
        for name, member in self.members.items():
            if name in sent:
                value = sent[name]
            elif member.aliases and (other := next((alias for alias in member.aliases if alias in sent), None)):
                value = sent[other]
            else:
                if name in self.required:
                    problems.append(Problem((member.path or name,), f"The {words(name)} field is required."))
                continue
            try:
                read = member.read(name, value)
            except Wrong as wrong:
                problems.append(Problem((member.path or name,), str(wrong)))
                continue
            if read is not UNSET:
                out[name] = read
        if strict:
            problems.extend(
                Problem((name,), "This field is not known here.") for name in sent if name not in self.known
            )
        return out

    def schema(self) -> dict[str, Any]:
        """JSON Schema of the body. Nothing is refused for being unknown: clients echo whole objects."""
        properties = {name: member.schema for name, member in self.members.items()}
        shown: dict[str, Any] = {"type": "object", "properties": properties}
        if self.required:
            shown["required"] = list(self.required)
        return shown


def words(name: str) -> str:
    """`max_assignable` as people read it."""
    return name.replace("_", " ")


def text(
    limit: int,
    *,
    aliases: tuple[str, ...] = (),
    blank: str = "refuse",
    strip: bool = True,
    clean: Callable[[str], str] | None = None,
    description: str = "",
) -> Member:
    """A string of at most `limit` code points, counted as sent. `blank`: `refuse`, `clear` (None) or `keep` ("")."""

    def read(name: str, value: Any) -> Any:
        if value is None or value == "":
            return _blank(name, blank)
        if not isinstance(value, str):
            raise Wrong(f"The {words(name)} must be a string.")
        if len(value) > limit and len(value.strip() if strip else value) > limit:
            raise Wrong(f"The {words(name)} may not be greater than {limit} characters.")
        result = value.strip() if strip else value
        if clean is not None:
            result = clean(result)
        return result or _blank(name, blank)

    kinds = ["string"] if blank == "refuse" else ["string", "null"]
    schema: dict[str, Any] = {"type": kinds if len(kinds) > 1 else "string", "maxLength": limit}
    if blank == "refuse":
        schema["minLength"] = 1
    if description:
        schema["description"] = description
    return Member(read=read, schema=schema, aliases=aliases)


def _blank(name: str, blank: str) -> Any:
    if blank == "refuse":
        raise Wrong(f"The {words(name)} field is required.")
    return None if blank == "clear" else ""


def boolean(*, null: bool | str | None = "refuse", aliases: tuple[str, ...] = (), description: str = "") -> Member:
    """JSON booleans, 1 and 0, and the strings of spec 00 §20. `null`: what null means, `keep` or a refusal."""

    def read(name: str, value: Any) -> Any:
        if isinstance(value, bool):
            return value
        if value is None and null != "refuse":
            return UNSET if null == "keep" else null
        word = str(value).strip().lower() if isinstance(value, (int, float, str)) else ""
        if word in TRUE:
            return True
        if word in FALSE:
            return False
        raise Wrong(f"The {words(name)} field must be true or false.")

    schema = {"type": "boolean", "description": description} if description else {"type": "boolean"}
    return Member(read=read, schema=schema, aliases=aliases)


def integer(low: int = 0, *, null: int | str | None = "refuse", zero: int | None = None) -> Member:
    """An integer from `low` to `MOST`: JSON integer, numeric string or `12.0`. `zero` replaces 0 when given."""

    def read(name: str, value: Any) -> Any:
        if value is None:
            if null == "refuse":
                raise Wrong(f"The {words(name)} field is required.")
            return UNSET if null == "keep" else null
        number = read_integer(value)
        if number is None:
            raise Wrong(f"The {words(name)} must be an integer.")
        if number == 0 and zero is not None:
            return zero
        if number < low:
            raise Wrong(f"The {words(name)} must be at least {low}.")
        if number > MOST:
            raise Wrong(f"The {words(name)} may not be greater than {MOST}.")
        return number

    return Member(read=read, schema={"type": ["integer", "null"], "minimum": low if zero is None else 0})


def read_integer(value: Any) -> int | None:
    """JSON integer, numeric string, `12.0`; None for anything else and beyond 2^53 (spec 00 §20, BODY-07)."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        value = int(value) if value.is_integer() and abs(value) < LARGEST else None
    elif isinstance(value, str):
        value = (
            int(value)
            if re.fullmatch(r"\s*[+-]?[0-9]{1,16}(\.0+)?\s*", value) and "." not in value
            else (int(float(value)) if re.fullmatch(r"\s*[+-]?[0-9]{1,15}\.0+\s*", value) else None)
        )
    return value if isinstance(value, int) and abs(value) < LARGEST else None


def url(*, aliases: tuple[str, ...] = ()) -> Member:
    """An absolute http(s) address of at most 2,048 characters; null and "" clear."""

    def read(name: str, value: Any) -> Any:
        if value is None or value == "":
            return None
        if not isinstance(value, str) or not re.fullmatch(r"https?://[^\s/?#]+[^\s]*", value.strip(), re.IGNORECASE):
            raise Wrong(f"The {words(name)} must be a valid URL.")
        if len(value.strip()) > 2048:
            raise Wrong(f"The {words(name)} may not be greater than 2048 characters.")
        return value.strip()

    return Member(read=read, schema={"type": ["string", "null"], "maxLength": 2048}, aliases=aliases)


def choice(allowed: Mapping[str, str], *, null: str = "refuse", aliases: tuple[str, ...] = ()) -> Member:
    """One of a list of words, ignoring case, `-`, `_` and blanks alike. `allowed` maps words to what they mean."""
    folded = {fold_word(word): meaning for word, meaning in allowed.items()}

    def read(name: str, value: Any) -> Any:
        if value is None and null == "keep":
            return UNSET
        meaning = folded.get(fold_word(value)) if isinstance(value, str) else None
        if meaning is None:
            raise Wrong(f"The selected {words(name)} is invalid.")
        return meaning

    return Member(read=read, schema={"type": "string", "enum": sorted(set(allowed))}, aliases=aliases)


def fold_word(word: str) -> str:
    """An enumerated word without what input may vary (spec 00 §20)."""
    return re.sub(r"[-_\s]+", "-", word.strip().lower())


def items(limit: int = 1000, *, of: dict[str, Any] | None = None, aliases: tuple[str, ...] = ()) -> Member:
    """A list; a scalar is one element, a string a comma list; null is not sent (PUT-05)."""

    def read(name: str, value: Any) -> Any:
        if value is None:
            return UNSET
        if isinstance(value, str):
            value = [part.strip() for part in value.split(",") if part.strip()]
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            value = [value]
        if not isinstance(value, list):
            raise Wrong(f"The {words(name)} must be an array.")
        if len(value) > limit:
            raise Wrong(f"The {words(name)} may not have more than {limit} items.")
        return value

    return Member(read=read, schema={"type": "array", "items": of or {}, "maxItems": limit}, aliases=aliases)


def raw(schema: dict[str, Any], *, aliases: tuple[str, ...] = (), null: str = "pass") -> Member:
    """A member that is read elsewhere, where what it means is known. `null="absent"`: null is not sent."""

    def read(_name: str, value: Any) -> Any:
        return UNSET if value is None and null == "absent" else value

    return Member(read=read, schema=schema, aliases=aliases)
