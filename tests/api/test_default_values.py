"""Default values are checked when they are defined (spec 30 §11.1, §11.2), assignees of imported steps too (§10.5)."""

from typing import Any

import pytest

from tests.support.make import launch, make_oneoff, make_template
from tests.support.server import Caller

OPTIONS = ["Red", "Blue"]


@pytest.mark.parametrize(
    ("kind", "wrong", "fine"),
    [
        ("text", "x" * 201, ["x" * 200, "{{alias}}" * 100, "", None]),
        ("email", "nobody", ["a@b.example", "{{alias}}"]),
        ("date", "someday", ["today", "today+7", "2031-06-30", "{{alias}}"]),
        ("radio", "Green", ["Red", ""]),
        ("dropdown", {"id": 9, "text": "Green"}, [{"id": 2, "text": "Blue"}, "Blue", {}]),
        ("multiselect", [{"id": 9, "text": "Green"}], [[{"id": 1, "text": "Red", "selected": True}], "Red", []]),
        ("file", None, ["anything"]),
    ],
)
def test_30_11_2_default_values_are_checked_when_they_are_defined(
    owner: Caller, kind: str, wrong: Any, fine: list[Any]
) -> None:
    template = make_template(owner, {"title": "A"})
    base = f"/O/checklists/{template.id}/steps/{template.steps[0]}/captures"
    field = {"label": "F", "field_type": kind, "required": False, "options": OPTIONS, "default_value_enabled": True}
    for value in fine:
        made = owner("POST", base, {**field, "default_value": value})
        assert made.status == 201, made.body
        path = f"{base}/{made.data['id']}"
        if kind == "file":
            continue
        assert made.data["default_value"] == value
        assert list(owner("PUT", path, {"default_value": wrong}).errors) == ["default_value"]
    if kind == "file":
        return
    assert list(owner("POST", base, {**field, "default_value": wrong}).errors) == ["default_value"]
    body = {"title": "T", "prerun": [{**field, "default_value": wrong}]}
    assert list(owner("PUT", f"/O/checklists/{template.id}", body).errors) == ["prerun.0.default_value"]
    assert owner("POST", base, {**field, "default_value": wrong, "default_value_enabled": False}).status == 201


def test_30_11_2_a_default_that_fits_no_more_may_be_sent_back_and_is_not_used(owner: Caller) -> None:
    field = {"label": "F", "field_type": "dropdown", "options": OPTIONS, "default_value_enabled": True}
    template = make_template(owner, {"title": "A", "captures": [{**field, "default_value": "Blue"}]})
    path = f"/O/checklists/{template.id}/steps/{template.steps[0]}/captures/{template.fields['F']}"
    used = launch(owner, template)
    owner("PUT", used.path(), {"title": "Begun"})
    assert owner("GET", used.path()).data["taskdata"] == {template.fields["F"]: {"id": 2, "text": "Blue"}}
    changed = owner("PUT", path, {"options": ["Green"]})
    assert (changed.status, changed.data["default_value"]) == (200, "Blue")
    assert owner("PUT", path, changed.data).status == 200
    document = owner("GET", f"/O/checklists/{template.id}/export?format=json").body
    assert owner("POST", "/O/checklists/import", document).status == 201
    unused = launch(owner, template)
    owner("PUT", unused.path(), {"title": "Begun"})
    assert owner("GET", unused.path()).data["taskdata"] == {}


def test_20_9_3_the_fields_of_single_tasks_too(owner: Caller) -> None:
    field = {"label": "F", "field_type": "radio", "required": False, "options": OPTIONS, "default_value_enabled": True}
    task = make_oneoff(owner, form_fields=[{**field, "default_value": "Red"}])
    known = owner("GET", f"{task}?with=form_fields").data["form_fields"]["data"][0]["id"]
    for sent in ({**field, "default_value": "Green"}, {"id": known, "default_value": "Green"}):
        assert list(owner("PUT", task, {"form_fields": [sent]}).errors) == ["form_fields.0.default_value"]


def test_30_10_5_imported_steps_have_no_more_assignees_than_they_allow(owner: Caller) -> None:
    step = {"id": "a" * 32, "title": "A", "assignees": [owner.user_id], "guests": ["a@b.example"]}
    document = {"title": "T", "type": "procedure", "steps": [{"title": "B"}, {**step, "max_assignable": 1}]}
    refused = owner("POST", "/O/checklists/import", document)
    assert refused.errors == {"steps.1.max_assignable": ["This step allows at most 1 assignees."]}
    document["steps"] = [{**step, "max_assignable": 2}]
    assert owner("POST", "/O/checklists/import", document).status == 201
