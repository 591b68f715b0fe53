"""Templates from BPMN 2.0: the mapping of spec 30 §20, with a note for everything that has no place in a template."""

from collections import defaultdict
from html import escape
from typing import Any
from xml.etree.ElementTree import Element

import msgspec

from procession.engine.model import LAUNCH, DeadlineRule, Field, Stage, Step, TaskKind
from procession.engine.rule import Rule, StepOperation, ids_in
from procession.notations.bpmn.decisions import Decisions
from procession.notations.bpmn.forms import camunda_fields, data_fields
from procession.notations.bpmn.rules import RuleMaker
from procession.notations.bpmn.scene import (
    FRAMES,
    TASKS,
    Node,
    Order,
    Scene,
    children,
    parse,
    put_in_order,
    read_scene,
    text_of,
)
from procession.notations.bpmn.triggers import TooComplex, Triggers
from procession.notations.bpmn.words import CAMUNDA, MODEL, OWN, ZEEBE, read_span
from procession.notations.bpmn.write import UNASSIGNED, OwnStep, OwnTemplate
from procession.notations.model import MOST_STEPS, Outline, OutlineStep, Reading, Unreadable
from procession.notations.parts import (
    HTML_LIMIT,
    STAGE_LIMIT,
    SUMMARY_LIMIT,
    TITLE_LIMIT,
    UNNAMED,
    Ids,
    Notes,
    make_step,
    numbered,
)
from procession.notations.text import as_html

_KINDS: dict[str, TaskKind] = {"sendTask": "email", "intermediateThrowEvent": "email"}
_BY_HAND = {
    "serviceTask": "A program did it: give the step a webhook, or somebody to do it.",
    "scriptTask": "A script did it: somebody has to.",
    "businessRuleTask": "A decision table did it: somebody has to decide.",
    "receiveTask": "Whoever sends the message completes the step, through the API.",
}
_NO_MATCH = frozenset(("error", "compensate", "cancel", "escalation", "signal", "conditional", "message"))


def read_bpmn(data: bytes, name: str) -> Reading:
    """The template that the document's process describes; `name` if it has none. Raises `Unreadable`."""
    notes = Notes()
    scene = read_scene(parse(data), notes)
    return _Reader(scene, put_in_order(scene), notes).read(name)


