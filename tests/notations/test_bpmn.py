"""BPMN 2.0 as other editors write it, element by element (spec 30 §20), and as it is written here."""

import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from procession.engine.model import LAUNCH, DeadlineRule, Field, Option, Step
from procession.engine.rule import Action, Condition, Rule
from procession.notations import codecs
from procession.notations.bpmn.flows import END, START, graph_of, node_id
from procession.notations.bpmn.words import read_span, show_span
from procession.notations.model import Outline, OutlineStep, Reading, Unreadable
from tests.notations.outlines import ident

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d">'
)
TIMER = "<bpmn:timerEventDefinition><bpmn:timeDuration>{}</bpmn:timeDuration></bpmn:timerEventDefinition>"


def read(inner: str, *, outer: str = "", attributes: str = "") -> Reading:
    """The template of a process with this content."""
    text = f'{HEAD}{outer}<bpmn:process id="p" name="Plan"{attributes}>{inner}</bpmn:process></bpmn:definitions>'
    return codecs.read("bpmn", text.encode(), "file")


def nodes(**found: str) -> str:
    """`A="userTask"`: a node with this id and name."""
    return "".join(f'<bpmn:{tag} id="{name}" name="{name}" />' for name, tag in found.items())


def flows(*ways: str) -> str:
    """`A>B` or `A>B:name`."""
    parts = []
    for number, way in enumerate(ways):
        ends, _, name = way.partition(":")
        source, target = ends.split(">")
        shown = f' name="{name}"' if name else ""
        parts.append(f'<bpmn:sequenceFlow id="f{number}" sourceRef="{source}" targetRef="{target}"{shown} />')
    return "".join(parts)


def said(outline: Outline) -> list[str]:
    """The rules as texts: `A completed -> show B`, `A.Question equals Yes -> show B`."""
    names = {one.step.id: one.step.title for one in outline.steps}
    for one in outline.steps:
        names |= {field.id: f"{one.step.title}.{field.label}" for field in one.step.fields}
    names |= {field.id: f"kickoff.{field.label}" for field in outline.kickoff}
    out = []
    for rule in outline.rules:
        parts = [
            f"{names[one.subject]} {one.operation}" + (f" {one.statement}" if one.kind != "step" else "")
            for one in rule.conditions
        ]
        logic = rule.conditions[-1].logic if len(parts) > 1 else ""
        acts = ", ".join(f"{one.verb} {names[one.target or '']}" for one in rule.actions)
        out.append(f"{f' {logic} '.join(parts)} -> {acts}")
    return sorted(out)


