"""The engine: when rules run, what they do, what stops them (spec 31 §5 to §7, §10)."""

import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import msgspec
import pytest

from procession.engine.completion import Mark
from procession.engine.model import LAUNCH, Notice, Owners
from procession.engine.people import People
from procession.engine.rule import Source, ids_in
from procession.engine.rules.book import candidates, compile_rules, people_named, watches_overdue
from procession.engine.rules.conditions import is_overdue
from procession.engine.rules.rearming import armed
from procession.engine.rules.run import DEPTH_LIMIT, LOOP, PASSES_LIMIT, evaluate
from procession.engine.rules.state import (
    LAUNCHED,
    CompleteEffect,
    DeadlineEffect,
    Event,
    Execution,
    Memory,
    OwnersEffect,
    Performed,
    ReopenEffect,
    RuleTask,
    VisibilityEffect,
    WebhookEffect,
)
from tests.engine.rules.world import (
    EVERYBODY,
    START,
    World,
    act,
    after,
    ask,
    due,
    field,
    give,
    hide,
    on,
    reopen,
    rule,
    show,
    source,
    step,
)

HOUR = timedelta(hours=1)


def abc(*rules: Any, **more: Any) -> World:
    """A process of three plain steps, launched."""
    world = World([step("A"), step("B"), step("C")], rules, [field("K_a")], **more)
    world.launch()
    return world


class TestLaunch:
    """§6.1."""

    def test_every_target_of_a_show_rule_is_hidden_and_nobody_told(self) -> None:
        """31 §12.8; steps hidden by default too; rules on later steps; also a rule that cannot fire."""
        rules = [rule("R1", [on("B", "completed")], [show("A")]), rule("R2", [], [show("C")])]
        world = World([step("A"), step("B"), step("C"), step("D", hidden_by_default=True), step("E")], rules)
        world.launch()
        assert world.visible() == {"B", "E"}
        assert (world["A"].hidden_from, world["A"].visibility_source) == ("not-started", "default")
        assert not world.last.effects
        assert not world.last.executions
        assert not world.last.changed
        assert not world.last.remembers

    def test_an_inactive_rule_is_as_if_it_did_not_exist(self) -> None:
        world = abc(rule("R", [ask("K_a", "is_empty")], [show("A"), hide("B")], active=False))
        assert world.visible() == {"A", "B", "C"}
        assert world.looked_at() == {}

    def test_only_rules_about_the_form_or_unassigned_tasks_run(self) -> None:
        world = abc(
            rule("form", [ask("K_a", "is_empty")], [show("A")]),
            rule("both", [on("B", "completed"), ask("K_a", "is_empty", logic="or")], [hide("B")]),
            rule("step", [on("A", "completed")], [hide("C")]),
            rule("nobody", [on("B", "not_assigned")], [hide("C")]),
        )
        assert world.looked_at() == {"form": True, "both": True, "nobody": False}

    def test_tasks_that_were_hidden_before_stay_as_they_are(self) -> None:
        world = World([step("A")], [rule("R", [on("A", "completed")], [show("A")])])
        world.change("A", status="auto-skipped", hidden_from="active", visibility_source="default")
        world.launch()
        assert world["A"].hidden_from == "active"

    def test_a_step_that_was_left_out(self) -> None:
        world = World([step("A")], [rule("R", [ask("K_a", "is_empty")], [show("B"), show("A")])], [field("K_a")])
        world.launch()
        assert world.reasons() == ["no_task", None]
        assert world.last.warnings == (Notice("no_task", world.document.rules[0].actions[0].id),)
        assert world.visible() == {"A"}

    def test_saving_answers_fires_nothing_submitting_does(self) -> None:
        """§6.3, 31 §12.9. The initial hiding is not repeated."""
        world = abc(rule("R", [ask("K_a", "equals", "x")], [show("A")]))
        world.answer({"K_a": "x"})
        assert world.visible() == {"B", "C"}
        world.by_hand("A", visible=True)
        world.change("A", visibility_source=None)
        world.submit({"K_a": "y"})
        assert world.looked_at() == {"R": False}
        assert world.visible() == {"A", "B", "C"}

    def test_a_changed_kickoff_answer_arms_the_rules_that_name_it(self) -> None:
        world = World(
            [step("A")],
            [
                rule("a", [ask("K_a", "is_not_empty")], [hide("A")]),
                rule("b", [ask("K_b", "is_not_empty")], [hide("A")]),
            ],
            [field("K_a"), field("K_b")],
        )
        world.launch({"K_a": "1", "K_b": "1"})
        assert world.fired() == ["a", "b"]
        world.submit({"K_a": "1"})
        assert world.fired() == []
        world.submit({"K_a": "2", "K_b": "1"})
        assert world.fired() == ["a"]


class TestVisibility:
    """§5.2, §7."""

    def test_back_to_the_open_status_it_had(self) -> None:
        world = abc(rule("R1", [on("A", "completed")], [hide("B")]), rule("R2", [on("C", "completed")], [show("B")]))
        world.by_hand("B", visible=True)
        world.change("B", status="active", visibility_source=None, hidden_from=None)
        world.complete("A")
        assert world.last.effects == (VisibilityEffect("R1", "B", False, "active", "auto-skipped"),)
        assert (world["B"].hidden_from, world["B"].visibility_source) == ("active", "rule")
        assert world.last.changed == {"B": ("visibility",)}
        world.complete("C")
        assert (world["B"].status, world["B"].hidden_from) == ("active", None)

    def test_one_way(self) -> None:
        """§10: the old branch stays visible after a changed answer."""
        world = World(
            [step("A", "task", field("F_a")), step("B"), step("C")],
            [
                rule("R1", [ask("F_a", "equals", "b")], [show("B")]),
                rule("R2", [ask("F_a", "equals", "c")], [show("C")]),
            ],
        )
        world.launch()
        world.complete("A", answers={"F_a": "b"})
        world.reopen("A")
        world.complete("A", answers={"F_a": "c"})
        assert world.visible() == {"A", "B", "C"}

    @pytest.mark.parametrize("visible", [True, False])
    def test_by_hand_beats_rules_for_good(self, visible: bool) -> None:
        """31 §12.12, and the same for a task that somebody showed."""
        world = abc(rule("R1", [on("A", "completed")], [show("B")]), rule("R2", [on("C", "completed")], [hide("B")]))
        world.by_hand("B", visible=visible)
        for act_on in ("A", "C"):
            world.complete(act_on)
            assert world.reasons() == ["manual"]
            assert ("B" in world.visible()) == visible

    def test_later_rule_wins(self) -> None:
        """§6.6."""
        first, second = rule("R1", [on("A", "completed")], [show("B")]), rule("R2", [on("A", "completed")], [hide("B")])
        for rules, visible in (((first, second), False), ((second, first), True)):
            world = abc(*rules)
            world.complete("A")
            assert world.fired() == [one.id for one in rules]
            assert ("B" in world.visible()) == visible

    def test_completed_on_a_hidden_step_never_holds(self) -> None:
        """§10: the rule never fires."""
        world = abc(rule("R", [on("A", "completed")], [show("C")]), rule("S", [on("B", "completed")], [show("A")]))
        world.complete("B")
        world.by_hand("A", visible=False)
        world.happen(Event("completed", "A"))
        assert world.looked_at() == {"R": False}


