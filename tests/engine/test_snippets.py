"""Snippets in texts: found, put in, taken out (spec 30 §14.5)."""

import pytest

from procession.engine.richtext import clean
from procession.engine.snippets import LONGEST, expand, is_live, snippets_in, without_snippet

A, B, C, D = ("a" * 32, "b" * 32, "c" * 32, "d" * 32)


def mark(snippet_id: str, tag: str = "span") -> str:
    css = ' class="insert-snippet-tag fr-deletable" contenteditable="false"' if tag == "span" else ""
    return f'<{tag}{css} data-snippet-id="{snippet_id}">[[Address]]</{tag}>'


@pytest.mark.parametrize(
    ("text", "ids", "live"),
    [
        (None, set(), False),
        ("<p>plain</p>", set(), False),
        ("<p>{{name-1}}</p>", set(), True),
        (mark(A), {A}, True),
        (clean(mark(A.upper())), {A}, True),
        (mark(A, "editor-snippet") + mark(B), {A, B}, True),
        ('<span data-snippet-id="abc">x</span>', set(), False),
        (f'<p data-snippet-id="{A}">x</p>', set(), False),
    ],
)
def test_snippets_are_found(text: str | None, ids: set[str], live: bool) -> None:
    assert snippets_in(text) == ids
    assert is_live(text) == live


@pytest.mark.parametrize(
    ("text", "contents", "shown"),
    [
        ("plain", {}, "plain"),
        (f"a {mark(A)} b", {A: "<em>x</em>"}, "a <em>x</em> b"),
        (f"a {mark(A)} b", {}, "a  b"),
        (mark(A), {A: f"1{mark(B)}", B: f"2{mark(C)}", C: f"3{mark(D)}", D: "4"}, "123"),
        (mark(A), {A: f"1{mark(A)}"}, "111"),
        (mark(A, "editor-snippet"), {A: "x"}, "x"),
        (f"<p>{mark(A)}</p>", {A: "x"}, "<p>x</p>"),
    ],
)
def test_snippets_are_put_in_three_deep(text: str, contents: dict[str, str], shown: str) -> None:
    assert expand(clean(text), contents) == shown


def test_a_text_takes_in_only_so_much() -> None:
    big = "x" * (LONGEST // 2)
    assert len(expand(mark(A) * 20, {A: big})) <= LONGEST


def test_one_snippet_is_taken_out() -> None:
    assert without_snippet(f"a{mark(A)}b{mark(B)}", A) == f"ab{mark(B)}"
    assert without_snippet("plain", A) == "plain"
    assert without_snippet(f"see {A}", A) == f"see {A}"
