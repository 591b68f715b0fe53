"""The templates of the demo organization: what they are made of, and how they are made."""

from collections.abc import Mapping
from typing import Any

import msgspec

from procession.engine.fields import FieldDraft
from procession.engine.model import LAUNCH, FieldKind, Stage, Step, TaskKind
from procession.kernel.ids import new_id
from procession.kernel.unit import Unit
from procession.people.model import Actor
from procession.templates.checks import TemplateChange
from procession.templates.create import create_template
from procession.templates.drafts import StepChange
from procession.templates.editing import open_template, store
from procession.templates.imports import Import, ImportedStep
from procession.templates.kickoff import FieldEntry
from procession.templates.model import Problems

Due = tuple[int, str]


class DemoField(msgspec.Struct, frozen=True):
    """A form field. `samples`: what the people of the demo answer, process by process; none: they leave it blank."""

    label: str
    kind: FieldKind = "text"
    samples: tuple[object, ...] = ()
    required: bool = False
    more: dict[str, Any] = {}


class DemoStep(msgspec.Struct, frozen=True, kw_only=True):
    """A step. `who`: addresses of members and names of groups; nobody: whoever launches.

    `due`: how long after `after`, the title of an earlier step (None: the launch), or `before` a later one.
    """

    title: str
    stage: str | None = None
    who: tuple[str, ...] = ()
    due: Due = (5, "days")
    after: str | None = None
    before: str | None = None
    kind: TaskKind = "task"
    summary: str | None = None
    everyone: bool = False
    fields: tuple[DemoField, ...] = ()


class DemoTemplate(msgspec.Struct, frozen=True, kw_only=True):
    """A template: kick-off fields, steps, and the titles of its stages in order."""

    title: str
    summary: str
    kickoff: tuple[DemoField, ...]
    steps: tuple[DemoStep, ...]
    stages: tuple[str, ...] = ()

    def samples(self) -> dict[str, tuple[object, ...]]:
        """Sample answers by the label of their field."""
        fields = [*self.kickoff, *(field for step in self.steps for field in step.fields)]
        return {field.label: field.samples for field in fields if field.samples}


class Wanted(msgspec.Struct, frozen=True):
    """What is there to be named: ids of members by address, of groups by name, of snippets by title; the folder."""

    members: dict[str, int]
    groups: dict[str, str]
    snippets: dict[str, str]
    folder: str


def choice(label: str, kind: FieldKind, *options: str, required: bool = False, **more: Any) -> DemoField:
    """A field with options; its samples are the options in turn, for a checklist all of them."""
    samples: tuple[object, ...] = (list(options),) if kind == "multiselect" else options
    return DemoField(label, kind, samples, required, {"options": list(options), **more})


def make_template(unit: Unit, actor: Actor, template: DemoTemplate, wanted: Wanted) -> str:
    """Make the template with its steps and stages; its id. Everybody may read and launch it."""
    problems = Problems(refuse)
    change = TemplateChange(
        columns={"title": template.title, "kind": "procedure", "label": "published"},
        settings={"summary": template.summary},
        folder=wanted.folder,
        members=list(wanted.members.values()),
        groups=list(wanted.groups.values()),
        kickoff=[_entry(one) for one in template.kickoff],
    )
    ids = {one.title: new_id() for one in template.steps}
    steps = [_step(one, place, wanted, ids) for place, one in enumerate(template.steps, 1)]
    made = create_template(unit, actor, change, problems, Import(steps=steps)).template
    if template.stages:
        _add_stages(unit, actor, made.id, template)
    return made.id


def refuse(problems: object) -> None:
    """What becomes of something wrong in the demo's own words."""
    raise AssertionError(f"The demo's own template is wrong: {problems}")


def _entry(field: DemoField) -> FieldEntry:
    draft = FieldDraft(label=field.label, kind=field.kind, required=field.required, **field.more)
    return FieldEntry(None, draft, alias=field.label.lower().replace(" ", "-"))


def _step(step: DemoStep, place: int, wanted: Wanted, ids: Mapping[str, str]) -> ImportedStep:
    """`ids`: those that deadlines name, by title; the import gives new ones."""
    anchor = step.after or step.before
    value, unit = step.due
    change = StepChange(
        values={
            "title": step.title,
            "kind": step.kind,
            "summary": _with_snippets(step.summary, wanted.snippets),
            "everyone_must_complete": step.everyone,
        },
        members=[wanted.members[one] for one in step.who if one in wanted.members],
        groups=[wanted.groups[one] for one in step.who if one in wanted.groups],
        deadline={
            "value": value,
            "unit": unit,
            "option": "prior_to" if step.before else "from",
            "step": ids[anchor] if anchor else LAUNCH,
        },
    )
    return ImportedStep(id=ids[step.title], position=place, change=change, fields=[_entry(one) for one in step.fields])


def _with_snippets(text: str | None, snippets: Mapping[str, str]) -> str | None:
    """The text with the mark of a snippet for each `[[title]]`, as editors put it in (spec 30 §14.5)."""
    for title, snippet_id in snippets.items():
        kind = 'class="insert-snippet-tag fr-deletable" contenteditable="false"'
        mark = f'<span {kind} data-snippet-id="{snippet_id}">[[{title}]]</span>'
        text = text.replace(f"[[{title}]]", mark) if text else text
    return text


def _add_stages(unit: Unit, actor: Actor, template_id: str, template: DemoTemplate) -> None:
    opened = open_template(unit, actor, template_id)
    stages = tuple(Stage(id=new_id(), title=title, position=at) for at, title in enumerate(template.stages, 1))
    ids = {stage.title: stage.id for stage in stages}

    def staged(step: Step, demo: DemoStep) -> Step:
        return msgspec.structs.replace(step, stage_id=ids[demo.stage] if demo.stage else None)

    steps = tuple(map(staged, opened.document.steps, template.steps))
    store(unit, actor, opened, msgspec.structs.replace(opened.document, steps=steps, stages=stages), [])
