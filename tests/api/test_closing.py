"""Deleting an organization: asked for, taken back, carried out after its time (spec 41 §18.6)."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from procession.kernel.sql import Query, metadata
from procession.kernel.sql import organization as scoped
from procession.kernel.unit import Unit
from procession.people.closing import DESTROY, LASTING, destroy
from procession.people.organizations import organization_as_shown
from tests.support.make import make_process
from tests.support.server import PASSWORD, Caller, Running


@pytest.fixture
def admin(server: Running, owner: Caller) -> Caller:
    """The owner, signed in and confirmed just now."""
    caller = server.session(owner)
    assert caller("POST", "/auth/step-up", {"password": PASSWORD}, headers={"Origin": server.base}).status == 200
    return caller


def body(of: Caller) -> dict[str, Any]:
    return {"name": "Acme", "id": of.organization}


def test_who_may_ask_and_what_he_types(server: Running, owner: Caller, admin: Caller) -> None:
    member = server.member(owner, "standard")
    assert member("DELETE", "/O", body(owner)).status == 403
    refused = owner("DELETE", "/O", body(owner))
    assert (refused.status, refused.body["code"]) == (403, "STEP_UP_REQUIRED")
    assert admin("DELETE", "/O", {"name": "acme", "id": "x"}).errors.keys() == {"name", "id"}
    assert admin("DELETE", "/O", {}).errors.keys() == {"name", "id"}
    assert owner("POST", "/O/cancel-deletion").status == 422
    assert owner("GET", "/O").data["read_only"] is False


def test_del_1_read_only_taken_back_then_closed(server: Running, owner: Caller, admin: Caller) -> None:
    process = make_process(owner)
    start = server.clock.now()
    asked = admin("DELETE", "/O", body(owner))
    assert (asked.status, asked.body["data"]["read_only"]) == (202, True)
    assert admin("DELETE", "/O", body(owner)).status == 202, "once is enough"
    assert owner("PUT", process.path(), {"title": "x"}).body["code"] == "ORGANIZATION_READ_ONLY"
    assert owner("GET", f"/O/runs/{process.id}").status == 200
    told = {one["event"] for one in owner("GET", "/O/system-log/system").data}
    assert "organization_deletion_asked" in told
    mails = owner("GET", "/O/email-log?kind=deletion.scheduled").data
    assert [one["recipient"] for one in mails] == [owner.email]
    try:
        server.clock.stop(start + timedelta(days=29, hours=23))
        assert owner("POST", "/O/cancel-deletion").data["read_only"] is False
        assert owner("PUT", process.path(), {"title": "x"}).status == 200, "writing works again"
        server.clock.stop(start + timedelta(minutes=1))
        assert admin("DELETE", "/O", body(owner)).status == 202
        server.clock.stop(start + timedelta(days=30, minutes=2))
        gone = owner("GET", f"/O/runs/{process.id}")
        assert (gone.status, gone.body["message"]) == (403, "You are not a member of this organization.")
        assert owner("POST", "/O/cancel-deletion").status == 403
        assert owner("GET", "/me/organizations").data == []
        assert owner("GET", "/O/branding").data["updated_at"] is None
    finally:
        server.clock.resume()


def rows(server: Running, organization: str) -> dict[str, int]:
    """How many rows each table still has of the organization."""

    def work(session: Any) -> dict[str, int]:
        unit = Unit(session, organization, server.clock.now())
        return {
            table.name: unit.one(Query(sa.select(sa.func.count()).select_from(table).where(scoped(table)), int)) or 0
            for table in metadata.sorted_tables
            if table.info.get("tenant") and table.name not in LASTING
        }

    return server.database.command_now(work)


def test_the_content_is_destroyed_only_for_a_request_that_stands(server: Running, owner: Caller, admin: Caller) -> None:
    process = make_process(owner)
    admin("DELETE", "/O", body(owner))

    def run(asked_at: str) -> None:
        now = server.clock.now()
        server.database.command_now(
            lambda session: destroy(Unit(session, owner.organization, now), {"asked_at": asked_at})
        )

    run("2020-01-01T00:00:00Z")
    assert owner("GET", f"/O/runs/{process.id}").status == 200
    before = rows(server, owner.organization)
    assert before["tasks"] > 0
    run(request_of(server, owner))
    assert {name: left for name, left in rows(server, owner.organization).items() if left} == {}
    assert owner("GET", "/O").status in (401, 403)
    assert DESTROY == "organization.destroy"


def request_of(server: Running, owner: Caller) -> str:
    def work(session: Any) -> str:
        found = organization_as_shown(Unit(session, owner.organization, server.clock.now()))
        assert found is not None
        asked: str = found.settings["deletion"]["asked_at"]
        return asked

    return server.database.read_now(work)
