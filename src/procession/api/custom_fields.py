"""Values of custom fields: the same routes for ten kinds of records (spec 00 §22)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from procession.api.endpoint import Call, Reply, operation
from procession.api.reading import Shape, raw
from procession.engine.custom_fields import SYSTEM, CustomKey, RecordKind, read_all, read_some, read_value
from procession.engine.model import Problem
from procession.kernel.errors import Forbidden, NotFound
from procession.kernel.ids import read_id
from procession.kernel.unit import Event
from procession.labels import folders, tags
from procession.labels.custom_keys import active_keys
from procession.labels.custom_values import ValueChange, changes_to, held_by, write_values
from procession.labels.model import Record
from procession.people import guests
from procession.people.members import find_member
from procession.people.model import guest, member
from procession.people.permissions import require
from procession.templates.access import template_to_edit, template_to_see
from procession.templates.fields import field_of
from procession.templates.steps import step_of
from procession.templates.versions import compiled
from procession.wire.custom_field import CustomFields, show_values
from procession.work import access, customizing
from procession.work.model import Held

Write = Callable[[Sequence[ValueChange]], None]
"""Writes what changes of the record, and tells of it."""


class Found(msgspec.Struct, frozen=True):
    """A record that the caller was let through to; `write` when he may change it."""

    record: Record
    write: Write | None = None


Find = Callable[..., Found]
"""`(call, writing=)`: 404, 403, then 422 for what takes nothing."""


# -- ten kinds of records ----------------------------------------------------------------------------------------------


def _process(call: Call, *, writing: bool) -> Found:
    unit, actor, process_id = call.unit, call.actor, call.path_id("run")
    if not writing:
        return Found(Record("process", access.process_to_see(unit, actor, process_id).process.id))
    process = customizing.process_to_customize(unit, actor, process_id).process
    return Found(
        Record("process", process.id), lambda changes: _done(customizing.customize_process, unit, process, changes)
    )


def _task(call: Call, *, writing: bool) -> Found:
    unit, actor, task_id = call.unit, call.actor, call.path_id("task")
    process_id = call.path_id("run") if "run" in call.path else None
    if not writing:
        return Found(Record("task", access.task_to_see(unit, actor, task_id, process_id).task.id))
    task = customizing.task_to_customize(unit, actor, task_id, process_id).task
    return Found(Record("task", task.id), lambda changes: _done(customizing.customize_task, unit, task, changes))


def _template(call: Call, *, writing: bool) -> Found:
    unit, actor, template_id = call.unit, call.actor, call.path_id("checklist")
    template = (template_to_edit if writing else template_to_see)(unit, actor, template_id)
    record = Record("template", template.id)
    if "step" in call.path or "prerun" in call.path:
        document = compiled(unit, template.version_id).document
        step_id = step_of(document, call.path_id("step")).id if "step" in call.path else None
        if step_id is not None and "capture" not in call.path:
            record = Record("step", step_id)
        else:
            field_id = call.path_id("prerun" if step_id is None else "capture")
            kind: RecordKind = "kickoff_field" if step_id is None else "form_field"
            record = Record(kind, field_of(document, step_id, field_id).id)
    return Found(record, _plainly(call, record, "template", template.id))


def _member(call: Call, *, writing: bool) -> Found:
    named = call.path["user"]
    account_id = int(named) if named.isascii() and named.isdigit() and len(named) < 16 else 0
    require(call.actor, "custom_field.see")
    if find_member(call.unit, account_id) is None:
        raise NotFound
    if writing:
        require(call.actor, "custom_field.member", {"oneself"} if account_id == call.actor.account_id else ())
    record = Record("member", member(account_id))
    return Found(record, _plainly(call, record, "member", str(account_id), shown=True))


def _guest(call: Call, *, writing: bool) -> Found:
    require(call.actor, "custom_field.see")
    found = guests.find_guest(call.unit, call.path["guest"], lock=writing)
    if found is None:
        raise NotFound
    if writing:
        require(call.actor, "custom_field.guest")
    record = Record("guest", guest(found.id))
    return Found(record, _plainly(call, record, "guest", str(found.id), shown=True))


def _folder(call: Call, *, writing: bool) -> Found:
    require(call.actor, "custom_field.label")
    find = folders.folder_for_update if writing else folders.find_folder
    folder = find(call.unit, read_id(call.path["folder"]) or "")
    if folder is None:
        raise NotFound
    record = Record("folder", folder.id)
    return Found(
        record, _plainly(call, record, "folder", folder.id, then=lambda: folders.touch_folder(call.unit, folder))
    )


def _tag(call: Call, *, writing: bool) -> Found:
    require(call.actor, "custom_field.label")
    tag = (tags.tag_for_update if writing else tags.find_tag)(call.unit, read_id(call.path["tag"]) or "")
    if tag is None:
        raise NotFound
    record = Record("tag", tag.id)
    return Found(record, _plainly(call, record, "tag", tag.id, then=lambda: tags.touch_tag(call.unit, tag)))


def _done(write: Callable[..., Any], *given: Any) -> None:
    write(*given)


def _plainly(
    call: Call, record: Record, kind: str, subject: str, *, shown: bool = False, then: Callable[[], None] | None = None
) -> Write:
    """Writes values of what keeps no more of them than the values themselves; events are about `kind`, `subject`."""

    def write(changes: Sequence[ValueChange]) -> None:
        write_values(call.unit, record, changes)
        about = {"kind": f"{kind}.custom_fields", "verb": "updated", "subject_kind": kind, "subject_id": subject}
        call.unit.record(Event(**about, field=one.key.label, old=one.old, new=one.new, shown=shown) for one in changes)
        if changes and then is not None:
            then()

    return write


# -- the routes --------------------------------------------------------------------------------------------------------

O = "/organizations/{org}"  # noqa: E741 - what every document calls it
STEP = f"{O}/checklists/{{checklist}}/steps/{{step}}"
ALL = Shape("CustomFieldsReplace", {"custom_fields": raw({"type": "object"})}, required=("custom_fields",))
ONE = Shape("CustomFieldSet", {"value": raw({})}, required=("value",))
CUSTOM = raw({"type": ["object", "null"], "description": "Custom fields by key: those that are sent change."})
SEE, TAG = "custom_field.see", "Custom fields"


class Place(msgspec.Struct, frozen=True):
    """Where the values of one kind of record are: what its operations are called, path, finder, acts to write."""

    name: str
    path: str
    find: Find
    act: str
    single: bool = True
    """Whether one value is set by PATCH; the parts of templates know PUT alone (spec 00 PUT-02)."""


PLACES = (
    Place("Run", f"{O}/runs/{{run}}", _process, "custom_field.process"),
    Place("Task", f"{O}/runs/{{run}}/tasks/{{task}}", _task, "custom_field.task"),
    Place("OneOffTask", f"{O}/tasks/{{task}}", _task, "custom_field.task"),
    Place("User", f"{O}/users/{{user}}", _member, "custom_field.member"),
    Place("Guest", f"{O}/guests/{{guest}}", _guest, "custom_field.guest"),
    Place("Folder", f"{O}/folders/{{folder}}", _folder, "custom_field.label"),
    Place("Tag", f"{O}/tags/{{tag}}", _tag, "custom_field.label"),
    Place("Checklist", f"{O}/checklists/{{checklist}}", _template, "template.edit", single=False),
    Place("Step", STEP, _template, "template.edit", single=False),
    Place("Capture", f"{STEP}/captures/{{capture}}", _template, "template.edit", single=False),
    Place("Prerun", f"{O}/checklists/{{checklist}}/preruns/{{prerun}}", _template, "template.edit", single=False),
)


def _declare(place: Place) -> None:
    """The operations of one kind of record."""
    every, one = f"{place.path}/custom-fields", f"{place.path}/custom-fields/{{key}}"
    declared: dict[str, Any] = {"answer": CustomFields, "tag": TAG}

    def get(call: Call) -> Reply:
        """Read the values of a record's custom fields"""
        found = place.find(call, writing=False)
        require(call.actor, SEE)
        return _reply(call, found.record)

    def put(call: Call) -> Reply:
        """Replace the values of a record's custom fields; system fields stay"""
        return _replace(call, place.find(call, writing=True))

    def patch(call: Call) -> Reply:
        """Set one custom field of a record"""
        return _set(call, place.find(call, writing=True))

    def delete(call: Call) -> Reply:
        """Clear one custom field of a record"""
        return _clear(call, place.find(call, writing=True))

    operation("GET", every, id=f"get{place.name}CustomFields", acts=(SEE,), **declared)(get)
    operation("PUT", every, id=f"replace{place.name}CustomFields", acts=(place.act,), body=ALL, **declared)(put)
    if place.single:
        operation("PATCH", one, id=f"set{place.name}CustomField", acts=(place.act,), body=ONE, **declared)(patch)
    operation("DELETE", one, id=f"clear{place.name}CustomField", acts=(place.act,), status=204, tag=TAG)(delete)


