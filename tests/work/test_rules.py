"""Rules at work over HTTP, on both databases: the patterns of spec 31 §9, end to end."""

from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa

from procession.engine.rule import Source
from procession.kernel.sql import Query, organization
from procession.kernel.tables import jobs
from procession.kernel.unit import Unit
from procession.work import rule_queries
from tests.support.fixtures_server import Team
from tests.support.make import Process, Template, events_of, launch, make_oneoff, make_template, owners
from tests.support.rules import asked, due, give, give_rules, hide, reopen, rule, show, then, when
from tests.support.server import Answer, Caller, Running

TEXT = {"field_type": "text"}
YES_NO = {"field_type": "radio", "options": [{"text": "Yes"}, {"text": "No"}]}


def start(by: Caller, template: Template, **members: Any) -> Process:
    """Launch it; hidden tasks have their places too."""
    process = launch(by, template, **members)
    found = {one["step_id"]: one["id"] for one in by("GET", f"/O/runs/{process.id}/tasks?per_page=100").data}
    return Process(process.id, [found[step] for step in template.steps], template)


def visible(by: Caller, process: Process) -> list[int]:
    """The places of the tasks that are not hidden, from 0."""
    found = {one["id"]: one["status"] for one in by("GET", f"/O/runs/{process.id}/tasks?per_page=100").data}
    return [place for place, task in enumerate(process.tasks) if found[task] != "auto-skipped"]


def complete(by: Caller, process: Process, place: int, approved: bool | None = None) -> Answer:
    body: dict[str, Any] = {"task_id": process.tasks[place]}
    if approved is not None:
        body["is_approved"] = approved
    return by("POST", f"/O/runs/{process.id}/completed-tasks", body)


def undo(by: Caller, process: Process, place: int) -> Answer:
    return by("DELETE", f"/O/runs/{process.id}/completed-tasks/{process.tasks[place]}")


def statuses(by: Caller, process: Process) -> list[str]:
    return [by("GET", process.path(place)).data["status"] for place in range(len(process.tasks))]


def changes(answer: Answer) -> dict[str, Sequence[str]]:
    """What of which tasks rules changed, as the answer tells."""
    return {task: one["changes"] for task, one in answer.data["tasks_changed_by_rules"].items()}


def fired(of: Caller, process: Process) -> list[str]:
    """The names of the rules that fired, oldest first."""
    feed = f"/O/activity-feeds?entity_type=run&entity_id={process.id}&type=execution&sort=created_at&per_page=100"
    return [one["audit_state"]["alias"] for one in of("GET", feed).data]


def test_exclusive_choice_and_resubmission(server: Running, owner: Caller) -> None:
    """§9.1, §6.3, 31 §12.8: hidden at launch and nobody told, shown by the answer; a changed one runs rules again."""
    choice = {"label": "Role", **YES_NO}
    template = make_template(owner, {}, {}, {}, kickoff=[choice])
    safety, gear, it = template.steps
    role = template.kickoff["Role"]
    give_rules(
        server,
        owner,
        template,
        rule("Field worker", asked(role, "equals", "Yes"), *show(safety, gear)),
        rule("Office worker", asked(role, "equals", "No"), *show(it)),
    )
    process = start(owner, template, prerun={role: "No"})
    assert visible(owner, process) == [2]
    run = owner("GET", f"/O/runs/{process.id}").data
    assert (run["progress"]["total"], run["status"]) == (1, "active")
    assert owner("GET", process.path()).data["visibility_source"] is not None
    assert [one[0] for one in events_of(server, owner, process.tasks[0])] == []
    owner("PUT", f"/O/runs/{process.id}", {"prerun": {role: "Yes"}})
    assert visible(owner, process) == [0, 1, 2], "what was shown stays (§7)"
    assert owner("GET", f"/O/runs/{process.id}").data["progress"]["total"] == 3
    assert fired(owner, process) == ["Office worker", "Field worker"]


