"""Comments on templates and on their steps (spec 30 §19.1): the routes of tasks, for those who design."""

from collections.abc import Callable
from typing import Any

from procession.api.comments import COMMENT, PROBLEM, RESOLVE, named_issue, read_draft, reply_said, reply_shown
from procession.api.endpoint import Call, Reply, operation
from procession.discussions.comments import open_issues
from procession.discussions.model import Comment
from procession.engine.model import Problem
from procession.templates import discussing
from procession.templates.discussing import Talk
from procession.wire.thread import Thread

TEMPLATE = "/organizations/{org}/checklists/{checklist}"
STEP = TEMPLATE + "/steps/{step}"
ACTS = ("template.comment",)


def _talk(call: Call) -> Talk:
    """What the path names, with the right to comment asked for."""
    step_id = call.path_id("step") if "step" in call.path else None
    return discussing.talk_about(call.unit, call.actor, call.path_id("checklist"), step_id)


def _comment(call: Call) -> Reply:
    """Write a comment; the labels `problem` and `resolve` report and resolve an issue"""
    talk = _talk(call)
    problems: list[Problem] = []
    draft = read_draft(call, COMMENT, problems)
    issues = open_issues(call.unit, talk.subject) if draft.label == "resolve" else []
    if issues:
        done = discussing.resolve(call.unit, call.actor, talk, issues[-1].id, draft, problems)
        return reply_said(call, talk.template.id, done)
    return reply_said(call, talk.template.id, discussing.say(call.unit, call.actor, talk, draft, problems))


def _problem(call: Call) -> Reply:
    """Report an issue"""
    talk = _talk(call)
    problems: list[Problem] = []
    draft = read_draft(call, PROBLEM, problems, label="problem")
    return reply_said(call, talk.template.id, discussing.say(call.unit, call.actor, talk, draft, problems))


def _resolve(call: Call) -> Reply:
    """Resolve an issue, or all of them"""
    talk = _talk(call)
    problems: list[Problem] = []
    draft = read_draft(call, RESOLVE, problems)
    done = discussing.resolve(call.unit, call.actor, talk, named_issue(call), draft, problems)
    return reply_said(call, talk.template.id, done)


def _change(call: Call) -> Reply:
    """Change a comment: its author and administrators"""
    talk, comment = _own(call)
    problems: list[Problem] = []
    draft = read_draft(call, COMMENT, problems)
    call.raise_problems(problems, ".".join)
    changed, wrong = discussing.change(call.unit, call.actor, talk, comment, draft)
    call.raise_problems(list(wrong), ".".join)
    return reply_shown(call, talk.template.id, changed)


def _delete(call: Call) -> Reply:
    """Delete a comment for good: its author and administrators"""
    talk, comment = _own(call)
    discussing.delete(call.unit, talk, comment)
    return Reply(status=204)


def _own(call: Call) -> tuple[Talk, Comment]:
    talk = _talk(call)
    comment = discussing.comment_to_change(call.unit, call.actor, talk, call.path_id("comment"))
    call.require_fresh(comment.revision, comment.updated_at)
    return talk, comment


def _declare(name: str, base: str) -> None:
    """The same routes for templates and steps."""
    new: dict[str, Any] = {"acts": ACTS, "answer": Thread, "tag": "Comments", "status": 201, "statuses": (200,)}
    one = f"{base}/comment/{{comment}}"
    own: dict[str, Any] = {"acts": (*ACTS, "comment.change"), "tag": "Comments", "statuses": (412,)}

    def add(method: str, path: str, handler: Callable[[Call], Reply], operation_id: str, **more: Any) -> None:
        operation(method, path, id=operation_id, **more)(handler)

    add("POST", f"{base}/comment", _comment, f"comment{name}", body=COMMENT, **new)
    add("POST", f"{base}/problem", _problem, f"report{name}Issue", body=PROBLEM, **new)
    add("POST", f"{base}/resolved-threads", _resolve, f"resolve{name}Issue", body=RESOLVE, **new)
    add("PUT", one, _change, f"update{name}Comment", body=COMMENT, answer=Thread, **own)
    add("DELETE", one, _delete, f"delete{name}Comment", status=204, **own)


_declare("Checklist", TEMPLATE)
_declare("Step", STEP)
