"""The history of every kind of object: what it tells, by which type, to whom (spec 10 §14, 20 §26.1, 41 §16)."""

from typing import Any

import msgspec
import pytest

from tests.support.files import upload
from tests.support.fixtures_server import Team
from tests.support.make import Process, launch, make_group, make_oneoff, make_tag, make_template
from tests.support.server import Caller

FEED = "/O/activity-feeds"
Told = list[tuple[str, str, str | None]]


class House(msgspec.Struct, frozen=True):
    """One of everything, each with a past. The standard member has a task of the process; the light one has nothing."""

    team: Team
    process: Process
    ids: dict[str, str]


def fill(team: Team) -> House:
    """Everything happens once, by the administrator; comments and files are the standard member's."""
    by, member = team.owner, team.standard
    template = make_template(by, {"title": "First"}, {"title": "Second"}, title="Onboarding")
    process = launch(by, template)
    task, run = process.tasks[0], process.id
    by("PUT", f"/O/checklists/{template.id}/steps/{template.steps[0]}", {"title": "Newer"})
    by("PUT", process.path(), {"owners": {"users": [member.user_id], "guests": [team.guest.email]}})
    said = member("POST", f"/O/tasks/{task}/comment", {"content": "Nearly done"}).data["id"]
    issue = member("POST", f"/O/tasks/{task}/problem", {"content": "No paper"}).data["id"]
    member("POST", f"/O/tasks/{task}/resolved-threads", {"thread_id": issue, "content": "Bought"})
    note = by("POST", f"/O/runs/{run}/comment", {"content": "To all"}).data["id"]
    advice = by("POST", f"/O/checklists/{template.id}/comment", {"content": "Shorter"}).data["id"]
    alone = make_oneoff(member).rsplit("/", 1)[1]
    files = {
        "task file": upload(member, "task.png", subject_type="Task", subject_id=task),
        "run file": upload(by, "run.png", subject_type="Run", subject_id=run),
        "template file": upload(by, "template.png", subject_type="Checklist", subject_id=template.id),
        "own file": upload(member, "own.png", subject_type="Task", subject_id=alone),
    }
    tag, group = make_tag(by), make_group(by, [member.user_id])
    by("PUT", f"/O/tags/{tag}", {"title": "Renamed"})
    by("PUT", f"/O/groups/{group}", {"name": "Renamed"})
    by("PUT", f"/O/guests/{team.guest.email}", {"last_name": "Guestson"})
    for role in ("light", "standard"):
        assert by("PUT", f"/O/users/{member.user_id}/role", {"role": role}).status == 200
    by("PUT", "/O", {"industry": "Software"})
    ids = {
        "task": task, "run": run, "checklist": template.id, "step": template.steps[0], "thread": said, "note": note,
        "advice": advice, "issue": issue, "alone": alone, "tag": tag, "group": group,
        "user": str(member.user_id), "guest": str(team.guest.user_id), "organization": by.organization,
        **{name: answer.data["id"] for name, answer in files.items()},
    }  # fmt: skip
    return House(team, process, ids)


def entries(by: Caller, query: str) -> list[dict[str, Any]]:
    answer = by("GET", f"{FEED}?per_page=100&sort=created_at&{query}")
    assert answer.status == 200, (query, answer.body)
    found: list[dict[str, Any]] = answer.data
    assert answer.body["meta"]["pagination"]["total"] == len(found), query
    return found


def told(found: list[dict[str, Any]]) -> Told:
    return [(one["type"][0], one["verb"][0], one["field"][0] if one["field"] else None) for one in found]


CREATED = ("Process", "created", None)
SAID = ("Task", "commented", "comment")
NOTED = ("Comment", "commented", "comment")
ISSUE: Told = [("Task", "issue-reported", "comment"), ("Task", "issue-resolved", "comment")]
GIVEN = ("Task", "owners-updated", "owners")
FILE = ("Task", "uploaded", "file")
RUN_FILE = ("Process", "uploaded", "file")
TEMPLATE_FILE = ("Blueprint", "uploaded", "file")
TITLED = ("Step", "updated", "title")
MINE, ALL = "owner standard", "owner standard light"
EXACTLY: list[tuple[str, str, Told, str]] = [
    ("task", "task", [("Task", "updated", "status"), GIVEN, SAID, *ISSUE, FILE], MINE),
    ("task", "alone", [("Task", "created", None), FILE], MINE),
    ("thread", "thread", [SAID], MINE),
    ("thread", "issue", ISSUE, MINE),
    ("comment", "note", [NOTED], MINE),
    ("thread", "advice", [NOTED], "owner"),
    ("asset", "task file", [FILE], MINE),
    ("file", "run file", [RUN_FILE], MINE),
    ("asset", "template file", [TEMPLATE_FILE], "owner"),
    ("asset", "own file", [FILE], MINE),
    ("tag", "tag", [("Tag", "created", None), ("Tag", "updated", "title")], ALL),
    ("group", "group", [("Group", "created", None), ("Group", "updated", "name")], ALL),
    (
        "organization",
        "organization",
        [("Organization", "created", None), ("Organization", "updated", "industry")],
        "owner",
    ),
]
"""Entity type, which one, what is told of it (the oldest first), who reads it; light has nothing of the process."""

