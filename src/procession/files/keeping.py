"""Files come, find their place in answers, and go: rows and events here, bytes through jobs.

Nothing here asks who may: callers hold a `Subject` or a file they were let through to.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from procession.files import queries
from procession.files.model import File, HolderKind, Incoming, Link, Place, Subject, Use, key
from procession.kernel.errors import Invalid
from procession.kernel.ids import new_id
from procession.kernel.unit import Event, Unit

REMOVE = "files.remove"
"""The job that deletes bytes; its payload holds their keys."""


def file_event(file: File, kind: str, verb: str, **more: Any) -> Event:
    """An event of this file."""
    return Event(
        kind=f"file.{kind}",
        verb=verb,
        subject_kind="file",
        subject_id=file.id,
        process_id=file.process_id,
        field="file",
        **more,
    )


def _left_event(process_id: str, file: File) -> Event:
    """A file is in this process no longer. Nobody reads it: by it the process's feed finds what became of the file."""
    return Event(
        kind="process.file_left",
        verb="file-left",
        subject_kind="process",
        subject_id=process_id,
        process_id=process_id,
        field=file.id,
        shown=False,
    )


def require_room(unit: Unit, size: int, quota: int | None) -> None:
    """422 `STORAGE_FULL` when the organization's files would have more than `quota` bytes; links do not count.

    Nothing is asked where there is no quota (spec 20 §20.5).
    """
    if quota is None:
        return
    unit.lock(f"storage:{unit.organization_id}")
    kept = unit.one(queries.STORED_BYTES) or 0
    if kept + size > quota:
        text = f"Your organization may keep {quota // 1024**3} GiB of files; delete some first."
        raise Invalid({"name": [text]}, code="STORAGE_FULL")


def keep(
    unit: Unit,
    place: Place,
    incoming: Incoming | Link,
    system: str | None,
    *,
    at: datetime | None = None,
    by: str | None = None,
) -> File:
    """Record a file whose bytes are in the store, or a link to one elsewhere; tells of it (spec 20 §20.3).

    `at`, `by`: when it was uploaded and by which principal, if not now by the unit's.
    """
    subject = place.subject
    linked = isinstance(incoming, Link)
    file = File(
        id=new_id() if isinstance(incoming, Link) else incoming.id,
        filename=incoming.filename,
        version=_versions(unit, place, [incoming.filename])[0],
        uploaded_from=place.uploaded_from,
        uploaded_at=at or unit.now,
        uploaded_by=by or unit.principal,
        source=incoming.source if isinstance(incoming, Link) else "local",
        system=system,
        url=incoming.url if isinstance(incoming, Link) else None,
        size=None if isinstance(incoming, Link) else incoming.size,
        content_type=None if isinstance(incoming, Link) else incoming.content_type,
        sha256=None if isinstance(incoming, Link) else incoming.sha256,
        subject_kind=subject.kind if subject else None,
        subject_id=subject.id if subject else None,
        process_id=place.process_id,
        task_id=place.task_id,
        step_id=place.step_id,
        archived_at=None,
        revision=1,
    )
    unit.write(queries.INSERT_FILE, **msgspec.structs.asdict(file))
    unit.record([file_event(file, "linked" if linked else "uploaded", "uploaded", new=msgspec.to_builtins(file))])
    return file


def _versions(unit: Unit, place: Place, names: Sequence[str]) -> list[int]:
    """The next versions of files of these names at one place; 1 each where there is no subject to count by."""
    if place.subject is None:
        return [1] * len(names)
    subject = place.subject.id
    unit.lock(f"files:{unit.organization_id}:{subject}")
    rows = unit.all(
        queries.LAST_VERSIONS, subject=subject, uploaded_from=place.uploaded_from, names=list(dict.fromkeys(names))
    )
    last: dict[str, int] = dict(rows)
    found = []
    for name in names:
        last[name] = last.get(name, 0) + 1
        found.append(last[name])
    return found


def placed(unit: Unit, files: Sequence[File], place: Place) -> list[File]:
    """These files, which belong to nothing yet, as they will be at `place`; nothing is written."""
    assert place.subject is not None
    found = []
    for uploaded_from in dict.fromkeys(one.uploaded_from or place.uploaded_from for one in files):
        at = msgspec.structs.replace(place, uploaded_from=uploaded_from)
        here = [one for one in files if (one.uploaded_from or place.uploaded_from) == uploaded_from]
        versions = _versions(unit, at, [one.filename for one in here])
        found += [
            msgspec.structs.replace(
                one,
                version=version,
                uploaded_from=uploaded_from,
                subject_kind=place.subject.kind,
                subject_id=place.subject.id,
                process_id=place.process_id,
                task_id=place.task_id,
                step_id=place.step_id,
                revision=one.revision + 1,
            )
            for one, version in zip(here, versions, strict=True)
        ]
    return found


