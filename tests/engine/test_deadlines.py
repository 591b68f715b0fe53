"""Deadlines: SEED-43, 20 §5, 30 §8.3 and §8.4, 10 §3.4."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procession.engine.deadlines import (
    Dated,
    Due,
    DueTask,
    Redated,
    StepDates,
    add,
    anchored_steps,
    due_fields,
    find_cycle,
    launch_dates,
    read_deadline,
    read_start,
    redate,
)
from procession.engine.model import LAUNCH, DeadlineRule, Offset, OffsetUnit, Step, WorkCalendar, WorkDay
from procession.engine.worktime import EARLIEST, LATEST, adjust

DAY = WorkDay(True, 540, 1020)
OFF = WorkDay(False)
OFFICE = (DAY, DAY, DAY, DAY, DAY, OFF, OFF)
NEW_YORK = WorkCalendar("America/New_York", OFFICE)
CHICAGO = WorkCalendar("America/Chicago", OFFICE)
ALWAYS = WorkCalendar()
FIVE_DAYS = Offset(5, "days")
NO_DATE = "The deadline is not a valid date."


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def chicago(text: str) -> datetime:
    """A wall time of May 2026 in Chicago, five hours behind UTC."""
    return utc(f"2026-05-{text}:00-05:00")


LAUNCHED = chicago("08T15:00")


def rule(value: int, unit: OffsetUnit, option: Literal["from", "prior_to"], step: str | None) -> DeadlineRule:
    return DeadlineRule(value, unit, option, step)


def make_step(step_id: str, deadline: DeadlineRule | None = None, **more: Any) -> Step:
    return Step(id=step_id, title=step_id, alias=step_id, position=1, deadline=deadline, **more)


class TestAdd:
    @pytest.mark.parametrize(
        ("start", "value", "unit", "sign", "end"),
        [
            ("2026-01-31T12:00:00Z", 1, "months", 1, "2026-02-28T12:00:00Z"),
            ("2028-01-31T12:00:00Z", 1, "months", 1, "2028-02-29T12:00:00Z"),
            ("2026-03-31T16:00:00Z", 1, "months", -1, "2026-02-28T17:00:00Z"),
            ("2026-01-15T12:00:00Z", 13, "months", -1, "2024-12-15T12:00:00Z"),
            ("2026-03-07T17:00:00Z", 1, "days", 1, "2026-03-08T16:00:00Z"),  # 12:00 stays 12:00 over the change
            ("2026-03-07T17:00:00Z", 24, "hours", 1, "2026-03-08T17:00:00Z"),  # exact
            ("2026-03-07T17:00:00Z", 1440, "minutes", 1, "2026-03-08T17:00:00Z"),
            ("2026-03-08T16:00:00Z", 1, "weeks", -1, "2026-03-01T17:00:00Z"),
            ("2026-03-07T07:30:00Z", 1, "days", 1, "2026-03-08T07:00:00Z"),  # 02:30 is skipped: 03:00
            ("2026-11-01T06:30:00Z", 0, "days", 1, "2026-11-01T06:30:00Z"),  # the second 01:30 stays the second
            ("2026-10-31T05:30:00.9Z", 1, "days", 1, "2026-11-01T05:30:00Z"),
        ],
    )
    def test_calendar_arithmetic_in_new_york(
        self, start: str, value: int, unit: OffsetUnit, sign: int, end: str
    ) -> None:
        assert add(utc(start), Offset(value, unit), NEW_YORK, sign) == utc(end)

    @given(
        st.integers(0, int((LATEST - EARLIEST).total_seconds())),
        st.integers(0, 10**15),
        st.sampled_from(["minutes", "hours", "days", "weeks", "months"]),
        st.sampled_from([1, -1]),
    )
    def test_stays_in_the_range_of_dates(self, second: int, value: int, unit: OffsetUnit, sign: int) -> None:
        instant = EARLIEST + timedelta(seconds=second)
        moved = add(instant, Offset(value, unit), NEW_YORK, sign)
        assert EARLIEST <= moved <= LATEST
        assert moved >= instant if sign > 0 else moved <= instant

    def test_too_many_months(self) -> None:
        assert add(LAUNCHED, Offset(10**6, "months"), NEW_YORK) == LATEST
        assert add(LAUNCHED, Offset(10**6, "months"), NEW_YORK, -1) == EARLIEST


class TestReading:
    @pytest.mark.parametrize(
        ("sent", "stored"),
        [
            ("2025-07-05T12:00:00Z", "2025-07-07T13:00:00Z"),
            ("2025-07-07 15:00:00", "2025-07-07T15:00:00Z"),
            ("2025-07-07T15:00", "2025-07-07T15:00:00Z"),
            (" 2025-07-08 ", "2025-07-08T21:00:00Z"),
            ("2025-07-05", "2025-07-07T13:00:00Z"),
            ("2025-07-05T00:30:00+14:00", "2025-07-04T13:00:00Z"),
            ("2025-07-01T21:00:00.918Z", "2025-07-01T21:00:00Z"),
        ],
    )
    def test_deadlines(self, sent: str, stored: str) -> None:
        assert read_deadline(sent, NEW_YORK) == (utc(stored), None)

    def test_starts_are_not_moved(self) -> None:
        assert read_start("2025-07-05T12:00:00.5Z", NEW_YORK) == (utc("2025-07-05T12:00:00Z"), None)
        assert read_start("2025-07-05", NEW_YORK) == (utc("2025-07-05T04:00:00Z"), None)

    @pytest.mark.parametrize("empty", [None, "", "  "])
    def test_nothing_clears(self, empty: object) -> None:
        assert read_deadline(empty, NEW_YORK) == (None, None)
        assert read_start(empty, NEW_YORK) == (None, None)

    @pytest.mark.parametrize("wrong", [1751360400, 1.5, True, [], {}, "2d", "15/10/2025", "soon", "2025-13-01"])
    def test_anything_else_is_no_date(self, wrong: object) -> None:
        assert read_deadline(wrong, NEW_YORK) == (None, NO_DATE)
        assert read_start(wrong, NEW_YORK) == (None, "The started at is not a valid date.")

    def test_a_phrase_reader_finds_instants_and_dates(self) -> None:
        def phrases(text: str) -> datetime | date | None:
            return {"in 1 hour": utc("2025-07-05T12:00:00Z"), "tomorrow": date(2025, 7, 8)}.get(text)

        assert read_deadline("in 1 hour", NEW_YORK, phrases) == (utc("2025-07-07T13:00:00Z"), None)
        assert read_deadline("tomorrow", NEW_YORK, phrases) == (utc("2025-07-08T21:00:00Z"), None)
        assert read_start("tomorrow", NEW_YORK, phrases) == (utc("2025-07-08T04:00:00Z"), None)
        assert read_deadline("whenever", NEW_YORK, phrases) == (None, NO_DATE)

    def test_a_phrase_has_at_most_64_characters(self) -> None:
        asked: list[str] = []
        assert read_deadline("x" * 65, NEW_YORK, asked.append) == (None, NO_DATE)
        assert asked == []


class TestLaunch:
    def launch(self, *steps: Step, given: dict[str, datetime] | None = None) -> dict[str, StepDates]:
        return launch_dates(steps, LAUNCHED, CHICAGO, FIVE_DAYS, given or {})

    @pytest.mark.parametrize(
        ("deadline", "due"),
        [
            (rule(2, "days", "from", LAUNCH), "11T09:00"),
            (rule(4, "hours", "from", LAUNCH), "11T09:00"),
            (rule(1, "weeks", "from", LAUNCH), "15T15:00"),
            (rule(3, "days", "prior_to", LAUNCH), "05T15:00"),
            (None, "13T15:00"),  # the organization's default
            (rule(1, "hours", "from", None), "13T15:00"),  # legacy: as the default (30 §8.3)
            (rule(1, "hours", "from", "lost"), "13T15:00"),
        ],
    )
    def test_worked_examples_of_30_8_3(self, deadline: DeadlineRule | None, due: str) -> None:
        assert self.launch(make_step("a", deadline)) == {"a": StepDates(chicago(due), None, False, False)}

    def test_offset_example_of_20_5_5(self) -> None:
        step = make_step("a", rule(2, "days", "from", LAUNCH))
        dates = launch_dates([step], utc("2025-07-03T16:00:00-04:00"), NEW_YORK, FIVE_DAYS, {})
        assert dates["a"].deadline == utc("2025-07-07T09:00:00-04:00")

    def test_anchored_steps_in_any_order(self) -> None:
        given = {"e": chicago("18T10:00")}
        dates = self.launch(
            make_step("d", rule(2, "hours", "prior_to", "e")),
            make_step("c", rule(1, "days", "prior_to", "e")),
            make_step("b", rule(3, "days", "from", "a")),
            make_step("a", rule(2, "days", "from", LAUNCH)),
            make_step("e", rule(1, "hours", "from", "b")),
            given=given,
        )
        assert dates["a"] == StepDates(chicago("11T09:00"), None, False, False)
        assert dates["b"] == StepDates(chicago("14T09:00"), None, True, False)  # a projection
        assert dates["c"] == StepDates(chicago("18T09:00"), None, False, False)
        assert dates["d"] == StepDates(chicago("18T09:00"), None, False, False)
        assert dates["e"] == StepDates(chicago("18T10:00"), None, False, True)

    def test_a_ring_falls_back_to_the_launch(self) -> None:
        dates = self.launch(
            make_step("a", rule(1, "weeks", "from", "b")), make_step("b", rule(1, "weeks", "from", "a"))
        )
        assert dates["b"].deadline == chicago("15T15:00")
        assert dates["a"].deadline == chicago("22T15:00")

    def test_a_chain_longer_than_the_stack(self) -> None:
        steps = [make_step(str(n), rule(0, "days", "from", str(n + 1))) for n in range(3000)]
        dates = launch_dates([*steps, make_step("3000")], LAUNCHED, ALWAYS, FIVE_DAYS, {})
        assert dates["0"].deadline == chicago("13T15:00")

    @pytest.mark.parametrize(
        ("start", "soft", "started"),
        [
            (Offset(2, "hours"), False, "15T13:00"),
            (Offset(2, "days"), False, "13T15:00"),
            (Offset(5, "days"), False, "11T09:00"),  # Sunday 15:00, pushed forward
            (Offset(0, "days"), False, "15T15:00"),
            (Offset(2, "hours"), True, None),
            (None, False, None),
        ],
    )
    def test_start_before_the_deadline(self, start: Offset | None, soft: bool, started: str | None) -> None:
        step = make_step("a", rule(1, "weeks", "from", LAUNCH), start=start, soft_start=soft)
        assert self.launch(step)["a"].started_at == (None if started is None else chicago(started))

    def test_a_start_is_never_past_the_deadline(self) -> None:
        by_hand = chicago("10T12:00")  # a Sunday: the start would be pushed to Monday
        step = make_step("a", start=Offset(1, "hours"), soft_start=False)
        assert self.launch(step, given={"a": by_hand})["a"] == StepDates(by_hand, by_hand, False, True)


def dated(task: str, deadline: str, to: DeadlineRule | None, **more: Any) -> Dated:
    values: dict[str, Any] = {"open": True, "by_hand": False, "projected": False} | more
    return Dated(id=f"task {task}", step_id=task, rule=to, deadline=chicago(deadline), **values)


B_FROM_A = dated("b", "14T09:00", rule(3, "days", "from", "a"), projected=True)
C_BEFORE_B = dated("c", "13T09:00", rule(1, "days", "prior_to", "b"))


class TestRedate:
    def test_a_projection_follows_the_deadline_of_its_anchor(self) -> None:
        moved = redate({"a": chicago("12T10:00")}, {}, [C_BEFORE_B, B_FROM_A], CHICAGO)
        assert moved == {
            "task b": Redated(chicago("15T10:00"), True),
            "task c": Redated(chicago("14T10:00"), False),  # then its dependants
        }

    def test_it_is_fixed_when_the_anchor_completes(self) -> None:
        moved = redate({}, {"a": chicago("12T16:00")}, [B_FROM_A, C_BEFORE_B], CHICAGO)
        assert moved == {
            "task b": Redated(chicago("15T16:00"), False),
            "task c": Redated(chicago("14T16:00"), False),
        }

    def test_completion_goes_before_a_deadline_changed_in_the_same_act(self) -> None:
        moved = redate({"a": chicago("20T10:00")}, {"a": chicago("12T16:00")}, [B_FROM_A], CHICAGO)
        assert moved == {"task b": Redated(chicago("15T16:00"), False)}

    def test_a_fixed_one_is_kept_until_the_next_completion(self) -> None:
        fixed = dated("b", "15T16:00", rule(3, "days", "from", "a"))
        assert redate({"a": chicago("20T10:00")}, {}, [fixed], CHICAGO) == {}
        moved = redate({}, {"a": chicago("18T11:00")}, [fixed], CHICAGO)
        assert moved == {"task b": Redated(chicago("21T11:00"), False)}

    def test_only_the_projection_may_end(self) -> None:
        moved = redate({}, {"a": chicago("11T09:00")}, [B_FROM_A, C_BEFORE_B], CHICAGO)
        assert moved == {"task b": Redated(chicago("14T09:00"), False)}

    def test_prior_to_is_about_the_due_date_not_the_completion(self) -> None:
        assert redate({}, {"b": chicago("12T16:00")}, [C_BEFORE_B], CHICAGO) == {}
        moved = redate({"b": chicago("18T10:00")}, {}, [C_BEFORE_B], CHICAGO)
        assert moved == {"task c": Redated(chicago("18T09:00"), False)}

    @pytest.mark.parametrize("task", [{"open": False}, {"by_hand": True}])
    def test_completed_and_manually_dated_tasks_stay(self, task: dict[str, bool]) -> None:
        still = dated("b", "14T09:00", rule(3, "days", "from", "a"), **{"projected": True, **task})
        assert redate({"a": chicago("12T10:00")}, {"a": LAUNCHED}, [still, C_BEFORE_B], CHICAGO) == {}

    def test_others_stay(self) -> None:
        tasks = [
            dated("x", "14T09:00", None),
            dated("y", "14T09:00", rule(1, "days", "from", None)),
            dated("z", "14T09:00", rule(1, "days", "from", LAUNCH)),
            B_FROM_A,
        ]
        assert redate({"a": chicago("11T09:00")}, {}, tasks, CHICAGO) == {}  # nothing really changed
        assert redate({"a": None}, {}, tasks, CHICAGO) == {}  # an anchor without a deadline

    def test_a_task_without_step_moves_and_ends_the_chain(self) -> None:
        task = Dated("t", None, rule(1, "days", "from", "a"), None, open=True, by_hand=False, projected=True)
        assert redate({"a": chicago("11T09:00")}, {}, [task], CHICAGO) == {"t": Redated(chicago("12T09:00"), True)}

    def test_a_ring_stops_at_the_second_visit(self) -> None:
        a = dated("a", "11T09:00", rule(1, "days", "prior_to", "c"))
        tasks = [a, B_FROM_A, C_BEFORE_B]
        moved = redate({"b": chicago("19T10:00")}, {}, tasks, CHICAGO)
        assert moved == {
            "task c": Redated(chicago("18T10:00"), False),
            "task a": Redated(chicago("18T09:00"), False),
        }


ids = st.sampled_from("abcdef")
rules = st.builds(
    DeadlineRule,
    st.integers(1, 9),
    st.sampled_from(["hours", "days"]),
    st.sampled_from(["from", "prior_to"]),
    ids | st.sampled_from([None, LAUNCH]),
)
step_rules = st.fixed_dictionaries(dict.fromkeys("abcdef", st.none() | rules))
days_later = st.integers(0, 40).map(lambda days: LAUNCHED + timedelta(days=days))


@given(
    step_rules,
    st.dictionaries(ids, st.none() | days_later),
    st.dictionaries(ids, days_later),
    st.tuples(*[st.tuples(st.booleans(), st.booleans(), st.booleans())] * 6),
)
def test_redate_ends_on_any_graph(
    graph: dict[str, DeadlineRule | None],
    changed: dict[str, datetime | None],
    completed: dict[str, datetime],
    flags: tuple[tuple[bool, bool, bool], ...],
) -> None:
    tasks = {name: Dated(name, name, graph[name], LAUNCHED, *flag) for name, flag in zip(graph, flags, strict=True)}
    for name, new in redate(changed, completed, list(tasks.values()), CHICAGO).items():
        old = tasks[name]
        assert old.open
        assert not old.by_hand
        assert name not in changed
        assert name not in completed
        assert (old.deadline, old.projected) != (new.deadline, new.projected)
        assert adjust(new.deadline, CHICAGO) == new.deadline


@given(step_rules)
def test_launch_dates_every_step_of_any_graph(graph: dict[str, DeadlineRule | None]) -> None:
    steps = [make_step(name, deadline) for name, deadline in graph.items()]
    dates = launch_dates(steps, LAUNCHED, CHICAGO, FIVE_DAYS, {})
    assert list(dates) == list(graph)
    tasks = [
        Dated(name, name, graph[name], dates[name].deadline, open=True, by_hand=False, projected=dates[name].projected)
        for name in graph
    ]
    if not find_cycle(steps):  # launching and re-dating agree
        assert redate({name: dates[name].deadline for name in graph}, {}, tasks, CHICAGO) == {}
        assert redate({n: d.deadline for n, d in dates.items() if n not in "abc"}, {}, tasks, CHICAGO) == {}


@pytest.mark.parametrize(
    ("anchors", "cycle", "anchored"),
    [
        ({}, False, ""),
        ({"a": LAUNCH, "b": "a", "c": "a", "d": None}, False, "a"),
        ({"a": "b", "b": "c", "c": "lost"}, False, ("b", "c", "lost")),
        ({"a": "b", "b": "a"}, True, "ab"),
        ({"a": "b", "b": "c", "c": "d", "d": "b"}, True, "bcd"),
        ({"a": "a"}, True, ""),
    ],
)
def test_anchors_of_a_template(anchors: dict[str, str | None], cycle: bool, anchored: tuple[str, ...]) -> None:
    steps = [make_step(name, rule(1, "days", "from", anchor)) for name, anchor in anchors.items()]
    assert find_cycle([*steps, make_step("free")]) is cycle
    assert anchored_steps([*steps, make_step("free")]) == frozenset(anchored)


class TestDueFields:
    NOW = chicago("12T12:00")
    YESTERDAY, SOON, LATER = chicago("11T12:00"), chicago("13T12:00"), chicago("13T12:01")

    @pytest.mark.parametrize(
        ("tasks", "due"),
        [
            ([], Due(None, None, False, False, 0)),
            ([DueTask(None), DueTask(None, NOW)], Due(None, None, False, False, 0)),
            ([DueTask(LATER), DueTask(SOON)], Due(SOON, LATER, False, True, 0)),
            ([DueTask(LATER), DueTask(LATER)], Due(LATER, LATER, False, False, 0)),
            ([DueTask(NOW)], Due(NOW, NOW, False, True, 0)),
            ([DueTask(YESTERDAY), DueTask(LATER)], Due(YESTERDAY, LATER, True, False, 1)),
            # none incomplete: the latest; completed after its deadline: late, but nothing is passed
            ([DueTask(YESTERDAY, NOW), DueTask(LATER, NOW)], Due(LATER, LATER, False, False, 1)),
            ([DueTask(NOW, NOW)], Due(NOW, NOW, False, False, 0)),
            ([DueTask(YESTERDAY, NOW), DueTask(YESTERDAY)], Due(YESTERDAY, YESTERDAY, True, False, 2)),
            # projections count for the dates only
            ([DueTask(YESTERDAY, projected=True)], Due(YESTERDAY, YESTERDAY, False, False, 0)),
            ([DueTask(SOON, projected=True), DueTask(LATER)], Due(SOON, LATER, False, False, 0)),
            ([DueTask(YESTERDAY, NOW, projected=True)], Due(YESTERDAY, YESTERDAY, False, False, 0)),
        ],
    )
    def test_every_rule_of_10_3_4(self, tasks: list[DueTask], due: Due) -> None:
        assert due_fields(tasks, self.NOW) == due
