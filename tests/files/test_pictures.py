"""Photos and logos: made small, shown to everybody who has their address, hostile ones refused (40 §9.5, 41 §5.2)."""

import base64
import io
import zlib
from typing import Any

import httpx2
import pytest
from PIL import Image, ImageCms

from procession.files.cleaning import ORPHANED, sweep
from procession.files.pictures import find, make_pictures
from procession.files.resizing import scaled
from procession.files.scaling import DAMAGED, LONGEST_SIDE, OUTSIDE, TOO_MANY, WRONG_TYPE, Crop, Job, Unfit
from procession.handover.closing import destroy_organization
from procession.kernel.database import Session
from procession.kernel.unit import Unit
from procession.people.closing import ask
from procession.people.organizations import organization_for_update
from procession.people.settings import DELETION
from tests.support.server import Answer, Caller, Running, http_client

RED, BLUE = (200, 0, 0), (0, 0, 200)

NAMED = ("setLogo", "showPicture", "showSmallPicture")
"""What is called here by addresses that no text shows whole."""


def encoded(image: Image.Image, kind: str, **more: Any) -> bytes:
    written = io.BytesIO()
    image.save(written, kind, **more)
    return written.getvalue()


def halves(width: int = 300, height: int = 200, mode: str = "RGB") -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new(mode, (width, height), RED if mode != "L" else 40)
    image.paste(BLUE if mode != "L" else 200, (width // 2, 0, width, height))
    return image


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def near(colour: Any, wanted: tuple[int, int, int]) -> bool:
    return all(abs(one - other) < 40 for one, other in zip(colour[:3], wanted, strict=True))


def chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def png(width: int, height: int, data: bytes) -> bytes:
    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 2, 0, 0, 0])
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def send(by: Caller, path: str, data: bytes, *, part: str = "file", **texts: str) -> Answer:
    return by("POST", path, form=(texts, {part: ("../x.exe", data, "text/html")}))


def fetch(url: str, **headers: str) -> httpx2.Response:
    with http_client(url) as http:
        return http.get(url, headers=headers)


