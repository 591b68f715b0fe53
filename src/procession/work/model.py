"""Why somebody may see a process or an unlinked task: the reasons of an involvement (house plan §4)."""

from enum import IntFlag

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
