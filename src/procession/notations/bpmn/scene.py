"""A BPMN document as nodes and flows, sub-processes opened, in an order to work through."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from xml.etree.ElementTree import Element, ParseError

import msgspec
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from procession.notations.bpmn.words import BOUNDS, DIAGRAM, MODEL
from procession.notations.model import Unreadable
from procession.notations.parts import Notes

TASKS = frozenset((
    "task", "userTask", "manualTask", "sendTask", "serviceTask", "scriptTask", "businessRuleTask", "receiveTask",
    "callActivity",
))  # fmt: skip
FRAMES = frozenset(("subProcess", "transaction", "adHocSubProcess"))
GATEWAYS = frozenset(("exclusiveGateway", "inclusiveGateway", "parallelGateway", "complexGateway", "eventBasedGateway"))
EVENTS = frozenset(("startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"))
DEEPEST = 20
MOST_NODES = 5000
_PREFIX = f"{{{MODEL}}}"


class Node(msgspec.Struct, frozen=True):
    """A node: its element, the frame (sub-process) around it, and what its event is about (`timer`, `message`, ...)."""

    id: str
    tag: str
    name: str
    element: Element
    frame: str | None = None
    event: str = ""

    @property
    def host(self) -> str:
        """The activity that a boundary event is attached to."""
        return self.element.get("attachedToRef", "")


class Flow(msgspec.Struct, frozen=True):
    """A sequence flow between nodes that are there."""

    id: str
    source: str
    target: str
    name: str
    element: Element


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """Everything of one process. `frames`: the nodes inside each sub-process; `boxes`: where things are drawn."""

    process: Element
    title: str
    nodes: dict[str, Node]
    flows: dict[str, Flow]
    frames: dict[str, list[str]]
    lanes: dict[str, str]
    boxes: dict[str, tuple[float, float]]


def parse(data: bytes) -> Element:
    """The root of the document. Refuses document types and entities. Raises `Unreadable`."""
    try:
        root: Element = fromstring(data, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        said = "document types and entities are not allowed" if isinstance(error, DefusedXmlException) else str(error)
        raise Unreadable(f"The document is not readable XML: {said[:200]}.") from None
    if root.tag != f"{_PREFIX}definitions":
        raise Unreadable("The document is not BPMN 2.0: it has no definitions element.")
    return root


def local(element: Element) -> str:
    """The name of an element of BPMN; empty for one of another vocabulary."""
    return element.tag[len(_PREFIX) :] if element.tag.startswith(_PREFIX) else ""


def children(element: Element, *names: str) -> list[Element]:
    """The children of these names."""
    return [one for one in element if local(one) in names]


def text_of(element: Element | None) -> str:
    """The text of an element, outer blanks off."""
    return (element.text or "").strip() if element is not None else ""


def read_scene(root: Element, notes: Notes) -> Scene:
    """The process of the document that has most in it; others are told and left out."""
    processes = children(root, "process")
    sized = [(sum(local(one) in TASKS | FRAMES for one in process), -at) for at, process in enumerate(processes)]
    if not processes:
        raise Unreadable("The document has no process.")
    chosen = processes[-max(sized)[1]]
    pools = {one.get("processRef"): one.get("name", "") for part in children(root, "collaboration") for one in part}
    for other in processes:
        if other is not chosen:
            name = other.get("name") or pools.get(other.get("id")) or other.get("id") or ""
            notes.tell("process", name, "document", "A template is one process: the largest one was read.")
    for part in children(root, "collaboration"):
        for one in children(part, "messageFlow"):
            notes.tell(
                "messageFlow", one.get("name") or one.get("id") or "", "document", "Only the process itself was read."
            )
    nodes: dict[str, Node] = {}
    frames: dict[str, list[str]] = {}
    _collect(chosen, None, nodes, frames, notes, 0)
    flows = {one.id: one for one in _flows(chosen, nodes, notes)}
    lanes: dict[str, str] = {}
    for lane in chosen.iter(f"{_PREFIX}lane"):
        for ref in children(lane, "flowNodeRef"):
            lanes[text_of(ref)] = lane.get("name", "").strip()
    title = pools.get(chosen.get("id")) or chosen.get("name") or ""
    return Scene(process=chosen, title=title, nodes=nodes, flows=flows, frames=frames, lanes=lanes, boxes=_boxes(root))


def _collect(
    inside: Element, frame: str | None, nodes: dict[str, Node], frames: dict[str, list[str]], notes: Notes, depth: int
) -> None:
    if depth > DEEPEST:
        raise Unreadable(f"Sub-processes are nested deeper than {DEEPEST} levels.")
    for number, one in enumerate(inside):
        tag = local(one)
        if tag not in TASKS | FRAMES | GATEWAYS | EVENTS:
            continue
        node_id = one.get("id") or f"{frame or ''}.{number}"
        if node_id in nodes:
            raise Unreadable(f"Two elements have the id {node_id[:60]}.")
        if len(nodes) >= MOST_NODES:
            raise Unreadable(f"The process has more than {MOST_NODES} elements.")
        event = next(
            (local(part).removesuffix("EventDefinition") for part in one if "EventDefinition" in local(part)), ""
        )
        name = " ".join(one.get("name", "").split())
        nodes[node_id] = Node(node_id, tag, name, one, frame, event)
        if frame is not None:
            frames[frame].append(node_id)
        if tag in FRAMES:
            frames[node_id] = []
            _collect(one, node_id, nodes, frames, notes, depth + 1)


def _flows(process: Element, nodes: dict[str, Node], notes: Notes) -> Iterable[Flow]:
    for number, one in enumerate(process.iter(f"{_PREFIX}sequenceFlow")):
        source, target = one.get("sourceRef", ""), one.get("targetRef", "")
        flow_id = one.get("id") or f"flow.{number}"
        if source not in nodes or target not in nodes:
            notes.tell("sequenceFlow", flow_id, "process", "It leads from or to nothing.")
            continue
        yield Flow(flow_id, source, target, " ".join(one.get("name", "").split()), one)


def _boxes(root: Element) -> dict[str, tuple[float, float]]:
    found: dict[str, tuple[float, float]] = {}
    for shape in root.iter(f"{{{DIAGRAM}}}BPMNShape"):
        bounds = shape.find(f"{{{BOUNDS}}}Bounds")
        try:
            if bounds is not None:
                found[shape.get("bpmnElement", "")] = (float(bounds.get("x", "0")), float(bounds.get("y", "0")))
        except ValueError:
            continue
    return found


class Order(msgspec.Struct, frozen=True):
    """Nodes from the start to the end, and the flows that lead back."""

    ranks: dict[str, int]
    back: frozenset[str]


def put_in_order(scene: Scene) -> Order:
    """A walk from the starts, upper branches first; a flow to where the walk came from leads back."""
    indexes = {node: at for at, node in enumerate(scene.nodes)}
    leaving, arriving = _ways(scene)

    def key(node: str) -> tuple[float, float, int]:
        x, y = scene.boxes.get(node, (0.0, 0.0))
        return y, x, indexes[node]

    starts = sorted((one for one in scene.nodes if scene.nodes[one].tag == "startEvent" and not arriving[one]), key=key)
    roots = [*starts, *sorted((one for one in scene.nodes if not arriving[one] and one not in starts), key=key)]
    done: list[str] = []
    state: dict[str, int] = {}
    back: set[str] = set()
    # Later siblings are finished first, so that the list turned round begins with the upper branch.
    for root in reversed(roots):
        if root not in state:
            _walk(root, leaving, key, state, done, back)
    ordered = done[::-1]
    for root in scene.nodes:  # what is left lies in rings that nothing leads into
        if root not in state:
            ring: list[str] = []
            _walk(root, leaving, key, state, ring, back)
            ordered += ring[::-1]
    return Order({node: rank for rank, node in enumerate(ordered)}, frozenset(back))


def _ways(scene: Scene) -> tuple[dict[str, list[tuple[str, str]]], dict[str, list[str]]]:
    """What each node leads to (with the flow's id, empty where none is drawn), and what leads to it."""
    leaving: dict[str, list[tuple[str, str]]] = defaultdict(list)
    arriving: dict[str, list[str]] = defaultdict(list)
    for flow in scene.flows.values():
        leaving[flow.source].append((flow.target, flow.id))
        arriving[flow.target].append(flow.source)
    for node in scene.nodes.values():
        if node.tag == "boundaryEvent" and node.host in scene.nodes:
            leaving[node.host].append((node.id, ""))
            arriving[node.id].append(node.host)
    for frame, inner in scene.frames.items():
        after = list(leaving[frame])
        for one in inner:
            if not arriving[one]:
                leaving[frame].append((one, ""))
                arriving[one].append(frame)
            if not leaving[one]:
                leaving[one] += [(target, "") for target, _ in after if target not in inner]
    return leaving, arriving


def _walk(
    root: str,
    leaving: dict[str, list[tuple[str, str]]],
    key: Callable[[str], tuple[float, float, int]],
    state: dict[str, int],
    done: list[str],
    back: set[str],
) -> None:
    """Depth first, without recursion: documents may be long. States: 1 on the way, 2 done."""
    state[root] = 1
    stack = [(root, iter(sorted(leaving[root], key=lambda one: key(one[0]), reverse=True)))]
    while stack:
        node, ways = stack[-1]
        for target, flow in ways:
            if state.get(target) == 1:
                back.add(flow)
            elif target not in state:
                state[target] = 1
                stack.append((target, iter(sorted(leaving[target], key=lambda one: key(one[0]), reverse=True))))
                break
        else:
            state[node] = 2
            done.append(node)
            stack.pop()
