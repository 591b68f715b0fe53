"""What the query of the process list asks for (spec 10 §7.1)."""

from typing import Literal

from procession.api.endpoint import Call
from procession.api.filters import Filters, both
from procession.api.sorting import read_sort
from procession.engine.custom_fields import RecordKind
from procession.engine.status import PROCESS_FILTER_WORDS, read_process_filter
from procession.kernel.ids import read_id
from procession.kernel.paging import Order
from procession.labels.custom_values import sought
from procession.work.asked import Window
from procession.work.process_lists import ProcessSearch

PARAMETERS = (
    "q", "status", "archived", "owners", "groups", "guests", "me", "started_by", "task_status", "checklist_id",
    "blueprint_id", "template_id", "folder", "folder_id", "tag", "tag_ids", "tag_match", "untagged", "starred", "type",
    "roles", "parent_id", "custom_field_key", "custom_field_value", "created_after", "created_before", "created_since",
    "completed_after", "completed_before", "updated_after", "updated_before", "updated_since", "due_after",
    "due_before", "with", "form_fields_values", "owners_format", "page", "per_page", "limit", "sort", "sort_by",
    "sort_direction", "without_pagination", "pagination", "cursor",
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
        nothing=unknown_kind or unknown_value,
        order=read_run_order(call),
    )
    filters.refuse_wrong()
    return search


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
    return _WORDS[word] if word in _WORDS else read_sort(call, _KEYS, NEWEST)
