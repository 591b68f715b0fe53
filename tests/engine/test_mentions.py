"""People named in comments (spec 20 §19.3)."""

import pytest

from procession.engine.mentions import MOST, mentioned_guests, mentioned_members, with_mentions, with_names


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("<p>Hi @[12] and @[7], @[12]</p>", [12, 7]),
        ('<p>Hi <span data-id="9">Ann</span> <span class="x" data-mention-id="8">Bo</span></p>', [9, 8]),
        ("@[0] @[x] @12 @ann ann@x.io @[9999999999999999]", []),
        ("", []),
    ],
)
def test_members_are_mentioned_by_marks(content: str, found: list[int]) -> None:
    assert mentioned_members(content) == found


def test_not_too_many_are_named() -> None:
    assert len(mentioned_members(" ".join(f"@[{one}]" for one in range(1, 999)))) == MOST


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("<p>Ask +Kim@Client.example, please; +kim@client.example</p>", ["kim@client.example"]),
        ("<b>+kim+x@client.example</b>.", ["kim+x@client.example"]),
        ("kim+x@client.example a+b 1+1@x +nobody@x..y", []),
        ("plain", []),
    ],
)
def test_guests_are_named_with_a_plus(content: str, found: list[str]) -> None:
    assert mentioned_guests(content) == found


def test_marks_are_added_once() -> None:
    assert with_mentions("Hi @[7]", [7, 9, 9]) == "@[9] Hi @[7]"
    assert with_mentions("Hi", []) == "Hi"


def test_marks_are_shown_as_names() -> None:
    assert with_names("Hi @[7] @[8]", {7: "Ann <b>"}) == "Hi <strong>Ann &lt;b&gt;</strong> @[8]"
