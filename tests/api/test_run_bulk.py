"""Many processes at once, and launching one again (spec 10 §20)."""

from typing import Any

import pytest

from tests.support.fixtures_server import Team
from tests.support.make import UNKNOWN, Template, events_of, launch, make_group, make_tag, make_template
from tests.support.server import Answer, Caller, Running

BULK = "/O/runs/bulk"
KICKOFF = ({"label": "Customer", "field_type": "text", "required": True}, {"label": "Town", "field_type": "text"})


def customers(by: Caller, **members: Any) -> Template:
    return make_template(by, {"title": "Call"}, kickoff=KICKOFF, **members)


def told(answer: Answer) -> list[Any]:
    """Of every item: whether it succeeded, else its status."""
    assert answer.status == 200, answer.body
    return [True if one["ok"] else one["status"] for one in answer.data]


def names(by: Caller, **query: str) -> list[str]:
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return sorted(one["name"] for one in by("GET", f"/O/runs?per_page=100&{asked}").data)


def test_20_launching_many(server: Running, team: Team) -> None:
    """Items are independent; defaults are those of all; a trial leaves nothing behind."""
    owner, template = team.owner, customers(team.owner)
    customer, town = template.kickoff["Customer"], template.kickoff["Town"]
    body = {
        "action": "launch",
        "defaults": {"checklist_id": template.id, "prerun": {town: "Lisbon"}, "users": [team.light.user_id]},
        "items": [
            {"name": "One", "prerun": {customer: "Acme"}, "ref": "row-2"},
            {"name": "Two"},
            {"name": "Three", "prerun": {customer: "Globex", town: "Porto", "?": 1}, "tags": [UNKNOWN]},
            "nonsense",
            {"checklist_id": UNKNOWN, "ref": 7},
            {"name": "Four", "prerun": {customer: "Hooli", "typo": 1}, "tags": None},
        ],
    }
    wanted = [True, 422, 422, 422, 404, True]
    trial = owner("POST", BULK, {**body, "dry_run": True})
    assert told(trial) == wanted
    assert trial.body["meta"]["dry_run"] is True
    assert "run_id" not in trial.data[0]
    assert names(owner, checklist_id=template.id) == []
    assert "bulk" not in str(owner("GET", "/O/activity-feeds").data)
    done = owner("POST", BULK, body)
    assert told(done) == wanted
    assert {one: done.body["meta"][one] for one in ("succeeded", "failed")} == {"succeeded": 2, "failed": 4}
    assert [one.get("ref") for one in done.data] == ["row-2", None, None, None, 7, None]
    assert done.data[1]["error"]["errors"] == {f"prerun.{customer}": ["Customer is required"]}
    assert done.data[2]["error"]["errors"].keys() == {"tags.0"}
    assert done.data[5]["warnings"] == [{"code": "UNKNOWN_PRERUN_KEY", "key": "typo"}]
    assert names(owner, checklist_id=template.id) == ["Four", "One"]
    one = team.light("GET", f"/O/runs/{done.data[0]['run_id']}").data
    assert one["prerun"] == {customer: "Acme", town: "Lisbon"}
    assert (one["origin"]["type"], one["users"]) == ("bulk", [team.light.user_id])
    assert "created" in [event[1] for event in events_of(server, owner, one["id"])]


def test_20_one_key_launches_once(owner: Caller) -> None:
    template = customers(owner)
    items = [{"checklist_id": template.id, "prerun": {template.kickoff["Customer"]: "A"}}]
    headers = {"Idempotency-Key": f"bulk-{template.id}"}
    first, second = (owner("POST", BULK, {"action": "launch", "items": items}, headers=headers) for _ in range(2))
    assert first.data == second.data
    assert len(names(owner, checklist_id=template.id)) == 1


