"""The activity feed over HTTP, on both databases (spec 10 §14, 20 §26, 30 §19.2, 41 §16)."""

from typing import Any

import pytest

from tests.support.fixtures_server import Team
from tests.support.make import UNKNOWN, make_oneoff, make_process, make_tag, make_template
from tests.support.server import Caller

FEED = "/O/activity-feeds"


def told(by: Caller, query: str = "") -> list[dict[str, Any]]:
    """All entries that the query finds, the oldest first."""
    answer = by("GET", f"{FEED}?per_page=100&sort=created_at&{query}")
    found: list[dict[str, Any]] = answer.data
    assert answer.body["meta"]["pagination"]["total"] == len(found)
    return found


def verbs(entries: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    return [(one["verb"][0], one["field"][0] if one["field"] else None) for one in entries]


def test_an_entry_is_whole_10_14(owner: Caller) -> None:
    process = make_process(owner)
    task = process.tasks[0]
    owner("PUT", process.path(), {"title": "Collect", "prevent_guest_comment": True})
    title = next(one for one in told(owner, f"entity_type=task&entity_id={task}") if one["field"] == ["title"])
    assert {name: title[name] for name in title if name not in ("id", "created_at", "actor")} == {
        "organization_id": owner.organization,
        "verb": ["updated"],
        "source": ["Member"],
        "actor_type": ["user"],
        "actor_id": [owner.user_id],
        "type": ["Task"],
        "description": ["Task “Collect”: title changed"],
        "field": ["title"],
        "old_value": ["First"],
        "new_value": ["Collect"],
        "text": None,
        "references": None,
        "auditable_type": "App\\Models\\Task",
        "auditable_id": task,
        "parentable_type": "App\\Models\\Run",
        "parentable_id": process.id,
        "imported": False,
        "undoable": False,
        "origin": None,
        "audit_state": None,
        "parent_state": None,
        "converted_to": None,
    }
    assert isinstance(title["id"], int)
    assert title["created_at"].endswith("Z")
    assert title["actor"][0] == {
        "email": owner.email,
        "username": owner.email,
        "first_name": "Olive",
        "last_name": "Owner",
        "full_name": "Olive Owner",
        "profile_pic": None,
        "resize_profile_pic": None,
    }
    (shown,) = told(owner, f"entity_type=task&entity_id={task}&field=prevent_guest_comment&with=audit,parent")
    assert (shown["old_value"], shown["new_value"]) == ([False], [True])
    assert (shown["audit"]["data"]["id"], shown["audit"]["data"]["title"]) == (task, "Collect")
    assert (shown["parent"]["data"]["id"], shown["parent"]["data"]["name"]) == (process.id, "Globex")


def test_what_a_task_tells_20_26(owner: Caller, team: Team) -> None:
    """Every act of the catalogue, once, in its order; what changed nothing tells nothing."""
    process = make_process(owner)
    path, task = process.path(), process.tasks[0]
    company = process.field("Company")
    owner("PUT", path, {"taskdata": {company: "Acme"}})
    owner("PUT", path, {"taskdata": {company: "Acme"}})
    owner("PUT", path, {"owners": {"users": [owner.user_id], "guests": ["g@x.example"]}})
    owner("PUT", path, {"position": 2})
    owner("PUT", path, {"tags": [make_tag(owner)]})
    owner("POST", f"/O/runs/{process.id}/completed-tasks", {"task_id": task})
    owner("DELETE", f"/O/runs/{process.id}/completed-tasks/{task}")
    entries = told(owner, f"entity_type=task&entity_id={task}")
    assert verbs(entries) == [
        ("updated", "status"),
        ("updated", "Company"),
        ("owners-updated", "owners"),
        ("re-ordered", "position"),
        ("updated", "tags"),
        ("completed", None),
        ("re-opened", None),
    ]
    assert [one["description"][0] for one in entries][1:] == [
        "Task “First”: “Company” changed",
        "The people of task “First” were changed",
        "Task “First” was moved to place 2",
        "Task “First”: tags changed",
        "Task “First” was completed",
        "Task “First” was reopened",
    ]
    assert (entries[1]["old_value"], entries[1]["new_value"]) == ([None], ["Acme"])
    assert set(entries[2]["new_value"][0]) == {"users", "guests", "groups"}
    include = owner("GET", f"{path}?with=activities").data["activities"]["data"]
    assert [one["id"] for one in include] == [one["id"] for one in reversed(entries)]
    rows = owner("GET", f"/O/runs/{process.id}/tasks?with=activities").data
    assert {one["id"]: len(one["activities"]["data"]) for one in rows} == {
        process.tasks[1]: 0,
        task: 7,
        process.tasks[2]: 0,
    }


@pytest.mark.parametrize(
    ("kind", "approved", "said"),
    [
        ("approval", True, "approved"),
        ("approval", False, "rejected"),
        ("expiring", None, "acknowledged"),
        ("email", None, "sent"),
        ("expiring_email", None, "sent"),
    ],
)
def test_outcomes_are_told_20_26_1(owner: Caller, kind: str, approved: bool | None, said: str) -> None:
    path = make_oneoff(owner, task_type=kind)
    task = path.rsplit("/", 1)[1]
    owner("POST", "/O/completed-tasks", {"task_id": task, "is_approved": approved})
    last = told(owner, f"entity_type=task&entity_id={task}")[-1]
    assert last["description"] == [f"Task “Renew lease” was {said}"]


def test_a_process_tells_of_itself_and_of_what_is_in_it_10_14(owner: Caller) -> None:
    process = make_process(owner)
    owner("PUT", f"/O/runs/{process.id}", {"name": "Initech", "is_public": True})
    owner("PUT", process.path(1), {"title": "Renamed"})
    owner("POST", "/O/tasks", {
        "title": "More", "task_type": "task", "deadline": "2031-01-01", "owners": {}, "run_id": process.id,
    })  # fmt: skip
    owner("DELETE", f"/O/runs/{process.id}")
    entries = told(owner, f"entity_type=run&entity_id={process.id}")
    assert [(one["type"][0], *pair) for one, pair in zip(entries, verbs(entries), strict=True)] == [
        ("Process", "created", None),
        ("Process", "updated", "name"),
        ("Process", "enabled", "is_public"),
        ("Task", "updated", "title"),
        ("Task", "updated", "status"),
        ("Task", "created", None),
        ("Task", "linked", None),
        ("Task", "commented", "comment"),
        ("Process", "archived", None),
    ]
    assert entries[0]["description"] == ["Process “Initech” was launched by api"]
    assert entries[2]["description"] == ["Process “Initech” was made public"]
    assert {one["parentable_id"] for one in entries if one["type"] == ["Task"]} == {process.id}


def test_filters_10_14(owner: Caller, team: Team) -> None:
    process = make_process(team.owner)
    by, task = team.owner, process.tasks[0]
    by("PUT", process.path(), {"owners": {"users": [by.user_id], "guests": [team.guest.email]}})
    team.guest("PUT", process.path(), {"taskdata": {process.field("Company"): "Zyx Ltd"}})
    by("PUT", process.path(), {"title": "Blue 100% [x]", "top_secret": True})
    scope = f"entity_type=run&entity_id={process.id}"
    mine = told(by, scope)

    def found(query: str) -> set[int]:
        return {one["id"] for one in told(by, f"{scope}&{query}")}

    guests = {one["id"] for one in mine if one["actor_type"] == ["guest"]}
    assert guests
    everything = {one["id"] for one in mine}
    assert found("actor_type=guest") == found("source=Guest") == guests
    assert found("actor_type=guest,user") == everything
    assert found("actor_type=user") == found("source=member") == everything - guests
    assert found(f"actor_id={team.guest.user_id}&actor_type=guest") == guests
    assert found(f"actor_email={team.guest.email}") == guests
    assert found(f"actor_email={by.email}") == everything - guests
    assert found("actor_email=nobody@x.example") == found("actor_id=987654") == set()
    assert found("type=task,process") == everything
    assert found("type=Blueprint") == found("source=Webhook") == set()
    assert found("verb=assigned") == found("verb=owners-updated") == {
        one["id"] for one in mine if one["verb"] == ["owners-updated"]
    }  # fmt: skip
    assert found("verb=started") == {mine[0]["id"]}
    assert found("field=top_secret") == {one["id"] for one in mine if one["field"] == ["top_secret"]} != set()
    assert found("search=zyx%20ltd") == {one["id"] for one in mine if one["new_value"] == ["Zyx Ltd"]} != set()
    assert found("search=blue%20100%25") == {one["id"] for one in mine if one["auditable_id"] == task}
    assert found("search=100%25%25") == set()
    today = mine[0]["created_at"][:10]
    assert found(f"created_after={today}&created_before={today}") == everything
    assert found("created_before=2001-01-01") == set()
    assert found("origin_type=task") == set()
    pages = by("GET", f"{FEED}?{scope}&per_page=2").body
    assert [one["id"] for one in pages["data"]] == sorted(everything, reverse=True)[:2]
    assert by("GET", f"{FEED}?{scope}").body["meta"]["pagination"]["per_page"] == 20


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("entity_type=cat", "entity_type"),
        ("entity_id=" + UNKNOWN, "entity_type"),
        ("type=Cat", "type"),
        ("verb=sang", "verb"),
        ("actor_type=cat", "actor_type"),
        ("actor_id=x", "actor_id"),
        ("source=Radio", "source"),
        ("created_after=soon", "created_after"),
        ("created_before=2026-13-01", "created_before"),
        ("search=x", "search"),
        ("search=" + "x" * 101, "search"),
        ("origin_type=cat", "origin_type"),
        ("origin_id=1", "origin_type"),
    ],
)
def test_what_cannot_be_read_is_named_flt_03(owner: Caller, query: str, name: str) -> None:
    assert list(owner("GET", f"{FEED}?{query}").errors) == [name]


