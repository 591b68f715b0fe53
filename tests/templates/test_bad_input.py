"""No input makes a 5xx, and a refused one writes nothing: templates, steps, fields, milestones, documents (00 §11)."""

from collections.abc import Callable
from typing import Any

import pytest

from procession.kernel.errors import ApiError
from tests.api.test_bad_input import STRANGE
from tests.templates.conftest import House
from tests.templates.test_templates import TEXT

VALUES = [*(one for one in STRANGE if "\\u0000" not in str(one)), None]
TEMPLATE = (
    "title", "type", "status", "summary", "guidance", "webhook", "icon", "user_id", "kickoff_sharing_user_id",
    "default_process_name_format", "default_folder", "ko_form_blueprint_id", "owner_id", "folder_id", "users", "groups",
    "content", "prerun", "alias", "starred", "is_pinned",
)  # fmt: skip
STEP = (
    "title", "summary", "step_type", "assignees", "guests", "groups", "roles", "deadline", "start_date", "stage_id",
    "bp_to_launch", "max_assignable", "webhook", "alias", "owner_id", "ai_allowed_app_keys", "everyone_must_complete",
)  # fmt: skip
FIELD = (
    "label", "field_type", "required", "position", "guidance", "options", "columns", "field_validation", "prefix",
    "settings", "list", "default_value", "default_value_enabled",
)  # fmt: skip
DOCUMENT = ("steps", "stages", "automated_actions", "tags", "prerun", "users", "content", "type")
INSIDE = ("captures", "position", "id", "deadline", "assignees", "stage_id", "bp_to_launch", "owner_id", "guests")


