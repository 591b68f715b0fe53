"""Trying out and checking the rules of a template (spec 31 §8.4, §8.5)."""

from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any

from procession.api.automations import BASE
from procession.api.checklist_bodies import listing, read_body
from procession.api.endpoint import PAGES, Call, Reply, operation
from procession.api.reading import Shape, raw
from procession.engine.answers import read_answers_container
from procession.engine.dates import parse_moment
from procession.engine.model import Problem
from procession.engine.people import read_member
from procession.kernel.ids import read_id
from procession.people.permissions import require_one
from procession.templates.model import Problems
from procession.templates.rule_health import check_rules
from procession.templates.rule_trial import Trial, TrialEvent, try_rules
from procession.wire import automation_trial as wire
from procession.wire.paging import whole

MOMENT = {"type": ["string", "null"], "description": "An instant or a date; now without it."}
VALUES = {"type": ["object", "null"], "additionalProperties": {"$ref": "#/components/schemas/fieldValue"}}
EVENT = {
    "type": "object",
    "required": ["step", "event"],
    "properties": {
        "step": {"type": "string"},
        "event": {"type": "string", "description": "An operation of steps, such as completed, rejected or reopened."},
        "values": VALUES,
        "at": MOMENT,
    },
}
TRIAL = Shape(
    "simulateAutomationsInput",
    {
        "prerun": raw({"$ref": "#/components/schemas/prerunInput"}),
        "starter": raw({"type": ["integer", "null"]}),
        "start": raw(MOMENT),
        "events": raw({"type": ["array", "null"], "items": EVENT, "maxItems": 200}),
    },
)


@operation("GET", BASE + "/lint", id="lintAutomatedActions", acts=("template.see_inside",), query=PAGES,
           answer=list[wire.AutomationWarning], tag="Automations")  # fmt: skip
def lint_automated_actions(call: Call) -> Reply:
    """List what is probably not meant in the rules of a template"""
    require_one(call.actor, ("template.see_inside",))
    found = [wire.warning(one) for one in check_rules(call.unit, call.actor, call.path_id("checklist"))]
    return Reply(body=whole(found, call.query, call.links))


@operation("POST", BASE + "/simulate", id="simulateAutomatedActions", acts=("template.see_inside",), body=TRIAL,
           answer=wire.Simulation, tag="Automations")  # fmt: skip
def simulate_automated_actions(call: Call) -> Reply:
    """Show what the rules of a template would do, without launching anything"""
    require_one(call.actor, ("template.see_inside",))
    template_id = call.path_id("checklist")
    problems = Problems(lambda found: call.raise_problems(found, wire.trial_path))
    sent = read_body(call, TRIAL, problems)
    starter = sent.get("starter")
    trial = Trial(
        start=_moment(sent.get("start"), ("start",), problems) or call.unit.now,
        starter=(call.actor.account_id or 0) if starter is None else read_member(starter) or 0,
        answers=_answers(sent.get("prerun"), ("answers",), problems),
        events=_events(sent.get("events"), problems),
    )
    return Reply(body={"data": wire.simulation(try_rules(call.unit, call.actor, template_id, trial, problems))})


def _events(value: Any, problems: list[Problem]) -> list[TrialEvent]:
    listed = listing(value) if value is not None else []
    if listed is None:
        problems.append(Problem(("events",), "The events must be an array."))
    return [_event(one, ("events", str(place)), problems) for place, one in enumerate(listed or ())]


def _event(value: Any, path: tuple[str, ...], problems: list[Problem]) -> TrialEvent:
    sent: Mapping[str, Any] = value if isinstance(value, dict) else {}
    word = sent.get("event")
    return TrialEvent(
        step=read_id(sent.get("step")) or "",
        word=word if isinstance(word, str) else "",
        answers=_answers(sent.get("values"), (*path, "answers"), problems),
        at=_moment(sent.get("at"), (*path, "at"), problems),
    )


def _answers(value: Any, path: tuple[str, ...], problems: list[Problem]) -> dict[str, Any]:
    """Answers by field id, in any container that a launch takes."""
    found = read_answers_container(value)
    if found is None:
        problems.append(Problem(path, "The answers must be an object by field id."))
    return {read_id(key) or key: one for key, one in (found or {}).items()}


def _moment(value: Any, path: tuple[str, ...], problems: list[Problem]) -> datetime | None:
    if value is None or value == "":
        return None
    moment = parse_moment(value)
    if moment is None:
        problems.append(Problem(path, f"The {path[-1]} is not a valid date."))
        return None
    return moment if isinstance(moment, datetime) else datetime.combine(moment, time(), UTC)
