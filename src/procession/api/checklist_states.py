"""What becomes of a template: rights, publishing, label, copies, deletion for good (spec 30 §3.8 to §3.14, §4.2)."""

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET

from procession.api.checklist_bodies import ID, STATUS, listing
from procession.api.checklist_documents import copy_from_elsewhere
from procession.api.checklists import ARCHIVED_MESSAGE, BASE, ITEM, REFERENCE_TYPES, problems_of, reply
from procession.api.endpoint import Call, Reply, operation
from procession.api.reading import Member, Shape, Wrong, boolean, items, raw, text
from procession.engine.model import Problem
from procession.engine.richtext import strip_tags
from procession.kernel.errors import NotFound
from procession.kernel.ids import read_id
from procession.people.organizations import stop_onboarding_with
from procession.people.permissions import require
from procession.templates import publishing
from procession.templates.access import existing, template_to_edit
from procession.templates.cloning import clone_template
from procession.templates.model import RightName, Template
from procession.templates.permissions import RightChange, change_rights, save_rights, template_with_rights
from procession.templates.removing import delete_template, template_to_delete
from procession.templates.sharing import shares_of
from procession.wire import checklist as wire

RIGHTS: Mapping[str, RightName] = {name: right for right, name in wire.PERMISSIONS.items()}
WIRE: Mapping[str, str] = {ours: name for name, ours in RIGHTS.items()}
RIGHT = {
    "type": "object",
    "properties": {
        "everyone": {"type": "boolean"},
        "users": {"type": "array", "items": {"type": "integer"}},
        "groups": {"type": "array", "items": ID},
    },
}
_everyone = boolean()


def _right() -> Member:
    """One right: who holds it. Null is not sent."""

    def read(name: str, value: Any) -> Any:
        if value is None:
            return UNSET
        if not isinstance(value, dict):
            raise Wrong(f"The {name} must be an object of everyone, users and groups.")
        everyone = _everyone.read("everyone", value.get("everyone", False))
        return RightChange(everyone, value.get("users"), value.get("groups"))

    return Member(read=read, schema=RIGHT)


PERMISSIONS = Shape("checklistPermissionsInput", {name: _right() for name in RIGHTS})
SET_STATUS = Shape("checklistStatusInput", {"status": STATUS}, required=("status",))
CLONE = Shape(
    "cloneChecklistInput", {"tenant": raw(ID, null="absent"), "title": text(250, blank="clear", clean=strip_tags)}
)
EXISTS = Shape("existsInput", {"ids": items(500, of=ID)}, required=("ids",))


# -- permissions -------------------------------------------------------------------------------------------------------


@operation("GET", ITEM + "/permissions", id="getChecklistPermissions", acts=("template.edit",),
           answer=dict[str, Any], tag="Templates")  # fmt: skip
def get_permissions(call: Call) -> Reply:
    """Read who may do what with a template"""
    return _permissions(call, template_with_rights(call.unit, call.actor, call.path_id("checklist")))


@operation("PUT", ITEM + "/permissions", id="updateChecklistPermissions", acts=("template.edit",), body=PERMISSIONS,
           query=("strict",), answer=dict[str, Any], statuses=(412,), tag="Templates")  # fmt: skip
def update_permissions(call: Call) -> Reply:
    """Replace rights on a template; rights that are not sent stay"""
    template = template_to_edit(call.unit, call.actor, call.path_id("checklist"))
    call.require_fresh(template.revision, template.updated_at)
    problems: list[Problem] = []
    body = call.body.get("data", call.body) if isinstance(call.body.get("data"), dict) else call.body
    sent = PERMISSIONS.read(body, problems, call.warnings, strict=bool(call.query.flag("strict")))
    changes = {RIGHTS[name]: change for name, change in sent.items()}
    rights = change_rights(call.unit, template, changes, problems)
    call.raise_problems(problems, _path)
    return _permissions(call, save_rights(call.unit, call.actor, template, rights))


def _path(path: tuple[str, ...]) -> str:
    """`("edit", "members", "0")` → `checklist_edit.users.0`."""
    head, *rest = path
    return ".".join((WIRE.get(head, head), *("users" if one == "members" else one for one in rest)))


def _permissions(call: Call, template: Template) -> Reply:
    shown = wire.permissions(template.rights, shares_of(call.unit, [template.id])[template.id])
    return Reply(body={"data": shown}, revision=template.revision, updated=template.updated_at)


