"""No organization reaches into another one (spec 00 ID-04, 40 §3.2), proven for every operation of the document.

Each operation has a twin in `TWINS`: the ids and the body with which somebody entitled succeeds. The same ids and body
from elsewhere find nothing. A new operation without a twin fails.
"""

import json
import re
import uuid
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

import msgspec
import pytest

from procession.api import all_operations
from procession.api.endpoint import OPERATIONS, Operation
from tests.support.make import UNKNOWN, Process, Template, launch, make_group, make_oneoff, make_tag, make_template
from tests.support.server import Answer, Caller, Running

assert all_operations  # importing it declares every operation


class World:
    """What one organization has, made when it is first asked for."""

    def __init__(self, server: Running, owner: Caller) -> None:
        self.server = server
        self.owner = owner

    @cached_property
    def template(self) -> Template:
        field = {"field_type": "text"}
        steps = ({"title": "A", "captures": [{**field, "label": "F"}, {**field, "label": "G"}]}, {"title": "B"})
        return make_template(self.owner, *steps, kickoff=[{**field, "label": "K"}, {**field, "label": "L"}])

    @cached_property
    def process(self) -> Process:
        return launch(self.owner, self.template)

    @cached_property
    def oneoff(self) -> str:
        return make_oneoff(self.owner).rsplit("/", 1)[1]

    @cached_property
    def adhoc(self) -> str:
        return make_oneoff(self.owner, run_id=self.process.id).rsplit("/", 1)[1]

    @cached_property
    def tag(self) -> str:
        return make_tag(self.owner)

    @cached_property
    def folder(self) -> str:
        body = {"name": uuid.uuid4().hex[:12], "folder_type": "run"}
        made: str = self.owner("POST", "/O/folders", body).data["id"]
        return made

    @cached_property
    def member(self) -> int:
        return self.server.member(self.owner, "standard").user_id

    @cached_property
    def group(self) -> str:
        return make_group(self.owner, [self.member])

    @cached_property
    def guest(self) -> str:
        return self.server.guest(self.owner).email

    def ids(self, name: str) -> Any:
        """What a parameter of a path names, unless the twin says otherwise."""
        found: dict[str, Callable[[], Any]] = {
            "checklist": lambda: self.template.id,
            "step": lambda: self.template.steps[0],
            "capture": lambda: self.template.fields["F"],
            "prerun": lambda: self.template.kickoff["K"],
            "run": lambda: self.process.id,
            "task": lambda: self.process.tasks[0],
            "tag": lambda: self.tag,
            "folder": lambda: self.folder,
            "group": lambda: self.group,
            "guest": lambda: self.guest,
            "user": lambda: self.member,
            "person": lambda: self.member,
        }
        return found[name]()


