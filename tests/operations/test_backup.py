"""Backups that cannot be made or restored: refused in one line, and nothing is left behind (both databases)."""

import gzip
import io
import stat
import tarfile
from pathlib import Path

import msgspec
import psycopg
import pytest

from procession.operations import archive
from procession.operations.alone import Occupied, alone
from procession.operations.backup import backup
from procession.operations.databases import open_database
from procession.operations.first import First, Founder, Refused, init
from procession.operations.migrate import SchemaNewer
from procession.operations.restore import restore
from procession.operations.schema import tenant_tables
from procession.operations.settings import Settings, kept_key, load
from tests.support.migrated import bring_up

FOUNDER = Founder(organization="Acme", email="ann@example.com")


def founded(settings: Settings) -> First:
    bring_up(settings)
    database = open_database(settings)
    try:
        return init(database, settings, FOUNDER)
    finally:
        database.close()


def untouched(settings: Settings) -> bool:
    """Whether nothing was left: no file but the lock, no table."""
    names = [path.name for path in settings.data_dir.iterdir()] if settings.data_dir.exists() else []
    if not settings.embedded:
        with psycopg.connect(settings.database_url) as connection:
            found = connection.execute("SELECT count(*) FROM pg_class WHERE relname = 'accounts'").fetchone()
        names += ["tables"] * (found or (0,))[0]
    return all(name.endswith(".lock") for name in names)


def altered(source: Path, target: Path, change: dict[str, bytes | None]) -> Path:
    """The backup with members replaced, left out (None) or added."""
    with tarfile.open(source) as old, tarfile.open(target, "w:gz") as new:
        for member in old:
            file = old.extractfile(member)
            assert file is not None
            content = change.get(member.name, file.read())
            if content is not None:
                fresh = tarfile.TarInfo(member.name)
                fresh.size = len(content)
                new.addfile(fresh, io.BytesIO(content))
        for name in change.keys() - set(old.getnames()):
            fresh = tarfile.TarInfo(name)
            new.addfile(fresh)
    return target


def test_a_backup_is_for_its_owner_alone_and_never_written_over(settings: Settings, tmp_path: Path) -> None:
    founded(settings)
    path = tmp_path / "backup.tar.gz"
    made = backup(settings, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (made.format, made.key_included) == (archive.FORMAT, False)
    with pytest.raises(Refused, match="exists already"):
        backup(settings, path)
    assert sorted(one.name for one in tmp_path.iterdir() if one.name.startswith(".")) == []


def test_without_a_schema_there_is_nothing_to_keep(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no schema"):
        backup(settings, tmp_path / "b")
    assert not (tmp_path / "b").exists()


def test_integers_are_never_given_twice_after_a_restore(settings: Settings, other: Settings, tmp_path: Path) -> None:
    """Also those of rows that were deleted before the backup."""
    first = founded(settings)
    backup(settings, tmp_path / "b")
    restore(other, tmp_path / "b")
    database = open_database(other)
    try:
        founder = Founder(organization="Next", email="bo@example.com")
        second = init(database, other, founder, another=True)
    finally:
        database.close()
    assert second.user_id > first.user_id


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"end.json": None}, "not complete"),
        ({"manifest.json": b"{}"}, "no backup"),
        ({"../evil": b""}, "which no backup does"),
        ({"stranger": b""}, "does not know|damaged"),
        ({"end.json": b'{"manifest.json": "0"}'}, "damaged"),
    ],
)
def test_a_damaged_backup_restores_nothing(
    settings: Settings, other: Settings, tmp_path: Path, change: dict[str, bytes | None], message: str
) -> None:
    founded(settings)
    backup(settings, tmp_path / "b")
    if "../evil" in change or "stranger" in change:
        change = {"end.json": None, **change}
    with pytest.raises(Refused, match=message):
        restore(other, altered(tmp_path / "b", tmp_path / "c", change))
    assert untouched(other)


