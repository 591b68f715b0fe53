"""Processes that are shared with everybody who has their address (spec 10 §15)."""

from procession.api.endpoint import Call, Reply, operation
from procession.api.runs import ITEM, RUN, present
from procession.people.tenants import within
from procession.wire.public_process import PublicFields, PublicProcess, public_fields, public_process
from procession.wire.run import Run
from procession.work import access
from procession.work.processes import NO_RIGHT
from procession.work.sharing import Shared, place_of, replace_link, shared_process

PUBLIC = "/public/processes/{token}"
UNLISTED = {"X-Robots-Tag": "noindex, nofollow"}
"""Search engines leave it out."""


@operation("GET", PUBLIC, id="getPublicProcess", auth="none", answer=PublicProcess, tag="Processes")
def get_public_process(call: Call) -> Reply:
    """Read a shared process; hidden sections, tasks and people are not in it"""
    return Reply(body={"data": public_process(_shared(call))}, headers=UNLISTED)


@operation("GET", f"{PUBLIC}/form-fields", id="getPublicProcessFields", auth="none", answer=PublicFields,
           tag="Processes")  # fmt: skip
def get_public_fields(call: Call) -> Reply:
    """Read the form data of a shared process"""
    return Reply(body={"data": public_fields(_shared(call))}, headers=UNLISTED)


def _shared(call: Call) -> Shared:
    place = place_of(call.unit, call.path["token"])
    with within(call.unit, place.organization_id):
        return shared_process(call.unit, place.process_id)


@operation("POST", f"{RUN}/public-link/reset", id="resetPublicLink", acts=("process.publish",), query=ITEM, answer=Run,
           tag="Processes")  # fmt: skip
def reset_public_link(call: Call) -> Reply:
    """Give the public page of a process a new address; the present one leads nowhere any more"""
    held = access.process_for_update(call.unit, call.actor, call.path_id("run"))
    access.require_process_acts(call.actor, held, ("process.publish",), NO_RIGHT)
    replace_link(call.unit, call.secrets, held.process)
    return present(call, held.process)
