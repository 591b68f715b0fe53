"""Where a person is named in an organization's texts, and what stands there afterwards (spec 41 §18.4).

Addresses go wherever they stand. A name is replaced where it is mentioned (`@Ann Lee`, the mark of an editor), and by
itself in what the product wrote it into: mails, titles of tasks and processes, what is told of people. In what people
wrote in their own words a name without a mark is text: somebody else may be called the same.
"""

import html
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from procession.handover import queries
from procession.kernel.folding import fold, uncase
from procession.kernel.seals import rewrite
from procession.kernel.unit import Unit
from procession.templates.aliases import slug
from procession.templates.versions import fresh_revision

KEPT = frozenset({"role", "is_default_admin", "type", "status", "can_create_templates", "can_archive_processes"})
"""Fields of people whose history says nothing about who they are."""
IMPERSONAL = frozenset({"role", "id", "client_id", "notify", "type", "status", "application"})
"""What is kept of an event about a person that tells of no field."""
BARE_MEMBERS = frozenset({"title", "name", "folded", "alias"})
"""Members of what events tell in which the product writes names."""
VERSIONS = "template_versions"
NOTHING = "\x01"
"""A pattern that no text has: the empty one is that of every empty text."""


class Erased(msgspec.Struct, frozen=True):
    """What was replaced: so many rows and events. `name`: what the person is called from now on."""

    name: str
    rows: int
    events: int


class Named(msgspec.Struct, frozen=True):
    """What a person is called, and was: addresses in lower case, full names."""

    addresses: tuple[str, ...]
    names: tuple[str, ...]
    first: str
    last: str

    @classmethod
    def of(cls, first: str | None, last: str | None, address: str) -> "Named":
        full = f"{first or ''} {last or ''}".strip()
        return cls((address,), (full,) if full else (), first or "", last or "")


class Words(msgspec.Struct, frozen=True):
    """What is looked for, and what stands there afterwards. `account`: whose mentions by mark are meant."""

    addresses: tuple[str, ...]
    names: tuple[str, ...]
    address: str
    name: str
    account: int


def named_in_history(unit: Unit, kind: str, subject: str, now: Named) -> Named:
    """The same with what the person was called before, as his own history tells it."""
    addresses, names = list(now.addresses), list(now.names)
    first, last = now.first, now.last
    for _, _, _, _, field, old, new in reversed(unit.all(queries.OWN_EVENTS, kind=kind, subject=subject)):
        told = [old, new] if field == "email" else [one.get("email") for one in (old, new) if isinstance(one, dict)]
        addresses += [one.lower() for one in told if isinstance(one, str) and "@" in one]
        if field == "first_name":
            first = old or ""
        if field == "last_name":
            last = old or ""
        names += [f"{first} {last}".strip()]
    return msgspec.structs.replace(now, addresses=tuple(addresses), names=tuple(one for one in names if one))


def others_have(unit: Unit, named: Named, *, account: int, guest: int) -> set[str]:
    """Those of his addresses and names that somebody else of the organization has."""
    asked = {
        "addresses": sorted(set(named.addresses)),
        "first_names": sorted({name[:place] for name in named.names for place in _spaces(name)}),
    }
    found = [
        *unit.all(queries.OTHER_MEMBERS, account=account, **asked),
        *unit.all(queries.OTHER_GUESTS, guest=guest, **asked),
    ]
    return {one for email, first, last in found for one in (email, f"{first or ''} {last or ''}".strip())}


def _spaces(name: str) -> list[int]:
    return [place for place, sign in enumerate(name) if sign == " "]


# -- rows --------------------------------------------------------------------------------------------------------------

Swap = Callable[[str], str]


class Swaps(msgspec.Struct, frozen=True):
    """What makes a text one without the person: `mentions` takes names where they are mentioned, `names` everywhere."""

    mentions: Swap
    names: Swap


def replace(unit: Unit, words: Words, kind: str, subject: str) -> Erased:
    """Write every row and every event of the organization that names the person, without him."""
    swaps = Swaps(_swap(words, "@"), _swap(words, ""))
    rows = 0
    for table, place in queries.places().items():
        found: dict[Any, Any] = {}
        for asked in _patterns(words, bare=bool(place.bare)):
            found |= {tuple(one[: len(place.keys)]): one for one in unit.all(place.read, **asked)}
        changed = [row for one in found.values() if (row := _changed(table, place, one, swaps)) is not None]
        columns = tuple(sorted((*place.columns, *(("revision",) if place.revised else ()))))
        unit.write_many(place.patch.write(columns), changed)
        rows += len(changed)
    return Erased(words.name, rows, _events(unit, words, swaps, kind, subject))


def _patterns(words: Words, *, bare: bool) -> list[dict[str, str]]:
    """The parameters of the statements that find rows, one after the other."""
    sign = "" if bare else "@"
    found = [{"address": _like(one), "name": NOTHING} for one in words.addresses]
    found += [{"address": NOTHING, "name": _like(sign + one)} for one in words.names]
    # The mark of an editor names the account, whatever it shows.
    marks = (f'data-id="{words.account}"', f'data-mention-id="{words.account}"') if words.account else ()
    return found + [{"address": NOTHING, "name": _like(one)} for one in marks]


