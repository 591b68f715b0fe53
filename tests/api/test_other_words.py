"""What clients call things by other names, and what they send in other places (spec 00 TERM-02, TERM-03, ID-08)."""

from typing import Any

import pytest

from tests.support.files import upload
from tests.support.make import (
    EVERY_TYPE,
    UNKNOWN,
    launch,
    make_oneoff,
    make_process,
    make_tag,
    make_template,
)
from tests.support.server import Caller, Running


def test_term_02_other_names_of_members(server: Running, owner: Caller) -> None:
    """Importers send the words of the screen; the canonical one wins."""
    named = {"name": "N", "description": "D"}
    template = owner("POST", "/O/checklists", {**named, "type": "procedure"}).data
    assert (template["title"], template["summary"]) == ("N", "D")
    path = f"/O/checklists/{template['id']}"
    assert owner("PUT", path, {"title": "T", "name": "N", "description": "E"}).data["summary"] == "E"
    assert owner("GET", path).data["title"] == "T"
    place = f"{path}/steps"
    for method, kind in (("POST", "approval"), ("PUT", "expiring")):
        step = owner(method, place, {**named, "task_type": kind}).data
        assert (step["title"], step["summary"], step["step_type"]) == ("N", "D", kind)
        place = f"{path}/steps/{step['id']}"
    run = owner("POST", "/O/runs", {"checklist_id": template["id"], "title": "A", "description": "B"}).data
    assert (run["name"], run["summary"]) == ("A", "B")
    run = owner("PUT", f"/O/runs/{run['id']}", {"title": "C", "name": "X", "description": "D"}).data
    assert (run["name"], run["summary"]) == ("X", "D")
    task = owner("PUT", make_oneoff(owner), named).data
    assert (task["title"], task["summary"]) == ("N", "D")
    assert owner("POST", "/O/tags", {"name": "Urgent", "color": "#fff"}).data["title"] == "Urgent"
    assert owner("POST", "/O/folders", {"title": "Box"}).data["name"] == "Box"
    group = owner("POST", "/O/groups", {"title": "Team", "description": ""}).data
    assert owner("PUT", f"/O/groups/{group['id']}", {"title": "Crew"}).data["name"] == "Crew"
    mate = server.member(owner, "standard")
    member = {"firstname": "Ada", "lastname": "Roe", "timezone": "UTC"}
    assert owner("PUT", f"/O/users/{mate.user_id}", member).data["full_name"] == "Ada Roe"
    assert owner("PUT", f"/O/users/{mate.user_id}", {"timezone": "UTC"}).errors.keys() == {"first_name", "last_name"}


RUNS, TEMPLATES = ("Run", "process", "PROCESS"), ("Checklist", "template", "Blueprint")


def test_term_03_other_names_of_types(owner: Caller) -> None:
    process = make_process(owner, {"title": "A"})
    template, task, tag = process.template.id, make_oneoff(owner)[-32:], make_tag(owner)
    boxes = {}
    for kind, words in (("run", ("run", "Process")), ("checklist", ("checklist", "Blueprint", "anything"))):
        for word in words:
            made = owner("POST", "/O/folders", {"name": f"F {word}", "folder_type": word}).data
            assert made["folder_type"] == kind, word
            assert made["id"] in {one["id"] for one in owner("GET", f"/O/folders?folder_type={word}").data}
            boxes[kind] = made["id"]
    named = [*((one, process.id, "run") for one in RUNS), *((one, template, "checklist") for one in TEMPLATES)]
    for word, one, kind in [*named, ("TASK", task, "run")]:
        subject = {"subject_id": one, "subject_type": word}
        filed = owner("POST", "/O/folders/add-object", {**subject, "folder_id": boxes[kind]})
        assert filed.status in (200, 201), (word, filed.body)
        tagged = owner("POST", "/O/checklists/tags", {**subject, "tag_id": tag, "tag_type": "private"})
        assert tagged.status in (200, 201), (word, tagged.body)
        watched = {"object_type": word, "object_id": one, "notification_type": "email"}
        assert owner("POST", f"/O/users/{owner.user_id}/add-watcher", watched).status in (200, 201), word
        assert len(owner("GET", f"/O/watchers?object_type={word}&object_id={one}").data) == 1, word
        assert upload(owner, subject_type=word, subject_id=one).status == 200, word
        assert owner("GET", f"/O/activity-feeds?entity_type={word}&entity_id={one}").status == 200, word
    wrong = owner("POST", "/O/folders/add-object", {"folder_id": boxes["run"], "subject_id": task, "subject_type": "x"})
    assert wrong.errors.keys() == {"subject_type"}
    asked = {"object_type": "Process", "object_id": process.id}
    assert owner("POST", "/O/access-requests", asked).status == 201


