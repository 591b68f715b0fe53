"""A backup into an empty data directory or database (`procession restore`): all of it, or nothing.

Everything is unpacked beside its place and checked to the last byte; then it is moved there, the database last.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory
from cryptography.exceptions import InvalidTag

from procession.accounts.keys import Secrets
from procession.operations import copying
from procession.operations.alone import alone
from procession.operations.archive import MANIFEST, Hashed, Manifest, manifest_of, members, save
from procession.operations.backup import FILES, files_folder
from procession.operations.databases import sqlite_path
from procession.operations.first import Refused
from procession.operations.keys import flush_folder, next_path
from procession.operations.migrate import SchemaNewer, configuration, migrate, transaction
from procession.operations.run import FILE as FIRST_RUN
from procession.operations.settings import KEY_FILE, Settings, make_data_dir

KEPT = (KEY_FILE, FIRST_RUN)
"""What the data directory gets besides database and files."""


def restore(settings: Settings, path: Path) -> Manifest:
    """Restore a backup of the same kind of database, and bring its schema to this version; what it is.

    Raises `Refused` when it is damaged, of the other kind of database or of another secret key, or when something is
    there already; `SchemaNewer` when a later version made it; `Occupied` while a server runs.
    """
    manifest = manifest_of(path)
    engine = "sqlite" if settings.embedded else "postgresql"
    if manifest.engine != engine:
        raise Refused(f"The backup is of {manifest.engine}, the database that is set is {engine}.")
    with alone(settings):
        _require_key(settings, manifest)
        _require_empty(settings)
        make_data_dir(settings)
        with _staged(settings) as (stage, undo):
            if settings.embedded:
                _restore_sqlite(settings, path, stage, undo)
            else:
                _restore_postgres(settings, path, manifest, stage, undo)
        if settings.embedded:
            migrate(settings)
    return manifest


def _require_key(settings: Settings, manifest: Manifest) -> None:
    """The key of the backup is in it, or it is the one that is set here."""
    if not settings.secret_key:
        if not manifest.key_included:
            raise Refused("The backup was made with a secret key of the operator's: set it (PROCESSION_SECRET_KEY).")
        return
    try:
        Secrets(settings.secret_key).open(manifest.key_check)
    except InvalidTag:
        raise Refused("The backup was made with another secret key than the one that is set.") from None


def _require_empty(settings: Settings) -> None:
    names = [*KEPT, next_path(settings).name] if not settings.secret_key else [FIRST_RUN]
    there = [settings.data_dir / name for name in names]
    folder = files_folder(settings)
    if folder is not None and folder.is_dir() and any(folder.iterdir()):
        there.append(folder)
    if settings.embedded:
        there += [Path(f"{sqlite_path(settings)}{end}") for end in ("", "-wal", "-journal")]
    found = [str(path) for path in there if path.exists()]
    if found:
        raise Refused(f"A backup is restored into an empty place only; there is {', '.join(found)}.")
    if not settings.embedded:
        with psycopg.connect(settings.database_url) as connection:
            if not copying.is_empty(connection):
                raise Refused("A backup is restored into an empty database only; this one has tables.")


@contextmanager
def _staged(settings: Settings) -> Iterator[tuple[Path, ExitStack]]:
    """A folder to unpack into, and what is undone unless everything went well."""
    with tempfile.TemporaryDirectory(dir=settings.data_dir, prefix=".restore-") as folder, ExitStack() as undo:
        yield Path(folder), undo
        undo.pop_all()


def _restore_sqlite(settings: Settings, path: Path, stage: Path, undo: ExitStack) -> None:
    target = sqlite_path(settings)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".restore-") as beside:  # to be renamed, not copied
        copy = Path(beside) / target.name
        for name, file in members(path):
            if name == copying.DATABASE:
                save(file, copy)
            else:
                _unpack(name, file, stage)
        if not copy.is_file():
            raise Refused(f"{path} holds no database.")
        copying.check_sqlite(copy)
        _put_in_place(settings, stage, undo)
        copy.replace(target)
        flush_folder(target.parent)


def _restore_postgres(settings: Settings, path: Path, manifest: Manifest, stage: Path, undo: ExitStack) -> None:
    with transaction(settings) as connection:
        _upgrade(connection, manifest.schema)
        driver: psycopg.Connection = _driver(connection)
        with copying.walls_down(driver):
            orders: dict[str, copying.Order] = {}
            for name, file in members(path):
                if name == copying.ORDERS:
                    found = msgspec.json.decode(file.read(), type=list[copying.Order])
                    orders = {f"{copying.TABLES}{one.table}.copy": one for one in found}
                elif name in orders:
                    copying.fill_table(driver, orders.pop(name), file)
                elif name == copying.SEQUENCES:
                    copying.set_counters(driver, file.read())
                else:
                    _unpack(name, file, stage)
        _upgrade(connection, "head")
        _put_in_place(settings, stage, undo)


def _driver(connection: sa.Connection) -> Any:
    """The psycopg connection underneath, in the same transaction."""
    return connection.connection.driver_connection


def _upgrade(connection: sa.Connection, revision: str) -> None:
    config = configuration(connection)
    steps = ScriptDirectory.from_config(config)
    if revision not in {"head", *(step.revision for step in steps.walk_revisions())}:
        raise SchemaNewer(revision)
    command.upgrade(config, revision)


def _unpack(name: str, file: Hashed, stage: Path) -> None:
    if name in KEPT or name.startswith(FILES):
        save(file, stage / name)
    elif name != MANIFEST:
        raise Refused(f"The backup holds {name!r}, which this version does not know.")


def _put_in_place(settings: Settings, stage: Path, undo: ExitStack) -> None:
    """Move what was unpacked to where it belongs; taken away again when what follows fails."""
    for name in KEPT:
        if (stage / name).is_file() and not (name == KEY_FILE and settings.secret_key):
            place = settings.data_dir / name
            (stage / name).replace(place)
            undo.callback(place.unlink, missing_ok=True)
    folder = files_folder(settings)
    if (stage / FILES).is_dir():
        if folder is None:
            raise Refused("The backup holds files, and files are kept elsewhere (PROCESSION_FILES_URL).")
        folder.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            folder.rmdir()
        shutil.move(stage / FILES, folder)
        undo.callback(shutil.rmtree, folder, ignore_errors=True)
    flush_folder(settings.data_dir)
