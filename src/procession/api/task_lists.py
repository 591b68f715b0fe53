"""The five lists of tasks (spec 20 §11)."""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from procession.api import task_includes
from procession.api.cursors import cursor_meta, read_cursor
from procession.api.endpoint import Call, Reply, operation
from procession.api.filters import Filters, both
from procession.api.run_search import custom_field
from procession.api.sorting import read_sort
from procession.api.tasks import view
from procession.engine.model import Notice
from procession.engine.status import read_task_filter
from procession.engine.work import Task as Stored
from procession.kernel.errors import Forbidden, NotFound
from procession.kernel.paging import Order, read_page
from procession.people.guests import find_guest
from procession.people.members import find_member
from procession.people.model import guest, member
from procession.people.permissions import REFUSAL
from procession.wire.paging import paged
from procession.wire.task import Task, task
from procession.work.access import process_to_see
from procession.work.asked import ALWAYS
from procession.work.lists import TaskPage, TaskSearch, task_counts, task_page, task_walk
from procession.work.reading import beside

Scope = Literal["organization", "process", "person"]

COMMON = (
    "q", "status", "with_hidden", "archived", "deadline_on", "deadline_before", "deadline_after",
    "deadline_start_range", "deadline_end_range", "deadline_from", "deadline_to", "completed_on", "completed_before",
    "completed_after", "updated_since", "created_since", "with", "owners_format", "page", "per_page", "limit", "sort",
    "sort_by", "sort_direction", "without_pagination", "pagination", "group_by", "cursor",
)  # fmt: skip
WIDE = (
    "tag", "folder", "folder_id", "checklist_id", "run_id", "task_type", "starter", "completer", "process_name",
    "is_oneoff", "mentioned",
)  # fmt: skip
PEOPLE = ("owners", "guests", "groups", "unassigned")
PLAIN = frozenset(("with", "owners_format", "page", "per_page", "limit", "without_pagination", "pagination", "cursor"))
"""What narrows and orders nothing."""
OF_ORGANIZATION = (*COMMON, *WIDE, *PEOPLE, "assignee", "roles", "created", "watching", "custom_field_key",
                   "custom_field_value")  # fmt: skip
OF_RUN = (*COMMON, *PEOPLE)
OF_PERSON = (*COMMON, *WIDE)

KINDS = {one: one for one in ("task", "approval", "expiring", "email", "expiring_email")}
NEWEST: Order = (("number", True),)
JUST_COMPLETED: Order = (("completed_at", True),)
BY_POSITION: Order = (("position", False),)
GROUPS: dict[str, Literal["process", "assignee", "deadline"]] = {
    "process": "process",
    "assignee": "assignee",
    "deadline": "deadline",
}
WORDS: dict[str, Order] = {
    "newest": NEWEST,
    "problems": (("issue", True), ("deadline", False)),
    "completed_newest": JUST_COMPLETED,
}
KEYS = {
    "position": "position",
    "deadline": "deadline",
    "created_at": "created_at",
    "updated_at": "updated_at",
    "last_updated": "updated_at",
    "completed_at": "completed_at",
    "name": "title",
    "title": "title",
    "increment_id": "number",
    "status": "status",
}
COMPLETED = frozenset(("completed", "approved", "rejected", "acknowledged", "expired"))


@operation("GET", "/organizations/{org}/tasks", id="listTasks", acts=("task.see",), query=OF_ORGANIZATION,
           answer=list[Task], tag="Tasks")  # fmt: skip
def list_tasks(call: Call) -> Reply:
    """List every task the caller may see, the newest first"""
    return _listed(call, read_task_search(call, "organization"))


@operation("GET", "/organizations/{org}/tasks/counts", id="countTasks", acts=("task.see",),
           query=tuple(one for one in OF_ORGANIZATION if one != "with"), answer=dict[str, int],
           tag="Tasks")  # fmt: skip
def count_tasks(call: Call) -> Reply:
    """Count the tasks the caller may see by status; the filters are those of the list"""
    return Reply(body={"data": task_counts(call.unit, call.actor, read_task_search(call, "organization"))})


