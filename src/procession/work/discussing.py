"""Comments and issues on tasks and processes (spec 20 §19, 10 §12).

Access has locked what is talked about. Issues of a task stand on the task and count on its process; those of a process
lock it.
"""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from procession.discussions import comments, telling
from procession.discussions.model import Comment, Draft, NewComment, Said, Subject
from procession.engine.mentions import mentioned_guests, mentioned_members
from procession.engine.model import Problem
from procession.engine.work import TaskChange, owners_of
from procession.files.keeping import delete_with
from procession.kernel.errors import Forbidden, NotFound, StateRefused
from procession.kernel.hourly import spend
from procession.kernel.unit import Unit
from procession.people.guests import address_refusal
from procession.people.model import Actor, guest, member
from procession.people.organizations import note_discussion
from procession.people.permissions import allows, cell
from procession.people.persons import ensure_guests, first_active, guest_ids
from procession.templates import comment_files
from procession.templates.discussing import content_of, suggest
from procession.work import queries
from procession.work.access import (
    NOT_THIS_TASK,
    process_for_update,
    require_process_acts,
    require_task_acts,
    task_for_update,
)
from procession.work.complete import reopen_task, settle_process
from procession.work.model import Held, HeldProcess, Reason
from procession.work.persist import Involvement, involve, process_event, task_event
from procession.work.update import Options, change_task

NO_COMMENTS = "Comments by guests are switched off for this task."

Talk = Held | HeldProcess


# -- access ------------------------------------------------------------------------------------------------------------


def task_to_discuss(
    unit: Unit, actor: Actor, task_id: str, act: str = "task.comment", process_id: str | None = None
) -> Held:
    """The task, locked, that the caller may comment on. 404, 403, then 422 for an archived one."""
    held = task_for_update(unit, actor, task_id, process_id)
    require_task_acts(actor, held, (act,), NO_COMMENTS if actor.role == "guest" else NOT_THIS_TASK)
    if held.task.archived_at is not None or (held.process is not None and held.process.archived_at is not None):
        raise StateRefused("TASK_ARCHIVED", "Archived tasks can't be updated. Restore it first.", path="task")
    return held


def process_to_discuss(unit: Unit, actor: Actor, process_id: str) -> HeldProcess:
    """As `task_to_discuss`, for a process."""
    held = process_for_update(unit, actor, process_id)
    require_process_acts(actor, held, ("process.comment",))
    if held.process.archived_at is not None:
        text = "Archived processes can't be updated. Restore it first."
        raise StateRefused("RUN_ARCHIVED", text, path="run")
    return held


def subject_of(held: Talk) -> Subject:
    """What the comments hang on."""
    if isinstance(held, HeldProcess):
        return Subject("process", held.process.id, held.process.id)
    return Subject("task", held.task.id, held.task.process_id)


def comment_to_change(unit: Unit, actor: Actor, held: Talk, comment_id: str) -> Comment:
    """A comment that the caller may change: his own, or any for administrators."""
    found = comments.find_comment(unit, subject_of(held), comment_id)
    if found is None or (actor.role == "guest" and not found.seen_by_guest(actor.principal)):
        raise NotFound
    if not allows(actor, "comment.change", {"author"} if found.author == actor.principal and not found.bot else ()):
        raise Forbidden("Only its author and administrators may change a comment.")
    return found


# -- writing -----------------------------------------------------------------------------------------------------------