def test_who_reads_the_history_of_a_process_10_14(team: Team) -> None:
    process = make_process(team.owner)
    path = f"{FEED}?entity_type=run&entity_id={process.id}"
    assert team.standard("GET", path).status == 404
    team.owner("PUT", f"/O/runs/{process.id}", {"users": [team.standard.user_id, team.light.user_id]})
    assert team.standard("GET", path).status == 403, "a listed member sees the process, not its history"
    owners = {"users": [team.standard.user_id, team.light.user_id], "guests": [team.guest.email]}
    team.owner("PUT", process.path(), {"owners": owners})
    for by in (team.standard, team.light):
        assert by("GET", path).status == 200
    assert team.guest("GET", path).status == 403
    assert team.stranger("GET", path.replace("/O/", f"/organizations/{team.stranger.organization}/")).status == 404
    team.owner("PUT", process.path(1), {"top_secret": True, "title": "Hush"})
    assert all("Hush" not in str(one) for one in told(team.standard, path.split("?")[1]))
    assert any("Hush" in str(one) for one in told(team.owner, path.split("?")[1]))


def test_the_whole_feed_shows_what_one_may_see_41_16(team: Team) -> None:
    process = make_process(team.owner)
    alone = make_oneoff(team.standard).rsplit("/", 1)[1]
    team.owner("PUT", "/O", {"industry": "Software"})
    tag = make_tag(team.owner)
    ids = {one["auditable_id"] for one in told(team.owner)}
    assert {process.id, process.template.id, alone, tag, team.owner.organization} <= ids
    seen = {one["auditable_id"] for one in told(team.standard)}
    assert {alone, tag} <= seen
    assert not {process.id, process.template.id, team.owner.organization} & seen
    team.owner("PUT", process.path(), {"owners": {"users": [team.standard.user_id]}})
    assert process.id in {one["auditable_id"] for one in told(team.standard)}
    assert team.guest("GET", FEED).status == 403
    assert {one["auditable_id"] for one in told(team.stranger)}.isdisjoint(ids)