# -- publishing --------------------------------------------------------------------------------------------------------


def _to_publish(call: Call) -> Template:
    template = publishing.template_to_publish(call.unit, call.actor, call.path_id("checklist"))
    call.require_fresh(template.revision, template.updated_at)
    return template


@operation("PUT", ITEM + "/publish", id="publishChecklist", acts=("template.publish",), query=("with",),
           answer=wire.Checklist, statuses=(202, 412), tag="Templates")  # fmt: skip
def publish(call: Call) -> Reply:
    """Publish a template; 202 when an administrator has to agree first"""
    published = publishing.publish(call.unit, call.actor, _to_publish(call))
    return reply(call, published.template, None, status=202 if published.asked else 200)


@operation("PUT", ITEM + "/unpublish", id="unpublishChecklist", acts=("template.publish",), query=("with",),
           answer=wire.Checklist, statuses=(412,), tag="Templates")  # fmt: skip
def unpublish(call: Call) -> Reply:
    """Take back the publishing of a template"""
    return reply(call, publishing.unpublish(call.unit, call.actor, _to_publish(call)), None)


@operation("PUT", ITEM + "/status", id="setChecklistStatus", acts=("template.edit",), body=SET_STATUS, query=("with",),
           answer=wire.Checklist, statuses=(412,), tag="Templates")  # fmt: skip
def set_status(call: Call) -> Reply:
    """Set the progress label of a template"""
    template = template_to_edit(call.unit, call.actor, call.path_id("checklist"))
    call.require_fresh(template.revision, template.updated_at)
    problems = problems_of(call)
    sent = SET_STATUS.read(call.body, problems, call.warnings)
    problems.raise_if_any()
    return reply(call, publishing.set_label(call.unit, call.actor, template, sent["status"]), None)


# -- copies, deletion, existence ---------------------------------------------------------------------------------------


@operation("POST", ITEM + "/clone", id="cloneChecklist", acts=("template.duplicate", "template.create"), body=CLONE,
           query=("with",), answer=wire.Checklist, status=201, tag="Templates")  # fmt: skip
def clone_checklist(call: Call) -> Reply:
    """Copy a template"""
    problems = problems_of(call)
    sent = CLONE.read(call.body, problems, call.warnings)
    tenant = read_id(sent.get("tenant", call.unit.organization_id))
    if tenant is None:
        raise NotFound
    problems.raise_if_any()
    if tenant != call.unit.organization_id:
        return copy_from_elsewhere(call, tenant, call.path_id("checklist"), sent.get("title"))
    made = clone_template(call.unit, call.actor, call.path_id("checklist"), sent.get("title"))
    return reply(call, made.template, made.document, status=201)


@operation("DELETE", ITEM + "/delete", id="deleteChecklist", acts=("template.delete",), answer=wire.ArchivedChecklist,
           tag="Templates")  # fmt: skip
def delete_checklist(call: Call) -> Reply:
    """Delete an archived template for good; its processes go on"""
    template = template_to_delete(call.unit, call.actor, call.path_id("checklist"))
    call.require_fresh(template.revision, template.updated_at)
    found = delete_template(call.unit, template)
    stop_onboarding_with(call.unit, call.actor.settings, template.id, gone=True)
    shown = [wire.DeletedReference(REFERENCE_TYPES[one.kind], one.title, one.id) for one in found]
    return Reply(body=wire.ArchivedChecklist(ARCHIVED_MESSAGE, shown))


@operation("POST", BASE + "/exists", id="checklistsExist", acts=("template.list",), body=EXISTS,
           answer=dict[str, list[str]], tag="Templates")  # fmt: skip
def exist(call: Call) -> Reply:
    """Tell which of these templates exist; archived ones are missing"""
    require(call.actor, "template.list")
    problems = problems_of(call)
    sent = EXISTS.read(call.body, problems, call.warnings)
    if "ids" not in sent and not problems:  # null
        problems.append(Problem(("ids",), "The ids field is required."))
    problems.raise_if_any()
    ids = [str(one) for one in listing(sent["ids"]) or ()]
    found = existing(call.unit, call.actor, [one for raw_id in ids if (one := read_id(raw_id))])
    data = {
        "existing": [one for one in ids if read_id(one) in found],
        "missing": [one for one in ids if read_id(one) not in found],
    }
    return Reply(body={"data": data})