class TestCompletedTargets:
    """31 §12.11."""

    def test_are_left_alone(self) -> None:
        actions = [hide("B"), show("B"), due("B", 1), give("assign", "B", 5), act("clear_assignees", "B")]
        world = abc(rule("R", [on("A", "completed")], actions))
        world.by_hand("B", visible=True)
        world.complete("B")
        before = world["B"]
        world.complete("A")
        assert world.reasons() == ["completed"] * 5
        assert world["B"] == before
        assert not world.last.changed
        assert not world.armed("R")  # §6.4: a firing that came to nothing spends the rule too

    def test_are_reopened(self) -> None:
        world = abc(rule("R", [on("A", "completed")], [reopen("B")]))
        mark = Mark("u5", START)
        world.change("B", status="completed", completed_at=START, completed_by="u5", approved=True, marks=(mark,))
        world.wait(hours=1)
        world.complete("A")
        now = world["B"]
        assert now == RuleTask(id="t-B", step_id="B", status="in-progress", reopened_at=START + HOUR)
        assert world.last.effects == (ReopenEffect("R", "B"),)
        assert world.last.changed == {"B": ("status",)}

    def test_open_and_hidden_targets_are_not_reopened(self) -> None:
        world = abc(rule("R", [on("A", "completed")], [reopen("B"), reopen("C")]))
        world.by_hand("C", visible=False)
        world.complete("A")
        assert world.reasons() == ["not_completed", "not_completed"]

    def test_a_task_does_not_reopen_itself(self) -> None:
        """§5.4: through a field condition either."""
        world = World([step("A", "task", field("F_a"))], [rule("R", [ask("F_a", "is_empty")], [reopen("A")])])
        world.launch()
        world.complete("A")
        assert world.reasons() == ["own_trigger"]
        assert world["A"].status == "completed"

    def test_archived_targets_are_left_alone(self) -> None:
        world = abc(rule("R", [on("A", "completed")], [hide("B")]))
        world.change("B", archived=True)
        world.complete("A")
        assert world.reasons() == ["archived"]

    def test_the_same_step_on_both_sides(self) -> None:
        """§2.6: IF A completed THEN assign A does nothing unless A is reopened."""
        world = abc(rule("R", [on("A", "completed"), on("A", "reopened", logic="or")], [give("assign", "A", 5)]))
        world.complete("A")
        assert world.reasons() == ["completed"]
        world.reopen("A")
        assert world["A"].owners == Owners((5,))


