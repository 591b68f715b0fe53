"""Comments and issues of tasks and processes (spec 20 §19, 10 §12)."""

import re
import unicodedata
from collections.abc import Callable
from html import unescape
from typing import Any

import msgspec
from msgspec import UNSET

from procession.api.endpoint import Call, Reply, operation
from procession.api.file_words import words
from procession.api.past import MADE, read_past, telling
from procession.api.reading import Member, Shape, Wrong, choice, fold_word, items, raw, read_integer, text
from procession.api.threads_shown import seen, show
from procession.discussions.comments import comments_of, react
from procession.discussions.model import Comment, Draft, Said
from procession.engine.attachments import FILES_LIMIT, NO_FILE
from procession.engine.model import Problem
from procession.engine.richtext import clean, is_blank
from procession.kernel.errors import NotFound
from procession.kernel.ids import read_id
from procession.kernel.paging import read_page
from procession.people.permissions import require_one
from procession.wire.paging import paged
from procession.wire.thread import Thread
from procession.work import access, discussing
from procession.work.attaching import FileWords
from procession.work.discussing import Talk
from procession.work.veiling import veil_of

LONGEST = 30_000
STATES = {one: one for one in ("hide-for-guests", "open", "collapsed")}
LABELS = {one: one for one in ("comment", "problem", "resolve", "improvement", "advice")}
_PICTURE = re.compile(r'<img\s[^>]*src="[^"]')
_LINK = re.compile(r'\s(?:src|href)="([^"]*/file/[^"]*)"')
TASK = "/organizations/{org}/tasks/{task}"
RUN = "/organizations/{org}/runs/{run}"


def _read_content(name: str, value: Any) -> Any:
    """HTML, cleaned; what shows nothing is nothing."""
    if value is None or value == "":
        raise Wrong(f"The {name} field is required.")
    if not isinstance(value, str):
        raise Wrong(f"The {name} must be a string.")
    if len(value) > LONGEST:
        raise Wrong(f"The {name} may not be greater than {LONGEST} characters.")
    cleaned = clean(value.strip())
    if is_blank(cleaned) and not _PICTURE.search(cleaned):
        raise Wrong(f"The {name} field is required.")
    return cleaned


def _people() -> Member:
    listed = items(200)

    def read(name: str, value: Any) -> Any:
        found = listed.read(name, value)
        if found is UNSET:
            return UNSET
        ids = [read_integer(one.get("id") if isinstance(one, dict) else one) for one in found]
        return [one for one in ids if one is not None]

    return Member(read=read, schema={"type": "array", "items": {"type": "integer"}, "maxItems": 200})


def _files() -> Member:
    listed = items(FILES_LIMIT)
    schema = {
        "type": "array",
        "items": {"type": ["string", "object"]},
        "maxItems": FILES_LIMIT,
        "description": "Files that belong to the comment: ids, asset objects, or links to files kept here.",
    }
    return Member(read=listed.read, schema=schema, aliases=("file_ids",))


CONTENT = Member(read=_read_content, schema={"type": "string", "minLength": 1, "maxLength": LONGEST}, aliases=("text",))
STATE = choice(STATES, null="keep")
COMMENT = Shape(
    "commentInput",
    {
        "content": CONTENT,
        "state": STATE,
        "label": choice(LABELS, null="keep"),
        "sent_to": _people(),
        "selected_text": text(5000, blank="clear"),
        "assets": _files(),
        **telling(*MADE),
    },
    required=("content",),
)
PROBLEM = Shape(
    "problemInput",
    {"content": CONTENT, "state": STATE, "sent_to": _people(), "assets": _files(), **telling(*MADE)},
    required=("content",),
)
RESOLVE = Shape(
    "resolvedThreadInput",
    {
        "thread_id": raw({"type": ["string", "null"]}),
        "content": CONTENT,
        "state": STATE,
        "sent_to": _people(),
        "assets": _files(),
        **telling(*MADE),
    },
    required=("content",),
)
BOT = Shape("botCommentInput", {"content": CONTENT, "state": STATE}, required=("content",))
ONLY_STATE = Shape("commentStateInput", {"state": choice(STATES)}, required=("state",))
_emoji = text(16)


