"""Tags: the organization's list, and what hangs on a subject (spec 30 §16).

Nothing here asks who may: whoever holds a `Subject` has been let through. What is attached and removed is told, not
recorded: the events belong to the subject, and whoever changes it records them.
"""

import zlib
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from procession.engine.model import Problem
from procession.kernel.folding import containing, fold, uncase
from procession.kernel.ids import new_id
from procession.kernel.unit import Event, Unit
from procession.labels import queries
from procession.labels.custom_values import forget_values
from procession.labels.model import PALETTE, Change, Subject, SubjectKind, Tag, TagSearch, TagUse
from procession.labels.reading import tag_ids_of

TITLE = 30
"""The longest title (spec 30 §1.4)."""

FOLDED = 120
TAKEN = "The title has already been taken."


def color_of(title: str) -> str:
    """The colour of a tag that was given none: always the same for the same title (spec 30 §16.2)."""
    return PALETTE[zlib.crc32(fold(title).encode()) % len(PALETTE)]


# -- the organization's list -------------------------------------------------------------------------------------------


def list_tags(unit: Unit, search: TagSearch, skip: int = 0, count: int = 100) -> tuple[list[Tag], int]:
    """A page of tags, and how many there are on all pages."""
    if not search.automatic:
        return [], 0
    shown = (search.automatic + search.automatic)[:2]
    sought = {
        "like": containing(search.text),
        "text": (search.text or "").strip().lower(),
        "one": shown[0],
        "other": shown[1],
    }
    total = unit.one(queries.COUNT_TAGS, **sought) or 0
    return unit.all(queries.tags_page(search.order), skip=skip, count=count, **sought), total


def find_tag(unit: Unit, tag_id: str) -> Tag | None:
    """One tag, automatic or not."""
    return unit.one(queries.TAG, id=tag_id)


def tag_for_update(unit: Unit, tag_id: str) -> Tag | None:
    """As `find_tag`, and the tag stays as it is until the end of the transaction."""
    return unit.one(queries.TAG_FOR_UPDATE, id=tag_id)


def tag_titled(unit: Unit, title: str) -> Tag | None:
    """The tag with that title, whatever its case (spec 00 §15.3)."""
    return unit.one(queries.TAG_TITLED, uncased=uncase(title, FOLDED))


def ensure_tags(unit: Unit, wanted: Mapping[str, str | None]) -> list[str]:
    """The ids of the tags with these titles (at most `TITLE` long); missing ones are made, in the colour given."""
    _lock(unit)
    keys = {title: uncase(title, FOLDED) for title in wanted}
    known = {str(key): str(tag_id) for key, tag_id in unit.all(queries.TAGS_TITLED, keys=sorted(set(keys.values())))}
    for title, color in wanted.items():
        if keys[title] not in known:
            known[keys[title]] = create_tag(unit, title=title, color=color).id
    return [known[key] for key in keys.values()]


def check_title(unit: Unit, title: str, besides: Tag | None = None) -> list[Problem]:
    """Whether another tag has this title. Until the transaction ends nobody else takes it."""
    _lock(unit)
    taken = tag_titled(unit, title)
    return [Problem(("title",), TAKEN)] if taken and (besides is None or taken.id != besides.id) else []


def create_tag(unit: Unit, *, title: str, color: str | None = None, automatic: bool = False) -> Tag:
    """Make a tag. `check_title` has been asked; `title` has at most `TITLE` characters."""
    tag = Tag(new_id(), title, color or color_of(title), automatic, unit.now, 1)
    unit.write(queries.ADD_TAG, **_compared(title), **msgspec.structs.asdict(tag))
    unit.record([_event(tag, "created", new={"title": tag.title, "color": tag.color, "automatic": automatic})])
    return tag


def update_tag(unit: Unit, tag: Tag, *, title: str | None = None, color: str | None = None) -> Tag:
    """Change title or colour; what is None stays. The same values again change nothing."""
    changes = {
        name: value
        for name, value in (("title", title), ("color", color))
        if value is not None and value != getattr(tag, name)
    }
    if not changes:
        return tag
    changed = msgspec.structs.replace(tag, revision=tag.revision + 1, **changes)
    stored: dict[str, str | int] = {**changes, "revision": changed.revision}
    if "title" in changes:
        stored |= _compared(changed.title)
    unit.patch(queries.PATCH_TAG, stored, id=tag.id)
    unit.record(
        _event(tag, "updated", field=name, old=getattr(tag, name), new=value) for name, value in changes.items()
    )
    return changed


def touch_tag(unit: Unit, tag: Tag) -> None:
    """Something of the tag changed that is no column of it."""
    unit.patch(queries.PATCH_TAG, {"revision": tag.revision + 1}, id=tag.id)