def test_15_older_words_for_types_and_includes_that_are_there_anyway(owner: Caller) -> None:
    """50 §15: `standard` and `accept_decline`; 00 §8: asking for what is shown anyway is harmless."""
    task = make_oneoff(owner, task_type="accept_decline")
    assert owner("GET", task).data["task_type"] == "approval"
    for sent, kind in (("standard", "task"), ("accept_decline", "approval"), ("expiring", "expiring")):
        assert owner("PUT", task, {"task_type": sent}).data["task_type"] == kind
    run = f"/O/runs/{make_process(owner, {'title': 'A'}).id}"
    inlined = {
        task: "owners,taskdata,custom_fields", "/O/tasks": "owners,taskdata,custom_fields",
        run: "prerun,users,groups,progress,whole_progress,collaborators,custom_fields",
        "/O/checklists": "runs,runs.collaborators,steps,statistics",
    }  # fmt: skip
    for path, names in inlined.items():
        answer = owner("GET", f"{path}?with={names}")
        assert (answer.status, answer.headers.get("x-procession-warnings")) == (200, None), path
    assert "nonsense" in owner("GET", f"{run}?with=nonsense").headers["x-procession-warnings"]


def test_inc_04_an_include_is_spelled_as_it_was_asked_for(owner: Caller) -> None:
    template = make_template(owner, {"title": "A"}, kickoff=({"label": "K", "field_type": "text"},))
    process = launch(owner, template, prerun={template.kickoff["K"]: "v"})
    spelled = ("ko-form-fields", "ko_form_fields")
    for path in (process.path(), f"/O/runs/{process.id}"):
        for asked in spelled:
            shown = owner("GET", f"{path}?with={asked}").data
            assert [one in shown for one in spelled] == [one == asked for one in spelled], (path, asked)
            assert [one["value"] for one in shown[asked]["data"]] == ["v"]
        both = owner("GET", f"{path}?with={','.join(spelled)}").data
        assert both[spelled[0]] == both[spelled[1]]
    (row,) = owner("GET", f"/O/runs/{process.id}?with=tasks.ko-form-fields").data["tasks"]["data"]
    assert spelled[0] in row


def test_id_08_the_task_of_a_field_may_be_in_the_query(owner: Caller) -> None:
    process = make_process(owner, {"title": "A", "captures": [{"label": "F", "field_type": "text"}]})
    launch(owner, process.template)
    body = {"id": process.field("F"), "form_value": "x"}
    assert owner("PUT", "/O/form-field/value", body).errors == {"id": ["Ambiguous field id; send task_id."]}
    for query in (f"task_id={process.tasks[0]}", f"run_id={process.id}"):
        saved = owner("PUT", f"/O/form-field/value?{query}", {**body, "form_value": query})
        assert saved.data["value"] == query
    assert owner("GET", process.path()).data["taskdata"][process.field("F")] == query
    missing = owner("PUT", f"/O/form-field/value?task_id={UNKNOWN}", body)
    assert missing.status == 404


