"""What a guest sees of tasks that are not his, in processes that are public (spec 10 §15.4).

All of it but what the page keeps back (§15.2), and but other guests' addresses, which no guest is told.
"""

from collections.abc import Collection, Mapping, Sequence

import msgspec

from procession.engine.model import Field
from procession.engine.work import Assigned, Process, Task
from procession.kernel.unit import Unit
from procession.people.model import Actor
from procession.templates.versions import compiled_versions
from procession.work.forms import forms_of
from procession.work.model import Held


class Veil(msgspec.Struct, frozen=True):
    """What is kept back of one task: sections and fields by id; `aliases`: what variables do not tell."""

    hidden: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    aliases: frozenset[str] = frozenset()

    @property
    def comments(self) -> bool:
        return "comments" in self.hidden

    @property
    def assignees(self) -> bool:
        return "assignees" in self.hidden

    def left(self, fields: Sequence[Field]) -> list[Field]:
        """Those of the fields that are shown."""
        return [one for one in fields if not keeps_back(one, self.hidden)]


def keeps_back(field: Field, hidden: Collection[str]) -> bool:
    """Whether these sections and fields hold the field: chosen, or all; people with the assignees."""
    people = field.kind == "assignees_form" and "assignees" in hidden
    return people or "form_fields" in hidden or field.id in hidden


def is_open_to_guests(process: Process | None, task: Task) -> bool:
    """Whether guests who have a task in the process see this one too."""
    if process is None or not process.public or process.archived_at is not None:
        return False
    return not task.confidential and task.status != "auto-skipped" and task.archived_at is None


def veil_of(unit: Unit, actor: Actor, held: Held) -> Veil | None:
    """What is kept back of one task that the caller sees; None where it is his, and for members."""
    task, process = held.task, held.process
    processes = {process.id: process} if process is not None else {}
    return veils_of(unit, actor, [task], {task.id: held.assigned}, processes).get(task.id)


def veils_of(
    unit: Unit,
    actor: Actor,
    tasks: Sequence[Task],
    assigned: Mapping[str, Sequence[Assigned]],
    processes: Mapping[str, Process],
) -> dict[str, Veil]:
    """Task id → what is kept back, of tasks that are not the caller's; nothing for members, and no query either."""
    if actor.guest_id is None:
        return {}
    others = [one for one in tasks if not any(row.principal in actor.principals for row in assigned.get(one.id, ()))]
    homes = {one.id: processes.get(one.process_id or "") for one in others}
    hidden = {one: frozenset(home.publicly_hidden) for one, home in homes.items() if home is not None}
    veiled = [one for one in others if hidden.get(one.id)]
    if not veiled:
        return {one.id: Veil() for one in others}
    forms = forms_of(unit, veiled)
    named = {home.version_id for home in homes.values() if home is not None}
    versions = compiled_versions(unit, named | {one.version_id for one in veiled if one.version_id is not None})
    found = {}
    for one in others:
        kept, home = hidden.get(one.id, frozenset[str]()), homes[one.id]
        fields = [*forms.get(one.id, ())]
        for version_id in {home.version_id if home is not None else None, one.version_id} & versions.keys():
            document = versions[version_id or ""].document
            fields += [*document.kickoff, *(field for step in document.steps for field in step.fields)]
        secret = [field for field in fields if keeps_back(field, kept)]
        aliases = frozenset(field.alias.lower() for field in secret)
        found[one.id] = Veil(kept, frozenset(field.id for field in secret), aliases)
    return found
