"""No body and no query makes a 5xx of any operation, and what is refused writes nothing (spec 00 ERR-04, BODY-07).

The table is that of the operations: whoever adds one adds a row. Each is sent, with the ids of its twin, bodies that
cannot be kept, and bodies in which every member it knows has the same strange value.
"""

import json
import re
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from procession.api.endpoint import OPERATIONS, Operation
from procession.kernel.sql import Query, organization
from procession.kernel.tables import events
from procession.kernel.unit import Unit
from tests.support.server import Answer, Running
from tests.support.twins import TWINS, World, base

UNREADABLE: tuple[tuple[bytes, str], ...] = (
    (b'{"title": "\\ud800"}', "INVALID_JSON"),
    (b"[" * 100_000, "INVALID_JSON"),
    (b'{"a":' * 100_000, "INVALID_JSON"),
    (b'{"a": 1e999999}', "INVALID_JSON"),
    (b"\xff\xfe{}", "INVALID_JSON"),
    (b'{"a": 1', "INVALID_JSON"),
    (b"[{}]", "BAD_REQUEST"),
    (b'"text"', "BAD_REQUEST"),
)
STRANGE: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, 10**30, 2**63, "", "x", "x" * 70_000, "a\u202eb\U0010ffff", "'; DROP TABLE tasks; --",
    "{{x}}%s%n", "1e400", "f" * 32, [], {}, [None], [[[1]]], [{}], [10**30], ["f" * 32], [True], {"data": []},
    {"id": 10**30}, [{"id": {}}], {"users": [[1]], "guests": [{"email": 5}], "groups": [{"id": []}]},
    '{"x": "\\u0000"}', "[" * 5000, {"f" * 32: {"value": [1]}}, [["f" * 32, {}]],
)  # fmt: skip
ENDS = (
    "deleteOrganization", "cancelOrganizationDeletion", "deleteAllTokens", "leaveOrganization", "logout",
    "logoutBrowser", "endOtherSessions", "register", "setUp",
)  # fmt: skip
"""What would end the caller, or is nobody's in particular."""
TELLS = ("stepUp",)
"""What is wrong there is told in the history: who tries passwords leaves traces."""
BODIED = tuple(
    one for one in OPERATIONS if one.body is not None and one.writes and not one.pages and base(one) not in ENDS
)
_COUNT = Query(sa.select(sa.func.count()).where(organization(events)), int)


class Bench:
    """A world of one of everything, and what its history holds."""

    def __init__(self, server: Running) -> None:
        self.server = server
        self.world = World(server, server.organization())

    def path(self, operation: Operation) -> str:
        """The address of the operation with ids that are there."""
        twin = TWINS[base(operation)]
        self.world.entitled(twin)
        try:
            return self._path(operation, twin.ids(self.world))
        except (AssertionError, KeyError):  # used up by what was asked before
            self.world = World(self.server, self.server.organization())
            return self._path(operation, twin.ids(self.world))

    def _path(self, operation: Operation, named: dict[str, Any]) -> str:
        path = operation.path.replace("/organizations/{org}", "/O").replace("{org}", self.world.owner.organization)
        for name in re.findall(r"{(\w+)}", path):
            path = path.replace(f"{{{name}}}", quote(str(named.get(name) or self.world.ids(name)), safe="@"))
        return path

    def events(self) -> int:
        """How much has happened in the organization."""
        now = self.server.clock.now()
        found = self.server.database.read_now(
            lambda session: Unit(session, self.world.owner.organization, now).one(_COUNT)
        )
        return int(found or 0)

    def send(self, operation: Operation, path: str, raw: bytes) -> Answer:
        if operation.auth == "none":
            self.server.forget_attempts()
        caller = self.world.entitled(TWINS[base(operation)])
        headers = {"Origin": self.server.base}
        return caller(operation.method, path, raw=raw, headers=headers)

    def ask(self, operation: Operation, path: str) -> Answer:
        return self.world.entitled(TWINS[base(operation)])("GET", path)


@pytest.fixture(scope="module")
def bench(sqlite_server: Running) -> Bench:
    """SQLite alone: what is refused here never comes to the database; the long form asks both."""
    return Bench(sqlite_server)


