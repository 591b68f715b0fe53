"""`procession backup`, `restore`, `doctor`, `reindex`, `verify` and `secret`."""

import sys
from pathlib import Path

import click

from procession.cli.context import database_of, emit, failures, settings_of
from procession.cli.people import JSON
from procession.operations import rotation
from procession.operations.chains import verify_all
from procession.operations.reindex import reindex as index_again

FILE = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
MARKS = {"ok": "ok     ", "warning": "WARNING", "error": "ERROR  "}


@click.command()
@FILE
@click.pass_context
def backup(context: click.Context, file: Path) -> None:
    """Write a consistent copy of everything to FILE, while the server works."""
    from procession.operations import backup as saving  # lazy: PostgreSQL's driver, which servers on SQLite do without

    with failures():
        made = saving.backup(settings_of(context), file)
    size = file.stat().st_size / 2**20
    click.echo(f"{file}: {size:.1f} MiB, {made.engine}, schema {made.schema}.")
    click.echo("It holds the secret key: keep it as safe as the data." if made.key_included else
               "It does not hold the secret key (PROCESSION_SECRET_KEY): keep that elsewhere.")  # fmt: skip


@click.command()
@FILE
@click.pass_context
def restore(context: click.Context, file: Path) -> None:
    """Bring a backup back, into an empty data directory or database."""
    from procession.operations import restore as bringing  # lazy: as above

    with failures():
        made = bringing.restore(settings_of(context), file)
    click.echo(f"Restored what was kept at {made.made_at} by Procession {made.version}.")


@click.command()
@JSON
@click.pass_context
def doctor(context: click.Context, as_json: bool) -> None:
    """Look at configuration, database, queue, storage, clock and address. Exit code 1 when something is wrong."""
    from procession.operations import doctor as looking  # lazy: as above

    with failures():
        report = looking.examine(settings_of(context))
    if as_json:
        emit(report, as_json)
    for one in report.findings if not as_json else ():
        click.echo(f"{MARKS[one.status]} {one.check}: {one.found}")
        if one.advice:
            click.echo(f"        {one.advice}")
    context.exit(1 if report.status == "error" else 0)


@click.command()
@click.pass_context
def reindex(context: click.Context) -> None:
    """Make the index of search anew, while servers work."""
    with database_of(settings_of(context)) as database:
        count = index_again(database)
    click.echo(f"Everything of {count} organization{'' if count == 1 else 's'} is indexed.")


@click.command()
@JSON
@click.pass_context
def verify(context: click.Context, as_json: bool) -> None:
    """Recompute the hash chain over the history of every organization. Exit code 1 when one does not hold."""
    with database_of(settings_of(context)) as database:
        chains = verify_all(database)
    if as_json:
        emit(chains, as_json)
    for one in chains if not as_json else ():
        what = f"{one.sealed} events sealed, {one.erased} of them erased or removed by the server"
        click.echo(f"{MARKS['ok' if one.intact else 'error']} {one.name} ({one.organization_id}): {what}")
    context.exit(0 if all(one.intact for one in chains) else 1)


@click.group()
def secret() -> None:
    """Change the secret key."""


@secret.command()
@click.option("--stdin", "given", is_flag=True, help="Read the next key from standard input; else it is made.")
@click.pass_context
def rotate(context: click.Context, given: bool) -> None:
    """Seal everything that is kept secret with another key, in one transaction. Stop all servers first."""
    settings = settings_of(context)
    with failures():
        count = rotation.rotate(settings, sys.stdin.readline() if given else None)
    click.echo(f"{count} secrets are sealed with the next key now.")
    if settings.secret_key:
        click.echo("Set PROCESSION_SECRET_KEY to it before the next start.")
