"""Templates as BPMN 2.0 with a diagram. What BPMN has no element for stands in extension elements of our own.

Those hold JSON, which editors keep as it is: of a step what it is beside its title and text, of the process the
kick-off form, the stages and the rules, each rule with the flows that draw it. A reader that finds those flows as they
were takes the rule as it was; one that finds them changed reads the flows.
"""

import re
from collections.abc import Mapping
from typing import Any, Literal
from xml.etree import ElementTree as ET

import msgspec

from procession.notations.bpmn.flows import END, Edge, Graph, Node, graph_of, node_id
from procession.notations.bpmn.layout import Box, Layout, lanes_of, place
from procession.notations.bpmn.words import BOUNDS, DIAGRAM, INSTANCE, LINES, MODEL, OWN, PREFIXES, show_span
from procession.notations.model import Outline, OutlineStep

PROCESS = "Process_1"
POOL = "Participant_1"
UNASSIGNED = "Everybody else"
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ELEMENTS = {
    "start": "startEvent",
    "end": "endEvent",
    "timer": "boundaryEvent",
    "exclusive": "exclusiveGateway",
    "inclusive": "inclusiveGateway",
    "join": "inclusiveGateway",
    "parallel": "parallelGateway",
}


class DrawnRule(msgspec.Struct, frozen=True, omit_defaults=True):
    """A rule as the extension holds it; `flows`: id, source, target and name of those that draw it."""

    rule: dict[str, Any]
    flows: tuple[tuple[str, str, str, str], ...] = ()


