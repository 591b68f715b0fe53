"""A job title is deleted: steps do not ask for it any more, running tasks keep their people (spec 41 §10)."""

from procession.kernel.unit import Unit
from procession.people import job_titles
from procession.people.model import Actor
from procession.people.records import JobTitle
from procession.templates.leaving import take_title_off_steps


def delete_job_title(unit: Unit, actor: Actor, gone: JobTitle) -> None:
    """Delete a job title for good."""
    take_title_off_steps(unit, actor, gone.id)
    job_titles.delete_job_title(unit, gone)
