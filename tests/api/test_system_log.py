"""The system log: what it tells, filters, the export, who looked (spec 41 §15)."""

import csv
import io
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import procession
from procession.accounts.mails import post
from procession.accounts.tables import mails
from procession.activity.log import EVENTS
from procession.api.log_entries import cell
from procession.kernel.sql import Write, organization
from procession.kernel.unit import Unit
from procession.people.security import tell, tell_everywhere
from tests.support.fixtures_server import Team
from tests.support.make import launch, make_template
from tests.support.server import Caller, Running

SENT = Write(sa.update(mails).where(organization(mails), mails.c.id == sa.bindparam("mail")).values(status="sent"))


def told(server: Running, by: Caller, event: str, new: Any = None, *, at: datetime | None = None) -> None:
    def work(session: Any) -> None:
        tell(Unit(session, by.organization, at or server.clock.now()), event, by.user_id, new=new)

    server.database.command_now(work)


def log(by: Caller, query: str = "") -> Any:
    return by("GET", f"/O/system-log/system{query}").data


def exported(by: Caller, tab: str = "system", query: str = "") -> list[list[str]]:
    got = by.http.get(f"/organizations/{by.organization}/system-log/{tab}/export{query}")
    assert got.status_code == 200
    assert got.headers["content-type"] == "text/csv; charset=utf-8"
    assert got.text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(got.text[1:])))


def test_settings_roles_and_views_are_told(team: Team) -> None:
    assert team.owner("PUT", "/O", {"industry": "Toys", "mixpanel_token": "a" * 32}).status == 200
    assert team.owner("PUT", f"/O/users/{team.light.user_id}/role", {"role": "standard"}).status == 200
    found = log(team.owner)
    assert {(one["event"], one["message"]) for one in found} == {
        ("settings_changed", "Settings changed: industry"),
        ("settings_changed", "Settings changed: mixpanel_token"),
        ("role_changed", "Role changed: role"),
    }
    role = next(one for one in found if one["event"] == "role_changed")
    assert (role["before"], role["after"], role["object_type"], role["object_id"]) == (
        {"role": "light"}, {"role": "standard"}, "user", str(team.light.user_id)
    )  # fmt: skip
    assert (role["actor"]["id"], role["category"], role["severity"], role["pre_auth"]) == (
        team.owner.user_id, "security", "info", False
    )  # fmt: skip
    assert "a" * 32 not in str(found)
    views = [one for one in log(team.owner) if one["event"] == "system_log_viewed"]
    assert len(views) == 1, "noted once a minute"
    assert (views[0]["after"]["tab"], views[0]["category"]) == ("system", "log")
    log(team.owner, "?severity=info")
    assert len(log(team.owner, "?event=system_log_viewed")) == 2, "another set of filters is another view"


def test_only_administrators_read_it_and_nobody_changes_it(team: Team) -> None:
    for by in (team.standard, team.light, team.guest, team.stranger):
        assert by("GET", f"/organizations/{team.owner.organization}/system-log/system").status == 403
        assert by("GET", f"/organizations/{team.owner.organization}/system-log/system/export").status == 403
    assert team.owner("GET", "/O/system-log/other").status == 404
    for method in ("POST", "PUT", "DELETE"):
        assert team.owner(method, "/O/system-log/system", {}).status == 405
    assert team.owner("GET", "/O/system-log/ai").data == []
    assert team.owner("GET", "/O/system-log/email").data == []


def test_what_becomes_public_is_told(server: Running, team: Team) -> None:
    """15.2: templates and forms that everybody may see, when they are made and when they are changed; once each."""
    owner = team.owner
    made = make_template(owner, {"title": "A"}, title="Shown", is_public=True).id
    template = make_template(owner, {"title": "A"}, title="Later").id
    for body in ({"is_public": True, "is_public_kickoff": True}, {"is_public": True}, {"is_public_kickoff": False}):
        assert owner("PUT", f"/O/checklists/{template}", {"title": "Later", **body}).status == 200
    process = launch(owner, make_template(owner, {"title": "A"})).id
    assert owner("PUT", f"/O/runs/{process}", {"is_public": True}).status == 200
    found = {(one["event"], one["object_type"], one["object_id"]): one for one in log(owner, "?category=security")}
    assert found.keys() == {
        ("blueprint_made_public", "checklist", made),
        ("blueprint_made_public", "checklist", template),
        ("kickoff_form_made_public", "checklist", template),
        ("process_made_public", "run", process),
    }
    entry = found["kickoff_form_made_public", "checklist", template]
    assert (entry["category"], entry["severity"], entry["message"]) == (
        "security", "info", "Kickoff form made public: Later"
    )  # fmt: skip
    assert {one["event"] for one in log(owner, "?event=blueprint_made_public")} == {"blueprint_made_public"}
    feed = owner("GET", f"/O/activity-feeds?entity_type=checklist&entity_id={template}").data
    assert "made_public" not in str(feed), "the activity tells it in its own way"


