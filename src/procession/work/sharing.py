"""Sharing a process with everybody who has its address (spec 10 §15)."""

import secrets as chance
from collections.abc import Sequence
from typing import Any

import msgspec

from procession.accounts.keys import Secrets
from procession.accounts.tokens import digest
from procession.discussions.comments import comments_of
from procession.discussions.model import HIDDEN, Comment
from procession.engine.model import Field, Stage
from procession.engine.variables import Rendered
from procession.engine.work import Answered, Process, Task
from procession.kernel.errors import NotFound, StateRefused
from procession.kernel.unit import Event, Unit
from procession.people.model import Actor, Settings, group, member
from procession.people.organizations import organization_as_shown
from procession.people.persons import persons
from procession.people.records import Organization
from procession.people.settings import current_settings
from procession.people.tenants import across
from procession.templates.versions import compiled, compiled_versions
from procession.work import queries, sharing_queries
from procession.work.asked import group_names
from procession.work.forms import forms_of, kickoff_forms
from procession.work.milestones import milestones_of
from procession.work.persist import process_event
from procession.work.process_reading import tasks_of
from procession.work.reading import Beside, beside

SECTIONS = frozenset({"comments", "form_fields", "assignees"})
"""What can be kept from a public page as a whole."""

NOT_HIDEABLE = "The selected field is invalid: a section, or a field of the process."


class Shared(msgspec.Struct, frozen=True, kw_only=True):
    """A shared process with what its page may tell: visible tasks without confidential ones, in their order."""

    organization: Organization
    process: Process
    hidden: frozenset[str]
    tasks: Sequence[Task]
    beside: Beside
    forms: dict[str, Sequence[Field]]
    kickoff: Sequence[tuple[Field, Answered | None]]
    comments: dict[str, list[Comment]]
    stages: Sequence[Stage]
    names: dict[str, str]


def share(unit: Unit, secrets: Secrets, process_id: str) -> None:
    """Give the process its address, unless it had one before; tell it in the system log."""
    unit.write(sharing_queries.ADD_LINK, **_fresh(unit, secrets, process_id))
    unit.record(
        [
            Event(
                kind="security.process_made_public",
                verb="process_made_public",
                subject_kind="process",
                subject_id=process_id,
                shown=False,
            )
        ]
    )


def replace_link(unit: Unit, secrets: Secrets, process: Process) -> None:
    """A new address; the present one leads nowhere from this moment on. 422 for an archived process."""
    if process.archived_at is not None:
        raise StateRefused("RUN_ARCHIVED", "Cannot update archived processes.", path="run")
    unit.write(sharing_queries.REPLACE_LINK, **_fresh(unit, secrets, process.id))
    unit.record([process_event(process.id, "link_replaced", "updated", field="public_link")])


def _fresh(unit: Unit, secrets: Secrets, process_id: str) -> dict[str, Any]:
    """An address of 256 random bits."""
    token = chance.token_urlsafe(32)
    return {
        "process_id": process_id,
        "digest": digest(token),
        "secret": secrets.seal(token.encode()),
        "created_at": unit.now,
    }


def shared_tokens(unit: Unit, secrets: Secrets, found: Sequence[Process]) -> dict[str, str]:
    """Process → the secret part of its address, of those that are shared now; no query when none is."""
    ids = [one.id for one in found if one.public]
    rows = unit.all(sharing_queries.SECRETS, ids=ids) if ids else []
    return {process_id: secrets.open(sealed).decode() for process_id, sealed in rows}


def unknown_hidden(unit: Unit, process: Process, wanted: Sequence[Any]) -> list[int]:
    """Which of these names no section and no field of the process, by their places (spec 10 §15.2)."""
    left = [one for one in wanted if one not in SECTIONS]
    if not left:
        return []
    rows = unit.all(sharing_queries.OWN_FIELDS, process=process.id)
    known = {one["id"] for _, own in rows for one in own or ()}
    versions = compiled_versions(unit, {process.version_id, *(version for version, _ in rows if version)})
    for version in versions.values():
        known |= {field.id for field in version.document.kickoff}
        known |= {field.id for step in version.document.steps for field in step.fields}
    return [place for place, one in enumerate(wanted) if one not in SECTIONS and one not in known]


