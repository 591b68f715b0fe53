"""A consistent copy of everything, made while the server works (`procession backup`)."""

import tempfile
from contextlib import suppress
from pathlib import Path

import msgspec

from procession import __version__
from procession.accounts.keys import Secrets
from procession.files.store import local_path
from procession.kernel.clock import Clock
from procession.operations.archive import FORMAT, MANIFEST, Manifest, Writer
from procession.operations.copying import DATABASE, copy_sqlite, copy_tables, schema_of, snapshot
from procession.operations.databases import sqlite_path
from procession.operations.first import Refused
from procession.operations.run import FILE as FIRST_RUN
from procession.operations.settings import KEY_FILE, Settings, kept_key
from procession.wire.times import instant

FILES = "files/"
LOCAL = "file://"
CHECK = b"procession backup"


def backup(settings: Settings, path: Path) -> Manifest:
    """Write a backup to a new file; what it is. Raises `Refused` when there is nothing to keep, or the file exists.

    The database is copied first, then the files: what its rows name was there before them.
    """
    target = path.expanduser().absolute()
    key = kept_key(settings)
    if key is None:
        raise Refused("There is no secret key, and so nothing to keep.")
    with Writer(target) as writer, tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as folder:
        if settings.embedded:
            copy = Path(folder) / DATABASE
            manifest = _begin(settings, writer, "sqlite", copy_sqlite(sqlite_path(settings), copy), key)
            writer.add_path(DATABASE, copy)
        else:
            with snapshot(settings.database_url) as connection:
                manifest = _begin(settings, writer, "postgresql", schema_of(connection), key)
                copy_tables(connection, writer, Path(folder))
        _add_files(settings, writer)
    return manifest


def _begin(settings: Settings, writer: Writer, engine: str, schema: str, key: str) -> Manifest:
    """What the backup is, and what the data directory keeps beside the database.

    A key that the operator sets is his to keep; one that was made here goes with the data it opens.
    """
    manifest = Manifest(
        format=FORMAT,
        version=__version__,
        engine=engine,
        schema=schema,
        made_at=instant(Clock().now()) or "",
        key_check=Secrets(key).seal(CHECK),
        key_included=not settings.secret_key,
    )
    writer.add_bytes(MANIFEST, msgspec.json.encode(manifest))
    if manifest.key_included:
        writer.add_bytes(KEY_FILE, f"{key}\n".encode())
    if (settings.data_dir / FIRST_RUN).is_file():
        writer.add_path(FIRST_RUN, settings.data_dir / FIRST_RUN)
    return manifest


def files_folder(settings: Settings) -> Path | None:
    """Where files are kept on this machine; None when they are kept elsewhere."""
    if not settings.files_url.startswith(LOCAL):
        return None
    return local_path(settings.files_url)


def _add_files(settings: Settings, writer: Writer) -> None:
    folder = files_folder(settings)
    if folder is None or not folder.is_dir():
        return
    for path in sorted(folder.rglob("*")):
        unfinished = "#" in path.name  # an upload on its way: no row names it
        if path.is_file() and not path.is_symlink() and not unfinished:
            with suppress(FileNotFoundError):  # deleted meanwhile
                writer.add_path(f"{FILES}{path.relative_to(folder).as_posix()}", path)
