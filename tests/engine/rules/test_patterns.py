"""The patterns of spec 31 §9, each with the trace given there."""

from datetime import UTC, datetime, timedelta

import pytest

from procession.engine.model import LAUNCH, Field, Option, Owners, WorkCalendar
from procession.engine.rules.state import Event, WebhookEffect
from tests.engine.rules.world import (
    OFFICE,
    START,
    World,
    act,
    after,
    ask,
    due,
    expires,
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


def options(*texts: str) -> tuple[Option, ...]:
    return tuple(Option(number, text) for number, text in enumerate(texts, 1))


ROLE = field("K_role", "radio", options=options("Field worker", "Office worker"))
PATHS = (
    rule("Field worker path", [ask("K_role", "equals", "Field worker")], [show("S_safety"), show("S_gear")]),
    rule("Office worker path", [ask("K_role", "equals", "Office worker")], [show("S_it")]),
)


class TestChoice:
    """§9.1."""

    def test_exclusive(self) -> None:
        world = World([step("S_safety"), step("S_gear"), step("S_it"), step("S_all")], PATHS, [ROLE])
        world.launch({"K_role": "Office worker"})
        assert world.looked_at() == {"Field worker path": False, "Office worker path": True}
        assert world.visible() == {"S_it", "S_all"}

    def test_inclusive(self) -> None:
        what = field("K_what", "multiselect", options=options("Laptop", "Phone", "Desk"))
        rules = [rule(one, [ask("K_what", "contains", one)], [show(f"S_{one}")]) for one in ("Laptop", "Phone", "Desk")]
        world = World([step("S_Laptop"), step("S_Phone"), step("S_Desk")], rules, [what])
        world.launch(
            {
                "K_what": [
                    {"id": 1, "text": "Laptop", "selected": True},
                    {"id": 2, "text": "Phone", "selected": False},
                    {"id": 3, "text": "Desk", "selected": True},
                ]
            }
        )
        assert world.visible() == {"S_Laptop", "S_Desk"}

    @pytest.mark.parametrize(
        ("answer", "shown"), [("Field worker", False), ("Office worker", False), ("Boss", True), (None, False)]
    )
    def test_default_path(self, answer: str | None, shown: bool) -> None:
        conditions = [
            ask("K_role", "not_equals", "Field worker"),
            ask("K_role", "not_equals", "Office worker"),
            ask("K_role", "is_not_empty"),
        ]
        world = World([step("S_other")], [rule("Default", conditions, [show("S_other")])], [ROLE])
        world.launch({"K_role": answer})
        assert ("S_other" in world.visible()) == shown


def test_sequence() -> None:
    """§9.2."""
    rules = [
        rule("B after A", [on("S_A", "completed")], [show("S_B")]),
        rule("C", [on("S_B", "completed")], [show("S_C")]),
    ]
    world = World([step("S_A"), step("S_B"), step("S_C")], rules)
    world.launch()
    assert world.visible() == {"S_A"}
    world.complete("S_A")
    assert world.visible() == {"S_A", "S_B"}
    world.complete("S_B")
    assert world.visible() == {"S_A", "S_B", "S_C"}


class TestJoin:
    """§9.3."""

    def test_all(self) -> None:
        world = self.world("and")
        world.approve("S_hr")
        assert world.looked_at() == {"Start": False}
        assert world.visible() == {"S_hr", "S_mgr"}
        world.approve("S_mgr")
        assert world.visible() == {"S_hr", "S_mgr", "S_desk", "S_account"}

    def test_discriminator_fires_once(self) -> None:
        world = self.world("or")
        world.approve("S_mgr")
        assert world.visible() == {"S_hr", "S_mgr", "S_desk", "S_account"}
        world.approve("S_hr")
        assert world.looked_at() == {}

    def world(self, logic: str) -> World:
        conditions = [on("S_hr", "approved"), on("S_mgr", "approved", logic=logic)]  # type: ignore[arg-type]
        steps = [step("S_hr", "approval"), step("S_mgr", "approval"), step("S_desk"), step("S_account")]
        world = World(steps, [rule("Start", conditions, [show("S_desk"), show("S_account")])])
        world.launch()
        return world


class TestDecisionWaitContinue:
    """§9.4."""

    @pytest.fixture
    def world(self) -> World:
        paid = field("F_paid", "radio", options=options("Yes", "No"))
        rules = [
            rule("Paid", [ask("F_paid", "equals", "Yes")], [hide("S_hold"), show("S_record")]),
            rule("Not paid", [ask("F_paid", "equals", "No")], [show("S_hold"), hide("S_record")]),
            rule("Waiting is over", [on("S_hold", "completed")], [show("S_record")]),
        ]
        world = World([step("S_check", "task", paid), step("S_hold"), step("S_record")], rules)
        world.launch()
        assert world.looked_at() == {}
        assert world.visible() == {"S_check"}
        return world

    def test_no_then_over(self, world: World) -> None:
        world.complete("S_check", answers={"F_paid": "No"})
        assert world.fired() == ["Not paid"]
        assert world.visible() == {"S_check", "S_hold"}
        world.complete("S_hold")
        assert world.fired() == ["Waiting is over"]
        assert world.visible() == {"S_check", "S_hold", "S_record"}

    def test_yes(self, world: World) -> None:
        world.complete("S_check", answers={"F_paid": "Yes"})
        assert world.fired() == ["Paid"]
        assert world.reasons() == ["already", None]
        assert world.visible() == {"S_check", "S_record"}

    def test_no_then_reopened_and_yes(self, world: World) -> None:
        world.complete("S_check", answers={"F_paid": "No"})
        assert not world.armed("Not paid")
        world.reopen("S_check")
        assert world.looked_at() == {"Paid": False, "Not paid": False}
        assert world.armed("Not paid")
        world.complete("S_check", answers={"F_paid": "Yes"})
        assert world.fired() == ["Paid"]
        assert world.visible() == {"S_check", "S_record"}

    def test_third_rule_missing(self, world: World) -> None:
        """§10: the waiting path ends nowhere."""
        two = World(world.document.steps, world.document.rules[:2])
        two.launch()
        two.complete("S_check", answers={"F_paid": "No"})
        two.complete("S_hold")
        assert "S_record" not in two.visible()


def test_approval_loop() -> None:
    """§9.5, 31 §12.10: the mandatory trace, step by step."""
    steps = [step("S_draft"), step("S_m", "approval"), step("S_f", "approval"), step("S_pay")]
    rules = [
        rule("R1", [on("S_m", "approved")], [show("S_f"), reopen("S_f")]),
        rule("R2", [on("S_m", "rejected")], [reopen("S_draft")]),
        rule("R3", [on("S_f", "rejected")], [reopen("S_draft"), reopen("S_m")]),
        rule("R4", [on("S_draft", "completed")], [reopen("S_m")]),
        rule("R5", [on("S_f", "approved")], [show("S_pay")]),
    ]
    world = World(steps, rules)

    def armed() -> str:
        return " ".join(one for one in ("R1", "R2", "R3", "R4", "R5") if world.armed(one))

    world.launch()  # 0
    assert world.visible() == {"S_draft", "S_m"}
    world.complete("S_draft")  # 1
    assert (world.looked_at(), world.reasons()) == ({"R4": True}, ["not_completed"])
    assert armed() == "R1 R2 R3 R5"
    world.reject("S_m")  # 2
    assert [(one.rule, one.fired) for one in world.last.evaluations] == [("R1", False), ("R2", True), ("R4", False)]
    assert world["S_draft"].status == "in-progress"
    assert armed() == "R1 R3 R4 R5"
    world.complete("S_draft")  # 3
    assert [(one.rule, one.fired) for one in world.last.evaluations] == [("R4", True), ("R1", False), ("R2", False)]
    assert (world["S_m"].status, world["S_m"].approved) == ("in-progress", None)
    assert armed() == "R1 R2 R3 R5"
    world.approve("S_m")  # 4
    assert [(one.rule, one.fired) for one in world.last.evaluations] == [("R1", True), ("R2", False)]
    assert world.reasons() == [None, "not_completed"]
    assert world.visible() == {"S_draft", "S_m", "S_f"}
    world.reject("S_f")  # 5
    assert world.fired() == ["R3"]
    assert world.looked_at()["R5"] is False
    assert (world["S_draft"].status, world["S_m"].status) == ("in-progress", "in-progress")
    assert armed() == "R1 R2 R4 R5"
    world.complete("S_draft")  # 6
    assert (world.fired(), world.reasons()) == (["R4"], ["not_completed"])
    world.approve("S_m")  # 7
    assert (world.fired(), world.reasons()) == (["R1"], ["completed", None])
    assert world["S_f"].status == "in-progress"
    assert armed() == "R2 R3 R5"
    world.approve("S_f")  # 8
    assert world.fired() == ["R5"]
    assert "S_pay" in world.visible()


def test_any_rejection_restarts() -> None:
    """§9.6."""
    three = ("S_legal", "S_comp", "S_fin")
    rules = [
        rule("Agreed", [on(one, "approved") for one in three], [show("S_go")]),
        rule("Any", [on(one, "rejected", logic="or") for one in three], [reopen("S_init")]),
        rule("Again", [on("S_init", "completed")], [reopen(one) for one in three]),
    ]
    world = World([step("S_init"), *(step(one, "approval") for one in three), step("S_go")], rules)
    world.launch()
    world.complete("S_init")
    assert world.reasons() == ["not_completed"] * 3
    world.approve("S_legal")
    world.reject("S_comp")
    assert world.fired() == ["Any"]
    assert world["S_init"].status == "in-progress"
    world.complete("S_init")
    assert world.reasons() == [None, None, "not_completed"]
    for one in three:
        assert "S_go" not in world.visible()
        world.approve(one)
    assert "S_go" in world.visible()


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("$ 50,000.50", True),
        ("50000.5", True),
        ("50000", False),
        ("$50 000", False),
        ("-$60,000", False),
        ("fifty", False),
        ("", False),
        (None, False),
        ("5,00,000", False),
    ],
)
def test_conditional_approval_by_amount(amount: str | None, shown: bool) -> None:
    """§9.7."""
    conditions = [ask("K_amount", "greater_than", "50000"), on("S_m", "approved")]
    amount_field = field("K_amount", "text", prefix="$")
    world = World(
        [step("S_m", "approval"), step("S_board")], [rule("Board", conditions, [show("S_board")])], [amount_field]
    )
    world.launch({"K_amount": amount})
    assert world.visible() == {"S_m"}
    world.approve("S_m")
    assert ("S_board" in world.visible()) == shown