AMONG: list[tuple[str, str, Told, str]] = [
    ("run", "run", [CREATED, GIVEN, SAID, *ISSUE, FILE, NOTED, RUN_FILE], MINE),
    ("checklist", "checklist", [("Blueprint", "created", None), TITLED, NOTED, TEMPLATE_FILE], "owner"),
    ("step", "step", [("Step", "created", None), TITLED], "owner"),
    ("user", "user", [("User", "created", None), ("User", "updated", "role")], MINE),
    ("guest", "guest", [("User", "created", None), ("User", "updated", "last_name")], MINE),
]
"""The same, where more is told than these."""


def test_every_object_tells_what_happened_to_it(team: Team) -> None:
    house = fill(team)
    callers = {"owner": team.owner, "standard": team.standard, "light": team.light, "guest": team.guest}
    for entity, name, expected, readers in [*EXACTLY, *AMONG]:
        query = f"entity_type={entity}&entity_id={house.ids[name]}"
        found = told(entries(team.owner, query))
        if (entity, name, expected, readers) in EXACTLY:
            assert found == expected, name
        else:
            assert set(expected) <= set(found), (name, found)
        for role, by in callers.items():
            answer = by("GET", f"{FEED}?per_page=100&sort=created_at&{query}")
            if role in readers:
                assert told(answer.data) == found, (name, role)
            else:
                assert answer.status in (403, 404), (name, role, answer.status)
        assert team.stranger("GET", f"{FEED}?{query}").status == 404, name
        assert told(entries(team.owner, f"entity_type={entity}")), f"and of all of them: {entity}"


def test_types_sort_every_entry(team: Team) -> None:
    """10 §14: each entry is found by the type it shows, and by no other; comments on tasks are of both."""
    house = fill(team)
    every = entries(team.owner, "")
    types = {one["type"][0] for one in every}
    assert {"Comment", "Task", "Step", "Process", "Blueprint", "User", "Organization", "Tag", "Group"} <= types
    for word in types:
        found = {one["id"] for one in entries(team.owner, f"type={word}")}
        shown = {one["id"] for one in every if one["type"] == [word]}
        if word == "Comment":
            shown |= {one["id"] for one in every if "comment" in (one["field"] or ())}
        assert found == shown, word
    both = {one["id"] for one in entries(team.owner, "type=Tag,Group")}
    assert both == {one["id"] for one in every if one["type"][0] in ("Tag", "Group")}
    within = entries(team.owner, f"entity_type=run&entity_id={house.ids['run']}&type=Comment")
    assert {(one["verb"][0], one["text"][0]) for one in within if one["verb"] != ["issue-resolved"]} == {
        ("commented", "Nearly done"), ("commented", "To all"), ("issue-reported", "No paper"),
    }  # fmt: skip


def test_what_belongs_to_what(team: Team) -> None:
    """Subjects by their classes, parents, names, and what a comment said."""
    house = fill(team)
    ids = house.ids
    (said,) = entries(team.owner, f"entity_type=thread&entity_id={ids['thread']}&with=audit,parent")
    assert (said["text"], said["references"]) == (["Nearly done"], [{"type": "thread", "id": ids["thread"]}])
    assert (said["auditable_type"], said["auditable_id"]) == ("App\\Models\\Task", ids["task"])
    assert (said["parentable_type"], said["parent"]["data"]["id"]) == ("App\\Models\\Run", ids["run"])
    for name, parent, kind in (
        ("task file", "run", "Run"),
        ("run file", "run", "Run"),
        ("template file", "checklist", "Checklist"),
        ("own file", "alone", "Task"),
    ):
        (file,) = entries(team.owner, f"entity_type=asset&entity_id={ids[name]}&with=audit,parent")
        assert (file["auditable_type"], file["auditable_id"]) == ("App\\Models\\Asset", ids[name])
        assert (file["parentable_type"], file["parentable_id"]) == (f"App\\Models\\{kind}", ids[parent]), name
        assert (file["audit"]["data"]["id"], file["parent"]["data"]["id"]) == (ids[name], ids[parent])
        assert file["description"] == [f"File “{name.split()[0]}.png” was uploaded"]
    _, organization = entries(team.owner, "entity_type=organization")
    assert (organization["auditable_id"], organization["old_value"]) == (ids["organization"], None)
    assert organization["new_value"] == ["Software"]
    renamed = entries(team.standard, f"entity_type=tag&entity_id={ids['tag']}")[-1]
    assert renamed["description"] == ["Tag “Renamed”: title changed"]


