"""For every operation one call that succeeds: its ids, its body, and what must be there before (the twins)."""

import re
import uuid
from collections.abc import Callable
from functools import cached_property
from typing import Any

import msgspec

import procession.api.all_operations  # noqa: F401 - declares every operation
from procession.accounts.links import make_link
from procession.api.bulk import EXPORT_KIND
from procession.api.endpoint import Operation
from procession.kernel import errands
from procession.kernel.ids import NOWHERE
from procession.kernel.unit import Unit
from procession.wire.library import library_id
from procession.worker.errands import work_off
from tests.support.files import upload
from tests.support.make import Process, Template, launch, make_group, make_oneoff, make_tag, make_template
from tests.support.server import PASSWORD, Caller, Running


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
    def rule(self) -> str:
        path = f"/O/checklists/{self.template.id}/automated-actions"
        made: str = self.owner("POST", path, showing(self)).data["id"]
        return made

    @cached_property
    def stage(self) -> str:
        made: str = self.owner("POST", f"/O/checklists/{self.template.id}/stages", {"title": "M"}).data["id"]
        return made

    @cached_property
    def process(self) -> Process:
        return launch(self.owner, self.template)

    @cached_property
    def public_token(self) -> str:
        made: str = self.owner("PUT", f"/O/runs/{self.process.id}", {"is_public": True}).data["public_link"]
        return made.rsplit("/", 1)[1]

    @cached_property
    def view(self) -> int:
        body = {"name": "V", "criteria": [{"field": "assigned_user", "value": self.member}]}
        made: int = self.owner("POST", "/O/run-views", body).data["id"]
        return made

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

    @cached_property
    def file(self) -> str:
        made: str = upload(self.owner, subject_type="Run", subject_id=self.process.id).data["id"]
        return made

    @cached_property
    def picture(self) -> str:
        shown: str = self.owner("POST", "/O/me/profile-pic", {"file": DOT}).data["profile_pic"]
        return shown.rsplit("/", 1)[1]

    @cached_property
    def custom_key(self) -> int:
        body = {"key": uuid.uuid4().hex[:12], "applies_to": "tag", "field_type": "text"}
        made: int = self.owner("POST", "/O/custom-field-keys", body).data["id"]
        return made

    @cached_property
    def comment(self) -> str:
        body = {"content": uuid.uuid4().hex}
        made: str = self.owner("POST", f"/O/tasks/{self.process.tasks[0]}/comment", body).data["id"]
        return made

    @cached_property
    def run_comment(self) -> str:
        made: str = self.owner("POST", f"/O/runs/{self.process.id}/comment", {"content": uuid.uuid4().hex}).data["id"]
        return made

    @cached_property
    def snippet(self) -> str:
        made: str = self.owner("POST", "/O/text-templates", {"title": "Address"}).data["id"]
        return made

    @cached_property
    def shared_list(self) -> int:
        made: int = self.owner("POST", "/O/lists", {"name": uuid.uuid4().hex, "columns": ["Name"]}).data["id"]
        return made

    @cached_property
    def role(self) -> str:
        made: str = self.owner("POST", "/O/roles", {"name": uuid.uuid4().hex}).data["id"]
        return made

    @cached_property
    def watcher(self) -> int:
        path = f"/O/checklists/{self.template.id}/watchers"
        made: int = self.owner("POST", path, {"users": [self.member]}).data[0]["id"]
        return made

    @cached_property
    def association(self) -> int:
        made: int = self.owner("POST", "/O/checklists/tags", tagging(self)).data["id"]
        return made

    @cached_property
    def relation(self) -> int:
        made: int = self.owner("POST", "/O/folders/add-object", filing(self)).data["id"]
        return made

    @cached_property
    def job(self) -> str:
        body = {"object_type": "run", "action": "tag", "ids": [self.process.id], "params": {"tag_id": self.tag}}
        made: str = self.owner("POST", "/O/bulk", body).data["id"]
        return made

    @cached_property
    def exported(self) -> str:
        """A file that a worker has written, as it does about more processes than one answer holds."""
        now, process = self.server.clock.now(), self.process.id

        def work(session: Any) -> str:
            unit = Unit(session, self.owner.organization, now)
            unit.principal = f"u{self.owner.user_id}"
            request = {"filename": "processes.csv", "table": False, "safe": False, "mark": True}
            return errands.begin(unit, EXPORT_KIND, request, [process]).id

        made: str = self.server.database.command_now(work)
        while work_off(self.server.database, self.server.clock, self.server.secrets):
            pass
        return made

    @cached_property
    def watching(self) -> int:
        body = {"object_type": "run", "object_id": self.process.id, "notification_type": "in_app"}
        made: int = self.owner("POST", "/O/users/me/add-watcher", body).data["id"]
        return made

    @cached_property
    def session(self) -> Caller:
        return self.server.session(self.owner)

    def step_up(self) -> None:
        """The owner confirms who he is."""
        headers = {"Origin": self.server.base}
        assert self.session("POST", "/auth/step-up", {"password": PASSWORD}, headers=headers).status == 200

    def closing(self) -> None:
        """The owner asks for the deletion of everything."""
        self.step_up()
        body = {"name": "Acme", "id": self.owner.organization}
        assert self.session("DELETE", "/O", body).status == 202

    @cached_property
    def invited(self) -> int:
        body = {"email": f"{uuid.uuid4().hex[:20]}@invited.example", "first_name": "Ida", "last_name": "Inv"}
        made: int = self.owner("POST", "/O/users/invite", {**body, "role": "standard"}).data["id"]
        return made

    @cached_property
    def invitation(self) -> str:
        member = self.owner("GET", f"/O/users/{self.invited}").data
        return str(member["invite_link"]).rsplit("/", 1)[1]

    @cached_property
    def admin(self) -> int:
        return self.server.member(self.owner, "admin").user_id

    @cached_property
    def personal(self) -> str:
        made: str = self.owner("POST", "/me/tokens", {"name": "x"}).data["id"]
        return made

    @cached_property
    def client(self) -> dict[str, Any]:
        body = {
            "name": "Client",
            "redirect_uris": ["https://client.example/back"],
            "grant_types": ["authorization_code", "password", "refresh_token", "client_credentials"],
        }
        made: dict[str, Any] = self.owner("POST", "/O/oauth-clients", body).data
        return made

    def code(self, purpose: Any) -> str:
        """A link of a mail to the owner."""
        now = self.server.clock.now()
        return self.server.database.command_now(
            lambda session: make_link(Unit(session, NOWHERE, now), self.owner.user_id, purpose)
        )

    @cached_property
    def application(self) -> Caller:
        body = {**client_of(self), "grant_type": "client_credentials"}
        token = self.owner("POST", "/oauth/token", body).body["access_token"]
        return Caller(self.server.base, self.owner.organization, 0, "", f"Bearer {token}")

    def entitled(self, twin: "Twin") -> Caller:
        """Who succeeds."""
        if twin.application:
            return self.application
        return self.session if twin.session else self.owner

    def ids(self, name: str) -> Any:
        """What a parameter of a path names, unless the twin says otherwise."""
        found: dict[str, Callable[[], Any]] = {
            "checklist": lambda: self.template.id,
            "step": lambda: self.template.steps[0],
            "rule": lambda: self.rule,
            "capture": lambda: self.template.fields["F"],
            "prerun": lambda: self.template.kickoff["K"],
            "stage": lambda: self.stage,
            "run": lambda: self.process.id,
            "task": lambda: self.process.tasks[0],
            "tag": lambda: self.tag,
            "folder": lambda: self.folder,
            "group": lambda: self.group,
            "guest": lambda: self.guest,
            "user": lambda: self.member,
            "person": lambda: self.member,
            "association": lambda: self.association,
            "relation": lambda: self.relation,
            "file": lambda: self.file,
            "picture": lambda: self.picture,
            "key": lambda: self.custom_key,
            "comment": lambda: self.comment,
            "snippet": lambda: self.snippet,
            "list": lambda: self.shared_list,
            "role": lambda: self.role,
            "watcher": lambda: self.watcher,
            "job": lambda: self.job,
            "view": lambda: self.view,
            "client": lambda: self.client["id"],
            "id": lambda: self.personal,
        }
        return found[name]()


