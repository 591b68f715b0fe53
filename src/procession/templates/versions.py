"""Compiled versions: a version's document with its indexes, cached in the process (spec 30 §5.3)."""

import secrets
from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from threading import Lock

import msgspec

from procession.engine.deadlines import anchored_steps
from procession.engine.model import Field, Step, TemplateDocument
from procession.engine.rules.book import RuleBook, compile_rules
from procession.engine.shared_lists import drawn_document, list_ids
from procession.kernel.errors import NotFound
from procession.kernel.ids import new_id
from procession.kernel.unit import Unit
from procession.templates import list_queries, queries
from procession.templates.model import Template, VersionRow

CACHE_BYTES = 64 * 1024 * 1024
WEIGHT = 12
"""Bytes of a compiled version for each byte of its document's JSON, measured generously."""

SETTLED = timedelta(seconds=60)
"""Longer than any transaction: what was launched then and still is, was committed."""
NEVER = datetime.min.replace(tzinfo=UTC)
TRUSTED = timedelta(minutes=10)
"""How long a launched version is read without a query: only the erasure of a person changes one (spec 41 §18.4)."""


class Place(msgspec.Struct, frozen=True):
    """A field and the step it is on; None: the kick-off form."""

    field: Field
    step_id: str | None


class CompiledVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A version ready for use. `fields`: every field by id; `aliases`: by alias, case folded.

    `anchored`: the steps that other steps' deadlines count from; `lists`: what its fields draw from (spec 30 §11.7).
    """

    id: str
    template_id: str
    number: int
    launched: bool
    revision: int
    document: TemplateDocument
    steps: dict[str, Step]
    kickoff: dict[str, Field]
    fields: dict[str, Place]
    aliases: dict[str, Place]
    anchored: frozenset[str]
    rules: RuleBook = RuleBook()
    lists: frozenset[int] = frozenset()


class _Entry:
    __slots__ = ("compiled", "drawn", "seen", "trusted_until", "weight")

    def __init__(self, compiled: CompiledVersion, seen: datetime, weight: int) -> None:
        self.compiled = compiled
        self.seen = seen
        self.weight = weight
        self.trusted_until = NEVER
        self.drawn: tuple[tuple[tuple[int, int], ...], CompiledVersion] | None = None


class VersionCache:
    """Compiled versions by id, the least recently used dropped beyond `limit` bytes.

    What is read inside a transaction may be undone. Two things keep that harmless: every write of a version gives it
    a revision nobody used before, so content that was undone is never taken for other content; and a launched version
    is trusted without a query, for `TRUSTED`, only when it is found launched and unchanged `SETTLED` after it was first
    seen so.
    """

    def __init__(self, limit: int = CACHE_BYTES) -> None:
        self._limit = limit
        self._entries: OrderedDict[tuple[str, str], _Entry] = OrderedDict()
        self._weight = 0
        self._lock = Lock()

    def get(self, key: tuple[str, str]) -> _Entry | None:
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None:
                self._entries.move_to_end(key)
            return entry

    def put(self, key: tuple[str, str], entry: _Entry) -> None:
        with self._lock:
            former = self._entries.pop(key, None)
            self._weight += entry.weight - (former.weight if former else 0)
            self._entries[key] = entry
            while self._weight > self._limit and len(self._entries) > 1:
                _, dropped = self._entries.popitem(last=False)
                self._weight -= dropped.weight

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
            self._weight = 0


CACHE = VersionCache()


def compiled(unit: Unit, version_id: str) -> CompiledVersion:
    """The version with its indexes; no query for one that was just found frozen. 404 when there is none.

    One whose fields draw from reusable lists has their options as they are now: a query for the lists' revisions.
    """
    found = _stored(unit, version_id)
    return _drawn(unit, {version_id: found})[version_id] if found.lists else found


def _stored(unit: Unit, version_id: str) -> CompiledVersion:
    key = (unit.organization_id, version_id)
    entry = CACHE.get(key)
    if entry is not None:
        if unit.now < entry.trusted_until:
            return entry.compiled
        mark = unit.one(queries.VERSION_MARK, version_id=version_id)
        if mark is not None and mark.revision == entry.compiled.revision and mark.launched == entry.compiled.launched:
            # Two threads may both set it: they set the same.
            if mark.launched and unit.now - entry.seen >= SETTLED:
                entry.trusted_until = unit.now + TRUSTED
            return entry.compiled
    row = unit.one(queries.VERSION, version_id=version_id)
    if row is None:
        raise NotFound
    return _remember(key, row, unit.now)


def compiled_versions(unit: Unit, version_ids: set[str]) -> dict[str, CompiledVersion]:
    """Several versions by id, those that are not trusted as frozen with one query. Unknown ids are left out."""
    found = _stored_versions(unit, version_ids)
    return _drawn(unit, found) if any(one.lists for one in found.values()) else found


def _drawn(unit: Unit, versions: dict[str, CompiledVersion]) -> dict[str, CompiledVersion]:
    """The versions with what their fields draw from lists: one query for what changed, one more for what is new."""
    ids = sorted({list_id for one in versions.values() for list_id in one.lists})
    marks: dict[int, int] = dict(unit.all(list_queries.MARKS, ids=ids))
    found, stale = dict(versions), dict[str, tuple[tuple[int, int], ...]]()
    for version_id, version in versions.items():
        if not version.lists:
            continue
        mark = tuple(sorted((one, marks[one]) for one in version.lists if one in marks))
        entry = CACHE.get((unit.organization_id, version_id))
        drawn = entry.drawn if entry is not None and entry.compiled is version else None
        if drawn is not None and drawn[0] == mark:
            found[version_id] = drawn[1]
        else:
            stale[version_id] = mark
    if stale:
        lists = {one.id: one for one in unit.all(list_queries.DRAWINGS, ids=ids)}
        for version_id, mark in stale.items():
            version = found[version_id]
            found[version_id] = drawn_version = _indexed(version, drawn_document(version.document, lists))
            entry = CACHE.get((unit.organization_id, version_id))
            if entry is not None and entry.compiled is version:
                entry.drawn = (mark, drawn_version)
    return found


def _stored_versions(unit: Unit, version_ids: set[str]) -> dict[str, CompiledVersion]:
    found: dict[str, CompiledVersion] = {}
    for version_id in version_ids:
        entry = CACHE.get((unit.organization_id, version_id))
        if entry is not None and unit.now < entry.trusted_until:
            found[version_id] = entry.compiled
    missing = sorted(version_ids - found.keys())
    if len(missing) == 1:
        return found | {missing[0]: _stored(unit, missing[0])}
    if missing:
        for row in unit.all(queries.VERSIONS, ids=missing):
            entry = CACHE.get((unit.organization_id, row.id))
            if entry is not None and (entry.compiled.revision, entry.compiled.launched) == (row.revision, row.launched):
                found[row.id] = entry.compiled
            else:
                found[row.id] = _remember((unit.organization_id, row.id), row, unit.now)
    return found


def _remember(key: tuple[str, str], row: VersionRow, now: datetime) -> CompiledVersion:
    version = compile_version(row)
    # What draws from lists is held twice: as it is stored, and as it is drawn.
    CACHE.put(key, _Entry(version, now, len(row.document) * WEIGHT * (2 if version.lists else 1)))
    return version


_decoder = msgspec.json.Decoder(TemplateDocument)
_encoder = msgspec.json.Encoder()


def compile_version(row: VersionRow) -> CompiledVersion:
    """The indexes of a version's document."""
    return _indexed(row, _decoder.decode(row.document))


