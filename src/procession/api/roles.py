"""Job titles, which clients call roles (spec 41 §10)."""

from typing import Any

from procession.api.endpoint import Call, Reply, operation
from procession.api.reading import Shape, raw, text
from procession.api.sorting import read_sort
from procession.engine.model import Problem
from procession.handover.job_titles import delete_job_title
from procession.kernel.errors import NotFound
from procession.kernel.paging import read_page
from procession.people import job_titles
from procession.people.permissions import require
from procession.people.records import JobTitle
from procession.wire.job_title import Role, role, role_path
from procession.wire.paging import paged

BASE = "/organizations/{org}/roles"
ONE = BASE + "/{role}"
KEYS = {"name": "name", "created_at": "created_at", "updated_at": "updated_at", "last_updated": "updated_at"}
OWNERS = {
    "type": ["object", "null"],
    "properties": {
        "users": {"type": "array", "items": {"type": "integer"}},
        "guests": {"type": "array", "items": {"type": "string"}},
        "groups": {"type": "array", "items": {"type": "string"}},
    },
}
MEMBERS = {
    "name": text(job_titles.LONGEST, aliases=("title",)),
    "description": text(2000, blank="clear"),
    "default_assignees": raw(OWNERS),
}
CREATE = Shape("createRoleInput", MEMBERS, required=("name",))
UPDATE = Shape("updateRoleInput", MEMBERS)


@operation("GET", BASE, id="listRoles", acts=("job_title.see",),
           query=("q", "page", "per_page", "limit", "sort", "sort_by", "sort_direction", "without_pagination",
                  "pagination"), answer=list[Role], tag="Roles")  # fmt: skip
def list_roles(call: Call) -> Reply:
    """List job titles"""
    require(call.actor, "job_title.see")
    page = read_page(call.query, 10, 100)
    order = read_sort(call, KEYS, job_titles.NEWEST)
    found, total = job_titles.list_job_titles(call.unit, call.query.text("q"), order, page)
    return Reply(body=paged([role(one) for one in found], page, total, call.links))


@operation("GET", ONE, id="getRole", acts=("job_title.see",), answer=Role, tag="Roles")
def get_role(call: Call) -> Reply:
    """Read one job title"""
    require(call.actor, "job_title.see")
    found = job_titles.find_job_title(call.unit, call.path_id("role"))
    if found is None:
        raise NotFound
    return _reply(found)


@operation("POST", BASE, id="createRole", acts=("job_title.manage",), body=CREATE, query=("if_exists", "strict"),
           answer=Role, status=201, statuses=(200,), tag="Roles")  # fmt: skip
def create_role(call: Call) -> Reply:
    """Create a job title"""
    require(call.actor, "job_title.manage")
    problems: list[Problem] = []
    sent = _read(call, CREATE, problems)
    if "name" in sent:
        taken = job_titles.check_name(call.unit, sent["name"])
        if taken and not problems and call.query.text("if_exists") == "return":
            present = job_titles.job_title_named(call.unit, sent["name"])
            assert present is not None
            return _reply(present)
        problems += taken
    people = job_titles.check_people(call.unit, sent.get("default_assignees"), call.actor.settings, problems)
    call.raise_problems(problems, role_path)
    made = job_titles.create_job_title(call.unit, name=sent["name"], description=sent.get("description"), people=people)
    return _reply(made, status=201)


@operation("PUT", ONE, id="updateRole", acts=("job_title.manage",), body=UPDATE, query=("strict",), answer=Role,
           statuses=(412,), tag="Roles", also=(("PATCH", ONE),))  # fmt: skip
def update_role(call: Call) -> Reply:
    """Update a job title; its default people are replaced as a whole"""
    present = _for_update(call)
    problems: list[Problem] = []
    sent = _read(call, UPDATE, problems)
    changes: dict[str, Any] = {name: sent[name] for name in ("name", "description") if name in sent}
    if "name" in changes:
        problems += job_titles.check_name(call.unit, changes["name"], besides=present.id)
    if "default_assignees" in sent:
        changes["people"] = job_titles.check_people(
            call.unit, sent["default_assignees"], call.actor.settings, problems, present.people
        )
    call.raise_problems(problems, role_path)
    return _reply(job_titles.update_job_title(call.unit, present, changes))


@operation("DELETE", ONE, id="deleteRole", acts=("job_title.manage",), status=204, tag="Roles")
def delete_role(call: Call) -> Reply:
    """Delete a job title, for good: steps lose it, running tasks keep their people"""
    delete_job_title(call.unit, call.actor, _for_update(call))
    return Reply(status=204)


def _for_update(call: Call) -> JobTitle:
    found = job_titles.job_title_for_update(call.unit, call.path_id("role"))
    if found is None:
        raise NotFound
    require(call.actor, "job_title.manage")
    call.require_fresh(found.revision, found.updated_at)
    return found


def _read(call: Call, shape: Shape, problems: list[Problem]) -> dict[str, Any]:
    return shape.read(call.body, problems, call.warnings, strict=bool(call.query.flag("strict")))


def _reply(found: JobTitle, status: int = 200) -> Reply:
    return Reply(body={"data": role(found)}, status=status, revision=found.revision, updated=found.updated_at)
