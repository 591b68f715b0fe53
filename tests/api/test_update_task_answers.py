"""Update task: answers of form fields, type by type (SEED-48, 53..66, 81, 91; spec 20 §8)."""

import json
from typing import Any

import pytest

from tests.support.make import (
    EVERY_TYPE,
    Process,
    events_of,
    make_group,
    make_oneoff,
    make_process,
    owners,
    unchanged,
)
from tests.support.server import Answer, Caller, Running

GOLD = {"id": 3, "text": "Gold"}
SLACK = {"id": 1, "text": "Slack", "selected": True}
TEAMS = {"id": 2, "text": "Teams", "selected": False}
LINK = {"filename": "offer.pdf", "url": "https://files.example/offer.pdf"}
STORED_LINK = {**LINK, "full_url": LINK["url"], "source": "url"}


@pytest.fixture
def process(owner: Caller) -> Process:
    return make_process(owner, {"title": "A", "captures": EVERY_TYPE})


def put(owner: Caller, process: Process, answers: dict[str, Any], query: str = "") -> Answer:
    """Send answers by the labels of their fields."""
    sent = {process.template.fields.get(label, label): value for label, value in answers.items()}
    return owner("PUT", process.path() + query, {"taskdata": sent})


@pytest.mark.parametrize(
    ("label", "sent", "stored"),
    [
        ("Company", "Acme", "Acme"),
        ("Company", " trimmed ", "trimmed"),
        ("Company", 12, "12"),
        ("Company", 1.5, "1.5"),
        ("Company", True, "true"),
        ("Company", False, "false"),
        ("Company", 0, "0"),
        ("Company", "\U0001f600" * 200, "\U0001f600" * 200),
        ("Notes", "x" * 30_000, "x" * 30_000),
        ("Notes", "<b>kept</b> as text", "<b>kept</b> as text"),
        ("Letter", "<p>Long <b>note</b><script>x</script></p>", "<p>Long <b>note</b></p>"),
        ("Contact", " Buyer@ACME.io ", "Buyer@acme.io"),
        ("Day", "2025-12-31T23:59:59+05:00", "2025-12-31T00:00:00.000Z"),
        ("Day", "2026-03-18", "2026-03-18T00:00:00.000Z"),
        ("Moment", "2025-12-20T14:23:18.128Z", "2025-12-20T14:23:18.128Z"),
        ("Moment", "2026-03-18 10:20:30", "2026-03-18T10:20:30.000Z"),
        ("Contract", "Full-time", "Full-time"),
        ("Plan", GOLD, GOLD),
        ("Plan", {"id": "3", "text": "Gold", "value": None, "more": 1}, {"id": 3, "text": "Gold", "value": None}),
        ("Plan", {**GOLD, "value": "g"}, {**GOLD, "value": "g"}),
        ("Tools", [SLACK, TEAMS], [SLACK, TEAMS]),
        ("Tools", [SLACK], [SLACK]),
        ("Tools", [{"id": 1, "text": "Slack"}], [{"id": 1, "text": "Slack"}]),
        ("Tools", [{**SLACK, "value": None, "required": True}], [{**SLACK, "value": None, "required": True}]),
        ("Tools", [SLACK, {**SLACK, "selected": False}], [{**SLACK, "selected": False}]),
        ("Items", ["Widget", "3"], ["Widget", "3"]),
        ("Items", [["Widget", "Bolt"], ["3", "9"]], [["Widget", "Bolt"], ["3", "9"]]),
        ("Papers", [LINK], [STORED_LINK]),
    ],
)
def test_seed_54_each_type_has_its_form(owner: Caller, process: Process, label: str, sent: Any, stored: Any) -> None:
    """SEED-55..59, 61, 64..66, 81; 20 §8.2..8.11."""
    field = process.field(label)
    answer = put(owner, process, {label: sent})
    assert answer.data["taskdata"] == {field: stored}
    shown = owner("GET", f"{process.path()}?with=form_fields").data
    assert shown["taskdata"] == {field: stored}
    known = next(one for one in shown["form_fields"]["data"] if one["id"] == field)
    assert (known["field_value"], known["value"]) == (stored, stored)
    assert known["unique_id"]
    before = owner("GET", process.path())
    assert put(owner, process, {label: stored}).status == 200, "what was read is accepted again"
    assert unchanged(before, owner("GET", process.path()))


