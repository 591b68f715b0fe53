"""What goes out comes in again: generated templates through each notation that holds them (spec 30 §3.11, §20)."""

import re

import msgspec
from hypothesis import HealthCheck, given, settings

from procession.notations import codecs
from procession.notations.bpmn.flows import graph_of
from procession.notations.model import Outline
from tests.notations.outlines import outlines

QUICK = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@QUICK
@given(outlines(plain=False))
def test_20_bpmn_comes_back_equal(outline: Outline) -> None:
    reading = codecs.read("bpmn", codecs.write("bpmn", outline), "")
    assert reading.outline == outline
    assert reading.notes == ()


def comparable(outline: Outline) -> Outline:
    """The outline with its parts named by their places: documents without ids get others."""
    plain = msgspec.to_builtins(outline)
    names: dict[str, str] = {}
    for stage in plain["stages"]:
        names[stage["id"]] = f"stage {stage['position']}"
    for one in plain["steps"]:
        names[one["step"]["id"]] = f"step {one['step']['position']}"
        for field in one["step"].get("fields", ()):
            names[field["id"]] = f"field {one['step']['position']}.{field.get('position', 1)}"
    text = re.sub(r"[0-9a-f]{32}", lambda found: names.get(found[0], found[0]), msgspec.json.encode(plain).decode())
    return msgspec.json.decode(text, type=Outline)


@QUICK
@given(outlines(plain=True))
def test_3_11_markdown_comes_back_equal(outline: Outline) -> None:
    """Title, summary, stages, steps with type, deadline, people, texts and form fields."""
    reading = codecs.read("md", codecs.write("md", outline), "")
    assert comparable(reading.outline) == comparable(outline)
    assert reading.notes == ()


@QUICK
@given(outlines(plain=True))
def test_3_11_word_comes_back_equal(outline: Outline) -> None:
    reading = codecs.read("docx", codecs.write("docx", outline), "")
    assert comparable(reading.outline) == comparable(outline)


@QUICK
@given(outlines(plain=True))
def test_3_11_csv_comes_back_equal(outline: Outline) -> None:
    """The steps; a table has no place for what is about the whole template but its name."""
    reading = codecs.read("csv", codecs.write("csv", outline), outline.title)
    assert comparable(reading.outline) == comparable(msgspec.structs.replace(outline, summary=None))
    assert reading.notes == ()


@QUICK
@given(outlines(plain=False))
def test_20_every_diagram_is_whole(outline: Outline) -> None:
    """Every flow has two ends that are drawn, every node but the start and the end is reached and left."""
    graph = graph_of(outline)
    nodes = {one.id: one for one in graph.nodes}
    assert len(nodes) == len(graph.nodes)
    assert len({one.id for one in graph.edges}) == len(graph.edges)
    for edge in graph.edges:
        assert edge.source in nodes and edge.target in nodes and edge.source != edge.target
    into, out = {one.target for one in graph.edges}, {one.source for one in graph.edges}
    for node in graph.nodes:
        assert node.kind in ("start", "timer") or node.id in into
        assert node.kind == "end" or node.id in out
