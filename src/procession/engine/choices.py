"""Answers of radio, dropdown and checklist fields (spec 20 §8.7-8.9, 00 `VAL-01`)."""

from collections.abc import Callable, Sequence
from typing import Any

from procession.engine.model import Field, Option
from procession.engine.options import TEXT_LIMIT
from procession.engine.scalars import read_flag, read_integer, scalar_text

_DROPDOWN_KEYS = ("id", "text", "value")
_CHECKLIST_KEYS = ("id", "text", "selected", "value", "required")


def match_option(options: Sequence[Option], value: object) -> Option | None:
    """The option a loose `value` means: by exact text, then ignoring case and outer blanks, then by id (`VAL-01`).

    Each reading goes over the whole list before the next, so that an option called "2" wins over option number 2.
    """
    text = scalar_text(value)
    if text is None:
        return None
    folded = text.strip().casefold()
    number = read_integer(value)
    readings: tuple[Callable[[Option], bool], ...] = (
        lambda option: option.text == text,
        lambda option: option.text.strip().casefold() == folded,
        lambda option: option.id == number,
    )
    return next((option for fits in readings for option in options if fits(option)), None)


def radio_answer(field: Field, value: object, coerce: bool) -> str | None:
    """The text of the option `value` names, or None when it names none."""
    if isinstance(value, str) and (any(option.text == value for option in field.options) or _is_custom(field, value)):
        return value
    option = _loose(field, value) if coerce else None
    return option.text if option is not None else None


def dropdown_answer(field: Field, value: object, coerce: bool) -> dict[str, Any] | None:
    """The chosen option with exactly the keys that were sent among `id`, `text`, `value`; None when it is none."""
    if isinstance(value, dict):
        return _entry(field, value, _DROPDOWN_KEYS, coerce)
    return _bare(field, value) if coerce else None


def checklist_answer(field: Field, value: object, coerce: bool) -> list[dict[str, Any]] | None:
    """The entries as sent, keys restricted to `id`, `text`, `selected`, `value`, `required`; None when one is wrong.

    An option named twice keeps its first place and its last entry. With `coerce` a missing `selected` means chosen.
    """
    entries = _loose_entries(field, value) if coerce else value
    if not isinstance(entries, list):
        return None
    chosen: dict[object, dict[str, Any]] = {}
    for sent in entries:
        entry = _checked(field, sent, coerce)
        if entry is None:
            return None
        # Custom texts have no id; `None` cannot be anybody's text.
        chosen[entry["text"] if entry["id"] is None else entry["id"]] = entry
    return list(chosen.values())


def _checked(field: Field, sent: object, coerce: bool) -> dict[str, Any] | None:
    if isinstance(sent, dict):
        entry = _entry(field, sent, _CHECKLIST_KEYS, coerce)
    else:
        entry = _bare(field, sent) if coerce else None
    if entry is None:
        return None
    if coerce:
        entry.setdefault("selected", True)
    if entry.get("selected") is not None:
        entry["selected"] = read_flag(entry["selected"])
        return entry if entry["selected"] is not None else None
    return entry


def _entry(field: Field, sent: dict[str, Any], keys: tuple[str, ...], coerce: bool) -> dict[str, Any] | None:
    kept = {key: sent[key] for key in sent if key in keys}
    number, text = read_integer(sent.get("id")), sent.get("text")
    if any(option.id == number and option.text == text for option in field.options):
        return kept | {"id": number}
    # The id of an option beside another text is a mistake, not a text of one's own.
    if all(option.id != number for option in field.options) and _is_custom(field, text):
        return kept | {"id": number}
    option = _loose(field, sent) if coerce else None
    return kept | {"id": option.id, "text": option.text} if option is not None else None


def _bare(field: Field, value: object) -> dict[str, Any] | None:
    option = match_option(field.options, value)
    if option is not None:
        return {"id": option.id, "text": option.text}
    return {"id": None, "text": value} if _is_custom(field, value) else None


def _loose(field: Field, value: object) -> Option | None:
    if not isinstance(value, dict):
        return match_option(field.options, value)
    found = match_option(field.options, value.get("text"))
    return found if found is not None else match_option(field.options, value.get("id"))


def _loose_entries(field: Field, value: object) -> object:
    if isinstance(value, dict):
        return [value]
    text = scalar_text(value)
    if text is None:
        return value
    # One option's text may hold a comma itself.
    if match_option(field.options, value) is not None:
        return [value]
    return [part.strip() for part in text.split(",") if part.strip()]


def _is_custom(field: Field, text: object) -> bool:
    """Whether a field on a shared list that allows texts of one's own takes this one (spec 30 §11.7)."""
    if not isinstance(text, str) or not text.strip() or len(text) > TEXT_LIMIT:
        return False
    return field.list is not None and read_flag(field.list.get("allow_custom")) is True
