"""Throttles of signing in and the like: rows, so that every server process counts alike (spec 00 RATE-06, 40 §3.5).

Ten attempts a minute from one place at one account; after ten failures within a quarter of an hour, of one place or at
one account, one a minute. What is refused here is not counted.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from procession.accounts import queries
from procession.accounts.tokens import digest
from procession.kernel.errors import RateLimited
from procession.kernel.ids import new_id
from procession.kernel.unit import Unit

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """`most` attempts within `span`; after `failures` of them failed within `memory`, one within `pause`. 0: none."""

    most: int = 0
    span: timedelta = MINUTE
    failures: int = 0
    memory: timedelta = MINUTE
    pause: timedelta = MINUTE


PAIR = Rule(most=10)
GUESSES = Rule(failures=10, memory=timedelta(minutes=15))
SET_UP = Rule(failures=5, memory=timedelta(minutes=15))
TOKENS = Rule(most=60, span=MINUTE)
"""Requests of a client, or from an address, for tokens (spec 40 §3.5)."""

MAILS = Rule(most=5, span=HOUR)
MAILS_FROM = Rule(most=20, span=HOUR)
"""Mails that anybody may ask for: to one address, and from one place."""


def meant(what: str, whom: str) -> str:
    """The key of attempts at somebody, however his address is written."""
    return digest(f"{what}:to:{whom.strip().casefold()}")


def comes(what: str, address: str) -> str:
    """The key of attempts from a network address."""
    return digest(f"{what}:from:{address}")


class Guard(msgspec.Struct, frozen=True):
    """The keys of one attempt at an account: the pair, the account, the place."""

    pair: str
    account: str
    place: str

    @property
    def rules(self) -> list[tuple[str, Rule]]:
        return [(self.pair, PAIR), (self.account, GUESSES), (self.place, GUESSES)]

    def failed(self, unit: Unit) -> None:
        """Count an attempt that failed."""
        count(unit, [self.pair, self.account, self.place], failed=True)

    def succeeded(self, unit: Unit) -> None:
        """Count one that did not: what was mistyped before weighs no more."""
        forgive(unit, self.account)
        count(unit, [self.pair])


def guard(email: str, address: str) -> Guard:
    """What counts attempts to prove to be the owner of an account, by whichever route."""
    return Guard(meant(f"sign-in from {address}", email), meant("sign-in", email), comes("sign-in", address))


def wait_for(unit: Unit, key: str, rule: Rule) -> timedelta | None:
    """How long until the next attempt is allowed; None: now."""
    since = unit.now - max(rule.span, rule.memory)
    found: list[tuple[datetime, bool]] = [(at, failed) for at, failed in unit.all(queries.ATTEMPTS, key=key, at=since)]
    recent = [at for at, _ in found if at > unit.now - rule.span]
    if rule.most and len(recent) >= rule.most:
        return recent[-rule.most] + rule.span - unit.now
    failed = [at for at, bad in found if bad and at > unit.now - rule.memory]
    if rule.failures and len(failed) >= rule.failures and found[-1][0] > unit.now - rule.pause:
        return found[-1][0] + rule.pause - unit.now
    return None


def require_turn(unit: Unit, keys: Sequence[tuple[str, Rule]], *, lock: bool = True) -> None:
    """429 while one of the keys has had its attempts. With `lock` nobody else counts the same keys meanwhile."""
    for key, rule in sorted(keys, key=lambda one: one[0]):  # one order everywhere: two never wait for each other
        if lock:
            unit.lock(f"attempts:{key}")
        wait = wait_for(unit, key, rule)
        if wait is not None:
            raise RateLimited(
                "Too many attempts. Please try again later.",
                headers={"Retry-After": str(max(1, int(wait.total_seconds()) + 1))},
            )


def count(unit: Unit, keys: Sequence[str], *, failed: bool = False) -> None:
    """Count an attempt; a failed one weighs more."""
    unit.write_many(
        queries.ADD_ATTEMPT, [{"key": key, "at": unit.now, "id": new_id(), "failed": failed} for key in keys]
    )


def forgive(unit: Unit, key: str) -> None:
    """Somebody got in: what he mistyped before weighs no more."""
    unit.write(queries.FORGIVE, key=key)


def forget_attempts(unit: Unit) -> None:
    """Delete what no rule asks for any more."""
    unit.write(queries.FORGET_ATTEMPTS, before=unit.now - HOUR)
