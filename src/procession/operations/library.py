"""What the operator says of the templates that organizations make public (spec 30 §18)."""

from collections.abc import Callable, Sequence
from typing import Any

from procession.kernel.clock import Clock
from procession.kernel.database import Database, Session
from procession.kernel.folding import fold
from procession.kernel.ids import read_id
from procession.kernel.unit import EVERY_TENANT, Unit
from procession.operations.first import Refused
from procession.operations.settings import Settings
from procession.templates.library import proposed_template, proposed_templates
from procession.templates.model import FOLDED_LIMIT, Published, Template
from procession.templates.moderating import approve, describe, send_back
from procession.wire.library import industries, topics
from procession.wire.times import instant


def public_templates(database: Database, settings: Settings, *, waiting: bool) -> list[dict[str, Any]]:
    """The public templates of all organizations, by title; `waiting`: those that are not listed yet."""
    now = Clock().now()
    found = database.read_now(lambda session: proposed_templates(Unit(session, EVERY_TENANT, now)))
    shown = [_shown(one, settings) for one in found]
    return [one for one in shown if one["state"] == "waiting"] if waiting else shown


def let_in(database: Database, settings: Settings, template: str) -> dict[str, Any]:
    """The library lists it from now on. Raises `Refused` for what is not public."""
    return _act(database, settings, template, approve)


def take_out(database: Database, settings: Settings, template: str, reason: str | None) -> dict[str, Any]:
    """Make it private again. Raises `Refused` as `let_in`."""
    return _act(database, settings, template, lambda unit, named: send_back(unit, named, reason))


def say(
    database: Database,
    settings: Settings,
    template: str,
    *,
    featured: bool | None,
    about: Sequence[str] | None,
    trades: Sequence[str] | None,
) -> dict[str, Any]:
    """Whether it is featured, what it is about and for whom; None leaves that as it is, an empty list clears it.

    Raises `Refused` as `let_in`, and for a topic or industry that the library does not have.
    """
    known = None if about is None else _known(about, topics(), "topic")
    trade = None if trades is None else _known(trades, industries(), "industry")

    def work(unit: Unit, named: str) -> Template | None:
        return describe(unit, named, featured=featured, topics=known, industries=trade)

    return _act(database, settings, template, work)


def _known(sent: Sequence[str], titles: Sequence[str], kind: str) -> list[str]:
    by_name = {fold(one, FOLDED_LIMIT): one for one in titles}
    for one in sent:
        if fold(one, FOLDED_LIMIT) not in by_name:
            raise Refused(f"There is no {kind} {one}. There are: {', '.join(titles)}.")
    return list(dict.fromkeys(by_name[fold(one, FOLDED_LIMIT)] for one in sent))


def _act(
    database: Database, settings: Settings, template: str, act: Callable[[Unit, str], Template | None]
) -> dict[str, Any]:
    template_id = read_id(template) or ""
    now = Clock().now()

    def work(session: Session) -> dict[str, Any]:
        found = proposed_template(Unit(session, EVERY_TENANT, now), template_id)
        if found is None:
            raise Refused(f"There is no public template {template}.")
        session.scope(found.organization_id)
        after = act(Unit(session, found.organization_id, now), template_id)
        if after is None:
            raise Refused(f"There is no public template {template}.")
        return _shown(Published(after, found.organization, found.organization_id), settings)

    return database.command_now(work)


def _shown(one: Published, settings: Settings) -> dict[str, Any]:
    said = one.template.settings
    waits = settings.library_review and said.approved is None
    return {
        "id": one.template.id,
        "title": one.template.title,
        "organization": one.organization,
        "organization_id": one.organization_id,
        "state": "private" if not said.public else "waiting" if waits else "listed",
        "approved_at": said.approved,
        "changed_at": instant(one.template.updated_at),
        "featured": said.featured,
        "topics": list(said.topics),
        "industries": list(said.industries),
    }
