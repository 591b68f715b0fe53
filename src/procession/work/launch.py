"""Launch a process: a snapshot of a template version, one task per step, in one transaction (spec 10 §6)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from procession.engine import model
from procession.engine.dates import zone
from procession.engine.model import Problem
from procession.engine.naming import NameRule, process_name
from procession.engine.variables import Dates, Rendered, rendered
from procession.engine.work import Answered, FieldAnswer, Process
from procession.kernel.folding import fold
from procession.kernel.ids import new_id
from procession.kernel.unit import Event, Unit
from procession.labels.custom_values import inherit_values
from procession.labels.folders import folder_named, set_folders
from procession.labels.model import Subject
from procession.labels.reading import tag_ids_of, unknown_folders, unknown_tags
from procession.labels.tags import automatic_tag, set_tags
from procession.people.model import Actor, group, member
from procession.people.past import UNSAID, Past
from procession.people.persons import first_active, persons
from procession.templates.launching import Launchable, mark_launched, process_audience
from procession.watching.stars import set_star
from procession.work import process_queries, queries
from procession.work.attaching import write_known
from procession.work.complete import settle_process
from procession.work.gather import all_mentions, know
from procession.work.job_titles import default_people, fill, titles_of_steps
from procession.work.kickoff import KickOff, check_launch
from procession.work.launch_people import know_written, let_track, read_trackers, watching
from procession.work.launch_tasks import (
    Plan,
    PlannedTask,
    StepOverride,
    override_problems,
    plan_tasks,
    write_tasks,
)
from procession.work.model import Reason
from procession.work.persist import Involvement, involve, process_event, save_answers
from procession.work.processes import NOT_ACTIVE, unknown_groups
from procession.work.sharing import NOT_HIDEABLE, share, unknown_hidden_of_version
from procession.work.text_files import note_texts
from procession.work.update import Options

_SENT = {"starter_id": "user_id"}
"""What clients call the starter, for texts that quote the name."""


class LaunchOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What a launch was asked with; answers keyed as sent, people and labels as ids (spec 10 §6.1)."""

    name: str | None = None
    fixed_name: str | None = None
    """The name whatever the template says about names."""
    origin: tuple[str, str] | None = None
    """What launched it, when it was not a person: kind and id."""
    private: bool = False
    """Only administrators and whoever takes part see it, whatever the template says (spec 10 §22.7)."""
    summary: str = ""
    owner_id: int | None = None
    starter_id: int | None = None
    starred: bool = False
    public: bool = False
    publicly_hidden: Sequence[str] = ()
    parent_id: str | None = None
    answers: Mapping[str, object] = {}
    overrides: Mapping[str, StepOverride] = {}
    roles: Mapping[str, Any] = {}
    tags: Sequence[Any] = ()
    folders: Sequence[Any] = ()
    members: Sequence[int] = ()
    groups: Sequence[str] = ()
    assign_someone_else: bool = True
    metadata: dict[str, Any] | None = None
    trackers: object = None
    """Who may follow it besides, as an owners object that was not read yet."""
    via: str = "api"
    dedupe_seconds: int = 0
    started_at: datetime | None = None
    past: Past = UNSAID
    """When it began, and who began it, as an import tells (spec 50 IMP-03)."""


class Launched(msgspec.Struct, frozen=True, kw_only=True):
    """The new process, or why there is none. `repeated`: the earlier one of the same launch, nothing was written."""

    process: Process | None = None
    repeated: bool = False
    problems: tuple[Problem, ...] = ()
    warnings: tuple[model.Notice, ...] = ()


def launch(
    unit: Unit,
    actor: Actor,
    source: Launchable,
    order: LaunchOrder,
    secrets: Any,
    problems: Sequence[Problem],
    options: Options,
) -> Launched:
    """Create the process and its tasks. With any problem nothing is written."""
    fields = source.version.document.kickoff
    titles = titles_of_steps(unit, source.version.document.steps, order.roles)
    people = [*_people_named(source, order), *default_people(titles.values())]
    named = all_mentions(None, fields, order.answers, people)
    known = know(unit, named, actor.settings)
    process_id = new_id()
    kickoff = check_launch(unit, actor, source.template.title, fields, order.answers, known.people, options, process_id)
    starter = order.starter_id or _present(unit, actor, order.past)
    owner = order.owner_id or starter
    written, known = know_written(unit, actor, source, kickoff.values, named, known)
    roles, misnamed = fill(titles, order.roles, known.people)
    followers, unfit = read_trackers(order.trackers, known)
    plan = Plan(unit=unit, actor=actor, source=source, overrides=order.overrides, known=known,
                starter=starter, owner=owner, roles=roles, written=written, past=order.past)  # fmt: skip
    wrong = [
        *problems,
        *misnamed,
        *unfit,
        *_order_problems(unit, source, order),
        *kickoff.problems,
        *override_problems(plan),
    ]
    planned = plan_tasks(plan, wrong)
    if wrong:
        return Launched(problems=tuple(wrong), warnings=kickoff.warnings)
    name = _name(unit, actor, source, order, kickoff)
    if order.dedupe_seconds and (earlier := _earlier(unit, source, order, starter, name, kickoff)):
        return Launched(process=earlier, repeated=True, warnings=kickoff.warnings)
    process = _process(unit, source, order, name, order.past.author_id or starter, owner, process_id)
    process = _write(plan, planned, order, process, kickoff, secrets)
    let_track(unit, process.id, followers, secrets)
    return Launched(process=process, warnings=kickoff.warnings)


