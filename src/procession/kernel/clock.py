"""The one clock. Tests may stop or move it; everything else asks it."""

from datetime import UTC, datetime, timedelta


class Clock:
    """Now, in UTC. `shift` moves it, `stop` freezes it at an instant, `resume` lets it run again."""

    def __init__(self) -> None:
        self._stopped: datetime | None = None
        self._offset = timedelta()

    def now(self) -> datetime:
        return self._stopped or datetime.now(UTC) + self._offset

    def stop(self, at: datetime) -> None:
        self._stopped = at

    def shift(self, by: timedelta) -> None:
        self._offset += by

    def resume(self) -> None:
        self._stopped = None