def test_every_event_has_its_category(server: Running, owner: Caller) -> None:
    """15.2: what the source tells is known to the filters; those of processes are no matter of security."""
    source = "".join(one.read_text() for one in Path(procession.__file__).parent.rglob("*.py"))
    told_ = set(re.findall(r'security\.([a-z_]+)"', source))
    named = r'(?:tell(?:_everywhere)?\((?:call\.)?unit, |_tell\(call, |_logged\()"([a-z]+_[a-z_]+)"'
    told_ |= set(re.findall(named, source))
    assert len(told_) > 15 and told_ <= {*EVENTS}, told_ - {*EVENTS}
    told(server, owner, "process_auto_archived", {"name": "P"})
    told(server, owner, "task_auto_completed", {"title": "T"})
    told(server, owner, "onboarding_launch_failed", {"error": "Archived."})
    of_processes = log(owner, "?category=process")
    assert {(one["category"], one["message"]) for one in of_processes} == {
        ("process", "Process auto archived: P"), ("process", "Task auto completed: T")
    }  # fmt: skip
    (failed,) = log(owner, "?category=security&severity=warning")
    assert (failed["event"], failed["message"]) == (
        "onboarding_launch_failed", "Onboarding launch failed: Archived."
    )  # fmt: skip


def test_log_1_before_sign_in_is_told_in_each_organization(server: Running, owner: Caller) -> None:
    def work(session: Any) -> None:
        unit = Unit(session, "0" * 32, server.clock.now(), principal="public")
        tell_everywhere(unit, "login_failed", owner.user_id, {"email": owner.email, "ip": "192.0.2.7"})

    server.database.command_now(work)
    (entry,) = log(owner, "?event=login_failed")
    assert (entry["pre_auth"], entry["severity"], entry["actor"], entry["actor_ip"]) == (
        True, "warning", None, "192.0.2.7"
    )  # fmt: skip
    assert log(owner, "?severity=warning") == [entry]
    assert log(owner, "?include_pre_auth=false&category=security") == []
    assert log(owner, "?search=192.0.2.7&event_contains=LOGIN&category=security") == [entry]
    assert log(owner, "?message_contains=100%25") == []
    assert log(owner, "?recipient_contains=x") == []
    assert log(owner, "?severity=error") == []


