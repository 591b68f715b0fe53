"""Rows of processes and their tasks, answers, assignments and involvements."""

import sqlalchemy as sa

from procession.kernel.sql import Id, Json, Sequence, Utc, tenant_table

processes = tenant_table(
    "processes",
    sa.Column("id", Id, primary_key=True),
    sa.Column("number", Sequence, nullable=False),
    sa.Column("template_id", Id, nullable=False),
    sa.Column("template_title", sa.String(250), nullable=False),
    sa.Column("version_id", Id, nullable=False),
    sa.Column("version_number", sa.Integer, nullable=False),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("name", sa.String(550), nullable=False),
    sa.Column("folded", sa.String(2200), nullable=False),
    sa.Column("summary", sa.Text, nullable=False),
    sa.Column("status", sa.String(10), nullable=False),
    sa.Column("visible_tasks", sa.Integer, nullable=False),
    sa.Column("done_tasks", sa.Integer, nullable=False),
    sa.Column("all_tasks", sa.Integer, nullable=False),
    sa.Column("task_issues", sa.Integer, nullable=False),
    sa.Column("process_issues", sa.Integer, nullable=False),
    sa.Column("next_deadline", Utc),
    sa.Column("last_deadline", Utc),
    sa.Column("late_done", sa.Integer, nullable=False),
    sa.Column("starter_id", Sequence),
    sa.Column("owner_id", Sequence, nullable=False),
    sa.Column("members", Json, nullable=False),
    sa.Column("groups", Json, nullable=False),
    sa.Column("assign_someone_else", sa.Boolean, nullable=False),
    sa.Column("adhoc_tasks", sa.Boolean, nullable=False),
    sa.Column("public", sa.Boolean, nullable=False),
    sa.Column("publicly_hidden", Json, nullable=False),
    sa.Column("parent_id", Id),
    sa.Column("origin", Json, nullable=False),
    sa.Column("read_audience", Json, nullable=False),
    sa.Column("metadata", Json),
    sa.Column("kickoff_fields", sa.Integer, nullable=False),
    sa.Column("kickoff_completed_at", Utc),
    sa.Column("kickoff_completed_by", Sequence),
    sa.Column("kickoff_guest", sa.String(254)),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("started_at", Utc, nullable=False),
    sa.Column("updated_at", Utc, nullable=False),
    sa.Column("completed_at", Utc),
    sa.Column("archived_at", Utc),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.ForeignKeyConstraint(["organization_id", "template_id"], ["templates.organization_id", "templates.id"]),
    sa.ForeignKeyConstraint(
        ["organization_id", "version_id"], ["template_versions.organization_id", "template_versions.id"]
    ),
    sa.UniqueConstraint("organization_id", "number"),
    sa.Index("ix_processes_created_at", "organization_id", "created_at"),
    sa.Index("ix_processes_template_id", "organization_id", "template_id"),
    rowid=False,
)

UNDONE_DATED = "completed_at IS NULL AND archived_at IS NULL AND hidden_from IS NULL AND deadline IS NOT NULL"
PUT_AWAY_DATED = (
    "(completed_at IS NOT NULL OR archived_at IS NOT NULL OR hidden_from IS NOT NULL) AND deadline IS NOT NULL"
)
"""Every task with a deadline is in one index of the two: what is overdue or due soon is found without going through
all that was ever done, and changing a task moves it in one of them. SQLite uses such an index only for a statement
that says the same (`work.list_queries.UNDONE` and `PUT_AWAY`)."""

