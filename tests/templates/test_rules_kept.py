"""Rules as they are kept: synchronised, ordered, copied, whole whatever becomes of the rest (spec 31 §3, §8)."""

from typing import Any

import pytest
import sqlalchemy as sa

from procession.engine.model import Owners
from procession.engine.rule import Action, Assignees, Rule
from procession.kernel.sql import Patch, Query, organization, row
from procession.kernel.tables import events
from procession.people.model import Actor
from procession.people.tables import memberships
from procession.templates.access import template_of_part
from procession.templates.leaving import hand_over_templates, take_group_off_steps, take_guest_off_steps
from procession.templates.rule_people import rules_with, without_group, without_guest
from procession.templates.versions import compiled
from tests.templates.conftest import NOW, House
from tests.templates.test_rules import DAY, NOBODY, Ground, make_ground
from tests.templates.test_templates import launch

UNKNOWN = "f" * 32
RULE_EVENTS = Query(
    sa.select(events.c.new)
    .where(organization(events), events.c.subject_id == sa.bindparam("subject"), events.c.kind == "rule.updated")
    .order_by(events.c.id),
    row,
)
PATCH_MEMBERSHIP = Patch(memberships, "account_id")


@pytest.fixture
def ground(house: House) -> Ground:
    return make_ground(house)


def names(rules: list[dict[str, Any]]) -> list[str]:
    return [one["automated_alias"] for one in rules]


def ids(rule: dict[str, Any]) -> list[str]:
    return [rule["id"], *(one["id"] for side in ("conditions", "then_actions") for one in rule[side])]


# -- changing ---------------------------------------------------------------------------------------------------------


def test_the_whole_rule_sent_back_changes_nothing(ground: Ground) -> None:
    """31 §12.2; 00 PUT-11: ids, count and revision stay; a new name is all that changes."""
    conditions = [ground.condition("K radio", "equals_any", statement=["Yes", "No"]), ground.condition(logic="or")]
    made = ground.add(conditions=conditions)
    revision = ground.house.revision
    assert ground.put(made["id"], made) == made
    assert ground.house.revision == revision
    renamed = ground.put(made["id"], {**made, "automated_alias": "x"})
    assert (ids(renamed), renamed["automated_alias"], ground.house.revision) == (ids(made), "x", (revision or 0) + 1)
    assert renamed["last_updated"] > made["last_updated"]


def test_sides_are_synchronised_by_id(ground: Ground) -> None:
    """31 §3.1, 31 §12.3: known ids change, unknown ones are made, the unlisted go; an absent side stays."""
    made = ground.add(conditions=[ground.condition(), ground.condition("approval", "approved")],
                      then_actions=[ground.show("email"), ground.show("expiring")])  # fmt: skip
    first, second = made["conditions"]
    after = ground.put(made["id"], {"conditions": [
        {"id": second["id"], "operation": "rejected"},
        ground.condition("expiring", "expired", logic="or"),
        ground.condition(id=UNKNOWN),
    ]})  # fmt: skip
    assert [one["operation"] for one in after["conditions"]] == ["rejected", "expired", "completed"]
    assert after["conditions"][0] == {**second, "operation": "rejected", "position": 1}
    assert first["id"] not in ids(after) and UNKNOWN not in ids(after)
    assert after["then_actions"] == made["then_actions"]
    assert after["automated_alias"] == "Rule"
    shown = made["then_actions"][1]
    after = ground.put(made["id"], {"then_actions": [{"id": shown["id"], "action_verb": "hide"}], "is_active": False})
    assert after["then_actions"] == [{**shown, "action_verb": "hide", "position": 1}]
    assert after["is_active"] is False
    twice = {"conditions": [{"id": second["id"]}] * 2, "then_actions": [{"id": shown["id"]}] * 2}
    path: Any = {"checklist": ground.template, "rule": made["id"]}
    same = ["The id field has a duplicate value."]
    text = {"conditions.1.id": same, "then_actions.1.id": same}
    assert ground.house.errors("update_automated_action", twice, **path) == text
    empty: Any = {"conditions": [], "then_actions": []}
    assert set(ground.house.errors("update_automated_action", empty, **path)) == {"conditions", "then_actions"}
    # Each side is held against the one that stays.
    own = {"then_actions": [ground.action("status")]}
    assert set(ground.house.errors("update_automated_action", own, **path)) == {"then_actions.0.target_step_id"}


