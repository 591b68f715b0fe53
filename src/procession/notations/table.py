"""Templates as a table of steps in CSV (spec 30 §3.11): RFC 4180, UTF-8, one line per step, cells no program runs."""

import csv
import io
import re
from typing import Any

import msgspec

from procession.engine.model import LAUNCH, Column, DeadlineRule, Field, FieldKind, Stage, Step
from procession.notations.model import MOST_STEPS, Outline, OutlineStep, Reading, Unreadable
from procession.notations.parts import (
    HTML_LIMIT,
    UNITS,
    UNNAMED,
    Ids,
    Notes,
    bounded,
    decoded,
    make_field,
    make_step,
    numbered,
)
from procession.notations.text import as_html

COLUMNS = (
    "position", "title", "summary", "step_type", "assignees", "guests", "groups", "roles", "deadline_value",
    "deadline_unit", "deadline_option", "deadline_step", "milestone_id", "milestone_name", "milestone_position",
    "fields",
)  # fmt: skip
_OTHERS = {
    "name": "title", "step": "title", "step name": "title", "step title": "title", "task": "title",
    "task name": "title",
    "description": "summary", "details": "summary", "instructions": "summary", "notes": "summary",
    "type": "step_type", "kind": "step_type", "assignee": "assignees", "assigned to": "assignees", "owner": "assignees",
    "members": "assignees", "guest": "guests", "group": "groups", "role": "roles", "job title": "roles",
    "stage": "milestone_name", "milestone": "milestone_name", "section": "milestone_name", "order": "position",
    "no": "position", "no.": "position", "#": "position", "number": "position", "due in days": "deadline_value",
    "days": "deadline_value",
}  # fmt: skip
_TYPES = ("task", "approval", "expiring", "email", "expiring_email")
_KINDS: tuple[FieldKind, ...] = (
    "text", "textarea", "email", "radio", "dropdown", "multiselect", "date", "file", "table", "assignees_form",
)  # fmt: skip
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_FIELD = re.compile(r"((?:[^\\\[]|\\.)*)\[(\w+)(\*?)\](.*)", re.DOTALL)


def write_table(outline: Outline) -> bytes:
    """The steps, one a line under the documented names. Titles are text, summaries HTML; the rest of a template that
    has no column here is left out.
    """
    places = {one.step.id: str(one.step.position) for one in outline.steps}
    stages = {one.id: one for one in outline.stages}
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for one in outline.steps:
        writer.writerow([_safe(cell) for cell in _cells(one, places, stages.get(one.step.stage_id or ""))])
    return out.getvalue().encode("utf-8-sig")


def _cells(one: OutlineStep, places: dict[str, str], stage: Stage | None) -> list[str]:
    step = one.step
    rule = step.deadline if step.deadline is not None and step.deadline.step is not None else None
    due = [str(rule.value), rule.unit, rule.option, places.get(rule.step or "", LAUNCH)] if rule else [""] * 4
    where = [stage.id, stage.title, str(stage.position)] if stage is not None else [""] * 3
    return [
        str(step.position),
        step.title,
        step.summary or "",
        step.kind,
        ", ".join(one.members),
        ", ".join(step.guests),
        "; ".join(one.groups),
        "; ".join(one.roles),
        *due,
        *where,
        "\n".join(_shown(field) for field in step.fields),
    ]


