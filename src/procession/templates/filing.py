"""Templates in folders: how many lie in each, and what becomes of them when one is deleted (spec 30 §17)."""

from collections.abc import Iterable

from procession.kernel.unit import Event, Unit
from procession.people.model import Actor
from procession.templates import queries


def templates_in(unit: Unit, actor: Actor, folder_ids: Iterable[str]) -> dict[str, int]:
    """How many live templates that the caller is shown lie directly in each folder. Every id has an entry."""
    found = dict.fromkeys(folder_ids, 0)
    if found:
        rows = unit.all(
            queries.filed_counts(queries.rights_filter(actor)),
            folders=list(found),
            account=actor.account_id or 0,
            principals=list(actor.principals),
        )
        found.update(dict(rows))
    return found


def empty_folder(unit: Unit, folder_id: str) -> int:
    """The templates of a folder that is deleted lie in none, archived ones too; how many (spec 30 §17.2)."""
    ids = unit.all(queries.UNFILE_TEMPLATES, folder=folder_id, at=unit.now)
    unit.record(
        Event(
            kind="template.updated",
            verb="updated",
            subject_kind="template",
            subject_id=one,
            field="folder_id",
            old=folder_id,
        )
        for one in ids
    )
    return len(ids)
