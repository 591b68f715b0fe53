"""The request bodies of the two founding documents, member by member and field type by field type.

Document A is update process (SEED-01 to -31), B is update task (SEED-32 to -92) with its summaries of further pages
(SEED-93 to -118). Bodies travel as raw JSON with the documents' own headers.
"""

import re
from typing import Any

import httpx2
import msgspec
import pytest

from tests.clients.conftest import OPTIONS, Ready
from tests.support.server import NO_TLS, Caller, Running, http_client

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
HEX = re.compile(r"[0-9a-f]{32}")


class Wire:
    """Requests as the documents write them: `Accept`, `Content-Type`, the bearer, `X-Tallyfy-Client: APIClient`."""

    def __init__(self, base: str, caller: Caller) -> None:
        self.organization = caller.organization
        headers = {
            "Authorization": caller.authorization,
            "Accept": "application/json",
            "Content-Type": "application/json",
            "X-Tallyfy-Client": "APIClient",
        }
        self.http = http_client(base, headers)

    def put(self, path: str, body: Any, *, prefix: str = "", status: int = 200) -> Any:
        content = body if isinstance(body, str) else msgspec.json.encode(body).decode()
        answer = self.http.put(f"{prefix}/organizations/{self.organization}/{path}", content=content)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"].startswith("application/json"), "SEED-05, SEED-74"
        return answer.json()


class Scene(msgspec.Struct, frozen=True):
    """A process of the template with every field, and its first task."""

    wire: Wire
    owner: Caller
    mate: Caller
    ready: Ready
    run: str
    task: str

    @property
    def in_process(self) -> str:
        return f"runs/{self.run}/tasks/{self.task}"

    def answer(self, kind: str, value: Any, status: int = 200) -> Any:
        """Save one answer; what the task then holds for that field, or the error."""
        field = self.ready.fields[kind]
        assert HEX.fullmatch(field), "SEED-63"
        found = self.wire.put(self.in_process, {"taskdata": {field: value}}, status=status)
        return found["data"]["taskdata"].get(field) if status == 200 else found


@pytest.fixture
def scene(server: Running, owner: Caller, ready: Ready) -> Any:
    mate = server.member(owner, "standard")
    run = owner("POST", "/O/runs", {"checklist_id": ready.template, "name": "Onboarding", "summary": "As ever"}).data
    task = owner("GET", f"/O/runs/{run['id']}/tasks").data[0]["id"]
    wire = Wire(server.base, owner)
    yield Scene(wire, owner, mate, ready, run["id"], task)
    for client in (wire.http, mate.http, owner.http):
        client.close()


# -- A: update process ------------------------------------------------------------------------------------------------


def test_name_summary_and_tags_in_one_call(scene: Scene) -> None:
    """SEED-01 to -31, the document's own example."""
    tags = [scene.owner("POST", "/O/tags", {"title": title}).data["id"] for title in ("Late", "Remote")]
    before = scene.owner("GET", f"/O/runs/{scene.run}").data
    body = {"name": "Updated Process Name", "summary": "Updated summary.", "tags": tags}
    answer = scene.wire.put(f"runs/{scene.run}", body)
    data = answer["data"]
    assert answer.keys() == {"data"}, "SEED-24"
    assert (data["id"], data["name"], data["summary"]) == (scene.run, "Updated Process Name", "Updated summary.")
    assert data["tags"] == tags, "SEED-26: a plain list of ids"
    assert INSTANT.fullmatch(data["last_updated"]), "SEED-28"
    untouched = before.keys() - {"name", "summary", "tags", "last_updated"}
    assert {name: data[name] for name in untouched} == {name: before[name] for name in untouched}, "SEED-09, -23, -27"
    assert scene.wire.put(f"runs/{scene.run}", {"tags": tags[:1]})["data"]["tags"] == tags[:1], "SEED-14: replaced"
    assert scene.wire.put(f"runs/{scene.run}", {"tags": []}, prefix="/api")["data"]["tags"] == []


