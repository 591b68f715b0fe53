"""Rows of organizations, memberships, guests and groups."""

import sqlalchemy as sa

from procession.kernel.sql import Id, Json, Sequence, Utc, metadata, tenant_table

organizations = sa.Table(
    "organizations",
    metadata,
    sa.Column("organization_id", Id, primary_key=True),
    sa.Column("name", sa.String(50), nullable=False),
    sa.Column("slug", sa.String(60), nullable=False, unique=True),
    sa.Column("slug_md5", sa.String(32)),
    sa.Column("timezone", sa.String(64), nullable=False),
    sa.Column("settings", Json, nullable=False),
    sa.Column("bot_id", sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("updated_at", Utc, nullable=False),
    sa.Index("ix_organizations_slug_md5", "slug_md5"),
    info={"tenant": True},
)
"""`slug_md5`: what older importers take for the id (spec 50 IMP-01). `settings`: everything of spec 41 §1 that is read
and written whole, by its own name.
"""

memberships = tenant_table(
    "memberships",
    sa.Column("account_id", sa.ForeignKey("accounts.id"), primary_key=True),
    sa.Column("role", sa.String(10), nullable=False),
    sa.Column("status", sa.String(10), nullable=False),
    sa.Column("is_bot", sa.Boolean, nullable=False),
    sa.Column("is_default_admin", sa.Boolean, nullable=False),
    sa.Column("settings", Json, nullable=False),
    sa.Column("invited_by", Sequence),
    sa.Column("invited_at", Utc),
    sa.Column("approved_at", Utc),
    sa.Column("activated_at", Utc),
    sa.Column("disabled_at", Utc),
    sa.Column("disabled_by", Sequence),
    sa.Column("last_accessed_at", Utc),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("updated_at", Utc, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.ForeignKeyConstraint(["organization_id"], ["organizations.organization_id"]),
    sa.Index("ix_memberships_account_id", "account_id"),
    rowid=False,
)

invitations = tenant_table(
    "invitations",
    sa.Column("account_id", Sequence, primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("secret", sa.LargeBinary, nullable=False, info={"sealed": True}),
    sa.Column("message", sa.String(5000), nullable=False),
    sa.Column("groups", Json, nullable=False),
    sa.Column("made_at", Utc, nullable=False),
    sa.Column("link_ends_at", Utc, nullable=False),
    sa.ForeignKeyConstraint(
        ["organization_id", "account_id"],
        ["memberships.organization_id", "memberships.account_id"],
        ondelete="CASCADE",
    ),
    sa.Index("uq_invitations_digest", "digest", unique=True),
    rowid=False,
)
"""Open invitations (spec 40 §12.4): the link, found by its digest and shown from `secret`; groups to join."""

access_requests = tenant_table(
    "access_requests",
    sa.Column("account_id", Sequence, primary_key=True),
    sa.Column("object_kind", sa.String(20), primary_key=True),
    sa.Column("object_id", sa.String(64), primary_key=True),
    sa.Column("task_id", Id, nullable=False),
    sa.Column("asked_at", Utc, nullable=False),
    sa.ForeignKeyConstraint(["organization_id"], ["organizations.organization_id"]),
    rowid=False,
)
"""Who asked for more, and the task that asks for him (spec 40 §15.4)."""

guests = sa.Table(
    "guests",
    metadata,
    sa.Column("id", Sequence, sa.Identity(), primary_key=True),
    sa.Column("email", sa.String(254), nullable=False, unique=True),
    sa.Column("created_at", Utc, nullable=False),
    sqlite_autoincrement=True,
)
"""One row per outside address on the server (spec 40 §14.1)."""

guest_links = tenant_table(
    "guest_links",
    sa.Column("guest_id", sa.ForeignKey("guests.id"), primary_key=True),
    sa.Column("email", sa.String(254), nullable=False),
    sa.Column("first_name", sa.String(200)),
    sa.Column("last_name", sa.String(200)),
    sa.Column("details", Json, nullable=False),
    sa.Column("code_digest", sa.String(64), nullable=False),
    sa.Column("code_secret", sa.LargeBinary, nullable=False, info={"sealed": True}),
    sa.Column("last_accessed_at", Utc),
    sa.Column("disabled_at", Utc),
    sa.Column("disabled_by", Sequence),
    sa.Column("deleted_at", Utc),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("updated_at", Utc, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.ForeignKeyConstraint(["organization_id"], ["organizations.organization_id"]),
    sa.UniqueConstraint("organization_id", "email"),
    sa.Index("uq_guest_links_code_digest", "code_digest", unique=True),
    sa.Index("ix_guest_links_email", "email"),
    rowid=False,
)
"""A guest of one organization: names, details, and the code, found by its digest and shown from `code_secret`."""

replaced_codes = tenant_table(
    "replaced_codes",
    sa.Column("code_digest", sa.String(64), primary_key=True),
    sa.Column("guest_id", Sequence, nullable=False),
    sa.Column("replaced_at", Utc, nullable=False),
    sa.ForeignKeyConstraint(
        ["organization_id", "guest_id"], ["guest_links.organization_id", "guest_links.guest_id"], ondelete="CASCADE"
    ),
    sa.Index("ix_replaced_codes_guest_id", "organization_id", "guest_id"),
    rowid=False,
)
"""Codes that opened a guest's pages until he got another: their links say so (spec 40 §14.5)."""

groups = tenant_table(
    "groups",
    sa.Column("id", Id, primary_key=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("uncased", sa.String(600), nullable=False),
    sa.Column("description", sa.String(2000)),
    sa.Column("created_by", Sequence),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("updated_at", Utc, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("logo", sa.String(2048)),
    sa.ForeignKeyConstraint(["organization_id"], ["organizations.organization_id"]),
    sa.UniqueConstraint("organization_id", "uncased"),
    rowid=False,
)
"""`uncased`: the name without case, which two groups cannot share. `logo`: where it is shown."""

group_people = tenant_table(
    "group_people",
    sa.Column("group_id", Id, primary_key=True),
    sa.Column("principal", sa.String(40), primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.ForeignKeyConstraint(
        ["organization_id", "group_id"], ["groups.organization_id", "groups.id"], ondelete="CASCADE"
    ),
    sa.Index("ix_group_people_principal", "organization_id", "principal"),
    rowid=False,
)
"""Who is in a group: `u1001` or `e4523`."""

job_titles = tenant_table(
    "job_titles",
    sa.Column("id", Id, primary_key=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("uncased", sa.String(300), nullable=False),
    sa.Column("description", sa.String(2000)),
    sa.Column("people", Json, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("updated_at", Utc, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.ForeignKeyConstraint(["organization_id"], ["organizations.organization_id"]),
    sa.UniqueConstraint("organization_id", "uncased"),
    rowid=False,
)
"""`people`: who fills the title when a launch names nobody, read and written whole (`engine.model.Owners`)."""

saved_views = sa.Table(
    "saved_views",
    metadata,
    sa.Column("id", Sequence, sa.Identity(), primary_key=True),
    sa.Column("organization_id", Id, nullable=False),
    sa.Column("scope", sa.String(12), nullable=False),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("owner_id", Sequence, nullable=False),
    sa.Column("audience", Json, nullable=False),
    sa.Column("content", Json, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("updated_at", Utc, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.UniqueConstraint("organization_id", "id"),
    sa.Index("ix_saved_views_scope", "organization_id", "scope"),
    info={"tenant": True},
    sqlite_autoincrement=True,
)
"""Filters somebody keeps under a name, for the list that `scope` names. `audience`: the principals that see it besides
the owner; `content`: what it filters, sorts and shows (spec 60 §11, 10 §21.3)."""
