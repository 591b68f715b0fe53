"""Comments on templates and their steps (spec 30 §19.1, 40 §15.2; 20 §19)."""

import pytest

from tests.support.fixtures_server import Team
from tests.support.make import UNKNOWN, events_of, launch, make_oneoff, make_template
from tests.support.server import Running


def places(team: Team) -> tuple[str, dict[str, str]]:
    template = make_template(team.owner, {"title": "A"}, {"title": "B"})
    base = f"/O/checklists/{template.id}"
    read = {"checklist_read": {"users": [team.standard.user_id, team.light.user_id]}}
    assert team.owner("PUT", f"{base}/permissions", read).status == 200
    return base, {"template": base, "step": f"{base}/steps/{template.steps[0]}"}


@pytest.mark.parametrize("kind", ["template", "step"])
def test_a_comment_is_written_changed_and_deleted(server: Running, team: Team, kind: str) -> None:
    owner, (base, paths) = team.owner, places(team)
    path, subject = paths[kind], paths[kind].rsplit("/", 1)[1]
    body = {"content": "<p>Why B?<script>1</script></p>", "sent_to": [team.light.user_id, 999_999]}
    made = owner("POST", f"{path}/comment", body)
    assert made.status == 201
    comment = made.data
    wanted = {
        "checklist_id": base.rsplit("/", 1)[1], "task_id": None, "run_id": None, "label": "comment",
        "state": "hide-for-guests", "author_id": owner.user_id, "sent_to": [team.light.user_id],
        "content_raw": f"@[{team.light.user_id}] <p>Why B?</p>",
    }  # fmt: skip
    assert {name: comment[name] for name in wanted} == wanted
    assert comment.get("step_id") == (subject if kind == "step" else None)
    again = owner("POST", f"{path}/comment", body)
    assert (again.status, again.data["id"]) == (200, comment["id"]), "00 §15.3"
    one = f"{path}/comment/{comment['id']}"
    changed = owner("PUT", one, {"content": "Ho", "state": "open", "label": "advice"}).data
    assert (changed["content"], changed["state"], changed["label"], changed["sent_to"]) == ("Ho", "open", "advice", [])
    assert owner("PUT", one, {"content": "X"}, headers={"If-Match": '"1"'}).status == 412
    for wrong, names in (({}, ["content"]), ({"content": "x", "label": "joke", "state": "y"}, ["label", "state"])):
        assert sorted(owner("POST", f"{path}/comment", wrong).errors) == names
        assert owner("PUT", one, wrong).status == 422
    assert owner("GET", f"{path}?with=threads").data["threads"]["data"] == [changed], "only what was written"
    assert owner("POST", f"{paths['step']}/comment/{UNKNOWN}").status == 405
    assert owner("DELETE", one).status == 204
    assert owner("DELETE", one).status == 404
    assert owner("GET", f"{path}?with=threads").data["threads"]["data"] == []
    told = [row[1] for row in events_of(server, owner, subject) if row[2] == "comment"]
    assert told == ["commented", "updated", "comment-deleted"]
    feed = owner("GET", f"/O/activity-feeds?entity_type=checklist&entity_id={base.rsplit('/', 1)[1]}&per_page=100").data
    assert any(entry["verb"] == ["commented"] for entry in feed)


def test_issues_of_a_template(team: Team) -> None:
    """30 §19.1: as those of tasks (20 §19.4), but nothing hangs on them."""
    owner, (base, _) = team.owner, places(team)
    first = owner("POST", f"{base}/problem", {"content": "Out of date"}).data
    second = owner("POST", f"{base}/comment", {"content": "And long", "label": "problem"}).data
    assert (first["label"], second["label"], first["resolve_id"]) == ("problem", "problem", None)
    resolve = f"{base}/resolved-threads"
    assert sorted(owner("POST", resolve, {"thread_id": UNKNOWN}).errors) == ["content", "thread_id"]
    done = owner("POST", resolve, {"thread_id": first["id"], "content": "Renewed"})
    assert (done.status, done.data["label"]) == (201, "resolve")
    again = owner("POST", resolve, {"thread_id": first["id"], "content": "Again"})
    assert (again.status, again.data["id"]) == (200, done.data["id"])
    kept = owner("PUT", f"{base}/comment/{second['id']}", {"content": "Too long", "label": "comment"}).data
    assert kept["label"] == "problem", "an issue stays one"
    assert owner("POST", f"{base}/comment", {"content": "Shorter", "label": "resolve"}).status == 201
    found = owner("GET", f"{base}?with=threads").data["threads"]["data"]
    assert [(one["label"], one["resolve_id"] is not None) for one in found] == [
        ("problem", True), ("problem", True), ("resolve", False), ("resolve", False),
    ]  # fmt: skip
    assert owner("POST", resolve, {"content": "All"}).errors == {"thread_id": ["The selected thread is no open issue."]}
    assert owner("POST", f"{base}/comment", {"content": "Nothing open", "label": "resolve"}).data["label"] == "resolve"