def unreadable(bench: Bench, place: int, operation: Operation, count: int) -> list[str]:
    """BODY-05 to BODY-07: `count` bodies that nobody can read are refused as such, after the token, before the rest."""
    path = bench.path(operation)
    wrong, before = [], bench.events()
    for raw, code in some(UNREADABLE, place, count):
        answer = bench.send(operation, path, raw)
        told = answer.body.get("code") if isinstance(answer.body, dict) else None
        if (answer.status, told) not in ((400, code), (400, "invalid_request")):
            wrong.append(f"{operation.id} {raw[:20]!r}: {answer.status} {answer.body}")
    return wrong if bench.events() == before else [*wrong, f"{operation.id}: unreadable, and wrote"]


def strange(bench: Bench, place: int, operation: Operation, count: int) -> list[str]:
    """What is answered that may not be, with `count` values: a 5xx, a refusal without a text, a refusal that wrote."""
    assert operation.body is not None
    wrong: list[str] = []
    path, before = bench.path(operation), bench.events()
    for value in some(STRANGE, place, count):
        body = json.dumps(dict.fromkeys(sorted(operation.body.known), value)).encode()
        answer = bench.send(operation, path, body)
        if answer.status == 404:  # what the path names was changed away by an earlier body
            path, before = bench.path(operation), bench.events()
            answer = bench.send(operation, path, body)
        refused = answer.status >= 400
        if answer.status >= 500 or (refused and not (answer.body or {}).get("message")):
            wrong.append(f"{operation.id} {str(value)[:60]}: {answer.status} {answer.body}")
        now = bench.events()
        if refused and now != before and base(operation) not in TELLS:
            wrong.append(f"{operation.id} {str(value)[:60]}: {answer.status}, and wrote")
        before = now
    return wrong


def some(values: tuple[Any, ...], place: int, count: int) -> list[Any]:
    """`count` of the values, others for each place; over all operations all of them come up."""
    return [values[(place * count + one) % len(values)] for one in range(min(count, len(values)))]


def test_no_body_makes_a_5xx_or_is_kept_when_it_is_refused(bench: Bench) -> None:
    wrong = []
    for place, operation in enumerate(BODIED):
        wrong += unreadable(bench, place, operation, 1)
        wrong += strange(bench, place, operation, 3)
    assert not wrong, "\n".join(wrong)


QUERIES = (
    "%00", "%ff%fe", "%ed%a0%80", "9" * 40, "-1", "1e999", "x" * 3000, "[" * 2000, "%5B%7B%22id%22%3A1%7D%5D",
    "%27%3B--", "%25_%5C", "f" * 32, "2030-13-45", "0000-00-00", "9999-12-31T23%3A59%3A59%2B14%3A00", "true%2Cfalse",
    "%2C%2C%2C", "a.b.c.d.e.f", "%F0%9F%98%80", "NEAR(a%20b)", "%22%2A", "0x10", "%D9%A3", "",
)  # fmt: skip
"""Values of parameters, as they stand in an address."""
ASKED = tuple(one for one in OPERATIONS if not one.writes and one.query and not one.pages)


def asked(bench: Bench, count: int) -> list[str]:
    """What is answered that may not be: every parameter an operation knows, and one unknown, with the same value."""
    wrong = []
    for place, operation in enumerate(ASKED):
        path = bench.path(operation)
        for value in some(QUERIES, place, count):
            query = "&".join(f"{name}={value}" for name in (*operation.query, "unheard_of", "sort[]"))[:8000]
            answer = bench.ask(operation, f"{path}?{query}")
            if answer.status >= 500 or (answer.status >= 400 and not (answer.body or {}).get("message")):
                wrong.append(f"{operation.id} {value[:40]}: {answer.status} {answer.body}")
            # What is refused for one of them hides the others.
            for name in operation.query if answer.status == 422 and place % 3 == 0 else ():
                alone = bench.ask(operation, f"{path}?{name}={value}")
                if alone.status >= 500:
                    wrong.append(f"{operation.id} {name}={value[:40]}: {alone.status} {alone.body}")
    return wrong


def test_no_query_makes_a_5xx(bench: Bench) -> None:
    """FLT-02, FLT-03."""
    wrong = asked(bench, 3)
    assert not wrong, "\n".join(wrong)


@pytest.mark.long
def test_every_query_at_length(server: Running) -> None:
    wrong = asked(Bench(server), len(QUERIES))
    assert not wrong, "\n".join(wrong)


@pytest.mark.long
@pytest.mark.parametrize("operation", BODIED, ids=lambda one: f"{one.method} {one.path}")
def test_every_body_at_length(server: Running, operation: Operation) -> None:
    bench = Bench(server)
    wrong = unreadable(bench, 0, operation, len(UNREADABLE)) + strange(bench, 0, operation, len(STRANGE))
    assert not wrong, "\n".join(wrong)
