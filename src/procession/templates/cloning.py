"""A copy of a template inside its organization (spec 30 §3.9)."""

import re
from typing import Any

import msgspec

from procession.engine.model import Field, Step, TemplateDocument
from procession.kernel.ids import new_id
from procession.kernel.unit import Event, Unit
from procession.labels.reading import tag_ids_of
from procession.labels.tags import attach_tags
from procession.people.model import Actor
from procession.people.permissions import require
from procession.templates import queries
from procession.templates.access import template_to_duplicate
from procession.templates.aliases import aliases_in, free_alias, part_alias
from procession.templates.editing import add_parts, plain
from procession.templates.kickoff import number_document
from procession.templates.model import Template, template_values
from procession.templates.text_files import note_texts
from procession.templates.update import Updated
from procession.templates.versions import add_version, compiled

TITLE = 250
_HEX = re.compile(r"[0-9a-f]{32}")


def clone_template(unit: Unit, actor: Actor, template_id: str, title: str | None) -> Updated:
    """Copy a live template with its steps, fields, rules, tags and rights; the caller becomes owner and creator.

    404 for what the caller may not read; 403 without DUPLICATE or the right to create. New ids everywhere; the
    aliases of fields stay, because texts name them.
    """
    source = template_to_duplicate(unit, actor, template_id)
    require(actor, "template.create")
    named = (title or f"COPY OF - {source.title}")[:TITLE]
    former = compiled(unit, source.version_id).document
    document, ids = _copied(unit, former, named)
    template = _template(unit, actor, source, named)
    unit.write(queries.INSERT_TEMPLATE, **template_values(template))
    add_version(unit, template, 1, document, template.created_by)
    add_parts(unit, template.id, document)
    note_texts(unit, actor, template, document)
    _tags(unit, source, template, ids)
    new = {"title": named, "source_id": source.id, "document": plain(document)}
    unit.record(
        [Event(kind="template.created", verb="created", subject_kind="template", subject_id=template.id, new=new)]
    )
    return Updated(template, document)


def _copied(unit: Unit, former: TemplateDocument, title: str) -> tuple[TemplateDocument, dict[str, str]]:
    """The document under new ids, wherever they stand, and which became which."""
    content: Any = msgspec.to_builtins(former)
    ids: dict[str, str] = {}
    _collect(content, ids)
    text = msgspec.json.encode(content).decode()
    document = msgspec.json.decode(_HEX.sub(lambda found: ids.get(found[0], found[0]), text), type=TemplateDocument)
    taken = aliases_in(document)
    steps = tuple(_step(unit, step, taken) for step in document.steps)
    first: dict[str, Any] = {"created_at": unit.now, "updated_at": unit.now, "revision": 1}
    fresh = msgspec.structs.replace(
        document,
        title=title,
        steps=steps,
        kickoff=_fresh(unit, document.kickoff),
        stages=tuple(msgspec.structs.replace(one, **first) for one in document.stages),
        rules=tuple(msgspec.structs.replace(one, **first) for one in document.rules),
    )
    return number_document(unit, fresh), ids


def _collect(value: Any, ids: dict[str, str]) -> None:
    """A new id for every part that has one: steps, fields, stages, rules and what is in them."""
    if isinstance(value, dict):
        known = value.get("id")
        if isinstance(known, str) and _HEX.fullmatch(known):
            ids.setdefault(known, new_id())
        for name, one in value.items():
            if name not in ("launches", "default", "options"):
                _collect(one, ids)
    elif isinstance(value, list | tuple):
        for one in value:
            _collect(one, ids)


def _step(unit: Unit, step: Step, taken: set[str]) -> Step:
    return msgspec.structs.replace(
        step,
        alias=part_alias(step.title, "step", taken),
        fields=_fresh(unit, step.fields),
        created_at=unit.now,
        updated_at=unit.now,
        revision=1,
    )


def _fresh(unit: Unit, fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """The fields as new ones, still without numbers."""
    return tuple(msgspec.structs.replace(one, number=0, created_at=unit.now, updated_at=unit.now) for one in fields)


def _template(unit: Unit, actor: Actor, source: Template, title: str) -> Template:
    creator = actor.account_id or 0
    template_id, alias = free_alias(title, lambda one: unit.one(queries.ALIAS_HOLDER, alias=one) is not None)
    settings = msgspec.structs.replace(
        source.settings, public=False, featured=False, public_kickoff=False, kickoff_member=None, published=False,
        approved=None, topics=(), industries=(),
    )  # fmt: skip
    return msgspec.structs.replace(
        source,
        id=template_id,
        number=unit.numbers("increment_id")[0],
        title=title,
        alias=alias,
        settings=settings,
        owner_id=creator,
        created_by=creator,
        updated_by=creator,
        pinned=False,
        launches=0,
        version_id=new_id(),
        published_id=None,
        created_at=unit.now,
        updated_at=unit.now,
        revision=1,
    )


def _tags(unit: Unit, source: Template, template: Template, ids: dict[str, str]) -> None:
    on_template = tag_ids_of(unit, "template", [source.id])
    attach_tags(unit, "template", {template.id: on_template[source.id]})
    attach_tags(unit, "step", {ids[former]: found for former, found in tag_ids_of(unit, "step", list(ids)).items()})
