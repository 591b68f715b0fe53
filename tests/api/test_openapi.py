"""The description document is true (spec 00 §23): valid, complete, and what it says is what is answered."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from openapi_spec_validator import OpenAPIV2SpecValidator, validate
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from procession.api.endpoint import OPERATIONS, Operation
from procession.people.permissions import ACTS
from procession.server.openapi import document
from procession.server.swagger import swagger
from tests.support.make import UNKNOWN, make_process
from tests.support.server import Caller, Running
from tests.support.twins import TWINS, World, base, sent

JSON = "application/json"
NAMES = """createRunInput updateTaskInput createStandaloneTaskInput updateStandaloneTaskInput ownerInput stepOwner
stepDeadline threadInput threadResolveInput addTagInput createTagInput createGroupInput inviteInput createChecklistInput
createStepInput CaptureInput Run Task StandaloneTask CompletedProcessTask Checklist Step Capture Tag Group User
Organization Asset Thread Pagination TasksListMeta error Date RequestDate"""
PUBLISHED = frozenset(NAMES.split())
"""Every name of OAS-02."""


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return document("https://procession.example")


def validator(described: dict[str, Any], schema: Any) -> Draft202012Validator:
    resource = DRAFT202012.create_resource(described)
    registry: Registry[Any] = Registry().with_resource("urn:document", resource)
    return Draft202012Validator(_absolute(schema), registry=registry)


def _absolute(schema: Any) -> Any:
    """References of the document, from outside of it."""
    if isinstance(schema, dict):
        return {name: f"urn:document{value}" if name == "$ref" else _absolute(value) for name, value in schema.items()}
    return [_absolute(one) for one in schema] if isinstance(schema, list) else schema


def of(described: dict[str, Any], operation: Operation) -> dict[str, Any]:
    shown: dict[str, Any] = described["paths"][operation.path][operation.method.lower()]
    return shown


def test_oas_03_the_document_is_valid(described: dict[str, Any]) -> None:
    validate(described)
    ids = [of(described, one)["operationId"] for one in OPERATIONS]
    assert len(ids) == len(set(ids))


def test_it_is_served_without_a_token_at_both_prefixes(owner: Caller) -> None:
    answers = [owner("GET", f"{prefix}/openapi.json", headers={"Authorization": ""}) for prefix in ("", "/api")]
    assert [one.status for one in answers] == [200, 200]
    assert answers[0].body == answers[1].body
    assert answers[0].body["openapi"] == "3.1.0"
    assert owner("GET", "/docs").status == 200


def test_oas_02_the_published_names_are_there(described: dict[str, Any]) -> None:
    assert described["components"]["schemas"].keys() >= PUBLISHED
    assert described["components"]["schemas"]["Date"]["description"] == "YYYY-MM-DDTHH:mm:ssZ"  # OAS-04
    assert described["components"]["schemas"]["RequestDate"]["description"].startswith("YYYY-MM-DD HH:mm:ss")


def test_oas_01_swagger_2_is_valid() -> None:
    OpenAPIV2SpecValidator(swagger("https://procession.example/base")).validate()


def test_oas_01_swagger_2_says_the_same(owner: Caller, described: dict[str, Any]) -> None:
    told = swagger("https://procession.example/base")
    assert (told["swagger"], told["host"], told["basePath"]) == ("2.0", "procession.example", "/base/api")
    assert told["schemes"] == ["https"]
    assert told["definitions"].keys() == described["components"]["schemas"].keys() >= PUBLISHED  # OAS-02
    for path, item in described["paths"].items():
        assert told["paths"][path].keys() == item.keys()
        for method, one in item.items():
            other = told["paths"][path][method]
            assert other["operationId"] == one["operationId"]
            assert other["responses"].keys() == one["responses"].keys()
            names = [each["name"] for each in other["parameters"] if each["in"] in ("path", "query")]
            assert names == [each["name"] for each in one["parameters"]]
            assert ("requestBody" in one) == any(each["in"] in ("body", "formData") for each in other["parameters"])
    task = told["paths"]["/organizations/{org}/runs/{run}/tasks/{task}"]["put"]
    assert task["parameters"][-1]["schema"] == {"$ref": "#/definitions/updateTaskInput"}
    answers = [owner("GET", f"{prefix}/docs/index", headers={"Authorization": ""}) for prefix in ("", "/api")]
    assert [one.status for one in answers] == [200, 200]
    assert answers[0].body["definitions"] == told["definitions"]
    assert answers[1].body["host"] == owner.http.base_url.netloc.decode()


@pytest.mark.parametrize("name", ["taskdataInput", "prerunInput"])
@pytest.mark.parametrize(
    "value",
    [
        "text", 7, True, None, "2026-02-20T00:00:00.000Z", {"id": 1, "text": "Gold"},
        [{"id": 1, "text": "Slack", "selected": True}], [["a", "b"], ["1", "2"]], ["a", "b"], {"rows": [["a", 1]]},
        {"users": [1], "guests": ["a@b.example"], "groups": []}, [{"url": "https://files.example/x", "filename": "x"}],
    ],
)  # fmt: skip
def test_oas_02a_values_of_every_field_type_are_described(described: dict[str, Any], name: str, value: Any) -> None:
    check = validator(described, {"$ref": f"#/components/schemas/{name}"})
    check.validate({UNKNOWN: value})
    assert not check.is_valid("text")


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.id)
def test_every_operation_declares_its_acts(operation: Operation) -> None:
    assert set(operation.acts) <= ACTS.keys()
    assert bool(operation.acts) == (operation.auth not in ("none", "visitor"))


def check_answer(described: dict[str, Any], operation: Operation, status: int, body: Any) -> None:
    responses = of(described, operation)["responses"]
    assert str(status) in responses, f"{status} is not described"
    content = responses[str(status)].get("content")
    if content is None or JSON not in content:  # nothing, or a file
        assert body is None
    else:
        validator(described, content[JSON]["schema"]).validate(body)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: f"{one.method} {one.path}")
def test_oas_03_what_is_answered_is_what_is_described(
    sqlite_server: Running, described: dict[str, Any], operation: Operation
) -> None:
    world = World(sqlite_server, sqlite_server.organization())
    twin = TWINS[base(operation)]
    path, body = sent(world, operation, twin)
    entitled = world.entitled(twin)
    if body is not None:
        schema = of(described, operation)["requestBody"]["content"][JSON]["schema"]
        validator(described, schema).validate(body)
    if "{org}" in operation.path:
        elsewhere = world.owner(operation.method, path.replace("/O", f"/organizations/{UNKNOWN}", 1), body)
        check_answer(described, operation, elsewhere.status, elsewhere.body)
    done = entitled(operation.method, path, body)
    assert done.status == (404 if twin.over else operation.status)
    check_answer(described, operation, done.status, done.body)
    if operation.body is not None and operation.body.required:
        bare = entitled(operation.method, path, {})
        assert bare.status in (404, 422)
        check_answer(described, operation, bare.status, bare.body)


def test_includes_are_described_too(owner: Caller, described: dict[str, Any]) -> None:
    process = make_process(owner)
    every = (
        "checklist,tasks,tasks.form_fields,next_task,tasks_meta,permissions,ko_form_fields,form_fields,parent,children,"
        "stages,owner,tags,folders,assets,threads"
    )
    run = owner("GET", f"/O/runs/{process.id}?with={every}&form_fields_values=true")
    validator(described, {"$ref": "#/components/schemas/Run"}).validate(run.data)
    task = owner("GET", f"{process.path()}?with=run,step,form_fields,ko_form_fields,tags,folders,threads,groups")
    validator(described, {"$ref": "#/components/schemas/Task"}).validate(task.data)