SHAPES: dict[str, tuple[str, list[str], list[str]]] = {
    "sequence": (
        nodes(S="startEvent", A="userTask", B="task", C="manualTask", E="endEvent") + flows("S>A", "A>B", "B>C", "C>E"),
        ["A", "B", "C"],
        ["A completed -> show B", "B completed -> show C"],
    ),
    "parallel split and join": (
        nodes(S="startEvent", X="parallelGateway", A="task", B="task", Y="parallelGateway", C="task")
        + flows("S>X", "X>A", "X>B", "A>Y", "B>Y", "Y>C"),
        ["A", "B", "C"],
        ["A completed and B completed -> show C"],
    ),
    "exclusive": (
        nodes(S="startEvent", A="task", Big="exclusiveGateway", B="task", C="task")
        + flows("S>A", "A>Big", "Big>B:Yes", "Big>C:No"),
        ["A", "B", "C"],
        ["A.Big equals No -> show C", "A.Big equals Yes -> show B"],
    ),
    "exclusive at the start": (
        nodes(S="startEvent", Size="exclusiveGateway", B="task", C="task") + flows("S>Size", "Size>B:L", "Size>C:S"),
        ["B", "C"],
        ["kickoff.Size equals L -> show B", "kickoff.Size equals S -> show C"],
    ),
    "inclusive split and join": (
        nodes(S="startEvent", A="task", What="inclusiveGateway", B="task", C="task", J="inclusiveGateway", D="task")
        + flows("S>A", "A>What", "What>B:x", "What>C:y", "B>J", "C>J", "J>D"),
        ["A", "B", "C", "D"],
        ["A.What contains x -> show B", "A.What contains y -> show C", "B completed or C completed -> show D"],
    ),
    "approval and way back": (
        nodes(S="startEvent", A="task", B="userTask", G="exclusiveGateway", C="task")
        + flows("S>A", "A>B", "B>G", "G>C:Approved", "G>A:Rejected"),
        ["A", "B", "C"],
        ["A completed -> reopen B", "A completed -> show B", "B approved -> show C", "B rejected -> reopen A"],
    ),
    "merge before a task": (
        nodes(S="startEvent", A="task", G="exclusiveGateway", B="task", C="task", M="exclusiveGateway", D="task")
        + flows("S>A", "A>G", "G>B:1", "G>C:2", "B>M", "C>M", "M>D"),
        ["A", "B", "C", "D"],
        ["A.G equals 1 -> show B", "A.G equals 2 -> show C", "B completed or C completed -> show D"],
    ),
    "boundary timer": (
        nodes(S="startEvent", A="task", B="task", C="task")
        + f'<bpmn:boundaryEvent id="T" attachedToRef="A">{TIMER.format("P2D")}</bpmn:boundaryEvent>'
        + flows("S>A", "A>B", "T>C"),
        ["A", "B", "C"],
        ["A completed -> show B", "A expired -> show C"],
    ),
    "intermediate timer": (
        nodes(S="startEvent", A="task", B="task")
        + f'<bpmn:intermediateCatchEvent id="T" name="Wait">{TIMER.format("PT36H")}</bpmn:intermediateCatchEvent>'
        + flows("S>A", "A>T", "T>B"),
        ["A", "Wait", "B"],
        ["A completed -> show Wait", "Wait expired or Wait completed -> show B"],
    ),
    "sub-process": (
        nodes(S="startEvent", A="task", D="task")
        + f'<bpmn:subProcess id="P" name="Inside">{nodes(IS="startEvent", B="task", C="task")}'
        + '<bpmn:sequenceFlow id="i1" sourceRef="IS" targetRef="B" /><bpmn:sequenceFlow id="i2" sourceRef="B" '
        + 'targetRef="C" /></bpmn:subProcess>'
        + flows("S>A", "A>P", "P>D"),
        ["A", "B", "C", "D"],
        ["A completed -> show B", "B completed -> show C", "C completed -> show D"],
    ),
    "no flows": (nodes(A="task", B="task"), ["A", "B"], []),
    "a ring": (
        nodes(A="task", B="task") + flows("A>B", "B>A"),
        ["A", "B"],
        ["A completed -> reopen B", "A completed -> show B", "B completed -> reopen A"],
    ),
}


@pytest.mark.parametrize("name", SHAPES)
def test_20_flows_become_rules(name: str) -> None:
    inner, steps, rules = SHAPES[name]
    outline = read(inner).outline
    assert [one.step.title for one in outline.steps] == steps
    assert said(outline) == rules


def step(inner: str, **more: Any) -> Step:
    return read(inner, **more).outline.steps[0].step


def test_20_kinds_of_tasks() -> None:
    kinds = {"userTask": "task", "sendTask": "email", "manualTask": "task", "receiveTask": "task"}
    assert {tag: step(nodes(A=tag)).kind for tag in kinds} == kinds
    many = '<bpmn:task id="A"><bpmn:multiInstanceLoopCharacteristics /></bpmn:task>'
    assert step(many).everyone_must_complete
    called = f'<bpmn:callActivity id="A" calledElement="{ident(1)}" />'
    assert step(called).launches == {"template_id": ident(1)}