class _Reader:
    def __init__(self, scene: Scene, order: Order, notes: Notes) -> None:
        self._scene = scene
        self._order = order
        self._notes = notes
        self._ids = Ids()
        self._own = _own(scene.process, "template", OwnTemplate) or OwnTemplate()
        self._own_steps = {one.id: _own(one.element, "step", OwnStep) for one in scene.nodes.values()}
        ordered = sorted(scene.nodes, key=order.ranks.__getitem__)
        chosen = [node_id for node_id in ordered if self._is_step(scene.nodes[node_id])]
        if len(chosen) > MOST_STEPS:
            raise Unreadable(f"The document has more than {MOST_STEPS} steps.")
        owned = [self._own_steps[one] for one in chosen]
        places = [one.position for one in owned if one is not None]
        if len(places) == len(chosen) == len(set(places)):
            chosen = [node for _, node in sorted(zip(places, chosen, strict=True))]
        self._steps = {node_id: _step_id(node_id) or self._ids() for node_id in chosen}
        self._kept, self._ignored = self._kept_rules()
        self._annotations = self._hung()

    def read(self, name: str) -> Reading:
        fields = self._fields()
        decisions = Decisions(self._scene, self._order, self._steps, fields, self._ids, self._notes)
        decisions.make(self._plain(), self._ignored)
        triggers = Triggers(self._scene, self._order, self._steps, self._done(), decisions.answers, self._ignored)
        stages = self._stages()
        steps = tuple(
            self._step(node_id, place, fields, triggers, decisions.approvals, stages)
            for place, node_id in enumerate(self._steps, 1)
        )
        titles = {one.step.id: one.step.title for one in steps}
        titles |= {field.id: field.label for listed in fields.values() for field in listed}
        maker = RuleMaker(self._scene, self._order, triggers, self._steps, titles, self._ids, self._notes)
        made = maker.make(self._ignored)
        rules = (*(one for one in self._kept if self._is_whole(one, titles)), *made)
        self._told()
        summary = self._summary()
        outline = Outline(
            title=self._notes.cut(
                self._scene.title.strip() or name.strip() or UNNAMED, TITLE_LIMIT, "title", "template"
            ),
            kind=self._own.kind,
            summary=self._notes.cut(summary, SUMMARY_LIMIT, "summary", "template") or None,
            guidance="".join(filter(None, (self._own.guidance, *self._annotations.get("", [])))) or None,
            kickoff_title=self._own.kickoff_title,
            kickoff_description=self._own.kickoff_description,
            kickoff=numbered(fields.get("", []), self._notes, "kick-off form"),
            stages=tuple(stages.values()),
            steps=steps,
            rules=rules,
        )
        return Reading(outline, tuple(self._notes))

    # -- which nodes are steps ----------------------------------------------------------------------------------------

    def _is_step(self, node: Node) -> bool:
        if node.tag in TASKS:
            return True
        if node.tag in FRAMES:
            return not self._scene.frames[node.id]
        if node.tag == "intermediateCatchEvent":
            return node.event not in ("", "link")
        if node.tag == "intermediateThrowEvent":
            return node.event not in ("", "link")
        if node.tag == "boundaryEvent":
            return node.event != "timer"
        return node.tag == "endEvent" and node.event in ("error", "compensate", "cancel")

    def _plain(self) -> set[str]:
        """Steps that are nothing but tasks, which a decision may make approvals."""
        timed = {node.host for node in self._scene.nodes.values() if node.tag == "boundaryEvent"}
        return {
            step
            for node, step in self._steps.items()
            if self._scene.nodes[node].tag in ("task", "userTask", "manualTask")
            and node not in timed
            and self._own_steps[node] is None
        } | {step for node, step in self._steps.items() if self._kind(node) == "approval"}

    def _kind(self, node_id: str) -> TaskKind:
        node, own = self._scene.nodes[node_id], self._own_steps[node_id]
        if own is not None:
            kind: TaskKind = own.step.get("kind", "task")
            return kind
        if node.tag == "intermediateCatchEvent" and node.event == "timer":
            return "expiring"
        if any(
            one.tag == "boundaryEvent" and one.event == "timer" and one.host == node_id
            and one.element.get("cancelActivity") != "false"
            for one in self._scene.nodes.values()
        ):  # fmt: skip
            return "expiring" if node.tag != "sendTask" else "expiring_email"
        return (
            _KINDS.get(node.tag, "task") if node.tag != "intermediateThrowEvent" or node.event == "message" else "task"
        )

    def _done(self) -> dict[str, tuple[StepOperation, ...]]:
        """What ends a wait: its time, or somebody."""
        return {
            step: ("expired", "completed")
            for node, step in self._steps.items()
            if self._scene.nodes[node].tag == "intermediateCatchEvent" and self._scene.nodes[node].event == "timer"
        }

    # -- rules that were written here ---------------------------------------------------------------------------------

    def _kept_rules(self) -> tuple[list[Rule], frozenset[str]]:
        """The rules whose flows are as they were, and the flows that enforce nothing (more) by themselves."""
        kept: list[Rule] = []
        broken: set[str] = set()
        for drawn in self._own.rules:
            rule = _converted(drawn.rule, Rule)
            if rule is None:
                continue
            if all(self._is_unchanged(one) for one in drawn.flows):
                kept.append(rule)
            else:
                broken.add(rule.id)
        ignored: set[str] = set()
        for flow in self._scene.flows.values():
            rules = flow.element.get(f"{{{OWN}}}rules", "").split()
            order = flow.element.get(f"{{{OWN}}}order") == "true" and self._is_step_way(flow.source)
            if order or (rules and not broken & set(rules)):
                ignored.add(flow.id)
        return kept, frozenset(ignored)

    def _is_step_way(self, source: str) -> bool:
        return source in self._scene.nodes

    def _is_unchanged(self, drawn: tuple[str, str, str, str]) -> bool:
        flow = self._scene.flows.get(drawn[0])
        return flow is not None and (flow.source, flow.target, flow.name) == (*drawn[1:3], " ".join(drawn[3].split()))

    def _is_whole(self, rule: Rule, titles: dict[str, str]) -> bool:
        missing = [one for one in ids_in(rule) if one not in titles]
        if missing:
            self._notes.tell("rule", rule.name, "process", "It names a step or field that is not there any more.")
        return not missing

    # -- parts of a step ----------------------------------------------------------------------------------------------

    def _fields(self) -> dict[str, list[Field]]:
        """The fields of each step, under the empty id those of the kick-off form."""
        fields: dict[str, list[Field]] = defaultdict(list)
        fields[""] += [one for raw in self._own.kickoff if (one := _converted(raw, Field)) is not None]
        objects = data_fields(self._scene, self._ids, self._notes)
        for node in self._scene.nodes.values():
            own = self._own_steps[node.id]
            found = [one for raw in own.step.get("fields", ()) if (one := _converted(raw, Field))] if own else []
            found += camunda_fields(node.element, self._ids, self._notes, node.name)
            found += objects.get(node.id, [])
            fields[self._steps.get(node.id, "")] += found if node.id in self._steps or node.tag == "startEvent" else []
        fields[""] += objects.get("", [])
        return fields

    def _stages(self) -> dict[str, Stage]:
        """Stages: those written here by id, and one for each sub-process by its node."""
        found = {one.id: one for raw in self._own.stages if (one := _converted(raw, Stage)) is not None}
        for frame, inner in self._scene.frames.items():
            if inner and self._scene.nodes[frame].frame is None:
                name = self._scene.nodes[frame].name or "Sub-process"
                title = self._notes.cut(name, STAGE_LIMIT, "stage", "process")
                found[frame] = Stage(id=self._ids(), title=title, position=len(found) + 1)
        return found

    def _step(
        self,
        node_id: str,
        place: int,
        fields: dict[str, list[Field]],
        triggers: Triggers,
        approvals: set[str],
        stages: dict[str, Stage],
    ) -> OutlineStep:
        node, own, step_id = self._scene.nodes[node_id], self._own_steps[node_id], self._steps[node_id]
        where = f"step {place}"
        title = node.name or _event_title(node)
        base = make_step(step_id, title, place, self._notes)
        if own is not None:
            kept = {**own.step, "id": step_id, "title": base.title, "position": place, "fields": []}
            base = _converted(kept, Step) or base
        summary = self._documentation(node) + "".join(self._annotations.get(node_id, []))
        stage = stages.get(base.stage_id or "") or stages.get(self._outermost(node) or "")
        values: dict[str, Any] = {
            "kind": "approval" if step_id in approvals else self._kind(node_id),
            "summary": self._notes.cut(summary, HTML_LIMIT, "summary", where) or None,
            "fields": numbered(fields.get(step_id, []), self._notes, where),
            "deadline": self._deadline(node, base.deadline, triggers, where),
            "stage_id": stage.id if stage is not None else None,
        }
        if own is None:
            values["everyone_must_complete"] = bool(children(node.element, "multiInstanceLoopCharacteristics"))
            values["launches"] = self._launches(node, where)
        self._tell(node, own, where)
        step = msgspec.structs.replace(base, **values)
        return self._assigned(step, node, own)

    def _assigned(self, step: Step, node: Node, own: OwnStep | None) -> OutlineStep:
        """Whom the step names: as written here, else by Camunda's or Zeebe's attributes, else by its lane."""
        if own is not None:
            return OutlineStep(step=step, members=own.members, groups=own.groups, roles=own.roles)
        zeebe = node.element.find(f"{{{MODEL}}}extensionElements/{{{ZEEBE}}}assignmentDefinition")
        people = [node.element.get(f"{{{CAMUNDA}}}assignee", ""), node.element.get(f"{{{CAMUNDA}}}candidateUsers", "")]
        groups = [node.element.get(f"{{{CAMUNDA}}}candidateGroups", "")]
        if zeebe is not None:
            people += [zeebe.get("assignee", ""), zeebe.get("candidateUsers", "")]
            groups.append(zeebe.get("candidateGroups", ""))
        lane = self._lane(node)
        named = _named(groups) or ((lane,) if lane and lane != UNASSIGNED else ())
        return OutlineStep(step=step, members=_named(people), groups=named)

    def _lane(self, node: Node) -> str:
        while node.id not in self._scene.lanes and node.frame is not None:
            node = self._scene.nodes[node.frame]
        return self._scene.lanes.get(node.id, "")

    def _outermost(self, node: Node) -> str | None:
        frame = node.frame
        while frame is not None and (outer := self._scene.nodes[frame].frame) is not None:
            frame = outer
        return frame

    def _launches(self, node: Node, where: str) -> dict[str, Any] | None:
        if node.tag != "callActivity":
            return None
        called = node.element.get("calledElement", "")
        if not _step_id(f"Step_{called}"):
            self._notes.tell("callActivity", called or node.name, where, "No template of this id can be launched.")
            return None
        return {"template_id": called}

    def _deadline(self, node: Node, own: DeadlineRule | None, triggers: Triggers, where: str) -> DeadlineRule | None:
        """From a timer on the step; what was written here stays while it says the same span."""
        timers = [node] if node.tag == "intermediateCatchEvent" and node.event == "timer" else [
            one for one in self._scene.nodes.values()
            if one.tag == "boundaryEvent" and one.event == "timer" and one.host == node.id
        ]  # fmt: skip
        if own is not None and own.step not in (None, LAUNCH, *self._steps.values()):
            own = None
        for timer in timers:
            definition = children(timer.element, "timerEventDefinition")[0]
            said = text_of(next(iter(children(definition, "timeDuration")), None))
            span = read_span(said)
            if span is None or span[0] > 2**31 - 1:
                shown = said or text_of(next(iter(definition), None)) or timer.name or timer.id
                self._notes.tell("timer", shown, where, "Only a span of time (timeDuration) makes a deadline.")
                continue
            if not span[2]:
                self._notes.tell("timer", said, where, f"It became {span[0]} {span[1]}.")
            if own is None or (own.value, own.unit) != span[:2]:
                anchor = own.step if own is not None else self._before(node, triggers)
                return DeadlineRule(span[0], span[1], "from", anchor)
        return own

    def _before(self, node: Node, triggers: Triggers) -> str:
        """The one step whose end starts the clock, or the launch."""
        flows = triggers.into.get(node.id, [])
        try:
            clauses = [clause for flow in flows for clause in triggers.of_flow(flow)]
        except TooComplex:
            return LAUNCH
        hosts = {one.host for clause in clauses for one in clause}
        own = self._steps.get(node.id)
        return hosts.pop() if len(hosts) == 1 and hosts not in ({own}, {""}) else LAUNCH

    # -- texts --------------------------------------------------------------------------------------------------------

    def _documentation(self, node: Node) -> str:
        return "".join(_html(one) for one in children(node.element, "documentation"))

    def _summary(self) -> str:
        return "".join(_html(one) for one in children(self._scene.process, "documentation"))

    def _hung(self) -> dict[str, list[str]]:
        """Text annotations by the node they hang on; under the empty id those that hang on none."""
        found: dict[str, list[str]] = defaultdict(list)
        texts = {
            one.get("id", ""): as_html(text_of(next(iter(children(one, "text")), None)))
            for one in self._scene.process.iter(f"{{{MODEL}}}textAnnotation")
        }
        hung: dict[str, str] = {}
        for one in self._scene.process.iter(f"{{{MODEL}}}association"):
            ends = (one.get("sourceRef", ""), one.get("targetRef", ""))
            for text, node in (ends, ends[::-1]):
                if text in texts and node in self._steps:
                    hung.setdefault(text, node)
        for text_id, html in texts.items():
            if html:
                found[hung.get(text_id, "")].append(html)
        return found

    # -- what is told -------------------------------------------------------------------------------------------------

    def _tell(self, node: Node, own: OwnStep | None, where: str) -> None:
        if own is None and node.tag in _BY_HAND:
            self._notes.tell(node.tag, node.name, where, _BY_HAND[node.tag])
        if children(node.element, "standardLoopCharacteristics"):
            self._notes.tell("loop", node.name, where, "The step is not repeated.")
        if node.tag not in TASKS and node.tag not in FRAMES and node.event in _NO_MATCH:
            text = "Nothing here happens by such an event: it became a step that somebody completes."
            self._notes.tell(f"{node.event}Event", node.name or node.id, where, text)

    def _told(self) -> None:
        """What is outside the steps and has no place here."""
        for node in self._scene.nodes.values():
            if node.tag == "startEvent" and node.event:
                text = "Launch it by a schedule, a mail or the API."
                self._notes.tell(f"{node.event}StartEvent", node.name or node.id, "process", text)
            if node.tag == "endEvent" and node.event and node.id not in self._steps:
                self._notes.tell(f"{node.event}EndEvent", node.name or node.id, "process", "The process just ends.")
            if node.tag in FRAMES and node.element.get("triggeredByEvent") == "true":
                self._notes.tell("eventSubProcess", node.name or node.id, "process", "Its steps are shown at once.")
            if node.tag == "transaction":
                self._notes.tell("transaction", node.name or node.id, "process", "Its steps are ordinary ones.")