def say(
    unit: Unit, actor: Actor, held: Talk, draft: Draft, secrets: Any, problems: list[Problem]
) -> tuple[Said | None, list[Problem]]:
    """Comment; with any problem nothing is written. `+address` gives a task to that guest (spec 20 §19.3)."""
    subject = subject_of(held)
    content = content_of(unit, draft)
    state = draft.state or ("open" if actor.role == "guest" else "hide-for-guests")
    new = NewComment(
        content=content, label=draft.label or "comment", state=state, selected_text=draft.selected_text, bot=draft.bot,
        created_at=draft.created_at,
    )  # fmt: skip
    author = draft.author or actor.principal
    if (
        not problems
        and (earlier := comments.said_already(unit, subject, author, new)) is not None
        and comment_files.has_all(unit, earlier, draft)
    ):
        return Said(earlier, fresh=False), []
    addresses, wrong = _addresses(unit, actor, content)
    named = comment_files.named_files(unit, actor, draft, None)
    if problems or wrong or named.problems:
        return None, [*problems, *wrong, *named.problems]
    spend(unit, "comments")
    held, wrong = _give(unit, actor, held, addresses, secrets)
    if wrong:
        return None, wrong
    mentioned = _mention(unit, held, content, addresses)
    new = msgspec.structs.replace(new, mentioned=tuple(mentioned))
    note_discussion(unit, actor.settings)
    comment = comments.add_comment(unit, subject, author, actor.email if actor.role == "guest" else None, new)
    comment_files.attach(unit, subject, comment, named.fresh)
    _tell(unit, held, comment)
    if comment.label in ("improvement", "advice") and isinstance(held, Held) and not held.task.confidential:
        _pass_to_template(unit, held, comment)
    return Said(comment), []


def _pass_to_template(unit: Unit, held: Held, comment: Comment) -> None:
    """Who designs the template reads it too; of a confidential task nobody else reads anything."""
    if held.task.step_id is not None:
        suggest(unit, held.task.step_id, comment)


def _addresses(unit: Unit, actor: Actor, content: str) -> tuple[list[str], list[Problem]]:
    """The guests that the text names; nobody for who may not assign guests, whose plus is text."""
    if cell(actor, "task.assign_guest") == "no":
        return [], []
    found = mentioned_guests(content)
    present = guest_ids(unit, found)
    wrong = [
        Problem(("content",), f"{one}: {refusal}")
        for one in found
        if one not in present and (refusal := address_refusal(unit, one, actor.settings)) is not None
    ]
    return found, wrong


def _give(unit: Unit, actor: Actor, held: Talk, addresses: Sequence[str], secrets: Any) -> tuple[Talk, list[Problem]]:
    """Named guests get the open task; on a process, and on a task that is done, they are only made."""
    if not addresses:
        return held, []
    if isinstance(held, HeldProcess) or not held.task.is_open:
        ensure_guests(unit, secrets, addresses)
        return held, []
    now = owners_of(held.assigned)
    more = [one for one in addresses if one not in now.guests]
    if not more:
        return held, []
    owners = {"users": list(now.members), "guests": [*more, *now.guests], "groups": list(now.groups)}
    done = change_task(unit, actor, held, TaskChange(owners=owners), secrets, (), Options())
    wrong = [Problem(("content",), one.text) for one in done.problems]
    return msgspec.structs.replace(held, task=done.task, process=done.process, assigned=done.assigned), wrong


def _mention(unit: Unit, held: Talk, content: str, addresses: Sequence[str]) -> list[str]:
    """The principals of those mentioned; members among them may see the process from now on."""
    members = [member(one) for one in first_active(unit, mentioned_members(content))]
    ids = guest_ids(unit, addresses) if addresses else {}
    if members:
        home = held.process.id if held.process is not None else subject_of(held).id
        involve(unit, home, {one: Involvement(Reason.MENTIONED) for one in members})
    return [*members, *(guest(ids[one]) for one in addresses if one in ids)]


def _tell(unit: Unit, held: Talk, comment: Comment) -> None:
    verb = telling.verb_of(comment)
    _record(unit, held, verb.replace("-", "_"), verb, new=telling.written(comment, imported=unit.imported))


def _record(unit: Unit, held: Talk, kind: str, verb: str, **more: Any) -> None:
    if isinstance(held, HeldProcess):
        unit.record([process_event(held.process.id, kind, verb, field="comment", **more)])
    else:
        unit.record([task_event(held.task, kind, verb, field="comment", **more)])
    if held.process is not None:  # what is said in it changes a process (spec 10 §2.4)
        unit.patch(queries.PATCH_PROCESS, {"updated_at": unit.now}, id=held.process.id)


