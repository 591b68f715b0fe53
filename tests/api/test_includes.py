"""What every operation holds when it is asked for, and what it says of the rest (spec 00 §8, INC-01 to INC-06)."""

import json
from collections.abc import Iterator
from typing import Any

import procession.api.all_operations  # noqa: F401 - declares every operation
from procession.api.endpoint import OPERATIONS, Operation
from procession.api.includes import names_of
from tests.support.fixtures_server import Team
from tests.support.make import launch, make_group, make_template
from tests.support.probing import replied
from tests.support.server import Running
from tests.support.twins import World

VAIN = ("no-such", "nor.this.one", "nor.even.this.one")
SHOWN = {"summary": "summary_include"}
"""An include that comes under another name in an item (spec 00 §8)."""
WITHOUT_ROWS = {"listGuestActivity"}
WITH_INCLUDES = [one for one in OPERATIONS if names_of(one).own]


def warned(headers: Any) -> list[str]:
    told = json.loads(headers.get("x-procession-warnings", "[]"))
    return [one["key"] for one in told if one["code"] == "UNKNOWN_INCLUDE"]


def objects(body: Any) -> Iterator[dict[str, Any]]:
    """The object that is answered, or the rows; of long work on many the object of each."""
    data = body.get("data", body)
    for one in data if isinstance(data, list) else [data]:
        yield one["task"] if "task" in one and "ok" in one else one


def furnished(server: Running) -> World:
    """An organization in which no list is empty."""
    world = World(server, server.organization())
    _ = world.tag, world.folder, world.group
    world.owner("POST", "/O/folders", {"name": "Library", "folder_type": "checklist"})
    world.owner("PUT", world.process.path(), {"owners": {"users": [world.member], "guests": [world.guest]}})
    return world


def test_every_operation_that_takes_with_has_includes() -> None:
    for operation in OPERATIONS:
        assert ("with" not in operation.query) or names_of(operation).own, operation.id


def test_every_operation_holds_what_is_asked_and_names_what_it_does_not_know(server: Running) -> None:
    """Each with all its includes at once and three that nothing has: they alone are named, the others are there."""
    world, wrong = furnished(server), list[tuple[str, Any]]()
    for operation in sorted(WITH_INCLUDES, key=lambda one: one.method != "GET"):
        answer = replied(world, operation, asked(operation))
        if answer is None:
            world = World(server, server.organization())  # what it needs was used up, or stands in its way
            answer = replied(world, operation, asked(operation))
        if answer is None:
            wrong.append((operation.id, "refused"))
            continue
        if warned(answer.headers) != [*VAIN]:
            wrong.append((operation.id, answer.headers.get("x-procession-warnings")))
        rows = list(objects(answer.body))
        if not rows and operation.id not in WITHOUT_ROWS:
            wrong.append((operation.id, "no rows"))
        own = names_of(operation).own
        missing = {one for row in rows for one in own if one not in row and SHOWN.get(one, one) not in row}
        if missing:
            wrong.append((operation.id, missing))
    assert not wrong, "\n".join(map(str, wrong))


def asked(operation: Operation) -> str:
    return "with=" + ",".join([*names_of(operation).listed(), *VAIN])


def test_names_that_mean_the_same_or_nothing(team: Team) -> None:
    """INC-01, INC-02, INC-04; what is shown anyway, or comes under another name, is not named."""
    owner = team.owner
    group = make_group(owner, [team.light.user_id])
    for query, named in (
        ("with=assets, users ,,members&with[]=guests&with=usage", []),
        ("with=a,b,a&with[]=a", ["a", "b"]),
        ("with=users.groups", ["users.groups"]),
        (f"with={'x' * 200}", ["x" * 100]),
        ("with=", []),
    ):
        answer = owner("GET", f"/O/groups/{group}?{query}")
        assert (answer.status, warned(answer.headers)) == (200, named), query
    shown = owner("GET", f"/O/groups/{group}?with=guests").data
    assert (shown["guests"], shown["guests_details"]) == ([], {"data": []}), "41 §21 row 8"
    assert warned(owner("GET", "/O/me?with=auth-methods,member-watchers.watcher,Stats").headers) == ["Stats"]
    assert warned(owner("GET", "/O/users-list?with=groups").headers) == ["groups"], "where there are none at all"
    long = owner("GET", "/O/me?with=" + ",".join(f"name{one}" for one in range(300)))
    assert long.status == 200 and len(long.headers["x-procession-warnings"]) <= 2048
    body = {"name": "With", "description": ""}
    made = owner("POST", "/O/groups?with=users,nothing", body, headers={"Idempotency-Key": "with-include-key-1"})
    again = owner("POST", "/O/groups?with=users,nothing", body, headers={"Idempotency-Key": "with-include-key-1"})
    assert made.data == again.data and made.data["users"] == {"data": []}
    assert warned(made.headers) == warned(again.headers) == ["nothing"]


def test_a_process_tells_the_steps_it_was_launched_with(team: Team) -> None:
    """30 §5.3: `with=checklist,checklist.steps` is that version, whatever became of the template since."""
    template = make_template(team.owner, {"title": "Then"})
    process = launch(team.owner, template)
    team.owner("PUT", f"/O/checklists/{template.id}/steps/{template.steps[0]}", {"title": "Now"})
    shown = team.owner("GET", f"/O/runs/{process.id}?with=checklist.steps").data["checklist"]["data"]
    assert [one["title"] for one in shown["steps"]["data"]] == ["Then"]
    assert "steps" not in team.owner("GET", f"/O/runs/{process.id}?with=checklist").data["checklist"]["data"]
    task = team.owner("GET", f"/O/tasks/{process.tasks[0]}?with=run.checklist.steps").data["run"]["data"]
    assert [one["title"] for one in task["checklist"]["data"]["steps"]["data"]] == ["Then"]