class TestDeadlines:
    """§5.3."""

    @pytest.mark.parametrize(
        ("action", "expected"),
        [
            (due("B", 2, "hours"), START + 11 * HOUR),
            (due("B", 2, "hours", "before"), START + 7 * HOUR),
            (due("B", 2, "hours", source=source("B")), START + 11 * HOUR),
            (due("B", 2, "hours", anchor="now"), START + 3 * HOUR),
            (due("B", 2, "hours", anchor="start_run"), START + 2 * HOUR),
            (due("B", 2, "hours", source=source("C")), None),
            (due("B", 2, "hours", source=source("gone")), None),
            (due("B", 1, "weeks", "before", source=source("K_day")), datetime(2026, 5, 13, tzinfo=UTC)),
            (due("B", 1, "months", source=source("K_time")), datetime(2026, 6, 20, 10, 30, tzinfo=UTC)),
            (due("B", 2, source=source("K_none")), None),
            (due("B", 2, source=source("K_text")), None),
            (due("B", 2, source=source("K_gone")), None),
            (act("deadline", "B"), None),
        ],
    )
    def test_anchors(self, action: Any, expected: datetime | None) -> None:
        kickoff = [
            field("K_day", "date"),
            field("K_time", "date", collect_time=True),
            field("K_none", "date"),
            field("K_text"),
        ]
        world = World([step("A"), step("B"), step("C")], [rule("R", [on("A", "completed")], [action])], kickoff)
        answers = {"K_day": "2026-05-20T00:00:00.000Z", "K_time": "2026-05-20T10:30:00.000Z", "K_text": "2026-05-20"}
        world.launch(answers)
        world.change("B", deadline=START + 9 * HOUR, deadline_projected=True)
        world.wait(hours=1)
        world.complete("A")
        if expected is None:
            assert world.reasons() == ["no_anchor"]
            assert world["B"].deadline == START + 9 * HOUR
        else:
            assert world["B"].deadline == expected
            assert world["B"].dated_by_hand
            assert not world["B"].deadline_projected

    def test_without_a_date_the_current_one_is_now(self) -> None:
        world = abc(rule("R", [on("A", "completed")], [due("B", 1, "hours"), due("C", 1, "hours", source=source("C"))]))
        world.wait(hours=3)
        world.complete("A")
        assert world["B"].deadline == world["C"].deadline == START + 4 * HOUR

    def test_current_anchors_add_up_and_the_later_rule_wins(self) -> None:
        """§6.6."""
        world = abc(
            rule("R1", [on("A", "completed")], [due("B", 1, "hours")]),
            rule("R2", [on("A", "completed")], [due("B", 2, "hours")]),
            rule("R3", [on("A", "completed")], [due("C", 1, "hours", anchor="start_run")]),
            rule("R4", [on("A", "completed")], [due("C", 5, "hours", anchor="start_run")]),
        )
        world.change("B", deadline=START)
        world.complete("A")
        assert world["B"].deadline == START + 3 * HOUR
        assert world["C"].deadline == START + 5 * HOUR

    def test_what_hangs_on_it_follows(self) -> None:
        """§5.3, 20 §5.6: dependants of dependants too; not the completed, the dated by hand, the left out."""
        rules = [rule("R", [on("X", "completed")], [due("A", 1, "days", anchor="now")])]
        steps = [
            step("X"),
            step("A", deadline=after(LAUNCH, 1)),
            step("B", deadline=after("A", 2)),
            step("C", deadline=after("B", 1, "days", "prior_to")),
            step("D", deadline=after("A", 1)),
            step("E", deadline=after("A", 1)),
        ]
        world = World(steps, rules)
        for one in ("B", "C", "D", "E"):
            world.change(one, deadline=START, deadline_projected=one != "C")
        world.change("D", dated_by_hand=True)
        world.change("E", status="completed", completed_at=START)
        world.launch()
        world.complete("X")
        day = timedelta(days=1)
        assert [world[one].deadline for one in "ABCDE"] == [START + day, START + 3 * day, START + 2 * day, START, START]
        assert world.last.effects == (
            DeadlineEffect("R", "A", None, START + day),
            DeadlineEffect("R", "B", START, START + 3 * day, followed=True),
            DeadlineEffect("R", "C", START, START + 2 * day, followed=True),
        )
        assert world["B"].deadline_projected
        assert not world["B"].dated_by_hand

    def test_a_date_that_went_and_came_back_has_moved_what_hangs_on_it(self) -> None:
        """Each rule's doing is followed, as if at once: C was not where B puts it until B moved for the first rule."""
        day = timedelta(days=1)
        rules = [
            rule("Later", [on("X", "completed")], [due("A", 1, "days")]),
            rule("Sooner", [on("X", "completed")], [due("A", 1, "days", "before")]),
        ]
        steps = [step("X"), step("A"), step("B", deadline=after("A", 1)), step("C", deadline=after("B", 1))]
        world = World(steps, rules)
        for one, due_at in (("A", START), ("B", START + day), ("C", START)):
            world.change(one, deadline=due_at, deadline_projected=one != "A")
        world.launch()
        world.complete("X")
        assert [world[one].deadline for one in "ABC"] == [START, START + day, START + 2 * day]
        assert world.last.effects[-1] == DeadlineEffect("Sooner", "C", START, START + 2 * day, followed=True)
        assert world.last.executions[-1].effects == world.last.effects[1:]

    def test_a_date_taken_from_one_that_follows(self) -> None:
        """What is looked at has followed before; steps that hang on each other in a ring end nothing."""
        day = timedelta(days=1)
        moved = [due("A", 1, "days", anchor="now"), due("D", 0, source=Source("step", "B"))]
        ring = [due("R", 1, "days", anchor="now"), due("E", 0, source=Source("step", "Q"))]
        steps = [
            *(step("X"), step("A"), step("B", deadline=after("A", 1)), step("C", deadline=after("B", 1)), step("D")),
            *(step("E"), step("P", deadline=after("Q", 1)), step("Q", deadline=after("P", 1)), step("R")),
        ]
        world = World(steps, [rule("R", [on("X", "completed")], [*moved, *ring])])
        for one in "BC":
            world.change(one, deadline=START, deadline_projected=True)
        world.change("Q", deadline=START)
        world.launch()
        world.complete("X")
        assert [world[one].deadline for one in "ABCDE"] == [START + n * day for n in (1, 2, 3, 2, 0)]

    def test_the_same_date_taken_back_is_the_templates_again(self) -> None:
        world = abc(rule("R", [on("A", "completed")], [due("B", 1, "days", anchor="now")], reverse_on_reopen=True))
        world.change("B", deadline=START + timedelta(days=1))
        world.complete("A")
        assert world["B"].dated_by_hand
        world.reopen("A")
        assert (world["B"].deadline, world["B"].dated_by_hand) == (START + timedelta(days=1), False)
        assert world.last.effects == ()

    def test_a_chain_that_many_rules_move_follows_once(self) -> None:
        """§6.7: 450 steps in a chain, 500 rules that all move the first; each following its own took seconds."""
        names = [f"S{number}" for number in range(450)]
        steps = [step(one, deadline=after(before, 1)) for before, one in pairwise(names)]
        rules = [rule(f"R{number}", [ask("K_go", "equals", "a")], [due("S0", 1)]) for number in range(500)]
        world = World([step("S0"), *steps], rules, [field("K_go")])
        for one in names:
            world.change(one, deadline=START, deadline_projected=one != "S0")
        began = time.process_time()
        outcome = world.launch({"K_go": "a"})
        assert time.process_time() - began < 0.5
        assert world["S449"].deadline == START + timedelta(days=500 + 449)
        assert len(outcome.effects) == 500 + 449

    def test_the_same_date_is_kept_from_then_on(self) -> None:
        world = abc(rule("R", [on("A", "completed")], [due("B", 1, "days", anchor="now")] * 2))
        world.change("B", deadline=START + timedelta(days=1))
        world.complete("A")
        assert world.reasons() == [None, "already"]
        assert world["B"].dated_by_hand
        assert world.last.effects == ()


