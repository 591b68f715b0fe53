"""What views of the tracker select: criteria as searches, and answers to fields (spec 10 §21)."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from procession.api.endpoint import Call
from procession.api.run_filters import filtered_call
from procession.engine.dates import parse_day, parse_instant
from procession.engine.model import Problem
from procession.engine.scalars import scalar_text
from procession.engine.status import read_process_filter
from procession.kernel.errors import Invalid
from procession.kernel.ids import read_id
from procession.wire.saved_view import FIELDS
from procession.work.process_lists import FieldMatch, ProcessSearch, Term, TermGroup

FORM_FIELD = "form_field:"
OPERATORS = frozenset({"is", "is_not", "contains", "before", "after"})
MOST_CRITERIA = 20
DUE_WORDS = {"overdue": "overdue", "due_soon": "due_soon", "on_time": "on_time"}
ARCHIVED_WORDS = frozenset({"only", "true", "false"})


def criteria_problems(sent: Any) -> list[Problem]:
    """What is wrong with the criteria of a view, each by its place."""
    if not isinstance(sent, list):
        return [Problem(("criteria",), "The criteria must be an array.")]
    if len(sent) > MOST_CRITERIA:
        return [Problem(("criteria",), f"The criteria may not have more than {MOST_CRITERIA} items.")]
    problems = []
    for place, one in enumerate(sent):
        if not isinstance(one, dict):
            problems.append(Problem(("criteria", str(place)), "The criterion must be an object."))
            continue
        if not _known(one.get("field")):
            problems.append(Problem(("criteria", str(place), "field"), "The selected field is invalid."))
        if one.get("operator") not in (None, *OPERATORS):
            problems.append(Problem(("criteria", str(place), "operator"), "The selected operator is invalid."))
        if "value" not in one or one["value"] in (None, "", []):
            problems.append(Problem(("criteria", str(place), "value"), "The value field is required."))
        elif one.get("field") == "status" and read_process_filter(_joined(one["value"])) is None:
            problems.append(Problem(("criteria", str(place), "value"), "The selected status is invalid."))
    return problems


def _known(field: Any) -> bool:
    if not isinstance(field, str):
        return False
    return field in FIELDS or field == "due" or read_id(field.removeprefix(FORM_FIELD)) is not None


def _joined(value: Any) -> str:
    return ",".join(scalar_text(one) or "" for one in value) if isinstance(value, list) else scalar_text(value) or ""


def groups_of(call: Call, criteria: list[dict[str, Any]], *, either: bool, read: Any) -> tuple[TermGroup, ...]:
    """The criteria as the list of processes asks for them; none when there are none: everything.

    `read` reads the search of a query. What no longer means anything (a date that is none) is left out.
    """
    together: list[Term] = []
    apart = []
    for one in criteria[:MOST_CRITERIA]:
        terms = tuple(_terms(call, one, read))
        if either or len(terms) < 2 or terms[0].negated:
            together += terms
        else:
            apart.append(TermGroup(True, terms))
    return (*((TermGroup(either, tuple(together)),) if together else ()), *apart)


def _terms(call: Call, one: Mapping[str, Any], read: Any) -> Iterator[Term]:
    field, value = one.get("field"), one.get("value")
    operator = one.get("operator") or "is"
    negated = operator == "is_not"
    if not isinstance(field, str) or not _known(field) or value in (None, "", []):
        return
    if field.startswith(FORM_FIELD):
        if call.actor.role != "guest":
            yield from _field_terms(field.removeprefix(FORM_FIELD).lower(), value, operator, negated=negated)
        return
    query = _due(value, operator) if field == "due" else {FIELDS[field]: value}
    if field == "tag" and isinstance(value, list):
        query["tag_match"] = "any"
    try:
        search: ProcessSearch = read(filtered_call(call, query))
    except Invalid:
        return
    yield Term(search=search, negated=negated)


def _due(value: Any, operator: str) -> dict[str, Any]:
    """`overdue`, `due_soon`, `on_time`; before or after a day; or an object of both."""
    if isinstance(value, dict):
        return {f"due_{name}": value[name] for name in ("after", "before") if value.get(name)}
    if operator in ("before", "after"):
        return {f"due_{operator}": value}
    if isinstance(value, str) and value in DUE_WORDS:
        return {"status": DUE_WORDS[value]}
    return {"due_after": value, "due_before": value}


def _field_terms(field_id: str, value: Any, operator: str, *, negated: bool = False) -> Iterator[Term]:
    """The answer is one of these, holds one of these, or lies before or after an instant: a term for each value."""
    for each in value if isinstance(value, list) else [value]:
        yield from _field_term(field_id, scalar_text(each), operator, negated=negated)


def _field_term(field_id: str, text: str | None, operator: str, *, negated: bool) -> Iterator[Term]:
    if text is None or not text.strip():
        return
    if operator == "contains":
        yield Term(field=FieldMatch(field_id, "field_contains", text))
    elif operator in ("before", "after"):
        moment = _instant(text, after=operator == "after")
        if moment is not None:
            yield Term(field=FieldMatch(field_id, "field_until" if operator == "before" else "field_since", moment))
    else:
        yield Term(field=FieldMatch(field_id, "field_is", text), negated=negated)


def _instant(text: str, *, after: bool) -> str | None:
    """An instant as answers of date fields hold it. After a day begins with the next one."""
    day = parse_day(text.strip())
    if day is not None:
        return (day + timedelta(days=1) if after else day).isoformat()
    moment = parse_instant(text)
    return moment.strftime("%Y-%m-%dT%H:%M:%S") if moment is not None else None


def field_filters(call: Call) -> TermGroup | None:
    """`form_field:<id>=value` in a query: the answers of a template's fields (spec 10 §21.1). Guests have none."""
    if call.actor.role == "guest":
        return None
    terms = []
    for name in call.query:
        field_id = read_id(name.removeprefix(FORM_FIELD)) if name.startswith(FORM_FIELD) else None
        text = call.query.text(name)
        if field_id is not None and text is not None:
            terms += list(_field_terms(field_id, text, "is"))
    return TermGroup(False, tuple(terms[:MOST_CRITERIA])) if terms else None
