"""The demo organization, as its administrator reads it afterwards (both databases)."""

import time
from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from procession.engine.fields import CHOICES
from procession.operations.demo import make_demo
from procession.operations.demo_cases import PROCESSES
from procession.operations.demo_rules import RULES
from procession.operations.first import First, Refused
from procession.operations.settings import load
from tests.support.postgres import Databases
from tests.support.server import Caller, Running

KINDS = {
    "text", "textarea", "email", "radio", "dropdown", "multiselect", "date", "file", "table", "assignees_form"
}  # fmt: skip


class Made(msgspec.Struct):
    """A server on the demo, its administrator, what `make_demo` said, and the seconds of processor time it took."""

    running: Running
    owner: Caller
    first: First
    kept: list[First]
    seconds: float

    def every(self, path: str) -> list[Any]:
        answer = self.owner("GET", path + ("&" if "?" in path else "?") + "per_page=100")
        found: list[Any] = answer.data
        return found


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def demo(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    """Made once for all that only look at it."""
    folder = tmp_path_factory.mktemp("demo")
    environment = {"PROCESSION_DATA_DIR": str(folder / "data")}
    if request.param == "postgresql":
        postgres: Databases = request.getfixturevalue("postgres")
        environment["PROCESSION_DATABASE_URL"] = postgres.create_database(f"demo_{uuid4().hex}")
    settings = load(environment, folder=folder)
    running = Running(msgspec.structs.replace(settings, rate_limit="off"))
    try:
        kept: list[First] = []
        before = time.process_time()
        first = make_demo(running.database, settings, address=running.base, keep=kept.append)
        seconds = time.process_time() - before
        owner = Caller(running.base, first.organization_id, first.user_id, first.email, f"Bearer {first.access_token}")
        yield Made(running, owner, first, kept, seconds)
        owner.http.close()
    finally:
        running.stop()


def test_a_company_somebody_would_recognise(demo: Made) -> None:
    assert demo.kept == [demo.first]
    assert demo.seconds < 10
    members = [one for one in demo.every("/O/users") if not one["is_bot"]]
    assert Counter(one["role"] for one in members) == {"admin": 3, "standard": 17, "light": 20}
    assert len(demo.every("/O/groups")) == 8
    assert all(one["members"] for one in demo.every("/O/groups"))
    assert len(demo.every("/O/guests")) == 10
    assert {one["title"] for one in demo.every("/O/tags")} == {"Urgent", "Key account", "Remote", "Lost"}
    assert demo.owner("GET", "/O/folders").data
    (snippet,) = demo.every("/O/text-templates")
    steps = [one for template in demo.every("/O/checklists?with=steps") for one in template["steps"]["data"]]
    using = [one["title"] for one in steps if snippet["id"] in (one["summary"] or "")]
    assert set(using) == {"Write to {{employee}} about the first day", "Send logo and opening hours"}
    runs = demo.owner("GET", "/O/runs?q=Harbour&with=tasks,tasks.summary").data
    live = [one for run in runs for one in run["tasks"]["data"]]
    shown = next(one["summary"] for one in live if one["title"] == "Send logo and opening hours")
    assert "Harbour Street 7" in snippet["content"] and "Harbour Street 7" in shown and "data-snippet-id" not in shown
    with pytest.raises(Refused):
        make_demo(demo.running.database, demo.running.settings)


def test_eight_templates_with_every_kind_of_field(demo: Made) -> None:
    templates = {one["title"]: one for one in demo.every("/O/checklists?with=steps")}
    assert templates.keys() == {
        "Employee onboarding", "Client onboarding", "Purchase approval", "Customer complaint",
        "Farewell to a colleague", "Month-end close", "New product", "Supplier evaluation",
    }  # fmt: skip
    hiring = templates["Employee onboarding"]
    steps = hiring["steps"]["data"]
    assert len(steps) == hiring["steps_count"] == 25
    assert len({one["stage_id"] for one in steps}) == 4
    assert {field["field_type"] for one in steps for field in one["captures"]} | {
        field["field_type"] for field in hiring["prerun"]
    } == KINDS
    assert {one["step_type"] for one in steps} == {"task", "approval", "expiring", "email"}
    ids = {one["id"] for one in steps}
    assert {one["deadline"]["option"] for one in steps if one["deadline"] and one["deadline"]["step"] in ids} == {
        "from",
        "prior_to",
    }
    assert all(field["options"] for one in steps for field in one["captures"] if field["field_type"] in CHOICES)


class Scenario(msgspec.Struct, frozen=True):
    """Kick-off answers by label, what people do, the steps that are hidden in the end, and the rules that fired."""

    answers: dict[str, Any] = {}
    events: tuple[tuple[str, str, dict[str, Any]], ...] = ()
    hidden: tuple[str, ...] = ()
    fired: tuple[str, ...] = ()


SAFETY, PLANS, WELCOME = (one.name for one in RULES["Employee onboarding"][:3])
MADE = ("Build the sample", "Test safety and heat", "Calculate cost and price", "Order the first batch")
SOLD = ("Photograph and describe", "Train the sellers", "Put it into the shop", "Look back after a hundred sold")
BOUGHT = ("Second signature", "Order", "Take delivery", "Pay the invoice")
SCENARIOS: dict[str, tuple[Scenario, ...]] = {
    "Employee onboarding": (
        Scenario({"Department": "Warehouse", "First day of work": "2031-03-03"}, (), (), (SAFETY, WELCOME)),
        Scenario({"Department": "Sales"}, (("Approve the equipment", "rejected", {}),),
                 ("Explain the safety rules of the warehouse", "Order the laptop"),
                 ("Nothing is ordered that was not approved",)),
        Scenario({"Department": "Warehouse"},
         (("Ask how the first week was", "completed", {"First impression": "Mixed"}),),
                 (), (SAFETY, "A mixed first week gets help")),
    ),
    "Client onboarding": (
        Scenario({"Plan": "Basic"}, (("Check the credit", "completed", {}), ("Approve the terms", "rejected", {}),
                                     ("Check the credit", "completed", {})),
                 ("Train the people",),
                 ("Credit checked: the terms are up again", "Terms refused: the credit is checked again")),
        Scenario({"Plan": "Business"}, (("Ask for a verdict", "completed", {"Verdict": "Unhappy"}),), (),
                 ("Business clients are trained", "Unhappy clients are called before they are billed")),
    ),
    "Purchase approval": (
        Scenario({"Amount": "12800"}, (("Approve", "approved", {}), ("Second signature", "rejected", {})), BOUGHT[1:],
                 ("Two signatures above 5,000", "Refused: nothing is bought")),
        Scenario({"Amount": "5000"}, (("Approve", "approved", {}),), ("Second signature",),
                 ("Small purchases are ordered at once",)),
        Scenario({"Amount": "80"}, (("Approve", "rejected", {}),), BOUGHT, ("Refused: nothing is bought",)),
    ),
    "Customer complaint": (
        Scenario({"About": "Invoice"}, (("Offer a solution", "completed", {"Value": "310"}),), ("Look at the goods",),
                 ("Invoices are not goods", "More than 100 needs agreement")),
        Scenario({}, (("Offer a solution", "completed", {"Value": "45"}),
                      ("Tell us whether that is right", "completed", {"Content": "Not quite"})),
                 ("Agree to the cost",), ("Small costs are paid at once", "Not quite: another offer")),
    ),
    "Farewell to a colleague": (
        Scenario({"Last day of work": "2031-03-31", "Reason": "End of contract"},
                 (("Write the reference", "completed", {}), ("Sign the reference", "rejected", {})),
                 ("Talk about how it was",), ("On the last day", "Nobody asks why a contract ended",
                                              "The reference is signed again", "The reference is written again")),
    ),
    "Month-end close": (
        Scenario({}, (("Chase open invoices", "completed", {"Still open": "12950"}), ("Review by two", "completed", {}),
                      ("Release the figures", "rejected", {}), ("Report value added tax", "overdue", {})), (),
                 tuple(one.name for one in RULES["Month-end close"])),
    ),
    "New product": (
        Scenario({}, (), MADE),
        Scenario({}, (("Decide to build it", "rejected", {}),), (*MADE, *SOLD), ("Refused: nothing to sell",)),
        Scenario({}, (("Decide to build it", "approved", {}), ("Build the sample", "completed", {}),
                      ("Test safety and heat", "completed", {"Highest temperature": "72"})), (),
                 ("Only what was decided is made", "Too hot: another sample")),
    ),
    "Supplier evaluation": (
        Scenario({}, (("Check their accounts", "completed", {"Rating": "A"}), ("Inspect a sample", "completed", {}),
                      ("Compare the prices", "completed", {})), (), ("Everything looked at",)),
        Scenario({}, (("Check their accounts", "completed", {"Rating": "C"}),),
                 ("Inspect a sample", "Compare the prices", "Put on the list"), ("Bad accounts end it",)),
    ),
}  # fmt: skip
"""What the rules of the demo are for, played without launching anything (spec 31 §8.4)."""


def played(demo: Made, template: str, scenario: Scenario) -> tuple[set[str], set[str]]:
    """The titles of the steps that are hidden in the end, the names of the rules that fired."""
    shown = demo.owner("GET", f"/O/checklists/{template}?with=steps").data
    steps = {one["title"]: one for one in shown["steps"]["data"]}
    names = {one["id"]: one["automated_alias"] for one in shown["automated_actions"]}
    kickoff = {one["label"]: one["id"] for one in shown["prerun"]}
    events = [
        {"step": steps[title]["id"], "event": event,
         "values": {one["id"]: values[one["label"]] for one in steps[title]["captures"] if one["label"] in values}}
        for title, event, values in scenario.events
    ]  # fmt: skip
    body = {"prerun": {kickoff[label]: value for label, value in scenario.answers.items()}, "events": events}
    found = demo.owner("POST", f"/O/checklists/{template}/automated-actions/simulate", body).data
    visible = {one["id"]: one["visible"] for one in found["steps"]}
    hidden = {title for title, one in steps.items() if not visible[one["id"]]}
    return hidden, {names[one["rule"]] for one in found["log"] if one["fired"]}


def test_every_template_has_rules_that_nothing_is_said_against(demo: Made) -> None:
    """Their conditions and actions name what is there, and the check of rules finds nothing it would warn of."""
    for template in demo.every("/O/checklists"):
        rules = template["automated_actions"]
        assert [one["automated_alias"] for one in rules] == [one.name for one in RULES[template["title"]]]
        assert demo.every(f"/O/checklists/{template['id']}/automated-actions/lint") == []
        for one in SCENARIOS[template["title"]]:
            assert played(demo, template["id"], one) == (set(one.hidden), set(one.fired)), one
    verbs = {action.verb for rules in RULES.values() for rule in rules for action in rule.then}
    assert verbs == {"show", "hide", "assign", "assign_only", "deadline", "reopen"}


def test_sixty_processes_in_every_state(demo: Made) -> None:
    open_ones = demo.every("/O/runs?archived=false")
    archived = demo.every("/O/runs?archived=only")
    assert len(open_ones) + len(archived) == len(PROCESSES) == 60
    assert len(archived) == 6
    by_status = Counter(one["status"] for one in open_ones)
    assert by_status["complete"] >= 12
    assert by_status["active"] >= 30
    late = [one for one in open_ones if one["status"] == "active" and one["late_tasks"]]
    on_time = [one for one in open_ones if one["status"] == "active" and not one["late_tasks"]]
    assert len(late) >= 10
    assert len(on_time) >= 8
    assert {one["progress"]["percent"] for one in open_ones} >= {0, 100}
    assert any(one["starred"] for one in open_ones)
    assert all(one["prerun"] for one in open_ones)


def test_work_was_done_by_those_it_was_given_to(demo: Made) -> None:
    runs = {one["name"]: one["id"] for one in demo.every("/O/runs?archived=true")}
    assert len(runs) == 60

    def tasks(name: str) -> list[Any]:
        return demo.every(f"/O/runs/{runs[name]}/tasks?status=all")

    signing = next(one for one in tasks("Purchase: trade fair stand") if one["title"] == "Second signature")
    assert (signing["status"], signing["completion_progress"]) == ("in-progress", 50.0)
    hired = tasks("Onboarding: Nora Lund")
    assert {one["status"] for one in hired} <= {"completed", "auto-skipped"}
    assert len({one["completer_id"] for one in hired}) > 4
    assert "Nora Lund" in next(one["title"] for one in hired if one["title"].startswith("Enter"))
    logo = next(one for one in tasks("Harbour Café goes live") if one["title"].startswith("Send logo"))
    assert logo["owners"]["guests"] == ["ines.ferreira@harbourcafe.example"]
    refused = tasks("Purchase: espresso machine")
    assert [one["is_approved"] for one in refused if one["title"] == "Approve"] == [False]
    begun = next(one for one in tasks("Hotel Lucerna goes live") if one["status"] == "active")
    assert begun["taskdata"]
