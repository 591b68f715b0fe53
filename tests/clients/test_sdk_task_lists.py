"""The official SDK's lists of tasks and processes, walked page by page (spec 20 §28, 00 ENV-18)."""

from typing import Any

import tallyfy

from tests.clients.conftest import Ready
from tests.support.server import Caller, Running


def walked(ask: Any) -> list[str]:
    """The ids of every page, as the SDK's own walks end: by `total_pages`."""
    found: list[str] = []
    page = 1
    while True:
        answer = ask(page)
        found += [one.id for one in answer.data]
        if page >= answer.meta.total_pages:
            assert answer.meta.total == len(found) == len(set(found))
            return found
        page += 1


def test_personal_lists_are_walked_to_their_end(sdk: Any, server: Running, owner: Caller) -> None:
    org, mate = owner.organization, server.member(owner, "standard")
    made = [
        sdk.create_task(org, f"Task {number}", f"2031-01-{number + 1:02} 12:00:00", user_ids=[owner.user_id]).id
        for number in range(7)
    ]
    sdk.create_task(org, "Not mine", "2031-01-01 12:00:00", user_ids=[mate.user_id])
    sdk.complete_standalone_task(org, made[3])
    sdk.delete_standalone_task(org, made[5])
    live = [one for one in made if one != made[5]]
    assert walked(lambda page: sdk.get_my_tasks(org, page=page, per_page=4)) == live[::-1]
    whose = (org, owner.user_id)
    by_deadline = walked(lambda page: sdk.tasks.get_user_tasks(*whose, page=page, per_page=3, sort_by="deadline"))
    assert by_deadline == live
    open_only = walked(lambda page: sdk.get_my_tasks(org, page=page, per_page=2, status="active"))
    assert open_only == [one for one in live[::-1] if one != made[3]]
    assert [one.id for one in sdk.get_my_tasks(org, status="completed").data] == [made[3]]
    mate.http.close()


def test_lists_carry_what_the_sdk_asks_for(sdk: Any, owner: Caller, ready: Ready) -> None:
    org = owner.organization
    runs = [sdk.launch_process(org, ready.template, f"Run {number}") for number in range(3)]
    rows = sdk.get_user_tasks(org, owner.user_id).data
    assert len(rows) == 9
    for one in rows:
        assert isinstance(one, tallyfy.Task)
        assert isinstance(one.run, tallyfy.Run)
        assert isinstance(one.step, tallyfy.Step)
        assert (one.run.id, one.extra["threads_count"]) == (one.run_id, 0)
    for process in runs:
        found = sdk.get_tasks_for_process(org, process.id, with_="form_fields,activities")
        assert [one.position for one in found.data] == [1, 2, 3]
        assert {one["field_type"] for one in found.data[0].extra["form_fields"]["data"]} == set(ready.fields)
    named = sdk.tasks.get_organization_processes(org, per_page=2)
    assert ([one.name for one in named.data], named.meta.total) == (["Run 2", "Run 1"], 3)
    walk = walked(lambda page: sdk.get_organization_runs(org, page=page, per_page=1, sort="name"))
    assert walk == [one.id for one in runs]


def test_tasks_of_guests_are_listed_in_every_state(sdk: Any, owner: Caller) -> None:
    org = owner.organization
    guest = sdk.create_guest(org, "ines@harbour.example", "Inês", "Ferreira")
    done, waiting = (
        sdk.create_task(org, title, "2031-01-01 12:00:00", user_ids=[owner.user_id], guest_emails=[guest.email])
        for title in ("Done", "Waiting")
    )
    sdk.complete_standalone_task(org, done.id)
    code = str(sdk.get_guest(org, guest.email).guest_id)
    found = sdk.get_guest_tasks(org, code)
    assert [(one.title, one.status) for one in found.data] == [("Waiting", "not-started"), ("Done", "completed")]
    assert [one.owners.guests for one in found.data] == [[guest.email]] * 2
    assert waiting.owners.users == [owner.user_id]
