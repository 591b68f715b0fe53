"""Answers of a kick-off form: at launch, and while the process runs (spec 10 §6.3, §8.3)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from procession.engine import model
from procession.engine.answers import check_answer, defaults, drawn_before, required_problems
from procession.engine.dates import zone
from procession.engine.model import Field, Problem
from procession.engine.people import People
from procession.engine.rules.state import Event
from procession.engine.variables import Rendered, resolve
from procession.engine.work import Answered, FieldAnswer, Process
from procession.kernel.ids import read_id
from procession.kernel.unit import Unit
from procession.people.model import Actor
from procession.templates.versions import compiled
from procession.work import rule_queries
from procession.work.attaching import KnownFiles, kickoff_place, know_files
from procession.work.complete import settle_after
from procession.work.gather import all_mentions, know, stored_answers
from procession.work.rules import follow
from procession.work.update import Options

UNKNOWN = "UNKNOWN_KICKOFF_KEY"


class KickOff(msgspec.Struct, frozen=True):
    """Checked kick-off answers: what to store by field id, what is wrong, which keys match no field."""

    values: dict[str, Any]
    problems: tuple[Problem, ...]
    warnings: tuple[model.Notice, ...]
    files: KnownFiles = KnownFiles({})


class Changes(msgspec.Struct, frozen=True):
    """The answers of a running kick-off form that really change, what is wrong, which keys match no field."""

    answers: Sequence[FieldAnswer] = ()
    problems: Sequence[Problem] = ()
    warnings: tuple[model.Notice, ...] = ()
    files: KnownFiles = KnownFiles({})
    stored: Sequence[Answered] = ()


NO_CHANGES = Changes()


def by_field(
    fields: Iterable[Field], sent: Mapping[str, object], options: Options, stored: Mapping[str, str] | None = None
) -> tuple[dict[str, object], tuple[model.Notice, ...]]:
    """What was sent, keyed by field id, and a warning for every key that names no field of the form.

    Keys are field ids, ids of stored values (`stored`: value id → field id), and aliases when asked for (PUT-08).
    """
    by_key = {field.id: field.id for field in fields}
    by_key |= {value: field for value, field in (stored or {}).items() if field in by_key}
    if options.match_alias:
        by_key |= {field.alias: field.id for field in fields if field.alias not in by_key}
    found: dict[str, object] = {}
    warnings = []
    for key, value in sent.items():
        field_id = by_key.get(key) or by_key.get(read_id(key) or "")
        if field_id is None:
            warnings.append(model.Notice(UNKNOWN, key))
        else:
            found[field_id] = value
    return found, tuple(warnings)


def check_launch(
    unit: Unit,
    actor: Actor,
    title: str,
    fields: Sequence[Field],
    sent: Mapping[str, object],
    people: People,
    options: Options,
    process_id: str,
) -> KickOff:
    """Answers at launch: checked, defaults added, required ones demanded. `title`: the template's, for defaults."""
    keyed, warnings = by_field(fields, sent, options)
    by_id = {field.id: field for field in fields}
    files = know_files(unit, actor, keyed, by_id.get, (), kickoff_place(process_id), options.files)
    keyed = dict(files.answers)
    values: dict[str, Any] = {}
    problems = _strict(warnings, options)
    for field in fields:
        if field.id not in keyed:
            continue
        answer = check_answer(
            field, keyed[field.id], people, files=files.by_id, coerce=options.coerce, long_texts=actor.imports
        )
        problems += [Problem(("kickoff", field.id, *one.path), one.text) for one in answer.problems]
        values[field.id] = answer.value
    today = unit.now.astimezone(zone(actor.settings.calendar.zone))
    known = {"DATE": Rendered(today.strftime("%b %d, %Y")), "TEMPLATE_NAME": Rendered(title)}
    values |= defaults(fields, values, today=today.date(), resolve=lambda text: resolve(text, known, html=False))
    failed = {one.path[1] for one in problems}
    missing = [one for one in required_problems(fields, values) if one.path[0] not in failed]
    problems += [Problem(("kickoff", *one.path), one.text) for one in missing]
    stored = {field_id: value for field_id, value in values.items() if value is not None}
    return KickOff(stored, tuple(problems), warnings, files)


def check_changes(unit: Unit, actor: Actor, process: Process, sent: Mapping[str, object], options: Options) -> Changes:
    """Answers of a running form; required ones may not be cleared while the form is complete (spec 10 §8.3)."""
    if not sent:
        return NO_CHANGES
    fields = compiled(unit, process.version_id).document.kickoff
    stored = stored_answers(unit, process.id)
    values = {one.field_id: one.value for one in stored}
    keyed, warnings = by_field(fields, sent, options, {one.id: one.field_id for one in stored})
    by_id = {field.id: field for field in fields}
    files = know_files(unit, actor, keyed, by_id.get, stored, kickoff_place(process.id), options.files)
    keyed = dict(files.answers)
    people = know(unit, all_mentions(None, fields, keyed), actor.settings).people
    changed: list[FieldAnswer] = []
    problems = _strict(warnings, options)
    for field in fields:
        if field.id not in keyed:
            continue
        if drawn_before(field, keyed[field.id], values.get(field.id)):
            continue
        answer = check_answer(
            field, keyed[field.id], people, files=files.by_id, coerce=options.coerce, long_texts=actor.imports
        )
        problems += [Problem(("kickoff", field.id, *one.path), one.text) for one in answer.problems]
        if not answer.problems and answer.value != values.get(field.id):
            changed.append(FieldAnswer(field, answer.value, values.get(field.id)))
    if process.kickoff_completed_at is not None:
        after = values | {one.field.id: one.value for one in changed}
        missing = required_problems([one.field for one in changed], after)
        problems += [Problem(("kickoff", *one.path), one.text) for one in missing]
    return Changes(changed, problems, warnings, files, stored)


def _strict(warnings: Sequence[model.Notice], options: Options) -> list[Problem]:
    if not options.strict:
        return []
    return [Problem(("kickoff", one.key), "This field is not known here.") for one in warnings]


def resubmitted(unit: Unit, actor: Actor, process: Process, fields: Sequence[str], secrets: Any) -> Process:
    """Let the rules of the kick-off form follow a change of these fields while it is complete (spec 31 §6.3)."""
    followed = follow(unit, actor, process, Event("submitted", fields=tuple(fields)), secrets)
    after, more = settle_after(unit, process, followed)
    unit.record([*followed.events, *more])
    return after


def changed_since_reopening(unit: Unit, process: Process) -> list[str]:
    """The fields whose answers were changed while the form was open, from what was recorded."""
    changed: dict[str, None] = {}
    for kind, new in unit.all(rule_queries.KICKOFF_HISTORY, process=process.id):
        if kind == "process.kickoff_reopened":
            changed.clear()
        elif isinstance(new, dict) and "field_id" in new:
            changed[new["field_id"]] = None
    return list(changed)
