"""Comments as answers show them: one batch, whatever the number of tasks or processes (spec 20 §3.2, §19)."""

from collections.abc import Iterable, Mapping, Sequence

from procession.api.endpoint import Call
from procession.api.file_words import shown
from procession.discussions.comments import comments_of, counts_of, reactions_to
from procession.discussions.model import Comment
from procession.files.reading import files_of_subjects
from procession.people.persons import persons
from procession.wire.thread import Thread, ThreadsBeside, people_in, thread


def seen(call: Call, found: Iterable[Comment]) -> list[Comment]:
    """Those that the caller sees: a guest what is open to him, what he wrote, what mentions him."""
    if call.actor.role != "guest":
        return list(found)
    return [one for one in found if one.seen_by_guest(call.actor.principal)]


def show(call: Call, found: Sequence[Comment], homes: Mapping[str, str | None]) -> list[Thread]:
    """The comments as they are read; `homes`: the process or template of each subject."""
    ids = [one.id for one in found]
    files = {
        one: [shown(call, file) for file in own] for one, own in files_of_subjects(call.unit, "thread", ids).items()
    }
    beside = ThreadsBeside(persons(call.unit, people_in(found)), reactions_to(call.unit, ids), files)
    return [thread(one, beside, call.actor, homes.get(one.subject_id)) for one in found]


def threads_on(call: Call, homes: Mapping[str, str | None]) -> dict[str, list[Thread]]:
    """The comments on each subject (`homes`: its process or template), oldest first; no query before the first ever."""
    out: dict[str, list[Thread]] = {one: [] for one in homes}
    if not call.actor.settings.discusses:
        return out
    found = comments_of(call.unit, homes)
    every = [one for comments in found.values() for one in seen(call, comments)]
    for comment, thread_ in zip(every, show(call, every, homes), strict=True):
        out[comment.subject_id].append(thread_)
    return out


def counts_on(call: Call, ids: Sequence[str]) -> dict[str, int]:
    """How many comments on each the caller sees."""
    if not call.actor.settings.discusses:
        return dict.fromkeys(ids, 0)
    return counts_of(call.unit, ids, call.actor.principal if call.actor.role == "guest" else None)
