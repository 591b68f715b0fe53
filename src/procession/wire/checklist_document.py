"""A template as a document of its own: stable, without secrets, one value a line (spec 30 §3.11, 50 §23.2)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from procession.engine.model import TemplateDocument
from procession.templates.model import Template
from procession.wire.checklist import Checklist
from procession.wire.times import instant

FORMAT, FORMAT_VERSION = "procession.template", 1


class People(msgspec.Struct, frozen=True):
    """What the members, groups and job titles of a document are called, by id."""

    members: Mapping[int, str] = {}
    groups: Mapping[str, str] = {}
    roles: Mapping[str, str] = {}


class ChecklistDocument(msgspec.Struct, frozen=True):
    """An exported template."""

    format: str
    format_version: int
    exported_at: str
    organization_id: str
    people: dict[str, list[dict[str, Any]]]
    data: Checklist


def named_in(template: Template, document: TemplateDocument) -> tuple[set[int], set[str], set[str]]:
    """The members, groups and job titles that an exported template names."""
    members = {one for step in document.steps for one in step.members} | set(template.rights.members)
    members |= {one for one in (template.settings.launcher,) if one is not None}
    groups = {one for step in document.steps for one in step.groups} | set(template.rights.groups)
    return members, groups, {one for step in document.steps for one in step.roles}


def checklist_document(shown: Checklist, people: People, organization_id: str, now: datetime) -> msgspec.Raw:
    """The document, keys sorted, for people who keep it under version control."""
    document = ChecklistDocument(
        FORMAT,
        FORMAT_VERSION,
        instant(now) or "",
        organization_id,
        {
            "members": [{"id": one, "email": address} for one, address in sorted(people.members.items())],
            "groups": [{"id": one, "name": name} for one, name in sorted(people.groups.items())],
            "roles": [{"id": one, "name": name} for one, name in sorted(people.roles.items())],
        },
        shown,
    )
    written = msgspec.json.encode(msgspec.to_builtins(document), order="sorted")
    return msgspec.Raw(msgspec.json.format(written, indent=2))