def change(unit: Unit, actor: Actor, held: Talk, comment: Comment, draft: Draft) -> tuple[Comment, Sequence[Problem]]:
    """Change a comment's text, state, label, or files; only who is newly mentioned is told. An issue stays one.

    With any problem nothing is changed. Files that are not named any more are deleted.
    """
    named = comment_files.named_files(unit, actor, draft, comment)
    if named.problems:
        return comment, named.problems
    touched = comment_files.replace(unit, subject_of(held), comment, draft, named)
    content = content_of(unit, draft)
    kept = [one for one in comment.mentioned if one[0] == "e"]
    mentioned = [*_mention(unit, held, content, ()), *kept]
    changes = {"content": content, "mentioned": mentioned, **telling.sorting(comment, draft)}
    changed = comments.change_comment(unit, comment, touched=touched, **changes)
    if changed.revision != comment.revision:
        _record(unit, held, "comment_updated", "updated", **telling.rewritten(comment, changed))
    return changed, ()


def set_state(unit: Unit, comment: Comment, state: Literal["hide-for-guests", "open", "collapsed"]) -> Comment:
    """Show a comment to guests, hide it from them, or fold it."""
    return comments.change_comment(unit, comment, state=state)


def delete(unit: Unit, held: Talk, comment: Comment) -> None:
    """Delete a comment for good, with its files; a problem that is deleted is resolved (spec 20 §19.4)."""
    delete_with(unit, [comment.id])
    comments.delete_comment(unit, comment)
    _record(unit, held, "comment_deleted", "comment-deleted", old=telling.deleted(comment))
    if comment.is_open_issue:
        _settle(unit, held)


# -- issues ------------------------------------------------------------------------------------------------------------


def report(
    unit: Unit, actor: Actor, held: Talk, draft: Draft, secrets: Any, problems: list[Problem]
) -> tuple[Said | None, list[Problem]]:
    """Report an issue: a completed task is reopened first; nothing of it is completed while the issue is open."""
    reopens = isinstance(held, Held) and held.task.completed_at is not None and not problems
    if reopens and isinstance(held, Held):
        done = reopen_task(unit, actor, held, secrets)
        held = msgspec.structs.replace(held, task=done.task, process=done.process)
    said, wrong = say(unit, actor, held, msgspec.structs.replace(draft, label="problem"), secrets, problems)
    if said is not None and said.fresh:
        _settle(unit, held)
    return said, wrong


def resolve(
    unit: Unit, actor: Actor, held: Talk, thread_id: str | None, draft: Draft, secrets: Any, problems: list[Problem]
) -> tuple[Said | None, list[Problem]]:
    """Resolve one issue, or all that are open; one that is resolved already answers its resolution (§19.4)."""
    earlier, waiting = comments.issues_to_resolve(unit, subject_of(held), thread_id)
    if earlier is not None:
        return Said(earlier, fresh=False), []
    if not waiting:
        problems = [*problems, Problem(("thread_id",), comments.NO_ISSUE)]
    said, wrong = say(unit, actor, held, msgspec.structs.replace(draft, label="resolve"), secrets, problems)
    if said is not None and said.fresh:
        comments.resolve(unit, waiting, said.comment)
        _settle(unit, held)
    return said, wrong


def newest_issue(unit: Unit, held: Talk) -> str | None:
    """The issue that a comment labelled `resolve` closes."""
    return next((one.id for one in reversed(comments.open_issues(unit, subject_of(held)))), None)


def _settle(unit: Unit, held: Talk) -> None:
    """What the task and the process know of their open issues."""
    count = len(comments.open_issues(unit, subject_of(held)))
    if isinstance(held, HeldProcess):
        _, events = settle_process(unit, held.process, process_issues=count, revision=held.process.revision + 1)
        unit.record(events)
        return
    task = unit.one(queries.TASK, id=held.task.id) or held.task
    if task.has_issue == (count > 0):
        return
    columns = {"has_issue": count > 0, "updated_at": unit.now, "revision": task.revision + 1}
    unit.patch(queries.PATCH_TASK, columns, id=task.id)
    if held.process is not None:
        process = unit.one(queries.PROCESS, id=held.process.id) or held.process
        issues = max(process.task_issues + (1 if count else -1), 0)
        unit.record(settle_process(unit, process, task_issues=issues)[1])
