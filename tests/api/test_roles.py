"""The table of operations and roles, line by line: what `people/permissions.py` says is what the server does.

Expected is computed from the acts that an operation names (spec 40 §15.2) for somebody who has no relation to the
objects: an administrator made them all.
"""

from collections.abc import Callable, Mapping

import pytest

from procession.api.endpoint import OPERATIONS, Operation
from procession.people.model import Role
from procession.people.permissions import NO, STANDING, YES, role_cell
from tests.support.canaries import PRIVATE
from tests.support.server import Answer, Caller, Running
from tests.support.twins import READS, TWINS, World, base, sent

ROLES: tuple[Role, ...] = ("standard", "light", "guest")
NAMING = (
    "uploadAsset", "addTag", "removeTag", "addFolderObject", "removeFolderObject", "updatePassword",
    "getUserPreferences", "updateUserPreferences",
)  # fmt: skip
"""Open to the role, but their twins name a process, or a person, that the caller does not see or is not."""

CLOSING = ("deleteOrganization", "cancelOrganizationDeletion")
"""They would end the organization of all that follow; `test_closing` asks who may."""

INSIDE = [one for one in OPERATIONS if one.auth == "member" and "{org}" in one.path and base(one) not in CLOSING]


def expected(operation: Operation, role: Role) -> str:
    """`refused`, `hidden` (refused or not found), `allowed`, or `depends` on what the request says."""
    cells = {role_cell(role, act) for act in operation.acts}
    if cells == {NO}:
        return "refused"
    if base(operation) in NAMING:
        return "hidden"
    named = operation.path.partition("{org}")[2].partition("{")[2].partition("}")[0]
    if named in PRIVATE:
        return "hidden"
    return "allowed" if cells <= {YES, *STANDING} else "depends"


RIGHT: Mapping[str, Callable[[int], bool]] = {
    "refused": lambda status: status in (403, 404),
    "hidden": lambda status: status in (403, 404, 422),
    "allowed": lambda status: status < 400,
    "depends": lambda status: status < 500,
}


def member(server: Running, owner: Caller, role: Role) -> Caller:
    return server.guest(owner) if role == "guest" else server.member(owner, role)


def tried(world: World, operation: Operation, caller: Caller) -> Answer:
    path, body = sent(world, operation, TWINS[base(operation)])
    return caller(operation.method, path, body)


@pytest.mark.parametrize("role", ROLES)
def test_every_operation_asks_for_its_rights(sqlite_server: Running, role: Role) -> None:
    owner = sqlite_server.organization()
    world, wrong, caller = World(sqlite_server, owner), [], member(sqlite_server, owner, role)
    for operation in sorted(INSIDE, key=lambda one: one.method != "GET"):
        wish = expected(operation, role)
        answer = tried(world, operation, caller)
        if not RIGHT[wish](answer.status):
            wrong.append(f"{operation.method} {operation.path}: {wish}, {answer.status} {str(answer.body)[:200]}")
        if (answer.status < 300 and operation.method != "GET") or TWINS[base(operation)].prepare is not READS.prepare:
            world = World(sqlite_server, owner)  # something of it was used up
        if answer.status < 300 and "/me" in operation.path and operation.method != "GET":
            caller = member(sqlite_server, owner, role)  # he may have left, or have signed out
    assert not wrong, "\n".join(wrong)
