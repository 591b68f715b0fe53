"""The general rate limits: 600 a minute and 60 in a second, per token or address (spec 00 RATE-01, RATE-05).

A token counts by itself once it has proved good. Until then it counts for the address it comes from: whoever guesses
tokens gets no more guesses than anybody without one, and fills no memory.
"""

import time
from hashlib import blake2b

import msgspec
from limits import RateLimitItemPerMinute, RateLimitItemPerSecond, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from procession.kernel.errors import RateLimited

LONGEST_WAIT = 30
KNOWN = 50_000
"""How many good credentials a process remembers."""


class Verdict(msgspec.Struct, frozen=True):
    """What the headers of an allowed request say."""

    limit: int
    remaining: int
    reset: int


class Limiter:
    """`setting` is `600/minute`, `off`, or another count and span."""

    def __init__(self, setting: str) -> None:
        self.off = setting.strip().lower() in ("off", "none", "0", "")
        self._general = RateLimitItemPerMinute(600) if self.off else parse(setting)
        self._burst = RateLimitItemPerSecond(60)
        self._window = MovingWindowRateLimiter(MemoryStorage())
        self._known: dict[bytes, None] = {}

    def admit(self, credential: str, address: str) -> Verdict | None:
        """Count a request; raises `RateLimited` when it is one too many. None: limits are off, or not counted yet.

        What is not known to be good is not counted before it failed; but once its address has had its failures, it is
        not even looked at.
        """
        if self.off:
            return None
        if not credential:
            return self.hit(address)
        if _mark(credential) in self._known:
            return self.hit(credential)
        if not self._window.test(self._general, _guesses(address)):
            raise self._exhausted(_guesses(address))
        return None

    def accepted(self, credential: str) -> Verdict | None:
        """The credential turned out to be good: from now on it counts by itself."""
        mark = _mark(credential)
        if self.off or mark in self._known:
            return None
        while len(self._known) >= KNOWN:
            del self._known[next(iter(self._known))]
        self._known[mark] = None
        self._window.hit(self._burst, credential)
        self._window.hit(self._general, credential)
        return self._verdict(credential)

    def refused(self, credential: str, address: str) -> None:
        """The credential turned out to be bad: one guess less for its address. `RateLimited` when it had none."""
        if self.off or not credential:
            return
        self._known.pop(_mark(credential), None)
        if not self._window.hit(self._general, _guesses(address)):
            raise self._exhausted(_guesses(address))

    def hit(self, key: str) -> Verdict | None:
        """Count one request; raises `RateLimited` when it is one too many. None: limits are off."""
        if self.off:
            return None
        limit = self._general.amount
        if not self._window.hit(self._burst, key):
            raise self._refusal(1, limit)
        if not self._window.hit(self._general, key):
            raise self._exhausted(key)
        return self._verdict(key)

    def further(self, key: str, count: int) -> None:
        """Count so many more requests that came together with one; raises `RateLimited` when they are too many.

        They are no burst: whoever sends them together asked for them to be done one after the other.
        """
        if not self.off and count > 0 and not self._window.hit(self._general, key, cost=count):
            raise self._exhausted(key)

    def _verdict(self, key: str) -> Verdict:
        stats = self._window.get_window_stats(self._general, key)
        return Verdict(self._general.amount, stats.remaining, int(stats.reset_time))

    def _exhausted(self, key: str) -> RateLimited:
        reset = self._window.get_window_stats(self._general, key).reset_time
        return self._refusal(min(LONGEST_WAIT, max(1, int(reset - time.time()) + 1)), self._general.amount)

    @staticmethod
    def _refusal(wait: int, limit: int) -> RateLimited:
        return RateLimited(
            headers={
                "Retry-After": str(wait),
                "X-RateLimit-Limit": str(limit),
                "X-RateLimit-Remaining": "0",
                "X-RateLimit-Reset": str(int(time.time()) + wait),
            }
        )


def _guesses(address: str) -> str:
    return f"guesses {address}"


def _mark(credential: str) -> bytes:
    return blake2b(credential.encode("utf-8", "surrogatepass"), digest_size=16).digest()