def test_20_timers_become_deadlines() -> None:
    timer = f'<bpmn:boundaryEvent id="T" attachedToRef="{{}}">{TIMER.format("P1W")}</bpmn:boundaryEvent>'
    first = step(nodes(A="task") + timer.format("A"))
    assert (first.kind, first.deadline) == ("expiring", DeadlineRule(1, "weeks", "from", LAUNCH))
    outline = read(nodes(S="startEvent", A="task", B="task") + timer.format("B") + flows("S>A", "A>B")).outline
    assert outline.steps[1].step.deadline == DeadlineRule(1, "weeks", "from", outline.steps[0].step.id)
    going_on = timer.format("A").replace("attachedToRef", 'cancelActivity="false" attachedToRef')
    assert step(nodes(A="task") + going_on).kind == "task"
    date = "<bpmn:timerEventDefinition><bpmn:timeDate>2030-01-01</bpmn:timeDate></bpmn:timerEventDefinition>"
    reading = read(f'{nodes(A="task")}<bpmn:boundaryEvent id="T" attachedToRef="A">{date}</bpmn:boundaryEvent>')
    assert reading.outline.steps[0].step.deadline is None
    assert [one.type for one in reading.notes] == ["timer"]


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("P2D", (2, "days", True)), ("PT4H", (4, "hours", True)), ("P1Y", (12, "months", True)),
        ("P3W", (3, "weeks", True)), ("P1DT12H", (36, "hours", True)), ("PT90M", (90, "minutes", True)),
        ("P1M10D", (40, "days", False)), ("PT30S", (1, "minutes", False)), ("P1W1D", (8, "days", True)),
        ("P", None), ("PT", None), ("2D", None), ("${x}", None), ("", None),
    ],
)  # fmt: skip
def test_20_spans(text: str, span: Any) -> None:
    assert read_span(text) == span
    if span is not None and span[2]:
        shown = show_span(DeadlineRule(span[0], span[1], "from", LAUNCH))
        assert (read_span(shown) or ())[:2] == span[:2]


def test_20_lanes_forms_annotations_and_data() -> None:
    inner = (
        '<bpmn:laneSet id="l"><bpmn:lane id="l1" name="Finance"><bpmn:flowNodeRef>A</bpmn:flowNodeRef></bpmn:lane>'
        '</bpmn:laneSet><bpmn:userTask id="A" name="Pay"><bpmn:documentation>Look &lt; here</bpmn:documentation>'
        '<bpmn:extensionElements><camunda:formData><camunda:formField id="ok" label="All right?" type="boolean" />'
        '<camunda:formField id="n" label="Sum" type="long"><camunda:validation><camunda:constraint name="required" />'
        "</camunda:validation></camunda:formField></camunda:formData></bpmn:extensionElements>"
        '<bpmn:dataOutputAssociation id="o"><bpmn:targetRef>D</bpmn:targetRef></bpmn:dataOutputAssociation>'
        '</bpmn:userTask><bpmn:userTask id="B" name="C" camunda:assignee="ann@x.io" camunda:candidateGroups="x, y" />'
        '<bpmn:dataObjectReference id="D" name="Receipt" /><bpmn:textAnnotation id="t"><bpmn:text>Twice</bpmn:text>'
        '</bpmn:textAnnotation><bpmn:association id="as" sourceRef="A" targetRef="t" />'
    )
    first, second = read(inner).outline.steps
    assert first.groups == ("Finance",)
    assert first.step.summary == "<p>Look &lt; here</p><p>Twice</p>"
    assert [(one.label, one.kind, one.required) for one in first.step.fields] == [
        ("All right?", "radio", False), ("Sum", "text", True), ("Receipt", "text", False),
    ]  # fmt: skip
    assert (second.members, second.groups) == (("ann@x.io",), ("x", "y"))


def test_20_a_condition_finds_its_form_field() -> None:
    inner = (
        '<bpmn:startEvent id="S"/><bpmn:userTask id="A" name="A"><bpmn:extensionElements><camunda:formData>'
        '<camunda:formField id="size" label="Size" type="enum"><camunda:value id="l" name="L" />'
        '<camunda:value id="m" name="M" /></camunda:formField></camunda:formData></bpmn:extensionElements>'
        '</bpmn:userTask><bpmn:exclusiveGateway id="G" />' + nodes(B="task", C="task") + flows("S>A", "A>G")
        + '<bpmn:sequenceFlow id="x" sourceRef="G" targetRef="B"><bpmn:conditionExpression>${size == "L"}'
        '</bpmn:conditionExpression></bpmn:sequenceFlow><bpmn:sequenceFlow id="y" sourceRef="G" targetRef="C">'
        '<bpmn:conditionExpression>=size = "M"</bpmn:conditionExpression></bpmn:sequenceFlow>'
    )  # fmt: skip
    outline = read(inner).outline
    assert said(outline) == ["A.Size equals L -> show B", "A.Size equals M -> show C"]
    assert [one.label for one in outline.steps[0].step.fields] == ["Size"]


