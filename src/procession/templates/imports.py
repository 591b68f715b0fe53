"""Steps that come with an exported template: new ids, references mapped, strangers dropped and told (spec 30 §3.11)."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import UNSET

from procession.engine.deadlines import find_cycle
from procession.engine.embeds import without_embeds
from procession.engine.model import LAUNCH, Problem, Stage, Step, TemplateDocument
from procession.engine.people import read_member
from procession.engine.rule import Rule
from procession.kernel.ids import new_id, read_id
from procession.kernel.unit import Unit
from procession.people.model import Actor
from procession.templates import queries
from procession.templates.aliases import kept_alias
from procession.templates.checks import TemplateChange
from procession.templates.drafts import Known, StepChange, apply, listed, too_many
from procession.templates.drawing import Lists
from procession.templates.import_lists import with_lists_here
from procession.templates.import_people import Dropped, Locals, Named, kept
from procession.templates.kickoff import FieldEntry, read_fields
from procession.templates.rule_checks import Basis
from procession.templates.rule_conditions import parts_of
from procession.templates.rule_drafts import RuleDraft
from procession.templates.rule_transfer import Strangers, Transfer, transfer_rules
from procession.templates.steps import CYCLE, ONLY_PROCEDURES, START
from procession.templates.targets import launches_from, target_refusals

_HEX = re.compile(r"[0-9a-f]{32}")
_TEXTS = ("summary", "guidance", "kickoff_description")


class ImportedStep(msgspec.Struct, frozen=True, kw_only=True):
    """A step of an exported template, under the id it had there."""

    id: object
    position: int
    change: StepChange
    fields: list[FieldEntry]


class ImportedStage(msgspec.Struct, frozen=True):
    """A stage of an exported template, under the id it had there."""

    id: object
    title: str
    position: int


class ImportedTag(msgspec.Struct, frozen=True):
    """A tag on an exported template."""

    title: str
    color: str | None


class Import(msgspec.Struct, frozen=True, kw_only=True):
    """The sub-objects of an exported template.

    `foreign`: it comes from another organization; `known_guests`: guests nobody knows here are dropped.
    """

    steps: list[ImportedStep]
    stages: list[ImportedStage] = []
    rules: list[RuleDraft | None] = []
    tags: list[ImportedTag] = []
    named: Named = Named()
    foreign: bool = False
    known_guests: bool = False


class ImportReport(msgspec.Struct, frozen=True):
    """What an import made, and what it left out."""

    steps: int = 0
    fields: int = 0
    rules: int = 0
    dropped: tuple[Dropped, ...] = ()


class Reading(msgspec.Struct):
    """An import on its way: who is who, new ids by old ones, aliases in use, what was left out so far."""

    imported: Import
    locals: Locals
    ids: dict[str, str] = {}
    taken: set[str] = set()
    dropped: list[Dropped] = []
    problems: list[Problem] = []
    lists: Lists = {}


def without_strangers(unit: Unit, change: TemplateChange, reading: Reading) -> TemplateChange:
    """The change without members, groups and folders that are not here (rules 3 and 4), and told so."""
    where, dropped = "template", reading.dropped
    local: dict[str, Any] = {"owner": UNSET, "folder": UNSET}
    if change.members is not UNSET:
        local["members"] = kept(listed(change.members), reading.locals.member, ("user", where), dropped)
    if change.groups is not UNSET:
        local["groups"] = kept(listed(change.groups), reading.locals.group, ("group", where), dropped)
    folder_id = read_id(change.folder)
    if folder_id is not None and unit.one(queries.FOLDER_KIND, folder_id=folder_id) == "template":
        local["folder"] = folder_id
    elif change.folder not in (UNSET, None, ""):
        dropped.append(Dropped("folder", str(change.folder)[:300], where))
    local["settings"] = _settings(unit, change.settings, reading)
    if isinstance(change.content, str):
        local["content"] = _text(change.content, reading, where)
    columns = {name: value for name, value in change.columns.items() if name not in ("alias", "pinned")}
    return msgspec.structs.replace(change, columns={"kind": "procedure", **columns}, **local)


def _settings(unit: Unit, settings: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
    """Settings without publication (rule 4) and without what belongs to another organization."""
    own, dropped = dict(settings), reading.dropped
    for name in ("public", "featured", "public_kickoff", "kickoff_member", "published"):
        own.pop(name, None)
    launcher = own.pop("launcher", None)
    if launcher is not None:
        members = kept([launcher], reading.locals.member, ("user", "template"), dropped)
        own |= {"launcher": members[0]} if members else {}
    folder_id = own.get("process_folder")
    if folder_id and unit.one(queries.FOLDER_KIND, folder_id=read_id(folder_id) or "") != "process":
        dropped.append(Dropped("folder", str(own.pop("process_folder"))[:300], "template"))
    form_id = own.get("kickoff_template")
    form = unit.one(queries.TEMPLATE, template_id=read_id(form_id) or "") if form_id else None
    if form_id and (form is None or form.kind != "form" or form.archived_at is not None):
        dropped.append(Dropped("template", str(own.pop("kickoff_template"))[:300], "template"))
    if reading.imported.foreign and own.get("webhook"):
        dropped.append(Dropped("webhook", str(own.pop("webhook")), "template"))
    return own | {name: _text(own[name], reading, "template") for name in _TEXTS if own.get(name)}


def _text(text: str, reading: Reading, where: str) -> str:
    """A rich text: what it embeds of another organization is left out."""
    if not reading.imported.foreign:
        return text
    plain, ids = without_embeds(text)
    reading.dropped.extend(Dropped("embed", one, where) for one in ids)
    return plain


def read_parts(unit: Unit, actor: Actor, document: TemplateDocument, reading: Reading) -> TemplateDocument:
    """`document` with stages, steps in the order of their positions, and rules, all under new ids."""
    imported, problems = reading.imported, reading.problems
    if imported.steps and document.kind != "procedure":
        problems.append(Problem(("steps",), ONLY_PROCEDURES))
    stages = _stages(unit, reading)
    indexed = sorted(enumerate(imported.steps), key=lambda pair: (pair[1].position, pair[0]))
    steps_ids = {index: new_id() for index, _ in indexed}
    reading.ids |= {old: steps_ids[index] for index, one in indexed if (old := read_id(one.id)) is not None}
    known = Known(people=reading.locals.people, steps=steps_ids.values(), stages={one.id for one in stages})
    steps: list[Step] = []
    for place, (index, one) in enumerate(indexed, 1):
        path = ("steps", str(index))
        title = str(one.change.values.get("title", ""))
        blank = Step(
            id=steps_ids[index],
            title=title,
            alias=kept_alias(one.change.alias, title, "step", reading.taken),
            position=place,
            start=START,
            created_at=unit.now,
            updated_at=unit.now,
        )
        step = apply(blank, _local(one.change, reading, f"step {place}"), known, path, problems)
        entries = with_lists_here(one.fields, reading.lists, f"step {place}", reading.dropped)
        at = (*path, "fields")
        fields = read_fields(unit, {}, entries, reading.taken, at, problems, reading.ids, reading.lists)
        steps.append(msgspec.structs.replace(step, fields=fields))
    if find_cycle(steps):
        problems.append(Problem(("steps",), CYCLE))
    surplus = too_many(unit, steps)
    problems += [
        Problem(("steps", str(index), "max_assignable"), surplus[step_id])
        for index, step_id in sorted(steps_ids.items())
        if step_id in surplus
    ]
    content = _mapped(document.content, reading.ids) if document.content else None
    launching = _launching(unit, actor, steps, reading)
    whole = msgspec.structs.replace(document, steps=launching, stages=stages, content=content)
    return msgspec.structs.replace(whole, rules=_rules(unit, whole, reading))


def _rules(unit: Unit, document: TemplateDocument, reading: Reading) -> tuple[Rule, ...]:
    """The rules with what they name under its new id; what does not fit here stays behind and is told (rule 2)."""
    who = reading.locals
    basis = Basis(parts_of(document), who.people, unit.now)
    transfer = Transfer(reading.ids, basis, Strangers(who.member, who.guest, who.group))
    rules = transfer_rules(reading.imported.rules, transfer)
    reading.dropped.extend(Dropped(one.kind, one.ref, one.where) for one in transfer.left)
    return _silent(rules, reading) if reading.imported.foreign else rules


def _silent(rules: tuple[Rule, ...], reading: Reading) -> tuple[Rule, ...]:
    """Rules of another organization without their calls to the outside; one that did nothing else goes."""
    found = []
    for rule in rules:
        where = f'rule "{rule.name}"'
        reading.dropped.extend(Dropped("webhook", one.url, where) for one in rule.actions if one.url)
        left = tuple(one for one in rule.actions if not one.url)
        if left:
            found.append(msgspec.structs.replace(rule, actions=left))
        else:
            reading.dropped.append(Dropped("rule", rule.name, "template"))
    return tuple(found)


def _stages(unit: Unit, reading: Reading) -> tuple[Stage, ...]:
    ordered = sorted(enumerate(reading.imported.stages), key=lambda pair: (pair[1].position, pair[0]))
    stages = []
    for place, (_, one) in enumerate(ordered, 1):
        stage = Stage(id=new_id(), title=one.title, position=place, created_at=unit.now, updated_at=unit.now)
        old = read_id(one.id)
        if old is not None:
            reading.ids[old] = stage.id
        stages.append(stage)
    return tuple(stages)


def _local(change: StepChange, reading: Reading, where: str) -> StepChange:
    """The change with anchors and stage under their new ids, without people and job titles that are not here."""
    dropped, who = reading.dropped, reading.locals
    values: dict[str, Any] = {"stage_id": UNSET, "values": dict(change.values)}
    if change.roles is not UNSET:
        values["values"]["roles"] = tuple(kept(listed(change.roles), who.role, ("role", where), dropped))
    for name, word, read in (
        ("members", "user", who.member),
        ("groups", "group", who.group),
        ("guests", "guest", who.guest),
    ):
        if getattr(change, name) is not UNSET:
            values[name] = kept(listed(getattr(change, name)), read, (word, where), dropped)
    if change.stage_id not in (UNSET, None, ""):
        values["stage_id"] = reading.ids.get(read_id(change.stage_id) or "", UNSET)
        if values["stage_id"] is UNSET:
            dropped.append(Dropped("stage", str(change.stage_id)[:300], where))
    deadline = change.deadline
    if isinstance(deadline, dict) and isinstance(deadline.get("step"), str) and deadline["step"] != LAUNCH:
        anchor = reading.ids.get(deadline["step"].strip().lower())
        if anchor is None:
            dropped.append(Dropped("deadline", deadline["step"][:300], where))
        values["deadline"] = {**deadline, "step": anchor} if anchor else None
    if values["values"].get("summary"):
        values["values"]["summary"] = _text(values["values"]["summary"], reading, where)
    if reading.imported.foreign and values["values"].get("webhook"):
        dropped.append(Dropped("webhook", values["values"].pop("webhook"), where))
    extra = dict(change.extra)
    if extra.get("owner_id") is not None and who.member(extra["owner_id"]) is None:
        dropped.append(Dropped("user", str(extra.pop("owner_id")), where))
    return msgspec.structs.replace(change, extra=extra, **values)


def _launching(unit: Unit, actor: Actor, steps: list[Step], reading: Reading) -> tuple[Step, ...]:
    """The steps with the templates they launch, where those are here and may be launched by the caller."""
    by_place = sorted(enumerate(reading.imported.steps), key=lambda pair: (pair[1].position, pair[0]))
    sent = [one.change.launches for _, one in by_place]
    targets = [read_id(one.get("id") if isinstance(one, dict) else one) for one in sent]
    refused = target_refusals(unit, actor, {one for one in targets if one is not None}, besides=None)
    found = []
    for step, value, target in zip(steps, sent, targets, strict=True):
        if value in (UNSET, None, "", {}, []):
            found.append(step)
            continue
        where = f"step {step.position}"
        if reading.imported.foreign or target is None or refused[target] is not None:
            named = value.get("id") if isinstance(value, dict) else value
            reading.dropped.append(Dropped("template", str(named)[:300], where))
            found.append(step)
            continue
        launches = launches_from(value, target, [])
        launches["field_map"] = {
            one: _mapped(source, reading.ids)
            for one, source in launches["field_map"].items()
            if isinstance(source, str)
        }
        found.append(msgspec.structs.replace(step, launches=launches))
    return tuple(found)


def _mapped(text: str, ids: Mapping[str, str]) -> str:
    """The text with every id that became another one in its new form."""
    return _HEX.sub(lambda found: ids.get(found[0], found[0]), text)


def named_people(value: object) -> Named:
    """What a document calls its people: lists of `{id, email}` and `{id, name}`; anything else counts for nothing."""
    sent = value if isinstance(value, dict) else {}
    return Named(
        members={
            number: one["email"]
            for one in _objects(sent.get("members"))
            if (number := read_member(one)) is not None and isinstance(one.get("email"), str)
        },
        groups=_by_id(sent.get("groups")),
        roles=_by_id(sent.get("roles")),
    )


def _by_id(value: object) -> dict[str, str]:
    return {
        known: one["name"]
        for one in _objects(value)
        if (known := read_id(one.get("id"))) is not None and isinstance(one.get("name"), str)
    }


def _objects(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)][:1000] if isinstance(value, list) else []
