"""Links of mails that do something once: confirm an address, set a new password (spec 40 §8)."""

import secrets as chance
from datetime import timedelta
from typing import Literal

from procession.accounts import queries
from procession.accounts.tokens import digest
from procession.kernel.unit import Unit

Purpose = Literal["verify", "reset"]
LIVES = {"verify": timedelta(hours=24), "reset": timedelta(minutes=60)}


def make_link(unit: Unit, account_id: int, purpose: Purpose) -> str:
    """A fresh code of 256 random bits; older ones for the same purpose are dead."""
    code = chance.token_urlsafe(32)
    kill_links(unit, account_id, purpose)
    unit.write(
        queries.INSERT_LINK,
        digest=digest(code),
        account_id=account_id,
        purpose=purpose,
        created_at=unit.now,
        expires_at=unit.now + LIVES[purpose],
        used_at=None,
    )
    return code


def kill_links(unit: Unit, account_id: int, purpose: Purpose) -> None:
    """The account's open links for this purpose do nothing any more."""
    unit.write(queries.KILL_LINKS, account_id=account_id, purpose=purpose, at=unit.now)


def look_at_link(unit: Unit, code: str, purpose: Purpose) -> int | None:
    """Whose link this is; None when it is unknown, used, dead or too old."""
    found = unit.one(queries.LINK, digest=digest(code), purpose=purpose)
    if found is None:
        return None
    account_id, expires_at, used_at = found
    return int(account_id) if used_at is None and expires_at > unit.now else None


def use_link(unit: Unit, code: str, purpose: Purpose) -> int | None:
    """As `look_at_link`, and it is used up: of two who come at once one is too late."""
    if look_at_link(unit, code, purpose) is None:
        return None
    return unit.one(queries.USE_LINK, digest=digest(code), purpose=purpose, at=unit.now)


def forget_links(unit: Unit) -> None:
    """Delete links that are too old to do anything."""
    unit.write(queries.FORGET_LINKS, before=unit.now - timedelta(days=1))
