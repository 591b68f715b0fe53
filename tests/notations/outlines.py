"""Outlines of templates, generated: with what a notation holds, and nothing it does not."""

from typing import Any

import msgspec
from hypothesis import strategies as st

from procession.engine.model import LAUNCH, Column, DeadlineRule, Field, FieldKind, Option, Stage, Step
from procession.engine.rule import Action, Condition, Rule, Shift, Source
from procession.notations.model import Outline, OutlineStep

LETTERS = st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Co", "Cn", "Zs", "Zl", "Zp", "Cf"))
WORDS = st.text(LETTERS, min_size=1, max_size=12)
LINES = st.lists(WORDS, min_size=1, max_size=4).map(" ".join)
"""One line of any printable letters, blanks single and inside."""
KINDS: tuple[FieldKind, ...] = (
    "text", "textarea", "email", "radio", "dropdown", "multiselect", "date", "file", "table", "assignees_form",
)  # fmt: skip
ADDRESSES = st.sampled_from(("ana@example.com", "bo@example.com", "c.d+e@example.org"))


def ident(number: int) -> str:
    """An id: 32 hex digits."""
    return f"{number + 0xABC << 100:032x}"


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@st.composite
def prose(draw: Any) -> str | None:
    """Paragraphs of formatted text, as the sanitizer leaves them."""
    marks = st.sampled_from(("{}", "<strong>{}</strong>", "<em>{}</em>"))
    lines = draw(st.lists(st.tuples(marks, LINES), max_size=3))
    return "".join(f"<p>{mark.format(escaped(text))}</p>" for mark, text in lines) or None


@st.composite
def fields(draw: Any, first: int, *, plain: bool) -> tuple[Field, ...]:
    found = []
    for place in range(1, draw(st.integers(0, 3)) + 1):
        kind = draw(st.sampled_from(KINDS))
        texts = draw(st.lists(LINES, min_size=2, max_size=3, unique=True))
        more: dict[str, Any] = {}
        if not plain:
            more = {
                "alias": f"a-{first + place}",
                "guidance": draw(prose()),
                "validations": draw(st.sampled_from(((), ("numeric",), ("min:2", "max:9")))),
                "prefix": draw(st.sampled_from((None, "€"))),
                "settings": draw(st.sampled_from(({}, {"must_all_checked": True}))),
            }
        found.append(
            Field(
                id=ident(first + place),
                label=draw(LINES),
                kind=kind,
                position=place,
                required=draw(st.booleans()),
                options=tuple(Option(id=number, text=text) for number, text in enumerate(texts, 1))
                if kind in ("radio", "dropdown", "multiselect")
                else (),
                columns=tuple(Column(id=number, label=text) for number, text in enumerate(texts, 1))
                if kind == "table"
                else (),
                rich=kind == "textarea",
                collect_time=kind == "date",
                **({"alias": ""} | more),
            )
        )
    return tuple(found)


@st.composite
def outlines(draw: Any, *, plain: bool) -> Outline:
    """A template. `plain`: only what tables and texts hold."""
    count = draw(st.integers(1, 6))
    stages = tuple(Stage(id=ident(900 + n), title=f"{draw(LINES)} {n}", position=n) for n in range(1, 3))
    steps = []
    for place in range(1, count + 1):
        anchors = [LAUNCH, *(ident(one) for one in range(1, count + 1) if one != place)]
        deadline = st.builds(
            DeadlineRule,
            st.integers(0, 999),
            st.sampled_from(("minutes", "hours", "days", "weeks", "months")),
            st.sampled_from(("from", "prior_to")),
            st.sampled_from(anchors),
        )
        step = Step(
            id=ident(place),
            title=draw(LINES),
            alias="" if plain else f"s-{place}",
            position=place,
            kind=draw(st.sampled_from(("task", "approval", "expiring", "email", "expiring_email"))),
            summary=draw(prose()),
            guests=tuple(draw(st.lists(ADDRESSES, max_size=2, unique=True))),
            deadline=draw(st.none() | deadline),
            stage_id=draw(st.sampled_from((None, *(one.id for one in stages)))),
            fields=draw(fields(1000 * place, plain=plain)),
            **({} if plain else _more(draw)),
        )
        steps.append(
            OutlineStep(
                step=step,
                members=tuple(draw(st.lists(ADDRESSES, max_size=2, unique=True))),
                groups=tuple(draw(st.lists(st.sampled_from(("Finance", "Legal & Co")), max_size=2, unique=True))),
                roles=tuple(draw(st.lists(st.sampled_from(("Buyer", "CEO")), max_size=1))),
            )
        )
    outline = Outline(
        title=draw(LINES),
        summary=draw(prose()),
        stages=_used(stages, steps),
        steps=tuple(msgspec.structs.replace(one, step=one.step) for one in steps),
    )
    if plain:
        return outline
    kickoff = draw(
        fields(1, plain=False).map(
            lambda found: tuple(msgspec.structs.replace(f, id=ident(50 + f.position)) for f in found)
        )
    )
    whole = msgspec.structs.replace(
        outline, guidance=draw(prose()), kickoff_title=draw(st.none() | LINES), kickoff=kickoff, stages=stages
    )
    return msgspec.structs.replace(whole, rules=draw(rules(whole)))


