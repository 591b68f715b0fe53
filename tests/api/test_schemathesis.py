"""Every operation of the OpenAPI document under generated requests: what is answered is what the document says.

Each operation is fuzzed on objects of its own that exist, so that requests reach past 404; then the whole document with
its state: what one operation made, the next one reads, changes and deletes. `negative_data_rejection` is off: the API
reads leniently by design (spec 00 §18, §20). Seeds are fixed; `make faults` runs the long form.
"""

import json
import re
from collections import Counter
from copy import deepcopy
from functools import cache
from typing import Any

import httpx2
import pytest
import schemathesis
from schemathesis.engine import Status, events, from_schema

from procession.api import all_operations  # noqa: F401 - declares every operation
from procession.api.endpoint import OPERATIONS, Operation
from tests.clients.conftest import make_ready
from tests.support.files import upload
from tests.support.make import make_template
from tests.support.server import NO_TLS, Caller, Running

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "allow_header_conformance",
    "ignored_auth",
    "use_after_free",
)
EACH = sorted({(one.path, one.method): one for one in OPERATIONS}.items())
Ids = dict[str, Any]
REFERENCE = re.compile(r'"#/components/([^/"]+)/([^"/]+)"')


def objects(owner: Caller) -> Ids:
    """One of everything, by the names of path parameters; `oneoff` is a task without a process."""
    ready = make_ready(owner)
    run = owner("POST", "/O/runs", {"checklist_id": ready.template, "name": "Process"}).data["id"]
    body = {
        "title": "One-off",
        "task_type": "task",
        "deadline": "2030-01-01 10:00:00",
        "owners": {"users": [owner.user_id], "guests": [], "groups": []},
        "form_fields": [{"label": "Colour", "field_type": "text", "required": False}],
    }
    step = owner("GET", f"/O/checklists/{ready.template}/steps").data[0]["id"]
    group = owner("POST", "/O/groups", {"name": "Group", "description": "Some", "members": [owner.user_id]}).data["id"]
    guest = owner("POST", "/O/guests", {"email": f"guest-{run}@outside.example"}).data["email"]
    return {
        "org": owner.organization,
        "checklist": ready.template,
        "step": step,
        "capture": ready.fields["text"],
        "prerun": ready.kickoff["text"],
        "run": run,
        "task": owner("GET", f"/O/runs/{run}/tasks").data[0]["id"],
        "oneoff": owner("POST", "/O/tasks", body).data["id"],
        "file": upload(owner, subject_type="Run", subject_id=run).data["id"],
        "folder": owner("POST", "/O/folders", {"name": "Folder", "folder_type": "run"}).data["id"],
        "tag": owner("POST", "/O/tags", {"title": "Tag"}).data["id"],
        "group": group,
        "guest": guest,
        "user": owner.user_id,
        "person": owner.user_id,
    }


def configuration(server: Running, owner: Caller, ids: Ids, examples: int, *phases: str) -> schemathesis.Config:
    every = ("examples", "coverage", "fuzzing", "stateful")
    return schemathesis.Config.from_dict(
        {
            "seed": 20,
            "base-url": server.base,
            "headers": {"Authorization": owner.authorization},
            "parameters": {f"path.{name}": value for name, value in ids.items()},
            "checks": {"enabled": False, **{name: {"enabled": True} for name in CHECKS}},
            "phases": {name: {"enabled": name in phases} for name in every},
            "generation": {"max-examples": examples, "deterministic": True, "database": "none", "no-shrink": True},
            "continue-on-failure": True,
            "warnings": False,
            "workers": 1,
        }
    )


def run(schema: Any) -> tuple[Counter[int], list[str]]:
    """How often each status was answered, and what was wrong: one line a kind, with the request that shows it."""
    statuses: Counter[int] = Counter()
    wrong: dict[tuple[str, ...], str] = {}
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            error = event.value if isinstance(event, events.NonFatalError) else event.exception
            wrong["engine", str(error)] = f"{type(error).__name__}: {error}"
        elif isinstance(event, events.ScenarioFinished):
            answered = (one.response for one in event.recorder.interactions.values())
            statuses.update(one.status_code for one in answered if one is not None)
            for checks in event.recorder.checks.values():
                for check in checks:
                    if check.status is Status.FAILURE and check.failure_info is not None:
                        failure = check.failure_info.failure
                        key = (check.name, str(failure.operation), failure.title)
                        wrong.setdefault(key, f"{key}: {failure.message}\n{check.failure_info.code_sample}")
    return statuses, list(wrong.values())