def _read_emoji(name: str, value: Any) -> Any:
    """Pictures, with what joins and colours them, or the name of one; nothing that a page would read as markup."""
    found = _emoji.read(name, value)
    pictures = (one in "#*0123456789" if one.isascii() else unicodedata.category(one) in PICTURED for one in found)
    named = found.isascii() and SHORT_NAME.fullmatch(found)
    if not named and (found.isascii() or not all(pictures)):
        raise Wrong("The selected emoji is invalid.")
    return found


SHORT_NAME = re.compile(":?[a-z0-9_+-]+:?")
PICTURED = ("So", "Sk", "Mn", "Me", "Cf", "Sm", "Po", "Pd", "No")
"""Unicode's categories of what emoji are written with: pictures, and what joins, colours and frames them."""
REACTION = Shape("reactionInput", {"emoji": Member(read=_read_emoji, schema=_emoji.schema)}, required=("emoji",))


def _held(call: Call, act: str = "task.comment") -> Talk:
    """What the path names, locked, with the right to comment asked for."""
    if "task" in call.path:
        home = call.path_id("run") if "run" in call.path else None
        return discussing.task_to_discuss(call.unit, call.actor, call.path_id("task"), act, home)
    return discussing.process_to_discuss(call.unit, call.actor, call.path_id("run"))


def read_draft(call: Call, shape: Shape, problems: list[Problem], **given: Any) -> Draft:
    """The draft in the body with the members that are `given`; wrong or missing content is a problem already."""
    sent = shape.read(call.body, problems) | given
    names = ("state", "label", "sent_to", "selected_text")
    more = {name: sent[name] for name in names if name in sent}
    if "assets" in sent:
        more["files"] = _file_ids(call, sent["assets"], problems)
    past = read_past(call, sent, problems, *MADE)
    more |= {"created_at": past.created_at, "author": past.author}
    content = sent.get("content", "")
    return Draft(content=content, shown=_shown_files(call, content), **more)


def _file_ids(call: Call, entries: list[Any], problems: list[Problem]) -> list[str]:
    """The ids that the entries name: as they are, as members of asset objects, or behind links to files kept here."""
    known = words(call)
    ids = [_file_id(known, one) for one in entries]
    if None in ids:
        problems.append(Problem(("assets",), NO_FILE))
    return list(dict.fromkeys(one for one in ids if one is not None))


def _shown_files(call: Call, content: str) -> list[str]:
    """The files kept here that the text shows or links to."""
    if "/file/" not in content:
        return []
    known = words(call)
    found = (known.id_of(unescape(link)) for link in _LINK.findall(content))
    return list(dict.fromkeys(one for one in found if one is not None))[:FILES_LIMIT]


def _file_id(known: FileWords, entry: Any) -> str | None:
    if isinstance(entry, dict):
        links = (entry.get("id"), entry.get("url"), entry.get("full_url"))
        return next((found for one in links if (found := _file_id(known, one) if isinstance(one, str) else None)), None)
    return read_id(entry) or (known.id_of(entry.strip()) if isinstance(entry, str) else None)


# -- reading -----------------------------------------------------------------------------------------------------------


@operation("GET", f"{TASK}/comments", id="listTaskComments", acts=("task.see",),
           query=("label", "state", "sort", "sort_by", "page", "per_page", "limit", "without_pagination", "pagination"),
           answer=list[Thread], tag="Comments")  # fmt: skip
def list_task_comments(call: Call) -> Reply:
    """List the comments on a task, oldest first"""
    held = access.task_to_see(call.unit, call.actor, call.path_id("task"), None)
    veil = veil_of(call.unit, call.actor, held)
    hidden = call.actor.role == "guest" and (held.task.guests_may_not_comment or (veil is not None and veil.comments))
    found = [] if hidden else comments_of(call.unit, [held.task.id])[held.task.id]
    return _list(call, found, held.task.id, held.task.process_id)


@operation("GET", f"{RUN}/comments", id="listRunComments", acts=("process.see",),
           query=("label", "state", "sort", "sort_by", "page", "per_page", "limit", "without_pagination", "pagination"),
           answer=list[Thread], tag="Comments")  # fmt: skip
