"""Rules as they were sent: plain JSON values in the domain's words, UNSET where nothing was sent (spec 31 §2)."""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET, UnsetType


class ConditionDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A condition. `subject_kind`: `step`, `field` (of a step), `kickoff` (a field of the form), or what was sent."""

    id: str | None = None
    subject_kind: object = UNSET
    subject_id: object = UNSET
    operation: object = UNSET
    statement: object = UNSET
    join: object = UNSET
    position: object = UNSET
    column: object = UNSET


class ActionDraft(msgspec.Struct, frozen=True, kw_only=True):
    """An action. `source_kind`, `source_id`: where it takes a date or people from."""

    id: str | None = None
    kind: object = UNSET
    verb: object = UNSET
    step_id: object = UNSET
    position: object = UNSET
    source_kind: object = UNSET
    source_id: object = UNSET
    deadline: object = UNSET
    assignees: object = UNSET
    url: object = UNSET
    alias: object = UNSET


class RuleDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A rule. `name`, `position` ≥ 1 and the switches are read already; None in a list was no object.

    `join`: what joins conditions that do not say it themselves.
    """

    name: str | UnsetType = UNSET
    conditions: Sequence[ConditionDraft | None] | UnsetType = UNSET
    actions: Sequence[ActionDraft | None] | UnsetType = UNSET
    position: int | UnsetType = UNSET
    join: object = UNSET
    active: bool | UnsetType = UNSET
    reversible: bool | UnsetType = UNSET