def unknown_hidden_of_version(unit: Unit, version_id: str, wanted: Sequence[Any]) -> list[int]:
    """As `unknown_hidden`, for a process that is to be launched from this version."""
    document = compiled(unit, version_id).document
    known = {field.id for field in document.kickoff} | {one.id for step in document.steps for one in step.fields}
    return [place for place, one in enumerate(wanted) if one not in SECTIONS and one not in known]


def place_of(unit: Unit, token: str) -> sharing_queries.Place:
    """Where the page with this address belongs. 404 when there is none."""
    found = across(unit, sharing_queries.SHARED, digest=digest(token))
    if not found:
        raise NotFound
    return found[0]


def shared_process(unit: Unit, process_id: str) -> Shared:
    """What is shared of a process of the unit's organization. 404 unless it is public, and not archived."""
    organization = organization_as_shown(unit)
    process = unit.one(queries.PROCESS, id=process_id)
    if organization is None or process is None or not process.public or process.archived_at is not None:
        raise NotFound
    settings = current_settings(unit)
    hidden = frozenset(process.publicly_hidden)
    every = tasks_of(unit, [process.id])
    tasks = [one for one in every if one.archived_at is None and one.status != "auto-skipped" and not one.confidential]
    shown = beside(unit, _anybody(settings), tasks, processes={process.id: process}, links=False, descriptions=False)
    forms, kickoff = forms_of(unit, tasks), kickoff_forms(unit, [process])[process.id]
    fields = [*(field for form in forms.values() for field in form), *(field for field, _ in kickoff)]
    comments: dict[str, list[Comment]] = {}
    if settings.discusses and "comments" not in hidden:
        found = comments_of(unit, [one.id for one in tasks]) if tasks else {}
        comments = {task: [one for one in said if one.state != HIDDEN] for task, said in found.items()}
    return Shared(
        organization=organization,
        process=process,
        hidden=hidden,
        tasks=tasks,
        beside=_without(shown, hidden_fields(fields, hidden)),
        forms=dict(forms),
        kickoff=kickoff,
        comments=comments,
        stages=milestones_of(unit, [process])[process.id],
        names=_names(unit, shown, tasks, comments, [*_values(shown), *(one.value for _, one in kickoff if one)]),
    )


def hidden_fields(fields: Sequence[Field], hidden: frozenset[str]) -> list[Field]:
    """The fields whose answers are not shown: chosen ones, or all; addresses never; people with the assignees."""
    return [
        one
        for one in fields
        if "form_fields" in hidden
        or one.id in hidden
        or one.kind == "email"
        or (one.kind == "assignees_form" and "assignees" in hidden)
    ]


def _anybody(settings: Settings) -> Actor:
    """Whoever opens the page: he has no rights of his own."""
    return Actor(principal="public", principals=(), role="guest", email="", first_name="", last_name="",
                 settings=settings)  # fmt: skip


def _without(shown: Beside, fields: Sequence[Field]) -> Beside:
    """Titles of tasks do not tell either what hidden fields hold."""
    secret = {field.alias.lower() for field in fields}
    values = {
        key: {alias: Rendered() if alias in secret else one for alias, one in found.items()}
        for key, found in shown.values.items()
    }
    return msgspec.structs.replace(shown, values=values)


def _values(shown: Beside) -> list[Any]:
    return [one.value for answers in shown.answers.values() for one in answers]


def _names(
    unit: Unit, shown: Beside, tasks: Sequence[Task], comments: dict[str, list[Comment]], values: Sequence[Any]
) -> dict[str, str]:
    """What members and groups are called, by principal. Guests have no names here."""
    picked = [one for one in values if isinstance(one, dict)]
    said = [one for found in comments.values() for one in found]
    wanted = {int(who[1:]) for one in said for who in (one.author, *one.mentioned) if who[0] == "u"}
    wanted |= {int(one.completer[1:]) for one in tasks if one.completer and one.completer[0] == "u"}
    wanted |= {who for one in picked for who in one.get("users") or () if isinstance(who, int)}
    people = {**shown.persons, **persons(unit, wanted - shown.persons.keys())}
    groups = {one.principal[1:] for found in shown.assigned.values() for one in found if one.principal[0] == "g"}
    groups |= {who for one in picked for who in one.get("groups") or () if isinstance(who, str)}
    return {
        **{member(one): person.full_name for one, person in people.items()},
        **{group(one): name for one, name in group_names(unit, groups).items()},
    }
