"""Lists with every include at once: 3 rows and 30 ask the database the same number of times (spec 00 INC-06)."""

from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from procession.api import includes
from procession.kernel.unit import Unit
from procession.wire.checklist import Checklist
from procession.wire.run import Run
from procession.wire.task import Task
from tests.search.test_search import EVERYTHING, index
from tests.support.files import upload
from tests.support.make import launch, make_template
from tests.support.server import Caller, Running

FEW, MANY = 3, 30
SNIPPET = {"title": "Crowded snippet", "body": "Be kind"}
OF_TASKS, OF_RUNS, OF_TEMPLATES = (",".join(includes.OF[one].listed()) for one in (Task, Run, Checklist))


class Crowd(msgspec.Struct, frozen=True):
    """Thirty of everything: each process of a template of its own, with a task that everybody has; one with thirty."""

    owner: Caller
    light: Caller
    guest: Caller
    long: str


def one_more(owner: Caller, number: int, people: dict[str, Any]) -> None:
    """A template with a process, each with what hangs on such things; the rows share as little as possible."""
    step = {"title": f"Crowded {number}", "captures": [{"label": "Size", "field_type": "text"}]}
    template = make_template(owner, step, title=f"Crowded {number}", kickoff=[{"label": "Why", "field_type": "text"}])
    tag = owner("POST", "/O/tags", {"title": f"Crowded {number}"}).data["id"]
    folder = owner("POST", "/O/folders", {"name": f"Crowded {number}", "folder_type": "run"}).data["id"]
    drawer = owner("POST", "/O/folders", {"name": f"Crowded {number}", "folder_type": "checklist"}).data["id"]
    owner("PUT", f"/O/checklists/{template.id}", {"title": f"Crowded {number}", "folder_id": drawer, "tags": [tag]})
    owner("POST", f"/O/checklists/{template.id}/comment", {"content": "Crowded"})
    process = launch(owner, template, name=f"Crowded {number}", tags=[tag], folders=[folder])
    task = process.tasks[0]
    owner("PUT", process.path(), {"owners": people, "taskdata": {process.field("Size"): "L"}, "tags": [tag]})
    owner("POST", f"/O/tasks/{task}/comment", {"content": "Crowded"})
    owner("POST", f"/O/tasks/{task}/problem", {"content": "Crowded"})
    upload(owner, f"crowded {number}.png", subject_type="Task", subject_id=task)
    owner("POST", "/O/text-templates", {**SNIPPET, "title": f"Crowded {number}"})
    group = {"name": f"Crowded {number}", "description": "", "members": people["users"], "guests": people["guests"]}
    named = owner("POST", "/O/groups", group).data["id"]
    owner("POST", f"/O/checklists/{template.id}/steps", {"title": "Late", "groups": [named]})
    for kind, one in (("run", process.id), ("checklist", template.id), ("task", task)):
        owner("POST", "/O/users/me/add-watcher",
              {"object_type": kind, "object_id": one, "notification_type": "none", "frequency": "chilled"})  # fmt: skip


@pytest.fixture(scope="module")
def crowd(sqlite_server: Running) -> Crowd:
    server = sqlite_server
    owner = server.organization()
    light, guest = server.member(owner, "light"), server.guest(owner)
    group = owner("POST", "/O/groups", {"name": "All", "description": "", "members": [light.user_id]}).data["id"]
    people = {"users": [owner.user_id, light.user_id], "guests": [guest.email], "groups": [group]}
    for number in range(MANY):
        one_more(owner, number, people)
    field = {"label": "Size", "field_type": "text"}
    steps = [{"title": f"Crowded {one}", "captures": [field], "assignees": [light.user_id]} for one in range(MANY)]
    body = [{**one, "captures": [{**field, "required": False}]} for one in steps]
    template = make_template(owner, {"title": "Begin"})
    owner("POST", f"/O/checklists/{template.id}/steps/bulk", {"steps": body})
    long = launch(owner, template).id
    index(server)
    return Crowd(owner, light, guest, long)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What units are asked, by organization, while a test runs: the server is in the same process."""
    asked: list[str] = []

    def counting(method: Any) -> Any:
        def run(unit: Unit, *arguments: Any, **named: Any) -> Any:
            asked.append(unit.organization_id)
            return method(unit, *arguments, **named)

        return run

    for name in ("all", "write", "write_many"):
        monkeypatch.setattr(Unit, name, counting(getattr(Unit, name)))
    return asked


def lists(crowd: Crowd) -> list[tuple[Caller, str, str]]:
    """Who asks for which list with every include there is."""
    owner, light, guest = crowd.owner, crowd.light, crowd.guest
    by_everybody = [(by, path, include) for by in (owner, light) for path, include in (
        ("/O/runs?form_fields_values=true&", OF_RUNS),
        ("/O/tasks?", OF_TASKS),
        (f"/O/runs/{crowd.long}/tasks?", OF_TASKS),
        ("/O/me/tasks?", OF_TASKS),
        (f"/O/users/{by.user_id}/tasks?", OF_TASKS),
    )]  # fmt: skip
    return [
        *by_everybody,
        (owner, f"/O/guests/{guest.email}/tasks?", OF_TASKS),
        (guest, f"/O/guests/{guest.email}/tasks?", OF_TASKS),
        (owner, "/O/checklists?entire_folder_tree=1&", OF_TEMPLATES),
        *((by, "/O/groups?", "users,guests_details,assets,usage") for by in (owner, light)),
        (owner, "/O/activity-feeds?type=Task&verb=owners-updated&", "audit,parent"),
        (light, "/O/activity-feeds?type=Task&verb=owners-updated&", "audit,parent"),
    ]


def test_lists_with_every_include_at_once(crowd: Crowd, counted: list[str]) -> None:
    for by, path, include in lists(crowd):
        needed = []
        for rows in (FEW, MANY):
            counted.clear()
            answer = by("GET", f"{path}per_page={rows}&with={include}")
            needed.append(counted.count(by.organization))
            assert len(answer.data) == rows, (path, len(answer.data))
            assert "UNKNOWN_INCLUDE" not in answer.headers.get("x-procession-warnings", ""), answer.headers
        few, many = needed
        assert few == many and few > 1, (path, by.email, needed)


def test_searches(crowd: Crowd, counted: list[str]) -> None:
    """Each type alone, then all of them together."""
    for on in (*EVERYTHING.split(","), EVERYTHING):
        needed = []
        for rows in (FEW, MANY):
            counted.clear()
            query = urlencode({"search": "crowded", "on": on, "per_page": rows, "tags": "true"})
            answer = crowd.owner("GET", f"/O/search?{query}")
            needed.append(counted.count(crowd.owner.organization))
            pages = {kind: len(page["data"]) for kind, page in answer.body.items()}
            if on not in ("member", "guest", "group", "capture") and on != EVERYTHING:
                assert pages == {on: rows}, (on, pages)
        assert needed[0] == needed[1] > 1, (on, needed)


def test_the_whole_feed(crowd: Crowd, counted: list[str]) -> None:
    """One look-up for each kind of thing that the page tells of, however many entries it has."""
    needed = []
    for rows in (MANY, 100):
        counted.clear()
        answer = crowd.owner("GET", f"/O/activity-feeds?per_page={rows}&with=audit,parent")
        needed.append(counted.count(crowd.owner.organization))
        assert len(answer.data) == rows
    assert max(needed) <= 20, needed
