"""Which rules are drawn as flows and gateways, and which flows only show the order (spec 30 §20)."""

from collections.abc import Iterator
from typing import Literal

import msgspec

from procession.engine.model import Field
from procession.engine.rule import Condition, Rule
from procession.notations.model import Outline

NodeKind = Literal["start", "end", "step", "timer", "exclusive", "inclusive", "parallel", "join"]
START, END = "StartEvent_1", "EndEvent_1"


class Node(msgspec.Struct, frozen=True):
    """A node of the diagram. `host`: the step a timer is attached to, or that a gateway follows or leads to."""

    id: str
    kind: NodeKind
    name: str = ""
    host: str | None = None


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """A sequence flow. `rules`: those it draws; `order`: it shows what comes next and enforces nothing."""

    id: str
    source: str
    target: str
    name: str = ""
    condition: str = ""
    rules: tuple[str, ...] = ()
    order: bool = False
    default: bool = False


class Graph(msgspec.Struct, frozen=True):
    """What is drawn, in the order of the template."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def node_id(step_id: str) -> str:
    """The id of a step's node: XML wants a letter first."""
    return f"Step_{step_id}"


class _Drawing:
    """The graph on its way."""

    def __init__(self, outline: Outline) -> None:
        self.outline = outline
        self.steps = {one.step.id: one.step for one in outline.steps}
        self.fields: dict[str, tuple[Field, str | None]] = {one.id: (one, None) for one in outline.kickoff}
        for step in self.steps.values():
            self.fields |= {field.id: (field, step.id) for field in step.fields}
        self.nodes: dict[str, Node] = {}
        self.edges: dict[tuple[str, str, str], Edge] = {}

    def add(self, node: Node) -> str:
        self.nodes.setdefault(node.id, node)
        return node.id

    def join(self, source: str, target: str, name: str = "", condition: str = "", rule: str | None = None) -> None:
        """A flow; a second rule that draws the same one is added to it."""
        key = (source, target, name)
        known = self.edges.get(key)
        rules = (*(known.rules if known else ()), *((rule,) if rule else ()))
        if known is None:
            number = len(self.edges) + 1
            known = Edge(id=f"Flow_{number}", source=source, target=target, name=name, condition=condition)
        self.edges[key] = msgspec.structs.replace(known, rules=tuple(dict.fromkeys(rules)))


def graph_of(outline: Outline) -> Graph:
    """The diagram of a template: its steps in order, its rules as flows where §20 has one for them."""
    drawing = _Drawing(outline)
    drawing.add(Node(START, "start", outline.kickoff_title or ""))
    for one in outline.steps:
        drawing.add(Node(node_id(one.step.id), "step", one.step.title, one.step.id))
    for one in outline.steps:
        if one.step.kind == "expiring" and one.step.deadline is not None and one.step.deadline.option == "from":
            drawing.add(_timer(one.step.id))
    for rule in outline.rules:
        if rule.active:
            _draw(drawing, rule)
    _order(drawing)
    _ends(drawing)
    drawing.add(Node(END, "end"))
    return Graph(tuple(drawing.nodes.values()), tuple(drawing.edges.values()))


def _timer(step_id: str) -> Node:
    return Node(f"Timer_{step_id}", "timer", "", step_id)


def drawn_verbs(rule: Rule) -> Iterator[tuple[str, str]]:
    """Verb and target of the actions that a flow can stand for."""
    return ((one.verb, one.target) for one in rule.actions if one.verb in ("show", "reopen") and one.target)


def _draw(drawing: _Drawing, rule: Rule) -> None:
    """Draw what the rule shows and reopens; other actions, and conditions without a symbol, stay in its data."""
    for verb, target in drawn_verbs(rule):
        if target not in drawing.steps:
            continue
        to = node_id(target)
        if len(rule.conditions) == 1:
            origin = _origin(drawing, rule.conditions[0])
            if origin is not None and origin[0] != to:
                drawing.join(origin[0], to, origin[1], origin[2], rule.id)
        elif verb == "show" and _is_join(drawing, rule, target):
            kind: NodeKind = "parallel" if rule.conditions[1].logic == "and" else "join"
            gateway = drawing.add(Node(f"Join_{rule.id}", kind, "", target))
            for condition in rule.conditions:
                drawing.join(node_id(condition.subject), gateway, rule=rule.id)
            drawing.join(gateway, to, rule=rule.id)


