"""What differs between two versions of a template (spec 30 §5.3)."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from procession.engine.comparison import Difference, compare
from procession.engine.model import Field, Stage, Step, TemplateDocument


def step(name: str, position: int, *fields: str, **more: Any) -> Step:
    listed = tuple(field(one, place) for place, one in enumerate(fields, 1))
    return Step(id=name, title=name.upper(), alias=name, position=position, fields=listed, **more)


def field(name: str, position: int = 1, **more: Any) -> Field:
    return Field(id=name, label=name.upper(), kind="text", alias=name, position=position, **more)


def document(*steps: Step, **more: Any) -> TemplateDocument:
    return TemplateDocument(title=more.pop("title", "T"), kind="procedure", steps=steps, **more)


def told(old: TemplateDocument, new: TemplateDocument) -> list[tuple[Any, ...]]:
    return [(one.part, one.act, one.id, one.inside, one.property) for one in compare(old, new)]


def test_the_template_itself() -> None:
    old, new = document(content="a"), document(title="U", content=None)
    assert compare(old, new) == [
        Difference(part="template", act="changed", name="U", property="title", old="T", new="U"),
        Difference(part="template", act="changed", name="U", property="content", old="a", new=None),
    ]


def test_steps_come_go_move_and_change() -> None:
    old = document(step("a", 1), step("b", 2), step("c", 3))
    new = document(step("c", 1), step("a", 2, mandatory=True), step("d", 3))
    assert told(old, new) == [
        ("step", "removed", "b", None, None),
        ("step", "moved", "c", None, "position"),
        ("step", "changed", "a", None, "mandatory"),
        ("step", "added", "d", None, None),
    ]
    assert told(new, new) == []
    assert told(document(), document(step("a", 1, "x"))) == [("step", "added", "a", None, None)]


def test_only_what_moved_is_told_to_have_moved() -> None:
    old = document(*(step(one, place) for place, one in enumerate("abcdef", 1)))
    new = document(*(step(one, place) for place, one in enumerate("fabcde", 1)))
    assert told(old, new) == [("step", "moved", "f", None, "position")]


def test_fields_of_steps_and_of_the_form() -> None:
    old = document(step("a", 1, "x", "y"), step("b", 2, "z"), kickoff=(field("k"), field("l", 2)))
    new = document(
        step("a", 1, "y"),
        msgspec.structs.replace(step("b", 2), fields=(field("x", 1, required=True), field("z", 2), field("n", 3))),
        kickoff=(field("l"),),
    )
    assert told(old, new) == [
        ("field", "removed", "k", None, None),
        ("field", "added", "n", "B", None),
        ("field", "moved", "x", "B", None),
        ("field", "changed", "x", "B", "required"),
    ]
    assert [one.old for one in compare(old, new) if one.id == "x" and one.act == "moved"] == ["A"]


def test_the_fields_of_a_removed_step_went_with_it() -> None:
    old, new = document(step("a", 1, "x"), step("b", 2, "y")), document(step("b", 1, "y"))
    assert told(old, new) == [("step", "removed", "a", None, None)]


def test_stages_and_rules() -> None:
    one = Stage(id="s", title="S", position=1)
    rules: tuple[dict[str, Any], ...] = ({"id": "r", "automated_alias": "R"}, {"id": "q"}, {"id": "same"})
    old = document(stages=(one,), rules=rules)
    new = document(
        stages=(msgspec.structs.replace(one, title="Z"),),
        rules=({"id": "r", "automated_alias": "Q"}, {"id": "p"}, {"id": "same"}),
    )
    assert [(d.part, d.act, d.id, d.name) for d in compare(old, new)] == [
        ("stage", "changed", "s", "Z"),
        ("rule", "removed", "q", ""),
        ("rule", "changed", "r", "Q"),
        ("rule", "added", "p", ""),
    ]


@given(st.permutations("abcdefg"), st.permutations("abcdefg"))
def test_those_that_stand_still_are_in_order(old: list[str], new: list[str]) -> None:
    """Whatever is not told to have moved keeps its order among the others."""
    former = document(*(step(one, place) for place, one in enumerate(old, 1)))
    latter = document(*(step(one, place) for place, one in enumerate(new, 1)))
    moved = {one.id for one in compare(former, latter)}
    assert [one for one in old if one not in moved] == [one for one in new if one not in moved]