class Bench:
    """A template with a part of every kind, and calls that change it; `dirty` ones make something new."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.template = house.template(prerun=[TEXT])
        path = {"checklist": self.template["id"]}
        self.step = house.step(self.template["id"], "A")
        self.other = house.step(self.template["id"], "B")
        self.field = house.field(self.template["id"], self.step["id"])
        self.stage = house("create_stage", {"title": "S"}, **path)["data"]
        self.path = {
            **path, "step": self.step["id"], "capture": self.field["id"], "stage": self.stage["id"],
            "prerun": self.template["prerun"][0]["id"], "version": "1",
        }  # fmt: skip

    def state(self) -> Any:
        return self.house("get_checklist", checklist=self.template["id"], query="with=steps,stages")["data"]

    def send(self, name: str, body: Any, *, compare: bool = False, **more: Any) -> None:
        """Whatever is sent is taken or refused; what is refused leaves everything as it was."""
        before = self.state() if compare else None
        status = 200
        try:
            self.house(name, body, **{**self.path, **more})
        except ApiError as refusal:
            status = refusal.status
        assert status in (200, 400, 403, 404, 422), (name, body)
        if compare and status != 200:
            assert self.state() == before, (name, body)


@pytest.fixture
def bench(house: House) -> Bench:
    return Bench(house)


CALLS: dict[str, tuple[str, tuple[str, ...], Callable[[str, Any], Any]]] = {
    "template": ("update_checklist", TEMPLATE, lambda name, value: {"title": "T", name: value}),
    "step": ("update_step", STEP, lambda name, value: {name: value}),
    "field": ("update_capture", FIELD, lambda name, value: {name: value}),
    "prerun": ("update_prerun", ("label", "options"), lambda name, value: {"field_type": "radio", name: value}),
    "stage": ("update_stage", ("title", "position", "step_ids"), lambda name, value: {name: value}),
    "bulk": ("update_steps", ("ids", "set"), lambda name, value: {"ids": [], "set": {}, name: value}),
    "text": ("create_steps", ("steps", "text"), lambda name, value: {name: value}),
    "order": (
        "reorder_captures",
        ("capture_id", "position", "order"),
        lambda name, value: {"position": 1, name: value},
    ),
    "out": ("move_capture", ("target_step_id", "position"), lambda name, value: {name: value}),
    "exists": ("exist", ("ids",), lambda name, value: {name: value}),
}


@pytest.mark.parametrize("call", CALLS)
def test_every_member_survives_every_value(bench: Bench, call: str) -> None:
    name, members, body = CALLS[call]
    for place, value in enumerate(VALUES):
        bench.send(name, dict.fromkeys(members, value), compare=True)
        for other, member in enumerate(members):
            if (place + other) % 3 == 0:  # alone a third of the values each
                bench.send(name, body(member, value))


def test_documents_survive_every_value(bench: Bench) -> None:
    for value in VALUES[::2]:
        for member in DOCUMENT:
            bench.send("import_checklist", {"title": "T", member: value}, query="dry_run=1")
            bench.send("import_checklist", {"title": "T", member: [value]}, query="dry_run=1")
        for member in INSIDE:
            bench.send("import_checklist", {"title": "T", "steps": [{"title": "A", member: value}]}, query="dry_run=1")
        for member in ("format", "data", "people", "organization_id", "template_id", "org_id"):
            bench.send("import_checklist", {"title": "T", "data": {"title": "U"}, member: value}, query="dry_run=1")
        people = {"members": value, "groups": [value], "roles": [{"id": "a" * 32, "name": value}]}
        bench.send("import_checklist", {"data": {"title": "T"}, "people": people}, query="dry_run=1")


def test_ids_of_others_are_not_found(bench: Bench) -> None:
    """Foreign, removed and malformed ids in paths and bodies: 404 or 422."""
    house, foreign = bench.house, Bench(House(bench.house.database))
    removed = house.step(bench.template["id"], "Gone")["id"]
    house("delete_step", checklist=bench.template["id"], step=removed)
    for strange in (foreign.step["id"], removed, "f" * 32, "x", "1", "%00", "é" * 32):
        for name in ("get_step", "update_step", "clone_step", "delete_step", "list_captures", "reorder_captures"):
            assert house.refused(name, {}, **{**bench.path, "step": strange})[0] == 404, (name, strange)
        path = {"checklist": bench.template["id"], "step": bench.step["id"]}
        deadline = {"value": 1, "unit": "days", "option": "from", "step": strange}
        wrong = {
            "deadline": deadline, "stage_id": strange, "groups": [strange], "bp_to_launch": strange,
        }  # fmt: skip
        assert set(house.errors("update_step", wrong, **path)) == {
            "deadline.step", "stage_id", "groups.0", "bp_to_launch.id",
        }  # fmt: skip
        assert set(house.errors("update_stage", {"step_ids": [strange]}, **bench.path)) == {"step_ids.0"}
        assert set(house.errors("move_capture", {"target_step_id": strange}, **bench.path)) == {"target_step_id"}
        assert set(house.errors("update_steps", {"ids": [strange], "set": {}}, **bench.path)) == {"ids.0"}
    for strange in (foreign.field["id"], "f" * 32, "x"):
        for name in ("get_capture", "update_capture", "move_capture", "delete_capture"):
            body = {"target_step_id": bench.other["id"]}
            assert house.refused(name, body, **{**bench.path, "capture": strange})[0] == 404
    for strange in (foreign.template["id"], "f" * 32, "x"):
        for name in ("get_checklist", "update_checklist", "archive_checklist", "list_steps", "list_stages",
                     "list_versions", "export_checklist", "clone_checklist", "publish", "get_form_fields"):  # fmt: skip
            assert house.refused(name, {"title": "T"}, **{**bench.path, "checklist": strange})[0] == 404, name


def test_a_ring_of_any_length_is_refused(house: House) -> None:
    """30 §8.3: circular deadlines, over both ways of counting."""
    template = house.template()["id"]
    steps = [house.step(template, f"S{place}")["id"] for place in range(6)]
    for place, step in enumerate(steps[1:]):
        option = "from" if place % 2 else "prior_to"
        body = {"deadline": {"value": 1, "unit": "hours", "option": option, "step": steps[place]}}
        house("update_step", body, checklist=template, step=step)
    before = house("list_steps", checklist=template)["data"]
    for place in range(1, 6):
        body = {"deadline": {"value": 0, "unit": "weeks", "option": "from", "step": steps[place]}}
        assert set(house.errors("update_step", body, checklist=template, step=steps[0])) == {"deadline"}
    assert house("list_steps", checklist=template)["data"] == before


@pytest.mark.parametrize("unit", ["minutes", "hours", "days", "weeks", "months"])
@pytest.mark.parametrize("option", ["from", "prior_to"])
def test_every_unit_and_anchor_is_kept(house: House, unit: str, option: str) -> None:
    """30 §8.3, §8.4."""
    template = house.template()["id"]
    first = house.step(template, "First")["id"]
    for anchor in ("start_run", first, None):
        deadline = {"value": 3, "unit": unit, "option": option, "step": anchor}
        start = {"value": 1, "unit": unit}
        made = house.step(template, "S", deadline=deadline, start_date=start, is_soft_start_date=False)
        assert (made["deadline"], made["start_date"], made["is_soft_start_date"]) == (deadline, start, False)


@pytest.mark.parametrize(
    ("kind", "body", "wrong"),
    [
        ("dropdown", {"options": ["x"] * 501}, {"options"}),
        ("table", {"columns": ["x"] * 51}, {"columns"}),
        ("radio", {"options": ["x"]}, {"options"}),
        ("text", {"prefix": "x" * 21, "suffix": "x" * 21}, {"prefix", "suffix"}),
        ("text", {"label": "x" * 601}, {"label"}),
        ("text", {"guidance": "x" * 2001}, {"guidance"}),
        ("text", {"field_validation": ["min:1"] * 0 + [f"min:{one}" for one in range(51)]}, {"field_validation"}),
        ("text", {"field_validation": ["x" * 1001]}, {"field_validation"}),
        ("dropdown", {"options": [{"id": 1, "text": "x" * 601}]}, {"options.0.text"}),
    ],
)
def test_limits_at_their_edge(house: House, kind: str, body: dict[str, Any], wrong: set[str]) -> None:
    """30 §1.4, §11.2: one more is refused, the limit is taken."""
    template = house.template()["id"]
    step = house.step(template)["id"]
    whole = {"label": "L", "field_type": kind, "required": False, **body}
    assert set(house.errors("create_capture", whole, checklist=template, step=step)) == wrong
    fewer = {name: value if kind == "radio" else value[:-1] for name, value in body.items()}
    if kind == "radio":
        fewer = {"options": ["x", "y"]}
    if wrong == {"options.0.text"}:
        fewer = {"options": [{"id": 1, "text": "x" * 600}]}
    if body.get("field_validation") == ["x" * 1001]:
        fewer = {"field_validation": ["x" * 1000]}
    assert house("create_capture", {**whole, **fewer}, checklist=template, step=step)["data"]


def test_patterns_take_linear_time(house: House) -> None:
    """30 §11.2: a pattern that a backtracking engine takes years for."""
    template = house.template()["id"]
    step = house.step(template)["id"]
    evil = house.field(template, step, "Evil", field_validation=["regex:^(a+)+$", "regex:(?=a)b"])
    assert evil["field_validation"] == ["regex:^(a+)+$", "regex:(?=a)b"]
    assert house.warnings == ["regex:(?=a)b"], "what the engine cannot do is kept and told"
