"""A file as clients know it: the asset object (spec 20 §20.2)."""

from typing import Any

import msgspec

from procession.files.model import File, Picture
from procession.files.pictures import address
from procession.wire.times import instant

TYPES = {"template": "Checklist", "process": "Run", "task": "Task", "organization": "Organization", "thread": "Thread"}
"""What clients call the kinds of subjects."""


class AssetSubject(msgspec.Struct, frozen=True):
    """What the file belongs to."""

    id: str
    type: str


class Asset(msgspec.Struct, frozen=True, kw_only=True):
    """An uploaded file, or a link. `uploaded_to_s3`: the bytes are kept by the server, wherever they lie.

    `url` and `full_url` lead to the download of what is kept here, and to the other place for links. `uploaded_by`
    is null for guests.
    """

    id: str
    filename: str
    version: int
    uploaded_from: str
    uploaded_at: str
    step_id: str | None
    source: str
    system: str | None
    uploaded_to_s3: bool
    subject: AssetSubject | None
    size: int | None
    content_type: str | None
    sha256: str | None
    uploaded_by: int | None
    archived_at: str | None
    url: str
    full_url: str


def asset(file: File, organization_id: str, base: str) -> Asset:
    """The asset object. `base`: what absolute links start with, prefix included (spec 00 URL-15)."""
    path = f"organizations/{organization_id}/file/{file.id}/dl"
    subject = None
    if file.subject_kind is not None and file.subject_id is not None:
        subject = AssetSubject(file.subject_id, TYPES[file.subject_kind])
    return Asset(
        id=file.id,
        filename=file.filename,
        version=file.version,
        uploaded_from=file.uploaded_from,
        uploaded_at=instant(file.uploaded_at),
        step_id=file.step_id,
        source=file.source,
        system=file.system,
        uploaded_to_s3=file.stored,
        subject=subject,
        size=file.size,
        content_type=file.content_type,
        sha256=file.sha256,
        uploaded_by=int(file.uploaded_by[1:]) if file.uploaded_by[0] == "u" else None,
        archived_at=instant(file.archived_at),
        url=file.url or path,
        full_url=file.url or f"{base}/{path}",
    )


def picture_asset(one: Picture, subject: AssetSubject, public_url: str) -> Asset:
    """A photo or logo as an asset object. It is no file of the organization: its address opens it for everybody."""
    kind = one.content_type.rpartition("/")[2]
    place = "logo" if subject.type == "Group" else "profile_pic"
    return Asset(
        id=one.id,
        filename=f"{place}.{'jpg' if kind == 'jpeg' else kind}",
        version=1,
        uploaded_from=place,
        uploaded_at=instant(one.made_at),
        step_id=None,
        source="local",
        system=None,
        uploaded_to_s3=True,
        subject=subject,
        size=one.large,
        content_type=one.content_type,
        sha256=None,
        uploaded_by=None,
        archived_at=None,
        url=address("", one.id).removeprefix("/"),
        full_url=address(public_url, one.id),
    )


def stored_asset(file: File, organization_id: str, public_url: str) -> dict[str, Any]:
    """The asset object as an answer keeps it: the same whatever prefix the request came through (spec 20 §8.11)."""
    shown: dict[str, Any] = msgspec.to_builtins(asset(file, organization_id, public_url))
    return shown
