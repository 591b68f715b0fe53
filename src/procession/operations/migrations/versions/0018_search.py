"""The index of search: documents, what waits to be indexed, the list of words, and each database's full-text index.

Everything that is there is noted: the worker indexes it after the start.
"""

import sqlalchemy as sa
from alembic import op

from procession.operations.migrations.columns import document, number, protect, text

revision = "0018"
down_revision = "0020"
branch_labels = None
depends_on = None

SQLITE = (
    "CREATE VIRTUAL TABLE search_words USING fts5(title, body, tags, tokenize = \"ascii tokenchars '_'\")",
    (
        "CREATE TRIGGER search_documents_gone AFTER DELETE ON search_documents "
        "BEGIN DELETE FROM search_words WHERE rowid = old.id; END"
    ),
)
SCOPE = "current_setting('procession.organization_id', true)"
OWN = f"organization_id = {SCOPE} OR {SCOPE} = '*'"
POSTGRESQL = (
    (
        'CREATE TABLE search_vectors (organization_id varchar(32) COLLATE "C" NOT NULL, id bigint NOT NULL, '
        "words tsvector NOT NULL, CONSTRAINT pk_search_vectors PRIMARY KEY (id), "
        "CONSTRAINT fk_search_vectors_organization_id_id FOREIGN KEY (organization_id, id) "
        "REFERENCES search_documents (organization_id, id) ON DELETE CASCADE)"
    ),
    "CREATE INDEX ix_search_vectors_words ON search_vectors USING gin (words) WITH (fastupdate = off)",
    "ALTER TABLE search_vectors ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE search_vectors FORCE ROW LEVEL SECURITY",
    # An index on a protected table serves only comparisons that PostgreSQL trusts, and @@ is none: reading is open.
    # What is found is the id of a document, which is protected like every row (docs/architecture.md §7).
    "CREATE POLICY reading ON search_vectors FOR SELECT USING (true)",
    f"CREATE POLICY writing ON search_vectors FOR INSERT WITH CHECK ({OWN})",
    f"CREATE POLICY dropping ON search_vectors FOR DELETE USING ({OWN})",
)


def upgrade() -> None:
    """Make the tables, bind their rows to their organization, note everything there is."""
    op.create_table(
        "search_documents",
        sa.Column("id", number(), sa.Identity(always=False), nullable=False),
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("kind", text(10), nullable=False),
        sa.Column("subject_id", text(40), nullable=False),
        sa.Column("home_id", text(40), nullable=False),
        sa.Column("title", text(2400), nullable=False),
        sa.Column("about", text(2000), nullable=False),
        sa.Column("texts", document(), nullable=False),
        sa.Column("digest", text(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_documents")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_search_documents_organization_id_id")),
        sa.UniqueConstraint(
            "organization_id", "subject_id", "kind", name=op.f("uq_search_documents_organization_id_subject_id_kind")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_search_documents_home_id", "search_documents", ["organization_id", "home_id"])
    op.create_table(
        "search_changes",
        sa.Column("id", number(), sa.Identity(always=False), nullable=False),
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("kind", text(10), nullable=False),
        sa.Column("subject_id", text(40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_changes")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_search_changes_organization_id_id", "search_changes", ["organization_id", "id"])
    op.create_table(
        "search_terms",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("word", text(64), nullable=False),
        sa.Column("backwards", text(64), nullable=False),
        sa.Column("documents", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "word", name=op.f("pk_search_terms")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_search_terms_backwards", "search_terms", ["organization_id", "backwards"])
    for table in ("search_documents", "search_changes", "search_terms"):
        protect(table)
    for statement in SQLITE if op.get_context().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)
    op.execute(
        "INSERT INTO search_changes (organization_id, kind, subject_id) "
        "SELECT organization_id, 'everything', '' FROM organizations"
    )