def test_the_open_form_runs_no_rules(server: Running, owner: Caller) -> None:
    """10 §8.3, 31 §12.12: while the form is open answers are only saved; completing it submits what changed since."""
    template = make_template(owner, {}, {}, kickoff=[{"label": "Role", **YES_NO}])
    role = template.kickoff["Role"]
    give_rules(server, owner, template, rule("Second", asked(role, "equals", "Yes"), *show(template.steps[1])))
    process = start(owner, template, prerun={role: "No"})
    base = f"/O/runs/{process.id}"
    assert owner("DELETE", f"{base}/complete-prerun").data["prerun_status"] == "incomplete"
    owner("PUT", base, {"prerun": {role: "Yes"}})
    assert visible(owner, process) == [0]
    owner("POST", f"{base}/complete-prerun")
    assert visible(owner, process) == [0, 1]
    hidden = owner("PUT", f"{process.path(1)}/hide")
    assert hidden.status == 200
    owner("PUT", base, {"prerun": {role: "No"}})
    owner("PUT", base, {"prerun": {role: "Yes"}})
    assert visible(owner, process) == [0], "a hand beats rules for good (§7)"


def test_decision_wait_continue(server: Running, owner: Caller) -> None:
    """§9.4 with both variants, 31 §12.10: the answer decides at completion, not when it is saved."""
    steps: tuple[dict[str, Any], ...] = ({"captures": [{"label": "Paid", **YES_NO}]}, {}, {})
    template = make_template(owner, *steps)
    _, hold, record = template.steps
    paid = template.fields["Paid"]
    give_rules(
        server,
        owner,
        template,
        rule("Paid", when(paid, "equals", "Yes"), *hide(hold), *show(record)),
        rule("Not paid", when(paid, "equals", "No"), *show(hold), *hide(record)),
        rule("Waiting is over", when(hold, "completed"), *show(record)),
    )
    process = start(owner, template)
    owner("PUT", process.path(), {"taskdata": {paid: "No"}})
    assert visible(owner, process) == [0], "saving evaluates nothing"
    done = complete(owner, process, 0)
    assert changes(done) == {process.tasks[1]: ["visibility"]}
    row = done.data["tasks_changed_by_rules"][process.tasks[1]]
    assert (row["id"], row["status"], row["position"]) == (process.tasks[1], "not-started", 2)
    assert visible(owner, process) == [0, 1]
    assert changes(complete(owner, process, 1)) == {process.tasks[2]: ["visibility"]}
    other = start(owner, template)
    owner("PUT", other.path(), {"taskdata": {paid: "No"}})
    complete(owner, other, 0)
    undo(owner, other, 0)
    owner("PUT", other.path(), {"taskdata": {paid: "Yes"}})
    assert changes(complete(owner, other, 0)) == {other.tasks[1]: ["visibility"], other.tasks[2]: ["visibility"]}
    assert visible(owner, other) == [0, 2]
    assert fired(owner, other) == ["Not paid", "Paid"]


