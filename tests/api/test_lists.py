"""Reusable lists: the resource, fields that draw from them, answers, rules, copies and documents (spec 30 §11.7)."""

from typing import Any

import pytest

from tests.support.fixtures_server import Team
from tests.support.make import UNKNOWN, launch, make_oneoff, make_template
from tests.support.server import Caller

LISTS = "/O/lists"
COLUMNS = ["Country", "Code"]
ROWS = [["Germany", "DE"], ["France", "FR"], ["Germany", "D"], ["", "XX"]]


def make_list(by: Caller, rows: Any = ROWS, name: str = "Countries", columns: Any = COLUMNS) -> dict[str, Any]:
    made: dict[str, Any] = by("POST", LISTS, {"name": name, "columns": columns, "rows": rows}).data
    return made


def drawing(found: dict[str, Any], kind: str = "dropdown", **more: Any) -> dict[str, Any]:
    """A field that draws from the list's first column."""
    return {"label": kind, "field_type": kind, "list": {"id": found["id"], "column": "Country", **more}}


def options(shown: dict[str, Any]) -> list[tuple[int, str]]:
    return [(one["id"], one["text"]) for one in shown["options"]]


def test_30_11_7_a_list_is_kept_changed_and_deleted(owner: Caller) -> None:
    sent = {"name": " Countries ", "columns": COLUMNS, "rows": [["Germany", "DE"], ["France"], [1.5, None]]}
    made = owner("POST", LISTS, sent)
    assert made.status == 201, made.body
    path = f"{LISTS}/{made.data['id']}"
    assert isinstance(made.data["id"], int)
    shown = {name: made.data[name] for name in ("name", "columns", "column_ids", "rows")}
    assert shown == {
        "name": "Countries",
        "columns": COLUMNS,
        "column_ids": [1, 2],
        "rows": [["Germany", "DE"], ["France", ""], ["1.5", ""]],
    }
    assert owner("GET", path).data == made.data
    assert owner("PUT", path, made.data).headers["etag"] == made.headers["etag"]
    assert owner("PUT", path, {"name": "x"}, headers={"if-match": '"1"'}).status == 412
    changed = owner("PUT", path, {"columns": [{"id": 2, "label": "ISO"}, "Country", "Capital"]}).data
    assert (changed["columns"], changed["column_ids"]) == (["ISO", "Country", "Capital"], [2, 1, 3])
    assert changed["rows"][0] == ["DE", "Germany", ""]
    assert owner("PUT", path, {"columns": ["ISO", "Land"]}).data["column_ids"] == [2, 1]  # renamed at its place
    assert owner("PUT", path, {"columns": ["ISO", "Land", "New"]}).data["column_ids"] == [2, 1, 4]
    assert [one["name"] for one in owner("GET", f"{LISTS}?q=COUNTR&sort=-name").data] == ["Countries"]
    assert owner("GET", f"{LISTS}?q=zzz").data == []
    assert owner("DELETE", path).status == 204
    assert [owner(verb, path, {}).status for verb in ("GET", "PUT", "DELETE")] == [404] * 3
    assert make_list(owner)["id"] > made.data["id"]