class TestAssignment:
    """§5.1."""

    def given(self, action: Any, before: Owners, answers: Any = None, people: Any = EVERYBODY, **members: Any) -> World:
        world = World(
            [step("A"), step("B", members=before.members, guests=before.guests, groups=before.groups)],
            [rule("R", [on("A", "completed")], [action])],
            [field("K_p", "assignees_form"), field("K_m", "email"), field("K_d", "date")],
            people=people,
        )
        world.launch(answers)
        if members:
            world.change("B", **members)
        world.complete("A")
        return world

    @pytest.mark.parametrize(
        ("action", "before", "expected"),
        [
            (
                give("assign", "B", 5, guests=("kim@c.io",), groups=("g1",)),
                Owners((7,)),
                Owners((7, 5), ("kim@c.io",), ("g1",)),
            ),
            (give("assign", "B", 7, 5, 5), Owners((7,)), Owners((7, 5))),
            (give("assign_only", "B", 5), Owners((7,), (), ("g1",)), Owners((5,))),
            (give("unassign", "B", 5, groups=("g1",)), Owners((5, 11), (), ("g1",)), Owners((11,))),
            (act("clear_assignees", "B"), Owners((7,), ("kim@c.io",), ("g1",)), Owners()),
            # Addresses of members mean the members.
            (give("assign", "B", guests=("ann@x.io",)), Owners((7,)), Owners((7, 1))),
            (give("unassign", "B", guests=("ann@x.io",)), Owners((7, 1)), Owners((7,))),
            # 20 §6.3: guests are not left alone.
            (give("assign_only", "B", guests=("kim@c.io",)), Owners((7,)), Owners((90,), ("kim@c.io",))),
            (give("unassign", "B", 7), Owners((7,), ("kim@c.io",)), Owners((90,), ("kim@c.io",))),
            # Whoever cannot be assigned any more can be taken off.
            (give("unassign", "B", 500), Owners((500, 7)), Owners((7,))),
        ],
    )
    def test_verbs(self, action: Any, before: Owners, expected: Owners) -> None:
        world = self.given(action, before)
        assert world["B"].owners == expected
        (effect,) = world.last.effects
        assert isinstance(effect, OwnersEffect)
        assert (effect.before, effect.after) == (before, expected)
        assert set(effect.removed.members) == set(before.members) - set(expected.members)
        assert world["B"].co_assignee == effect.co_assignee == (90 if 90 in expected.members else None)

    @pytest.mark.parametrize(
        ("action", "before", "reason"),
        [
            (give("assign", "B", 7), Owners((7, 8)), "already"),
            (give("assign_only", "B", 8, 7), Owners((7, 8)), "already"),
            (give("unassign", "B", 5), Owners((7,)), "already"),
            (act("clear_assignees", "B"), Owners(), "already"),
            (give("assign", "B"), Owners((7,)), "nobody"),
            (give("assign_only", "B"), Owners((7,)), "nobody"),
            (give("assign_only", "B", source=source("K_p")), Owners((7,)), "nobody"),
            (give("unassign", "B"), Owners((7,)), "nobody"),
            (give("assign", "B", 500, groups=("gone",)), Owners((7,)), "nobody"),
        ],
    )
    def test_nothing_to_do(self, action: Any, before: Owners, reason: str) -> None:
        world = self.given(action, before)
        assert world.reasons() == [reason]
        assert world["B"].owners == before
        assert world.last.effects == ()

    def test_whoever_may_not_is_dropped_and_logged(self) -> None:
        people = msgspec.structs.replace(
            EVERYBODY,
            people=People(
                members=frozenset({1, 5}),
                groups=frozenset({"g1", "big"}),
                large_groups=frozenset({"big"}),
                disabled_guests=frozenset({"off@c.io"}),
            ),
        )
        action = give("assign", "B", 5, 500, guests=("off@c.io", "new@c.io"), groups=("g1", "big", "gone"))
        world = self.given(action, Owners((7,)), people=people)
        assert world["B"].owners == Owners((7, 5), ("new@c.io",), ("g1",))
        (performed,) = world.last.executions[0].actions
        assert performed == Performed(
            action=action.id,
            verb="assign",
            step="B",
            dropped=Owners((500,), ("off@c.io",), ("big", "gone")),
        )
        assert world.last.warnings == (Notice("people_dropped", action.id),)

    def test_guests_where_none_are_allowed(self) -> None:
        action = give("assign", "B", 5, guests=("kim@c.io", "ann@x.io"))
        world = self.given(action, Owners((7,)), guests_allowed=False)
        assert world["B"].owners == Owners((7, 5, 1))

    @pytest.mark.parametrize(
        ("answers", "expected"),
        [
            (
                {"K_p": {"users": ["5", {"id": 6}, "x"], "guests": ["KIM@c.io"], "groups": ["g1"]}},
                Owners((5, 6), ("kim@c.io",), ("g1",)),
            ),
            ({"K_p": {"users": [500], "guests": "?", "groups": []}}, Owners((9,))),  # nobody who may: the fallback
            ({"K_p": {"users": [], "guests": [], "groups": []}}, Owners((9,))),
            ({"K_p": "bad"}, Owners((9,))),
            ({}, Owners((9,))),
        ],
    )
    def test_from_a_picker(self, answers: Any, expected: Owners) -> None:
        world = self.given(give("assign_only", "B", 9, source=source("K_p")), Owners((7,)), answers)
        assert world["B"].owners == expected

    @pytest.mark.parametrize(
        ("answer", "expected"),
        [
            ("Ann@x.io", Owners((1,))),
            ("new@c.io", Owners((90,), ("new@c.io",))),
            ("nobody", Owners((9,))),
            (7, Owners((9,))),
        ],
    )
    def test_from_an_address(self, answer: Any, expected: Owners) -> None:
        world = self.given(give("assign_only", "B", 9, source=source("K_m")), Owners((7,)), {"K_m": answer})
        assert world["B"].owners == expected

    def test_a_field_of_another_type_names_nobody(self) -> None:
        for of in ("K_d", "K_gone"):
            world = self.given(give("assign_only", "B", 9, source=source(of)), Owners((7,)), {"K_d": "ann@x.io"})
            assert world["B"].owners == Owners((9,))

    def test_taking_off_whom_a_field_names(self) -> None:
        world = self.given(
            give("unassign", "B", 9, source=source("K_p")),
            Owners((5, 9)),
            {"K_p": {"users": [5], "guests": [], "groups": []}},
        )
        assert world["B"].owners == Owners((9,))

    @pytest.mark.parametrize(
        ("action", "before", "cap", "expected", "dropped"),
        [
            (
                give("assign", "B", 5, 6, guests=("kim@c.io",)),
                Owners((7,)),
                2,
                Owners((7, 5)),
                Owners((6,), ("kim@c.io",)),
            ),
            (give("assign_only", "B", 5, 6, groups=("g1",)), Owners((7,)), 3, Owners((5, 6)), Owners(groups=("g1",))),
            (give("assign", "B", 11, 12, groups=("g1",)), Owners(), 2, Owners((11, 12), (), ("g1",)), Owners()),
            (give("assign_only", "B", guests=("kim@c.io",)), Owners(), 1, Owners((90,), ("kim@c.io",)), Owners()),
        ],
    )
    def test_as_far_as_there_is_room(
        self, action: Any, before: Owners, cap: int, expected: Owners, dropped: Owners
    ) -> None:
        """`max_assignable` counts people, those in groups once, and not the member that joins guests."""
        world = self.given(action, before, max_assignable=cap)
        assert world["B"].owners == expected
        assert world.last.executions[0].actions[0].dropped == dropped

    @pytest.mark.parametrize("verb", ["assign", "assign_only"])
    def test_full(self, verb: Any) -> None:
        before = Owners((7,)) if verb == "assign" else Owners()
        world = self.given(give(verb, "B", groups=("g1",)), before, max_assignable=1)
        assert world.reasons() == ["full"]
        assert world["B"].owners == before

    def test_order_of_replacing_and_adding(self) -> None:
        """§6.6."""
        only, more = give("assign_only", "B", 5), give("assign", "B", 6)
        for actions, expected in (([only, more], Owners((5, 6))), ([more, only], Owners((5,)))):
            world = abc(rule("R", [on("A", "completed")], actions))
            world.change("B", owners=Owners((7,)))
            world.complete("A")
            assert world["B"].owners == expected

    def test_the_last_missing_person_goes(self) -> None:
        """`everyone_must_complete`: the task completes, its event is queued, what hangs on it is dated."""
        rules = [
            rule("R1", [on("A", "completed")], [give("unassign", "B", 6)]),
            rule("R2", [on("B", "completed")], [show("D")]),
        ]
        steps = [
            step("A"),
            step("B", members=(5, 6), guests=("kim@c.io",)),
            step("C", deadline=after("B", 1)),
            step("D"),
        ]
        world = World(steps, rules)
        world.launch()
        marks = (Mark("e502", START - HOUR), Mark("u5", START), Mark("u6", START))
        world.change("B", everyone_must_complete=True, marks=marks[:2], owners=Owners((5, 6), ("kim@c.io",)))
        world.change("C", deadline_projected=True)
        world.complete("A")
        assert world["B"].status == "completed"
        assert (world["B"].completed_at, world["B"].completed_by, world["B"].marks) == (START, "u5", marks[:2])
        assert world["C"].deadline == START + timedelta(days=1)
        assert not world["C"].deadline_projected
        assert CompleteEffect("R1", "B", START, "u5", None) in world.last.effects
        assert world.fired() == ["R1", "R2"]
        assert world.last.evaluations[1].event == Event("completed", "B")
        assert (world.last.evaluations[1].number, world.last.evaluations[1].depth) == (2, 2)
        assert world.last.changed["B"] == ("owners", "status")
        assert "D" in world.visible()

    def test_a_forecast_that_comes_true(self) -> None:
        """The date stays as it is, but counts from now on."""
        steps = [step("A"), step("B", members=(5, 6), everyone_must_complete=True), step("C", deadline=after("B", 1))]
        world = World(steps, [rule("R", [on("A", "completed")], [give("unassign", "B", 6)])])
        world.launch()
        world.change("B", marks=(Mark("u5", START),))
        world.change("C", deadline=START + timedelta(days=1), deadline_projected=True)
        world.complete("A")
        assert (world["C"].deadline, world["C"].deadline_projected) == (START + timedelta(days=1), False)
        assert not any(isinstance(one, DeadlineEffect) for one in world.last.effects)

    def test_marks_of_those_who_went_are_dropped(self) -> None:
        world = abc(rule("R", [on("A", "completed")], [give("unassign", "B", 5)]))
        marks = (Mark("u5", START),)
        world.change("B", everyone_must_complete=True, marks=marks, owners=Owners((5, 6), ("new@c.io",)))
        world.complete("A")
        assert world["B"].marks == ()
        assert world["B"].status == "not-started"

    def test_the_last_owner_goes(self) -> None:
        """§6.5: an event of its own."""
        world = abc(
            rule("R1", [on("A", "completed")], [act("clear_assignees", "B")]),
            rule("R2", [on("B", "not_assigned")], [give("assign", "B", 5)]),
        )
        world.change("B", owners=Owners((7,)))
        world.situation = msgspec.structs.replace(world.situation, memory=Memory())
        world.complete("A")
        assert world.fired() == ["R1", "R2"]
        assert world["B"].owners == Owners((5,))