def test_env_15_a_list_that_is_answered_whole_ends(owner: Caller) -> None:
    """Whoever walks pages until one is empty comes to an end."""
    process = make_process(owner, {"title": "A", "captures": EVERY_TYPE})
    template = f"/O/checklists/{process.template.id}"
    owner("POST", f"{template}/stages", {"title": "M"})
    owner("POST", "/O/run-views", {"name": "V"})
    paths = (
        f"/O/tasks/{process.tasks[0]}/captures", f"{template}/steps/{process.template.steps[0]}/captures",
        f"{template}/stages", f"{template}/automated-actions", f"{template}/automated-actions/lint", "/O/run-views",
        "/O/saved-views",
    )  # fmt: skip
    for path in paths:
        every = owner("GET", path)
        total = every.body["meta"]["pagination"]["total"]
        assert total == len(every.data), path
        behind = owner("GET", f"{path}?page=2")
        page = behind.body["meta"]["pagination"]
        assert (behind.data, page["count"], page["total"], page["current_page"]) == ([], 0, total, 2), path
        first = owner("GET", f"{path}?per_page=1&page=1")
        assert first.data == every.data[:1], path
        assert first.body["meta"]["pagination"]["has_more_pages"] == (total > 1), path


# -- what older clients send along at launch ---------------------------------------------------------------------------


def test_10_6_1_who_may_follow(server: Running, owner: Caller) -> None:
    """`trackers` of the connector: members watch and see, guests watch."""
    mate, template = server.member(owner, "standard"), make_template(owner, {"title": "A", "assign_run_starter": False})
    body: dict[str, Any] = {
        "checklist_id": template.id,
        "trackers": {"users": [str(mate.user_id)], "guests": ["A@x.example"]},
    }
    process = owner("POST", "/O/runs", body).data["id"]
    assert mate("GET", f"/O/runs/{process}").data["users"] == []
    shown = owner("GET", f"/O/runs/{process}?with=member_watchers,guest_watchers").data
    (one,), (guest,) = shown["member_watchers"]["data"], shown["guest_watchers"]["data"]
    assert (one["user_id"], one["added_by"], one["frequency"]) == (mate.user_id, owner.user_id, "mindful")
    assert (guest["guest_email"], guest["frequency"]) == ("a@x.example", "chilled")
    before = owner("GET", "/O/runs").body["meta"]["pagination"]["total"]
    wrong: list[tuple[Any, str]] = [
        ({"users": [999999]}, "trackers.users.0"), ({"guests": ["x"]}, "trackers.guests.0"),
        ({"guests": [mate.email]}, "trackers.guests.0"), ("x", "trackers"), ([1], "trackers"),
    ]  # fmt: skip
    for trackers, path in wrong:
        assert owner("POST", "/O/runs", {**body, "trackers": trackers}).errors.keys() == {path}, trackers
    empty: tuple[Any, ...] = ({}, [], None, {"users": [], "guests": []})
    for nobody in empty:
        assert owner("POST", "/O/runs", {**body, "trackers": nobody, "name": "Other"}).status == 201, nobody
    assert owner("GET", "/O/runs").body["meta"]["pagination"]["total"] == before + 4


def test_10_6_2_an_unknown_template_is_named(owner: Caller) -> None:
    for unknown in (UNKNOWN, "no-such-alias"):
        answer = owner("POST", "/O/runs", {"checklist_id": unknown})
        told = (answer.status, answer.body["code"], answer.body["message"])
        assert told == (404, "RESOURCE_NOT_FOUND", "Template not found")


# -- what is said ------------------------------------------------------------------------------------------------------


