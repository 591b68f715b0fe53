"""Steps that come with an exported template: new ids, anchors mapped, strangers dropped and told (spec 30 §3.11)."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import UNSET

from procession.engine.deadlines import find_cycle
from procession.engine.model import LAUNCH, Problem, Step, TemplateDocument
from procession.engine.people import People, mentioned, read_address, read_group, read_member
from procession.kernel.ids import new_id, read_id
from procession.kernel.unit import Unit
from procession.people.model import Actor
from procession.people.persons import facts
from procession.templates import queries
from procession.templates.aliases import aliases_in, kept_alias
from procession.templates.checks import TemplateChange
from procession.templates.drafts import Known, StepChange, apply
from procession.templates.kickoff import FieldEntry, read_fields
from procession.templates.steps import CYCLE, ONLY_PROCEDURES, START


class ImportedStep(msgspec.Struct, frozen=True, kw_only=True):
    """A step of an exported template, under the id it had there."""

    id: object
    position: int
    change: StepChange
    fields: list[FieldEntry]


class Import(msgspec.Struct, frozen=True):
    """The sub-objects of an exported template. `rules`: how many came along; they are reported as dropped."""

    steps: list[ImportedStep]
    rules: int = 0


class Dropped(msgspec.Struct, frozen=True):
    """What an import left out: kind, what it was called, where it stood."""

    type: str
    ref: str
    where: str


class ImportReport(msgspec.Struct, frozen=True):
    """What an import made, and what it left out."""

    steps: int = 0
    fields: int = 0
    rules: int = 0
    dropped: tuple[Dropped, ...] = ()


def without_strangers(unit: Unit, change: TemplateChange) -> tuple[TemplateChange, ImportReport]:
    """The change without members, groups and folders that are not here (rule 3)."""
    members, groups = _listed(change.members), _listed(change.groups)
    people = facts(unit, mentioned({"users": members, "groups": groups}))[0]
    dropped: list[Dropped] = []
    kept: dict[str, Any] = {"owner": UNSET, "folder": UNSET}
    if members:
        kept["members"] = _kept(members, read_member, people.members, ("user", "template"), dropped)
    if groups:
        kept["groups"] = _kept(groups, read_group, people.groups, ("group", "template"), dropped)
    folder_id = read_id(change.folder)
    if folder_id is not None and unit.one(queries.FOLDER_KIND, folder_id=folder_id) == "template":
        kept["folder"] = folder_id
    elif change.folder not in (UNSET, None, ""):
        dropped.append(Dropped("folder", str(change.folder), "template"))
    kept["settings"] = _local(unit, change.settings, dropped)
    columns = {name: value for name, value in change.columns.items() if name not in ("alias", "pinned")}
    return msgspec.structs.replace(change, columns=columns, **kept), ImportReport(dropped=tuple(dropped))


def _local(unit: Unit, settings: Mapping[str, Any], dropped: list[Dropped]) -> dict[str, Any]:
    """Settings without publication (rule 4) and without ids of another organization."""
    kept = dict(settings)
    for name in ("public", "featured", "public_kickoff", "kickoff_member", "launcher", "published"):
        kept.pop(name, None)
    folder_id = kept.get("process_folder")
    if folder_id and unit.one(queries.FOLDER_KIND, folder_id=read_id(folder_id) or "") != "process":
        dropped.append(Dropped("folder", str(kept.pop("process_folder")), "template"))
    form_id = kept.get("kickoff_template")
    if form_id and unit.one(queries.TEMPLATE, template_id=read_id(form_id) or "") is None:
        dropped.append(Dropped("template", str(kept.pop("kickoff_template")), "template"))
    return kept


def read_steps(
    unit: Unit,
    actor: Actor,
    imported: Import,
    document: TemplateDocument,
    problems: list[Problem],
    report: ImportReport,
) -> tuple[TemplateDocument, ImportReport]:
    """`document` with the steps, in order of their positions, and the report."""
    taken = aliases_in(document)
    if imported.steps and document.kind != "procedure":
        problems.append(Problem(("steps",), ONLY_PROCEDURES))
    indexed = sorted(enumerate(imported.steps), key=lambda pair: (pair[1].position, pair[0]))
    ids = {str(one.id).lower(): new_id() for _, one in indexed if one.id is not None}
    dropped = list(report.dropped)
    if imported.rules:
        dropped.extend(Dropped("rule", str(number), "template") for number in range(1, imported.rules + 1))
    people = _people(unit, actor, imported)
    steps: list[Step] = []
    for place, (index, one) in enumerate(indexed, 1):
        change = _mapped(one.change, ids, people, place, dropped)
        known = Known(people=people, steps=ids.values())
        title = str(change.values.get("title", ""))
        blank = Step(
            id=ids.get(str(one.id).lower()) or new_id(),
            title=title,
            alias=kept_alias(change.alias, title, "step", taken),
            position=place,
            start=START,
            created_at=unit.now,
            updated_at=unit.now,
        )
        path = ("steps", str(index))
        step = apply(blank, change, known, path, problems)
        fields = read_fields(unit, {}, one.fields, taken, (*path, "fields"), problems)
        steps.append(msgspec.structs.replace(step, fields=fields))
    if find_cycle(steps):
        problems.append(Problem(("steps",), CYCLE))
    whole = msgspec.structs.replace(document, steps=tuple(steps))
    fields_count = len(document.kickoff) + sum(len(step.fields) for step in steps)
    return whole, ImportReport(len(steps), fields_count, 0, tuple(dropped))


def _people(unit: Unit, actor: Actor, imported: Import) -> People:
    """What is known about everybody the steps name, looked up together."""
    members: list[Any] = []
    guests: list[Any] = []
    groups: list[Any] = []
    found = People()
    for one in imported.steps:
        members += _listed(one.change.members)
        guests += _listed(one.change.guests)
        groups += _listed(one.change.groups)
    # `mentioned` reads 200 entries of a bucket at a time.
    for start in range(0, max(len(members), len(guests), len(groups)), 200):
        end = start + 200
        buckets = {"users": members[start:end], "guests": guests[start:end], "groups": groups[start:end]}
        part = facts(unit, mentioned(buckets), actor.settings)[0]
        found = People(
            members=found.members | part.members,
            member_emails=found.member_emails | part.member_emails,
            groups=found.groups | part.groups,
            disabled_guests=found.disabled_guests | part.disabled_guests,
            company_domains=part.company_domains,
        )
    return found


def _mapped(
    change: StepChange, ids: Mapping[str, str], people: People, place: int, dropped: list[Dropped]
) -> StepChange:
    """The change with anchors under their new ids, without people, groups, roles and targets that are not here."""
    where = f"step {place}"
    values: dict[str, Any] = {"stage_id": UNSET, "roles": UNSET}
    dropped.extend(Dropped("role", str(role), where) for role in _listed(change.roles))
    if change.stage_id not in (UNSET, None, ""):
        dropped.append(Dropped("stage", str(change.stage_id), where))
    if change.members is not UNSET:
        values["members"] = _kept(_listed(change.members), read_member, people.members, ("user", where), dropped)
    if change.groups is not UNSET:
        values["groups"] = _kept(_listed(change.groups), read_group, people.groups, ("group", where), dropped)
    if change.guests is not UNSET:
        values["guests"] = [one for one in _listed(change.guests) if _is_guest(one, where, dropped)]
    deadline = change.deadline
    if isinstance(deadline, dict) and isinstance(deadline.get("step"), str) and deadline["step"] != LAUNCH:
        anchor = ids.get(deadline["step"].lower())
        if anchor is None:
            dropped.append(Dropped("deadline", deadline["step"], where))
        values["deadline"] = {**deadline, "step": anchor} if anchor else None
    if change.launches not in (UNSET, None, "", {}, []):
        target = change.launches.get("id") if isinstance(change.launches, dict) else change.launches
        dropped.append(Dropped("template", str(target), where))
    return msgspec.structs.replace(change, launches=UNSET, **values)


def _is_guest(entry: object, where: str, dropped: list[Dropped]) -> bool:
    if read_address(entry) is not None or (isinstance(entry, str) and "{{" in entry):
        return True
    dropped.append(Dropped("guest", str(entry), where))
    return False


def _kept(
    entries: list[Any], read: Any, known: frozenset[Any], told: tuple[str, str], dropped: list[Dropped]
) -> list[Any]:
    kept = []
    for entry in entries:
        found = read(entry)
        if found in known:
            kept.append(found)
        else:
            dropped.append(Dropped(told[0], str(entry), told[1]))
    return kept


def _listed(value: object) -> list[Any]:
    if value is None or value is UNSET:
        return []
    return value if isinstance(value, list) else [value]
