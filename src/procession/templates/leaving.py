"""Templates when somebody goes: a guest leaves the steps, a group gives way to its people (spec 41 §9.5, 40 §14.3)."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from procession.engine.model import Owners, Step, TemplateDocument
from procession.engine.rule import Assignees
from procession.kernel.folding import holding
from procession.kernel.unit import Event, Unit
from procession.people.acting import acting
from procession.people.model import Actor
from procession.people.persons import first_active
from procession.templates import queries
from procession.templates.access import rights_of
from procession.templates.editing import Opened, lock_templates, plain, save_row, store
from procession.templates.model import RIGHTS, Right, Rights, Template
from procession.templates.rule_people import PeopleChange, rules_events, rules_with, with_other_guest, without_guest
from procession.templates.rule_people import without_group as without_rule_group
from procession.templates.steps import differences
from procession.templates.update import attribute_events, security_event
from procession.templates.versions import compiled

Change = Callable[[Step], Step]


def take_guest_off_steps(unit: Unit, actor: Actor, address: str, instead: int | None = None) -> int:
    """The guest is named on no step and by no rule, there the member `instead` stands; how many templates changed."""
    people = (instead,) if instead is not None else ()

    def change(step: Step) -> Step:
        if address not in step.guests:
            return step
        left = tuple(one for one in step.guests if one != address)
        return msgspec.structs.replace(step, guests=left, members=tuple(dict.fromkeys((*step.members, *people))))

    return _change(unit, actor, address, change, without_guest(address, people), None)


def swap_guest_on_steps(unit: Unit, actor: Actor, address: str, other: str) -> int:
    """On steps and in rules the `other` address stands in the guest's place; how many templates changed."""

    def change(step: Step) -> Step:
        named = tuple(dict.fromkeys(other if one == address else one for one in step.guests))
        return msgspec.structs.replace(step, guests=named) if named != step.guests else step

    return _change(unit, actor, address, change, with_other_guest(address, other), None)


def take_group_off_steps(unit: Unit, actor: Actor, group_id: str, people: Owners) -> int:
    """On steps the group's people stand in its place, in rights, default access and rules nobody; how many templates.

    The group of a step that may not be given to guests brings its members alone.
    """

    def change(step: Step) -> Step:
        if group_id not in step.groups:
            return step
        guests = people.guests if step.guests_allowed else ()
        return msgspec.structs.replace(
            step,
            groups=tuple(one for one in step.groups if one != group_id),
            members=tuple(dict.fromkeys((*step.members, *people.members))),
            guests=tuple(dict.fromkeys((*step.guests, *guests))),
        )

    return _change(unit, actor, group_id, change, without_rule_group(group_id), group_id)


def take_title_off_steps(unit: Unit, actor: Actor, title_id: str) -> int:
    """The job title is asked for on no step any more (spec 41 §10); how many templates changed."""

    def change(step: Step) -> Step:
        left = tuple(one for one in step.roles if one != title_id)
        return msgspec.structs.replace(step, roles=left) if left != step.roles else step

    return _change(unit, actor, title_id, change, lambda people: people, None)


def hand_over_templates(unit: Unit, actor: Actor, gone: int, heir: int, owner: int) -> tuple[int, int]:
    """Everything of a member in templates is the heir's: assignments of steps, rules and forms, ownership, sharing.

    `owner`: who gets what the heir may not own. Answers how many templates were owned, and how many changed in all.
    """
    owned = changed = 0
    patterns = {"only": f"%[{gone}]%", "first": f"%[{gone},%", "between": f"%,{gone},%", "last": f"%,{gone}]%"}
    named = unit.all(queries.TEMPLATES_OF_MEMBER, account_id=gone, sharing=f'%"kickoff_member":{gone}%', **patterns)
    for template in lock_templates(unit, named):
        template_id = template.id
        opened = Opened(template, compiled(unit, template.version_id))
        document = _heir_in(opened.document, gone, heir)
        steps = tuple(map(lambda old, new: _saved(unit, old, new), opened.document.steps, document.steps))
        rules = rules_with(opened.document.rules, _heir_of(gone, heir), unit.now)
        document = msgspec.structs.replace(document, steps=steps, rules=rules)
        changes: dict[str, Any] = {}
        events = [*_events(opened.document.steps, steps), *rules_events(template_id, opened.document, document)]
        if template.owner_id == gone:
            changes["owner_id"] = owner
            owned += 1
            events.append(_owner_event(template_id, gone, owner))
        if template.settings.kickoff_member == gone:
            sharer = heir if _may_launch(unit, actor, template, heir) else changes.get("owner_id", template.owner_id)
            changes["settings"] = msgspec.structs.replace(template.settings, kickoff_member=sharer)
        if document != opened.document or changes:
            store(unit, actor, opened, document, events, changes)
            changed += 1
    return owned, changed


