"""Saved views, and what they select in the tracker (spec 10 §21, 60 §11)."""

from typing import Any

from tests.support.fixtures_server import Team
from tests.support.make import UNKNOWN, launch, make_group, make_tag, make_template
from tests.support.server import Caller, Running

OPTIONS = [{"text": "Silver"}, {"text": "Gold"}, {"text": "Bronze"}]
KICKOFF = (
    {"label": "Plan", "field_type": "dropdown", "options": OPTIONS},
    {"label": "Tier", "field_type": "radio", "options": [{"text": "A"}, {"text": "B_1"}]},
    {"label": "Day", "field_type": "date"},
    {"label": "Town", "field_type": "text"},
)


def names(by: Caller, query: str) -> list[str]:
    answer = by("GET", f"/O/runs?per_page=100&{query}")
    assert answer.status == 200, answer.body
    return [one["name"] for one in answer.data]


def keep(by: Caller, *criteria: dict[str, Any], **members: Any) -> int:
    made = by("POST", "/O/run-views", {"name": "V", "criteria": list(criteria), **members})
    assert made.status == 201, made.body
    view: int = made.data["id"]
    return view


def test_21_3_what_a_view_selects(server: Running, team: Team) -> None:
    owner, mate = team.owner, team.standard
    template = make_template(owner, {"title": "A", "captures": [{"label": "F", "field_type": "text"}]}, kickoff=KICKOFF)
    plan, tier, day, town = (template.kickoff[name] for name in ("Plan", "Tier", "Day", "Town"))
    tag, other = make_tag(owner), make_tag(owner)
    runs = {}
    for number, (name, chosen, place) in enumerate((("P1", "Silver", "porto"), ("P2", "Gold", "Lisbon"),
                                                    ("P3", "Bronze", "Évora 100%"))):  # fmt: skip
        answers = {
            plan: {"id": number + 1, "text": chosen}, tier: "A" if number else "B_1", day: f"2026-03-0{number + 1}",
            town: place,
        }  # fmt: skip
        runs[name] = launch(owner, template, name=name, prerun=answers, tags=[tag] if number else [other])
    runs["P4"] = launch(owner, template, name="P4", owner_id=mate.user_id)
    owner("PUT", f"/O/runs/{runs['P1'].id}", {"starred": True})
    owner("PUT", runs["P2"].path(), {"owners": {"users": [mate.user_id]}})
    owner("DELETE", f"/O/runs/{runs['P4'].id}")
    base, every = f"checklist_id={template.id}&sort=name", ["P1", "P2", "P3"]
    field = "form_field:"
    wanted: tuple[tuple[tuple[dict[str, Any], ...], list[str]], ...] = (
        ((), every),
        (({"field": "status", "value": "active"},), every),
        (({"field": "status", "value": ["archived"]},), ["P4"]),
        (({"field": "name", "value": "p2"},), ["P2"]),
        (({"field": "name", "value": "P2", "operator": "is_not"},), ["P1", "P3"]),
        (({"field": "tag", "value": [tag, other]},), every),
        (({"field": "tag", "value": tag}, {"field": "name", "value": "P3"}), ["P3"]),
        (({"field": "starred", "value": True},), ["P1"]),
        (({"field": "owner", "value": mate.user_id}, {"field": "status", "value": "archived"}), ["P4"]),
        (({"field": "assigned_user", "value": [mate.user_id]},), ["P2"]),
        (({"field": "checklist_id", "value": UNKNOWN},), []),
        (({"field": "due", "value": "overdue"},), []),
        (({"field": f"{field}{plan}", "value": "Gold"},), ["P2"]),
        (({"field": f"{field}{plan}", "value": ["Gold", "Bronze"]},), ["P2", "P3"]),
        (({"field": f"{field}{plan}", "value": "Gold", "operator": "is_not"},), ["P1", "P3"]),
        (({"field": f"{field}{tier}", "value": "B_1"},), ["P1"]),
        (({"field": f"{field}{tier}", "value": "B%1"},), []),
        (({"field": f"{field}{town}", "value": "00%", "operator": "contains"},), ["P3"]),
        (({"field": f"{field}{town}", "value": "LISB", "operator": "contains"},), ["P2"]),
        (({"field": f"{field}{day}", "value": "2026-03-02", "operator": "after"},), ["P3"]),
        (({"field": f"{field}{day}", "value": "2026-03-02", "operator": "before"},), ["P1"]),
    )
    for criteria, expected in wanted:
        view = keep(owner, *criteria)
        assert names(owner, f"{base}&view={view}") == expected, criteria
    view = keep(
        owner, {"field": "name", "value": "P1"}, {"field": f"{field}{plan}", "value": ["Gold"]}, filter_type="any"
    )
    assert names(owner, f"{base}&view={view}") == ["P1", "P2"]
    assert names(owner, f"{base}&view={view}&q=P2") == ["P2"], "other parameters narrow further"
    # The order and the template of the view stand, unless the query names others.
    view = keep(owner, sort="-name", checklist_id=template.id, display="table", columns=["name", plan])
    assert names(owner, f"view={view}") == every[::-1]
    assert names(owner, f"view={view}&sort=name") == every
    # 21.4: by the answers to a field; who has none comes last.
    owner("PUT", f"/O/runs/{runs['P4'].id}/activate")
    assert names(owner, f"checklist_id={template.id}&sort={field}{plan}") == ["P3", "P2", "P1", "P4"]
    assert names(owner, f"checklist_id={template.id}&sort=-{field}{day}") == ["P3", "P2", "P1", "P4"]
    assert names(owner, f"{base}&{field}{plan}=Gold") == ["P2"]
    assert names(owner, f"{base}&owner_id={mate.user_id}") == ["P4"]
    # Answers of a confidential task help nobody to find it, whoever asks.
    owner("PUT", runs["P1"].path(), {"taskdata": {template.fields["F"]: "secret"}})
    found = f"{base}&{field}{template.fields['F']}=secret"
    assert names(owner, found) == ["P1"]
    owner("PUT", runs["P1"].path(), {"top_secret": True})
    assert names(owner, found) == []
    # A comment that proposes something better, on the process or on a task that is not confidential.
    assert names(owner, f"{base}&status=improvement") == []
    for path in (f"/O/runs/{runs['P3'].id}", *(f"/O/tasks/{runs[one].tasks[0]}" for one in ("P1", "P2"))):
        assert owner("POST", f"{path}/comment", {"content": "Shorter", "label": "improvement"}).status == 201
    assert names(owner, f"{base}&status=improvement") == ["P2", "P3"]
    # Bulk acts and exports know views, too.
    view = keep(owner, {"field": "name", "value": "P3"})
    assert len(owner("POST", "/O/runs/bulk", {"action": "star", "filters": {"view": view}}).data) == 1
    rows = owner("POST", "/O/runs/export", {"view": view, "checklist_id": template.id}).data["rows"]
    assert {row["process_name"] for row in rows} == {"P3"}
    assert names(team.stranger, "q=P3") == []


