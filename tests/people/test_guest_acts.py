"""Guests: merged, handing tasks on, taken off a task, preferences, processes (spec 40 §14; 20 §6.3, §24)."""

from typing import Any

from tests.support.fixtures_server import Team
from tests.support.make import events_of, make_group, make_oneoff, make_process, make_template, owners
from tests.support.server import Caller, Running


def give(owner: Caller, path: str, *guests: str, **more: Any) -> None:
    body = {"owners": {"users": [owner.user_id], "guests": list(guests)}, **more}
    assert owner("PUT", path, body).status == 200


def guests_of(owner: Caller, path: str) -> list[str]:
    return owners(owner("GET", path).data)[1]


def test_two_guests_become_one(server: Running, owner: Caller) -> None:
    """40 §14.3, merge: open and done work, answers, steps, groups, custom fields; the old link is dead."""
    gone, heir = server.guest(owner), server.guest(owner)
    field = {"label": "F", "field_type": "text"}
    process = make_process(owner, {"title": "A", "captures": [field]}, {"title": "B"}, {"title": "C"})
    first, second, third = (process.path(place) for place in range(3))
    give(owner, first, gone.email)
    give(owner, second, gone.email, heir.email)
    give(owner, third, gone.email)
    gone("PUT", third, {"taskdata": {}})
    gone("PUT", first, {"taskdata": {process.field("F"): "mine"}})
    for task in (first, second):
        assert gone("POST", "/O/completed-tasks", {"task_id": task.rsplit("/", 1)[1]}).status in (200, 201)
    third_id = third.rsplit("/", 1)[1]
    said = gone("POST", f"/O/tasks/{third_id}/comment", {"content": "mine"}).data["id"]
    template = make_template(owner, {"title": "S", "guests": [gone.email, "x@y.example"]})
    group = make_group(owner, [owner.user_id], [gone.email])
    owner("PUT", f"/O/guests/{gone.email}", {"first_name": "Kim", "phone_1": "1", "company_name": "Old"})
    owner("PUT", f"/O/guests/{heir.email}", {"company_name": "New"})
    for key in ("plan", "note"):
        owner("POST", "/O/custom-field-keys", {"key": key, "applies_to": "guest", "field_type": "text"})
    values = {"gone": {"plan": "old", "note": "kept"}, "heir": {"plan": "new"}}
    for guest, held in ((gone, values["gone"]), (heir, values["heir"])):
        owner("PUT", f"/O/guests/{guest.email}/custom-fields", {"custom_fields": held})

    merged = owner("POST", f"/O/guests/{gone.email}/merge", {"into": heir.email.upper()})
    assert merged.status == 200
    details = merged.data["details"]
    assert (merged.data["email"], merged.data["first_name"]) == (heir.email, "Kim")
    assert (details["phone_1"], details["company_name"]) == ("1", "New"), "gaps are filled, nothing is replaced"
    assert "merged" not in details
    assert [guests_of(owner, one) for one in (first, second, third)] == [[heir.email]] * 3
    assert owner("GET", first).data["completer_guest"] == heir.email
    assert owner("GET", f"/O/guests/{heir.email}?with=stats").data["stats"]["tasks_completed"] == 2
    step = owner("GET", f"/O/checklists/{template.id}/steps/{template.steps[0]}").data
    assert step["guests"] == [heir.email, "x@y.example"]
    assert owner("GET", f"/O/groups/{group}").data["guests"] == [heir.email]
    held = owner("GET", f"/O/guests/{heir.email}/custom-fields").data["custom_fields"]
    assert held == {"plan": "new", "note": "kept"}
    assert owner("GET", f"/O/guests/{gone.email}").status == 404
    assert gone("GET", third).status == 401
    assert heir("GET", third).status == 200
    (comment,) = heir("GET", f"/O/tasks/{third_id}/comments").data
    assert (comment["id"], comment["author"]["email"]) == (said, heir.email)
    assert len(owner("GET", f"/O/guests/{heir.email}/processes").data) == 1
    told = owner("GET", f"/O/guests/{heir.email}/activity?per_page=100").data
    assert any(one["verb"] == ["completed"] for one in told), "what he did under the other address is his"
    # Whoever comes back under the old address is somebody new, without what was his.
    back = server.guest(owner, gone.email)
    assert back("GET", third).status == 404
    assert owner("GET", f"/O/guests/{back.email}/custom-fields").data["custom_fields"] == {"plan": None, "note": None}