def _html(element: Element) -> str:
    text = text_of(element)
    return text if element.get("textFormat") == "text/html" else as_html(text)


def _event_title(node: Node) -> str:
    if node.event == "timer":
        return "Wait"
    word = node.event or node.tag
    shown = "".join(f" {one.lower()}" if one.isupper() else one for one in word)
    return escape(shown[:1].upper() + shown[1:], quote=False)


def _step_id(node_id: str) -> str | None:
    """The id of a step that was written here."""
    bare = node_id.removeprefix("Step_")
    return bare if bare != node_id and len(bare) == 32 and not set(bare) - set("0123456789abcdef") else None


def _named(texts: list[str]) -> tuple[str, ...]:
    """Names parted by commas; expressions of an engine are none."""
    found = [one.strip() for text in texts if not text.startswith(("=", "$", "#")) for one in text.split(",")]
    return tuple(dict.fromkeys(one for one in found if one))


def _own(element: Element, name: str, shape: type[Any]) -> Any:
    """What was written here into the element's extension; None when nothing was, or nothing readable is left."""
    found = element.find(f"{{{MODEL}}}extensionElements/{{{OWN}}}{name}")
    if found is None:
        return None
    try:
        return msgspec.json.decode(text_of(found), type=shape)
    except (msgspec.DecodeError, RecursionError):
        return None


def _converted(raw: dict[str, Any], shape: type[Any]) -> Any:
    try:
        return msgspec.convert(raw, shape)
    except msgspec.ValidationError:
        return None
