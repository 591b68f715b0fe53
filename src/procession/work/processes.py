"""Update process (spec 10 §8)."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from procession.engine import model
from procession.engine.model import Problem
from procession.engine.work import Process
from procession.kernel.errors import NotFound, StateRefused
from procession.kernel.folding import fold
from procession.kernel.unit import Event, Unit
from procession.labels.folders import set_folders
from procession.labels.model import Subject
from procession.labels.reading import folder_ids_of, tag_ids_of, unknown_folders, unknown_tags
from procession.labels.tags import set_tags
from procession.people.model import Actor, group, member
from procession.people.persons import first_active, groups_people
from procession.watching.stars import set_star
from procession.work import queries
from procession.work.access import process_to_see, require_process_acts
from procession.work.attaching import write_known
from procession.work.kickoff import Changes, check_changes, resubmitted
from procession.work.model import HeldProcess, Reason
from procession.work.persist import process_event, save_answers, save_involvements, shown
from procession.work.sharing import NOT_HIDEABLE, share, unknown_hidden
from procession.work.text_files import note_texts
from procession.work.update import Options

ARCHIVED = "Cannot update archived processes."
LOCKED = "This process has an open issue. Resolve it first."
NO_PARENT = "The selected parent_id is invalid."
NO_RIGHT = "You don't have permission to update this process."
NOT_ACTIVE = "The selected user is not an active member of this organization."


class ProcessChange(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller wants of a process; UNSET is "not sent". `columns` are stored as read, by the process's names."""

    columns: dict[str, Any] = {}
    members: list[int] | UnsetType = UNSET
    groups: list[str] | UnsetType = UNSET
    tags: list[Any] | UnsetType = UNSET
    folders: list[Any] | UnsetType = UNSET
    answers: Mapping[str, object] = {}
    starred: bool | UnsetType = UNSET


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """The process afterwards; with `problems` nothing was written."""

    process: Process
    problems: tuple[Problem, ...] = ()
    warnings: tuple[model.Notice, ...] = ()


_ACTS = {
    "name": "process.rename",
    "summary": "process.notes",
    "owner_id": "process.manage",
    "assign_someone_else": "process.manage",
    "adhoc_tasks": "process.manage",
    "parent_id": "process.manage",
    "publicly_hidden": "process.manage",
    "public": "process.publish",
}
"""The right each member asks for when it would change (spec 10 §4.2)."""

_INVOLVING = {"owner_id", "members", "groups"}
"""The columns that decide who is involved in the process."""

_FIELDS = {"adhoc_tasks": "can_add_oot", "public": "is_public", "publicly_hidden": "publicly_hidden_fields"}


def change_process(
    unit: Unit,
    actor: Actor,
    held: HeldProcess,
    change: ProcessChange,
    problems: Sequence[Problem],
    options: Options,
    secrets: Any,
) -> Changed:
    """Decide and write one change of one locked process; all or nothing (spec 10 §8.2).

    Changing an answer of a complete kick-off form is submitting it again: its rules follow (spec 10 §8.3).
    """
    process = held.process
    columns = _columns(process, change)
    if _INVOLVING & columns.keys():
        unit.ahead(queries.INVOLVED, subject=process.id)
    labels = _label_changes(unit, process, change)
    kickoff = check_changes(unit, actor, process, change.answers, options)
    _require_rights(actor, held, columns, labels, change, kickoff)
    if process.archived_at is not None and not _only_unstars(change):
        raise StateRefused("RUN_ARCHIVED", ARCHIVED, path="run")
    if process.process_issues > 0 and (kickoff.answers or kickoff.problems):
        raise StateRefused("PROCESS_HAS_OPEN_ISSUE", LOCKED, path="prerun")
    every = [*problems, *_problems(unit, actor, process, columns, change), *kickoff.problems]
    if every:
        return Changed(process=process, problems=tuple(every), warnings=kickoff.warnings)
    after = _write(unit, actor, process, change, columns, kickoff, labels)
    if columns.get("public"):
        share(unit, secrets, process.id)
    if kickoff.answers and process.kickoff_completed_at is not None:
        after = resubmitted(unit, actor, after, [one.field.id for one in kickoff.answers], secrets)
    return Changed(process=after, warnings=kickoff.warnings)


