"""Templates, processes and tasks in folders, and tags told of again (spec 30 §16.3, §17)."""

from typing import Any

from tests.support.fixtures_server import Team
from tests.support.make import events_of, launch, make_oneoff, make_tag, make_template
from tests.support.server import Caller, Running


def folder(owner: Caller, name: str, **more: Any) -> str:
    made: str = owner("POST", "/O/folders", {"name": name, **more}).data["id"]
    return made


def total(caller: Caller, folder_id: str) -> int:
    found: int = caller("GET", f"/O/folders/{folder_id}").data["total"]
    return found


def test_a_template_lies_in_several_folders(owner: Caller) -> None:
    """30 §17.4: the first is the primary, which every client knows."""
    a, b, c = (folder(owner, name) for name in "abc")
    run = folder(owner, "r", folder_type="run")
    template = make_template(owner, {"title": "S"}, folders=[a, b])
    path = f"/O/checklists/{template.id}"
    live = [a, b, c]

    def where() -> tuple[Any, ...]:
        shown = owner("GET", f"{path}?with=folders").data
        lists = [owner("GET", f"/O/checklists?folder={one}").data for one in live]
        assert [total(owner, one) for one in live] == [len(one) for one in lists], "totals are what is listed"
        return shown["folder_id"], [one["folder_id"] for one in shown["folders"]["data"]], [len(one) for one in lists]

    assert where() == (a, [b], [1, 1, 0])
    title = {"title": "Onboarding"}
    assert owner("PUT", path, {**title, "folders": [c.upper(), a, c]}).data["folder_id"] == c
    assert where() == (c, [a], [1, 0, 1])
    wrong = owner("PUT", path, {**title, "folders": [run, a, "x"]}).errors
    assert wrong == {one: ["The selected folder does not exist."] for one in ("folders.0", "folders.2")}
    owner("PUT", path, {**title, "folder_id": b})
    assert where() == (b, [a], [1, 1, 0]), "moved: it left the folder it was in, not the others"
    added = owner(
        "POST", "/O/folders/add-object", {"folder_id": c, "subject_id": template.id, "subject_type": "Checklist"}
    )
    assert (added.status, added.data["subject_type"]) == (201, "Checklist")
    again = owner(
        "POST", "/O/folders/add-object", {"folder_id": c, "subject_id": template.id, "subject_type": "Checklist"}
    )
    assert (again.status, again.data["id"]) == (200, added.data["id"])
    assert where() == (b, [a, c], [1, 1, 1])
    refused = owner(
        "POST", "/O/folders/add-object", {"folder_id": run, "subject_id": template.id, "subject_type": "Checklist"}
    )
    assert refused.errors == {"folder_id": ["No such a folder exists in Templates."]}
    assert owner("DELETE", f"/O/folders/{b}").status == 204
    live.remove(b)
    assert where()[:2] == (a, [a, c]), "the next one is the primary"
    assert owner("DELETE", f"/O/folders-objects/{added.data['id']}").status == 204
    echoed = owner("GET", f"{path}?with=folders").data
    assert owner("PUT", path, echoed).data["folder_id"] == a, "an echoed include is no list"
    owner("PUT", path, {**title, "folder_id": None})
    assert where()[:2] == (None, []), "unfiled is unfiled"
    assert owner("GET", "/O/checklists?folder=uncategorized").data[0]["id"] == template.id
    added = owner(
        "POST", "/O/folders/add-object", {"folder_id": c, "subject_id": template.id, "subject_type": "Checklist"}
    )
    assert where()[0] == c, "the first is the primary"
    owner("DELETE", f"/O/folders-objects/{added.data['id']}")
    assert where()[0] is None
    owner("PUT", path, {**title, "folders": [a]})
    owner("PUT", path, {**title, "folders": []})
    assert where() == (None, [], [0, 0])


def test_who_files_a_template(team: Team) -> None:
    """30 §17.2: who may edit it."""
    template = make_template(team.owner, {"title": "S"})
    body = {"folder_id": folder(team.owner, "a"), "subject_id": template.id, "subject_type": "Checklist"}
    for caller, status in ((team.standard, 422), (team.light, 403), (team.guest, 403), (team.stranger, 422)):
        assert caller("POST", "/O/folders/add-object", body).status == status
    team.owner("PUT", f"/O/checklists/{template.id}/permissions", {"checklist_read": {"everyone": True}})
    assert team.standard("POST", "/O/folders/add-object", body).status == 403


def test_a_deleted_folder_is_nobodys_default(server: Running, owner: Caller) -> None:
    """30 §6.2, §17.2: launches go nowhere then; what lay in it stays."""
    run = folder(owner, "r", folder_type="run")
    template = make_template(owner, {"title": "S"}, default_folder=run)
    process = launch(owner, template)
    assert owner("GET", f"/O/runs/{process.id}?with=folders").data["folders"]["data"][0]["folder_id"] == run
    owner("DELETE", f"/O/folders/{run}")
    assert owner("GET", f"/O/checklists/{template.id}").data["default_folder"] is None
    told = [one for one in events_of(server, owner, template.id) if one[2] == "process_folder"]
    assert [(one[3], one[4]) for one in told] == [(run, None)]
    assert owner("GET", f"/O/runs/{process.id}?with=folders").data["folders"]["data"] == []
    assert owner("GET", f"/O/runs/{launch(owner, template).id}?with=folders").data["folders"]["data"] == []


def test_totals_are_what_one_sees(team: Team) -> None:
    """30 §17.1: visible objects directly inside."""
    owner = team.owner
    run = folder(owner, "r", folder_type="run")
    inner = folder(owner, "i", folder_type="run", parent_id=run)
    template = make_template(owner, {"title": "S"}, {"title": "T"})
    mine = launch(owner, template, folders=[run])
    launch(owner, template, folders=[run], users=[team.standard.user_id])
    launch(owner, template, folders=[inner])
    make_oneoff(owner, folders=[run])
    make_oneoff(owner, folders=[run], owners={"users": [team.light.user_id]})
    owner("POST", "/O/folders/add-object", {"folder_id": run, "subject_id": mine.tasks[0], "subject_type": "Task"})
    assert [total(one, run) for one in (owner, team.standard, team.light)] == [5, 1, 1]
    owner("DELETE", f"/O/runs/{mine.id}")
    assert (total(owner, run), total(owner, inner)) == (3, 1)


def test_tagging_again_is_told_again(server: Running, owner: Caller) -> None:
    """30 §16.3: no row more; the event is recorded still."""
    template = make_template(owner, {"title": "S"})
    body = {"subject_id": template.id, "subject_type": "Checklist", "tag_id": make_tag(owner), "tag_type": "private"}
    assert [owner("POST", "/O/checklists/tags", body).status for _ in range(2)] == [201, 200]
    told = [one for one in events_of(server, owner, template.id) if one[0] == "template.tags"]
    assert len(told) == 2


def test_short_colours_and_archived_tags(owner: Caller) -> None:
    """00 §17, 30 §16.2."""
    made = owner("POST", "/O/tags", {"title": "Short", "color": "#aB3"}).data
    assert made["color"] == "#aaBB33"
    assert owner("PUT", f"/O/tags/{made['id']}", {"color": "#ab"}).errors["color"]
    assert [len(owner("GET", f"/O/tags?status={one}").data) for one in ("active", "archived", "whatever")] == [1, 0, 1]