def _more(draw: Any) -> dict[str, Any]:
    return {
        "everyone_must_complete": draw(st.booleans()),
        "confidential": draw(st.booleans()),
        "max_assignable": draw(st.integers(0, 3)),
        "webhook": draw(st.sampled_from((None, "https://example.com/hook"))),
        "hidden_by_default": draw(st.booleans()),
    }


def _used(stages: tuple[Stage, ...], steps: list[OutlineStep]) -> tuple[Stage, ...]:
    """The stages that steps are in, in order of appearance."""
    order = list(dict.fromkeys(one.step.stage_id for one in steps if one.step.stage_id))
    known = {one.id: one for one in stages}
    return tuple(msgspec.structs.replace(known[one], position=place) for place, one in enumerate(order, 1))


@st.composite
def rules(draw: Any, outline: Outline) -> tuple[Rule, ...]:
    """Rules of every kind, those that BPMN has a symbol for and others."""
    steps = [one.step for one in outline.steps]
    subjects = [(field, "kickoff") for field in outline.kickoff]
    subjects += [(field, "field") for step in steps for field in step.fields]
    found = []
    for number in range(draw(st.integers(0, 5))):
        conditions = tuple(
            _condition(draw, 5000 + 100 * number + place, steps, subjects) for place in range(draw(st.integers(1, 3)))
        )
        actions = tuple(_action(draw, 9000 + 100 * number + place, steps) for place in range(draw(st.integers(1, 2))))
        found.append(
            Rule(
                id=ident(4000 + number),
                name=draw(LINES),
                conditions=conditions,
                actions=actions,
                active=draw(st.booleans()),
            )
        )
    return tuple(found)


def _condition(draw: Any, number: int, steps: list[Step], subjects: list[Any]) -> Condition:
    logic = draw(st.sampled_from(("and", "or")))
    if subjects and draw(st.booleans()):
        field, kind = draw(st.sampled_from(subjects))
        statement = draw(st.sampled_from([one.text for one in field.options])) if field.options else draw(LINES)
        operation = draw(st.sampled_from(("equals", "contains", "not_equals", "is_empty")))
        return Condition(
            id=ident(number), kind=kind, subject=field.id, operation=operation, statement=statement, logic=logic
        )
    operation = draw(st.sampled_from(("completed", "completed", "approved", "rejected", "expired")))
    return Condition(
        id=ident(number),
        kind="step",
        subject=draw(st.sampled_from(steps)).id,
        operation=operation,
        statement=draw(st.sampled_from(("any_time", "any_time", "on-time"))),
        logic=logic,
    )


def _action(draw: Any, number: int, steps: list[Step]) -> Action:
    target = draw(st.sampled_from(steps)).id
    verb = draw(st.sampled_from(("show", "show", "hide", "reopen", "deadline", "assign")))
    if verb == "deadline":
        return Action(id=ident(number), verb=verb, target=target, shift=Shift(2, "days", "before"))
    if verb == "assign":
        return Action(id=ident(number), verb=verb, target=target, source=Source("step", target))
    return Action(id=ident(number), verb=verb, target=target)
