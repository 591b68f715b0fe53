"""Form fields that a BPMN document brings: Camunda's form data, data objects (spec 30 §20)."""

from collections import defaultdict
from xml.etree.ElementTree import Element

import msgspec

from procession.engine.model import Field, FieldKind
from procession.notations.bpmn.scene import Scene, children, text_of
from procession.notations.bpmn.words import CAMUNDA, MODEL
from procession.notations.parts import Ids, Notes, make_field

_KINDS: dict[str, tuple[FieldKind, tuple[str, ...]]] = {
    "string": ("text", ()),
    "long": ("text", ("numeric",)),
    "double": ("text", ("numeric",)),
    "date": ("date", ()),
    "enum": ("dropdown", ()),
    "boolean": ("radio", ()),
}


def camunda_fields(element: Element, ids: Ids, notes: Notes, where: str) -> list[Field]:
    """The fields of an element's `camunda:formData`."""
    fields = []
    for one in element.findall(f"{{{MODEL}}}extensionElements/{{{CAMUNDA}}}formData/{{{CAMUNDA}}}formField"):
        kind, validations = _KINDS.get(one.get("type", "string"), ("text", ()))
        options = tuple(value.get("name") or value.get("id") or "" for value in one.findall(f"{{{CAMUNDA}}}value"))
        if one.get("type") == "boolean":
            options = ("Yes", "No")
        if kind == "dropdown" and not any(options):
            kind = "text"
        label = one.get("label") or one.get("id") or "Field"
        made = make_field(ids(), label, kind, notes, where, options=options)
        required = any(
            part.get("name") == "required" for part in one.findall(f"{{{CAMUNDA}}}validation/{{{CAMUNDA}}}constraint")
        )
        fields.append(
            msgspec.structs.replace(made, alias=one.get("id", ""), validations=validations, required=required)
        )
    return fields


def data_fields(scene: Scene, ids: Ids, notes: Notes) -> dict[str, list[Field]]:
    """A short text for each data object, by the node that writes it, else one that reads it, else (empty) by none."""
    objects = {
        one.get("id", ""): one.get("name") or one.get("id") or ""
        for one in scene.process.iter(f"{{{MODEL}}}dataObjectReference")
    }
    for one in scene.process.iter(f"{{{MODEL}}}dataStoreReference"):
        notes.tell("dataStore", one.get("name") or one.get("id") or "", "process", "There is nothing like it here.")
    holders: dict[str, str] = {}
    for tag, end in (("dataOutputAssociation", "targetRef"), ("dataInputAssociation", "sourceRef")):
        for node in scene.nodes.values():
            for association in children(node.element, tag):
                for ref in children(association, end):
                    holders.setdefault(text_of(ref), node.id)
    found: dict[str, list[Field]] = defaultdict(list)
    for object_id, name in objects.items():
        found[holders.get(object_id, "")].append(make_field(ids(), name, "text", notes, "data object"))
    return found
