"""Many steps at once: adding a list of them, changing several alike (spec 30 §9). All of it or nothing."""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET

from procession.engine.deadlines import find_cycle
from procession.engine.model import Notice, Problem, Step, TemplateDocument
from procession.kernel.errors import StateRefused
from procession.kernel.ids import new_id, read_id
from procession.kernel.unit import Event, Unit
from procession.people.job_titles import named_job_titles
from procession.people.model import Actor
from procession.templates.aliases import aliases_in, part_alias
from procession.templates.drafts import Known, StepChange, apply, known_people, stages_of, too_many
from procession.templates.editing import open_template, plain, store
from procession.templates.model import Problems, Template
from procession.templates.rule_fit import new_misfits
from procession.templates.steps import CYCLE, NO_STEP, ONLY_PROCEDURES, START, differences
from procession.templates.targets import read_launches

MOST = 500
"""How many steps one call may name (spec 30 §9)."""


class StepsChanged(msgspec.Struct, frozen=True):
    """Steps after a change, and their template. `warnings`: rules that they fit no longer."""

    template: Template
    steps: tuple[Step, ...]
    warnings: tuple[Notice, ...] = ()


def add_steps(
    unit: Unit, actor: Actor, template_id: str, changes: Sequence[StepChange], problems: Problems
) -> StepsChanged:
    """Append steps in the order they come. What is wrong with one is told under `steps.<place>`."""
    opened = open_template(unit, actor, template_id)
    if opened.template.kind != "procedure":
        raise StateRefused("VALIDATION_FAILED", ONLY_PROCEDURES)
    document = opened.document
    known = _known(unit, actor, document, changes)
    taken = aliases_in(document)
    added: list[Step] = []
    for index, change in enumerate(changes):
        title = str(change.values.get("title", ""))
        blank = Step(
            id=new_id(),
            title=title,
            alias=part_alias(title, "step", taken),
            position=len(document.steps) + index + 1,
            start=START,
            created_at=unit.now,
            updated_at=unit.now,
        )
        added.append(apply(blank, change, known, ("steps", str(index)), problems))
    surplus = too_many(unit, added)
    problems += [
        Problem(("steps", str(index), "max_assignable"), surplus[step.id])
        for index, step in enumerate(added)
        if step.id in surplus
    ]
    problems.raise_if_any()
    events = [
        Event(kind="step.created", verb="created", subject_kind="step", subject_id=step.id, new=plain(step))
        for step in added
    ]
    whole = msgspec.structs.replace(document, steps=(*document.steps, *added))
    return StepsChanged(store(unit, actor, opened, whole, events), tuple(added))


def update_steps(
    unit: Unit, actor: Actor, template_id: str, ids: Sequence[object], change: StepChange, problems: Problems
) -> StepsChanged:
    """Change several steps alike, nothing but what was sent; an id that is no step of the template is a problem."""
    opened = open_template(unit, actor, template_id)
    document = opened.document
    wanted = [read_id(one) for one in ids]
    problems += [
        Problem(("ids", str(index)), NO_STEP)
        for index, one in enumerate(wanted)
        if one is None or one not in opened.version.steps
    ]
    known = _known(unit, actor, document, [change])
    if change.launches is not UNSET:
        wrong: list[Problem] = []
        launches = read_launches(unit, actor, opened.template, change.launches, wrong)
        problems += [Problem(("set", *one.path), one.text) for one in wrong]
        change = msgspec.structs.replace(change, values={**change.values, "launches": launches})
    named = frozenset(one for one in wanted if one is not None)
    steps = tuple(
        _changed(unit, step, change, known, problems) if step.id in named else step for step in document.steps
    )
    _check(unit, document, steps, problems)
    if change.roles is not UNSET and change.roles is not None:
        # Last: a name nobody has becomes a job title, unless something else is wrong.
        roles = named_job_titles(unit, change.roles, actor.is_admin, ("set", "roles"), problems)
        steps = tuple(
            _with_roles(unit, old, new, roles) if new.id in named else new
            for old, new in zip(document.steps, steps, strict=True)
        )
    # Every step tells the same of the same body: once is enough.
    unlike = list({(one.path, one.text): one for one in problems}.values())
    problems[:] = unlike
    problems.raise_if_any()
    events = [
        event
        for old, new in zip(document.steps, steps, strict=True)
        if old is not new
        for event in differences(old, new)
    ]
    whole = msgspec.structs.replace(document, steps=steps)
    template = store(unit, actor, opened, whole, events)
    return StepsChanged(template, tuple(step for step in steps if step.id in named), new_misfits(document, whole))


def _known(unit: Unit, actor: Actor, document: TemplateDocument, changes: Sequence[StepChange]) -> Known:
    return Known(
        people=known_people(unit, changes, actor.settings),
        steps={one.id for one in document.steps},
        stages=stages_of(document),
    )


def _changed(unit: Unit, step: Step, change: StepChange, known: Known, problems: list[Problem]) -> Step:
    changed = apply(step, change, known, ("set",), problems)
    if changed == step:
        return step
    return msgspec.structs.replace(changed, updated_at=unit.now, revision=step.revision + 1)


def _with_roles(unit: Unit, former: Step, step: Step, roles: tuple[str, ...]) -> Step:
    if step.roles == roles:
        return step
    return msgspec.structs.replace(step, roles=roles, updated_at=unit.now, revision=former.revision + 1)


def _check(unit: Unit, document: TemplateDocument, steps: Sequence[Step], problems: list[Problem]) -> None:
    """What the steps come to together: deadlines in a ring, more people than a step takes."""
    changed = [new for old, new in zip(document.steps, steps, strict=True) if old is not new]
    if any(new.deadline != old.deadline for old, new in zip(document.steps, steps, strict=True)) and find_cycle(steps):
        problems.append(Problem(("set", "deadline"), CYCLE))
    problems += [Problem(("set", "max_assignable"), text) for text in too_many(unit, changed).values()]
