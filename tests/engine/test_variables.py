"""`{{variables}}`: matching, resolving and rendering answers (spec 30 §14)."""

import time
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procession.engine.model import Column, Field, FieldKind
from procession.engine.richtext import clean
from procession.engine.variables import (
    Dates,
    Rendered,
    holds_variables,
    names,
    render_answer,
    rendered,
    resolve,
    show_date,
    show_time,
)

VALUES = {
    "client-1": Rendered("Ana & <b>Co</b>"),
    "empty-2": Rendered(),
    "rich-3": Rendered("bold", "<strong>bold</strong>"),
    "site-4": Rendered("https://x.io/a b?q=1&r=ä"),
    "script-5": Rendered("javascript:alert(1)"),
    "braces-6": Rendered("{{client-1}}"),
    "due-7": Rendered("20/02/2026", None, "2026-02-20"),
    "mail-8": Rendered("a+b@x.io"),
    "DATE": Rendered("Feb 20, 2026"),
    "current-task-id": Rendered("0a1b"),
}
CHIP = '<span class="insert-variable-tag fr-deletable" contenteditable="false">{{%s}}</span>'


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (None, set()),
        ("", set()),
        ("plain { text }", set()),
        ("{{}} {{ }}", {""}),
        ("{{Client-1}} {{ client-1 }}", {"client-1"}),
        ("{{DATE}} {{date}} {{current-task-id}}", {"DATE", "date", "current-task-id"}),
        ("{\u200b{\ufeffclient-1\u200b}\u200b}", {"client-1"}),
        ("https://x.io/%7B%7Bclient-1%EF%BB%BF%7D%7D", {"client-1"}),
        ("{{a&nbsp;}}{{&nbsp;b}}", {"a", "b"}),
        ("{{a<b}} {{c", set()),
    ],
)
def test_names(text: str | None, found: set[str]) -> None:
    """30 §14.1: case, blanks and invisible characters do not matter; system names are exact."""
    assert names(text) == found
    assert holds_variables(text) is bool(found)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Call {{client-1}}!", "Call Ana & <b>Co</b>!"),
        ("Call {{ CLIENT-1\ufeff }}\u200b!", "Call Ana & <b>Co</b>!"),
        ("{{DATE}} {{date}} {{Current-Task-Id}} {{current-task-id}}", "Feb 20, 2026 {{date}} {{Current-Task-Id}} 0a1b"),
        ("{{nope-9}} stays", "{{nope-9}} stays"),
        ("{{braces-6}}", "{{client-1}}"),
        ("a {{empty-2}} b", "a b"),
        ("{{empty-2}} b", "b"),
        ("a {{empty-2}}", "a"),
        ("a{{empty-2}}b", "ab"),
        ("{{empty-2}}", ""),
        ("a {{empty-2}}{{empty-2}} b", "a b"),
        ("a {{empty-2}} {{empty-2}} b", "a b"),
        ("{{empty-2}}{{client-1}} b", "Ana & <b>Co</b> b"),
        ("{{client-1}}{{empty-2}} b", "Ana & <b>Co</b>b"),
        ("a  {{DATE}}  b", "a  Feb 20, 2026  b"),
        ("{{{client-1}}}", "{Ana & <b>Co</b>}"),
        ("{{rich-3}}", "bold"),
        ("no variables", "no variables"),
    ],
)
def test_resolve_in_titles(text: str, shown: str) -> None:
    assert resolve(text, VALUES, html=False) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<p>Call {{client-1}}</p>", "<p>Call Ana &amp; &lt;b&gt;Co&lt;/b&gt;</p>"),
        (f"<p>Call {CHIP % 'client-1'}&nbsp;now</p>", "<p>Call Ana &amp; &lt;b&gt;Co&lt;/b&gt;&nbsp;now</p>"),
        (f"<p>Call {CHIP % 'empty-2'}&nbsp;now</p>", "<p>Call now</p>"),
        (f"<p>Call {CHIP % 'empty-2'}</p>", "<p>Call</p>"),
        (f"<p>{CHIP % 'nope-9'}&nbsp;</p>", f"<p>{CHIP % 'nope-9'}&nbsp;</p>"),
        ("<p>{{rich-3}}</p>", "<p><strong>bold</strong></p>"),
        ("<p>{{braces-6}}</p>", "<p>{{client-1}}</p>"),
        ('<a href="https://x.io/?q={{empty-2}}">x</a>', '<a href="https://x.io/?q=">x</a>'),
        ('<a href="https://x.io/?a={{site-4}}&amp;b={{due-7}}">x</a>',
         '<a href="https://x.io/?a=https%3A%2F%2Fx.io%2Fa%20b%3Fq%3D1%26r%3D%C3%A4&amp;b=2026-02-20">x</a>'),
        ('<a href="{{site-4}}">x</a>', '<a href="https://x.io/a%20b?q=1&amp;r=%C3%A4">x</a>'),
        ('<a href="https://x.io/%7B%7Bdue-7%7D%7D">x</a>', '<a href="https://x.io/2026-02-20">x</a>'),
        ('<a href="mailto:{{mail-8}}">x</a>', '<a href="mailto:a+b@x.io">x</a>'),
        ('<a href="{{script-5}}">x</a>', "<a>x</a>"),
        ('<a href="https://x.io/{{nope-9}}">x</a>', '<a href="https://x.io/{{nope-9}}">x</a>'),
        ('<img src="a.png" alt="{{client-1}}">', '<img src="a.png" alt="Ana &amp; &lt;b&gt;Co&lt;/b&gt;">'),
        ("<p>x</p>", "<p>x</p>"),
    ],
)  # fmt: skip
def test_resolve_in_html(text: str, shown: str) -> None:
    assert resolve(text, VALUES, html=True) == shown