def test_every_member_of_update_process(scene: Scene) -> None:
    """SEED-11 to -17, SEED-93 to -95."""
    folder = scene.owner("POST", "/O/folders", {"name": "Filed", "folder_type": "run"}).data["id"]
    fields = scene.ready.kickoff
    data = scene.wire.put(
        f"runs/{scene.run}",
        {
            "owner_id": scene.mate.user_id,
            "folders": [folder],
            "starred": True,
            "users": [scene.mate.user_id],
            "prerun": [{fields["text"]: "Widget Ltd"}, {"id": fields["radio"], "value": "Part-time"}],
        },
    )["data"]
    assert (data["owner_id"], data["folders"], data["starred"]) == (scene.mate.user_id, [folder], True)
    assert data["prerun"] == {fields["text"]: "Widget Ltd", fields["radio"]: "Part-time"}
    assert data["users"] == [scene.mate.user_id]
    again = scene.wire.put(f"runs/{scene.run}", {"users": [scene.owner.user_id], "prerun": {fields["text"]: None}})
    assert again["data"]["users"] == [scene.owner.user_id], "SEED-95: replaced, not appended"
    assert again["data"]["prerun"] == {fields["radio"]: "Part-time"}


def test_refusals_of_update_process(server: Running, scene: Scene) -> None:
    """SEED-21, -29, -30, -31."""
    path = f"runs/{scene.run}"
    missing = scene.wire.put(f"runs/{'f' * 32}", {"name": "x"}, status=404)
    assert missing["error"] is True
    for body, code in (("{", "INVALID_JSON"), ("[1]", "BAD_REQUEST"), ('"x"', "BAD_REQUEST")):
        assert scene.wire.put(path, body, status=400)["code"] == code, body
    for wrong in ({"name": ""}, {"owner_id": 10**9}, {"tags": ["nope"]}, {"tags": "x"}):
        assert scene.wire.put(path, wrong, status=422)["errors"], wrong
    light = server.member(scene.owner, "light")
    scene.wire.put(scene.in_process, {"owners": {"users": [light.user_id]}})
    assert light("PUT", f"/O/{path}", {"name": "mine"}).status == 403
    light.http.close()


# -- B: update task ---------------------------------------------------------------------------------------------------


def test_deadline_answers_and_owners_in_one_call(scene: Scene) -> None:
    """SEED-32 to -87, the document's own example: every member of the body, and what the answer shows."""
    fields = scene.ready.fields
    data = scene.wire.put(
        scene.in_process,
        {
            "title": "Updated Task Title",
            "summary": "Updated summary",
            "deadline": "2025-12-31T17:00:00Z",
            "started_at": "2025-12-01T09:00:00Z",
            "owners": {"users": [scene.mate.user_id], "guests": ["new@guest.example"], "groups": []},
            "taskdata": {
                fields["text"]: "New text",
                fields["dropdown"]: {"id": 2, "text": "Teams", "value": None},
                fields["radio"]: "Full-time",
            },
            "webhook": None,
            "prevent_guest_comment": True,
            "position": 2,
            "max_assignable": 3,
        },
        prefix="/api",
    )["data"]
    assert (data["id"], data["title"], data["summary"]) == (scene.task, "Updated Task Title", "Updated summary")
    assert data["status"] == "active", "SEED-78"
    assert [one["id"] for one in data["owners"]["users"]] == [scene.mate.user_id], "SEED-79"
    assert (data["owners"]["guests"], data["owners"]["groups"]) == (["new@guest.example"], [])
    assert (data["deadline"], data["started_at"]) == ("2025-12-31T17:00:00Z", "2025-12-01T09:00:00Z")
    assert INSTANT.fullmatch(data["last_updated"]), "SEED-80"
    assert data["taskdata"] == {
        fields["text"]: "New text",
        fields["dropdown"]: {"id": 2, "text": "Teams", "value": None},
        fields["radio"]: "Full-time",
    }, "SEED-81"
    assert (data["webhook"], data["prevent_guest_comment"], data["position"]) == (None, True, 2)
    assert (data["max_assignable"], data["is_oneoff_task"]) == (3, False)


