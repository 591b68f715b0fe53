"""What a launch takes from a template: the version it starts from, frozen by it (spec 10 §6.2, 30 §5)."""

import msgspec

from procession.kernel.errors import NotFound, StateRefused
from procession.kernel.unit import Unit
from procession.people.model import EVERYONE, Actor, group, member
from procession.templates import queries
from procession.templates.access import template_to_launch
from procession.templates.model import Template, TemplateSettings
from procession.templates.versions import CompiledVersion, compiled, freeze

DRAFT = "You can't launch a draft template."
GONE = "The linked template does not exist any more."
NO_DOCUMENT = "The linked template is a document now."
NEEDS_ANSWERS = "The linked template has required kick-off fields."


class Launchable(msgspec.Struct, frozen=True, kw_only=True):
    """A template the caller may launch now, and the version a process of it starts from."""

    template: Template
    settings: TemplateSettings
    version: CompiledVersion
    version_id: str
    number: int


def launchable(unit: Unit, actor: Actor, named: str) -> Launchable:
    """The live template `named` by id, alias or the word `misc`, with the version to launch (spec 10 §6.2 steps 2-3).

    404 when there is none, 422 `TEMPLATE_DRAFT` when drafts are on and none was published, 403 without LAUNCH. A
    version nobody launched yet could still be edited in place: the template is locked, and it is read again. A frozen
    one is only held against whoever would change or archive it: launches of it run side by side. Both come before
    anything else, or two launches would wait for each other's counter.
    """
    template = template_to_launch(unit, actor, named)
    version = _version(unit, template)
    locked = unit.one(queries.HOLD_TEMPLATE if version.launched else queries.LOCK_TEMPLATE, template_id=template.id)
    if locked is None or locked.archived_at is not None:
        raise NotFound
    if not version.launched:
        template = locked
        version = _version(unit, template)
    return Launchable(
        template=template,
        settings=template.settings,
        version=version,
        version_id=version.id,
        number=version.number,
    )


def launchable_by_step(unit: Unit, template_id: str) -> Launchable | str:
    """The template that a step launches, locked, or why it cannot be launched any more (spec 30 §12).

    Nobody's right is asked: whoever configured the step decided it. Its kick-off form may not ask for answers.
    """
    template = unit.one(queries.LOCK_TEMPLATE, template_id=template_id)
    if template is None or template.system or template.archived_at is not None:
        return GONE
    if template.kind == "document":
        return NO_DOCUMENT
    if template.launched_version is None:
        return DRAFT
    version = compiled(unit, template.launched_version)
    if any(field.required for field in version.document.kickoff):
        return NEEDS_ANSWERS
    return Launchable(
        template=template, settings=template.settings, version=version, version_id=version.id, number=version.number
    )


def _version(unit: Unit, template: Template) -> CompiledVersion:
    version_id = template.launched_version
    if version_id is None:
        raise StateRefused("TEMPLATE_DRAFT", DRAFT)
    return compiled(unit, version_id)


def mark_launched(unit: Unit, template: Template, version: CompiledVersion) -> None:
    """Count a launch and freeze the version. The template's row stays locked from here: ask late."""
    unit.write(queries.COUNT_LAUNCH, template_id=template.id)
    freeze(unit, version)


def process_audience(template: Template) -> tuple[str, ...]:
    """The principals of PROCESS READ, which a process keeps from its launch on (spec 30 §4.1)."""
    rights = template.rights
    named = {*map(member, rights.members), *map(group, rights.groups), *rights.process_read.principals()}
    return tuple(sorted(named - {EVERYONE})) if EVERYONE not in named else (EVERYONE,)