def test_what_is_not_sent_of_a_part_stays(ground: Ground) -> None:
    """31 §3.1, 00 PUT-01; a statement and what belongs to a kind of action stay only with their question."""
    made = ground.add(
        conditions=[ground.condition("table", "contains", statement="a", column_contains_name="Item")],
        then_actions=[ground.action("assignment", "assign", assignees={"guests": ["kim@client.example"]},
                                    **ground.source("K assignees_form"))],
    )  # fmt: skip
    condition, action = made["conditions"][0]["id"], made["then_actions"][0]["id"]
    body = {
        "conditions": [{"id": condition, "logic": "or"}],
        "then_actions": [{"id": action, "action_verb": "unassign"}],
    }
    after = ground.put(made["id"], body)
    assert after["conditions"] == [{**made["conditions"][0], "logic": "or"}]
    assert after["then_actions"] == [{**made["then_actions"][0], "action_verb": "unassign"}]
    moved = {"id": condition, **{name: one for name, one in ground.condition("text").items() if name != "statement"}}
    errors = ground.house.errors("update_automated_action", {"conditions": [{**moved, "operation": "contains"}]},
                                 checklist=ground.template, rule=made["id"])  # fmt: skip
    assert errors == {"conditions.0.statement": ["The statement field is required."]}
    body = {"then_actions": [{"id": action, "action_type": "deadline", "deadline": DAY, "actionable_type": None,
                              "actionable_id": None}]}  # fmt: skip
    after = ground.put(made["id"], body)["then_actions"][0]
    assert (after["id"], after["assignees"], after["actionable_id"], after["deadline"]) == (action, NOBODY, None, DAY)
    hook = {"id": action, "action_type": "webhook", "webhook_url": "https://a.example/", "alias_name": "first"}
    ground.put(made["id"], {"then_actions": [hook]})
    after = ground.put(made["id"], {"then_actions": [{"id": action, "webhook_url": "https://b.example/"}]})
    assert (after["then_actions"][0]["alias_name"], after["then_actions"][0]["webhook_url"]) == (
        "first", "https://b.example/"
    )  # fmt: skip


def test_order(ground: Ground) -> None:
    """31 §3: rules run in order; one is moved, or all are put in order."""
    path: Any = {"checklist": ground.template}
    a, b, c = (ground.add(name=one)["id"] for one in "abc")
    after = ground.house("reorder_automated_actions", {"order": [c, a]}, **path)["data"]
    assert (names(after), [one["position"] for one in after]) == (["c", "a", "b"], [1, 2, 3])
    assert names(ground.house("reorder_automated_actions", {"id": c, "position": 99}, **path)["data"]) == [
        "a", "b", "c"
    ]  # fmt: skip
    assert names(ground.house("reorder_automated_actions", {"order": [], "id": b, "position": 1}, **path)["data"]) == [
        "b", "a", "c"
    ]  # fmt: skip
    assert ground.put(a, {"position": 1})["position"] == 1
    assert names(ground.stored()) == ["a", "b", "c"]
    wrong: tuple[tuple[Any, set[str]], ...] = (
        ({}, {"id", "position"}), ({"id": a}, {"position"}), ({"id": "x", "position": 0}, {"id", "position"}),
        ({"order": [a, "x"]}, {"order.1"}), ({"order": {}}, {"order"}),
    )  # fmt: skip
    for body, errors in wrong:
        found = set(ground.house.errors("reorder_automated_actions", body, **path))
        assert found >= errors, body
    assert ground.house.refused("reorder_automated_actions", {"order": [UNKNOWN]}, **path)[0] == 404
    assert ground.house.refused("reorder_automated_actions", {"id": UNKNOWN, "position": 1}, **path)[0] == 404
    assert ground.house("list_automated_actions", **path)["meta"]["pagination"]["total"] == 3