class TestOnceAndAgain:
    """§6.4."""

    def test_a_rule_fires_once(self) -> None:
        world = abc(rule("R", [on("A", "completed"), on("B", "completed", logic="or")], [hide("C")]))
        world.complete("A")
        assert world.fired() == ["R"]
        assert not armed(world.book, world.situation, "R")
        world.by_hand("C", visible=True)
        world.complete("B")
        assert world.looked_at() == {}

    @pytest.mark.parametrize(("reopened", "is_armed"), [("A", True), ("B", True), ("D", False)])
    def test_reopening_any_task_it_names_arms_it(self, reopened: str, is_armed: bool) -> None:
        rules = [
            rule("R", [on("A", "completed"), ask("F_b", "equals", "x")], [hide("C")]),
            rule("other", [on("C", "completed")], [hide("C")]),
        ]
        world = World([step("A"), step("B", "task", field("F_b")), step("C"), step("D")], rules)
        world.launch({"F_b": "x"})
        for one in ("B", "D", "A"):
            world.complete(one)
        assert world.fired() == ["R"]
        world.reopen(reopened)
        assert armed(world.book, world.situation, "R") == is_armed
        assert not armed(world.book, world.situation, "gone")

    def test_armed_at_once_when_a_rule_reopens(self) -> None:
        """A later rule of the same pass fires again; the reopening's own pass comes after."""
        world = abc(
            rule("R1", [on("A", "completed")], [reopen("B")]),
            rule(
                "R2", [on("A", "completed"), on("B", "completed", logic="or")], [act("emit_webhook", url="https://x")]
            ),
        )
        world.complete("B")
        assert world.fired() == ["R2"]
        world.complete("A")
        assert [(one.rule, one.fired, one.number) for one in world.last.evaluations] == [
            ("R1", True, 1),
            ("R2", True, 1),
        ]

    def test_a_rule_that_reopens_what_it_names_is_armed_by_that(self) -> None:
        """It is spent before it acts."""
        rules = [rule("R", [on("A", "completed"), ask("F_b", "is_not_empty")], [reopen("B")])]
        world = World([step("A"), step("B", "task", field("F_b"))], rules)
        world.launch()
        world.complete("B", answers={"F_b": "x"})
        world.complete("A")
        assert world.fired() == ["R"]
        assert world.armed("R")
        world.complete("B")
        assert world.reasons() == ["own_trigger"]

    def test_sequential(self) -> None:
        """§6.2: each rule sees what those before it have done."""
        world = abc(
            rule("R1", [on("A", "completed")], [hide("B")]),
            rule("R2", [on("A", "completed"), on("B", "not_assigned")], [hide("C")]),
        )
        world.complete("A")
        assert world.looked_at() == {"R1": True, "R2": False}

    def test_no_event_no_rule(self) -> None:
        world = abc(rule("R", [on("A", "completed")], [hide("B")]))
        assert world.happen(Event("completed", "C")).evaluations == ()
        assert world.happen(Event("completed")).evaluations == ()
        assert world.happen(Event("completed", "gone")).evaluations == ()
        assert world.happen(Event("reopened")).evaluations == ()
        assert not world.last.remembers

    def test_what_is_remembered(self) -> None:
        world = abc(rule("R", [on("A", "completed"), on("B", "completed")], [hide("C")]))
        world.complete("A")
        memory = world.situation.memory.rules["R"]
        assert (memory.spent, memory.held, memory.met, memory.fired_at) == (False, False, (True, False), None)
        assert world.last.remembers
        world.wait(hours=1)
        world.complete("B")
        memory = world.situation.memory.rules["R"]
        assert (memory.spent, memory.held, memory.met) == (True, True, (True, True))
        assert (memory.fired_at, memory.cause) == (START + HOUR, Event("completed", "B"))
        kept = msgspec.json.decode(msgspec.json.encode(world.situation.memory), type=Memory)
        assert kept == world.situation.memory