@pytest.mark.parametrize(
    ("label", "sent", "text"),
    [
        ("Company", ["a"], "The Company must be a string."),
        ("Company", {"value": "wrapped"}, "The Company must be a string."),
        ("Company", "x" * 201, "The Company may not be greater than 200 characters."),
        ("Notes", 5, "The Notes must be a string."),
        ("Notes", "x" * 30_001, "The Notes may not be greater than 30000 characters."),
        ("Contact", {"value": "a@b.io"}, "The Contact must be a valid email address."),
        ("Contact", "nobody", "The Contact must be a valid email address."),
        ("Day", 1735689600, "The Day is not a valid date."),
        ("Day", "2d", "The Day is not a valid date."),
        ("Day", "tomorrow", "The Day is not a valid date."),
        ("Contract", "full-time", "Invalid radio choice selected."),
        ("Contract", 1, "Invalid radio choice selected."),
        ("Contract", {"id": 1, "text": "Full-time"}, "Invalid radio choice selected."),
        ("Plan", "Gold", "Invalid dropdown choice selected."),
        ("Plan", 3, "Invalid dropdown choice selected."),
        ("Plan", [GOLD], "Invalid dropdown choice selected."),
        ("Plan", {"id": 2, "text": "Gold"}, "Invalid dropdown choice selected."),
        ("Plan", {"id": 3}, "Invalid dropdown choice selected."),
        ("Plan", {"id": 3, "text": "gold"}, "Invalid dropdown choice selected."),
        ("Tools", "Slack", "Invalid multiselect choice selected."),
        ("Tools", {"0": SLACK}, "Invalid multiselect choice selected."),
        ("Tools", [SLACK, {"id": 9, "text": "Fax"}], "Invalid multiselect choice selected."),
        ("Items", ["one"], "Number of columns does not match required columns"),
        ("Items", ["one", "two", "three"], "Number of columns does not match required columns"),
        ("Items", "one", "Number of columns does not match required columns"),
        ("Papers", "id", "The Papers must be a list of files."),
        ("Papers", LINK, "The Papers must be a list of files."),
        ("Papers", [{"id": "f" * 32}], "The selected file does not exist."),
    ],
)
def test_seed_91_another_form_is_refused(owner: Caller, process: Process, label: str, sent: Any, text: str) -> None:
    """20 §8.3..8.11, the texts; nothing else of the body is stored."""
    other = "Notes" if label != "Notes" else "Company"
    answer = put(owner, process, {other: "fine", label: sent})
    assert answer.errors == {f"taskdata.{process.field(label)}": [text]}
    assert answer.body["message"] == text
    assert owner("GET", process.path()).data["taskdata"] == {}


VALUES: dict[str, Any] = {
    "Company": "x", "Notes": "x", "Letter": "x", "Contact": "a@b.example", "Day": "2026-01-02", "Moment": "2026-01-02",
    "Contract": "Full-time", "Plan": GOLD, "Tools": [SLACK], "Items": ["a", "b"], "Papers": [LINK],
}  # fmt: skip
STRUCTURED = {"Plan", "Tools", "Items", "Papers"}


@pytest.mark.parametrize("nothing", [None, "", [], {}, False, 0], ids=repr)
def test_what_clears_an_answer(owner: Caller, process: Process, nothing: Any) -> None:
    """20 §8.2, PUT-06: `[]` and `{}` clear structured types, `false` and 0 every type but text."""
    put(owner, process, VALUES)
    for label in VALUES:
        if isinstance(nothing, list | dict) and label not in STRUCTURED:
            continue
        if label == "Company" and (nothing is False or nothing == 0) and nothing != "":
            continue
        answer = put(owner, process, {label: nothing})
        assert answer.status == 200, (label, answer.body)
        assert process.field(label) not in answer.data["taskdata"], label
    fields = owner("GET", f"{process.path()}?with=form_fields").data["form_fields"]["data"]
    gone = [one for one in fields if one["id"] not in owner("GET", process.path()).data["taskdata"]]
    assert all(one["field_value"] is None for one in gone)