def test_30_11_7_administrators_alone(team: Team) -> None:
    found = make_list(team.owner)
    for caller in (team.standard, team.light, team.guest):
        for verb, path in (("GET", LISTS), ("POST", LISTS), *((one, f"{LISTS}/{found['id']}") for one in
                           ("GET", "PUT", "DELETE"))):  # fmt: skip
            assert caller(verb, path, {"name": "x", "columns": ["a"]}).status == 403, (verb, path)
    assert team.stranger("GET", LISTS).data == []
    for verb in ("GET", "PUT", "DELETE"):
        assert team.stranger(verb, f"{LISTS}/{found['id']}", {}).status == 404
        assert team.owner(verb, f"{LISTS}/{UNKNOWN}", {}).status == 404
    template = make_template(team.stranger, {"title": "A"})
    path = f"/O/checklists/{template.id}/preruns"
    refused = team.stranger("POST", path, {**drawing(found), "required": False})
    assert refused.errors == {"list.id": ["The selected list does not exist."]}


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ({}, ["columns", "name"]),
        ({"name": "x", "columns": []}, ["columns"]),
        ({"name": "x" * 251, "columns": ["a"]}, ["name"]),
        ({"name": "x", "columns": ["a", "A "]}, ["columns"]),
        ({"name": "x", "columns": [" "]}, ["columns.0.label"]),
        ({"name": "x", "columns": "a"}, ["columns"]),
        ({"name": "x", "columns": ["a"] * 51}, ["columns"]),
        ({"name": "x", "columns": ["x" * 601]}, ["columns.0.label"]),
        ({"name": "x", "columns": ["a"], "rows": 3}, ["rows"]),
        ({"name": "x", "columns": ["a"], "rows": [["1", "2"]]}, ["rows.0"]),
        ({"name": "x", "columns": ["a"], "rows": [["x" * 601], [{}]]}, ["rows.0.0", "rows.1.0"]),
        ({"name": "x", "columns": ["a"], "rows": [["x"]] * 501}, ["rows"]),
    ],
)
def test_30_11_7_what_is_refused(owner: Caller, body: dict[str, Any], paths: list[str]) -> None:
    refused = owner("POST", LISTS, body)
    assert (refused.status, sorted(refused.errors)) == (422, paths)
    largest = {"name": "x" * 250, "columns": [f"{one}" * 300 for one in range(10, 60)], "rows": [["x" * 600]] * 500}
    assert owner("POST", LISTS, largest).status == 201
    assert list(owner("POST", LISTS, {"name": "X" * 250, "columns": ["a"]}).errors) == ["name"]


def test_30_11_7_fields_draw_their_options_and_answers_are_checked(owner: Caller) -> None:
    found = make_list(owner)
    captures = [drawing(found, kind) for kind in ("dropdown", "multiselect", "radio")]
    template = make_template(owner, {"title": "A", "captures": captures}, kickoff=[drawing(found, allow_custom=True)])
    running = launch(owner, template, prerun={template.kickoff["dropdown"]: {"id": None, "text": "Peru"}})
    fields = template.fields

    def put(**sent: Any) -> Any:
        return owner("PUT", running.path(), {"taskdata": {fields[kind]: value for kind, value in sent.items()}})

    first = {"dropdown": {"id": 1, "text": "Germany"}, "radio": "France",
             "multiselect": [{"id": 2, "text": "France", "selected": True}]}  # fmt: skip
    assert put(**first).status == 200
    rows = [["Spain", "ES"], ["France", "FR"]]
    assert owner("PUT", f"{LISTS}/{found['id']}", {"rows": rows}).status == 200
    shown = owner("GET", f"{running.path()}?with=form_fields").data
    assert [options(one) for one in shown["form_fields"]["data"]] == [[(3, "Spain"), (2, "France")]] * 3
    assert shown["taskdata"][fields["dropdown"]] == {"id": 1, "text": "Germany"}
    assert put(**first).status == 200  # what is stored may be sent back
    assert put(dropdown={"id": 3, "text": "Spain"}).status == 200
    assert put(dropdown={"id": 1, "text": "Germany"}).errors == {
        f"taskdata.{fields['dropdown']}": ["Invalid dropdown choice selected."]
    }
    owner("PUT", f"{LISTS}/{found['id']}", {"rows": [["Germany"]]})
    assert put(dropdown={"id": 1, "text": "Germany"}).status == 200  # a text that comes back has its number again
    step = owner("GET", f"/O/checklists/{template.id}/steps/{template.steps[0]}").data
    assert [options(one) for one in step["captures"]] == [[(1, "Germany")]] * 3
    assert step["captures"][0]["list"] == {
        "id": found["id"], "column_id": 1, "column": "Country", "allow_custom": False,
    }  # fmt: skip
    kickoff = owner("GET", f"/O/runs/{running.id}?with=ko_form_fields").data
    assert kickoff["prerun"][template.kickoff["dropdown"]]["text"] == "Peru"


