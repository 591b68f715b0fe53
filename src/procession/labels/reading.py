"""Tags and folders of many subjects at once, each by one query (spec 30 §16.4, §17.3)."""

from collections.abc import Iterable, Sequence
from typing import Any

from procession.kernel.ids import read_id
from procession.kernel.unit import Unit
from procession.labels import queries
from procession.labels.model import Filing, Folder, FolderKind, SubjectKind, Tag, TagUse


def tags_of(unit: Unit, kind: SubjectKind, ids: Iterable[str]) -> dict[str, list[TagUse]]:
    """The tags on each of these subjects, first attached first. Every id has an entry."""
    found: dict[str, list[TagUse]] = {one: [] for one in ids}
    if found:
        for use in unit.all(queries.USES, kind=kind, ids=list(found)):
            found[use.subject_id].append(use)
    return found


def tag_ids_of(unit: Unit, kind: SubjectKind, ids: Iterable[str]) -> dict[str, list[str]]:
    """As `tags_of`, the tags' ids alone (spec 00 PUT-14)."""
    found: dict[str, list[str]] = {one: [] for one in ids}
    if found:
        for subject, tag in unit.all(queries.TAG_IDS, kind=kind, ids=list(found)):
            found[subject].append(tag)
    return found


def folders_of(unit: Unit, kind: SubjectKind, ids: Iterable[str]) -> dict[str, list[Filing]]:
    """The folders that each of these subjects lies in, first filed first. Every id has an entry."""
    found: dict[str, list[Filing]] = {one: [] for one in ids}
    if found:
        for filing in unit.all(queries.FILINGS, kind=kind, ids=list(found)):
            found[filing.subject_id].append(filing)
    return found


def folder_ids_of(unit: Unit, kind: SubjectKind, ids: Iterable[str]) -> dict[str, list[str]]:
    """As `folders_of`, the folders' ids alone (spec 00 PUT-14)."""
    found: dict[str, list[str]] = {one: [] for one in ids}
    if found:
        for subject, folder in unit.all(queries.FOLDER_IDS, kind=kind, ids=list(found)):
            found[subject].append(folder)
    return found


def tags_by_id(unit: Unit, ids: Iterable[str]) -> dict[str, Tag]:
    """Those of the tags that exist."""
    wanted = list(dict.fromkeys(ids))
    return {tag.id: tag for tag in unit.all(queries.TAGS, ids=wanted)} if wanted else {}


def folders_by_id(unit: Unit, ids: Iterable[str]) -> dict[str, Folder]:
    """Those of the folders that exist."""
    wanted = list(dict.fromkeys(ids))
    return {folder.id: folder for folder in unit.all(queries.FOLDERS, ids=wanted)} if wanted else {}


def unknown_tags(unit: Unit, ids: Sequence[Any]) -> list[int]:
    """Where in `ids` stands what is no tag of the organization. For commands alone: it keeps the others from going."""
    read = [read_id(one) for one in ids]
    wanted = list({one for one in read if one})
    known = set(unit.all(queries.KNOWN_TAGS, ids=wanted)) if wanted else set()
    return [index for index, one in enumerate(read) if one not in known]


def unknown_folders(unit: Unit, ids: Sequence[Any], kind: FolderKind) -> list[int]:
    """As `unknown_tags`, for folders of that kind: the two kinds never mix (spec 30 §17.1)."""
    read = [read_id(one) for one in ids]
    wanted = list({one for one in read if one})
    known = set(unit.all(queries.KNOWN_FOLDERS, ids=wanted, kind=kind)) if wanted else set()
    return [index for index, one in enumerate(read) if one not in known]