def test_owners_replace(scene: Scene) -> None:
    """SEED-45 to -47, -67 to -69, -73."""
    two = {"owners": {"users": [scene.owner.user_id, scene.mate.user_id], "guests": [], "groups": []}}
    shown = scene.wire.put(scene.in_process, two)["data"]["owners"]["users"]
    assert [one["id"] for one in shown] == two["owners"]["users"]
    one = {"owners": {"users": [scene.mate.user_id], "guests": [], "groups": []}}
    assert [x["id"] for x in scene.wire.put(scene.in_process, one)["data"]["owners"]["users"]] == [scene.mate.user_id]
    assert scene.owner("GET", "/O/guests").data == []
    guest = {"owners": {"users": [scene.mate.user_id], "guests": ["Ines@Harbour.example"], "groups": []}}
    assert scene.wire.put(scene.in_process, guest)["data"]["owners"]["guests"] == ["ines@harbour.example"]
    assert [x["email"] for x in scene.owner("GET", "/O/guests").data] == ["ines@harbour.example"]


def test_a_oneoff_task_by_the_other_route(scene: Scene) -> None:
    """SEED-33, -70, -106 to -110; SEED-114."""
    made = scene.owner(
        "POST",
        "/O/tasks",
        {
            "title": "One-off",
            "task_type": "task",
            "owners": {"users": [scene.owner.user_id], "guests": [], "groups": []},
            "deadline": "2026-12-31 17:00:00",
            "form_fields": [{"label": "Colour", "field_type": "radio", "options": ["Red", "Blue"], "required": True}],
            "webhook": "https://hooks.example/1",
            "top_secret": True,
        },
    )
    assert made.status == 201
    field = made.data["form_fields"]["data"][0]["id"] if "form_fields" in made.data else None
    task = made.data["id"]
    if field is None:
        field = scene.owner("GET", f"/O/tasks/{task}?with=form_fields").data["form_fields"]["data"][0]["id"]
    for path in (f"tasks/{task}", f"tasks/{task}"):
        data = scene.wire.put(path, {"title": "Changed", "taskdata": {field: "Blue"}})["data"]
        assert (data["title"], data["taskdata"], data["is_oneoff_task"]) == ("Changed", {field: "Blue"}, True)
    also = scene.wire.put(f"tasks/{scene.task}", {"title": "By its id alone"})["data"]
    assert (also["title"], also["run_id"]) == ("By its id alone", scene.run)
    assert scene.owner("POST", "/O/completed-tasks", {"task_id": task}).data["status"] == "completed"


def test_refusals_of_update_task(server: Running, scene: Scene) -> None:
    """SEED-88 to -92, and part 00 §27.3: nothing of a refused call is kept."""
    field = scene.ready.fields["dropdown"]
    both = {"title": "Never", "taskdata": {field: {"id": 9, "text": "Nope"}}}
    wrong = scene.wire.put(scene.in_process, both, status=422)
    assert wrong["errors"] == wrong["details"] == {f"taskdata.{field}": ["Invalid dropdown choice selected."]}
    assert (wrong["message"], wrong["code"]) == ("Invalid dropdown choice selected.", "VALIDATION_FAILED")
    assert scene.owner("GET", f"/O/{scene.in_process}").data["title"] == "Collect everything"
    assert scene.wire.put(f"runs/{scene.run}/tasks/{'f' * 32}", {"title": "x"}, status=404)["error"] is True
    assert scene.wire.put(scene.in_process, {"title": "x" * 601}, status=422)["errors"]["title"]
    light = server.member(scene.owner, "light")
    scene.wire.put(scene.in_process, {"owners": {"users": [light.user_id]}})
    assert light("PUT", f"/O/{scene.in_process}", {"title": "mine"}).status == 403
    light.http.close()
    assert scene.owner("POST", f"/O/runs/{scene.run}/completed-tasks", {"task_id": scene.task}).status == 200
    done = scene.wire.put(scene.in_process, {"title": "late"}, status=422)
    assert done["code"] == "TASK_COMPLETED"