for _place in PLACES:
    _declare(_place)


def _replace(call: Call, found: Found) -> Reply:
    """All keys of the organization: what is not sent is cleared; required ones must be sent (CF-03)."""
    problems: list[Problem] = []
    sent = _object(ALL.read(call.body, problems).get("custom_fields", {}), problems)
    keys = active_keys(call.unit, found.record.kind)
    held = held_by(call.unit, found.record)
    wanted, wrong = read_all(keys, sent)
    problems += wrong if not problems else ()
    call.raise_problems(problems, _path)
    _write(found, changes_to(keys, held, wanted))
    return _reply(call, found.record)


def _set(call: Call, found: Found) -> Reply:
    """One key; null clears it, and none is required here."""
    key = _key(call, found)
    problems: list[Problem] = []
    sent = ONE.read(call.body, problems)
    value, wrong = read_value(key, sent.get("value"))
    if wrong is not None:
        problems.append(Problem(("value",), wrong))
    call.raise_problems(problems, ".".join)
    _write(found, changes_to({key.key: key}, held_by(call.unit, found.record), {key.key: value}))
    return _reply(call, found.record)


def _clear(call: Call, found: Found) -> Reply:
    """One key; a required one must have a value."""
    key = _key(call, found)
    if key.required:
        call.raise_problems([Problem((key.key,), f"The {key.label} field is required.")], _path)
    _write(found, changes_to({key.key: key}, held_by(call.unit, found.record), {key.key: None}))
    return Reply(status=204)


