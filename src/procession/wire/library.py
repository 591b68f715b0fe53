"""The templates that are shipped with the product: JSON documents as an export gives them (spec 30 §18).

They are entries of the public library like those that organizations publish. Each is a file of the folder `library`;
its name is the alias, its id is made from it.
"""

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

import msgspec

from procession.kernel.folding import fold

TOPIC_COLORS = ("#2563eb", "#16a34a", "#d97706", "#9333ea", "#dc2626", "#0891b2", "#4f46e5", "#65a30d")


class Shipped(msgspec.Struct, frozen=True):
    """What the library says of a document: its alias, its subjects, the trades it is for."""

    alias: str
    topics: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    featured: bool = False


class Document(msgspec.Struct, frozen=True):
    """A shipped template; `data` is a template as clients send it."""

    format: str
    format_version: int
    library: Shipped
    data: dict[str, Any]

    @property
    def id(self) -> str:
        return library_id(self.library.alias)

    @property
    def title(self) -> str:
        title: str = self.data["title"]
        return title


class PublicTag(msgspec.Struct, frozen=True):
    """A subject or a trade of the library."""

    id: str
    title: str
    color: str


class PublicStep(msgspec.Struct, frozen=True):
    """A step as everybody may read it."""

    title: str
    summary: str | None
    position: int


class PublicField(msgspec.Struct, frozen=True, kw_only=True):
    """A field of the kick-off form as everybody may read it."""

    label: str
    field_type: str
    required: bool
    guidance: str | None
    position: int
    options: list[Any]
    columns: list[Any]


class PublicChecklist(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A template of the public library: never assignees, rules, webhooks, comments (spec 30 §11.6)."""

    id: str
    alias: str
    title: str
    summary: str | None
    type: str
    icon: str | None
    public_cover: str | None
    organization: str | None
    is_featured: bool
    topic_tags: list[PublicTag]
    industry_tags: list[PublicTag]
    steps_count: int
    guidance: str | msgspec.UnsetType | None = msgspec.UNSET
    kickoff_title: str | msgspec.UnsetType | None = msgspec.UNSET
    kickoff_description: str | msgspec.UnsetType | None = msgspec.UNSET
    prerun: list[PublicField] | msgspec.UnsetType = msgspec.UNSET
    steps: dict[str, list[PublicStep]] | msgspec.UnsetType = msgspec.UNSET


def library_id(alias: str) -> str:
    """The id of a shipped template: the same on every server."""
    return hashlib.sha256(f"procession.library/{alias}".encode()).hexdigest()[:32]


@lru_cache(maxsize=1)
def shipped() -> Mapping[str, Document]:
    """Every shipped template by its id, featured ones first, then by title."""
    folder = files("procession.wire") / "library"
    found = [
        msgspec.json.decode(one.read_bytes(), type=Document) for one in folder.iterdir() if one.name.endswith(".json")
    ]
    ordered = sorted(found, key=lambda one: (not one.library.featured, fold(one.title, 250)))
    return {one.id: one for one in ordered}


@lru_cache(maxsize=1)
def topics() -> tuple[str, ...]:
    """The subjects that a template of the library may be about, in alphabetical order."""
    return tuple(sorted({title for one in shipped().values() for title in one.library.topics}))


@lru_cache(maxsize=1)
def industries() -> tuple[str, ...]:
    """The trades that a template of the library may be for; none is called like a subject."""
    return tuple(sorted({title for one in shipped().values() for title in one.library.industries}))


def find_shipped(named: str) -> Document | None:
    """A shipped template by id or alias."""
    return shipped().get(named.lower()) or shipped().get(library_id(named.lower()))


def show_shipped(document: Document, *, whole: bool = False) -> PublicChecklist:
    """As everybody reads it; `whole` with its steps and its kick-off form."""
    return show_public(
        document.data,
        document.library,
        template_id=document.id,
        steps=len(document.data["steps"]),
        organization=None,
        whole=whole,
    )


def show_public(
    data: Mapping[str, Any], about: Shipped, *, template_id: str, steps: int, organization: str | None, whole: bool
) -> PublicChecklist:
    """A template in the wire's words, without what is nobody else's business."""
    shown: dict[str, Any] = {}
    if whole:
        shown = {name: data.get(name) for name in ("guidance", "kickoff_title", "kickoff_description")}
        shown["prerun"] = [_field(one) for one in data.get("prerun", ())]
        shown["steps"] = {"data": [_step(one) for one in data.get("steps", ())]}
    return PublicChecklist(
        id=template_id,
        alias=about.alias,
        title=data["title"],
        summary=data.get("summary"),
        type=data["type"],
        icon=data.get("icon"),
        public_cover=data.get("public_cover"),
        organization=organization,
        is_featured=about.featured,
        topic_tags=[public_tag(one) for one in about.topics],
        industry_tags=[public_tag(one) for one in about.industries],
        steps_count=steps,
        **shown,
    )


def public_tag(title: str) -> PublicTag:
    """A subject or trade; its id and colour are made from its title."""
    digest = hashlib.sha256(f"procession.topic/{title}".encode()).hexdigest()
    return PublicTag(digest[:32], title, TOPIC_COLORS[int(digest[32:34], 16) % len(TOPIC_COLORS)])


def _step(one: Mapping[str, Any]) -> PublicStep:
    return PublicStep(one["title"], one.get("summary"), one["position"])


def _field(one: Mapping[str, Any]) -> PublicField:
    return PublicField(
        label=one["label"],
        field_type=one["field_type"],
        required=one["required"],
        guidance=one.get("guidance"),
        position=one["position"],
        options=list(one.get("options", ())),
        columns=list(one.get("columns", ())),
    )
