"""What the bot says on a task: who joined it to a process, did his part, what a step launched (spec 20 §9.5, §12.4)."""

from html import escape
from typing import Any

from procession.discussions.comments import add_comment
from procession.discussions.model import NewComment, Subject
from procession.engine.work import Task
from procession.kernel.unit import Event, Unit
from procession.people.model import Settings
from procession.people.organizations import note_discussion
from procession.work.persist import task_event

STALE = "<p>This task was completed automatically, because it was overdue for a long time.</p>"
EXPIRED = "<p>This task expired: nobody acknowledged it before its deadline.</p>"


def bot_says(unit: Unit, settings: Settings, task: Task, content: str) -> Event:
    """Write a comment of the bot, which nobody is notified of; the event that tells of it. `content`: safe HTML."""
    note_discussion(unit, settings)
    said = add_comment(
        unit, Subject("task", task.id, task.process_id), unit.principal, None, NewComment(content=content, bot=True)
    )
    told: dict[str, Any] = {"id": said.id, "label": said.label, "content": said.content, "bot": True}
    return task_event(task, "commented", "commented", field="comment", new=told)


def joined(who: str) -> str:
    """A task was added to a running process."""
    return f"<p>{_person(who)} added this task to the process.</p>"


def did_part(who: str, done: int, of: int) -> str:
    """Somebody completed his part of a task that everyone must complete."""
    return f"<p>{_person(who)} completed their part: {done} of {of}.</p>"


def _person(principal: str) -> str:
    """A member by a mention that shows his present name, and tells him nothing; guests are told apart elsewhere."""
    return f"@[{principal[1:]}]" if principal[:1] == "u" else "A guest"


def launched(organization_id: str, process_id: str | None, name: str) -> str:
    """The step of the task launched a template: a process of its own, or tasks in this one (None)."""
    title = escape(name, quote=False)
    if process_id is None:
        return f"<p>The tasks of <strong>{title}</strong> were added to this process.</p>"
    return f'<p>This task launched <a href="/{organization_id}/processes/{process_id}">{title}</a>.</p>'


def not_launched(why: str) -> str:
    """The step of the task launched nothing."""
    return f"<p>Nothing was launched. {escape(why, quote=False)}</p>"
