"""No organization reaches into another one (spec 00 ID-04, 40 §3.2), proven for every operation of the document.

Each operation has a twin in `tests.support.twins`: the ids and the body with which somebody entitled succeeds. The same
ids and body from elsewhere find nothing. A new operation without a twin fails.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from procession.api.endpoint import OPERATIONS, Operation
from tests.support.make import UNKNOWN
from tests.support.server import Answer, Caller, Running
from tests.support.twins import TWINS, World, base, sent


@pytest.fixture
def world(server: Running) -> World:
    return World(server, server.organization())


@pytest.fixture
def stranger(server: Running) -> Iterator[Caller]:
    caller = server.organization("Elsewhere")
    yield caller
    caller.http.close()


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
    if "{org}" in operation.path and not twin.public:
        # His token opens no other organization, and an organization that exists is no different from one that does not.
        theirs = path.replace("/O", f"/organizations/{world.owner.organization}", 1)
        nowhere = path.replace("/O", f"/organizations/{UNKNOWN}", 1)
        refused = stranger(operation.method, theirs, body)
        assert refused.status == (401 if twin.application else 403), refused.body  # he is no application
        assert same_refusal(refused, stranger(operation.method, nowhere, body))
        # In his own organization the ids of the other one name nothing.
        answer = stranger(operation.method, path, body)
        inside = [one for one in re.findall(r"{(\w+)}", operation.path) if one not in ("org", "type")]
        if twin.application:
            assert answer.status == 401, (answer.status, answer.body)
        elif inside and operation.auth != "none":
            assert base(operation) == "deleteTag" or answer.status == 404, (answer.status, answer.body)
        elif not twin.bare:
            assert answer.status in (404, 422), (answer.status, answer.body)
        shown = json.dumps(answer.body)
        assert not [one for one in secrets_of(world) if one in shown and one not in path], shown
    # All of it changed nothing: whoever is entitled succeeds.
    done = world.entitled(twin)(operation.method, path, body)
    assert done.status == 404 if twin.over else 200 <= done.status < 400, (done.status, done.body)