def _is_join(drawing: _Drawing, rule: Rule, target: str) -> bool:
    later = {one.logic for one in rule.conditions[1:]}
    subjects = [one.subject for one in rule.conditions]
    plain = all(
        one.kind == "step" and one.operation == "completed" and one.statement in (None, "any_time")
        for one in rule.conditions
    )
    known = all(one in drawing.steps for one in subjects)
    return plain and known and len(later) == 1 and target not in subjects and len(set(subjects)) == len(subjects)


def _origin(drawing: _Drawing, condition: Condition) -> tuple[str, str, str] | None:
    """The node that a condition's flow leaves, the flow's name and its condition as text; None: not drawn."""
    if condition.kind == "step":
        if condition.subject not in drawing.steps or condition.statement not in (None, "any_time"):
            return None
        return _after_step(drawing, condition)
    found = drawing.fields.get(condition.subject)
    if found is None or not isinstance(condition.statement, str) or condition.column is not None:
        return None
    field, step_id = found
    many = field.kind == "multiselect"
    if condition.operation != ("contains" if many else "equals") or not (
        many or field.kind in ("radio", "dropdown", "text")
    ):
        return None
    gateway = drawing.add(Node(f"Gateway_{field.id}", "inclusive" if many else "exclusive", field.label, step_id))
    drawing.join(node_id(step_id) if step_id else START, gateway)
    sign = "contains" if many else "="
    return gateway, condition.statement, f'{field.label} {sign} "{condition.statement}"'


def _after_step(drawing: _Drawing, condition: Condition) -> tuple[str, str, str] | None:
    step = drawing.steps[condition.subject]
    node = node_id(step.id)
    if condition.operation == "completed":
        return node, "", ""
    if condition.operation == "expired":
        return (drawing.add(_timer(step.id)), "", "") if _timer(step.id).id in drawing.nodes else None
    if condition.operation in ("approved", "rejected") and step.kind == "approval":
        gateway = drawing.add(Node(f"Gateway_{step.id}", "exclusive", "Approved?", step.id))
        drawing.join(node, gateway)
        word = "Approved" if condition.operation == "approved" else "Rejected"
        return gateway, word, word
    return None


def _order(drawing: _Drawing) -> None:
    """What no rule leads to comes after the step before it, or at the start."""
    places = {node_id(one.step.id): place for place, one in enumerate(drawing.outline.steps)}
    shows = {
        (rule.id, node_id(target))
        for rule in drawing.outline.rules
        for verb, target in drawn_verbs(rule)
        if verb == "show"
    }
    led = {
        edge.target
        for edge in drawing.edges.values()
        if any((rule, edge.target) in shows for rule in edge.rules)
        and _place(drawing, edge.source, places) < places[edge.target]
    }
    before = START
    for one in drawing.outline.steps:
        to = node_id(one.step.id)
        if to not in led:
            drawing.join(before, to)
            key = (before, to, "")
            if not drawing.edges[key].rules:
                drawing.edges[key] = msgspec.structs.replace(drawing.edges[key], order=True)
        before = to
    if not drawing.outline.steps:
        drawing.join(START, END)


def _place(drawing: _Drawing, node: str, places: dict[str, int]) -> int:
    """Where a node stands: a gateway or timer where its step does; a join after the last that leads to it."""
    if node in places or node == START:
        return places.get(node, -1)
    found = drawing.nodes[node]
    if found.kind in ("parallel", "join"):
        return max((places.get(edge.source, -1) for edge in drawing.edges.values() if edge.target == node), default=-1)
    return places.get(node_id(found.host), -1) if found.host else -1


def _ends(drawing: _Drawing) -> None:
    """Whatever leads nowhere leads to the end; a decision has a way out for every other answer."""
    leaving = {edge.source for edge in drawing.edges.values()}
    for node in list(drawing.nodes.values()):
        if node.kind in ("exclusive", "inclusive"):
            key = (node.id, END, "Otherwise")
            drawing.join(node.id, END, "Otherwise")
            drawing.edges[key] = msgspec.structs.replace(drawing.edges[key], default=True, order=True)
        elif node.kind in ("step", "timer") and node.id not in leaving:
            drawing.join(node.id, END)
    if drawing.outline.steps and not any(edge.target == END for edge in drawing.edges.values()):
        # Every step leads back to another: the process still ends with the last one.
        drawing.join(node_id(drawing.outline.steps[-1].step.id), END)
