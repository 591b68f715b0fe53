"""Steps and fields as readers make them: ids of the document's own, texts within the limits, what was cut told."""

import re
from typing import Literal

import msgspec

from procession.engine.fields import GUIDANCE_LIMIT, LABEL_LIMIT
from procession.engine.model import LAUNCH, DeadlineRule, Field, FieldKind, OffsetUnit, Option, Stage, Step
from procession.engine.options import OPTIONS_LIMIT
from procession.engine.options import TEXT_LIMIT as OPTION_LIMIT
from procession.notations.model import MOST_FIELDS, MOST_STEPS, Note, Outline, Unreadable

TITLE_LIMIT = 250
STEP_LIMIT = 600
STAGE_LIMIT = 250
SUMMARY_LIMIT = 2000
HTML_LIMIT = 60_000
UNNAMED = "Imported template"
UNITS: dict[str, OffsetUnit] = {
    "minute": "minutes",
    "hour": "hours",
    "day": "days",
    "week": "weeks",
    "month": "months",
}


class Ids:
    """Ids of a document that has none of its own: 32 hex digits, counted from 1."""

    def __init__(self) -> None:
        self._last = 0

    def __call__(self) -> str:
        self._last += 1
        return f"{self._last:032x}"


class Notes(list[Note]):
    """What could not be carried, gathered on the way; the same thing is told once."""

    MOST = 1000

    def tell(self, kind: str, ref: str, where: str, text: str = "") -> None:
        note = Note(kind, ref[:200], where, text)
        if len(self) < self.MOST and note not in self[-50:]:
            self.append(note)

    def cut(self, text: str, limit: int, kind: str, where: str) -> str:
        """`text` within `limit` characters."""
        if len(text) <= limit:
            return text
        self.tell(kind, text[:60], where, f"Cut to {limit} characters.")
        return text[:limit].rstrip()


def make_step(step_id: str, title: str, position: int, notes: Notes) -> Step:
    """A plain step; a title that is too long is cut."""
    shown = notes.cut(" ".join(title.split()), STEP_LIMIT, "title", f"step {position}") or f"Step {position}"
    return Step(id=step_id, title=shown, alias="", position=position)


def make_field(
    field_id: str, label: str, kind: FieldKind, notes: Notes, where: str, *, options: tuple[str, ...] = ()
) -> Field:
    """A plain field. Options beyond the limit and doubled ones are left out and told."""
    kept = list(
        dict.fromkeys(notes.cut(" ".join(one.split()), OPTION_LIMIT, "option", where) for one in options if one)
    )
    if len(kept) > OPTIONS_LIMIT:
        notes.tell("option", kept[OPTIONS_LIMIT], where, f"A field has at most {OPTIONS_LIMIT} options.")
    return Field(
        id=field_id,
        label=notes.cut(" ".join(label.split()), LABEL_LIMIT, "label", where) or "Field",
        kind=kind,
        alias="",
        options=tuple(Option(id=number, text=text) for number, text in enumerate(kept[:OPTIONS_LIMIT], 1)),
        rich=kind == "textarea",
        collect_time=kind == "date",
    )


def numbered(fields: list[Field], notes: Notes, where: str) -> tuple[Field, ...]:
    """The fields of one form with their places; those beyond the limit are left out and told."""
    for field in fields[MOST_FIELDS:]:
        notes.tell("field", field.label, where, f"A form has at most {MOST_FIELDS} fields.")
    return tuple(_placed(field, place) for place, field in enumerate(fields[:MOST_FIELDS], 1))


def _placed(field: Field, place: int) -> Field:
    guidance = field.guidance[:GUIDANCE_LIMIT] if field.guidance else None
    return msgspec.structs.replace(field, position=place, guidance=guidance)


def stages_of(names: list[str], ids: Ids) -> dict[str, Stage]:
    """Stages by their titles, in order of appearance."""
    found: dict[str, Stage] = {}
    for name in names:
        if name and name not in found:
            found[name] = Stage(id=ids(), title=name[:STAGE_LIMIT], position=len(found) + 1)
    return found


def bounded(outline: Outline) -> Outline:
    """The outline, if it is within the limits of a template (spec 50 TPL-05)."""
    if len(outline.steps) > MOST_STEPS:
        raise Unreadable(f"The document has more than {MOST_STEPS} steps.")
    return outline


_DEADLINE = re.compile(
    r"(\d{1,9}) (minute|hour|day|week|month)s? (after|before) (?:launch|step (\d{1,4}))", re.IGNORECASE
)


def show_deadline(rule: DeadlineRule, places: dict[str, int]) -> str:
    """`2 days after launch`, `1 week before step 4`; `places` are positions by step id."""
    unit = rule.unit if rule.value != 1 else rule.unit[:-1]
    way = "after" if rule.option == "from" else "before"
    anchor = f"step {places[rule.step]}" if rule.step in places else "launch"
    return f"{rule.value} {unit} {way} {anchor}"


def read_deadline(text: str, ids: dict[int, str]) -> DeadlineRule | None:
    """What `show_deadline` wrote, with the steps' ids by position; None when it is nothing of the kind."""
    found = _DEADLINE.fullmatch(text.strip())
    if found is None:
        return None
    anchor = ids.get(int(found[4])) if found[4] else LAUNCH
    if anchor is None:
        return None
    option: Literal["from", "prior_to"] = "from" if found[3].lower() == "after" else "prior_to"
    return DeadlineRule(int(found[1]), UNITS[found[2].lower()], option, anchor)


def decoded(data: bytes) -> str:
    """Text in UTF-8, or as its byte order mark says; anything else as Windows wrote it in the west."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", "replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("cp1252", "replace")
    return text.replace("\0", "")