def test_a_copy_stands_behind_the_original(ground: Ground) -> None:
    """31 §3."""
    path: Any = {"checklist": ground.template}
    made = ground.add(name="x" * 300)
    ground.add(name="last")
    copy = ground.house("clone_automated_action", rule=made["id"], **path)["data"]
    assert (ground.house.status, copy["position"]) == (201, 2)
    assert copy["automated_alias"] == "x" * 293 + " - Copy"
    assert not set(ids(copy)) & set(ids(made))
    assert names(ground.stored())[2] == "last"


def test_delete(ground: Ground) -> None:
    """31 §3, 31 §12.5: 204 and gone; a second call, another template's rule and an archived template are 404."""
    made, other = ground.add(), make_ground(ground.house)
    path: Any = {"checklist": ground.template, "rule": made["id"]}
    for name in (
        "get_automated_action",
        "update_automated_action",
        "delete_automated_action",
        "clone_automated_action",
    ):
        assert ground.house.refused(name, {}, checklist=other.template, rule=made["id"])[0] == 404
    assert ground.house("delete_automated_action", **path) is None
    assert (ground.house.status, ground.stored()) == (204, [])
    assert ground.house.refused("delete_automated_action", **path)[0] == 404
    kept = other.add()
    ground.house("archive_checklist", checklist=other.template)
    for name in ("list_automated_actions", "create_automated_action", "lint_automated_actions"):
        assert ground.house.refused(name, {}, checklist=other.template)[0] == 404
    assert ground.house.refused("get_automated_action", checklist=other.template, rule=kept["id"])[0] == 404
    ground.house("restore_checklist", checklist=other.template)
    assert other.stored() == [kept]


def test_stale_preconditions(ground: Ground) -> None:
    """00 CONC-01: 412 for an older state of the rule."""
    made = ground.add()
    path: Any = {"checklist": ground.template, "rule": made["id"]}
    ground.put(made["id"], {"alias": "new"})
    ground.house.headers = {"if-match": '"1-x"'}
    assert ground.house.refused("update_automated_action", {"alias": "b"}, **path)[0] == 412
    assert ground.house.refused("delete_automated_action", **path)[0] == 412
    ground.house.headers = {"if-match": '"2-x"'}
    assert ground.put(made["id"], {"alias": "b"})["automated_alias"] == "b"


def test_who_may(ground: Ground) -> None:
    """31 §3: EDIT to write, READ to read, try and check; 404 before 403, both before 422."""
    house, made = ground.house, ground.add()
    reader, light = house.member("standard"), house.member("light")
    house("update_checklist", {"title": "T", "users": [reader.account_id, light.account_id]}, checklist=ground.template)
    item: dict[str, Any] = {"rule": made["id"]}
    writes: tuple[tuple[str, dict[str, Any]], ...] = (
        ("create_automated_action", {}), ("reorder_automated_actions", {}), ("update_automated_action", item),
        ("clone_automated_action", item), ("delete_automated_action", item),
    )  # fmt: skip
    reads: tuple[tuple[str, dict[str, Any]], ...] = (
        ("list_automated_actions", {}), ("lint_automated_actions", {}), ("simulate_automated_actions", {}),
        ("get_automated_action", item),
    )  # fmt: skip

    def of(name: str, by: Actor, path: dict[str, Any]) -> int:
        return house.refused(name, {"conditions": 3}, by=by, checklist=ground.template, **path)[0]

    for name, path in writes:
        assert (of(name, reader, path), of(name, light, path)) == (403, 403), name
    for name, path in reads:
        for actor in (reader, light):
            house(name, {}, by=actor, checklist=ground.template, **path)
            assert house.status == 200
    house.settings = type(house.settings)(restrict_templates=True)
    hidden = make_ground(house)
    kept = hidden.add()
    for name, path in (*writes, *reads):
        named = {"rule": kept["id"]} if path else {}
        assert house.refused(name, {}, by=reader, checklist=hidden.template, **named)[0] == 404


