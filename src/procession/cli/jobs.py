"""`procession jobs`: what background work was given up, and bringing it back."""

import click

from procession.cli.context import database_of, emit, settings_of, table
from procession.cli.people import JSON
from procession.operations import dead_jobs

COLUMNS = ("id", "kind", "organization", "attempts", "dead_at", "error")


@click.group()
def jobs() -> None:
    """Look at background work that was given up, and bring it back."""


@jobs.command("list")
@JSON
@click.pass_context
def list_(context: click.Context, as_json: bool) -> None:
    """List the jobs that failed as often as they may, oldest first."""
    with database_of(settings_of(context)) as database:
        found = dead_jobs.dead_jobs(database)
    if as_json:
        emit({"data": found}, as_json)
    else:
        table(found, COLUMNS)


@jobs.command()
@click.argument("ids", metavar="[ID]...", nargs=-1, type=int)
@click.option("--all", "every", is_flag=True, help="Every dead job.")
@click.pass_context
def replay(context: click.Context, ids: tuple[int, ...], every: bool) -> None:
    """Let dead jobs run again, as soon as a worker is free."""
    if bool(ids) == every:
        raise click.UsageError("Name the jobs, or say --all.")
    with database_of(settings_of(context)) as database:
        count = dead_jobs.replay(database, ids)
    click.echo(f"{count} jobs will run again.")
