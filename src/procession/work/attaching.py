"""Files in answers, and linked to tasks: which may be named, what is stored of them (spec 20 §8.11, §7.2)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec
from msgspec import UNSET

from procession.engine.attachments import NO_FILE, file_ids, with_ids
from procession.engine.model import Field, Problem
from procession.engine.task_update import TaskFacts, find_field
from procession.engine.work import Answered, FieldAnswer, Task, TaskChange
from procession.files.keeping import file_event, note_uses, placed, write_places
from procession.files.model import File, Place, Subject
from procession.files.reading import files_by_id, uses_of
from procession.kernel.ids import read_id
from procession.kernel.unit import Event, Unit
from procession.people.model import Actor
from procession.work.file_access import readable


class FileWords(msgspec.Struct, frozen=True):
    """How clients speak of files. `show`: a file as answers keep it; `id_of`: the file a download link leads to."""

    show: Callable[[File], dict[str, Any]]
    id_of: Callable[[str], str | None]


class KnownFiles(msgspec.Struct, frozen=True):
    """`answers`: as sent, links to our own files read as their ids. `by_id`: the files they may name, to be stored.

    `placed`: those of them that belong to nothing yet, as they will be once an answer names them.
    """

    answers: Mapping[str, object]
    by_id: Mapping[str, dict[str, Any]] = {}
    placed: Mapping[str, File] = {}


def task_place(task: Task) -> Place:
    """Where a file of this task belongs: to its process for a step's task, to the task itself otherwise."""
    in_process = task.process_id is not None and not task.oneoff
    return Place(
        subject=Subject("process", task.process_id or "") if in_process else Subject("task", task.id),
        uploaded_from="task",
        process_id=task.process_id,
        task_id=task.id,
        step_id=task.step_id,
    )


def kickoff_place(process_id: str) -> Place:
    """Where a file of a running kick-off form belongs."""
    return Place(subject=Subject("process", process_id), uploaded_from="ko_field", process_id=process_id)


def know_files(
    unit: Unit,
    actor: Actor,
    answers: Mapping[str, object],
    field_of: Callable[[str], Field | None],
    stored: Iterable[Answered],
    place: Place,
    words: FileWords | None,
) -> KnownFiles:
    """Look up the files that answers name; no query when they name none.

    An answer may go on naming what it names, and may newly name live files that the caller may read.
    """
    fields = {key: field for key in answers if (field := field_of(key)) is not None and field.kind == "file"}
    if words is None or not fields:
        return KnownFiles(answers)
    read = {key: with_ids(answers[key], words.id_of) for key in fields}
    ids = {key: [one for one in file_ids(value) if read_id(one)] for key, value in read.items()}
    every = {one for named in ids.values() for one in named}
    if not every:
        return KnownFiles({**answers, **read})
    present = {one for answer in stored for one in file_ids(answer.value)}
    found = files_by_id(unit, every, hold=True)
    fresh = [one for one in found.values() if one.id not in present and one.archived_at is None]
    allowed = readable(unit, actor, fresh) | (present & found.keys())
    known = {one: file for one, file in found.items() if one in allowed}
    at = _placed(unit, known, {fields[key].id: named for key, named in ids.items()}, place)
    shown = {one: words.show(at.get(one, file)) for one, file in known.items()}
    return KnownFiles({**answers, **read}, shown, at)


def _placed(unit: Unit, known: Mapping[str, File], ids: Mapping[str, Sequence[str]], place: Place) -> dict[str, File]:
    """Where the files that belong to nothing will belong: to the first field that names them."""
    at: dict[str, File] = {}
    for field_id, named in ids.items():
        loose = [known[one] for one in named if one in known and known[one].subject_id is None and one not in at]
        if loose:
            here = msgspec.structs.replace(place, uploaded_from=field_id)
            at |= {one.id: one for one in placed(unit, loose, here)}
    return at


def write_known(unit: Unit, known: KnownFiles, answers: Iterable[FieldAnswer]) -> None:
    """Write where the files belong that these answers, just saved, name."""
    if known.placed:
        named = {one for answer in answers for one in file_ids(answer.value)}
        write_places(unit, [file for one, file in known.placed.items() if one in named])


class Attached(msgspec.Struct, frozen=True):
    """What a change of a task attaches: files in answers, and one to link to the task itself, or why that cannot be."""

    known: KnownFiles = KnownFiles({})
    link: File | None = None
    problems: tuple[Problem, ...] = ()


NOTHING = Attached()


def attached(
    unit: Unit,
    actor: Actor,
    task: Task,
    change: TaskChange,
    facts: TaskFacts,
    stored: Sequence[Answered],
    words: FileWords | None,
) -> Attached:
    """Look up the files of a change; no query when it has none."""
    known = KnownFiles(change.answers)
    if any(one.kind == "file" for one in facts.fields):
        find = partial(find_field, facts)
        known = know_files(unit, actor, change.answers, find, stored, task_place(task), words)
    if change.file is UNSET:
        return Attached(known) if known.by_id or known.answers is not change.answers else NOTHING
    wanted = read_id(change.file.id)
    found = files_by_id(unit, [wanted], hold=True).get(wanted) if wanted else None
    if found is None or found.archived_at is not None or not readable(unit, actor, [found]):
        return Attached(known, problems=(Problem(("file_id",), NO_FILE),))
    if change.file.subject_id not in (None, task.id, task.process_id, found.subject_id):
        return Attached(known, problems=(Problem(("subject_id",), "The selected subject id is invalid."),))
    if any(one.holder_id == task.id and one.field_id == "" for one in uses_of(unit, [found.id])[found.id]):
        return Attached(known)
    return Attached(known, placed(unit, [found], task_place(task))[0] if found.subject_id is None else found)


def write_attached(unit: Unit, task: Task, attached: Attached, answers: Iterable[FieldAnswer]) -> list[Event]:
    """Write where files belong now; link the one that is to be linked, and tell of it."""
    write_known(unit, attached.known, answers)
    file = attached.link
    if file is None:
        return []
    write_places(unit, [file])
    note_uses(unit, "task", task.id, [("", frozenset(), frozenset((file.id,)))])
    return [file_event(file, "attached", "linked", new={"task_id": task.id})]
