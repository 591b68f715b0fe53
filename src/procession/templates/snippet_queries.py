"""All SQL of snippets."""

import sqlalchemy as sa

from procession.kernel.sql import Among, Patch, Query, columns_of, insert, organization, row
from procession.templates.model import Snippet
from procession.templates.tables import snippet_texts, snippets, template_versions, templates

Bind = sa.bindparam


def _snippet(*columns: object) -> Snippet:
    values = dict(zip(Snippet.__struct_fields__, columns, strict=True))
    return Snippet(**{**values, "public": bool(values["public"])})  # type: ignore[arg-type]


_live = sa.select(*columns_of(snippets, Snippet)).where(organization(snippets), snippets.c.deleted_at.is_(None))
SNIPPETS = Query(_live, _snippet)
SNIPPET = Query(_live.where(snippets.c.id == Bind("id")), _snippet)
SNIPPETS_NAMED = Query(_live.where(Among(snippets.c.id, "ids")), _snippet)
SNIPPET_FOR_UPDATE = Query(_live.where(snippets.c.id == Bind("id")).with_for_update(), _snippet)
CONTENTS = Query(
    sa.select(snippets.c.id, snippets.c.content).where(
        organization(snippets), snippets.c.deleted_at.is_(None), Among(snippets.c.id, "ids")
    ),
    row,
)
INSERT_SNIPPET = insert(snippets)
PATCH_SNIPPET = Patch(snippets, "id")
INSERT_TEXT = insert(snippet_texts)
TEXT_MARKS = Query(
    sa.select(snippet_texts.c.snippet_id, snippet_texts.c.id, snippet_texts.c.written_at)
    .where(organization(snippet_texts), Among(snippet_texts.c.snippet_id, "ids"))
    .order_by(snippet_texts.c.snippet_id, snippet_texts.c.written_at, snippet_texts.c.id),
    row,
)
"""Every text of these snippets without the texts themselves, oldest first."""
TEXTS = Query(
    sa.select(snippet_texts.c.id, snippet_texts.c.content).where(
        organization(snippet_texts), Among(snippet_texts.c.id, "ids")
    ),
    row,
)

TEMPLATES_SHOWING = Query(
    sa.select(templates.c.id)
    .select_from(templates.join(template_versions, templates.c.version_id == template_versions.c.id))
    .where(
        organization(template_versions),
        organization(templates),
        templates.c.deleted_at.is_(None),
        sa.or_(
            template_versions.c.document.like(Bind("pattern")),
            sa.cast(templates.c.settings, sa.Text).like(Bind("pattern")),
        ),
    )
    .order_by(templates.c.id),
    str,
)
"""The templates whose texts hold a piece of text: archived ones too, they may be restored."""
