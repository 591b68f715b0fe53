"""Reminders of tasks, and questions how they stand (spec 20 §22)."""

import msgspec

from procession.api.comments import said
from procession.api.endpoint import Call, Reply, operation
from procession.api.notes import NOTE
from procession.api.reading import Shape
from procession.api.tasks import ORG_TASK
from procession.engine.model import Problem
from procession.wire.thread import Thread
from procession.work import access, discussing, reminding

ASK = Shape("requestStatusInput", {"content": NOTE})


class Recipients(msgspec.Struct, frozen=True):
    """Ids of members and addresses of guests."""

    users: list[int]
    guests: list[str]


class Reminder(msgspec.Struct, frozen=True):
    """Who is sent the reminder."""

    sent_to: Recipients


@operation("POST", f"{ORG_TASK}/remind", id="remindTask", acts=("task.remind",), answer=Reminder, tag="Tasks")
def remind(call: Call) -> Reply:
    """Send a reminder of an open task to everybody who has it, except the caller"""
    held = access.task_for_update(call.unit, call.actor, call.path_id("task"), None)
    access.require_task_acts(call.actor, held, ("task.remind",))
    sent = reminding.remind(call.unit, call.actor, held)
    return Reply(body={"data": Reminder(Recipients(list(sent.members), list(sent.guests)))})


@operation("POST", f"{ORG_TASK}/request-status", id="requestTaskStatus", acts=("task.remind", "task.comment"), body=ASK,
           answer=Thread, status=201, statuses=(200,), tag="Tasks")  # fmt: skip
def request_status(call: Call) -> Reply:
    """Ask everybody who has a task how it stands, in a comment that mentions them"""
    held = discussing.task_to_discuss(call.unit, call.actor, call.path_id("task"))
    access.require_task_acts(call.actor, held, ("task.remind",))
    problems: list[Problem] = []
    body = ASK.read(call.body, problems)
    call.raise_problems(problems, ".".join)
    comment, wrong = reminding.ask_status(call.unit, call.actor, held, body.get("content"), call.secrets)
    return said(call, held, (comment, list(wrong)))
