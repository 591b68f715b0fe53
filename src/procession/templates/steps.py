"""Steps of a template: adding, changing, moving, deleting (spec 30 §9)."""

from typing import Any, Literal

import msgspec
from msgspec import UNSET

from procession.engine.deadlines import find_cycle
from procession.engine.model import Notice, Offset, Problem, Step, TemplateDocument
from procession.engine.positions import insert, move
from procession.kernel.errors import Forbidden, NotFound, StateRefused
from procession.kernel.ids import new_id
from procession.kernel.unit import Event, Unit
from procession.people.job_titles import named_job_titles
from procession.people.model import Actor
from procession.people.persons import facts
from procession.templates.aliases import aliases_in, is_free, part_alias
from procession.templates.drafts import Known, StepChange, apply, mentions, stages_of, too_many
from procession.templates.editing import Opened, open_template, place_steps, plain, store, used_by_rules, with_step
from procession.templates.model import Problems, Template
from procession.templates.rule_fit import new_misfits
from procession.templates.rule_parts import Rules, without_parts
from procession.templates.targets import read_launches

START = Offset(2, "hours")
"""How long before its deadline a step starts when nobody says (spec 30 §8.1)."""

ONLY_PROCEDURES = "Steps can only be added to procedures."
IN_RULES = "Cannot delete this step because there are rules dependent on it."
ANCHORS = "Cannot delete this step because other steps have deadlines that depend on it."
NO_STEP = "The selected step does not exist."
CYCLE = "Deadlines refer to each other."
_UNTOLD = frozenset(("id", "fields", "created_at", "updated_at", "revision", "position"))


class StepChanged(msgspec.Struct, frozen=True):
    """A step after a change, and its template. `warnings`: rules that it fits no longer."""

    template: Template
    step: Step
    warnings: tuple[Notice, ...] = ()


def step_of(document: TemplateDocument, step_id: str) -> Step:
    """The step of that id; 404 when the template has none."""
    for step in document.steps:
        if step.id == step_id:
            return step
    raise NotFound


def add_step(unit: Unit, actor: Actor, template_id: str, change: StepChange, problems: Problems) -> StepChanged:
    """Append a step. 422 on forms and documents, which have none (spec 30 §3.1)."""
    opened = open_template(unit, actor, template_id)
    if opened.template.kind != "procedure":
        raise StateRefused("VALIDATION_FAILED", ONLY_PROCEDURES)
    document = opened.document
    title = change.values.get("title", "")
    blank = Step(
        id=new_id(),
        title=title,
        alias=part_alias(title, "step", aliases_in(document)),
        position=len(document.steps) + 1,
        start=START,
        created_at=unit.now,
        updated_at=unit.now,
    )
    step = checked(unit, actor, opened, blank, change, problems)
    problems.raise_if_any()
    event = Event(kind="step.created", verb="created", subject_kind="step", subject_id=step.id, new=plain(step))
    steps = (*document.steps, step)
    template = store(unit, actor, opened, msgspec.structs.replace(document, steps=steps), [event])
    return StepChanged(template, step)


def update_step(
    unit: Unit,
    actor: Actor,
    template_id: str,
    step_id: str,
    change: StepChange,
    problems: Problems,
) -> StepChanged:
    """Change what was sent, nothing else: absent lists of people stay too (spec 30 §9.1)."""
    opened = open_template(unit, actor, template_id)
    former = step_of(opened.document, step_id)
    step = checked(unit, actor, opened, former, change, problems)
    if change.alias not in (UNSET, None, former.alias):
        step = _renamed(opened.document, step, change.alias, problems)
    problems.raise_if_any()
    if step == former:
        return StepChanged(opened.template, former)
    step = msgspec.structs.replace(step, revision=former.revision + 1, updated_at=unit.now)
    document = with_step(opened.document, step)
    template = store(unit, actor, opened, document, differences(former, step))
    return StepChanged(template, step, new_misfits(opened.document, document))


def checked(unit: Unit, actor: Actor, opened: Opened, step: Step, change: StepChange, problems: list[Problem]) -> Step:
    """`step` with the change, checked against people, groups, anchors and the other steps."""
    document = opened.document
    known = Known(
        people=facts(unit, mentions(change), actor.settings)[0],
        steps={one.id for one in document.steps},
        stages=stages_of(document),
    )
    changed = apply(step, change, known, (), problems)
    if change.launches is not UNSET:
        launches = read_launches(unit, actor, opened.template, change.launches, problems)
        changed = msgspec.structs.replace(changed, launches=launches)
    counted = ("members", "guests", "groups", "max_assignable")
    if any(getattr(changed, name) != getattr(step, name) for name in counted):
        problems += [Problem(("max_assignable",), text) for text in too_many(unit, [changed]).values()]
    if changed.deadline != step.deadline:
        others = [one for one in document.steps if one.id != changed.id]
        if find_cycle([*others, changed]):
            problems.append(Problem(("deadline",), CYCLE))
    if change.roles is not UNSET and change.roles is not None:
        # Last: a name nobody has becomes a job title, unless something else is wrong.
        changed = msgspec.structs.replace(changed, roles=_roles(unit, actor, step, change.roles, problems))
    return changed


def _roles(unit: Unit, actor: Actor, step: Step, sent: object, problems: list[Problem]) -> tuple[str, ...]:
    """The job titles of a step, by id or name; those it has may be sent back, whatever became of them."""
    entries = sent if isinstance(sent, list) else [sent]
    if [one.get("id") if isinstance(one, dict) else one for one in entries] == list(step.roles):
        return step.roles
    return named_job_titles(unit, entries, actor.is_admin, ("roles",), problems)