def _columns(process: Process, change: ProcessChange) -> dict[str, Any]:
    """The columns that would really change; lists of people compare as sets."""
    columns = {name: value for name, value in change.columns.items() if value != getattr(process, name)}
    if change.members is not UNSET and set(change.members) != set(process.members):
        columns["members"] = list(dict.fromkeys(change.members))
    if change.groups is not UNSET and set(change.groups) != set(process.groups):
        columns["groups"] = list(dict.fromkeys(change.groups))
    return columns


def _only_unstars(change: ProcessChange) -> bool:
    lists = (change.members, change.groups, change.tags, change.folders)
    return change.starred is False and not change.columns and not change.answers and all(x is UNSET for x in lists)


def _label_changes(unit: Unit, process: Process, change: ProcessChange) -> dict[str, list[str]]:
    """The label lists that would really change, by name."""
    found = {}
    if change.tags is not UNSET and set(change.tags) != set(tag_ids_of(unit, "process", [process.id])[process.id]):
        found["tags"] = change.tags
    if change.folders is not UNSET:
        present = folder_ids_of(unit, "process", [process.id])[process.id]
        if set(change.folders) != set(present):
            found["folders"] = change.folders
    return found


def _require_rights(
    actor: Actor,
    held: HeldProcess,
    columns: Mapping[str, Any],
    labels: Mapping[str, Any],
    change: ProcessChange,
    kickoff: Changes,
) -> None:
    acts = {_ACTS.get(name, "process.manage") for name in columns}
    if labels:
        acts.add("process.rename")
    if kickoff.answers or kickoff.problems:
        acts.add("process.answer")
    if change.starred is not UNSET:
        acts.add("process.star")
    require_process_acts(actor, held, sorted(acts), NO_RIGHT)


def _problems(
    unit: Unit, actor: Actor, process: Process, columns: Mapping[str, Any], change: ProcessChange
) -> list[Problem]:
    """Owners, people, labels and parent that do not exist; nothing is asked that was not sent.

    Whoever is on the process already may be sent back, even if he was disabled since.
    """
    problems: list[Problem] = []
    owner = columns.get("owner_id")
    members = columns.get("members", [])
    wanted = [*members, *([owner] if owner is not None else [])]
    active = set(first_active(unit, wanted)) if wanted else set()
    if owner is not None and owner not in active:
        problems.append(Problem(("owner_id",), "The selected owner_id is invalid."))
    sent = change.members if change.members is not UNSET and members else []
    problems += [
        Problem(("members", str(index)), NOT_ACTIVE)
        for index, one in enumerate(sent)
        if one not in active and one not in process.members
    ]
    listed = change.groups if change.groups is not UNSET and columns.get("groups") else []
    problems += unknown_groups(unit, listed, besides=process.groups)
    if change.tags is not UNSET and change.tags:
        wrong = unknown_tags(unit, change.tags)
        problems += [Problem(("tags", str(index)), "The selected tag is invalid.") for index in wrong]
    if change.folders is not UNSET and change.folders:
        wrong = unknown_folders(unit, change.folders, "process")
        problems += [Problem(("folders", str(index)), "The selected folder is invalid.") for index in wrong]
    if "publicly_hidden" in columns:
        wrong = unknown_hidden(unit, process, columns["publicly_hidden"])
        problems += [Problem(("publicly_hidden_fields", str(index)), NOT_HIDEABLE) for index in wrong]
    if columns.get("parent_id") is not None:
        problems += _parent_problems(unit, actor, process, columns["parent_id"])
    return problems


def unknown_groups(unit: Unit, sent: Sequence[str], besides: Sequence[str] = ()) -> list[Problem]:
    """Groups that do not exist; those in `besides` need not."""
    known = groups_people(unit, sent) if sent else {}
    return [
        Problem(("groups", str(index)), "The selected group does not exist.")
        for index, one in enumerate(sent)
        if one not in known and one not in besides
    ]


def _parent_problems(unit: Unit, actor: Actor, process: Process, parent_id: str) -> list[Problem]:
    """A parent is live, the caller's to see, and not the process itself or one of its descendants."""
    if parent_id != process.id and not is_live_parent(unit, actor, parent_id):
        return [Problem(("parent_id",), NO_PARENT)]
    seen = {process.id}
    at: str | None = parent_id
    while at is not None:
        if at in seen:
            return [Problem(("parent_id",), "A process cannot be its own parent.")]
        seen.add(at)
        parent = unit.one(queries.PROCESS, id=at)
        at = parent.parent_id if parent is not None else None
    return []