def _present(unit: Unit, actor: Actor, past: Past) -> int | None:
    """Who stands for its starter now: himself when he is here, else the caller."""
    if past.author_id is not None and first_active(unit, [past.author_id]):
        return past.author_id
    return actor.account_id


def _write(
    plan: Plan,
    planned: Sequence[PlannedTask],
    order: LaunchOrder,
    process: Process,
    kickoff: KickOff,
    secrets: Any,
) -> Process:
    """Write the process with everything in it: a constant number of statements, however many steps."""
    unit, actor, source = plan.unit, plan.actor, plan.source
    fields = source.version.document.kickoff
    unit.write(queries.INSERT_PROCESS, **_row(process))
    _labels(unit, source, order, process)
    given = [FieldAnswer(field, kickoff.values[field.id], None) for field in fields if field.id in kickoff.values]
    saved = save_answers(unit, process.id, process.id, given)
    write_known(unit, kickoff.files, given)
    note_texts(unit, actor, "process", [(process.id, order.summary)])
    if order.starred and actor.account_id is not None:
        set_star(unit, actor.principal, "process", process.id, on=True)
    if process.public:
        share(unit, secrets, process.id)
    reasons = watching(unit, source.template.id, process.id, _reasons(process))
    written = write_tasks(plan, planned, process, secrets, kickoff.values)
    tasks = written.given
    inherit_values(unit, actor.settings, "template", "process", {process.id: source.template.id})
    involve(unit, process.id, {who: Involvement(reasons.get(who, 0), tasks[who]) for who in reasons.keys() | tasks})
    mark_launched(unit, source.template, source.version)
    process, more = settle_process(unit, process)
    unit.record([_created(process, kickoff, saved, len(source.version.document.steps)), *written.told, *more])
    return process


def _earlier(
    unit: Unit, source: Launchable, order: LaunchOrder, starter: int | None, name: str, kickoff: KickOff
) -> Process | None:
    """The same launch by the same person within the window: equal template, name and answers (spec 00 §15.3)."""
    unit.lock(f"launch:{unit.organization_id}:{source.template.id}:{starter}")
    since = unit.now - timedelta(seconds=order.dedupe_seconds)
    found = unit.all(
        process_queries.SAME_LAUNCHES, template=source.template.id, starter=starter, name=name, since=since
    )
    answers: dict[str, dict[str, Any]] = {one.id: {} for one in found}
    if found:
        for holder, field_id, _, value in unit.all(queries.ANSWERS_OF, holders=list(answers)):
            answers[holder][field_id] = value
    return next((one for one in found if answers[one.id] == kickoff.values), None)


def _people_named(source: Launchable, order: LaunchOrder) -> list[object]:
    """Everybody the template and the order name, in the shape of owners objects."""
    named: list[object] = [{"users": list(order.members), "groups": list(order.groups)}]
    named += [
        {"users": list(step.members), "guests": list(step.guests), "groups": list(step.groups)}
        for step in source.version.document.steps
    ]
    named += [one.owners for one in order.overrides.values() if isinstance(one.owners, dict)]
    named += [*order.roles.values(), order.trackers]
    return named


def _order_problems(unit: Unit, source: Launchable, order: LaunchOrder) -> list[Problem]:
    problems = []
    if source.template.system and order.name is None:
        problems.append(Problem(("name",), "The name field is required."))
    people = {"owner_id": order.owner_id, "starter_id": order.starter_id}
    wanted = [one for one in (*people.values(), *order.members) if one is not None]
    active = set(first_active(unit, wanted)) if wanted else set()
    problems += [
        Problem((name,), f"The selected {_SENT.get(name, name)} is invalid.")
        for name, one in people.items()
        if one is not None and one not in active
    ]
    problems += [
        Problem(("members", str(index)), NOT_ACTIVE) for index, one in enumerate(order.members) if one not in active
    ]
    problems += unknown_groups(unit, order.groups)
    for index in unknown_tags(unit, order.tags):
        problems.append(Problem(("tags", str(index)), "The selected tag is invalid."))
    for index in unknown_hidden_of_version(unit, source.version_id, order.publicly_hidden):
        problems.append(Problem(("publicly_hidden_fields", str(index)), NOT_HIDEABLE))
    for index in unknown_folders(unit, order.folders, "process"):
        problems.append(Problem(("folders", str(index)), "The selected folder is invalid."))
    return problems


