"""Rules at work in a process: what became of each, and why a task is as it is (spec 31 §8.2, §8.6)."""

from collections.abc import Mapping
from typing import Any

import msgspec

from procession.api.endpoint import Call, Reply, operation
from procession.engine.model import Owners
from procession.engine.rules.explain import Because, ConditionSeen, Explanation, Happened, Value
from procession.kernel.errors import Invalid, NotFound
from procession.kernel.ids import read_id
from procession.people.permissions import require_one
from procession.wire.automation import TYPES, AutomatedAction, automated_action
from procession.wire.times import instant
from procession.work import access, explaining

RUN = "/organizations/{org}/runs/{run}"


class RuleInRun(msgspec.Struct, frozen=True, kw_only=True):
    """A rule of the process's version. `last_result`: whether it held when it was last looked at; null: never."""

    rule: AutomatedAction
    fired_at: str | None
    armed: bool
    last_result: bool | None
    conditions: list[dict[str, Any]]


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """Why a task is as it is: each `{value, because, would_change}`."""

    task: str
    visible: dict[str, Any]
    owners: dict[str, Any]
    deadline: dict[str, Any]


@operation("GET", f"{RUN}/automations", id="listRunAutomations", acts=("process.explain",), query=("rule",),
           answer=list[RuleInRun], tag="Processes")  # fmt: skip
def list_run_automations(call: Call) -> Reply:
    """List the rules of a process and what became of each"""
    require_one(call.actor, ("process.explain",))
    held = access.process_to_see(call.unit, call.actor, call.path_id("run"))
    named = call.query.text("rule")
    only = None if named is None else read_id(named) or ""
    return Reply(body={"data": [_rule(one) for one in explaining.rules_now(call.unit, held.process, only)]})


def _rule(one: explaining.RuleNow) -> RuleInRun:
    shown = automated_action(one.rule, one.position)
    met = (*one.memory.met, *[None] * len(shown.conditions))
    pairs = zip(shown.conditions, met, strict=False)
    conditions = [{**msgspec.to_builtins(condition), "isMet": found} for condition, found in pairs]
    return RuleInRun(
        rule=shown,
        fired_at=instant(one.memory.fired_at),
        armed=one.armed,
        last_result=one.memory.held,
        conditions=conditions,
    )


@operation("GET", f"{RUN}/explain", id="explainTask", acts=("process.explain", "task.see"), query=("task",),
           answer=Explained, tag="Processes")  # fmt: skip
def explain_task(call: Call) -> Reply:
    """Tell why a task is hidden or visible, given to whom it is, and due when it is"""
    require_one(call.actor, ("process.explain",))
    access.process_to_see(call.unit, call.actor, call.path_id("run"))
    named = call.query.text("task")
    if not named:
        raise Invalid({"task": ["The task field is required."]})
    task_id = read_id(named)
    if task_id is None:
        raise NotFound
    held = access.task_to_see(call.unit, call.actor, task_id, call.path_id("run"))
    found = explaining.why(call.unit, call.actor, held)
    shown = {name: _explanation(one) for name, one in found.items()}
    return Reply(body={"data": Explained(task=held.task.id, **shown)})


def _explanation(one: Explanation) -> dict[str, Any]:
    return {
        "value": _value(one.value),
        "because": [_because(each) for each in one.because],
        "would_change": [
            {"rule": _named(each.rule, each.name), "missing": [_condition(missing) for missing in each.missing]}
            for each in one.would_change
        ],
    }


def _because(one: Because) -> dict[str, Any]:
    happened = one.happened
    return {
        "at": instant(happened.at),
        "source": happened.source,
        "value": _value(happened.value),
        "rule": _named(happened.rule, happened.name) if happened.rule is not None else None,
        "conditions": [_condition(each) for each in one.conditions],
        "event": {"verb": happened.verb, "step": happened.step, "actor": _actor(happened)},
    }


def _named(rule_id: str, name: str) -> dict[str, str]:
    return {"id": rule_id, "automated_alias": name}


def _condition(one: ConditionSeen) -> dict[str, Any]:
    return {
        "id": one.id,
        "conditionable_id": one.subject,
        "conditionable_type": TYPES[one.kind],
        "operation": one.operation,
        "statement": one.statement,
        "logic": one.logic,
        "value": one.value,
        "isMet": one.met,
    }


def _value(value: Value) -> Any:
    if isinstance(value, Owners):
        return {"users": value.members, "guests": value.guests, "groups": value.groups}
    return value if isinstance(value, bool) or value is None else instant(value)


_ACTORS: Mapping[str, str] = {"u": "user", "e": "guest"}


def _actor(happened: Happened) -> dict[str, Any]:
    """Who acted; a rule acts on behalf of whoever brought its event about."""
    principal = happened.actor or ""
    kind = _ACTORS.get(principal[:1]) if principal[1:].isdigit() else None
    return {"type": kind or "system", "id": int(principal[1:]) if kind is not None else None}
