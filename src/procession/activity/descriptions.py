"""What an entry says in words."""

import re
from collections.abc import Mapping
from typing import Any

from procession.activity.model import Feed, Happened

NOUNS = {
    "process": "process",
    "task": "task",
    "template": "template",
    "step": "step",
    "group": "group",
    "tag": "tag",
    "folder": "folder",
    "job_title": "job title",
    "snippet": "snippet",
    "guest": "guest",
    "member": "member",
    "organization": "organization",
    "comment": "comment",
    "file": "file",
    "custom_key": "custom field",
    "list": "list",
}
_VERBS = {
    "created": "{thing} was created",
    "updated": "{thing}: {field} changed",
    "owners-updated": "The people of {thing} were changed",
    "re-ordered": "{thing} was moved",
    "completed": "{thing} was completed",
    "uncompleted": "{thing} is not complete any more",
    "re-opened": "{thing} was reopened",
    "archived": "{thing} was archived",
    "unarchived": "{thing} was restored",
    "deleted": "{thing} was deleted",
    "linked": "{thing} was added to the process",
    "unlinked": "{thing} was taken out of the process",
    "enabled": "{thing} was enabled",
    "disabled": "{thing} was disabled",
    "invited": "{thing} was invited",
    "invite-accepted": "{thing} accepted the invitation",
    "uploaded": "{thing} was uploaded",
    "commented": "A comment was written on {thing}",
    "comment-deleted": "A comment on {thing} was deleted",
    "issue-reported": "An issue was reported on {thing}",
    "issue-resolved": "An issue on {thing} was resolved",
    "emitted": "A message about {thing} was sent",
    "executed": "A rule of {thing} was carried out",
    "execution_fail": "A rule of {thing} failed",
}
_OUTCOMES = {
    ("approval", True): "approved",
    ("approval", False): "rejected",
    ("expiring", True): "acknowledged",
    ("expiring", False): "expired",
    ("email", None): "sent",
    ("expiring_email", True): "sent",
    ("expiring_email", False): "sent",
}
_RULES = {
    "rule.created": "created",
    "rule.updated": "changed",
    "rule.deleted": "deleted",
    "rule.moved": "moved",
}
_SWITCHED = {"enabled": "made public", "disabled": "no longer public"}


def describe(entry: Happened, feed: Feed) -> str:
    """One sentence, without who did it."""
    thing = _thing(entry, feed)
    said = _special(entry, feed, thing)
    if said is None:
        pattern = _VERBS.get(entry.verb, "{thing}: " + entry.verb)
        if entry.verb == "updated" and entry.field is None:
            pattern = "{thing} was changed"
        said = pattern.format(thing=thing, field=_words(entry.field or ""))
    return said[:1].upper() + said[1:]


def verbs_saying(text: str) -> list[str]:
    """The verbs whose sentence holds this text, whatever the case."""
    wanted = text.casefold()
    return [verb for verb, said in _VERBS.items() if wanted in re.sub(r"{\w+}", " ", said).casefold()]


def _thing(entry: Happened, feed: Feed) -> str:
    noun = NOUNS.get(entry.subject_kind, entry.subject_kind)
    name = name_of(entry, feed)
    return f"{noun} “{name}”" if name else f"the {noun}"


def name_of(entry: Happened, feed: Feed) -> str | None:
    """How the subject is called now, or was when it was deleted."""
    thing = feed.things.get((entry.subject_kind, entry.subject_id))
    if thing is not None and thing.name:
        return thing.name
    return snapshot_name(feed.gone.get((entry.subject_kind, entry.subject_id))) or snapshot_name(entry.new or entry.old)


def snapshot_name(state: Any) -> str | None:
    """The name in a snapshot: of a task, a process with its tasks, a label."""
    if not isinstance(state, Mapping):
        return None
    inner = state.get("process", state.get("task", state))
    found = (
        inner.get("name", inner.get("title", inner.get("email", inner.get("filename"))))
        if isinstance(inner, Mapping)
        else None
    )
    return found if isinstance(found, str) else None


