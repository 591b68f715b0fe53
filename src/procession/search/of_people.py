"""Members, guests, groups, tags, folders and files as documents (spec 50 §6, 60 §9.2)."""

from collections.abc import Callable, Mapping, Sequence

from procession.kernel.unit import Unit
from procession.people.model import guest, member
from procession.search import gathering_queries as queries
from procession.search.model import Document, Kind


def _members(unit: Unit, ids: Sequence[str]) -> list[Document]:
    found = []
    for account_id, first, last, email, profile in unit.all(queries.MEMBERS, ids=_numbers(ids)):
        name = f"{first} {last}".strip()
        texts = {"name": name, "email": email, "job_title": profile.get("job_title") or ""}
        found.append(_document("member", member(account_id), name or email, texts, str(account_id)))
    return found


def _guests(unit: Unit, ids: Sequence[str]) -> list[Document]:
    found = []
    for guest_id, email, first, last in unit.all(queries.GUESTS, ids=_numbers(ids)):
        name = f"{first or ''} {last or ''}".strip()
        found.append(_document("guest", guest(guest_id), name or email, {"name": name, "email": email}, str(guest_id)))
    return found


def _groups(unit: Unit, ids: Sequence[str]) -> list[Document]:
    return [
        _document("group", group_id, name, {"name": name, "description": description or ""}, group_id)
        for group_id, name, description in unit.all(queries.GROUPS, ids=list(ids))
    ]


def _tags(unit: Unit, ids: Sequence[str]) -> list[Document]:
    return [_document("tag", one, title, {"title": title}, one) for one, title in unit.all(queries.TAGS, ids=list(ids))]


def _folders(unit: Unit, ids: Sequence[str]) -> list[Document]:
    rows = unit.all(queries.FOLDERS, ids=list(ids))
    return [_document("folder", one, name, {"name": name}, one) for one, name in rows]


def _files(unit: Unit, ids: Sequence[str]) -> list[Document]:
    rows = unit.all(queries.FILES, ids=list(ids))
    return [_document("file", one, name, {"filename": name}, one) for one, name in rows]


MAKERS: Mapping[Kind, Callable[[Unit, Sequence[str]], list[Document]]] = {
    "member": _members, "guest": _guests, "group": _groups, "tag": _tags, "folder": _folders, "file": _files,
}  # fmt: skip


def _document(kind: Kind, subject_id: str, title: str, texts: dict[str, str], key: str) -> Document:
    return Document(kind=kind, subject_id=subject_id, home_id=subject_id, title=title, texts=texts, keys=(key,))


def _numbers(ids: Sequence[str]) -> list[int]:
    return [int(one) for one in ids if one.isdigit()]
