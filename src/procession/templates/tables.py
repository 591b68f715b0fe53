"""Rows of templates, their versions, the parts of a version, and who may do what with a template."""

import sqlalchemy as sa

from procession.kernel.sql import Id, Json, Sequence, Utc, metadata, tenant_table

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
    sa.Column("public", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.UniqueConstraint("organization_id", "alias"),
    sa.Index("ix_templates_updated_at", "organization_id", "updated_at"),
    sa.Index(
        "ix_templates_public", "folded", "id", postgresql_where=sa.text("public"), sqlite_where=sa.text("public = 1")
    ),
    rowid=False,
)
"""`settings`: what spec 30 §2.1 lets one write and the launch reads; `rights`: the five of spec 30 §4.1, and the
default-access lists; `system`: MISC, which carries processes without a template and is never listed; `deleted_at`:
nothing finds it any more, its processes still name it; `public`: as in `settings`, for the public library, which is
read over all organizations."""

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

template_watchers = sa.Table(
    "template_watchers",
    metadata,
    sa.Column("id", Sequence, sa.Identity(), primary_key=True),
    sa.Column("organization_id", Id, nullable=False),
    sa.Column("template_id", Id, nullable=False),
    sa.Column("principal", sa.String(40), nullable=False),
    sa.Column("address", sa.String(254)),
    sa.Column("added_by", Sequence),
    sa.Column("created_at", Utc, nullable=False),
    sa.ForeignKeyConstraint(["organization_id", "template_id"], ["templates.organization_id", "templates.id"]),
    sa.UniqueConstraint("organization_id", "template_id", "principal"),
    sa.Index("ix_template_watchers_principal", "organization_id", "principal"),
    info={"tenant": True},
    sqlite_autoincrement=True,
)
"""Who watches every process of a template from its launch on; `address` is a guest's e-mail (spec 30 §6.4)."""

template_guests = tenant_table(
    "template_guests",
    sa.Column("template_id", Id, primary_key=True),
    sa.Column("guest_id", Sequence, primary_key=True, autoincrement=False),
    sa.Column("added_by", Sequence),
    sa.Column("created_at", Utc, nullable=False),
    sa.ForeignKeyConstraint(["organization_id", "template_id"], ["templates.organization_id", "templates.id"]),
    sa.Index("ix_template_guests_guest_id", "organization_id", "guest_id"),
    rowid=False,
)
"""Guests whom a template is shared with: they read its structure (spec 30 §4.2)."""

snippets = tenant_table(
    "snippets",
    sa.Column("id", Id, primary_key=True),
    sa.Column("title", sa.String(250), nullable=False),
    sa.Column("folded", sa.String(1000), nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("public", sa.Boolean, nullable=False),
    sa.Column("created_by", Sequence),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("updated_at", Utc, nullable=False),
    sa.Column("deleted_at", Utc),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.ForeignKeyConstraint(["organization_id"], ["organizations.organization_id"]),
    rowid=False,
)
"""Reusable texts, as templates show them now. Deleted ones stay: processes show the text of their launch."""

snippet_texts = tenant_table(
    "snippet_texts",
    sa.Column("id", Id, primary_key=True),
    sa.Column("snippet_id", Id, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("written_at", Utc, nullable=False),
    sa.ForeignKeyConstraint(["organization_id", "snippet_id"], ["snippets.organization_id", "snippets.id"]),
    sa.Index("ix_snippet_texts_snippet_id", "organization_id", "snippet_id", "written_at"),
    rowid=False,
)
"""Every text a snippet ever had: a process shows the one of its launch, and nothing is copied for it (spec 30 §15)."""

shared_lists = sa.Table(
    "shared_lists",
    metadata,
    sa.Column("id", Sequence, sa.Identity(), primary_key=True),
    sa.Column("organization_id", Id, nullable=False),
    sa.Column("name", sa.String(250), nullable=False),
    sa.Column("folded", sa.String(1000), nullable=False),
    sa.Column("columns", Json, nullable=False),
    sa.Column("rows", Json, nullable=False),
    sa.Column("numbers", Json, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("updated_at", Utc, nullable=False),
    sa.Column("deleted_at", Utc),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.UniqueConstraint("organization_id", "id"),
    info={"tenant": True},
    sqlite_autoincrement=True,
)
"""Tables that fields draw their options from (spec 30 §11.7). `revision`: by chance, no two states share one. Deleted
ones stay: processes that were launched with them still show and check their options."""
