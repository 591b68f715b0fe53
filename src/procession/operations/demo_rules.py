"""The rules of the demo's templates: what they say, and how they are made (spec 31)."""

from collections.abc import Mapping
from typing import Any

import msgspec

from procession.engine.model import TemplateDocument
from procession.kernel.unit import Unit
from procession.operations.demo_people import ELENA, FINANCE, JONAS, LUCIA, MAYA, PEOPLE
from procession.operations.demo_templates import Wanted, refuse
from procession.people.model import Actor
from procession.templates.editing import open_template
from procession.templates.model import Problems
from procession.templates.rule_drafts import ActionDraft, ConditionDraft, RuleDraft
from procession.templates.rules import add_rule


class When(msgspec.Struct, frozen=True):
    """A condition on a step by its title, or on a field by its label."""

    on: str
    operation: str
    statement: str | list[str] | None = None
    join: str = "and"


class Then(msgspec.Struct, frozen=True):
    """An action on a step by its title. `of`: the step or field it takes its value from; `who`: members and groups.

    `shift`: value, unit, `from` or `before`, and where it counts from when it has no `of`.
    """

    verb: str
    step: str
    of: str | None = None
    who: tuple[str, ...] = ()
    shift: tuple[Any, ...] = ()


class DemoRule(msgspec.Struct, frozen=True):
    """A rule by its name."""

    name: str
    when: tuple[When, ...]
    then: tuple[Then, ...]


RULES: Mapping[str, tuple[DemoRule, ...]] = {
    "Employee onboarding": (
        DemoRule("Warehouse people learn the safety rules",
                 (When("Department", "equals", "Warehouse"),),
                 (Then("show", "Explain the safety rules of the warehouse"),)),
        DemoRule("The manager plans, chooses and talks",
                 (When("Manager", "is_not_empty"),),
                 (Then("assign_only", "Plan the first week", of="Manager"),
                  Then("assign_only", "Choose a buddy", of="Manager"),
                  Then("assign_only", "First talk with the manager", of="Manager"))),
        DemoRule("Welcome on the first day",
                 (When("First day of work", "is_not_empty"),),
                 (Then("deadline", "Welcome at the door", of="First day of work", shift=(0, "days", "from")),)),
        DemoRule("Nothing is ordered that was not approved",
                 (When("Approve the equipment", "rejected"),),
                 (Then("hide", "Order the laptop"),)),
        DemoRule("A mixed first week gets help",
                 (When("First impression", "equals", "Mixed"),),
                 (Then("assign", "Review after a month", who=(PEOPLE,)),
                  Then("deadline", "Review after a month", shift=(2, "weeks", "from", "now")))),
    ),
    "Client onboarding": (
        DemoRule("Business clients are trained",
                 (When("Plan", "equals_any", ["Business", "Hotel & restaurant"]),),
                 (Then("show", "Train the people"),)),
        DemoRule("Terms refused: the credit is checked again",
                 (When("Approve the terms", "rejected"),),
                 (Then("reopen", "Check the credit"),)),
        DemoRule("Credit checked: the terms are up again",
                 (When("Check the credit", "completed"),),
                 (Then("reopen", "Approve the terms"),)),
        DemoRule("Unhappy clients are called before they are billed",
                 (When("Verdict", "equals", "Unhappy"),),
                 (Then("assign", "Send the first invoice", who=(LUCIA,)),
                  Then("deadline", "Send the first invoice", shift=(1, "weeks", "from")))),
    ),
    "Purchase approval": (
        DemoRule("Two signatures above 5,000",
                 (When("Amount", "greater_than", "5000"),),
                 (Then("show", "Second signature"),)),
        DemoRule("Small purchases are ordered at once",
                 (When("Amount", "less_or_equal", "5000"), When("Approve", "approved")),
                 (Then("deadline", "Order", shift=(1, "days", "from", "now")),)),
        DemoRule("Refused: nothing is bought",
                 (When("Approve", "rejected"), When("Second signature", "rejected", join="or")),
                 (Then("hide", "Second signature"), Then("hide", "Order"), Then("hide", "Take delivery"),
                  Then("hide", "Pay the invoice"))),
    ),
    "Customer complaint": (
        DemoRule("Invoices are not goods",
                 (When("About", "equals", "Invoice"),),
                 (Then("hide", "Look at the goods"),
                  Then("deadline", "Offer a solution", shift=(2, "days", "from", "start_run")))),
        DemoRule("More than 100 needs agreement",
                 (When("Value", "greater_than", "100"),),
                 (Then("show", "Agree to the cost"),)),
        DemoRule("Small costs are paid at once",
                 (When("Value", "less_or_equal", "100"), When("Value", "is_empty", join="or"),
                  When("Offer a solution", "completed")),
                 (Then("deadline", "Send replacement or money", shift=(2, "days", "from", "now")),)),
        DemoRule("Not quite: another offer",
                 (When("Content", "equals", "Not quite"),),
                 (Then("reopen", "Offer a solution"), Then("assign", "Offer a solution", who=(JONAS,)))),
    ),
    "Farewell to a colleague": (
        DemoRule("On the last day",
                 (When("Last day of work", "is_not_empty"),),
                 (Then("deadline", "Talk about how it was", of="Last day of work", shift=(1, "days", "before")),
                  Then("deadline", "Collect laptop and key card", of="Last day of work", shift=(0, "days", "from")))),
        DemoRule("The reference is written again",
                 (When("Sign the reference", "rejected"),),
                 (Then("reopen", "Write the reference"),)),
        DemoRule("The reference is signed again",
                 (When("Write the reference", "completed"),),
                 (Then("reopen", "Sign the reference"),)),
        DemoRule("Nobody asks why a contract ended",
                 (When("Reason", "equals", "End of contract"),),
                 (Then("hide", "Talk about how it was"),)),
    ),
    "Month-end close": (
        DemoRule("Refused figures are reviewed again",
                 (When("Release the figures", "rejected"),),
                 (Then("reopen", "Review by two"),)),
        DemoRule("Reviewed figures are up again",
                 (When("Review by two", "completed"),),
                 (Then("reopen", "Release the figures"),)),
        DemoRule("Much is still open: Maya looks too",
                 (When("Still open", "greater_than", "10000"),),
                 (Then("assign", "Release the figures", who=(MAYA,)),)),
        DemoRule("The tax office does not wait",
                 (When("Report value added tax", "deadline_overdue"),),
                 (Then("assign", "Report value added tax", who=(JONAS, FINANCE)),)),
    ),
    "New product": (
        DemoRule("Only what was decided is made",
                 (When("Decide to build it", "approved"),),
                 (Then("show", "Build the sample"), Then("show", "Test safety and heat"),
                  Then("show", "Calculate cost and price"), Then("show", "Order the first batch"))),
        DemoRule("Refused: nothing to sell",
                 (When("Decide to build it", "rejected"),),
                 (Then("hide", "Photograph and describe"), Then("hide", "Train the sellers"),
                  Then("hide", "Put it into the shop"), Then("hide", "Look back after a hundred sold"))),
        DemoRule("Too hot: another sample",
                 (When("Highest temperature", "greater_than", "60"),),
                 (Then("reopen", "Build the sample"),)),
    ),
    "Supplier evaluation": (
        DemoRule("Bad accounts end it",
                 (When("Rating", "equals", "C"),),
                 (Then("hide", "Inspect a sample"), Then("hide", "Compare the prices"))),
        DemoRule("Everything looked at",
                 (When("Check their accounts", "completed"), When("Inspect a sample", "completed"),
                  When("Compare the prices", "completed")),
                 (Then("show", "Put on the list"),)),
        DemoRule("Without certificates Elena has a look",
                 (When("Certificates", "contains", "None"),),
                 (Then("assign", "Inspect a sample", who=(ELENA,)),)),
    ),
}  # fmt: skip
"""By the title of the template, in the order in which they run."""


