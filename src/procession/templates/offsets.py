"""Reading a step's deadline and start: spans of calendar time and their anchor (spec 30 §8.3, §8.4)."""

from collections.abc import Collection, Mapping
from typing import Any

from procession.engine.model import LAUNCH, DeadlineRule, Offset, OffsetUnit, Problem
from procession.engine.scalars import read_integer

LARGEST = 1_000_000
UNITS: dict[str, OffsetUnit] = {
    "minute": "minutes",
    "hour": "hours",
    "day": "days",
    "week": "weeks",
    "month": "months",
}
_OPTIONS: dict[str, Any] = {"from": "from", "after": "from", "prior_to": "prior_to", "before": "prior_to"}
_KEYS = ("value", "unit", "option", "step")


def read_rule(
    value: object, path: tuple[str, ...], step_id: str, steps: Collection[str], problems: list[Problem]
) -> DeadlineRule | None:
    """A deadline `{value, unit, option, step}`; None for one that is empty, or after adding to `problems`.

    All four keys must be there. `step` is `start_run`, one of `steps` besides `step_id` itself, or null: what was
    stored so once is kept so.
    """
    sent = _object(value, "deadline", path, problems)
    if sent is None or _missing(sent, _KEYS, path, problems):
        return None
    before = len(problems)
    offset = _offset(sent, path, problems)
    word = sent["option"]
    option = _OPTIONS.get(word.strip().lower().replace("-", "_").replace(" ", "_")) if isinstance(word, str) else None
    if option is None:
        problems.append(Problem((*path, "option"), "The selected option is invalid."))
    anchor = sent["step"]
    if isinstance(anchor, str) and anchor != LAUNCH:
        anchor = anchor.strip().lower()
    if anchor == step_id:
        problems.append(Problem((*path, "step"), "A step's deadline cannot depend on the step itself."))
    elif anchor not in (None, LAUNCH) and (not isinstance(anchor, str) or anchor not in steps):
        problems.append(Problem((*path, "step"), "The selected step is invalid."))
    if offset is None or option is None or len(problems) > before:
        return None
    return DeadlineRule(offset.value, offset.unit, option, anchor)


def read_offset(value: object, path: tuple[str, ...], problems: list[Problem]) -> Offset | None:
    """A span `{value, unit}`; None for one that is empty, or after adding to `problems`."""
    sent = _object(value, "start date", path, problems)
    if sent is None or _missing(sent, ("value", "unit"), path, problems):
        return None
    return _offset(sent, path, problems)


def _object(value: object, name: str, path: tuple[str, ...], problems: list[Problem]) -> Mapping[str, Any] | None:
    # An empty object leaves some encoders as an empty list.
    if value is None or value in ("", [], {}):
        return None
    if isinstance(value, dict):
        return value
    problems.append(Problem(path, f"The {name} must be an object."))
    return None


def _missing(sent: Mapping[str, Any], keys: tuple[str, ...], path: tuple[str, ...], problems: list[Problem]) -> bool:
    missing = [key for key in keys if key not in sent or (sent[key] in (None, "") and key != "step")]
    problems.extend(Problem((*path, key), f"The {key} field is required.") for key in missing)
    return bool(missing)


def _offset(sent: Mapping[str, Any], path: tuple[str, ...], problems: list[Problem]) -> Offset | None:
    number = read_integer(sent["value"])
    if number is None or not 0 <= number <= LARGEST:
        problems.append(Problem((*path, "value"), f"The value must be an integer from 0 to {LARGEST}."))
    word = sent["unit"]
    unit = UNITS.get(word.strip().lower().removesuffix("s")) if isinstance(word, str) else None
    if unit is None:
        problems.append(Problem((*path, "unit"), "The selected unit is invalid."))
    return Offset(number, unit) if number is not None and unit is not None and 0 <= number <= LARGEST else None
