"""A comment that comes along with another act: update, hide, show, complete, reopen (spec 20 §7.2, §12, §13, §16)."""

from typing import Any

from msgspec import UNSET, structs

from procession.api.endpoint import Call
from procession.api.reading import Member, Wrong
from procession.discussions.model import Draft
from procession.engine.model import Problem
from procession.engine.richtext import clean, is_blank
from procession.engine.work import Process
from procession.people.permissions import cell
from procession.work import access, discussing

LONGEST = 30_000


def _read(name: str, value: Any) -> Any:
    """HTML, cleaned; what shows nothing is not sent."""
    if value is None or value == "":
        return UNSET
    if not isinstance(value, str):
        raise Wrong(f"The {name} must be a string.")
    if len(value) > LONGEST:
        raise Wrong(f"The {name} may not be greater than {LONGEST} characters.")
    cleaned = clean(value.strip())
    return UNSET if is_blank(cleaned) else cleaned


NOTE = Member(read=_read, schema={"type": ["string", "null"], "maxLength": LONGEST})


def leave_note(call: Call, task_id: str, text: str | None, name: str = "comment") -> None:
    """Post the comment after the act, in the caller's name; a guest who may not comment leaves none."""
    if text is None:
        return
    held = access.task_for_update(call.unit, call.actor, task_id, None)
    if cell(call.actor, "task.comment") == "commentable" and (held.task.guests_may_not_comment or not held.own):
        return
    draft = Draft(content=text)
    _, wrong = discussing.say(call.unit, call.actor, held, draft, call.secrets, [])
    call.raise_problems((Problem((name,), one.text) for one in wrong), ".".join)
    show_comments(call)


def leave_process_note(call: Call, process: Process, text: str | None) -> None:
    """Post the comment on a process after the act, in the caller's name."""
    if text is None:
        return
    held = access.process_for_update(call.unit, call.actor, process.id)
    _, wrong = discussing.say(call.unit, call.actor, held, Draft(content=text), call.secrets, [])
    call.raise_problems((Problem(("comment",), one.text) for one in wrong), ".".join)
    show_comments(call)


def show_comments(call: Call) -> None:
    """A comment was written: this answer shows it, also when it is the first one ever."""
    if not call.actor.settings.discusses:
        settings = structs.replace(call.actor.settings, discusses=True)
        call.actor = structs.replace(call.actor, settings=settings)
