"""Labels without a server: use cases in an organization of the test's own."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest

from procession.kernel.database import Database, Session
from procession.kernel.ids import new_id
from procession.kernel.unit import Unit

T = TypeVar("T")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Organization:
    """Runs commands and reads of one organization, each a second after the one before."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.id = new_id()
        self.now = NOW

    def do(self, work: Callable[[Unit], T]) -> T:
        self.now += timedelta(seconds=1)
        return self.database.command_now(lambda session: work(self.unit(session)))

    def ask(self, work: Callable[[Unit], T]) -> T:
        return self.database.read_now(lambda session: work(self.unit(session)))

    def unit(self, session: Session) -> Unit:
        return Unit(session, self.id, self.now, principal="u1001")


@pytest.fixture
def organization(database: Database) -> Organization:
    return Organization(database)