def test_20_every_action_on_many(server: Running, team: Team) -> None:
    owner = team.owner
    template = make_template(owner, {"title": "Call"})
    runs = [launch(owner, template, name=name).id for name in ("A", "B", "C")]
    tag = make_tag(owner)
    folder = owner("POST", "/O/folders", {"name": f"F {tag[:8]}", "folder_type": "run"}).data["id"]
    kept = make_tag(owner)
    owner("PUT", f"/O/runs/{runs[0]}", {"tags": [kept]})

    def act(action: str, **members: Any) -> Answer:
        return owner("POST", BULK, {"action": action, "run_ids": [*runs, UNKNOWN, "x"], **members})

    def shown(run: str, more: str = "tags,folders") -> dict[str, Any]:
        data: dict[str, Any] = owner("GET", f"/O/runs/{run}?with={more}").data
        return data

    done = [True, True, True, 404, 404]
    assert told(act("tag", tag_ids=[tag], dry_run=True)) == done
    assert [one["tag_id"] for one in shown(runs[1])["tags"]["data"]] == []
    assert told(act("tag", tag_ids=[tag])) == done
    assert {one["tag_id"] for one in shown(runs[0])["tags"]["data"]} == {tag, kept}
    assert told(act("untag", tag_ids=[tag])) == done
    assert [one["tag_id"] for one in shown(runs[0])["tags"]["data"]] == [kept]
    assert told(act("file", folder_ids=[folder])) == done
    assert [one["folder_id"] for one in shown(runs[2])["folders"]["data"]] == [folder]
    assert told(act("unfile", folder_ids=[folder])) == done
    assert shown(runs[2])["folders"]["data"] == []
    assert told(act("set_owner", owner_id=team.standard.user_id)) == done
    assert shown(runs[1])["owner_id"] == team.standard.user_id
    assert told(act("star")) == done
    assert shown(runs[0])["starred"] is True
    assert told(act("star", starred=False)) == done
    assert shown(runs[0])["starred"] is False
    assert told(act("delete")) == [422, 422, 422, 404, 404]
    assert told(act("archive")) == done
    assert names(owner, checklist_id=template.id, archived="only") == ["A", "B", "C"]
    assert told(act("tag", tag_ids=[tag])) == [422, 422, 422, 404, 404]
    assert told(act("activate", dry_run=True)) == done
    assert told(act("activate")) == done
    assert names(owner, checklist_id=template.id) == ["A", "B", "C"]
    # What selects them may be the filters of the list.
    by_filter = {"action": "archive", "filters": {"checklist_id": template.id, "q": "B"}}
    assert told(owner("POST", BULK, by_filter)) == [True]
    assert names(owner, checklist_id=template.id) == ["A", "C"]
    gone = {"action": "delete", "filters": {"checklist_id": [template.id], "archived": "only"}}
    assert told(owner("POST", BULK, gone)) == [True]
    assert names(owner, checklist_id=template.id, archived="true") == ["A", "C"]
    verbs = [event[1] for event in events_of(server, owner, runs[0])]
    assert verbs.count("archived") == verbs.count("unarchived") == 1


def test_20_every_item_asks_for_its_right(team: Team) -> None:
    owner, mate = team.owner, team.standard
    template = make_template(owner, {"title": "Call"})
    his = launch(owner, template, owner_id=mate.user_id).id
    seen = launch(owner, template, users=[mate.user_id]).id
    hidden = launch(owner, template).id
    both = [his, seen, hidden]

    def by(caller: Caller, action: str, **members: Any) -> Answer:
        return caller("POST", BULK, {"action": action, "run_ids": both, **members})

    assert told(by(mate, "set_owner", owner_id=team.light.user_id, dry_run=True)) == [True, 403, 404]
    assert told(by(mate, "star")) == [True, True, 404]
    assert told(by(mate, "set_owner", owner_id=987654)) == [422, 403, 404]
    assert by(mate, "delete").status == 403
    assert told(mate("POST", BULK, {"action": "launch", "items": [{"checklist_id": template.id}]})) == [403]
    for caller, statuses in ((team.light, (403, 403, 200)), (team.guest, (403, 403, 200))):
        assert tuple(by(caller, one, tag_ids=[UNKNOWN]).status for one in ("archive", "tag", "star")) == statuses
    assert team.guest("POST", BULK, {"action": "launch", "items": [{}]}).status == 403
    assert told(by(team.stranger, "archive")) == [404, 404, 404]
    assert owner("GET", f"/O/runs/{his}").data["archived_at"] is None


WRONG: tuple[tuple[Any, set[str]], ...] = (
    ({}, {"action", "run_ids"}),
    ({"action": "explode", "run_ids": ["x"]}, {"action"}),
    ({"action": "archive"}, {"run_ids"}),
    ({"action": "archive", "run_ids": ["f" * 32] * 501}, {"run_ids"}),
    ({"action": "archive", "filters": []}, {"filters"}),
    ({"action": "archive", "filters": {"status": "nonsense"}}, {"status"}),
    ({"action": "tag", "run_ids": ["f" * 32]}, {"tag_ids"}),
    ({"action": "set_owner", "run_ids": ["f" * 32], "owner_id": "x"}, {"owner_id"}),
    ({"action": "launch"}, {"items"}),
    ({"action": "launch", "items": [{}] * 201}, {"items"}),
    ({"action": "launch", "items": [{}], "defaults": 1, "dry_run": "perhaps"}, {"defaults", "dry_run"}),
)


