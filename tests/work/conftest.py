"""Every test has an organization of its own in the run's database."""

import pytest

from procession.kernel.database import Database
from tests.work.world import World


@pytest.fixture
def world(database: Database) -> World:
    return World(database)