tasks = tenant_table(
    "tasks",
    sa.Column("id", Id, primary_key=True),
    sa.Column("number", Sequence, nullable=False),
    sa.Column("process_id", Id),
    sa.Column("template_id", Id),
    sa.Column("version_id", Id),
    sa.Column("step_id", Id),
    sa.Column("linked_step_id", Id),
    sa.Column("oneoff", sa.Boolean, nullable=False),
    sa.Column("title", sa.String(600), nullable=False),
    sa.Column("folded", sa.String(2400), nullable=False),
    sa.Column("summary", sa.Text),
    sa.Column("summary_edited", sa.Boolean, nullable=False),
    sa.Column("has_variables", sa.Boolean, nullable=False),
    sa.Column("alias", sa.String(300)),
    sa.Column("stage_id", Id),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("status", sa.String(15), nullable=False),
    sa.Column("hidden_from", sa.String(15)),
    sa.Column("visibility_source", sa.String(10)),
    sa.Column("approved", sa.Boolean),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("template_position", sa.Integer),
    sa.Column("started_at", Utc),
    sa.Column("soft_start", sa.Boolean, nullable=False),
    sa.Column("deadline", Utc),
    sa.Column("deadline_rule", Json),
    sa.Column("deadline_projected", sa.Boolean, nullable=False),
    sa.Column("dated_by_hand", sa.Boolean, nullable=False),
    sa.Column("anchors_others", sa.Boolean, nullable=False),
    sa.Column("starter_id", Sequence),
    sa.Column("completed_at", Utc),
    sa.Column("completer", sa.String(40)),
    sa.Column("completer_email", sa.String(254)),
    sa.Column("completion_caller", sa.String(40)),
    sa.Column("reopened_at", Utc),
    sa.Column("reopener", sa.String(40)),
    sa.Column("everyone_must_complete", sa.Boolean, nullable=False),
    sa.Column("only_assignees_complete", sa.Boolean, nullable=False),
    sa.Column("guests_allowed", sa.Boolean, nullable=False),
    sa.Column("max_assignable", sa.Integer, nullable=False),
    sa.Column("guests_may_not_comment", sa.Boolean, nullable=False),
    sa.Column("confidential", sa.Boolean, nullable=False),
    sa.Column("webhook", sa.String(2048)),
    sa.Column("has_issue", sa.Boolean, nullable=False),
    sa.Column("chromeless", sa.Boolean),
    sa.Column("own_fields", Json),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("updated_at", Utc, nullable=False),
    sa.Column("archived_at", Utc),
    sa.Column("archived_with_process", sa.Boolean, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("clocked", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("woke_for", Utc),
    sa.ForeignKeyConstraint(["organization_id", "process_id"], ["processes.organization_id", "processes.id"]),
    sa.UniqueConstraint("organization_id", "number"),
    sa.Index("ix_tasks_process_id", "organization_id", "process_id", "position"),
    *(
        sa.Index(name, "organization_id", "deadline", sqlite_where=sa.text(where), postgresql_where=sa.text(where))
        for name, where in (("ix_tasks_undone", UNDONE_DATED), ("ix_tasks_put_away", PUT_AWAY_DATED))
    ),
    sa.Index(
        "ix_tasks_starter_id",
        "organization_id",
        "starter_id",
        sqlite_where=sa.text("oneoff = 1"),
        postgresql_where=sa.text("oneoff"),
    ),
    sa.Index(
        "ix_tasks_clock",
        "deadline",
        "id",
        sqlite_where=sa.text("clocked = 1 AND completed_at IS NULL AND archived_at IS NULL"),
        postgresql_where=sa.text("clocked AND completed_at IS NULL AND archived_at IS NULL"),
    ),
    rowid=False,
)
"""`summary` is null until somebody edits it: it then comes from the version. `own_fields`: fields of a one-off task.
`deadline_rule` is the step's, copied at launch; `hidden_from` the open status a hidden task returns to. `clocked` and
`woke_for` are the clock's (`work.clock`), which goes over all organizations: its index begins with the deadline."""

answers = tenant_table(
    "answers",
    sa.Column("holder_id", Id, primary_key=True),
    sa.Column("field_id", Id, primary_key=True),
    sa.Column("id", Id, nullable=False),
    sa.Column("process_id", Id),
    sa.Column("value", Json, nullable=False),
    sa.Column("answered_by", sa.String(40), nullable=False),
    sa.Column("answered_at", Utc, nullable=False),
    sa.Index("ix_answers_process_id", "organization_id", "process_id"),
    sa.Index("ix_answers_id", "organization_id", "id", unique=True),
    rowid=False,
)
"""One row an answered field. The holder is the task, or the process for kick-off answers. A save upserts the named
keys and nothing else: merging is how it works, not something it does."""

assignments = tenant_table(
    "assignments",
    sa.Column("task_id", Id, primary_key=True),
    sa.Column("principal", sa.String(40), primary_key=True),
    sa.Column("address", sa.String(254)),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("co_assignee", sa.Boolean, nullable=False),
    sa.Column("open", sa.Boolean, nullable=False),
    sa.Column("number", Sequence, nullable=False),
    sa.Column("deadline", Utc),
    sa.Column("clock", sa.Integer, nullable=False),
    sa.Index("ix_assignments_principal", "organization_id", "principal", "open", "number", "task_id"),
    sa.Index(
        "ix_assignments_deadline", "organization_id", "principal", "open", "deadline", "clock", "number", "task_id"
    ),
    rowid=False,
)
"""Who a task is given to. `address` is a guest's e-mail; open state, number and deadline repeat the task's, and `clock`
says what the deadline does (`work.model.Clock`), so that a personal list and its counts come from two indexes: all of
it is in the short one, what is near its deadline in a range of the other."""

completion_marks = tenant_table(
    "completion_marks",
    sa.Column("task_id", Id, primary_key=True),
    sa.Column("principal", sa.String(40), primary_key=True),
    sa.Column("address", sa.String(254)),
    sa.Column("at", Utc, nullable=False),
    sa.Column("approved", sa.Boolean),
    rowid=False,
)
"""Who did his part of a task that everyone must complete; people of groups have no assignment row of their own."""

takeovers = tenant_table(
    "takeovers",
    sa.Column("task_id", Id, primary_key=True),
    sa.Column("principal", sa.String(40), primary_key=True),
    sa.Column("people", Json, nullable=False),
    sa.Column("at", Utc, nullable=False),
    rowid=False,
)
"""Who took a task from others, and the principals he took it from, in their order: he may give it back to them."""

involvements = tenant_table(
    "involvements",
    sa.Column("subject_id", Id, primary_key=True),
    sa.Column("principal", sa.String(40), primary_key=True),
    sa.Column("reasons", sa.Integer, nullable=False),
    sa.Column("assigned_tasks", sa.Integer, nullable=False, server_default="0"),
    sa.Index("ix_involvements_principal", "organization_id", "principal"),
    rowid=False,
)
"""Who may see a process, or a task outside any: a bit set of reasons (`work.model.Reason`), and how many tasks of it
are his: the reason "assigned now" goes with the last of them, without a look at the others."""

rule_states = tenant_table(
    "rule_states",
    sa.Column("process_id", Id, primary_key=True),
    sa.Column("rule_id", Id, primary_key=True),
    sa.Column("state", Json, nullable=False),
    rowid=False,
)
"""What became of a rule in a process, written when it first fired."""

task_titles = tenant_table(
    "task_titles",
    sa.Column("task_id", Id, primary_key=True),
    sa.Column("title_id", Id, primary_key=True),
    sa.Column("process_id", Id, nullable=False),
    sa.Column("people", Json, nullable=False),
    sa.Index("ix_task_titles_title_id", "organization_id", "title_id", "task_id"),
    sa.Index("ix_task_titles_process_id", "organization_id", "process_id", "title_id"),
    rowid=False,
)
"""The job titles that a task was assigned through, and whom each brought (`engine.model.Owners`, spec 30 §10.3)."""

step_launches = tenant_table(
    "step_launches",
    sa.Column("task_id", Id, primary_key=True),
    sa.Column("process_id", Id, nullable=False),
    sa.Column("template_id", Id, nullable=False),
    sa.Column("injected", sa.Boolean, nullable=False),
    sa.Column("child_id", Id),
    sa.Column("chain", Json, nullable=False),
    sa.Column("launched_at", Utc, nullable=False),
    sa.Index("ix_step_launches_process_id", "organization_id", "process_id", "template_id"),
    sa.Index("ix_step_launches_child_id", "organization_id", "child_id"),
    rowid=False,
)
"""What the completion of a task launched, once for the life of the task: a process of its own (`child_id`), or tasks
of another template among those of `process_id`. `chain`: the launches that led here, oldest first (spec 10 §22.6)."""

public_links = tenant_table(
    "public_links",
    sa.Column("process_id", Id, primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("secret", sa.LargeBinary, nullable=False, info={"sealed": True}),
    sa.Column("created_at", Utc, nullable=False),
    sa.Index("ix_public_links_digest", "digest", unique=True),
    rowid=False,
)
"""The address of a process's public page: found by its digest, shown from the sealed text. It is kept while the process
is not shared, so that sharing it again gives the same address (spec 10 §15.1)."""

process_stages = tenant_table(
    "process_stages",
    sa.Column("process_id", Id, primary_key=True),
    sa.Column("stages", Json, nullable=False),
    sa.Column("known", Json, nullable=False),
    rowid=False,
)
"""The milestones of a process, once somebody changed them: in order, and which ones of its templates they stand for
(deleted ones too). Until then they are those of the versions (spec 10 §17.3)."""
