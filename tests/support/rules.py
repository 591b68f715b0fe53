"""Rules as tests write them down, stored in the version of a template as the room of rules stores them."""

from collections.abc import Iterable
from typing import Any, get_args

import msgspec

from procession.engine.rule import Action, Assignees, Condition, Logic, Rule, Shift, Source, StepOperation
from procession.kernel.ids import new_id
from procession.kernel.unit import Unit
from procession.people.model import nobody
from procession.people.settings import current_settings
from procession.templates.editing import open_template, store
from tests.support.make import Template
from tests.support.server import Caller, Running

_STEP = get_args(StepOperation)


def when(
    subject: str, operation: Any, statement: Any = None, logic: Logic = "and", *, kickoff: bool = False
) -> Condition:
    """A condition on a step, on a field of a step, or (`kickoff`) on a field of the kick-off form."""
    kind: Any = "step" if operation in _STEP else "kickoff" if kickoff else "field"
    asked = statement if statement is not None or kind != "step" else "any_time"
    return Condition(id=new_id(), kind=kind, subject=subject, operation=operation, statement=asked, logic=logic)


def asked(field: str, operation: Any, statement: Any = None, logic: Logic = "and") -> Condition:
    """A condition on a field of the kick-off form."""
    return when(field, operation, statement, logic, kickoff=True)


def then(verb: Any, target: str | None = None, **more: Any) -> Action:
    return Action(id=new_id(), verb=verb, target=target, **more)


def show(*targets: str) -> tuple[Action, ...]:
    return tuple(then("show", one) for one in targets)


def hide(*targets: str) -> tuple[Action, ...]:
    return tuple(then("hide", one) for one in targets)


def reopen(*targets: str) -> tuple[Action, ...]:
    return tuple(then("reopen", one) for one in targets)


def give(verb: Any, target: str, *, source: Source | None = None, **people: Any) -> Action:
    """An assignment; `members`, `guests`, `groups` are those named by the action itself."""
    named = Assignees(**{name: tuple(ids) for name, ids in people.items()})
    return then(verb, target, source=source, assignees=named)


def due(target: str, value: int, unit: Any, option: Any = "from", **more: Any) -> Action:
    """A deadline; `source` or `anchor` say what it counts from."""
    return then("deadline", target, source=more.get("source"), shift=Shift(value, unit, option, more.get("anchor")))


def rule(name: str, conditions: Iterable[Condition] | Condition, *actions: Action, **more: Any) -> Rule:
    given = (conditions,) if isinstance(conditions, Condition) else tuple(conditions)
    return Rule(id=new_id(), name=name, conditions=given, actions=actions, **more)


def give_rules(server: Running, of: Caller, template: Template, *rules: Rule) -> None:
    """Make these the rules of the template."""

    def work(session: Any) -> None:
        unit = Unit(session, of.organization, server.clock.now(), principal=f"u{of.user_id}")
        actor = msgspec.structs.replace(nobody(current_settings(unit)), account_id=of.user_id)
        opened = open_template(unit, actor, template.id)
        store(unit, actor, opened, msgspec.structs.replace(opened.document, rules=rules), [])

    server.database.command_now(work)
