"""The program: reads options, calls `operations` or `server`, prints. Exit codes: 0 done, 1 failed, 2 wrong usage."""

from procession.cli import lean  # first: what it leaves out is loaded by the others

# isort: split
import sys
from typing import Any

import click

from procession import __version__
from procession.cli.context import Failed, database_of, emit, failures, require_schema, settings_of, settings_options
from procession.cli.jobs import jobs
from procession.cli.keeping import backup, doctor, reindex, restore, secret, verify
from procession.cli.library import library
from procession.cli.people import JSON, organization, token, user
from procession.kernel import log
from procession.operations import migrate as schema
from procession.operations import run as running
from procession.operations import settings as configuration
from procession.operations.demo import make_demo
from procession.operations.first import First, Founder, init
from procession.operations.settings import Settings, public_url

lean.loaded()

HOST, PORT = "127.0.0.1", 8000
HOST_OPTION = click.option("--host", default=HOST, show_default=True)
PORT_OPTION = click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(__version__, prog_name="procession")
@settings_options
@click.pass_context
def main(context: click.Context, /, **_settings: Any) -> None:
    """Procession: a self-hosted workflow server."""
    log.set_up(settings_of(context).log)


def lines(first: First) -> list[tuple[str, Any]]:
    """What people read of a new organization."""
    return [
        ("web", first.app_url),
        ("API", first.api_url),
        ("sign in", first.email),
        ("organization id", first.organization_id),
        ("access token", first.access_token),
    ]


@main.command("init")
@click.option("--organization", metavar="NAME", required=True)
@click.option("--email", required=True, help="The first administrator's address.")
@click.option("--name", metavar="'FIRST LAST'", help="Made from the address unless given.")
@click.option("--timezone", default="UTC", show_default=True, help="The organization's, such as Europe/Berlin.")
@click.option("--password-stdin", is_flag=True, help="Read the administrator's password from standard input.")
@click.option("--another", is_flag=True, help="Make one more when there is an organization already.")
@JSON
@click.pass_context
def init_command(
    context: click.Context,
    /,
    *,
    another: bool,
    as_json: bool,
    password_stdin: bool,
    **founder: Any,
) -> None:
    """Make an organization with its first administrator, in a database made ready for it."""
    settings = settings_of(context)
    if password_stdin:
        sys.stdin.readline()
        click.echo("procession: this version signs in by access token; the password is not kept.", err=True)
    with failures():
        schema.migrate(settings)
    with database_of(settings) as database:
        first = init(database, settings, Founder(**founder), another=another)
    emit(first, as_json, lines(first))


@main.command()
@JSON
@click.pass_context
def demo(context: click.Context, as_json: bool) -> None:
    """Make a demo organization: people, groups, guests, templates and processes."""
    settings = settings_of(context)
    with failures():
        schema.migrate(settings)
    with database_of(settings) as database:
        first = make_demo(database, settings)
    emit(first, as_json, lines(first))


@main.command()
@HOST_OPTION
@PORT_OPTION
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="More than one: PostgreSQL.")
@click.option("--no-worker", is_flag=True, help="Leave background work to `procession worker`.")
@click.option("--no-migrate", is_flag=True, help="Do not bring the schema to this version first.")
@click.pass_context
def serve(context: click.Context, host: str, port: int, workers: int, no_worker: bool, no_migrate: bool) -> None:
    """Serve API, web and event stream."""
    settings = settings_of(context)
    _serve(settings, host, port, workers, with_worker=not no_worker, migrate=not no_migrate)


def _serve(settings: Settings, host: str, port: int, workers: int, *, with_worker: bool, migrate: bool) -> None:
    from procession.server import serving  # lazy: commands that do not serve start in half the time

    if workers > 1 and settings.embedded:
        raise click.UsageError("More than one server process needs PostgreSQL (PROCESSION_DATABASE_URL).")
    try:
        with failures():
            serving.serve(settings, host, port, workers=workers, with_worker=with_worker, migrate=migrate)
    except serving.CannotServe as error:
        raise Failed(str(error)) from None


@main.command()
@click.option("--concurrency", type=click.IntRange(1, 64), default=1, show_default=True, help="Jobs at once.")
@click.pass_context
def worker(context: click.Context, concurrency: int) -> None:
    """Run background work alone, beside servers that were started with --no-worker."""
    from procession.server import working  # lazy: commands that do not serve start in half the time

    settings = settings_of(context)
    with failures():
        require_schema(settings)
        working.work(settings, concurrency)


@main.command()
@HOST_OPTION
@PORT_OPTION
@click.pass_context
def run(context: click.Context, host: str, port: int) -> None:
    """Start at once: data directory, schema, a demo organization on the first run; then serve."""
    settings = settings_of(context)
    address = public_url(settings, host, port)
    with failures():
        first = running.prepare(settings, address)
    shown = lines(first) if first is not None else []
    emit(None, as_json=False, lines=[("web", address), ("API", f"{address}/api"), *shown[2:]])
    _serve(settings, host, port, 1, with_worker=True, migrate=False)


@main.command()
@click.option("--check", is_flag=True, help="Change nothing; exit code 1 when the schema is older.")
@click.pass_context
def migrate(context: click.Context, check: bool) -> None:
    """Bring the schema to this version."""
    settings = settings_of(context)
    with failures():
        older = schema.check(settings) if check else schema.migrate(settings)
    if check and older:
        click.echo("The schema is older than this version.", err=True)
        context.exit(1)
    click.echo("The schema was brought to this version." if older else "The schema is of this version.")


@main.command()
@JSON
@click.pass_context
def config(context: click.Context, as_json: bool) -> None:
    """List every setting with its value, origin, default and meaning; secrets are masked."""
    found = configuration.shown(settings_of(context))
    if as_json:
        emit({"data": found}, as_json)
        return
    for one in found:
        click.echo(f"{one['variable']} = {one['value'] or 'none'}  ({one['origin']})")
        click.echo(f"    {one['meaning']}; default: {one['default'] or 'none'}")


for command in (backup, doctor, jobs, library, organization, reindex, restore, secret, token, user, verify):
    main.add_command(command)

if __name__ == "__main__":  # `make run`
    main(prog_name="procession")