class TestAssignmentFromTheForm:
    """§9.8."""

    agent = field("K_agent", "assignees_form")
    picked = {"users": [5], "guests": ["kim@c.io"], "groups": ["g1"]}  # noqa: RUF012

    @pytest.mark.parametrize(
        ("verb", "owners"),
        [("assign_only", Owners((5,), ("kim@c.io",), ("g1",))), ("assign", Owners((7, 5), ("kim@c.io",), ("g1",)))],
    )
    def test_picked(self, verb: str, owners: Owners) -> None:
        """The launcher (7) was assigned by fallback: `assign` keeps him, `assign_only` does not."""
        actions = [give(verb, one, source=source("K_agent")) for one in ("S_1", "S_2")]  # type: ignore[arg-type]
        world = World(
            [step("S_1", members=(7,)), step("S_2", members=(7,))],
            [rule("Agent", [ask("K_agent", "is_not_empty")], actions)],
            [self.agent],
        )
        world.launch({"K_agent": self.picked})
        assert world["S_1"].owners == world["S_2"].owners == owners

    def test_nobody_picked(self) -> None:
        rules = [rule("None", [ask("K_agent", "is_empty")], [give("assign_only", "S_1", groups=("g1",))])]
        world = World([step("S_1", members=(7,))], rules, [self.agent])
        world.launch({})
        assert world["S_1"].owners == Owners(groups=("g1",))

    def test_address_in_a_text(self) -> None:
        rules = [rule("G", [ask("K_mail", "is_not_empty")], [give("assign", "S_1", source=source("K_mail"))])]
        world = World([step("S_1", members=(7,))], rules, [field("K_mail", "text", validations=("email",))])
        world.launch({"K_mail": " New@Client.io "})
        assert world["S_1"].owners == Owners((7,), ("new@client.io",))