def test_60_11_one_store_in_two_shapes(team: Team) -> None:
    owner = team.owner
    body = {"name": " Mine ", "scope": "tracker", "query": {"status": "active", "q": "x", "page": 2}, "layout": "table",
            "columns": ["name"], "sort": "name", "group_by": "status"}  # fmt: skip
    made = owner("POST", "/O/saved-views", body)
    view = made.data
    assert made.status == 201
    assert (view["name"], view["query"], view["is_default"], view["created_by"]) == (
        "Mine", body["query"], False, owner.user_id,
    )  # fmt: skip
    path, run_path = f"/O/saved-views/{view['id']}", f"/O/run-views/{view['id']}"
    shown = owner("GET", run_path).data
    assert shown["criteria"] == [{"field": "status", "value": "active"}, {"field": "name", "value": "x"}]
    assert (shown["display"], shown["is_active"], shown["shared"], shown["user_id"]) == (
        "table",
        1,
        False,
        owner.user_id,
    )
    criteria = [{"field": "type", "value": "form"}]
    changed = owner("PUT", run_path, {"criteria": criteria, "filter_type": "any", "is_active": 0, "shared": 1}).data
    assert (changed["criteria"], changed["filter_type"], changed["is_active"], changed["shared"]) == (
        criteria,
        "any",
        0,
        True,
    )
    again = owner("GET", "/O/saved-views?scope=tracker").data[0]
    assert (again["query"], again["shared_with"]["everyone"]) == ({"filter_type": "any", "criteria": criteria}, True)
    assert owner("PUT", path, {"query": "?status=complete&folder=none"}).data["query"] == "?status=complete&folder=none"
    assert owner("GET", run_path).data["criteria"] == [
        {"field": "status", "value": "complete"}, {"field": "folder", "value": "none"},
    ]  # fmt: skip
    # One begins with one view of a list.
    tasks = owner("POST", "/O/saved-views", {"name": "T", "scope": "tasks", "is_default": True}).data
    first = owner("PUT", path, {"is_default": True}).data
    second = owner("POST", "/O/saved-views", {"name": "Second", "scope": "tracker", "is_default": True}).data
    assert (first["is_default"], second["is_default"]) == (True, True)
    assert [one["is_default"] for one in owner("GET", "/O/saved-views").data] == [False, True, True]
    assert [one["id"] for one in owner("GET", "/O/run-views").data] == [view["id"], second["id"]]
    assert owner("GET", f"/O/run-views/{tasks['id']}").status == 404, "no view of the tracker"
    assert owner("GET", f"/O/runs?view={tasks['id']}").status == 404
    assert owner("PUT", path, {"name": "x"}, headers={"If-Match": '"99"'}).status == 412
    assert owner("DELETE", path).status == 204
    assert owner("DELETE", run_path).status == 404