def test_templates_tell_their_editors_30_19_2(team: Team) -> None:
    process = make_process(team.owner)
    template, step = process.template.id, process.template.steps[0]
    team.owner("PUT", f"/O/checklists/{template}/steps/{step}", {"title": "Newer"})
    for path in (f"entity_type=checklist&entity_id={template}", f"entity_type=step&entity_id={step}"):
        entries = told(team.owner, path)
        assert ("updated", "title") in verbs(entries)
        assert {one["parentable_id"] for one in entries if one["type"] == ["Step"]} == {template}
        assert team.light("GET", f"{FEED}?{path}").status == 404
    assert told(team.owner, f"entity_type=checklist&entity_id={template}")[0]["type"] == ["Blueprint"]


def test_what_was_deleted_is_remembered_20_14(team: Team) -> None:
    path = make_oneoff(team.standard)
    task = path.rsplit("/", 1)[1]
    query = f"entity_type=task&entity_id={task}"
    assert team.standard("DELETE", f"{path}/delete").status == 204
    last = told(team.owner, query)[-1]
    assert (last["verb"], last["audit_state"]) == (["deleted"], {"id": task, "name": "Renew lease"})
    assert last["description"] == ["Task “Renew lease” was deleted"]
    assert team.standard("GET", f"{FEED}?{query}").status == 404
    for entity in ("task", "run", "checklist", "step", "thread"):
        assert team.owner("GET", f"{FEED}?entity_type={entity}&entity_id={UNKNOWN}").status == 404
        assert team.owner("GET", f"{FEED}?entity_type={entity}&entity_id=x").status == 404
    assert {one["type"][0] for one in told(team.owner, "entity_type=task")} == {"Task"}