def _indexed(row: VersionRow | CompiledVersion, document: TemplateDocument) -> CompiledVersion:
    places = [Place(field, None) for field in document.kickoff]
    places += [Place(field, step.id) for step in document.steps for field in step.fields]
    return CompiledVersion(
        id=row.id,
        template_id=row.template_id,
        number=row.number,
        launched=row.launched,
        revision=row.revision,
        document=document,
        steps={step.id: step for step in document.steps},
        kickoff={field.id: field for field in document.kickoff},
        fields={place.field.id: place for place in places},
        aliases={place.field.alias.casefold(): place for place in places},
        anchored=anchored_steps(document.steps),
        rules=compile_rules(document),
        lists=list_ids(place.field for place in places),
    )


def fresh_revision() -> int:
    """A revision of a version: by chance, so that a state that was undone never shares one with its successor."""
    return secrets.randbelow(2**31 - 1) + 1


def add_version(unit: Unit, template: Template, number: int, document: TemplateDocument, author: int) -> None:
    """Write the version that `template.version_id` names."""
    unit.write(
        queries.INSERT_VERSION,
        id=template.version_id,
        template_id=template.id,
        number=number,
        document=_encoder.encode(document).decode(),
        launched=False,
        created_by=author,
        created_at=unit.now,
        revision=fresh_revision(),
    )


def write_document(
    unit: Unit, template: Template, version: CompiledVersion, document: TemplateDocument, author: int
) -> str:
    """Make `document` the content of the version that is edited, and give that version's id.

    A version that was launched, or that is the published one while drafts are on, is left as it is and copied
    (copy-on-write, spec 30 §5.2, §5.3). The template must be locked.
    """
    drafting = template.settings.drafts and template.published_id == version.id
    if version.launched or drafting:
        successor = msgspec.structs.replace(template, version_id=new_id())
        add_version(unit, successor, version.number + 1, document, author)
        return successor.version_id
    changes = {"document": _encoder.encode(document).decode(), "revision": fresh_revision()}
    unit.patch(queries.PATCH_VERSION, changes, id=version.id)
    return version.id


def freeze(unit: Unit, version: CompiledVersion) -> None:
    """Mark the version launched: it never changes again."""
    if not version.launched:
        unit.patch(queries.PATCH_VERSION, {"launched": True, "revision": fresh_revision()}, id=version.id)
