"""`procession doctor`: each finding at its edge, with what to do about it (both databases)."""

import base64
import http.server
import shutil
import socket
import socketserver
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql

from procession.files import store
from procession.operations import doctor
from procession.operations.doctor import Finding, Report, examine
from procession.operations.keys import next_path
from procession.operations.migrate import transaction
from procession.operations.settings import Settings, load
from tests.operations.test_backup import founded
from tests.support.postgres import SUPERUSER, Databases


def of(report: Report, check: str) -> Finding:
    """The last finding of that name."""
    return [one for one in report.findings if one.check == check][-1]


def change(settings: Settings, statement: str, **values: Any) -> None:
    with transaction(settings) as connection:
        connection.execute(sa.text(statement), values)


def test_a_healthy_server(settings: Settings) -> None:
    founded(settings)
    report = examine(settings)
    assert report.status == "warning"
    told = {one.check for one in report.findings if one.status != "ok"}
    assert told - {"durability"} == {"public address"}, "the tests' PostgreSQL does not wait for the disk"
    assert all((one.advice is None) is (one.status == "ok") for one in report.findings)
    names = {one.check for one in report.findings}
    assert names >= {"configuration", "secret key", "data directory", "database", "schema", "queue"}
    assert settings.embedded or names >= {"database role", "clock"}


def test_before_the_first_start(tmp_path: Path) -> None:
    report = examine(load({"PROCESSION_DATA_DIR": str(tmp_path / "data")}, folder=tmp_path))
    assert report.status == "warning"
    assert "procession init" in str(of(report, "database").advice)
    assert not (tmp_path / "data").exists(), "looking makes nothing"


def test_a_schema_of_another_version(settings: Settings) -> None:
    founded(settings)
    change(settings, "UPDATE alembic_version SET version_num = '0001'")
    assert "procession migrate" in str(of(examine(settings), "schema").advice)
    change(settings, "UPDATE alembic_version SET version_num = '9999'")
    report = examine(settings)
    assert (report.status, of(report, "schema").status) == ("error", "error")


def test_an_unreachable_database(tmp_path: Path) -> None:
    environment = {
        "PROCESSION_DATA_DIR": str(tmp_path),
        "PROCESSION_DATABASE_URL": f"postgresql://x@/y?host={tmp_path}",
    }
    report = examine(load(environment, folder=tmp_path))
    assert (report.status, of(report, "database").status) == ("error", "error")


def test_a_superuser_is_told(tmp_path: Path, postgres: Databases) -> None:
    name = f"doctor_{tmp_path.name}"
    postgres.create_database(name)
    try:
        environment = {
            "PROCESSION_DATA_DIR": str(tmp_path),
            "PROCESSION_DATABASE_URL": postgres.url(name, SUPERUSER),
        }
        found = of(examine(load(environment, folder=tmp_path)), "database role")
    finally:
        postgres.drop_database(name)
    assert (found.status, "superuser" in found.found) == ("warning", True)
    assert "Row-level security" in str(found.advice)


def test_a_role_that_owns_nothing_is_told(settings: Settings, postgres: Databases) -> None:
    if settings.embedded:
        return
    with psycopg.connect(settings.database_url) as connection:
        base = connection.info.dbname
    role = f"{base}_guest"
    postgres.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
    try:
        url = postgres.url(base, role)
        report = examine(msgspec.structs.replace(settings, database_url=url))
    finally:
        postgres.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))
    assert of(report, "database role").status == "error"


@pytest.mark.parametrize(("late", "status"), [(60, "ok"), (180, "warning"), (3600, "error")])
def test_jobs_that_nobody_runs(settings: Settings, late: int, status: str) -> None:
    founded(settings)
    due = datetime.now(UTC) - timedelta(seconds=late)
    change(
        settings,
        "INSERT INTO jobs (organization_id, kind, payload, run_at, attempts, created_at) "
        "VALUES (:o, 'k', '{}', :t, 0, :t)",
        o="0" * 32,
        t=due if not settings.embedded else due.isoformat(timespec="microseconds")[:26] + "Z",
    )
    found = of(examine(settings), "queue")
    assert (found.status, found.found[:10]) == (status, "1 jobs due")
    change(settings, "UPDATE jobs SET dead_at = run_at")
    report = examine(settings)
    assert of(report, "queue").status == "ok"
    assert of(report, "dead jobs").status == "warning"


def test_another_secret_key_is_noticed(settings: Settings) -> None:
    founded(settings)
    found = of(examine(msgspec.structs.replace(settings, secret_key="another" * 5)), "secret key")
    assert found.status == "error"
    own = msgspec.structs.replace(settings, secret_key=None)
    (settings.data_dir / "secret.key").write_text(settings.secret_key or "")
    (settings.data_dir / "secret.key").chmod(0o640)
    assert "chmod" in str(of(examine(own), "secret key").advice)
    (settings.data_dir / "secret.key").chmod(0o600)
    next_path(own).write_text("next" * 8)
    assert "rotate" in str(of(examine(own), "secret key").advice)


