"""Form fields as people define them: creating one, changing one (spec 30 §11.1-11.2, 20 §9.3, 00 `VAL-02`-`VAL-04`)."""

import re
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET

from procession.engine.model import Field, FieldKind, Problem
from procession.engine.options import read_columns, read_options
from procession.engine.richtext import clean
from procession.engine.scalars import read_flag, read_integer
from procession.engine.validations import CLOCK_RULE, RULE_LIMIT, RULES_LIMIT, read_rules

LABEL_LIMIT = 600
GUIDANCE_LIMIT = 2000
AFFIX_LIMIT = 20
CHOICES: frozenset[FieldKind] = frozenset(("radio", "dropdown", "multiselect"))
WITHOUT_DEFAULT: frozenset[FieldKind] = frozenset(("file", "table", "assignees_form"))

_KINDS: dict[str, tuple[FieldKind, tuple[str, ...]]] = {
    "text": ("text", ()),
    "short_text": ("text", ()),
    "phone": ("text", ()),
    "number": ("text", ("numeric",)),
    "url": ("text", ("url",)),
    "time": ("text", (CLOCK_RULE,)),
    "textarea": ("textarea", ()),
    "long_text": ("textarea", ()),
    "email": ("email", ()),
    "radio": ("radio", ()),
    "radio_buttons": ("radio", ()),
    "dropdown": ("dropdown", ()),
    "select": ("dropdown", ()),
    "single_select": ("dropdown", ()),
    "multiselect": ("multiselect", ()),
    "multi_select": ("multiselect", ()),
    "checkbox": ("multiselect", ()),
    "checklist": ("multiselect", ()),
    "date": ("date", ()),
    "datetime": ("date", ()),
    "file": ("file", ()),
    "files": ("file", ()),
    "file_upload": ("file", ()),
    "image": ("file", ()),
    "signature": ("file", ()),
    "table": ("table", ()),
    "assignees_form": ("assignees_form", ()),
    "assignee": ("assignees_form", ()),
    "assignee_picker": ("assignees_form", ()),
    "member": ("assignees_form", ()),
    "member_picker": ("assignees_form", ()),
    "user": ("assignees_form", ()),
}
_FLAGS = {
    "required": "required",
    "collect_time": "collect time",
    "rich": "use wysiwyg editor",
    "default_enabled": "default value enabled",
    "hide_label": "hide label",
}
_TEXTS = {"guidance": GUIDANCE_LIMIT, "prefix": AFFIX_LIMIT, "suffix": AFFIX_LIMIT}
_SEPARATORS = re.compile(r"[\s_-]+")


class FieldDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A definition as it was sent: plain JSON values under the engine's names, UNSET where nothing was sent."""

    label: object = UNSET
    kind: object = UNSET
    required: object = UNSET
    position: object = UNSET
    guidance: object = UNSET
    options: object = UNSET
    columns: object = UNSET
    validations: object = UNSET
    collect_time: object = UNSET
    rich: object = UNSET
    prefix: object = UNSET
    suffix: object = UNSET
    settings: object = UNSET
    list: object = UNSET
    default_enabled: object = UNSET
    default: object = UNSET
    hide_label: object = UNSET


class _Reading(msgspec.Struct):
    """One draft on its way: the field it changes (None: a new one), the values read so far, what is wrong."""

    draft: FieldDraft
    field: Field | None
    path: tuple[str, ...]
    strict_ids: bool
    values: dict[str, Any] = {}
    problems: list[Problem] = []


def _blame(reading: _Reading, name: str, text: str) -> None:
    reading.problems.append(Problem((*reading.path, name), text))


def _now(reading: _Reading, name: str) -> Any:
    """The value of the member `name` as it will be: just read, else the field's."""
    return reading.values.get(name, getattr(reading.field, name, None))


