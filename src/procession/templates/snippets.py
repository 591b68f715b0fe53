"""Snippets: reusable texts, live in templates, frozen in processes by their launch (spec 30 §15)."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from procession.engine.model import TemplateDocument
from procession.engine.snippets import DEEPEST, expand, snippets_in, without_snippet
from procession.kernel.folding import fold
from procession.kernel.ids import new_id
from procession.kernel.paging import Order, Page
from procession.kernel.unit import Event, Unit
from procession.people.listing import Key, cut, folded, holds, ordered
from procession.people.model import Actor
from procession.templates import snippet_queries as queries
from procession.templates.editing import Opened, lock_templates, store
from procession.templates.model import FOLDED_LIMIT, Snippet, TemplateSettings
from procession.templates.versions import compiled

KEYS: Mapping[str, Key[Snippet]] = {
    "title": folded(lambda one: one.title),
    "created_at": lambda one: one.created_at,
    "updated_at": lambda one: one.updated_at,
}
BY_TITLE: Order = (("title", False),)


# -- the resource ------------------------------------------------------------------------------------------------------


def list_snippets(unit: Unit, text: str | None, order: Order, page: Page) -> tuple[list[Snippet], int]:
    """A page of snippets whose title holds the text, and how many there are on all pages."""
    sought = (text or "").strip()
    needle = fold(sought)
    found = [one for one in unit.all(queries.SNIPPETS) if not sought or sought.lower() == one.id
             or holds(needle, one.title)]  # fmt: skip
    return cut(ordered(found, order or BY_TITLE, KEYS, lambda one: one.id), page), len(found)


def find_snippet(unit: Unit, snippet_id: str) -> Snippet | None:
    """One snippet."""
    return unit.one(queries.SNIPPET, id=snippet_id)


def snippets_by_id(unit: Unit, ids: Iterable[str]) -> dict[str, Snippet]:
    """Those of the snippets that exist."""
    wanted = sorted(set(ids))
    return {one.id: one for one in unit.all(queries.SNIPPETS_NAMED, ids=wanted)} if wanted else {}


def snippet_for_update(unit: Unit, snippet_id: str) -> Snippet | None:
    """As `find_snippet`, and it stays as it is until the end of the transaction."""
    return unit.one(queries.SNIPPET_FOR_UPDATE, id=snippet_id)


def existing_snippets(unit: Unit, ids: Iterable[str]) -> frozenset[str]:
    """Those of the ids that are snippets here, by one query; none for no ids."""
    wanted = sorted(set(ids))
    return frozenset(str(one[0]) for one in unit.all(queries.CONTENTS, ids=wanted)) if wanted else frozenset()


def create_snippet(unit: Unit, *, title: str, content: str, public: bool, by: int | None) -> Snippet:
    """Make a snippet; `content` is sanitised already."""
    made = Snippet(new_id(), title, content, public, by, unit.now, unit.now, 1)
    unit.write(
        queries.INSERT_SNIPPET,
        **msgspec.structs.asdict(made),
        folded=fold(title, FOLDED_LIMIT),
        deleted_at=None,
    )
    _keep_text(unit, made)
    unit.record([_event(made, "created", new=_plain(made))])
    return made


def update_snippet(unit: Unit, snippet: Snippet, changes: Mapping[str, Any]) -> Snippet:
    """Change `title`, `content` and `public` as far as they are named and differ."""
    different = {name: value for name, value in changes.items() if value != getattr(snippet, name)}
    if not different:
        return snippet
    changed = msgspec.structs.replace(snippet, revision=snippet.revision + 1, updated_at=unit.now, **different)
    columns: dict[str, Any] = {**different, "revision": changed.revision, "updated_at": unit.now}
    if "title" in different:
        columns["folded"] = fold(changed.title, FOLDED_LIMIT)
    unit.patch(queries.PATCH_SNIPPET, columns, id=snippet.id)
    if "content" in different:
        _keep_text(unit, changed)
    unit.record(
        _event(snippet, "updated", field=name, old=getattr(snippet, name), new=value)
        for name, value in different.items()
    )
    return changed


def delete_snippet(unit: Unit, actor: Actor, snippet: Snippet) -> None:
    """Delete a snippet: its marks go from every template and snippet, processes show the text of their launch."""
    _take_out(unit, actor, snippet.id)
    unit.patch(queries.PATCH_SNIPPET, {"deleted_at": unit.now, "updated_at": unit.now}, id=snippet.id)
    _keep_text(unit, msgspec.structs.replace(snippet, content=""))  # what is launched from now on shows nothing
    unit.record([_event(snippet, "deleted", old=_plain(snippet))])


def _take_out(unit: Unit, actor: Actor, snippet_id: str) -> None:
    """Save every template and snippet that shows it without it."""
    for template in lock_templates(unit, unit.all(queries.TEMPLATES_SHOWING, pattern=f"%{snippet_id}%")):
        opened = Opened(template, compiled(unit, template.version_id))
        document: TemplateDocument = _without(opened.document, snippet_id)
        settings: TemplateSettings = _without(template.settings, snippet_id)
        event = Event(
            kind="template.updated",
            verb="updated",
            subject_kind="template",
            subject_id=template.id,
            field="snippets",
            old=snippet_id,
        )
        store(unit, actor, opened, document, [event], {"settings": settings})
    for one in unit.all(queries.SNIPPETS):
        if one.id != snippet_id:
            update_snippet(unit, one, {"content": without_snippet(one.content, snippet_id)})


def _without(value: Any, snippet_id: str) -> Any:
    """The same structure with the snippet taken out of every text in it."""
    return msgspec.convert(_texts_without(msgspec.to_builtins(value), snippet_id), type(value))


def _texts_without(value: Any, snippet_id: str) -> Any:
    if isinstance(value, str):
        return without_snippet(value, snippet_id)
    if isinstance(value, dict):
        return {name: _texts_without(one, snippet_id) for name, one in value.items()}
    return [_texts_without(one, snippet_id) for one in value] if isinstance(value, list | tuple) else value


def _keep_text(unit: Unit, snippet: Snippet) -> None:
    unit.write(queries.INSERT_TEXT, id=new_id(), snippet_id=snippet.id, content=snippet.content, written_at=unit.now)


def _plain(snippet: Snippet) -> dict[str, Any]:
    return {"title": snippet.title, "content": snippet.content, "is_public": snippet.public}


def _event(snippet: Snippet, what: str, **more: Any) -> Event:
    return Event(kind=f"snippet.{what}", verb=what, subject_kind="snippet", subject_id=snippet.id, **more)


# -- in texts ----------------------------------------------------------------------------------------------------------


def live_contents(unit: Unit, texts: Iterable[str | None]) -> dict[str, str]:
    """Id → content now of the snippets in these texts and in each other; no query for texts without any."""
    found: dict[str, str] = {}
    wanted = _in_all(texts)
    for _ in range(DEEPEST):
        if missing := wanted - found.keys():
            found |= dict(unit.all(queries.CONTENTS, ids=sorted(missing)))
            wanted = _in_all(found[one] for one in missing if one in found)
    return found


def contents_of(unit: Unit, ids: Iterable[str]) -> dict[str, str]:
    """Id → content now, with the snippets inside it; deleted ones have no entry."""
    wanted = sorted(set(ids))
    found: dict[str, str] = dict(unit.all(queries.CONTENTS, ids=wanted)) if wanted else {}
    inner = live_contents(unit, found.values())
    return {one: expand(content, inner) for one, content in found.items()}


def contents_at(unit: Unit, texts: Iterable[tuple[datetime, str | None]]) -> dict[datetime, dict[str, str]]:
    """The same as of each moment: the content that a snippet had then, or its first one when it is younger.

    Two queries for each level of snippets inside snippets, none for texts without any.
    """
    wanted: dict[datetime, frozenset[str]] = {}
    for moment, text in texts:
        if found := snippets_in(text):
            wanted[moment] = wanted.get(moment, frozenset()) | found
    out: dict[datetime, dict[str, str]] = {moment: {} for moment in wanted}
    for _ in range(DEEPEST):
        if not any(wanted.values()):
            break
        wanted = _read_level(unit, wanted, out)
    return out


def _read_level(
    unit: Unit, wanted: Mapping[datetime, frozenset[str]], out: dict[datetime, dict[str, str]]
) -> dict[datetime, frozenset[str]]:
    """Read what is wanted into `out`; the snippets inside it that are not read yet."""
    marks: dict[str, list[tuple[datetime, str]]] = {}
    ids = sorted({one for some in wanted.values() for one in some})
    for snippet_id, text_id, written_at in unit.all(queries.TEXT_MARKS, ids=ids):
        marks.setdefault(snippet_id, []).append((written_at, text_id))
    chosen = {
        (moment, one): _then(marks[one], moment) for moment, some in wanted.items() for one in some if one in marks
    }
    contents: dict[str, str] = dict(unit.all(queries.TEXTS, ids=sorted(set(chosen.values())))) if chosen else {}
    following: dict[datetime, frozenset[str]] = {}
    for (moment, one), text_id in chosen.items():
        out[moment][one] = contents[text_id]
        inner = snippets_in(contents[text_id])
        following[moment] = following.get(moment, frozenset()) | inner
    return {moment: frozenset(found - out[moment].keys()) for moment, found in following.items()}


def _then(marks: list[tuple[datetime, str]], moment: datetime) -> str:
    place = bisect_right(marks, moment, key=lambda one: one[0])
    return marks[max(place - 1, 0)][1]


def _in_all(texts: Iterable[str | None]) -> frozenset[str]:
    return frozenset(one for text in texts for one in snippets_in(text))
