"""What has to have happened before a node is reached: read off the flows, as conditions of rules (spec 30 §20)."""

from collections import defaultdict
from typing import NamedTuple

from procession.engine.rule import FieldOperation, StepOperation, SubjectKind
from procession.notations.bpmn.scene import GATEWAYS, Flow, Order, Scene

MOST_CLAUSES = 32


class Atom(NamedTuple):
    """One condition: of the step or field `subject`. `host`: the step a field is on, or the step itself."""

    kind: SubjectKind
    subject: str
    operation: StepOperation | FieldOperation
    statement: str
    host: str


Clause = tuple[Atom, ...]
Trigger = tuple[Clause, ...]
"""One of the clauses, each of them all of its conditions. `ALWAYS` holds from the launch on; `NEVER` is not reached."""
ALWAYS: Trigger = ((),)
NEVER: Trigger = ()


class TooComplex(Exception):
    """More combinations than rules would be readable."""


class Triggers:
    """Asks a scene. `steps` are the ids of steps by node; `done` what counts as their end, `answers` the condition
    that a flow out of a decision has; `ignored` flows enforce nothing.
    """

    def __init__(
        self,
        scene: Scene,
        order: Order,
        steps: dict[str, str],
        done: dict[str, tuple[StepOperation, ...]],
        answers: dict[str, Atom],
        ignored: frozenset[str],
    ) -> None:
        self._scene = scene
        self._steps = steps
        self._done = done
        self._answers = answers
        self._kept: dict[str, Trigger] = {}
        self.into: dict[str, list[Flow]] = defaultdict(list)
        for flow in scene.flows.values():
            if flow.id not in order.back and flow.id not in ignored:
                self.into[flow.target].append(flow)

    def of_flow(self, flow: Flow) -> Trigger:
        """When a token comes along the flow. Raises `TooComplex`."""
        answer = self._answers.get(flow.id)
        before = self._leave(flow.source)
        if answer is None:
            return before
        if answer.kind == "step" and answer.operation in ("approved", "rejected"):
            return ((answer,),)
        return tuple(_with(clause, answer) for clause in before) or NEVER

    def _leave(self, node_id: str) -> Trigger:
        """When the node is done."""
        kept = self._kept.get(node_id)
        if kept is None:
            self._kept[node_id] = NEVER  # a ring of gateways is never entered from inside
            kept = self._kept[node_id] = self._left(node_id)
        return kept

    def _left(self, node_id: str) -> Trigger:
        node = self._scene.nodes[node_id]
        step = self._steps.get(node_id)
        if node.tag == "boundaryEvent" and node.event == "timer" and step is None:
            host = self._steps.get(node.host)
            operation: StepOperation = (
                "expired" if node.element.get("cancelActivity") != "false" else "deadline_overdue"
            )
            return ((Atom("step", host, operation, "any_time", host),),) if host else self._enter(node_id)
        if step is not None:
            return tuple((Atom("step", step, one, "any_time", step),) for one in self._done.get(step, ("completed",)))
        if node_id in self._scene.frames:
            return self._exit(node_id)
        return self._enter(node_id)

    def _enter(self, node_id: str) -> Trigger:
        """When the node is reached."""
        node = self._scene.nodes[node_id]
        flows = self.into.get(node_id, [])
        if not flows:
            return self.entry_of_frame(node.frame)
        triggers = [self.of_flow(flow) for flow in flows]
        if node.tag == "parallelGateway" or (node.tag == "inclusiveGateway" and len(flows) == 1):
            return _all(triggers)
        return _any(triggers)

    def entry_of_frame(self, frame: str | None) -> Trigger:
        """When a node is reached that nothing leads to: with its sub-process, or at the launch."""
        return self._enter(frame) if frame is not None else ALWAYS

    def _exit(self, frame: str) -> Trigger:
        """When a sub-process is done: when all its ends are, or one of them where it decides which to take."""
        inner = self._scene.frames[frame]
        sources = {flow.source for flow in self._scene.flows.values()}
        ends = [self._leave(one) for one in inner if one not in sources]
        decides = any(self._scene.nodes[one].tag in GATEWAYS - {"parallelGateway"} for one in inner)
        return (_any(ends) if decides else _all(ends)) if ends else ALWAYS


def _with(clause: Clause, answer: Atom) -> Clause:
    """The clause and the answer. That the answer's step is completed goes without saying: its answers count then."""
    kept = tuple(one for one in clause if not (one.host == answer.host and one.operation == "completed"))
    return tuple(dict.fromkeys((*kept, answer)))


def _any(triggers: list[Trigger]) -> Trigger:
    found = tuple(dict.fromkeys(clause for one in triggers for clause in one))
    if () in found:
        return ALWAYS
    if len(found) > MOST_CLAUSES:
        raise TooComplex
    return found


def _all(triggers: list[Trigger]) -> Trigger:
    found: Trigger = ALWAYS
    for one in triggers:
        found = tuple(dict.fromkeys(tuple(dict.fromkeys((*left, *right))) for left in found for right in one))
        if len(found) > MOST_CLAUSES:
            raise TooComplex
    return found