def test_names_and_subjects_drop_unknown_variables() -> None:
    assert resolve("Hire {{nope-9}} now", VALUES, html=False, drop_unknown=True) == "Hire now"
    html = '<p><a href="https://x.io/{{nope-9}}">{{nope-9}}</a></p>'
    assert resolve(html, VALUES, html=True, drop_unknown=True) == '<p><a href="https://x.io/"></a></p>'


@given(st.text(max_size=40))
def test_whatever_is_answered_html_stays_clean(answer: str) -> None:
    """30 §14.3: injection hardening."""
    text = clean('<p title="{{a}}">{{a}} <a href="{{a}}">x</a> <a href="https://x.io/?q={{a}}">y</a></p>')
    shown = resolve(text, {"a": Rendered(answer)}, html=True)
    assert clean(shown) == shown
    assert "javascript:" not in resolve('<a href="{{a}}">', {"a": Rendered("javascript:" + answer)}, html=True)


def _field(kind: FieldKind, **settings: Any) -> Field:
    return Field(id="f1", label="F", kind=kind, alias="f-1", **settings)


NAMES = {"u41": "Ann Li", "g0a": "Sales"}
STAFF = {"users": [41, 42], "guests": ["a@x.io"], "groups": ["0a", "0b"]}
CHECKED = [
    {"id": 1, "text": "A&B", "selected": True},
    {"id": 2, "text": "C"},
    {"id": 3, "text": "D", "selected": True},
]
FILES = [
    {"id": "1", "filename": "a & b.pdf", "full_url": "https://x.io/1"},
    {"filename": "c.pdf"},
    {"url": "uploads/d.pdf"},
    {},
]
HEAD = "<table><thead><tr><th>Item</th><th>N&lt;o&gt;</th></tr></thead><tbody>"
COLUMNS = (Column(1, "Item"), Column(2, "N<o>"))


