"""What tests start from, made over HTTP as clients make it: templates, processes, tasks, labels, working time."""

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from procession.kernel.sql import Query, organization, row
from procession.kernel.tables import events
from procession.kernel.unit import Unit
from tests.support.server import Answer, Caller, Running

UNKNOWN = "f" * 32
"""A well-formed id that nothing has."""

EVERY_TYPE: tuple[Mapping[str, Any], ...] = (
    {"label": "Company", "field_type": "text"},
    {"label": "Notes", "field_type": "textarea"},
    {"label": "Letter", "field_type": "textarea", "use_wysiwyg_editor": True},
    {"label": "Contact", "field_type": "email"},
    {"label": "Day", "field_type": "date", "collect_time": False},
    {"label": "Moment", "field_type": "date", "collect_time": True},
    {"label": "Contract", "field_type": "radio", "options": [{"text": "Full-time"}, {"text": "Part-time"}]},
    {"label": "Plan", "field_type": "dropdown", "options": [{"text": "Bronze"}, {"text": "Silver"}, {"text": "Gold"}]},
    {
        "label": "Tools",
        "field_type": "multiselect",
        "options": [{"text": "Slack"}, {"text": "Teams"}, {"text": "Zoom"}],
    },
    {"label": "Items", "field_type": "table", "columns": [{"label": "Item"}, {"label": "Count"}]},
    {"label": "People", "field_type": "assignees_form"},
    {"label": "Papers", "field_type": "file"},
)
"""One field of each type, `textarea` and `date` in both their ways."""


class Template(msgspec.Struct, frozen=True):
    """A template: its steps in order, the fields of all steps and of the kick-off form by label."""

    id: str
    steps: Sequence[str]
    fields: Mapping[str, str]
    kickoff: Mapping[str, str]


class Process(msgspec.Struct, frozen=True):
    """A launched process: its tasks in the order of the steps."""

    id: str
    tasks: Sequence[str]
    template: Template

    def path(self, task: int = 0) -> str:
        """The address of one of its tasks."""
        return f"/O/runs/{self.id}/tasks/{self.tasks[task]}"

    def field(self, label: str) -> str:
        return self.template.fields[label]


def make_template(
    by: Caller, *steps: Mapping[str, Any], kickoff: Iterable[Mapping[str, Any]] = (), **members: Any
) -> Template:
    """A template with these steps; `captures` of a step are its fields.

    Without steps: three, the first of them with a field of every type. The `step` of a deadline may be the place of an
    earlier step in this list, from 0.
    """
    wanted = steps or ({"title": "First", "captures": EVERY_TYPE}, {"title": "Second"}, {"title": "Third"})
    made = by("POST", "/O/checklists", {"title": "Onboarding", "type": "procedure", **members}).data
    base = f"/O/checklists/{made['id']}"
    ids: list[str] = []
    fields: dict[str, str] = {}
    for wish in wanted:
        own = {name: value for name, value in wish.items() if name != "captures"}
        if isinstance(anchor := own.get("deadline", {}).get("step"), int):
            own["deadline"] = {**own["deadline"], "step": ids[anchor]}
        step = by("POST", f"{base}/steps", {"title": f"Step {len(ids) + 1}", **own}).data
        ids.append(step["id"])
        for capture in wish.get("captures", ()):
            field = by("POST", f"{base}/steps/{step['id']}/captures", {"required": False, **capture}).data
            fields[field["label"]] = field["id"]
    asked = {}
    for prerun in kickoff:
        field = by("POST", f"{base}/preruns", {"required": False, **prerun}).data
        asked[field["label"]] = field["id"]
    return Template(made["id"], ids, fields, asked)


def launch(by: Caller, template: Template, **members: Any) -> Process:
    """Launch the template."""
    made = by("POST", "/O/runs?with=tasks", {"checklist_id": template.id, "name": "Globex", **members}).data
    tasks = sorted(made["tasks"]["data"], key=lambda task: task["position"])
    by_step = {task["step_id"]: task["id"] for task in tasks}
    return Process(made["id"], [by_step[step] for step in template.steps if step in by_step], template)


def make_process(by: Caller, *steps: Mapping[str, Any], **members: Any) -> Process:
    """Launch a new template of these steps (`make_template`)."""
    return launch(by, make_template(by, *steps), **members)


def make_oneoff(by: Caller, **members: Any) -> str:
    """The address of a new one-off task, given to whoever makes it."""
    body = {
        "title": "Renew lease",
        "task_type": "task",
        "deadline": "2031-06-30T17:00:00Z",
        "owners": {"users": [by.user_id], "guests": [], "groups": []},
        **members,
    }
    return f"/O/tasks/{by('POST', '/O/tasks', body).data['id']}"


def make_group(by: Caller, members: Iterable[int] = (), guests: Iterable[str] = ()) -> str:
    """The id of a new group."""
    body = {"name": f"Group {time.time_ns()}", "description": "", "members": list(members), "guests": list(guests)}
    made: str = by("POST", "/O/groups", body).data["id"]
    return made


def make_tag(by: Caller) -> str:
    """The id of a new tag."""
    made: str = by("POST", "/O/tags", {"title": f"t{time.time_ns()}"[-30:], "color": "#aabbcc"}).data["id"]
    return made


def set_working_time(by: Caller, zone: str, **days: Any) -> None:
    """Set the organization's zone and some of its days: `Monday=("09:00", "17:00")`, all hours `"all"`, off None."""
    week = {
        day: {"working": False}
        if hours is None
        else {"working": True, "hours": "all"}
        if hours == "all"
        else {"working": True, "hours": "fixed", "start": hours[0], "end": hours[1]}
        for day, hours in days.items()
    }
    answer = by("PUT", "/O", {"timezone": zone, "working_days": week})
    assert answer.status == 200, answer.body


def owners(task: Mapping[str, Any]) -> tuple[list[int], list[str], list[str]]:
    """Who a shown task is given to: ids, addresses, group ids, in order."""
    shown = task["owners"]
    users = [one["id"] if isinstance(one, dict) else one for one in shown["users"]]
    return users, shown["guests"], shown["groups"]


_EVENTS = Query(
    sa.select(events.c.kind, events.c.verb, events.c.field, events.c.old, events.c.new)
    .where(organization(events), events.c.subject_id == sa.bindparam("subject"), events.c.shown)
    .order_by(events.c.id),
    row,
)


def events_of(server: Running, of: Caller, subject_id: str) -> list[tuple[Any, ...]]:
    """What the history shows of a task or process, oldest first: kind, verb, field, old, new."""
    return server.database.read_now(
        lambda session: Unit(session, of.organization, server.clock.now()).all(_EVENTS, subject=subject_id)
    )


def unchanged(before: Answer, after: Answer) -> bool:
    """Whether two reads of the same thing show the same."""
    return before.body == after.body and before.headers.get("etag") == after.headers.get("etag")


def importing(by: Caller, **members: Any) -> Caller:
    """The same administrator with a token in import mode (spec 50 IMP-03)."""
    text = by("POST", "/me/tokens", {"name": "Import", "import": True, **members}).data["access_token"]
    return Caller(str(by.http.base_url), by.organization, by.user_id, by.email, f"Bearer {text}")
