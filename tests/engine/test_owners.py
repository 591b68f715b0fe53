"""Who a task is given to (20 §6.1-6.3)."""

from typing import Any

import pytest

from procession.engine.model import Owners, Problem
from procession.engine.owners import (
    OwnerFacts,
    OwnersDecision,
    OwnersDraft,
    decide_owners,
    join_member,
    read_owners,
    required_people,
)
from procession.engine.people import People

PRESENT = Owners((1, 2), ("g@x.io",), ("grpa",))
GROUPS = {"grpa": Owners((3,)), "grpg": Owners((), ("k@x.io",)), "grpe": Owners()}
PEOPLE = People(
    members=frozenset({1, 2, 3, 7, 8, 9}),
    member_emails=frozenset({"ann@acme.io"}),
    groups=frozenset(GROUPS),
    disabled_guests=frozenset({"off@x.io"}),
)
FACTS = OwnerFacts(PEOPLE, GROUPS, frozenset({"g@x.io"}))
NOT_ACTIVE = "The selected user is not an active member of this organization."


def _decide(value: Any, present: Owners = PRESENT, facts: OwnerFacts = FACTS, **settings: Any) -> OwnersDecision:
    draft, problems = read_owners(value)
    assert draft is not None
    assert problems == ()
    given: dict[str, Any] = {"cap": 0, "guests_allowed": True, "group_limit": 0, "fallback": (7, 8)} | settings
    return decide_owners(draft, facts, present, **given)


@pytest.mark.parametrize(
    "value", [None, {}, [], "", "{}", "null", {"taskUrls": ["x"]}, {"users": None, "guests": None, "groups": None}]
)
def test_no_bucket_named_changes_nothing(value: Any) -> None:
    """20 §6.1: an encoder that drops empty lists must not wipe a task."""
    assert read_owners(value) == (None, ())


@pytest.mark.parametrize("value", [5, "x", True, [1], "[1]", '"x"', "\ud800", "[" * 100_000])
def test_owners_must_be_an_object(value: Any) -> None:
    assert read_owners(value) == (None, (Problem(("owners",), "The owners must be an object."),))


@pytest.mark.parametrize("value", [{"users": [9], "guests": None}, '{"users": [9]}'])
def test_the_named_buckets_are_read(value: Any) -> None:
    assert read_owners(value) == (OwnersDraft(members=[9]), ())


@pytest.mark.parametrize(
    ("value", "owners"),
    [
        ({"users": [9]}, Owners((9,))),
        ({"groups": []}, Owners()),
        ({"users": [1, 2], "guests": ["g@x.io"], "groups": []}, Owners((1, 2), ("g@x.io",))),
        ({"users": [], "guests": [], "groups": ["grpA"]}, Owners((), (), ("grpa",))),
        ({"users": ["9", 9, {"id": 9}], "guests": ["G@X.io "]}, Owners((9,), ("g@x.io",))),
        ({"users": 9, "guests": "g@x.io", "groups": ""}, Owners((9,), ("g@x.io",))),
        ({"users": ["", "9"], "taskUrls": 5}, Owners((9,))),
    ],
)
def test_worked_examples(value: Any, owners: Owners) -> None:
    """20 §6.1: the worked examples that are accepted."""
    decision = _decide(value)
    assert (decision.owners, decision.problems, decision.changed) == (owners, (), True)


@pytest.mark.parametrize(
    ("value", "path", "text"),
    [
        ({"users": [9, 404404]}, ("members", "1"), NOT_ACTIVE),
        ({"users": {"id": 9}}, ("members",), "The owners.users must be an array."),
        (
            {"guests": ["", "ann@acme.io"]},
            ("guests", "1"),
            "This email belongs to a member of your organization. Assign the member instead.",
        ),
        ({"groups": ["nope"]}, ("groups", "0"), "The selected group does not exist."),
    ],
)
def test_problems_leave_the_owners_alone(value: Any, path: tuple[str, ...], text: str) -> None:
    decision = _decide(value)
    assert decision.problems == (Problem(("owners", *path), text),)
    assert (decision.owners, decision.changed) == (PRESENT, False)


def test_all_problems_are_told_together() -> None:
    decision = _decide({"users": [5], "guests": ["x"], "groups": ["y"]})
    assert [problem.path[1:] for problem in decision.problems] == [("members", "0"), ("guests", "0"), ("groups", "0")]


@pytest.mark.parametrize(
    ("value", "cap", "refused"),
    [
        ({"users": [1, 3], "groups": ["grpA"]}, 2, False),
        ({"users": [1, 2], "groups": ["grpA"]}, 2, True),
        ({"users": [1, 2], "groups": ["grpA"]}, 0, False),
        ({"users": [1], "guests": ["g@x.io", "h@x.io"]}, 2, True),
        ({"guests": ["g@x.io"]}, 1, False),
        ({"groups": ["grpg"], "guests": ["k@x.io"]}, 1, False),
    ],
)
def test_the_cap_counts_people(value: Any, cap: int, refused: bool) -> None:
    """20 §6.2: groups expanded, nobody twice, the co-assignee not at all."""
    texts = [Problem(("owners",), f"This task can have at most {cap} assignees.")] if refused else []
    assert list(_decide(value, cap=cap).problems) == texts