@cache
def description(base: str) -> dict[str, Any]:
    """The document of a server; nobody may change it."""
    found: dict[str, Any] = httpx2.get(f"{base}/openapi.json", verify=NO_TLS).json()
    return found


def part(document: dict[str, Any], path: str) -> dict[str, Any]:
    """A copy of the document with this path alone, and the components that it needs: the rest takes long to read."""
    needed: dict[str, dict[str, Any]] = {"securitySchemes": document["components"]["securitySchemes"]}
    texts = [json.dumps(document["paths"][path])]
    while texts:
        for kind, name in REFERENCE.findall(texts.pop()):
            if name not in needed.setdefault(kind, {}):
                needed[kind][name] = document["components"][kind][name]
                texts.append(json.dumps(needed[kind][name]))
    copy: dict[str, Any] = json.loads(json.dumps({"paths": {path: document["paths"][path]}, "components": needed}))
    return {**document, **copy}


@pytest.fixture(scope="module")
def reader(sqlite_server: Running) -> tuple[Caller, Ids]:
    """Somebody in whose organization there is one of everything: whoever only reads needs none of his own."""
    owner = sqlite_server.organization()
    return owner, objects(owner)


def furnished(server: Running) -> tuple[Caller, Ids]:
    owner = server.organization()
    return owner, objects(owner)


def fuzz(
    server: Running, house: tuple[Caller, Ids], path: str, operation: Operation, examples: int, *phases: str
) -> None:
    owner, made = house
    ids = {name: one for name, one in made.items() if name != "oneoff"}
    if "{run}" not in path:
        ids["task"] = made["oneoff"]
    config = configuration(server, owner, ids, examples, *phases)
    document = schemathesis.openapi.from_dict(part(description(server.base), path), config=config)
    statuses, wrong = run(document.include(method=operation.method))
    assert not wrong, "\n\n".join(wrong)
    assert statuses.total(), "something was asked"


WORK = tuple(f"/organizations/{{org}}/{one}" for one in ("runs", "tasks", "completed-tasks"))
TEMPLATES = ("/organizations/{org}/checklists",)
AREAS = ("work", "templates", "everything else")


def within(area: str, path: str) -> bool:
    """Whether the path is in that part of the document, which is small enough for its state.

    Hypothesis looks at the first 10,000 transitions, and a scenario whose first step lies behind them is skipped.
    """
    starts = {"work": WORK, "templates": TEMPLATES}.get(area)
    return path.startswith(starts) if starts else not path.startswith(WORK + TEMPLATES)


def whole(server: Running, area: str, examples: int, *phases: str) -> None:
    owner = server.organization()
    ids: Ids = {"org": owner.organization}
    if area == "templates":  # one that is there to begin with: a chance document seldom makes one
        ids["checklist"] = make_template(owner).id
    config = configuration(server, owner, ids, examples, *phases)
    document = deepcopy(description(server.base))
    document["paths"] = {path: one for path, one in document["paths"].items() if within(area, path)}
    statuses, wrong = run(schemathesis.openapi.from_dict(document, config=config))
    owner.http.close()
    assert not wrong, "\n\n".join(wrong)
    assert {404, 422} <= statuses.keys()
    assert statuses.keys() & {200, 201}


NAMES = [f"{method} {path}" for (path, method), _ in EACH]


@pytest.mark.parametrize(("address", "operation"), EACH, ids=NAMES)
def test_an_operation_on_what_exists(
    sqlite_server: Running, reader: tuple[Caller, Ids], address: tuple[str, str], operation: Operation
) -> None:
    house = reader if operation.method == "GET" else furnished(sqlite_server)
    fuzz(sqlite_server, house, address[0], operation, 5, "fuzzing")
    if house is not reader:
        house[0].http.close()


@pytest.mark.parametrize("area", AREAS)
def test_the_whole_document_with_state(sqlite_server: Running, area: str) -> None:
    whole(sqlite_server, area, 30, "stateful")


@pytest.mark.long
@pytest.mark.parametrize(("address", "operation"), EACH, ids=NAMES)
def test_an_operation_at_length(server: Running, address: tuple[str, str], operation: Operation) -> None:
    house = furnished(server)
    fuzz(server, house, address[0], operation, 60, "coverage", "fuzzing")
    house[0].http.close()


@pytest.mark.long
@pytest.mark.parametrize("area", AREAS)
def test_the_whole_document_at_length(server: Running, area: str) -> None:
    whole(server, area, 40, "coverage", "fuzzing", "stateful")
