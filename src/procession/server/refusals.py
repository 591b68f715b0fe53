"""What an operation answers, as its caller takes it: low-code flows, and light members who are refused."""

import msgspec

from procession.api.endpoint import Call, Operation, Reply
from procession.api.includes import tell_unknown
from procession.kernel.errors import Forbidden
from procession.templates.snippets import contents_of


def handled(operation: Operation, call: Call) -> Reply:
    """What the operation answers: 200 instead of 201 to a low-code flow (spec 50 PP-01). What `with` names in vain is
    told by whichever it is.

    A refusal tells light members what their organization wants them to read: one that names a snippet carries its text
    instead (spec 40 §15.3, 41 §6.1).
    """
    tell_unknown(operation, call)
    try:
        reply = operation.handler(call)
        return msgspec.structs.replace(reply, status=200) if reply.status == 201 and call.by_connector else reply
    except Forbidden as refusal:
        told = refusal.details or {}
        named = told.get("snippet")
        if named is None:
            raise
        details = {**told, "snippet": contents_of(call.unit, [named]).get(named)}
        raise Forbidden(refusal.message, code=refusal.code, details=details, headers=refusal.headers) from None
