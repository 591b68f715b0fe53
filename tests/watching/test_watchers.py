"""Watching and favourites over HTTP (spec 41 §12, 50 §5.1, 10 §13, 20 §22)."""

from tests.support.make import UNKNOWN, launch, make_oneoff, make_process, make_template
from tests.support.server import Answer, Caller, Running


def watch(by: Caller, kind: str, object_id: object = None, who: object = "me", **more: object) -> Answer:
    body = {"object_type": kind, **({} if object_id is None else {"object_id": object_id}), **more}
    return by("POST", f"/O/users/{who}/add-watcher", body)


def listed(by: Caller, query: str = "") -> list[int]:
    return [one["id"] for one in by("GET", f"/O/watchers{query}").data]


def test_a_connector_subscribes_and_unsubscribes(owner: Caller) -> None:
    """As a low-code trigger does it (spec 50 §5.1): subscribe, look for one's address, unsubscribe."""
    me = owner("GET", "/me").data["id"]  # WAT-02
    url = "https://hook.example/a"
    body = {"object_type": "organization", "object_id": owner.organization, "notification_type": "webhook"}
    asked = {**body, "frequency": "electric", "webhook": url}
    made = owner("POST", f"/O/users/{me}/add-watcher", asked)
    assert made.status == 201
    one = made.data
    assert (one["webhook"], one["webhook_url"], one["url"]) == (url, url, url)  # WAT-01
    assert (one["user_id"], one["object_type"], one["object_id"]) == (me, "organization", owner.organization)
    assert (one["notification_type"], one["frequency"], one["active"], one["source"]) == (
        "webhook", "electric", True, "manual",
    )  # fmt: skip
    assert isinstance(one["id"], int) and one["last_sent_at"] is None
    again = owner("POST", f"/O/users/{me}/add-watcher", asked)
    assert (again.status, again.data) == (200, one)
    other = owner("POST", f"/O/users/{me}/add-watcher", {**body, "url": url + "b"})
    assert other.status == 201 and other.data["id"] != one["id"], "another address is another watcher"
    assert [each["webhook"] for each in owner("GET", "/O/watchers?notification=webhook").data] == [url, url + "b"]
    assert owner("DELETE", f"/O/remove-watcher/{one['id']}").status == 204
    assert owner("DELETE", f"/O/remove-watcher/{one['id']}").status == 404
    assert listed(owner, "?notification=webhook") == [other.data["id"]]


def test_what_is_refused(server: Running, owner: Caller) -> None:
    standard = server.member(owner, "standard")
    process = make_process(owner)
    assert watch(standard, "organization").status == 403, "a trigger then polls instead"
    assert watch(standard, "user", owner.user_id).status == 403
    assert "object_id" in watch(standard, "run", process.id).errors, "he does not see it"
    assert "object_id" in watch(owner, "run", UNKNOWN).errors
    assert "object_id" in watch(owner, "run").errors
    assert "object_type" in watch(owner, "comment", process.id).errors
    assert watch(owner, "run", process.id, who=999_999_999).status == 404
    wrong = {"notification_type": "pigeon", "frequency": "often"}
    assert watch(owner, "run", process.id, **wrong).errors.keys() == wrong.keys()
    assert "webhook" in watch(owner, "run", process.id, notification_type="webhook").errors
    ftp = watch(owner, "run", process.id, notification_type="webhook", webhook="ftp://a.example")
    assert "webhook" in ftp.errors
    long = "https://a.example/" + "x" * (2048 - 18)
    assert watch(owner, "run", process.id, notification_type="webhook", webhook=long).status == 201
    assert "webhook" in watch(owner, "run", process.id, notification_type="webhook", webhook=long + "x").errors
    stranger = server.organization()
    path = f"/organizations/{owner.organization}"
    for method, address in (
        ("POST", f"{path}/users/{owner.user_id}/add-watcher"),
        ("GET", f"{path}/watchers"),
        ("PUT", f"{path}/watchers/1"),
        ("DELETE", f"{path}/remove-watcher/1"),
        ("GET", f"{path}/favorites"),
    ):
        assert stranger(method, address, {}).status == 403


def test_words_of_frequencies(owner: Caller) -> None:
    process = make_process(owner)
    one = watch(owner, "process", process.id).data
    assert (one["notification_type"], one["frequency"]) == ("email", "mindful")
    for word, kept in (("instant", "electric"), ("hourly", "mindful"), ("weekly", "chilled"), ("daily", "chilled")):
        assert owner("PUT", f"/O/watchers/{one['id']}", {"frequency": word}).data["frequency"] == kept
    changed = owner("PUT", f"/O/watchers/{one['id']}", {"notification_type": "webhook", "webhook": "http://h.example/"})
    assert changed.data["url"] == "http://h.example/"
    back = owner("PUT", f"/O/watchers/{one['id']}", {"notification_type": "in_app"}).data
    assert (back["url"], back["frequency"]) == (None, "chilled")
    twin = watch(owner, "run", process.id).data
    assert "notification_type" in owner("PUT", f"/O/watchers/{twin['id']}", {"notification_type": "in_app"}).errors