def test_answers_merge_by_key(owner: Caller, process: Process) -> None:
    """20 §8.1, its example; the value of one field is replaced as a whole."""
    put(owner, process, {"Company": "one", "Tools": [SLACK]})
    merged = put(owner, process, {"Notes": "two"}).data["taskdata"]
    assert merged == {process.field("Company"): "one", process.field("Tools"): [SLACK], process.field("Notes"): "two"}
    replaced = put(owner, process, {"Tools": [{**TEAMS, "selected": True}]}).data["taskdata"]
    assert replaced[process.field("Tools")] == [{**TEAMS, "selected": True}]
    assert process.field("Company") not in put(owner, process, {"Company": None}).data["taskdata"]


def test_one_request_with_every_type(server: Running, owner: Caller, process: Process) -> None:
    """20 §8.16, SEED-62: one event per field, by its label."""
    group = make_group(owner, [owner.user_id])
    people = {"users": [str(owner.user_id)], "guests": ["G@x.example"], "groups": [group]}
    stored = put(owner, process, {**VALUES, "People": people}).data["taskdata"]
    assert stored.keys() == set(process.template.fields.values())
    assert stored[process.field("People")] == {"users": [owner.user_id], "guests": ["g@x.example"], "groups": [group]}
    told = [field for kind, _, field, _, _ in events_of(server, owner, process.tasks[0]) if kind == "task.answered"]
    assert sorted(told) == sorted(process.template.fields)


def test_an_assignee_picker_assigns_nobody(owner: Caller, process: Process) -> None:
    """20 §8.11."""
    before = owners(owner("GET", process.path()).data)
    answer = put(owner, process, {"People": {"guests": ["g@x.example"]}})
    assert answer.data["taskdata"][process.field("People")] == {"users": [], "guests": ["g@x.example"], "groups": []}
    assert owners(answer.data) == before
    wrong = put(owner, process, {"People": {"users": [owner.user_id, 404404]}})
    assert wrong.errors.keys() == {f"taskdata.{process.field('People')}.users.1"}


def test_field_validation_runs_on_answers(owner: Caller) -> None:
    """20 §8.3."""
    fields = [{"label": "Count", "field_type": "text", "field_validation": ["numeric", "min:2", "max:10"]}]
    process = make_process(owner, {"title": "A", "captures": fields})
    assert put(owner, process, {"Count": 5}).data["taskdata"] == {process.field("Count"): "5"}
    assert put(owner, process, {"Count": "many"}).errors[f"taskdata.{process.field('Count')}"][0] == (
        "The Count must be a number."
    )
    assert put(owner, process, {"Count": 11}).status == 422
    assert put(owner, process, {"Count": ""}).status == 200


def test_nothing_is_required_before_completion(owner: Caller) -> None:
    """20 §8.12, SEED-92."""
    process = make_process(owner, {"title": "A", "captures": [{**EVERY_TYPE[0], "required": True}]})
    put(owner, process, {"Company": "x"})
    assert put(owner, process, {"Company": ""}).data["taskdata"] == {}
    refused = owner("POST", "/O/completed-tasks", {"task_id": process.tasks[0]})
    assert refused.errors == {f"taskdata.{process.field('Company')}": ["Company is required"]}
    assert refused.body["code"] == "REQUIRED_FIELDS_MISSING"


# -- keys (20 §8.1, PUT-08) --------------------------------------------------------------------------------------------