def list_run_comments(call: Call) -> Reply:
    """List the comments on a process, oldest first"""
    process = access.process_to_see(call.unit, call.actor, call.path_id("run")).process
    return _list(call, comments_of(call.unit, [process.id])[process.id], process.id, process.id)


def _list(call: Call, found: list[Comment], subject: str, run_id: str | None) -> Reply:
    page = read_page(call.query, 100, 100)
    for name in ("label", "state"):
        if (word := call.query.text(name)) is not None:
            found = [one for one in found if getattr(one, name) == fold_word(word)]
    shown = seen(call, found)
    if (call.query.text("sort", "sort_by") or "").strip() == "-created_at":
        shown = shown[::-1]
    threads = show(call, shown[page.skip : page.skip + page.size], {subject: run_id})
    return Reply(body=paged(threads, page, len(shown), call.links))


# -- writing -----------------------------------------------------------------------------------------------------------

TASK_ACTS, RUN_ACTS = ("task.comment",), ("process.comment",)


def said(call: Call, held: Talk, outcome: tuple[Said | None, list[Problem]]) -> Reply:
    """The comment on a task or a process: 201 when it was written now, 200 when it was there."""
    return reply_said(call, _home(held), outcome)


def _shown(call: Call, held: Talk, comment: Comment) -> Reply:
    return reply_shown(call, _home(held), comment)


def _home(held: Talk) -> str | None:
    return held.process.id if held.process is not None else None


def reply_said(call: Call, home: str | None, outcome: tuple[Said | None, list[Problem]]) -> Reply:
    """What became of a comment. `home`: the process or template of what it is on."""
    comment, problems = outcome
    call.raise_problems(problems, ".".join)
    assert comment is not None
    return reply_shown(call, home, comment.comment, 201 if comment.fresh else 200)


def reply_shown(call: Call, home: str | None, comment: Comment, status: int = 200) -> Reply:
    """A comment as it is read, with what its ETag needs."""
    (thread,) = show(call, [comment], {comment.subject_id: home})
    return Reply(body={"data": thread}, status=status, revision=comment.revision, updated=comment.updated_at)


def _comment(call: Call) -> Reply:
    """Write a comment; the labels `problem` and `resolve` report and resolve an issue"""
    held = _held(call)
    problems: list[Problem] = []
    draft = read_draft(call, COMMENT, problems)
    if draft.label == "problem":
        return said(call, held, discussing.report(call.unit, call.actor, held, draft, call.secrets, problems))
    issue = discussing.newest_issue(call.unit, held) if draft.label == "resolve" else None
    if issue is not None:
        held = _held(call, "task.resolve_issue")
        done = discussing.resolve(call.unit, call.actor, held, issue, draft, call.secrets, problems)
        return said(call, held, done)
    return said(call, held, discussing.say(call.unit, call.actor, held, draft, call.secrets, problems))


def _bot(call: Call) -> Reply:
    """Write a comment in the name of the bot"""
    require_one(call.actor, ("task.comment_as_bot",))
    held = _held(call)
    problems: list[Problem] = []
    draft = msgspec.structs.replace(read_draft(call, BOT, problems), bot=True)
    return said(call, held, discussing.say(call.unit, call.actor, held, draft, call.secrets, problems))


def _problem(call: Call) -> Reply:
    """Report an issue"""
    held = _held(call)
    problems: list[Problem] = []
    draft = read_draft(call, PROBLEM, problems)
    return said(call, held, discussing.report(call.unit, call.actor, held, draft, call.secrets, problems))


def _resolve(call: Call) -> Reply:
    """Resolve an issue, or all of them"""
    held = _held(call, "task.resolve_issue")
    problems: list[Problem] = []
    draft = read_draft(call, RESOLVE, problems)
    done = discussing.resolve(call.unit, call.actor, held, named_issue(call), draft, call.secrets, problems)
    return said(call, held, done)


def named_issue(call: Call) -> str | None:
    """The issue that the body says to resolve; None: all of them. What is no id names none that is there."""
    named = call.body.get("thread_id") if isinstance(call.body, dict) else None
    return None if named is None or named == "" else read_id(named) or ""


def _change(call: Call) -> Reply:
    """Change a comment: its author and administrators"""
    held, comment = _own(call)
    problems: list[Problem] = []
    draft = read_draft(call, COMMENT, problems)
    call.raise_problems(problems, ".".join)
    changed, wrong = discussing.change(call.unit, call.actor, held, comment, draft)
    call.raise_problems(list(wrong), ".".join)
    return _shown(call, held, changed)


