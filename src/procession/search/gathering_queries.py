"""SQL that reads what is indexed where no room has a function for it, and what lists everything there is."""

from typing import Any

import sqlalchemy as sa

from procession.accounts.tables import accounts
from procession.discussions.tables import comments
from procession.files.tables import files
from procession.kernel.sql import Among, Query, Write, organization, row
from procession.labels.tables import folders, tag_uses, tags
from procession.people.tables import groups, guest_links, memberships
from procession.search.tables import search_changes, search_documents
from procession.templates.tables import snippets, templates
from procession.work.tables import processes, tasks

Bind = sa.bindparam

LIVE_TEMPLATES = Query(
    sa.select(templates.c.id).where(
        organization(templates),
        templates.c.deleted_at.is_(None),
        templates.c.system.is_(False),
        Among(templates.c.id, "ids"),
    ),
    str,
)
TAG_NAMES = Query(
    sa.select(tag_uses.c.subject_id, tags.c.title)
    .join(tags, tags.c.id == tag_uses.c.tag_id)
    .where(organization(tag_uses), organization(tags), Among(tag_uses.c.subject_id, "ids"))
    .order_by(tag_uses.c.id),
    row,
)
TAGGED = Query(
    sa.select(tag_uses.c.subject_kind, tag_uses.c.subject_id).where(
        organization(tag_uses), Among(tag_uses.c.tag_id, "ids")
    ),
    row,
)
SNIPPETS = Query(
    sa.select(snippets.c.id, snippets.c.title, snippets.c.content).where(
        organization(snippets), snippets.c.deleted_at.is_(None), Among(snippets.c.id, "ids")
    ),
    row,
)
TAGS = Query(sa.select(tags.c.id, tags.c.title).where(organization(tags), Among(tags.c.id, "ids")), row)
FOLDERS = Query(sa.select(folders.c.id, folders.c.name).where(organization(folders), Among(folders.c.id, "ids")), row)
GROUPS = Query(
    sa.select(groups.c.id, groups.c.name, groups.c.description).where(organization(groups), Among(groups.c.id, "ids")),
    row,
)
FILES = Query(
    sa.select(files.c.id, files.c.filename).where(
        organization(files), files.c.archived_at.is_(None), Among(files.c.id, "ids")
    ),
    row,
)
MEMBERS = Query(
    sa.select(accounts.c.id, accounts.c.first_name, accounts.c.last_name, accounts.c.email, accounts.c.profile)
    .join(memberships, memberships.c.account_id == accounts.c.id)
    .where(organization(memberships), memberships.c.is_bot.is_(False), Among(accounts.c.id, "ids")),
    row,
)
GUESTS = Query(
    sa.select(guest_links.c.guest_id, guest_links.c.email, guest_links.c.first_name, guest_links.c.last_name).where(
        organization(guest_links), guest_links.c.deleted_at.is_(None), Among(guest_links.c.guest_id, "ids")
    ),
    row,
)

# -- everything there is ----------------------------------------------------------------------------------------------


def _note(kind: str, table: sa.Table, subject: Any, *where: Any) -> Write:
    """Have every row of the table indexed anew."""
    found = sa.select(table.c.organization_id, sa.literal(kind), sa.cast(subject, sa.String(40))).distinct()
    source = found.where(organization(table), *where)
    return Write(sa.insert(search_changes).from_select(["organization_id", "kind", "subject_id"], source))


_d = search_documents.c


def _gone(kind: str, document: str, table: sa.Table, subject: Any) -> Write:
    """Have what is indexed of things that are there no more looked at again."""
    there = sa.exists().where(organization(table), table.c.id == _d.subject_id).correlate(search_documents)
    return _note(kind, search_documents, subject, _d.kind == document, sa.not_(there))


NOTE_EVERYTHING = (
    _note("template", templates, templates.c.id),
    _note("whole", processes, processes.c.id),
    _note("task", tasks, tasks.c.id, tasks.c.process_id.is_(None)),
    _note("snippet", snippets, snippets.c.id),
    _note("file", files, files.c.id),
    _note("member", memberships, memberships.c.account_id),
    _note("guest", guest_links, guest_links.c.guest_id),
    _note("group", groups, groups.c.id),
    _note("folder", folders, folders.c.id),
    _note("tag", tags, tags.c.id),
    _gone("template", "template", templates, _d.subject_id),
    _gone("process", "process", processes, _d.subject_id),
    _gone("task", "task", tasks, _d.subject_id),
    _gone("task", "comment", comments, _d.home_id),
    _gone("process", "comment", comments, _d.home_id),
    _gone("file", "file", files, _d.subject_id),
    _gone("group", "group", groups, _d.subject_id),
    _gone("folder", "folder", folders, _d.subject_id),
    _gone("tag", "tag", tags, _d.subject_id),
)