def test_who_merges_whom(server: Running, team: Team) -> None:
    owner = team.owner
    one, off = server.guest(owner), server.guest(owner)
    owner("DELETE", f"/O/guests/{off.email}/disable")
    path = f"/O/guests/{one.email}/merge"
    for caller, status in ((team.standard, 403), (team.light, 403), (team.guest, 403), (team.stranger, 404)):
        assert caller("POST", path, {"into": team.guest.email}).status == status
    cases = {
        "nobody@x.example": "There is no guest of this name.",
        one.email: "A guest cannot be merged into himself.",
        off.email: "This guest is disabled. Enable the guest first.",
    }
    for into, text in cases.items():
        assert owner("POST", path, {"into": into}).errors == {"into": [text]}
    assert owner("POST", path, {}).errors == {"into": ["The into field is required."]}
    assert owner("POST", path, {"into": team.guest.email}, headers={"If-Match": '"9"'}).status == 412
    assert owner("POST", "/O/guests/nobody@x.example/merge", {"into": one.email}).status == 404


def test_a_guest_hands_a_task_on(server: Running, owner: Caller) -> None:
    """40 §14.7, §14.10 example 4; 20 §24."""
    kim = server.guest(owner)
    process = make_process(owner, {"title": "A"})
    path, task = process.path(), process.tasks[0]
    give(owner, path, kim.email)
    delegate = f"/O/tasks/{task}/delegate"
    done = kim("POST", delegate, {"email": "Lo@Client.example", "first_name": "Lo", "message": "Please help"})
    assert done.status == 200
    assert owners(done.data)[1] == [kim.email], "the addresses of others are not his to read"
    assert sorted(guests_of(owner, path)) == sorted([kim.email, "lo@client.example"])
    assert owner("GET", "/O/guests/lo@client.example").data["first_name"] == "Lo"
    assert kim("POST", delegate, {"email": "li@client.example", "leave": True}).status == 204
    assert sorted(guests_of(owner, path)) == ["li@client.example", "lo@client.example"]
    assert owners(owner("GET", path).data)[0] == [owner.user_id]
    assert kim("GET", path).status == 404
    assert kim("GET", f"/O/guests/{kim.email}/tasks").data == [], "the dashboard still opens"
    assert kim("POST", delegate, {"email": "x@client.example"}).status == 404
    shown = [one for one in events_of(server, owner, task) if one[0] == "task.owners_updated"]
    assert len(shown) == 4, "given, two more, one less"


def test_what_cannot_be_handed_on(server: Running, team: Team) -> None:
    owner = team.owner
    kim, jo = server.guest(owner), server.guest(owner)
    path = make_oneoff(owner, max_assignable=2)
    give(owner, path, kim.email)
    delegate = f"{path}/delegate"
    cases: list[tuple[Any, dict[str, list[str]]]] = [
        ({}, {"email": ["The email field is required."]}),
        ({"email": "nobody"}, {"email": ["The email must be a valid email address."]}),
        ({"email": kim.email}, {"email": ["You have this task already."]}),
        ({"email": team.standard.email}, {"email": ["This person is a member of your organization."]}),
        ({"email": "li@client.example"}, {"email": ["This task can have at most 2 assignees."]}),
    ]
    for body, errors in cases:
        answer = kim("POST", delegate, body)
        assert list(answer.errors) == list(errors), (body, answer.body)
    assert team.light("POST", delegate, {"email": "li@client.example"}).status in (403, 404)
    assert jo("POST", delegate, {"email": "li@client.example"}).status == 404
    assert guests_of(owner, path) == [kim.email], "nothing was written"
    group = make_group(owner, [owner.user_id], [jo.email])
    owner("PUT", path, {"max_assignable": 0, "owners": {"groups": [group]}})
    assert list(jo("POST", delegate, {"email": "li@client.example", "leave": True}).errors) == ["leave"]
    assert owner("POST", delegate, {"email": "li@client.example"}).status == 200, "members may too"
    owner("POST", "/O/completed-tasks", {"task_id": path.rsplit("/", 1)[1]})
    assert owner("POST", delegate, {"email": "la@client.example"}).body["code"] == "TASK_COMPLETED"