def test_pictures_are_made_anew_in_two_sizes() -> None:
    """Whatever comes in is turned as its camera says, in RGB, and holds no metadata."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010E], exif[0x8298] = 6, "secret place", "somebody"  # the camera lay on its side
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    photo = encoded(halves(), "JPEG", exif=exif, icc_profile=profile, comment=b"secret comment")
    made = make_pictures(photo, Job("photo"))
    assert made.content_type == "image/jpeg"
    large, small = (opened(one) for one in made.pieces())
    assert (large.size, small.size) == ((256, 256), (64, 64))
    assert near(large.getpixel((128, 20)), RED) and near(large.getpixel((128, 236)), BLUE), "turned by a quarter"
    for data in made.pieces():
        assert b"secret" not in data and b"somebody" not in data
        assert not opened(data).getexif() and "icc_profile" not in opened(data).info

    cut = scaled(encoded(halves(), "PNG"), Job("photo", Crop(200, 0, 100, 100)))
    assert cut.content_type == "image/png"
    assert near(opened(cut.pieces()[0]).getpixel((2, 2)), BLUE)

    logo = scaled(encoded(halves(1000, 500, "RGBA"), "PNG", pnginfo=None), Job("logo"))
    assert [opened(one).size for one in logo.pieces()] == [(200, 100), (100, 50)]
    tiny = scaled(encoded(halves(20, 10), "GIF"), Job("logo"))
    assert opened(tiny.pieces()[0]).size == (20, 10), "logos are never made larger"


@pytest.mark.parametrize("mode", ["L", "P", "LA", "1", "CMYK", "I;16"])
def test_pictures_of_every_mode(mode: str) -> None:
    image = halves(90, 60).convert(mode) if mode != "I;16" else Image.new("I;16", (90, 60), 3000)
    kind = "JPEG" if mode == "CMYK" else "PNG"
    made = scaled(encoded(image, kind, icc_profile=b"no profile"), Job("photo"))
    assert opened(made.pieces()[0]).size == (256, 256)


GOOD = encoded(halves(), "JPEG")
HOSTILE: dict[str, tuple[bytes, str]] = {
    "empty": (b"", WRONG_TYPE),
    "a page": (b"<html><script>alert(1)</script>", WRONG_TYPE),
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', WRONG_TYPE),
    "another type of picture": (encoded(halves(), "BMP"), WRONG_TYPE),
    "webp": (encoded(halves(), "WEBP"), WRONG_TYPE),
    "cut off": (GOOD[: len(GOOD) // 2], DAMAGED),
    "a header alone": (png(10, 10, b"")[:40], WRONG_TYPE),
    "rubbish inside": (png(10, 10, b"\0" * 50), DAMAGED),
    "bomb": (png(30_000, 30_000, zlib.compress(b"\0" * 10_000_000)), TOO_MANY),
    "long side": (png(LONGEST_SIDE + 1, 1, zlib.compress(b"\0" * 4)), TOO_MANY),
    "just too many points": (png(8001, 5000, zlib.compress(b"\0" * 4)), TOO_MANY),
    "no points": (png(0, 10, zlib.compress(b"")), WRONG_TYPE),
    "a text that unpacks": (
        png(10, 10, zlib.compress(b"\0" * 310))[:-12]
        + chunk(b"zTXt", b"a\0\0" + zlib.compress(b"\0" * 200_000_000))
        + chunk(b"IEND", b""),
        DAMAGED,
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pictures_are_refused(name: str) -> None:
    data, reason = HOSTILE[name]
    with pytest.raises(Unfit) as found:
        scaled(data, Job("photo"))
    assert str(found.value) == reason


def test_what_kills_its_process_is_refused() -> None:
    """A reason comes back whole; a process that dies of a picture is the picture's fault."""
    with pytest.raises(Unfit, match="points"):
        make_pictures(HOSTILE["bomb"][0], Job("photo"))
    with pytest.raises(Unfit) as found:
        make_pictures(GOOD, "no job")  # type: ignore[arg-type]
    assert (str(found.value), found.value.member) == (DAMAGED, "file")


@pytest.mark.parametrize("crop", [Crop(-1, 0, 10, 10), Crop(0, 0, 301, 10), Crop(299, 0, 1, 0), Crop(0, 200, 1, 1)])
def test_a_crop_lies_inside(crop: Crop) -> None:
    with pytest.raises(Unfit) as found:
        scaled(GOOD, Job("photo", crop))
    assert (str(found.value), found.value.member) == (OUTSIDE, "crop")


def test_9_5_a_members_photo(server: Running, owner: Caller) -> None:
    """Set, shown everywhere, replaced, removed; light members too; guests not."""
    light = server.member(owner, "light")
    shown = send(light, "/O/me/profile-pic", encoded(halves(), "PNG"), crop='{"x":200,"y":0,"width":90,"height":90}')
    photo, small = shown.data["profile_pic"], shown.data["resize_profile_pic"]
    assert photo.startswith(server.base) and small == f"{photo}/small"
    listed = next(one for one in owner("GET", "/O/users-list").data if one["id"] == light.user_id)
    assert listed["profile_pic"] == photo
    answer = fetch(photo)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert near(opened(answer.content).getpixel((128, 128)), BLUE) and opened(answer.content).size == (256, 256)
    of_it = fetch(f"{server.base}/public/pictures/{photo.rsplit('/', 1)[1]}/small")
    assert opened(of_it.content).size == (64, 64)
    assert (
        answer.headers["x-content-type-options"] == "nosniff" and "sandbox" in answer.headers["content-security-policy"]
    )
    assert "immutable" in answer.headers["cache-control"]
    assert fetch(photo, **{"if-none-match": answer.headers["etag"]}).status_code == 304

    other = send(light, "/O/me/profile-pic", GOOD, part="name").data["profile_pic"]
    assert other != photo and fetch(photo).status_code == 404
    events = owner("GET", f"/O/activity-feeds?type=User&id={light.user_id}").data
    assert events
    assert light("DELETE", "/O/me/profile-pic").data["profile_pic"] is None
    assert fetch(other).status_code == 404
    assert light("DELETE", "/O/me/profile-pic").status == 200, "twice is once"
    assert send(server.guest(owner), "/O/me/profile-pic", GOOD).status == 403