class Twin(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody entitled succeeds. `ids`: instead of those of the world; `body`: the ids in it are the world's."""

    body: Callable[[World], Any] = lambda _: None
    ids: Callable[[World], dict[str, Any]] = lambda _: {}
    prepare: Callable[[World], Any] = lambda _: None
    bare: bool = False
    """The body names nothing of an organization: from elsewhere it works there, on what is there."""


def unique(_: World) -> str:
    return uuid.uuid4().hex[:20]


READS = Twin()
OWN = Twin(bare=True)
TWINS: dict[str, Twin] = {
    **dict.fromkeys(
        """listCaptures getCapture getChecklist getChecklistFormFields getFolder getTask getRunFormFields
        listTaskCaptures getGroup getGuest getUser getRun listSteps getStep getTag listRunTasks listUserTasks
        listGuestTasks deleteCapture deletePrerun archiveChecklist deleteFolder deleteGroup deleteGuest disableGuest
        deleteTag deleteStep cloneStep archiveRun reopenPrerun completePrerun removeGroupMember""".split(),
        READS,
    ),
    **dict.fromkeys(
        """listChecklists listFolders listGroups listGuests listGuestsMinimal getMe listMyOrganizations listUsers
        listUsersMinimal getOwnUser listRuns getOrganization listTags listTasks listMyTasks""".split(),
        OWN,
    ),
    # templates
    "createChecklist": Twin(body=lambda _: {"title": "New", "type": "procedure"}, bare=True),
    "updateChecklist": Twin(body=lambda w: {"title": "Changed", "default_folder": w.folder}),
    "restoreChecklist": Twin(prepare=lambda w: w.owner("DELETE", f"/O/checklists/{w.template.id}")),
    "createStep": Twin(body=lambda _: {"title": "New"}),
    "updateStep": Twin(body=lambda w: {"title": "Changed", "assignees": [w.member]}),
    "reorderStep": Twin(body=lambda _: {"position": 2}),
    "createCapture": Twin(body=lambda _: {"label": "N", "field_type": "text", "required": False}),
    "updateCapture": Twin(body=lambda _: {"label": "N"}),
    "reorderCaptures": Twin(body=lambda w: {"capture_id": w.template.fields["F"], "position": 2}),
    "moveCapture": Twin(body=lambda w: {"target_step_id": w.template.steps[1]}),
    "createPrerun": Twin(body=lambda _: {"label": "N", "field_type": "text", "required": False}),
    "updatePrerun": Twin(body=lambda _: {"label": "N"}),
    "reorderPrerun": Twin(body=lambda _: {"position": 2}),
    # processes
    "launchRun": Twin(body=lambda w: {"checklist_id": w.template.id, "tags": [w.tag], "users": [w.member]}),
    "updateRun": Twin(body=lambda w: {"name": "x", "tags": [w.tag], "users": [w.member], "groups": [w.group]}),
    "activateRun": Twin(prepare=lambda w: w.owner("DELETE", f"/O/runs/{w.process.id}")),
    "deleteRun": Twin(prepare=lambda w: w.owner("DELETE", f"/O/runs/{w.process.id}")),
    # tasks
    "updateTask": Twin(body=lambda w: {"title": "x", "owners": {"users": [w.member], "groups": [w.group]}}),
    "completeTask": Twin(body=lambda w: {"task_id": w.process.tasks[0]}),
    "reopenTask": Twin(prepare=lambda w: w.owner("POST", "/O/completed-tasks", {"task_id": w.process.tasks[0]})),
    "archiveTask": Twin(ids=lambda w: {"task": w.oneoff}),
    "restoreTask": Twin(ids=lambda w: {"task": w.oneoff}),
    "deleteTask": Twin(ids=lambda w: {"task": w.oneoff}),
    "unlinkTask": Twin(ids=lambda w: {"task": w.adhoc}),
    "saveTaskCaptures": Twin(body=lambda w: {"id": w.template.fields["F"], "value": "x"}),
    "createTask": Twin(
        body=lambda w: {
            "title": "x", "task_type": "task", "deadline": "2031-01-01", "owners": {"users": [w.member]},
            "run_id": w.process.id,
        }
    ),
    # labels
    "createTag": Twin(body=lambda w: {"title": unique(w)}, bare=True),
    "updateTag": Twin(body=lambda w: {"title": unique(w)}),
    "createFolder": Twin(body=lambda w: {"name": "New", "folder_type": "run", "parent_id": w.folder}),
    "updateFolder": Twin(body=lambda _: {"name": "Changed"}),
    # people
    "createGroup": Twin(body=lambda w: {"name": unique(w), "description": "", "members": [w.member]}),
    "updateGroup": Twin(body=lambda w: {"name": unique(w), "members": [w.member]}),
    "addGroupMembers": Twin(body=lambda w: {"user_id": w.owner.user_id}),
    "createGuest": Twin(body=lambda w: {"email": f"{unique(w)}@client.example"}, bare=True),
    "updateGuest": Twin(body=lambda _: {"first_name": "Amy"}),
    "enableGuest": Twin(prepare=lambda w: w.owner("DELETE", f"/O/guests/{w.guest}/disable")),
    "updateOrganization": Twin(body=lambda _: {"industry": "Software"}, bare=True),
}  # fmt: skip


def base(operation: Operation) -> str:
    """Further routes of an operation are numbered: they have the same twin."""
    return re.sub(r"\d+$", "", operation.id)


@pytest.fixture
def world(server: Running) -> World:
    return World(server, server.organization())


@pytest.fixture
def stranger(server: Running) -> Iterator[Caller]:
    caller = server.organization("Elsewhere")
    yield caller
    caller.http.close()


def sent(world: World, operation: Operation, twin: Twin) -> tuple[str, Any]:
    """Path (inside `{org}`) and body of the twin, everything in them made."""
    named = twin.ids(world)
    parameters = [one for one in re.findall(r"{(\w+)}", operation.path) if one != "org"]
    path = operation.path.replace("/organizations/{org}", "/O")
    for name in parameters:
        path = path.replace(f"{{{name}}}", str(named.get(name) or world.ids(name)))
    body = twin.body(world)
    twin.prepare(world)
    return path, body


def secrets_of(world: World) -> list[str]:
    """Ids that nobody elsewhere is to be shown."""
    ids = [world.owner.organization, world.owner.email]
    made = vars(world)
    ids += [made[name].id for name in ("template", "process") if name in made]
    ids += [made[name] for name in ("oneoff", "adhoc", "tag", "folder", "group", "guest") if name in made]
    return ids


def same_refusal(one: Answer, other: Answer) -> bool:
    def told(answer: Answer) -> Any:
        return answer.status, {name: value for name, value in answer.body.items() if name != "request_id"}

    return bool(told(one) == told(other))


def test_every_operation_has_a_twin() -> None:
    known = {base(operation) for operation in OPERATIONS}
    assert known - TWINS.keys() == set(), "operations without a twin"
    assert TWINS.keys() - known == set(), "twins without an operation"


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: f"{one.method} {one.path}")
def test_nothing_crosses(operation: Operation, world: World, stranger: Caller) -> None:
    twin = TWINS[base(operation)]
    path, body = sent(world, operation, twin)
    if "{org}" in operation.path:
        # His token opens no other organization, and an organization that exists is no different from one that does not.
        theirs = path.replace("/O", f"/organizations/{world.owner.organization}", 1)
        nowhere = path.replace("/O", f"/organizations/{UNKNOWN}", 1)
        refused = stranger(operation.method, theirs, body)
        assert refused.status == 403, refused.body
        assert same_refusal(refused, stranger(operation.method, nowhere, body))
        # In his own organization the ids of the other one name nothing.
        answer = stranger(operation.method, path, body)
        inside = [one for one in re.findall(r"{(\w+)}", operation.path) if one != "org"]
        if inside:
            assert base(operation) == "deleteTag" or answer.status == 404, (answer.status, answer.body)
        elif not twin.bare:
            assert answer.status in (404, 422), (answer.status, answer.body)
        shown = json.dumps(answer.body)
        assert not [one for one in secrets_of(world) if one in shown and one not in path], shown
    # All of it changed nothing: whoever is entitled succeeds.
    done = world.owner(operation.method, path, body)
    assert 200 <= done.status < 300, (done.status, done.body)
