"""What the rule engine needs to know of a process, and what it decides (spec 31 §5, §6, §8). Plain frozen data.

Tasks are named by the id of their step throughout: a process has at most one task per step.
Principals: `u1001` a member, `e4523` a guest.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec

from procession.engine.completion import Mark
from procession.engine.model import DeadlineRule, Notice, Owners, TaskKind, TaskStatus, WorkCalendar
from procession.engine.people import NOBODY, People
from procession.engine.rule import Verb

EventVerb = Literal["launched", "submitted", "completed", "reopened", "unassigned", "overdue"]

Aspect = Literal["visibility", "owners", "deadline", "status"]
"""What of a task a rule may change, in the words of `tasks_changed_by_rules` (spec 20 §12.6)."""

Reason = Literal[
    "no_task",  # the launcher left the step out, or it does not exist any more
    "completed",  # the target is completed: only reopening would act on it
    "archived",
    "manual",  # somebody hid or showed it by hand
    "already",  # it is so already
    "own_trigger",  # a task cannot be reopened by the pass that its own completion started
    "not_completed",
    "nobody",  # neither the field nor the action names somebody who may be assigned
    "full",  # `max_assignable` left no room for anybody new
    "no_anchor",  # the step has no due date, the field no date
]
"""Why an action did nothing."""


class Event(msgspec.Struct, frozen=True, omit_defaults=True):
    """What may make rules fire (spec 31 §6.1-6.3).

    `launched`: all tasks are made. `submitted`: the kick-off form was completed or submitted again; `fields` are those
    whose answer changed. `completed`, `reopened`, `unassigned` (the last owner left) and `overdue` name a `step`.
    """

    verb: EventVerb
    step: str | None = None
    fields: tuple[str, ...] = ()


LAUNCHED = Event("launched")


class RuleTask(msgspec.Struct, frozen=True, kw_only=True):
    """The task of one step, as far as rules look at it or change it. The members are those of `engine.work.Task`.

    `completed_at` is None unless the task is completed; a task completed before and open now has `reopened_at`.
    `dated_by_hand`: a person or a rule wrote the deadline, so that nothing recomputes it.
    """

    id: str
    step_id: str
    kind: TaskKind = "task"
    status: TaskStatus = "not-started"
    hidden_from: TaskStatus | None = None
    visibility_source: str | None = None
    approved: bool | None = None
    deadline: datetime | None = None
    deadline_rule: DeadlineRule | None = None
    deadline_projected: bool = False
    dated_by_hand: bool = False
    completed_at: datetime | None = None
    completed_by: str | None = None
    reopened_at: datetime | None = None
    owners: Owners = Owners()
    co_assignee: int | None = None
    everyone_must_complete: bool = False
    marks: tuple[Mark, ...] = ()
    max_assignable: int = 0
    guests_allowed: bool = True
    has_issue: bool = False
    archived: bool = False


class RulePeople(msgspec.Struct, frozen=True, kw_only=True):
    """What is known about the people whom rules may assign (`people_named` says whom to look up) or find assigned.

    `members_by_address`: active members by address, lower case. `group_people`: who is inside the groups.
    `guest_principals`: guests that exist, by address. `fallback`: active members in the order in which one joins
    guests who would be alone; empty when the organization switched that off (spec 20 §6.3).
    """

    people: People = NOBODY
    members_by_address: Mapping[str, int] = {}
    group_people: Mapping[str, Owners] = {}
    guest_principals: Mapping[str, str] = {}
    fallback: tuple[int, ...] = ()


class RuleMemory(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a process remembers of one rule (spec 31 §6.4).

    `met` and `held`: each condition and the whole at the last evaluation. `cause`: the event that made it fire last.
    `dues`: for rules with `deadline_overdue`, the due dates of the steps it watches when it fired.
    """

    spent: bool = False
    fired_at: datetime | None = None
    cause: Event | None = None
    held: bool | None = None
    met: tuple[bool, ...] = ()
    dues: dict[str, datetime] = {}