def test_the_bot_tells_who_joined_and_who_did_his_part(server: Running, owner: Caller) -> None:
    """20 §9.5, §12.4, 10 §9.5: comments of the bot, which mention nobody; the comment of a forced completion."""
    mate, process = server.member(owner, "standard"), make_process(owner, {"title": "A"})
    guest = server.guest(owner)
    body = {"title": "X", "task_type": "task", "deadline": "2031-01-01", "owners": {"users": [owner.user_id]}}
    added = owner("POST", "/O/tasks?with=threads", {**body, "run_id": process.id}).data
    (said,) = added["threads"]["data"]
    assert (said["author_type"], said["author_id"], said["sent_to"]) == ("bot", None, [])
    assert said["content"] == "<p><strong>Olive Owner</strong> added this task to the process.</p>"
    assert added["threads_count"] == 1
    assert owner("POST", "/O/tasks?with=threads", body).data["threads"]["data"] == []
    clone = owner("POST", f"/O/tasks/{added['id']}/clone?with=threads").data
    assert clone["threads"]["data"] == []
    people = {"users": [owner.user_id, mate.user_id], "guests": [guest.email]}
    task = make_oneoff(owner, owners=people, everyone_must_complete=True)
    for by, told in ((guest, "<p>A guest completed"), (mate, "<p><strong>Standard Member</strong> completed")):
        assert by("POST", "/O/completed-tasks", {"task_id": task[-32:]}).data["completed_at"] is None
        assert owner("GET", f"{task}/comments").data[-1]["content"].startswith(told)
    assert owner("GET", f"{task}/comments").data[-1]["content"].endswith(" their part: 2 of 3.</p>")
    assert owner("POST", "/O/completed-tasks", {"task_id": task[-32:]}).data["completed_at"] is not None
    assert len(owner("GET", f"{task}/comments").data) == 2
    (own,) = guest("GET", f"{task}?with=threads").data["threads"]["data"]
    assert own["content"].endswith("1 of 3.</p>"), "what his own act brought about, and nobody's else"
    forced = owner(
        "POST", f"/O/runs/{process.id}/complete?with=threads", {"force": True, "comment": "<p>Over</p>"}
    ).data
    assert (forced["status"], [one["content"] for one in forced["threads"]["data"]]) == ("complete", ["<p>Over</p>"])


def test_20_19_comments_on_a_passage_and_what_a_reaction_is(owner: Caller) -> None:
    process = make_process(owner, {"title": "A"})
    for path, said in ((process.path(), f"/O/tasks/{process.tasks[0]}"), (f"/O/runs/{process.id}",) * 2):
        owner("POST", f"{said}/comment", {"content": "about nothing"})
        one = owner("POST", f"{said}/comment", {"content": "about this", "selected_text": "some words"}).data
        shown = owner("GET", f"{path}?with=selected_text_comment").data
        assert [each["id"] for each in shown["selected_text_comment"]["data"]] == [one["id"]]
        assert "threads" not in shown
        place = f"{said}/comment/{one['id']}/reactions"
        for emoji in ("👍", "❤️", "👩‍💻", "🇫🇷", "1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "+1", ":tada:"):
            assert owner("POST", place, {"emoji": emoji}).status == 200, emoji
        for text in ("<b>", "a b", "&amp;", "A", "👍<", "", None, 5, ["👍"], "👍" * 17):
            assert owner("POST", place, {"emoji": text}).errors.keys() == {"emoji"}, text
        assert len(owner("GET", f"{path}?with=selected_text_comment").data["selected_text_comment"]["data"]) == 1


@pytest.mark.parametrize("word", ["Bot", "5"])
def test_nobody_changes_what_the_bot_said_but_administrators(server: Running, owner: Caller, word: str) -> None:
    """20 §19.2: its author is nobody."""
    mate, process = server.member(owner, "standard"), make_process(owner, {"title": "A"})
    owner("PUT", f"/O/runs/{process.id}", {"users": [mate.user_id]})
    body = {"title": word, "task_type": "task", "deadline": "2031-01-01", "owners": {}, "run_id": process.id}
    task = mate("POST", "/O/tasks?with=threads", body).data
    (said,) = task["threads"]["data"]
    path = f"/O/tasks/{task['id']}/comment/{said['id']}"
    assert mate("PUT", path, {"content": "Not I"}).status == 403
    assert mate("DELETE", path).status == 403
    assert owner("DELETE", path).status == 204
