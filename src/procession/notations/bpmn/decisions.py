"""Gateways made fields: a choice for one way, a checklist for several, with a condition for every way out."""

import re
from collections.abc import Mapping

import msgspec

from procession.engine.model import Field, FieldKind, Option
from procession.engine.options import OPTIONS_LIMIT
from procession.engine.rule import FieldOperation, StepOperation, SubjectKind
from procession.notations.bpmn.scene import Flow, Node, Order, Scene, children, text_of
from procession.notations.bpmn.triggers import Atom
from procession.notations.model import MOST_FIELDS
from procession.notations.parts import Ids, Notes, make_field

RADIO_MOST = 6
_EQUALS = re.compile(r"[$#]?\{?\s*=?\s*([\w.-]+)\s*(?:===?|=|eq)\s*[\"']?([^\"'{}]*)[\"']?\s*\}?")
_CHOICES: frozenset[FieldKind] = frozenset(("radio", "dropdown", "multiselect"))
_APPROVED = frozenset(("approved", "approve", "accepted", "accept"))
_REJECTED = frozenset(("rejected", "reject", "not approved", "declined", "decline", "denied", "deny"))


class Decisions:
    """Makes them. `fields`: those of each step by its id, of the kick-off form by the empty id; added to on the way.

    `answers` are the conditions of flows, `approvals` the steps that became approvals.
    """

    def __init__(
        self,
        scene: Scene,
        order: Order,
        steps: Mapping[str, str],
        fields: dict[str, list[Field]],
        ids: Ids,
        notes: Notes,
    ) -> None:
        self._scene = scene
        self._order = order
        self._steps = steps
        self._fields = fields
        self._ids = ids
        self._notes = notes
        self.answers: dict[str, Atom] = {}
        self.approvals: set[str] = set()

    def make(self, plain: set[str], ignored: frozenset[str]) -> None:
        """Every gateway that decides. `plain`: steps that may become approvals; flows in `ignored` say nothing new."""
        number = 0
        for node_id in sorted(self._scene.nodes, key=self._order.ranks.__getitem__):
            node = self._scene.nodes[node_id]
            ways = [flow for flow in self._scene.flows.values() if flow.source == node_id]
            conditional = any(children(flow.element, "conditionExpression") for flow in ways)
            if node.tag not in ("exclusiveGateway", "inclusiveGateway", "complexGateway") and not conditional:
                if node.tag == "eventBasedGateway":
                    text = "What happens first decides: every way is shown."
                    self._notes.tell("eventBasedGateway", node.name or node_id, "process", text)
                continue
            if len(ways) > 1 and not all(flow.id in ignored for flow in ways):
                number += 1
                self._decide(node, ways, plain, number)

    def _decide(self, node: Node, ways: list[Flow], plain: set[str], number: int) -> None:
        host = self._host(node)
        if self._approval(ways, host, plain):
            return
        many = node.tag == "inclusiveGateway"
        fields = self._fields.setdefault(host, [])
        known = self._known(node, ways, fields)
        words = {flow.id: self._word(flow, place, known) for place, flow in enumerate(ways, 1)}
        if known is None:
            if len(fields) >= MOST_FIELDS:
                self._notes.tell("gateway", node.name or node.id, "process", "The form it asks in is full.")
                return
            label = node.name or f"Decision {number}"
            kind: FieldKind = "multiselect" if many else "radio" if len(ways) <= RADIO_MOST else "dropdown"
            known = make_field(self._ids(), label, kind, self._notes, label, options=tuple(words.values()))
            if len(known.options) == 1:
                known = msgspec.structs.replace(known, kind="dropdown")
            known = msgspec.structs.replace(known, required=not many)
            fields.append(known)
        for flow in ways:
            if self._is_answer(flow, words[flow.id], known):
                known = self._with_option(known, words[flow.id], fields)
                operation: FieldOperation = "contains" if known.kind == "multiselect" else "equals"
                subject: SubjectKind = "field" if host else "kickoff"
                self.answers[flow.id] = Atom(subject, known.id, operation, words[flow.id], host)

    def _is_answer(self, flow: Flow, word: str, field: Field) -> bool:
        """A way that leads nowhere needs no option of its own."""
        known = any(one.text == word for one in field.options)
        return known or self._scene.nodes[flow.target].tag != "endEvent"

    def _with_option(self, field: Field, word: str, fields: list[Field]) -> Field:
        if any(one.text == word for one in field.options) or len(field.options) >= OPTIONS_LIMIT:
            return field
        option = Option(id=1 + max((one.id for one in field.options), default=0), text=word)
        changed = msgspec.structs.replace(field, options=(*field.options, option))
        fields[fields.index(field)] = changed
        return changed

    def _known(self, node: Node, ways: list[Flow], fields: list[Field]) -> Field | None:
        """A field that is there already: of the gateway's name, or one that the conditions name."""
        for field in fields:
            if field.kind in _CHOICES and node.name and field.label.casefold() == node.name.casefold():
                return field
        named = {found[1] for flow in ways if (found := _EQUALS.fullmatch(_condition(flow)))}
        for field in fields:
            if field.kind in _CHOICES and field.alias in named:
                return field
        return None

    def _word(self, flow: Flow, place: int, known: Field | None) -> str:
        found = _EQUALS.fullmatch(_condition(flow))
        if found and known is not None and found[1] == known.alias:
            word = {"true": "Yes", "false": "No"}.get(found[2].strip(), found[2].strip())
            return word or flow.name or f"Option {place}"
        target = self._scene.nodes[flow.target]
        return (flow.name or _condition(flow) or target.name or f"Option {place}")[:600]

    def _approval(self, ways: list[Flow], host: str, plain: set[str]) -> bool:
        """A task with a way out that is called approved or rejected, and one other, is an approval."""
        words = {flow.id: flow.name.strip(" ?!.").casefold() for flow in ways}
        named = [one for one in words.values() if one in _APPROVED | _REJECTED]
        if host not in plain | self.approvals or not named or (len(ways) != 2 and len(named) != len(ways)):
            return False
        self.approvals.add(host)
        for flow in ways:
            word = words[flow.id]
            rejected = word in _REJECTED or (word not in _APPROVED and named[0] in _APPROVED)
            operation: StepOperation = "rejected" if rejected else "approved"
            self.answers[flow.id] = Atom("step", host, operation, "any_time", host)
        return True

    def _host(self, node: Node) -> str:
        """The step that the question is asked in: the last one before the gateway; empty: the kick-off form."""
        if node.id in self._steps:
            return self._steps[node.id]
        seen, waiting, found = {node.id}, [node.id], set()
        while waiting:
            one = waiting.pop()
            before = [flow.source for flow in self._scene.flows.values() if flow.target == one]
            before += [self._scene.nodes[one].host] if self._scene.nodes[one].tag == "boundaryEvent" else []
            frame = self._scene.nodes[one].frame
            before += [frame] if not before and frame is not None else []
            for source in before:
                if self._order.ranks.get(source, 0) >= self._order.ranks[node.id] or source in seen:
                    continue
                seen.add(source)
                if source in self._steps:
                    found.add(source)
                elif source in self._scene.nodes:
                    waiting += [source, *self._scene.frames.get(source, [])]
        last = max(found, key=self._order.ranks.__getitem__, default=None)
        return self._steps[last] if last is not None else ""


def _condition(flow: Flow) -> str:
    return " ".join(text_of(next(iter(children(flow.element, "conditionExpression")), None)).split())