def test_a_process_remembers_what_its_tasks_did_after_they_left_10_14(owner: Caller) -> None:
    process = make_process(owner)
    address = make_oneoff(owner, run_id=process.id)
    task = address.rsplit("/", 1)[1]
    query = f"entity_type=run&entity_id={process.id}"

    def of_task() -> set[tuple[str, str | None]]:
        return set(verbs([one for one in told(owner, query) if one["auditable_id"] == task]))

    owner("PUT", f"/O/runs/{process.id}/tasks/{task}", {"title": "Renewed"})
    assert ("updated", "title") in of_task()
    assert owner("DELETE", f"/O/runs/{process.id}/tasks/{task}").status == 200
    assert {("updated", "title"), ("unlinked", None)} <= of_task()
    before = len(told(owner, query))
    owner("PUT", address, {"title": "Alone"})  # no longer this process's business
    assert len(told(owner, query)) == before
    first = process.tasks[0]
    owner("PUT", process.path(), {"title": "Changed"})
    owner("DELETE", f"/O/runs/{process.id}")
    owner("DELETE", f"/O/runs/{process.id}/delete")
    assert {task, first} <= {one["auditable_id"] for one in told(owner, query)}


def test_rules_are_told_in_words_30_19_2(owner: Caller) -> None:
    """31 §3.1, §8.1: created, changed, moved, deleted, with the names things had then."""
    template = make_template(
        owner, {"title": "Check"}, {"title": "Pay"}, kickoff=[{"label": "Sum", "field_type": "text"}]
    )
    base = f"/O/checklists/{template.id}/automated-actions"
    rule = {
        "automated_alias": "Large sums",
        "conditions": [
            {"conditionable_type": "Prerun", "conditionable_id": template.kickoff["Sum"], "operation": "greater_than",
             "statement": "500"},
            {"conditionable_type": "Step", "conditionable_id": template.steps[0], "operation": "completed",
             "statement": "late_24", "logic": "or"},
        ],
        "then_actions": [{"action_type": "visibility", "action_verb": "show", "target_step_id": template.steps[1]}],
    }  # fmt: skip
    made = owner("POST", base, rule).data["id"]
    owner("PUT", f"/O/checklists/{template.id}/steps/{template.steps[1]}", {"title": "Pay out"})
    owner("PUT", f"{base}/{made}", {"automated_alias": "Sums"})
    owner("POST", f"{base}/{made}/clone")
    owner("PUT", f"{base}/reorder", {"id": made, "position": 2})
    owner("DELETE", f"{base}/{made}")
    found = [one for one in told(owner, f"entity_type=checklist&entity_id={template.id}")
             if one["field"] == ["automated_actions"]]  # fmt: skip
    said = "IF “Sum” is greater than “500” OR “Check” is completed 24 hours late THEN show “{}”".format
    assert [one["description"][0] for one in found] == [
        f"The rule “Large sums” of template “Onboarding” was created: {said('Pay')}",
        f"The rule “Sums” of template “Onboarding” was changed: {said('Pay out')}",
        f"The rule “Sums - Copy” of template “Onboarding” was created: {said('Pay out')}",
        "The rule “Sums” of template “Onboarding” was moved",
        f"The rule “Sums” of template “Onboarding” was deleted: {said('Pay out')}",
    ]
    assert [one["verb"][0] for one in found] == ["updated", "updated", "updated", "re-ordered", "updated"]
    assert (found[1]["old_value"], found[1]["new_value"]) == ([said("Pay out")], [said("Pay out")])
    assert template.kickoff["Sum"] not in str(found)