def _may_launch(unit: Unit, actor: Actor, template: Template, account_id: int) -> bool:
    person = acting(unit, account_id, actor.settings)
    return person is not None and "launch" in rights_of(person, template)


def release_forms(unit: Unit, actor: Actor, gone: int) -> list[Template]:
    """Public forms of somebody who was disabled are shared by the owners of their templates; where the owner is not
    active either they are public no more (spec 40 §13.3): these templates are the answer.
    """
    closed: list[Template] = []
    shared = unit.all(queries.TEMPLATES_SHARED_BY, sharing=f'%"kickoff_member":{gone}%')
    held = [one for one in lock_templates(unit, shared) if one.settings.kickoff_member == gone]
    active = set(first_active(unit, [one.owner_id for one in held])) - {gone}
    for template in held:
        after: dict[str, Any] = {"kickoff_member": template.owner_id}
        if template.owner_id not in active:
            after = {"kickoff_member": None, "public_kickoff": False}
            closed += [template] if template.settings.public_kickoff else []
        changes = {"settings": msgspec.structs.replace(template.settings, **after)}
        save_row(unit, actor, template, msgspec.structs.replace(template, **changes))
        unit.record(attribute_events(template, changes))
    unit.record(security_event(one, "kickoff_form_switched_off") for one in closed)
    return closed


def _heir_of(gone: int, heir: int) -> PeopleChange:
    """Assignments of rules with the heir in the place of the other."""

    def change(people: Assignees) -> Assignees:
        members = tuple(dict.fromkeys(heir if one == gone else one for one in people.members))
        return msgspec.structs.replace(people, members=members) if gone in people.members else people

    return change


def _heir_in(document: TemplateDocument, gone: int, heir: int) -> TemplateDocument:
    """The document with the heir in every list of members that named the other."""
    return msgspec.convert(_replaced(plain(document), gone, heir, listed=False), TemplateDocument)


def _replaced(value: Any, gone: int, heir: int, *, listed: bool) -> Any:
    if isinstance(value, dict):
        return {key: _replaced(one, gone, heir, listed=key in ("members", "users")) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        named = [heir if listed and one == gone else _replaced(one, gone, heir, listed=False) for one in value]
        return list(dict.fromkeys(named)) if listed and heir in named and gone in value else named
    return value


def _owner_event(template_id: str, old: int, new: int) -> Event:
    return Event(
        kind="template.updated",
        verb="owners-updated",
        subject_kind="template",
        subject_id=template_id,
        field="owner_id",
        old=old,
        new=new,
    )


def _change(unit: Unit, actor: Actor, text: str, change: Change, people: PeopleChange, group_id: str | None) -> int:
    """Save every template that names `text` in its edited version or in its rights, and really changes.

    Archived ones too: they may be restored. Each is saved as an edit of its own: its version may be copied.
    """
    changed = 0
    for template in lock_templates(unit, unit.all(queries.TEMPLATES_NAMING, pattern=holding(text))):
        template_id = template.id
        opened = Opened(template, compiled(unit, template.version_id))
        steps = tuple(_saved(unit, step, change(step)) for step in opened.document.steps)
        rights = without_group(template.rights, group_id) if group_id is not None else template.rights
        events = _events(opened.document.steps, steps)
        if rights != template.rights:
            events.append(_rights_event(template_id, template.rights, rights))
        rules = rules_with(opened.document.rules, people, unit.now)
        document = msgspec.structs.replace(opened.document, steps=steps, rules=rules)
        events += rules_events(template_id, opened.document, document)
        if document != opened.document or rights != template.rights:
            store(unit, actor, opened, document, events, {"rights": rights})
            changed += 1
    return changed


def _saved(unit: Unit, former: Step, step: Step) -> Step:
    if step == former:
        return former
    return msgspec.structs.replace(step, updated_at=unit.now, revision=former.revision + 1)


def _events(former: Sequence[Step], latter: Sequence[Step]) -> list[Event]:
    return [event for old, new in zip(former, latter, strict=True) if old != new for event in differences(old, new)]


def without_group(rights: Rights, group_id: str) -> Rights:
    """The rights without that group in any of their lists."""

    def left(listed: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(one for one in listed if one != group_id)

    five: dict[str, Right] = {}
    for name in RIGHTS:
        right: Right = getattr(rights, name)
        five[name] = msgspec.structs.replace(right, groups=left(right.groups))
    return msgspec.structs.replace(rights, groups=left(rights.groups), **five)


def _rights_event(template_id: str, old: Rights, new: Rights) -> Event:
    return Event(
        kind="template.updated",
        verb="owners-updated",
        subject_kind="template",
        subject_id=template_id,
        field="permissions",
        old=plain(old),
        new=plain(new),
    )