def test_20_what_cannot_be_read(owner: Caller) -> None:
    for body, keys in WRONG:
        answer = owner("POST", BULK, body)
        assert answer.status == 422, body
        assert set(answer.errors) == keys, body
    assert told(owner("POST", BULK, {"action": "archive", "run_ids": [UNKNOWN] * 500})) == [404] * 500
    assert told(owner("POST", BULK, {"action": "launch", "items": [1] * 200})) == [422] * 200


def test_20_1_launched_again(team: Team) -> None:
    """Answers, people, tags and folders are those of the old process; what is sent wins."""
    owner = team.owner
    role = owner("POST", "/O/roles", {"name": "Caller"}).data["id"]
    template = customers(owner)
    owner("PUT", f"/O/checklists/{template.id}/steps/{template.steps[0]}", {"roles": [role]})
    customer, town = template.kickoff["Customer"], template.kickoff["Town"]
    tag, group = make_tag(owner), make_group(owner, [team.light.user_id])
    folder = owner("POST", "/O/folders", {"name": f"F {tag[:8]}", "folder_type": "run"}).data["id"]
    old = launch(
        owner, template, name="Acme", prerun={customer: "Acme", town: "Lisbon"}, tags=[tag], folders=[folder],
        users=[team.standard.user_id], groups=[group], roles={role: {"users": [team.standard.user_id]}},
    )  # fmt: skip
    path = f"/O/runs/{old.id}"
    owner("DELETE", path)  # an archived one can be launched again
    made = owner("POST", f"{path}/relaunch?with=tasks", {"prerun": {town: "Porto"}})
    assert made.status == 201, made.body
    new = made.data
    assert (new["name"], new["prerun"]) == ("Acme (copy)", {customer: "Acme", town: "Porto"})
    assert (new["users"], new["groups"], new["tags"], new["folders"]) == (
        [team.standard.user_id], [group], [tag], [folder],
    )  # fmt: skip
    assert new["origin"] == {"type": "run", "id": old.id, "via": "api"}
    assert [one["id"] for one in new["tasks"]["data"][0]["owners"]["users"]] == [team.standard.user_id]
    # The template as it is now: a new required field has no answer to copy.
    owner("POST", f"/O/checklists/{template.id}/preruns", {"label": "VAT", "field_type": "text", "required": True})
    missing = owner("POST", f"{path}/relaunch", {"name": "Again"})
    assert [text for texts in missing.errors.values() for text in texts] == ["VAT is required"]
    owner("DELETE", f"/O/checklists/{template.id}/preruns/{town}")
    form = owner("GET", f"/O/checklists/{template.id}").data["prerun"]
    vat = next(one["id"] for one in form if one["label"] == "VAT")
    again = owner("POST", f"{path}/relaunch", {"name": "Again", "prerun": [{vat: "1"}], "tags": []}).data
    assert (again["name"], again["prerun"], again["tags"]) == ("Again", {customer: "Acme", vat: "1"}, [tag])
    # Whoever left drops out of it.
    owner("DELETE", f"/O/users/{team.standard.user_id}/disable")
    alone = owner("POST", f"{path}/relaunch", {"prerun": {vat: "1"}})
    assert (alone.status, alone.data["users"]) == (201, [])
    # The right to launch, and to see the old one.
    for caller, status in ((team.light, 403), (team.guest, 404), (team.stranger, 404)):
        assert caller("POST", f"{path}/relaunch", {}).status == status
    owner("DELETE", f"/O/checklists/{template.id}")
    assert owner("POST", f"{path}/relaunch", {}).status == 404


@pytest.mark.parametrize("misc", [False, True])
def test_20_1_names(owner: Caller, misc: bool) -> None:
    """`<old name> (copy)`, cut to fit, unless the template names its processes; an empty process can be, too."""
    if misc:
        empty = owner("POST", "/O/runs", {"checklist_id": "misc", "name": "x" * 550}).data["id"]
        again = owner("POST", f"/O/runs/{empty}/relaunch", {})
        assert (again.status, again.data["name"]) == (201, "x" * 543 + " (copy)")
        return
    template = customers(owner)
    path = f"/O/checklists/{template.id}"
    alias = next(one["alias"] for one in owner("GET", path).data["prerun"] if one["label"] == "Customer")
    owner("PUT", path, {"title": "T", "auto_naming": True, "default_process_name_format": f"For {{{{{alias}}}}}"})
    old = launch(owner, template, prerun={template.kickoff["Customer"]: "Acme"})
    assert owner("POST", f"/O/runs/{old.id}/relaunch", {}).data["name"] == "For Acme"
