"""The program (operator's interface): what it prints, exit codes, both databases."""

import json
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from procession.cli.main import main
from procession.operations.migrate import transaction
from procession.operations.settings import load
from procession.server import serving
from tests.support.postgres import Databases

KEYS = {"api_url", "app_url", "organization_id", "user_id", "email", "access_token"}


class Program:
    """Runs the program in this process, with its data in one place."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment

    def __call__(self, *arguments: str, code: int = 0, given: str | None = None) -> Result:
        result = CliRunner().invoke(main, list(arguments), env=self.environment, input=given)
        assert result.exit_code == code, (result.output, result.exception)
        return result

    def json(self, *arguments: str) -> Any:
        return json.loads(self(*arguments, "--json").stdout)


@pytest.fixture(params=["sqlite", "postgresql"])
def program(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    monkeypatch.chdir(tmp_path)
    environment = {"PROCESSION_DATA_DIR": str(tmp_path / "data")}
    if request.param == "postgresql":
        environment["PROCESSION_DATABASE_URL"] = request.getfixturevalue("postgres_url")
    return Program(environment)


@pytest.fixture
def embedded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    monkeypatch.chdir(tmp_path)
    return Program({"PROCESSION_DATA_DIR": str(tmp_path / "data")})


INIT = ("init", "--organization", "Acme", "--email", "Ann.Lee@Example.com")


def test_init_makes_the_first_organization_and_no_second_one(program: Program) -> None:
    first = program.json(*INIT, "--name", "Ann Lee", "--timezone", "Europe/Berlin")
    assert first.keys() == KEYS
    assert first["email"] == "ann.lee@example.com"
    assert isinstance(first["user_id"], int)
    assert first["api_url"] == f"{first['app_url']}/api"
    refused = program(*INIT, code=1)
    assert "--another" in refused.stderr
    assert refused.stdout == ""
    second = program.json(*INIT, "--another")
    assert second["organization_id"] != first["organization_id"]
    assert second["user_id"] == first["user_id"], "the same person"
    assert "access token" in program(*INIT, "--another").stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("init", "--organization", "Acme", "--email", "nobody"),
        ("init", "--organization", " ", "--email", "a@b.example"),
        ("init", "--organization", "x" * 51, "--email", "a@b.example"),
    ],
)
def test_init_says_what_is_wrong(embedded: Program, arguments: tuple[str, ...]) -> None:
    assert embedded(*arguments, code=1).stderr.startswith("procession: ")
    assert embedded.json(*INIT).keys() == KEYS, "nothing was left behind"


def test_a_password_is_read_and_said_to_be_dropped(embedded: Program) -> None:
    assert "not kept" in embedded(*INIT, "--password-stdin", "--json", given="s3cret\n").stderr


def test_the_library_is_looked_through(embedded: Program) -> None:
    program = embedded
    program.json(*INIT)
    assert program.json("library", "list", "--waiting") == program.json("library", "list") == {"data": []}
    for act in (("approve", "f" * 32), ("refuse", "x", "--reason", "No"), ("describe", "f" * 32, "--featured")):
        assert program("library", *act, code=1).stderr.startswith("procession: There is no public template ")
    wrong = program("library", "describe", "f" * 32, "--topic", "Nonsense", code=1).stderr
    assert "There is no topic Nonsense. There are: " in wrong


def test_demo_makes_people(program: Program) -> None:
    demo = program.json("demo")
    assert demo.keys() == KEYS
    assert program.json("token", "create", "--email", "henrik.dahl@northwind.example")["user_id"] != demo["user_id"]
    program("demo", code=1)


def test_tokens(program: Program) -> None:
    first = program.json(*INIT)
    email, organization = first["email"], first["organization_id"]
    made = program.json("token", "create", "--email", email, "--organization", organization, "--name", "CI")
    assert made["access_token"].count(".") == 2
    forever = program("token", "create", "--email", email, "--expires", "never").stdout
    assert "access token" in forever
    listed = program.json("token", "list")["data"]
    assert [one["name"] for one in listed] == ["Command line", "CI", "First token"]
    assert [one["organization_id"] for one in listed] == [None, organization, None]
    assert [one["expires_at"] is None for one in listed] == [True, False, True]
    assert made["access_token"] not in program("token", "list", "--email", email.upper()).stdout
    assert program.json("token", "list", "--email", "x@y.example") == {"data": []}
    program("token", "revoke", made["id"])
    program("token", "revoke", made["id"])
    assert [one["name"] for one in program.json("token", "list")["data"]] == ["Command line", "First token"]
    program("token", "revoke", "f" * 32, code=1)
    program("token", "create", "--email", "x@y.example", code=1)
    program("token", "create", "--email", email, "--organization", "f" * 32, code=1)
    program("token", "create", "--email", email, "--expires", "soon", code=2)
    assert program.json("token", "create", "--email", email, "--expires", "12h")["id"]


def test_a_member_is_active_at_once(program: Program) -> None:
    organization = program.json(*INIT)["organization_id"]
    create = ("user", "create", "--email", "bo@example.com", "--organization", organization)
    made = program.json(*create, "--role", "light")
    assert made.keys() == {"user_id", "access_token"}
    assert "is a member" in program(*create, "--role", "admin", code=1).stderr
    program(*create, "--role", "king", code=2)
    program("user", "create", "--email", "c@d.example", "--role", "light", "--organization", "f" * 32, code=1)
    assert program.json("token", "create", "--email", "bo@example.com")["user_id"] == made["user_id"]
    named = ("user", "create", "--email", "x@example.com", "--organization", organization, "--name", "Cher")
    assert "access token" in program(*named, "--role", "standard").stdout


def test_migrate_and_its_check(program: Program) -> None:
    program("migrate", "--check", code=1)
    assert "brought" in program("migrate").stdout
    program("migrate", "--check")
    assert "is of this version" in program("migrate").stdout


def test_commands_want_a_schema(program: Program) -> None:
    assert "procession migrate" in program("token", "list", code=1).stderr


def test_config_lists_every_setting(embedded: Program) -> None:
    embedded.environment["PROCESSION_SECRET_KEY"] = "s3cret"
    listed = embedded.json("--log", "debug", "config")["data"]
    by_name = {one["name"]: one for one in listed}
    assert (by_name["log"]["value"], by_name["log"]["origin"]) == ("debug", "option")
    text = embedded("config").stdout
    assert "PROCESSION_RATE_LIMIT = 600/minute  (default)" in text
    assert "s3cret" not in text


def test_a_wrong_setting_is_wrong_usage(embedded: Program) -> None:
    embedded.environment["PROCESSION_LOG"] = "loud"
    assert "PROCESSION_LOG" in embedded("config", code=2).stderr


def test_an_unreachable_database_is_one_line(embedded: Program, tmp_path: Path) -> None:
    embedded.environment["PROCESSION_DATABASE_URL"] = f"postgresql://nobody@/x?host={tmp_path}"
    error = embedded("migrate", code=1).stderr
    assert error.startswith("procession: ")
    assert "Traceback" not in error


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    calls: list[tuple[Any, ...]] = []
    monkeypatch.setattr(serving, "serve", lambda _settings, *rest, **named: calls.append((*rest, *named.values())))
    return calls


def test_serve_hands_its_options_on(embedded: Program, served: list[tuple[Any, ...]]) -> None:
    embedded("serve")
    embedded("serve", "--host", "::1", "--port", "9000", "--no-worker", "--no-migrate")
    assert served == [("127.0.0.1", 8000, 1, True, True), ("::1", 9000, 1, False, False)]
    embedded("serve", "--workers", "2", code=2)


def test_a_second_server_is_refused(embedded: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: Any, **_named: Any) -> None:
        raise serving.CannotServe("Another server is running.")

    monkeypatch.setattr(serving, "serve", refuse)
    assert embedded("serve", code=1).stderr == "procession: Another server is running.\n"


def test_run_makes_a_demo_once_and_shows_it_again(
    program: Program, served: list[tuple[Any, ...]], tmp_path: Path
) -> None:
    first = program("run", "--port", "9000").stdout
    kept = tmp_path / "data" / "first-run.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    made = json.loads(kept.read_text())
    assert made.keys() == KEYS
    for shown in ("http://127.0.0.1:9000", made["organization_id"], made["access_token"], made["email"]):
        assert shown in first
    assert program("run", "--port", "9000").stdout == first
    assert served == [("127.0.0.1", 9000, 1, True, False)] * 2
    kept.write_text("{")
    assert made["access_token"] not in program("run").stdout


def test_run_beside_an_organization_of_ones_own(
    embedded: Program, served: list[tuple[Any, ...]], tmp_path: Path
) -> None:
    embedded.json(*INIT)
    assert "http://127.0.0.1:8000" in embedded("run").stdout
    assert not (tmp_path / "data" / "first-run.json").exists()
    assert len(served) == 1


def test_the_module_is_the_program() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "procession", "--version"], capture_output=True, text=True, check=True
    )
    assert shown.stdout.startswith("procession, version ")
    wrong = subprocess.run([sys.executable, "-m", "procession", "fly"], capture_output=True, text=True, check=False)
    assert wrong.returncode == 2


def test_doctor_backup_restore_and_the_change_of_key(program: Program, tmp_path: Path, postgres: Databases) -> None:
    assert program.json("doctor")["status"] in {"warning", "error"}
    first = program.json(*INIT)
    report = program.json("doctor")
    assert report["status"] == "warning"
    assert {"check", "status", "found", "advice"} == report["findings"][0].keys()
    assert "PROCESSION_PUBLIC_URL" in program("doctor").stdout
    assert "Everything of 1 organization is indexed." in program("reindex").stdout
    (chain,) = program.json("verify")
    assert chain["intact"] and "events sealed" in program("verify").stdout
    program("backup", str(tmp_path / "b.tar.gz"))
    assert "exists already" in program("backup", str(tmp_path / "b.tar.gz"), code=1).stderr
    assert "secrets are sealed" in program("secret", "rotate").stdout
    assert "empty place" in program("restore", str(tmp_path / "b.tar.gz"), code=1).stderr
    name = f"other_{tmp_path.name}"
    program.environment["PROCESSION_DATA_DIR"] = str(tmp_path / "other")
    if "PROCESSION_DATABASE_URL" in program.environment:
        program.environment["PROCESSION_DATABASE_URL"] = postgres.create_database(name)
    assert "Restored" in program("restore", str(tmp_path / "b.tar.gz")).stdout
    assert [one["email"] for one in program.json("token", "list")["data"]] == [first["email"]]
    postgres.drop_database(name)


def test_doctor_says_by_its_exit_code_that_something_is_wrong(embedded: Program, tmp_path: Path) -> None:
    embedded.environment["PROCESSION_DATABASE_URL"] = f"postgresql://nobody@/x?host={tmp_path}"
    assert "ERROR" in embedded("doctor", code=1).stdout


def test_a_key_of_the_operator_is_read_from_standard_input(embedded: Program) -> None:
    embedded.environment["PROCESSION_SECRET_KEY"] = "first" * 8
    embedded.json(*INIT)
    assert "--stdin" in embedded("secret", "rotate", code=1).stderr
    assert "before the next start" in embedded("secret", "rotate", "--stdin", given="second" * 8 + "\n").stdout
    assert "error" in embedded("doctor", "--json", code=1).stdout
    embedded.environment["PROCESSION_SECRET_KEY"] = "second" * 8
    assert embedded.json("token", "create", "--email", "ann.lee@example.com")["access_token"]


def test_a_worker_wants_a_schema(embedded: Program) -> None:
    assert "procession migrate" in embedded("worker", code=1).stderr
    embedded("worker", "--concurrency", "0", code=2)


def test_dead_jobs_are_listed_and_replayed(program: Program) -> None:
    program(*INIT)
    made = program.json("config")["data"]
    assert made
    settings = load(program.environment)
    with transaction(settings) as connection:
        connection.execute(
            sa.text("UPDATE jobs SET done_at = NULL, dead_at = created_at, attempts = 12, error = 'Boom'")
        )
    found = program.json("jobs", "list")["data"]
    assert found and found[0]["error"] == "Boom" and found[0]["attempts"] == 12
    assert "payload" not in found[0]
    assert "Boom" in program("jobs", "list").stdout
    program("jobs", "replay", code=2)
    program("jobs", "replay", "1", "--all", code=2)
    assert "999999" in program("jobs", "replay", str(found[0]["id"]), "999999", code=1).stderr
    assert len(program.json("jobs", "list")["data"]) == len(found), "none is, when one is not there"
    assert program("jobs", "replay", str(found[0]["id"])).stdout == "1 jobs will run again.\n"
    program("jobs", "replay", "--all")
    assert program.json("jobs", "list")["data"] == []


def test_a_server_loads_nothing_it_does_not_use() -> None:
    """Colours that developers' tools bring along, PostgreSQL's driver beside SQLite: a tenth of its memory."""
    program = (
        "import sys, procession.__main__, procession.server.serving; "
        "print([one for one in ('rich', 'pygments', 'psycopg') if sys.modules.get(one)])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
