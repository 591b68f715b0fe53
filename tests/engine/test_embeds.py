"""What rich texts embed, and taking it out (spec 30 §13, §14.5)."""

import pytest

from procession.engine.embeds import without_embeds
from procession.engine.richtext import clean

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


def test_hostile_texts_are_read_in_linear_time() -> None:
    for piece in ("<span ", '<span data-blueprint-id="', "<editor-blueprint data-field-id=x>", "<span>", "</span>"):
        without_embeds(piece * 50_000 + "-id=", ("template",))