def _renamed(document: TemplateDocument, step: Step, alias: object, problems: list[Problem]) -> Step:
    if not isinstance(alias, str) or not alias.strip() or len(alias.strip()) > 300:
        problems.append(Problem(("alias",), "The alias must be a string of 1 to 300 characters."))
        return step
    if not is_free(alias.strip(), document, {step.alias}):
        problems.append(Problem(("alias",), "The alias has already been taken."))
        return step
    return msgspec.structs.replace(step, alias=alias.strip())


def reorder_step(
    unit: Unit, actor: Actor, template_id: str, step_id: str, position: int | None, problems: Problems
) -> StepChanged:
    """Move a step to `position` ≥ 1 (beyond the end: last); the others shift. None: `problems` say why."""
    opened = open_template(unit, actor, template_id)
    former = step_of(opened.document, step_id)
    problems.raise_if_any()
    places = [(step.id, step.position) for step in opened.document.steps]
    moved = move(places, step_id, position or former.position)
    order = dict(places) | moved
    steps = place_steps(sorted(opened.document.steps, key=lambda step: order[step.id]), unit.now)
    document = msgspec.structs.replace(opened.document, steps=steps)
    step = step_of(document, step_id)
    events = [] if step.position == former.position else [_moved(former, step)]
    return StepChanged(store(unit, actor, opened, document, events), step)


def _moved(former: Step, step: Step) -> Event:
    return Event(
        kind="step.moved",
        verb="re-ordered",
        subject_kind="step",
        subject_id=step.id,
        field="position",
        old=former.position,
        new=step.position,
    )


def clone_step(unit: Unit, actor: Actor, template_id: str, step_id: str) -> StepChanged:
    """A copy directly after the original, with its fields under new ids and aliases (spec 30 §9.2)."""
    opened = open_template(unit, actor, template_id)
    document = opened.document
    original = step_of(document, step_id)
    taken = aliases_in(document)
    numbers = unit.numbers("field_no", len(original.fields)) if original.fields else range(0)
    fresh: dict[str, Any] = {"created_at": unit.now, "updated_at": unit.now, "revision": 1}
    fields = tuple(
        msgspec.structs.replace(
            field, id=new_id(), alias=part_alias(field.label, "field", taken), number=number, **fresh
        )
        for field, number in zip(original.fields, numbers, strict=True)
    )
    title = f"{original.title[: 600 - len(' - Copy')]} - Copy"
    alias = part_alias(title, "step", taken)
    copy = msgspec.structs.replace(
        original, id=new_id(), title=title, alias=alias, position=original.position + 1, fields=fields, **fresh
    )
    order = insert([(step.id, step.position) for step in document.steps], copy.id, original.position + 1)
    others = [msgspec.structs.replace(s, position=order.get(s.id, s.position)) for s in document.steps]
    steps = tuple(sorted((*others, copy), key=lambda step: step.position))
    event = Event(kind="step.created", verb="created", subject_kind="step", subject_id=copy.id, new=plain(copy))
    template = store(unit, actor, opened, msgspec.structs.replace(document, steps=steps), [event])
    return StepChanged(template, copy)


class Freed(msgspec.Struct, frozen=True):
    """What let go of a step that was deleted by force: a rule, or a step whose deadline counted from it."""

    kind: Literal["rule", "step"]
    title: str
    id: str


def delete_step(unit: Unit, actor: Actor, template_id: str, step_id: str, *, force: bool = False) -> list[Freed]:
    """Remove a step and its fields for good; 403 while rules or deadlines depend on it (spec 30 §9.3).

    By `force` what depends on it goes too: parts of rules, and deadlines, which become the organization's default.
    """
    opened = open_template(unit, actor, template_id)
    document = opened.document
    step = step_of(document, step_id)
    parts = frozenset((step.id, *(field.id for field in step.fields)))
    if not force and used_by_rules(document, parts):
        raise Forbidden(IN_RULES, code="BUSINESS_RULE")
    if not force and step_id in opened.version.anchored:
        raise Forbidden(ANCHORS, code="BUSINESS_RULE")
    rules, touched = without_parts(document.rules, parts)
    before = [one for one in document.steps if one.id != step_id]
    after = [_unanchored(unit, one, step_id) for one in before]
    freed = [Freed("rule", one.name, one.id) for one in touched]
    freed += [Freed("step", new.title, new.id) for old, new in zip(before, after, strict=True) if old is not new]
    events = [Event(kind="step.deleted", verb="deleted", subject_kind="step", subject_id=step.id, old=plain(step))]
    events += [event for old, new in zip(before, after, strict=True) for event in differences(old, new)]
    if touched:
        events.append(_rules_event(template_id, document.rules, rules))
    changed = msgspec.structs.replace(document, steps=place_steps(after, unit.now), rules=rules)
    store(unit, actor, opened, changed, events)
    return freed


def _unanchored(unit: Unit, step: Step, anchor: str) -> Step:
    if step.deadline is None or step.deadline.step != anchor:
        return step
    return msgspec.structs.replace(step, deadline=None, updated_at=unit.now, revision=step.revision + 1)


def _rules_event(template_id: str, old: Rules, new: Rules) -> Event:
    return Event(
        kind="template.updated",
        verb="updated",
        subject_kind="template",
        subject_id=template_id,
        field="rules",
        old=plain(old),
        new=plain(new),
    )


def differences(former: Step, step: Step) -> list[Event]:
    """One event for each attribute of the step that changed (spec 30 §9.1)."""
    return [
        Event(
            kind="step.updated",
            verb="owners-updated" if name in ("members", "guests", "groups", "roles") else "updated",
            subject_kind="step",
            subject_id=step.id,
            field=name,
            old=plain(getattr(former, name)),
            new=plain(getattr(step, name)),
        )
        for name in Step.__struct_fields__
        if name not in _UNTOLD and getattr(former, name) != getattr(step, name)
    ]
