"""What is shown with tasks when it is asked for (spec 20 §3.2, §3.3; 00 §8)."""

import pytest

from procession.api import form_fields, task_includes, task_lists
from procession.api.endpoint import Call, Reply
from procession.api.tasks import view
from procession.kernel.errors import NotFound
from procession.kernel.paging import Page
from procession.people.model import group
from procession.wire.task import Task, task
from procession.work.lists import TaskSearch, task_page
from procession.work.reading import beside
from tests.work.world import START, STEP, TABLE, TEXT, World

EVERY = (
    "run,run.checklist,run.tags,run.folders,step,form_fields,ko-form-fields,tags,folders,groups,threads,comments,issues,"
    "threads_count,assets,roles,activities,member_watchers.watcher,guest_watchers,selected_text_comment,summary"
)


def test_every_include_at_once_3_2(world: World) -> None:
    bo, eve = world.member("Bo"), world.guest()
    team = world.group(bo, eve)
    run = world.process("Intake of Bo")
    one = world.task("bound", bo, eve, group(team), process=run)
    world.task("loose", own_fields=[{"id": TEXT, "label": "Own", "kind": "text", "alias": "own"}])
    stored = world.answer(one, TABLE, [["Nut", "Bolt"], [3]], run)
    chosen = world.answer(run, START, {"id": 2, "text": "L"}, run)
    tag, folder = world.tag("Urgent", ("task", one), ("process", run)), world.folder(("task", one), ("process", run))
    loose, bound = world.ask(task_lists.list_tasks, f"with={EVERY}")["data"]
    assert world.warnings == []

    assert bound["run"]["data"]["id"] == run
    assert bound["run"]["data"]["checklist"]["data"]["id"] == world.template.id
    assert [use["tag_id"] for use in bound["run"]["data"]["tags"]["data"]] == [tag]
    assert [use["folder_id"] for use in bound["run"]["data"]["folders"]["data"]] == [folder]
    assert bound["step"]["data"]["id"] == STEP
    text, table = bound["form_fields"]["data"]
    assert (text["id"], text["unique_id"], text["value"], text["field_no"]) == (TEXT, None, None, 7)
    assert (table["unique_id"], table["task_id"], table["step_id"]) == (stored, one, STEP)
    assert table["value"] == table["field_value"] == [["Nut", "Bolt"], [3]]
    assert table["table_rows"] == [["Nut", "3"], ["Bolt", ""]]
    assert "table_rows" not in text
    assert not text["ko_form_field"]
    (start,) = bound["ko-form-fields"]["data"]
    assert (start["unique_id"], start["value"], start["task_id"]) == (chosen, {"id": 2, "text": "L"}, None)
    assert start["ko_form_field"]
    assert [use["tag_id"] for use in bound["tags"]["data"]] == [tag]
    assert [use["folder_id"] for use in bound["folders"]["data"]] == [folder]
    (shown,) = bound["groups"]["data"]
    assert (shown["id"], shown["members"], shown["guests"]) == (team, [bo.account_id], [eve.email])
    assert bound["threads_count"] == 0
    assert bound["selected_text_comment"] == loose["selected_text_comment"] == {"data": []}
    assert (bound["summary"], bound["original_summary"]) == ("<p>Look</p>", "<p>Look</p>")

    assert loose["run"] is loose["step"] is None
    assert [field["label"] for field in loose["form_fields"]["data"]] == ["Own"]
    assert loose["ko-form-fields"] == {"data": []}
    assert loose["summary"] == "<p>Own</p>"


def test_what_is_not_asked_for_is_absent_env_40(world: World) -> None:
    world.task("plain")
    (plain,) = world.ask(task_lists.list_tasks)["data"]
    names = {*task_includes.BATCHES, "ko-form-fields", "threads_count", "summary", "summary_include"}
    assert not names & plain.keys()


def test_an_item_has_its_count_and_the_include_of_the_summary(world: World) -> None:
    task_id = world.task("plain")

    def show(call: Call) -> Reply:
        found = task_page(call.unit, call.actor, TaskSearch(), Page(1, 10)).tasks
        shown = beside(call.unit, call.actor, found)
        includes = task_includes.load(call, found, shown, single=True)[task_id]
        presented: Task = task(found[0], shown, view(call), single=True, **includes)
        return Reply(body=presented)

    shown = world.ask(show, "with=summary")
    assert shown["threads_count"] == 0
    assert shown["summary"] == "<p>Own</p>"
    assert shown["summary_include"] == {"data": {"summary": "<p>Own</p>", "original_summary": "<p>Own</p>"}}


def test_hidden_tasks_keep_their_form_back_from_those_who_are_no_editors_10_7_2(world: World) -> None:
    bo = world.member("Bo")
    run = world.process()
    world.involve(run, bo)
    world.task("hidden", process=run, status="auto-skipped")
    for by, expected in ((bo, None), (world.admin, "<p>Look</p>")):
        (shown,) = world.ask(task_lists.list_run_tasks, "with=form_fields,summary,step", by=by, run=run)["data"]
        assert shown["summary"] == expected
        assert bool(shown["form_fields"]["data"]) is bool(shown["step"]) is (expected is not None)


def test_guests_are_not_shown_other_people(world: World) -> None:
    bo, eve = world.member("Bo"), world.guest()
    run = world.process()
    world.involve(run, eve)
    world.task("hers", bo, eve, group(world.group(bo)), process=run)
    (shown,) = world.ask(task_lists.list_my_tasks, "with=groups,step,run.checklist", by=eve)["data"]
    assert shown["groups"] == {"data": []}
    assert shown["step"] is None
    assert shown["run"]["data"]["collaborators"] == []
    assert shown["run"]["data"]["checklist"] == {"data": None}


def test_a_page_takes_the_same_queries_for_2_and_50_rows_inc_06(world: World) -> None:
    bo, eve = world.member("Bo"), world.guest()
    team = group(world.group(bo))
    counts = []
    for rows in (2, 48):
        for number in range(rows):
            run = world.process(str(number))
            task_id = world.task(str(number), bo, eve, team, process=run, everyone_must_complete=True)
            world.answer(task_id, TEXT, "1", run)
        body = world.ask(task_lists.list_tasks, f"with={EVERY}&per_page=100&q=&owners={bo.account_id}")
        counts.append((len(body["data"]), len(world.fetched)))
    (few, first), (many, second) = counts
    assert (few, many) == (2, 50)
    assert first == second


def test_captures_of_a_task_20_18(world: World) -> None:
    run = world.process()
    one = world.task("bound", process=run)
    world.answer(one, TEXT, "12", run)
    found = world.ask(form_fields.list_task_captures, task=one)["data"]
    assert [(field["id"], field["value"]) for field in found] == [(TEXT, "12"), (TABLE, None)]
    with pytest.raises(NotFound):
        world.ask(form_fields.list_task_captures, by=world.member(), task=one)
