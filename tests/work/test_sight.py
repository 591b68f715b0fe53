"""What somebody may see, asked in several ways that must agree (spec 20 §27, 40 §16.4; house plan §4)."""

from random import Random

import msgspec
import pytest

from procession.api import runs, task_lists
from procession.kernel.database import Database
from procession.kernel.unit import Unit
from procession.people.model import EVERYONE, Actor, group
from procession.work.list_queries import NEWEST, TaskShape, tasks_walk
from procession.work.model import Reason
from procession.work.sight import SEES_LITTLE, SEES_LITTLE_STANDARD, SHARE
from tests.work.test_lists import explained, many_past
from tests.work.world import NOW, World


def generated(world: World, people: list[Actor], teams: list[str], random: Random) -> None:
    """Tasks of every kind, and reasons to see them: those that go together in practice, and those that do not."""
    whom: list[Actor | str] = [*people, *(group(one) for one in teams), EVERYONE]
    processes = [world.process(starter_id=random.choice(people).account_id) for _ in range(6)]
    subjects = list(processes)
    for number in range(70):
        process = random.choice([None, *processes])
        given = [random.choice(whom[:-1])] if random.random() < 0.15 else []
        task = world.task(
            f"t{number}",
            *given,
            process=process,
            oneoff=process is None or random.random() < 0.3,
            starter_id=random.choice([None, *(one.account_id for one in people)]),
            confidential=random.random() < 0.4,
            archived_at=random.choice([None, None, NOW]),
        )
        subjects += [task] if process is None else []
    for subject in subjects:
        for one in whom:
            if random.random() < (0.05 if one == EVERYONE else 0.15):
                reasons = [Reason(0), Reason.MENTIONED, Reason.WATCHING, Reason.ASSIGNED | Reason.MENTIONED]
                world.involve(subject, one, random.choice(reasons))


def seen(world: World, actor: Actor, how: str) -> list[int]:
    parameters = {"actor": list(actor.principals), "account": actor.account_id, "count": 1_000}
    shape = TaskShape(conditions=frozenset({how}), order=NEWEST)
    return [one.number for one in world.do(lambda unit: unit.all(tasks_walk(shape), **parameters))]


@pytest.mark.parametrize("seed", range(3))
def test_every_way_of_asking_finds_the_same_tasks_20_27(world: World, seed: int) -> None:
    teams = [world.group(), world.group()]
    people = [
        world.member("Bo", groups=(teams[0],)), world.member("Cy", groups=tuple(teams)), world.member("Lia", "light"),
    ]  # fmt: skip
    generated(world, people, teams, Random(seed))
    World(world.database).task("theirs", oneoff=True, starter_id=people[0].account_id)
    stranger = world.member("Di")
    for actor in [*people, stranger]:
        for name in ("seen", "seen_standard"):
            walked = seen(world, actor, name)
            assert actor is stranger or 0 < len(walked) < 70, (actor.role, name)
            assert walked == seen(world, actor, f"each_{name}") == seen(world, actor, f"little_{name}"), name


def test_who_sees_little_is_who_has_to_do_with_less_than_a_share_of_all_there_is(world: World) -> None:
    bo = world.member("Bo")

    def little() -> tuple[bool, bool]:
        def ask(unit: Unit) -> tuple[bool, bool]:
            given = {"actor": list(bo.principals)}
            plain, standard = unit.one(SEES_LITTLE, **given), unit.one(SEES_LITTLE_STANDARD, **given)
            return bool(plain), bool(standard)

        return world.do(ask)

    assert little() == (False, False)  # there is nothing at all
    home = world.process()
    for number in range(2 * SHARE - 2):
        world.task(str(number), process=world.process() if number % 2 else None)
    assert little() == (True, False)  # half of all tasks are open to him where one-off tasks are
    loose = world.task("the last")
    for one in (home, loose):
        assert little()[0]
        world.involve(one, bo, Reason.WATCHING)
    assert little() == (False, False)  # two of eight
    world.process()
    assert little() == (True, False)  # two of nine
    for number in range(20):
        world.task(f"more {number}", process=home)
    assert little() == (True, True)


