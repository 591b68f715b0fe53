"""Saved views of every list; those of the tracker also in the connector's shape (spec 60 §11, 10 §21.3)."""

from collections.abc import Mapping
from typing import Any

from procession.api.endpoint import PAGES, Call, Reply, operation
from procession.api.reading import Member, Shape, Wrong, boolean, choice, items, raw, read_integer, text
from procession.api.run_views import criteria_problems
from procession.engine.model import Problem
from procession.kernel.errors import NotFound
from procession.kernel.ids import read_id
from procession.people import views
from procession.people.permissions import require
from procession.people.records import SavedView as Stored
from procession.people.views import SCOPES, ViewDraft
from procession.wire.paging import whole
from procession.wire.saved_view import RunView, SavedView, as_object, run_view, saved_view

VIEWS = "/organizations/{org}/saved-views"
RUN_VIEWS = "/organizations/{org}/run-views"


def _query() -> Member:
    """An object of filters, or the text of an address."""

    def read(name: str, value: Any) -> Any:
        if not isinstance(value, (dict, str)):
            raise Wrong(f"The {name} must be an object or a string.")
        return value

    return Member(read=read, schema={"type": ["object", "string"]})


_SAVED = {
    "name": text(100),
    "scope": choice({one: one for one in SCOPES}),
    "query": _query(),
    "group_by": raw({"type": ["string", "null"]}),
    "sort": raw({"type": ["string", "array", "null"]}),
    "columns": items(200),
    "layout": raw({"type": ["string", "null"]}),
    "shared_with": raw({"type": ["object", "boolean", "null"]}),
    "is_default": boolean(null="keep"),
}
CREATE_VIEW = Shape("createSavedViewInput", _SAVED, required=("name", "scope"))
UPDATE_VIEW = Shape("updateSavedViewInput", {name: one for name, one in _SAVED.items() if name != "scope"})
_RUN = {
    "name": text(100),
    "filter_type": choice({"all": "all", "any": "any"}),
    "criteria": raw({"type": "array", "items": {"type": "object"}}, null="absent"),
    "is_active": boolean(null="keep"),
    "display": choice({"board": "board", "table": "table"}),
    "columns": items(200),
    "sort": raw({"type": ["string", "null"]}),
    "checklist_id": raw({"type": ["string", "null"]}),
    "shared": boolean(null="keep"),
}
CREATE_RUN_VIEW = Shape("createRunViewInput", _RUN, required=("name",))
UPDATE_RUN_VIEW = Shape("updateRunViewInput", _RUN)


@operation("GET", VIEWS, id="listSavedViews", acts=("view.see",), query=("scope", *PAGES),
           answer=list[SavedView], tag="Views")  # fmt: skip
def list_saved_views(call: Call) -> Reply:
    """List the views one sees: own ones, and those that are shared"""
    require(call.actor, "view.see")
    problems: list[Problem] = []
    asked = call.query.text("scope")
    sent = Shape("", {"scope": _SAVED["scope"]}).read({"scope": asked} if asked is not None else {}, problems)
    call.raise_problems(problems, ".".join)
    found = [saved_view(one, call.actor) for one in views.views_of(call.unit, call.actor, sent.get("scope"))]
    return Reply(body=whole(found, call.query, call.links))


@operation("POST", VIEWS, id="createSavedView", acts=("view.keep",), body=CREATE_VIEW, answer=SavedView, status=201,
           tag="Views")  # fmt: skip
def create_saved_view(call: Call) -> Reply:
    """Keep filters under a name"""
    require(call.actor, "view.keep")
    problems: list[Problem] = []
    sent = CREATE_VIEW.read(call.body, problems)
    return _created(call, _saved_draft(call, sent, problems), problems, saved=True)


@operation("PUT", f"{VIEWS}/{{view}}", id="updateSavedView", acts=("view.keep",), body=UPDATE_VIEW, answer=SavedView,
           statuses=(412,), tag="Views")  # fmt: skip
def update_saved_view(call: Call) -> Reply:
    """Change a view: its maker and administrators; anybody who sees it may begin with it"""
    view, problems = _to_change(call, None), list[Problem]()
    draft = _saved_draft(call, UPDATE_VIEW.read(call.body, problems), problems)
    done = views.change_view(call.unit, call.actor, view, draft, problems)
    call.raise_problems(problems, ".".join)
    return Reply(body={"data": saved_view(done, call.actor)}, revision=done.revision)


@operation("DELETE", f"{VIEWS}/{{view}}", id="deleteSavedView", acts=("view.keep",), status=204, statuses=(412,),
           tag="Views")  # fmt: skip
def delete_saved_view(call: Call) -> Reply:
    """Delete a view: its maker and administrators"""
    views.drop_view(call.unit, call.actor, _to_change(call, None))
    return Reply(status=204)


@operation("GET", RUN_VIEWS, id="listRunViews", acts=("view.see",), query=PAGES, answer=list[RunView], tag="Views")
def list_run_views(call: Call) -> Reply:
    """List the views of the tracker one sees"""
    require(call.actor, "view.see")
    found = [run_view(one) for one in views.views_of(call.unit, call.actor, "tracker")]
    return Reply(body=whole(found, call.query, call.links))