def test_span_and_retention(server: Running, owner: Caller) -> None:
    now = server.clock.now()
    told(server, owner, "member_deleted", {"email": "old@x.example"}, at=now - timedelta(days=89))
    told(server, owner, "member_deleted", {"email": "older@x.example"}, at=now - timedelta(days=91))
    told(server, owner, "member_deleted", {"email": "new@x.example"})
    assert [one["after"]["email"] for one in log(owner)] == ["new@x.example"], "the last day"
    start = (now - timedelta(days=89, hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert [one["after"]["email"] for one in log(owner, f"?from={start}&event=member_deleted")] == [
        "new@x.example", "old@x.example"
    ]  # fmt: skip
    beyond = (now - timedelta(days=90, hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert owner("GET", f"/O/system-log/system?from={beyond}&actor_id=x").errors.keys() == {"from", "actor_id"}


def test_pages_and_order(server: Running, owner: Caller) -> None:
    for number in range(30):
        told(server, owner, "member_deleted", {"email": f"{number}@x.example"})
    first = owner("GET", "/O/system-log/system?per_page=7")
    assert (len(first.data), first.body["meta"]["pagination"]["total"]) == (25, 30)
    second = owner("GET", "/O/system-log/system?per_page=25&page=2&event=member_deleted")
    assert [one["after"]["email"] for one in second.data] == [f"{one}@x.example" for one in range(4, -1, -1)]
    oldest = log(owner, "?sort_by=created_at&event=member_deleted")
    assert oldest[0]["after"]["email"] == "0@x.example"


def test_15_3_mails_by_any_column(server: Running, owner: Caller) -> None:
    """`-` descends; equals stand in the order of time; what is no column of this tab is named."""

    def write(session: Any) -> None:
        unit = Unit(session, owner.organization, server.clock.now())
        for number, subject in enumerate(("B", "A", "C", "A")):
            unit.write(SENT, mail=post(unit, server.secrets, "profile.changed", f"{9 - number}@x.example", subject))

    server.database.command_now(write)

    def listed(sort: str) -> list[str]:
        return [
            "".join((one["subject"], one["recipient"][0])) for one in owner("GET", f"/O/system-log/email?{sort}").data
        ]

    assert listed("sort_by=subject") == ["A6", "A8", "B9", "C7"] or listed("sort_by=subject") == [
        "A8",
        "A6",
        "B9",
        "C7",
    ]
    assert listed("sort_by=-recipient") == ["B9", "A8", "C7", "A6"]
    assert listed("sort_by=recipient") == ["A6", "C7", "A8", "B9"]
    for column in ("event", "severity", "message", "object_id", "created_at"):
        assert listed(f"sort_by={column}") == listed(f"sort_by=-{column}")[::-1], column
    told = owner("GET", "/O/system-log/email?sort_by=actor").headers["x-procession-warnings"]
    assert "UNKNOWN_SORT_KEY" in told


def test_15_3_a_walk_by_cursor(server: Running, owner: Caller) -> None:
    """Both directions; nothing shifts, nothing is counted; the tabs of mails and models too; foreign cursors: 422."""
    for number in range(30):
        told(server, owner, "member_deleted", {"email": f"{number}@x.example"})
    stranger = server.organization()

    def write(session: Any) -> None:
        for by, many in ((owner, 27), (stranger, 1)):
            unit = Unit(session, by.organization, server.clock.now())
            for number in range(many):
                made = post(unit, server.secrets, "profile.changed", f"{number}@x.example", f"{number}")
                unit.write(SENT, mail=made)

    server.database.command_now(write)
    newest, wanted = [f"{one}@x.example" for one in range(29, -1, -1)], "event=member_deleted"
    for sort, order in (("", newest), ("&sort_by=created_at", newest[::-1]), ("&sort_by=event", newest)):
        first = owner("GET", f"/O/system-log/system?cursor=&per_page=25&{wanted}{sort}")
        following = first.body["meta"]["cursor"]["next"]
        assert first.body["meta"] == {"cursor": {"next": following, "count": 25, "per_page": 25}}
        rest = owner("GET", f"/O/system-log/system?cursor={following}&per_page=25&{wanted}")
        assert rest.body["meta"] == {"cursor": {"next": None, "count": 5, "per_page": 25}}
        assert [one["after"]["email"] for one in (*first.data, *rest.data)] == order
    whole = owner("GET", f"/O/system-log/system?cursor&per_page=50&{wanted}")
    assert whole.body["meta"]["cursor"] == {"next": None, "count": 30, "per_page": 50}
    assert owner("GET", "/O/system-log/ai?cursor=").body == {
        "data": [], "meta": {"cursor": {"next": None, "count": 0, "per_page": 50}}
    }  # fmt: skip

    paged = owner("GET", "/O/system-log/email?per_page=50").data
    first = owner("GET", "/O/system-log/email?cursor=&per_page=25")
    rest = owner("GET", f"/O/system-log/email?cursor={first.body['meta']['cursor']['next']}&per_page=25")
    assert (len(first.data), len(rest.data), rest.body["meta"]["cursor"]["next"]) == (25, 2, None)
    assert [*first.data, *rest.data] == paged
    foreign = stranger("GET", "/O/system-log/email").data[0]["id"]
    for tab, text in (("system", "x"), ("system", foreign), ("email", "n1"), ("email", foreign), ("ai", "?")):
        refused = owner("GET", f"/O/system-log/{tab}?cursor={text}")
        assert refused.errors == {"cursor": ["The cursor is invalid."]}, (tab, text)
    assert server.member(owner, "standard")("GET", "/O/system-log/system?cursor=x").status == 403


def test_log_2_export_is_whole_and_safe(server: Running, owner: Caller) -> None:
    told(server, owner, "member_deleted", {"name": "=HYPERLINK(1)"})
    for number in range(520):
        told(server, owner, "member_deleted", {"name": f"n{number}"})
    lines = exported(owner)
    assert len(lines) == 522
    assert len({line[0] for line in lines}) == 522
    (entry, *_rest) = log(owner, "?event=system_log_viewed")
    assert entry["after"]["export"] is True


@pytest.mark.parametrize(
    ("value", "shown"),
    [("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@x", "'@x"), ("\t=1", "'\t=1"), (" =1", "' =1"),
     ("a=1", "a=1"), (None, ""), (True, "true"), ({"a": 1}, '{"a":1}')],
)  # fmt: skip
def test_cells_are_no_formulas(value: Any, shown: str) -> None:
    assert cell(value) == shown


def test_the_log_has_its_index(server: Running) -> None:
    if server.database.dialect.name != "sqlite":
        pytest.skip("the planner of PostgreSQL goes by sizes")
    from_log = (
        "EXPLAIN QUERY PLAN SELECT id FROM events WHERE organization_id = 'x' AND (kind >= 'security.' AND kind < "
        "'security/' OR kind = 'organization.updated' OR kind = 'log.viewed') AND at >= '2026' AND at < '2027'"
    )
    engine = sa.create_engine(f"sqlite:///{server.settings.data_dir / 'procession.db'}")
    with engine.connect() as connection:
        plan = str(connection.exec_driver_sql(from_log).fetchall())
    engine.dispose()
    assert "ix_events_log" in plan, plan
