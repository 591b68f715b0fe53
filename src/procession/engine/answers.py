"""Answers to form fields: the one validator, what counts as filled, defaults (spec 20 §8, 00 §19, 30 §11.3)."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import msgspec

from procession.engine.attachments import files_answer
from procession.engine.choices import checklist_answer, dropdown_answer, radio_answer
from procession.engine.dates import date_answer
from procession.engine.fields import WITHOUT_DEFAULT
from procession.engine.grids import grid_answer, table_rows
from procession.engine.model import Field, FieldKind, Owners, Problem
from procession.engine.people import NOBODY, Mentions, People, check_buckets, is_address, mentioned
from procession.engine.richtext import clean, is_blank
from procession.engine.scalars import is_storable, parse_json, read_flag, scalar_text
from procession.engine.validations import rule_problems

SHORT_LIMIT = 200
SHORT_IMPORT_LIMIT = 255
LONG_LIMIT = 30_000

_STRUCTURED: frozenset[FieldKind] = frozenset(("dropdown", "multiselect", "table", "assignees_form", "file"))
_BUCKETS = ("users", "guests", "groups")
_RELATIVE_DAY = re.compile(r"today\s*(?:([+-])\s*([0-9]{1,4}))?", re.IGNORECASE)


class Answer(msgspec.Struct, frozen=True):
    """A checked answer: the value to store, None when the answer is cleared, or what is wrong with it.

    Paths are relative to the answer: `()` for itself, `("members", "0")` for an entry of an assignee picker.
    """

    value: Any = None
    problems: tuple[Problem, ...] = ()


CLEARED = Answer()


def check_answer(
    field: Field,
    value: object,
    people: People = NOBODY,
    *,
    files: Mapping[str, dict[str, Any]] | None = None,
    long_texts: bool = False,
    coerce: bool = False,
) -> Answer:
    """The answer `value`, any JSON value, gives to `field` (spec 20 §8.2-8.11). Never raises.

    `people` and `files` (by id, as they are to be stored) are the facts about whom and what the value mentions;
    `long_texts` lifts short texts to 255 characters (import mode), `coerce` reads choices loosely (spec 00 §19). The
    options of a field on a shared list must be the list's current ones. An accepted value is accepted again unchanged.
    """
    if _clears(field.kind, value):
        return CLEARED
    match field.kind:
        case "text":
            return _text(field, value, SHORT_IMPORT_LIMIT if long_texts else SHORT_LIMIT)
        case "textarea":
            return _textarea(field, value)
        case "email":
            return _email(field, value)
        case "date":
            return _date(field, value)
        case "table":
            return _table(field, value)
        case "file":
            return _file(field, value, files or {})
        case "assignees_form":
            return _assignees(field, value, people)
        case "radio":
            return _choice(radio_answer(field, value, coerce), "radio")
        case "dropdown":
            return _choice(dropdown_answer(field, value, coerce), "dropdown")
        case "multiselect":  # pragma: no branch (mypy proves that no kind is left)
            return _choice(checklist_answer(field, value, coerce), "multiselect")


def drawn_before(field: Field, value: object, stored: object) -> bool:
    """Whether a stored answer is sent back that might not be given anew: fine, it stays what it is.

    One to a field on a shared list, whatever the list holds since; a short text that an import brought (50 IMP-03).
    """
    if value is None or value != stored:
        return False
    return field.list is not None or (field.kind == "text" and isinstance(value, str) and len(value) > SHORT_LIMIT)


def _clears(kind: FieldKind, value: object) -> bool:
    if value is None or value == "":
        return True
    if isinstance(value, bool | int | float):
        return kind != "text" and not value
    return kind in _STRUCTURED and not value


def _refused(text: str) -> Answer:
    return Answer(problems=(Problem((), text),))


def _text(field: Field, value: object, limit: int) -> Answer:
    text = scalar_text(value)
    if text is None or not is_storable(text):
        return _refused(f"The {field.label} must be a string.")
    text = text.strip()
    if not text:
        return CLEARED
    if len(text) > limit:
        return _refused(f"The {field.label} may not be greater than {limit} characters.")
    broken = rule_problems(field.validations, text, field.label)
    return Answer(problems=tuple(Problem((), line) for line in broken)) if broken else Answer(text)


def _textarea(field: Field, value: object) -> Answer:
    if not isinstance(value, str) or not is_storable(value):
        return _refused(f"The {field.label} must be a string.")
    if len(value) > LONG_LIMIT:
        return _refused(f"The {field.label} may not be greater than {LONG_LIMIT} characters.")
    # Markup of which nothing is left is no answer: `Answer("")` would be neither one nor cleared.
    return Answer((clean(value) if field.rich else value) or None)


def _email(field: Field, value: object) -> Answer:
    text = value.strip() if isinstance(value, str) else None
    if text == "":
        return CLEARED
    if text is not None:
        local, at, domain = text.rpartition("@")
        text = local + at + domain.lower()
    if text is None or not is_address(text):
        return _refused(f"The {field.label} must be a valid email address.")
    return Answer(text)


def _date(field: Field, value: object) -> Answer:
    stored = date_answer(value, field.collect_time)
    return Answer(stored) if stored is not None else _refused(f"The {field.label} is not a valid date.")


def _choice(chosen: Any, kind: str) -> Answer:
    if chosen is None:
        return _refused(f"Invalid {kind} choice selected.")
    return Answer(chosen or None)


def _table(field: Field, value: object) -> Answer:
    entries, problem = grid_answer(field, value)
    return _refused(problem) if problem is not None else Answer(entries or None)


def _file(field: Field, value: object, files: Mapping[str, dict[str, Any]]) -> Answer:
    stored, problem = files_answer(field.label, value, files)
    return _refused(problem) if problem is not None else Answer(stored)


def _assignees(field: Field, value: object, people: People) -> Answer:
    if not isinstance(value, dict) or not any(bucket in value for bucket in _BUCKETS):
        return _refused(f"The {field.label} must be an object of users, guests and groups.")
    named, problems = check_buckets(value, people, members="members")
    if problems:
        return Answer(problems=tuple(problems))
    if named == Owners():
        return CLEARED
    return Answer({"users": list(named.members), "guests": list(named.guests), "groups": list(named.groups)})


def mentions(field: Field, value: object) -> Mentions:
    """Whom the answer `value` names, to be looked up before it is checked; nobody unless `field` is a picker."""
    return mentioned(value) if field.kind == "assignees_form" else Mentions()


def is_filled(field: Field, value: object) -> bool:
    """Whether the stored `value` counts as an answer at completion (spec 20 §8.12). Any value may be asked about."""
    match field.kind:
        case "textarea":
            return isinstance(value, str) and not is_blank(value)
        case "dropdown":
            return isinstance(value, dict) and bool(value)
        case "multiselect":
            return _all_chosen(field, value) if must_check_all(field) else bool(_chosen(value))
        case "table":
            return any(cell.strip() for row in table_rows(field, value) for cell in row)
        case "assignees_form":
            return isinstance(value, dict) and any(value.get(bucket) for bucket in _BUCKETS)
        case "file":
            return isinstance(value, list) and bool(value)
        case _:
            return bool((scalar_text(value) or "").strip())


def must_check_all(field: Field) -> bool:
    """Whether the field is a checklist whose items must all be checked, required or not (spec 20 §8.12)."""
    return field.kind == "multiselect" and read_flag(field.settings.get("must_all_checked")) is True


def _chosen(value: object) -> list[dict[str, Any]]:
    entries = value if isinstance(value, list) else []
    return [entry for entry in entries if isinstance(entry, dict) and entry.get("selected") is True]


def _all_chosen(field: Field, value: object) -> bool:
    chosen = _chosen(value)
    return all(any(entry.get("id") == option.id for entry in chosen) for option in field.options)


def required_problems(fields: Sequence[Field], answers: Mapping[str, object]) -> list[Problem]:
    """What is missing before a task is completed or a process launched; paths are field ids (spec 20 §12.2)."""
    problems = []
    for field in fields:
        value = answers.get(field.id)
        if must_check_all(field) and not is_filled(field, value):
            text = f"All items of {field.label} must be checked."
        elif field.kind == "multiselect" and field.required and not _chosen(value):
            text = f"At least one item of {field.label} must be checked."
        elif field.required and not is_filled(field, value):
            text = f"{field.label} is required"
        else:
            continue
        problems.append(Problem((field.id,), text))
    return problems


_SOME_DAY = date(2000, 1, 1)
"""Which day is today does not matter to whether `today+7` is a day."""


def defaults(
    fields: Sequence[Field],
    answers: Mapping[str, object],
    *,
    today: date | None = None,
    resolve: Callable[[str], str] = str,
) -> dict[str, Any]:
    """The default answers of the fields that `answers` has no key for, by field id (spec 20 §8.15, 30 §11.1).

    A key with None means the answer was cleared and gets no default. `resolve` replaces variables in texts, `today`
    (the organization's day) is what `today` and `today+7` of a date field count from; without it they are no default.
    A default the validator refuses is left out.
    """
    found = {}
    for field in fields:
        if not field.default_enabled or field.id in answers or field.kind in WITHOUT_DEFAULT:
            continue
        value = resolve(field.default) if isinstance(field.default, str) else field.default
        if field.kind == "date":
            value = _relative_day(value, today)
        answer = check_answer(field, value, coerce=True)
        if answer.value is not None:
            found[field.id] = answer.value
    return found


def default_problems(field: Field, former: Field | None, path: tuple[str, ...]) -> list[Problem]:
    """What is wrong with the default value of a field as it is defined; nothing with what was so before (30 §11.2).

    Choices are read as loosely as they are when the default is used; a text with variables is known only then.
    """
    mine = (field.kind, field.default_enabled, field.default)
    if not field.default_enabled or field.kind in WITHOUT_DEFAULT:
        return []
    if former is not None and mine == (former.kind, former.default_enabled, former.default):
        return []
    if isinstance(field.default, str) and "{{" in field.default:
        return []
    value = _relative_day(field.default, _SOME_DAY) if field.kind == "date" else field.default
    return [Problem((*path, "default"), one.text) for one in check_answer(field, value, coerce=True).problems]


def _relative_day(value: object, today: date | None) -> object:
    match = _RELATIVE_DAY.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None or today is None:
        return value
    days = int(match[2] or 0)
    try:
        return (today + timedelta(days=-days if match[1] == "-" else days)).isoformat()
    except OverflowError:
        return None


def read_answers_container(value: object) -> dict[str, object] | None:
    """The answers by field key in any of their containers, or None when `value` is none (spec 10 §6.3, 00 `PUT-10`).

    An object; a list of single-key objects; a list of `{field_id | timeline_id | id, value}`; a text holding one of
    these as JSON. Later entries win. `[]`, `{}`, `""` and null hold no answers.
    """
    if isinstance(value, str) and value.strip():
        try:
            value = parse_json(value)
        except ValueError:
            return None
    if value is None or (isinstance(value, str) and not value.strip()):
        return {}
    if isinstance(value, dict):
        return value
    if not isinstance(value, list):
        return None
    found: dict[str, object] = {}
    for entry in value:
        if not isinstance(entry, dict):
            return None
        found |= _named_entry(entry)
    return found


def _named_entry(entry: dict[str, object]) -> dict[str, object]:
    """One element of a list of answers. Its `id` may be that of a stored value, so the field's own id goes first."""
    if "value" in entry:
        for name in ("field_id", "timeline_id", "id"):
            key = entry.get(name)
            if isinstance(key, str) and key:
                return {key: entry["value"]}
    return entry