@operation("GET", f"{RUN_VIEWS}/{{view}}", id="getRunView", acts=("view.see",), answer=RunView, tag="Views")
def get_run_view(call: Call) -> Reply:
    """Read a view of the tracker"""
    require(call.actor, "view.see")
    found = views.view_to_see(call.unit, call.actor, _number(call), "tracker")
    return Reply(body={"data": run_view(found)}, revision=found.revision)


@operation("POST", RUN_VIEWS, id="createRunView", acts=("view.keep",), body=CREATE_RUN_VIEW, answer=RunView, status=201,
           tag="Views")  # fmt: skip
def create_run_view(call: Call) -> Reply:
    """Keep a view of the tracker"""
    require(call.actor, "view.keep")
    problems: list[Problem] = []
    sent = CREATE_RUN_VIEW.read(call.body, problems)
    return _created(call, _run_draft(sent, {}, problems), problems, saved=False)


@operation("PUT", f"{RUN_VIEWS}/{{view}}", id="updateRunView", acts=("view.keep",), body=UPDATE_RUN_VIEW,
           answer=RunView, statuses=(412,), tag="Views")  # fmt: skip
def update_run_view(call: Call) -> Reply:
    """Change a view of the tracker: its maker and administrators"""
    view, problems = _to_change(call, "tracker"), list[Problem]()
    draft = _run_draft(UPDATE_RUN_VIEW.read(call.body, problems), view.content, problems)
    done = views.change_view(call.unit, call.actor, view, draft, problems)
    call.raise_problems(problems, ".".join)
    return Reply(body={"data": run_view(done)}, revision=done.revision)


@operation("DELETE", f"{RUN_VIEWS}/{{view}}", id="deleteRunView", acts=("view.keep",), status=204, statuses=(412,),
           tag="Views")  # fmt: skip
def delete_run_view(call: Call) -> Reply:
    """Delete a view of the tracker: its maker and administrators"""
    views.drop_view(call.unit, call.actor, _to_change(call, "tracker"))
    return Reply(status=204)


def _created(call: Call, draft: ViewDraft, problems: list[Problem], *, saved: bool) -> Reply:
    done = views.keep_view(call.unit, call.actor, draft, problems)
    call.raise_problems(problems, ".".join)
    assert done is not None
    shown = saved_view(done, call.actor) if saved else run_view(done)
    return Reply(body={"data": shown}, status=201, revision=done.revision)


def _to_change(call: Call, scope: str | None) -> Stored:
    require(call.actor, "view.keep")
    found = views.view_to_change(call.unit, call.actor, _number(call), scope)
    call.require_fresh(found.revision, found.updated_at)
    return found


def _number(call: Call) -> int:
    """Views have whole numbers; anything else is 404."""
    number = read_integer(call.path["view"])
    if number is None or number < 1:
        raise NotFound
    return number


def _saved_draft(call: Call, sent: Mapping[str, Any], problems: list[Problem]) -> ViewDraft:
    names = ("query", "group_by", "sort", "columns", "layout")
    query = sent.get("query")
    if isinstance(query, dict) and "criteria" in query:
        problems += criteria_problems(query["criteria"])
    return ViewDraft(
        name=sent.get("name"),
        scope=sent.get("scope"),
        audience=_audience(call, sent["shared_with"], problems) if "shared_with" in sent else None,
        content={name: sent[name] for name in names if name in sent},
        default=sent.get("is_default"),
    )


def _audience(call: Call, sent: Any, problems: list[Problem]) -> tuple[str, ...]:
    """`true` or `{everyone, users, groups}`; null and false are nobody else."""
    if sent is None or isinstance(sent, bool):
        return ("*",) if sent else ()
    if not isinstance(sent, dict):
        problems.append(Problem(("shared_with",), "The shared with must be an object."))
        return ()
    users = [read_integer(one) for one in _listed(sent.get("users"))]
    groups = [read_id(one) for one in _listed(sent.get("groups"))]
    return views.read_audience(call.unit, sent.get("everyone") is True, users, groups, problems)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _run_draft(sent: Mapping[str, Any], present: Mapping[str, Any], problems: list[Problem]) -> ViewDraft:
    """What a view of the tracker holds, as all views hold it."""
    content: dict[str, Any] = {}
    if "criteria" in sent:
        problems += criteria_problems(sent["criteria"])
    if {"criteria", "filter_type"} & sent.keys():
        before = as_object(present.get("query"))
        kept = {name: before[name] for name in ("filter_type", "criteria") if name in before}
        content["query"] = {"filter_type": "all", "criteria": [], **kept} | {
            name: sent[name] for name in ("filter_type", "criteria") if name in sent
        }
    names = {"display": "layout", "columns": "columns", "sort": "sort", "is_active": "active"}
    content |= {ours: sent[name] for name, ours in names.items() if name in sent}
    if "checklist_id" in sent:
        content["checklist_id"] = read_id(sent["checklist_id"])
        if content["checklist_id"] is None and sent["checklist_id"] not in (None, ""):
            problems.append(Problem(("checklist_id",), "The selected checklist_id is invalid."))
    shared = sent.get("shared")
    audience = None if shared is None else (("*",) if shared else ())
    return ViewDraft(name=sent.get("name"), scope="tracker", audience=audience, content=content)