def _compared(title: str) -> dict[str, str]:
    """The title as it is searched by, and as it is compared for being taken."""
    return {"folded": fold(title, FOLDED), "uncased": uncase(title, FOLDED)}


def delete_tag(unit: Unit, tag_id: str) -> Tag | None:
    """Delete a tag with every use of it, for good; None when there was none (spec 30 §16.2)."""
    tag = unit.one(queries.DELETE_TAG, id=tag_id)
    if tag is not None:
        forget_values(unit, [tag.id])
        unit.record([_event(tag, "deleted", old={"title": tag.title, "color": tag.color})])
    return tag


def automatic_tag(unit: Unit, title: str) -> Tag:
    """The tag with that title (cut to `TITLE`), made by the server when there is none (spec 30 §6.2)."""
    _lock(unit)
    short = title[:TITLE].strip()
    return tag_titled(unit, short) or create_tag(unit, title=short, automatic=True)


def _lock(unit: Unit) -> None:
    """Nobody else makes or renames a tag of the organization until the transaction ends."""
    unit.lock(f"tags:{unit.organization_id}")


def _event(tag: Tag, verb: str, *, field: str | None = None, old: object = None, new: object = None) -> Event:
    return Event(kind=f"tag.{verb}", verb=verb, subject_kind="tag", subject_id=tag.id, field=field, old=old, new=new)


# -- on subjects -------------------------------------------------------------------------------------------------------


def set_tags(unit: Unit, subject: Subject, ids: Sequence[str]) -> Change:
    """Make `ids` the tags of the subject; all of them exist (`unknown_tags`). What stays keeps its integer id."""
    wanted = list(dict.fromkeys(one.lower() for one in ids))
    present = tag_ids_of(unit, subject.kind, [subject.id])[subject.id]
    added = [one for one in wanted if one not in present]
    removed = [one for one in present if one not in wanted]
    if removed:
        unit.write(queries.REMOVE_USES, kind=subject.kind, subject=subject.id, ids=removed)
    _add(unit, subject, added)
    return Change(tuple(added), tuple(removed))


def add_tags(unit: Unit, subject: Subject, ids: Sequence[str]) -> Change:
    """Attach `ids` besides the tags that are there."""
    present = tag_ids_of(unit, subject.kind, [subject.id])[subject.id]
    added = [one for one in dict.fromkeys(one.lower() for one in ids) if one not in present]
    _add(unit, subject, added)
    return Change(tuple(added))


def attach_tags(unit: Unit, kind: SubjectKind, tags: Mapping[str, Sequence[str]]) -> None:
    """Attach tags to subjects that are new and have none yet: tag ids by subject."""
    _add_uses(unit, [(kind, subject, tag) for subject, found in tags.items() for tag in found])


def attach_tag(unit: Unit, subject: Subject, tag_id: str) -> tuple[TagUse, bool]:
    """Attach one tag: its use, and whether it is new (spec 30 §16.3). The tag exists."""
    change = add_tags(unit, subject, [tag_id])
    (use,) = unit.all(queries.USE_OF, kind=subject.kind, subject=subject.id, tag=tag_id.lower())
    return use, bool(change)


def find_use(unit: Unit, use_id: int) -> TagUse | None:
    """The use with that integer id: what it hangs on decides who may take it off."""
    return unit.one(queries.USE, id=use_id)


def detach_tag(unit: Unit, use: TagUse) -> None:
    """Take the tag off its subject."""
    unit.write(queries.REMOVE_USE, id=use.id)


def drop_automatic(unit: Unit, subject: Subject, uses: Iterable[TagUse]) -> tuple[str, ...]:
    """Take the automatic ones of `uses` off a process that ended; those nobody uses any more disappear (§16.1)."""
    ids = [use.tag_id for use in uses if use.automatic]
    if ids:
        unit.write(queries.REMOVE_USES, kind=subject.kind, subject=subject.id, ids=ids)
        unit.all(queries.DROP_UNUSED, ids=ids)
    return tuple(ids)


def forget_tags(unit: Unit, kind: str, ids: Sequence[str]) -> None:
    """Take every tag off subjects that are deleted for good."""
    if ids:
        unit.write(queries.FORGET_USES, kind=kind, ids=list(ids))


def _add(unit: Unit, subject: Subject, ids: Iterable[str]) -> None:
    _add_uses(unit, [(subject.kind, subject.id, one) for one in ids])


def _add_uses(unit: Unit, uses: Sequence[tuple[SubjectKind, str, str]]) -> None:
    """Write uses: kind, subject and tag each."""
    rows = [
        {"tag_id": tag, "subject_kind": kind, "subject_id": subject, "created_at": unit.now}
        for kind, subject, tag in uses
    ]
    unit.write_many(queries.ADD_USE, rows)
