"""What happened, as what has to be indexed anew: one statement, and only when an indexed text changed."""

from collections.abc import Sequence

from procession.kernel.unit import Event, Unit
from procession.search import queries

COMMENTS = frozenset({"commented", "issue_reported", "issue_resolved", "comment_updated", "comment_deleted"})
TASK = frozenset({"created", "deleted", "linked", "unlinked", "tagged", "restored"}) | COMMENTS
TASK_COLUMNS = frozenset({"title", "summary", "confidential", "own_fields", "template_id", "linked_step_id"})
PROCESS = frozenset({"answered", "tags", "tagged", "task_left"}) | COMMENTS
PROCESS_COLUMNS = frozenset({"name", "summary"})
WHOLE = frozenset({"created", "deleted", "injected"})
"""A process with all its tasks."""
OTHERS = frozenset({"snippet", "file", "group", "folder"})
EVERYTHING = "everything"
"""A mark for all there is."""
Mark = tuple[str, str]


def mark(unit: Unit, happened: Sequence[Event]) -> None:
    """Note what the events make of the index; the worker takes it from there (`search.following`)."""
    found: dict[Mark, None] = {}
    for event in happened:
        for one in _marks(event):
            found[one] = None
    if not found:
        return
    whole = {subject for kind, subject in found if kind == "whole"}
    homes = {event.subject_id: event.process_id for event in happened if event.subject_kind == "task"}
    rows = [
        {"kind": kind, "subject_id": subject}
        for kind, subject in found
        if not (kind == "process" and subject in whole) and not (kind == "task" and homes.get(subject) in whole)
    ]
    unit.write_many(queries.ADD_CHANGE, rows)


def _marks(event: Event) -> list[Mark]:
    subject = event.subject_kind
    what = event.kind.rpartition(".")[2]
    if subject == "task":
        return _of_task(event, what)
    if subject == "process":
        if what in WHOLE:
            return [("whole", event.subject_id)]
        changed = what in PROCESS or (what == "updated" and event.field in PROCESS_COLUMNS)
        found = [("process", event.subject_id)] if changed else []
        return [*found, ("task", event.field)] if what == "task_left" and event.field else found
    if subject in ("template", "step"):
        return [] if event.kind.startswith("rule.") else [(subject, event.subject_id)]
    if subject in OTHERS:
        return [(subject, event.subject_id)]
    if subject == "tag":
        return [("tag", event.subject_id)]
    if subject in ("member", "guest") and not event.kind.startswith("security."):
        # Whoever was erased was named anywhere, and no event says where (spec 41 §18.4).
        return [(subject, event.subject_id), *([(EVERYTHING, "")] if what == "anonymized" else [])]
    return []


def _of_task(event: Event, what: str) -> list[Mark]:
    home = [("process", event.process_id)] if event.process_id is not None else []
    if what == "answered":
        return home
    if what == "created" and not event.shown:  # with a whole process, or with what another template brought into one
        return []
    if what in TASK or (what == "updated" and event.field in TASK_COLUMNS):
        return [("task", event.subject_id), *home]
    return []