def test_9_5_what_is_no_photo_changes_nothing(sqlite_server: Running) -> None:
    server, owner = sqlite_server, sqlite_server.organization()
    path = "/O/me/profile-pic"
    kept = send(owner, path, GOOD).data["profile_pic"]
    assert send(owner, path, b"no picture").errors == {"file": [WRONG_TYPE]}
    assert send(owner, path, b"x" * (2 * 1024 * 1024 + 1)).errors == {
        "file": ["The file may not be greater than 2048 kilobytes."]
    }
    padded = GOOD + b"\0" * (2 * 1024 * 1024 - len(GOOD))
    assert send(owner, path, padded, crop="").status == 200, "the limit itself is fine"
    kept = owner("GET", "/O/me").data["profile_pic"]
    assert send(owner, path, b"x" * (3 * 1024 * 1024)).errors["file"]
    assert owner("POST", path, form=({"crop": "x"}, {"other": ("a.png", GOOD, "image/png")})).errors["file"]
    assert owner("POST", path, {}).errors == {"file": ["The file field is required."]}
    assert owner("POST", path, {"file": 7}).errors == {"file": [WRONG_TYPE]}
    assert owner("POST", path, {"file": "data:image/png;base64,%%%"}).errors == {"file": [WRONG_TYPE]}
    assert owner("POST", path, raw=b"{").status == 400
    for crop in (
        "[1]",
        "x",
        '{"x":1}',
        '{"x":1,"y":1,"width":true,"height":1}',
        '{"x":0,"y":0,"width":999,"height":1}',
    ):
        assert list(send(owner, path, GOOD, crop=crop).errors) == ["crop"], crop
    assert owner("GET", "/O/me").data["profile_pic"] == kept and fetch(kept).status_code == 200
    sent = {"file": base64.b64encode(GOOD).decode(), "crop": {"x": 0.0, "y": "0", "width": 10, "height": 10}}
    assert owner("POST", path, sent).data["profile_pic"] != kept
    stranger = Caller(server.base, owner.organization, 0, "", "Bearer x")
    assert send(stranger, path, GOOD).status == 401