def _set_state(call: Call) -> Reply:
    """Show a comment to guests, hide it from them, or fold it"""
    held, comment = _own(call)
    problems: list[Problem] = []
    sent = ONLY_STATE.read(call.body, problems)
    call.raise_problems(problems, ".".join)
    return _shown(call, held, discussing.set_state(call.unit, comment, sent["state"]))


def _delete(call: Call) -> Reply:
    """Delete a comment for good: its author and administrators"""
    held, comment = _own(call)
    discussing.delete(call.unit, held, comment)
    return Reply(status=204)


def _own(call: Call) -> tuple[Talk, Comment]:
    held = _held(call)
    comment = discussing.comment_to_change(call.unit, call.actor, held, call.path_id("comment"))
    call.require_fresh(comment.revision, comment.updated_at)
    return held, comment


def _react(call: Call) -> Reply:
    """Put an emoji under a comment"""
    return _reaction(call, on=True)


def _unreact(call: Call) -> Reply:
    """Take one's own emoji away"""
    return _reaction(call, on=False)


def _reaction(call: Call, *, on: bool) -> Reply:
    held = _held(call)
    found = comments_of(call.unit, [discussing.subject_of(held).id])
    comment = next((one for one in seen(call, next(iter(found.values()))) if one.id == call.path_id("comment")), None)
    if comment is None:
        raise NotFound
    problems: list[Problem] = []
    given = call.body if isinstance(call.body, dict) and call.body else {"emoji": call.query.text("emoji")}
    sent = REACTION.read(given, problems)
    call.raise_problems(problems, ".".join)
    react(call.unit, comment, sent["emoji"], call.actor.principal, on=on)
    return _shown(call, held, comment)


def _declare(name: str, base: str, acts: tuple[str, ...], resolving: tuple[str, ...]) -> None:
    """The same routes for tasks and processes."""
    told: dict[str, Any] = {"answer": Thread, "tag": "Comments"}
    new: dict[str, Any] = {**told, "status": 201, "statuses": (200,)}
    one = f"{base}/comment/{{comment}}"
    changing = (*acts, "comment.change")

    def add(method: str, path: str, handler: Callable[[Call], Reply], operation_id: str, **more: Any) -> None:
        operation(method, path, id=operation_id, **more)(handler)

    add("POST", f"{base}/comment", _comment, f"comment{name}", acts=acts, body=COMMENT, **new)
    add("POST", f"{base}/problem", _problem, f"report{name}Issue", acts=acts, body=PROBLEM, **new)
    add("POST", f"{base}/resolved-threads", _resolve, f"resolve{name}Issue", acts=resolving, body=RESOLVE, **new)
    fresh: dict[str, Any] = {**told, "statuses": (412,)}
    add("PUT", one, _change, f"update{name}Comment", acts=changing, body=COMMENT, **fresh)
    add("PUT", f"{one}/state", _set_state, f"set{name}CommentState", acts=changing, body=ONLY_STATE, **fresh)
    add("DELETE", one, _delete, f"delete{name}Comment", acts=changing, status=204, statuses=(412,), tag="Comments")
    add("POST", f"{one}/reactions", _react, f"react{name}Comment", acts=acts, body=REACTION, **told)
    add(
        "DELETE",
        f"{one}/reactions",
        _unreact,
        f"unreact{name}Comment",
        acts=acts,
        body=REACTION,
        query=("emoji",),
        **told,
    )


_declare("Task", TASK, TASK_ACTS, ("task.resolve_issue",))
_declare("Run", RUN, RUN_ACTS, RUN_ACTS)
operation("POST", f"{RUN}/tasks/{{task}}/comments", id="importTaskComment", acts=TASK_ACTS, body=COMMENT, answer=Thread,
          status=201, statuses=(200,), tag="Comments")(_comment)  # fmt: skip
operation("POST", f"{TASK}/bot-comment", id="botCommentTask", acts=("task.comment_as_bot",), body=BOT, answer=Thread,
          status=201, statuses=(200,), tag="Comments")(_bot)  # fmt: skip
