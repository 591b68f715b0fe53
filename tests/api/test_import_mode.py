"""Import mode: a token that brings a history along (spec 50 IMP-03, 40 §5.3, 00 PUT-17)."""

import hashlib
from datetime import UTC, datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from procession.accounts.tables import mails
from procession.kernel.seals import SealedEvent, digest_of, verify
from procession.kernel.sql import Query, organization, row
from procession.kernel.tables import events, jobs
from procession.kernel.unit import Unit
from procession.people.organizations import add_member
from procession.worker.errands import work_off
from tests.support.files import upload
from tests.support.fixtures_server import Team
from tests.support.make import Process, importing, launch, make_oneoff, make_process, make_template
from tests.support.rules import give_rules, hide, rule, show, when
from tests.support.server import Answer, Caller, Running

MADE, BEGUN, DONE = "2019-03-04T05:06:07Z", "2019-03-05T00:00:00Z", "2019-04-01T12:00:00Z"
SILENT = ("mail.task", "mail.reminder", "step.launch", "webhook", "member.onboarding")
JOBS = Query(sa.select(jobs.c.kind).where(organization(jobs)), str)
MAILS = Query(sa.select(mails.c.kind).where(organization(mails)), str)
MARKS = Query(sa.select(events.c.kind, events.c.imported).where(organization(events)).order_by(events.c.id), row)


def read(server: Running, of: Caller, query: Any) -> list[Any]:
    return server.database.read_now(lambda session: Unit(session, of.organization, server.clock.now()).all(query))


def told(server: Running, of: Caller) -> list[str]:
    """What would tell somebody, call an address or start something."""
    loud = [kind for kind in read(server, of, JOBS) if kind in SILENT]
    return loud + [kind for kind in read(server, of, MAILS) if kind != "token.created"]


