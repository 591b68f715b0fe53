"""Comments as clients read them (spec 20 §19.1)."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from procession.discussions.model import Comment, Reaction
from procession.engine.mentions import mentioned_members, with_names
from procession.people.model import Actor, Person
from procession.wire.file import Asset
from procession.wire.times import instant

_WORK = ("task", "process")


class ThreadAuthor(msgspec.Struct, frozen=True):
    """Who wrote a comment. `email` is null where the reader may not know it."""

    id: int | None
    full_name: str
    email: str | None
    profile_pic: str | None


class Thread(msgspec.Struct, frozen=True, kw_only=True):
    """A comment, a reported issue or its resolution. On templates it says which, and of a step which."""

    id: str
    content: str
    content_raw: str
    author_id: int | None
    author_type: str
    author: ThreadAuthor
    task_id: str | None
    run_id: str | None
    label: str
    state: str
    resolve_id: str | None
    sent_to: list[int]
    selected_text: str | None
    anchor: dict[str, Any] | None
    reactions: list[dict[str, Any]]
    assets: list[Asset]
    created_at: str
    updated_at: str
    archived_at: str | None
    checklist_id: str | UnsetType | None = UNSET
    step_id: str | UnsetType | None = UNSET


class ThreadsBeside(msgspec.Struct, frozen=True):
    """What is shown of comments that is not in their rows: people by id, reactions and files by comment."""

    persons: Mapping[int, Person]
    reactions: Mapping[str, Sequence[Reaction]]
    files: Mapping[str, Sequence[Asset]]


def people_in(found: Sequence[Comment]) -> set[int]:
    """The members whose names the comments show."""
    named = [one for comment in found for one in (comment.author, *comment.mentioned)]
    by_bot = {one for comment in found if comment.bot for one in mentioned_members(comment.content)}
    return {int(one[1:]) for one in named if one[0] == "u"} | by_bot


def thread(one: Comment, beside: ThreadsBeside, actor: Actor, home: str | None) -> Thread:
    """One comment, for this reader. `home`: the process or template it belongs to.

    Guests learn names, but nobody's address, and no numbers of members.
    """
    by_member = one.author[0] == "u" and not one.bot
    members = [int(who[1:]) for who in one.mentioned if who[0] == "u"]
    # The bot names people without telling them.
    shown = mentioned_members(one.content) if one.bot else members
    names = {who: beside.persons[who].full_name for who in shown if who in beside.persons}
    return Thread(
        id=one.id,
        content=with_names(one.content, names),
        content_raw=one.content,
        author_id=int(one.author[1:]) if by_member else None,
        author_type="bot" if one.bot else "user" if by_member else "guest",
        author=_author(one, beside, actor),
        task_id=one.subject_id if one.subject_kind == "task" else None,
        run_id=home if one.subject_kind in _WORK else None,
        label=one.label,
        state=one.state,
        resolve_id=one.resolve_id,
        sent_to=members,
        selected_text=one.selected_text,
        anchor=None,
        reactions=_reactions(beside.reactions.get(one.id, ())),
        assets=list(beside.files.get(one.id, ())),
        created_at=instant(one.created_at),
        updated_at=instant(one.updated_at),
        archived_at=None,
        checklist_id=UNSET if one.subject_kind in _WORK else home,
        step_id=one.subject_id if one.subject_kind == "step" else UNSET,
    )


def _author(one: Comment, beside: ThreadsBeside, actor: Actor) -> ThreadAuthor:
    if one.bot:
        return ThreadAuthor(None, "Procession Bot", None, None)
    stranger = actor.role == "guest" and one.author != actor.principal
    if one.author[0] == "e":
        address = one.author_address or ""
        return ThreadAuthor(
            None, address.partition("@")[0] if stranger else address, None if stranger else address, None
        )
    person = beside.persons.get(int(one.author[1:]))
    if person is None:
        return ThreadAuthor(int(one.author[1:]), "[DELETED MEMBER]", None, None)
    return ThreadAuthor(person.id, person.full_name, None if stranger else person.email, person.picture)


def _reactions(found: Sequence[Reaction]) -> list[dict[str, Any]]:
    who: dict[str, list[str]] = {}
    for one in found:
        who.setdefault(one.emoji, []).append(one.principal)
    return [
        {"emoji": emoji, "count": len(all_), "user_ids": [int(one[1:]) for one in all_ if one[0] == "u"]}
        for emoji, all_ in who.items()
    ]
