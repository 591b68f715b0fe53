"""Snippets as clients read them, who call them text templates (spec 30 §15)."""

import msgspec

from procession.templates.model import Snippet
from procession.wire.times import instant


class TextTemplate(msgspec.Struct, frozen=True, kw_only=True):
    """A snippet. `is_public`: also shown in public templates; guests see it wherever they see what it stands in."""

    id: str
    title: str
    content: str
    is_public: bool
    visible_to_guests: bool
    created_by: int | None
    created_at: str
    last_updated: str


def snippet(one: Snippet) -> TextTemplate:
    """The snippet object."""
    return TextTemplate(
        id=one.id,
        title=one.title,
        content=one.content,
        is_public=one.public,
        visible_to_guests=True,
        created_by=one.created_by,
        created_at=instant(one.created_at),
        last_updated=instant(one.updated_at),
    )
