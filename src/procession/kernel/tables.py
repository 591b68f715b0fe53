"""The kernel's own rows: events, jobs, counters, answers kept for idempotency keys."""

import sqlalchemy as sa

from procession.kernel.sql import Id, Json, Sequence, Utc, metadata, tenant_table

LOGGED = sa.text("(kind >= 'security.' AND kind < 'security/' OR kind = 'organization.updated' OR kind = 'log.viewed')")
"""Events that the system log shows (spec 41 §15): their index is found by these very words."""

events = sa.Table(
    "events",
    metadata,
    sa.Column("id", Sequence, sa.Identity(), primary_key=True),
    sa.Column("organization_id", Id, nullable=False),
    sa.Column("command_id", Id, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("kind", sa.String(60), nullable=False),
    sa.Column("verb", sa.String(30), nullable=False),
    sa.Column("subject_kind", sa.String(20), nullable=False),
    sa.Column("subject_id", sa.String(64), nullable=False),
    sa.Column("process_id", Id),
    sa.Column("field", sa.String(700)),
    sa.Column("old", Json),
    sa.Column("new", Json),
    sa.Column("actor", sa.String(40), nullable=False),
    sa.Column("client", sa.String(64)),
    sa.Column("shown", sa.Boolean, nullable=False),
    sa.Column("imported", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Index("ix_events_subject", "organization_id", "subject_id", "id"),
    sa.Index("ix_events_log", "organization_id", "at", sqlite_where=LOGGED, postgresql_where=LOGGED),
    info={"tenant": True},
    sqlite_autoincrement=True,
)
"""What happened, to what, by whom: one row per entity and property, bound by the command's id. `imported`: it was
written by a caller who brought a history along (spec 50 IMP-03)."""

event_seals = tenant_table(
    "event_seals",
    sa.Column("last_event_id", Sequence, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("sealed", Sequence, nullable=False),
    sa.Column("at", Utc, nullable=False),
    rowid=False,
)
"""The head of an organization's hash chain over its events: SHA-256 of the former head and every sealed row."""

seal_passes = tenant_table(
    "seal_passes",
    sa.Column("last_event_id", Sequence, primary_key=True),
    sa.Column("after_id", Sequence, nullable=False),
    sa.Column("salts", sa.LargeBinary, nullable=False),
    rowid=False,
)
"""What was sealed at once, with 16 bytes of chance for each event, in their order (`kernel.seals`)."""

event_digests = tenant_table(
    "event_digests",
    sa.Column("event_id", Sequence, primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False),
    rowid=False,
)
"""What of sealed events is still known whose content was erased, or which were removed (spec 41 §15.4, §18.4)."""

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", Sequence, sa.Identity(), primary_key=True),
    sa.Column("organization_id", Id, nullable=False),
    sa.Column("kind", sa.String(60), nullable=False),
    sa.Column("key", sa.String(120)),
    sa.Column("payload", Json, nullable=False),
    sa.Column("run_at", Utc, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("locked_by", sa.String(64)),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("done_at", Utc),
    sa.Column("dead_at", Utc),
    sa.Column("error", sa.Text),
    sa.Index(
        "ix_jobs_due",
        "run_at",
        sqlite_where=sa.text("done_at IS NULL AND dead_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL AND dead_at IS NULL"),
    ),
    sa.Index(
        "uq_jobs_waiting_key",
        "organization_id",
        "key",
        unique=True,
        sqlite_where=sa.text("done_at IS NULL AND dead_at IS NULL AND locked_by IS NULL"),
        postgresql_where=sa.text("done_at IS NULL AND dead_at IS NULL AND locked_by IS NULL"),
    ),
    info={"tenant": True},
    sqlite_autoincrement=True,
)
"""The outbox. The lease is `run_at`: a dead worker's jobs come back by themselves (house plan §4)."""

errands = tenant_table(
    "errands",
    sa.Column("id", Id, primary_key=True),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("status", sa.String(10), nullable=False),
    sa.Column("principal", sa.String(40), nullable=False),
    sa.Column("request", Json, nullable=False),
    sa.Column("total", sa.Integer, nullable=False),
    sa.Column("done", sa.Integer, nullable=False),
    sa.Column("leased_until", Utc),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("finished_at", Utc),
    sa.Index(
        "ix_errands_waiting",
        "created_at",
        sqlite_where=sa.text("finished_at IS NULL"),
        postgresql_where=sa.text("finished_at IS NULL"),
    ),
    rowid=False,
)
"""Long work that somebody asked for and can look at: one act over many objects (spec 00 JOB-01)."""

errand_items = tenant_table(
    "errand_items",
    sa.Column("errand_id", Id, primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("object_id", sa.String(64), nullable=False),
    sa.Column("status", sa.Integer),
    sa.Column("outcome", Json),
    sa.ForeignKeyConstraint(
        ["organization_id", "errand_id"], ["errands.organization_id", "errands.id"], ondelete="CASCADE"
    ),
    rowid=False,
)
"""The objects of an errand, in order; `status` as a request of its own would answer, null while it waits."""

errand_parts = tenant_table(
    "errand_parts",
    sa.Column("errand_id", Id, primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.ForeignKeyConstraint(
        ["organization_id", "errand_id"], ["errands.organization_id", "errands.id"], ondelete="CASCADE"
    ),
    rowid=False,
)
"""What an errand writes, compressed, in parts; `position`: that of the first object a part is about."""

counters = tenant_table(
    "counters",
    sa.Column("kind", sa.String(30), primary_key=True),
    sa.Column("value", Sequence, nullable=False),
    rowid=False,
)
"""The last number given, per organization and kind: `increment_id`, `field_no`."""

hourly_acts = tenant_table(
    "hourly_acts",
    sa.Column("act", sa.String(30), primary_key=True),
    sa.Column("at", Utc, primary_key=True),
    sa.Column("id", Id, primary_key=True),
    sa.Column("number", sa.Integer, nullable=False),
    rowid=False,
)
"""What counted towards an hourly cap within the last hour (spec 00 RATE-02)."""

idempotency_keys = sa.Table(
    "idempotency_keys",
    metadata,
    sa.Column("organization_id", Id, primary_key=True),
    sa.Column("principal", sa.String(40), primary_key=True),
    sa.Column("key", sa.String(255), primary_key=True),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    sa.Column("status", sa.Integer, nullable=False),
    sa.Column("headers", Json, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Index("ix_idempotency_keys_created_at", "created_at"),
    info={"tenant": True},
    sqlite_with_rowid=False,
)
"""Answers kept for `Idempotency-Key` (spec 00 §15.2); the organization is zeros on routes without one."""
