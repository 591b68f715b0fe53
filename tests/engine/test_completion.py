"""Completing and reopening a task (20 §12, §13; 00 §14 GUARD)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from procession.engine.completion import (
    Completion,
    CompletionDecision,
    CompletionTask,
    Mark,
    ReopenDecision,
    complete,
    completed_by_guest,
    completion_progress,
    reopen,
    settle,
)
from procession.engine.model import Problem, Refused

NOW = datetime(2026, 2, 20, 12, tzinfo=UTC)
ANN, BEN, EVE, BOSS = "u1001", "u1002", "e4523", "u1"
ALL = frozenset({ANN, BEN, EVE})
MISSING = Problem(("answers", "f1"), "Name is required")
EARLIER = NOW - timedelta(hours=1)


def _task(**state: Any) -> CompletionTask:
    return CompletionTask(**{"id": "t4", "status": "active", **state})


def _everyone(*marked: str, **state: Any) -> CompletionTask:
    return _task(everyone_must_complete=True, marks=tuple(Mark(who, EARLIER) for who in marked), **state)


def _done(**state: Any) -> CompletionTask:
    return _task(**{"status": "completed", "completed_at": NOW, "completed_by": ANN, "completed_actor": ANN, **state})


def _complete(task: CompletionTask, actor: str = ANN, **asked: Any) -> CompletionDecision:
    return complete(task, Completion(actor=actor, **asked), ALL, NOW)


@pytest.mark.parametrize(
    ("kind", "approved", "result"),
    [
        ("task", None, None),
        ("task", False, None),
        ("approval", True, True),
        ("approval", False, False),
        ("expiring", None, True),
        ("expiring", False, True),
        ("email", None, None),
        ("expiring_email", False, True),
    ],
)
def test_one_completion_completes_for_all(kind: Any, approved: bool | None, result: bool | None) -> None:
    """20 §12.1, §12.4: the decision counts on approvals only."""
    assert _complete(_task(kind=kind), approved=approved) == CompletionDecision(
        completes=True, status="completed", completed_at=NOW, completed_by=ANN, approved=result
    )


def test_somebody_else_may_be_recorded() -> None:
    assert _complete(_task(), BOSS, admin=True, override=ANN).completed_by == ANN


_EVERYTHING_WRONG = {
    "process_archived": False, "archived": True, "process_issue": True, "status": "auto-skipped", "has_issue": True,
    "kind": "approval",
}  # fmt: skip


@pytest.mark.parametrize(
    ("mended", "code", "text"),
    [
        ({"status": "completed"}, "TASK_ALREADY_COMPLETED", "This task is already completed."),
        (
            {"everyone_must_complete": True, "marks": (Mark(ANN, EARLIER),)},
            "VALIDATION_FAILED",
            "You have already completed your part of this task.",
        ),
        ({}, "TASK_ARCHIVED", "Archived tasks can't be updated. Restore it first."),
        ({"process_archived": True}, "RUN_ARCHIVED", "Archived tasks can't be updated. Restore it first."),
        ({"archived": False}, "PROCESS_HAS_OPEN_ISSUE", "This process has an open issue. Resolve it first."),
        ({"archived": False, "process_issue": False}, "TASK_HIDDEN", "Hidden tasks can't be completed."),
        (
            {"archived": False, "process_issue": False, "status": "active"},
            "TASK_HAS_ISSUES",
            "Resolve the reported issues before completing this task.",
        ),
    ],
)
def test_refusals_in_order(mended: dict[str, Any], code: str, text: str) -> None:
    """20 §12.2: the first failing group answers."""
    with pytest.raises(Refused) as refused:
        _complete(_task(**_EVERYTHING_WRONG | mended), problems=[MISSING])
    assert (refused.value.code, refused.value.text) == (code, text)


def test_the_decision_is_asked_for_before_the_form() -> None:
    """20 §12.2, 6 and 7; a rejection needs the form as well."""
    task = _task(kind="approval", status="in-progress")
    asked = _complete(task, problems=[MISSING])
    assert asked.problems == (Problem(("approved",), "The is approved field is required."),)
    assert (asked.code, asked.completes, asked.status) == ("VALIDATION_FAILED", False, "in-progress")
    rejected = _complete(task, approved=False, problems=[MISSING])
    assert (rejected.problems, rejected.code, rejected.mark) == ((MISSING,), "REQUIRED_FIELDS_MISSING", None)


@pytest.mark.parametrize(
    ("state", "actor", "asked", "after", "repeated"),
    [
        ({}, ANN, {}, 120, True),
        ({}, ANN, {}, 121, False),
        ({}, ANN, {}, -120, True),
        ({}, ANN, {}, -121, False),
        ({}, BEN, {}, 1, False),
        ({"completed_at": None}, ANN, {}, 1, False),
        ({"completed_actor": BOSS}, BOSS, {"override": ANN}, 1, True),
        ({"completed_actor": BOSS}, BOSS, {}, 1, False),
        ({"kind": "approval", "approved": True}, ANN, {"approved": True}, 1, True),
        ({"kind": "approval", "approved": True}, ANN, {"approved": False}, 1, False),
        ({"kind": "approval", "approved": False, "marks": (Mark(ANN, NOW, True), Mark(BEN, NOW, False))}, ANN,
         {"approved": True}, 1, True),
    ],
)  # fmt: skip
def test_a_repetition_is_answered_as_before(
    state: dict[str, Any], actor: str, asked: dict[str, Any], after: int, repeated: bool
) -> None:
    """00 §14 GUARD: same caller, same decision, within 120 s."""
    task, later = _done(**state), NOW + timedelta(seconds=after)
    if repeated:
        decision = complete(task, Completion(actor=actor, **asked), ALL, later)
        assert (decision.repeated, decision.completes, decision.completed_at) == (True, False, task.completed_at)
    else:
        with pytest.raises(Refused, match=r"This task is already completed\."):
            complete(task, Completion(actor=actor, **asked), ALL, later)


def test_everyone_marks_a_part_and_the_last_completes() -> None:
    """20 §12.4."""
    first = _complete(_everyone())
    assert first == CompletionDecision(completes=False, status="in-progress", mark=Mark(ANN, NOW))
    last = _complete(_everyone(BEN, EVE))
    assert last == CompletionDecision(
        completes=True, status="completed", mark=Mark(ANN, NOW), completed_at=NOW, completed_by=ANN
    )


def test_marks_of_people_who_left_do_not_count() -> None:
    assert not _complete(_everyone(BEN, "u5")).completes
    assert _complete(_everyone(BEN, EVE, "u5")).completes


def test_a_co_assignee_marks_without_counting() -> None:
    """20 §6.3: he may complete, being an assignee, but nobody waits for him and he is not everybody."""
    decision = _complete(_everyone(), "u7")
    assert (decision.completes, decision.mark) == (False, Mark("u7", NOW))


def test_administrators_and_everyone() -> None:
    """20 §12.4: outside, for everybody; inside, his own part unless he forces it."""
    outside = _complete(_everyone(BEN), BOSS, admin=True)
    assert (outside.completes, outside.completed_by, outside.mark) == (True, BOSS, None)
    inside = _complete(_everyone(BEN), ANN, admin=True)
    assert (inside.completes, inside.mark) == (False, Mark(ANN, NOW))
    forced = _complete(_everyone(BEN), ANN, admin=True, force=True)
    assert (forced.completes, forced.mark) == (True, Mark(ANN, NOW))
    again = _complete(_everyone(ANN), ANN, admin=True, force=True)
    assert (again.completes, again.mark) == (True, None)
    assert not _complete(_everyone(), ANN, force=True).completes
    named = _complete(_everyone(), BOSS, admin=True, override=BEN)
    assert (named.completes, named.mark) == (False, Mark(BEN, NOW))


@pytest.mark.parametrize("kind", ["expiring", "email", "expiring_email"])
def test_everyone_applies_to_tasks_and_approvals_only(kind: Any) -> None:
    assert _complete(_everyone(kind=kind)).completes


def test_nobody_required_is_the_default() -> None:
    decision = complete(_everyone(), Completion(actor=ANN), frozenset(), NOW)
    assert (decision.completes, decision.mark) == (True, None)


@pytest.mark.parametrize(("others", "own", "result"), [(True, True, True), (False, True, False), (True, False, False)])
def test_an_approval_of_many_needs_every_vote(others: bool, own: bool, result: bool) -> None:
    """20 §12.4: open until all have voted."""
    marks = (Mark(BEN, EARLIER, others), Mark(EVE, EARLIER, True))
    task = _task(kind="approval", everyone_must_complete=True, marks=marks)
    decision = _complete(task, approved=own)
    assert (decision.approved, decision.mark) == (result, Mark(ANN, NOW, own))
    waiting = complete(task, Completion(actor=ANN, approved=own), ALL | {"u9"}, NOW)
    assert (waiting.completes, waiting.approved) == (False, None)


def test_settle_when_the_last_missing_person_is_taken_off() -> None:
    """20 §6.4."""
    task = _task(everyone_must_complete=True, marks=(Mark(BEN, NOW), Mark(ANN, EARLIER)))
    assert settle(task, ALL, NOW) is None
    assert settle(task, frozenset(), NOW) is None
    settled = settle(task, frozenset({ANN, BEN}), NOW)
    assert settled == CompletionDecision(completes=True, status="completed", completed_at=NOW, completed_by=BEN)


@pytest.mark.parametrize(
    "state",
    [
        {"status": "completed"},
        {"status": "auto-skipped"},
        {"has_issue": True},
        {"kind": "email"},
        {"everyone_must_complete": False},
    ],
)
def test_nothing_settles_by_itself_otherwise(state: dict[str, Any]) -> None:
    task = _task(**{"everyone_must_complete": True, "marks": (Mark(ANN, EARLIER),), **state})
    assert settle(task, frozenset({ANN}), NOW) is None


def test_reopen_clears_all_marks() -> None:
    """20 §13, rule 2."""
    assert reopen(_done(), ANN, False, NOW) == ReopenDecision(reopens=True)
    marked = _done(marks=(Mark(ANN, EARLIER), Mark(EVE, EARLIER)))
    assert reopen(marked, BEN, False, NOW) == ReopenDecision(reopens=True, withdrawn=(ANN, EVE))


@pytest.mark.parametrize(
    ("task", "code"),
    [
        (_task(), "TASK_NOT_COMPLETED"),
        (_task(archived=True), "TASK_NOT_COMPLETED"),
        (_task(marks=(Mark(ANN, EARLIER),)), "TASK_NOT_COMPLETED"),
        (_everyone(BEN), "TASK_NOT_COMPLETED"),
        (_done(archived=True), "TASK_ARCHIVED"),
        (_done(archived=True, process_archived=True), "RUN_ARCHIVED"),
        (_done(process_issue=True), "PROCESS_HAS_OPEN_ISSUE"),
        (_everyone(ANN, archived=True), "TASK_ARCHIVED"),
    ],
)
def test_reopen_refusals(task: CompletionTask, code: str) -> None:
    with pytest.raises(Refused) as refused:
        reopen(task, ANN, False, NOW)
    assert refused.value.code == code


def test_own_mark_is_withdrawn_and_all_by_an_administrator() -> None:
    """20 §13: on a task that everyone must complete and not everyone has."""
    task = _everyone(ANN, BEN)
    assert reopen(task, ANN, False, NOW) == ReopenDecision(reopens=False, withdrawn=(ANN,))
    assert reopen(task, BOSS, True, NOW) == ReopenDecision(reopens=False, withdrawn=(ANN, BEN))
    hidden = _everyone(ANN, status="auto-skipped")
    assert reopen(hidden, ANN, False, NOW).status == "auto-skipped"


@pytest.mark.parametrize(("who", "seconds", "repeated"), [(ANN, 120, True), (ANN, 121, False), (BEN, 1, False)])
def test_a_repeated_reopening_is_answered_as_before(who: str, seconds: int, repeated: bool) -> None:
    task = _task(status="in-progress", reopened_at=NOW, reopened_by=ANN)
    later = NOW + timedelta(seconds=seconds)
    if repeated:
        assert reopen(task, who, False, later) == ReopenDecision(reopens=False, repeated=True)
    else:
        with pytest.raises(Refused, match=r"This task is not completed\."):
            reopen(task, who, False, later)


def test_a_mark_made_after_the_own_reopening_can_be_withdrawn() -> None:
    task = _everyone(ANN, BEN, status="in-progress", reopened_at=NOW, reopened_by=ANN)
    assert reopen(task, ANN, False, NOW).withdrawn == (ANN,)
    other = _everyone(BEN, status="in-progress", reopened_at=NOW, reopened_by=BOSS)
    assert reopen(other, BOSS, True, NOW).repeated


def test_completed_by_guest() -> None:
    assert completed_by_guest(_done(completed_by=EVE))
    assert not completed_by_guest(_done())
    assert not completed_by_guest(_task())


def test_completion_progress() -> None:
    assert completion_progress((), frozenset()) == 0
    assert completion_progress((Mark(ANN, NOW), Mark("u9", NOW)), ALL) == 33.33
    assert completion_progress(tuple(Mark(who, NOW) for who in ALL), ALL) == 100
