"""Rows of what is indexed. The words themselves lie in each database's own full-text index (`search.index`)."""

import sqlalchemy as sa

from procession.kernel.sql import Id, Json, Sequence, metadata, tenant_table

search_documents = sa.Table(
    "search_documents",
    metadata,
    sa.Column("id", Sequence, sa.Identity(), primary_key=True),
    sa.Column("organization_id", Id, nullable=False),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("subject_id", sa.String(40), nullable=False),
    sa.Column("home_id", sa.String(40), nullable=False),
    sa.Column("title", sa.String(2400), nullable=False),
    sa.Column("about", sa.String(2000), nullable=False),
    sa.Column("texts", Json, nullable=False),
    sa.Column("digest", sa.String(32), nullable=False),
    sa.UniqueConstraint("organization_id", "id"),
    sa.UniqueConstraint("organization_id", "subject_id", "kind"),
    sa.Index("ix_search_documents_home_id", "organization_id", "home_id"),
    info={"tenant": True},
    sqlite_autoincrement=True,
)
"""`title`, `about`: the name and the description, folded, as filters compare them; `texts`: what is shown of a hit."""

search_changes = sa.Table(
    "search_changes",
    metadata,
    sa.Column("id", Sequence, sa.Identity(), primary_key=True),
    sa.Column("organization_id", Id, nullable=False),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("subject_id", sa.String(40), nullable=False),
    sa.Index("ix_search_changes_organization_id_id", "organization_id", "id"),
    info={"tenant": True},
    sqlite_autoincrement=True,
)
"""What has another text since it was indexed: written with the change itself, taken by the worker."""

search_terms = tenant_table(
    "search_terms",
    sa.Column("word", sa.String(64), primary_key=True),
    sa.Column("backwards", sa.String(64), nullable=False),
    sa.Column("documents", sa.Integer, nullable=False),
    sa.Index("ix_search_terms_backwards", "organization_id", "backwards"),
    rowid=False,
)
"""Every word of the organization and how many documents have it: words alike are looked for here (SRCH-04)."""