def test_the_approval_loop(server: Running, team: Team) -> None:
    """§9.5, 31 §12.10: the mandatory trace, step by step."""
    owner = team.owner
    approval = {"step_type": "approval"}
    template = make_template(owner, {}, approval, approval, {})
    draft, manager, finance, pay = template.steps
    give_rules(
        server,
        owner,
        template,
        rule("R1", when(manager, "approved"), *show(finance), *reopen(finance)),
        rule("R2", when(manager, "rejected"), *reopen(draft)),
        rule("R3", when(finance, "rejected"), *reopen(draft, manager)),
        rule("R4", when(draft, "completed"), *reopen(manager)),
        rule("R5", when(finance, "approved"), *show(pay)),
    )
    process = start(owner, template)
    tasks = process.tasks
    assert visible(owner, process) == [0, 1]
    trace: list[tuple[int, bool | None, dict[int, list[str]], list[int]]] = [
        (0, None, {}, [0, 1]),
        (1, False, {0: ["status"]}, [0, 1]),
        (0, None, {1: ["status"]}, [0, 1]),
        (1, True, {2: ["visibility"]}, [0, 1, 2]),
        (2, False, {0: ["status"], 1: ["status"]}, [0, 1, 2]),
        (0, None, {}, [0, 1, 2]),
        (1, True, {2: ["status"]}, [0, 1, 2]),
        (2, True, {3: ["visibility"]}, [0, 1, 2, 3]),
    ]
    for place, approved, expected, seen in trace:
        done = complete(owner, process, place, approved)
        assert changes(done) == {tasks[one]: aspects for one, aspects in expected.items()}
        assert visible(owner, process) == seen
    reopened = owner("GET", process.path(3)).data
    assert reopened["status"] == "not-started"
    assert fired(owner, process) == ["R4", "R2", "R4", "R1", "R3", "R4", "R1", "R5"]
    kinds = [one[0] for one in events_of(server, owner, tasks[1])]
    assert kinds == ["task.completed", "task.reopened", "task.completed", "task.reopened", "task.completed"]
    run = owner("GET", f"/O/runs/{process.id}").data
    assert (run["status"], run["progress"]["complete"], run["progress"]["total"]) == ("active", 3, 4)
    complete(owner, process, 3)
    assert owner("GET", f"/O/runs/{process.id}").data["status"] == "complete"


def test_what_a_reopened_task_forgets(server: Running, owner: Caller) -> None:
    """§5.4: outcome, completer and marks go, answers stay; a finished process is active again."""
    template = make_template(owner, {"captures": [{"label": "Note", **TEXT}]}, {})
    first, second = template.steps
    give_rules(server, owner, template, rule("Again", when(second, "completed"), *reopen(first)))
    process = start(owner, template)
    note = template.fields["Note"]
    owner("PUT", process.path(), {"taskdata": {note: "kept"}})
    complete(owner, process, 0)
    done = complete(owner, process, 1)
    row = done.data["tasks_changed_by_rules"][process.tasks[0]]
    assert (row["status"], row["completed_at"], row["completer_id"]) == ("in-progress", None, None)
    task = owner("GET", process.path()).data
    assert (task["status"], task["taskdata"][note]) == ("in-progress", "kept")
    assert owner("GET", f"/O/runs/{process.id}").data["status"] == "active"
    mine = owner("GET", "/O/me/tasks?status=active_visible").data
    assert process.tasks[0] in [one["id"] for one in mine]
    assert undo(owner, process, 0).status == 422, "it is open: nobody reopened it who could be repeating himself"


@pytest.mark.parametrize("picked", ["member", "guest", "nobody"])
def test_dynamic_assignment(server: Running, team: Team, picked: str) -> None:
    """§9.8: the picker decides, with a fallback when nobody was picked; the personal lists follow."""
    owner, standard = team.owner, team.standard
    template = make_template(owner, {}, {}, kickoff=[{"label": "Agent", "field_type": "assignees_form"}])
    agent = template.kickoff["Agent"]
    source = Source("kickoff", agent)
    give_rules(
        server,
        owner,
        template,
        rule("Agent", asked(agent, "is_not_empty"), give("assign_only", template.steps[0], source=source)),
        rule("Fallback", asked(agent, "is_empty"), give("assign_only", template.steps[0], members=[standard.user_id])),
    )
    address = f"fresh-{picked}@{template.id[:8]}.example"
    value = {"member": {"users": [team.light.user_id]}, "guest": {"guests": [address]}, "nobody": None}[picked]
    process = start(owner, template, prerun={agent: value} if value else {})
    given: dict[str, tuple[list[int], list[str], list[str]]] = {
        "member": ([team.light.user_id], [], []),
        "guest": ([owner.user_id], [address], []),
        "nobody": ([standard.user_id], [], []),
    }
    assert owners(owner("GET", process.path()).data) == given[picked]
    caller = {"member": team.light, "guest": owner, "nobody": standard}[picked]
    assert process.tasks[0] in [one["id"] for one in caller("GET", "/O/me/tasks").data]
    assert owners(owner("GET", process.path(1)).data) == ([owner.user_id], [], [])
    if picked == "guest":
        assert server.guest(owner, address)("GET", process.path()).status == 200