def _changed(table: str, place: queries.Place, found: Any, swaps: Swaps) -> dict[str, Any] | None:
    """The parameters that write a row without the person; None when it does not name him."""
    width, texts = len(place.keys), len(place.columns)
    former = list(found[width : width + texts])
    latter = [
        _deep(value, swaps.names if name in place.bare else swaps.mentions)
        for name, value in zip(place.columns, former, strict=True)
    ]
    if former == latter:
        return None
    row = {f"key_{name}": value for name, value in zip(place.keys, found, strict=False)}
    row |= {f"set_{name}": value for name, value in zip(place.columns, latter, strict=True)}
    if place.revised:
        row["set_revision"] = fresh_revision() if table == VERSIONS else found[-1] + 1
    return row


# -- events ------------------------------------------------------------------------------------------------------------


def _events(unit: Unit, words: Words, swaps: Swaps, kind: str, subject: str) -> int:
    found = {one[0]: one for one in unit.all(queries.OWN_EVENTS, kind=kind, subject=subject)}
    for asked in _patterns(words, bare=True):
        found |= {one[0]: one for one in unit.all(queries.NAMING_EVENTS, **asked)}
    changed: dict[int, Mapping[str, Any]] = {}
    for event_id, what, subject_kind, subject_id, field, old, new in found.values():
        about_people = subject_kind in ("member", "guest") or what.startswith("security.") or field in BARE_MEMBERS
        latter = [_deep(one, swaps.names if about_people else swaps.mentions, swaps.names) for one in (old, new)]
        if (subject_kind, subject_id) == (kind, subject):
            latter = [_impersonal(one, field) for one in latter]
        if latter != [old, new]:
            changed[event_id] = {"old": latter[0], "new": latter[1]}
    rewrite(unit, changed)
    return len(changed)


def _impersonal(value: Any, field: str | None) -> Any:
    """What an event about the person himself may keep."""
    if field is not None:
        return value if field in KEPT else None
    if isinstance(value, Mapping):
        return {name: one for name, one in value.items() if name in IMPERSONAL}
    return value


# -- texts -------------------------------------------------------------------------------------------------------------


def _deep(value: Any, swap: Swap, bare: Swap | None = None) -> Any:
    """The same JSON value with other texts in it; `bare` is for what the product writes names into."""
    if isinstance(value, str):
        return swap(value)
    if isinstance(value, list):
        return [_deep(one, swap, bare) for one in value]
    if isinstance(value, dict):
        return {
            swap(name): _deep(one, bare if bare is not None and name in BARE_MEMBERS else swap, bare)
            for name, one in value.items()
        }
    return value


def _swap(words: Words, sign: str) -> Swap:
    """What makes a text one without the person: his addresses, his marks, and his names with `sign` before them.

    `ann@x.example` is not part of `joann@x.example`, nor of `ann@x.example.com`; after a `+` that begins a word it is.
    """
    addresses = "|".join(re.escape(one) for one in _written(sorted(words.addresses, key=len, reverse=True)))
    names = "|".join(re.escape(sign + one) for one in _written(sorted(words.names, key=len, reverse=True)))
    address = re.compile(rf"(?<![\w.-])(?<!\w\+)(?:{addresses})(?![\w-]|\.\w)", re.IGNORECASE) if addresses else None
    name = re.compile(rf"(?<!\w)(?:{names})(?!\w)") if names else None
    mark = re.compile(rf'(\sdata-(?:mention-)?id=\\?"{words.account}\\?"[^>]*>)[^<]*') if words.account else None

    def swap(text: str) -> str:
        if mark is not None:
            text = mark.sub(rf"\1@{words.name}", text)
        if address is not None:
            text = address.sub(words.address, text)
        return text if name is None else name.sub(lambda match: _like_case(match[0], sign + words.name), text)

    return swap


def _like_case(former: str, latter: str) -> str:
    """Columns that are searched have no capitals, aliases no spaces."""
    if former != former.casefold():
        return latter
    return latter.casefold() if " " in former else latter.casefold().replace(" ", "-")


def _written(texts: Iterable[str]) -> list[str]:
    """Each as it is, as rich text and JSON write it, as columns that are searched hold it, and as aliases do."""
    found: dict[str, None] = {}
    for text in texts:
        searched = (fold(text), uncase(text), slug(text, text))
        for one in (text, html.escape(text), html.escape(text, quote=False), *searched):
            found |= {one: None, msgspec.json.encode(one).decode()[1:-1]: None}
    return list(found)


def _like(text: str) -> str:
    """The pattern of a text inside another, whatever JSON or HTML make of signs."""
    escaped = re.sub(r"([%_])", r"\\\1", re.sub(r"[\"\\&<>']", "\0", text))
    return "%" + escaped.replace("\0", "%") + "%"
