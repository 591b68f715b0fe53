"""Photos of members, logos of the organization and of groups (spec 40 §9.5, 41 §5.2, §9.2), and their addresses."""

from procession.api.downloads import INERT
from procession.api.endpoint import Call, Download, Reply, operation
from procession.api.group_includes import group_reply
from procession.api.member_includes import member_reply
from procession.api.organization import organization_reply
from procession.api.reading import Shape, raw
from procession.files import pictures
from procession.files.model import Made
from procession.files.scaling import Unfit
from procession.kernel.errors import Invalid, NotFound
from procession.people import groups
from procession.people.members import find_member
from procession.people.membership import member_for_update
from procession.people.organizations import organization_for_update, set_logo
from procession.people.permissions import require
from procession.people.profiles import set_photo
from procession.people.records import Group as StoredGroup
from procession.wire.group import Group
from procession.wire.organization import Organization
from procession.wire.person import User

O = "/organizations/{org}"  # noqa: E741 - as the specification calls it
PHOTO, LOGO, GROUP_LOGO = f"{O}/me/profile-pic", f"{O}/logo", f"{O}/groups/{{group}}/logo"
SHOWN = f"{pictures.PATH}/{{picture}}"
FOREVER = "public, max-age=31536000, immutable"
"""Another picture has another address."""
PICTURE = Shape(
    "pictureInput",
    {
        "file": raw({"type": "string", "description": "JPG, PNG or GIF: a part of a form, or base64 in JSON."}),
        "crop": raw(
            {
                "type": ["object", "null"],
                "description": "The part of the picture that is meant, in points.",
                "properties": {one: {"type": "integer"} for one in ("x", "y", "width", "height")},
            }
        ),
    },
    required=("file",),
)


def _made(call: Call) -> Made:
    """What was made of the picture at the door; 422 when nothing could be."""
    if isinstance(call.body, Unfit):
        raise Invalid({call.body.member: [str(call.body)]})
    if not isinstance(call.body, Made):
        raise Invalid({"file": ["The file field is required."]})
    return call.body


def _kept(call: Call, owner: str) -> tuple[str, str]:
    """Keep the picture as the owner's; its two addresses."""
    made = _made(call)
    pictures.keep(call.unit, owner, made)
    call.keeps_upload = True
    public = call.links.public_url
    return pictures.address(public, made.id), pictures.address(public, made.id, small=True)


@operation("POST", PHOTO, id="setPhoto", acts=("me.change",), body=PICTURE, picture="photo", answer=User, tag="Me")
def set_own_photo(call: Call) -> Reply:
    """Set one's photo: JPG, PNG or GIF of at most 2 MB, shown 256 by 256 and 64 by 64"""
    require(call.actor, "me.change")
    own = call.actor.account_id or 0
    member_for_update(call.unit, own)
    return _photo(call, *_kept(call, pictures.of_account(own)))


@operation("DELETE", PHOTO, id="deletePhoto", acts=("me.change",), answer=User, tag="Me")
def delete_own_photo(call: Call) -> Reply:
    """Remove one's photo"""
    require(call.actor, "me.change")
    own = call.actor.account_id or 0
    member_for_update(call.unit, own)
    pictures.forget(call.unit, pictures.of_account(own))
    return _photo(call, None, None)


def _photo(call: Call, large: str | None, small: str | None) -> Reply:
    found = find_member(call.unit, call.actor.account_id or 0)
    if found is None:
        raise NotFound
    return member_reply(call, set_photo(call.unit, found, large, small))


@operation("POST", LOGO, id="setLogo", acts=("organization.change",), body=PICTURE, picture="logo",
           answer=Organization, statuses=(412,), tag="Organization")  # fmt: skip
def set_organization_logo(call: Call) -> Reply:
    """Set the logo: JPG, PNG or GIF of at most 10 MB, shown within 400 by 100 and 200 by 50"""
    require(call.actor, "organization.change")
    present = organization_for_update(call.unit)
    call.require_fresh(present.revision, present.updated_at)
    set_logo(call.unit, present, *_kept(call, call.unit.organization_id))
    return organization_reply(call)


@operation("DELETE", LOGO, id="deleteLogo", acts=("organization.change",), answer=Organization, statuses=(412,),
           tag="Organization")  # fmt: skip
def delete_organization_logo(call: Call) -> Reply:
    """Remove the logo"""
    require(call.actor, "organization.change")
    present = organization_for_update(call.unit)
    call.require_fresh(present.revision, present.updated_at)
    pictures.forget(call.unit, call.unit.organization_id)
    set_logo(call.unit, present, None, None)
    return organization_reply(call)


@operation("POST", GROUP_LOGO, id="setGroupLogo", acts=("group.manage",), body=PICTURE, picture="logo", answer=Group,
           statuses=(412,), tag="Groups")  # fmt: skip
def set_group_logo(call: Call) -> Reply:
    """Set a group's logo: JPG, PNG or GIF of at most 10 MB"""
    present = _group(call)
    large, _ = _kept(call, pictures.of_group(call.unit, present.id))
    return group_reply(call, groups.set_logo(call.unit, present, large))


@operation("DELETE", GROUP_LOGO, id="deleteGroupLogo", acts=("group.manage",), answer=Group, statuses=(412,),
           tag="Groups")  # fmt: skip
def delete_group_logo(call: Call) -> Reply:
    """Remove a group's logo"""
    present = _group(call)
    pictures.forget(call.unit, pictures.of_group(call.unit, present.id))
    return group_reply(call, groups.set_logo(call.unit, present, None))


def _group(call: Call) -> StoredGroup:
    found = groups.group_for_update(call.unit, call.path_id("group"))
    if found is None:
        raise NotFound
    require(call.actor, "group.manage")
    call.require_fresh(found.revision, found.updated_at)
    return found


@operation("GET", SHOWN, id="showPicture", auth="none", binary="image/*", tag="Pictures")
def show_picture(call: Call) -> Reply:
    """A photo or logo, for whoever has its address"""
    return _bytes(call, small=False)


@operation("GET", f"{SHOWN}/small", id="showSmallPicture", auth="none", binary="image/*", tag="Pictures")
def show_small_picture(call: Call) -> Reply:
    """A photo or logo in its smaller size, for whoever has its address"""
    return _bytes(call, small=True)


def _bytes(call: Call, *, small: bool) -> Reply:
    found = pictures.find(call.unit, call.path_id("picture"))
    if found is None:
        raise NotFound
    tag = f'"{found.id[:16]}{"s" if small else ""}"'
    headers = {"ETag": tag, "Cache-Control": FOREVER}
    if tag in call.headers.get("if-none-match", ""):
        return Reply(status=304, headers=headers)
    size = found.small if small else found.large
    headers |= {
        "Content-Type": found.content_type,
        "Content-Disposition": "inline",
        "Content-Security-Policy": INERT,
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    bytes_of = Download(key=pictures.key(found.id, small=small), start=0, end=size, size=size)
    return Reply(headers=headers, download=bytes_of)
