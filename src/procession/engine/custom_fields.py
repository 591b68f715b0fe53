"""Custom fields: what an organization keeps about its records besides what they are (spec 00 §22).

A key says what may be kept; here a value is read as its key's type wants it. Nothing in here is a form field.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from procession.engine.dates import parse_day, parse_instant
from procession.engine.model import Column, Problem
from procession.engine.people import read_address
from procession.engine.scalars import is_scalar, read_flag, read_integer, scalar_text
from procession.engine.validations import is_web_address

RecordKind = Literal[
    "process", "task", "member", "guest", "folder", "tag", "template", "step", "form_field", "kickoff_field"
]
"""What may hold values."""

ValueType = Literal[
    "text", "textarea", "number", "boolean", "date", "email", "url", "radio", "dropdown", "multiselect", "table"
]

TEXT = 200
LONG_TEXT = 30_000
ADDRESS = 254
URL = 2048
ROWS = 500
CELL = 2000
LARGEST = 2**53
CHOICES = frozenset({"radio", "dropdown", "multiselect"})
"""The types that have options."""

_NUMBER = re.compile(r"[+-]?[0-9]{1,16}(\.[0-9]{1,15})?([eE][+-]?[0-9]{1,2})?")
UNKNOWN = "This custom field is not known here."
SYSTEM = "A system custom field cannot be changed."


class Choice(msgspec.Struct, frozen=True):
    """One of the texts that a choice is made among; `id` stays when the text is changed."""

    id: int
    text: str


class CustomKey(msgspec.Struct, frozen=True, kw_only=True):
    """What may be kept about records of one kind, under one name. `system`: the server's own, nobody writes it.

    `options` are what is chosen among, `columns` those of a table; other types have neither.
    """

    id: int
    kind: RecordKind
    key: str
    type: ValueType
    system: bool
    label: str
    options: Sequence[Choice]
    columns: Sequence[Column]
    required: bool
    active: bool
    created_at: datetime
    updated_at: datetime
    revision: int


class _Wrong(Exception):
    """A value that its key does not take; the text says why."""


def read_value(key: CustomKey, value: object) -> tuple[Any, str | None]:
    """The value as it is stored, or None and what is wrong with it. Nothing (null, empty) is None without a fault."""
    if value is None or value in ("", []):
        return None, None
    try:
        return _READERS[key.type](key, value), None
    except _Wrong as wrong:
        return None, str(wrong)


def read_all(keys: Mapping[str, CustomKey], sent: Mapping[str, object]) -> tuple[dict[str, Any], list[Problem]]:
    """What a record is to hold for every key that people write, and what is wrong (spec 00 CF-03).

    `keys` are the active ones by name. A key that is not sent is cleared; required ones must be sent, the system's may
    not, unknown ones are no keys.
    """
    wanted, problems = read_some(keys, sent)
    for name, key in keys.items():
        if key.system:
            continue
        wanted.setdefault(name, None)
        told = any(one.path == (name,) for one in problems)
        if key.required and wanted[name] is None and not told:
            problems.append(Problem((name,), f"The {key.label} field is required."))
    return wanted, problems


def read_some(keys: Mapping[str, CustomKey], sent: Mapping[str, object]) -> tuple[dict[str, Any], list[Problem]]:
    """What a record is to hold for the keys that were sent: None clears; and what is wrong."""
    wanted: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, value in sent.items():
        key = keys.get(name)
        if key is None or key.system:
            problems.append(Problem((name,), UNKNOWN if key is None else SYSTEM))
            continue
        read, problem = read_value(key, value)
        if problem is not None:
            problems.append(Problem((name,), problem))
        else:
            wanted[name] = read
    return wanted, problems


def terms(key: CustomKey, value: Any) -> list[str]:
    """The texts that a stored value is found by: each choice of several, and the one text of anything else.

    A table is found by none.
    """
    if key.type == "table":
        return []
    values = value if isinstance(value, list) else [value]
    return [text for one in values if (text := scalar_text(one)) is not None]


def sought_term(key: CustomKey, text: str) -> str | None:
    """What a value equal to `text` (as it stands in a query) would be found by; None when none can equal it."""
    read, problem = read_value(key, [text] if key.type == "multiselect" else text)
    found = terms(key, read) if problem is None and read is not None else []
    return found[0] if found else None


def inherited(values: Mapping[str, Any], keys: Mapping[str, CustomKey]) -> dict[str, Any]:
    """What a new record takes over from the one it is made from: values of keys with its own keys' names that these
    take too (spec 00 CF-05). System keys take over nothing.
    """
    found: dict[str, Any] = {}
    for name, value in values.items():
        key = keys.get(name)
        if key is None or key.system:
            continue
        read, problem = read_value(key, value)
        if problem is None and read is not None:
            found[name] = read
    return found


# -- type by type ------------------------------------------------------------------------------------------------------


def _text(key: CustomKey, value: object) -> str:
    limit = LONG_TEXT if key.type == "textarea" else TEXT
    if not isinstance(value, str):
        raise _Wrong(f"The {key.label} must be a string.")
    if len(value) > limit:
        raise _Wrong(f"The {key.label} may not be greater than {limit} characters.")
    return value


def _number(key: CustomKey, value: object) -> int | float:
    wrong = _Wrong(f"The {key.label} must be a number.")
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        value = float(value) if set(value) & set(".eE") else int(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise wrong
    if not abs(value) < LARGEST:  # nor infinite, nor no number at all
        raise wrong
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _flag(key: CustomKey, value: object) -> bool:
    found = read_flag(value)
    if found is None:
        raise _Wrong(f"The {key.label} field must be true or false.")
    return found


def _date(key: CustomKey, value: object) -> str:
    """A day as `YYYY-MM-DD`; a moment in UTC, to the second."""
    if (day := parse_day(value)) is not None:
        return day.isoformat()
    if (moment := parse_instant(value)) is not None:
        return f"{moment.replace(tzinfo=None).isoformat(timespec='seconds')}Z"
    raise _Wrong(f"The {key.label} is not a valid date.")


def _email(key: CustomKey, value: object) -> str:
    address = read_address(value) if isinstance(value, str) and len(value) <= ADDRESS else None
    if address is None:
        raise _Wrong(f"The {key.label} must be a valid email address.")
    return address


def _url(key: CustomKey, value: object) -> str:
    if not isinstance(value, str) or len(value) > URL or not is_web_address(value.strip()):
        raise _Wrong(f"The {key.label} must be a valid URL.")
    return value.strip()


def _choice(key: CustomKey, value: object) -> str:
    """The text of one of the options, named by its text, its id, or an object that has one of these."""
    if isinstance(value, dict):
        value = value.get("text", value.get("value", value.get("id")))
    text, number = scalar_text(value), read_integer(value)
    for one in key.options:
        if one.text == text:
            return one.text
    found = next((one.text for one in key.options if one.id == number), None)
    if found is None:
        raise _Wrong(f"The selected {key.label} is invalid.")
    return found


def _choices(key: CustomKey, value: object) -> list[str]:
    """Some of the options, in their own order."""
    chosen = {_choice(key, one) for one in (value if isinstance(value, list) else [value])}
    return [one.text for one in key.options if one.text in chosen]


def _table(key: CustomKey, value: object) -> list[dict[str, str | None]]:
    """Rows, each an object of column labels or a list of cells in the columns' order."""
    if not isinstance(value, list):
        raise _Wrong(f"The {key.label} must be a list of rows.")
    if len(value) > ROWS:
        raise _Wrong(f"The {key.label} may not have more than {ROWS} rows.")
    return [_row(key, one) for one in value]


def _row(key: CustomKey, row: object) -> dict[str, str | None]:
    labels = [one.label for one in key.columns]
    if isinstance(row, list) and len(row) == len(labels):
        row = dict(zip(labels, row, strict=True))
    if not isinstance(row, dict) or row.keys() - set(labels):
        raise _Wrong(f"The rows of {key.label} must have the columns of the table.")
    if any(cell is not None and not is_scalar(cell) for cell in row.values()):
        raise _Wrong(f"The cells of {key.label} must be texts, numbers or true and false.")
    cells = {one: scalar_text(row.get(one)) for one in labels}
    if any(len(cell or "") > CELL for cell in cells.values()):
        raise _Wrong(f"The cells of {key.label} may not be greater than {CELL} characters.")
    return cells


_READERS = {
    "text": _text,
    "textarea": _text,
    "number": _number,
    "boolean": _flag,
    "date": _date,
    "email": _email,
    "url": _url,
    "radio": _choice,
    "dropdown": _choice,
    "multiselect": _choices,
    "table": _table,
}
