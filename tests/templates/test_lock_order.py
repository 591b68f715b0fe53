"""Whoever locks several templates locks them in one order: nobody waits for each other in a ring."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from procession.kernel.unit import Unit
from procession.templates.archive import archive_template, hold_for_archiving, restore_template
from procession.templates.leaving import hand_over_templates, take_guest_off_steps
from tests.templates.conftest import House

ROUNDS = 12
GUEST = "amy@client.example"


def embed(template_id: str) -> str:
    return f'<p><span class="insert-blueprint-tag" data-blueprint-id="{template_id}">[[T]]</span></p>'


def at_once(house: House, *acts: Callable[[Unit], Any]) -> None:
    """All of them begin at the same moment, each in a transaction of its own; raises what one of them raised."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[Unit], Any]) -> None:
        barrier.wait()
        house.do(act)

    with ThreadPoolExecutor(len(acts)) as pool:
        for future in [pool.submit(run, act) for act in acts]:
            future.result(timeout=60)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_templates_that_embed_each_other_are_archived_at_once(house: House) -> None:
    """Each takes its blocks out of the others, while a guest and a member go who stand in all of them."""
    gone = house.member().account_id
    assert gone is not None
    made = [house.template(f"T{one}")["id"] for one in range(4)]
    for template_id in made:
        house.step(template_id, "Check", assignees=[gone], guests=[GUEST])

    def archive(template_id: str) -> Callable[[Unit], Any]:
        def act(unit: Unit) -> None:
            hold_for_archiving(unit, house.admin, template_id)
            archive_template(unit, house.admin, template_id)

        return act

    def restored(unit: Unit) -> None:
        for template_id in made:
            restore_template(unit, house.admin, template_id)

    for _ in range(ROUNDS):
        for template_id in made:
            text = "".join(embed(one) for one in made if one != template_id)
            house("update_checklist", {"title": "T", "summary": text}, checklist=template_id)
            step = house("list_steps", checklist=template_id)["data"][0]["id"]
            house("update_step", {"assignees": [gone], "guests": [GUEST]}, checklist=template_id, step=step)
        at_once(
            house,
            *map(archive, made),
            lambda unit: take_guest_off_steps(unit, house.admin, GUEST),
            lambda unit: hand_over_templates(unit, house.admin, gone, house.owner, house.owner),
        )
        house.do(restored)
        left = [house("get_checklist", checklist=one, query="with=steps")["data"] for one in made]
        assert not any("blueprint" in one["summary"] for one in left)
        people = [(step["guests"], step["assignees"]) for one in left for step in one["steps"]["data"]]
        assert people == [([], [house.owner])] * 4
