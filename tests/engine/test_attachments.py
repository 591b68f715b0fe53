"""File answers: which files they name, and links that are files (spec 20 §8.11)."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procession.engine.attachments import FILES_LIMIT, NO_FILE, file_ids, files_answer, linked_files, with_ids

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["id", "url", "x"]), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        (None, []),
        ("a", []),
        ({"id": "a"}, []),
        ([{"id": "A"}, {"id": " b "}, {"id": "a"}], ["a", "b"]),
        ([{"id": 1}, {"id": ""}, {"id": None}, {"url": "x"}, "a", None], []),
        ([{"id": str(n)} for n in range(FILES_LIMIT + 5)], [str(n) for n in range(FILES_LIMIT)]),
    ],
)
def test_which_files_an_answer_names(value: Any, ids: list[str]) -> None:
    assert file_ids(value) == ids


@given(JSON)
def test_any_value_may_be_asked(value: Any) -> None:
    assert all(file_ids(value))
    assert file_ids(with_ids(value, lambda _: None)) == file_ids(value)
    files_answer("Papers", with_ids(value, lambda link: link or None), {})


@pytest.mark.parametrize(
    ("entry", "read"),
    [
        ({"url": "ours"}, {"id": "7"}),
        ({"full_url": " ours "}, {"id": "7"}),
        ({"url": "theirs", "full_url": "ours"}, {"id": "7"}),
        ({"id": "", "url": "ours", "filename": "x"}, {"id": "7"}),
        ({"id": "3", "url": "ours"}, {"id": "3", "url": "ours"}),
        ({"url": "theirs"}, {"url": "theirs"}),
        ({"url": 5}, {"url": 5}),
        ("ours", "ours"),
    ],
)
def test_links_to_files_kept_here_are_those_files(entry: Any, read: Any) -> None:
    assert with_ids([entry], {"ours": "7"}.get) == [read]


def test_values_that_are_no_lists_stay() -> None:
    assert with_ids({"url": "ours"}, {"ours": "7"}.get) == {"url": "ours"}


def test_only_the_id_is_trusted() -> None:
    known = {"7": {"id": "7", "filename": "true.pdf"}}
    assert files_answer("Papers", [{"id": "7", "filename": "forged.exe"}], known) == ([known["7"]], None)
    assert files_answer("Papers", [{"id": "8"}], known) == (None, NO_FILE)


HOME = "0a" * 16


def _id(number: int) -> str:
    return f"{number:032x}"


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        (None, []),
        ("", []),
        (f"/organizations/{HOME}/file/{_id(1)}", []),  # words, no link
        (f'<img src="/organizations/{HOME}/file/{_id(1)}">', [1]),
        (f'<img alt="" src="https://x.io/api/organizations/{HOME}/file/{_id(1)}/dl?a=1">', [1]),
        (f'<a href="organizations/{HOME.upper()}/assets/{_id(2)}">a</a>', [2]),
        (f'<a rel="a" href="/x/organizations/{HOME}/download-files/{_id(3)}#a">b</a>', [3]),
        (f'<img src="/organizations/{_id(9)}/file/{_id(1)}"><img src="/organizations/{HOME}/file/{_id(1)}0">', []),
        (
            "".join(f'<img src="organizations/{HOME}/file/{_id(n)}">' for n in range(FILES_LIMIT + 5)),
            range(FILES_LIMIT),
        ),
    ],
)
def test_which_files_a_text_shows(text: str | None, ids: Sequence[int]) -> None:
    assert linked_files(text, HOME) == {_id(one) for one in ids}