def test_result_returns_to_the_requestor() -> None:
    """§9.9: assigned at launch; due one hour after the proof is completed, a projection until then."""
    rules = [rule("Mail", [ask("K_who", "is_not_empty")], [give("assign_only", "S_mail", source=source("K_who"))])]
    steps = [step("S_proof"), step("S_mail", "expiring_email", deadline=after("S_proof", 1, "hours"))]
    world = World(steps, rules, [field("K_who", "assignees_form")])
    world.change("S_mail", deadline=START + timedelta(hours=1), deadline_projected=True)
    world.launch({"K_who": {"users": [5], "guests": [], "groups": []}})
    assert world["S_mail"].owners == Owners((5,))
    assert not expires(world["S_mail"], START + timedelta(days=9))
    world.change("S_mail", deadline_projected=False)
    assert expires(world["S_mail"], START + timedelta(hours=1))
    assert not expires(world["S_mail"], START + timedelta(minutes=59))


def test_service_levels() -> None:
    """§9.10."""
    rules = [
        rule(
            "Enterprise",
            [ask("K_tier", "equals", "Enterprise")],
            [give("assign_only", "S_reply", groups=("g1",)), due("S_reply", 1, "hours", anchor="now"), show("S_exec")],
        ),
        rule("Paying", [ask("K_tier", "equals_any", ("Growth", "Enterprise"))], [give("assign", "S_call", 3)]),
    ]
    tier = field("K_tier", "radio", options=options("Free", "Growth", "Enterprise"))
    for answer, fired in (("Enterprise", ["Enterprise", "Paying"]), ("Growth", ["Paying"]), ("Free", [])):
        world = World([step("S_reply", members=(7,)), step("S_exec"), step("S_call")], rules, [tier])
        world.launch({"K_tier": answer})
        assert world.fired() == fired
        if answer == "Enterprise":
            assert world["S_reply"].owners == Owners(groups=("g1",))
            assert world["S_reply"].deadline == START + timedelta(hours=1)
            assert "S_exec" in world.visible()


