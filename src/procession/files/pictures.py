"""Pictures of people, organizations and groups: made apart, kept in the store, shown to whoever has their address.

Their ids are chance alone, 128 bits of it: mails and pages of guests show them without anybody signing in. One owner
has one picture; the former one's bytes go when the new one is committed.
"""

import secrets
from collections.abc import Iterable
from typing import Any

import msgspec

from procession.files import queries
from procession.files.keeping import REMOVE
from procession.files.model import Made, Picture
from procession.files.scaling import DAMAGED, Job, Scaled, Unfit
from procession.files.store import FileStore
from procession.kernel.unit import Unit
from procession.notations.apart import run_apart
from procession.notations.model import Unreadable

CHILD = "procession.files.scaling_child"
FOLDER = "pictures"
PATH = "/public/pictures"
"""Where they are shown, below the public address."""


def make_pictures(data: bytes, job: Job) -> Scaled:
    """Both sizes, made in a process of its own. Raises `Unfit`. Blocks: call it in a thread."""
    try:
        answer = run_apart(CHILD, [msgspec.json.encode(job).decode()], data, f"file {DAMAGED}")
    except Unreadable as error:
        member, _, reason = str(error).partition(" ")
        raise Unfit(reason, member) from None
    return msgspec.json.decode(answer, type=Scaled)


async def put(store: FileStore, made: Scaled) -> Made:
    """Have both sizes in the store: a row may name them now."""
    picture_id = secrets.token_hex(16)
    sizes = []
    for data, small in zip(made.pieces(), (False, True), strict=True):
        async with store.sink(key(picture_id, small=small)) as sink:
            await sink.write(data)
        sizes.append(len(data))
    return Made(picture_id, made.content_type, *sizes)


def key(picture_id: str, *, small: bool) -> str:
    """Where the bytes lie in the store. What follows the last `/` begins with the id: so the sweep knows them."""
    return f"{FOLDER}/{picture_id[-2:]}/{picture_id}{'-small' if small else ''}"


def keys(picture_id: str) -> list[str]:
    """Where both sizes lie."""
    return [key(picture_id, small=False), key(picture_id, small=True)]


def address(public_url: str, picture_id: str, *, small: bool = False) -> str:
    """The URL of a picture."""
    return f"{public_url}{PATH}/{picture_id}{'/small' if small else ''}"


def of_account(account_id: int) -> str:
    """Whose picture the photo of somebody is: the same in all his organizations."""
    return f"u{account_id}"


def of_group(unit: Unit, group_id: str) -> str:
    """Whose picture the logo of a group of this organization is."""
    return f"{unit.organization_id}/{group_id}"


def keep(unit: Unit, owner: str, made: Made) -> None:
    """The owner's picture is this one from now on."""
    unit.lock(f"picture:{owner}")
    forget(unit, owner)
    unit.write(queries.INSERT_PICTURE, owner=owner, made_at=unit.now, **msgspec.structs.asdict(made))


def forget(unit: Unit, owner: str) -> bool:
    """The owner has no picture any more; whether he had one. A job deletes the bytes after the commit."""
    gone: list[Any] = unit.all(queries.PICTURES_OF, owner=owner)
    if gone:
        unit.write(queries.DELETE_PICTURES, owner=owner)
        unit.enqueue(REMOVE, {"keys": [one for each in gone for one in keys(each)]})
    return bool(gone)


def forget_organization(unit: Unit) -> None:
    """As `forget`, for the logos of the unit's organization and of all its groups."""
    for owner in unit.all(queries.OWNERS_IN, first=unit.organization_id, last=f"{unit.organization_id}0"):
        forget(unit, owner)


def pictures_of(unit: Unit, owners: Iterable[str]) -> dict[str, Picture]:
    """The picture of each of these owners who has one, by one query."""
    wanted = list(owners)
    return {one.owner: one for one in unit.all(queries.PICTURES_OF_OWNERS, owners=wanted)} if wanted else {}


def find(unit: Unit, picture_id: str) -> Picture | None:
    """A picture by its id."""
    found: Picture | None = unit.one(queries.PICTURE, id=picture_id)
    return found