def feed(of: Caller, kind: str, entity: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = of(
        "GET", f"/O/activity-feeds?entity_type={kind}&entity_id={entity}&per_page=100"
    ).data
    return found


# -- the token ---------------------------------------------------------------------------------------------------------


def test_40_5_3_only_administrators_have_tokens_in_import_mode(server: Running, team: Team) -> None:
    owner, standard = team.owner, team.standard
    made = owner("POST", "/me/tokens", {"name": "Plain"}).data
    assert made["import"] is False
    refused = standard("POST", "/me/tokens", {"name": "x", "import": True, "expires_in_days": 0})
    assert (refused.status, refused.body["message"]) == (403, "Only administrators may switch a token to import mode.")
    own = standard("POST", "/me/tokens", {"name": "x", "import": False}).data
    assert standard("PUT", f"/me/tokens/{own['id']}", {"import": True}).status == 403
    assert standard("GET", "/me/tokens").data[0]["import"] is False, "nothing was written"
    assert team.light("POST", "/me/tokens", {"name": "x", "import": True}).status == 403
    assert "import" in owner("POST", "/me/tokens", {"name": "x", "import": "maybe"}).errors
    # switched on and off; lists show it, to the owner and to administrators, and the log tells
    assert owner("PUT", f"/me/tokens/{made['id']}", {"import": True}).data["import"] is True
    assert owner("PUT", f"/me/tokens/{made['id']}", {"name": "Y"}).data["import"] is True, "what is not sent stays"
    for path in ("/me/tokens", f"/O/users/{owner.user_id}/tokens"):
        assert [one["import"] for one in owner("GET", path).data if one["id"] == made["id"]] == [True]
    assert owner("PUT", f"/me/tokens/{made['id']}", {"import": "no"}).data["import"] is False
    owner("POST", "/me/tokens", {"name": "Z", "import": True})
    log = owner("GET", "/O/system-log/system?event=api_token_updated,api_token_created").data
    said = [(one["event"], (one["after"] or {}).get("import")) for one in log]
    assert said == [("api_token_created", True), *[("api_token_updated", one) for one in (False, True)], *said[3:]]


def test_40_5_3_it_ends_with_the_role_and_holds_where_one_administers(server: Running, team: Team) -> None:
    owner = team.owner
    process = make_process(owner, {"title": "A"}, {"title": "B"})
    second = server.member(owner, "admin")
    token = importing(second)
    owner("PUT", process.path(1), {"owners": {"users": [second.user_id]}})
    body = {"status": "completed", "completed_at": DONE}
    assert token("PUT", process.path(0), body).data["completed_at"] == DONE
    assert owner("PUT", f"/O/users/{second.user_id}/role", {"role": "standard"}).status == 200
    assert token("PUT", process.path(1), body).data["completed_at"] != DONE, "an ordinary token from that moment"
    assert not any(one["imported"] for one in feed(owner, "task", process.tasks[1]))
    # bound to an organization where he is no administrator, nobody has one
    other = team.stranger

    def join(session: Any) -> None:
        add_member(Unit(session, other.organization, server.clock.now()), owner.user_id, "standard")

    server.database.command_now(join)
    bound = {"name": "x", "import": True, "organization_id": other.organization}
    assert owner("POST", "/me/tokens", bound).status == 403
    everywhere = importing(owner)
    there = Caller(str(owner.http.base_url), other.organization, owner.user_id, owner.email, everywhere.authorization)
    made = there("POST", "/O/tasks", ONEOFF | {"created_at": MADE, "owners": {"users": [owner.user_id]}}).data
    assert made["created_at"] != MADE, "there it is an ordinary token"


ONEOFF: dict[str, Any] = {"title": "Renew", "task_type": "task", "deadline": "2031-06-30T17:00:00Z"}

# -- what is told of the past ------------------------------------------------------------------------------------------


def test_50_imp_03_a_process_is_brought_along(server: Running, team: Team) -> None:
    """Launch, answer, comment, attach, complete as of their own time, by their own people."""
    owner, mate = team.owner, team.standard
    invited = owner("POST", "/O/users", {"email": "past@acme.example", "first_name": "P", "last_name": "Q"}).data
    token = importing(owner)
    template = make_template(
        owner,
        {"title": "A", "deadline": {"value": 2, "unit": "days", "option": "from", "step": "start_run"}},
        {"title": "B"},
        kickoff=[{"label": "K", "field_type": "text"}],
    )
    members = {"created_at": MADE, "started_at": BEGUN, "author_id": str(mate.user_id)}
    process = launch(token, template, **members)
    shown = owner("GET", f"/O/runs/{process.id}").data
    assert (shown["created_at"], shown["started_at"], shown["started_by"]) == (MADE, BEGUN, mate.user_id)
    assert (shown["prerun_completed_at"], shown["owner_id"]) == (BEGUN, mate.user_id)
    first = owner("GET", process.path(0)).data
    assert (first["created_at"], first["starter_id"], first["deadline"][:7]) == (MADE, mate.user_id, "2019-03")
    # by a member who was only invited: he belongs to it; it is his, and stands for nobody else
    other = launch(token, template, started_at="2019-03-05", author_id=invited["id"])
    late = owner("GET", f"/O/runs/{other.id}").data
    assert (late["created_at"], late["started_at"]) == (BEGUN, BEGUN)
    assert (late["started_by"], late["owner_id"]) == (invited["id"], owner.user_id)
    # completing, in both ways
    body = {"status": "completed", "completed_at": DONE, "completed_by": invited["id"], "created_at": MADE}
    done = token("PUT", process.path(0), body).data
    assert (done["completed_at"], done["completer_id"]) == (DONE, invited["id"])
    last = {"task_id": process.tasks[1], "completed_at": "2019-05-01T00:00:00Z", "completed_by": str(mate.user_id)}
    for _ in range(2):  # again: the same
        done = token("POST", f"/O/runs/{process.id}/completed-tasks", last).data
        assert (done["completed_at"], done["completer_id"]) == ("2019-05-01T00:00:00Z", mate.user_id)
    again = token("POST", "/O/completed-tasks", {**last, "completed_at": MADE})
    assert (again.status, again.body["code"]) == (422, "TASK_ALREADY_COMPLETED")
    shown = owner("GET", f"/O/runs/{process.id}").data
    assert (shown["status"], shown["completed_at"]) == ("complete", "2019-05-01T00:00:00Z"), "with its last task"
    moved = token("PATCH", f"/O/runs/{process.id}", {"completed_at": "2019-06-01", "created_at": MADE}).data
    assert (moved["completed_at"], moved["created_at"]) == ("2019-06-01T00:00:00Z", MADE)
    assert "completed_at" in token("PUT", f"/O/runs/{other.id}", {"completed_at": DONE}).errors
    forced = {"force": True, "completed_at": DONE, "completed_by": mate.user_id}
    assert token("POST", f"/O/runs/{other.id}/complete", forced).data["completed_at"] == DONE
    assert owner("GET", other.path(0)).data["completer_id"] == mate.user_id
    # every entry says so, and the chain of the log holds with them
    entries = [*feed(owner, "run", process.id), *feed(owner, "run", other.id)]
    assert entries and all(one["imported"] for one in entries)
    server.jobs.run_due(500)
    server.clock.stop(server.clock.now().replace(year=server.clock.now().year + 1))
    server.jobs.run_due(500)
    server.clock.resume()
    assert server.database.read_now(lambda one: verify(Unit(one, owner.organization, server.clock.now())))


def test_50_imp_03_tasks_comments_files_templates(server: Running, team: Team) -> None:
    owner, mate = team.owner, team.standard
    token = importing(owner)
    people = {"created_at": MADE, "author_id": mate.user_id}
    path = make_oneoff(token, **people)
    shown = owner("GET", path).data
    assert (shown["created_at"], shown["starter_id"]) == (MADE, mate.user_id)
    changed = token("PUT", path, {"created_at": BEGUN, "author_id": owner.user_id}).data
    assert (changed["created_at"], changed["starter_id"]) == (BEGUN, owner.user_id)
    fields = {one["field"][0] for one in feed(owner, "task", path.rsplit("/", 1)[1]) if one["field"]}
    assert fields >= {"created_at", "author_id"}, "told like any other change"
    # comments: the same again is the same, whenever it comes; another time is another comment
    process = make_process(owner, {"title": "A"})
    base = process.path(0)
    one = token("POST", f"{base}/comments", {"text": "Done", **people})
    assert (one.status, one.data["author_id"], one.data["created_at"]) == (201, mate.user_id, MADE)
    assert one.data["updated_at"] == MADE
    same = token("POST", f"{base}/comments", {"text": "Done", **people})
    assert (same.status, same.data["id"]) == (200, one.data["id"])
    earlier = token("POST", f"/O/tasks/{process.tasks[0]}/comment", {"content": "Done", "created_at": "2018-01-01"})
    assert (earlier.status, earlier.data["author_id"]) == (201, owner.user_id)
    token("POST", f"/O/runs/{process.id}/problem", {"content": "Oh", **people})
    token("POST", f"/O/checklists/{process.template.id}/comment", {"content": "Hm", **people})
    listed = owner("GET", f"/O/tasks/{process.tasks[0]}/comments").data
    assert [thread["id"] for thread in listed] == [earlier.data["id"], one.data["id"]], "in the order of their time"
    listed = [
        *owner("GET", f"/O/runs/{process.id}/comments").data,
        *owner("GET", f"/O/checklists/{process.template.id}?with=threads").data["threads"]["data"],
    ]
    assert [(thread["author_id"], thread["created_at"]) for thread in listed] == [(mate.user_id, MADE)] * 2
    said = [one for one in feed(owner, "task", process.tasks[0]) if one["verb"] == ["commented"]]
    assert [one["actor_id"] for one in said] == [[owner.user_id]] * 2, "who brought it is on record"
    assert said[0]["new_value"] in (["Done"], None)
    # files and templates
    file = upload(token, part="file", path=f"{base}/files", created_at=MADE, author_id=str(mate.user_id)).data
    assert (file["uploaded_at"], file["uploaded_by"]) == (MADE, mate.user_id)
    made = token("POST", "/O/checklists", {"title": "T", "type": "procedure", **people}).data
    assert (made["created_at"], made["created_by"], made["owner_id"]) == (MADE, mate.user_id, owner.user_id)
    whole = token("POST", "/O/checklists", {"title": "U", "steps": [{"title": "S"}], **people}).data
    assert whole["created_at"] == MADE


def test_50_imp_03_what_cannot_have_been_is_refused(server: Running, team: Team) -> None:
    """Each on every way that takes it: 422 with the member's name, and nothing is written."""
    owner = team.owner
    token = importing(owner)
    process = make_process(owner, {"title": "A"})
    oneoff = ONEOFF | {"owners": {"users": [owner.user_id]}}
    ways: list[tuple[str, str, dict[str, Any], tuple[str, ...]]] = [
        ("POST", "/O/runs", {"checklist_id": process.template.id}, ("created_at", "started_at", "author_id")),
        ("PUT", f"/O/runs/{process.id}", {"name": "N"}, ("created_at", "started_at", "completed_at")),
        ("POST", f"/O/runs/{process.id}/complete", {"force": True}, ("completed_at", "completed_by")),
        ("POST", "/O/tasks", oneoff, ("created_at", "author_id")),
        ("PUT", process.path(0), {"status": "completed", "title": "T"},
         ("created_at", "completed_at", "author_id", "completed_by")),
        ("POST", "/O/completed-tasks", {"task_id": process.tasks[0]}, ("completed_at", "completed_by")),
        ("POST", f"{process.path(0)}/comments", {"text": "C"}, ("created_at", "author_id")),
        ("POST", f"/O/checklists/{process.template.id}/comment", {"content": "C"}, ("created_at", "author_id")),
        ("POST", "/O/assets", {"source": "url", "url": "https://x.example/a.png", "filename": "a.png"},
         ("created_at", "author_id")),
        ("POST", "/O/checklists", {"title": "T", "type": "procedure"}, ("created_at", "author_id")),
    ]  # fmt: skip
    wrong = {"at": ("soon", 7, "2199-01-01T00:00:00Z", "1969-12-31T23:59:59Z", ["2019-01-01"]),
             "by": (team.stranger.user_id, 0, "me", 1.5)}  # fmt: skip
    before = len(read(server, owner, MARKS))
    for method, path, body, names in ways:
        for name in names:
            for value in wrong["at" if name.endswith("_at") else "by"]:
                assert set(token(method, path, {**body, name: value}).errors) == {name}, (path, name, value)
                assert read(server, owner, MARKS)[before:] == [], (path, name, value)
    disorder = {"created_at": BEGUN, "started_at": MADE}
    assert token("POST", "/O/runs", {"checklist_id": process.template.id, **disorder}).errors == {
        "started_at": ["The started at may not be before the created at."]
    }
    body = {"status": "completed", "created_at": DONE, "completed_at": "2019-04-01T11:59:59Z"}
    assert set(token("PUT", process.path(0), body).errors) == {"completed_at"}
    assert token("PUT", process.path(0), {**body, "completed_at": DONE}).status == 200, "at the same instant"


def test_50_imp_03_others_tell_nothing(server: Running, team: Team) -> None:
    """PUT-17: without import mode the members are ignored, nonsense too, for administrators as for everybody."""
    owner, mate = team.owner, team.standard
    people = {"created_at": MADE, "started_at": MADE, "completed_at": "x", "author_id": mate.user_id, "completed_by": 7}
    process = launch(owner, make_template(owner, {"title": "A"}, {"title": "B"}), **people)
    shown = owner("GET", f"/O/runs/{process.id}").data
    assert shown["started_by"] == owner.user_id and MADE not in (shown["created_at"], shown["started_at"])
    for place, by in enumerate((owner, mate)):
        owner("PUT", process.path(place), {"owners": {"users": [by.user_id]}})
        done = by("PUT", process.path(place), {**people, "status": "completed", "started_at": None}).data
        assert (done["completer_id"], done["starter_id"]) == (by.user_id, owner.user_id)
        assert done["completed_at"][:4] != "2019" and done["created_at"] != MADE
    said = mate("POST", f"{process.path(0)}/comments", {"text": "C", "author_id": owner.user_id, "created_at": MADE})
    assert (said.data["author_id"], said.data["created_at"] == MADE) == (mate.user_id, False)
    assert owner("POST", "/O/checklists", {"title": "T", "type": "procedure", **people}).data["created_at"] != MADE
    assert all(one["imported"] is False for one in feed(owner, "run", process.id))


# -- long texts --------------------------------------------------------------------------------------------------------


def _ways(server: Running, owner: Caller) -> list[tuple[str, Any, Any]]:
    """Every way in for a short text: a name, the request that sends a text, and how it is read back."""
    text = {"label": "F", "field_type": "text", "required": False}
    template = make_template(owner, {"title": "A", "captures": [text]}, kickoff=[{"label": "K", "field_type": "text"}])
    process = launch(owner, template)
    field, asked = template.fields["F"], template.kickoff["K"]
    task, run = process.tasks[0], f"/O/runs/{process.id}"
    base: dict[str, Any] = {"checklist_id": template.id, "name": "N"}

    def kept(found: Answer) -> Any:
        return owner("GET", f"/O/tasks/{task}").data["taskdata"][field] if found.status == 200 else None

    def put(path: str, body: Any, method: str = "PUT") -> Any:
        return lambda by, value: by(method, path, body(value))

    oneoff = ONEOFF | {"form_fields": [text], "owners": {"users": [owner.user_id]}}
    return [
        ("taskdata", put(process.path(0), lambda one: {"taskdata": {field: one}}), kept),
        ("bulk", put(f"{run}/tasks", lambda one: {"tasks": {task: {"taskdata": {field: one}}}}), kept),
        ("value", put("/O/form-field/value", lambda one: {"id": field, "task_id": task, "form_value": one}), kept),
        ("capture", put(f"/O/tasks/{task}/captures", lambda one: {"id": field, "value": one}, "POST"), kept),
        ("kick-off value", put("/O/form-field/value", lambda one: {"id": asked, "run_id": process.id,
                                                                   "form_value": one}), None),
        ("prerun of a run", put(run, lambda one: {"prerun": {asked: one}}), None),
        ("prerun at launch", put("/O/runs", lambda one: {**base, "prerun": [{"id": asked, "value": one}]}, "POST"),
         None),
        ("task by itself", put("/O/tasks", lambda one: {**oneoff, "taskdata": {"0": one}}, "POST"), None),
        ("completing", put("/O/completed-tasks", lambda one: {"task_id": launch(owner, template).tasks[0],
                                                              "taskdata": {field: one}}, "POST"), None),
    ]  # fmt: skip


def test_50_imp_03_short_texts_may_be_longer_on_every_way(server: Running, team: Team) -> None:
    """IMP-04: 255 in import mode, 200 without; one more is refused and changes nothing."""
    owner = team.owner
    token = importing(owner)
    for name, send, kept in _ways(server, owner):
        for by, edge in ((owner, 200), (token, 255)):
            wrong = send(by, "é" * (edge + 1))
            assert wrong.status == 422, (name, edge, wrong.body)
            assert f"greater than {edge} characters" in str(wrong.errors), (name, edge, wrong.body)
            fine = send(by, "é" * edge)
            assert fine.status in (200, 201), (name, edge, fine.body)
            assert "é" * edge in fine.raw.decode(), (name, edge)
            if kept is not None:
                assert kept(fine) == "é" * edge, name
    # what was brought along may be sent back by anybody, as clients do that send whole objects
    process = make_process(owner, {"title": "A", "captures": [{"label": "F", "field_type": "text"}]})
    field = process.field("F")
    owned = {"owners": {"users": [team.standard.user_id]}}
    token("PUT", process.path(0), {"taskdata": {field: "y" * 255}, **owned})
    back = team.standard("PUT", process.path(0), {"taskdata": {field: "y" * 255}})
    assert back.data["taskdata"][field] == "y" * 255
    assert team.standard("PUT", process.path(0), {"taskdata": {field: "z" * 201}}).status == 422


# -- silence -----------------------------------------------------------------------------------------------------------


def _loud(server: Running, by: Caller, owner: Caller, mate: Caller, address: str) -> tuple[Process, Answer]:
    """Everything that tells, calls or starts something, done by `by`."""
    target = make_template(owner, {"title": "X"})
    template = make_template(
        owner,
        {"title": "A"},
        {"title": "B"},
        {"title": "Mail", "step_type": "email"},
        {"title": "C"},
        kickoff=[{"label": "K", "field_type": "text"}],
    )
    owner("PUT", f"/O/checklists/{template.id}/steps/{template.steps[0]}",
          {"title": "A", "bp_to_launch": {"id": target.id}})  # fmt: skip
    give_rules(
        server,
        owner,
        template,
        rule("shows", when(template.steps[0], "completed"), *show(template.steps[1])),
        rule("hides", when(template.steps[0], "completed"), *hide(template.steps[3])),
    )
    everybody = {"users": [owner.user_id, mate.user_id]}
    made = by("POST", "/O/runs?with=tasks", {
        "checklist_id": template.id, "name": "N",
        "tasks": {one: {"owners": everybody} for one in template.steps},
    }).data  # fmt: skip
    found = {one["step_id"]: one["id"] for one in owner("GET", f"/O/runs/{made['id']}/tasks?per_page=100").data}
    process = Process(made["id"], [found[step] for step in template.steps], template)
    assert by("POST", f"/O/tasks/{process.tasks[3]}/remind", {}).status == 200
    by("POST", f"/O/tasks/{process.tasks[3]}/comment", {"content": f"@[{mate.user_id}] +guest-{address}"})
    first = by("POST", "/O/completed-tasks", {"task_id": process.tasks[0]})
    assert by("POST", "/O/completed-tasks", {"task_id": process.tasks[2]}).status == 200
    invited = by("POST", "/O/users/invite", {"email": address, "first_name": "N", "last_name": "C", "role": "standard"})
    assert invited.status == 200, invited.body
    return process, first


def test_50_imp_03_nobody_is_told_and_nothing_starts(server: Running, team: Team) -> None:
    """Mails, reminders, launches and rules are silent; the same without import mode is not."""
    owner, mate = team.owner, team.standard
    token = importing(owner)
    process, first = _loud(server, token, owner, mate, "one@new.example")
    assert told(server, owner) == []
    assert first.data["tasks_changed_by_rules"] == {}
    shown = [owner("GET", f"/O/tasks/{one}").data["status"] for one in process.tasks]
    assert shown == ["completed", "auto-skipped", "completed", "active"], "hidden from the start, shown by nothing"
    # a hidden task that is told to be complete is shown by that
    done = token("PUT", process.path(1), {"status": "completed", "completed_at": DONE})
    assert (done.data["status"], done.data["completed_at"]) == ("completed", DONE)
    process, first = _loud(server, owner, owner, mate, "two@new.example")
    assert set(told(server, owner)) >= {"mail.task", "mail.reminder", "step.launch", "invite.sent"}
    assert first.data["tasks_changed_by_rules"]
    # whoever goes on with an imported process has its rules
    marks = read(server, owner, MARKS)
    assert {kind for kind, imported in marks if imported} >= {"process.created", "task.created", "task.completed"}


def test_50_imp_03_long_work_stays_in_import_mode(server: Running, team: Team) -> None:
    """What a worker does for such a token is silent and marked, as a request of its own would be."""
    owner = team.owner
    token = importing(owner)
    process = make_process(owner, {"title": "A"}, {"title": "B"})
    body = {"object_type": "task", "action": "complete", "ids": [process.tasks[0]], "params": {"completed_at": DONE}}
    for by in (token, owner):
        assert by("POST", "/O/bulk", {**body, "ids": [process.tasks[0 if by is token else 1]]}).status == 202
    while work_off(server.database, server.clock, server.secrets):
        pass
    first, second = (owner("GET", process.path(place)).data for place in (0, 1))
    assert (first["completed_at"], second["completed_at"] == DONE) == (DONE, False)
    marks = [
        [one["imported"] for one in feed(owner, "task", task) if one["verb"] == ["completed"]] for task in process.tasks
    ]
    assert marks == [[True], [False]]


def test_50_imp_03_no_hourly_cap_holds_an_import_up(server: Running, owner: Caller) -> None:
    """RATE-02: nobody is told of anything, so that nobody needs protection."""
    token = importing(owner)
    process = make_process(owner, {"title": "A"})
    performer = server.app.performer
    before = performer.hourly
    performer.hourly = {"comments": 1}
    try:
        for number in range(3):
            assert token("POST", f"{process.path(0)}/comments", {"text": f"Old {number}"}).status == 201
        assert owner("POST", f"{process.path(0)}/comments", {"text": "New"}).status == 201
        assert owner("POST", f"{process.path(0)}/comments", {"text": "Newer"}).status == 429
    finally:
        performer.hourly = before


def test_50_imp_03_the_same_key_writes_once(owner: Caller) -> None:
    token = importing(owner)
    template = make_template(owner, {"title": "A"})
    body = {"checklist_id": template.id, "name": "N", "created_at": MADE}
    answers = [token("POST", "/O/runs", body, headers={"Idempotency-Key": "row-1"}) for _ in range(2)]
    assert answers[0].data["id"] == answers[1].data["id"]
    assert len(owner("GET", f"/O/runs?checklist_id={template.id}").data) == 1


def test_what_was_sealed_before_keeps_its_digest() -> None:
    """The chain of events that were written before there was import mode holds; the mark of later ones is in it."""
    plain: dict[str, Any] = {
        "id": 7, "organization_id": "o", "command_id": "c", "at": datetime(2026, 1, 2, tzinfo=UTC),
        "kind": "task.updated", "verb": "updated", "subject_kind": "task", "subject_id": "t", "process_id": None,
        "field": None, "old": None,
        "new": {"b": 1, "a": 2}, "actor": "u1", "client": None, "shown": True,
    }  # fmt: skip
    salt = b"s" * 16
    former = msgspec.defstruct("Former", [(name, Any) for name in plain])(**plain)
    before = hashlib.sha256(salt + msgspec.json.encode(former, order="deterministic")).hexdigest()
    event = SealedEvent(**plain)
    assert digest_of(event, salt) == before
    assert digest_of(msgspec.structs.replace(event, imported=True), salt) != before