def test_5_2_logos(server: Running, owner: Caller) -> None:
    """Of the organization (administrators) and of groups (whoever manages them)."""
    standard = server.member(owner, "standard")
    assert send(standard, "/O/logo", GOOD).status == 403
    shown = send(owner, "/O/logo", encoded(halves(1600, 400), "PNG"), part="logo").data["org_logo"]
    assert opened(fetch(shown).content).size == (400, 100) and opened(fetch(f"{shown}/small").content).size == (200, 50)
    assert owner("GET", "/O/branding").data["org_logo"] == shown
    assert owner("GET", "/me/organizations").data[0]["org_logo"] == shown
    too_large = b"x" * (10 * 1024 * 1024 + 1)
    assert send(owner, "/O/logo", too_large).errors == {"file": ["The file may not be greater than 10240 kilobytes."]}

    made = owner("POST", "/O/groups", {"name": "Ops", "description": ""}).data
    assert made["logo"] is None
    path = f"/O/groups/{made['id']}/logo"
    assert send(server.member(owner, "light"), path, GOOD).status == 403
    logo = send(standard, path, GOOD).data["logo"]
    assert owner("GET", f"/O/groups/{made['id']}").data["logo"] == logo and fetch(logo).status_code == 200
    assert send(owner, f"/O/groups/{'0' * 32}/logo", GOOD).status == 404
    (asset,) = standard("GET", "/O/groups?with=assets").data[0]["assets"]["data"]
    assert (asset["full_url"], f"{server.base}/{asset['url']}", asset["size"]) == (logo, logo, len(fetch(logo).content))
    assert (asset["subject"], asset["filename"]) == ({"id": made["id"], "type": "Group"}, "logo.jpg")
    place = f"/O/groups/{made['id']}"
    for kept in (logo, asset["id"], asset["id"].upper()):
        same = standard("PUT", place, {"name": "Ops", "logo": kept})
        assert (same.status, same.data["logo"]) == (201, logo), kept
    wrong: Any
    for wrong in ("0" * 32, 7, [asset["id"]], {"id": asset["id"]}, True):
        assert standard("PUT", place, {"name": "", "logo": wrong}).errors.keys() == {"name", "logo"}, wrong
        assert standard("POST", "/O/groups", {"name": "New", "logo": wrong}).errors.keys() == {"logo"}, wrong
    assert server.member(owner, "light")("PUT", place, {"logo": None}).status == 403 and fetch(logo).status_code == 200
    gone = standard("PUT", place, {"name": "Ops 2", "logo": None}).data
    assert (gone["logo"], gone["name"], fetch(logo).status_code) == (None, "Ops 2", 404)
    assert standard("PUT", place, {"logo": ""}).data["logo"] is None, "twice is once"
    logo = send(standard, path, GOOD).data["logo"]
    assert standard("DELETE", path).data["logo"] is None and fetch(logo).status_code == 404
    assert owner("GET", f"/O/groups/{made['id']}?with=assets").data["assets"] == {"data": []}
    again = send(owner, path, GOOD).data["logo"]
    assert owner("DELETE", f"/O/groups/{made['id']}").status == 204
    assert fetch(again).status_code == 404, "a deleted group's logo goes with it"
    assert owner("DELETE", "/O/logo").data["org_logo"] is None and fetch(shown).status_code == 404
    assert fetch(f"{server.base}/public/pictures/{'0' * 32}").status_code == 404
    assert fetch(f"{server.base}/public/pictures/../x").status_code == 404


@pytest.mark.usefixtures("own_work")
def test_bytes_go_with_their_rows(server: Running, owner: Caller) -> None:
    """Replaced and refused pictures leave nothing on the disk; the sweep keeps those that are shown."""
    root = server.settings.data_dir / "files" / "pictures"

    def on_disk() -> set[str]:
        return {one.name.partition("-")[0] for one in root.rglob("*") if one.is_file()}

    before = on_disk()
    gone = server.member(owner, "standard")
    photo = send(gone, "/O/me/profile-pic", GOOD).data["profile_pic"].rsplit("/", 1)[1]
    logo = send(owner, "/O/logo", GOOD).data["org_logo"].rsplit("/", 1)[1]
    assert send(gone, "/O/logo", GOOD).status == 403
    assert on_disk() - before == {photo, logo}, "what was refused is removed at once"
    later = server.clock.now() + 2 * ORPHANED
    sweep(server.database, server.app.files, later)
    assert {photo, logo} <= on_disk()
    assert owner("DELETE", f"/O/users/{gone.user_id}/disable").status == 200
    assert owner("DELETE", f"/O/users/{gone.user_id}/delete").data["profile_pic"] is None
    while server.jobs.run_due():
        pass
    assert photo not in on_disk() and logo in on_disk()

    def destroyed(session: Session) -> None:
        unit = Unit(session, owner.organization, server.clock.now())
        closing = ask(unit, server.secrets, organization_for_update(unit), owner.user_id)
        destroy_organization(unit, {"asked_at": "another time"})
        assert find(unit, logo) is not None
        destroy_organization(unit, {"asked_at": closing.settings[DELETION]["asked_at"]})

    server.database.command_now(destroyed)
    assert fetch(f"{server.base}/public/pictures/{logo}").status_code == 404
