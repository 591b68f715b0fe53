"""No input makes a 5xx, and a refused one writes nothing (spec 00 §11, RETRY-03, ERR-04): both founding calls."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.fixtures_server import Team
from tests.support.make import EVERY_TYPE, UNKNOWN, launch, make_oneoff, make_process, make_template, unchanged
from tests.support.server import Caller, Running

TASK_MEMBERS = (
    "title", "name", "summary", "description", "deadline", "started_at", "is_soft_start_date", "owners", "taskdata",
    "webhook", "prevent_guest_comment", "position", "max_assignable", "status", "task_type", "top_secret",
    "everyone_must_complete", "can_complete_only_assignees", "send_chromeless", "tags", "folders", "is_approved",
    "completed_by", "completed_at", "run_id", "checklist_id", "linked_step_id", "form_fields", "custom_fields",
    "file_id", "stage_id", "comment",
)  # fmt: skip
RUN_MEMBERS = (
    "name", "title", "summary", "owner_id", "tags", "folders", "prerun", "starred", "is_public",
    "publicly_hidden_fields", "users", "groups", "assign_someone_else", "parent_id", "can_add_oot",
)  # fmt: skip
STRANGE: tuple[Any, ...] = (
    {}, [], {"a": {"b": []}}, [[]], [{}], [None], [[[1]]], True, False, 0, -1, 1.5, 10**30, -(10**30), 2**31, 2**53,
    2**63, 2**64, "", " ", "x", "x" * 100_000, "\U0010ffff", "a\u202eb", "'; DROP TABLE tasks; --", "{{", "{{x}}",
    "%s%n", "9" * 40, "1e400", [10**30], ["x" * 40], [True], {"id": 10**30}, [{"id": {}}], {"data": []}, {"users": {}},
    {"users": [[1]]}, {"guests": [{"email": 5}]}, {"groups": [{"id": []}]}, {"users": "1,2"}, {"users": [1.5]},
    '{"users": [1', "[1]", '{"groups": ["\\u0000"]}', '{"x": "\\u0000"}', "[" * 5000,
)  # fmt: skip


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def running(request: pytest.FixtureRequest) -> Running:
    """One server and one process for all that is only refused or harmless."""
    found: Running = request.getfixturevalue(f"{request.param}_server")
    return found


class Bench:
    """An owner with a process that has a field of every type, in the task and in the kick-off form."""

    def __init__(self, server: Running) -> None:
        self.owner = server.organization()
        kickoff = tuple({**one, "label": f"Kick {one['label']}"} for one in EVERY_TYPE)
        template = make_template(self.owner, {"title": "A", "captures": EVERY_TYPE}, {"title": "B"}, kickoff=kickoff)
        self.process = launch(self.owner, template)
        self.task = self.process.path()
        self.run = f"/O/runs/{self.process.id}"
        self.fields = list(template.fields.values())
        self.kickoff = list(template.kickoff.values())


@pytest.fixture(scope="session")
def bench(running: Running) -> Bench:
    return Bench(running)


def send(owner: Caller, path: str, body: Any) -> tuple[int, Any]:
    answer = owner("PUT", path, raw=json.dumps(body).encode())
    assert answer.status < 500, (path, body, answer.body)
    assert answer.status in (200, 400, 403, 404, 422), (path, body, answer.body)
    if answer.status == 422:
        assert answer.body["message"]
        assert all(isinstance(one, str) for texts in answer.body["errors"].values() for one in texts)
    return answer.status, answer.body


@pytest.mark.parametrize("name", TASK_MEMBERS)
def test_every_member_of_update_task_survives_every_value(bench: Bench, name: str) -> None:
    for value in STRANGE:
        before = bench.owner("GET", bench.task)
        status, _ = send(bench.owner, bench.task, {name: value})
        if status != 200:
            assert unchanged(before, bench.owner("GET", bench.task)), (name, value)


@pytest.mark.parametrize("name", RUN_MEMBERS)
def test_every_member_of_update_process_survives_every_value(bench: Bench, name: str) -> None:
    for value in STRANGE:
        before = bench.owner("GET", bench.run)
        status, _ = send(bench.owner, bench.run, {name: value})
        if status != 200:
            assert unchanged(before, bench.owner("GET", bench.run)), (name, value)


def test_every_type_of_field_survives_every_value(bench: Bench) -> None:
    for value in STRANGE:
        for field, kick in zip(bench.fields, bench.kickoff, strict=True):
            send(bench.owner, bench.task, {"taskdata": {field: value}})
            send(bench.owner, bench.run, {"prerun": {kick: value}})
            send(bench.owner, bench.task, {"taskdata": json.dumps({field: value})})
            send(bench.owner, f"{bench.task}?coerce=true", {"taskdata": {field: value}})


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(10**40), 10**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
    | st.sampled_from(["completed", "hidden", "today", "2030-01-01", UNKNOWN, "a@b.example", "1", "{}", "[]"])
)
KEYS = st.sampled_from(["users", "guests", "groups", "id", "text", "value", "rows", "email"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)
LOOSE = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
FEW = settings(LOOSE, max_examples=10)


@LOOSE
@given(body=st.dictionaries(st.sampled_from(TASK_MEMBERS), VALUES, max_size=5), answers=st.lists(VALUES, max_size=4))
def test_arbitrary_bodies_of_update_task(bench: Bench, body: dict[str, Any], answers: list[Any]) -> None:
    if answers and "taskdata" not in body:
        body["taskdata"] = dict(zip(bench.fields, answers, strict=False))
    before = bench.owner("GET", bench.task)
    status, _ = send(bench.owner, bench.task, body)
    if status != 200:
        assert unchanged(before, bench.owner("GET", bench.task))
    elif bench.owner("GET", bench.task).data["status"] == "completed":
        bench.owner("DELETE", f"/O/completed-tasks/{bench.process.tasks[0]}")


@LOOSE
@given(body=st.dictionaries(st.sampled_from(RUN_MEMBERS), VALUES, max_size=5), answers=st.lists(VALUES, max_size=4))
def test_arbitrary_bodies_of_update_process(bench: Bench, body: dict[str, Any], answers: list[Any]) -> None:
    if answers and "prerun" not in body:
        body["prerun"] = dict(zip(bench.kickoff, answers, strict=False))
    before = bench.owner("GET", bench.run)
    status, _ = send(bench.owner, bench.run, body)
    if status != 200:
        assert unchanged(before, bench.owner("GET", bench.run))


@LOOSE
@given(raw=st.binary(max_size=200) | VALUES.map(lambda one: json.dumps(one).encode()))
def test_arbitrary_bytes(bench: Bench, raw: bytes) -> None:
    for kind in ("application/json", "application/x-www-form-urlencoded", "text/plain", ""):
        answer = bench.owner(
            "PUT", bench.task, raw=raw, headers={"Content-Type": kind, "Idempotency-Key": f"{hash(raw)}"}
        )
        assert answer.status < 500, (raw, kind, answer.body)


@FEW
@given(query=st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_arbitrary_queries(bench: Bench, query: str) -> None:
    names = ("with", "owners_format", "match", "strict", "coerce", "page", "per_page", "sort", "status", "q")
    for name in names:
        for path in (bench.task, f"{bench.run}/tasks", "/O/tasks", "/O/runs"):
            answer = bench.owner.http.get(
                path.replace("/O/", f"/organizations/{bench.owner.organization}/"), params={name: query}
            )
            assert answer.status_code < 500, (path, name, query, answer.text)


# -- one by one --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "status", "code", "key"),
    [
        (b'{"title": "a\\u0000b"}', 422, "VALIDATION_FAILED", "title"),
        (b'{"taskdata": {"x": ["a\\u0000"]}}', 422, "VALIDATION_FAILED", "taskdata.x.0"),
        (b'{"a\\u0000": 1}', 422, "VALIDATION_FAILED", "body"),
        (b'{"title": "\\ud800"}', 400, "INVALID_JSON", None),
        (b'{"title": "\\udc00\\ud800"}', 400, "INVALID_JSON", None),
        (b"[" * 100_000, 400, "INVALID_JSON", None),
        (b'{"a":' * 100_000, 400, "INVALID_JSON", None),
        (b"\xff\xfe{}", 400, "INVALID_JSON", None),
        (b"[{}]", 400, "BAD_REQUEST", None),
    ],
)
def test_bodies_that_cannot_be_kept(bench: Bench, raw: bytes, status: int, code: str, key: str | None) -> None:
    """BODY-07."""
    for path in (bench.task, bench.run):
        before = bench.owner("GET", path)
        answer = bench.owner("PUT", path, raw=raw)
        assert (answer.status, answer.body["code"]) == (status, code)
        if key is not None:
            assert list(answer.body["errors"]) == [key]
        assert unchanged(before, bench.owner("GET", path))


def test_duplicate_keys_are_accepted_and_the_last_wins(bench: Bench) -> None:
    answer = bench.owner("PUT", bench.run, raw=b'{"name": 5, "name": "last"}')
    assert answer.data["name"] == "last"


@pytest.mark.parametrize("strict", ["", "?strict=true"])
def test_unknown_members(bench: Bench, strict: str) -> None:
    """PUT-12."""
    answer = bench.owner("PUT", bench.task + strict, {"titel": "x", "id": "y"})
    if strict:
        assert answer.errors.keys() == {"titel", "id"}
    else:
        assert answer.status == 200


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({"owners": {"users": [0]}}, "owners.users.0"),
        ({"owners": {"groups": [UNKNOWN]}}, "owners.groups.0"),
        ({"tags": [UNKNOWN]}, "tags.0"),
        ({"tags": ["x", 5, None, {}]}, None),
        ({"folders": [UNKNOWN]}, "folders.0"),
    ],
)
def test_unknown_ids(bench: Bench, body: Any, key: str | None) -> None:
    before = bench.owner("GET", bench.task)
    errors = bench.owner("PUT", bench.task, {**body, "title": "never"}).errors
    assert key is None or list(errors) == [key]
    assert unchanged(before, bench.owner("GET", bench.task))


def test_another_tenants_ids(team: Team) -> None:
    """ID-04: they answer as unknown ones do."""
    theirs = make_process(team.stranger, {"title": "A"})
    mine = make_process(team.owner, {"title": "A"})
    foreign = theirs.path().replace("/O/", f"/organizations/{team.stranger.organization}/")
    assert team.owner("PUT", foreign, {"title": "x"}).status == 403
    for path in (theirs.path(), f"/O/tasks/{theirs.tasks[0]}", f"/O/runs/{mine.id}/tasks/{theirs.tasks[0]}"):
        assert team.owner("PUT", path, {"title": "x"}).status == 404
    tag = team.stranger("POST", "/O/tags", {"title": "theirs", "color": "#000000"}).data["id"]
    assert team.owner("PUT", mine.path(), {"tags": [tag]}).errors.keys() == {"tags.0"}
    assert team.stranger("GET", theirs.path()).data["title"] == "A"


def test_closed_objects_refuse_everything_alike(owner: Caller) -> None:
    process, oneoff = make_process(owner, {"title": "A"}, {"title": "B"}), make_oneoff(owner)
    owner("PUT", process.path(), {"status": "completed"})
    owner("PUT", oneoff, {"status": "completed"})
    for value in STRANGE:
        for path in (process.path(), oneoff):
            answer = owner("PUT", path, raw=json.dumps({"title": value}).encode())
            assert (answer.status, answer.body["code"]) == (422, "TASK_COMPLETED"), value
    owner("DELETE", f"/O/runs/{process.id}")
    for path in (process.path(1), f"/O/runs/{process.id}"):
        answer = owner("PUT", path, {"title": ""})
        assert (answer.status, answer.body["code"]) == (422, "RUN_ARCHIVED")
