"""Names of processes (10 §6.4, 30 §6.1)."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from procession.engine.naming import NameRule, process_name
from procession.engine.variables import Dates, Rendered

NOW = datetime(2026, 2, 20, 15, 45, tzinfo=UTC)
VALUES = {
    "employee-4410": Rendered("Ana Díaz"),
    "dept-2001": Rendered(),
    "long-1": Rendered("x" * 600),
    "tags-2": Rendered("<b>R&amp;D</b>\u200b"),
    "number-3": Rendered("-5"),
    "lines-4": Rendered("one\n  two"),
}


def _auto(format_: str | None, may_change: bool = False) -> NameRule:
    return NameRule("Client onboarding", True, format_, may_change)


@pytest.mark.parametrize(
    ("rule", "supplied", "name"),
    [
        (_auto("{{TEMPLATE_NAME}}"), "Mine", "Client onboarding"),
        (_auto("{{TEMPLATE_NAME}}", True), "Mine", "Mine"),
        (_auto("{{TEMPLATE_NAME}}", True), None, "Client onboarding"),
        (_auto("{{TEMPLATE_NAME}}", True), "  ", "Client onboarding"),
        (NameRule("Client onboarding", False, "X"), " Mine ", "Mine"),
        (NameRule("Client onboarding", False, "X"), None, "Client onboarding - Feb 20, 2026"),
        (NameRule("Client onboarding"), "", "Client onboarding - Feb 20, 2026"),
        (_auto(None), None, "Client onboarding - Feb 20, 2026"),
    ],
)
def test_whose_name_wins(rule: NameRule, supplied: str | None, name: str) -> None:
    assert process_name(rule, supplied, VALUES, NOW) == name


@pytest.mark.parametrize(
    ("format_", "name"),
    [
        ("Onboarding - {{employee-4410}} - {{dept-2001}}", "Onboarding - Ana Díaz"),
        ("{{dept-2001}} - {{employee-4410}}", "Ana Díaz"),
        ("{{EMPLOYEE-4410}} on {{DATE}}", "Ana Díaz on 20/02/2026"),
        ("{{TEMPLATE_NAME}}: {{nope-1}}", "Client onboarding"),
        ("A  {{employee-4410}}  B", "A  Ana Díaz  B"),
        ("New-{{dept-2001}}", "New"),
        ("{{tags-2}}", "R&D"),
        ("{{number-3}} degrees", "-5 degrees"),
        ("{{lines-4}}", "one two"),
        ("{{dept-2001}} - {{nope-2}}", "Client onboarding - Feb 20, 2026"),
        ("{{long-1}}", "x" * 550),
    ],
)
def test_generated_names(format_: str, name: str) -> None:
    assert process_name(_auto(format_), None, VALUES, NOW, Dates("dd/mm/yyyy")) == name


def test_dates_are_those_of_the_organization() -> None:
    dates = Dates("mmm dd, yyyy", timezone(timedelta(hours=9)))
    assert process_name(_auto("{{DATE}}"), None, {}, NOW, dates) == "Feb 21, 2026"
    assert process_name(NameRule("T"), None, {}, NOW, dates) == "T - Feb 21, 2026"


def test_started_by_a_completed_task() -> None:
    now = datetime(2026, 2, 26, 15, 45, tzinfo=UTC)
    rule = NameRule("Client onboarding")
    assert process_name(rule, None, {}, now, by_completion=True) == "Feb 26, 3:45pm - Client onboarding"
    assert process_name(_auto("For {{employee-4410}}"), None, VALUES, now, by_completion=True) == "For Ana Díaz"


def test_a_long_title_is_cut() -> None:
    assert len(process_name(NameRule("t" * 600), None, {}, NOW)) == 550