class TestVisibilityAndDeadline:
    """§9.11."""

    def test_shown_and_dated(self) -> None:
        kind = field("F_type", "radio", options=options("Domestic", "International"))
        actions = [show("S_arrival"), due("S_arrival", 7, source=source("F_eta"))]
        world = World(
            [step("S_ship", "task", kind, field("F_eta", "date")), step("S_arrival")],
            [rule("International", [ask("F_type", "equals", "International")], actions)],
        )
        world.launch()
        world.complete("S_ship", answers={"F_type": "International", "F_eta": "2026-05-20T00:00:00.000Z"})
        assert "S_arrival" in world.visible()
        assert world["S_arrival"].deadline == datetime(2026, 5, 27, tzinfo=UTC)
        assert world.last.changed == {"S_arrival": ("visibility", "deadline")}

    def test_countdown_and_chain(self) -> None:
        rules = [
            rule(
                "Inspect",
                [ask("K_meeting", "is_not_empty")],
                [due("S_inspect", 1, "days", "before", source=source("K_meeting"))],
            ),
            rule("Report", [ask("K_meeting", "is_not_empty")], [due("S_report", 1, source=source("S_inspect"))]),
        ]
        meeting = field("K_meeting", "date", collect_time=True)
        world = World([step("S_inspect"), step("S_report")], rules, [meeting])
        world.launch({"K_meeting": "2026-05-20T10:00:00.000Z"})
        assert world["S_inspect"].deadline == datetime(2026, 5, 19, 10, tzinfo=UTC)
        assert world["S_report"].deadline == datetime(2026, 5, 20, 10, tzinfo=UTC)
        world.submit({"K_meeting": "2026-05-21T10:00:00.000Z"})
        assert world["S_report"].deadline == datetime(2026, 5, 21, 10, tzinfo=UTC)

    def test_only_when_the_step_of_the_date_is_completed(self) -> None:
        rules = [rule("R", [ask("F_day", "is_not_empty")], [due("S_b", 1, source=source("F_day"))])]
        world = World([step("S_a", "task", field("F_day", "date")), step("S_b")], rules)
        world.launch()
        world.answer({"F_day": "2026-05-20T00:00:00.000Z"})
        assert world["S_b"].deadline is None
        world.complete("S_a")
        assert world["S_b"].deadline == datetime(2026, 5, 21, tzinfo=UTC)
        world.reopen("S_a")
        world.complete("S_a", answers={"F_day": "2026-06-01T00:00:00.000Z"})
        assert world["S_b"].deadline == datetime(2026, 6, 2, tzinfo=UTC)


