"""Job titles and steps that launch a template, through the official Python SDK, unchanged (spec 41 §10, 30 §12)."""

from typing import Any

from tests.clients.conftest import Ready
from tests.support.make import make_template, owners
from tests.support.server import Caller, Running


def test_the_sdk_fills_job_titles_and_reads_linked_templates(
    sdk: Any, server: Running, owner: Caller, ready: Ready
) -> None:
    org, member = owner.organization, server.member(owner, "standard").user_id
    role = owner("POST", "/O/roles", {"name": "Account manager", "default_assignees": {"users": [member]}}).data["id"]
    target = make_template(owner, {"title": "X"})
    step = sdk.get_template_steps(org, ready.template)[0]
    path = f"/O/checklists/{ready.template}/steps/{step.id}"
    launches = {"id": target.id, "default_name_format": None, "tasks_within_process": True}
    owner("PUT", path, {"title": step.title, "roles": [role], "bp_to_launch": launches})
    step = sdk.get_template_steps(org, ready.template)[0]
    assert (step.roles, step.bp_to_launch.id, step.bp_to_launch.tasks_within_process) == ([role], target.id, True)
    run = sdk.launch_process(org, ready.template, "Nora", roles={role: {"users": [owner.user_id]}})
    tasks = owner("GET", f"/O/runs/{run.id}/tasks").data
    assert owners(tasks[0])[0] == [owner.user_id]
    again = sdk.launch_process(org, ready.template, "Nora")
    assert owners(owner("GET", f"/O/runs/{again.id}/tasks").data[0])[0] == [member]
