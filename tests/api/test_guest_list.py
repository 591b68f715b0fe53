"""The closed list of what guests can reach (spec 40 §14.7): as data, and as the server answers a guest about his own.

That every operation outside the rights of guests refuses them is proven line by line in `test_roles`.
"""

from functools import cached_property

from procession.api.endpoint import OPERATIONS
from procession.people.permissions import NO, role_cell
from tests.api.test_roles import INSIDE
from tests.support.files import upload
from tests.support.make import Process, Template, launch
from tests.support.server import Caller, Running
from tests.support.twins import READS, TWINS, World, base, sent

REACHED = frozenset(
    """
    getGuest listGuestProcesses getGuestPreferences updateGuestPreferences
    getTask listTasks countTasks listMyTasks listGuestTasks listRunTasks
    updateTask listTaskCaptures saveTaskCaptures importTable saveFieldValue saveGuestFieldValue
    completeTask delegateTask
    commentTask importTaskComment updateTaskComment setTaskCommentState deleteTaskComment reactTaskComment
    unreactTaskComment listTaskComments reportTaskIssue
    uploadAsset uploadTaskFile getAsset showFile downloadFile archiveAsset deleteFile
    getRun listRuns getRunFormFields listRunComments updateRun completePrerun reopenPrerun
    getChecklist
    addWatcher updateWatcher removeWatcher listWatchers listFavorites
    getCapabilities getPageSnippets getBranding runOperations
    """.split()  # noqa: SIM905 - a list of words is read more easily
)
"""Line by line as the section has them. Lists of own things, comments and reactions belong to the tasks; kick-off
answers are the matrix's (§15.2: whoever has a task); the snippet of guests' pages is 41 §6.1's. Stars are made by
`starred` of update process and by watching. `runOperations` carries other calls, each with its own rights.
"""


class Own(World):
    """Everything that can be a guest's is his: tasks, the shared template, a comment, a file, a watcher."""

    def __init__(self, server: Running, owner: Caller, caller: Caller) -> None:
        super().__init__(server, owner)
        self.caller = caller

    @cached_property
    def guest(self) -> str:
        return self.caller.email

    @cached_property
    def template(self) -> Template:
        made = World(self.server, self.owner).template
        assert self.owner("POST", f"/O/checklists/{made.id}/share", {"emails": [self.caller.email]}).status < 300
        return made

    @cached_property
    def process(self) -> Process:
        made = launch(self.owner, self.template)
        for task in made.tasks:
            self._give(task)
        return made

    @cached_property
    def comment(self) -> str:
        body = {"content": "x"}
        made: str = self.caller("POST", f"/O/tasks/{self.process.tasks[0]}/comment", body).data["id"]
        return made

    @cached_property
    def file(self) -> str:
        made: str = upload(self.caller, subject_type="Task", subject_id=self.process.tasks[0]).data["id"]
        return made

    @cached_property
    def watching(self) -> int:
        body = {"object_type": "run", "object_id": self.process.id, "notification_type": "email"}
        made: int = self.caller("POST", "/O/users/me/add-watcher", body).data["id"]
        return made

    def _give(self, task: str) -> None:
        people = {"users": [self.owner.user_id], "guests": [self.caller.email]}
        assert self.owner("PUT", f"/O/tasks/{task}", {"owners": people}).status == 200


BY_HAND = frozenset({"addWatcher", "importTable", "updateRun", "getBranding"})
"""Their twins name what is not the guest's, or change what he may not; `getBranding` asks for nobody's name."""


def test_40_14_7_the_list_is_what_a_guest_reaches(sqlite_server: Running) -> None:
    owner = sqlite_server.organization()
    caller = sqlite_server.guest(owner)
    own, reached = Own(sqlite_server, owner, caller), set[str]()
    open_to_guests = [one for one in INSIDE if {role_cell("guest", act) for act in one.acts} != {NO}]
    for operation in sorted(open_to_guests, key=lambda one: (one.method != "GET", base(one))):
        twin = TWINS[base(operation)]
        path, body = sent(own, operation, twin)
        answer = caller(operation.method, path, body)
        assert answer.status in (200, 201, 204, 400, 403, 404, 422), (operation.id, answer.body)
        if answer.status < 300:
            reached.add(base(operation))
        if (answer.status < 300 and operation.method != "GET") or twin.prepare is not READS.prepare:
            own = Own(sqlite_server, owner, caller)
    assert sorted(reached - REACHED) == [], "more than the list"
    assert not (REACHED - BY_HAND - reached), "less than the list: " + " ".join(sorted(REACHED - BY_HAND - reached))
    own = Own(sqlite_server, owner, caller)
    run = {"object_type": "run", "object_id": own.process.id, "notification_type": "email"}
    assert caller("POST", "/O/users/me/add-watcher", run).status == 201
    assert caller("PUT", f"/O/runs/{own.process.id}", {"prerun": {own.template.kickoff["K"]: "x"}}).status == 200
    assert caller("GET", "/O/branding").status == 200
    table = own.owner("POST", "/O/tasks", {
        "title": "T", "task_type": "task", "deadline": "2031-01-01T00:00:00Z",
        "owners": {"users": [owner.user_id], "guests": [caller.email]},
        "form_fields": [{"label": "T", "field_type": "table", "required": False, "columns": [{"label": "Item"}]}],
    }).data  # fmt: skip
    (field,) = caller("GET", f"/O/tasks/{table['id']}/captures").data
    rows = {"rows": [["Item"], ["Bolt"]]}
    assert caller("POST", f"/O/tasks/{table['id']}/captures/{field['id']}/import", rows).status == 200
    assert {base(one) for one in OPERATIONS} >= REACHED, "no name of the list is mistyped"
