"""Templates shared with people outside (spec 30 §4.2)."""

from typing import Any

from procession.api.checklist_bodies import read_body
from procession.api.checklists import problems_of
from procession.api.endpoint import Call, Reply, operation
from procession.api.reading import Shape, items, text
from procession.templates import sharing

BASE = "/organizations/{org}/checklists/{checklist}/share"
SHARE = Shape(
    "shareChecklistInput",
    {
        "emails": items(sharing.MOST, of={"type": "string", "format": "email"}),
        "message": text(5000, blank="clear"),
    },
    required=("emails",),
)


@operation("POST", BASE, id="shareChecklist", acts=("template.edit",), body=SHARE, answer=dict[str, Any], status=201,
           tag="Templates")  # fmt: skip
def share_checklist(call: Call) -> Reply:
    """Let guests read a template; each is mailed a link"""
    template_id = call.path_id("checklist")
    problems = problems_of(call)
    sent = read_body(call, SHARE, problems)
    named, message = sent.get("emails", []), sent.get("message")
    shared = sharing.share(call.unit, call.actor, template_id, named, message, problems, call.secrets)
    return Reply(body={"data": {"emails": shared}}, status=201)


@operation("DELETE", BASE + "/{guest}", id="endChecklistShare", acts=("template.edit",), status=204, tag="Templates")
def end_checklist_share(call: Call) -> Reply:
    """A guest reads the template no longer"""
    sharing.end_share(call.unit, call.actor, call.path_id("checklist"), call.path["guest"])
    return Reply(status=204)
