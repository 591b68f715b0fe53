"""Accounts: making and finding them (spec 40 §1, §11.1)."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from procession.accounts import queries
from procession.accounts.model import AccountRecord
from procession.kernel.errors import Invalid
from procession.kernel.ids import new_id
from procession.kernel.unit import Unit

CANDIDATES = 20


def create_account(
    unit: Unit,
    *,
    email: str,
    first_name: str,
    last_name: str,
    timezone: str = "UTC",
    profile: Mapping[str, Any] | None = None,
    named: bool = True,
) -> int:
    """A new account; its id. `named` gives it a user name made from the address, which an invited one has not yet.

    Raises `Invalid` on `email` when the address is taken.
    """
    address = email.strip().lower()
    if unit.one(queries.ACCOUNT_BY_EMAIL, email=address) is not None:
        raise Invalid({"email": ["The email has already been taken."]})
    made = unit.all(
        queries.INSERT_ACCOUNT,
        new_email=address,
        new_username=free_username(unit, address) if named else None,
        new_first_name=first_name,
        new_last_name=last_name,
        new_timezone=timezone,
        new_profile=dict(profile or {}),
        new_suspended=False,
        new_created_at=unit.now,
        new_updated_at=unit.now,
    )
    return made[0]


def free_username(unit: Unit, email: str) -> str:
    """A user name nobody has: the local part of the address, with a number or random letters behind it when taken."""
    base = re.sub(r"[^a-z0-9._-]+", "", email.partition("@")[0].lower())[:200] or "user"
    candidates = [base, *(f"{base}{number}" for number in range(2, CANDIDATES))]
    taken = set(unit.all(queries.TAKEN_USERNAMES, usernames=candidates))
    return next((one for one in candidates if one not in taken), f"{base}-{new_id()[-12:]}")


def change_account(unit: Unit, present: AccountRecord, changes: Mapping[str, Any]) -> AccountRecord:
    """The account with other columns; `profile` adds to what is there, None takes out."""
    columns = {name: value for name, value in changes.items() if name != "profile" and getattr(present, name) != value}
    if "profile" in changes:
        merged = {**present.profile, **changes["profile"]}
        profile = {name: value for name, value in merged.items() if value is not None}
        columns |= {"profile": profile} if profile != present.profile else {}
    if not columns:
        return present
    columns["updated_at"] = unit.now
    unit.patch(queries.PATCH_ACCOUNT, columns, id=present.id)
    return msgspec.structs.replace(present, **columns)


def account_for_update(unit: Unit, account_id: int) -> AccountRecord | None:
    """One account by id, locked until the end."""
    return unit.one(queries.ACCOUNT_FOR_UPDATE, account_id=account_id)


def delete_account(unit: Unit, account_id: int) -> None:
    """Delete an account that nothing refers to: somebody who was invited and never came."""
    unit.write(queries.LINKS_OF, account_id=account_id)
    unit.write(queries.FORGET_PASSWORD, account_id=account_id)
    unit.write(queries.DELETE_ACCOUNT, account_id=account_id)


def forget_secrets(unit: Unit, account_id: int) -> None:
    """Nothing is left to sign in with, and nothing that tells where from (spec 41 §18.4). Its tokens are revoked."""
    for write in (*queries.FORGET_GRANTS, queries.LINKS_OF, queries.FORGET_PASSWORD, queries.FORGET_TRACES):
        unit.write(write, account_id=account_id)


def find_account(unit: Unit, email: str) -> AccountRecord | None:
    """The account of an address, whatever its case."""
    return unit.one(queries.ACCOUNT_BY_EMAIL, email=email.strip().lower())


def account(unit: Unit, account_id: int) -> AccountRecord | None:
    """One account by id."""
    return unit.one(queries.ACCOUNT, account_id=account_id)