def test_assignment_at_a_completion(server: Running, team: Team) -> None:
    """§5.1: who is added sees the process, who is taken off was assigned before; the answer tells what changed."""
    owner, standard, light = team.owner, team.standard, team.light
    template = make_template(owner, {}, {"assignees": [light.user_id]}, {})
    first, second, third = template.steps
    give_rules(
        server,
        owner,
        template,
        rule("Hand over", when(first, "completed"), give("assign_only", second, members=[standard.user_id])),
        rule("Nobody", when(first, "completed"), give("clear_assignees", third)),
        rule("Triage", when(third, "not_assigned"), give("assign", third, members=[standard.user_id, light.user_id])),
    )
    process = start(owner, template)
    assert light("GET", process.path(1)).status == 200
    assert standard("GET", process.path(1)).status == 404
    done = complete(owner, process, 0)
    assert changes(done) == {process.tasks[1]: ["owners"], process.tasks[2]: ["owners"]}
    assert owners(owner("GET", process.path(1)).data) == ([standard.user_id], [], [])
    assert owners(owner("GET", process.path(2)).data) == ([standard.user_id, light.user_id], [], [])
    assert standard("GET", process.path(1)).status == 200
    assert {one["id"] for one in standard("GET", "/O/me/tasks").data} == {process.tasks[1], process.tasks[2]}
    assert {one["id"] for one in light("GET", "/O/me/tasks").data} == {process.tasks[2]}


def test_not_assigned_by_hand(server: Running, team: Team) -> None:
    """§9.14: at launch for a task with nobody, and when the last owner leaves; not when others stay."""
    owner, standard = team.owner, team.standard
    template = make_template(owner, {"assign_run_starter": False}, {})
    first, second = template.steps
    give_rules(
        server,
        owner,
        template,
        rule("First", when(first, "not_assigned"), give("assign", first, members=[standard.user_id])),
        rule("Second", when(second, "not_assigned"), give("assign", second, members=[standard.user_id])),
    )
    process = start(owner, template)
    assert owners(owner("GET", process.path()).data) == ([standard.user_id], [], [])
    assert owners(owner("GET", process.path(1)).data) == ([owner.user_id], [], [])
    after = owner("PUT", process.path(1), {"owners": {"users": []}}).data
    assert owners(after) == ([standard.user_id], [], [])
    after = owner("PUT", process.path(1), {"owners": {"users": []}}).data
    assert owners(after) == ([], [], []), "spent until the task is reopened"


def test_countdown(server: Running, owner: Caller) -> None:
    """§9.11: from a date of the kick-off form at launch, chained on a step's date, recomputed when it is completed."""
    steps: tuple[dict[str, Any], ...] = (
        {"captures": [{"label": "Arrival", "field_type": "date", "collect_time": True}]},
        {},
        {"deadline": {"value": 2, "unit": "days", "option": "from", "step": 1}},
    )
    template = make_template(owner, *steps, kickoff=[{"label": "Meeting", "field_type": "date", "collect_time": True}])
    ask, agenda, _ = template.steps
    meeting, arrival = template.kickoff["Meeting"], template.fields["Arrival"]
    from_form = Source("kickoff", meeting)
    give_rules(
        server,
        owner,
        template,
        rule(
            "Agenda",
            asked(meeting, "is_not_empty"),
            due(agenda, 1, "days", "before", source=from_form),
        ),
        rule("Arrived", when(ask, "completed"), due(agenda, 7, "days", source=Source("field", arrival))),
    )
    process = start(owner, template, prerun={meeting: "2031-05-20 10:00"})
    assert owner("GET", process.path(1)).data["deadline"] == "2031-05-19T10:00:00Z"
    assert owner("GET", process.path(2)).data["deadline"] == "2031-05-21T10:00:00Z"
    assert owner("GET", f"/O/runs/{process.id}").data["max_task_deadline"] == "2031-05-21T10:00:00Z"
    owner("PUT", process.path(), {"taskdata": {arrival: "2031-06-01 08:00"}})
    assert owner("GET", process.path(1)).data["deadline"] == "2031-05-19T10:00:00Z"
    done = complete(owner, process, 0)
    assert changes(done) == {process.tasks[1]: ["deadline"], process.tasks[2]: ["deadline"]}
    assert owner("GET", process.path(1)).data["deadline"] == "2031-06-08T08:00:00Z"
    assert owner("GET", f"/O/runs/{process.id}").data["max_task_deadline"] == "2031-06-10T08:00:00Z"
    mine = {one["id"]: one["deadline"] for one in owner("GET", "/O/me/tasks").data}
    assert mine[process.tasks[1]] == "2031-06-08T08:00:00Z"