def is_live_parent(unit: Unit, actor: Actor, parent_id: str) -> bool:
    """Whether this is a process that the caller may see and that is not archived (spec 10 §6.1)."""
    try:
        return process_to_see(unit, actor, parent_id).process.archived_at is None
    except NotFound:
        return False


def _write(
    unit: Unit,
    actor: Actor,
    process: Process,
    change: ProcessChange,
    columns: dict[str, Any],
    kickoff: Changes,
    labels: Mapping[str, list[str]],
) -> Process:
    _star(unit, actor, process, change)
    events = [
        process_event(
            process.id,
            "updated",
            _verb(name, value),
            field={"owner_id": "owner", "members": "users"}.get(name, _FIELDS.get(name, name)),
            old=shown(getattr(process, name)),
            new=shown(value),
        )
        for name, value in columns.items()
    ]
    events += _write_labels(unit, process, labels)
    answers = kickoff.answers
    saved = save_answers(unit, process.id, process.id, answers, kickoff.stored)
    ids = {one.field_id: one.id for one in saved}
    write_known(unit, kickoff.files, answers)
    events += [
        process_event(
            process.id,
            "answered",
            "updated",
            field="prerun",
            old={"field_id": one.field.id, "label": one.field.label, "value": one.old},
            new={
                "field_id": one.field.id,
                "label": one.field.label,
                "value": one.value,
                "id": ids.get(one.field.id),
            },
        )
        for one in answers
    ]
    if not events:
        return process
    row = {**columns, "updated_at": unit.now, "revision": process.revision + 1}
    after = msgspec.structs.replace(process, **row)
    if "name" in columns:
        row["folded"] = fold(columns["name"], 2200)
    unit.patch(queries.PATCH_PROCESS, row, id=process.id)
    if "summary" in columns:
        note_texts(unit, actor, "process", [(process.id, columns["summary"])], process.summary)
    _involve(unit, process, columns)
    unit.record(events)
    return after


def _verb(name: str, value: Any) -> str:
    """The verb of spec 10 §8.4 for a change of this column."""
    if name in ("owner_id", "members", "groups"):
        return "owners-updated"
    if name == "public":
        return "enabled" if value else "disabled"
    return "updated"


def _star(unit: Unit, actor: Actor, process: Process, change: ProcessChange) -> None:
    """The caller's own star; personal, so no revision and no event."""
    if change.starred is not UNSET:
        set_star(unit, actor.principal, "process", process.id, on=bool(change.starred))


def _write_labels(unit: Unit, process: Process, labels: Mapping[str, list[str]]) -> list[Event]:
    subject = Subject("process", process.id)
    events = []
    for name, wanted in labels.items():
        changed = set_tags(unit, subject, wanted) if name == "tags" else set_folders(unit, subject, wanted)
        old = {"added": list(changed.added), "removed": list(changed.removed)}
        events.append(process_event(process.id, name, "updated", field=name, old=old, new=list(dict.fromkeys(wanted))))
    return events


def _involve(unit: Unit, process: Process, columns: Mapping[str, Any]) -> None:
    """Keep who may see the process in step with its owner and listed people."""
    if not _INVOLVING & columns.keys():
        return
    present: dict[str, int] = dict(unit.all(queries.INVOLVED, subject=process.id))
    after = dict(present)

    def replace(before: set[str], now: set[str], reason: Reason) -> None:
        for who in before - now:
            after[who] = after.get(who, 0) & ~reason
        for who in now:
            after[who] = after.get(who, 0) | reason

    if "owner_id" in columns:
        replace({member(process.owner_id)}, {member(columns["owner_id"])}, Reason.OWNER)
    listed_before = {*map(member, process.members), *map(group, process.groups)}
    listed_now = {
        *map(member, columns.get("members", process.members)),
        *map(group, columns.get("groups", process.groups)),
    }
    replace(listed_before, listed_now, Reason.LISTED)
    changed = {who: bits for who, bits in after.items() if present.get(who) != bits}
    save_involvements(unit, process.id, {who: bits for who, bits in changed.items() if bits})
    for who in (who for who, bits in changed.items() if not bits):
        unit.write(queries.DROP_INVOLVEMENT, subject=process.id, principal=who)