# -- versions and copies ----------------------------------------------------------------------------------------------


def test_a_launched_version_keeps_its_rules(ground: Ground) -> None:
    """31 §3.1, 31 §12.18, 30 §5.3: the next edit copies the version; ids stay."""
    made = ground.add()
    first = launch(ground.house, ground.template)
    ground.put(made["id"], {"alias": "changed"})
    second = launch(ground.house, ground.template)
    ground.house("delete_automated_action", checklist=ground.template, rule=made["id"])
    versions = ground.house.do(lambda unit: [compiled(unit, one).document.rules for one in (first, second)])
    assert [[(one.id, one.name) for one in rules] for rules in versions] == [
        [(made["id"], "Rule")], [(made["id"], "changed")]
    ]  # fmt: skip
    assert ground.stored() == []
    assert ground.house.do(lambda unit: template_of_part(unit, made["id"])) == ground.template


def test_a_copied_template_names_its_own_parts(ground: Ground) -> None:
    """31 §12.17, 30 §3.9: every id of the copy's rules is the copy's."""
    ground.add(
        conditions=[ground.condition("K radio", "equals", statement="Yes"), ground.condition("text", "is_empty")],
        then_actions=[ground.action("deadline", deadline=DAY, **ground.source("date")),
                      ground.action("assignment", "assign", assignees={"users": [ground.house.owner]})],
    )  # fmt: skip
    copy = ground.house("clone_checklist", {}, checklist=ground.template, query="with=steps")["data"]
    (rule,), (old,) = copy["automated_actions"], ground.stored()
    steps = {one["title"]: one["id"] for one in copy["steps"]["data"]}
    fields = {one["label"]: one["id"] for step in copy["steps"]["data"] for one in step["captures"]}
    kickoff = {one["label"]: one["id"] for one in copy["prerun"]}
    assert [one["conditionable_id"] for one in rule["conditions"]] == [kickoff["radio"], fields["text"]]
    assert rule["then_actions"][0]["actionable_id"] == fields["date"]
    assert [one["target_step_id"] for one in rule["then_actions"]] == [steps["Approval"]] * 2
    assert rule["then_actions"][1]["assignees"] == {**NOBODY, "users": [ground.house.owner]}
    assert not set(ids(rule)) & set(ids(old))
    assert rule["created_at"] > old["created_at"]
    assert ground.house("get_automated_action", checklist=copy["id"], rule=rule["id"])["data"] == rule


# -- what rules name --------------------------------------------------------------------------------------------------


def test_what_a_rule_names_stays(ground: Ground) -> None:
    """31 §3.2, 30 §9.3, §11.4: steps and fields of conditions, targets and sources are not deleted."""
    house, path = ground.house, ground.path
    step_text = "Cannot delete this step because there are rules dependent on it."
    field_text = "Cannot delete a form field that is being used in a rule in other steps."
    rule = ground.add(
        conditions=[ground.condition("expiring"), ground.condition("K radio", "is_empty")],
        then_actions=[ground.action("deadline", deadline=DAY, **ground.source("date"))],
    )  # fmt: skip
    for step in ("expiring", "approval", "task"):
        assert house.refused("delete_step", step=ground.steps[step], **path) == (403, step_text)
    assert house.refused("delete_prerun", prerun=ground.kickoff["radio"], **path) == (403, field_text)
    at: dict[str, Any] = {"step": ground.steps["task"], "capture": ground.fields["date"], **path}
    assert house.refused("delete_capture", **at) == (403, field_text)
    text = "Cannot delete a form field that is being used in a rule."
    assert house.refused("update_checklist", {"title": "T", "prerun": []}, **path) == (403, text)
    # A field that moves takes its rules along.
    house("move_capture", {"target_step_id": ground.steps["email"]}, **at)
    assert ground.stored() == [rule]
    house("delete_step", step=ground.steps["task"], **path)
    house("delete_automated_action", rule=rule["id"], **path)
    for step in ("expiring", "approval", "email"):
        assert house("delete_step", step=ground.steps[step], **path) is None


