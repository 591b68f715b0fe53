"""Traces of use: when tokens, members and guests were last seen (house plan §4).

Kept in memory and written once in a while, all at once: no request writes them. What a crash loses is a minute's worth.
"""

from datetime import datetime, timedelta
from threading import Lock

from procession.kernel.database import Session
from procession.kernel.unit import EVERY_TENANT, Unit
from procession.people.model import Account, Actor
from procession.people.presence import Seen, keep_seen

EVERY = timedelta(seconds=60)


class Traces:
    """What was seen since it was last written. Requests note on several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._seen = Seen()
        self._since: datetime | None = None

    def note(self, unit: Unit, actor: Actor | None, account: Account | None) -> None:
        """Remember that somebody called."""
        token = actor.token_id if actor is not None else account.token_id if account is not None else None
        with self._lock:
            if self._since is None:
                self._since = unit.now
            if token is not None:
                self._seen.tokens[token] = unit.now
            if actor is not None and actor.account_id is not None:
                self._seen.members[unit.organization_id, actor.account_id] = unit.now
            elif actor is not None and actor.guest_id is not None:
                self._seen.guests[unit.organization_id, actor.guest_id] = unit.now

    def due(self, now: datetime) -> bool:
        """Whether it is time to write; said once, to whoever asks first. A clock that was set back does not stop it."""
        with self._lock:
            if self._since is None or abs(now - self._since) < EVERY:
                return False
            self._since = None
            return True

    def flush(self, session: Session) -> None:
        """Write what was seen, as a command of its own. What cannot be written is lost: it is no record."""
        with self._lock:
            seen, self._seen = self._seen, Seen()
        moments = [*seen.tokens.values(), *seen.members.values(), *seen.guests.values()]
        if moments:
            keep_seen(Unit(session, EVERY_TENANT, max(moments)), seen)
