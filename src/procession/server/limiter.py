"""The general rate limits: 600 a minute and 60 in a second, per token or address (spec 00 RATE-01, RATE-05)."""

import time

import msgspec
from limits import RateLimitItemPerMinute, RateLimitItemPerSecond, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from procession.kernel.errors import RateLimited

LONGEST_WAIT = 30


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

    def hit(self, key: str) -> Verdict | None:
        """Count one request; raises `RateLimited` when it is one too many. None: limits are off."""
        if self.off:
            return None
        limit = self._general.amount
        if not self._window.hit(self._burst, key):
            raise self._refusal(1, limit)
        if not self._window.hit(self._general, key):
            reset = self._window.get_window_stats(self._general, key).reset_time
            raise self._refusal(min(LONGEST_WAIT, max(1, int(reset - time.time()) + 1)), limit)
        stats = self._window.get_window_stats(self._general, key)
        return Verdict(limit, stats.remaining, int(stats.reset_time))

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
