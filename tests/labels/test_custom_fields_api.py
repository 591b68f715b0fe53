"""Custom fields on the wire: keys, values of ten kinds of records, rights, inheritance, filters (spec 00 §22)."""

from collections.abc import Callable
from typing import Any

import pytest

from procession.kernel.unit import Unit
from procession.labels.custom_keys import LABEL, MOST, NAME, create_key
from tests.api.test_bad_input import STRANGE
from tests.support.fixtures_server import Team
from tests.support.make import UNKNOWN, Process, events_of, launch, make_oneoff, make_process, make_tag, make_template
from tests.support.server import Answer, Caller, Running

KEYS = "/O/custom-field-keys"


def define(owner: Caller, kind: str, key: str = "cost", type_: str = "number", **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = owner(
        "POST", KEYS, {"key": key, "applies_to": kind, "field_type": type_, "label": key.title(), **more}
    ).data
    return made


class Records:
    """One record of every kind, and where its values are."""

    def __init__(self, server: Running, owner: Caller) -> None:
        field = {"label": "F", "field_type": "text"}
        self.template = make_template(owner, {"title": "A", "captures": [field]}, kickoff=[{**field, "label": "K"}])
        self.process: Process = launch(owner, self.template)
        base = f"/O/checklists/{self.template.id}"
        step = f"{base}/steps/{self.template.steps[0]}"
        self.guest = server.guest(owner)
        folder = owner("POST", "/O/folders", {"name": "HR"}).data["id"]
        self.paths = {
            "process": f"/O/runs/{self.process.id}",
            "task": self.process.path(),
            "member": f"/O/users/{owner.user_id}",
            "guest": f"/O/guests/{self.guest.email}",
            "folder": f"/O/folders/{folder}",
            "tag": f"/O/tags/{make_tag(owner)}",
            "template": base,
            "step": step,
            "form_field": f"{step}/captures/{self.template.fields['F']}",
            "kickoff_field": f"{base}/preruns/{self.template.kickoff['K']}",
        }


SINGLE = ("process", "task", "member", "guest", "folder", "tag")
WHOLE = ("template", "step", "form_field", "kickoff_field")


def values(answer: Answer) -> Any:
    return answer.data["custom_fields"]


def test_ten_kinds_of_records_hold_values(server: Running, owner: Caller) -> None:
    """CF-03, 00 PUT-02: the parts of templates know no PATCH."""
    records = Records(server, owner)
    for kind, path in records.paths.items():
        define(owner, kind, required := "cost", is_required=True)
        define(owner, kind, "note", "text")
        at = f"{path}/custom-fields"
        assert values(owner("GET", at)) == {"cost": None, "note": None}, kind
        assert values(owner("PUT", at, {"custom_fields": {"cost": "5", "note": "x"}})) == {"cost": 5, "note": "x"}
        assert values(owner("PUT", at, {"custom_fields": {"cost": 6}})) == {"cost": 6, "note": None}, "it replaces"
        assert owner("PUT", at, {"custom_fields": {"note": "x"}}).errors == {
            "custom_fields.cost": ["The Cost field is required."]
        }
        one = owner("PATCH", f"{at}/note", {"value": "y"})
        if kind in WHOLE:
            assert (one.status, one.headers["allow"]) == (405, "DELETE, OPTIONS"), kind
            owner("PUT", at, {"custom_fields": {"cost": 6, "note": "y"}})
        else:
            assert values(one) == {"cost": 6, "note": "y"}
        assert owner("DELETE", f"{at}/note").status == 204
        assert owner("DELETE", f"{at}/note").status == 204, "00 §14: cleared already is cleared"
        assert owner("DELETE", f"{at}/{required}").errors == {"custom_fields.cost": ["The Cost field is required."]}
        assert owner("DELETE", f"{at}/nothing").status == 404
        assert values(owner("GET", at)) == {"cost": 6, "note": None}
        shown = owner("GET", path).body
        if kind in ("member", "guest"):
            assert "custom_fields" not in shown["data"], "CF-04"
        elif kind != "kickoff_field":
            assert shown["data"]["custom_fields"] == {"cost": 6}, kind


BODIES: list[tuple[Any, dict[str, list[str]]]] = [
    ({}, {"custom_fields": ["The custom fields field is required."]}),
    ({"custom_fields": []}, {"custom_fields": ["The custom fields must be an object."]}),
    (
        {"custom_fields": {"cost": "x", "colour": 1}},
        {
            "custom_fields.cost": ["The Cost must be a number."],
            "custom_fields.colour": ["This custom field is not known here."],
        },
    ),
    ({"custom_fields": {"made_by": "me"}}, {"custom_fields.made_by": ["A system custom field cannot be changed."]}),
]


def test_what_cannot_be_written(server: Running, owner: Caller) -> None:
    """CF-03: unknown and system keys in a replacement are 422, a system key by itself 403 (00 §11)."""
    tag = f"/O/tags/{make_tag(owner)}/custom-fields"
    define(owner, "tag")
    off = define(owner, "tag", "gone", "text")

    def system(session: Any) -> None:
        unit = Unit(session, owner.organization, server.clock.now())
        create_key(unit, system=True, kind="tag", key="made_by", type="text", label="Made by")

    server.database.command_now(system)
    for body, errors in BODIES:
        assert owner("PUT", tag, body).errors == errors
    for method, body in (("PATCH", {"value": "x"}), ("DELETE", None)):
        answer = owner(method, f"{tag}/made_by", body)
        assert (answer.status, answer.body["code"]) == (403, "BUSINESS_RULE")
    assert owner("PATCH", f"{tag}/cost", {}).errors == {"value": ["The value field is required."]}
    assert owner("PATCH", f"{tag}/cost", {"value": "x"}).errors == {"value": ["The Cost must be a number."]}
    key = next(one for one in owner("GET", f"{KEYS}?key_type=system").data)
    assert (key["key"], key["key_type"]) == ("made_by", "system")
    for method, body in (("PUT", {"label": "x"}), ("DELETE", None)):
        assert owner(method, f"{KEYS}/{key['id']}", body).body["code"] == "BUSINESS_RULE"
    # An inactive key is no key; its values come back with it.
    owner("PATCH", f"{tag}/gone", {"value": "kept"})
    owner("PUT", f"{KEYS}/{off['id']}", {"is_active": False})
    assert values(owner("PUT", tag, {"custom_fields": {"cost": 1}})) == {"cost": 1, "made_by": None}
    assert owner("PATCH", f"{tag}/gone", {"value": "x"}).status == 404
    owner("PUT", f"{KEYS}/{off['id']}", {"is_active": True})
    assert values(owner("GET", tag))["gone"] == "kept"


# -- keys --------------------------------------------------------------------------------------------------------------


def test_a_key_is_made_read_changed_and_deleted(owner: Caller) -> None:
    made = owner(
        "POST",
        KEYS,
        {"key": "plan", "applies_to": "tag", "field_type": "dropdown", "options": ["Low", {"text": "High"}]},
    )
    assert made.status == 201
    key = made.data
    assert key == {
        "id": key["id"], "key": "plan", "applies_to": "tag", "field_type": "dropdown", "key_type": "org",
        "label": "Plan", "options": [{"id": 1, "text": "Low"}, {"id": 2, "text": "High"}], "columns": [],
        "is_required": False, "is_active": True, "created_at": key["created_at"], "updated_at": key["created_at"],
        "last_updated": key["created_at"],
    }  # fmt: skip
    path = f"{KEYS}/{key['id']}"
    assert owner("GET", path).data == key
    changed = owner("PUT", path, {**key, "label": "Tier", "is_required": True, "options": ["Low"]}).data
    assert (changed["label"], changed["is_required"], changed["options"]) == ("Tier", True, [{"id": 1, "text": "Low"}])
    assert owner("PUT", path, {"label": "X"}, headers={"If-Match": '"1"'}).status == 412
    fixed = owner("PUT", path, {"key": "p", "applies_to": "run", "field_type": "text", "key_type": "system"})
    assert fixed.errors == {
        "key": ["The key cannot be changed."],
        "applies_to": ["The selected applies to is invalid."],
        "field_type": ["The field type cannot be changed."],
        "key_type": ["The key type cannot be changed."],
    }
    tag = f"/O/tags/{make_tag(owner)}"
    owner("PATCH", f"{tag}/custom-fields/plan", {"value": "Low"})
    assert owner("GET", tag).data["custom_fields"] == {"plan": "Low"}
    assert owner("DELETE", path).status == 204
    assert owner("DELETE", path).status == 404
    assert owner("GET", tag).data["custom_fields"] == {}, "its values are gone with it"
    assert values(owner("GET", f"{tag}/custom-fields")) == {}


WRONG_KEYS: list[tuple[dict[str, Any], dict[str, list[str]]]] = [
    (
        {},
        {
            "key": ["The key field is required."],
            "applies_to": ["The applies to field is required."],
            "field_type": ["The field type field is required."],
        },
    ),
    ({"key": "Not a slug"}, {"key": ["The key format is invalid."]}),
    ({"key": "x" * (NAME + 1)}, {"key": ["The key may not be greater than 100 characters."]}),
    ({"key": "taken"}, {"key": ["The key has already been taken."]}),
    ({"label": "x" * (LABEL + 1)}, {"label": ["The label may not be greater than 200 characters."]}),
    ({"applies_to": "organization"}, {"applies_to": ["The selected applies to is invalid."]}),
    ({"field_type": "file"}, {"field_type": ["The selected field type is invalid."]}),
    ({"key_type": "system"}, {"key_type": ["Only keys of the organization can be made."]}),
    ({"field_type": "radio"}, {"options": ["The options field is required."]}),
    ({"field_type": "radio", "options": ["A", "A"]}, {"options": ["The options must differ from each other."]}),
    ({"field_type": "table"}, {"columns": ["The columns field is required."]}),
    ({"is_required": "perhaps"}, {"is_required": ["The is required field must be true or false."]}),
]


def test_what_cannot_be_a_key(owner: Caller) -> None:
    define(owner, "tag", "taken")
    for body, errors in WRONG_KEYS:
        sent = body and {"key": "fine", "applies_to": "tag", "field_type": "text", **body}
        assert owner("POST", KEYS, sent).errors == errors, body
    assert owner("POST", KEYS, {"key": "x" * NAME, "applies_to": "tag", "field_type": "text"}).status == 201


def test_there_are_not_too_many(server: Running, owner: Caller) -> None:
    def many(session: Any) -> None:
        unit = Unit(session, owner.organization, server.clock.now())
        for number in range(MOST - 1):
            create_key(unit, kind="tag", key=f"k{number}", type="text", label=f"K{number}")

    server.database.command_now(many)
    define(owner, "tag", "last")
    full = owner("POST", KEYS, {"key": "more", "applies_to": "tag", "field_type": "text"})
    assert full.errors == {"applies_to": ["There may not be more than 100 keys for tag records."]}
    define(owner, "folder", "more")


def test_the_list_of_keys(owner: Caller) -> None:
    """CF-02."""
    define(owner, "tag", "beta", "text", is_required=True)
    define(owner, "task", "alpha", "number", is_active=False)
    define(owner, "task", "gamma", "radio", options=["A"])

    def names(query: str) -> list[str]:
        return [one["key"] for one in owner("GET", f"{KEYS}?{query}").data]

    cases: dict[str, list[str]] = {
        "": ["beta", "alpha", "gamma"],
        "applies_to=task": ["alpha", "gamma"],
        "applies_to=nothing": [],
        "field_type=number": ["alpha"],
        "is_required=true": ["beta"],
        "is_active=0": ["alpha"],
        "key_type=org": ["beta", "alpha", "gamma"],
        "key_type=system": [],
        "q=ALPH": ["alpha"],
        "sort_by=key": ["alpha", "beta", "gamma"],
        "sort_by=label&sort_direction=desc": ["gamma", "beta", "alpha"],
        "sort_by=applies_to": ["beta", "alpha", "gamma"],
        "per_page=1&page=2": ["alpha"],
    }
    for query, expected in cases.items():
        assert names(query) == expected, query
    assert owner("GET", f"{KEYS}?is_required=perhaps").errors["is_required"]


# -- who may -----------------------------------------------------------------------------------------------------------


def test_who_may_write_what(server: Running, team: Team) -> None:
    """CF-01, CF-06; 40 §18: guests see and write nothing, strangers find nothing."""
    owner = team.owner
    records = Records(server, owner)
    task = owner("PUT", records.process.path(), {"owners": {"users": [team.light.user_id]}})
    assert task.status == 200
    for kind in records.paths:
        define(owner, kind, "note", "text")
    at = {kind: f"{path}/custom-fields" for kind, path in records.paths.items()}
    own = {
        "standard": f"/O/users/{team.standard.user_id}/custom-fields",
        "light": f"/O/users/{team.light.user_id}/custom-fields",
    }
    body = {"custom_fields": {"note": "x"}}
    expected = {
        "standard": {"member": 403, "guest": 403, "folder": 200, "tag": 200, "process": 404, "task": 404},
        "light": {"member": 403, "guest": 403, "folder": 200, "tag": 200, "process": 403, "task": 200},
    }
    for role, statuses in expected.items():
        caller: Caller = getattr(team, role)
        for kind, status in statuses.items():
            assert caller("PUT", at[kind], body).status == status, (role, kind)
        for kind in WHOLE:
            assert caller("PUT", at[kind], body).status == 404, (role, kind)
        assert caller("PUT", own[role], body).status == 200
        assert caller("GET", at["guest"]).status == 200, "any member reads"
        assert caller("POST", KEYS, {"key": "k", "applies_to": "tag", "field_type": "text"}).status == 403
        assert caller("GET", KEYS).status == 200
    owner(
        "PUT",
        f"/O/checklists/{records.template.id}/permissions",
        {"checklist_edit": {"users": [team.standard.user_id]}},
    )
    for kind in WHOLE:
        assert team.standard("PUT", at[kind], body).status == 200, kind
    for kind, path in at.items():
        assert team.guest("GET", path).status in (403, 404), kind
        assert team.guest("PUT", path, body).status in (403, 404), kind
    assert team.guest("GET", KEYS).status == 403
    foreign = {kind: path for kind, path in at.items() if kind != "member"}
    for kind, path in foreign.items():
        assert team.stranger("GET", path).status == 404, kind
    assert owner("GET", f"/O/runs/{UNKNOWN}/custom-fields").status == 404
    assert owner("GET", "/O/users/none/custom-fields").status == 404


def test_what_is_told(server: Running, owner: Caller) -> None:
    """CF-06, 30 §19.3: a task's history has an entry; a template is no version further."""
    records = Records(server, owner)
    for kind in ("task", "process", "template"):
        define(owner, kind, "note", "text")
    revision = owner("GET", records.paths["task"]).headers["etag"].split("-")[0]
    for kind in ("task", "process", "template"):
        path = f"{records.paths[kind]}/custom-fields"
        owner("PUT", path, {"custom_fields": {"note": "x"}})
        owner("PUT", path, {"custom_fields": {"note": "x"}})
    told = [one for one in events_of(server, owner, records.process.tasks[0]) if one[0] == "task.custom_fields"]
    assert [(one[2], one[3], one[4]) for one in told] == [("Note", None, "x")], "what is the same already tells nothing"
    assert owner("GET", records.paths["task"]).headers["etag"].split("-")[0] != revision
    assert any(one[0] == "process.custom_fields" for one in events_of(server, owner, records.process.id))
    assert not any(one[0] == "template.custom_fields" for one in events_of(server, owner, records.template.id))
    assert launch(owner, records.template).id


# -- inheritance, bodies, filters --------------------------------------------------------------------------------------


def test_a_launch_inherits_once(owner: Caller) -> None:
    """CF-05: process from template, task from step; given values win; what does not fit stays behind."""
    template = make_template(owner, {"title": "A"}, {"title": "B"})
    for kind in ("template", "process", "step", "task"):
        define(owner, kind)
    define(owner, "template", "note", "text")
    define(owner, "process", "note", "text")
    define(owner, "template", "plan", "text")
    define(owner, "process", "plan", "radio", options=["Low"])
    base = f"/O/checklists/{template.id}"
    owner("PUT", f"{base}/custom-fields", {"custom_fields": {"cost": 5, "note": "x", "plan": "High"}})
    owner("PUT", f"{base}/steps/{template.steps[1]}/custom-fields", {"custom_fields": {"cost": 7}})
    made = owner("POST", "/O/runs?with=tasks", {"checklist_id": template.id, "custom_fields": {"note": "mine"}}).data
    assert made["custom_fields"] == {"cost": 5, "note": "mine"}
    tasks = sorted(made["tasks"]["data"], key=lambda one: one["position"])
    assert [one["custom_fields"] for one in tasks] == [{}, {"cost": 7}]
    owner("PUT", f"{base}/custom-fields", {"custom_fields": {"cost": 9}})
    assert owner("GET", f"/O/runs/{made['id']}").data["custom_fields"]["cost"] == 5, "once"
    refused = owner("POST", "/O/runs", {"checklist_id": template.id, "custom_fields": {"cost": "x"}})
    assert refused.errors == {"custom_fields.cost": ["The Cost must be a number."]}


def test_a_guest_who_becomes_a_member_keeps_his_values(server: Running, owner: Caller) -> None:
    """40 §18: of keys with the same name."""
    guest = server.guest(owner)
    for kind, key in (("guest", "plan"), ("member", "plan"), ("guest", "note")):
        define(owner, kind, key, "text")
    owner("PUT", f"/O/guests/{guest.email}/custom-fields", {"custom_fields": {"plan": "x", "note": "y"}})
    made = owner("POST", f"/O/guests/{guest.email}/to/member", {"first_name": "Kim", "last_name": "Lee"}).data["id"]
    assert values(owner("GET", f"/O/users/{made}/custom-fields")) == {"plan": "x"}


def test_updates_merge_values(server: Running, team: Team) -> None:
    """20 §7.1: the keys sent; null keeps; what an echo says already needs no right."""
    owner = team.owner
    process = make_process(owner, {"title": "A"}, users=[team.standard.user_id])
    for kind in ("process", "task"):
        define(owner, kind)
        define(owner, kind, "note", "text")
    for path in (process.path(), f"/O/runs/{process.id}"):
        assert owner("PUT", path, {"custom_fields": {"cost": 5}}).data["custom_fields"] == {"cost": 5}
        merged = owner("PUT", path, {"custom_fields": {"note": "x"}}).data["custom_fields"]
        assert merged == {"cost": 5, "note": "x"}
        assert owner("PUT", path, {"custom_fields": None}).data["custom_fields"] == merged
        echoed = owner("GET", path)
        again = owner("PUT", path, {"custom_fields": merged})
        assert again.headers["etag"].split("-")[0] == echoed.headers["etag"].split("-")[0]
        assert owner("PUT", path, {"custom_fields": {"cost": None}}).data["custom_fields"] == {"note": "x"}
        wrong = owner("PUT", path, {"custom_fields": {"cost": "x", "colour": 1}})
        assert sorted(wrong.errors) == ["custom_fields.colour", "custom_fields.cost"]
        assert owner("PUT", path, {"custom_fields": "x"}).errors
    standard = team.standard
    assert standard("PUT", process.path(), {"title": "B", "custom_fields": {"note": "x"}}).status == 200
    assert standard("PUT", process.path(), {"custom_fields": {"note": "y"}}).status == 403, "not an assignee"
    assert standard("PUT", f"/O/runs/{process.id}", {"custom_fields": {"note": "y"}}).status == 200, "a participant"
    oneoff = make_oneoff(owner, custom_fields={"cost": 3})
    assert owner("GET", oneoff).data["custom_fields"] == {"cost": 3}
    assert values(owner("GET", f"{oneoff}/custom-fields")) == {"cost": 3, "note": None}
    owner("DELETE", oneoff)
    refused = owner("PUT", f"{oneoff}/custom-fields", {"custom_fields": {}})
    assert refused.body["code"] == "TASK_ARCHIVED"
    owner("POST", "/O/completed-tasks", {"task_id": process.tasks[0]})
    assert owner("PATCH", f"{process.path()}/custom-fields/note", {"value": "late"}).status == 200, "00 PUT-16"


TYPES = ("text", "textarea", "number", "boolean", "date", "email", "url", "radio", "dropdown", "multiselect", "table")


def test_no_value_is_a_fault_of_the_server(owner: Caller) -> None:
    """00 §11: whatever is sent is taken or refused; what was taken is read back as it was answered."""
    for type_ in TYPES:
        define(owner, "tag", type_, type_, options=["x", "1"], columns=["a", "b"])
    tag = f"/O/tags/{make_tag(owner)}/custom-fields"
    for value in STRANGE:
        answer = owner("PUT", tag, {"custom_fields": dict.fromkeys(TYPES, value)})
        assert answer.status in (200, 422), (value, answer.body)
        for key in ("number", "table") if answer.status == 422 else ():
            assert owner("PATCH", f"{tag}/{key}", {"value": value}).status in (200, 422)
        assert owner("PUT", tag, {"custom_fields": value}).status in (200, 422)
        assert owner("POST", KEYS, {"key": value, "applies_to": value, "field_type": value}).status == 422
        for more in ({"options": value}, {"label": value}):
            made = owner("POST", KEYS, {"key": "k", "applies_to": "step", "field_type": "radio", **more})
            assert made.status in (201, 422), (more, made.body)
    assert list(values(owner("GET", tag))) == list(TYPES)


def test_guests_are_shown_null(server: Running, owner: Caller) -> None:
    """CF-04."""
    guest = server.guest(owner)
    process = make_process(owner, {"title": "A", "captures": [{"label": "F", "field_type": "text"}]})
    owner("PUT", process.path(), {"owners": {"users": [owner.user_id], "guests": [guest.email]}})
    define(owner, "task")
    owner("PUT", process.path(), {"custom_fields": {"cost": 5}})
    seen = guest("GET", f"{process.path()}?with=form_fields").data
    assert seen["custom_fields"] is None
    assert [one["custom_fields"] for one in seen["form_fields"]["data"]] == [None]
    ignored = guest("PUT", process.path(), {"custom_fields": {"cost": 6}})
    assert ignored.status == 200
    assert owner("GET", process.path()).data["custom_fields"] == {"cost": 5}


FILTERS: list[tuple[str, str, set[str]]] = [
    ("cost", "5.0", {"one"}),
    ("cost", "6", {"two"}),
    ("cost", "five", set()),
    ("plan", "Low", {"one", "two"}),
    ("plan", "High", {"two"}),
    ("plan", "Highest", set()),
    ("note", "a text", {"one"}),
    ("note", "A TEXT", set()),
    ("unknown", "x", set()),
]


@pytest.mark.parametrize(("kind", "path", "name"), [("task", "/O/tasks", "title"), ("process", "/O/runs", "name")])
def test_lists_are_narrowed_by_a_value(owner: Caller, kind: str, path: str, name: str) -> None:
    """00 FLT-12, 20 §11.1, 10 §7.1: both words; equality, a choice of several contains."""
    define(owner, kind)
    define(owner, kind, "plan", "multiselect", options=["Low", "High"])
    define(owner, kind, "note", "text")
    make: dict[str, Callable[..., Any]] = {
        "task": lambda title, held: make_oneoff(owner, title=title, custom_fields=held),
        "process": lambda title, held: make_process(owner, {"title": "A"}, name=title, custom_fields=held),
    }
    make[kind]("one", {"cost": 5, "plan": ["Low"], "note": "a text"})
    make[kind]("two", {"cost": 6, "plan": ["High", "Low"]})
    make[kind]("three", {})

    def found(query: str) -> set[str]:
        return {one[name] for one in owner("GET", f"{path}?{query}").data if one[name] in ("one", "two", "three")}

    for key, value, expected in FILTERS:
        assert found(f"custom_field_key={key}&custom_field_value={value}") == expected, (key, value)
    assert found("custom_field_key=cost") == {"one", "two", "three"}, "both are needed"
    changed = owner("GET", f"{path}?custom_field_key=cost&custom_field_value=6").data[0]["id"]
    owner("PATCH", f"{path}/{changed}/custom-fields/cost", {"value": 5})
    assert found("custom_field_key=cost&custom_field_value=5") == {"one", "two"}
    owner("DELETE", f"{path}/{changed}/custom-fields/cost")
    assert found("custom_field_key=cost&custom_field_value=5") == {"one"}
