"""The data of one person: exported by himself and by administrators (spec 41 §18.3)."""

import io
import zipfile
from typing import Any

import msgspec

from tests.support.files import upload
from tests.support.fixtures_server import Team
from tests.support.make import launch, make_template
from tests.support.server import Answer


def opened(answer: Answer) -> dict[str, Any]:
    assert (answer.status, answer.headers["content-type"]) == (200, "application/zip"), answer.body
    assert answer.headers["content-disposition"].startswith("attachment")
    with zipfile.ZipFile(io.BytesIO(answer.raw)) as archive:
        return {one.removesuffix(".json"): msgspec.json.decode(archive.read(one)) for one in archive.namelist()}


def test_18_3_what_is_kept_about_somebody(team: Team) -> None:
    """Profile, what he did, wrote and uploaded, mails, sign-ins; of nobody else anything."""
    owner, light = team.owner, team.light
    process = launch(owner, make_template(owner, {"title": "A"}))
    task = process.tasks[0]
    owners = {"users": [light.user_id], "guests": [team.guest.email]}
    assert owner("PUT", process.path(), {"owners": owners}).status == 200
    for who, text in ((light, "lightly said"), (team.guest, "guestly said"), (owner, "owned words")):
        assert who("POST", f"/O/tasks/{task}/comment", {"content": text}).status in (200, 201)
    sent = upload(light, "mine.txt", b"mine", subject_type="Run", subject_id=process.id)
    assert light("POST", "/O/completed-tasks", {"task_id": task}).status in (200, 201)

    own = opened(light("GET", "/O/me/export"))
    assert own["profile"]["email"] == light.email and own["memberships"][0]["id"] == owner.organization
    assert own["preferences"]["theme"] == "system"
    assert [one["title"] for one in own["tasks_completed"]] == ["A"]
    assert [one["content"] for one in own["comments"]] == ["lightly said"]
    assert [one["filename"] for one in own["files"]] == (["mine.txt"] if sent.status < 300 else [])
    assert own["activity"] and own["manifest"]["counts"]["comments"] == 1 and own["manifest"]["cut_off"] == []
    assert "owned words" not in str(own) and "guestly said" not in str(own)

    by_admin = opened(owner("GET", f"/O/users/{light.user_id}/export"))
    assert by_admin["comments"] == own["comments"] and by_admin["sign_ins"] == []
    guest = opened(owner("GET", f"/O/guests/{team.guest.email}/export"))
    assert guest["profile"]["email"] == team.guest.email
    assert guest["profile"]["link"] is None, "no export opens anybody's pages"
    assert [one["content"] for one in guest["comments"]] == ["guestly said"]
    told = owner("GET", "/O/system-log/system?event[]=export_created").data
    assert {one["object_type"] for one in told} == {"user", "guest"} or len(told) == 3


def test_18_3_who_may(team: Team) -> None:
    """One's own: every member; anybody's: administrators."""
    for who in (team.standard, team.light):
        assert who("GET", f"/O/users/{who.user_id}/export").status == 403
        assert who("GET", f"/O/guests/{team.guest.email}/export").status == 403
        assert opened(who("GET", "/O/me/export"))["profile"]["id"] == who.user_id
    assert team.guest("GET", "/O/me/export").status == 403
    assert team.stranger("GET", f"/organizations/{team.owner.organization}/me/export").status == 403
    assert team.owner("GET", f"/O/users/{team.stranger.user_id}/export").status == 404
    assert team.owner("GET", "/O/guests/nobody@nowhere.example/export").status == 404
    bot = next(one["id"] for one in team.owner("GET", "/O/users").data if one["is_bot"])
    assert team.owner("GET", f"/O/users/{bot}/export").status == 404
