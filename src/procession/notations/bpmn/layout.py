"""Where the nodes of a diagram stand, and the bends of its flows: columns from left to right, a band for each lane."""

from collections import defaultdict

import msgspec

from procession.notations.bpmn.flows import Edge, Graph, Node

COLUMN, ROW = 180, 110
LEFT, TOP = 220, 100
SIZES = {"step": (100, 80), "start": (36, 36), "end": (36, 36), "timer": (36, 36)}
GATEWAY = (50, 50)
HEADER = 30
"""How broad the head of a pool or lane is."""


class Box(msgspec.Struct, frozen=True):
    """A rectangle in pixels."""

    x: int
    y: int
    width: int
    height: int

    @property
    def middle(self) -> int:
        return self.y + self.height // 2

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height


class Layout(msgspec.Struct, frozen=True):
    """Boxes of nodes by id, bends of edges by id, boxes of lanes by name, the box around everything."""

    boxes: dict[str, Box]
    bends: dict[str, tuple[tuple[int, int], ...]]
    lanes: dict[str, Box]
    pool: Box


def place(graph: Graph, lanes: dict[str, str]) -> Layout:
    """Place every node. `lanes`: the lane of each node, by id; empty when there are none."""
    columns = _columns(graph)
    names = list(dict.fromkeys(lanes.values())) or [""]
    rows = _rows(graph, columns, lanes)
    heights = {
        name: 1 + max((row for (lane, _), row in _last(rows, lanes).items() if lane == name), default=0)
        for name in names
    }
    tops: dict[str, int] = {}
    top = TOP
    for name in names:
        tops[name] = top
        top += heights[name] * ROW + 20
    boxes = {}
    for node in graph.nodes:
        if node.kind == "timer":
            continue
        width, height = SIZES.get(node.kind, GATEWAY)
        x = LEFT + columns[node.id] * COLUMN + (100 - width) // 2
        y = tops[lanes.get(node.id, "")] + rows[node.id] * ROW + 10 + (ROW - height) // 2
        boxes[node.id] = Box(x, y, width, height)
    for node in graph.nodes:
        if node.kind == "timer":
            host = boxes[f"Step_{node.host}"]
            boxes[node.id] = Box(host.right - 36, host.bottom - 18, 36, 36)
    right = max((box.right for box in boxes.values()), default=LEFT) + 60
    pool = Box(LEFT - 60 - HEADER, TOP, right - LEFT + 60 + HEADER, top - TOP)
    bands = {
        name: Box(pool.x + HEADER, tops[name], pool.width - HEADER, heights[name] * ROW + 20) for name in names if name
    }
    bends = {edge.id: _bends(edge, boxes, columns, top) for edge in graph.edges}
    return Layout(boxes, bends, bands, pool)


def _last(rows: dict[str, int], lanes: dict[str, str]) -> dict[tuple[str, str], int]:
    return {(lanes.get(node, ""), node): row for node, row in rows.items()}


def _columns(graph: Graph) -> dict[str, int]:
    """The column of each node: one right of the last that leads to it; flows that go back do not count.

    Nodes are taken in the template's order, gateways with what they belong to, so that one pass settles all of it.
    """
    order = _ranks(graph)
    into: dict[str, list[str]] = defaultdict(list)
    for edge in graph.edges:
        if order[edge.source] < order[edge.target]:
            into[edge.target].append(edge.source)
    columns: dict[str, int] = {}
    for node in sorted(graph.nodes, key=lambda one: order[one.id]):
        before = [columns[source] for source in into[node.id]]
        same = node.kind == "timer"
        columns[node.id] = columns[f"Step_{node.host}"] if same else max(before, default=-1) + 1
    return columns


def _ranks(graph: Graph) -> dict[str, tuple[int, int]]:
    """A number for each node that grows along the template: a step's place, its timer and gateway right after it."""
    places = {node.host: place for place, node in enumerate(graph.nodes, 1) if node.kind == "step"}
    ranks: dict[str, tuple[int, int]] = {}
    for number, node in enumerate(graph.nodes):
        if node.kind == "start":
            ranks[node.id] = (0, 0)
        elif node.kind == "end":
            ranks[node.id] = (len(graph.nodes) + 2, 0)
        elif node.kind == "step":
            ranks[node.id] = (places[node.host], 0)
        elif node.kind in ("parallel", "join"):
            ranks[node.id] = (places.get(node.host, 0) - 1, 2 + number)
        else:
            ranks[node.id] = (places.get(node.host, 0), 1)
    return ranks


def _rows(graph: Graph, columns: dict[str, int], lanes: dict[str, str]) -> dict[str, int]:
    """The row of each node inside its lane: that of what leads to it if it is free there, else the next free one."""
    first: dict[str, str] = {}
    for edge in graph.edges:
        if columns[edge.source] < columns[edge.target]:
            first.setdefault(edge.target, edge.source)
    taken: set[tuple[str, int, int]] = set()
    rows: dict[str, int] = {}
    for node in sorted(graph.nodes, key=lambda one: columns[one.id]):
        if node.kind == "timer":
            continue
        lane, column = lanes.get(node.id, ""), columns[node.id]
        source = first.get(node.id)
        wanted = rows.get(source, 0) if source is not None and lanes.get(source, "") == lane else 0
        while (lane, column, wanted) in taken:
            wanted += 1
        taken.add((lane, column, wanted))
        rows[node.id] = wanted
    return rows


def _bends(edge: Edge, boxes: dict[str, Box], columns: dict[str, int], bottom: int) -> tuple[tuple[int, int], ...]:
    """Straight where nothing stands in the way, else through the gaps between columns; the last way is the foot."""
    source, target = boxes[edge.source], boxes[edge.target]
    first, last = columns[edge.source], columns[edge.target]
    start, end = (source.right, source.middle), (target.x, target.middle)
    if first >= last:
        # Back: out below, along under both, in from below.
        out, into = source.x + source.width // 2, target.x + target.width // 2
        foot = min(max(source.bottom, target.bottom) + 25, bottom - 5)
        return (out, source.bottom), (out, foot), (into, foot), (into, target.bottom)
    before, behind = LEFT + first * COLUMN + 115, LEFT + last * COLUMN - 15
    between = [boxes[one] for one, column in columns.items() if first < column < last and one in boxes]
    if _is_free(source.middle, between):
        if source.middle == target.middle:
            return start, end
        return start, (behind, source.middle), (behind, target.middle), end
    if source.middle != target.middle and _is_free(target.middle, between):
        return start, (before, source.middle), (before, target.middle), end
    foot = bottom - 8
    return start, (before, source.middle), (before, foot), (behind, foot), (behind, target.middle), end


def _is_free(y: int, boxes: list[Box]) -> bool:
    return not any(one.y <= y <= one.bottom for one in boxes)


def lanes_of(graph: Graph, named: dict[str, str]) -> dict[str, str]:
    """The lane of every node, from those of the steps; what is no step stands with the step it belongs to."""
    if not named:
        return {}
    steps = {node.host: named[node.id] for node in graph.nodes if node.kind == "step"}
    first = next(iter(steps.values()), "")
    last = next(reversed(list(steps.values())), "")
    return {node.id: _lane(node, named, steps, first, last) for node in graph.nodes}


def _lane(node: Node, named: dict[str, str], steps: dict[str | None, str], first: str, last: str) -> str:
    if node.id in named:
        return named[node.id]
    return last if node.kind == "end" else steps.get(node.host, first)