def test_a_change_of_type_is_told_and_the_rule_kept(ground: Ground) -> None:
    """31 §3.2: operations, sources and columns that fit no longer, once; the rule can still be sent back."""
    house, path = ground.house, ground.path
    rule = ground.add(
        conditions=[ground.condition("approval", "approved"), ground.condition("radio", "equals", statement="Yes"),
                    ground.condition("table", "contains", statement="x", column_contains_name="Item")],
        then_actions=[ground.action("deadline", deadline=DAY, **ground.source("K date")),
                      ground.action("assignment", "assign", **ground.source("mail"))],
    )  # fmt: skip
    conditions = [f"automated_actions.{rule['id']}.conditions.{one['id']}" for one in rule["conditions"]]
    actions = [f"automated_actions.{rule['id']}.then_actions.{one['id']}" for one in rule["then_actions"]]
    house("update_step", {"step_type": "task"}, step=ground.steps["approval"], **path)
    assert house.warnings == [conditions[0]]
    house("update_step", {"title": "Again"}, step=ground.steps["approval"], **path)
    assert house.warnings == [], "told once, by the change that brought it"
    step: dict[str, Any] = {"step": ground.steps["task"], **path}
    options = [{"id": 1, "text": "Certainly"}, {"id": 2, "text": "No"}]
    house("update_capture", {"options": options}, capture=ground.fields["radio"], **step)
    assert house.warnings == [conditions[1]]
    house("update_capture", {"columns": [{"id": 7, "label": "Goods"}]}, capture=ground.fields["table"], **step)
    assert house.warnings == [conditions[2]]
    house("update_capture", {"field_validation": []}, capture=ground.fields["mail"], **step)
    assert house.warnings == [actions[1]]
    kickoff = [{"id": one["id"], "field_type": "text" if one["label"] == "date" else one["field_type"]}
               for one in house("get_checklist", **path)["data"]["prerun"]]  # fmt: skip
    house("update_checklist", {"title": "T", "prerun": kickoff}, **path)
    assert house.warnings == [actions[0]]
    assert ground.stored() == [rule]
    assert ground.put(rule["id"], {**rule, "is_active": False})["is_active"] is False
    # A new part of the same kind is refused all the same.
    del rule["conditions"][0]["id"]
    assert set(house.errors("update_automated_action", rule, rule=rule["id"], **path)) == {"conditions.0.operation"}
    found = house("lint_automated_actions", **path)["data"]
    assert {one["code"] for one in found if one["rules"] == [rule["id"]]} >= {"unfit"}


def test_people_who_go(ground: Ground) -> None:
    """31 §3.2, 41 §9.5: guests and groups leave the actions; what is left with nobody is kept and told."""
    house, kim, group = ground.house, "kim@client.example", "a" * 32
    assign = ground.action("assignment", "assign", assignees={"users": [house.owner], "guests": [kim]})
    only = ground.action("assignment", "assign_only", assignees={"guests": [kim]})
    rule = ground.add(then_actions=[assign, only])
    assert house.do(lambda unit: take_guest_off_steps(unit, house.admin, "nobody@client.example")) == 0
    assert house.do(lambda unit: take_guest_off_steps(unit, house.admin, kim)) == 1
    after = ground.stored()[0]
    assert [one["assignees"] for one in after["then_actions"]] == [{**NOBODY, "users": [house.owner]}, NOBODY]
    assert ids(after) == ids(rule)
    # It can be sent back as it is, and says what is the matter.
    assert (
        ground.put(rule["id"], {**after, "alias": "x", "automated_alias": "x"})["then_actions"] == after["then_actions"]
    )
    codes = [one["code"] for one in house("lint_automated_actions", checklist=ground.template)["data"]]
    assert codes.count("nobody") == 1
    assert house.do(lambda unit: take_group_off_steps(unit, house.admin, group, Owners())) == 0


