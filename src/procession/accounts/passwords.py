"""Passwords: their rules, and their Argon2id hashes (spec 40 §8).

Hashing takes a fifth of a second and 64 MiB on purpose, so it is never done inside a transaction: an operation says
what there is to hash (`Work`), the server has it done beside (`Proof`), and the operation then runs with the outcome.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from procession.accounts import queries
from procession.accounts.model import Policy
from procession.kernel.unit import Unit

LONGEST = 127
TYPED = 4096
"""More of a password than this is not even read: it is wrong."""


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to hash: `given` against the hash `against` (None: nobody's, which takes as long), `fresh` anew."""

    given: str | None = None
    against: str | None = None
    fresh: str | None = None


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it. `against` is the hash that was compared: who relies on it looks that it is still the same."""

    right: bool = False
    against: str | None = None
    fresh: str | None = None


class Hashing:
    """Argon2id with 64 MiB, three passes, one lane: its thread keeps one core busy and no more (RFC 9106 §4)."""

    def __init__(self, *, time_cost: int = 3, memory_kib: int = 65_536) -> None:
        self._hasher = PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=1)
        self._nobody: str | None = None

    def do(self, work: Work) -> Proof:
        """Hash and compare. Somebody who is not there, or has no password, takes as long as somebody who is."""
        right = work.given is not None and self._is(work.given, work.against)
        fresh = self._hasher.hash(work.fresh) if work.fresh is not None else None
        return Proof(right=right, against=work.against, fresh=fresh)

    def _is(self, given: str, against: str | None) -> bool:
        if self._nobody is None:
            self._nobody = self._hasher.hash("nobody's password")
        try:
            self._hasher.verify(against or self._nobody, given)
        except (VerificationError, InvalidHashError):
            return False
        return against is not None


def problems_with(password: str, policy: Policy) -> list[str]:
    """What the rules have against a password: length, upper case, lower case, digit, and the list of common ones."""
    found = []
    if len(password) < policy.shortest_password:
        found.append(f"The password must be at least {policy.shortest_password} characters.")
    if len(password) > LONGEST:
        found.append(f"The password may not be greater than {LONGEST} characters.")
    if not any(one.isupper() for one in password):
        found.append("The password must contain at least one upper-case letter.")
    if not any(one.islower() for one in password):
        found.append("The password must contain at least one lower-case letter.")
    if not any(one.isdigit() for one in password):
        found.append("The password must contain at least one digit.")
    if not found and policy.refuse_common_passwords and password.casefold() in _common():
        found.append("The password is one of the most common ones. Please choose another.")
    return found


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # lazy: 60 ms and 8 MiB, for servers that refuse common ones

    return frozenset(FREQUENCY_LISTS["passwords"])


def stored_hash(unit: Unit, account_id: int) -> str | None:
    """The hash of the account's password; None: it has none."""
    return unit.one(queries.PASSWORD, account_id=account_id)


def set_password(unit: Unit, account_id: int, fresh: str) -> datetime:
    """Give the account the password with this hash, instead of the one it had."""
    unit.write(queries.PUT_PASSWORD, account_id=account_id, hash=fresh, changed_at=unit.now)
    return unit.now


def have_passwords(unit: Unit, ids: Sequence[int]) -> set[int]:
    """Those of the accounts that can sign in with a password, by one query."""
    return set(unit.all(queries.HAVE_PASSWORDS, ids=list(ids))) if ids else set()
