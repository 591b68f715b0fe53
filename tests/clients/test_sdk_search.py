"""Every method of the official SDK that searches, unchanged, against a live server (spec 50 §6, 10 §23)."""

from typing import Any

import pytest
import tallyfy

from procession.search.following import Follower
from tests.clients.conftest import Ready
from tests.support.make import make_oneoff
from tests.support.server import Caller, Running

pytestmark = pytest.mark.usefixtures("own_work")


def test_every_method_that_searches(sdk: Any, server: Running, owner: Caller, ready: Ready) -> None:
    org = owner.organization
    run = sdk.launch_process(org, ready.template, "Globex onboarding")
    other = sdk.launch_process(org, ready.template, "Globex onboarding two")
    task = make_oneoff(owner, title="Water the ferns").rsplit("/", 1)[1]
    snippet = owner("POST", "/O/text-templates", {"title": "Imprint", "content": "<p>Ferns</p>"}).data["id"]
    Follower(server.database, server.clock).index_all()
    searches, tasks, templates = sdk.searches, sdk.tasks, sdk.templates

    def ids(found: Any) -> list[str]:
        assert found.count == found.meta.total == len(found.data)
        return [one.id for one in found.data]

    assert ids(searches.search(org, "globex onboarding")) == [run.id, other.id]
    assert ids(searches.search_processes(org, "globex")) == [other.id, run.id]
    assert ids(searches.search_templates(org, "hiring")) == [ready.template]
    assert ids(searches.search_tasks(org, "water")) == [task]
    assert ids(searches.search_snippets(org, "imprint")) == [snippet]
    assert ids(searches.search(org, "globex", filter_={"field": "title", "value": "Globex onboarding two"})) == [
        other.id
    ]
    everything = searches.search_all(org, "ferns", tags=True)
    assert {kind: ids(found) for kind, found in everything.items()} == {
        "blueprint": [], "process": [], "task": [task], "snippet": [snippet],
    }  # fmt: skip
    assert searches.search_templates_by_name(org, "HIRING") == ready.template
    assert templates.search_templates_by_name(org, "Hiring") == ready.template
    assert searches.search_processes_by_name(org, "globex ONBOARDING") == run.id
    assert [one.id for one in searches.find_process_by_name(org, "Globex onboarding")] == [run.id]
    assert [one.id for one in searches.find_process_by_name(org, "Globex", exact_match=False)] == [other.id, run.id]
    for part in (sdk, tasks):  # older ways to the same
        assert part.search_processes_by_name(org, "Globex onboarding two") == other.id
        assert ids(part.search(org, "globex onboarding")) == [run.id, other.id]
        assert ids(part.search_processes(org, "globex")) == [other.id, run.id]
        assert ids(part.search_templates(org, "hiring")) == [ready.template]
        assert ids(part.search_tasks(org, "water")) == [task]
    assert [one.id for one in tasks.find_process_by_name(org, "Globex onboarding")] == [run.id]
    shown = searches.search_tasks(org, "water").data[0]
    assert (shown.title, shown.is_oneoff_task, shown.run_id) == ("Water the ferns", True, None)
    with pytest.raises(tallyfy.TallyfyError):
        searches.search_processes_by_name(org, "nothing is called so")
    with pytest.raises(tallyfy.TallyfyError) as refused:
        searches.search(org, "x", filter_={"field": "colour", "value": "red"})
    assert "date, description, starter, title" in str(refused.value)
