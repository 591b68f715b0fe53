"""`procession doctor`: looks at everything the server needs, and says what to do about what it finds."""

import shutil
import stat
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal
from urllib.error import HTTPError, URLError

import msgspec
import psycopg
import sqlalchemy as sa

from procession.kernel.clock import Clock
from procession.kernel.database import Database, Session
from procession.kernel.errors import ApiError
from procession.kernel.sql import Query, row
from procession.kernel.sqlite import driver
from procession.kernel.tables import events, jobs
from procession.kernel.unit import EVERY_TENANT, Unit
from procession.operations.backup import files_folder
from procession.operations.databases import open_database, sqlite_path
from procession.operations.first import first_organization
from procession.operations.keys import fits, next_path
from procession.operations.migrate import SchemaNewer, check, present
from procession.operations.probes import mail_problem, scanner_problem, store_problem
from procession.operations.settings import KEY_FILE, Settings, kept_key
from procession.wire.times import instant

Status = Literal["ok", "warning", "error"]
UNREACHABLE = (ApiError, OSError, psycopg.Error, driver.Error, sa.exc.DBAPIError)

OLDEST_POSTGRES = 150000
SAFE_SQLITE = (3, 51, 3)
LITTLE_SPACE, NO_SPACE = 2 * 2**30, 256 * 2**20
QUEUE_LATE, QUEUE_STUCK = timedelta(minutes=2), timedelta(minutes=15)
SKEW, SHORT_SKEW = timedelta(minutes=1), timedelta(seconds=5)
ANSWER_SECONDS = 5

