"""A change of the secret key: everything sealed follows, in one transaction; a crash half way loses nothing."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import psycopg
import pytest
import sqlalchemy as sa

from procession.accounts.keys import Secrets
from procession.kernel.clock import Clock
from procession.kernel.database import Database
from procession.kernel.unit import Unit
from procession.operations import rotation
from procession.operations.alone import Occupied, alone
from procession.operations.databases import SERVING, open_database
from procession.operations.first import First, Founder, Refused, init
from procession.operations.keys import fits, next_path, sealed_columns
from procession.operations.people import new_token
from procession.operations.rotation import rotate
from procession.operations.schema import metadata
from procession.operations.settings import Settings, kept_key
from procession.people.persons import ensure_guests, guest_codes
from tests.support.migrated import bring_up

GUESTS = [f"guest{number}@client.example" for number in range(7)]
PLAIN = {"errand_parts.content", "idempotency_keys.body", "seal_passes.salts"}
"""Columns of bytes that hold nothing secret: exports, answers as they were given, chance that is thrown away with its
event.
"""


@pytest.fixture
def own(settings: Settings) -> Settings:
    """Settings whose key is made here and kept in the data directory."""
    return msgspec.structs.replace(settings, secret_key=None)


def furnish(settings: Settings) -> tuple[First, dict[int, str]]:
    """An organization with a signing key and guests; the codes of the guests."""
    bring_up(settings)
    database = open_database(settings)
    try:
        first = init(database, settings, Founder(organization="Acme", email="ann@example.com"))
        secrets = Secrets(kept_key(settings) or "")
        database.command_now(lambda session: ensure_guests(unit(session, first), secrets, GUESTS))
    finally:
        database.close()
    return first, codes(settings, first)


def unit(session: object, first: First) -> Unit:
    return Unit(session, first.organization_id, Clock().now())  # type: ignore[arg-type]


def codes(settings: Settings, first: First) -> dict[int, str]:
    database: Database = open_database(settings)
    try:
        secrets = Secrets(kept_key(settings) or "")
        return database.read_now(lambda session: guest_codes(unit(session, first), secrets, range(1, 10_000)))
    finally:
        database.close()


@pytest.fixture
def furnished(own: Settings, monkeypatch: pytest.MonkeyPatch) -> tuple[Settings, First, dict[int, str]]:
    monkeypatch.setattr(rotation, "PAGE", 3)  # seven guests are more than two pages
    first, known = furnish(own)
    assert len(known) == len(GUESTS)
    return own, first, known


Furnished = tuple[Settings, First, dict[int, str]]


def test_every_column_of_bytes_is_sealed_or_known_to_be_plain() -> None:
    sealed = {f"{one.table.name}.{one.name}" for one in sealed_columns()}
    kept = {
        f"{table.name}.{one.name}"
        for table in metadata.sorted_tables
        for one in table.columns
        if isinstance(one.type, sa.LargeBinary)
    }
    assert sealed >= {"signing_keys.secret", "guest_links.code_secret"}
    assert kept - sealed == PLAIN


def test_everything_is_sealed_with_the_next_key(furnished: Furnished) -> None:
    settings, first, known = furnished
    former = kept_key(settings)
    assert rotate(settings) == len(GUESTS) + 1
    fresh = kept_key(settings)
    assert fresh is not None and former is not None and fresh != former
    database = open_database(settings)
    try:
        assert (fits(database, fresh), fits(database, former)) == (True, False)
        assert new_token(database, settings, email="ann@example.com")["access_token"], "the signing key opens"
    finally:
        database.close()
    assert codes(settings, first) == known
    assert not next_path(settings).exists()


def test_a_key_of_the_operator_is_given_by_him(settings: Settings) -> None:
    first, known = furnish(settings)
    with pytest.raises(Refused, match="standard input"):
        rotate(settings)
    for wrong in ("short", f"{settings.secret_key}\n"):
        with pytest.raises(Refused):
            rotate(settings, wrong)
    rotate(settings, "next" * 8 + "\n")
    assert codes(msgspec.structs.replace(settings, secret_key="next" * 8), first) == known
    with pytest.raises(Refused, match="nothing was changed"):
        rotate(settings, "third" * 8)
    assert codes(msgspec.structs.replace(settings, secret_key="next" * 8), first) == known


@pytest.mark.parametrize("point", ["before_rotation_commit", "after_rotation_commit"])
def test_killed_half_way_one_of_the_keys_fits(furnished: Furnished, point: str) -> None:
    settings, first, known = furnished
    environment = {
        **os.environ,
        "PROCESSION_FAULT": point,
        "PROCESSION_DATA_DIR": str(settings.data_dir),
        "PROCESSION_DATABASE_URL": settings.database_url,
    }
    environment.pop("PROCESSION_SECRET_KEY", None)
    command = [sys.executable, "-m", "procession.cli.main", "secret", "rotate"]
    killed = subprocess.run(command, env=environment, cwd=Path(__file__).parents[2], capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert next_path(settings).exists()
    former = kept_key(settings)
    assert codes(settings, first) == known, "the next command to open the database puts the right key in place"
    assert (kept_key(settings) == former) is (point == "before_rotation_commit")
    rotate(settings)
    assert codes(settings, first) == known
    assert not next_path(settings).exists()


def test_servers_are_stopped_first(furnished: Furnished) -> None:
    settings, first, known = furnished
    former = kept_key(settings)
    if settings.embedded:
        with alone(settings), pytest.raises(Occupied):
            rotate(settings)
    else:
        with psycopg.connect(settings.database_url, application_name=SERVING), pytest.raises(Occupied):
            rotate(settings)
    assert kept_key(settings) == former
    assert codes(settings, first) == known