def test_half_a_backup_restores_nothing(settings: Settings, other: Settings, tmp_path: Path) -> None:
    founded(settings)
    backup(settings, tmp_path / "b")
    whole = (tmp_path / "b").read_bytes()
    for size in (0, 100, len(whole) // 2, len(whole) - 100):
        (tmp_path / "half").write_bytes(whole[:size])
        with pytest.raises(Refused):
            restore(other, tmp_path / "half")
        assert untouched(other), size
    (tmp_path / "text").write_bytes(gzip.compress(b"something else"))
    with pytest.raises(Refused, match="no backup"):
        restore(other, tmp_path / "text")
    restore(other, tmp_path / "b")
    assert not untouched(other)


def test_the_key_must_be_the_one_of_the_backup(settings: Settings, other: Settings, tmp_path: Path) -> None:
    founded(settings)
    backup(settings, tmp_path / "b")
    for key in (None, "another" * 5):
        with pytest.raises(Refused, match="secret key"):
            restore(msgspec.structs.replace(other, secret_key=key), tmp_path / "b")
    assert untouched(other)


def test_a_key_that_was_made_here_goes_with_the_data(settings: Settings, other: Settings, tmp_path: Path) -> None:
    own, theirs = (msgspec.structs.replace(one, secret_key=None) for one in (settings, other))
    founded(own)
    assert backup(own, tmp_path / "b").key_included
    restore(theirs, tmp_path / "b")
    assert kept_key(theirs) == kept_key(own)
    assert stat.S_IMODE((theirs.data_dir / "secret.key").stat().st_mode) == 0o600


def test_a_place_in_use_is_left_alone(settings: Settings, other: Settings, tmp_path: Path) -> None:
    founded(settings)
    backup(settings, tmp_path / "b")
    founded(other)
    with pytest.raises(Refused, match="empty"):
        restore(other, tmp_path / "b")


def test_a_running_server_is_left_alone(tmp_path: Path) -> None:
    settings = load({"PROCESSION_DATA_DIR": str(tmp_path / "data")}, folder=tmp_path)
    founded(settings)
    backup(settings, tmp_path / "b")
    other = load({"PROCESSION_DATA_DIR": str(tmp_path / "other")}, folder=tmp_path)
    with alone(other), pytest.raises(Occupied):
        restore(other, tmp_path / "b")


def test_what_a_later_version_made_is_refused(settings: Settings, other: Settings, tmp_path: Path) -> None:
    founded(settings)
    made = backup(settings, tmp_path / "b")
    later = msgspec.json.encode(msgspec.structs.replace(made, format=archive.FORMAT + 1))
    with pytest.raises(Refused, match="format"):
        restore(other, altered(tmp_path / "b", tmp_path / "c", {"manifest.json": later}))
    if not settings.embedded:
        unknown = msgspec.json.encode(msgspec.structs.replace(made, schema="9999"))
        with pytest.raises(SchemaNewer, match="9999"):
            restore(other, altered(tmp_path / "b", tmp_path / "d", {"manifest.json": unknown}))
    assert untouched(other)


def test_the_kinds_of_database_are_not_mixed(tmp_path: Path, postgres_url: str) -> None:
    settings = load({"PROCESSION_DATA_DIR": str(tmp_path / "data")}, folder=tmp_path)
    founded(settings)
    backup(settings, tmp_path / "b")
    environment = {"PROCESSION_DATA_DIR": str(tmp_path / "x"), "PROCESSION_DATABASE_URL": postgres_url}
    with pytest.raises(Refused, match="The backup is of sqlite"):
        restore(load(environment, folder=tmp_path), tmp_path / "b")


def test_the_second_wall_stands_again_after_a_restore(settings: Settings, other: Settings, tmp_path: Path) -> None:
    """COPY passes no row-level security: it was lifted for the restore, and for nothing else."""
    if settings.embedded:
        return
    founded(settings)
    backup(settings, tmp_path / "b")
    restore(other, tmp_path / "b")
    with psycopg.connect(other.database_url) as connection:
        forced = connection.execute("SELECT relname FROM pg_class WHERE relforcerowsecurity ORDER BY 1").fetchall()
        assert [name for (name,) in forced] == sorted([*tenant_tables(), "search_vectors"])
        assert connection.execute("SELECT count(*) FROM organizations").fetchone() == (0,)
