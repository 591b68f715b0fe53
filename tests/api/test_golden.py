"""One stored answer, in full, of everything clients read (spec 00 §5, §25): a change of the wire is seen."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from procession.search.following import Follower
from tests.support.fixtures_server import Team
from tests.support.golden import FOLDER, check
from tests.support.make import UNKNOWN, Process, launch, make_oneoff, make_template
from tests.support.server import Answer, Running

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DUE = {"value": 2, "unit": "days", "option": "from", "step": "start_run"}
FIELDS = (
    {"label": "Company", "field_type": "text", "required": True, "guidance": "As registered"},
    {"label": "Plan", "field_type": "dropdown", "options": [{"text": "Silver"}, {"text": "Gold"}]},
    {"label": "Lines", "field_type": "table", "columns": [{"label": "What"}, {"label": "Count"}]},
)


class Scene(msgspec.Struct, frozen=True):
    """An organization with one of everything."""

    team: Team
    process: Process
    oneoff: str
    group: str
    tag: str
    folder: str
    known: Mapping[str, str]

    def ask(self, path: str, method: str = "GET", body: Any = None, **more: Any) -> Answer:
        return self.team.owner(method, path, body, **more)


_SCENES: dict[int, Scene] = {}
CHANGING = frozenset({"automated_action", "run_updated", "task_completed", "task_warned", "thread"})
"""Answers to what changes the scene; each gets one of its own."""


@pytest.fixture
def scene(request: pytest.FixtureRequest, server: Running) -> Scene:
    """The scene of the server, at a moment that stands still."""
    server.clock.stop(NOW)
    if request.node.callspec.params["name"] in CHANGING:
        return make_scene(server)
    if id(server) not in _SCENES:
        _SCENES[id(server)] = make_scene(server)
    return _SCENES[id(server)]


def make_scene(server: Running) -> Scene:
    server.forget_work()
    owner = server.organization()
    standard, light = server.member(owner, "standard"), server.member(owner, "light")
    team = Team(owner, standard, light, server.guest(owner), owner)
    by, mate, guest = team.owner, team.standard, team.guest
    template = make_template(
        by,
        {"title": "Collect {{company}}", "summary": "<p>How</p>", "captures": FIELDS, "assignees": [mate.user_id]},
        {
            "title": "Check",
            "step_type": "approval",
            "deadline": DUE,
        },
        kickoff=[{"label": "Who", "field_type": "text", "required": True}],
    )
    group = by("POST", "/O/groups", {"name": "Team", "description": "All of us", "members": [mate.user_id]}).data["id"]
    tag = by("POST", "/O/tags", {"title": "Urgent", "color": "#aabbcc"}).data["id"]
    folder = by("POST", "/O/folders", {"name": "Hiring", "folder_type": "run"}).data["id"]
    process = launch(by, template, prerun={template.kickoff["Who"]: "Ada"}, tags=[tag], folders=[folder])
    by("POST", f"/O/checklists/{template.id}/stages", {"title": "Begin", "step_ids": [template.steps[0]]})
    by("PUT", process.path(), {
        "taskdata": {process.field("Company"): "Acme", process.field("Plan"): {"id": 2, "text": "Gold"}},
        "owners": {"users": [mate.user_id], "guests": [guest.email], "groups": [group]}, "tags": [tag],
        "deadline": "2026-03-03T12:00:00Z",
    })  # fmt: skip
    oneoff = make_oneoff(by, form_fields=[FIELDS[0]], summary="<p>Call</p>", everyone_must_complete=True)
    names = {"owner": by, "standard": mate, "light": team.light, "guest": guest}
    Follower(server.database, server.clock).index_all()
    known = {str(one.user_id): name for name, one in names.items() if one is not guest}  # a member may have his number
    known |= {one.email: f"{name}@example.com" for name, one in names.items()} | {server.base: "https://host"}
    return Scene(team, process, oneoff, group, tag, folder, known)


RUN = "/O/runs/{run}"
TASK = RUN + "/tasks/{task}"
CHECKLIST = "/O/checklists/{checklist}"
EVERY_TASK = "with=run,step,form_fields,ko_form_fields,tags,folders,groups,threads,issues,assets,activities,summary"
EVERY_RUN = "with=checklist,tasks,tags,folders,owner,next_task,permissions,tasks_meta,ko_form_fields,form_fields,stages"

ANSWERS: dict[str, Callable[[Scene], Answer]] = {
    "run": lambda s: s.ask(at(s, RUN)),
    "run_with_everything": lambda s: s.ask(at(s, f"{RUN}?{EVERY_RUN}&form_fields_values=true")),
    "run_updated": lambda s: s.ask(at(s, RUN), "PUT", {"name": "Initech"}),
    "runs": lambda s: s.ask("/O/runs"),
    "run_form_fields": lambda s: s.ask(at(s, f"{RUN}/form-fields")),
    "task": lambda s: s.ask(at(s, TASK)),
    "task_for_ids": lambda s: s.ask(at(s, TASK), headers={"X-Tallyfy-Client": "TallyfySDK"}),
    "task_with_everything": lambda s: s.ask(at(s, f"{TASK}?{EVERY_TASK}")),
    "task_for_guest": lambda s: s.team.guest("GET", at(s, TASK)),
    "task_warned": lambda s: s.ask(at(s, TASK), "PUT", {"taskdata": {"nope": "x"}}),
    "task_completed": lambda s: s.ask(at(s, f"{RUN}/completed-tasks"), "POST", {"task_id": s.process.tasks[0]}),
    "tasks_of_run": lambda s: s.ask(at(s, f"{RUN}/tasks")),
    "tasks": lambda s: s.ask("/O/tasks?group_by=process&per_page=2"),
    "tasks_by_cursor": lambda s: s.ask("/O/me/tasks?cursor="),
    "tasks_counts": lambda s: s.ask("/O/tasks/counts"),
    "thread": lambda s: s.ask(f"{s.oneoff}/comment", "POST", {"content": "<p>Hi</p>"}),
    "oneoff_task": lambda s: s.ask(f"{s.oneoff}?with=form_fields"),
    "checklist": lambda s: s.ask(at(s, f"{CHECKLIST}?with=steps,tags,folder,permissions,stages")),
    "checklist_document": lambda s: s.ask(at(s, CHECKLIST + "/export")),
    "checklist_versions": lambda s: s.ask(at(s, CHECKLIST + "/versions")),
    "checklist_diff": lambda s: s.ask(at(s, CHECKLIST + "/versions/1/diff?to=current")),
    "stages": lambda s: s.ask(at(s, CHECKLIST + "/stages")),
    "checklist_form_fields": lambda s: s.ask(at(s, CHECKLIST + "/form-fields")),
    "step": lambda s: s.ask(at(s, CHECKLIST + "/steps/{step}")),
    "capture": lambda s: s.ask(at(s, CHECKLIST + "/steps/{step}/captures/{capture}")),
    "automated_action": lambda s: s.ask(at(s, CHECKLIST + "/automated-actions"), "POST", paid(s)),
    "guest": lambda s: s.ask(f"/O/guests/{s.team.guest.email}"),
    "group": lambda s: s.ask(f"/O/groups/{s.group}"),
    "tag": lambda s: s.ask(f"/O/tags/{s.tag}"),
    "folder": lambda s: s.ask(f"/O/folders/{s.folder}"),
    "member": lambda s: s.ask(f"/O/users/{s.team.standard.user_id}"),
    "me": lambda s: s.ask("/O/me"),
    "organization": lambda s: s.ask("/O"),
    "search": lambda s: s.ask("/O/search?search=colect%20acme&on=blueprint,process,task,step&tags=true"),
    "activity": lambda s: s.ask(at(s, "/O/activity-feeds?with=audit,parent&entity_type=run&entity_id={run}")),
    # errors
    "error_400": lambda s: s.team.owner("PUT", at(s, TASK), raw=b"{"),
    "error_401": lambda s: s.ask(at(s, TASK), headers={"Authorization": "Bearer nobody"}),
    "error_403": lambda s: s.team.guest("DELETE", at(s, f"{RUN}/completed-tasks/{{task}}")),
    "error_404": lambda s: s.ask(f"/O/tasks/{UNKNOWN}"),
    "error_404_endpoint": lambda s: s.ask("/O/nowhere"),
    "error_405": lambda s: s.ask("/O/tasks", "PATCH", {}),
    "error_412": lambda s: s.ask(at(s, TASK), "PUT", {"title": "x"}, headers={"If-Match": '"999"'}),
    "error_422_one": lambda s: s.ask(at(s, TASK), "PUT", {"title": ""}),
    "error_422_many": lambda s: s.ask(at(s, TASK), "PUT", {"title": "", "position": -1, "owners": {"users": [987654]}}),
    "error_422_state": lambda s: s.ask(s.oneoff.replace("/tasks/", "/completed-tasks/"), "DELETE"),
    "error_422_required": lambda s: s.ask("/O/completed-tasks", "POST", {"task_id": s.oneoff.rsplit("/", 1)[1]}),
}


def at(scene: Scene, path: str) -> str:
    process = scene.process
    template = process.template
    return path.format(
        run=process.id, task=process.tasks[0], checklist=template.id, step=template.steps[0],
        capture=process.field("Company"),
    )  # fmt: skip


def paid(scene: Scene) -> dict[str, Any]:
    """A rule with a condition of each type and an action of each."""
    template = scene.process.template
    first, second = template.steps
    to = {"target_step_id": second}
    return {
        "automated_alias": "Paid in full",
        "conditions": [
            {"conditionable_type": "Step", "conditionable_id": first, "operation": "completed", "statement": None},
            {"conditionable_type": "Capture", "conditionable_id": scene.process.field("Plan"),
             "operation": "equals_any", "statement": ["Silver", "Gold"], "logic": "or"},
            {"conditionable_type": "Prerun", "conditionable_id": template.kickoff["Who"], "operation": "is_not_empty"},
        ],
        "then_actions": [
            {"action_type": "visibility", "action_verb": "show", **to},
            {"action_type": "deadline", "deadline": {"value": 7, "unit": "days", "option": "from"}, **to,
             "actionable_type": "Step", "actionable_id": first},
            {"action_type": "assignment", "action_verb": "assign_only", **to,
             "assignees": {"users": [scene.team.standard.user_id], "groups": [scene.group]}},
            {"action_type": "status", "action_verb": "reopen", **to},
            {"action_type": "webhook", "webhook_url": "https://erp.example.test/hook"},
        ],
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_the_answer_is_the_stored_one(scene: Scene, name: str) -> None:
    check(name, ANSWERS[name](scene), scene.known)


def test_nothing_is_stored_that_nobody_compares() -> None:
    assert {one.stem for one in FOLDER.glob("*.json")} == set(ANSWERS)
