"""All SQL of files."""

from typing import Any

import sqlalchemy as sa

from procession.files.model import File, Picture, Use
from procession.files.tables import file_uses, files, pictures
from procession.kernel.sql import Among, Patch, Query, Write, columns_of, insert, insert_missing, organization, row

Bind = sa.bindparam

_files = sa.select(*columns_of(files, File)).where(organization(files))
_uses = sa.select(*columns_of(file_uses, Use)).where(organization(file_uses))

FILE = Query(_files.where(files.c.id == Bind("id")), File)
FILE_LOCKED = Query(_files.where(files.c.id == Bind("id")).with_for_update(), File)
FILES = Query(_files.where(Among(files.c.id, "ids")), File)
FILES_HELD = Query(
    # A file that an answer is about to name may not go away meanwhile (SQLite's writer is alone anyway).
    _files.where(Among(files.c.id, "ids")).with_for_update(read=True, key_share=True),
    File,
)
FILES_LOCKED = Query(_files.where(Among(files.c.id, "ids")).order_by(files.c.id).with_for_update(), File)
_live = files.c.archived_at.is_(None)
_of_comment = sa.func.coalesce(files.c.subject_kind, "") == "thread"
_listed = (_live, sa.not_(_of_comment))  # what is attached to a comment is shown with it, to whom it is shown
OF_SUBJECTS = Query(
    _files.where(Among(files.c.subject_id, "subjects"), files.c.subject_kind == Bind("kind"), _live).order_by(
        files.c.id
    ),
    File,
)
OF_PROCESSES = Query(_files.where(Among(files.c.process_id, "processes"), *_listed).order_by(files.c.id), File)
OF_TASKS = Query(_files.where(Among(files.c.task_id, "tasks"), *_listed).order_by(files.c.id), File)
BELONGING = Query(
    _files.where(
        sa.or_(
            Among(files.c.subject_id, "subjects"),
            Among(files.c.task_id, "subjects"),
            sa.and_(Among(files.c.process_id, "subjects"), _of_comment),
        )
    ).order_by(files.c.id),
    File,
)
"""Archived ones too, and those of comments on it: what goes with its subject."""
LAST_VERSIONS = Query(
    sa.select(files.c.filename, sa.func.max(files.c.version))
    .where(
        organization(files),
        files.c.subject_id == Bind("subject"),
        files.c.uploaded_from == Bind("uploaded_from"),
        Among(files.c.filename, "names"),
    )
    .group_by(files.c.filename),
    row,
)
USES = Query(_uses.where(Among(file_uses.c.file_id, "ids")).order_by(file_uses.c.holder_id, file_uses.c.field_id), Use)
USES_BY = Query(_uses.where(Among(file_uses.c.holder_id, "holders")).order_by(file_uses.c.file_id), Use)

UPLOADED_BY = Query(
    _files.where(files.c.uploaded_by == Bind("principal")).order_by(files.c.id.desc()).limit(Bind("count")), File
)

INSERT_FILE = insert(files)
MOVE_UPLOADS = Write(
    sa.update(files)
    .where(organization(files), files.c.uploaded_by == sa.bindparam("gone"))
    .values(uploaded_by=sa.bindparam("heir"))
)
PATCH_FILE = Patch(files, "id")
_place: dict[str, Any] = {
    "version": Bind("version"),
    "uploaded_from": Bind("uploaded_from"),
    "subject_kind": Bind("subject_kind"),
    "subject_id": Bind("subject_id"),
    "process_id": Bind("process_id"),
    "task_id": Bind("task_id"),
    "step_id": Bind("step_id"),
    "revision": files.c.revision + 1,
}
PLACE = Write(
    sa.update(files).where(organization(files), files.c.id == Bind("file"), files.c.subject_id.is_(None)).values(_place)
)
PLACE_LOCKED = Write(sa.update(files).where(organization(files), files.c.id == Bind("file")).values(_place))
"""For who holds the lock, and has seen that the file may go there."""
REHOME = Write(
    sa.update(files)
    .where(organization(files), files.c.id == Bind("file"))
    .values(
        subject_kind=Bind("subject_kind"),
        subject_id=Bind("subject_id"),
        process_id=Bind("process_id"),
        task_id=Bind("task_id"),
        revision=files.c.revision + 1,
    )
)
LOOSE_LOCKED = Query(
    sa.select(files.c.id)
    .where(
        organization(files),
        Among(files.c.id, "ids"),
        files.c.subject_id.is_(None),
        files.c.uploaded_at < Bind("before", type_=files.c.uploaded_at.type),
        ~sa.exists().where(organization(file_uses), file_uses.c.file_id == files.c.id),
    )
    .with_for_update(of=files),
    str,
)
MOVE = Write(
    sa.update(files)
    .where(organization(files), files.c.task_id == Bind("task"))
    .values(
        process_id=Bind("process"),
        subject_kind=sa.case((_of_comment, "thread"), else_="task"),
        subject_id=sa.case((_of_comment, files.c.subject_id), else_=Bind("task")),
        revision=files.c.revision + 1,
    )
)
DELETE_FILES = Write(sa.delete(files).where(organization(files), Among(files.c.id, "ids")))
INSERT_USE = insert_missing(file_uses, on=("organization_id", "holder_id", "field_id", "file_id"))
DROP_USE = Write(
    sa.delete(file_uses).where(
        organization(file_uses),
        file_uses.c.holder_id == Bind("holder"),
        file_uses.c.field_id == Bind("field"),
        file_uses.c.file_id == Bind("file"),
    )
)
DROP_USES_BY = Write(sa.delete(file_uses).where(organization(file_uses), Among(file_uses.c.holder_id, "holders")))

PICTURE = Query(sa.select(*columns_of(pictures, Picture)).where(pictures.c.id == Bind("id")), Picture)
PICTURES_OF = Query(sa.select(pictures.c.id).where(pictures.c.owner == Bind("owner")), str)
PICTURES_OF_OWNERS = Query(sa.select(*columns_of(pictures, Picture)).where(Among(pictures.c.owner, "owners")), Picture)
OWNERS_IN = Query(
    # "/" comes right before "0": the organization itself, and what has its id and a slash in front
    sa.select(pictures.c.owner).where(pictures.c.owner >= Bind("first"), pictures.c.owner < Bind("last")),
    str,
)
INSERT_PICTURE = insert(pictures)
DELETE_PICTURES = Write(sa.delete(pictures).where(pictures.c.owner == Bind("owner")))
KNOWN_PICTURES = Query(sa.select(pictures.c.id).where(Among(pictures.c.id, "ids")), str)

# -- over all tenants --------------------------------------------------------------------------------------------------

KNOWN_IDS = Query(
    sa.select(files.c.id).where(Among(files.c.id, "ids")),
    str,
    why_all_tenants="the store holds the bytes of every organization; those without a row are swept away",
)
LOOSE = Query(
    sa.select(files.c.organization_id, files.c.id)
    .where(
        files.c.subject_id.is_(None),
        files.c.uploaded_at < Bind("before", type_=files.c.uploaded_at.type),
        ~sa.exists().where(file_uses.c.organization_id == files.c.organization_id, file_uses.c.file_id == files.c.id),
    )
    .order_by(files.c.uploaded_at)
    .limit(Bind("count")),
    row,
    why_all_tenants="retention of uploads that were never attached",
)
STORED_BYTES = Query(
    sa.select(sa.cast(sa.func.coalesce(sa.func.sum(files.c.size), 0), sa.BigInteger)).where(organization(files)), int
)
"""How much an organization keeps; links have no size."""
