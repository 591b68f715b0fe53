"""Working days, closing days, public holidays and the preview, over HTTP (spec 41 §1.4, §2, §4, §6.3; 20 §5)."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.fixtures_server import Team
from tests.support.make import UNKNOWN, events_of, launch, make_oneoff, make_template, set_working_time
from tests.support.server import Caller, Running

CHRISTMAS = {"date": "2026-12-25", "name": "Christmas", "recurring": True}
WHOLE = {**CHRISTMAS, "from": None, "to": None}
BAVARIA = {"country": "DE", "subdivision": "BY"}
OFFICE = dict.fromkeys(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"), ("09:00", "17:00"))
HOLIDAYS = [WHOLE, {"date": None, "name": "", "recurring": False, "from": "2026-12-28", "to": "2026-12-30"}]


@pytest.fixture
def stopped(server: Running) -> Iterator[Running]:
    """The server at 2026-12-21 10:00 UTC, a Monday."""
    server.clock.stop(datetime(2026, 12, 21, 10, tzinfo=UTC))
    yield server
    server.clock.resume()


@pytest.fixture
def office(owner: Caller) -> Caller:
    """An organization in Berlin that works from nine to five, with closing days."""
    set_working_time(owner, "Europe/Berlin", **OFFICE, Saturday=None, Sunday=None)
    assert owner("PUT", "/O", {"holidays": HOLIDAYS}).status == 200
    return owner


def preview(by: Caller, **body: Any) -> Any:
    return by("POST", "/O/deadline-preview", body).data


# -- settings ----------------------------------------------------------------------------------------------------------


def test_org_1_closing_days_are_set_shown_replaced_and_emptied(server: Running, owner: Caller) -> None:
    assert (owner("GET", "/O").data["holidays"], owner("GET", "/O").data["holiday_region"]) == ([], None)
    set_both = owner("PUT", "/O", {"holidays": [CHRISTMAS], "holiday_region": {"country": "de", "subdivision": "by"}})
    assert (set_both.data["holidays"], set_both.data["holiday_region"]) == ([WHOLE], BAVARIA)
    again = owner("PUT", "/O", {"holidays": set_both.data["holidays"], "holiday_region": BAVARIA, "name": "Acme"})
    assert again.headers["etag"] == set_both.headers["etag"], "echoing what is shown changes nothing"
    kept = owner("PATCH", "/O", {"holidays": None})
    assert (kept.data["holidays"], kept.data["holiday_region"]) == ([WHOLE], BAVARIA)
    emptied = owner("PUT", "/O", {"holidays": [], "holiday_region": None}).data
    assert (emptied["holidays"], emptied["holiday_region"]) == ([], None)
    told = [one[2:] for one in events_of(server, owner, "organization") if one[0] == "organization.updated"]
    assert ("holidays", [], [WHOLE]) in told
    assert ("holiday_region", BAVARIA, None) in told


def test_org_1_every_wrong_day_is_named_and_nothing_kept(owner: Caller) -> None:
    sent = {
        "industry": "Toys",
        "holidays": [CHRISTMAS, {"date": "2026-13-01"}, {"from": "2026-02-02", "to": "2026-02-01"}],
        "holiday_region": {"country": "DE", "subdivision": "ZZ"},
        "working_days": dict.fromkeys((*OFFICE, "Saturday", "Sunday"), False),
    }
    assert owner("PUT", "/O", sent).errors == {
        "holidays.1.date": ["The date is not a valid date."],
        "holidays.2.to": ["The to must be a date after or equal to from."],
        "holiday_region.subdivision": ["The selected subdivision is invalid."],
        "working_days": ["At least one working day is needed."],
    }
    shown = owner("GET", "/O").data
    assert (shown["holidays"], shown["holiday_region"], shown["industry"]) == ([], None, None)
    assert owner("PUT", "/O", {"holidays": "2026-12-25"}).errors == {"holidays": ["The holidays must be an array."]}
    assert owner("PUT", "/O", {"holidays": [WHOLE] * 367}).errors.keys() == {"holidays"}
    assert len(owner("PUT", "/O", {"holidays": [WHOLE] * 366}).data["holidays"]) == 366


def test_only_administrators_close_days(team: Team) -> None:
    for by, status in ((team.standard, 403), (team.light, 403), (team.guest, 403), (team.stranger, 403)):
        assert by("PUT", f"/organizations/{team.owner.organization}", {"holidays": [CHRISTMAS]}).status == status
    assert team.owner("GET", "/O").data["holidays"] == []
    team.owner("PUT", "/O", {"holidays": [CHRISTMAS]})
    assert team.light("GET", "/O").data["holidays"] == [WHOLE]


def test_legacy_settings_fill_what_is_untouched_once(owner: Caller) -> None:
    """41 §1.4, §4.3: `MM-DD` texts become yearly entries, by the first write."""
    text = (
        '{"determine_deadline": 1, "workdays": ["mon", "Tuesday", "wed"], "holidays": ["12-25", "02-30", "x", "02-29"]}'
    )
    shown = owner("PUT", "/O", {"settings": text}).data
    assert shown["settings"] == text
    assert [day for day, value in shown["working_days"].items() if value["working"]] == [
        "Monday", "Tuesday", "Wednesday",
    ]  # fmt: skip
    assert [(one["date"], one["recurring"]) for one in shown["holidays"]] == [
        ("2000-12-25", True),
        ("2000-02-29", True),
    ]
    again = owner("PUT", "/O", {"settings": {"holidays": ["01-01"]}, "holidays": []}).data
    assert again["holidays"] == []
    assert owner("PUT", "/O", {"settings": {"holidays": ["01-01"]}}).data["holidays"] == []


@pytest.mark.parametrize("text", ["{", "[]", "5", "[" * 9000, '{"holidays": 5, "workdays": 5}', '{"workdays": []}'])
def test_legacy_settings_that_say_nothing_change_nothing(owner: Caller, text: str) -> None:
    shown = owner("PUT", "/O", {"settings": text}).data
    assert (shown["settings"], shown["holidays"]) == (text, [])
    assert all(day["working"] for day in shown["working_days"].values())


def test_legacy_settings_do_not_touch_what_was_set(owner: Caller) -> None:
    owner("PUT", "/O", {"holidays": [CHRISTMAS], "working_days": {"Sunday": False}})
    shown = owner("PUT", "/O", {"settings": {"holidays": ["01-01"], "workdays": {"Monday": True}}}).data
    assert shown["holidays"] == [WHOLE]
    assert shown["working_days"]["Tuesday"]["working"]


def test_a_new_zone_leaves_open_deadlines_and_says_so(owner: Caller) -> None:
    """41 §2."""
    assert owner("PUT", "/O", {"timezone": "Europe/Lisbon"}).body.get("meta", {}) == {}
    task = make_oneoff(owner, deadline="2027-01-04T12:00:00Z")
    changed = owner("PUT", "/O", {"timezone": "Asia/Tokyo"})
    assert [one["code"] for one in changed.body["meta"]["warnings"]] == ["OPEN_DEADLINES_KEPT"]
    assert owner("GET", task).data["deadline"] == "2027-01-04T12:00:00Z"
    assert "meta" not in owner("PUT", "/O", {"timezone": "Asia/Tokyo"}).body
    owner("POST", "/O/completed-tasks", {"task_id": task.rsplit("/", 1)[1]})
    assert "meta" not in owner("PUT", "/O", {"timezone": "UTC"}).body


# -- deadlines ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("2026-12-24T10:00:00Z", "2026-12-24T10:00:00Z"),
        ("2026-12-25T09:00:00Z", "2026-12-31T08:00:00Z"),  # 4.4, example 4, and the range after it
        ("2026-12-25", "2026-12-31T08:00:00Z"),
        ("2031-12-25T09:00:00Z", "2031-12-26T08:00:00Z"),
        ("2027-12-28T09:00:00Z", "2027-12-28T09:00:00Z"),
        ("friday", "2026-12-31T08:00:00Z"),
        ("in 4 days", "2026-12-31T08:00:00Z"),
    ],
)
@pytest.mark.usefixtures("stopped")
def test_work_1_a_deadline_leaves_closing_days(office: Caller, sent: str, kept: str) -> None:
    task = make_oneoff(office)
    assert office("PUT", task, {"deadline": sent}).data["deadline"] == kept
    assert office("GET", make_oneoff(office, deadline=sent)).data["deadline"] == kept


@pytest.mark.usefixtures("stopped")
def test_work_1_launch_and_what_follows_leave_them_too(office: Caller) -> None:
    """20 §5.4: offsets, overrides, and what hangs on a completed task."""
    template = make_template(
        office,
        {"title": "A", "deadline": {"value": 4, "unit": "days", "option": "from", "step": "start_run"}},
        {"title": "B", "deadline": {"value": 96, "unit": "hours", "option": "from", "step": 0}},
        {"title": "C"},
    )
    process = launch(office, template, tasks={template.steps[2]: {"deadline": "2026-12-29T09:00:00Z"}})
    shown = [office("GET", process.path(at)).data["deadline"] for at in range(3)]
    assert shown == ["2026-12-31T08:00:00Z", "2027-01-04T08:00:00Z", "2026-12-31T08:00:00Z"]
    office("POST", f"/O/runs/{process.id}/completed-tasks", {"task_id": process.tasks[0]})
    assert office("GET", process.path(1)).data["deadline"] == "2026-12-31T08:00:00Z"


def test_public_holidays_move_deadlines_and_stored_ones_stay(owner: Caller) -> None:
    set_working_time(owner, "Europe/Berlin", **OFFICE, Saturday=None, Sunday=None)
    before = make_oneoff(owner, deadline="2027-01-06T10:00:00Z")
    owner("PUT", "/O", {"holiday_region": BAVARIA})
    assert owner("GET", before).data["deadline"] == "2027-01-06T10:00:00Z", "20 §5.4: only new writes"
    assert owner("PUT", before, {"deadline": "2027-01-06T10:00:00Z"}).data["deadline"] == "2027-01-07T08:00:00Z"
    assert owner("PUT", before, {"started_at": "2027-01-06T10:00:00Z"}).data["started_at"] == "2027-01-06T10:00:00Z"
    owner("PUT", "/O", {"holiday_region": {"country": "DE"}})
    assert owner("PUT", before, {"deadline": "2027-01-06T10:00:00Z"}).data["deadline"] == "2027-01-06T10:00:00Z"


# -- preview -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ({"deadline": "2026-12-22T10:00:00Z"}, ("2026-12-22T10:00:00Z", "2026-12-22T10:00:00Z", None)),
        ({"deadline": "2026-12-26T10:00:00Z"}, ("2026-12-26T10:00:00Z", "2026-12-31T08:00:00Z", "weekend")),
        ({"deadline": "2026-12-25T10:00:00Z"}, ("2026-12-25T10:00:00Z", "2026-12-31T08:00:00Z", "holiday")),
        ({"deadline": "2026-12-22T20:00:00Z"}, ("2026-12-22T20:00:00Z", "2026-12-23T08:00:00Z", "closed")),
        ({"deadline": "2026-12-22"}, ("2026-12-22T16:00:00Z", "2026-12-22T16:00:00Z", None)),
        ({"deadline": "2026-12-25"}, ("2026-12-25T22:59:59Z", "2026-12-31T08:00:00Z", "holiday")),
        ({"deadline": "tomorrow 5pm"}, ("2026-12-22T16:00:00Z", "2026-12-22T16:00:00Z", None)),
        ({"amount": 4, "unit": "days"}, ("2026-12-25T10:00:00Z", "2026-12-31T08:00:00Z", "holiday")),
        ({"amount": "4", "unit": "Day", "from": "", "deadline": ""},
         ("2026-12-25T10:00:00Z", "2026-12-31T08:00:00Z", "holiday")),
        ({"from": "2026-12-24T10:00:00Z", "amount": 2, "unit": "days", "direction": "before"},
         ("2026-12-22T10:00:00Z", "2026-12-22T10:00:00Z", None)),
        ({"from": "2027-01-01", "amount": 1, "unit": "weeks", "direction": "prior_to"},
         ("2026-12-24T23:00:00Z", "2026-12-31T08:00:00Z", "holiday")),
        ({"from": "9999-12-31T23:59:59Z", "amount": 1000000, "unit": "months"},
         ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z", None)),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("stopped")
def test_4_2_preview(office: Caller, body: Any, shown: tuple[str, str, str | None]) -> None:
    found = preview(office, **body)
    assert (found["raw"], found["adjusted"], found["reason"]) == shown
    assert found["moved"] is (shown[2] is not None)
    assert set(found) == {"raw", "adjusted", "moved", "reason"}


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"amount": "The amount field is required.", "unit": "The unit field is required."}),
        ({"deadline": "soon"}, {"deadline": "The deadline is not a valid date."}),
        ({"deadline": 5}, {"deadline": "The deadline is not a valid date."}),
        ({"from": "soon", "amount": -1, "unit": "years", "direction": "up"}, {
            "from": "The from is not a valid date.", "amount": "The amount must be at least 0.",
            "unit": "The selected unit is invalid.", "direction": "The selected direction is invalid."}),
        ({"amount": 1_000_001, "unit": "days"}, {"amount": "The amount may not be greater than 1000000."}),
        ({"amount": None, "unit": None}, {"amount": "The amount field is required.",
                                          "unit": "The selected unit is invalid."}),
    ],
)  # fmt: skip
def test_4_2_preview_names_what_is_wrong(owner: Caller, body: Any, errors: dict[str, str]) -> None:
    assert owner("POST", "/O/deadline-preview", body).errors == {name: [text] for name, text in errors.items()}


def test_4_2_preview_is_for_members(team: Team) -> None:
    path = f"/organizations/{team.owner.organization}/deadline-preview"
    callers = (team.owner, team.standard, team.light, team.guest, team.stranger)
    asked = [by("POST", path, {"amount": 1, "unit": "days"}).status for by in callers]
    assert asked == [200, 200, 200, 403, 403]


# -- onboarding template -----------------------------------------------------------------------------------------------


def test_onb_1_only_a_template_that_needs_nobody_is_kept(team: Team) -> None:
    """41 §6.3: the conditions, each with its text."""
    owner = team.owner
    good = make_template(owner, {"title": "A"}, kickoff=[{"label": "K", "field_type": "text"}]).id
    foreign = make_template(team.stranger, {"title": "A"}).id
    asks = make_template(owner, {"title": "A"}, kickoff=[{"label": "K", "field_type": "text", "required": True}]).id
    empty = owner("POST", "/O/checklists", {"title": "Empty", "type": "procedure"}).data["id"]
    document = owner("POST", "/O/checklists", {"title": "Doc", "type": "document"}).data["id"]
    draft = make_template(owner, {"title": "A"}, dual_version_enabled=True).id
    archived = make_template(owner, {"title": "A"}).id
    owner("DELETE", f"/O/checklists/{archived}")
    for template_id, text in (
        (foreign, "The selected onboarding template id is invalid."),
        (UNKNOWN, "The selected onboarding template id is invalid."),
        (archived, "The selected onboarding template id is invalid."),
        ("misc", "The selected onboarding template id is invalid."),
        (7, "The selected onboarding template id is invalid."),
        (document, "The onboarding template must be a procedure."),
        (draft, "The onboarding template must be published."),
        (empty, "The onboarding template needs at least one step."),
        (asks, "The onboarding template may not have a required kick-off field."),
    ):
        assert owner("PUT", "/O", {"onboarding_template_id": template_id}).errors == {"onboarding_template_id": [text]}
    assert owner("GET", "/O").data["onboarding_template_id"] is None
    sent = {"enable_onboarding_template": True, "onboarding_template_id": good}
    shown = owner("PUT", "/O", sent).data
    assert {name: shown[name] for name in sent} == sent
    assert owner("PUT", "/O", {"onboarding_template_id": ""}).data["onboarding_template_id"] is None


def test_6_3_archiving_the_onboarding_template_turns_the_switch_off(owner: Caller) -> None:
    template, other = make_template(owner, {"title": "A"}), make_template(owner, {"title": "A"})
    owner("PUT", "/O", {"enable_onboarding_template": True, "onboarding_template_id": template.id})
    owner("DELETE", f"/O/checklists/{other.id}")
    assert owner("GET", "/O").data["enable_onboarding_template"] is True
    owner("DELETE", f"/O/checklists/{template.id}")
    shown = owner("GET", "/O").data
    assert (shown["enable_onboarding_template"], shown["onboarding_template_id"]) == (False, template.id)
    assert owner("DELETE", f"/O/checklists/{template.id}/delete").status == 200
    assert owner("GET", "/O").data["onboarding_template_id"] is None
