"""Members of bodies that tell of the past: read for tokens in import mode, and for nobody else (spec 50 IMP-03)."""

from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any

from procession.api.endpoint import Call
from procession.api.reading import Member, raw, read_integer
from procession.engine.dates import parse_moment
from procession.engine.model import Problem
from procession.people.past import UNSAID, Past, unknown_people

WHEN = ("created_at", "started_at", "completed_at")
WHO = ("author_id", "completed_by")
MADE = ("created_at", "author_id")
"""What may be told of most things that were made elsewhere."""
_ONLY = "Taken from tokens in import mode, ignored from others."
_INSTANT = raw({"type": ["string", "null"], "description": f"ISO 8601, not in the future. {_ONLY}"})
_PERSON = raw({"type": ["integer", "string", "null"], "description": f"The id of a member. {_ONLY}"})


def telling(*names: str) -> dict[str, Member]:
    """These members of a shape, under their own names."""
    return {name: _INSTANT if name in WHEN else _PERSON for name in names}


def read_past(call: Call, body: Mapping[str, Any], problems: list[Problem], *names: str) -> Past:
    """What `body` says in these members; `UNSAID` from callers who are not in import mode. What is wrong is told.

    Days without a time begin at midnight, UTC. Nothing was started or completed before it was made, as far as both are
    said at once.
    """
    if not call.actor.imports:
        return UNSAID
    wrong: list[Problem] = []
    sent = {name: body[name] for name in names if body.get(name) not in (None, "")}
    told = {name: _instant(call, name, sent[name], wrong) for name in WHEN if name in sent}
    people = {name: _person(name, sent[name], wrong) for name in WHO if name in sent}
    wrong += _order({name: at for name, at in told.items() if at is not None})
    wrong += unknown_people(call.unit, {name: one for name, one in people.items() if one is not None})
    problems += wrong
    return UNSAID if wrong else Past(**told, **people)  # type: ignore[arg-type]


def _instant(call: Call, name: str, value: Any, wrong: list[Problem]) -> datetime | None:
    found = parse_moment(value)
    if found is None:
        wrong.append(Problem((name,), f"The {name.replace('_', ' ')} is not a valid date."))
        return None
    at = found if isinstance(found, datetime) else datetime.combine(found, time(), UTC)
    if at > call.unit.now:
        wrong.append(Problem((name,), f"The {name.replace('_', ' ')} may not be in the future."))
    return at


def _person(name: str, value: Any, wrong: list[Problem]) -> int | None:
    found = read_integer(value)
    if found is None:
        wrong.append(Problem((name,), f"The {name.replace('_', ' ')} must be an integer."))
    return found


def _order(told: Mapping[str, datetime]) -> list[Problem]:
    """The instants that lie before one that comes first."""
    return [
        Problem((later,), f"The {later.replace('_', ' ')} may not be before the {earlier.replace('_', ' ')}.")
        for place, later in enumerate(WHEN)
        for earlier in WHEN[:place]
        if later in told and earlier in told and told[later] < told[earlier]
    ]
