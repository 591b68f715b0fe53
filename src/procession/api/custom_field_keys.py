"""The definitions of custom fields (spec 00 CF-01, CF-02)."""

from typing import Any, get_args

from procession.api.endpoint import Call, Reply, operation
from procession.api.reading import Shape, boolean, choice, fold_word, raw, text
from procession.api.sorting import read_sort
from procession.engine.custom_fields import CustomKey, RecordKind, ValueType
from procession.engine.model import Problem
from procession.kernel.errors import NotFound
from procession.kernel.paging import Order, read_page
from procession.labels import custom_keys as keys
from procession.labels.model import CustomKeySearch
from procession.people.permissions import require
from procession.wire.custom_field import CustomFieldKey, show_key
from procession.wire.paging import paged

BASE = "/organizations/{org}/custom-field-keys"
ONE = BASE + "/{key}"
SORTED = {"applies_to": "kind", "field_type": "type", "last_updated": "updated_at"} | {
    one: one for one in ("id", "key", "label", "created_at", "updated_at")
}
OLDEST: Order = (("created_at", False),)
WIRE = {"kind": "applies_to", "type": "field_type", "required": "is_required", "active": "is_active"}
"""Our words, and what clients call them."""

LISTED = raw({"type": ["array", "null"], "items": {"type": ["object", "string"]}}, null="absent")
CHANGEABLE = {
    "label": text(keys.LABEL),
    "options": LISTED,
    "columns": LISTED,
    "is_required": boolean(null=False),
    "is_active": boolean(null=True),
}
FIXED = {
    "key": text(keys.NAME),
    "applies_to": choice({one: one for one in get_args(RecordKind)}),
    "field_type": choice({one: one for one in get_args(ValueType)}),
    "key_type": choice({"org": "org", "system": "system"}, null="keep"),
}
CREATE = Shape("CustomFieldKeyCreate", {**FIXED, **CHANGEABLE}, required=("key", "applies_to", "field_type"))
UPDATE = Shape("CustomFieldKeyUpdate", {**FIXED, **CHANGEABLE})


@operation(
    "GET",
    BASE,
    id="listCustomFieldKeys",
    acts=("custom_key.see",),
    query=("q", "applies_to", "key_type", "field_type", "is_required", "is_active", "page", "per_page", "limit", "sort",
           "sort_by", "sort_direction", "without_pagination", "pagination"),
    answer=list[CustomFieldKey],
    tag="Custom fields",
)  # fmt: skip
def list_custom_field_keys(call: Call) -> Reply:
    """List the definitions of custom fields, first made first"""
    require(call.actor, "custom_key.see")
    page = read_page(call.query, 10, 100)
    found, total = keys.list_keys(call.unit, _search(call), page)
    return Reply(body=paged([show_key(one) for one in found], page, total, call.links))


def _search(call: Call) -> CustomKeySearch:
    word = call.query.text("key_type")
    return CustomKeySearch(
        text=call.query.text("q"),
        kind=_word(call, "applies_to"),
        type=_word(call, "field_type"),
        system={"system": True, "org": False}.get(word.strip().lower()) if word else None,
        required=call.query.flag("is_required"),
        active=call.query.flag("is_active"),
        order=read_sort(call, SORTED, OLDEST),
    )


def _word(call: Call, name: str) -> str | None:
    asked = call.query.text(name)
    return fold_word(asked).replace("-", "_") if asked else None


@operation("POST", BASE, id="createCustomFieldKey", acts=("custom_key.manage",), body=CREATE, query=("strict",),
           answer=CustomFieldKey, status=201, tag="Custom fields")  # fmt: skip
def create_custom_field_key(call: Call) -> Reply:
    """Define a custom field"""
    require(call.actor, "custom_key.manage")
    problems: list[Problem] = []
    sent = _read(call, CREATE, problems)
    if sent.get("key_type") == "system":
        problems.append(Problem(("key_type",), "Only keys of the organization can be made."))
    problems += keys.check_key(call.unit, sent.get("applies_to"), sent.get("key"))
    lists = keys.check_lists(sent["field_type"], sent, problems, new=True) if "field_type" in sent else {}
    call.raise_problems(problems, _path)
    name = sent["key"]
    made = keys.create_key(
        call.unit,
        kind=sent["applies_to"],
        key=name,
        type=sent["field_type"],
        label=sent.get("label") or name.replace("_", " ").replace("-", " ").capitalize(),
        required=sent.get("is_required", False),
        active=sent.get("is_active", True),
        **lists,
    )
    return _reply(made, status=201)


@operation("GET", ONE, id="getCustomFieldKey", acts=("custom_key.see",), answer=CustomFieldKey, tag="Custom fields")
def get_custom_field_key(call: Call) -> Reply:
    """Read one definition"""
    require(call.actor, "custom_key.see")
    return _reply(_found(call))


@operation("PUT", ONE, id="updateCustomFieldKey", acts=("custom_key.manage",), body=UPDATE, query=("strict",),
           answer=CustomFieldKey, statuses=(412,), tag="Custom fields")  # fmt: skip
def update_custom_field_key(call: Call) -> Reply:
    """Change a definition; what it is called, is about and holds stays"""
    found = _found(call, lock=True)
    require(call.actor, "custom_key.manage")
    call.require_fresh(found.revision, found.updated_at)
    problems: list[Problem] = []
    sent = _read(call, UPDATE, problems)
    present = {"key": found.key, "applies_to": found.kind, "field_type": found.type, "key_type": _type(found)}
    for name, value in present.items():
        if sent.pop(name, value) != value:
            problems.append(Problem((name,), f"The {name.replace('_', ' ')} cannot be changed."))
    lists = keys.check_lists(found.type, sent, problems, new=False)
    call.raise_problems(problems, _path)
    changes = {ours: sent[wire] for ours, wire in WIRE.items() if wire in sent}
    if "label" in sent:
        changes["label"] = sent["label"]
    return _reply(keys.update_key(call.unit, found, {**changes, **lists}))


@operation("DELETE", ONE, id="deleteCustomFieldKey", acts=("custom_key.manage",), status=204, statuses=(412,),
           tag="Custom fields")  # fmt: skip
def delete_custom_field_key(call: Call) -> Reply:
    """Delete a definition with every value of it, for good"""
    found = _found(call, lock=True)
    require(call.actor, "custom_key.manage")
    call.require_fresh(found.revision, found.updated_at)
    keys.delete_key(call.unit, found)
    return Reply(status=204)


def _found(call: Call, *, lock: bool = False) -> CustomKey:
    named = call.path["key"]
    require(call.actor, "custom_key.see")
    found = None
    if named.isascii() and named.isdigit() and len(named) <= 15:
        found = keys.find_key(call.unit, int(named), lock=lock)
    if found is None:
        raise NotFound
    return found


def _type(key: CustomKey) -> str:
    return "system" if key.system else "org"


def _read(call: Call, shape: Shape, problems: list[Problem]) -> dict[str, Any]:
    return shape.read(call.body, problems, call.warnings, strict=bool(call.query.flag("strict")))


def _path(path: tuple[str, ...]) -> str:
    return ".".join((WIRE.get(path[0], path[0]), *path[1:]))


def _reply(key: CustomKey, status: int = 200) -> Reply:
    return Reply(body={"data": show_key(key)}, status=status, revision=key.revision, updated=key.updated_at)