class Twin(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody entitled succeeds. `ids`: instead of those of the world; `body`: the ids in it are the world's."""

    body: Callable[[World], Any] = lambda _: None
    ids: Callable[[World], dict[str, Any]] = lambda _: {}
    prepare: Callable[[World], Any] = lambda _: None
    query: Callable[[World], str] = lambda _: ""
    """What is asked, with its question mark."""
    bare: bool = False
    """The body names nothing of an organization, or several things one by one: from elsewhere it works there, on what
    is there, and tells of each of the others that it is not.
    """
    session: bool = False
    """Somebody signed in to the web does it."""
    public: bool = False
    """Anybody may read it, and sees the same of an organization that is not there."""
    application: bool = False
    """An application of the organization does it."""
    over: bool = False
    """It can be done once only, and was: 404."""


def given(world: World) -> None:
    """The first task is the member's."""
    world.owner("PUT", world.process.path(), {"owners": {"users": [world.member]}})


def taken(world: World) -> None:
    """The owner took the first task from the member."""
    world.owner("PUT", world.process.path(), {"owners": {"users": [world.owner.user_id, world.member]}})
    world.owner("PUT", f"/O/tasks/{world.process.tasks[0]}/take-over")


def tagging(world: World) -> dict[str, Any]:
    return {"subject_id": world.process.id, "subject_type": "Run", "tag_id": world.tag, "tag_type": "private"}


def filing(world: World) -> dict[str, Any]:
    return {"subject_id": world.process.id, "subject_type": "Run", "folder_id": world.folder}


def showing(world: World) -> dict[str, Any]:
    """A rule: the second step is shown when the first is complete, and goes to a group."""
    first, second = world.template.steps
    when = {"conditionable_type": "Step", "conditionable_id": first, "operation": "completed"}
    show = {"action_type": "visibility", "action_verb": "show", "target_step_id": second}
    assign = {"action_type": "assignment", "action_verb": "assign", "target_step_id": second}
    people = {"users": [world.member], "guests": [], "groups": [world.group]}
    return {"automated_alias": "Next", "conditions": [when], "then_actions": [show, {**assign, "assignees": people}]}


def personal_details(world: World) -> dict[str, Any]:
    return {"first_name": "Nora", "last_name": "New", "email": f"{unique(world)}@new.example", "password": PASSWORD}


def member_leaves(world: World) -> None:
    """The member is disabled, the owner has confirmed who he is."""
    world.owner("DELETE", f"/O/users/{world.member}/disable")
    world.step_up()


def guest_leaves(world: World) -> None:
    """The guest is disabled, the owner has confirmed who he is."""
    world.owner("DELETE", f"/O/guests/{world.guest}/disable")
    world.step_up()


def client_of(world: World) -> dict[str, Any]:
    return {"client_id": str(world.client["id"]), "client_secret": world.client["secret"]}


def password_of(world: World) -> None:
    world.server.with_password(world.owner)


def consenting(world: World) -> str:
    return f"?client_id={world.client['id']}&response_type=code"


def unique(_: World) -> str:
    return uuid.uuid4().hex[:20]


OTHER = "Other1horse"
DOT = "data:image/gif;base64,R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs="
"""A picture of one point."""


CUSTOM = {
    "Run": "process", "Task": "task", "OneOffTask": "task", "User": "member", "Guest": "guest", "Folder": "folder",
    "Tag": "tag", "Checklist": "template", "Step": "step", "Capture": "form_field", "Prerun": "kickoff_field",
}  # fmt: skip
"""Records with custom fields: as their operations call them, and what their keys apply to."""


PARTS = ("Checklist", "Step", "Capture", "Prerun")
"""Those whose values are set by a replacement alone."""


def keyed(kind: str) -> Callable[[World], dict[str, Any]]:
    """The name of a new key for records of that kind."""

    def ids(world: World) -> dict[str, Any]:
        body = {"key": uuid.uuid4().hex[:12], "applies_to": kind, "field_type": "text"}
        return {"key": world.owner("POST", "/O/custom-field-keys", body).data["key"]}

    return ids


def run_comment(world: World) -> dict[str, Any]:
    """A comment on the process."""
    return {"comment": world.run_comment}


def table(world: World) -> dict[str, Any]:
    """A one-off task with a table."""
    form = [{"label": "T", "field_type": "table", "required": False, "columns": [{"label": "Item"}]}]
    path = make_oneoff(world.owner, form_fields=form)
    (field,) = world.owner("GET", f"{path}/captures").data
    return {"task": path.rsplit("/", 1)[1], "capture": field["id"]}


def run_stage(world: World) -> dict[str, Any]:
    """A milestone of the process."""
    return {"stage": world.owner("POST", f"/O/runs/{world.process.id}/stages", {"title": "M"}).data["id"]}


def template_comment(world: World) -> dict[str, Any]:
    """A comment on the template."""
    body = {"content": unique(world)}
    return {"comment": world.owner("POST", f"/O/checklists/{world.template.id}/comment", body).data["id"]}


def step_comment(world: World) -> dict[str, Any]:
    """A comment on a step."""
    path = f"/O/checklists/{world.template.id}/steps/{world.template.steps[0]}/comment"
    return {"comment": world.owner("POST", path, {"content": unique(world)}).data["id"]}


READS = Twin()
OWN = Twin(bare=True)
OF_ONE = """listCaptures getCapture getChecklist getChecklistFormFields
getChecklistPermissions publishChecklist unpublishChecklist getFolder getTask getRunFormFields
listTaskCaptures
exportRunTasks exportUserTasks exportGuestTasks
 getGroup getGuest getUser getRun listSteps getStep getTag listRunTasks listUserTasks
listStages deleteStage listVersions exportChecklist listGuestTasks deleteCapture
deletePrerun archiveChecklist deleteFolder deleteGroup
deleteGuest disableGuest
deleteTag resetGuestLink deleteStep cloneStep archiveRun reopenPrerun completePrerun removeGroupMember
getGuestPreferences listGuestProcesses
removeTag removeFolderObject resendGuestLink listGuestActivity
listRunAutomations listAutomatedActions getAutomatedAction cloneAutomatedAction deleteAutomatedAction
lintAutomatedActions makeSequential undoSequential"""
OF_ALL = """listChecklists listFolders listGroups listGuests listGuestsMinimal getMe listMyOrganizations listUsers
listUsersMinimal getOwnUser listRuns getOrganization listTags listTasks countTasks listMyTasks
exportTasks exportMyTasks listActivity"""
TWINS: dict[str, Twin] = {
    **dict.fromkeys(OF_ONE.split(), READS),
    **dict.fromkeys(OF_ALL.split(), OWN),
    **dict.fromkeys(("getCapabilities", "getServerCapabilities", "listWatchers", "listFavorites"), OWN),
    "startBulk": Twin(body=lambda w: {"object_type": "run", "action": "archive", "ids": [w.process.id]}, bare=True),
    "runOperations": Twin(
        body=lambda w: {"operations": [{"method": "GET", "path": f"runs/{w.process.id}"}]}, bare=True
    ),
    "getJobFile": Twin(ids=lambda w: {"job": w.exported}),
    **dict.fromkeys(("getJob", "cancelJob", "findJob", "cancelFoundJob"), Twin(ids=lambda w: {"job": w.job})),
    "addWatcher": Twin(
        ids=lambda w: {"user": w.owner.user_id}, body=lambda w: {"object_type": "run", "object_id": w.process.id}
    ),
    "updateWatcher": Twin(ids=lambda w: {"watcher": w.watching}, body=lambda _: {"frequency": "daily"}),
    "removeWatcher": Twin(ids=lambda w: {"watcher": w.watching}),
    "listPublicChecklists": OWN,
    "getPublicChecklist": Twin(ids=lambda _: {"checklist": library_id("hiring")}, bare=True),
    # templates
    "createChecklist": Twin(body=lambda _: {"title": "New", "type": "procedure"}, bare=True),
    "updateChecklist": Twin(body=lambda w: {"title": "Changed", "default_folder": w.folder}),
    "updateChecklistPermissions": Twin(body=lambda w: {"checklist_read": {"users": [w.member], "groups": [w.group]}}),
    "setChecklistStatus": Twin(body=lambda _: {"status": "finishing"}),
    "cloneChecklist": Twin(body=lambda _: {"title": "Copy"}),
    "checklistsExist": Twin(body=lambda _: {"ids": []}, bare=True),
    "deleteChecklist": Twin(prepare=lambda w: w.owner("DELETE", f"/O/checklists/{w.template.id}")),
    "restoreChecklist": Twin(prepare=lambda w: w.owner("DELETE", f"/O/checklists/{w.template.id}")),
    "createStep": Twin(body=lambda _: {"title": "New"}),
    "updateStep": Twin(body=lambda w: {"title": "Changed", "assignees": [w.member]}),
    "reorderStep": Twin(body=lambda _: {"position": 2}),
    "createSteps": Twin(body=lambda _: {"text": "One\nTwo"}),
    "updateSteps": Twin(body=lambda w: {"ids": w.template.steps, "set": {"assignees": [w.member]}}),
    **dict.fromkeys(("getVersion", "compareVersions", "restoreVersion"), Twin(ids=lambda _: {"version": 1})),
    "importChecklist": Twin(body=lambda w: {"title": "New", "steps": [{"title": "A"}]}, bare=True),
    "editStepType": Twin(body=lambda _: {"stepType": "all"}),
    "createStage": Twin(body=lambda w: {"title": "New", "step_ids": [w.template.steps[0]]}),
    "updateStage": Twin(body=lambda w: {"step_ids": [w.template.steps[0]]}),
    "reorderStage": Twin(body=lambda _: {"position": 1}),
    "createCapture": Twin(body=lambda _: {"label": "N", "field_type": "text", "required": False}),
    "updateCapture": Twin(body=lambda _: {"label": "N"}),
    "reorderCaptures": Twin(body=lambda w: {"capture_id": w.template.fields["F"], "position": 2}),
    "moveCapture": Twin(body=lambda w: {"target_step_id": w.template.steps[1]}),
    "createAutomatedAction": Twin(body=showing),
    "updateAutomatedAction": Twin(body=showing),
    "simulateAutomatedActions": Twin(body=lambda w: {"events": [{"step": w.template.steps[0], "event": "completed"}]}),
    "reorderAutomatedActions": Twin(body=lambda w: {"order": [w.rule]}),
    "createPrerun": Twin(body=lambda _: {"label": "N", "field_type": "text", "required": False}),
    "updatePrerun": Twin(body=lambda _: {"label": "N"}),
    "reorderPrerun": Twin(body=lambda _: {"position": 2}),
    # processes
    "launchRun": Twin(body=lambda w: {"checklist_id": w.template.id, "tags": [w.tag], "users": [w.member]}),
    "updateRun": Twin(body=lambda w: {"name": "x", "tags": [w.tag], "users": [w.member], "groups": [w.group]}),
    "updateRunPermissions": Twin(body=lambda w: {"users": [w.member], "groups": [w.group]}),
    "activateRun": Twin(prepare=lambda w: w.owner("DELETE", f"/O/runs/{w.process.id}")),
    "deleteRun": Twin(prepare=lambda w: w.owner("DELETE", f"/O/runs/{w.process.id}")),
    "completeRun": Twin(body=lambda _: {"force": True}),
    "exportRun": READS,
    "resetPublicLink": READS,
    **dict.fromkeys(("listSavedViews", "listRunViews"), OWN),
    "createSavedView": Twin(body=lambda _: {"name": "V", "scope": "tracker", "query": {"status": "active"}}, bare=True),
    "createRunView": Twin(body=lambda _: {"name": "V", "criteria": [{"field": "name", "value": "x"}]}, bare=True),
    **dict.fromkeys(("getRunView", "deleteRunView", "deleteSavedView"), READS),
    **dict.fromkeys(("updateRunView", "updateSavedView"), Twin(body=lambda _: {"name": "W"})),
    "createRunStage": Twin(body=lambda _: {"title": "M"}),
    "updateRunStage": Twin(ids=run_stage, body=lambda _: {"title": "N"}),
    "deleteRunStage": Twin(ids=run_stage),
    **dict.fromkeys(
        ("getPublicProcess", "getPublicProcessFields"), Twin(ids=lambda w: {"token": w.public_token}, bare=True)
    ),
    "exportRuns": OWN,
    "relaunchRun": Twin(body=lambda w: {"tags": [w.tag], "users": [w.member]}),
    "bulkRuns": Twin(body=lambda w: {"action": "tag", "run_ids": [w.process.id], "tag_ids": [w.tag]}, bare=True),
    # tasks
    "hideTask": READS,
    "showTask": READS,
    "cloneTask": READS,
    "addTaskAssignees": Twin(body=lambda w: {"users": [w.member], "groups": [w.group]}),
    "removeTaskAssignees": Twin(body=lambda w: {"users": [w.member]}, prepare=given),
    "takeOverTask": READS,
    "giveBackTask": Twin(prepare=taken),
    "updateRunTasks": Twin(body=lambda w: {"tasks": [{"id": w.process.tasks[0], "owners": {"users": [w.member]}}]}),
    "completeTasks": Twin(body=lambda w: {"task_ids": [w.process.tasks[0]]}, bare=True),
    "bulkTasks": Twin(body=lambda w: {"action": "tag", "task_ids": [w.process.tasks[0]], "tags": [w.tag]}),
    "remindTask": READS,
    "requestTaskStatus": Twin(prepare=given),
    "createMicroTask": Twin(body=lambda w: {"name": "x", "owners": {"users": [w.member]}}),
    "editTaskDeadline": Twin(body=lambda _: {"Deadline": "2031-01-01 10:00:00"}),
    "removeTaskAssignee": Twin(prepare=given),
    "saveFieldValue": Twin(
        body=lambda w: {"id": w.template.fields["F"], "form_value": "x", "task_id": w.process.tasks[0]}
    ),
    "saveGuestFieldValue": Twin(
        body=lambda w: {"id": w.template.fields["F"], "form_value": "x", "task_id": w.process.tasks[0]},
        prepare=lambda w: w.owner("PUT", w.process.path(), {"owners": {"guests": [w.guest]}}),
    ),
    "updateTask": Twin(body=lambda w: {"title": "x", "owners": {"users": [w.member], "groups": [w.group]}}),
    "completeTask": Twin(body=lambda w: {"task_id": w.process.tasks[0]}),
    "reopenTask": Twin(prepare=lambda w: w.owner("POST", "/O/completed-tasks", {"task_id": w.process.tasks[0]})),
    "archiveTask": Twin(ids=lambda w: {"task": w.oneoff}),
    "restoreTask": Twin(ids=lambda w: {"task": w.oneoff}),
    "deleteTask": Twin(ids=lambda w: {"task": w.oneoff}),
    "unlinkTask": Twin(ids=lambda w: {"task": w.adhoc}),
    "importTable": Twin(ids=table, body=lambda _: {"rows": [["Item"], ["Bolt"]]}),
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
    "addTag": Twin(body=tagging),
    "addFolderObject": Twin(body=filing),
    # custom fields
    "listCustomFieldKeys": OWN,
    **dict.fromkeys(("getCustomFieldKey", "deleteCustomFieldKey"), READS),
    "createCustomFieldKey": Twin(
        body=lambda w: {"key": unique(w), "applies_to": "tag", "field_type": "text"}, bare=True
    ),
    "updateCustomFieldKey": Twin(body=lambda _: {"label": "New"}),
    **{f"get{name}CustomFields": READS for name in CUSTOM},
    **{f"replace{name}CustomFields": Twin(body=lambda _: {"custom_fields": {}}) for name in CUSTOM},
    **{
        f"set{name}CustomField": Twin(body=lambda _: {"value": "x"}, ids=keyed(kind))
        for name, kind in CUSTOM.items()
        if name not in PARTS
    },
    **{f"clear{name}CustomField": Twin(ids=keyed(kind)) for name, kind in CUSTOM.items()},
    # comments
    **dict.fromkeys(("listTaskComments", "listRunComments", "deleteTaskComment"), READS),
    **{
        name: Twin(body=lambda w: {"content": unique(w)})
        for name in ("commentTask", "commentRun", "importTaskComment", "botCommentTask",
                     "reportTaskIssue", "reportRunIssue", "updateTaskComment")
    },
    "setTaskCommentState": Twin(body=lambda _: {"state": "open"}),
    **{f"{act}TaskComment": Twin(body=lambda _: {"emoji": "👍"}) for act in ("react", "unreact")},
    **{f"{act}RunComment": Twin(body=lambda _: {"emoji": "+1"}, ids=run_comment) for act in ("react", "unreact")},
    "updateRunComment": Twin(body=lambda w: {"content": unique(w)}, ids=run_comment),
    "setRunCommentState": Twin(body=lambda _: {"state": "open"}, ids=run_comment),
    "deleteRunComment": Twin(ids=run_comment),
    "resolveTaskIssue": Twin(
        body=lambda w: {"content": unique(w)},
        prepare=lambda w: w.owner("POST", f"/O/tasks/{w.process.tasks[0]}/problem", {"content": "x"}),
    ),
    "resolveRunIssue": Twin(
        body=lambda w: {"content": unique(w)},
        prepare=lambda w: w.owner("POST", f"/O/runs/{w.process.id}/problem", {"content": "x"}),
    ),
    **{f"comment{name}": Twin(body=lambda w: {"content": unique(w)}) for name in ("Checklist", "Step")},
    **{f"report{name}Issue": Twin(body=lambda w: {"content": unique(w)}) for name in ("Checklist", "Step")},
    "updateChecklistComment": Twin(body=lambda w: {"content": unique(w)}, ids=template_comment),
    "deleteChecklistComment": Twin(ids=template_comment),
    "updateStepComment": Twin(body=lambda w: {"content": unique(w)}, ids=step_comment),
    "deleteStepComment": Twin(ids=step_comment),
    "resolveChecklistIssue": Twin(
        body=lambda w: {"content": unique(w)},
        prepare=lambda w: w.owner("POST", f"/O/checklists/{w.template.id}/problem", {"content": unique(w)}),
    ),
    "resolveStepIssue": Twin(
        body=lambda w: {"content": unique(w)},
        prepare=lambda w: w.owner(
            "POST", f"/O/checklists/{w.template.id}/steps/{w.template.steps[0]}/problem", {"content": unique(w)}
        ),
    ),
    # job titles and default watchers
    **dict.fromkeys(("getRole", "deleteRole", "listDefaultWatchers", "removeDefaultWatcher"), READS),
    "listRoles": OWN,
    "createRole": Twin(body=lambda w: {"name": unique(w), "default_assignees": {"users": [w.member]}}),
    "updateRole": Twin(body=lambda w: {"name": unique(w), "default_assignees": {"groups": [w.group]}}),
    "shareChecklist": Twin(body=lambda w: {"emails": [f"{unique(w)}@client.example"], "message": "Have a look"}),
    "endChecklistShare": Twin(
        prepare=lambda w: w.owner("POST", f"/O/checklists/{w.template.id}/share", {"emails": [w.guest]})
    ),
    "addDefaultWatchers": Twin(body=lambda w: {"users": [w.member], "groups": [w.group]}),
    # snippets
    **dict.fromkeys(("getTextTemplate", "deleteTextTemplate"), READS),
    **dict.fromkeys(("listTextTemplates", "getPageSnippets"), OWN),
    "createTextTemplate": Twin(body=lambda _: {"title": "New"}, bare=True),
    "updateTextTemplate": Twin(body=lambda _: {"title": "Changed"}),
    "textTemplatesExist": Twin(body=lambda _: {"ids": []}, bare=True),
    # search
    "search": Twin(query=lambda _: "?search=a&on=process,task,blueprint,member,file,comment", bare=True),
    # reusable lists
    **dict.fromkeys(("getList", "deleteList"), READS),
    "listLists": OWN,
    "createList": Twin(body=lambda w: {"name": unique(w), "columns": ["Name"], "rows": [["Acme"]]}, bare=True),
    "updateList": Twin(body=lambda w: {"name": unique(w), "rows": [["Globex"]]}),
    # files: links, because these bodies are JSON
    **dict.fromkeys(("getAsset", "archiveAsset", "deleteFile", "showFile", "downloadFile"), READS),
    "uploadAsset": Twin(
        body=lambda w: {"source": "url", "url": "https://x.example/a.pdf", "subject_type": "Run",
                        "subject_id": w.process.id}
    ),
    "uploadTaskFile": Twin(body=lambda _: {"source": "url", "url": "https://x.example/a.pdf"}),
    **dict.fromkeys(("setPhoto", "setLogo"), Twin(body=lambda _: {"file": DOT}, bare=True)),
    "setGroupLogo": Twin(body=lambda _: {"file": DOT}),
    **dict.fromkeys(("deletePhoto", "deleteLogo"), OWN),
    "deleteGroupLogo": READS,
    **dict.fromkeys(("showPicture", "showSmallPicture"), READS),
    # people
    "createGroup": Twin(body=lambda w: {"name": unique(w), "description": "", "members": [w.member]}),
    "updateGroup": Twin(body=lambda w: {"name": unique(w), "members": [w.member]}),
    "addGroupMembers": Twin(body=lambda w: {"user_id": w.owner.user_id}),
    "createGuest": Twin(body=lambda w: {"email": f"{unique(w)}@client.example"}, bare=True),
    "mergeGuest": Twin(body=lambda w: {"into": w.server.guest(w.owner).email}),
    "updateGuestPreferences": Twin(body=lambda _: {"app_language": "pt"}),
    "delegateTask": Twin(body=lambda w: {"email": f"{unique(w)}@client.example"}),
    "removeTaskGuest": Twin(prepare=lambda w: w.owner("PUT", w.process.path(), {"owners": {"guests": [w.guest]}})),
    "updateGuest": Twin(body=lambda _: {"first_name": "Amy"}),
    "enableGuest": Twin(prepare=lambda w: w.owner("DELETE", f"/O/guests/{w.guest}/disable")),
    "updateOrganization": Twin(body=lambda _: {"industry": "Software"}, bare=True),
    **dict.fromkeys(("listSystemLog", "exportSystemLog"), Twin(ids=lambda _: {"type": "system"}, bare=True)),
    "deleteOrganization": Twin(
        body=lambda w: {"name": "Acme", "id": w.owner.organization}, session=True,
        prepare=lambda w: w.step_up(), bare=True,
    ),
    "cancelOrganizationDeletion": Twin(prepare=lambda w: w.closing(), bare=True),
    **dict.fromkeys(("getBranding", "getGlobalCss"), Twin(public=True)),
    **dict.fromkeys(("getSeats", "deleteBranding", "getPreferences"), OWN),
    "updateBranding": Twin(body=lambda _: {"bg_color": "teal"}, bare=True),
    "updatePreferences": Twin(body=lambda _: {"theme": "dark"}, bare=True),
    "getUserPreferences": Twin(ids=lambda w: {"user": w.owner.user_id}, bare=True),
    "updateUserPreferences": Twin(
        ids=lambda w: {"user": w.owner.user_id}, body=lambda _: {"slug": "home_count", "value": "8"}, bare=True
    ),
    "expireTasks": OWN,
    "explainTask": Twin(query=lambda w: f"?task={w.process.tasks[0]}"),
    # signing in
    "lookupSignIn": Twin(body=lambda _: {"email": "a@b.example"}, bare=True),
    "login": Twin(body=lambda w: {"email": w.owner.email, "password": PASSWORD}, prepare=password_of),
    **dict.fromkeys(("logout", "logoutBrowser", "listSessions", "endOtherSessions"), Twin(session=True)),
    "endSession": Twin(
        session=True, ids=lambda w: {"session": w.session("GET", "/auth/sessions").data[0]["id"]}
    ),
    "stepUp": Twin(session=True, body=lambda _: {"password": PASSWORD}),
    "setUp": Twin(over=True, body=lambda w: {**personal_details(w), "code": "x", "organization": "x"}),
    "register": Twin(body=personal_details),
    "verifyEmail": Twin(body=lambda w: {"token": w.code("verify")}),
    "resendVerification": Twin(body=lambda _: {"email": "a@b.example"}),
    "forgotPassword": Twin(body=lambda _: {"email": "a@b.example"}),
    "resetPassword": Twin(
        body=lambda w: {"code": w.code("reset"), "password": PASSWORD, "password_confirmation": PASSWORD}
    ),
    "getInvitation": Twin(ids=lambda w: {"token": w.invitation}),
    "acceptInvitation": Twin(
        ids=lambda w: {"token": w.invitation},
        body=lambda _: {"password": PASSWORD, "password_confirmation": PASSWORD},
    ),
    # tokens and clients
    "listTokens": OWN,
    "createToken": Twin(body=lambda _: {"name": "Export"}, bare=True),
    "updateToken": Twin(body=lambda _: {"name": "Other"}),
    "deleteToken": READS,
    "deleteAllTokens": OWN,
    "listUserTokens": READS,
    "deleteUserToken": Twin(ids=lambda w: {"user": w.owner.user_id, "token": w.personal}),
    "getApiCredentials": OWN,
    "listOAuthClients": OWN,
    "createOAuthClient": Twin(
        body=lambda _: {"name": "C", "redirect_uris": ["https://c.example/back"]}, bare=True
    ),
    **dict.fromkeys(("getOAuthClient", "deleteOAuthClient", "rotateOAuthSecret"), READS),
    "updateOAuthClient": Twin(body=lambda _: {"name": "Changed"}),
    "createOAuthToken": Twin(
        body=lambda w: {**client_of(w), "grant_type": "password", "username": w.owner.email, "password": PASSWORD},
        prepare=password_of,
    ),
    "revokeOAuthToken": Twin(body=lambda w: {**client_of(w), "token": "x"}),
    "introspectOAuthToken": Twin(body=lambda w: {**client_of(w), "token": "x"}),
    "authorizeOAuth": Twin(query=consenting),
    "consentOAuth": Twin(
        session=True,
        body=lambda w: {"client_id": str(w.client["id"]), "response_type": "code", "decision": "allow"},
    ),
    "provisionUser": Twin(
        application=True,
        body=lambda w: {"email": f"{unique(w)}@new.example", "first_name": "A", "last_name": "B"},
    ),
    "createUserToken": Twin(application=True, ids=lambda w: {"email": w.owner.email}),
    "createNamedUserToken": Twin(application=True, body=lambda w: {"email": w.owner.email}),
    # oneself and members
    "setDefaultOrganization": Twin(body=lambda w: {"organization_id": w.owner.organization}),
    "listMyGuestOrganizations": OWN,
    "updateOwnUser": Twin(
        body=lambda _: {"first_name": "Olga", "last_name": "Owner", "timezone": "Europe/Lisbon"}, bare=True
    ),
    "updatePassword": Twin(
        ids=lambda w: {"user": w.owner.user_id},
        body=lambda _: {"current_password": PASSWORD, "password": OTHER, "password_confirmation": OTHER},
        session=True,
        bare=True,
    ),
    "updateEmail": Twin(
        body=lambda w: {"email": f"{unique(w)}@moved.example", "password": PASSWORD}, prepare=password_of, bare=True
    ),
    "leaveOrganization": Twin(prepare=lambda w: w.admin, bare=True),
    "requestAccess": Twin(body=lambda _: {"object_type": "role"}, bare=True),
    "inviteUser": Twin(
        body=lambda w: {"email": f"{unique(w)}@new.example", "first_name": "A", "last_name": "B"}, bare=True
    ),
    "createUser": Twin(
        body=lambda w: {"email": f"{unique(w)}@new.example", "first_name": "A", "last_name": "B"}, bare=True
    ),
    "resendInvite": Twin(ids=lambda w: {"user": w.invited}),
    "withdrawInvite": Twin(ids=lambda w: {"user": w.invited}),
    "updateUser": Twin(body=lambda _: {"first_name": "New", "last_name": "Name", "timezone": "UTC"}),
    "updateUserRole": Twin(body=lambda _: {"role": "light"}),
    "makeDefaultAdmin": Twin(ids=lambda w: {"user": w.admin}),
    **dict.fromkeys(
        ("approveUser", "disableUser", "removeUser", "enableUser", "userToGuest", "listUserEmails", "listGuestEmails"),
        READS,
    ),
    "deleteUser": Twin(prepare=lambda w: w.owner("DELETE", f"/O/users/{w.member}/disable")),
    "anonymizeUser": Twin(session=True, prepare=member_leaves),
    "anonymizeGuest": Twin(session=True, prepare=guest_leaves),
    "guestToUser": Twin(body=lambda _: {"role": "light"}),
    "listEmails": OWN,
    "exportOwnData": OWN,
    **dict.fromkeys(("exportUserData", "exportGuestData"), READS),
    "listCountries": OWN,
    "createOrganization": Twin(body=lambda _: {"name": "New", "timezone": "UTC"}, prepare=password_of, bare=True),
    "previewDeadline": Twin(body=lambda _: {"amount": 0, "unit": "days"}, bare=True),
}  # fmt: skip


def base(operation: Operation) -> str:
    """Further routes of an operation are numbered: they have the same twin."""
    return re.sub(r"\d+$", "", operation.id)


def sent(world: World, operation: Operation, twin: Twin) -> tuple[str, Any]:
    """Path (inside `{org}`) and body of the twin, everything in them made."""
    named = twin.ids(world)
    parameters = [one for one in re.findall(r"{(\w+)}", operation.path) if one != "org"]
    path = operation.path.replace("/organizations/{org}", "/O").replace("{org}", world.owner.organization)
    for name in parameters:
        path = path.replace(f"{{{name}}}", str(named.get(name) or world.ids(name)))
    body = twin.body(world)
    twin.prepare(world)
    return path + twin.query(world), body
