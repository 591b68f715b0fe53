"""Names of BPMN 2.0's XML, and spans of time as ISO 8601 writes them."""

import re

from procession.engine.model import DeadlineRule, OffsetUnit

MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"
DIAGRAM = "http://www.omg.org/spec/BPMN/20100524/DI"
BOUNDS = "http://www.omg.org/spec/DD/20100524/DC"
LINES = "http://www.omg.org/spec/DD/20100524/DI"
INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
OWN = "urn:procession:template:1"
CAMUNDA = "http://camunda.org/schema/1.0/bpmn"
ZEEBE = "http://camunda.org/schema/zeebe/1.0"

PREFIXES = {
    "bpmn": MODEL,
    "bpmndi": DIAGRAM,
    "dc": BOUNDS,
    "di": LINES,
    "xsi": INSTANCE,
    "procession": OWN,
}

_SPAN = re.compile(
    r"P(?:(\d{1,9})Y)?(?:(\d{1,9})M)?(?:(\d{1,9})W)?(?:(\d{1,9})D)?"
    r"(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})(?:[.,]\d+)?S)?)?"
)
_LETTERS: dict[OffsetUnit, tuple[str, str]] = {
    "months": ("P", "M"),
    "weeks": ("P", "W"),
    "days": ("P", "D"),
    "hours": ("PT", "H"),
    "minutes": ("PT", "M"),
}


def show_span(rule: DeadlineRule) -> str:
    """`P2D`, `PT4H`."""
    before, after = _LETTERS[rule.unit]
    return f"{before}{rule.value}{after}"


def read_span(text: str) -> tuple[int, OffsetUnit, bool] | None:
    """Value, unit, and whether that is exact: months mixed with days count 30 of them, seconds are rounded up.

    None for what is no span of ISO 8601.
    """
    found = _SPAN.fullmatch(text.strip().upper())
    if found is None or not any(found.groups()):
        return None
    years, months, weeks, days, hours, minutes, seconds = (int(one or 0) for one in found.groups())
    months += 12 * years
    if months and not (weeks or days or hours or minutes or seconds):
        return months, "months", True
    if weeks and not (months or days or hours or minutes or seconds):
        return weeks, "weeks", True
    days += 7 * weeks + 30 * months
    minutes += -(-seconds // 60)
    exact = not months and not seconds
    if not hours and not minutes:
        return days, "days", exact
    hours += 24 * days
    if not minutes:
        # Days are calendar days; hours are hours. What mixes them is counted in hours.
        return hours, "hours", exact
    return 60 * hours + minutes, "minutes", exact
