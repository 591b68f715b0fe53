"""Deleting an archived template for good (spec 30 §3.8)."""

from procession.discussions.comments import comments_of, forget_comments
from procession.files.keeping import delete_with
from procession.kernel.errors import NotFound, StateRefused
from procession.kernel.unit import Event, Unit
from procession.labels.custom_values import forget_values
from procession.labels.folders import forget_filings
from procession.labels.tags import forget_tags
from procession.people.model import Actor
from procession.people.permissions import ADMINS_ONLY, require
from procession.templates import queries, share_queries
from procession.templates.access import rights_of
from procession.templates.archive import references
from procession.templates.editing import plain
from procession.templates.embedding import Reference
from procession.templates.model import Template
from procession.templates.versions import compiled
from procession.watching.stars import forget_stars
from procession.watching.watchers import forget_watchers

NOT_ARCHIVED = "Archive the template before deleting it."


def template_to_delete(unit: Unit, actor: Actor, template_id: str) -> Template:
    """An archived template, locked, for an administrator: 404, 403, then 422 for a live one."""
    template = unit.one(queries.LOCK_TEMPLATE, template_id=template_id)
    if template is None or template.system or "read" not in rights_of(actor, template):
        raise NotFound
    require(actor, "template.delete", (), ADMINS_ONLY)
    if template.archived_at is None:
        raise StateRefused("TEMPLATE_NOT_ARCHIVED", NOT_ARCHIVED, path="checklist")
    return template


def _forget_discussions(unit: Unit, subjects: list[str]) -> None:
    found = [one.id for comments in comments_of(unit, subjects).values() for one in comments]
    if found:
        delete_with(unit, found)
        forget_comments(unit, subjects)


def delete_template(unit: Unit, template: Template) -> list[Reference]:
    """Delete it with its content; who launched from it keeps the versions that were launched.

    Nothing finds it any more. With no launch nothing of it is left; else its row stays for its processes to name.
    Answers the steps of other templates that named it, as archiving did.
    """
    document = compiled(unit, template.version_id).document
    parts = unit.all(queries.PARTS_OF, template_id=template.id)
    steps = [part for kind, part in parts if kind == "step"]  # those removed long ago too: somebody commented on them
    named = references(unit, template.id)
    _forget_discussions(unit, [template.id, *steps])
    forget_tags(unit, "template", [template.id])
    forget_tags(unit, "step", steps)
    forget_filings(unit, "template", [template.id])
    forget_values(unit, [template.id, *(part for _, part in parts)])
    forget_stars(unit, [template.id])
    forget_watchers(unit, [template.id])
    unit.write(share_queries.DROP_SHARES, template_id=template.id)
    unit.write(queries.DROP_WATCHERS, template_id=template.id)
    unit.write(queries.DROP_PARTS, template_id=template.id)
    unit.patch(
        queries.PATCH_TEMPLATE,
        {"deleted_at": unit.now, "alias": f"deleted-{template.id}", "folder_id": None},
        id=template.id,
    )
    if not template.launches:
        delete_with(unit, [template.id])  # else its processes go on showing them
        unit.write(queries.DROP_VERSIONS, template_id=template.id)
        unit.write(queries.DROP_TEMPLATE, template_id=template.id)
    old = {"template": plain(template), "document": plain(document)}
    unit.record(
        [Event(kind="template.deleted", verb="deleted", subject_kind="template", subject_id=template.id, old=old)]
    )
    return named
