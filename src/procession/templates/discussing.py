"""Comments on templates and their steps: notes and suggestions of those who design them (spec 30 §19.1).

Whoever may read a template comments on it. They never carry over to processes (10 §12).
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from procession.discussions import comments, telling
from procession.discussions.model import Comment, Draft, NewComment, Said, Subject
from procession.engine.mentions import mentioned_members, with_mentions
from procession.engine.model import Problem, Step
from procession.files.keeping import delete_with
from procession.kernel.errors import Forbidden, NotFound
from procession.kernel.hourly import spend
from procession.kernel.unit import Event, Unit
from procession.people.model import Actor, member
from procession.people.organizations import note_discussion
from procession.people.permissions import allows
from procession.people.persons import first_active
from procession.templates import comment_files
from procession.templates.access import template_of_part, template_to_discuss
from procession.templates.model import Template
from procession.templates.steps import step_of
from procession.templates.versions import compiled


class Talk(msgspec.Struct, frozen=True):
    """What is talked about: a template, locked, or one of its steps."""

    template: Template
    step: Step | None = None

    @property
    def subject(self) -> Subject:
        return Subject("template", self.template.id) if self.step is None else Subject("step", self.step.id)


def talk_about(unit: Unit, actor: Actor, template_id: str, step_id: str | None = None) -> Talk:
    """The template or step that the caller may comment on: 404, 403 (spec 40 §15.2)."""
    template = template_to_discuss(unit, actor, template_id)
    if step_id is None:
        return Talk(template)
    return Talk(template, step_of(compiled(unit, template.version_id).document, step_id))


def comment_to_change(unit: Unit, actor: Actor, talk: Talk, comment_id: str) -> Comment:
    """A comment that the caller may change: his own, or any for administrators. 404, 403."""
    found = comments.find_comment(unit, talk.subject, comment_id)
    if found is None:
        raise NotFound
    if not allows(actor, "comment.change", {"author"} if found.author == actor.principal else ()):
        raise Forbidden("Only its author and administrators may change a comment.")
    return found


def say(
    unit: Unit, actor: Actor, talk: Talk, draft: Draft, problems: list[Problem]
) -> tuple[Said | None, list[Problem]]:
    """Comment; with any problem nothing is written. Nobody outside is made a guest: there is no task to give."""
    content = content_of(unit, draft)
    new = NewComment(
        content=content,
        label=draft.label or "comment",
        state=draft.state or "hide-for-guests",
        mentioned=_mentioned(unit, content),
        selected_text=draft.selected_text,
        created_at=draft.created_at,
    )
    author = draft.author or actor.principal
    earlier = comments.said_already(unit, talk.subject, author, new)
    if not problems and earlier is not None and comment_files.has_all(unit, earlier, draft):
        return Said(earlier, fresh=False), []
    named = comment_files.named_files(unit, actor, draft, None)
    if problems or named.problems:
        return None, [*problems, *named.problems]
    spend(unit, "comments")
    note_discussion(unit, actor.settings)
    comment = comments.add_comment(unit, talk.subject, author, None, new)
    comment_files.attach(unit, talk.subject, comment, named.fresh)
    verb = telling.verb_of(comment)
    _record(unit, talk, verb.replace("-", "_"), verb, new=telling.written(comment, imported=unit.imported))
    return Said(comment), []


def resolve(
    unit: Unit, actor: Actor, talk: Talk, thread_id: str | None, draft: Draft, problems: list[Problem]
) -> tuple[Said | None, list[Problem]]:
    """Resolve one issue, or all that are open; one that is resolved already answers its resolution (20 §19.4)."""
    earlier, waiting = comments.issues_to_resolve(unit, talk.subject, thread_id)
    if earlier is not None:
        return Said(earlier, fresh=False), []
    if not waiting:
        problems = [*problems, Problem(("thread_id",), comments.NO_ISSUE)]
    said, wrong = say(unit, actor, talk, msgspec.structs.replace(draft, label="resolve"), problems)
    if said is not None and said.fresh:
        comments.resolve(unit, waiting, said.comment)
    return said, wrong


def change(unit: Unit, actor: Actor, talk: Talk, comment: Comment, draft: Draft) -> tuple[Comment, Sequence[Problem]]:
    """Change a comment's text, state, label or files; only who is newly mentioned is told. An issue stays one.

    With any problem nothing is changed. Files that are not named any more are deleted.
    """
    named = comment_files.named_files(unit, actor, draft, comment)
    if named.problems:
        return comment, named.problems
    touched = comment_files.replace(unit, talk.subject, comment, draft, named)
    content = content_of(unit, draft)
    mentioned = list(_mentioned(unit, content))
    changes = {"content": content, "mentioned": mentioned, **telling.sorting(comment, draft)}
    changed = comments.change_comment(unit, comment, touched=touched, **changes)
    if changed.revision != comment.revision:
        _record(unit, talk, "comment_updated", "updated", **telling.rewritten(comment, changed))
    return changed, ()


def delete(unit: Unit, talk: Talk, comment: Comment) -> None:
    """Delete a comment for good, with its files."""
    delete_with(unit, [comment.id])
    comments.delete_comment(unit, comment)
    _record(unit, talk, "comment_deleted", "comment-deleted", old=telling.deleted(comment))


def suggest(unit: Unit, step_id: str, comment: Comment) -> None:
    """What was said of a running task as an improvement stands on the step of its template too (spec 20 §19.4)."""
    if template_of_part(unit, step_id) is None:
        return  # deleted for good meanwhile
    subject = Subject("step", step_id)
    new = NewComment(content=comment.content, label=comment.label, selected_text=comment.selected_text)
    copy = comments.add_comment(unit, subject, comment.author, comment.author_address, new)
    unit.record([_event(subject, "commented", "commented", new=telling.written(copy))])


def content_of(unit: Unit, draft: Draft) -> str:
    """The text, in front of it a mention of everybody it is sent to whom it does not mention yet."""
    return with_mentions(draft.content, first_active(unit, draft.sent_to)) if draft.sent_to else draft.content


def _mentioned(unit: Unit, content: str) -> tuple[str, ...]:
    return tuple(member(one) for one in first_active(unit, mentioned_members(content)))


def _record(unit: Unit, talk: Talk, what: str, verb: str, **more: Any) -> None:
    unit.record([_event(talk.subject, what, verb, **more)])


def _event(subject: Subject, what: str, verb: str, **more: Any) -> Event:
    return Event(
        kind=f"{subject.kind}.{what}",
        verb=verb,
        subject_kind=subject.kind,
        subject_id=subject.id,
        field="comment",
        **more,
    )