class Undo(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One change that is taken back when the task of `cause`, whose completion brought it, is reopened.

    `shown`: the visibility it made. `due` and `due_before`, `by_hand_before`, `projected_before`: the deadline it set
    and what was there. `owners` after it, of whom it `added` some.
    """

    rule: str
    cause: str
    step: str
    aspect: Literal["visibility", "owners", "deadline"]
    shown: bool = False
    due: datetime | None = None
    due_before: datetime | None = None
    by_hand_before: bool = False
    projected_before: bool = False
    owners: Owners = Owners()
    added: Owners = Owners()


class Memory(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a process remembers of its rules, kept whole as JSON: by rule id, and what could be taken back, in order."""

    rules: dict[str, RuleMemory] = {}
    undo: tuple[Undo, ...] = ()


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """A process at the moment of an event, with the event's own change already in it (a completed task is completed).

    `tasks` by step id: all of them, hidden and completed ones too. `answers` by field id, of the kick-off form and of
    all tasks, as stored. `started_at`: the launch of the process.
    """

    now: datetime
    started_at: datetime
    tasks: Mapping[str, RuleTask]
    answers: Mapping[str, Any] = {}
    calendar: WorkCalendar = WorkCalendar()
    people: RulePeople = RulePeople()
    memory: Memory = Memory()


class Finding(msgspec.Struct, frozen=True):
    """One condition as it was found. `value`: what it was decided by, in short: text, texts, or a task's state."""

    condition: str
    met: bool
    value: str | tuple[str, ...] | None = None


class Evaluation(msgspec.Struct, frozen=True):
    """One rule looked at. `number` counts the passes of the outer event from 1 (its own), `depth` their generations."""

    number: int
    depth: int
    event: Event
    rule: str
    fired: bool
    findings: tuple[Finding, ...]


class Performed(msgspec.Struct, frozen=True, kw_only=True):
    """What one action came to. `reason`: why it did nothing. `dropped`: whom an assignment had to leave out."""

    action: str
    verb: Verb
    step: str | None
    reason: Reason | None = None
    dropped: Owners = Owners()


class VisibilityEffect(msgspec.Struct, frozen=True, tag="visibility"):
    """A task was shown or hidden."""

    rule: str
    step: str
    visible: bool
    before: TaskStatus
    after: TaskStatus


class OwnersEffect(msgspec.Struct, frozen=True, tag="owners"):
    """A task's owners changed. New guests are made when this is written."""

    rule: str
    step: str
    before: Owners
    after: Owners
    co_assignee: int | None
    added: Owners
    removed: Owners


class DeadlineEffect(msgspec.Struct, frozen=True, tag="deadline"):
    """A task's deadline was set by a rule, or (`followed`) moved because that of another task did."""

    rule: str
    step: str
    before: datetime | None
    after: datetime | None
    followed: bool = False


class ReopenEffect(msgspec.Struct, frozen=True, tag="reopen"):
    """A task was reopened: what its completion set is cleared, all its marks go (spec 31 §5.4, 20 §13)."""

    rule: str
    step: str


class CompleteEffect(msgspec.Struct, frozen=True, tag="complete"):
    """A task was completed because a rule took away the last person it waited for (spec 31 §5.1)."""

    rule: str
    step: str
    at: datetime
    by: str | None
    approved: bool | None


class WebhookEffect(msgspec.Struct, frozen=True, tag="webhook"):
    """A URL is to be called after the commit (spec 31 §5.5). `trigger`: the step whose event it was; None at launch."""

    rule: str
    action: str
    url: str
    hook: str
    trigger: str | None


Effect = VisibilityEffect | OwnersEffect | DeadlineEffect | ReopenEffect | CompleteEffect | WebhookEffect


class Execution(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the process' feed (spec 31 §8.1): a rule that fired, or was taken back (`reversed`).

    `effects` are its own, those that followed from them included. `failed` is the text of an `execution_fail`; then
    `rule` is None and nothing was done.
    """

    event: Event
    rule: str | None = None
    name: str = ""
    findings: tuple[Finding, ...] = ()
    actions: tuple[Performed, ...] = ()
    effects: tuple[Effect, ...] = ()
    reversed: bool = False
    failed: str | None = None


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What an event came to.

    `situation`: everything as it is now; of its tasks those in `changed` differ (aspects in the order of `Aspect`), and
    its `memory` is to be kept when `remembers`. At launch `changed` leaves out what was hidden from the start, which
    nobody is told. `effects` in the order in which they happened, `evaluations` of every rule looked at, `executions`
    of those that fired. `warnings`: code and id of the action or rule; `stopped`: the guard ended a loop (§6.5).
    """

    situation: Situation
    effects: tuple[Effect, ...] = ()
    evaluations: tuple[Evaluation, ...] = ()
    executions: tuple[Execution, ...] = ()
    warnings: tuple[Notice, ...] = ()
    changed: Mapping[str, tuple[Aspect, ...]] = {}
    remembers: bool = False
    stopped: bool = False