def test_the_same_people_in_any_order_are_no_change() -> None:
    decision = _decide({"users": [2, 1, 1], "guests": ["G@x.io"], "groups": ["grpA"]}, cap=1)
    assert decision == OwnersDecision(PRESENT)
    assert not decision.changed


def test_what_was_read_may_be_sent_back() -> None:
    """20 §3.1: even if somebody has been disabled or became a member since."""
    facts = OwnerFacts(People(disabled_guests=frozenset({"g@x.io"}), member_emails=frozenset({"g@x.io"})))
    value = {"users": [1, 2], "guests": ["g@x.io"], "groups": ["grpA"]}
    assert _decide(value, facts=facts, guests_allowed=False) == OwnersDecision(PRESENT)
    assert _decide({"users": [1], "guests": ["g@x.io"]}, facts=facts).problems == ()
    assert len(_decide({"users": [1, 9]}, facts=facts).problems) == 1


def test_guests_may_be_excluded() -> None:
    text = "Guests can't be assigned to this task."
    problem = Problem(("owners", "guests", "1"), text)
    assert _decide({"guests": ["", "h@x.io"]}, guests_allowed=False).problems == (problem,)
    assert [one.text for one in _decide({"guests": "h@x.io,i@x.io"}, guests_allowed=False).problems] == [text, text]
    assert _decide({"users": [9]}, guests_allowed=False).problems == ()


def test_large_groups_may_be_excluded() -> None:
    groups = {"grpa": Owners((3, 4), ("g@x.io",)), "grpb": Owners((3, 4))}
    facts = OwnerFacts(People(groups=frozenset(groups)), groups)
    assert _decide({"groups": ["grpb"]}, facts=facts, group_limit=2).problems == ()
    assert [one.path for one in _decide({"groups": ["grpa"]}, facts=facts, group_limit=2).problems] == [
        ("owners", "groups", "0")
    ]
    assert _decide({"groups": ["grpa"]}, facts=facts, group_limit=0).problems == ()


def test_who_came_and_who_went() -> None:
    decision = _decide({"users": [2, 9], "guests": ["new@x.io", "g@x.io"]})
    assert decision.added == Owners((9,), ("new@x.io",))
    assert decision.removed == Owners((1,), (), ("grpa",))
    assert decision.new_guests == ("new@x.io",)


@pytest.mark.parametrize(
    ("value", "members", "co_assignee"),
    [
        ({"users": [], "groups": [], "guests": ["k@client.io"]}, (7,), 7),
        ({"groups": ["grpg"]}, (7,), 7),
        ({"guests": ["k@client.io"], "groups": ["grpa"]}, (), None),
        ({"guests": ["k@client.io"], "users": [9]}, (9,), None),
        ({"groups": ["grpe"]}, (), None),
    ],
)
def test_guests_are_not_left_alone(value: Any, members: tuple[int, ...], co_assignee: int | None) -> None:
    """20 §6.3: unless a member is there, directly or by a group."""
    decision = _decide(value)
    assert (decision.owners.members, decision.co_assignee) == (members, co_assignee)


def test_guests_may_be_alone_when_nobody_is_there_or_the_rule_is_off() -> None:
    value = {"guests": ["k@client.io"]}
    for settings in ({"fallback": ()}, {"member_needed": False}):
        decision = _decide(value, **settings)
        assert (decision.owners, decision.co_assignee) == (Owners((), ("k@client.io",)), None)


def test_the_co_assignee_stays_one_while_needed() -> None:
    present = Owners((7,), ("g@x.io",))
    facts = OwnerFacts(PEOPLE, GROUPS, co_assignee=7)
    assert _decide({"guests": ["g@x.io"]}, present, facts) == OwnersDecision(present, 7)
    assert _decide({"users": [7], "guests": ["g@x.io"]}, present, facts) == OwnersDecision(present, 7)
    more = _decide({"users": [7], "guests": ["g@x.io", "h@x.io"]}, present, facts, cap=2)
    assert (more.owners, more.co_assignee) == (Owners((7,), ("g@x.io", "h@x.io")), 7)
    joined = _decide({"users": [7, 9], "guests": ["g@x.io"]}, present, facts)
    assert (joined.owners.members, joined.co_assignee) == ((7, 9), None)
    assert _decide({"users": [7]}, present, facts).co_assignee is None
    assert _decide({"users": [404]}, present, facts).co_assignee == 7


def test_join_member_after_a_group_lost_its_members() -> None:
    owners = Owners((), ("g@x.io",), ("gone",))
    assert join_member(owners, FACTS, (8,)) == (Owners((8,), ("g@x.io",), ("gone",)), 8)


def test_required_people() -> None:
    """20 §12.4: named people and those in groups, once each, without the co-assignee."""
    owners = Owners((1, 7, 3), ("g@x.io",), ("grpa", "grpg", "gone"))
    assert required_people(owners, 7, GROUPS) == Owners((1, 3), ("g@x.io", "k@x.io"))
    assert required_people(Owners((7,)), None, {}) == Owners((7,))
