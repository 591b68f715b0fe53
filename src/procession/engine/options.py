"""Reading the definition of a choice field's options and of a table's columns (spec 30 §11.2, 00 `VAL-03`)."""

from typing import Any, NamedTuple

import msgspec

from procession.engine.model import Column, Option, Problem
from procession.engine.scalars import read_flag, read_integer, scalar_text

OPTIONS_LIMIT = 500
COLUMNS_LIMIT = 50
TEXT_LIMIT = 600
ID_LIMIT = 2**53


class _Shape(NamedTuple):
    """What a list is called, the member that holds an entry's text, the other one that is read for it, its limit."""

    name: str
    text: str
    other: str
    limit: int


class _Item(NamedTuple):
    id: int
    text: str
    entry: dict[str, Any]


_OPTIONS = _Shape("options", "text", "label", OPTIONS_LIMIT)
_COLUMNS = _Shape("columns", "label", "text", COLUMNS_LIMIT)


def read_options(
    value: object, path: tuple[str, ...], problems: list[Problem], *, strict_ids: bool = False
) -> tuple[Option, ...] | None:
    """The options in `value`: a list of `{id?, text, value?, …}` or of texts, or one text with a line per option.

    `label` is read for `text`. Ids that are missing, unreadable or taken are numbered with the smallest free ones from
    1; with `strict_ids` one that is taken is a problem (one-off tasks, spec 20 §9.3). None after a problem; problems
    have `path` and the position.
    """
    items = _read(value, _OPTIONS, path, problems, strict_ids)
    return tuple(_option(item) for item in items) if items is not None else None


def read_columns(
    value: object, path: tuple[str, ...], problems: list[Problem], *, strict_ids: bool = False
) -> tuple[Column, ...] | None:
    """The columns in `value`, as leniently as `read_options`: `{id?, label}`, texts or lines; `text` is read too."""
    items = _read(value, _COLUMNS, path, problems, strict_ids)
    return tuple(Column(id=item.id, label=item.text) for item in items) if items is not None else None


def _option(item: _Item) -> Option:
    description = item.entry.get("description")
    return Option(
        id=item.id,
        text=item.text,
        value=item.entry.get("value"),
        required=read_flag(item.entry.get("required")),
        selected=read_flag(item.entry.get("selected")),
        description=description if isinstance(description, str) else None,
    )


def _entries(value: object) -> list[Any] | None:
    if not isinstance(value, str):
        return value if isinstance(value, list) else None
    if value.lstrip().startswith("["):
        try:
            return msgspec.json.decode(value, type=list[Any])
        except (ValueError, RecursionError):
            pass  # a text that happens to begin with a bracket
    return [line.strip() for line in value.splitlines() if line.strip()]


def _read(
    value: object, shape: _Shape, path: tuple[str, ...], problems: list[Problem], strict_ids: bool
) -> list[_Item] | None:
    entries = _entries(value)
    if entries is None:
        problems.append(Problem(path, f"The {shape.name} must be an array."))
        return None
    if len(entries) > shape.limit:
        problems.append(Problem(path, f"The {shape.name} may not have more than {shape.limit} items."))
        return None
    members = [entry if isinstance(entry, dict) else {shape.text: entry} for entry in entries]
    found: list[Problem] = []
    texts = [_text(entry, shape, (*path, str(index)), found) for index, entry in enumerate(members)]
    ids = _ids(members, path, found, strict_ids)
    problems.extend(found)
    return None if found else [_Item(*parts) for parts in zip(ids, texts, members, strict=True)]


def _text(entry: dict[str, Any], shape: _Shape, path: tuple[str, ...], problems: list[Problem]) -> str:
    given = entry.get(shape.text)
    text = scalar_text(entry.get(shape.other) if given is None else given)
    path = (*path, shape.text)
    if text is None or not text.strip():
        problems.append(Problem(path, f"The {shape.text} field is required."))
        return ""
    if len(text) > TEXT_LIMIT:
        problems.append(Problem(path, f"The {shape.text} may not be greater than {TEXT_LIMIT} characters."))
    return text


def _ids(members: list[dict[str, Any]], path: tuple[str, ...], problems: list[Problem], strict_ids: bool) -> list[int]:
    wanted = [read_integer(entry.get("id")) for entry in members]
    taken: set[int] = set()
    kept: list[int | None] = []
    for index, id_ in enumerate(wanted):
        usable = id_ is not None and 1 <= id_ <= ID_LIMIT
        if usable and id_ in taken and strict_ids:
            problems.append(Problem((*path, str(index), "id"), "The id has already been taken."))
        if usable and id_ is not None and id_ not in taken:
            taken.add(id_)
            kept.append(id_)
        else:
            kept.append(None)
    free = (number for number in range(1, len(members) + len(taken) + 1) if number not in taken)
    return [next(free) if id_ is None else id_ for id_ in kept]