def test_a_guest_is_taken_off_a_task(server: Running, team: Team) -> None:
    """40 §14.3: the older connector's call; 20 §6.3: the one who was added for him goes with him."""
    owner = team.owner
    kim = server.guest(owner)
    process = make_process(owner, {"title": "A"})
    task = process.tasks[0]
    alone = owner("PUT", process.path(), {"owners": {"users": [], "groups": [], "guests": [kim.email]}}).data
    assert owners(alone) == ([owner.user_id], [kim.email], []), "the co-assigned member"
    path = f"/processes/micro-functions/O/tasks/{task}/remove-guest/{kim.email}"
    assert team.light("PUT", path).status in (403, 404)
    assert team.stranger("PUT", path).status == 404
    assert kim("PUT", path).status == 403
    for _ in range(2):
        answer = owner("PUT", path)
        assert (answer.status, owners(answer.data)[1]) == (200, [])
    assert owner("PUT", f"/processes/micro-functions/O/tasks/{task}/remove-guest/no@x.example").status == 404


def test_preferences_of_a_guest(server: Running, team: Team) -> None:
    """40 §14.7: himself, and who corrects guests."""
    guest, path = team.guest, f"/O/guests/{team.guest.email}/preferences"
    days = ["Monday", "Wednesday", "Friday"]
    plain = {
        "cadence_days": days,
        "daily_digest": True,
        "app_language": None,
        "content_language": None,
        "timezone": "UTC",
    }
    assert guest("GET", path).data == plain
    sent = {
        "cadence_days": ["tuesday", "Monday"],
        "daily_digest": False,
        "app_language": "pt-BR",
        "timezone": "Asia/Tokyo",
    }
    changed = {**plain, **sent, "cadence_days": ["Monday", "Tuesday"]}
    assert guest("PUT", path, sent).data == changed
    assert guest("PUT", path, {"app_language": None, "timezone": ""}).data == {
        **changed, "app_language": None, "timezone": "UTC",
    }  # fmt: skip
    wrong = guest("PUT", path, {"cadence_days": ["Someday"], "app_language": "no language", "timezone": "Mars"})
    assert sorted(wrong.errors) == ["app_language", "cadence_days.0", "timezone"]
    assert team.standard("GET", path).status == 200
    assert team.light("GET", path).status == 403
    assert server.guest(team.owner)("GET", path).status == 404
    assert team.stranger("GET", path).status == 404


def test_processes_of_a_guest(server: Running, team: Team) -> None:
    """40 §14.7: his dashboard: name, progress, his tasks alone."""
    owner, guest = team.owner, team.guest
    mine = make_process(owner, {"title": "A"}, {"title": "B"}, name="Mine")
    make_process(owner, {"title": "A"}, name="Others")
    give(owner, mine.path(1), guest.email)
    path = f"/O/guests/{guest.email}/processes"
    for caller in (guest, owner):
        (shown,) = caller("GET", path).data
        assert (shown["name"], shown["progress"]["total"]) == ("Mine", 1 if caller is guest else 2)
        assert [one["title"] for one in shown["tasks"]["data"]] == ["B"]
    assert team.light("GET", path).status == 404, "a light member sees the guests of his own tasks"
    assert server.guest(owner)("GET", path).status == 404
    assert team.stranger("GET", path).status == 404
    owner("DELETE", f"/O/runs/{mine.id}")
    assert guest("GET", path).data == []