def write_places(unit: Unit, files: Iterable[File]) -> None:
    """Write where these files, which belonged to nothing, belong now."""
    unit.write_many(queries.PLACE, [_row(one) for one in files])


def _row(file: File) -> dict[str, Any]:
    names = ("version", "uploaded_from", "subject_kind", "subject_id", "process_id", "task_id", "step_id")
    return {"file": file.id, **{name: getattr(file, name) for name in names}}


def take_in(unit: Unit, files: Sequence[File], place: Place) -> None:
    """These files, locked, belong to `place` from now on, wherever they did; tells of it."""
    at = placed(unit, files, place)
    unit.write_many(queries.PLACE_LOCKED, [_row(one) for one in at])
    new = {"subject_kind": place.subject.kind, "subject_id": place.subject.id} if place.subject else {}
    unit.record([file_event(one, "attached", "linked", new=new) for one in at])


def note_uses(
    unit: Unit, kind: HolderKind, holder_id: str, changes: Iterable[tuple[str, frozenset[str], frozenset[str]]]
) -> None:
    """Keep what is known of uses in step with answers: field id, the file ids it named, and those it names now."""
    note_uses_by(unit, kind, ((holder_id, *one) for one in changes))


def note_uses_by(
    unit: Unit, kind: HolderKind, changes: Iterable[tuple[str, str, frozenset[str], frozenset[str]]]
) -> None:
    """As `note_uses`, for several holders at once; each change begins with its holder's id."""
    gone, fresh = [], []
    for holder_id, field_id, before, now in changes:
        gone += [{"holder": holder_id, "field": field_id, "file": one} for one in sorted(before - now)]
        fresh += [
            {"holder_kind": kind, "holder_id": holder_id, "field_id": field_id, "file_id": one}
            for one in sorted(now - before)
        ]
    unit.write_many(queries.DROP_USE, gone)
    unit.write_many(queries.INSERT_USE, fresh)


def archive(unit: Unit, file: File) -> File:
    """Hide a file: its bytes stay, answers go on naming it, nobody downloads it (spec 20 §20.1, §20.5)."""
    if file.archived_at is not None:
        return file
    columns = {"archived_at": unit.now, "revision": file.revision + 1}
    unit.patch(queries.PATCH_FILE, columns, id=file.id)
    unit.record([file_event(file, "archived", "archived")])
    return msgspec.structs.replace(file, **columns)


def delete(unit: Unit, files: Sequence[File]) -> None:
    """Delete rows and uses; once that is committed, a job deletes the bytes."""
    if not files:
        return
    unit.write(queries.DELETE_FILES, ids=[one.id for one in files])
    unit.record([file_event(one, "deleted", "deleted", old=msgspec.to_builtins(one)) for one in files])
    unit.record([_left_event(one.process_id, one) for one in files if one.process_id is not None])
    keys = [key(unit.organization_id, one.id) for one in files if one.stored]
    if keys:
        unit.enqueue(REMOVE, {"keys": keys})


def hand_over_uploads(unit: Unit, gone: str, heir: str) -> None:
    """What one person uploaded is another's: the two turned out to be one (spec 40 §14.3, §14.6)."""
    unit.write(queries.MOVE_UPLOADS, gone=gone, heir=heir)


def delete_with(unit: Unit, holders: Sequence[str]) -> None:
    """These processes and tasks go for good: so do the files that belong to them and are used nowhere else.

    A file that another answer or text names stays, and belongs from now on to its holder (spec 20 §14, 10 §9.3).
    """
    unit.write(queries.DROP_USES_BY, holders=list(holders))
    let_go(unit, unit.all(queries.BELONGING, subjects=list(holders)))


def let_go(unit: Unit, mine: Sequence[File]) -> None:
    """Delete these files, but for those that an answer or a text names: they belong to its holder from now on."""
    if not mine:
        return
    elsewhere: dict[str, Use] = {one.file_id: one for one in unit.all(queries.USES, ids=[one.id for one in mine])}
    moved = [(one, elsewhere[one.id]) for one in mine if one.id in elsewhere]
    unit.write_many(queries.REHOME, [_home(one, use) for one, use in moved])
    delete(unit, [one for one in mine if one.id not in elsewhere])


def _home(file: File, use: Use) -> dict[str, Any]:
    return {
        "file": file.id,
        "subject_kind": use.holder_kind,
        "subject_id": use.holder_id,
        "process_id": use.holder_id if use.holder_kind == "process" else None,
        "task_id": use.holder_id if use.holder_kind == "task" else None,
    }


def move_with(unit: Unit, task_id: str, process_id: str | None) -> None:
    """The task stands in this process now, or in none: its files go with it, and belong to it (spec 10 §11.3)."""
    unit.write(queries.MOVE, task=task_id, process=process_id)


def subject_of(file: File) -> Subject | None:
    """What the file belongs to."""
    if file.subject_kind is None or file.subject_id is None:
        return None
    return Subject(file.subject_kind, file.subject_id)