def test_taking_back(server: Running, owner: Caller) -> None:
    """§6.4 `reverse_on_reopen`: only where the rule says so, and never against a hand."""
    template = make_template(owner, {}, {}, {}, {})
    first, back, stays, handled = template.steps
    give_rules(
        server,
        owner,
        template,
        rule("Back", when(first, "completed"), *show(back, handled), reverse_on_reopen=True),
        rule("Stays", when(first, "completed"), *show(stays)),
    )
    process = start(owner, template)
    complete(owner, process, 0)
    owner("PUT", f"{process.path(3)}/hide")
    owner("PUT", f"{process.path(3)}/show")
    assert visible(owner, process) == [0, 1, 2, 3]
    reopened = undo(owner, process, 0)
    assert changes(reopened) == {process.tasks[1]: ["visibility"]}
    assert visible(owner, process) == [0, 2, 3]
    assert fired(owner, process) == ["Back", "Stays", "Back"]
    assert changes(complete(owner, process, 0)) == {process.tasks[1]: ["visibility"]}


def test_what_a_guest_is_told_of_rules(server: Running, team: Team) -> None:
    """20 §27: of the tasks that rules changed only those he may see."""
    owner, guest = team.owner, team.guest
    both = {"assignees": [owner.user_id], "guests": [guest.email]}
    template = make_template(owner, both, both, {})
    first, mine, other = template.steps
    give_rules(server, owner, template, rule("Both", when(first, "completed"), *show(mine, other)))
    process = start(owner, template)
    assert changes(complete(guest, process, 0)) == {process.tasks[1]: ["visibility"]}


def test_a_chain_without_end_is_stopped(server: Running, owner: Caller) -> None:
    """§6.5, 31 §12.15: beyond the tenth generation the engine stops; what was done is kept, the end is told."""
    template = make_template(owner, *[{}] * 13)
    steps = template.steps
    chain = [rule(f"R{n}", when(steps[n], "reopened"), *reopen(steps[n + 1])) for n in range(12)]
    give_rules(server, owner, template, *chain)
    process = start(owner, template)
    for place in range(13):
        complete(owner, process, place)
    reopened = undo(owner, process, 0)
    assert len(changes(reopened)) == 10
    assert statuses(owner, process) == ["in-progress"] * 11 + ["completed"] * 2
    feed = owner("GET", f"/O/activity-feeds?entity_type=run&entity_id={process.id}&verb=execution_fail").data
    assert [(one["type"], one["audit_state"]["error"]) for one in feed] == [(["execution"], "Automation loop stopped")]


def test_a_rule_follows_its_version(server: Running, owner: Caller) -> None:
    """§1, 31 §12.18: an old process keeps its rules."""
    template = make_template(owner, {}, {})
    first, second = template.steps
    give_rules(server, owner, template, rule("Old", when(first, "completed"), *show(second)))
    process = start(owner, template)
    give_rules(server, owner, template)
    fresh = start(owner, template)
    assert visible(owner, process) == [0]
    assert visible(owner, fresh) == [0, 1]
    assert changes(complete(owner, process, 0)) == {process.tasks[1]: ["visibility"]}
    assert changes(complete(owner, fresh, 0)) == {}


