"""Fetch, right and lock in one function, named by intent (spec 30 §3, §4.1; 40 §16.2)."""

from collections.abc import Iterable

from procession.engine.model import Step, TemplateDocument
from procession.kernel.errors import Forbidden, NotFound
from procession.kernel.ids import new_id, read_id
from procession.kernel.unit import Unit
from procession.labels.model import Subject
from procession.people.model import Actor
from procession.people.permissions import allows, require
from procession.templates import queries
from procession.templates.model import (
    MISC,
    RIGHTS,
    RightName,
    Rights,
    Template,
    TemplateSettings,
    template_values,
)
from procession.templates.versions import add_version

NO_LAUNCH = "Permission denied: cannot launch process from this template."
NO_EDIT = "You need EDIT on this template."
NO_DUPLICATE = "You need DUPLICATE on this template."
NO_EXPORT = "You need EDIT or DUPLICATE on this template."
LIGHT = "Light members cannot edit templates."
_EDITORS: frozenset[RightName] = frozenset(("edit", "duplicate"))
_READERS: frozenset[RightName] = frozenset(("edit", "launch", "duplicate"))


def rights_of(actor: Actor, template: Template) -> frozenset[RightName]:
    """The rights the caller has on the template; first match of spec 40 §16.2 wins."""
    if actor.role == "guest":
        return frozenset()
    if template.system:
        return frozenset(("launch",)) if actor.role != "light" else frozenset()
    if actor.is_admin:
        return frozenset(RIGHTS)
    owns = actor.account_id in (template.owner_id, template.created_by)
    mine = frozenset(actor.principals)
    found: set[RightName] = set()
    for name in RIGHTS:
        if actor.role == "light" and name in _EDITORS:
            continue
        everyone = name == "process_read" and template.rights.process_read.everyone
        if owns or everyone or template.rights.holders(name) & mine:
            found.add(name)
    if found & _READERS:
        found.add("read")
    return frozenset(found)


def reads_history(actor: Actor, template: Template) -> bool:
    """Whether what happened to the template is told to the caller (spec 30 §19.2, 40 §15).

    It is to administrators, its owner and creator, holders of READ or EDIT themselves; LAUNCH and DUPLICATE open it
    without. Never to light members and guests.
    """
    if actor.is_admin:
        return True
    if actor.role != "standard":
        return False
    holders = template.rights.holders("read") | template.rights.holders("edit")
    return actor.account_id in (template.owner_id, template.created_by) or not holders.isdisjoint(actor.principals)


def template_to_see(unit: Unit, actor: Actor, template_id: str, *, archived: bool = False) -> Template:
    """A live template the caller may READ; with `archived` also an archived one he may restore. Else 404."""
    template = unit.one(queries.TEMPLATE, template_id=template_id)
    if template is None or template.system:
        raise NotFound
    rights = rights_of(actor, template)
    needed: RightName = "edit" if template.archived_at is not None else "read"
    if needed not in rights or (template.archived_at is not None and not archived):
        raise NotFound
    return template


def template_to_edit(
    unit: Unit, actor: Actor, template_id: str, *, act: str = "template.edit", archived: bool = False
) -> Template:
    """A live template the caller may change, its row locked. 404 for what he may not read, 403 for the rest.

    `act`: what he is about to do; `archived`: one that is archived is found too (restoring, spec 30 §3.7).
    """
    template = unit.one(queries.LOCK_TEMPLATE, template_id=template_id)
    if template is None or template.system or (template.archived_at is not None and not archived):
        raise NotFound
    rights = rights_of(actor, template)
    if "read" not in rights:
        raise NotFound
    require(actor, act, _granted("edit", rights), LIGHT if actor.role == "light" else NO_EDIT)
    return template


def template_to_discuss(unit: Unit, actor: Actor, template_id: str) -> Template:
    """A live template the caller may READ and comment on, locked. 404; 403 for guests, who see its structure only."""
    template = unit.one(queries.LOCK_TEMPLATE, template_id=template_id)
    if template is None or template.system or template.archived_at is not None:
        raise NotFound
    granted = _granted("read", rights_of(actor, template))
    if not granted:
        raise NotFound
    require(actor, "template.comment", granted)
    return template


def template_to_duplicate(unit: Unit, actor: Actor, template_id: str) -> Template:
    """A live template the caller may copy: 404 for what he may not read, 403 without DUPLICATE (spec 30 §3.9)."""
    template = template_to_see(unit, actor, template_id)
    granted = _granted("duplicate", rights_of(actor, template))
    require(actor, "template.duplicate", granted, NO_DUPLICATE)
    return template