def test_a_member_hands_over_what_rules_say_of_him(ground: Ground) -> None:
    """40 §13.6: his heir stands in his place, once; rules that name others, and numbers like his, stay as they are."""
    house = ground.house
    gone, heir, other = (one.account_id or 0 for one in (house.member(), house.member(), house.member()))

    def named(*users: int) -> dict[str, Any]:
        return {"users": list(users), "guests": [], "groups": []}

    wanted = [named(gone), named(other, gone, heir), named(other), {**named(gone), "guests": [f"{gone}@b.co"]}]
    for people in wanted:
        ground.add(then_actions=[ground.action("assignment", "assign", assignees=people)])
    before = house("list_automated_actions", checklist=ground.template)["data"]
    _, changed = house.do(lambda unit: hand_over_templates(unit, house.admin, gone, heir, heir))
    assert changed == 1
    after = house("list_automated_actions", checklist=ground.template)["data"]
    assert [one["then_actions"][0]["assignees"] for one in after] == [
        named(heir), named(other, heir), named(other), {**named(heir), "guests": [f"{gone}@b.co"]},
    ]  # fmt: skip
    assert [old == new for old, new in zip(before, after, strict=True)] == [False, False, True, False]
    told = house.do(lambda unit: unit.all(RULE_EVENTS, subject=ground.template))
    assert [one[0]["rule"]["id"] for one in told][-3:] == [after[place]["id"] for place in (0, 1, 3)]
    assert house.do(lambda unit: hand_over_templates(unit, house.admin, gone, heir, heir)) == (0, 0), "nothing is left"


def test_members_who_left_may_be_sent_back(ground: Ground) -> None:
    """00 PUT-11: whoever the stored action names; nobody else who is not here."""
    house, mate = ground.house, ground.house.member()
    rule = ground.add(then_actions=[ground.action("assignment", "assign", assignees={"users": [mate.account_id]})])
    house.do(lambda unit: _disable(unit, mate))
    assert ground.put(rule["id"], {**rule, "automated_alias": "x"})["then_actions"] == rule["then_actions"]
    codes = [one["code"] for one in house("lint_automated_actions", checklist=ground.template)["data"]]
    assert codes == ["lost_people"]
    errors = ground.errors(then_actions=[ground.action("assignment", "assign", assignees={"users": [mate.account_id]})])
    assert set(errors) == {"then_actions.0.assignees.users.0"}


def test_people_are_replaced_one_by_one() -> None:
    """31 §3.2, 40 §14.6: a member may stand in for a guest; rules that do not name anybody keep their revision."""
    kim, group = "kim@client.example", "a" * 32
    named = Action(id="1", verb="assign", target="s", assignees=Assignees((1,), (kim,), (group,)))
    others = Action(id="2", verb="show", target="s")
    first, second = Rule(id="r", name="R", actions=(named, others)), Rule(id="q", name="Q", actions=(others,))
    after, same = rules_with((first, second), without_guest(kim, (2, 1)), NOW)
    assert after.actions[0].assignees == Assignees((1, 2), (), (group,))
    assert (after.actions[1], after.revision, after.updated_at) == (others, 2, NOW)
    assert same is second
    (after,) = rules_with((first,), without_group(group), NOW)
    assert after.actions[0].assignees == Assignees((1,), (kim,), ())


# -- trying and checking ----------------------------------------------------------------------------------------------