def _key(call: Call, found: Found) -> CustomKey:
    """The key that the path names. 404; 403 for a system key, which is nobody's to write."""
    key = active_keys(call.unit, found.record.kind).get(call.path["key"])
    if key is None:
        raise NotFound
    if key.system:
        raise Forbidden(SYSTEM, code="BUSINESS_RULE")
    return key


def _write(found: Found, changes: Sequence[ValueChange]) -> None:
    if changes and found.write is not None:
        found.write(changes)


def _object(value: Any, problems: list[Problem]) -> Mapping[str, Any]:
    if isinstance(value, dict):
        return value
    problems.append(Problem(("custom_fields",), "The custom fields must be an object."))
    return {}


def _path(path: tuple[str, ...]) -> str:
    """Problems with a key stand under `custom_fields.{key}`."""
    return ".".join(path if path[0] == "custom_fields" else ("custom_fields", *path))


def _reply(call: Call, record: Record) -> Reply:
    keys = active_keys(call.unit, record.kind)
    return Reply(body={"data": show_values(keys, held_by(call.unit, record))})


# -- inside other bodies -----------------------------------------------------------------------------------------------


def read_merge(
    call: Call, kind: RecordKind, sent: Any, problems: list[Problem], record: Record | None = None
) -> list[ValueChange]:
    """What `custom_fields` in the body of a record changes: the keys that were sent (spec 20 §7.1).

    Null changes nothing, and so does what an echoed record says already, system fields too. `record` is None for one
    that is about to be made.
    """
    if sent is None:
        return []
    wrong: list[Problem] = []
    sent = _object(sent, wrong)
    keys = active_keys(call.unit, kind) if sent else {}
    held = held_by(call.unit, record) if record is not None and sent else {}
    asked = {name: value for name, value in sent.items() if name not in held or held[name] != value}
    wanted, more = read_some(keys, asked)
    problems += [*wrong, *(Problem(("custom_fields", *one.path), one.text) for one in more)]
    return changes_to(keys, held, wanted)


def read_task_merge(call: Call, held: Held, sent: Any, problems: list[Problem]) -> Sequence[ValueChange]:
    """What an update of a task changes; 403 when it is anything and not the caller's to write (CF-06)."""
    if sent is None:
        return ()
    known = len(problems)
    changes = read_merge(call, "task", sent, problems, Record("task", held.task.id))
    if changes or len(problems) > known:
        access.require_task_acts(call.actor, held, ("custom_field.task",))
    return changes