def test_files_and_comments_that_are_gone_are_remembered(team: Team) -> None:
    house = fill(team)
    ids, by = house.ids, team.owner
    assert team.standard("DELETE", f"/O/tasks/{ids['task']}/comment/{ids['thread']}").status in (200, 204)
    deleted = entries(by, f"entity_type=thread&entity_id={ids['thread']}")
    assert told(deleted) == [SAID, ("Task", "comment-deleted", "comment")]
    by("GET", f"/O/file/{ids['task file']}/dl")
    assert by("DELETE", f"/O/file/{ids['task file']}").status in (200, 204)
    assert by("DELETE", f"/O/tags/{ids['tag']}").status in (200, 204)
    of_run = entries(by, f"entity_type=run&entity_id={ids['run']}")
    assert "File downloaded: task.png" in [one["description"][0] for one in of_run]
    gone = entries(by, f"entity_type=tag&entity_id={ids['tag']}")[-1]
    assert (gone["verb"], gone["audit_state"]) == (["deleted"], {"id": ids["tag"], "name": "Renamed"})
    assert team.standard("GET", f"{FEED}?entity_type=tag&entity_id={ids['tag']}").status == 404


@pytest.mark.parametrize("entity", ["run", "task", "checklist", "step", "thread", "asset", "user", "guest", "group",
                                    "tag", "organization"])  # fmt: skip
def test_what_is_not_there_has_no_history(owner: Caller, entity: str) -> None:
    for unknown in ("f" * 32, "999999999999", "x", "0"):
        assert owner("GET", f"{FEED}?entity_type={entity}&entity_id={unknown}").status == 404, unknown


def test_pages_are_cut_and_sorted(owner: Caller) -> None:
    """10 §14: 20 a page, at most 100, the newest first; 422 beside them as everywhere."""
    for number in range(25):
        owner("POST", "/O/tags", {"title": f"Tag {number}"})
    first = owner("GET", f"{FEED}?type=Tag").body
    meta = first["meta"]["pagination"]
    assert (len(first["data"]), meta["per_page"], meta["total"], meta["total_pages"]) == (20, 20, 25, 2)
    second = owner("GET", f"{FEED}?type=Tag&page=2").data
    ids = [one["id"] for one in [*first["data"], *second]]
    assert ids == sorted(ids, reverse=True) and len(set(ids)) == 25
    for query in ("sort=created_at", "sort_by=created_at&sort_direction=asc"):
        assert [one["id"] for one in owner("GET", f"{FEED}?type=Tag&per_page=100&{query}").data] == ids[::-1]
    assert [one["id"] for one in owner("GET", f"{FEED}?type=Tag&per_page=100&sort=-created_at").data] == ids
    assert owner("GET", f"{FEED}?type=Tag&per_page=1000").body["meta"]["pagination"]["per_page"] == 100
    assert owner("GET", f"{FEED}?type=Tag&page=9").data == []


def test_who_reads_the_history_of_a_template(team: Team) -> None:
    """30 §19.2, 40 §15: holders of READ or EDIT and its creator; LAUNCH opens a template without its history."""
    template = make_template(team.owner, {"title": "A"})
    query = f"{FEED}?entity_type=checklist&entity_id={template.id}"
    member, rights = team.standard.user_id, f"/O/checklists/{template.id}/permissions"
    nobody: dict[str, Any] = {one: {} for one in ("checklist_read", "checklist_edit", "process_launch")}
    for granted, status in (("process_launch", 403), ("checklist_read", 200), ("checklist_edit", 200)):
        assert team.owner("PUT", rights, {**nobody, granted: {"users": [member]}}).status == 200
        assert team.standard("GET", query).status == status, granted
    assert team.light("GET", query).status == 404
    assert team.owner("PUT", rights, {**nobody, "checklist_read": {"users": [team.light.user_id]}}).status == 200
    assert team.light("GET", query).status == 403
    own = make_template(team.standard, {"title": "Mine"})
    assert team.standard("GET", f"{FEED}?entity_type=checklist&entity_id={own.id}").status == 200
