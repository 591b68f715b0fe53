"""Templates shared with guests: people outside read their structure (spec 30 §4.2, 40 §14.7, §16.3)."""

from collections.abc import Iterable, Sequence

from procession.accounts.keys import Secrets
from procession.accounts.mails import post
from procession.engine.model import Problem
from procession.engine.people import check_guests, mentioned
from procession.kernel.errors import NotFound
from procession.kernel.unit import Event, Unit
from procession.people.guests import find_guest
from procession.people.model import Actor
from procession.people.persons import ensure_guests, facts, guest_addresses
from procession.templates import queries, share_queries
from procession.templates.access import template_to_edit
from procession.templates.model import Problems, Template

MOST = 100
"""How many a request names."""


def shares_of(unit: Unit, template_ids: Iterable[str]) -> dict[str, list[str]]:
    """The addresses each template is shared with, in their order, by two queries. Every id has an entry."""
    found: dict[str, list[str]] = {one: [] for one in template_ids}
    rows = unit.all(share_queries.SHARES, templates=list(found)) if found else []
    addresses = guest_addresses(unit, (guest_id for _, guest_id in rows))
    for template_id, guest_id in rows:
        found[template_id].append(addresses[guest_id])
    return {template_id: sorted(named) for template_id, named in found.items()}


def shared_template(unit: Unit, actor: Actor, template_id: str) -> Template:
    """A live template that is shared with this guest; 404 for every other."""
    template = unit.one(queries.TEMPLATE, template_id=template_id)
    if template is None or template.system or template.archived_at is not None:
        raise NotFound
    if unit.one(share_queries.IS_SHARED, template_id=template_id, guest_id=int(actor.principal[1:])) is None:
        raise NotFound
    return template


def share(
    unit: Unit,
    actor: Actor,
    template_id: str,
    emails: object,
    message: str | None,
    problems: Problems,
    secrets: Secrets,
) -> list[str]:
    """Let guests read the template's structure; whoever is no guest yet becomes one. Each new one is mailed the link.

    Needs EDIT. 422 for members, for addresses that may not be guests, and when nobody is named. Answers all addresses
    it is shared with. Whoever it is shared with already is not written to again.
    """
    template = template_to_edit(unit, actor, template_id)
    people, _ = facts(unit, mentioned({"guests": emails}), actor.settings)
    addresses, wrong = check_guests(emails, people)
    problems.extend(Problem(("emails", *one.path), one.text) for one in wrong)
    if not problems and not addresses:
        problems.append(Problem(("emails",), "The emails field is required."))
    problems.raise_if_any()
    before = shares_of(unit, [template.id])[template.id]
    fresh = [one for one in addresses if one not in before]
    ids = ensure_guests(unit, secrets, fresh)
    made = {"template_id": template.id, "added_by": actor.account_id, "created_at": unit.now}
    unit.write_many(share_queries.ADD_SHARE, [{**made, "guest_id": ids[one]} for one in fresh])
    for address in fresh:
        _write_to(unit, secrets, actor, template, address, ids[address], message)
    after = sorted({*before, *addresses})
    if fresh:
        unit.record([_event(template.id, before, after)])
    return after


def end_share(unit: Unit, actor: Actor, template_id: str, named: str) -> None:
    """The guest of that address, or code, reads it no longer; 404 when it was not shared with him."""
    template = template_to_edit(unit, actor, template_id)
    before = shares_of(unit, [template.id])[template.id]
    gone = find_guest(unit, named)
    if gone is None or gone.email not in before:
        raise NotFound
    unit.write(share_queries.DROP_SHARE, template_id=template.id, guest_id=gone.id)
    unit.record([_event(template.id, before, [one for one in before if one != gone.email])])


def leave_shares(unit: Unit, guest_id: int, heir: int | None = None) -> None:
    """A guest goes: nothing is shared with him any more, but with his heir, if he turned out to be another."""
    found: Sequence[str] = unit.all(share_queries.SHARED_WITH, guest_id=guest_id) if heir is not None else ()
    made = {"guest_id": heir, "added_by": None, "created_at": unit.now}
    unit.write_many(share_queries.ADD_SHARE, [{**made, "template_id": one} for one in found])
    unit.write(share_queries.DROP_SHARES_WITH, guest_id=guest_id)


def _write_to(
    unit: Unit, secrets: Secrets, actor: Actor, template: Template, address: str, guest_id: int, message: str | None
) -> None:
    """The link is his own, which the sending adds: it may be another by then."""
    who = f"{actor.first_name} {actor.last_name}".strip()
    about = {"by": who, "template": template.title, "rights": ["read"], "message": message or ""}
    subject = f"{who} shared “{template.title}” with you"
    post(unit, secrets, "template.shared", address, subject, guest_id=guest_id, about=about,
         subject_of=("template", template.id))  # fmt: skip


def _event(template_id: str, old: Sequence[str], new: Sequence[str]) -> Event:
    return Event(
        kind="template.shared",
        verb="owners-updated",
        subject_kind="template",
        subject_id=template_id,
        field="guests",
        old=list(old),
        new=list(new),
    )