def test_an_unknown_key_is_told(scene: Scene) -> None:
    """Part 00 §27.4."""
    answer = scene.wire.put(scene.in_process, {"taskdata": {"f" * 32: "typo"}})
    assert answer["meta"]["warnings"] == [{"code": "UNKNOWN_TASKDATA_KEY", "key": "f" * 32}]


LINK = {"filename": "offer.pdf", "source": "url", "url": "https://files.example/offer.pdf"}
CHECKED = [{"id": 1, "text": "Slack", "selected": True}, {"id": 2, "text": "Teams", "selected": False}]
SEED_CHECKED = [
    {"id": 1, "text": "Slack", "value": None, "selected": True, "required": False},
    {"id": 2, "text": "Teams", "value": None, "selected": False, "required": False},
    {"id": 3, "text": "Office 365", "value": None, "selected": True, "required": False},
]
ACCEPTED: list[tuple[str, Any, Any]] = [
    ("text", "Acme", "Acme"),
    ("text", 12, "12"),
    ("text", False, "false"),
    ("text", "x" * 200, "x" * 200),
    ("textarea", "<p>Long <b>note</b></p>", "<p>Long <b>note</b></p>"),
    ("email", "buyer@acme.example", "buyer@acme.example"),
    ("date", "2025-12-20T14:23:18.128Z", "2025-12-20T14:23:18.128Z"),
    ("date", "2026-03-18", "2026-03-18T00:00:00.000Z"),
    ("date", "2026-03-18 10:30:00", "2026-03-18T10:30:00.000Z"),
    ("radio", "Full-time", "Full-time"),
    ("dropdown", {"id": 3, "text": "Office 365"}, {"id": 3, "text": "Office 365"}),
    ("dropdown", {"id": 3, "text": "Office 365", "value": None}, {"id": 3, "text": "Office 365", "value": None}),
    ("multiselect", CHECKED, CHECKED),
    ("multiselect", CHECKED[:1], CHECKED[:1]),
    ("multiselect", SEED_CHECKED, SEED_CHECKED),
    ("table", ["Widget", "3"], ["Widget", "3"]),
    ("table", [["Widget", "Bolt"], ["3", "9"]], [["Widget", "Bolt"], ["3", "9"]]),
    ("file", [LINK], [{**LINK, "full_url": LINK["url"]}]),
]


@pytest.mark.parametrize(("kind", "sent", "stored"), ACCEPTED, ids=lambda value: str(value)[:30])
def test_answers_by_type(scene: Scene, kind: str, sent: Any, stored: Any) -> None:
    """SEED-48, -53 to -62, -64 to -66; spec 20 §8.3 to §8.11."""
    assert scene.answer(kind, sent) == stored
    read = scene.owner("GET", f"/O/{scene.in_process}").data["taskdata"]
    assert read == {scene.ready.fields[kind]: stored}


REFUSED: list[tuple[str, Any, str]] = [
    ("text", ["Acme"], "must be a string"),
    ("text", "x" * 201, "may not be greater than 200 characters"),
    ("textarea", 7, "must be a string"),
    ("email", "nobody", "must be a valid email address"),
    ("date", 20251220, "is not a valid date"),
    ("date", "soon", "is not a valid date"),
    ("radio", {"id": 1, "text": "Full-time"}, "Invalid radio choice selected."),
    ("radio", "full-time", "Invalid radio choice selected."),
    ("dropdown", "Teams", "Invalid dropdown choice selected."),
    ("dropdown", {"id": 1, "text": "Teams"}, "Invalid dropdown choice selected."),
    ("multiselect", "Slack", "Invalid multiselect choice selected."),
    ("multiselect", [{"id": 7, "text": "Mail"}], "Invalid multiselect choice selected."),
    ("table", ["Widget"], "Number of columns does not match required columns"),
    ("file", "offer.pdf", "must be a list of files"),
    ("file", [{"id": "f" * 32}], "The selected file does not exist."),
]


