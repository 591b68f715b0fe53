"""Processes: list, read, update, archive, restore, kick-off form.

Update process is the first of the two founding calls (spec 10 §8).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from procession.api import run_includes
from procession.api.cursors import cursor_meta, read_cursor
from procession.api.custom_fields import CUSTOM, read_merge
from procession.api.echoed import HEX
from procession.api.endpoint import Call, Reply, operation
from procession.api.notes import NOTE, leave_process_note
from procession.api.past import WHEN, read_past, telling
from procession.api.public_links import public_addresses
from procession.api.reading import Member, Shape, Wrong, boolean, items, raw, read_integer, text
from procession.api.run_search import PARAMETERS, read_tracker_search
from procession.api.tasks import DONE, options, warn
from procession.engine.answers import read_answers_container
from procession.engine.model import Problem
from procession.engine.richtext import clean
from procession.engine.work import Process
from procession.kernel.ids import read_id
from procession.kernel.paging import read_page
from procession.labels.model import Record
from procession.wire.paging import paged
from procession.wire.paths import task_path
from procession.wire.run import Run, RunBeside, run
from procession.work import access, archive, customizing, processes, submission
from procession.work.force import force_complete
from procession.work.process_lists import ProcessSearch, process_page, process_walk
from procession.work.process_reading import beside_processes
from procession.work.refilling import plan_refill, write_refill

RUN = "/organizations/{org}/runs/{run}"
PRERUN = {"$ref": "#/components/schemas/prerunInput"}
MEMBER_ID = {"type": ["integer", "string"]}


def member_id() -> Member:
    """A member: integer or numeric string."""

    def read(name: str, value: Any) -> Any:
        number = read_integer(value)
        if number is None:
            raise Wrong(f"The selected {name} is invalid.")
        return number

    return Member(read=read, schema=MEMBER_ID)


def people(kind: str) -> Member:
    """A list of members or groups: ids, numeric strings, or objects that carry one (spec 10 §8.1)."""

    def read(name: str, value: Any) -> Any:
        listed = items().read(name, value)
        if listed is UNSET:
            return UNSET
        found = []
        for index, one in enumerate(listed):
            bare = one.get("id", one.get(f"{kind}_id")) if isinstance(one, dict) else one
            known = read_integer(bare) if kind == "user" else read_id(bare)
            if known is None:
                raise Wrong(f"The {name}.{index} is invalid.")
            found.append(known)
        return found

    return Member(read=read, schema={"type": "array", "items": MEMBER_ID if kind == "user" else HEX})


def parent_id() -> Member:
    """A process, or null for none."""

    def read(name: str, value: Any) -> Any:
        if value is None:
            return None
        known = read_id(value)
        if known is None:
            raise Wrong(f"The selected {name} is invalid.")
        return known

    return Member(read=read, schema={"type": ["string", "null"]})


def label_ids() -> Member:
    """A list of tag or folder ids; upper case is lowered."""

    def read(name: str, value: Any) -> Any:
        listed = items().read(name, value)
        return listed if listed is UNSET else [read_id(one) or "" for one in listed]

    return Member(read=read, schema={"type": "array", "items": HEX})


def hidden_fields() -> Member:
    """Sections and fields that the public page keeps back; sections have other names, too (spec 10 §15.2)."""

    def read(name: str, value: Any) -> Any:
        listed = items().read(name, value)
        if listed is UNSET:
            return UNSET
        return list(dict.fromkeys(_hidden(one) for one in listed))

    return Member(read=read, schema={"type": "array", "items": {"type": "string"}})


def _hidden(one: Any) -> str:
    word = one.strip().lower().replace("-", "_") if isinstance(one, str) else ""
    return {"captures": "form_fields", "owners": "assignees"}.get(word, word)


LONGEST_NAME = 550
COMMON: dict[str, Member] = {
    "summary": text(60_000, blank="keep", strip=False, clean=clean, aliases=("description",)),
    "owner_id": member_id(),
    "tags": label_ids(),
    "folders": label_ids(),
    "prerun": raw(PRERUN),
    "starred": boolean(),
    "is_public": boolean(),
    "publicly_hidden_fields": hidden_fields(),
    "users": people("user"),
    "groups": people("group"),
    "assign_someone_else": boolean(),
    "parent_id": parent_id(),
    "custom_fields": CUSTOM,
}
UPDATE_RUN = Shape(
    "createRunInput",
    {
        "name": text(LONGEST_NAME, aliases=("title",)),
        **COMMON,
        "can_add_oot": boolean(),
        "roles": raw({"type": ["object", "array"]}),
        **telling(*WHEN),
    },
)
"""One published definition serves launch and update (SEED-10): the document adds their members up."""
COLUMNS = {
    "name": "name",
    "summary": "summary",
    "owner_id": "owner_id",
    "is_public": "public",
    "publicly_hidden_fields": "publicly_hidden",
    "assign_someone_else": "assign_someone_else",
    "can_add_oot": "adhoc_tasks",
    "parent_id": "parent_id",
}
ACTS = {
    "name": "process.rename",
    "tags": "process.rename",
    "folders": "process.rename",
    "summary": "process.notes",
    "is_public": "process.publish",
    "kickoff": "process.answer",
    "custom_fields": "custom_field.process",
    **dict.fromkeys(
        (
            "owner_id",
            "users",
            "groups",
            "assign_someone_else",
            "can_add_oot",
            "parent_id",
            "publicly_hidden_fields",
            "roles",
        ),
        "process.manage",
    ),
}
"""The right that a member asks for which cannot even be read: 403 goes before 422 (ERR-03)."""
ITEM = ("with", "form_fields_values", "owners_format")
WRITE = (*ITEM, "strict", "match", "coerce")


@operation("GET", "/organizations/{org}/runs", id="listRuns", acts=("process.see",), query=PARAMETERS,
           answer=list[Run], tag="Processes")  # fmt: skip
def list_runs(call: Call) -> Reply:
    """List processes the caller may see, newest first."""
    wanted = read_tracker_search(call)
    page = read_page(call.query, 10, 100)
    if "cursor" in call.query:
        return _walked(call, wanted, page.size)
    found = process_page(call.unit, call.actor, wanted, page)
    return Reply(body=paged(present_all(call, found.processes), page, found.total, call.links))


def _walked(call: Call, wanted: ProcessSearch, size: int) -> Reply:
    """The next rows of a walk, by creation: newest first unless `sort` asks for the oldest (spec 00 PAG-05)."""
    order, after = read_cursor(call)
    rows = process_walk(call.unit, call.actor, msgspec.structs.replace(wanted, order=order), size + 1, after)
    last = rows[size - 1].number if len(rows) > size else None
    shown = present_all(call, rows[:size])
    return Reply(body={"data": shown, "meta": {"cursor": cursor_meta(order, last, len(shown), size)}})


@operation("GET", RUN, id="getRun", acts=("process.see",), query=ITEM, answer=Run, tag="Processes", brief=True)
def get_run(call: Call) -> Reply:
    """Read one process."""
    held = access.process_to_see(call.unit, call.actor, call.path_id("run"))
    return present(call, held.process)


@operation(
    "PUT",
    RUN,
    id="updateRun",
    acts=(
        "process.rename",
        "process.notes",
        "process.manage",
        "process.publish",
        "process.answer",
        "process.star",
        "custom_field.process",
    ),
    body=UPDATE_RUN,
    query=WRITE,
    answer=Run,
    statuses=(412,),
    tag="Processes",
    also=(("PATCH", RUN),),
    brief=True,
)
def update_run(call: Call) -> Reply:
    """Update a process: only the members sent change; lists replace, kick-off answers merge by field."""
    held = access.process_for_update(call.unit, call.actor, call.path_id("run"), answers="prerun" in call.body)
    call.require_fresh(held.process.revision, held.process.updated_at)
    problems: list[Problem] = []
    body = UPDATE_RUN.read(call.body, problems, strict=bool(call.query.flag("strict")))
    refill = plan_refill(call.unit, call.actor, held, read_roles(call.body.get("roles"), problems))
    problems += refill.problems
    change = _change(call.body, body, problems)
    if call.actor.imports:
        change = _told(call, held.process, change, body, problems)
    customized = read_merge(call, "process", body.get("custom_fields"), problems, Record("process", held.process.id))
    if customized:
        access.require_process_acts(call.actor, held, ("custom_field.process",), processes.NO_RIGHT)
    refused = {ACTS[one.path[0]] for one in problems if one.path[0] in ACTS}
    refused |= {"process.manage"} if refill.moved or refill.rows else set()
    access.require_process_acts(call.actor, held, sorted(refused), processes.NO_RIGHT)
    done = processes.change_process(call.unit, call.actor, held, change, problems, options(call), call.secrets)
    warn(call, done.warnings)
    call.raise_problems(done.problems, task_path)
    process = write_refill(call.unit, done.process, refill, call.secrets)
    return present(call, customizing.customize_process(call.unit, process, customized), plain=True)


@operation("DELETE", RUN, id="archiveRun", acts=("process.archive",), query=ITEM, answer=Run, tag="Processes",
           also=(("POST", f"{RUN}/archive"), ("PUT", f"{RUN}/archive")))  # fmt: skip
def archive_run(call: Call) -> Reply:
    """Archive a process with its tasks."""
    held = access.process_for_update(call.unit, call.actor, call.path_id("run"))
    access.require_process_acts(call.actor, held, ("process.archive",))
    return present(call, archive.archive(call.unit, held))


@operation("PUT", f"{RUN}/activate", id="activateRun", acts=("process.archive",), query=ITEM, answer=Run,
           tag="Processes", also=(("PUT", f"{RUN}/restore"),))  # fmt: skip
def activate_run(call: Call) -> Reply:
    """Restore an archived process with its tasks."""
    held = access.process_for_update(call.unit, call.actor, call.path_id("run"))
    access.require_process_acts(call.actor, held, ("process.archive",))
    return present(call, archive.activate(call.unit, held))


@operation("DELETE", f"{RUN}/delete", id="deleteRun", acts=("process.delete",), tag="Processes")
def delete_run(call: Call) -> Reply:
    """Delete an archived process for good. The answer is empty."""
    held = access.process_for_update(call.unit, call.actor, call.path_id("run"))
    access.require_process_acts(call.actor, held, ("process.delete",), "Administrators only.")
    archive.delete(call.unit, held)
    return Reply()


FORCE = Shape("completeRunInput", {"force": boolean(null=False), "comment": NOTE, **telling(*DONE)})


@operation("POST", f"{RUN}/complete", id="completeRun", acts=("process.force_complete",), body=FORCE, query=ITEM,
           answer=Run, tag="Processes")  # fmt: skip
def complete_run(call: Call) -> Reply:
    """Complete a process at once; without `force`, tell what is open in it."""
    held = access.process_for_update(call.unit, call.actor, call.path_id("run"))
    access.require_process_acts(call.actor, held, ("process.force_complete",))
    problems: list[Problem] = []
    body = FORCE.read(call.body, problems)
    past = read_past(call, body, problems, *DONE)
    call.raise_problems(problems, task_path)
    done = force_complete(call.unit, call.actor, held, force=body.get("force", False), past=past)
    leave_process_note(call, done, body.get("comment"))
    return present(call, done)


KICKOFF = Shape("completePrerunInput", {"prerun": raw(PRERUN)})


@operation("POST", f"{RUN}/complete-prerun", id="completePrerun", acts=("process.answer",), body=KICKOFF, query=WRITE,
           answer=Run, tag="Processes")  # fmt: skip
def complete_prerun(call: Call) -> Reply:
    """Complete the kick-off form."""
    held = access.process_for_update(call.unit, call.actor, call.path_id("run"))
    problems: list[Problem] = []
    sent = call.body.get("prerun", call.body.get("prerun_data"))
    change = processes.ProcessChange(answers=prerun(sent, problems))
    call.raise_problems(problems, task_path)
    done = submission.complete_kickoff(call.unit, call.actor, held, change, options(call), call.secrets)
    warn(call, done.warnings)
    call.raise_problems(done.problems, task_path)
    return present(call, done.process)


@operation("DELETE", f"{RUN}/complete-prerun", id="reopenPrerun", acts=("process.answer",), query=ITEM, answer=Run,
           tag="Processes")  # fmt: skip
def reopen_prerun(call: Call) -> Reply:
    """Reopen the kick-off form; its answers stay."""
    held = access.process_for_update(call.unit, call.actor, call.path_id("run"))
    return present(call, submission.reopen_kickoff(call.unit, call.actor, held))


def _change(sent: Mapping[str, Any], body: Mapping[str, Any], problems: list[Problem]) -> processes.ProcessChange:
    return processes.ProcessChange(
        columns={ours: body[wire] for wire, ours in COLUMNS.items() if wire in body},
        members=body.get("users", UNSET),
        groups=body.get("groups", UNSET),
        tags=body.get("tags", UNSET),
        folders=body.get("folders", UNSET),
        answers=prerun(body.get("prerun", sent.get("prerun_data")), problems),
        starred=body.get("starred", UNSET),
    )


def _told(
    call: Call, process: Process, change: processes.ProcessChange, body: Mapping[str, Any], problems: list[Problem]
) -> processes.ProcessChange:
    """The change with the dates that a caller in import mode tells (spec 50 IMP-03)."""
    past = read_past(call, body, problems, *WHEN)
    if past.completed_at is not None and process.completed_at is None:
        problems.append(Problem(("completed_at",), "This process is not completed."))
    said = {name: at for name in WHEN if (at := getattr(past, name)) is not None}
    return msgspec.structs.replace(change, columns={**change.columns, **said})


def prerun(value: Any, problems: list[Problem]) -> Mapping[str, object]:
    """Kick-off answers in any of their containers (spec 10 §6.3)."""
    found = read_answers_container(value)
    if found is None:
        problems.append(Problem(("kickoff",), "prerun must be an object keyed by kick-off field id"))
        return {}
    return found


def read_roles(value: Any, problems: list[Problem]) -> dict[str, Any]:
    """People by job title: an object, or a list of objects in either of two forms (spec 10 §6.1)."""
    found: dict[str, Any] = {}
    if value is None:
        return found
    listed = value if isinstance(value, list) else [value]
    for index, one in enumerate(listed):
        if not isinstance(one, dict):
            problems.append(Problem(("roles",), "The roles must be an object keyed by job title id."))
            return found
        named = {str(one.get("id", one.get("role_id", index))): one} if {"id", "role_id"} & one.keys() else one
        for key, people_ in named.items():
            if isinstance(people_, dict):
                found[read_id(key) or key] = people_
            else:
                problems.append(Problem(("roles", key), "The job title must be an object of users, guests and groups."))
    return found


def present(call: Call, process: Process, *, status: int = 200, plain: bool = False) -> Reply:
    """The whole process. `plain`: tags and folders as lists of ids, unless the includes were asked for (PUT-14)."""
    shown = present_all(call, [process], plain=plain)[0]
    return Reply(body={"data": shown}, status=status, revision=process.revision)


def present_all(call: Call, found: Sequence[Process], *, plain: bool = False) -> list[Run]:
    """Present processes with the includes that were asked for, each by one batch."""
    run_includes.announce(call, found, plain=plain)
    read = beside_processes(call.unit, call.actor, found)
    beside = RunBeside(
        answers=read.answers,
        assigned=read.assigned,
        counts=read.counts,
        starred=read.starred,
        organization_id=call.unit.organization_id,
        own=read.own,
        custom=read.custom,
        links=public_addresses(call, found),
    )
    includes = run_includes.load(call, found, plain=plain)
    return [run(process, beside, call.actor, **includes.get(process.id, {})) for process in found]
