"""`procession library`: what the public library lists of the templates that organizations make public."""

from typing import Any

import click

from procession.cli.context import database_of, emit, settings_of, table
from procession.cli.people import JSON
from procession.operations import library as work

COLUMNS = ("id", "title", "organization", "state", "approved_at", "changed_at", "featured")
ID = click.argument("id", metavar="ID")
Shown = dict[str, Any]


@click.group()
def library() -> None:
    """Look through the templates that organizations make public; with PROCESSION_LIBRARY_REVIEW they wait for it."""


@library.command("list")
@click.option("--waiting", is_flag=True, help="Only those that are not listed yet.")
@JSON
@click.pass_context
def list_(context: click.Context, waiting: bool, as_json: bool) -> None:
    """List the public templates of all organizations."""
    settings = settings_of(context)
    with database_of(settings) as database:
        found = work.public_templates(database, settings, waiting=waiting)
    if as_json:
        emit({"data": found}, as_json)
    else:
        table(found, COLUMNS)


@library.command("approve")
@ID
@JSON
@click.pass_context
def approve(context: click.Context, id: str, as_json: bool) -> None:  # noqa: A002 - the argument's name
    """Let a template into the public library."""
    settings = settings_of(context)
    with database_of(settings) as database:
        _tell(work.let_in(database, settings, id), as_json)


@library.command("refuse")
@ID
@click.option("--reason", metavar="TEXT", help="Whoever edits the template reads it in its activity.")
@JSON
@click.pass_context
def refuse(
    context: click.Context,
    id: str,  # noqa: A002 - the argument's name
    reason: str | None,
    as_json: bool,
) -> None:
    """Take a template out of the public library: it is private again."""
    settings = settings_of(context)
    with database_of(settings) as database:
        _tell(work.take_out(database, settings, id, reason), as_json)


@library.command("describe")
@ID
@click.option("--featured/--not-featured", default=None, help="Whether the library puts it forward.")
@click.option("--topic", "topics", metavar="TITLE", multiple=True, help="What it is about; again for more.")
@click.option("--industry", "industries", metavar="TITLE", multiple=True, help="Whom it is for; again for more.")
@JSON
@click.pass_context
def describe(
    context: click.Context,
    id: str,  # noqa: A002 - the argument's name
    featured: bool | None,
    topics: tuple[str, ...],
    industries: tuple[str, ...],
    as_json: bool,
) -> None:
    """Say what the library tells of a template."""
    settings = settings_of(context)
    with database_of(settings) as database:
        found = work.say(database, settings, id, featured=featured, about=topics or None, trades=industries or None)
    _tell(found, as_json)


def _tell(found: Shown, as_json: bool) -> None:
    emit(found, as_json, [(name.replace("_", " "), found[name]) for name in found])