def test_why(server: Running, team: Team) -> None:
    """§8.2, §8.6: from what was recorded: template, launch, rule and hand; what one may not see has no value."""
    owner, standard = team.owner, team.standard
    steps: tuple[dict[str, Any], ...] = ({"captures": [{"label": "Paid", **YES_NO}]}, {}, {})
    template = make_template(owner, *steps, kickoff=[{"label": "Role", **YES_NO}])
    first, second, _ = template.steps
    paid, role = template.fields["Paid"], template.kickoff["Role"]
    give_rules(
        server,
        owner,
        template,
        rule("Paid", when(paid, "equals", "Yes"), *show(second), due(second, 3, "days", anchor="now")),
        rule("Role", asked(role, "equals", "Yes"), give("assign_only", second, members=[standard.user_id])),
    )
    process = start(owner, template, prerun={role: "No"})
    path = f"/O/runs/{process.id}"
    before = owner("GET", f"{path}/explain?task={process.tasks[1]}").data
    assert (before["task"], before["visible"]["value"]) == (process.tasks[1], False)
    assert [one["source"] for one in before["visible"]["because"]] == ["template"]
    (would,) = before["visible"]["would_change"]
    assert (would["rule"]["automated_alias"], [one["isMet"] for one in would["missing"]]) == ("Paid", [False])
    assert before["owners"]["value"] == {"users": [owner.user_id], "guests": [], "groups": []}
    assert [one["rule"]["automated_alias"] for one in before["owners"]["would_change"]] == ["Role"]
    owner("PUT", process.path(), {"taskdata": {paid: "Yes"}})
    complete(owner, process, 0)
    owner("PUT", path, {"prerun": {role: "Yes"}})
    owner("PUT", process.path(1), {"deadline": "2031-01-01T10:00:00Z"})
    after = owner("GET", f"{path}/explain?task={process.tasks[1]}").data
    assert after["visible"]["value"] is True
    latest = after["visible"]["because"][0]
    assert (latest["source"], latest["rule"]["automated_alias"], latest["value"]) == ("rule", "Paid", True)
    assert latest["event"] == {"verb": "completed", "step": first, "actor": {"type": "user", "id": owner.user_id}}
    assert [(one["conditionable_type"], one["value"], one["isMet"]) for one in latest["conditions"]] == [
        ("Capture", "Yes", True)
    ]
    assert after["visible"]["would_change"] == []
    assert [one["source"] for one in after["deadline"]["because"]] == ["manual", "rule", "template"]
    assert after["deadline"]["value"] == "2031-01-01T10:00:00Z"
    assert after["owners"]["because"][0]["value"] == {"users": [standard.user_id], "guests": [], "groups": []}
    listed = {one["rule"]["automated_alias"]: one for one in owner("GET", f"{path}/automations").data}
    assert {name: (one["armed"], one["last_result"]) for name, one in listed.items()} == {
        "Paid": (False, True),
        "Role": (False, True),
    }
    assert listed["Paid"]["fired_at"] is not None
    assert [one["isMet"] for one in listed["Paid"]["conditions"]] == [True]
    only = owner("GET", f"{path}/automations?rule={listed['Role']['rule']['id']}").data
    assert [one["rule"]["automated_alias"] for one in only] == ["Role"]
    assert owner("GET", f"{path}/explain").status == 422
    assert owner("GET", f"{path}/explain?task={process.id}").status == 404
    assert standard("GET", f"{path}/explain?task={process.tasks[1]}").status == 200
    assert team.light("GET", f"{path}/explain?task={process.tasks[1]}").status == 404
    elsewhere = f"/organizations/{owner.organization}/runs/{process.id}"
    assert team.stranger("GET", f"{elsewhere}/explain?task={process.tasks[1]}").status == 403
    assert team.stranger("GET", f"{elsewhere}/automations").status == 403
    alone = make_oneoff(owner, run_id=process.id).rsplit("/", 1)[1]
    shown = owner("GET", f"{path}/explain?task={alone}").data
    assert (shown["visible"]["value"], shown["owners"]["because"][0]["source"]) == (True, "launch")