def _safe(cell: str) -> str:
    """A cell no spreadsheet takes for a formula; `_plain` takes the mark away again."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _plain(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def _shown(field: Field) -> str:
    r"""`Region [dropdown*] North | South`: label, kind, a star when it is required, options. `\` keeps marks apart."""
    inner = " | ".join(_marked(one.text) for one in field.options) or " | ".join(
        _marked(c.label) for c in field.columns
    )
    return f"{_marked(field.label)} [{field.kind}{'*' if field.required else ''}] {inner}".rstrip()


def _marked(text: str) -> str:
    return re.sub(r"([\\\[|])", r"\\\1", " ".join(text.split()))


# -- reading ----------------------------------------------------------------------------------------------------------


def read_table(data: bytes, name: str) -> Reading:
    """The steps of a table. Columns are known by their names, also by usual ones of other programs; without a line of
    names the first column holds titles. Comma, semicolon or tab may part them. Raises `Unreadable`.
    """
    rows = _rows(decoded(data))
    notes, ids = Notes(), Ids()
    columns = _columns(rows[0], notes) if rows else {}
    if "title" in columns.values():
        rows = rows[1:]
    else:
        columns = {0: "title"}
    records = [{columns[at]: _plain(cell.strip()) for at, cell in enumerate(row) if at in columns} for row in rows]
    records = [one for one in records if one.get("title")]
    if not records:
        raise Unreadable("The table has no steps: it needs a column title.")
    if len(records) > MOST_STEPS:
        raise Unreadable(f"The document has more than {MOST_STEPS} steps.")
    records.sort(key=lambda one: int(one["position"]) if one.get("position", "").isdecimal() else MOST_STEPS)
    stages = _stages(records, ids)
    step_ids = [ids() for _ in records]
    anchors = _anchors(records, step_ids)
    steps = tuple(
        _step(one, place, step_ids[place - 1], anchors, stages, ids, notes) for place, one in enumerate(records, 1)
    )
    title = (name.strip() or UNNAMED)[:250]
    return Reading(bounded(Outline(title=title, stages=tuple(stages.values()), steps=steps)), tuple(notes))


def _rows(text: str) -> list[list[str]]:
    first = text.split("\n", 1)[0]
    mark = max(",;\t", key=first.count)
    csv.field_size_limit(HTML_LIMIT * 16)
    try:
        return [
            row for row in csv.reader(io.StringIO(text, newline=""), delimiter=mark) if any(one.strip() for one in row)
        ]
    except csv.Error as error:
        raise Unreadable(f"The table cannot be read: {error}.") from None


def _columns(names: list[str], notes: Notes) -> dict[int, str]:
    found: dict[int, str] = {}
    unknown = []
    for at, raw in enumerate(names):
        word = " ".join(_plain(raw).strip().lower().replace("_", " ").split())
        column = word.replace(" ", "_") if word.replace(" ", "_") in COLUMNS else _OTHERS.get(word)
        if column is not None and column not in found.values():
            found[at] = column
        elif word:
            unknown.append(raw.strip())
    if "title" in found.values():
        for one in unknown:
            notes.tell("column", one, "table", "No part of a step has this name.")
    return found


def _stages(records: list[dict[str, str]], ids: Ids) -> dict[str, Stage]:
    named = {one["milestone_name"]: one.get("milestone_position", "") for one in records if one.get("milestone_name")}
    ordered = sorted(named, key=lambda one: int(named[one]) if named[one].isdecimal() else len(named))
    return {one: Stage(id=ids(), title=one[:250], position=place) for place, one in enumerate(ordered, 1)}


def _anchors(records: list[dict[str, str]], step_ids: list[str]) -> dict[str, str]:
    """What a deadline may count from, by what the table calls it: a position, a title, the launch."""
    found = {one["title"]: step_id for one, step_id in zip(records, step_ids, strict=True)}
    found |= {str(place): step_id for place, step_id in enumerate(step_ids, 1)}
    found |= {one["position"]: step_id for one, step_id in zip(records, step_ids, strict=True) if one.get("position")}
    return found | {LAUNCH: LAUNCH, "": LAUNCH}


def _step(
    one: dict[str, str],
    place: int,
    step_id: str,
    anchors: dict[str, str],
    stages: dict[str, Stage],
    ids: Ids,
    notes: Notes,
) -> OutlineStep:
    where = f"step {place}"
    kind = one.get("step_type", "").lower().replace("-", "_").replace(" ", "_") or "task"
    if kind not in _TYPES:
        notes.tell("step_type", kind, where, "There is no such type: it is a task.")
        kind = "task"
    summary = one.get("summary", "")
    stage = stages.get(one.get("milestone_name", ""))
    values: dict[str, Any] = {
        "kind": kind,
        "summary": notes.cut(summary if "<" in summary else as_html(summary), HTML_LIMIT, "summary", where) or None,
        "guests": _listed(one.get("guests", ""), ","),
        "deadline": _deadline(one, anchors, where, notes),
        "stage_id": stage.id if stage is not None else None,
        "fields": _fields(one.get("fields", ""), ids, where, notes),
    }
    step: Step = msgspec.structs.replace(make_step(step_id, one["title"], place, notes), **values)
    members, guests = _listed(one.get("assignees", ""), ","), list(step.guests)
    return OutlineStep(
        step=msgspec.structs.replace(step, guests=tuple(guests)),
        members=members,
        groups=_listed(one.get("groups", ""), ";"),
        roles=_listed(one.get("roles", ""), ";"),
    )


def _deadline(one: dict[str, str], anchors: dict[str, str], where: str, notes: Notes) -> DeadlineRule | None:
    value = one.get("deadline_value", "")
    if not value:
        return None
    unit = UNITS.get(one.get("deadline_unit", "").lower().rstrip("s") or "day")
    option = {"": "from", "from": "from", "after": "from", "prior_to": "prior_to", "before": "prior_to"}.get(
        one.get("deadline_option", "").lower()
    )
    anchor = anchors.get(one.get("deadline_step", ""))
    if not value.isdecimal() or len(value) > 9 or unit is None or option is None or anchor is None:
        notes.tell("deadline", " ".join((value, one.get("deadline_unit", ""))).strip(), where, "It was not understood.")
        return None
    return DeadlineRule(int(value), unit, option, anchor)  # type: ignore[arg-type]


def _fields(cell: str, ids: Ids, where: str, notes: Notes) -> tuple[Field, ...]:
    fields: list[Field] = []
    for line in cell.splitlines():
        found = _FIELD.fullmatch(line.strip())
        kind = next((one for one in _KINDS if found and one == found[2]), None)
        if found is None or kind is None:
            if line.strip():
                fields.append(make_field(ids(), _unmarked(line.strip()), "text", notes, where))
            continue
        texts = tuple(_unmarked(one) for one in re.findall(r"(?:[^\\|]|\\.)+", found[4]))
        label = _unmarked(found[1])
        made = make_field(ids(), label, kind, notes, where, options=texts if kind != "table" else ())
        columns = [{"id": number, "label": text} for number, text in enumerate(texts, 1)] if kind == "table" else []
        fields.append(
            msgspec.structs.replace(made, required=bool(found[3]), columns=msgspec.convert(columns, tuple[Column, ...]))
        )
    return numbered(fields, notes, where)


def _unmarked(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text.strip()).strip()


def _listed(text: str, mark: str) -> tuple[str, ...]:
    other = ";" if mark == "," else mark
    return tuple(one.strip() for one in text.replace(other, mark).split(mark) if one.strip())
