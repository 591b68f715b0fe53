"""Trying the rules of a template out, without launching anything (spec 31 §8.4). Nothing is stored."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from procession.engine.answers import check_answer, mentions
from procession.engine.model import Field, Problem, TemplateDocument
from procession.engine.people import Mentions, People
from procession.engine.rules.book import compile_rules, people_named
from procession.engine.rules.simulate import EVENTS_LIMIT, Simulated, Supposed, Supposition, simulate
from procession.engine.rules.state import RulePeople
from procession.kernel.unit import Unit
from procession.people.model import Actor
from procession.people.model import guest as guest_principal
from procession.people.persons import first_active, guest_ids, look_up, oldest_admin
from procession.templates.access import template_to_see
from procession.templates.checks import NO_MEMBER
from procession.templates.model import Problems
from procession.templates.rule_conditions import STEP_OPERATIONS, word
from procession.templates.versions import compiled

Given = tuple[Mapping[str, Field], Mapping[str, Any], tuple[str, ...]]
"""Fields by id, the answers that were sent for them, and where."""

NO_FIELD = "The selected field does not exist."


class TrialEvent(msgspec.Struct, frozen=True):
    """What somebody might do: the step, a word for it, and the answers given before, by field id as they were sent."""

    step: str
    word: str
    answers: Mapping[str, Any] = {}
    at: datetime | None = None


class Trial(msgspec.Struct, frozen=True):
    """A launch at `start` by `starter`, with kick-off answers as they were sent, and what follows."""

    start: datetime
    starter: int
    answers: Mapping[str, Any] = {}
    events: Sequence[TrialEvent] = ()


def try_rules(unit: Unit, actor: Actor, template_id: str, trial: Trial, problems: Problems) -> Simulated:
    """What the rules of the edited version would do. 404; 422 for answers and events that cannot be."""
    template = template_to_see(unit, actor, template_id)
    document = compiled(unit, template.version_id).document
    kickoff = {field.id: field for field in document.kickoff}
    fields = {step.id: {field.id: field for field in step.fields} for step in document.steps}
    events = trial.events[:EVENTS_LIMIT]
    given: list[Given] = [(kickoff, trial.answers, ("answers",))]
    given += [(fields.get(one.step, {}), one.answers, _path(place)) for place, one in enumerate(events)]
    people, inside = _people(unit, actor, document, trial, given)
    checked = [_checked(known, answers, people.people, path, problems) for known, answers, path in given]
    if trial.starter not in people.people.members:
        problems.append(Problem(("starter",), NO_MEMBER))
    supposed = [
        Supposed(one.step, _verb(one.word), answers, one.at) for one, answers in zip(events, checked[1:], strict=True)
    ]
    simulated, wrong = simulate(
        document,
        Supposition(
            start=trial.start,
            starter=trial.starter,
            answers=checked[0],
            events=[*supposed, *(Supposed("", "") for _ in trial.events[EVENTS_LIMIT:])],
            people=msgspec.structs.replace(people, fallback=inside),
            calendar=actor.settings.calendar,
            default=actor.settings.default_deadline,
        ),
    )
    problems += wrong
    problems.raise_if_any()
    return simulated


def _path(place: int) -> tuple[str, ...]:
    return ("events", str(place), "answers")


def _verb(text: str) -> str:
    """The engine's word; `overdue` is what people say for a due date that passed."""
    known = word(text)
    return STEP_OPERATIONS.get(known, known)


def _checked(
    fields: Mapping[str, Field],
    answers: Mapping[str, Any],
    people: People,
    path: tuple[str, ...],
    problems: list[Problem],
) -> dict[str, Any]:
    """The answers as they would be stored. Files are taken as they are described: nobody uploads for a trial."""
    found: dict[str, Any] = {}
    for field_id, value in answers.items():
        field = fields.get(field_id)
        if field is None:
            problems.append(Problem((*path, field_id), NO_FIELD))
        elif field.kind == "file":
            found[field_id] = [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
        else:
            answer = check_answer(field, value, people, coerce=True)
            problems += [Problem((*path, field_id, *one.path), one.text) for one in answer.problems]
            found[field_id] = answer.value
    return found


def _people(
    unit: Unit,
    actor: Actor,
    document: TemplateDocument,
    trial: Trial,
    given: Iterable[Given],
) -> tuple[RulePeople, tuple[int, ...]]:
    """What is known of everybody who may be assigned, by a constant number of queries, and who joins lone guests."""
    sent = {key: value for _, answers, _ in given for key, value in answers.items()}
    named = [people_named(compile_rules(document), sent)]
    named += [
        mentions(fields[key], value) for fields, answers, _ in given for key, value in answers.items() if key in fields
    ]
    members = {trial.starter}.union(*(one.members for one in named), *(step.members for step in document.steps))
    guests = frozenset().union(*(one.guests for one in named), *(step.guests for step in document.steps))
    groups = frozenset().union(*(one.groups for one in named), *(step.groups for step in document.steps))
    known = look_up(unit, Mentions(frozenset(members), guests, groups), actor.settings)
    inside = {address for one in known.groups.values() for address in one.guests}
    settings = actor.settings
    fallback = first_active(unit, [trial.starter]) if settings.guest_tasks_need_member and (guests or inside) else []
    if not fallback and settings.guest_tasks_need_member and (oldest := oldest_admin(unit)) is not None:
        fallback = [oldest]
    people = RulePeople(
        people=known.people,
        members_by_address={one.email: one.id for one in known.persons.values() if one.id in known.people.members},
        group_people=known.groups,
        guest_principals={
            address: guest_principal(number) for address, number in guest_ids(unit, guests | inside).items()
        },
    )
    return people, tuple(fallback)
