"""What a new organization begins with (spec 30 §15, §18): one template, ready to be launched, and one snippet."""

from collections.abc import Callable
from typing import Any

from procession.api.starters import SNIPPET, furnish
from procession.kernel.unit import Unit
from procession.operations.first import Founder, init
from tests.support.server import Caller, Running


def furnished(server: Running, owner: Caller) -> None:
    def work(session: Any) -> None:
        furnish(Unit(session, owner.organization, server.clock.now()), owner.user_id, "Müller & <Sons>")

    server.database.command_now(work)


def answers(form: list[Any]) -> dict[str, Any]:
    """One answer to each required field."""
    given = {
        "text": "Globex", "textarea": "All of it", "email": "kim@globex.example", "date": "2031-03-03",
        "file": [{"url": "https://files.example/a.pdf", "filename": "a.pdf"}],
    }  # fmt: skip
    choice: dict[str, Callable[[Any], Any]] = {
        "radio": lambda one: one["options"][0]["text"],
        "dropdown": lambda one: {"id": one["options"][0]["id"], "text": one["options"][0]["text"]},
        "multiselect": lambda one: [{**option, "selected": True} for option in one["options"]],
        "table": lambda one: {"rows": [["x" for _ in one["columns"]]]},
    }
    return {
        one["id"]: choice[one["field_type"]](one) if one["field_type"] in choice else given[one["field_type"]]
        for one in form
        if one["required"]
    }


def test_one_template_and_one_snippet(server: Running, owner: Caller) -> None:
    """60 SETUP-A4: it launches and completes without errors."""
    furnished(server, owner)
    (template,) = owner("GET", "/O/checklists?with=steps").data
    assert (template["title"], template["created_by"], template["is_public"]) == (
        "Client onboarding", owner.user_id, False,
    )  # fmt: skip
    assert template["automated_actions"] and len(template["steps"]["data"]) == template["steps_count"] > 5
    assert owner("GET", f"/O/checklists/{template['id']}/automated-actions/lint").data == []
    (snippet,) = owner("GET", "/O/text-templates").data
    assert (snippet["title"], snippet["created_by"]) == (SNIPPET, owner.user_id)
    assert "Müller &amp; &lt;Sons&gt;" in snippet["content"]
    run = owner("POST", "/O/runs", {"checklist_id": template["id"], "prerun": answers(template["prerun"])}).data["id"]
    fields = {one["id"]: one["captures"] for one in template["steps"]["data"]}
    for _ in range(2 * len(fields)):
        tasks = owner("GET", f"/O/runs/{run}/tasks?per_page=100").data
        task = next((one for one in tasks if one["status"] not in ("completed", "auto-skipped")), None)
        if task is None:
            break
        answered = owner("PUT", f"/O/runs/{run}/tasks/{task['id']}", {"taskdata": answers(fields[task["step_id"]])})
        assert answered.status == 200
        body = {"task_id": task["id"], "is_approved": True}
        assert owner("POST", f"/O/runs/{run}/completed-tasks", body).status == 200
    assert owner("GET", f"/O/runs/{run}").data["status"] == "complete"


def test_wherever_organizations_are_made(server: Running) -> None:
    """By the operator's command, and by people who may make their own."""
    made = init(server.database, server.settings, Founder(organization="Initech", email="bill@initech.example"),
                another=True)  # fmt: skip
    bill = Caller(server.base, made.organization_id, made.user_id, made.email, f"Bearer {made.access_token}")
    assert [one["title"] for one in bill("GET", "/O/checklists").data] == ["Client onboarding"]
    assert "Initech" in bill("GET", "/O/text-templates").data[0]["content"]