def create_field(
    draft: FieldDraft,
    *,
    path: tuple[str, ...],
    field_id: str,
    alias: str,
    position: int,
    now: datetime,
    problems: list[Problem],
    strict_ids: bool = False,
) -> Field | None:
    """A new field from `draft`, or None after adding to `problems` (paths: `path` and the draft's member).

    Label, kind and the presence of `required` are demanded. `position` is the caller's (`read_position` reads the
    draft's); the number stays 0 until the caller draws one. With `strict_ids` option ids that repeat are refused
    instead of renumbered (spec 20 §9.3).
    """
    reading = _read(draft, None, path, strict_ids)
    if reading.problems:
        problems.extend(reading.problems)
        return None
    kind = reading.values["kind"]
    values = {"collect_time": kind == "date", "rich": kind == "textarea"} | reading.values
    return Field(id=field_id, alias=alias, position=position, created_at=now, updated_at=now, **values)


def change_field(
    field: Field,
    draft: FieldDraft,
    *,
    path: tuple[str, ...],
    now: datetime,
    problems: list[Problem],
    strict_ids: bool = False,
) -> Field | None:
    """`field` with what `draft` names changed, or None after adding to `problems`. Position is not touched.

    Members not sent stay; options and columns replace their list; null is "not sent" for lists and objects and clears
    texts that may be empty (spec 00 §18). What a change of kind makes pointless is kept, inactive. The revision rises
    only when something changes.
    """
    reading = _read(draft, field, path, strict_ids)
    if reading.problems:
        problems.extend(reading.problems)
        return None
    changed = msgspec.structs.replace(field, **reading.values)
    if changed == field:
        return field
    return msgspec.structs.replace(changed, revision=field.revision + 1, updated_at=now)


def read_position(draft: FieldDraft, *, path: tuple[str, ...], problems: list[Problem]) -> int | None:
    """The place a draft asks for, from 1; None when it names none or after adding to `problems`."""
    if draft.position is UNSET or draft.position is None:
        return None
    position = read_integer(draft.position)
    if position is not None and position >= 1:
        return position
    problems.append(Problem((*path, "position"), "The position must be a positive integer."))
    return None


def _read(draft: FieldDraft, field: Field | None, path: tuple[str, ...], strict_ids: bool) -> _Reading:
    reading = _Reading(draft, field, path, strict_ids)
    _read_label(reading)
    name = _read_kind(reading)
    _read_flags(reading)
    _read_texts(reading)
    _read_objects(reading)
    _read_validations(reading, name)
    if name is not None:
        _read_kind_members(reading, name)
    return reading


def _read_label(reading: _Reading) -> None:
    label = reading.draft.label
    if label is UNSET and reading.field is not None:
        return
    if label is not UNSET and label is not None and not isinstance(label, str):
        _blame(reading, "label", "The label must be a string.")
    elif not isinstance(label, str) or not label.strip():
        _blame(reading, "label", "The label field is required.")
    elif len(label.strip()) > LABEL_LIMIT:
        _blame(reading, "label", f"The label may not be greater than {LABEL_LIMIT} characters.")
    else:
        reading.values["label"] = label.strip()


def _read_kind(reading: _Reading) -> str | None:
    """The type name as sent, folded, once `kind` is known; None when it is not."""
    sent = reading.draft.kind
    if sent is UNSET and reading.field is not None:
        return reading.field.kind
    if sent is UNSET or sent is None or sent == "":
        _blame(reading, "kind", "The field type field is required.")
        return None
    name = _SEPARATORS.sub("_", sent.strip().lower()) if isinstance(sent, str) else ""
    if name not in _KINDS:
        _blame(reading, "kind", "The selected field type is invalid.")
        return None
    reading.values["kind"] = _KINDS[name][0]
    return name


def _read_flags(reading: _Reading) -> None:
    for name, word in _FLAGS.items():
        sent = getattr(reading.draft, name)
        if reading.field is None and sent in (UNSET, None):
            if name == "required":
                _blame(reading, name, "The required field is required.")
            continue
        if sent is UNSET:
            continue
        flag = read_flag(sent)
        if flag is None:
            _blame(reading, name, f"The {word} field must be true or false.")
        else:
            reading.values[name] = flag