def test_seed_53_keys_are_field_ids_or_ids_of_stored_values(owner: Caller, process: Process) -> None:
    put(owner, process, {"Company": "one"})
    fields = owner("GET", f"{process.path()}?with=form_fields").data["form_fields"]["data"]
    company = next(one for one in fields if one["label"] == "Company")
    stored = put(owner, process, {company["unique_id"]: "two"}).data["taskdata"]
    assert stored == {process.field("Company"): "two"}
    for key in (company["alias"], "company", "No field"):
        answer = put(owner, process, {key: "three"})
        assert answer.data["taskdata"] == stored
        assert answer.body["meta"]["warnings"] == [{"code": "UNKNOWN_TASKDATA_KEY", "key": key}]
    by_alias = put(owner, process, {company["alias"]: "three"}, "?match=alias")
    assert by_alias.data["taskdata"] == {process.field("Company"): "three"}


def test_fields_of_another_task_are_unknown(owner: Caller) -> None:
    first = {"title": "A", "captures": [{"label": "Mine", "field_type": "text"}]}
    second = {"title": "B", "captures": [{"label": "Other", "field_type": "text"}]}
    process = make_process(owner, first, second)
    assert put(owner, process, {"Other": "x"}).body["meta"]["warnings"][0]["key"] == process.field("Other")


def test_taskdata_as_json_text(owner: Caller, process: Process) -> None:
    """00 §20: middleware sends stringified JSON."""
    field = process.field("Company")
    text = json.dumps({field: "from text"})
    assert owner("PUT", process.path(), {"taskdata": text}).data["taskdata"] == {field: "from text"}
    for bad in ("nonsense", "[1]", json.dumps({field: "\0"}), "[" * 100_000, '{"a":' * 900 + "1" + "}" * 900, "7"):
        answer = owner("PUT", process.path(), {"taskdata": bad})
        assert answer.errors == {"taskdata": ["The taskdata must be an object keyed by form field id."]}, bad[:20]


@pytest.mark.parametrize(
    ("label", "sent", "stored"),
    [
        ("Plan", "gold", GOLD),
        ("Plan", "3", GOLD),
        ("Plan", {"text": " GOLD "}, GOLD),
        ("Contract", "full-TIME", "Full-time"),
        ("Contract", 2, "Part-time"),
        ("Tools", "Slack, zoom", [SLACK, {"id": 3, "text": "Zoom", "selected": True}]),
        ("Tools", [{"id": 1, "text": "Slack"}], [SLACK]),
    ],
)
def test_coerce_reads_choices_loosely(owner: Caller, process: Process, label: str, sent: Any, stored: Any) -> None:
    """00 §19, VAL-01; implied by one client's header."""
    field = process.field(label)
    assert put(owner, process, {label: sent}, "?coerce=true").data["taskdata"][field] == stored
    put(owner, process, {label: None})
    by_client = owner("PUT", process.path(), {"taskdata": {field: sent}}, headers={"X-Tallyfy-Client": "Zapier"})
    assert by_client.data["taskdata"][field] == stored


def test_answers_of_a_one_off_task(owner: Caller) -> None:
    fields = [{"label": "Tax id", "field_type": "text", "required": True}]
    path = make_oneoff(owner, form_fields=fields)
    field = owner("GET", f"{path}?with=form_fields").data["form_fields"]["data"][0]["id"]
    assert owner("PUT", path, {"taskdata": {field: "x", "f" * 32: 1}}).data["taskdata"] == {field: "x"}


def test_hidden_tasks_keep_and_take_answers(owner: Caller, process: Process) -> None:
    """20 §8.13."""
    owner("PUT", process.path(), {"status": "hidden"})
    answer = put(owner, process, {"Company": "x"})
    assert (answer.data["taskdata"], answer.data["status"]) == ({process.field("Company"): "x"}, "auto-skipped")


def test_two_people_saving_different_fields_both_succeed(server: Running, owner: Caller, process: Process) -> None:
    """CONC-02."""
    other = server.member(owner, "standard")
    owner("PUT", process.path(), {"owners": {"users": [owner.user_id, other.user_id]}})
    put(owner, process, {"Company": "mine"})
    stored = put(other, process, {"Notes": "theirs"}).data["taskdata"]
    assert stored == {process.field("Company"): "mine", process.field("Notes"): "theirs"}
