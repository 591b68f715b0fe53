"""Rows of templates, their versions, the parts of a version, and who may do what with a template."""

import sqlalchemy as sa

from procession.kernel.sql import Id, Json, Sequence, Utc, tenant_table

templates = tenant_table(
    "templates",
    sa.Column("id", Id, primary_key=True),
    sa.Column("number", Sequence, nullable=False),
    sa.Column("title", sa.String(250), nullable=False),
    sa.Column("folded", sa.String(1000), nullable=False),
    sa.Column("alias", sa.String(300), nullable=False),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("label", sa.String(20), nullable=False),
    sa.Column("system", sa.Boolean, nullable=False),
    sa.Column("settings", Json, nullable=False),
    sa.Column("rights", Json, nullable=False),
    sa.Column("owner_id", Sequence, nullable=False),
    sa.Column("created_by", Sequence, nullable=False),
    sa.Column("updated_by", Sequence, nullable=False),
    sa.Column("folder_id", Id),
    sa.Column("pinned", sa.Boolean, nullable=False),
    sa.Column("steps", sa.Integer, nullable=False),
    sa.Column("launches", sa.Integer, nullable=False),
    sa.Column("version_id", Id, nullable=False),
    sa.Column("published_id", Id),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("updated_at", Utc, nullable=False),
    sa.Column("archived_at", Utc),
    sa.Column("deleted_at", Utc),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.UniqueConstraint("organization_id", "alias"),
    sa.Index("ix_templates_updated_at", "organization_id", "updated_at"),
    rowid=False,
)
"""`settings`: what spec 30 §2.1 lets one write and the launch reads; `rights`: the five of spec 30 §4.1, and the
default-access lists; `system`: MISC, which carries processes without a template and is never listed; `deleted_at`:
nothing finds it any more, its processes still name it."""

template_versions = tenant_table(
    "template_versions",
    sa.Column("id", Id, primary_key=True),
    sa.Column("template_id", Id, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("document", sa.Text, nullable=False),
    sa.Column("launched", sa.Boolean, nullable=False),
    sa.Column("created_by", Sequence, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.ForeignKeyConstraint(["organization_id", "template_id"], ["templates.organization_id", "templates.id"]),
    sa.UniqueConstraint("organization_id", "template_id", "number"),
    rowid=False,
)
"""One document a version (`engine.model.TemplateDocument`): edited in place until the first launch, then frozen."""

template_parts = tenant_table(
    "template_parts",
    sa.Column("id", Id, primary_key=True),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("template_id", Id, nullable=False),
    rowid=False,
)
"""Finds the template of a step, field or rule."""
