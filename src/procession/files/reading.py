"""Files by id, by what they belong to, by where they are used: one query each."""

from collections.abc import Iterable

from procession.files import queries
from procession.files.model import TEXT, File, SubjectKind, Use
from procession.kernel.unit import Unit


def file_by_id(unit: Unit, file_id: str, *, lock: bool = False) -> File | None:
    """The file, archived or not."""
    return unit.one(queries.FILE_LOCKED if lock else queries.FILE, id=file_id)


def files_by_id(unit: Unit, ids: Iterable[str], *, hold: bool = False) -> dict[str, File]:
    """Those of the files that exist. `hold`, for commands: nobody may delete them before the commit."""
    wanted = sorted(set(ids))
    query = queries.FILES_HELD if hold else queries.FILES
    return {one.id: one for one in unit.all(query, ids=wanted)} if wanted else {}


def locked_files(unit: Unit, ids: Iterable[str]) -> dict[str, File]:
    """Those of the files that exist, locked: nobody else may say where they belong before the commit."""
    wanted = sorted(set(ids))
    return {one.id: one for one in unit.all(queries.FILES_LOCKED, ids=wanted)} if wanted else {}


def uses_of(unit: Unit, ids: Iterable[str]) -> dict[str, list[Use]]:
    """Where each of these files is used. Every id has an entry."""
    found: dict[str, list[Use]] = {one: [] for one in ids}
    if found:
        for use in unit.all(queries.USES, ids=list(found)):
            found[use.file_id].append(use)
    return found


def uses_by(unit: Unit, holder_id: str) -> list[Use]:
    """The files that one holder uses."""
    return unit.all(queries.USES_BY, holders=[holder_id])


def files_of_subjects(unit: Unit, kind: SubjectKind, ids: Iterable[str]) -> dict[str, list[File]]:
    """The live files of each of these subjects, oldest first. Every id has an entry."""
    found: dict[str, list[File]] = {one: [] for one in ids}
    if found:
        for file in unit.all(queries.OF_SUBJECTS, kind=kind, subjects=list(found)):
            found[file.subject_id or ""].append(file)
    return found


def files_of_tasks(unit: Unit, ids: Iterable[str]) -> dict[str, list[File]]:
    """The live files uploaded for each of these tasks, and those its answers or itself name. Every id has an entry."""
    found: dict[str, dict[str, File]] = {one: {} for one in ids}
    if not found:
        return {}
    for file in unit.all(queries.OF_TASKS, tasks=list(found)):
        found[file.task_id or ""][file.id] = file
    _add_used(unit, found)
    return {one: list(files.values()) for one, files in found.items()}


def files_of_processes(unit: Unit, ids: Iterable[str]) -> dict[str, list[File]]:
    """The live files of each of these processes: its own, its tasks', those its kick-off answers name."""
    found: dict[str, dict[str, File]] = {one: {} for one in ids}
    if not found:
        return {}
    for file in unit.all(queries.OF_PROCESSES, processes=list(found)):
        found[file.process_id or ""][file.id] = file
    _add_used(unit, found)
    return {one: list(files.values()) for one, files in found.items()}


def _add_used(unit: Unit, found: dict[str, dict[str, File]]) -> None:
    uses = [one for one in unit.all(queries.USES_BY, holders=list(found)) if one.field_id != TEXT]
    missing = [one.file_id for one in uses if one.file_id not in found[one.holder_id]]
    files = files_by_id(unit, missing)
    for use in uses:
        file = files.get(use.file_id)
        if file is not None and file.archived_at is None:
            found[use.holder_id][file.id] = file


def uploaded_by(unit: Unit, principal: str, most: int) -> list[File]:
    """What somebody uploaded or linked, the newest first, `most` of it."""
    return unit.all(queries.UPLOADED_BY, principal=principal, count=most)
