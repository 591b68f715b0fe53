"""What became of each of several things (spec 20 §17)."""

import msgspec
from msgspec import UNSET, UnsetType

from procession.wire.task import Task


class ItemError(msgspec.Struct, frozen=True, kw_only=True):
    """Why one of them was refused: status, code and texts it would have been answered alone."""

    status: int
    code: str
    message: str
    errors: dict[str, list[str]] | UnsetType = UNSET


class TaskResult(msgspec.Struct, frozen=True, kw_only=True):
    """One task of several: as it is now, or why nothing was done to it."""

    id: str
    ok: bool
    task: Task | UnsetType = UNSET
    error: ItemError | UnsetType = UNSET