def test_others_and_whose_watchers_are_whose(server: Running, owner: Caller) -> None:
    standard, light = server.member(owner, "standard"), server.member(owner, "light")
    process = launch(owner, make_template(owner, {"title": "A"}), users=[standard.user_id])
    task = f"/O/runs/{process.id}/tasks/{process.tasks[0]}"
    own = watch(standard, "run", process.id).data
    assert "user_id" in watch(standard, "run", process.id, who=light.user_id).errors, "he does not see it"
    owner("PUT", task, {"owners": {"users": [light.user_id], "guests": [], "groups": []}})
    his = watch(standard, "run", process.id, who=light.user_id)
    assert his.status == 201, "who takes part adds others"
    assert (his.data["user_id"], his.data["added_by"]) == (light.user_id, standard.user_id)
    assert watch(light, "task", process.tasks[0]).status == 201
    assert listed(standard) == [own["id"]]
    assert listed(owner, f"?user_id={light.user_id}&object_type=run") == [his.data["id"]]
    assert len(listed(owner, f"?object_id={process.id}")) == 2
    for path in (f"/O/watchers/{own['id']}", f"/O/remove-watcher/{own['id']}"):
        assert light("PUT" if "watchers" in path else "DELETE", path, {}).status == 404
    mine = f"/O/watchers/{own['id']}"
    assert standard("PUT", mine, {"user_id": light.user_id}).status == 403
    owner("DELETE", f"/O/users/{standard.user_id}/disable")
    assert [one["active"] for one in owner("GET", f"/O/watchers?user_id={standard.user_id}").data] == [False]  # WAT-03
    assert owner("PUT", mine, {"user_id": owner.user_id}).data["user_id"] == owner.user_id
    tasks = light("GET", "/O/tasks?watching=me").data
    assert [one["id"] for one in tasks] == [process.tasks[0]]
    assert owner("GET", "/O/tasks?watching=me").data == []


def test_includes_show_who_watches(server: Running, owner: Caller) -> None:
    standard = server.member(owner, "standard")
    guest = server.guest(owner)
    process = launch(owner, make_template(owner, {"title": "A"}), users=[standard.user_id])
    task = f"/O/runs/{process.id}/tasks/{process.tasks[0]}"
    owner("PUT", task, {"owners": {"users": [owner.user_id], "guests": [guest.email], "groups": []}})
    seen = watch(guest, "task", process.tasks[0], who=guest.email).data
    assert (seen["guest_id"], seen["user_id"], seen["frequency"]) == (guest.user_id, None, "chilled")
    assert "notification_type" in watch(guest, "task", process.tasks[0], notification_type="in_app").errors
    watch(standard, "run", process.id, notification_type="webhook", webhook="https://h.example/")
    with_all = "with=member_watchers.watcher,guest_watchers"
    run = owner("GET", f"/O/runs/{process.id}?{with_all}").data
    assert [one["webhook"] for one in run["member_watchers"]["data"]] == ["https://h.example/"]
    assert run["member_watchers"]["data"][0]["watcher"]["data"]["id"] == standard.user_id
    assert run["guest_watchers"] == {"data": []}
    shown = standard("GET", f"{task}?{with_all}").data
    assert [one["guest_email"] for one in shown["guest_watchers"]["data"]] == [guest.email]
    told = guest("GET", f"{task}?{with_all}").data
    assert (told["guest_watchers"], told["member_watchers"]) == ({"data": []}, {"data": []})
    other = server.member(owner, "admin")
    assert other("GET", f"/O/runs/{process.id}?{with_all}").data["member_watchers"]["data"][0]["url"] is not None
    owner("DELETE", f"/O/guests/{guest.email}")
    assert owner("GET", f"{task}?{with_all}").data["guest_watchers"] == {"data": []}


def test_favourites_are_watched(server: Running, owner: Caller) -> None:
    template = make_template(owner, {"title": "A"})
    process = launch(owner, template, name="Liked")
    standard = server.member(owner, "standard")
    owner("PUT", f"/O/runs/{process.id}", {"starred": True, "users": [standard.user_id]})
    owner("PUT", f"/O/checklists/{template.id}", {"title": "Loved", "starred": True})
    standard("PUT", f"/O/runs/{process.id}", {"starred": True})
    found = owner("GET", "/O/favorites").data
    assert {(one["object_type"], one["name"]) for one in found} == {("run", "Liked"), ("checklist", "Loved")}
    assert [one["object_id"] for one in owner("GET", "/O/favorites?object_type=run").data] == [process.id]
    assert [one["object_id"] for one in standard("GET", "/O/favorites").data] == [process.id]
    assert "object_type" in owner("GET", "/O/favorites?object_type=tasks").errors
    watching = owner("GET", f"/O/watchers?user_id={owner.user_id}").data
    assert {(one["object_id"], one["source"]) for one in watching} == {(process.id, "star"), (template.id, "star")}
    owner("PUT", f"/O/runs/{process.id}", {"starred": False, "users": []})
    assert listed(owner, f"?user_id={owner.user_id}&object_type=run") == [], "no star, no watcher"
    owner("DELETE", f"/O/runs/{process.id}")
    owner("DELETE", f"/O/runs/{process.id}/delete")
    assert standard("GET", "/O/favorites").data == [] and listed(owner, f"?object_id={process.id}") == []


def test_default_watchers_watch_what_is_launched(server: Running, owner: Caller) -> None:
    standard = server.member(owner, "standard")
    template = make_template(owner, {"title": "A"})
    owner("POST", f"/O/checklists/{template.id}/watchers", {"users": [standard.user_id]})
    process = launch(owner, template)
    (one,) = standard("GET", "/O/watchers").data
    assert (one["object_id"], one["source"], one["added_by"]) == (process.id, "template_default", None)
    assert standard("DELETE", f"/O/remove-watcher/{one['id']}").status == 204
    assert listed(standard) == []
    launch(owner, template)
    assert len(listed(standard)) == 1, "the next process is another one"


def test_a_one_off_task_that_is_deleted_is_watched_by_nobody(owner: Caller) -> None:
    path = make_oneoff(owner)
    assert watch(owner, "task", path.rsplit("/", 1)[1]).status == 201
    owner("DELETE", path)
    assert owner("DELETE", f"{path}/delete").status < 300
    assert listed(owner) == []
