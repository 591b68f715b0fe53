"""What is searched and sorted is folded alike everywhere (spec 00 FLT-04)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procession.kernel.folding import containing, fold


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Finance", "finance"),
        ("CRÈME BRÛLÉE", "creme brulee"),
        ("Straße", "strasse"),
        ("ﬁle №7", "file no7"),
        ("İstanbul", "istanbul"),
        ("Ångström", "angstrom"),
        ("東京", "東京"),
        ("a\0b", "ab"),
        ("é\0", "e"),
        ("", ""),
    ],
)
def test_case_and_marks_do_not_count(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_again_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert "\0" not in fold(text)


def test_a_limit_cuts_what_decomposes_into_many() -> None:
    assert len(fold("\ufdfa" * 30)) > 120
    assert len(fold("\ufdfa" * 30, 120)) == 120


@pytest.mark.parametrize(
    ("text", "pattern"),
    [("50% É_\\", "%50\\% e\\_\\\\%"), ("", "%"), (None, "%"), ("x" * 300, "%" + "x" * 250 + "%")],
)
def test_a_search_is_taken_literally(text: str | None, pattern: str) -> None:
    assert containing(text) == pattern
