"""Guests: merged, handing tasks on, taken off a task, their preferences and their processes (spec 40 §14.3, §14.7)."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from procession.api.endpoint import Call, Reply, operation
from procession.api.guests import ONE, WEEKDAYS_MEMBER, ZONE_MEMBER, guest_reply, read_days, relations_to
from procession.api.reading import Member, Shape, Wrong, boolean, text, words
from procession.api.runs import present_all
from procession.api.tasks import ITEM, ORG_TASK, present
from procession.engine.model import Problem
from procession.handover import guests as handover
from procession.kernel.errors import NotFound
from procession.kernel.paging import read_page
from procession.people import guests
from procession.people.permissions import allows, require
from procession.people.records import Guest as Stored
from procession.wire.guest import Guest, GuestPreferences, show_preferences
from procession.wire.paging import paged
from procession.wire.paths import task_path
from procession.wire.run import Run
from procession.wire.task import Task
from procession.work import access, delegating
from procession.work.process_lists import ProcessSearch, process_page

LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")
MERGE = Shape("mergeGuestInput", {"into": text(254)}, required=("into",))
DELEGATE = Shape(
    "delegateTaskInput",
    {
        "email": text(254),
        "first_name": text(200, blank="clear"),
        "last_name": text(200, blank="clear"),
        "leave": boolean(null=False),
        "message": text(5000, blank="clear"),
    },
    required=("email",),
)


def _read_language(name: str, value: Any) -> Any:
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > 35 or not LANGUAGE.fullmatch(value.strip()):
        raise Wrong(f"The {words(name)} must be a language code.")
    return value.strip()


_language = Member(read=_read_language, schema={"type": ["string", "null"], "maxLength": 35})
PREFERENCES = Shape(
    "guestPreferencesInput",
    {
        "cadence_days": WEEKDAYS_MEMBER,
        "daily_digest": boolean(null="keep"),
        "app_language": _language,
        "content_language": _language,
        "timezone": ZONE_MEMBER,
    },
)


# -- two who are one ---------------------------------------------------------------------------------------------------


@operation("POST", ONE + "/merge", id="mergeGuest", acts=("guest.delete",), body=MERGE, answer=Guest, tag="Guests",
           statuses=(412,))  # fmt: skip
def merge_guest(call: Call) -> Reply:
    """Merge a guest into another one: his tasks, answers and places are the other's, his link is dead"""
    require(call.actor, "guest.delete")
    found = guests.find_guest(call.unit, call.path["guest"], lock=True)
    if found is None:
        raise NotFound
    call.require_fresh(found.revision, found.updated_at)
    problems: list[Problem] = []
    sent = MERGE.read(call.body, problems)
    call.raise_problems(problems, ".".join)
    return guest_reply(call, handover.merge_guest(call.unit, call.actor, found, sent["into"], call.secrets))


# -- on tasks ----------------------------------------------------------------------------------------------------------


@operation("POST", ORG_TASK + "/delegate", id="delegateTask", acts=("task.assign_guest",), body=DELEGATE, query=ITEM,
           answer=Task, statuses=(204,), tag="Guests")  # fmt: skip
def delegate_task(call: Call) -> Reply:
    """Hand a task on to one more outside address; `leave` takes oneself off it, and a guest then sees nothing of it"""
    held = access.task_for_update(call.unit, call.actor, call.path_id("task"), None)
    problems: list[Problem] = []
    sent = DELEGATE.read(call.body, problems)
    order = delegating.Delegation(**sent)
    wrong = delegating.delegate(call.unit, call.actor, held, order, call.secrets, problems)
    call.raise_problems(wrong, task_path)
    if order.leave and call.actor.role == "guest":
        return Reply(status=204)
    after = access.task_to_see(call.unit, call.actor, held.task.id, None)
    return present(call, after.task, after.process, assigned=after.assigned)


# -- his own pages -----------------------------------------------------------------------------------------------------


@operation("GET", ONE + "/preferences", id="getGuestPreferences", acts=("guest.preferences",), answer=GuestPreferences,
           tag="Guests")  # fmt: skip
def get_preferences(call: Call) -> Reply:
    """Read a guest's languages, zone and digest"""
    found = _himself(call)
    return _preferences(call, found)


@operation("PUT", ONE + "/preferences", id="updateGuestPreferences", acts=("guest.preferences",), body=PREFERENCES,
           answer=GuestPreferences, statuses=(412,), tag="Guests")  # fmt: skip
def update_preferences(call: Call) -> Reply:
    """Change a guest's languages, zone and digest: only the members sent"""
    found = _himself(call, lock=True)
    call.require_fresh(found.revision, found.updated_at)
    problems: list[Problem] = []
    sent = PREFERENCES.read(call.body, problems)
    if sent.get("cadence_days") is not None:
        sent["cadence_days"] = read_days(sent["cadence_days"], problems)
    call.raise_problems(problems, ".".join)
    return _preferences(call, guests.update_guest(call.unit, found, sent))


def _preferences(call: Call, found: Stored) -> Reply:
    stored: Mapping[str, Any] = call.actor.settings.stored
    shown = show_preferences(found, stored["guest_cadence_days"], call.actor.settings.calendar.zone)
    return Reply(body={"data": shown}, revision=found.revision, updated=found.updated_at)


def _himself(call: Call, *, lock: bool = False) -> Stored:
    """The guest of the path, for himself and those who correct guests; another guest finds nobody."""
    found = guests.find_guest(call.unit, call.path["guest"], lock=lock)
    oneself = {"oneself"} if found is not None and found.id == call.actor.guest_id else ()
    if call.actor.role == "guest" and not oneself:
        raise NotFound
    require(call.actor, "guest.preferences", oneself)
    if found is None:
        raise NotFound
    return found


@operation("GET", ONE + "/processes", id="listGuestProcesses", acts=("guest.see", "process.see"),
           query=("with", "page", "per_page", "limit", "without_pagination", "pagination"), answer=list[Run],
           tag="Guests")  # fmt: skip
def list_guest_processes(call: Call) -> Reply:
    """List the live processes a guest has tasks in, with these tasks, newest first"""
    found = guests.find_guest(call.unit, call.path["guest"])
    if found is None or not allows(call.actor, "guest.see", relations_to(call, found)):
        raise NotFound
    page = read_page(call.query, 10, 100)
    own = call.actor.role == "guest"
    wanted = ProcessSearch() if own else ProcessSearch(guests=(found.email,))
    listed = process_page(call.unit, call.actor, wanted, page)
    call.asked |= {"tasks"}
    shown = present_all(call, listed.processes)
    if not own:
        shown = [_with_tasks_of(one, found.email) for one in shown]
    return Reply(body=paged(shown, page, listed.total, call.links))


def _with_tasks_of(shown: Run, address: str) -> Run:
    """The process with the guest's tasks alone."""
    tasks = [one for one in shown.tasks["data"] if address in one.owners.guests]
    return msgspec.structs.replace(shown, tasks={"data": tasks})
