"""Whether a template can be launched for everybody who joins, without anybody there to answer (spec 41 §6.3)."""

from procession.kernel.unit import Unit
from procession.templates.access import find_live
from procession.templates.versions import compiled


def onboarding_problem(unit: Unit, template_id: str) -> str | None:
    """The rule that the template breaks, in words; None if new members can be given a process of it."""
    template = find_live(unit, template_id)
    if template is None or template.system:
        return "The selected onboarding template id is invalid."
    if template.kind != "procedure":
        return "The onboarding template must be a procedure."
    if template.launched_version is None:
        return "The onboarding template must be published."
    document = compiled(unit, template.launched_version).document
    if not document.steps:
        return "The onboarding template needs at least one step."
    if any(field.required for field in document.kickoff):
        return "The onboarding template may not have a required kick-off field."
    return None