def test_what_somebody_sees_who_sees_little_is_found_without_walking_all_tasks(world: World) -> None:
    """Issue 3: the same few tasks come as quickly out of 100,000 as out of 1,000."""
    bo, cy = world.member("Bo"), world.member("Cy")
    mine, other = world.process("mine", owner_id=bo.account_id), world.process("other")
    world.involve(mine, bo, Reason.OWNER)
    like = world.task("other", process=other)
    many_past(world, like, 1_000)
    for number in range(2 * SHARE):
        world.process(f"more {number}")
    world.task("in mine", process=mine)
    world.task("given", bo, process=other, confidential=True)
    world.task("started", process=other, oneoff=True, starter_id=bo.account_id)
    loose = world.task("mentioned", confidential=True)
    world.involve(loose, bo, Reason.MENTIONED)
    expected = ["mentioned", "started", "given", "in mine"]
    for query in ("", "status=active", "cursor=", "created_since=2026-01-01", "is_oneoff=true"):
        body = world.ask(task_lists.list_tasks, query, by=bo)
        assert [one["title"] for one in body["data"]] == [
            one for one in expected if query != "is_oneoff=true" or one in ("started", "mentioned")
        ], query
        goes_by_index(world, query)
    world.ask(task_lists.count_tasks, by=bo)
    goes_by_index(world, "counts")
    world.settings = msgspec.structs.replace(world.settings, private_oneoff_tasks=False)
    world.task("open to all")
    body = world.ask(task_lists.list_tasks, by=bo)
    assert [one["title"] for one in body["data"]] == ["open to all", *expected]
    goes_by_index(world, "open")
    # Cy has to do with nearly everything, and walks.
    for subject in (mine, other, loose):
        world.involve(subject, cy, Reason.WATCHING)
    assert world.ask(task_lists.list_tasks, "status=active", by=cy)["meta"]["pagination"]["total"] == 4
    assert not any("may_see" in statement for statement, _ in world.fetched)


def goes_by_index(world: World, what: str) -> None:
    """What was read last of all tasks was found by process, starter or id."""
    found = [(statement, given) for statement, given in world.fetched if "may_see" in statement]
    assert len(found) == 1, what
    plan = "\n".join(explained(world.database, *found[0]))
    assert "ix_tasks_starter_id" in plan, plan
    assert "ix_tasks_process_id" in plan, plan
    if world.database.dialect.name == "sqlite":
        assert "tasks USING PRIMARY KEY (organization_id=? AND id=?)" in plan, plan
        assert "tasks USING PRIMARY KEY (organization_id=?)" not in plan, plan
        assert "sqlite_autoindex_tasks_2 (organization_id=?)" not in plan, plan
    else:
        assert "Seq Scan on tasks" not in plan, plan


def test_processes_of_an_owner_are_found_by_who_is_involved(database: Database) -> None:
    """Owning is a reason to see a process, by which an index finds it (spec 10 §7.1, `owners`)."""
    world = World(database)
    bo = world.member("Bo")
    names = [f"run {number}" for number in range(6)]
    for number, name in enumerate(names):
        process = world.process(name, owner_id=(bo if number < 2 else world.admin).account_id)
        world.involve(process, bo if number < 2 else world.admin, Reason.OWNER)
        world.involve(process, bo if number >= 2 else world.admin, Reason.WATCHING)
        if number == 4:
            world.task("his", bo, process=process)
    body = world.ask(runs.list_runs, f"owners={bo.account_id}&sort=name")
    assert [one["name"] for one in body["data"]] == ["run 0", "run 1", "run 4"]
    if database.dialect.name == "sqlite":
        found = next(one for one in world.fetched if " involvements" in one[0])
        plan = "\n".join(explained(database, *found))
        assert "ix_involvements_principal" in plan, plan
        assert "processes USING PRIMARY KEY (organization_id=? AND id=?)" in plan, plan
        assert "processes USING PRIMARY KEY (organization_id=?)" not in plan, plan
