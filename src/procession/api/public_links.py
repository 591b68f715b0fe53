"""The addresses of the public pages of processes (spec 10 §15.1, 60 §1.2)."""

from collections.abc import Sequence

from procession.api.endpoint import Call
from procession.engine.work import Process
from procession.work.sharing import shared_tokens


def public_addresses(call: Call, found: Sequence[Process]) -> dict[str, str]:
    """Process → the address of its page, of those that are shared now."""
    base = f"{call.links.public_url}/p/process/"
    return {one: base + token for one, token in shared_tokens(call.unit, call.secrets, found).items()}
