"""What every command shares: settings from options, the database, output, errors as exit codes."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import click
import msgspec
import sqlalchemy as sa

from procession.kernel.database import Database
from procession.kernel.errors import ApiError
from procession.kernel.sqlite import driver
from procession.operations.alone import Occupied
from procession.operations.databases import open_database
from procession.operations.first import Refused
from procession.operations.migrate import SchemaNewer, check
from procession.operations.settings import KNOWN, Settings, WrongSetting, load

F = TypeVar("F", bound=Callable[..., Any])

EXPECTED = (Refused, Occupied, SchemaNewer, ApiError, OSError, driver.Error, sa.exc.DBAPIError)
"""What may go wrong without being a bug: one line, exit code 1. Errors of PostgreSQL's driver, too."""


class Failed(click.ClickException):
    """One line to standard error, exit code 1."""

    def show(self, file: Any = None) -> None:
        click.echo(f"procession: {self.message}", err=True)


@contextmanager
def failures() -> Iterator[None]:
    """Turn what may go wrong into one line and exit code 1; a wrong setting into exit code 2."""
    try:
        yield
    except WrongSetting as error:
        raise click.UsageError(str(error)) from None
    except Exception as error:
        if not isinstance(error, EXPECTED) and not _of_postgres(error):
            raise
        text = str(error).strip() or type(error).__name__
        raise Failed(text.split("\n(Background on this error")[0]) from None


def _of_postgres(error: Exception) -> bool:
    """Whether its driver raised the error; where it was never loaded (SQLite) nothing did."""
    psycopg = sys.modules.get("psycopg")
    return psycopg is not None and isinstance(error, psycopg.Error)


def settings_options(command: F) -> F:
    """An option for every setting that is no secret: options come before the environment."""
    for known in reversed(KNOWN):
        if not known.secret or known.name == "database_url":
            name = f"--{known.name.replace('_', '-')}"
            command = click.option(name, known.name, metavar="TEXT", help=known.meaning)(command)
    return command


def settings_of(context: click.Context) -> Settings:
    """The settings the program was started with."""
    with failures():
        return load(options=context.find_root().params)


def require_schema(settings: Settings) -> None:
    """Raises `Refused` for a database without a schema of this version, `SchemaNewer` for one with a later one."""
    if check(settings):
        raise Refused("The database has no schema of this version; run `procession migrate` or `procession init`.")


@contextmanager
def database_of(settings: Settings) -> Iterator[Database]:
    """The database, with a schema of this version; closed afterwards."""
    with failures():
        require_schema(settings)
        database = open_database(settings)
        try:
            yield database
        finally:
            database.close()


def emit(value: Any, as_json: bool, lines: Sequence[tuple[str, Any]] = ()) -> None:
    """Print `value` as one JSON object, or `lines` for people."""
    if as_json:
        click.echo(msgspec.json.encode(value).decode())
        return
    width = max((len(name) for name, _ in lines), default=0)
    for name, text in lines:
        click.echo(f"{name + ':':<{width + 1}} {text}")


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Print rows in columns; nothing when there are none."""
    shown = [columns, *([str(one[name] if one[name] is not None else "-") for name in columns] for one in rows)]
    widths = [max(len(line[index]) for line in shown) for index in range(len(columns))]
    for line in shown if rows else ():
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
