"""What works in an organization that may only be read (spec 41 §2): signing in, reading, leaving, one's own things."""

import re
from datetime import datetime

from procession.api.endpoint import Operation
from procession.kernel.errors import Forbidden
from procession.people.authenticate import STRANGER
from procession.people.model import Actor

ALLOWED = frozenset(
    """
    deleteOrganization cancelOrganizationDeletion previewDeadline checklistsExist textTemplatesExist
    simulateAutomatedActions lintAutomatedActions updateOwnUser updatePassword updateEmail updatePreferences
    updateUserPreferences setPhoto deletePhoto leaveOrganization createToken updateToken deleteToken deleteAllTokens
    deleteUserToken createUserToken createNamedUserToken deleteOAuthClient disableUser removeUser disableGuest exportRun
    exportRuns runOperations
    """.split()  # noqa: SIM905 - a list of words is read more easily
)
"""Operations that write and still are let through, without the numbers of their aliases."""
USUAL = "This organization can only be read at the moment."


def require_open(operation: Operation, actor: Actor | None, now: datetime) -> None:
    """403 `ORGANIZATION_READ_ONLY`, with the operator's reason, for whatever would change the organization.

    One that was deleted, with nothing to take back any more, is as if it were not there.
    """
    if actor is None:
        return
    if actor.settings.ends_at is not None and now >= actor.settings.ends_at:
        raise Forbidden(STRANGER)
    if actor.settings.read_only is None or not operation.writes:
        return
    if re.sub(r"\d+$", "", operation.id) not in ALLOWED:
        raise Forbidden(actor.settings.read_only or USUAL, code="ORGANIZATION_READ_ONLY")