class TestOverdue:
    """`deadline_overdue`: §4.1, §6.4."""

    def world(self, *actions: Any) -> World:
        conditions = [on("A", "deadline_overdue"), on("B", "completed", logic="or")]
        world = abc(
            rule("R", conditions, actions or [give("assign", "A", 77)]), rule("S", [on("C", "completed")], [hide("B")])
        )
        world.change("A", deadline=START + HOUR, owners=Owners((5,)))
        return world

    def sweep(self, world: World) -> list[str]:
        fired = []
        for task in world.situation.tasks.values():
            if task.step_id in watches_overdue(world.book) and is_overdue(task, world.now):
                world.happen(Event("overdue", task.step_id))
                fired += world.fired()
        return fired

    def test_fires_once_per_due_date(self) -> None:
        world = self.world()
        assert watches_overdue(world.book) == {"A"}
        assert self.sweep(world) == []
        world.wait(hours=2)
        assert self.sweep(world) == ["R"]
        assert world["A"].owners == Owners((5, 77))
        assert self.sweep(world) == []
        world.change("A", deadline=None)
        assert self.sweep(world) == []
        world.change("A", deadline=START + HOUR)
        assert self.sweep(world) == []
        world.change("A", deadline=world.now + HOUR)
        assert armed(world.book, world.situation, "R")
        assert self.sweep(world) == []
        world.wait(hours=2)
        assert self.sweep(world) == ["R"]

    def test_reopening_does_not_arm_it(self) -> None:
        world = self.world()
        world.wait(hours=2)
        assert self.sweep(world) == ["R"]
        world.complete("B")
        world.reopen("B")
        assert world.looked_at() == {}
        assert not world.armed("R")

    def test_a_date_of_its_own_does_not_arm_it(self) -> None:
        world = self.world(due("A", 1, "hours", anchor="now"))
        world.wait(hours=2)
        assert self.sweep(world) == ["R"]
        world.wait(hours=2)
        assert self.sweep(world) == []

    def test_kickoff_answers_do_not_arm_it(self) -> None:
        conditions = [on("A", "deadline_overdue"), ask("K_a", "is_not_empty", logic="or")]
        world = abc(rule("R", conditions, [hide("C")]))
        world.submit({"K_a": "x"})
        assert world.fired() == ["R"]
        world.submit({"K_a": "y"})
        assert world.fired() == []

    def test_who_is_not_late(self) -> None:
        world = self.world()
        world.wait(hours=2)
        assert is_overdue(world["A"], world.now)
        cases: tuple[dict[str, Any], ...] = ({"status": "completed"}, {"status": "auto-skipped"})
        for members in (*cases, {"deadline_projected": True}):
            assert not is_overdue(msgspec.structs.replace(world["A"], **members), world.now)

    def test_a_step_that_was_left_out(self) -> None:
        world = self.world()
        world.complete("B")
        tasks = {one: task for one, task in world.situation.tasks.items() if one != "A"}
        world.situation = msgspec.structs.replace(world.situation, tasks=tasks)
        assert not armed(world.book, world.situation, "R")
        world.happen(Event("overdue", "A"))
        assert world.looked_at() == {}


class TestCascade:
    """§6.5."""

    def chain(self, length: int) -> World:
        """Each task that is reopened reopens the next."""
        names = [f"S{number}" for number in range(length + 1)]
        rules = [rule(f"R{n}", [on(f"S{n}", "reopened")], [reopen(f"S{n + 1}")]) for n in range(length)]
        world = World([step(one) for one in names], rules)
        world.launch()
        for one in names:
            world.complete(one)
        return world

    def test_a_ring_of_two_ends_by_itself(self) -> None:
        """31 §12.15: what is open already is not reopened."""
        rules = [rule("R1", [on("A", "reopened")], [reopen("B")]), rule("R2", [on("B", "reopened")], [reopen("A")])]
        world = abc(*rules)
        world.complete("A")
        world.complete("B")
        world.reopen("A")
        assert (world.fired(), world.reasons()) == (["R1", "R2"], [None, "not_completed"])
        assert not world.last.stopped

    def test_depth(self) -> None:
        world = self.chain(DEPTH_LIMIT)
        world.reopen("S0")
        assert len(world.fired()) == DEPTH_LIMIT
        assert world.last.stopped
        assert world.last.executions[-1] == Execution(event=Event("reopened", f"S{DEPTH_LIMIT}"), failed=LOOP)
        assert world.last.warnings == (Notice("loop_stopped", f"S{DEPTH_LIMIT}"),)
        assert world[f"S{DEPTH_LIMIT}"].status == "in-progress"  # what was done is kept
        world = self.chain(DEPTH_LIMIT - 1)
        world.reopen("S0")
        assert not world.last.stopped

    @pytest.mark.parametrize(("count", "stopped"), [(PASSES_LIMIT - 1, False), (PASSES_LIMIT, True)])
    def test_passes(self, count: int, stopped: bool) -> None:
        names = [f"S{number}" for number in range(count)]
        world = World(
            [step("A"), *map(step, names)], [rule("R", [on("A", "completed")], [reopen(one) for one in names])]
        )
        world.launch()
        for one in names:
            world.complete(one)
        world.complete("A")
        assert world.last.stopped == stopped

    def test_first_in_first_out(self) -> None:
        """A pass of its own for each event, after those that wait already."""
        rules = [
            rule("R1", [on("A", "completed")], [reopen("B"), reopen("C")]),
            rule("R2", [on("B", "reopened")], [reopen("D")]),
            rule("R3", [on("C", "reopened")], [hide("E")]),
            rule("R4", [on("D", "reopened")], [hide("E")]),
        ]
        world = World([step(one) for one in "ABCDE"], rules)
        world.launch()
        for one in "BCDA":
            world.complete(one)
        assert [(one.rule, one.number, one.depth) for one in world.last.evaluations] == [
            ("R1", 1, 1),
            ("R2", 2, 2),
            ("R3", 3, 2),
            ("R4", 4, 3),
        ]

    def test_a_reopened_trigger_of_another_pass_may_be_reopened(self) -> None:
        """Only the task whose completion started this very pass is protected."""
        rules = [rule("R1", [on("A", "completed")], [reopen("B")]), rule("R2", [on("B", "reopened")], [reopen("A")])]
        world = abc(*rules)
        world.complete("B")
        world.complete("A")
        assert world.reasons() == [None, None]
        assert world["A"].status == "in-progress"


