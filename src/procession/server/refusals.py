"""A refusal tells light members what their organization wants them to read (spec 40 §15.3, 41 §6.1)."""

from procession.api.endpoint import Call, Operation, Reply
from procession.kernel.errors import Forbidden
from procession.templates.snippets import contents_of


def handled(operation: Operation, call: Call) -> Reply:
    """What the operation answers. A refusal that names a snippet carries its text instead."""
    try:
        return operation.handler(call)
    except Forbidden as refusal:
        told = refusal.details or {}
        named = told.get("snippet")
        if named is None:
            raise
        details = {**told, "snippet": contents_of(call.unit, [named]).get(named)}
        raise Forbidden(refusal.message, code=refusal.code, details=details, headers=refusal.headers) from None
