"""What is shown beside processes, and what of them guests see (spec 10 §2.3, §15.4)."""

from typing import Any

from tests.support.fixtures_server import Team
from tests.support.make import Template, make_oneoff, make_template
from tests.support.server import Answer, Caller, Running

ONE: dict[str, Any] = {"title": "Only"}


def post(by: Caller, template: Template | str, query: str = "", **members: Any) -> Answer:
    template_id = template if isinstance(template, str) else template.id
    return by("POST", f"/O/runs{query}", {"checklist_id": template_id, **members})


def tasks_of(by: Caller, run_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = by("GET", f"/O/runs/{run_id}/tasks?per_page=100&sort=position").data
    return sorted(found, key=lambda task: int(task["position"]))


def test_2_3_includes(server: Running, team: Team) -> None:
    template = make_template(
        team.owner,
        {"title": "Open", "captures": [{"label": "F", "field_type": "text"}], "assignees": [team.light.user_id]},
        {"title": "Secret", "top_secret": True, "captures": [{"label": "S", "field_type": "text"}]},
        kickoff=[{"label": "K", "field_type": "text"}],
    )
    run = post(team.owner, template, prerun={template.kickoff["K"]: "v"}).data["id"]
    first = tasks_of(team.owner, run)[0]["id"]
    team.owner("PUT", f"/O/tasks/{first}", {"taskdata": {template.fields["F"]: "answer"}})
    names = "checklist,tasks,next_task,tasks_meta,permissions,ko_form_fields,form_fields,parent,children,stages"
    answer = team.owner("GET", f"/O/runs/{run}?with={names},owner,nope&form_fields_values=true")
    shown = answer.data
    assert shown["checklist"]["data"]["id"] == template.id
    assert "steps" not in shown["checklist"]["data"]
    assert [one["title"] for one in shown["tasks"]["data"]] == ["Open", "Secret"]
    assert [one["id"] for one in shown["next_task"]["data"]] == [first]
    assert shown["tasks_meta"]["data"]["total"] == 2
    assert [(one["label"], one["value"]) for one in shown["ko_form_fields"]["data"]] == [("K", "v")]
    assert [(one["label"], one["value"]) for one in shown["form_fields"]["data"]] == [("F", "answer"), ("S", None)]
    values = shown["form_fields_values"][template.fields["F"]]
    assert (values["label"], values["value"], values["task_id"]) == ("F", "answer", first)
    assert (shown["parent"]["data"], shown["children"]["data"], shown["stages"]["data"]) == (None, [], [])
    assert shown["owner"]["data"]["id"] == team.owner.user_id
    assert '"nope"' in answer.headers["x-procession-warnings"]
    without = team.owner("GET", f"/O/runs/{run}?with=form-fields").data
    assert [one["value"] for one in without["form_fields"]["data"]] == [None, None]
    light = team.light("GET", f"/O/runs/{run}?with=tasks,form_fields,permissions,checklist").data
    assert [one["title"] for one in light["tasks"]["data"]] == ["Open"]  # confidential ones are for their assignees
    assert [one["label"] for one in light["form_fields"]["data"]] == ["F"]
    assert light["checklist"]["data"] is None  # INC-05
    can = light["permissions"]["data"]["can"]
    assert (can["view"], can["update"], can["edit_prerun"], can["add_task"], can["archive"]) == (
        True, False, True, True, False,
    )  # fmt: skip


def test_15_4_a_guest_sees_his_own_tasks_and_their_progress(server: Running, team: Team) -> None:
    template = make_template(team.owner, ONE, {"title": "Theirs"}, {"title": "Mine"})
    mine = {template.steps[2]: {"owners": {"guests": [team.guest.email]}}}
    run = post(team.owner, template, tasks=mine).data["id"]
    team.owner("POST", f"/O/runs/{run}/completed-tasks", {"task_id": tasks_of(team.owner, run)[0]["id"]})
    data = team.guest("GET", f"/O/runs/{run}?with=tasks,permissions").data
    assert [one["title"] for one in data["tasks"]["data"]] == ["Mine"]
    assert data["progress"] == {"complete": 0, "total": 1, "percent": 0}
    assert data["whole_progress"] == {"complete": 1, "total": 3, "percent": 33}
    assert set(data["permissions"]["data"]) == {"can"}
    fields = team.guest("GET", f"/O/runs/{run}/form-fields").data
    assert fields["form_fields"] == []
    assert team.guest("GET", make_oneoff(team.owner)).status == 404