@pytest.mark.parametrize(
    ("field", "value", "text", "html"),
    [
        (_field("text"), "a < b", "a < b", "a &lt; b"),
        (_field("text", prefix="$", suffix=" net"), "12", "$12 net", "$12 net"),
        (_field("text", prefix="$"), " ", "", ""),
        (_field("text"), None, "", ""),
        (_field("textarea"), "a\n<b>", "a\n<b>", "a<br>&lt;b&gt;"),
        (_field("textarea", rich=True), "<p>a <b>b</b></p>", "a b", "<p>a <b>b</b></p>"),
        (_field("textarea", rich=True), "<p>&nbsp;</p>", "", ""),
        (_field("textarea", rich=True), None, "", ""),
        (_field("textarea", rich=True), "a<script>1</script>", "a", "a"),
        (_field("email"), "a@x.io", "a@x.io", "a@x.io"),
        (_field("radio"), "Full & half", "Full & half", "Full &amp; half"),
        (_field("dropdown", prefix="#"), {"id": 2, "text": "Gold"}, "#Gold", "#Gold"),
        (_field("dropdown"), "Gold", "", ""),
        (_field("multiselect"), CHECKED, "A&B, D", "<ul><li>A&amp;B</li><li>D</li></ul>"),
        (_field("multiselect"), CHECKED[1:2], "", ""),
        (_field("multiselect"), None, "", ""),
        (_field("date"), "2026-02-05T00:00:00.000Z", "Feb 05, 2026", "Feb 05, 2026"),
        (_field("date", collect_time=True), "2026-02-05T23:30:00.000Z", "Feb 06, 2026, 1:30am", "Feb 06, 2026, 1:30am"),
        (_field("date"), "soon", "", ""),
        (
            _field("table", columns=COLUMNS),
            [["a", "b"], ["1", ""]],
            "2 rows",
            f"{HEAD}<tr><td>a</td><td>1</td></tr><tr><td>b</td><td></td></tr></tbody></table>",
        ),
        (
            _field("table", columns=COLUMNS),
            ["<a>", 3],
            "1 row",
            f"{HEAD}<tr><td>&lt;a&gt;</td><td>3</td></tr></tbody></table>",
        ),
        (_field("table", columns=COLUMNS), [["", " "], [None]], "", ""),
        (
            _field("file"),
            FILES,
            "a & b.pdf, c.pdf, uploads/d.pdf",
            '<a href="https://x.io/1">a &amp; b.pdf</a>, c.pdf, <a href="uploads/d.pdf">uploads/d.pdf</a>',
        ),
        (_field("file"), [{"filename": "x", "url": "javascript:alert(1)"}], "x", "<a>x</a>"),
        (_field("file"), [], "", ""),
        (_field("assignees_form"), STAFF, "Ann Li, a@x.io, Sales", "Ann Li, a@x.io, Sales"),
        (_field("assignees_form"), {}, "", ""),
        (_field("assignees_form"), None, "", ""),
    ],
)
def test_render_answer(field: Field, value: Any, text: str, html: str) -> None:
    """30 §14.3, row "answered"; 20 §8.9: an entry without `selected` is not chosen."""
    dates = Dates(zone=timezone(timedelta(hours=2)))
    assert render_answer(field, value, html=False, names=NAMES, dates=dates) == text
    assert render_answer(field, value, html=True, names=NAMES, dates=dates) == html
    assert rendered(field, value, names=NAMES, dates=dates).text == text
    assert bool(rendered(field, value, names=NAMES, dates=dates).html) is bool(text)


def test_dates_are_iso_in_links() -> None:
    stored = "2026-02-20T15:45:00.000Z"
    assert rendered(_field("date"), stored, names={}).url == "2026-02-20"
    assert rendered(_field("date", collect_time=True), stored, names={}).url == stored
    assert rendered(_field("text"), "x", names={}).url is None


@pytest.mark.parametrize(
    ("pattern", "shown"),
    [
        ("mm/dd/yyyy", "02/05/2026"),
        ("dd/mm/yyyy", "05/02/2026"),
        ("MMM dd, yyyy", "Feb 05, 2026"),
        ("yy-mm-dd", "26-02-05"),
    ],
)
def test_show_date(pattern: str, shown: str) -> None:
    assert show_date(datetime(2026, 2, 5, tzinfo=UTC), pattern) == shown


@pytest.mark.parametrize(
    ("hour", "shown"), [(0, "12:05am"), (9, "9:05am"), (12, "12:05pm"), (15, "3:05pm"), (23, "11:05pm")]
)
def test_show_time(hour: int, shown: str) -> None:
    assert show_time(datetime(2026, 2, 5, hour, 5, tzinfo=UTC)) == shown


def test_hostile_texts_take_no_time() -> None:
    before = time.process_time()
    chip = f'<span class="{"insert-variable-tag " * 20_000}">x</span>{{{{a}}}}'
    for text in (chip, "{" * 200_000, "{{a" * 60_000, "\u200b" * 200_000 + "{{a}}", "<span {{" * 40_000):
        resolve(text, {}, html=True)
        resolve(text, {}, html=False)
    assert time.process_time() - before < 5
