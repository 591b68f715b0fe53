"""What the query of the process list asks for (spec 10 §7.1)."""

from typing import Any, Literal

import msgspec

from procession.api.endpoint import Call
from procession.api.filters import Filters, both
from procession.api.reading import read_integer
from procession.api.run_filters import filtered_call
from procession.api.run_views import FORM_FIELD, field_filters, groups_of
from procession.api.sorting import read_sort
from procession.engine.custom_fields import RecordKind
from procession.engine.status import PROCESS_FILTER_WORDS, read_process_filter
from procession.kernel.ids import read_id
from procession.kernel.paging import Order
from procession.labels.custom_values import sought
from procession.people.records import SavedView
from procession.people.views import view_to_see
from procession.wire.saved_view import as_object, criteria_of
from procession.work.asked import Window
from procession.work.process_lists import ProcessSearch, TermGroup

PARAMETERS = (
    "q", "status", "archived", "owners", "groups", "guests", "me", "started_by", "task_status", "checklist_id",
    "blueprint_id", "template_id", "folder", "folder_id", "tag", "tag_ids", "tag_match", "untagged", "starred", "type",
    "roles", "parent_id", "custom_field_key", "custom_field_value", "created_after", "created_before", "created_since",
    "completed_after", "completed_before", "updated_after", "updated_before", "updated_since", "due_after",
    "due_before", "with", "form_fields_values", "owners_format", "page", "per_page", "limit", "sort", "sort_by",
    "sort_direction", "without_pagination", "pagination", "cursor", "view", "owner_id", "form_field",
)  # fmt: skip
"""What the list understands; anything else is ignored (FLT-02)."""

NEWEST: Order = (("created_at", True),)
_WORDS: dict[str, Order] = {
    "newest": NEWEST,
    "oldest": (("created_at", False),),
    "most_delayed": (("missed", False), ("due", False)),
}
_KEYS = {
    "name": "name",
    "title": "name",
    "created_at": "created_at",
    "started_at": "started_at",
    "last_updated": "updated_at",
    "updated_at": "updated_at",
    "completed_at": "completed_at",
    "archived_at": "archived_at",
    "due_date": "due",
    "status": "status",
    "progress": "progress",
    "starred": "starred",
    "owner": "owner",
    "started_by": "starter",
    "increment_id": "number",
}
_STATES: dict[str, Literal["all", "in-progress", "completed"]] = {
    "": "all",
    "all": "all",
    "in_progress": "in-progress",
    "inprogress": "in-progress",
    "active": "in-progress",
    "completed": "completed",
    "complete": "completed",
}
_SYNONYMS = {"late": "delayed"}
_KINDS = {one: one for one in ("procedure", "form", "document")}


def read_run_search(call: Call) -> ProcessSearch:
    """The search; 422 naming every filter that cannot be read, and for an unknown status (spec 10 §7.1)."""
    filters = Filters(call)
    query = call.query
    statuses = read_process_filter(",".join(_SYNONYMS.get(one.lower(), one) for one in query.items_of("status")))
    if statuses is None:
        filters.wrong("status", f"The selected status is invalid. Allowed: {', '.join(PROCESS_FILTER_WORDS)}.")
    state = _STATES.get((query.text("task_status") or "").strip().lower().replace("-", "_").replace(" ", "_"))
    if state is None:
        filters.wrong("task_status", "The selected task status is invalid.")
    filed = query.items_of("folder", "folder_id")
    unfiled = any(one.lower() == "none" for one in filed)
    kinds, unknown_kind = filters.words(_KINDS, "type")
    custom, unknown_value = custom_field(call, "process")
    search = ProcessSearch(
        text=query.text("q"),
        statuses=statuses or frozenset(),
        archived=filters.archived(),
        owners=filters.principals("owners"),
        groups=filters.ids("groups"),
        guests=filters.guests("guests"),
        involved=bool(filters.flag("me")),
        starters=filters.members("started_by"),
        task_state=state or "all",
        templates=filters.ids("checklist_id", "blueprint_id", "template_id"),
        folders=_folders(filters),
        unfiled=unfiled,
        tags=tuple(dict.fromkeys([*query.items_of("tag"), *query.items_of("tag_ids")])),
        any_tag=(query.text("tag_match") or "").strip().lower() == "any",
        untagged=filters.flag("untagged", presence=True),
        starred=filters.flag("starred"),
        kinds=kinds,
        titles=filters.ids("roles"),
        parents=filters.ids("parent_id"),
        created=both(_window(filters, "created"), filters.since("created_since")),
        updated=both(_window(filters, "updated"), filters.since("updated_since")),
        completed=_window(filters, "completed"),
        due=_window(filters, "due"),
        custom=custom,
        process_owners=filters.members("owner_id"),
        nothing=unknown_kind or unknown_value,
        order=read_run_order(call),
        sort_field=_sort_field(call),
    )
    filters.refuse_wrong()
    return search


