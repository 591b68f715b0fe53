"""A trial of rules and the warnings about them, as clients read them (spec 31 §8.4, §8.5)."""

import msgspec

from procession.engine.rules.simulate import Simulated
from procession.templates.rule_health import Health
from procession.wire.automation import AutomationAssignees
from procession.wire.times import instant


class SimulatedStep(msgspec.Struct, frozen=True):
    """A step as its task stands in the end."""

    id: str
    visible: bool
    assignees: AutomationAssignees
    deadline: str | None
    status: str


class SimulatedCondition(msgspec.Struct, frozen=True):
    """A condition of a rule that was looked at, and the answer or state it was decided by."""

    id: str
    isMet: bool  # noqa: N815 - the published name
    value: str | list[str] | None


class SimulatedRule(msgspec.Struct, frozen=True):
    """A rule that was looked at. `event`: the place of the event it was looked at for, from 0; null: the launch."""

    event: int | None
    rule: str
    fired: bool
    conditions: list[SimulatedCondition]
    effects: list[str]


class Simulation(msgspec.Struct, frozen=True):
    """What the rules of a template would do."""

    steps: list[SimulatedStep]
    log: list[SimulatedRule]


class AutomationWarning(msgspec.Struct, frozen=True):
    """Something that is probably not meant: the rules, and the step or field, that it is about."""

    code: str
    message: str
    rules: list[str]
    subject_id: str | None


def simulation(found: Simulated) -> Simulation:
    """The steps in the order of the template, the rules in the order in which they were looked at."""
    return Simulation(
        steps=[
            SimulatedStep(
                one.id,
                one.visible,
                AutomationAssignees([*one.assignees.members], [*one.assignees.guests], [*one.assignees.groups]),
                instant(one.deadline),
                one.status,
            )
            for one in found.steps
        ],
        log=[
            SimulatedRule(
                one.event,
                one.rule,
                one.fired,
                [SimulatedCondition(each.condition, each.met, _value(each.value)) for each in one.findings],
                list(one.effects),
            )
            for one in found.log
        ],
    )


def _value(value: str | tuple[str, ...] | None) -> str | list[str] | None:
    return list(value) if isinstance(value, tuple) else value


def warning(found: Health) -> AutomationWarning:
    """One warning."""
    return AutomationWarning(found.code, found.text, list(found.rules), found.subject)


def trial_path(path: tuple[str, ...]) -> str:
    """`("events", "0", "answers", "5f…")` → `events.0.values.5f…`."""
    head, *rest = path
    words = {"answers": "values", "members": "users"}
    return ".".join(("prerun" if head == "answers" else head, *(words.get(one, one) for one in rest)))
