"""What rich texts embed, and taking it out (spec 30 §13, §14.5)."""

import pytest

from procession.engine.embeds import LOST_FIELD, with_fields, without_embeds
from procession.engine.richtext import clean, headings

A, B = "a" * 32, "b" * 32
TEMPLATE = (
    f'<span class="insert-blueprint-tag fr-deletable" contenteditable="false" data-blueprint-id="{A}">[[T]]</span>'
)
LEGACY = f'<editor-blueprint data-blueprint-id="{A.upper()}"></editor-blueprint>'
SNIPPET = f'<span class="insert-snippet-tag" data-snippet-id="{B}">[[S]]</span>'
FIELD = f'<editor-form-field data-field-id="{A}" data-field-label="Who"></editor-form-field>'


@pytest.mark.parametrize(
    ("html", "kinds", "ids", "left", "removed"),
    [
        ("<p>no embeds</p>", ("template",), None, "<p>no embeds</p>", []),
        (f"<p>x{TEMPLATE}y{LEGACY}z{SNIPPET}</p>", ("template",), None, f"<p>xyz{SNIPPET}</p>", [A, A]),
        (f"{TEMPLATE}{SNIPPET}{FIELD}", ("template", "snippet"), None, FIELD, [A, B]),
        (f"{TEMPLATE}{FIELD}", ("template", "field"), [B], f"{TEMPLATE}{FIELD}", []),
        (f"{FIELD} and {FIELD}", ("field",), [A], " and ", [A, A]),
        ('<span data-id="7">x</span>', ("template",), None, '<span data-id="7">x</span>', []),
    ],
)
def test_embeds_are_taken_out(
    html: str, kinds: tuple[str, ...], ids: list[str] | None, left: str, removed: list[str]
) -> None:
    assert without_embeds(clean(html), kinds, ids) == (clean(left), removed)


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<p>no embeds</p>", "<p>no embeds</p>"),
        (f"<p>{FIELD} and {FIELD}</p>", "<p><b>Ann</b> and <b>Ann</b></p>"),
        (f'<span data-field-id="{A.upper()}">x</span>', "<b>Ann</b>"),
        (FIELD.replace(A, "c" * 32), LOST_FIELD),
        (f"{TEMPLATE}{SNIPPET}", f"{TEMPLATE}{SNIPPET}"),
        ('<span data-id="7">x</span>', '<span data-id="7">x</span>'),
    ],
)
def test_fields_are_put_in(html: str, shown: str) -> None:
    """30 §13; an answer that looks like a field is none."""
    assert with_fields(clean(html), {A: "<b>Ann</b>"}) == clean(shown)
    assert with_fields(FIELD, {A: FIELD}) == FIELD


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<p>none</p>", ()),
        ('<h1>One</h1><p>x</p><h2 class="a">T<b>w</b>o &amp; more</h2><h4>four</h4><h3> </h3>',
         ((1, "One"), (2, "Two & more"))),
        ("<h1>open", ()),
    ],
)  # fmt: skip
def test_headings(html: str, found: tuple[tuple[int, str], ...]) -> None:
    assert headings(html) == found


def test_hostile_texts_are_read_in_linear_time() -> None:
    for piece in ("<span ", '<span data-blueprint-id="', "<editor-blueprint data-field-id=x>", "<span>", "</span>"):
        without_embeds(piece * 50_000 + "-id=", ("template",))
        with_fields(piece * 50_000 + "-id=", {})