def test_simulate(ground: Ground) -> None:
    """31 §8.4, §9.1, §9.11: the same engine, nothing is stored."""
    house, path = ground.house, ground.path
    shown = ground.add(
        name="Foreign", conditions=[ground.condition("K radio", "equals", statement="yes")],
        then_actions=[ground.show("email"),
         ground.action("deadline", deadline=DAY, target_step_id=ground.steps["email"],
                                                          **ground.source("K date"))],
    )  # fmt: skip
    dated = ground.add(name="Answered", conditions=[ground.condition("dropdown", "equals", statement="No")],
                       then_actions=[ground.action("status", target_step_id=ground.steps["expiring"]),
                               ground.show("email")])  # fmt: skip
    body = {
        "prerun": {ground.kickoff["radio"]: "Yes", ground.kickoff["date"]: "2026-05-21"},
        "start": "2026-05-08T15:00:00Z",
        "events": [{"step": ground.steps["task"], "event": "Complete", "at": "2026-05-09",
                    "values": {ground.fields["dropdown"]: "No", ground.fields["file"]: [{"filename": "a.pdf"}]}}],
    }  # fmt: skip
    before = ground.stored()
    found = house("simulate_automated_actions", body, **path)["data"]
    steps = {one["id"]: one for one in found["steps"]}
    assert list(steps) == list(ground.steps.values())
    email = steps[ground.steps["email"]]
    assert (email["visible"], email["deadline"]) == (True, "2026-05-22T00:00:00Z")
    assert steps[ground.steps["task"]]["status"] == "completed"
    assert steps[ground.steps["task"]]["assignees"] == {**NOBODY, "users": [house.owner]}
    assert [(one["event"], one["rule"], one["fired"]) for one in found["log"]] == [
        (None, shown["id"], True), (0, dated["id"], True)
    ]  # fmt: skip
    first = found["log"][0]
    assert first["conditions"] == [{"id": shown["conditions"][0]["id"], "isMet": True, "value": "Yes"}]
    assert f"show {ground.steps['email']}" in first["effects"]
    assert ground.stored() == before
    hidden = house("simulate_automated_actions", {}, **path)["data"]
    assert [one["id"] for one in hidden["steps"] if not one["visible"]] == [ground.steps["email"]]


def test_what_cannot_be_tried(ground: Ground) -> None:
    """31 §8.4: everything wrong together."""
    task = ground.steps["task"]
    body = {
        "prerun": {UNKNOWN: "x", ground.kickoff["radio"]: "Perhaps",
         ground.kickoff["assignees_form"]: {"users": [999]}},
        "start": "soon", "starter": 999,
        "events": [{"step": UNKNOWN, "event": "completed"}, {"step": task, "event": "approved"},
                   {"step": task, "event": "completed", "at": "x", "values": {ground.fields["date"]: "x"}}, 3,
                   {"step": task, "event": "done", "values": 3}],
    }  # fmt: skip
    found = ground.house.errors("simulate_automated_actions", body, checklist=ground.template)
    radio, picker = f"prerun.{ground.kickoff['radio']}", f"prerun.{ground.kickoff['assignees_form']}.users.0"
    assert set(found) == {
        f"prerun.{UNKNOWN}", radio, picker, "start", "starter", "events.0.step", "events.1.event", "events.2.at",
        f"events.2.values.{ground.fields['date']}", "events.3.step", "events.4.step", "events.4.values",
    }  # fmt: skip
    many: Any = [{}] * 201
    for wrong in ("x", many):
        body = {"events": wrong}
        assert "events" in ground.house.errors("simulate_automated_actions", body, checklist=ground.template)
    assert ground.house.errors("simulate_automated_actions", {"prerun": 3}, checklist=ground.template) == {
        "prerun": ["The answers must be an object by field id."]
    }


def test_lint(ground: Ground) -> None:
    """31 §8.5."""
    ground.add(name="One")
    ground.add(name="Two")
    found = ground.house("lint_automated_actions", checklist=ground.template)["data"]
    (one,) = [each for each in found if each["code"] == "duplicate"]
    assert one["rules"] == [each["id"] for each in ground.stored()]
    assert "One" in one["message"] and one["subject_id"] is None


def _disable(unit: Any, actor: Actor) -> None:
    unit.patch(PATCH_MEMBERSHIP, {"status": "disabled"}, account_id=actor.account_id)
