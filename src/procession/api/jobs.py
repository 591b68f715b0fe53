"""Background work on demand (spec 20 §21.5)."""

import msgspec

from procession.api.endpoint import Call, Reply, operation
from procession.people.permissions import require
from procession.work.clock import BATCH, strike_here


class Struck(msgspec.Struct, frozen=True, kw_only=True):
    """What a pass of the clock did."""

    tasks: int
    """With how many tasks it did something."""
    more: bool
    """Whether it stopped at the most it does at a time."""


@operation("POST", "/organizations/{org}/jobs/expire-tasks", id="expireTasks", acts=("organization.run_jobs",),
           answer=Struck, tag="Organization")  # fmt: skip
def expire_tasks(call: Call) -> Reply:
    """Let due tasks expire and due e-mails be sent now, without waiting for the clock"""
    require(call.actor, "organization.run_jobs")
    struck = strike_here(call.unit, call.secrets)
    return Reply(body={"data": Struck(tasks=struck, more=struck >= BATCH)})
