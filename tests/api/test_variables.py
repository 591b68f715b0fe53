"""Variables where they may stand, each shown by where it stands (spec 30 §14)."""

from typing import Any

import pytest

from tests.support.make import launch, make_template
from tests.support.server import Caller, Running

NASTY = "<b>&{{DATE}}"
ESCAPED = "&lt;b&gt;&amp;{{DATE}}"


def template_with(owner: Caller, **step: Any) -> Any:
    """A template that asks for a client, and whose step names him in every text."""
    template = make_template(owner, {"title": "A"}, kickoff=[{"label": "Client", "field_type": "text"}])
    alias = owner("GET", f"/O/checklists/{template.id}").data["prerun"][0]["alias"]
    return template, alias


def test_30_14_titles_texts_guidance_and_defaults(server: Running, owner: Caller) -> None:
    template, alias = template_with(owner)
    base = f"/O/checklists/{template.id}/steps/{template.steps[0]}"
    client = f"{{{{{alias}}}}}"
    sent = {"title": f"For {client}", "summary": f'<p>{client} <a href="https://x.example/?q={client}">go</a></p>'}
    assert owner("PUT", base, sent).status == 200
    made = [
        owner("POST", f"{base}/captures", {"label": kind + str(rich), "field_type": kind, "required": False,
              "guidance": f"<p>Ask {client}</p>", "use_wysiwyg_editor": rich, "default_value_enabled": True,
              "default_value": f"Dear {client}"}).data["id"]
        for kind, rich in (("text", False), ("textarea", True))
    ]  # fmt: skip
    process = launch(owner, template, prerun={template.kickoff["Client"]: NASTY})
    task = owner("GET", f"{process.path()}?with=form_fields").data
    assert (task["title"], task["original_title"]) == (f"For {NASTY}", f"For {client}")
    assert task["summary"].startswith(f"<p>{ESCAPED} <a ")
    assert "%3Cb%3E%26%7B%7BDATE%7D%7D" in task["summary"]
    assert [one["guidance"] for one in task["form_fields"]["data"]] == [f"<p>Ask {ESCAPED}</p>"] * 2
    owner("PUT", process.path(), {"title": "Renamed"})
    after = owner("GET", f"{process.path()}?with=form_fields").data["form_fields"]["data"]
    assert {one["id"]: one["value"] for one in after} == {
        made[0]: f"Dear {NASTY}", made[1]: f"Dear {ESCAPED}",
    }  # fmt: skip
    owner("PUT", f"/O/runs/{process.id}", {"prerun": {template.kickoff["Client"]: "Ann"}})
    later = owner("GET", f"{process.path()}?with=form_fields").data["form_fields"]["data"]
    assert [one["guidance"] for one in later] == ["<p>Ask Ann</p>"] * 2
    assert later[0]["value"] == after[0]["value"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{{UNKNOWN-1}} x", "{{UNKNOWN-1}} x"),
        ("{{TEMPLATE_NAME}}", "Onboarding"),
        ("{{template_name}}", "{{template_name}}"),
        ("a {{ CLIENT }} b", "a Ann b"),
        ("{{current-process-id}}", "PROCESS"),
        ("{{current-task-id}}", "TASK"),
    ],
)
def test_30_14_names_in_an_added_task(server: Running, owner: Caller, text: str, shown: str) -> None:
    """A task without a step reads the answers of the process it was added to."""
    template, alias = template_with(owner)
    process = launch(owner, template, prerun={template.kickoff["Client"]: "Ann"})
    body = {"title": text.replace("CLIENT", alias), "task_type": "task", "run_id": process.id,
            "deadline": "2031-01-01", "owners": {"users": [owner.user_id]}}  # fmt: skip
    task = owner("POST", "/O/tasks", body).data
    expected = shown.replace("PROCESS", process.id).replace("TASK", task["id"])
    assert owner("GET", f"/O/tasks/{task['id']}").data["title"] == expected
