"""Files in descriptions: who reads the text sees what it shows (spec 20 §7.6, §20.3, §20.4)."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from procession.files.cleaning import purge
from procession.work.text_files import note_texts
from tests.support.files import fetch, upload
from tests.support.fixtures_server import Team
from tests.support.make import launch, make_oneoff, make_template
from tests.support.server import Caller, Running

DAY = timedelta(days=1)


def picture(by: Caller, **texts: Any) -> tuple[str, str]:
    """An upload, and a text that shows it."""
    file = upload(by, **texts).data
    return file["id"], f'<p>Look: <img src="{file["url"]}"></p>'


def shown(by: Caller, file: str) -> str:
    return f'<p>Look: <img src="/api/organizations/{by.organization}/file/{file}"></p>'


def sees(by: Caller, file: str) -> bool:
    status = fetch(by, f"/O/file/{file}").status_code
    assert status in (200, 404), status
    return status == 200


def who(team: Team, file: str) -> str:
    people = {"o": team.owner, "s": team.standard, "l": team.light, "g": team.guest, "x": team.stranger}
    return "".join(name for name, by in people.items() if sees(by, file))


def test_who_has_a_task_sees_what_its_step_shows(server: Running, team: Team) -> None:
    """Of the step of his task, not of others; a text of the template itself shows its readers what it shows."""
    owner = team.owner
    (first, one), (second, two), (cover, three), (form, four) = (picture(owner) for _ in range(4))
    kickoff = [{"label": "Why", "field_type": "text", "guidance": four}]
    template = make_template(
        owner, {"title": "A", "summary": one}, {"title": "B", "summary": two}, kickoff=kickoff, summary=three
    )
    base = f"/O/checklists/{template.id}"
    assert owner("GET", f"{base}/steps/{template.steps[0]}").data["summary"] == shown(owner, first), "§7.6"
    assert [who(team, one) for one in (first, second, cover, form)] == ["o"] * 4
    process = launch(owner, template)
    people = {"users": [owner.user_id], "guests": [team.guest.email], "groups": []}
    assert owner("PUT", process.path(), {"owners": people}).status == 200
    assert [who(team, one) for one in (first, second, cover, form)] == ["og", "o", "o", "og"]
    people = {"users": [owner.user_id, team.light.user_id], "guests": [], "groups": []}
    assert owner("PUT", process.path(1), {"owners": people}).status == 200
    assert [who(team, one) for one in (first, second, cover, form)] == ["olg", "ol", "o", "olg"], "sees the process"
    assert owner("PUT", process.path(0), {"top_secret": True}).status == 200
    assert who(team, first) == "og", "top secret: only whose it is"
    rights = {"checklist_read": {"users": [team.standard.user_id]}}
    assert owner("PUT", f"{base}/permissions", rights).status == 200
    assert {who(team, one) for one in (first, second, cover, form)} >= {"osg", "osl", "os"}
    assert owner("GET", f"{process.path()}?with=assets").data["assets"]["data"] == [], "not listed as attached"
    # an older version, which processes still show, keeps what it shows; a copy shows it too
    assert owner("PUT", f"{base}/steps/{template.steps[0]}", {"summary": "gone"}).status == 200
    assert sees(team.guest, first)
    copy = owner("POST", f"{base}/clone", {"title": "Copy"}).data["id"]
    assert (
        owner("PUT", f"/O/checklists/{copy}/permissions", {"checklist_read": {"users": [team.light.user_id]}}).status
        == 200
    )
    assert sees(team.light, cover)
    _stay(server, owner, first, second, cover, form)


def _stay(server: Running, by: Caller, *files: str) -> None:
    """What a text shows is not purged as attached to nothing; an upload that nothing shows is (§20.3)."""
    loose = upload(by).data["id"]
    purge(server.database, server.clock.now() + 31 * DAY, 30 * DAY)
    assert [sees(by, one) for one in files] == [True] * len(files)
    assert not sees(by, loose)


def test_descriptions_of_tasks_and_processes(server: Running, team: Team) -> None:
    owner, light, guest = team.owner, team.light, team.guest
    process = launch(owner, make_template(owner, {"title": "A"}, {"title": "B"}))
    (first, one), (second, two), (third, three), (fourth, four), (fifth, five) = (picture(owner) for _ in range(5))
    people = {"users": [owner.user_id, light.user_id], "guests": [guest.email], "groups": []}
    assert owner("PUT", process.path(), {"owners": people, "summary": one}).data["summary"] == shown(owner, first)
    assert owner("PUT", f"/O/runs/{process.id}", {"summary": two}).status == 200
    assert [who(team, file) for file in (first, second)] == ["olg", "olg"]
    path = make_oneoff(owner, summary=three, owners=people)
    assert who(team, third) == "olg"
    override = {process.template.steps[0]: {"summary": four, "owners": people}}
    other = launch(owner, process.template, summary=five, tasks=override)
    assert [who(team, file) for file in (fourth, fifth)] == ["olg", "olg"]
    copy = owner("POST", f"{path}/clone", {"owners": {"users": [team.standard.user_id]}})
    assert copy.status == 201, copy.body
    assert who(team, third) == "oslg", "whoever has the copy"
    # the next text shows another: it is seen from now on, the former no longer
    sixth, six = picture(light, subject_type="Run", subject_id=process.id)
    assert owner("PUT", process.path(), {"summary": six}).status == 200
    assert [who(team, file) for file in (first, sixth)] == ["o", "olg"]
    assert owner("PUT", f"/O/runs/{process.id}", {"summary": ""}).status == 200
    assert who(team, second) == "o"
    _stay(server, owner, third, fourth, fifth, sixth)
    # it goes with the last text that shows it
    assert owner("DELETE", f"/O/runs/{other.id}").status == 200
    assert owner("DELETE", f"{path}/delete").status == 204
    _stay(server, owner, third)
    for gone in (f"/O/tasks/{copy.data['id']}", f"/O/runs/{other.id}"):
        assert owner("DELETE", f"{gone}/delete").status in (200, 204)
    purge(server.database, server.clock.now() + 31 * DAY, 30 * DAY)
    assert [sees(owner, one) for one in (third, fourth, fifth)] == [False] * 3


def test_nobody_shows_what_he_does_not_see(server: Running, team: Team) -> None:
    """Another's upload, an unknown file and one of another organization stay what they are: the text is kept."""
    owner, standard, guest = team.owner, team.standard, team.guest
    secret, text = picture(owner)
    foreign, _ = picture(team.stranger)
    more = "".join(shown(owner, one) for one in (foreign, "0" * 32))
    path = make_oneoff(owner, owners={"users": [standard.user_id], "guests": [guest.email], "groups": []})
    written = standard("PUT", path, {"summary": text + more})
    assert (written.status, written.data["summary"]) == (200, shown(owner, secret) + more)
    assert who(team, secret) == "o"
    assert who(team, foreign) == "x"
    template = make_template(standard, {"title": "A", "summary": text + more})
    process = launch(standard, template)
    assert (
        standard("PUT", process.path(), {"owners": {"users": [standard.user_id], "guests": [guest.email]}}).status
        == 200
    )
    assert who(team, secret) == "o"
    # archived: shown to nobody anew
    assert owner("DELETE", f"/O/assets/{secret}").status == 200
    assert owner("PUT", path, {"summary": f"Again {text}"}).status == 200
    assert not sees(guest, secret)


