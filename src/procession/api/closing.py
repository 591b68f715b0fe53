"""Deleting an organization, and taking it back (spec 41 §18.6)."""

from typing import Any

from procession.api.endpoint import Call, Reply, operation
from procession.api.erasing import confirmed
from procession.api.organization import organization_reply
from procession.api.reading import Shape, raw
from procession.engine.model import Problem
from procession.kernel.errors import StateRefused
from procession.kernel.ids import read_id
from procession.people import closing
from procession.people.organizations import organization_for_update
from procession.people.permissions import require
from procession.wire.organization import Organization

BASE = "/organizations/{org}"
ASK = Shape(
    "deleteOrganizationInput",
    {"name": raw({"type": "string"}), "id": raw({"type": "string"})},
    required=("name", "id"),
)


@operation("DELETE", BASE, id="deleteOrganization", acts=("organization.change",), body=ASK, answer=Organization,
           status=202, tag="Organization")  # fmt: skip
def delete_organization(call: Call) -> Reply:
    """Ask for the deletion of the organization: name and id are typed again, in a recently confirmed session"""
    require(call.actor, "organization.change")
    confirmed(call)
    present = organization_for_update(call.unit)
    problems: list[Problem] = []
    sent: dict[str, Any] = ASK.read(call.body, problems, call.warnings)
    if "name" in sent and sent["name"] != present.name:
        problems.append(Problem(("name",), "This is not the name of the organization."))
    if "id" in sent and read_id(sent["id"]) != present.id:
        problems.append(Problem(("id",), "This is not the id of the organization."))
    call.raise_problems(problems, ".".join)
    if closing.asked_at(present) is None:
        closing.ask(call.unit, call.secrets, present, call.actor.account_id or 0)
    return organization_reply(call, 202)


@operation("POST", f"{BASE}/cancel-deletion", id="cancelOrganizationDeletion", acts=("organization.change",),
           answer=Organization, tag="Organization")  # fmt: skip
def cancel_deletion(call: Call) -> Reply:
    """Take the request for deletion back, while there is time"""
    require(call.actor, "organization.change")
    present = organization_for_update(call.unit)
    if closing.asked_at(present) is None:
        raise StateRefused("BUSINESS_RULE", "Nobody asked for the deletion of this organization.")
    closing.cancel(call.unit, present)
    return organization_reply(call)
