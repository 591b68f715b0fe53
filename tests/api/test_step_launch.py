"""A completed task launches another template: its own process, or tasks in the same one (spec 30 §12, 10 §22.6)."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from tests.support.fixtures_server import Team
from tests.support.make import Process, Template, events_of, launch, make_template
from tests.support.server import Caller, Running

pytestmark = pytest.mark.usefixtures("own_work")


def configure(by: Caller, template: Template, place: int = 0, **launches: Any) -> Any:
    path = f"/O/checklists/{template.id}/steps/{template.steps[place]}"
    title = by("GET", path).data["title"]
    return by("PUT", path, {"title": title, "bp_to_launch": launches or None})


def complete(server: Running, by: Caller, process: Process, place: int = 0, **more: Any) -> None:
    answer = by("POST", f"/O/runs/{process.id}/completed-tasks", {"task_id": process.tasks[place], **more})
    assert answer.status == 200, answer.body
    work(server)


def work(server: Running) -> None:
    while server.jobs.run_due(50):
        pass


def children(by: Caller, process: Process) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = by("GET", f"/O/runs?parent_id={process.id}&with=tasks").data
    return found


def titles(by: Caller, process_id: str) -> list[str]:
    return [one["title"] for one in by("GET", f"/O/runs/{process_id}/tasks?per_page=100").data]


def told(server: Running, by: Caller, process: Process, place: int = 0) -> list[Any]:
    """What the launches of a task said on it."""
    return [one[4] for one in events_of(server, by, process.tasks[place]) if one[2] == "bp_to_launch"]


def test_30_12_what_a_step_may_launch(owner: Caller) -> None:
    template, target = make_template(owner, {"title": "A"}), make_template(owner, {"title": "X"})
    needy = make_template(owner, {"title": "X"}, kickoff=[{"label": "K", "field_type": "text", "required": True}])
    document = owner("POST", "/O/checklists", {"title": "D", "type": "document"}).data["id"]
    archived = make_template(owner, {"title": "X"})
    owner("DELETE", f"/O/checklists/{archived.id}")
    for one in (template.id, needy.id, document, archived.id, "f" * 32, "x"):
        assert list(configure(owner, template, id=one).errors) == ["bp_to_launch.id"], one
    long = configure(owner, template, id=target.id, default_name_format="x" * 551)
    assert list(long.errors) == ["bp_to_launch.default_name_format"]
    shown = configure(owner, template, id=target.id, default_name_format="x" * 550, tasks_within_process="true").data
    assert shown["bp_to_launch"] == {
        "id": target.id, "default_name_format": "x" * 550, "tasks_within_process": True,
    }  # fmt: skip
    assert configure(owner, template).data["bp_to_launch"] is None


def test_10_22_6_a_process_of_its_own_once_per_task(server: Running, team: Team) -> None:
    owner = team.owner
    plans = [{"text": "Gold"}, {"text": "Tin"}]
    child_kickoff: list[dict[str, Any]] = [
        {"label": "To", "field_type": "text"},
        {"label": "Plan", "field_type": "dropdown", "options": plans},
    ]
    target = make_template(owner, {"title": "X"}, kickoff=child_kickoff)
    template = make_template(
        owner, {"title": "A"}, {"title": "B", "captures": [{"label": "Tier", "field_type": "text"}]},
        kickoff=[{"label": "Client", "field_type": "text"}],
    )  # fmt: skip
    alias = owner("GET", f"/O/checklists/{template.id}").data["prerun"][0]["alias"]
    field_map = {target.kickoff["To"]: template.kickoff["Client"], target.kickoff["Plan"]: template.fields["Tier"]}
    configure(owner, template, id=target.id, default_name_format=f"{{{{TEMPLATE_NAME}}}} for {{{{{alias}}}}}",
              prerun_map=field_map)  # fmt: skip
    process = launch(owner, template, prerun={template.kickoff["Client"]: "Globex <b>"}, users=[team.standard.user_id])
    owner("PUT", process.path(1), {"taskdata": {template.fields["Tier"]: "Gold"}})
    complete(server, team.standard, process)
    (child,) = children(owner, process)
    assert child["name"] == "Onboarding for Globex"
    assert (child["owner_id"], child["started_by"]) == (owner.user_id, team.standard.user_id)
    assert (child["origin"]["type"], child["origin"]["id"]) == ("task", process.tasks[0])
    assert child["prerun"][target.kickoff["To"]] == "Globex <b>"
    assert child["prerun"][target.kickoff["Plan"]]["text"] == "Gold"
    assert told(server, owner, process) == [
        {"template_id": target.id, "process_id": child["id"], "injected": False},
    ]  # fmt: skip
    owner("DELETE", f"/O/runs/{process.id}/completed-tasks/{process.tasks[0]}")
    complete(server, owner, process)
    assert len(children(owner, process)) == 1
    assert "before" in told(server, owner, process)[-1]
    first, again = owner("GET", f"/O/tasks/{process.tasks[0]}/comments").data
    link = f'<a href="/{owner.organization}/processes/{child["id"]}">Onboarding for Globex</a>'
    assert (first["author_type"], first["content"]) == ("bot", f"<p>This task launched {link}.</p>")
    assert again["content"] == "<p>Nothing was launched. The linked template was launched by this task before.</p>"


@pytest.mark.parametrize(("approved", "launches"), [(True, 1), (False, 0)])
def test_30_12_a_rejection_launches_nothing(server: Running, owner: Caller, approved: bool, launches: int) -> None:
    target = make_template(owner, {"title": "X"})
    template = make_template(owner, {"title": "A", "step_type": "approval"}, {"title": "B"})
    configure(owner, template, id=target.id)
    process = launch(owner, template)
    server.clock.stop(datetime(2026, 2, 26, 15, 45, tzinfo=UTC))
    try:
        complete(server, owner, process, is_approved=approved)
    finally:
        server.clock.resume()
    assert [one["name"] for one in children(owner, process)] == ["Feb 26, 3:45pm - Onboarding"] * launches


def test_10_11_4_tasks_join_the_process_behind_the_trigger(server: Running, team: Team) -> None:
    owner = team.owner
    field = {"label": "F", "field_type": "text"}
    target = make_template(
        owner, {"title": "X", "captures": [field], "guests": ["x@client.example"]},
        {"title": "Y", "deadline": {"value": 2, "unit": "days", "option": "from", "step": 0}},
        {"title": "Z", "assignees": [team.standard.user_id],
         "deadline": {"value": 1, "unit": "days", "option": "from", "step": "start_run"}},
    )  # fmt: skip
    step = owner("GET", f"/O/checklists/{target.id}/steps/{target.steps[0]}?with=captures").data
    alias = step["captures"][0]["alias"]
    path = f"/O/checklists/{target.id}/steps/{target.steps[1]}"
    owner("PUT", path, {"title": f"Y {{{{{alias}}}}} {{{{TEMPLATE_NAME}}}}"})
    owner("PUT", f"/O/checklists/{target.id}", {"title": "Shipping"})
    template = make_template(owner, {"title": "A"}, {"title": "B"})
    configure(owner, template, place=1, id=target.id, tasks_within_process=True)
    configure(owner, template, place=0, id=target.id, tasks_within_process=True)
    process = launch(owner, template)
    complete(server, owner, process)
    assert titles(owner, process.id) == ["A", "X", "Y Shipping", "Z", "B"]
    tasks = owner("GET", f"/O/runs/{process.id}/tasks?per_page=100").data
    assert [one["position"] for one in tasks] == [1, 2, 3, 4, 5]
    assert [one["checklist_id"] for one in tasks] == [template.id, *[target.id] * 3, template.id]
    assert [bool(one["owners"]["guests"]) for one in tasks[1:3]] == [True, False]
    due = datetime.fromisoformat(tasks[3]["deadline"])
    assert timedelta(hours=23) < due - server.clock.now() < timedelta(hours=25)
    assert owner("PUT", f"/O/tasks/{tasks[1]['id']}", {"taskdata": {target.fields["F"]: "yes"}}).status == 200
    assert titles(owner, process.id)[2] == "Y yes Shipping"
    assert team.standard("GET", f"/O/runs/{process.id}").status == 200
    shown = owner("GET", f"/O/runs/{process.id}").data
    assert (shown["status"], shown["progress"]["total"], shown["progress"]["complete"]) == ("active", 5, 1)
    complete(server, owner, process, 1)
    assert len(titles(owner, process.id)) == 5
    assert "already" in told(server, owner, process, 1)[-1]


def test_10_22_6_a_process_that_waits_for_tasks_is_not_complete(server: Running, owner: Caller) -> None:
    target, template = make_template(owner, {"title": "X"}), make_template(owner, {"title": "A"})
    configure(owner, template, id=target.id, tasks_within_process=True)
    process = launch(owner, template)
    owner("POST", f"/O/runs/{process.id}/completed-tasks", {"task_id": process.tasks[0]})
    assert owner("GET", f"/O/runs/{process.id}").data["status"] == "active"
    work(server)
    assert titles(owner, process.id) == ["A", "X"]
    assert not [one for one in events_of(server, owner, process.id) if one[1] == "completed"]
    again = launch(owner, template)
    owner("DELETE", f"/O/checklists/{target.id}")
    complete(server, owner, again)
    assert owner("GET", f"/O/runs/{again.id}").data["status"] == "complete"
    assert "does not exist" in told(server, owner, again)[-1]


def test_10_22_6_chains_end(server: Running, owner: Caller) -> None:
    """A template that comes back within a minute is a circle; eleven in a row are too many."""
    first, second = make_template(owner, {"title": "A"}), make_template(owner, {"title": "B"})
    configure(owner, first, id=second.id)
    configure(owner, second, id=first.id)
    process = launch(owner, first)
    complete(server, owner, process)
    (child,) = children(owner, process)
    inside = Process(child["id"], [child["tasks"]["data"][0]["id"]], second)
    complete(server, owner, inside)
    assert children(owner, inside) == []
    assert "comes back" in told(server, owner, inside)[-1]


def test_10_22_6_the_eleventh_launch_of_a_chain_is_not_made(server: Running, owner: Caller) -> None:
    chain = [make_template(owner, {"title": f"T{number}"}) for number in range(12)]
    for one, following in pairwise(chain):
        configure(owner, one, id=following.id)
    at = launch(owner, chain[0])
    for depth in range(11):
        complete(server, owner, at)
        found = children(owner, at)
        assert len(found) == (1 if depth < 10 else 0), depth
        if found:
            at = Process(found[0]["id"], [found[0]["tasks"]["data"][0]["id"]], chain[depth + 1])
    assert "too long" in told(server, owner, at)[-1]


def test_10_11_4_milestones_of_the_target_are_appended(server: Running, team: Team) -> None:
    """10 §17.3: milestones with counts of the tasks in them; empty ones are kept, guests see their own."""
    owner = team.owner
    guest = {"guests": [team.guest.email], "assign_run_starter": False}
    target = make_template(owner, {"title": "X"}, {"title": "Y", **guest})
    template = make_template(owner, {"title": "A"})
    made = {}
    wanted: Any = ((template, "Start", template.steps), (template, "Empty", []), (target, "Added", target.steps))
    for one, title, steps in wanted:
        made[title] = owner("POST", f"/O/checklists/{one.id}/stages", {"title": title}).data["id"]
        for step in steps:
            path = f"/O/checklists/{one.id}/steps/{step}"
            body = {"title": owner("GET", path).data["title"], "stage_id": made[title]}
            assert owner("PUT", path, body).status == 200
    configure(owner, template, id=target.id, tasks_within_process=True)
    process = launch(owner, template)

    def shown(by: Caller) -> list[tuple[Any, ...]]:
        found = by("GET", f"/O/runs/{process.id}?with=stages").data["stages"]["data"]
        return [tuple(one.values()) for one in found]

    start, empty = (made["Start"], "Start", 1), (made["Empty"], "Empty", 2, 0, 0, 0)
    assert shown(owner) == [(*start, 1, 0, 1), empty]
    complete(server, owner, process)
    assert shown(owner) == [(*start, 1, 1, 1), empty, (made["Added"], "Added", 3, 2, 0, 2)]
    assert shown(team.guest) == [(made["Added"], "Added", 3, 1, 0, 1)]
