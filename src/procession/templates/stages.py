"""Stages of a template: adding, changing, moving, deleting, and which steps are in them (spec 30 §7)."""

from collections.abc import Collection, Sequence

import msgspec
from msgspec import UNSET, UnsetType

from procession.engine.model import Problem, Stage, Step, TemplateDocument
from procession.kernel.errors import NotFound
from procession.kernel.ids import new_id, read_id
from procession.kernel.unit import Event, Unit
from procession.people.model import Actor
from procession.templates.editing import open_template, plain, store
from procession.templates.model import Problems, Template
from procession.templates.steps import NO_STEP, differences

MOST = 500
"""How many stages a template may have: as many as an import may bring steps (spec 00 §17)."""

TOO_MANY = f"A template may not have more than {MOST} milestones."


class StageDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A stage as it was sent: `title` and `position` are read already, `steps` is plain JSON. UNSET: not sent."""

    title: str | UnsetType = UNSET
    position: int | UnsetType = UNSET
    steps: list[object] | UnsetType = UNSET


class StageChanged(msgspec.Struct, frozen=True):
    """A stage after a change, the template and its content."""

    template: Template
    stage: Stage
    document: TemplateDocument


def stage_of(document: TemplateDocument, stage_id: str) -> Stage:
    """The stage of that id; 404 when the template has none."""
    for stage in document.stages:
        if stage.id == stage_id:
            return stage
    raise NotFound


def add_stage(unit: Unit, actor: Actor, template_id: str, draft: StageDraft, problems: Problems) -> StageChanged:
    """Add a stage, at the place it asks for or last; the steps it names leave the stages they were in."""
    opened = open_template(unit, actor, template_id)
    document = opened.document
    if len(document.stages) >= MOST:
        problems.append(Problem(("title",), TOO_MANY))
    title = draft.title if isinstance(draft.title, str) else ""
    place = draft.position if isinstance(draft.position, int) else len(document.stages) + 1
    stage = Stage(id=new_id(), title=title, position=0, created_at=unit.now, updated_at=unit.now)
    steps = _with_members(unit, document.steps, stage.id, draft, problems)
    problems.raise_if_any()
    stages = _placed(unit, [*document.stages, stage], stage.id, place)
    changed = msgspec.structs.replace(document, stages=stages, steps=steps)
    stage = stage_of(changed, stage.id)
    events = [_event("created", template_id, new=stage), *_told(document.steps, steps)]
    return StageChanged(store(unit, actor, opened, changed, events), stage, changed)


def update_stage(
    unit: Unit, actor: Actor, template_id: str, stage_id: str, draft: StageDraft, problems: Problems
) -> StageChanged:
    """Change what was sent; a list of steps replaces those that are in the stage."""
    opened = open_template(unit, actor, template_id)
    document = opened.document
    former = stage_of(document, stage_id)
    steps = _with_members(unit, document.steps, stage_id, draft, problems)
    problems.raise_if_any()
    renamed = former
    if isinstance(draft.title, str) and draft.title != former.title:
        renamed = msgspec.structs.replace(former, title=draft.title, updated_at=unit.now, revision=former.revision + 1)
    stages: Sequence[Stage] = [renamed if one.id == stage_id else one for one in document.stages]
    place = draft.position if isinstance(draft.position, int) else former.position
    stages = _placed(unit, stages, stage_id, place)
    changed = msgspec.structs.replace(document, stages=tuple(stages), steps=steps)
    stage = stage_of(changed, stage_id)
    events = [_event("updated", template_id, old=former, new=stage)] if stage != former else []
    events += _told(document.steps, steps)
    return StageChanged(store(unit, actor, opened, changed, events), stage, changed)


def delete_stage(unit: Unit, actor: Actor, template_id: str, stage_id: str) -> Template:
    """Delete a stage; its steps stay and are in none."""
    opened = open_template(unit, actor, template_id)
    document = opened.document
    stage = stage_of(document, stage_id)
    stages = _in_places(unit, [one for one in _ordered(document.stages) if one.id != stage_id])
    steps = _members_set(unit, document.steps, stage_id, ())
    changed = msgspec.structs.replace(document, stages=stages, steps=steps)
    events = [_event("deleted", template_id, old=stage), *_told(document.steps, steps)]
    return store(unit, actor, opened, changed, events)


def _with_members(
    unit: Unit, steps: Sequence[Step], stage_id: str, draft: StageDraft, problems: list[Problem]
) -> tuple[Step, ...]:
    if not isinstance(draft.steps, list):
        return tuple(steps)
    known: set[str | None] = {one.id for one in steps}
    wanted = [read_id(one) for one in draft.steps]
    problems += [Problem(("step_ids", str(index)), NO_STEP) for index, one in enumerate(wanted) if one not in known]
    return _members_set(unit, steps, stage_id, {one for one in wanted if one is not None})


def _members_set(unit: Unit, steps: Sequence[Step], stage_id: str, members: Collection[str]) -> tuple[Step, ...]:
    """The steps, those of `members` in the stage and no others."""

    def member_of(step: Step) -> Step:
        stage = stage_id if step.id in members else None if step.stage_id == stage_id else step.stage_id
        if stage == step.stage_id:
            return step
        return msgspec.structs.replace(step, stage_id=stage, updated_at=unit.now, revision=step.revision + 1)

    return tuple(member_of(one) for one in steps)


def _placed(unit: Unit, stages: Sequence[Stage], stage_id: str, place: int) -> tuple[Stage, ...]:
    """The stages in order, one of them at `place` (from 1, beyond the end: last)."""
    others = [one for one in _ordered(stages) if one.id != stage_id]
    mine = [one for one in stages if one.id == stage_id]
    return _in_places(unit, [*others[: place - 1], *mine, *others[place - 1 :]])


def _in_places(unit: Unit, stages: Sequence[Stage]) -> tuple[Stage, ...]:
    """The stages with places from 1; one that is new keeps its first revision."""

    def at(stage: Stage, place: int) -> Stage:
        if stage.position == place:
            return stage
        raised = stage.revision + (stage.position > 0)
        return msgspec.structs.replace(stage, position=place, updated_at=unit.now, revision=raised)

    return tuple(at(stage, place) for place, stage in enumerate(stages, 1))


def _ordered(stages: Sequence[Stage]) -> list[Stage]:
    return sorted(stages, key=lambda one: one.position)


def _told(former: Sequence[Step], latter: Sequence[Step]) -> list[Event]:
    """One event for each step that changed its stage."""
    return [event for old, new in zip(former, latter, strict=True) if old != new for event in differences(old, new)]


def _event(verb: str, template_id: str, *, old: Stage | None = None, new: Stage | None = None) -> Event:
    return Event(
        kind=f"stage.{verb}",
        verb="updated",
        subject_kind="template",
        subject_id=template_id,
        field="stages",
        old=plain(old),
        new=plain(new),
    )