def _process(
    unit: Unit,
    source: Launchable,
    order: LaunchOrder,
    name: str,
    starter: int | None,
    owner: int | None,
    process_id: str,
) -> Process:
    template, settings = source.template, source.settings
    document = source.version.document
    return Process(
        id=process_id,
        number=unit.numbers("process")[0],
        template_id=template.id,
        template_title=document.title,
        version_id=source.version_id,
        version_number=source.number,
        kind=document.kind,
        name=name,
        summary=order.summary,
        status="active",
        visible_tasks=0,
        done_tasks=0,
        all_tasks=0,
        task_issues=0,
        process_issues=0,
        next_deadline=None,
        last_deadline=None,
        late_done=0,
        starter_id=starter,
        owner_id=owner or 0,
        members=list(dict.fromkeys(order.members)),
        groups=list(dict.fromkeys(order.groups)),
        assign_someone_else=order.assign_someone_else,
        adhoc_tasks=settings.adhoc_tasks,
        public=order.public,
        publicly_hidden=list(order.publicly_hidden),
        parent_id=order.parent_id,
        origin=_origin(order),
        read_audience={"principals": [] if order.private else list(process_audience(template))},
        metadata=order.metadata,
        kickoff_fields=len(document.kickoff),
        kickoff_completed_at=order.past.began_at or unit.now,
        kickoff_completed_by=starter,
        kickoff_guest=None,
        created_at=order.past.made_at or unit.now,
        started_at=order.past.began_at or order.started_at or unit.now,
        updated_at=unit.now,
        completed_at=None,
        archived_at=None,
        revision=1,
    )


def _origin(order: LaunchOrder) -> dict[str, Any]:
    kind, one = order.origin or (None, None)
    return {"type": kind, "id": one, "via": order.via}


def _name(unit: Unit, actor: Actor, source: Launchable, order: LaunchOrder, kickoff: KickOff) -> str:
    if order.fixed_name is not None:
        return order.fixed_name
    settings = source.settings
    rule = NameRule(source.template.title, settings.auto_naming, settings.name_format, settings.launcher_may_rename)
    values: dict[str, Rendered] = {}
    if rule.auto_naming and rule.format:
        ids = {one for value in kickoff.values.values() if isinstance(value, dict) for one in value.get("users", ())}
        names = {member(one.id): one.full_name for one in persons(unit, ids).values()} if ids else {}
        values = {
            field.alias.lower(): rendered(field, kickoff.values.get(field.id), names=names)
            for field in source.version.document.kickoff
        }
    dates = Dates(zone=zone(actor.settings.calendar.zone))
    return process_name(rule, order.name, values, order.past.began_at or unit.now, dates)


def _row(process: Process) -> dict[str, Any]:
    row = {name: getattr(process, name) for name in Process.__struct_fields__}
    row["folded"] = fold(process.name, 2200)
    return row


def _labels(unit: Unit, source: Launchable, order: LaunchOrder, process: Process) -> None:
    """Tags of the body and of the template; folders of the body, or the template's default (spec 10 §6.6).

    Templates that demand a folder or a tag get one named after them, made once.
    """
    subject, settings, title = Subject("process", process.id), source.settings, source.template.title
    inherited = tag_ids_of(unit, "template", [source.template.id])[source.template.id]
    tags = list(dict.fromkeys([*order.tags, *inherited]))
    if not tags and settings.tag_processes:
        tags = [automatic_tag(unit, title).id]
    if tags:
        set_tags(unit, subject, tags)
    folders = list(order.folders)
    default = settings.process_folder
    wanted = default is not None and (not folders or not settings.launcher_may_refile)
    if default is not None and wanted and not unknown_folders(unit, [default], "process"):
        folders = [default]
    if not folders and settings.file_processes:
        folders = [folder_named(unit, title, "process").id]
    if folders:
        set_folders(unit, subject, folders)


def _reasons(process: Process) -> dict[str, int]:
    """Who may see the process from its first moment, tasks apart."""
    reasons: dict[str, int] = {}

    def add(who: str, reason: Reason) -> None:
        reasons[who] = reasons.get(who, 0) | reason

    add(member(process.owner_id), Reason.OWNER)
    if process.starter_id is not None:
        add(member(process.starter_id), Reason.STARTER)
    for one in process.members:
        add(member(one), Reason.LISTED)
    for listed in process.groups:
        add(group(listed), Reason.LISTED)
    for who in process.read_audience["principals"]:
        add(who, Reason.GRANTED)
    return reasons


def _created(process: Process, kickoff: KickOff, saved: Sequence[Answered], steps: int) -> Event:
    state = {
        "process": msgspec.to_builtins(process),
        "answers": kickoff.values,
        "answer_ids": {one.field_id: one.id for one in saved},
        "steps": steps,
    }
    return process_event(process.id, "created", "created", new=state)