def make_rules(unit: Unit, actor: Actor, title: str, template_id: str, wanted: Wanted) -> None:
    """Add its rules to a template of the demo."""
    for rule in RULES[title]:
        parts = _parts(open_template(unit, actor, template_id).document)
        draft = RuleDraft(
            name=rule.name,
            conditions=[_condition(one, parts) for one in rule.when],
            actions=[_action(one, parts, wanted) for one in rule.then],
        )
        add_rule(unit, actor, template_id, draft, Problems(refuse))


def _parts(document: TemplateDocument) -> dict[str, tuple[str, str]]:
    """Kind and id of steps by title and of fields by label; the form's first where they share it."""
    found = {field.label: ("field", field.id) for step in document.steps for field in step.fields}
    found |= {field.label: ("kickoff", field.id) for field in document.kickoff}
    return found | {step.title: ("step", step.id) for step in document.steps}


def _condition(when: When, parts: Mapping[str, tuple[str, str]]) -> ConditionDraft:
    kind, part_id = parts[when.on]
    return ConditionDraft(
        subject_kind=kind, subject_id=part_id, operation=when.operation, statement=when.statement, join=when.join
    )


_KINDS = {"show": "visibility", "hide": "visibility", "reopen": "status", "deadline": "deadline"}


def _action(then: Then, parts: Mapping[str, tuple[str, str]], wanted: Wanted) -> ActionDraft:
    source = parts[then.of] if then.of is not None else (None, None)
    names = ("value", "unit", "option", "anchor")
    return ActionDraft(
        kind=_KINDS.get(then.verb, "assignment"),
        verb=then.verb,
        step_id=parts[then.step][1],
        source_kind=source[0],
        source_id=source[1],
        deadline=dict(zip(names, then.shift, strict=False)),
        assignees={
            "users": [wanted.members[one] for one in then.who if one in wanted.members],
            "groups": [wanted.groups[one] for one in then.who if one in wanted.groups],
        },
    )
