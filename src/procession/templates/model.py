"""A template as its row shows it: settings, rights, counters; its steps and fields are its version's."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from procession.engine.model import Column, Problem
from procession.engine.shared_lists import Numbering
from procession.kernel.folding import fold
from procession.people.model import EVERYONE, group, member

TemplateKind = Literal["procedure", "form", "document"]
Label = Literal["started", "in-progress", "finishing", "published"]
RightName = Literal["edit", "read", "launch", "duplicate", "process_read"]

RIGHTS: tuple[RightName, ...] = ("edit", "read", "launch", "duplicate", "process_read")
DEFAULT_ACCESS: frozenset[RightName] = frozenset(("read", "launch", "process_read"))
"""What the lists of default access grant (spec 40 §16.3)."""

FOLDED_LIMIT = 1000

MISC = "MISC"
"""The title and alias of the hidden template that carries processes without one (spec 10 §11.1)."""


class TemplateSettings(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What people may write about a template beside its steps and fields, read and written whole (spec 30 §2.1).

    `name_format` is text with variables; ids are of templates and folders of the same organization; members are
    account ids. `adhoc_tasks`: one-off tasks may be added to its processes. `approval`: publishing a draft needs an
    admin. `kickoff_template`: the form whose kick-off fields replace this template's. `approved`, `featured`, `topics`
    and `industries` are the operator's word on a public template (spec 30 §18): since when (UTC) it may be listed, and
    what the library says of it.
    """

    summary: str | None = None
    guidance: str | None = None
    webhook: str | None = None
    video: str | None = None
    icon: str | None = None
    cover: str | None = None
    launcher: int | None = None
    kickoff_title: str | None = None
    kickoff_description: str | None = None
    public: bool = False
    featured: bool = False
    public_kickoff: bool = False
    kickoff_member: int | None = None
    auto_naming: bool = False
    name_format: str | None = None
    launcher_may_rename: bool = False
    file_processes: bool = False
    tag_processes: bool = False
    process_folder: str | None = None
    launcher_may_refile: bool = False
    adhoc_tasks: bool = True
    reference_only: bool = False
    drafts: bool = False
    published: bool = False
    approval: bool = False
    kickoff_template: str | None = None
    # The queries of the library look for the last two in the JSON: nothing may follow them.
    approved: str | None = None
    topics: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()


class Right(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who holds one right: everyone, or the listed members and groups; nobody listed means admins only."""

    everyone: bool = False
    members: tuple[int, ...] = ()
    groups: tuple[str, ...] = ()

    def principals(self) -> tuple[str, ...]:
        named = (*map(member, self.members), *map(group, self.groups))
        return (EVERYONE, *named) if self.everyone else named


class Problems(list[Problem]):
    """What is wrong with a body, gathered on the way; `refuse` answers all of it together by raising.

    Nothing is written before `raise_if_any`.
    """

    def __init__(self, refuse: Callable[[Sequence[Problem]], None]) -> None:
        super().__init__()
        self._refuse = refuse

    def raise_if_any(self) -> None:
        if self:
            self._refuse(self)


class Holder(msgspec.Struct, frozen=True):
    """Where fields are: on a step of a template, or (None) on its kick-off form."""

    template_id: str
    step_id: str | None


NOBODY = Right()
ALL = Right(everyone=True)


class Rights(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The five rights (spec 40 §16.1) and the lists of default access, which grant READ, LAUNCH and PROCESS READ."""

    edit: Right = NOBODY
    read: Right = NOBODY
    launch: Right = NOBODY
    duplicate: Right = NOBODY
    process_read: Right = NOBODY
    members: tuple[int, ...] = ()
    groups: tuple[str, ...] = ()

    def holders(self, name: RightName) -> frozenset[str]:
        """The principals that hold the right by name, by group or as everyone; not what roles and owning add."""
        right: Right = getattr(self, name)
        listed = Right(members=self.members, groups=self.groups) if name in DEFAULT_ACCESS else NOBODY
        return frozenset((*right.principals(), *listed.principals()))


class Template(msgspec.Struct, frozen=True):
    """A row of `templates`. `version_id`: what is edited; `published_id`: what is launched while drafts are on."""

    id: str
    number: int
    title: str
    alias: str
    kind: TemplateKind
    label: Label
    system: bool
    settings: TemplateSettings
    rights: Rights
    owner_id: int
    created_by: int
    updated_by: int
    folder_id: str | None
    pinned: bool
    steps: int
    launches: int
    version_id: str
    published_id: str | None
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None
    revision: int

    @property
    def launched_version(self) -> str | None:
        """The version a launch takes; None: drafts are on and nothing was published yet (spec 30 §5.2)."""
        return self.published_id if self.settings.drafts else self.version_id


def template_row(*columns: Any) -> Template:
    """The struct from the columns in its order, documents still as plain JSON values."""
    values = dict(zip(Template.__struct_fields__, columns, strict=True))
    values["settings"] = msgspec.convert(values["settings"], TemplateSettings)
    values["rights"] = msgspec.convert(values["rights"], Rights)
    values["system"] = bool(values["system"])
    values["pinned"] = bool(values["pinned"])
    return Template(**values)


def stored_rights(rights: Rights) -> dict[str, Any]:
    """The JSON of the `rights` column.

    Beside the rights it carries who is thereby shown the template in lists: `listed` for full members, and
    `listed_light` for light members, whom EDIT and DUPLICATE and "everyone" give nothing (spec 40 §16.2).
    """
    light = rights.holders("read") | rights.holders("launch")
    full = light | rights.holders("edit") | rights.holders("duplicate")
    out: dict[str, Any] = msgspec.to_builtins(rights)
    return out | {"listed": sorted(full), "listed_light": sorted(light - {EVERYONE})}


def template_values(template: Template) -> dict[str, Any]:
    """The columns of a row of `templates`, for writing. Whatever is read is not deleted."""
    values = msgspec.structs.asdict(template)
    values["deleted_at"] = None
    values["folded"] = fold(template.title, FOLDED_LIMIT)
    values["public"] = template.settings.public
    values["settings"] = msgspec.to_builtins(template.settings)
    values["rights"] = stored_rights(template.rights)
    return values


class Watcher(msgspec.Struct, frozen=True):
    """Who watches every process of a template: a principal; a guest's address."""

    id: int
    template_id: str
    principal: str
    address: str | None
    added_by: int | None
    created_at: datetime


class Snippet(msgspec.Struct, frozen=True):
    """A reusable text; `content` is sanitised HTML, `public`: also shown in public templates (spec 30 §15)."""

    id: str
    title: str
    content: str
    public: bool
    created_by: int | None
    created_at: datetime
    updated_at: datetime
    revision: int


class Published(msgspec.Struct, frozen=True):
    """A public template, with the name and the id of its organization (spec 30 §18)."""

    template: Template
    organization: str
    organization_id: str


class SharedList(msgspec.Struct, frozen=True):
    """A reusable list: a table whose columns fields draw their options from (spec 30 §11.7)."""

    id: int
    name: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: dict[str, Numbering]
    created_at: datetime
    updated_at: datetime
    revision: int


class VersionRow(msgspec.Struct, frozen=True):
    """A row of `template_versions`. `revision` names one state of the document: no two states share it."""

    id: str
    template_id: str
    number: int
    document: str
    launched: bool
    revision: int


class VersionInfo(msgspec.Struct, frozen=True):
    """A version as lists show it."""

    id: str
    number: int
    created_by: int
    created_at: datetime
    launched: bool


class VersionMark(msgspec.Struct, frozen=True):
    """What tells whether a version read earlier is still the same."""

    revision: int
    launched: bool
