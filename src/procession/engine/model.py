"""What the engine decides about: fields, steps, templates, tasks, people. Plain frozen data.

Words are the domain's (template, step, field, process, task, answer, member, guest); `wire/` translates them.
"""

from collections.abc import Container
from datetime import date, datetime
from typing import Any, Literal

import msgspec

from procession.engine.rule import Rule

FieldKind = Literal[
    "text", "textarea", "email", "radio", "dropdown", "multiselect", "date", "file", "table", "assignees_form"
]
TaskKind = Literal["task", "approval", "expiring", "email", "expiring_email"]
OffsetUnit = Literal["minutes", "hours", "days", "weeks", "months"]
TaskStatus = Literal["not-started", "active", "in-progress", "completed", "auto-skipped"]

LAUNCH = "start_run"
"""The anchor of a deadline that counts from the launch of the process (spec 30 §8.3)."""


class Problem(msgspec.Struct, frozen=True):
    """One thing wrong with the input: a path in the engine's own words, and a text for people."""

    path: tuple[str, ...]
    text: str


class Notice(msgspec.Struct, frozen=True):
    """Something dropped or odd that does not stop the call (spec 00 PUT-07)."""

    code: str
    key: str


class Refused(Exception):
    """A state rule ends the matter whatever the body says (spec 00 ERR-03): a code and a text."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


class Option(msgspec.Struct, frozen=True, omit_defaults=True):
    """One option of a choice field. `id` is unique within the field, from 1."""

    id: int
    text: str
    value: Any = None
    required: bool | None = None
    selected: bool | None = None
    description: str | None = None


class Column(msgspec.Struct, frozen=True):
    """One column of a table field."""

    id: int
    label: str


class Field(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A form field: of a step, of a kick-off form or of a one-off task (spec 30 §11.2)."""

    id: str
    label: str
    kind: FieldKind
    alias: str
    position: int = 1
    required: bool = False
    guidance: str | None = None
    options: tuple[Option, ...] = ()
    columns: tuple[Column, ...] = ()
    validations: tuple[str, ...] = ()
    collect_time: bool = False
    rich: bool = False
    prefix: str | None = None
    suffix: str | None = None
    settings: dict[str, Any] = {}
    list: dict[str, Any] | None = None
    default_enabled: bool = False
    default: Any = None
    hide_label: bool = False
    number: int = 0
    created_at: datetime | None = None
    updated_at: datetime | None = None
    revision: int = 1


class Offset(msgspec.Struct, frozen=True):
    """A span of calendar time: `value` ≥ 0 in `unit`s."""

    value: int
    unit: OffsetUnit


class DeadlineRule(msgspec.Struct, frozen=True):
    """When a step is due: `offset` after (`from`) or before (`prior_to`) its anchor, `LAUNCH` or a step id."""

    value: int
    unit: OffsetUnit
    option: Literal["from", "prior_to"]
    step: str | None


class Step(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A unit of a template; becomes one task of every process (spec 30 §8.1)."""

    id: str
    title: str
    alias: str
    position: int
    kind: TaskKind = "task"
    summary: str | None = None
    members: tuple[int, ...] = ()
    guests: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    role_changes_every_time: bool = False
    assign_starter: bool = True
    guests_allowed: bool = True
    max_assignable: int = 0
    everyone_must_complete: bool = False
    only_assignees_complete: bool = False
    guests_may_not_comment: bool = False
    mandatory: bool = False
    deadline: DeadlineRule | None = None
    start: Offset | None = None
    soft_start: bool = True
    webhook: str | None = None
    launches: dict[str, Any] | None = None
    stage_id: str | None = None
    confidential: bool = False
    chromeless: bool = False
    hidden_by_default: bool = False
    extra: dict[str, Any] = {}
    fields: tuple[Field, ...] = ()
    created_at: datetime | None = None
    updated_at: datetime | None = None
    revision: int = 1


class Stage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A milestone: a titled group of steps (spec 30 §7). The steps name it, it does not name them."""

    id: str
    title: str
    position: int
    created_at: datetime | None = None
    updated_at: datetime | None = None
    revision: int = 1


class TemplateDocument(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One version of a template, read and written whole."""

    title: str
    kind: Literal["procedure", "form", "document"]
    kickoff: tuple[Field, ...] = ()
    steps: tuple[Step, ...] = ()
    stages: tuple[Stage, ...] = ()
    rules: tuple[Rule, ...] = ()
    content: str | None = None


class WorkDay(msgspec.Struct, frozen=True):
    """One weekday of an organization. `start` and `end` are minutes of the day (0..1440); both None: all hours."""

    working: bool = True
    start: int | None = None
    end: int | None = None


class WorkCalendar(msgspec.Struct, frozen=True):
    """An organization's working time: zone (IANA name or +HH:MM), Monday..Sunday, closed days (spec 20 §5.2).

    `closed` is asked for one day at a time, so it may stand for the holidays of all years.
    """

    zone: str = "UTC"
    days: tuple[WorkDay, WorkDay, WorkDay, WorkDay, WorkDay, WorkDay, WorkDay] = (WorkDay(),) * 7
    closed: Container[date] | None = None
    keeps_time: bool = False


class Owners(msgspec.Struct, frozen=True):
    """Who a task is given to, in order of assignment: member ids, guest addresses (lower case), group ids."""

    members: tuple[int, ...] = ()
    guests: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
