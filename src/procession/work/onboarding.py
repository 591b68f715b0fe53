"""The process that welcomes a new member, launched by the bot in his name (spec 41 §6.3, 10 §22.7)."""

from collections.abc import Mapping
from typing import Any

from procession.engine.model import Step
from procession.engine.naming import LIMIT
from procession.kernel.unit import Unit
from procession.people.joining import newcomer, note_failure, note_welcome
from procession.people.model import nobody
from procession.people.persons import persons
from procession.people.settings import current_settings
from procession.templates.launching import Launchable, launchable_by_step
from procession.templates.onboarding import onboarding_problem
from procession.work.launch import LaunchOrder, launch
from procession.work.launch_tasks import StepOverride
from procession.work.update import Options

FAILED = "The onboarding template could not be launched."


def welcome_member(unit: Unit, payload: Mapping[str, Any], secrets: Any) -> None:
    """The job: launch the organization's onboarding template for `account_id`, once per membership.

    Switched off meanwhile, or a member who left already: nothing. What goes wrong is told in the member's history.
    """
    settings, account_id = current_settings(unit), int(payload["account_id"])
    template_id = settings.stored["onboarding_template_id"]
    if not settings.stored["enable_onboarding_template"] or not template_id:
        return
    member = newcomer(unit, account_id)
    if member is None or member.welcomed is not None:
        return
    wrong = onboarding_problem(unit, template_id)
    source = launchable_by_step(unit, template_id) if wrong is None else wrong
    if isinstance(source, str):
        note_failure(unit, account_id, source)
        return
    actor = nobody(settings, account_id)
    order = LaunchOrder(
        fixed_name=_name(unit, source, account_id),
        owner_id=member.host,
        starter_id=account_id,
        overrides={step.id: _his(account_id) for step in source.version.document.steps if _is_nobodys(step)},
        origin=("onboarding", str(account_id)),
        via="onboarding",
        private=True,
    )
    done = launch(unit, actor, source, order, secrets, (), Options())
    if done.process is None:
        note_failure(unit, account_id, FAILED)
    else:
        note_welcome(unit, member, done.process.id)


def _name(unit: Unit, source: Launchable, account_id: int) -> str | None:
    """None: the template's own rule names it; else its title and the member."""
    if source.settings.auto_naming and source.settings.name_format:
        return None
    return f"{source.template.title} - {persons(unit, [account_id])[account_id].full_name}"[:LIMIT]


def _is_nobodys(step: Step) -> bool:
    """Whether the step names nobody; job titles may be filled by their default people."""
    return not (step.assign_starter or step.members or step.groups or step.guests or step.roles)


def _his(account_id: int) -> StepOverride:
    return StepOverride(owners={"users": [account_id]})
