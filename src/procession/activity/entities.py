"""Whose history a caller may read: the object that a feed is asked for (spec 10 §14, 30 §19.2, 40 §15, 41 §16)."""

from procession.activity import queries
from procession.activity.model import FeedSearch
from procession.kernel.errors import Forbidden, NotFound
from procession.kernel.unit import Unit
from procession.people.guests import find_guest
from procession.people.members import find_member
from procession.people.model import Actor
from procession.people.permissions import allows
from procession.templates.access import reads_history, template_of_part, template_to_see
from procession.work.access import process_to_see, task_to_see
from procession.work.file_access import file_to_see
from procession.work.model import Reason

INSIDERS = Reason.OWNER | Reason.STARTER | Reason.ASSIGNED | Reason.GRANTED
"""Who reads the history of a process besides administrators."""


def require_entity(unit: Unit, actor: Actor, search: FeedSearch) -> None:
    """404 when the caller does not see the object, 403 when he sees it but not its history.

    A feed of no single object needs nothing: it shows what the caller may see.
    """
    if search.process is not None:
        _require_process(unit, actor, search.process)
    elif search.template is not None:
        require_template(unit, actor, search.template)
    elif search.subject is not None:
        _require_subject(unit, actor, *search.subject)


def _require_process(unit: Unit, actor: Actor, process_id: str) -> None:
    held = process_to_see(unit, actor, process_id)
    if not actor.is_admin and not held.reasons & INSIDERS:
        raise Forbidden


def require_template(unit: Unit, actor: Actor, template_id: str | None) -> None:
    """Whoever may READ or EDIT it by right, its owner and its creator; LAUNCH alone opens it without its history."""
    if template_id is None:
        raise NotFound
    if not reads_history(actor, template_to_see(unit, actor, template_id, archived=True)):
        raise Forbidden


def _require_subject(unit: Unit, actor: Actor, kind: str, subject_id: str) -> None:
    match kind:
        case "task":
            task_to_see(unit, actor, subject_id, None)
        case "step":
            require_template(unit, actor, template_of_part(unit, subject_id))
        case "comment":
            _require_comment(unit, actor, subject_id)
        case "file":
            file_to_see(unit, actor, subject_id)
        case "member":
            _require_member(unit, actor, subject_id)
        case "guest":
            _require_guest(unit, actor, subject_id)
        case "organization":
            if subject_id != "organization":
                raise NotFound
            if not actor.is_admin:
                raise Forbidden
        case _:  # groups, tags: every member sees them
            if not unit.all(queries.THINGS[kind], ids=[subject_id]):
                raise NotFound


def _require_comment(unit: Unit, actor: Actor, comment_id: str) -> None:
    home = unit.one(queries.HOME_OF_COMMENT, comment=comment_id)
    if home is None:
        raise NotFound
    kind, subject_id, _ = home
    if kind == "process":
        _require_process(unit, actor, subject_id)
    elif kind == "template":
        require_template(unit, actor, subject_id)
    else:
        _require_subject(unit, actor, kind, subject_id)


def _require_member(unit: Unit, actor: Actor, account_id: str) -> None:
    """His own, or anybody's for administrators, as his profile is opened (spec 40 §15)."""
    if find_member(unit, int(account_id)) is None:
        raise NotFound
    if not allows(actor, "member.open", {"oneself"} if actor.account_id == int(account_id) else ()):
        raise Forbidden


def _require_guest(unit: Unit, actor: Actor, guest_id: str) -> None:
    if find_guest(unit, guest_id) is None:
        raise NotFound
    if not allows(actor, "guest.activity", ()):
        raise Forbidden