def test_who_comments(team: Team) -> None:
    """40 §15.2: whoever may READ, light members too; guests see the structure alone, others nothing."""
    owner, (base, paths) = team.owner, places(team)
    for path in paths.values():
        mine = team.light("POST", f"{path}/comment", {"content": "light"})
        theirs = team.standard("POST", f"{path}/comment", {"content": "standard"})
        assert (mine.status, theirs.status) == (201, 201)
        one = f"{path}/comment/{mine.data['id']}"
        assert team.standard("PUT", one, {"content": "x"}).status == 403
        assert team.standard("DELETE", one).status == 403
        assert team.light("PUT", one, {"content": "still mine"}).status == 200
        assert owner("DELETE", one).status == 204, "administrators any"
        assert team.standard("DELETE", f"{path}/comment/{theirs.data['id']}").status == 204
        for caller in (team.guest, team.stranger):
            for what in ("comment", "problem", "resolved-threads"):
                assert caller("POST", f"{path}/{what}", {"content": "x"}).status == 404
            assert caller("DELETE", one).status == 404
    other = make_template(owner, {"title": "X"})
    assert team.standard("POST", f"/O/checklists/{other.id}/comment", {"content": "x"}).status == 404
    assert owner("POST", f"{base}/steps/{other.steps[0]}/comment", {"content": "x"}).status == 404
    assert owner("POST", f"{base}/steps/{UNKNOWN}/problem", {"content": "x"}).status == 404
    on_template = owner("POST", f"{base}/comment", {"content": "here"}).data["id"]
    assert owner("DELETE", f"{paths['step']}/comment/{on_template}").status == 404, "of another subject"
    assert owner("DELETE", base).status == 200
    assert owner("POST", f"{base}/comment", {"content": "archived"}).status == 404


def test_suggestions_about_a_task_reach_its_template(server: Running, team: Team) -> None:
    """20 §19.4 rule 7: improvements and advice are copied to the step; other comments never carry over (10 §12)."""
    owner = team.owner
    template = make_template(owner, {"title": "A"}, {"title": "B", "top_secret": True})
    base = f"/O/checklists/{template.id}"
    process = launch(owner, template)
    for task, label in ((0, "improvement"), (0, "advice"), (0, "comment"), (1, "improvement")):
        body = {"content": f"{label} {task}", "label": label}
        assert owner("POST", f"/O/tasks/{process.tasks[task]}/comment", body).status == 201
    steps = owner("GET", f"{base}/steps?with=threads,comments").data
    assert [[one["content"] for one in step["threads"]["data"]] for step in steps] == [
        ["improvement 0", "advice 0"],
        [],
    ]
    assert steps[0]["comments"] == steps[0]["threads"]
    assert [step["threads_count"] for step in steps] == [2, 0]
    inside = owner("GET", f"{base}?with=steps").data["steps"]["data"]
    assert [step["threads_count"] for step in inside] == [2, 0], "30 §3.3: the counts come with the steps"
    assert owner("GET", f"{base}?with=threads").data["threads"] == {"data": []}
    assert owner("GET", f"/O/tasks/{process.tasks[0]}").data["threads_count"] == 3
    assert [row[1] for row in events_of(server, owner, template.steps[0]) if row[2] == "comment"] == ["commented"] * 2
    assert owner("POST", f"{make_oneoff(owner)}/comment", {"content": "x", "label": "improvement"}).status == 201
    # Deleted for good, nothing of it is left, and its processes go on being talked about.
    owner("DELETE", base)
    assert owner("DELETE", f"{base}/delete").status == 200
    body = {"content": "too late", "label": "improvement"}
    assert owner("POST", f"/O/tasks/{process.tasks[0]}/comment", body).status == 201


def test_processes_beside_their_template(team: Team) -> None:
    """00 §8: `runs` of a template, those the caller may see, newest first."""
    owner, (base, _) = team.owner, places(team)
    template = owner("GET", base).data
    made = [owner("POST", "/O/runs", {"checklist_id": template["id"], "name": name}).data["id"] for name in "ab"]
    owner("POST", "/O/runs", {"checklist_id": make_template(owner, {"title": "X"}).id, "name": "other"})
    shown = owner("GET", f"{base}?with=runs,runs.tags").data["runs"]["data"]
    assert [one["id"] for one in shown] == made[::-1]
    assert all(one["tags"] == {"data": []} and "collaborators" in one for one in shown)
    assert team.light("GET", f"{base}?with=runs").data["runs"] == {"data": []}
    owner("PUT", f"/O/runs/{made[0]}", {"users": [team.light.user_id]})
    listed = team.light("GET", "/O/checklists?with=runs").data
    assert [[one["id"] for one in row["runs"]["data"]] for row in listed if row["id"] == template["id"]] == [[made[0]]]
    owner("DELETE", f"/O/runs/{made[1]}")
    assert [one["id"] for one in owner("GET", f"{base}?with=runs").data["runs"]["data"]] == [made[0]], (
        "not archived ones"
    )
