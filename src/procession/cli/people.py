"""`procession token` and `procession user`."""

from datetime import timedelta
from typing import Any

import click

from procession.cli.context import database_of, emit, settings_of, table
from procession.operations import people
from procession.operations.limits import set_limits

JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
COLUMNS = ("id", "email", "name", "organization_id", "created_at", "expires_at", "last_used_at")


class Expiry(click.ParamType[timedelta | None]):
    """A span such as `90d`."""

    name = "expiry"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return people.expiry(value) if isinstance(value, str) else value
        except ValueError as error:
            self.fail(f"{value!r} is not {error}.", param, ctx)


class Limit(click.ParamType[int | str]):
    """A number of seats, or `off`."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if str(value).lower() == "off":
            return "off"
        if not str(value).isascii() or not str(value).isdigit() or int(value) > 1_000_000:
            self.fail(f"{value!r} is not a number, or off.", param, ctx)
        return int(value)


@click.group()
def token() -> None:
    """Make, list and revoke access tokens."""


@token.command("create")
@click.option("--email", required=True, help="Whose token it is: a member of any role.")
@click.option("--organization", metavar="ID", help="The only organization it works for; all of them without.")
@click.option("--name", default="Command line", show_default=True)
@click.option("--expires", type=Expiry(), default="183d", show_default=True, help="90d, 12h or never.")
@JSON
@click.pass_context
def create(
    context: click.Context, email: str, organization: str | None, name: str, expires: Any, as_json: bool
) -> None:
    """Make a personal access token; its text is shown this once."""
    settings = settings_of(context)
    with database_of(settings) as database:
        made = people.new_token(database, settings, email=email, organization=organization, name=name, expires=expires)
    emit(made, as_json, [("token", made["id"]), ("access token", made["access_token"])])


@token.command("list")
@click.option("--email", help="Only the tokens of this member.")
@JSON
@click.pass_context
def list_(context: click.Context, email: str | None, as_json: bool) -> None:
    """List the tokens that are not revoked, newest first."""
    with database_of(settings_of(context)) as database:
        found = people.list_tokens(database, email)
    if as_json:
        emit({"data": found}, as_json)
    else:
        table(found, COLUMNS)


@token.command()
@click.argument("id", metavar="ID")
@click.pass_context
def revoke(context: click.Context, id: str) -> None:  # noqa: A002 - the argument's name
    """Revoke a token: from now on it is refused."""
    with database_of(settings_of(context)) as database:
        people.revoke_token(database, id)


@token.command("rotate-key")
@click.pass_context
def rotate_key(context: click.Context) -> None:
    """Sign tokens with another key from now on. Those that were signed before stay valid."""
    settings = settings_of(context)
    with database_of(settings) as database:
        key_id = people.rotate_key(database, settings)
    click.echo(f"Tokens are signed with the key {key_id} now.")


@click.group()
def user() -> None:
    """Make members, and let them in."""


@click.command()
@click.argument("id", metavar="ID")
@click.option("--full-seats", type=Limit(), help="How many administrators and standard members there may be; off: any.")
@click.option("--light-seats", type=Limit(), help="The same of light members.")
@click.option("--read-only", metavar="REASON", help="From now on it can only be read, for this reason; off: no more.")
@JSON
@click.pass_context
def organization(
    context: click.Context,
    id: str,  # noqa: A002 - the argument's name
    full_seats: Any,
    light_seats: Any,
    read_only: str | None,
    as_json: bool,
) -> None:
    """Show or set what only the operator sets for an organization."""
    sent = {"full_seats": full_seats, "light_seats": light_seats, "read_only_reason": read_only}
    changes = {name: None if value == "off" else value for name, value in sent.items() if value is not None}
    with database_of(settings_of(context)) as database:
        found = set_limits(database, id, changes)
    emit(found, as_json, [(name.replace("_", " "), found[name]) for name in found])


@user.command("reset-link")
@click.option("--email", required=True)
@click.pass_context
def reset_link(context: click.Context, email: str) -> None:
    """Print a link with which somebody sets a new password within an hour: for the first sign-in, or without mail."""
    settings = settings_of(context)
    with database_of(settings) as database:
        click.echo(people.reset_link(database, settings, email))


@user.command("create")
@click.option("--email", required=True)
@click.option("--role", type=click.Choice(["admin", "standard", "light"]), required=True)
@click.option("--organization", metavar="ID", required=True)
@click.option("--name", metavar="'FIRST LAST'", help="Made from the address unless given.")
@JSON
@click.pass_context
def create_user(
    context: click.Context, email: str, role: Any, organization: str, name: str | None, as_json: bool
) -> None:
    """Make a member, active at once, with an access token."""
    settings = settings_of(context)
    with database_of(settings) as database:
        made = people.new_member(database, settings, email=email, role=role, organization=organization, name=name)
    emit(made, as_json, [("user", made["user_id"]), ("access token", made["access_token"])])