def test_why_hides_what_one_may_not_see(server: Running, team: Team) -> None:
    """§8.6: conditions on objects the caller may not see show no value."""
    owner, standard = team.owner, team.standard
    secret = {"top_secret": True, "captures": [{"label": "Salary", **TEXT}]}
    template = make_template(owner, secret, {"assignees": [standard.user_id]})
    salary, second = template.fields["Salary"], template.steps[1]
    give_rules(server, owner, template, rule("Rich", when(salary, "greater_than", "10"), due(second, 1, "days")))
    process = start(owner, template)
    owner("PUT", process.path(), {"taskdata": {salary: "5000"}})
    complete(owner, process, 0)
    path = f"/O/runs/{process.id}/explain?task={process.tasks[1]}"
    seen = {}
    for caller in (owner, standard):
        latest = caller("GET", path).data["deadline"]["because"][0]
        seen[caller] = [(one["value"], one["isMet"]) for one in latest["conditions"]]
    assert seen == {owner: [("5000", True)], standard: [(None, True)]}


JOBS = Query(
    sa.select(jobs.c.payload).where(organization(jobs), jobs.c.kind == "webhook.rule").order_by(jobs.c.id),
    lambda payload: payload,
)


@pytest.mark.usefixtures("own_work")
def test_a_webhook_is_left_to_the_worker(server: Running, owner: Caller) -> None:
    """§5.5, §9.13: once per firing, in the transaction of the act; who knows the kind takes it."""
    template = make_template(owner, {}, kickoff=[{"label": "Go", **TEXT}])
    step, go = template.steps[0], template.kickoff["Go"]
    call = then("emit_webhook", url="https://erp.example.test/hook", hook="late-payment")
    give_rules(
        server,
        owner,
        template,
        rule("Done", when(step, "completed"), call),
        rule("Launched", asked(go, "is_not_empty"), call),
    )
    process = start(owner, template, prerun={go: "x"})
    complete(owner, process, 0)
    undo(owner, process, 0)
    complete(owner, process, 0)
    left = server.database.read_now(lambda session: Unit(session, owner.organization, server.clock.now()).all(JOBS))
    assert [one["task"] for one in left] == [None, process.tasks[0], process.tasks[0]]
    assert {(one["url"], one["hook"]) for one in left} == {("https://erp.example.test/hook", "late-payment")}
    server.jobs.run_due(1000)
    assert len(left) == 3


def test_who_goes_may_leave_a_task_to_the_rules(server: Running, team: Team) -> None:
    """§6.2: owners became empty because a guest was deleted."""
    owner, standard = team.owner, team.standard
    owner("PUT", "/O", {"guest_tasks_need_member": False})
    template = make_template(owner, {"guests": [team.guest.email], "assign_run_starter": False})
    step = template.steps[0]
    give_rules(
        server,
        owner,
        template,
        rule("Triage", when(step, "not_assigned"), give("assign", step, members=[standard.user_id])),
    )
    process = start(owner, template)
    assert owners(owner("GET", process.path()).data) == ([], [team.guest.email], [])
    assert owner("DELETE", f"/O/guests/{team.guest.email}").status in (200, 204)
    assert owners(owner("GET", process.path()).data) == ([standard.user_id], [], [])


def test_a_deleted_process_forgets_its_rules(server: Running, owner: Caller) -> None:
    template = make_template(owner, {}, {})
    first, second = template.steps
    give_rules(server, owner, template, rule("R", when(first, "completed"), *show(second)))
    process = start(owner, template)
    complete(owner, process, 0)

    def kept(session: Any) -> int:
        unit = Unit(session, owner.organization, server.clock.now())
        return len(unit.all(rule_queries.ALL_STATES, process=process.id))

    assert server.database.read_now(kept) == 1
    owner("DELETE", f"/O/runs/{process.id}")
    owner("DELETE", f"/O/runs/{process.id}/delete")
    assert server.database.read_now(kept) == 0
