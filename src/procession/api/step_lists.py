"""Bodies that name many steps: a list of new ones, or what several are changed to (spec 30 §9)."""

from typing import Any

from procession.api.checklist_bodies import CREATE_STEP, ID, UPDATE_STEP, listing
from procession.api.reading import Shape, items, raw
from procession.engine.model import Problem
from procession.templates.bulk import MOST

STEP = {"$ref": "#/components/schemas/createStepInput"}
COMMON = {"$ref": "#/components/schemas/updateStepInput"}
CREATE_STEPS = Shape(
    "createStepsInput",
    {
        "steps": raw({"type": "array", "items": STEP, "maxItems": MOST}, null="absent"),
        "text": raw({"type": ["string", "null"], "description": "One title a line."}, null="absent"),
    },
)
UPDATE_STEPS = Shape("updateStepsInput", {"ids": items(MOST, of=ID), "set": raw(COMMON)}, required=("ids", "set"))
_COMMON = Shape("commonStepInput", {name: one for name, one in UPDATE_STEP.members.items() if name != "alias"})


def read_steps(sent: dict[str, Any], problems: list[Problem]) -> list[dict[str, Any]]:
    """The new steps, each as `createStepInput`; a problem of one is told under its place."""
    bodies = _bodies(sent, problems)
    if bodies is None:
        return []
    if not bodies:
        problems.append(Problem(("steps",), "The steps field is required."))
    if len(bodies) > MOST:
        problems.append(Problem(("steps",), f"The steps may not have more than {MOST} items."))
        return []
    found = []
    for index, body in enumerate(bodies):
        wrong: list[Problem] = []
        if isinstance(body, dict | str):
            found.append(CREATE_STEP.read({"title": body} if isinstance(body, str) else body, wrong))
        else:
            found.append({})
            wrong.append(Problem((), "The step must be an object."))
        problems += [Problem(("steps", str(index), *one.path), one.text) for one in wrong]
    return found


def _bodies(sent: dict[str, Any], problems: list[Problem]) -> list[Any] | None:
    """The steps that were sent; those of the text when there is no list."""
    if "steps" in sent:
        listed = listing(sent["steps"])
        if listed is None:
            problems.append(Problem(("steps",), "The steps must be an array."))
        return listed
    lines = sent.get("text", "")
    if not isinstance(lines, str):
        problems.append(Problem(("text",), "The text must be a string."))
        return None
    return [line.strip() for line in lines.splitlines() if line.strip()]


def read_common(body: object, problems: list[Problem]) -> dict[str, Any]:
    """What several steps are changed to."""
    if not isinstance(body, dict):
        problems.append(Problem(("set",), "The set field must be an object."))
        return {}
    wrong: list[Problem] = []
    read = _COMMON.read(body, wrong)
    problems += [Problem(("set", *one.path), one.text) for one in wrong]
    return read