class TestTakenBack:
    """`reverse_on_reopen`: §6.4, 20 §13 rule 4."""

    def world(self, *actions: Any, more: Any = (), flag: bool = True) -> World:
        rules = [rule("R", [on("A", "completed")], actions, reverse_on_reopen=flag), *more]
        steps = [step(one, members=(7,)) for one in ("A", "B", "C", "D")]
        world = World(steps, rules)
        world.launch()
        return world

    def again(self, world: World) -> World:
        world.complete("A")
        world.wait(hours=1)
        world.reopen("A")
        return world

    def test_everything_that_can_be(self) -> None:
        actions = [show("B"), hide("C"), give("assign", "C", 5), due("C", 1, "days", anchor="now")]
        world = self.world(*actions)
        before = dict(world.situation.tasks)
        world.complete("A")
        assert [one.aspect for one in world.situation.memory.undo] == ["visibility", "visibility", "owners", "deadline"]
        world.reopen("A")
        for one in ("B", "C"):
            assert msgspec.structs.replace(world[one], visibility_source=before[one].visibility_source) == before[one]
        (execution,) = world.last.executions
        assert execution.reversed
        assert (execution.rule, execution.name) == ("R", "R")
        # The last change first.
        verbs = [(one.verb, one.step, one.reason) for one in execution.actions]
        assert verbs == [("deadline", "C", None), ("unassign", "C", None), ("show", "C", None), ("hide", "B", None)]
        assert execution.effects == world.last.effects
        assert world.situation.memory.undo == ()
        assert world.armed("R")

    def test_not_without_the_switch(self) -> None:
        world = self.again(self.world(show("B"), flag=False))
        assert "B" in world.visible()
        assert world.last.executions == ()

    def test_not_reopenings_and_webhooks(self) -> None:
        world = self.world(reopen("B"), act("emit_webhook", url="https://x"))
        world.complete("B")
        self.again(world)
        assert world["B"].status == "in-progress"
        assert world.last.executions == ()

    def test_only_what_this_completion_brought(self) -> None:
        conditions = [on("A", "completed"), on("D", "completed")]
        world = World([step("A"), step("B"), step("D")], [rule("R", conditions, [show("B")], reverse_on_reopen=True)])
        world.launch()
        world.complete("A")
        world.complete("D")
        world.reopen("A")
        assert "B" in world.visible()
        world.reopen("D")
        assert "B" not in world.visible()

    def test_not_what_a_launch_brought(self) -> None:
        conditions = [ask("K_a", "is_empty"), on("A", "completed", logic="or")]
        world = World(
            [step("A"), step("B")], [rule("R", conditions, [show("B")], reverse_on_reopen=True)], [field("K_a")]
        )
        world.launch()
        assert world.situation.memory.undo == ()
        self.again(world)
        assert "B" in world.visible()

    @pytest.mark.parametrize(
        ("action", "step_id", "members"),
        [
            (show("B"), "B", {"visibility_source": "manual"}),
            (show("B"), "B", {"status": "auto-skipped", "hidden_from": "active"}),
            (show("B"), "B", {"status": "completed", "completed_at": START}),
            (give("assign", "C", 5), "C", {"owners": Owners((5, 9))}),
            (due("C", 1, anchor="now"), "C", {"deadline": START}),
            (due("C", 1, anchor="now"), "C", {"dated_by_hand": False}),
        ],
    )
    def test_not_what_somebody_changed_since(self, action: Any, step_id: str, members: dict[str, Any]) -> None:
        world = self.world(action)
        world.complete("A")
        world.change(step_id, **members)
        before = world[step_id]
        world.reopen("A")
        assert world[step_id] == before
        assert world.reasons() == ["already"]
        assert world.situation.memory.undo == ()

    def test_a_step_that_is_gone(self) -> None:
        world = self.world(show("B"))
        world.complete("A")
        tasks = {one: task for one, task in world.situation.tasks.items() if one != "B"}
        world.situation = msgspec.structs.replace(world.situation, tasks=tasks)
        world.reopen("A")
        assert world.reasons() == ["already"]

    def test_a_rule_that_is_gone(self) -> None:
        """What a damaged memory names is taken back all the same."""
        world = self.world(show("B"))
        world.complete("A")
        (undo,) = world.situation.memory.undo
        memory = Memory({}, (msgspec.structs.replace(undo, rule="gone"),))
        world.situation = msgspec.structs.replace(world.situation, memory=memory)
        world.reopen("A")
        assert (world.last.executions[0].name, "B" in world.visible()) == ("", False)

    def test_not_what_a_later_rule_changed_since(self) -> None:
        """Also when it looks the same again."""
        more = [rule("H", [on("C", "completed")], [hide("B")]), rule("S", [on("D", "completed")], [show("B")])]
        world = self.world(show("B"), more=more)
        world.complete("A")
        world.complete("C")
        assert world.situation.memory.undo == ()
        world.complete("D")
        world.reopen("A")
        assert "B" in world.visible()

    def test_nor_one_that_could_be_taken_back_itself(self) -> None:
        more = [
            rule("H", [on("C", "completed")], [hide("B")], reverse_on_reopen=True),
            rule("S", [on("D", "completed")], [show("B")], reverse_on_reopen=True),
        ]
        world = self.world(show("B"), more=more)
        for one in ("A", "C", "D"):
            world.complete(one)
        assert len(world.situation.memory.undo) == 3
        world.reopen("A")
        assert world.reasons() == ["already"]
        assert "B" in world.visible()

    def test_two_rules_of_one_completion_are_taken_back_in_turn(self) -> None:
        second = rule("R2", [on("A", "completed")], [due("B", 1, "hours")], reverse_on_reopen=True)
        world = self.world(due("B", 1, "days", anchor="now"), more=[second])
        world.change("B", deadline=START)
        world.complete("A")
        assert world["B"].deadline == START + 25 * HOUR
        world.reopen("A")
        assert world["B"].deadline == START
        assert not world["B"].dated_by_hand
        assert [one.rule for one in world.last.executions] == ["R2", "R"]

    def test_people_who_were_there_stay(self) -> None:
        world = self.again(self.world(give("assign_only", "B", 5, 7)))
        assert world["B"].owners == Owners((7,))

    def test_the_last_owner_may_go(self) -> None:
        more = [rule("N", [on("B", "not_assigned")], [give("assign", "B", 9)])]
        world = self.world(give("assign_only", "B", 5), more=more)
        self.again(world)
        assert world.fired() == ["N"]
        assert world["B"].owners == Owners((9,))

    def test_a_member_who_is_still_needed_stays(self) -> None:
        """20 §6.3: he was added beside a guest, who stays."""
        world = self.world(give("unassign", "B", 7))
        world.change("B", owners=Owners((7,), ("kim@c.io",)))
        world.complete("A")
        assert world["B"].owners == Owners((90,), ("kim@c.io",))
        world.reopen("A")
        assert world["B"].owners == Owners((90,), ("kim@c.io",))
        assert world.reasons() == ["already"]

    def test_a_date_that_follows_another_again(self) -> None:
        """It is what the template says now, not what was forecast when the rule fired."""
        rules = [rule("R", [on("A", "completed")], [due("B", 9, anchor="now")], reverse_on_reopen=True)]
        day = timedelta(days=1)
        steps = [step("A"), step("X"), step("B", deadline=after("X", 1))]
        for done, expected, projected in ((True, START + day, False), (False, START + 3 * day, True)):
            world = World(steps, rules)
            world.change("X", deadline=START + 2 * day)
            world.change("B", deadline=START + 5 * day, deadline_projected=True)
            world.launch()
            world.complete("A")
            assert world["B"].deadline == START + 9 * day
            if done:
                world.complete("X")
            world.reopen("A")
            assert (world["B"].deadline, world["B"].deadline_projected) == (expected, projected)

    def test_by_a_rule_that_reopens(self) -> None:
        """At once, before the rules after it look."""
        more = [
            rule("back", [on("C", "completed")], [reopen("A"), act("emit_webhook", url="https://x")]),
            rule("sees", [on("C", "completed"), on("B", "not_assigned")], [hide("D")]),
        ]
        world = self.world(show("B"), more=more)
        world.change("B", owners=Owners())
        world.complete("A")
        world.complete("C")
        assert "B" not in world.visible()
        assert world.looked_at()["sees"] is False
        reversal, firing = world.last.executions
        assert (reversal.reversed, reversal.rule) == (True, "R")
        assert [type(one) for one in firing.effects] == [ReopenEffect, WebhookEffect]