@operation("GET", "/organizations/{org}/runs/{run}/tasks", id="listRunTasks", acts=("task.see",), query=OF_RUN,
           answer=list[Task], tag="Tasks")  # fmt: skip
def list_run_tasks(call: Call) -> Reply:
    """List the tasks of one process by position, hidden ones too"""
    return _listed(call, run_search(call))


@operation("GET", "/organizations/{org}/me/tasks", id="listMyTasks", acts=("task.see",), query=OF_PERSON,
           answer=list[Task], tag="Tasks", brief=True)  # fmt: skip
def list_my_tasks(call: Call) -> Reply:
    """List the open tasks that the caller is assigned to, directly or by group"""
    return _listed(call, own_search(call))


@operation("GET", "/organizations/{org}/users/{user}/tasks", id="listUserTasks", acts=("task.see",), query=OF_PERSON,
           answer=list[Task], tag="Tasks")  # fmt: skip
def list_user_tasks(call: Call) -> Reply:
    """List the open tasks of a member, directly or by group"""
    return _listed(call, user_search(call))


@operation("GET", "/organizations/{org}/guests/{guest}/tasks", id="listGuestTasks", acts=("task.see",),
           query=OF_PERSON, answer=list[Task], tag="Tasks")  # fmt: skip
def list_guest_tasks(call: Call) -> Reply:
    """List the open tasks of a guest, found by address or code"""
    return _listed(call, guest_search(call))


# -- the query ---------------------------------------------------------------------------------------------------------


def run_search(call: Call) -> TaskSearch:
    """The tasks of the process in the path."""
    process = process_to_see(call.unit, call.actor, call.path_id("run")).process
    return read_task_search(call, "process", process_id=process.id)


def own_search(call: Call) -> TaskSearch:
    """The tasks of the caller."""
    return read_task_search(call, "person", person=call.actor.principal)


def user_search(call: Call) -> TaskSearch:
    """The tasks of the member in the path."""
    named = call.path["user"]
    account_id = int(named) if named.isascii() and named.isdigit() and len(named) < 16 else None
    if call.actor.role == "guest":
        raise Forbidden(REFUSAL)
    if account_id is None or (account_id != call.actor.account_id and find_member(call.unit, account_id) is None):
        raise NotFound
    return read_task_search(call, "person", person=member(account_id))


def guest_search(call: Call) -> TaskSearch:
    """The tasks of the guest in the path."""
    found = find_guest(call.unit, call.path["guest"])
    if call.actor.role == "guest" and (found is None or found.id != call.actor.guest_id):
        raise Forbidden(REFUSAL)
    if found is None:
        raise NotFound
    return read_task_search(call, "person", person=guest(found.id))


