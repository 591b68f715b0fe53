"""Who is named in `{users, guests, groups}` and who may be (20 §6.1, 40 §14.4)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procession.engine.model import Problem
from procession.engine.people import (
    Mentions,
    People,
    check_groups,
    check_guests,
    check_members,
    is_address,
    mentioned,
)

GROUP = "0f" * 16
LARGE = "1e" * 16
PEOPLE = People(
    members=frozenset((1, 2, 9)),
    member_emails=frozenset(("ann@acme.test",)),
    groups=frozenset((GROUP, LARGE)),
    disabled_guests=frozenset(("gone@x.io",)),
    company_domains=frozenset(("acme.example",)),
    large_groups=frozenset((LARGE,)),
)
NO_MEMBER = "The selected user is not an active member of this organization."
NO_GROUP = "The selected group does not exist."
NO_ADDRESS = "The selected guest must be a valid email address."

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["id", "email", "users"]) | st.text(), inner),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (["9", 9, {"id": 9}], (9,)),  # the worked example of 20 §6.1
        ([2, "1", 2.0, " 1 "], (2, 1)),
        (["", 1, "  "], (1,)),
        ([], ()),
        (None, ()),
        (2, (2,)),
        ("2", (2,)),
        ("", ()),
    ],
)
def test_members_are_read_and_collapsed(value: object, expected: tuple[int, ...]) -> None:
    assert check_members(value, PEOPLE) == (expected, [])


@pytest.mark.parametrize(
    "entry", [404404, True, None, "x", 1.5, {"id": "x"}, {}, ["1"], 10**30, "9" * 5000, float("inf")]
)
def test_no_member(entry: object) -> None:
    assert check_members([1, entry], PEOPLE) == ((1,), [Problem(("1",), NO_MEMBER)])


def test_positions_in_problems_count_the_empty_strings() -> None:
    assert check_members(["", 404, "", 405], PEOPLE)[1] == [Problem(("1",), NO_MEMBER), Problem(("3",), NO_MEMBER)]


def test_a_bucket_of_the_wrong_shape() -> None:
    expected = Problem((), "The owners.users must be an array.")
    assert check_members({"id": 1}, PEOPLE, "owners.users") == ((), [expected])


def test_a_bucket_holds_at_most_200() -> None:
    assert check_members([1] * 200, PEOPLE) == ((1,), [])
    assert check_members([1] * 201, PEOPLE)[1] == [Problem((), "The users may not have more than 200 items.")]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (["G@X.io "], ("g@x.io",)),
        ([{"email": "g@x.io"}, "G@x.IO", "h@x.io"], ("g@x.io", "h@x.io")),
        ("g@x.io, h@x.io", ("g@x.io", "h@x.io")),
        ("", ()),
        (None, ()),
        (["a@b.example", "a@b.test", "a@corp.local", "a@b.invalid", "ä@münchen.de"],
         ("a@b.example", "a@b.test", "a@corp.local", "a@b.invalid", "ä@münchen.de")),
    ],
)  # fmt: skip
def test_guests_are_read_and_collapsed(value: object, expected: tuple[str, ...]) -> None:
    assert check_guests(value, PEOPLE) == (expected, [])


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ("ANN@acme.test", "This email belongs to a member of your organization. Assign the member instead."),
        ("gone@x.io", "This guest is disabled."),
        ("bob@acme.example", "This email is on a domain of your organization. Invite the person as a member instead."),
        ("nobody", NO_ADDRESS),
        ("a@b@c.io", NO_ADDRESS),
        ("a@x", NO_ADDRESS),
        ("Ann <ann@x.io>", NO_ADDRESS),
        (5, NO_ADDRESS),
        (None, NO_ADDRESS),
        ({"id": "g@x.io"}, NO_ADDRESS),
        ("a@" + "b." * 200 + "io", NO_ADDRESS),
    ],
)
def test_who_may_not_be_a_guest(entry: object, text: str) -> None:
    assert check_guests(["ok@x.io", entry], PEOPLE) == (("ok@x.io",), [Problem(("1",), text)])


def test_addresses_of_254_characters() -> None:
    domain = ".".join(["d" * 60] * 3)
    fits = f"{'l' * 60}@{domain}.{'d' * 7}.io"
    assert len(fits) == 254
    assert is_address(fits)
    assert not is_address("x" + fits)


def test_groups() -> None:
    assert check_groups([GROUP, {"id": GROUP.upper()}, "", f" {GROUP} "], PEOPLE) == ((GROUP,), [])
    assert check_groups(GROUP, PEOPLE) == ((GROUP,), [])
    assert check_groups(["ab" * 16, 5, {"name": "x"}], PEOPLE)[1] == [
        Problem((str(index),), NO_GROUP) for index in range(3)
    ]
    assert check_groups([LARGE], PEOPLE)[1] == [
        Problem(("0",), "This group has more people than may be assigned at once.")
    ]


def test_whom_a_value_mentions() -> None:
    value = {"users": ["9", {"id": 404}, "x", True], "guests": ["G@x.io ", "bad"], "groups": GROUP, "taskUrls": []}
    assert mentioned(value) == Mentions(frozenset((9, 404)), frozenset(("g@x.io",)), frozenset((GROUP,)))
    assert mentioned({"users": {"id": 1}, "guests": "a@x.io,b@x.io"}).guests == frozenset(("a@x.io", "b@x.io"))
    nothing: list[object] = [None, [], "x", 5, {}]
    for empty in nothing:
        assert mentioned(empty) == Mentions()


@given(json_values, st.sampled_from(["users", "guests", "groups"]))
def test_what_passes_was_mentioned_before(value: Any, bucket: str) -> None:
    """The caller looks up what `mentioned` names: a check must not accept anybody beyond."""
    check: Any = {"users": check_members, "guests": check_guests, "groups": check_groups}[bucket]
    named = mentioned({bucket: value})
    everybody = People(members=named.members, groups=named.groups)
    accepted, problems = check(value, everybody)
    assert set(accepted) <= {"users": named.members, "guests": named.guests, "groups": named.groups}[bucket]
    assert all(isinstance(problem, Problem) for problem in problems)