def test_the_clock(settings: Settings) -> None:
    founded(settings)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    change(
        settings,
        "INSERT INTO events (organization_id, command_id, at, kind, verb, subject_kind, subject_id, actor, shown) "
        "VALUES (:o, :o, :t, 'k', 'v', 's', 'i', 'system', :yes)",
        o="0" * 32,
        t=tomorrow if not settings.embedded else tomorrow.isoformat(timespec="microseconds")[:26] + "Z",
        yes=True,
    )
    assert "set back" in str(of(examine(settings), "clock").advice)
    assert [doctor.clock_finding(timedelta(seconds=one)).status for one in (-4, 6, -90)] == ["ok", "warning", "error"]


def test_little_space(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    founded(settings)
    statuses = []
    for free in (doctor.LITTLE_SPACE, doctor.LITTLE_SPACE - 1, doctor.NO_SPACE - 1):
        monkeypatch.setattr(shutil, "disk_usage", lambda _path, free=free: _usage(free))
        statuses.append(of(examine(settings), "data directory").status)
    assert statuses == ["ok", "warning", "error"]


class _Usage(msgspec.Struct):
    free: int


def _usage(free: int) -> _Usage:
    return _Usage(free)


def test_a_place_that_cannot_be_written(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    founded(settings)

    def refuse(_path: Path, _content: bytes) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "write_bytes", refuse)
    report = examine(settings)
    assert (report.status, of(report, "data directory").found.endswith("Permission denied")) == ("error", True)


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """A server that knows `/health` and nothing else."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/health" else 404)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as the class has it
            """Silent."""

    server = http.server.HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_public_address(settings: Settings, elsewhere: str) -> None:
    def asked(url: str) -> list[tuple[str, str]]:
        report = examine(msgspec.structs.replace(settings, public_url=url))
        return [(one.status, one.found) for one in report.findings if one.check == "public address"]

    assert asked(elsewhere) == [("ok", f"{elsewhere} answers")]
    assert asked(f"{elsewhere}/nowhere")[0][0] == "error"
    assert asked("http://127.0.0.1:9")[0][0] == "warning"
    assert "not encrypted" in asked("http://procession.invalid")[0][1]


class Post(socketserver.StreamRequestHandler):
    """A mail server that speaks just enough; it knows one password, and has heard everything."""

    heard: list[str]

    def handle(self) -> None:
        self.wfile.write(b"220 post ESMTP\r\n")
        while line := self.rfile.readline().decode().strip():
            self.heard.append(line.split(" ")[0].upper())
            if self.heard[-1] == "EHLO":
                self.wfile.write(b"250-post\r\n250 AUTH PLAIN\r\n")
            elif self.heard[-1] == "AUTH":
                right = line.endswith(base64.b64encode(b"\0me\0p@ss").decode())
                self.wfile.write(b"235 welcome\r\n" if right else b"535 wrong password\r\n")
            elif self.heard[-1] == "QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 fine\r\n")


@pytest.fixture
def post() -> Iterator[tuple[int, list[str]]]:
    heard: list[str] = []
    kind = type("OnePost", (Post,), {"heard": heard})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), kind) as listening:
        thread = threading.Thread(target=listening.serve_forever, daemon=True)
        thread.start()
        yield listening.server_address[1], heard
        listening.shutdown()
        thread.join()


def test_the_mail_server_is_asked_and_no_mail_is_sent(tmp_path: Path, post: tuple[int, list[str]]) -> None:
    port, heard = post

    def told(url: str) -> Finding:
        environment = {"PROCESSION_DATA_DIR": str(tmp_path / "data"), "PROCESSION_SMTP_URL": url}
        return of(examine(load(environment, folder=tmp_path)), "mail")

    assert told(f"smtp://127.0.0.1:{port}").status == "ok"
    assert told(f"smtp://me:p%40ss@127.0.0.1:{port}").status == "ok"
    assert "AUTH" in heard and not {"MAIL", "RCPT", "DATA"} & set(heard)
    wrong = told(f"smtp://me:other@127.0.0.1:{port}")
    assert wrong.status == "error" and "535 wrong password" in wrong.found and "other" not in wrong.found
    assert "PROCESSION_SMTP_URL" in str(wrong.advice)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        assert told(f"smtp://127.0.0.1:{closed.getsockname()[1]}").status == "error"
    assert told("mail.example").status == "error"


def test_a_scanner_and_a_bucket_that_are_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    monkeypatch.setattr(store, "RETRY", {"max_retries": 0})
    environment = {
        "PROCESSION_DATA_DIR": str(tmp_path / "data"),
        "PROCESSION_ANTIVIRUS": f"clamd://{tmp_path}/none.sock",
        "PROCESSION_FILES_URL": "s3://files",
    }
    report = examine(load(environment, folder=tmp_path))
    for name in ("antivirus", "files"):
        assert of(report, name).status == "error" and of(report, name).advice