def read_task_search(
    call: Call, scope: Scope, *, process_id: str | None = None, person: str | None = None
) -> TaskSearch:
    """The search of one of the lists; 422 naming every filter that cannot be read (FLT-03).

    A list knows its own filters only; others are ignored like any unknown parameter.
    """
    if call.query.keys() <= PLAIN:  # as most lists are asked for: nothing to read
        statuses = frozenset({"active"}) if scope == "person" else None
        order = BY_POSITION if scope == "process" else NEWEST
        return TaskSearch(scope=scope, process_id=process_id, person=person, statuses=statuses, order=order)
    filters = Filters(call)
    query = call.query
    asked = query.items_of("status")
    statuses = read_task_filter(",".join(asked)) if asked else frozenset({"active"}) if scope == "person" else None
    wide, with_people = scope != "process", scope != "person"
    organization = scope == "organization"
    kinds, unknown_kind = filters.words(KINDS, "task_type") if wide else ((), False)
    custom, unknown_value = custom_field(call, "task") if organization else (None, False)
    search = TaskSearch(
        scope=scope,
        process_id=process_id,
        person=person,
        text=query.text("q"),
        name=query.text("process_name") if wide else None,
        statuses=statuses,
        archived=filters.archived(),
        hidden=filters.flag("with_hidden"),
        owners=filters.principals("owners", "assignee") if with_people else (),
        guests=filters.guests("guests") if with_people else (),
        groups=filters.ids("groups") if with_people else (),
        unassigned=bool(filters.flag("unassigned", presence=True)) if with_people else False,
        tags=tuple(dict.fromkeys(query.items_of("tag"))) if wide else (),
        folders=filters.ids("folder", "folder_id") if wide else (),
        templates=filters.ids("checklist_id", "blueprint_id", "template_id") if wide else (),
        processes=filters.ids("run_id") if wide else (),
        kinds=kinds,
        titles=filters.ids("roles") if organization else (),
        starters=filters.members("starter") if wide else (),
        completers=filters.principals("completer") if wide else (),
        oneoff=filters.flag("is_oneoff") if wide else None,
        created=both(filters.days("created") if organization else ALWAYS, filters.since("created_since")),
        updated=filters.since("updated_since"),
        deadline=filters.day_window("deadline"),
        completed=filters.day_window("completed"),
        custom=custom,
        watching=next(iter(filters.principals("watching")), None) if organization else None,
        mentioned=next(iter(filters.principals("mentioned")), None) if wide else None,
        nothing=unknown_kind or unknown_value,
        group=_group(call),
        order=_order(call, scope, statuses),
    )
    filters.refuse_wrong()
    return search


def _order(call: Call, scope: Scope, statuses: frozenset[str] | None) -> Order:
    """The order asked for; words stand for whole orders. By default the newest, or most recently completed, first."""
    default = BY_POSITION if scope == "process" else JUST_COMPLETED if statuses and statuses <= COMPLETED else NEWEST
    word = (call.query.text("sort", "sort_by") or "").strip().lower()
    return WORDS[word] if word in WORDS else read_sort(call, KEYS, default)


def _group(call: Call) -> Literal["process", "assignee", "deadline"] | None:
    """What rows stand together by (spec 20 §11.3); an unknown word groups nothing and is warned about."""
    word = (call.query.text("group_by") or "").strip().lower()
    known = GROUPS.get(word)
    if word and known is None:
        call.warnings.append(Notice("UNKNOWN_GROUP", word[:100]))
    return known


# -- the answer --------------------------------------------------------------------------------------------------------


def _listed(call: Call, search: TaskSearch) -> Reply:
    page = read_page(call.query, 10, 100)
    if "cursor" in call.query:
        return _walked(call, search, page.size)
    found = task_page(call.unit, call.actor, search, page)
    body = paged(present_tasks(call, found.tasks), page, found.total, call.links)
    body["meta"] |= _due(found)
    if search.group is not None:
        body["meta"]["groups"] = [{"key": one.key, "label": one.label, "count": one.count} for one in found.groups]
    return Reply(body=body)


def _walked(call: Call, search: TaskSearch, size: int) -> Reply:
    """The next rows of a walk, by creation: newest first unless `sort` asks for the oldest (spec 00 PAG-05)."""
    order, after = read_cursor(call)
    search = msgspec.structs.replace(search, order=order)
    rows = task_walk(call.unit, call.actor, search, size + 1, after)
    last = rows[size - 1].number if len(rows) > size else None
    shown = present_tasks(call, rows[:size])
    return Reply(body={"data": shown, "meta": {"cursor": cursor_meta(order, last, len(shown), size)}})


def _due(found: TaskPage) -> dict[str, int]:
    return {"overdue_tasks": found.overdue, "tasks_due_soon": found.due_soon}


def present_tasks(call: Call, tasks: Sequence[Stored]) -> list[Any]:
    """The rows of a list with the includes asked for: a constant number of queries, however many rows."""
    shown = beside(call.unit, call.actor, tasks, descriptions=call.wants("summary"), secrets=call.secrets)
    includes = task_includes.load(call, tasks, shown, single=False)
    look = view(call)
    return [task(one, shown, look, single=False, **includes.get(one.id, {})) for one in tasks]
