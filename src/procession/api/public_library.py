"""The public library: ready templates for everybody to read, and to copy into an organization (spec 30 §18)."""

from typing import Any

import msgspec

from procession.api.endpoint import Call, Reply, operation
from procession.api.notations import outline_with
from procession.engine.embeds import without_embeds
from procession.engine.model import TemplateDocument
from procession.kernel.errors import NotFound
from procession.kernel.folding import fold
from procession.kernel.paging import read_page
from procession.notations.model import OutlineStep
from procession.people.tenants import within
from procession.templates.library import Search, published_template, published_templates
from procession.templates.model import Published, Template
from procession.templates.outsiders import as_everybody_reads
from procession.wire import library as wire
from procession.wire.outline import outline_document
from procession.wire.paging import paged

BASE = "/public-library/checklists"


@operation("GET", BASE, id="listPublicChecklists", auth="none",
           query=("q", "topic", "industry", "featured", "page", "per_page", "limit"),
           answer=list[wire.PublicChecklist], tag="Templates")  # fmt: skip
def list_public_checklists(call: Call) -> Reply:
    """List the templates of the public library"""
    page = read_page(call.query, 10, 100)
    ready = [one for one in wire.shipped().values() if _is_asked_for(call, one)]
    shown = [wire.show_shipped(one) for one in ready[page.skip : page.skip + page.size]]
    search = Search(
        text=call.query.text("q"),
        featured=bool(call.query.flag("featured")),
        approved=call.policy.library_review,
        topics=_named(call, "topic", wire.topics()),
        industries=_named(call, "industry", wire.industries()),
    )
    found, total = published_templates(call.unit, search, max(page.skip - len(ready), 0), page.size - len(shown))
    shown += [_show(one, None) for one in found]
    return Reply(body=paged(shown, page, len(ready) + total, call.links))


def _is_asked_for(call: Call, document: wire.Document) -> bool:
    text = call.query.text("q")
    topics = [fold(one, 250) for one in call.query.items_of("topic")]
    industries = [fold(one, 250) for one in call.query.items_of("industry")]
    return (
        (text is None or fold(text, 250) in fold(document.title, 250))
        and (not call.query.flag("featured") or document.library.featured)
        and (not topics or _has(document.library.topics, topics))
        and (not industries or _has(document.library.industries, industries))
    )


def _has(titles: tuple[str, ...], asked: list[str]) -> bool:
    """Whether one of the titles is asked for, by its text or by its id."""
    return any(_is_named(one, asked) for one in titles)


def _is_named(title: str, asked: list[str]) -> bool:
    return fold(title, 250) in asked or wire.public_tag(title).id in asked


def _named(call: Call, parameter: str, titles: tuple[str, ...]) -> tuple[str, ...] | None:
    """Those of the titles that are asked for; None: any."""
    asked = [fold(one, 250) for one in call.query.items_of(parameter)]
    return tuple(one for one in titles if _is_named(one, asked)) if asked else None


@operation("GET", BASE + "/{checklist}", id="getPublicChecklist", auth="none", answer=wire.PublicChecklist,
           tag="Templates")  # fmt: skip
def get_public_checklist(call: Call) -> Reply:
    """Get a template of the public library, by its id or alias"""
    named = call.path["checklist"]
    ready = wire.find_shipped(named)
    if ready is not None:
        return Reply(body={"data": wire.show_shipped(ready, whole=True)})
    found = published_template(call.unit, named, approved=call.policy.library_review)
    if found is None:
        raise NotFound
    published, document = found
    with within(call.unit, published.organization_id) as unit:
        template, document = as_everybody_reads(unit, published.template, document)
    return Reply(body={"data": _show(msgspec.structs.replace(published, template=template), document)})


def _show(published: Published, document: TemplateDocument | None) -> wire.PublicChecklist:
    template = published.template
    settings = template.settings
    about = wire.Shipped(template.alias, settings.topics, settings.industries, settings.featured)
    data = _data(template, document)
    if document is None:  # in lists nothing stands where a snippet would: each would be read by itself
        data["summary"] = without_embeds(data["summary"] or "")[0] or None
    data |= {"public_cover": template.settings.cover, "icon": template.settings.icon}
    return wire.show_public(
        data,
        about,
        template_id=template.id,
        steps=template.steps,
        organization=published.organization,
        whole=document is not None,
    )


def copied_object(call: Call, named: str) -> dict[str, Any]:
    """The object that becomes a copy of a template of the library (`import_checklist`). 404 for what is not public.

    Nothing of its organization comes along: no people, webhooks, folders, launched templates (spec 30 §18, §3.9).
    """
    ready = wire.find_shipped(named)
    if ready is not None:
        return ready.data
    found = published_template(call.unit, named, approved=call.policy.library_review)
    if found is None:
        raise NotFound
    template, settings = found[0].template, found[0].template.settings
    return _data(template, found[1]) | {
        "icon": settings.icon,
        "public_cover": settings.cover,
        "explanation_video": settings.video,
        "auto_naming": settings.auto_naming,
        "default_process_name_format": settings.name_format,
        "allow_launcher_change_name": settings.launcher_may_rename,
        "can_add_oot": settings.adhoc_tasks,
        "reference_only": settings.reference_only,
        "content": found[1].content,
    }


def _data(template: Template, document: TemplateDocument | None) -> dict[str, Any]:
    """The template as clients send one, without people and addresses to call."""
    shown = document or TemplateDocument(title=template.title, kind=template.kind)
    gone: dict[str, Any] = dict.fromkeys(("members", "guests", "groups", "roles"), ())
    gone |= {"webhook": None, "launches": None, "extra": {}}
    steps = (OutlineStep(step=msgspec.structs.replace(one, **gone)) for one in shown.steps)
    rules = (
        msgspec.structs.replace(
            rule, actions=tuple(one for one in rule.actions if one.kind != "webhook" and not one.assignees.guests)
        )
        for rule in shown.rules
    )
    data: dict[str, Any] = outline_document(outline_with(template, shown, steps, rules))["data"]
    return data
