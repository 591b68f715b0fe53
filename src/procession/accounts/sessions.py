"""Sessions of somebody who signed in to the web (spec 40 §5.1, §8)."""

from datetime import datetime, timedelta

import msgspec

from procession.accounts.model import Token
from procession.accounts.tokens import revoke_kinds
from procession.kernel.errors import Forbidden
from procession.kernel.unit import Unit

RECENTLY = timedelta(minutes=5)


class Ended(msgspec.Struct, frozen=True):
    """How many were ended."""

    revoked: int


def alive(unit: Unit, token: Token) -> bool:
    """Whether it is neither over nor ended."""
    return token.revoked_at is None and (token.expires_at is None or token.expires_at > unit.now)


def end_others(unit: Unit, account_id: int, keep: str) -> Ended:
    """End every session of the account but that one."""
    return Ended(revoke_kinds(unit, account_id, ("session",), keep=keep))


def recently_confirmed(confirmed_at: datetime | None, now: datetime) -> bool:
    """Whether the owner proved who he is within the last five minutes."""
    return confirmed_at is not None and now - confirmed_at < RECENTLY


def require_step_up(confirmed_at: datetime | None, now: datetime) -> None:
    """403 `STEP_UP_REQUIRED` unless he did."""
    if not recently_confirmed(confirmed_at, now):
        raise Forbidden("Please confirm your password first.", code="STEP_UP_REQUIRED")