class TestEscalation:
    """§9.12 and 31 §12.13."""

    rules = (rule("Escalate", [on("S_clock", "expired")], [give("assign", "S_post", 77)]),)

    def world(self, anchor: str, *more: object) -> World:
        world = World(
            [step("S_post", members=(5,)), step("S_clock", "expiring", deadline=after(anchor, 6))],
            [*self.rules, *more],  # type: ignore[list-item]
        )
        world.change("S_clock", deadline=START + timedelta(days=6), deadline_projected=anchor != LAUNCH)
        world.launch()
        return world

    def expire(self, world: World) -> bool:
        """What the sweep does after six days."""
        world.wait(days=6, minutes=4)
        if not expires(world["S_clock"], world.now):
            return False
        world.complete("S_clock", approved=False)
        return True

    def test_late(self) -> None:
        world = self.world(LAUNCH)
        assert self.expire(world)
        assert world["S_post"].owners == Owners((5, 77))

    def test_done_in_time_cancels_itself(self) -> None:
        world = self.world(LAUNCH)
        world.complete("S_post")
        assert self.expire(world)
        assert (world.fired(), world.reasons()) == (["Escalate"], ["completed"])
        assert world["S_post"].owners == Owners((5,))

    def test_a_hidden_clock_never_expires(self) -> None:
        world = self.world(LAUNCH, rule("Stop", [on("S_post", "completed")], [hide("S_clock")]))
        world.complete("S_post")
        assert not self.expire(world)

    def test_anchored_on_the_watched_step_it_never_comes(self) -> None:
        assert not self.expire(self.world("S_post"))


@pytest.mark.parametrize(("late", "called"), [(24, True), (23, False), (0, False)])
def test_webhook(late: int, called: bool) -> None:
    """§9.13."""
    hook = act("emit_webhook", url="https://erp.example.test/hook", hook="late-payment")
    world = World([step("S_pay")], [rule("Tell ERP", [on("S_pay", "completed", "late_24")], [hook])])
    world.change("S_pay", deadline=START)
    world.launch()
    world.wait(hours=late)
    world.complete("S_pay")
    effect = WebhookEffect("Tell ERP", hook.id, "https://erp.example.test/hook", "late-payment", "S_pay")
    assert list(world.last.effects) == ([effect] if called else [])


class TestNotAssigned:
    """§9.14."""

    rules = (rule("Triage", [on("S_x", "not_assigned")], [give("assign", "S_x", groups=("g1",))]),)

    def test_at_launch(self) -> None:
        world = World([step("S_x")], self.rules)
        world.launch()
        assert world["S_x"].owners == Owners(groups=("g1",))

    def test_when_the_last_owner_leaves_once_and_again_after_reopening(self) -> None:
        world = World([step("S_x", members=(5,))], self.rules)
        world.launch()
        assert world.looked_at() == {"Triage": False}
        for fired in (["Triage"], []):
            world.change("S_x", owners=Owners())
            world.happen(Event("unassigned", "S_x"))
            assert world.fired() == fired
        world.complete("S_x")
        world.reopen("S_x")
        assert world.fired() == ["Triage"]


@pytest.mark.parametrize(
    ("value", "unit", "answer", "expected"),
    [
        (3, "days", "2026-05-21T00:00:00.000Z", "2026-05-18T09:00"),
        (5, "days", "2026-05-21T00:00:00.000Z", "2026-05-18T09:00"),
        (2, "hours", "2026-05-18T08:00:00.000Z", "2026-05-18T09:00"),  # answered as Monday 10:00 in Berlin
    ],
)
def test_worked_example_of_deadlines(value: int, unit: str, answer: str, expected: str) -> None:
    """§5.3, 31 §12.14: Monday to Friday 09:00-17:00; date-only answers count from midnight of their day."""
    meeting: Field = field("K_meeting", "date", collect_time=unit == "hours")
    action = due("S_agenda", value, unit, "before", source=source("K_meeting"))
    world = World(
        [step("S_agenda")],
        [rule("R", [ask("K_meeting", "is_not_empty")], [action])],
        [meeting],
        calendar=WorkCalendar("Europe/Berlin", OFFICE),
    )
    world.launch({"K_meeting": answer})
    local = datetime.fromisoformat(f"{expected}:00+02:00")
    assert world["S_agenda"].deadline == local