def read_tracker_search(call: Call) -> ProcessSearch:
    """As `read_run_search`, and what the tracker asks for besides: a saved view, answers to fields (spec 10 §21).

    404 for a view that the caller does not see. The view's own order stands unless the query names one.
    """
    named = call.query.text("view")
    groups: tuple[TermGroup, ...] = ()
    if named is not None:
        number = read_integer(named)
        view = view_to_see(call.unit, call.actor, number if number is not None else -1, "tracker")
        query = as_object(view.content.get("query"))
        groups = groups_of(call, criteria_of(query), either=query.get("filter_type") == "any", read=read_run_search)
        call = _ordered_by(call, view)
    answers = field_filters(call)
    groups = (*groups, *((answers,) if answers is not None else ()))
    return msgspec.structs.replace(read_run_search(call), groups_of_terms=groups)


def _ordered_by(call: Call, view: SavedView) -> Call:
    """The call in the order of the view, when it names none itself, and of its template."""
    given = {name: values[-1] for name, values in call.query.items()}
    usual: dict[str, Any] = {}
    if not call.query.text("sort", "sort_by") and isinstance(view.content.get("sort"), str):
        usual["sort"] = view.content["sort"]
    if not call.query.items_of("checklist_id", "blueprint_id", "template_id") and view.content.get("checklist_id"):
        usual["checklist_id"] = view.content["checklist_id"]
    return filtered_call(call, {**given, **usual}) if usual else call


def _sort_field(call: Call) -> str | None:
    """The field whose answers sort the list, `form_field:<id>`; guests have none (spec 10 §21.4)."""
    word = (call.query.text("sort", "sort_by") or "").strip().lower().lstrip("+-")
    if call.actor.role == "guest" or not word.startswith(FORM_FIELD):
        return None
    return read_id(word.removeprefix(FORM_FIELD))


def _folders(filters: Filters) -> tuple[str, ...]:
    """Ids of folders; the word `none` is read elsewhere."""
    read = filters.listed(("folder", "folder_id"), lambda one: "" if one.lower() == "none" else read_id(one))
    return tuple(one for one in read if one)


def _window(filters: Filters, name: str) -> Window:
    """`{name}_after` and `{name}_before`, both inclusive here (spec 10 §7.1)."""
    return Window(filters.moment(f"{name}_after"), filters.moment(f"{name}_before", end=True))


def custom_field(call: Call, kind: RecordKind) -> tuple[tuple[int, str] | None, bool]:
    """The key and term that `custom_field_key` and `custom_field_value` stand for, both given (spec 00 FLT-12).

    True beside it: they were given, and no record can hold that.
    """
    key, value = (call.query.text(f"custom_field_{one}") for one in ("key", "value"))
    if key is None or value is None:
        return None, False
    found = sought(call.unit, kind, key, value)
    return found, found is None


def read_run_order(call: Call) -> Order:
    """The order; words stand for keys of their own direction."""
    word = (call.query.text("sort", "sort_by") or "").strip().lower()
    if _sort_field(call) is not None:
        direction = (call.query.text("sort_direction") or "").strip().lower()
        return (("field", direction == "desc" if direction in ("asc", "desc") else word.startswith("-")),)
    return _WORDS[word] if word in _WORDS else read_sort(call, _KEYS, NEWEST)