def test_views_are_ones_own_or_shared(team: Team) -> None:
    owner, mate, light = team.owner, team.standard, team.light
    group = make_group(owner, [light.user_id])
    made = mate("POST", "/O/saved-views", {"name": "V", "scope": "tracker"}).data
    path, run_path = f"/O/saved-views/{made['id']}", f"/O/run-views/{made['id']}"
    for caller in (light, owner, team.stranger):
        assert caller("GET", "/O/saved-views").data == []
        for method, at in (("GET", run_path), ("PUT", run_path), ("DELETE", run_path), ("PUT", path), ("DELETE", path)):
            assert caller(method, at, {"name": "x"}).status == 404
        assert caller("GET", f"/O/runs?view={made['id']}").status == 404
    shared = mate("PUT", path, {"shared_with": {"groups": [group]}}).data["shared_with"]
    assert shared == {"everyone": False, "users": [], "groups": [group]}
    assert [one["can_change"] for one in light("GET", "/O/saved-views").data] == [False]
    assert light("GET", f"/O/runs?view={made['id']}").status == 200
    assert light("PUT", path, {"name": "mine now"}).status == 403
    assert light("DELETE", run_path).status == 403
    assert light("PUT", path, {"name": "V", "is_default": True}).data["is_default"] is True
    assert mate("GET", "/O/saved-views").data[0]["is_default"] is False
    assert owner("GET", run_path).status == 404
    mate("PUT", run_path, {"shared": True})
    assert light("GET", run_path).status == 404, "what all of the organization see, light members do not (40 §16.2)"
    assert owner("PUT", run_path, {"name": "Ours"}).data["name"] == "Ours"
    assert owner("DELETE", run_path).status == 204
    for method, at in (
        ("GET", "/O/saved-views"),
        ("POST", "/O/saved-views"),
        ("GET", "/O/run-views"),
        ("POST", "/O/run-views"),
    ):
        assert team.guest(method, at, {"name": "x", "scope": "tasks"}).status == 403
    assert team.guest("GET", f"/O/runs?sort=form_field:{UNKNOWN}&form_field:{UNKNOWN}=x").status == 200


def test_what_cannot_be_read(owner: Caller) -> None:
    criteria = [{"field": "shoe_size", "value": 1}, {"field": "name"}, 7, {"field": "status", "value": "x"},
                {"field": "name", "value": "x", "operator": "like"}]  # fmt: skip
    wrong = owner("POST", "/O/run-views", {"name": "x" * 101, "criteria": criteria, "filter_type": "some",
                                           "checklist_id": "x", "display": "cards"})  # fmt: skip
    assert set(wrong.errors) == {
        "name", "filter_type", "display", "checklist_id", "criteria.0.field", "criteria.1.value", "criteria.2",
        "criteria.3.value", "criteria.4.operator",
    }  # fmt: skip
    assert set(owner("POST", "/O/run-views", {"name": "x", "criteria": [{}] * 21}).errors) == {"criteria"}
    body = {"name": "", "scope": "cards", "query": 7, "shared_with": {"users": [987654], "groups": [UNKNOWN, 1]}}
    assert set(owner("POST", "/O/saved-views", body).errors) == {
        "name", "scope", "query", "shared_with.users.0", "shared_with.groups.0", "shared_with.groups.1",
    }  # fmt: skip
    large = {"name": "x", "scope": "tasks", "query": {"a": "x" * 70_000}}
    assert set(owner("POST", "/O/saved-views", large).errors) == {"query"}
    assert set(owner("GET", "/O/saved-views?scope=cards").errors) == {"scope"}
    assert set(owner("POST", "/O/run-views", {}).errors) == {"name"}
    for view in ("0", "x", "-1", "9" * 30, "1"):
        assert owner("GET", f"/O/runs?view={view}").status == 404
        assert owner("DELETE", f"/O/saved-views/{view}").status == 404
