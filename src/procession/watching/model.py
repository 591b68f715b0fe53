"""Watchers: who wants to hear of what, how and how often (spec 41 §12.1)."""

from datetime import datetime
from typing import Literal

import msgspec

Kind = Literal["organization", "template", "process", "task", "member"]
Channel = Literal["email", "webhook", "in_app", "none"]
Frequency = Literal["electric", "mindful", "chilled"]
"""At once, every three hours, daily."""
Source = Literal["star", "manual", "template_default"]

USUAL: Frequency = "mindful"
FOR_GUESTS: Frequency = "chilled"
URL_LIMIT = 2048


class Watcher(msgspec.Struct, frozen=True):
    """Somebody who watches something. `url` is set for webhooks alone; `object_id` of a member is his number."""

    id: int
    kind: Kind
    object_id: str
    principal: str
    channel: Channel
    frequency: Frequency
    url: str | None
    added_by: str
    source: Source
    last_sent_at: datetime | None
    created_at: datetime


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be watched, and how."""

    kind: Kind
    object_id: str
    channel: Channel = "email"
    frequency: Frequency = USUAL
    url: str | None = None


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """Which watchers a list shows; None does not narrow. `principal`: his alone."""

    principal: str | None = None
    channel: Channel | None = None
    kind: Kind | None = None
    object_id: str | None = None


class Star(msgspec.Struct, frozen=True):
    """A favourite. `kind` is template or process."""

    kind: Kind
    subject_id: str


def usual_frequency(principal: str) -> Frequency:
    """How often somebody hears who did not say: guests daily, members every three hours (spec 41 §12.4)."""
    return FOR_GUESTS if principal[0] == "e" else USUAL