def test_30_11_7_definitions(owner: Caller) -> None:
    found = make_list(owner)
    template = make_template(owner, {"title": "A", "captures": [drawing(found)]})
    base = f"/O/checklists/{template.id}/steps/{template.steps[0]}/captures"
    path = f"{base}/{template.fields['dropdown']}"
    before = owner("GET", path)
    assert options(before.data) == [(1, "Germany"), (2, "France")]
    for list_, wrong in (
        ({"id": 2**60}, "list.id"),
        ({"id": "x"}, "list.id"),
        ({"id": found["id"], "column": "Nowhere"}, "list.column"),
        ({"id": found["id"], "allow_custom": "perhaps"}, "list.allow_custom"),
    ):
        assert list(owner("PUT", path, {"list": list_}).errors) == [wrong]
        assert list(owner("POST", base, {**drawing(found), "required": False, "list": list_}).errors) == [wrong]
        body = {"title": "T", "prerun": [{**drawing(found), "required": False, "list": list_}]}
        assert list(owner("PUT", f"/O/checklists/{template.id}", body).errors) == [f"prerun.0.{wrong}"]
    assert owner("PUT", path, before.data).data["last_updated"] == before.data["last_updated"]
    owner("PUT", path, {"options": ["Mine"]})  # the list alone decides
    assert options(owner("GET", path).data) == [(1, "Germany"), (2, "France")]
    assert options(owner("PUT", path, {"list": {"id": found["id"], "column": "code"}}).data)[0] == (1, "DE")
    refused = owner("DELETE", f"{LISTS}/{found['id']}")
    assert (refused.status, refused.body["code"]) == (403, "BUSINESS_RULE")
    assert list(owner("PUT", f"{LISTS}/{found['id']}", {"columns": ["Country"]}).errors) == ["columns"]
    renamed = [{"id": 1, "label": "Country"}, {"id": 2, "label": "ISO"}]
    assert owner("PUT", f"{LISTS}/{found['id']}", {"columns": renamed}).status == 200
    assert owner("GET", path).data["list"]["column"] == "ISO"
    running = launch(owner, template)
    assert options(owner("PUT", path, {"list": {}, "options": ["Mine"]}).data) == [(1, "Mine")]
    assert owner("DELETE", f"{LISTS}/{found['id']}").status == 204
    form = owner("GET", f"{running.path()}?with=form_fields").data["form_fields"]["data"]
    assert options(form[0])[0] == (1, "DE")  # the process keeps what the list held
    again = owner("PUT", path, {"list": {"id": found["id"]}})
    assert list(again.errors) == ["list.id"]


def test_30_11_7_rules_copies_documents_and_single_tasks(team: Team) -> None:
    owner, found = team.owner, make_list(team.owner)
    template = make_template(owner, {"title": "A", "captures": [drawing(found)]}, {"title": "B"})
    condition = {
        "conditionable_id": template.fields["dropdown"], "conditionable_type": "Capture", "operation": "equals",
        "statement": "Germany", "logic": "and",
    }  # fmt: skip
    action = {"action_type": "visibility", "action_verb": "show", "target_step_id": template.steps[1]}
    rules = f"/O/checklists/{template.id}/automated-actions"
    made = owner("POST", rules, {"automated_alias": "R", "conditions": [condition], "then_actions": [action]})
    assert made.status == 201, made.body
    running = launch(owner, template)
    answer = {template.fields["dropdown"]: {"id": 1, "text": "Germany"}}
    assert owner("PUT", running.path(), {"taskdata": answer}).status == 200
    copied = owner("POST", f"/O/checklists/{template.id}/clone", {"title": "Copy"}).data["id"]
    document = owner("GET", f"/O/checklists/{template.id}/export?format=json").body
    imported = owner("POST", "/O/checklists/import", document)
    assert imported.status == 201, imported.body
    elsewhere = team.stranger("POST", "/O/checklists/import", document)
    assert elsewhere.status == 201, elsewhere.body
    dropped = elsewhere.body["import_report"]["dropped"]
    assert [one["type"] for one in dropped if one["type"] == "list"] == ["list"]
    owner("PUT", f"{LISTS}/{found['id']}", {"rows": [["Spain"]]})
    for by, template_id, texts in (
        (owner, copied, ["Spain"]),
        (owner, imported.data["id"], ["Spain"]),
        (team.stranger, elsewhere.data["id"], ["Germany", "France"]),
    ):
        fields = by("GET", f"/O/checklists/{template_id}/form-fields").data["form_fields"]
        assert [one[1] for one in options(fields[0])] == texts
    task = make_oneoff(owner, form_fields=[{**drawing(found), "required": False}])
    owner("PUT", f"{LISTS}/{found['id']}", {"rows": [["Italy"]]})
    field = owner("GET", f"{task}?with=form_fields").data["form_fields"]["data"][0]
    assert options(field) == [(4, "Italy")]
    assert owner("PUT", task, {"taskdata": {field["id"]: {"id": 4, "text": "Italy"}}}).status == 200