def _special(entry: Happened, feed: Feed, thing: str) -> str | None:
    """Verbs whose meaning hangs on what they are about."""
    if entry.kind == "process.created":
        via = entry.new.get("process", {}).get("origin", {}).get("via") if isinstance(entry.new, Mapping) else None
        return f"{thing} was launched" + (f" by {via}" if via else "")
    if entry.verb == "completed" and entry.field == "prerun":
        return f"the kick-off form of {thing} was completed"
    if entry.verb == "re-opened" and entry.field == "prerun":
        return f"the kick-off form of {thing} was reopened"
    if entry.kind == "task.marked":
        return f"a part of {thing} was completed"
    if entry.verb == "completed" and entry.subject_kind == "task":
        return f"{thing} was {_outcome(entry, feed)}"
    if entry.subject_kind == "process" and entry.field == "is_public" and entry.verb in _SWITCHED:
        return f"{thing} was {_SWITCHED[entry.verb]}" if entry.verb == "enabled" else f"{thing} is no longer public"
    if entry.field == "rules" and entry.kind in _RULES:
        return _rule(entry, thing)
    if entry.kind == "template.library_refused" and isinstance(entry.new, Mapping):
        why = entry.new.get("reason")
        return f"{thing} was taken out of the public library" + (f": {why}" if why else "")
    if entry.subject_kind == "template" and entry.field == "approved":
        return f"{thing} " + ("was let into the public library" if entry.new else "is proposed to the library no more")
    if entry.kind == "task.surplus" and isinstance(entry.new, Mapping):
        return f"{thing} was given to {entry.new.get('people')} people; its step allows {entry.new.get('allowed')}"
    if entry.kind == "task.launched":
        inside = isinstance(entry.new, Mapping) and entry.new.get("injected")
        return f"{thing} " + ("brought tasks into the process" if inside else "launched a process")
    if entry.kind == "task.launch_skipped":
        return f"{thing} launched nothing: {entry.new}"
    if entry.kind == "file.downloaded":
        return f"file downloaded: {name_of(entry, feed) or ''}".rstrip(" :")
    if entry.kind == "process.exported":
        return f"{thing} was exported"
    if entry.kind == "process.injected":
        return f"tasks of another template were added to {thing}"
    if entry.kind in ("rule.executed", "rule.failed") and isinstance(entry.new, Mapping):
        return _ran(entry.new)
    if entry.kind == "task.reminded":
        return f"a reminder of {thing} was sent"
    if entry.kind == "task.moved" and isinstance(entry.new, int):
        return f"{thing} was moved to place {entry.new}"
    return None


def _ran(told: Mapping[str, Any]) -> str:
    """What a rule did in a process (spec 31 §8.1)."""
    named = f"the rule “{told['name']}”" if told["rule"] is not None else "the rules"
    if told["failed"] is not None:
        return f"{named} stopped: {told['failed']}"
    return f"{named} was taken back" if told["reversed"] else f"{named} was carried out"


def _rule(entry: Happened, thing: str) -> str | None:
    """A rule of a template by its name, with what it says in the words that held then (spec 31 §8.1)."""
    state = entry.new or entry.old
    if not isinstance(state, Mapping):
        return None
    rule = state.get("rule")
    name = rule.get("name") if isinstance(rule, Mapping) else state.get("text")
    said = f": {state.get('text')}" if isinstance(rule, Mapping) else ""
    return f"the rule “{name}” of {thing} was {_RULES[entry.kind]}{said}"


def _outcome(entry: Happened, feed: Feed) -> str:
    thing = feed.things.get(("task", entry.subject_id))
    approved = entry.new.get("approved") if isinstance(entry.new, Mapping) else None
    return _OUTCOMES.get((thing.variety if thing and thing.variety else "task", approved), "completed")


def _words(field: str) -> str:
    """A field's own name, or the words of a member."""
    return field.replace("_", " ") if field.islower() and field.isascii() else f"“{field}”"