@pytest.mark.parametrize(("kind", "sent", "text"), REFUSED, ids=lambda value: str(value)[:30])
def test_wrong_answers_by_type(scene: Scene, kind: str, sent: Any, text: str) -> None:
    """SEED-91: 422 under `taskdata.<id>`, nothing stored."""
    wrong = scene.answer(kind, sent, status=422)
    assert list(wrong["errors"]) == [f"taskdata.{scene.ready.fields[kind]}"]
    assert text in wrong["errors"][f"taskdata.{scene.ready.fields[kind]}"][0]
    assert scene.owner("GET", f"/O/{scene.in_process}").data["taskdata"] == {}


def test_one_request_with_every_type(scene: Scene) -> None:
    """SEED-62: spec 20 §8.16; the people of an assignees field come back as integers, all three keys."""
    fields = scene.ready.fields
    sent: dict[str, Any] = {
        fields["text"]: "Acme",
        fields["textarea"]: "<p>Long <b>note</b></p>",
        fields["email"]: "buyer@acme.example",
        fields["date"]: "2026-03-18T00:00:00.000Z",
        fields["radio"]: "Full-time",
        fields["dropdown"]: {"id": 3, "text": OPTIONS[2], "value": None},
        fields["multiselect"]: CHECKED,
        fields["table"]: ["Widget", "3"],
        fields["assignees_form"]: {"users": [str(scene.mate.user_id)], "guests": ["g@x.example"], "groups": []},
        fields["file"]: [LINK],
    }
    data = scene.wire.put(scene.in_process, {"taskdata": sent})["data"]
    expected = {
        **sent,
        fields["assignees_form"]: {"users": [scene.mate.user_id], "guests": ["g@x.example"], "groups": []},
        fields["file"]: [{**LINK, "full_url": LINK["url"]}],
    }
    assert data["taskdata"] == expected
    kept = scene.wire.put(scene.in_process, {"taskdata": {fields["radio"]: None}})["data"]["taskdata"]
    assert kept == {key: value for key, value in expected.items() if key != fields["radio"]}, "merging (spec 20 §8.1)"
    every = dict.fromkeys(fields.values())
    assert scene.wire.put(scene.in_process, {"taskdata": every})["data"]["taskdata"] == {}


def test_the_same_values_answer_the_kickoff_form(scene: Scene) -> None:
    """SEED-16, -17: one validator for both (spec 20 §8)."""
    for kind, sent, stored in ACCEPTED:
        field = scene.ready.kickoff[kind]
        data = scene.wire.put(f"runs/{scene.run}", {"prerun": {field: sent}})["data"]
        assert data["prerun"][field] == stored, kind
    for kind, sent, text in REFUSED:
        field = scene.ready.kickoff[kind]
        wrong = scene.wire.put(f"runs/{scene.run}", {"prerun": {field: sent}}, status=422)
        assert text in wrong["errors"][f"prerun.{field}"][0], kind


def test_published_names_in_the_machine_description(server: Running) -> None:
    """SEED-10, SEED-61: `createRunInput` and the table's shape are in the OpenAPI document."""
    schemas = httpx2.get(f"{server.base}/openapi.json", verify=NO_TLS).json()["components"]["schemas"]
    assert {"createRunInput", "taskdataInput", "prerunInput", "ownerInput"} <= schemas.keys()
    members = schemas["createRunInput"]["properties"].keys()
    assert {"name", "summary", "owner_id", "tags", "folders", "prerun"} <= members