def test_20_what_has_no_place_is_told() -> None:
    inner = (
        '<bpmn:startEvent id="S"><bpmn:timerEventDefinition /></bpmn:startEvent>'
        '<bpmn:serviceTask id="A" name="Call" /><bpmn:scriptTask id="B" name="Run" />'
        '<bpmn:boundaryEvent id="X" name="Failed" attachedToRef="A"><bpmn:errorEventDefinition /></bpmn:boundaryEvent>'
        '<bpmn:eventBasedGateway id="G" name="First" /><bpmn:endEvent id="E"><bpmn:terminateEventDefinition />'
        '</bpmn:endEvent><bpmn:dataStoreReference id="D" name="Books" /><bpmn:sequenceFlow id="q" sourceRef="A" />'
        '<bpmn:task id="L" name="Again"><bpmn:standardLoopCharacteristics /></bpmn:task>'
    )
    other = '<bpmn:process id="o" name="Other"><bpmn:sequenceFlow id="z" /></bpmn:process>'
    reading = read(inner, outer=other)
    assert {one.type for one in reading.notes} == {
        "process", "timerStartEvent", "serviceTask", "scriptTask", "errorEvent", "eventBasedGateway",
        "terminateEndEvent", "dataStore", "sequenceFlow", "loop",
    }  # fmt: skip
    assert "Failed" in [one.step.title for one in reading.outline.steps]


def test_20_a_changed_diagram_is_believed() -> None:
    """Flows that an editor changed are read anew; the rules of the others stay as they were."""
    titles = ("A", "B", "C")
    steps = tuple(
        OutlineStep(step=Step(id=ident(n), title=title, alias="", position=n)) for n, title in enumerate(titles, 1)
    )

    def after(number: int, source: int, target: int) -> Rule:
        condition = Condition(
            id=ident(50 + number), kind="step", subject=ident(source), operation="completed", statement="any_time"
        )
        action = Action(id=ident(60 + number), verb="show", target=ident(target))
        return Rule(id=ident(40 + number), name=f"Rule {number}", conditions=(condition,), actions=(action,))

    rules = (after(1, 1, 2), after(2, 2, 3))
    text = codecs.write("bpmn", Outline(title="T", steps=steps, rules=rules)).decode()
    flow = re.search(rf'<bpmn:sequenceFlow [^>]*sourceRef="Step_{ident(2)}" targetRef="Step_{ident(3)}"[^>]*>', text)
    assert flow is not None
    moved = text.replace(flow[0], flow[0].replace(f"Step_{ident(2)}", f"Step_{ident(1)}", 1))
    outline = codecs.read("bpmn", moved.encode(), "").outline
    assert outline.rules[0] == rules[0]
    assert said(outline) == ["A completed -> show B", "A completed -> show C"]