def _read_texts(reading: _Reading) -> None:
    for name, limit in _TEXTS.items():
        sent = getattr(reading.draft, name)
        if sent is UNSET:
            continue
        if sent is None or sent == "":
            reading.values[name] = None
        elif not isinstance(sent, str):
            _blame(reading, name, f"The {name} must be a string.")
        elif len(sent) > limit:
            _blame(reading, name, f"The {name} may not be greater than {limit} characters.")
        else:
            reading.values[name] = clean(sent) or None if name == "guidance" else sent


def _read_objects(reading: _Reading) -> None:
    for name in ("settings", "list"):
        sent = getattr(reading.draft, name)
        if sent is UNSET or sent is None:
            continue
        # An empty object leaves some encoders as an empty list.
        if sent == []:
            sent = {}
        if isinstance(sent, dict):
            reading.values[name] = (sent or None) if name == "list" else sent
        else:
            _blame(reading, name, f"The {name} must be an object.")


def _read_validations(reading: _Reading, name: str | None) -> None:
    sent = reading.draft.validations
    # A type name that was sent brings its rules along; those of a stored field are stored already.
    brought = _KINDS[name][1] if name is not None and "kind" in reading.values else ()
    rules: tuple[str, ...] | None = reading.field.validations if reading.field is not None else ()
    if sent is not UNSET and sent is not None:
        rules = read_rules(sent)
    if rules is None:
        _blame(reading, "validations", "The field validation must be a list of rules.")
    elif len(rules) > RULES_LIMIT:
        _blame(reading, "validations", f"The field validation may not have more than {RULES_LIMIT} items.")
    elif any(len(rule) > RULE_LIMIT for rule in rules):
        _blame(reading, "validations", f"The field validation may not be greater than {RULE_LIMIT} characters.")
    else:
        reading.values["validations"] = tuple(dict.fromkeys((*brought, *rules)))


def _read_kind_members(reading: _Reading, name: str) -> None:
    """What depends on the type: options, columns, the default value and what its name says beyond the type."""
    draft, kind = reading.draft, _now(reading, "kind")
    if name == "datetime":
        reading.values.setdefault("collect_time", True)
    if draft.default is not UNSET:
        reading.values["default"] = None if kind in WITHOUT_DEFAULT else draft.default
    if kind in CHOICES:
        _read_options(reading, name, kind)
    if kind == "table":
        _read_columns(reading)


def _read_options(reading: _Reading, name: str, kind: FieldKind) -> None:
    sent = reading.draft.options
    if sent is not UNSET and sent is not None:
        options = read_options(sent, (*reading.path, "options"), reading.problems, strict_ids=reading.strict_ids)
        if options is None:
            return
        reading.values["options"] = options
    label = _now(reading, "label")
    if name == "checkbox" and not _now(reading, "options") and label is not None:
        reading.values["options"] = read_options([label], (*reading.path, "options"), reading.problems)
    least = 2 if kind == "radio" else 1
    touched = "options" in reading.values or "list" in reading.values or "kind" in reading.values
    count = len(_now(reading, "options") or ())
    if touched and count < least and _now(reading, "list") is None:
        text = "The options must have at least 2 items." if count else "The options field is required."
        _blame(reading, "options", text)


def _read_columns(reading: _Reading) -> None:
    sent = reading.draft.columns
    if sent is not UNSET and sent is not None:
        columns = read_columns(sent, (*reading.path, "columns"), reading.problems, strict_ids=reading.strict_ids)
        if columns is None:
            return
        reading.values["columns"] = columns
    if ("columns" in reading.values or "kind" in reading.values) and not _now(reading, "columns"):
        _blame(reading, "columns", "The columns field is required.")
