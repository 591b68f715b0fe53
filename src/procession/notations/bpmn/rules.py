"""Flows made rules: *completed → show* for the order, *equals → show* for a decision, *→ reopen* for a way back."""

from collections import defaultdict

from procession.engine.rule import ACTIONS_LIMIT, CONDITIONS_LIMIT, NAME_LIMIT, Action, Condition, Logic, Rule, Verb
from procession.notations.bpmn.scene import GATEWAYS, Flow, Order, Scene
from procession.notations.bpmn.triggers import ALWAYS, Atom, Clause, TooComplex, Trigger, Triggers
from procession.notations.model import MOST_RULES
from procession.notations.parts import Ids, Notes


class RuleMaker:
    """Makes the rules of a scene. `steps`: ids of steps by node; `titles`: of steps and fields, for rules' names."""

    def __init__(
        self,
        scene: Scene,
        order: Order,
        triggers: Triggers,
        steps: dict[str, str],
        titles: dict[str, str],
        ids: Ids,
        notes: Notes,
    ) -> None:
        self._scene = scene
        self._order = order
        self._triggers = triggers
        self._steps = steps
        self._titles = titles
        self._ids = ids
        self._notes = notes
        self.rules: list[Rule] = []

    def make(self, ignored: frozenset[str]) -> list[Rule]:
        """The rules of every flow but the ignored ones, in the order of the steps they show."""
        for node_id in sorted(self._steps, key=lambda one: self._order.ranks[one]):
            self._shows(node_id)
        for flow in self._scene.flows.values():
            if flow.id in self._order.back and flow.id not in ignored:
                self._goes_back(flow)
        if len(self.rules) > MOST_RULES:
            self._notes.tell("rule", str(len(self.rules)), "process", f"A template has at most {MOST_RULES} rules.")
        return self.rules[:MOST_RULES]

    def _shows(self, node_id: str) -> None:
        """Rules that show the step. What one way reaches from the launch on is never hidden."""
        step = self._steps[node_id]
        flows = self._triggers.into.get(node_id, [])
        triggers = [self._trigger(flow) for flow in flows]
        if not flows:
            triggers = [self._frame_trigger(node_id)]
        if any(one == ALWAYS for one in triggers):
            return
        made: set[Clause] = set()
        for trigger in triggers:
            if len(trigger) > 1 and all(len(clause) == 1 for clause in trigger):
                self._rule(tuple(clause[0] for clause in trigger), "or", "show", [step])
                continue
            for clause in trigger:
                if clause not in made and not any(one.subject == step for one in clause):
                    made.add(clause)
                    self._rule(clause, "and", "show", [step])

    def _frame_trigger(self, node_id: str) -> Trigger:
        node = self._scene.nodes[node_id]
        try:
            if node.tag == "boundaryEvent":
                host = self._steps.get(node.host)
                return ((Atom("step", host, "completed", "any_time", host),),) if host else ALWAYS
            return self._triggers.entry_of_frame(node.frame)
        except TooComplex:
            return ALWAYS

    def _trigger(self, flow: Flow) -> Trigger:
        try:
            return self._triggers.of_flow(flow)
        except TooComplex:
            name = flow.name or flow.id
            self._notes.tell("sequenceFlow", name, "process", "Too many ways lead here: the step is shown at once.")
            return ALWAYS

    def _goes_back(self, flow: Flow) -> None:
        """A loop: its condition reopens the step it leads to; when that is done again, so are those after it."""
        for target in self._landings(flow.target):
            step = self._steps[target]
            for clause in self._trigger(flow):
                if not clause or all(one.host == step for one in clause):
                    text = "A step cannot reopen itself: whoever finds it wrong reopens it by hand."
                    self._notes.tell("loop", flow.name or self._titles[step], self._titles[step], text)
                elif not any(one.kind == "step" and one.subject == step for one in clause):
                    self._rule(clause, "and", "reopen", [step])
            body = [one for one in self._between(target, flow.source) if one != step][:ACTIONS_LIMIT]
            if body:
                self._rule((Atom("step", step, "completed", "any_time", step),), "and", "reopen", body)

    def _landings(self, node_id: str) -> list[str]:
        """The steps that a token comes to first."""
        found: list[str] = []
        seen = {node_id}
        waiting = [node_id]
        while waiting:
            one = waiting.pop()
            if one in self._steps:
                found.append(one)
                continue
            inner = self._scene.frames.get(one, [])
            ways = (
                [flow.target for flow in self._scene.flows.values() if flow.source == one] if not inner else inner[:1]
            )
            for target in ways:
                if target not in seen and (len(ways) == 1 or self._scene.nodes[one].tag not in GATEWAYS):
                    seen.add(target)
                    waiting.append(target)
        return found

    def _between(self, first: str, last: str) -> list[str]:
        """The steps on the ways from one node to another, forwards."""
        leaving: dict[str, list[str]] = defaultdict(list)
        for flow in self._scene.flows.values():
            if flow.id not in self._order.back:
                leaving[flow.source].append(flow.target)
        arriving: dict[str, list[str]] = defaultdict(list)
        for source, targets in leaving.items():
            for target in targets:
                arriving[target].append(source)
        inside = _reached(first, leaving) & _reached(last, arriving)
        return [self._steps[one] for one in sorted(inside, key=self._order.ranks.__getitem__) if one in self._steps]

    def _rule(self, atoms: tuple[Atom, ...], logic: Logic, verb: Verb, targets: list[str]) -> None:
        if len(atoms) > CONDITIONS_LIMIT:
            self._notes.tell("rule", self._titles[targets[0]], "process", "It has too many conditions.")
            return
        conditions = tuple(
            Condition(
                id=self._ids(),
                kind=one.kind,
                subject=one.subject,
                operation=one.operation,
                statement=one.statement,
                logic=logic,
            )
            for one in atoms
        )
        actions = tuple(Action(id=self._ids(), verb=verb, target=target) for target in targets)
        name = f"{self._said(atoms[0])}: {verb} {self._titles[targets[0]]}"[:NAME_LIMIT]
        self.rules.append(Rule(id=self._ids(), name=name, conditions=conditions, actions=actions))

    def _said(self, atom: Atom) -> str:
        title = self._titles.get(atom.subject, "")
        return f"{title} {atom.operation}" if atom.kind == "step" else f"{title} = {atom.statement}"


def _reached(start: str, ways: dict[str, list[str]]) -> set[str]:
    seen = {start}
    waiting = [start]
    while waiting:
        for one in ways.get(waiting.pop(), ()):
            if one not in seen:
                seen.add(one)
                waiting.append(one)
    return seen