class TestBook:
    """§6.2, §6.7: candidates are looked up, not searched."""

    def test_candidates(self) -> None:
        rules = [
            rule("0", [on("A", "completed"), ask("F_b", "is_empty")], [hide("C")]),
            rule("1", [ask("F_b", "is_empty"), ask("F_gone", "is_empty")], [hide("C")]),
            rule("2", [ask("K_a", "is_empty"), on("C", "not_assigned")], [hide("C")]),
            rule("3", [on("C", "deadline_overdue")], [hide("C")]),
        ]
        world = World([step("A"), step("B", "task", field("F_b")), step("C")], rules, [field("K_a")])
        found = {one: candidates(world.book, Event("completed", one)) for one in ("A", "B", "C", "X")}
        assert found == {"A": (0,), "B": (0, 1), "C": (2, 3), "X": ()}
        assert candidates(world.book, LAUNCHED) == (2,)
        assert candidates(world.book, Event("submitted")) == (2,)

    def test_whom_the_rules_may_assign(self) -> None:
        rules = [
            rule(
                "R",
                [on("A", "completed")],
                [
                    give("assign", "A", 5, guests=("a@b.io",), groups=("g1",)),
                    give("assign", "A", source=source("K_p")),
                    give("assign", "A", source=source("K_m")),
                    hide("A"),
                ],
            )
        ]
        book = World([step("A")], rules).book
        answers = {"K_p": {"users": [6], "guests": ["c@d.io"], "groups": ["g2"]}, "K_m": "E@f.io"}
        named = people_named(book, answers)
        assert named.members == {5, 6}
        assert named.guests == {"a@b.io", "c@d.io", "e@f.io"}
        assert named.groups == {"g1", "g2"}
        assert people_named(book, {"K_m": "nobody"}).guests == {"a@b.io"}

    def test_what_a_rule_names(self) -> None:
        actions = [show("B"), due("C", 1, source=source("K_d")), act("emit_webhook", url="https://x")]
        assert list(ids_in(rule("R", [on("A", "completed")], actions))) == ["A", "B", "C", "K_d"]

    def test_kind_of_an_action(self) -> None:
        assert [show("A").kind, reopen("A").kind, due("A", 1).kind] == ["visibility", "status", "deadline"]

    def test_deadlines_that_hang_on_each_other_in_a_ring(self) -> None:
        """A damaged template is no endless loop."""
        steps = [
            step("A", deadline=after("B", 1)),
            step("B", deadline=after("A", 1)),
            step("C", deadline=after("C", 1)),
        ]
        book = compile_rules(World(steps).document)
        assert book.dependants == {"A": ("B",), "B": ("A",)}

    def test_the_hook_is_named_after_the_rule(self) -> None:
        world = abc(rule("My rule", [ask("K_a", "is_empty")], [act("emit_webhook")]))
        (effect,) = world.last.effects
        assert isinstance(effect, WebhookEffect)
        assert (effect.hook, effect.url, effect.trigger) == ("My rule", "", None)

    def test_the_situation_given_is_not_touched(self) -> None:
        world = abc(rule("R", [on("A", "completed")], [hide("B"), reopen("C")], reverse_on_reopen=True))
        world.complete("C")
        before = msgspec.json.encode(msgspec.to_builtins(world.situation))
        evaluate(world.book, world.situation, Event("completed", "A"))
        assert msgspec.json.encode(msgspec.to_builtins(world.situation)) == before
