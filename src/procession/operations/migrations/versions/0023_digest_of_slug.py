"""The MD5 of each slug: importers that compute the id of an organization from it find it (spec 50 IMP-01)."""

import hashlib

import sqlalchemy as sa
from alembic import op

from procession.operations.migrations.columns import text

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_organizations = sa.table("organizations", sa.column("organization_id"), sa.column("slug"), sa.column("slug_md5"))


def upgrade() -> None:
    """Add the column with its index, and fill it."""
    op.add_column("organizations", sa.Column("slug_md5", text(32)))
    op.create_index("ix_organizations_slug_md5", "organizations", ["slug_md5"])
    if op.get_context().as_sql:
        return
    if op.get_context().dialect.name == "postgresql":
        op.execute("SELECT set_config('procession.organization_id', '*', true)")
    known = _organizations.c
    for organization_id, slug in op.get_bind().execute(sa.select(known.organization_id, known.slug)).all():
        digest = hashlib.md5(slug.encode(), usedforsecurity=False).hexdigest()
        op.execute(sa.update(_organizations).where(known.organization_id == organization_id).values(slug_md5=digest))


def downgrade() -> None:
    """Nothing is lost: it follows from the slug."""
    op.drop_index("ix_organizations_slug_md5", "organizations")
    op.drop_column("organizations", "slug_md5")