def template_to_export(unit: Unit, actor: Actor, template_id: str) -> Template:
    """A live template the caller may take away whole: with EDIT or DUPLICATE. 404, 403 (spec 30 §3.11, §4.1)."""
    template = template_to_see(unit, actor, template_id)
    allowed = rights_of(actor, template) & {"edit", "duplicate"}
    require(actor, "template.duplicate", ("grant",) if allowed else (), NO_EXPORT)
    return template


def template_to_launch(unit: Unit, actor: Actor, named: str) -> Template:
    """A live template by id, alias or `misc`, which the caller may LAUNCH: 404, then 403 (spec 10 §6.2)."""
    template = find_live(unit, named)
    if template is None:
        raise NotFound
    act = "process.launch_empty" if template.system else "process.launch"
    if not allows(actor, act, _granted("launch", rights_of(actor, template))):
        raise Forbidden(NO_LAUNCH, code="BUSINESS_RULE")
    return template


def _granted(right: RightName, rights: frozenset[RightName]) -> tuple[str, ...]:
    """The relation that the table of acts calls `grant`."""
    return ("grant",) if right in rights else ()


def find_live(unit: Unit, named: str) -> Template | None:
    """A template that is not archived, by id, alias or the word `misc`; no rights are asked."""
    template_id = read_id(named)
    if template_id is not None:
        template = unit.one(queries.TEMPLATE, template_id=template_id)
    elif named.strip().upper() == MISC:
        template = misc_template(unit)
    else:
        template = unit.one(queries.TEMPLATE_BY_ALIAS, alias=named.strip())
    return template if template is not None and template.archived_at is None else None


def templates_by_id(unit: Unit, ids: Iterable[str]) -> dict[str, Template]:
    """Templates for showing beside processes, archived and system ones too; no rights are asked."""
    wanted = sorted(set(ids))
    return {one.id: one for one in unit.all(queries.TEMPLATES, ids=wanted)} if wanted else {}


def existing(unit: Unit, actor: Actor, ids: Iterable[str]) -> frozenset[str]:
    """Those of the ids that are live templates the caller is shown in lists (spec 30 §3.14)."""
    wanted = sorted(set(ids))
    known = set(unit.all(queries.EXISTING, ids=wanted)) if wanted else set()
    found = templates_by_id(unit, known)
    return frozenset(one for one, template in found.items() if "read" in rights_of(actor, template))


def template_subject(template: Template) -> Subject:
    """A template the caller was let through to, as something tags hang on."""
    return Subject("template", template.id)


def step_subject(step: Step) -> Subject:
    """A step of a template the caller was let through to, as something tags hang on."""
    return Subject("step", step.id)


def parts_of(template_id: str, document: TemplateDocument) -> list[str]:
    """The template with its steps and fields: whatever of it may hold values of custom fields."""
    steps = [one.id for one in document.steps]
    fields = [field.id for step in document.steps for field in step.fields]
    return [template_id, *steps, *fields, *(field.id for field in document.kickoff)]


def template_of_part(unit: Unit, part_id: str) -> str | None:
    """The id of the template a step, field or rule belongs to, also when it was deleted from it since."""
    found = unit.one(queries.PART, part_id=part_id)
    return str(found[1]) if found is not None else None


def templates_of_parts(unit: Unit, ids: Iterable[str]) -> dict[str, str]:
    """As `template_of_part`, for several: the ids of their templates by theirs."""
    wanted = sorted(set(ids))
    return {str(part): str(home) for part, home in unit.all(queries.PARTS, ids=wanted)} if wanted else {}


def misc_template(unit: Unit) -> Template:
    """The organization's hidden template for processes without one, made on first need (spec 10 §11.1)."""
    found = unit.one(queries.TEMPLATE_BY_ALIAS, alias=MISC)
    if found is not None:
        return found
    template = Template(
        id=new_id(),
        number=0,
        title=MISC,
        alias=MISC,
        kind="procedure",
        label="started",
        system=True,
        settings=TemplateSettings(),
        rights=Rights(),
        owner_id=0,
        created_by=0,
        updated_by=0,
        folder_id=None,
        pinned=False,
        steps=0,
        launches=0,
        version_id=new_id(),
        published_id=None,
        created_at=unit.now,
        updated_at=unit.now,
        archived_at=None,
        revision=1,
    )
    unit.write(queries.ADD_TEMPLATE, **template_values(template))
    # Somebody else may have made it at the same moment: his row counts.
    found = unit.one(queries.TEMPLATE_BY_ALIAS, alias=MISC)
    assert found is not None
    if found.id == template.id:
        add_version(unit, template, 1, TemplateDocument(title=MISC, kind="procedure"), 0)
    return found