def test_guests_of_public_processes_see_what_their_texts_show(server: Running, team: Team) -> None:
    """Fields that are kept back keep back no description; confidential and hidden tasks show nothing (10 §15.4)."""
    owner, guest = team.owner, team.guest
    shows = [picture(owner) for _ in range(4)]
    process = launch(
        owner, make_template(owner, {"title": "Mine"}, *({"title": "S", "summary": one} for _, one in shows))
    )
    assert owner("PUT", process.path(), {"owners": {"users": [owner.user_id], "guests": [guest.email]}}).status == 200
    edited, text = picture(owner)
    assert owner("PUT", process.path(4), {"summary": text}).status == 200
    assert owner("PUT", process.path(2), {"top_secret": True}).status == 200
    assert owner("PUT", f"{process.path(3)}/hide").status == 200
    ids = [*(one for one, _ in shows), edited]
    assert [sees(guest, one) for one in ids] == [False] * 5
    public = {"is_public": True, "publicly_hidden_fields": ["form_fields", "comments"]}
    assert owner("PUT", f"/O/runs/{process.id}", public).status == 200
    assert [sees(guest, one) for one in ids] == [True, False, False, True, True]
    assert [sees(team.light, one) for one in ids] == [False] * 5


def test_texts_without_files_ask_nothing() -> None:
    """Nor does a text that links elsewhere: the update of a task takes no statement more."""
    nothing: Any = SimpleNamespace(organization_id="0a" * 16)  # neither reads nor writes
    for text in (None, "", "<p>Plain</p>", f'<a href="/organizations/{"0b" * 16}/file/{"0c" * 16}">x</a>'):
        note_texts(nothing, nothing, "task", [("t", text), ("u", text)], text)