def test_20_written_documents_are_valid_in_themselves() -> None:
    """Every reference resolves, every node has a shape and every flow an edge with two points or more."""
    options = (Option(id=1, text="x & y"), Option(id=2, text='"z"'))
    field = Field(id=ident(90), label="Which <one>", kind="radio", alias="w", position=1, options=options)
    steps = tuple(
        OutlineStep(
            step=Step(
                id=ident(n), title=f"S{n}", alias="", position=n, kind="expiring" if n == 2 else "task",
                deadline=DeadlineRule(2, "days", "from", LAUNCH), fields=(field,) if n == 1 else (),
            ),
            groups=("G",) if n % 2 else (),
        )
        for n in range(1, 5)
    )  # fmt: skip
    condition = Condition(id=ident(70), kind="field", subject=ident(90), operation="equals", statement="x & y")
    rule = Rule(
        id=ident(80), name="r", conditions=(condition,), actions=(Action(id=ident(81), verb="show", target=ident(3)),)
    )
    root = ET.fromstring(codecs.write("bpmn", Outline(title="T", steps=steps, rules=(rule,))))  # noqa: S314 - ours
    ids = [one.get("id") for one in root.iter() if one.get("id")]
    assert len(ids) == len(set(ids))
    for name in ("sourceRef", "targetRef", "attachedToRef", "bpmnElement", "default", "processRef"):
        assert {one.get(name) for one in root.iter() if one.get(name)} <= set(ids)
    drawn = {one.get("bpmnElement") for one in root.iter() if one.get("bpmnElement")}
    model = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
    process = root.find(f"{model}process")
    assert process is not None
    shown = [one.get("id") for one in process if one.tag.removeprefix(model) not in ("laneSet", "extensionElements")]
    assert set(shown) <= drawn
    assert {one.get("name") for one in process.iter(f"{model}lane")} == {"G", "Everybody else"}
    for edge in root.iter("{http://www.omg.org/spec/BPMN/20100524/DI}BPMNEdge"):
        assert len(edge) >= 2


@pytest.mark.parametrize(
    "data",
    [
        b"", b"<a/>", b"\xff\xfe\x00", b"<", HEAD.encode() + b"</bpmn:definitions>",
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', b'<?xml version="1.0" encoding="nonsense"?><a/>',
        (HEAD + '<bpmn:process id="p">' + nodes(A="task") * 2 + "</bpmn:process></bpmn:definitions>").encode(),
        (HEAD + '<bpmn:process id="p">' + "".join(f'<bpmn:task id="t{n}"/>' for n in range(501))
         + "</bpmn:process></bpmn:definitions>").encode(),
        (HEAD + '<bpmn:process id="p">' + "".join(f'<bpmn:subProcess id="s{n}">' for n in range(30))
         + "</bpmn:subProcess>" * 30 + "</bpmn:process></bpmn:definitions>").encode(),
    ],
)  # fmt: skip
def test_20_what_is_no_process_is_refused(data: bytes) -> None:
    with pytest.raises(Unreadable):
        codecs.read("bpmn", data, "x")


def test_20_many_branches_stay_readable() -> None:
    """Combinations beyond what rules can say are shown at once, and told."""
    parts, ways = [nodes(S="startEvent", J="parallelGateway", Z="task")], ["J>Z"]
    for n in range(7):
        parts.append(nodes(**{f"A{n}": "task", f"B{n}": "task", f"M{n}": "exclusiveGateway"}))
        ways += [f"S>A{n}", f"S>B{n}", f"A{n}>M{n}", f"B{n}>M{n}", f"M{n}>J"]
    reading = read("".join(parts) + flows(*ways))
    assert reading.outline.rules == ()
    assert [one.type for one in reading.notes] == ["sequenceFlow"]


def test_20_a_process_ends_even_if_its_last_step_goes_back() -> None:
    """Every step leads to another one: the end is still reached, from the last."""
    steps = tuple(OutlineStep(step=Step(id=ident(n), title=f"S{n}", alias="", position=n)) for n in (1, 2))
    condition = Condition(id=ident(50), kind="step", subject=ident(2), operation="completed", statement="any_time")
    action = Action(id=ident(60), verb="reopen", target=ident(1))
    rule = Rule(id=ident(40), name="Again", conditions=(condition,), actions=(action,))
    outline = Outline(title="T", steps=steps, rules=(rule,))
    ways = {(edge.source, edge.target) for edge in graph_of(outline).edges}
    assert ways == {
        (START, node_id(ident(1))), (node_id(ident(1)), node_id(ident(2))), (node_id(ident(2)), node_id(ident(1))),
        (node_id(ident(2)), END),
    }  # fmt: skip
    assert codecs.read("bpmn", codecs.write("bpmn", outline), "").outline == outline