WHY = "the keeper looks at the whole server"
OLDEST_JOB = Query(
    sa.select(sa.func.min(jobs.c.run_at, type_=jobs.c.run_at.type), sa.func.count()).where(
        jobs.c.done_at.is_(None), jobs.c.dead_at.is_(None), jobs.c.run_at <= sa.bindparam("now")
    ),
    row,
    why_all_tenants=WHY,
)
DEAD_JOBS = Query(sa.select(sa.func.count()).where(jobs.c.dead_at.is_not(None)), int, why_all_tenants=WHY)
LAST_EVENT = Query(sa.select(events.c.at).order_by(events.c.id.desc()).limit(1), lambda at: at, why_all_tenants=WHY)


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at. `advice`: what to do about it; None when it is well."""

    check: str
    status: Status
    found: str
    advice: str | None = None


class Report(msgspec.Struct, frozen=True):
    """Everything that was looked at, and the worst of it."""

    status: Status
    findings: list[Finding]


Checks = Iterator[Finding]


def examine(settings: Settings) -> Report:
    """Look at everything that can be looked at; what cannot be reached is a finding. Changes nothing that stays."""
    findings = [*_configuration(settings), *_storage(settings), *_database(settings), *_address(settings)]
    worst: Status = max((one.status for one in findings), key=("ok", "warning", "error").index)
    return Report(worst, findings)


# -- what is set ------------------------------------------------------------------------------------------------------


def _configuration(settings: Settings) -> Checks:
    chosen = [name for name, origin in settings.origins.items() if origin != "default"]
    yield Finding("configuration", "ok", f"set: {', '.join(sorted(chosen))}" if chosen else "everything by default")
    path = settings.data_dir / KEY_FILE
    if settings.secret_key:
        yield Finding("secret key", "ok", "set by the operator")
    elif not path.is_file():
        yield Finding("secret key", "warning", "there is none yet", "It is made on the first start.")
    elif stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield Finding("secret key", "error", f"{path} may be read by others", f"Run `chmod 600 {path}`.")
    else:
        yield Finding("secret key", "ok", f"kept in {path}")
    if not settings.secret_key and next_path(settings).is_file():
        text = "Run `procession secret rotate` again, with all servers stopped; until then the former key is in use."
        yield Finding("secret key", "warning", "a change of key was begun and not finished", text)
    if settings.smtp_url is None:
        yield Finding("mail", "ok", "no mail server: mails are kept in the delivery log")
    elif (problem := mail_problem(settings.smtp_url)) is not None:
        text = "Check PROCESSION_SMTP_URL and whether this machine may reach the mail server; mails wait until then."
        yield Finding("mail", "error", problem, text)
    else:
        yield Finding("mail", "ok", "the mail server takes mails from here")
    if settings.antivirus is not None:
        problem = scanner_problem(settings.antivirus)
        text = "Start clamd, or unset PROCESSION_ANTIVIRUS; until then nobody can upload."
        yield (Finding("antivirus", "error", problem, text) if problem else Finding("antivirus", "ok", "it answers"))


# -- disks ------------------------------------------------------------------------------------------------------------


def _storage(settings: Settings) -> Checks:
    yield from _folder("data directory", settings.data_dir)
    files = files_folder(settings)
    if files is None:
        problem = store_problem(settings.files_url)
        text = "Check the bucket and the AWS_* variables; until then no file comes or goes."
        if problem is None:
            yield Finding("files", "ok", f"kept at {settings.files_url}; what is written there is read again")
        else:
            yield Finding("files", "error", f"{settings.files_url}: {problem}", text)
    elif files.exists():
        yield from _folder("files", files)
    if settings.embedded and (parent := sqlite_path(settings).parent) != settings.data_dir and parent.exists():
        yield from _folder("database folder", parent)


def _folder(name: str, path: Path) -> Checks:
    if not path.is_dir():
        yield Finding(name, "warning", f"{path} does not exist", "It is made on the first start.")
        return
    probe = path / ".doctor"
    try:
        probe.write_bytes(b"x" * 4096)
        probe.unlink()
    except OSError as error:
        yield Finding(name, "error", f"{path}: {error.strerror}", "Give the server's user the right to write there.")
        return
    free = shutil.disk_usage(path).free
    found = f"{path}, {free / 2**30:.1f} GiB free"
    if free < NO_SPACE:
        yield Finding(name, "error", found, "Writing is about to fail: make room now.")
    elif free < LITTLE_SPACE:
        yield Finding(name, "warning", found, "Make room, or move the data to a larger disk.")
    else:
        yield Finding(name, "ok", found)


# -- the database -----------------------------------------------------------------------------------------------------


def _database(settings: Settings) -> Checks:
    try:
        if settings.embedded and not sqlite_path(settings).is_file():
            text = "Run `procession init` (or `procession demo`)."
            yield Finding("database", "warning", f"{sqlite_path(settings)} does not exist", text)
            return
        yield from (_sqlite if settings.embedded else _postgres)(settings)
        older = check(settings)
    except SchemaNewer as error:
        yield Finding("schema", "error", str(error), "Start the version that wrote it, or restore a backup.")
        return
    except UNREACHABLE as error:
        text = "See that it runs and that PROCESSION_DATABASE_URL names it."
        yield Finding("database", "error", f"cannot be reached: {str(error).strip() or error!r}", text)
        return
    if older and present(settings) is None:
        yield Finding("schema", "warning", "there is none yet", "Run `procession init` (or `procession demo`).")
        return
    if older:
        text = "Make a backup, then run `procession migrate`; `procession serve` does it by itself."
        yield Finding("schema", "error", "older than this version", text)
        return
    yield Finding("schema", "ok", "of this version")
    database = open_database(settings)
    try:
        yield from _contents(settings, database)
    finally:
        database.close()


def _sqlite(settings: Settings) -> Checks:
    connection = driver.connect(str(sqlite_path(settings)))
    try:
        (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    finally:
        connection.close()
    version = driver.sqlite_version
    found = f"SQLite {version}, {sqlite_path(settings)}, journal {mode}"
    if tuple(map(int, version.split("."))) < SAFE_SQLITE:
        text = "Use a platform for which pysqlite3 has a wheel, or PostgreSQL: SQLite before 3.51.3 has a known fault."
        yield Finding("database", "warning", found, text)
    else:
        yield Finding("database", "ok", found)


def _postgres(settings: Settings) -> Checks:
    with psycopg.connect(settings.database_url, connect_timeout=ANSWER_SECONDS) as connection:
        asked = connection.execute(
            "SELECT current_setting('server_version_num')::int, current_setting('server_version'), rolsuper, "
            "rolbypassrls, current_setting('server_encoding'), current_setting('fsync'), "
            "current_setting('synchronous_commit'), now(), has_schema_privilege(current_schema(), 'CREATE') "
            "FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        assert asked is not None
    number, version, superuser, bypass, encoding, fsync, commit, now, may_create = asked
    old = number < OLDEST_POSTGRES
    text = "Procession needs PostgreSQL 15 or later." if old else None
    yield Finding("database", "error" if old else "ok", f"PostgreSQL {version}", text)
    if superuser or bypass:
        what = "a superuser" if superuser else "a role with BYPASSRLS"
        text = "Row-level security does not bind it: make an ordinary role that owns the database, and connect as that."
        yield Finding("database role", "warning", f"connects as {what}", text)
    elif not may_create:
        text = "Make it the owner of the database: CREATE DATABASE ... OWNER ..."
        yield Finding("database role", "error", "may not create tables", text)
    else:
        yield Finding("database role", "ok", "an ordinary role")
    if encoding != "UTF8":
        yield Finding("database encoding", "error", encoding, "Make the database anew with ENCODING 'UTF8'.")
    if fsync == "off" or commit == "off":
        text = "What was acknowledged may be lost: switch fsync and synchronous_commit on."
        yield Finding("durability", "warning", f"fsync {fsync}, synchronous_commit {commit}", text)
    yield clock_finding(datetime.now(UTC) - now)


def clock_finding(ahead: timedelta) -> Finding:
    """How far this machine's clock is ahead of the database's."""
    found = f"{abs(ahead).total_seconds():.1f} s {'ahead of' if ahead > timedelta(0) else 'behind'} the database's"
    text = "Set both clocks by NTP: deadlines and leases are counted by them."
    if abs(ahead) > SKEW:
        return Finding("clock", "error", found, text)
    return Finding("clock", "warning", found, text) if abs(ahead) > SHORT_SKEW else Finding("clock", "ok", found)


def _contents(settings: Settings, database: Database) -> Checks:
    now = Clock().now()

    def ask(session: Session) -> tuple[str | None, tuple[datetime | None, int], int, datetime | None]:
        unit = Unit(session, EVERY_TENANT, now)
        oldest = unit.one(OLDEST_JOB, now=now)
        assert oldest is not None
        due: tuple[datetime | None, int] = (oldest[0], oldest[1])
        return first_organization(unit), due, unit.one(DEAD_JOBS) or 0, unit.one(LAST_EVENT)

    organization, due, dead, last = database.read_now(ask)
    if organization is None:
        yield Finding("organization", "warning", "there is none yet", "Run `procession init`.")
    yield from _queue(now, *due, dead)
    if last is not None and last - now > SHORT_SKEW:
        text = "The clock was set back: set it by NTP. Until then new events are dated before older ones."
        yield Finding("clock", "warning", f"the last event is of {instant(last)}, which is in the future", text)
    key = kept_key(settings)
    if key is not None and fits(database, key) is False:
        text = "Set the key the data were written with (PROCESSION_SECRET_KEY, or secret.key of the data directory)."
        yield Finding("secret key", "error", "does not open what the database keeps secret", text)


def _queue(now: datetime, oldest: datetime | None, waiting: int, dead: int) -> Checks:
    late = now - oldest if oldest is not None else timedelta(0)
    found = f"{waiting} jobs due, the oldest for {late.total_seconds():.0f} s"
    if late > QUEUE_LATE:
        text = "No worker is at work, or too few: start `procession worker`, or `serve` without --no-worker."
        yield Finding("queue", "error" if late > QUEUE_STUCK else "warning", found, text)
    else:
        yield Finding("queue", "ok", found)
    if dead:
        text = "They failed again and again: `procession jobs list` says why, `procession jobs replay` runs them again."
        yield Finding("dead jobs", "warning", f"{dead} jobs were given up", text)


# -- the address ------------------------------------------------------------------------------------------------------


def _address(settings: Settings, opened: Callable[..., object] = urllib.request.urlopen) -> Checks:
    if settings.public_url is None:
        text = "Set PROCESSION_PUBLIC_URL to the address people use: links in answers and mails start with it."
        yield Finding("public address", "warning", "not set: links name the address the server listens on", text)
        return
    if settings.public_url.startswith("http://") and not _here(settings.public_url):
        text = "Put a reverse proxy with TLS in front: tokens travel with every request."
        yield Finding("public address", "warning", f"{settings.public_url} is not encrypted", text)
    address = f"{settings.public_url}/health"
    try:
        opened(address, timeout=ANSWER_SECONDS)
    except HTTPError as error:
        text = "Something else answers there: see that the proxy hands every path on to this server."
        yield Finding("public address", "error", f"{address} answers {error.code}", text)
    except (URLError, OSError, ValueError) as error:
        text = "See that the server runs, that the name is known and that the proxy leads here."
        yield Finding("public address", "warning", f"{address} does not answer: {error}", text)
    else:
        yield Finding("public address", "ok", f"{settings.public_url} answers")


def _here(url: str) -> bool:
    return url.removeprefix("http://").split(":")[0].split("/")[0] in {"localhost", "127.0.0.1", "[::1]"}
