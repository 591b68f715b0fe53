"""What was sent about a template, read against what is known: people, groups, folders, other templates."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from procession.engine.model import Problem
from procession.engine.people import People, check_groups, check_members, mentioned, read_member
from procession.kernel.ids import read_id
from procession.kernel.unit import Unit
from procession.labels.reading import unknown_folders
from procession.people.model import Actor
from procession.people.persons import facts
from procession.templates import queries
from procession.templates.access import rights_of
from procession.templates.kickoff import FieldEntry
from procession.templates.model import MISC, Template, TemplateSettings

NO_MEMBER = "The selected user is not an active member of this organization."
NO_FOLDER = "The selected folder does not exist."
NO_FORM = "The selected template is not a form of this organization."
_SOMEBODY = ("launcher", "kickoff_member")


class TemplateChange(msgspec.Struct, frozen=True, kw_only=True):
    """A template as it was sent; UNSET where nothing was.

    `columns` are members of `Template` that are read already (title, kind, label, pinned, alias), `settings` those of
    `TemplateSettings`; the ids among them, like the rest, are plain JSON values that are still to be checked.
    """

    columns: Mapping[str, Any] = {}
    settings: Mapping[str, Any] = {}
    owner: object = UNSET
    folder: object = UNSET
    folders: object = UNSET
    members: object = UNSET
    groups: object = UNSET
    content: str | UnsetType | None = UNSET
    kickoff: list[FieldEntry] | UnsetType = UNSET


class Checked(msgspec.Struct, frozen=True):
    """What a change comes to, for `Template`, its settings and its lists of default access."""

    columns: dict[str, Any]
    settings: dict[str, Any]
    access: dict[str, Any]
    further: list[str] | None = None
    """The folders besides the first, when they were sent."""


def check(
    unit: Unit, actor: Actor, change: TemplateChange, template: Template | None, problems: list[Problem]
) -> Checked:
    """Read what names people, folders and templates. With no `template` it is a new one."""
    people = _tolerant(_people(unit, change), template)
    columns, settings, access = dict(change.columns), dict(change.settings), dict[str, Any]()
    if not actor.is_admin:
        columns.pop("pinned", None)
    settings.pop("featured", None)  # the operator of the server alone may set it
    if settings.get("public") is False:
        settings["approved"] = None  # whoever makes it public again proposes it anew
    if change.owner is not UNSET:
        columns["owner_id"] = _member(change.owner, people, ("owner_id",), problems)
    if change.folder is not UNSET:
        columns["folder_id"] = _folder(unit, change.folder, "template", ("folder_id",), problems)
    further = None
    if change.folders is not UNSET:
        listed = _folders(unit, change.folders, problems)
        columns["folder_id"], further = next(iter(listed), None), listed[1:]
    for name in _SOMEBODY:
        if settings.get(name) is not None:
            settings[name] = _member(settings[name], people, (name,), problems)
    stored = template.settings if template is not None else None
    if settings.get("process_folder") is not None and not _same(settings, stored, "process_folder"):
        settings["process_folder"] = _folder(unit, settings["process_folder"], "process", ("process_folder",), problems)
    if settings.get("kickoff_template") is not None and not _same(settings, stored, "kickoff_template"):
        settings["kickoff_template"] = _form(unit, actor, settings["kickoff_template"], template, problems)
    if settings.get("public_kickoff") and settings.get("kickoff_member") is None:
        settings["kickoff_member"] = (stored.kickoff_member if stored is not None else None) or actor.account_id
    _access(change, people, access, problems)
    _alias(unit, columns, template, problems)
    return Checked(columns, settings, access, further)


def _same(settings: Mapping[str, Any], stored: TemplateSettings | None, name: str) -> bool:
    """Whether a setting is sent back as it is stored: then it is fine, whatever became of what it names."""
    return stored is not None and settings[name] == getattr(stored, name)


def _tolerant(people: People, template: Template | None) -> People:
    """Whoever the template names already may be sent back, even if he was disabled since (spec 00 PUT-11)."""
    if template is None:
        return people
    settings, rights = template.settings, template.rights
    named = {template.owner_id, settings.launcher, settings.kickoff_member, *rights.members}
    return msgspec.structs.replace(
        people,
        members=people.members | frozenset(one for one in named if one is not None),
        groups=people.groups | frozenset(rights.groups),
    )


def _people(unit: Unit, change: TemplateChange) -> People:
    named = [change.owner, *(change.settings.get(name) for name in _SOMEBODY)]
    listed = change.members if change.members is not UNSET else None
    members = listed if isinstance(listed, list) else [listed]
    groups = change.groups if change.groups is not UNSET else None
    wanted = mentioned({"users": [one for one in (*members, *named) if one not in (None, UNSET)], "groups": groups})
    # Access is no assignment: the limit on large groups does not hold here.
    return facts(unit, wanted)[0]


def _member(value: object, people: People, path: tuple[str, ...], problems: list[Problem]) -> int | None:
    found = read_member(value)
    if found is None or found not in people.members:
        problems.append(Problem(path, NO_MEMBER))
        return None
    return found


def _folder(unit: Unit, value: object, kind: str, path: tuple[str, ...], problems: list[Problem]) -> str | None:
    if value is None or value == "":
        return None
    folder_id = read_id(value)
    found = unit.one(queries.FOLDER_KIND, folder_id=folder_id) if folder_id is not None else None
    if found != kind:
        problems.append(Problem(path, NO_FOLDER))
    return folder_id


def _folders(unit: Unit, value: object, problems: list[Problem]) -> list[str]:
    """All folders of a template, each once, the first one the primary (spec 30 §17.4)."""
    listed = value if isinstance(value, list) else []
    wrong = unknown_folders(unit, listed, "template") if listed else []
    problems.extend(Problem(("folders", str(index)), NO_FOLDER) for index in wrong)
    return list(dict.fromkeys(found for one in listed if (found := read_id(one)) is not None))


def _form(unit: Unit, actor: Actor, value: object, template: Template | None, problems: list[Problem]) -> str | None:
    form_id = read_id(value)
    form = unit.one(queries.TEMPLATE, template_id=form_id) if form_id is not None else None
    if (
        form is None
        or form.kind != "form"
        or form.archived_at is not None
        or (template is not None and form.id == template.id)
        or "read" not in rights_of(actor, form)
    ):
        problems.append(Problem(("kickoff_template",), NO_FORM))
    return form_id


def _access(change: TemplateChange, people: People, access: dict[str, Any], problems: list[Problem]) -> None:
    if change.members is not UNSET and change.members is not None:
        access["members"], wrong = check_members(change.members, people)
        problems.extend(Problem(("members", *one.path), one.text) for one in wrong)
    if change.groups is not UNSET and change.groups is not None:
        access["groups"], wrong = check_groups(change.groups, people)
        problems.extend(Problem(("groups", *one.path), one.text) for one in wrong)


def _alias(unit: Unit, columns: dict[str, Any], template: Template | None, problems: list[Problem]) -> None:
    alias = columns.get("alias")
    if alias is None or (template is not None and alias == template.alias):
        columns.pop("alias", None)
        return
    unit.lock(f"template_alias:{unit.organization_id}:{alias}")  # of two who want it, the second finds it taken
    if alias.upper() == MISC or read_id(alias) is not None or unit.one(queries.ALIAS_HOLDER, alias=alias) is not None:
        problems.append(Problem(("alias",), "The alias has already been taken."))
