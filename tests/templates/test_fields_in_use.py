"""Definitions that change while processes hold answers to them (spec 30 §11.2, §5.3)."""

from typing import Any

import pytest

from tests.support.make import launch, make_template
from tests.support.server import Caller

COLOURS = [{"id": 1, "text": "Red"}, {"id": 2, "text": "Blue"}]


def form(by: Caller, process: Any) -> dict[str, Any]:
    """The one field of the process's first task, with its answer."""
    shown: dict[str, Any] = by("GET", f"{process.path()}?with=form_fields").data["form_fields"]["data"][0]
    return shown


@pytest.mark.parametrize(
    ("field", "answer", "change", "definition"),
    [
        ({"field_type": "dropdown", "options": COLOURS}, {"id": 1, "text": "Red"},
         {"options": [{"id": 2, "text": "Blue"}, {"id": 3, "text": "Green"}]}, {"options": ["Blue", "Green"]}),
        ({"field_type": "dropdown", "options": COLOURS}, {"id": 1, "text": "Red"},
         {"options": [{"id": 1, "text": "Crimson"}, {"id": 2, "text": "Blue"}]}, {"options": ["Crimson", "Blue"]}),
        ({"field_type": "radio", "options": COLOURS}, "Red", {"options": ["Green", "Grey"]},
         {"options": ["Green", "Grey"]}),
        ({"field_type": "multiselect", "options": COLOURS}, [{"id": 2, "text": "Blue", "selected": True}],
         {"options": ["Red"]}, {"options": ["Red"]}),
        ({"field_type": "table", "columns": ["What", "Count"]}, [["Pen"], ["2"]], {"columns": ["What"]},
         {"columns": ["What"]}),
        ({"field_type": "text"}, "Red", {"field_type": "dropdown", "options": COLOURS},
         {"field_type": "dropdown", "options": ["Red", "Blue"]}),
        ({"field_type": "dropdown", "options": COLOURS}, {"id": 1, "text": "Red"}, {"field_type": "textarea"},
         {"field_type": "textarea", "options": ["Red", "Blue"]}),
        ({"field_type": "text"}, "12", {"field_validation": "numeric|max:10"},
         {"field_validation": ["numeric", "max:10"]}),
        ({"field_type": "text"}, "x", {"required": True, "label": "Other", "prefix": "#", "hide_label": True},
         {"required": True, "label": "Other", "prefix": "#", "hide_label": True}),
    ],
)  # fmt: skip
def test_a_running_process_keeps_its_form_and_answer(
    owner: Caller, field: dict[str, Any], answer: Any, change: dict[str, Any], definition: dict[str, Any]
) -> None:
    template = make_template(owner, {"title": "A", "captures": [{"label": "F", **field}]})
    running = launch(owner, template)
    field_id = template.fields["F"]
    assert owner("PUT", running.path(), {"taskdata": {field_id: answer}}).status == 200
    before = form(owner, running)
    path = f"/O/checklists/{template.id}/steps/{template.steps[0]}/captures/{field_id}"
    changed = owner("PUT", path, change)
    assert changed.status == 200, changed.body
    plain = {
        **changed.data,
        "options": [one["text"] for one in changed.data["options"]],
        "columns": [one["label"] for one in changed.data["columns"]],
    }
    assert {name: plain[name] for name in definition} == definition
    assert (plain["id"], plain["alias"]) == (field_id, before["alias"])
    after = form(owner, running)
    assert after == before, "the process keeps its version"
    assert owner("PUT", running.path(), {"taskdata": {field_id: answer}}).status == 200, "and its rules"
    fresh = form(owner, launch(owner, template))
    assert fresh["field_type"] == changed.data["field_type"]
    assert [one["text"] for one in fresh["options"]] == plain["options"]
    versions = owner("GET", f"/O/checklists/{template.id}/versions").data
    assert [(one["version"], one["runs"]) for one in versions] == [(2, 1), (1, 1)], "30 §5.3"
