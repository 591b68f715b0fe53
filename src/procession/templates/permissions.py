"""The five rights on a template, read and replaced (spec 30 §4.2, 40 §16.1)."""

from collections.abc import Mapping
from typing import Any

import msgspec

from procession.engine.model import Owners, Problem
from procession.engine.people import Mentions, People, check_groups, check_members, keeping, mentioned
from procession.kernel.errors import NotFound
from procession.kernel.unit import Unit
from procession.people.members import members_by_id
from procession.people.model import Actor
from procession.people.permissions import require
from procession.people.persons import facts, groups_people
from procession.templates import queries
from procession.templates.access import NO_EDIT, rights_of
from procession.templates.editing import save_row
from procession.templates.model import Right as Granted
from procession.templates.model import RightName, Rights, Template
from procession.templates.update import attribute_events

LIGHT_EDITORS = "Light members cannot edit or duplicate templates."


class RightChange(msgspec.Struct, frozen=True):
    """One right as it was sent: `everyone` is read, the people are still to be checked."""

    everyone: bool
    users: object
    groups: object


def template_with_rights(unit: Unit, actor: Actor, template_id: str) -> Template:
    """A live template whose rights the caller may read: administrators and whoever may edit it. 404, 403."""
    template = unit.one(queries.TEMPLATE, template_id=template_id)
    if template is None or template.system or template.archived_at is not None:
        raise NotFound
    rights = rights_of(actor, template)
    if "read" not in rights:
        raise NotFound
    require(actor, "template.edit", ("grant",) if "edit" in rights else (), NO_EDIT)
    return template


def change_rights(
    unit: Unit, template: Template, sent: Mapping[RightName, RightChange], problems: list[Problem]
) -> Rights:
    """The rights with those that were sent in their place; what is wrong joins `problems`. Nothing is written.

    Whoever is named by a group of the same right is left out of its list of members.
    """
    people = _known(unit, sent)
    found: dict[str, Granted] = {}
    for name, change in sent.items():
        present: Granted = getattr(template.rights, name)
        held = Owners(present.members, groups=present.groups)  # may be sent back, even if disabled since
        members, wrong = check_members(change.users, keeping(people, held))
        problems += [Problem((name, "members", *one.path), one.text) for one in wrong]
        groups, wrong = check_groups(change.groups, keeping(people, held))
        problems += [Problem((name, "groups", *one.path), one.text) for one in wrong]
        if name in ("edit", "duplicate"):
            problems += _light(unit, name, members, change.users)
        inside = {one for each in groups_people(unit, groups).values() for one in each.members} if groups else set()
        listed = Granted(members=tuple(one for one in members if one not in inside), groups=groups)
        found[name] = Granted(everyone=True) if change.everyone else listed
    return msgspec.structs.replace(template.rights, **found)


def save_rights(unit: Unit, actor: Actor, template: Template, rights: Rights) -> Template:
    """Write the rights of a locked template; the same again change nothing."""
    if rights == template.rights:
        return template
    changed = save_row(unit, actor, template, msgspec.structs.replace(template, rights=rights))
    unit.record(attribute_events(template, {"rights": rights}))
    return changed


def _known(unit: Unit, sent: Mapping[RightName, RightChange]) -> People:
    named = [mentioned({"users": one.users, "groups": one.groups}) for one in sent.values()]
    wanted = Mentions(
        members=frozenset().union(*(one.members for one in named)),
        groups=frozenset().union(*(one.groups for one in named)),
    )
    return facts(unit, wanted)[0]


def _light(unit: Unit, name: str, members: tuple[int, ...], sent: Any) -> list[Problem]:
    known = members_by_id(unit, members) if members else {}
    entries = sent if isinstance(sent, list) else [sent]
    places = {str(one.get("id") if isinstance(one, dict) else one).strip(): index for index, one in enumerate(entries)}
    return [
        Problem((name, "members", str(places.get(str(one), 0))), LIGHT_EDITORS)
        for one in members
        if one in known and (known[one].role == "light" or known[one].is_bot)
    ]
