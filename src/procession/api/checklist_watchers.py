"""Default watchers of a template (spec 30 §6.4)."""

from collections.abc import Sequence
from typing import Any

from procession.api.checklist_bodies import read_body
from procession.api.checklists import problems_of
from procession.api.endpoint import Call, Reply, operation
from procession.api.reading import Shape, items
from procession.kernel.errors import NotFound
from procession.people.permissions import require_one
from procession.templates import watchers
from procession.templates.access import template_to_see
from procession.templates.model import Watcher
from procession.wire.watcher import DefaultWatcher, default_watcher

BASE = "/organizations/{org}/checklists/{checklist}/watchers"
ADD = Shape(
    "addDefaultWatchersInput",
    {
        "users": items(200, of={"type": "integer"}),
        "groups": items(200, of={"type": "string"}),
        "guests": items(200, of={"type": "string", "format": "email"}),
    },
)


@operation("GET", BASE, id="listDefaultWatchers", acts=("template.see_inside",), answer=list[DefaultWatcher],
           tag="Templates")  # fmt: skip
def list_default_watchers(call: Call) -> Reply:
    """List who watches every process of a template"""
    require_one(call.actor, ("template.see_inside",))
    template = template_to_see(call.unit, call.actor, call.path_id("checklist"))
    return _reply(watchers.watchers_of(call.unit, [template.id])[template.id])


@operation("POST", BASE, id="addDefaultWatchers", acts=("template.edit",), body=ADD, answer=list[DefaultWatcher],
           status=201, tag="Templates")  # fmt: skip
def add_default_watchers(call: Call) -> Reply:
    """Add members, guests and groups to those who watch every process of a template"""
    template_id = call.path_id("checklist")
    problems = problems_of(call)
    sent: dict[str, Any] = read_body(call, ADD, problems)
    found = watchers.add_watchers(call.unit, call.actor, template_id, sent, problems, call.secrets)
    return _reply(found, status=201)


@operation("DELETE", BASE + "/{watcher}", id="removeDefaultWatcher", acts=("template.edit",), status=204,
           tag="Templates")  # fmt: skip
def remove_default_watcher(call: Call) -> Reply:
    """Take one off those who watch every process of a template"""
    named = call.path["watcher"]
    if not (named.isascii() and named.isdigit() and len(named) < 16):
        raise NotFound
    watchers.remove_watcher(call.unit, call.actor, call.path_id("checklist"), int(named))
    return Reply(status=204)


def _reply(found: Sequence[Watcher], status: int = 200) -> Reply:
    return Reply(body={"data": [default_watcher(one) for one in found]}, status=status)
