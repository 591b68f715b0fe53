"""Why somebody may see a process or an unlinked task: the reasons of an involvement (house plan §4)."""

from enum import IntEnum, IntFlag

import msgspec

from procession.engine.work import Assigned, Process, Task


class Reason(IntFlag):
    """Bits of an involvement row. Participants take part, viewers see (spec 10 §4.1)."""

    OWNER = 1
    STARTER = 2
    LISTED = 4
    ASSIGNED = 8
    ASSIGNED_BEFORE = 16
    MENTIONED = 32
    WATCHING = 64
    GRANTED = 128

    @classmethod
    def participates(cls) -> "Reason":
        """The reasons that make a participant."""
        return cls.OWNER | cls.STARTER | cls.LISTED | cls.ASSIGNED | cls.MENTIONED


class Clock(IntEnum):
    """What the clock makes of a task's deadline while the task is open (spec 20 §4.3)."""

    STILL = 0
    """Nothing: there is none, or it is only a projection."""
    RUNS = 1
    """Due soon, then overdue."""
    EXPIRES = 2
    """Due soon; then it expires and is never overdue."""


def clock_of(task: Task) -> Clock:
    """What the clock makes of this task's deadline."""
    if task.deadline is None or task.deadline_projected:
        return Clock.STILL
    return Clock.EXPIRES if task.kind == "expiring" else Clock.RUNS


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A task that the caller may see, locked when it is to be changed, with what access had to read anyway."""

    task: Task
    process: Process | None
    assigned: list[Assigned]
    own: bool
    """Whether the caller is assigned, directly or through a group."""


class HeldProcess(msgspec.Struct, frozen=True, kw_only=True):
    """A process that the caller may see, locked when it is to be changed."""

    process: Process
    reasons: int
