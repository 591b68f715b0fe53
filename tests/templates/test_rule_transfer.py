"""Rules that come along with a template: mapped, or left behind and told (spec 30 §3.11 rule 2, 31 §3.2)."""

from typing import Any

from procession.api.automation_bodies import rule_drafts
from procession.engine.model import Field, Step, TemplateDocument
from procession.engine.people import People
from procession.engine.rule import Assignees, Rule
from procession.kernel.ids import new_id
from procession.templates.rule_checks import Basis
from procession.templates.rule_conditions import parts_of
from procession.templates.rule_transfer import Left, Strangers, Transfer, transfer_rules
from tests.templates.conftest import NOW

OLD = {name: f"{place:032x}" for place, name in enumerate(("one", "two", "field", "kickoff", "gone"), 1)}
NEW = {name: new_id() for name in OLD if name != "gone"}
PARTS = parts_of(
    TemplateDocument(
        title="T",
        kind="procedure",
        kickoff=(Field(id=NEW["kickoff"], label="Sum", kind="text", alias="sum"),),
        steps=(
            Step(
                id=NEW["one"],
                title="One",
                alias="one",
                position=1,
                fields=(Field(id=NEW["field"], label="Who", kind="assignees_form", alias="who"),),
            ),
            Step(id=NEW["two"], title="Two", alias="two", position=2),
        ),
    )
)


def when(name: str = "one", kind: str = "Step", operation: str = "completed", **more: Any) -> dict[str, Any]:
    return {"id": new_id(), "conditionable_id": OLD[name], "conditionable_type": kind, "operation": operation,
            "statement": None, **more}  # fmt: skip


def then(name: str = "two", verb: str = "show", kind: str = "visibility", **more: Any) -> dict[str, Any]:
    return {"id": new_id(), "action_type": kind, "action_verb": verb, "target_step_id": OLD[name], **more}


def transferred(*rules: Any) -> tuple[tuple[Rule, ...], list[Left]]:
    people = People(members=frozenset({7}), groups=frozenset({"a" * 32}))
    who = Strangers(
        member=lambda entry: 7 if entry == 41 else None,
        guest=lambda entry: entry if isinstance(entry, str) and "@" in entry else None,
        group=lambda entry: "a" * 32 if entry == "b" * 32 else None,
    )
    ids = {OLD[name]: NEW[name] for name in NEW}
    transfer = Transfer(ids, Basis(PARTS, people, NOW), who)
    return transfer_rules(rule_drafts(rules), transfer), transfer.left


def test_everything_is_mapped() -> None:
    people = {"users": [41, 42], "guests": ["kim@client.example", "x"], "groups": ["b" * 32, "c" * 32]}
    (rule,), left = transferred(
        {"automated_alias": "All", "is_active": False, "reverse_on_reopen": True,
         "conditions": [when(position=2), when("kickoff", "Prerun", "is_empty", position=1)],
         "then_actions": [then(), then("one", "assign", "assignment", assignees=people, actionable_type="Capture",
                                       actionable_id=OLD["field"])]},
    )  # fmt: skip
    assert (rule.name, rule.active, rule.reverse_on_reopen, rule.created_at) == ("All", False, True, NOW)
    assert [one.subject for one in rule.conditions] == [NEW["kickoff"], NEW["one"]]
    assert [one.target for one in rule.actions] == [NEW["two"], NEW["one"]]
    source = rule.actions[1].source
    assert source is not None and (source.kind, source.id) == ("field", NEW["field"])
    assert rule.actions[1].assignees == Assignees((7,), ("kim@client.example",), ("a" * 32,))
    assert left == [Left("user", "42", "rule 1"), Left("guest", "x", "rule 1"), Left("group", "c" * 32, "rule 1")]


def test_what_cannot_be_kept_is_told() -> None:
    rules, left = transferred(
        {"position": 3, "conditions": [when("gone"), when(), "x"], "then_actions": [then("gone"), then(), then()]},
        {"automated_alias": "Lost", "conditions": [when("gone")], "then_actions": [then()]},
        {"position": 1, "conditions": [when(operation="dances"), when()], "then_actions": [
            then("one", "reopen", "status"), then(kind="webhook", verb=""), then()]},
        {"automated_alias": "Nothing to do", "conditions": [when()]},
        3,
    )  # fmt: skip
    assert [rule.name for rule in rules] == ["Rule 3", "Rule 1"]
    assert [len(rule.conditions) for rule in rules] == [1, 1]
    assert [[one.target for one in rule.actions] for rule in rules] == [[NEW["two"]], [NEW["two"]]]
    assert left == [
        Left("condition", OLD["one"], "rule 3"),
        Left("action", OLD["two"], "rule 3"),
        Left("action", NEW["one"], "rule 3"),
        Left("condition", OLD["gone"], "rule 2"),
        Left("rule", "Lost", "template"),
        Left("condition", OLD["gone"], "rule 1"),
        Left("condition", "", "rule 1"),
        Left("action", OLD["gone"], "rule 1"),
        Left("action", NEW["two"], "rule 1"),
        Left("rule", "Nothing to do", "template"),
        Left("rule", "5", "template"),
    ]


def test_limits() -> None:
    """31 §2.6: what is beyond them stays behind."""
    (rule,), left = transferred({"conditions": [when()] * 101, "then_actions": [then("two", "reopen", "status")] * 201})
    assert (len(rule.conditions), len(rule.actions)) == (100, 200)
    assert [one.kind for one in left] == ["condition", "action"]
