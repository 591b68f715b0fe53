"""Answers as conditions see them: texts, numbers, moments (spec 31 §4.4)."""

from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any

import msgspec

from procession.engine.dates import parse_day, parse_instant
from procession.engine.grids import table_rows
from procession.engine.model import Field
from procession.engine.people import read_address, read_group, read_member
from procession.engine.richtext import readable
from procession.engine.rules.statements import Moment, folded, read_number
from procession.engine.scalars import scalar_text

SHOWN_LENGTH = 200
"""Characters of a text that a record of an execution keeps."""

SHOWN_ITEMS = 20
"""Texts of a list that a record of an execution keeps."""


class Value(msgspec.Struct, frozen=True):
    """An answer in its text form (§4.4 rule 1): none when it is empty, several when its field holds a list.

    `folded` are the texts as they are compared, `among` the same to be looked up, `joined` to be searched all at once:
    a table of 25,000 cells is met by a hundred conditions. `shown` is what records keep. `listed`: the field holds a
    list.
    """

    texts: tuple[str, ...]
    folded: tuple[str, ...]
    among: frozenset[str]
    joined: str
    listed: bool
    shown: str | tuple[str, ...] | None
    number: Decimal | None = None
    moment: Moment | None = None

    @property
    def empty(self) -> bool:
        return not self.texts


def read_value(field: Field, value: Any, column: str | None, where: tzinfo) -> Value | None:
    """The stored answer `value` of `field`, any JSON value; None when `column` names no column of the table.

    `where` is the organization's zone, in which dates with a time are written.
    """
    moment: Moment | None = None
    listed = field.kind in ("multiselect", "file", "table", "assignees_form")
    if field.kind == "table":
        found = _cells(field, value, column)
        if found is None:
            return None
        texts = found
    elif field.kind == "date":
        moment = _moment(field, value, where)
        texts = [_written(moment)] if moment is not None else []
    else:
        texts = _texts(field, value)
    kept = tuple(text.strip() for text in texts if text.strip())
    lower = tuple(text.casefold() for text in kept)
    number = read_number(lower[0], field) if lower and not listed and moment is None else None
    # No text holds the character between them, so nothing is found across two.
    return Value(kept, lower, frozenset(lower), "\0".join(lower), listed, _shown(kept, listed), number, moment)


def moment_of(field: Field, value: Any) -> Moment | None:
    """What a date answer says: a day, or an instant if the field collects the time; None when it says nothing."""
    if not isinstance(value, str):
        return None
    if field.collect_time:
        instant = parse_instant(value)
        return Moment(instant, zoned=True) if instant is not None else None
    day = parse_day(value[:10])
    return Moment(day) if day is not None else None


def _moment(field: Field, value: Any, where: tzinfo) -> Moment | None:
    found = moment_of(field, value)
    if found is None or not isinstance(found.written, datetime):
        return found
    return Moment(local(found.written, where).replace(second=0, microsecond=0), zoned=True)


def local(instant: datetime, where: tzinfo) -> datetime:
    """The instant on the clock of `where`; at the very end of the calendar, where that has none, as it is."""
    try:
        return instant.astimezone(where)
    except OverflowError:
        return instant


def _written(moment: Moment) -> str:
    if isinstance(moment.written, datetime):
        return moment.written.strftime("%Y-%m-%d %H:%M")
    return moment.written.isoformat()


def _texts(field: Field, value: Any) -> list[str]:
    match field.kind:
        case "multiselect":
            return [text for one in _entries(value) if one.get("selected") is True and (text := _option(field, one))]
        case "file":
            return [name for one in _entries(value) if isinstance(name := one.get("filename"), str)]
        case "assignees_form":
            return _people(value)
        case "dropdown":
            return [_option(field, value)] if isinstance(value, dict) else []
        case "textarea" if field.rich and isinstance(value, str):
            return [readable(value)]
        case _:
            return [scalar_text(value) or ""]


def _entries(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _option(field: Field, entry: dict[str, Any]) -> str:
    text = scalar_text(entry.get("text"))
    if text is not None:
        return text
    return next((option.text for option in field.options if option.id == entry.get("id")), "")


def _people(value: Any) -> list[str]:
    buckets = value if isinstance(value, dict) else {}
    found: list[str] = []
    for bucket, read in (("users", read_member), ("guests", read_address), ("groups", read_group)):
        entries = buckets.get(bucket)
        for entry in entries if isinstance(entries, list) else []:
            one = read(entry)
            if one is not None:
                found.append(str(one))
    return found


def _cells(field: Field, value: Any, column: str | None) -> list[str] | None:
    rows = table_rows(field, value)
    if column is None:
        return [cell for row in rows for cell in row]
    wanted = folded(column)
    for index, one in enumerate(field.columns):
        if wanted in (folded(one.label), str(one.id)):
            return [row[index] for row in rows]
    return None


def _shown(texts: tuple[str, ...], listed: bool) -> str | tuple[str, ...] | None:
    if not texts:
        return None
    cut = tuple(text if len(text) <= SHOWN_LENGTH else text[:SHOWN_LENGTH] + "…" for text in texts[:SHOWN_ITEMS])
    return cut if listed else cut[0]