class OwnTemplate(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the process's extension holds."""

    kind: Literal["procedure", "form", "document"] = "procedure"
    guidance: str | None = None
    kickoff_title: str | None = None
    kickoff_description: str | None = None
    kickoff: tuple[dict[str, Any], ...] = ()
    stages: tuple[dict[str, Any], ...] = ()
    rules: tuple[DrawnRule, ...] = ()


class OwnStep(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a step's extension holds; `step` is the engine's, without what BPMN says already."""

    position: int
    step: dict[str, Any] = {}
    members: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()


def write_bpmn(outline: Outline) -> bytes:
    """The template as an XML document in UTF-8."""
    for prefix, uri in PREFIXES.items():
        ET.register_namespace(prefix, uri)
    graph = graph_of(outline)
    lanes = lanes_of(graph, _lanes(outline))
    root = ET.Element(_bpmn("definitions"), {"id": "Definitions_1", "targetNamespace": OWN, "exporter": "Procession"})
    # The prefix xsi is declared by its use; without conditions nothing would use it.
    root.set(f"{{{INSTANCE}}}schemaLocation", f"{MODEL} BPMN20.xsd")
    if lanes:
        collaboration = ET.SubElement(root, _bpmn("collaboration"), {"id": "Collaboration_1"})
        pool = {"id": POOL, "name": outline.title, "processRef": PROCESS}
        ET.SubElement(collaboration, _bpmn("participant"), pool)
    process = ET.SubElement(root, _bpmn("process"), {"id": PROCESS, "name": outline.title, "isExecutable": "false"})
    _document(process, outline.summary)
    _extend(process, "template", _own_template(outline, graph))
    if lanes:
        _write_lanes(process, lanes)
    steps = {node_id(one.step.id): one for one in outline.steps}
    for node in graph.nodes:
        _write_node(process, node, steps.get(node.id), outline, graph)
    for edge in graph.edges:
        _write_edge(process, edge)
    _draw(root, graph, place(graph, lanes), lanes)
    ET.indent(root)
    data: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return data + b"\n"


def _bpmn(name: str) -> str:
    return f"{{{MODEL}}}{name}"


def _lanes(outline: Outline) -> dict[str, str]:
    """The lane of each step by its node, after its first group or job title; none when no step has one."""
    named = {node_id(one.step.id): next(iter((*one.groups, *one.roles)), UNASSIGNED) for one in outline.steps}
    return named if set(named.values()) - {UNASSIGNED} else {}


def _text(text: str) -> str:
    """Text without the characters that XML cannot hold."""
    return _NO_XML.sub("", text)


def _document(element: ET.Element, html: str | None) -> None:
    if html:
        ET.SubElement(element, _bpmn("documentation"), {"textFormat": "text/html"}).text = _text(html)


def _extend(element: ET.Element, name: str, value: Any) -> None:
    extension = ET.SubElement(element, _bpmn("extensionElements"))
    ET.SubElement(extension, f"{{{OWN}}}{name}").text = _text(msgspec.json.encode(value).decode())


def _own_template(outline: Outline, graph: Graph) -> OwnTemplate:
    drawn: dict[str, list[tuple[str, str, str, str]]] = {}
    for edge in graph.edges:
        for rule in edge.rules:
            drawn.setdefault(rule, []).append((edge.id, edge.source, edge.target, edge.name))
    return OwnTemplate(
        kind=outline.kind,
        guidance=outline.guidance,
        kickoff_title=outline.kickoff_title,
        kickoff_description=outline.kickoff_description,
        kickoff=tuple(msgspec.to_builtins(one) for one in outline.kickoff),
        stages=tuple(msgspec.to_builtins(one) for one in outline.stages),
        rules=tuple(DrawnRule(msgspec.to_builtins(rule), tuple(drawn.get(rule.id, ()))) for rule in outline.rules),
    )


def _own_step(one: OutlineStep) -> OwnStep:
    step = msgspec.to_builtins(one.step)
    for name in ("id", "title", "summary", "position"):
        step.pop(name, None)
    return OwnStep(one.step.position, step, one.members, one.groups, one.roles)


def _write_lanes(process: ET.Element, lanes: Mapping[str, str]) -> None:
    found = ET.SubElement(process, _bpmn("laneSet"), {"id": "LaneSet_1"})
    for number, name in enumerate(dict.fromkeys(lanes.values()), 1):
        lane = ET.SubElement(found, _bpmn("lane"), {"id": f"Lane_{number}", "name": _text(name)})
        for node, of in lanes.items():
            if of == name:
                ET.SubElement(lane, _bpmn("flowNodeRef")).text = node


def _write_node(process: ET.Element, node: Node, one: OutlineStep | None, outline: Outline, graph: Graph) -> None:
    attributes = {"id": node.id} | ({"name": _text(node.name)} if node.name else {})
    if one is not None:
        element = ET.SubElement(process, _bpmn(_task(one)), attributes)
        _document(element, one.step.summary)
        _extend(element, "step", _own_step(one))
    else:
        element = ET.SubElement(process, _bpmn(_ELEMENTS[node.kind]), attributes)
    default = next((edge.id for edge in graph.edges if edge.source == node.id and edge.default), None)
    if default is not None:
        element.set("default", default)
    for name in ("incoming", "outgoing"):
        for edge in graph.edges:
            if node.id == (edge.target if name == "incoming" else edge.source):
                ET.SubElement(element, _bpmn(name)).text = edge.id
    if node.kind == "timer":
        element.set("attachedToRef", node_id(node.host or ""))
        _write_timer(element, node, outline)
    elif one is not None:
        _write_step(element, one)


def _task(one: OutlineStep) -> str:
    step = one.step
    if step.kind in ("email", "expiring_email"):
        return "sendTask"
    if step.launches:
        return "callActivity"
    return "serviceTask" if step.webhook and step.kind == "task" else "userTask"


def _write_step(element: ET.Element, one: OutlineStep) -> None:
    launches = one.step.launches
    if launches and element.tag == _bpmn("callActivity"):
        element.set("calledElement", str(launches.get("template_id", "")))
    if one.step.everyone_must_complete:
        ET.SubElement(element, _bpmn("multiInstanceLoopCharacteristics"), {"isSequential": "false"})


def _write_timer(element: ET.Element, node: Node, outline: Outline) -> None:
    step = next(one.step for one in outline.steps if one.step.id == node.host)
    definition = ET.SubElement(element, _bpmn("timerEventDefinition"), {"id": f"{node.id}_definition"})
    if step.deadline is not None:
        kind = {f"{{{INSTANCE}}}type": "bpmn:tFormalExpression"}
        ET.SubElement(definition, _bpmn("timeDuration"), kind).text = show_span(step.deadline)


def _write_edge(process: ET.Element, edge: Edge) -> None:
    attributes = {"id": edge.id, "sourceRef": edge.source, "targetRef": edge.target}
    if edge.name:
        attributes["name"] = _text(edge.name)
    if edge.rules:
        attributes[f"{{{OWN}}}rules"] = " ".join(edge.rules)
    if edge.order:
        attributes[f"{{{OWN}}}order"] = "true"
    element = ET.SubElement(process, _bpmn("sequenceFlow"), attributes)
    if edge.condition:
        kind = {f"{{{INSTANCE}}}type": "bpmn:tFormalExpression"}
        ET.SubElement(element, _bpmn("conditionExpression"), kind).text = _text(edge.condition)


# -- the diagram ------------------------------------------------------------------------------------------------------


def _draw(root: ET.Element, graph: Graph, layout: Layout, lanes: Mapping[str, str]) -> None:
    diagram = ET.SubElement(root, f"{{{DIAGRAM}}}BPMNDiagram", {"id": "BPMNDiagram_1"})
    plane = ET.SubElement(
        diagram,
        f"{{{DIAGRAM}}}BPMNPlane",
        {"id": "BPMNPlane_1", "bpmnElement": "Collaboration_1" if lanes else PROCESS},
    )
    if lanes:
        _shape(plane, POOL, layout.pool, {"isHorizontal": "true"})
        for number, name in enumerate(dict.fromkeys(lanes.values()), 1):
            _shape(plane, f"Lane_{number}", layout.lanes[name], {"isHorizontal": "true"})
    for node in graph.nodes:
        marker = {"isMarkerVisible": "true"} if node.kind == "exclusive" else {}
        _shape(
            plane, node.id, layout.boxes[node.id], marker, named=node.kind not in ("step", "timer") and bool(node.name)
        )
    for edge in graph.edges:
        line = ET.SubElement(plane, f"{{{DIAGRAM}}}BPMNEdge", {"id": f"{edge.id}_di", "bpmnElement": edge.id})
        for x, y in layout.bends[edge.id]:
            ET.SubElement(line, f"{{{LINES}}}waypoint", {"x": str(x), "y": str(y)})


def _shape(plane: ET.Element, of: str, box: Box, attributes: dict[str, str], *, named: bool = False) -> None:
    shape = ET.SubElement(plane, f"{{{DIAGRAM}}}BPMNShape", {"id": f"{of}_di", "bpmnElement": of, **attributes})
    _bounds(shape, box)
    if named:
        label = ET.SubElement(shape, f"{{{DIAGRAM}}}BPMNLabel")
        _bounds(label, Box(box.x - 20, box.bottom + 4 if of == END else box.y - 24, 90, 14))


def _bounds(element: ET.Element, box: Box) -> None:
    values = {"x": box.x, "y": box.y, "width": box.width, "height": box.height}
    ET.SubElement(element, f"{{{BOUNDS}}}Bounds", {name: str(value) for name, value in values.items()})
