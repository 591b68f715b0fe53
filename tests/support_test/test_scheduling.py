"""Files of tests and workers: what is long begins first, and the death of a worker holds nobody up."""

from types import SimpleNamespace
from typing import Any

from tests.support.scheduling import LONG, Scheduling, longest_first


class Worker:
    """As much of pytest-xdist's worker as a scheduler sees."""

    def __init__(self, name: str) -> None:
        self.gateway = SimpleNamespace(id=name)
        self.shutting_down = False
        self.given: list[int] = []

    def send_runtest_some(self, indices: list[int]) -> None:
        self.given += indices

    def shutdown(self) -> None:
        self.shutting_down = True


def scheduling(tests: list[str], *names: str) -> tuple[Any, list[Any]]:
    config: Any = SimpleNamespace(
        getvalue=lambda _: [f"{len(names)}*popen"],
        option=SimpleNamespace(loadscopereorder=False),
        hook=SimpleNamespace(pytest_collectreport=lambda report: None),
    )
    found: Any = Scheduling(config)
    workers: list[Any] = [Worker(name) for name in names]
    for one in workers:
        found.add_node(one)
    for one in workers:
        found.add_node_collection(one, tests)
    found.schedule()
    return found, workers


def work(found: Any, worker: Any, until: str | None = None) -> list[str]:
    """What a worker reports, one test after the other; `until`: the test in which it dies."""
    done: list[str] = []
    for index in worker.given:  # grows while it is gone through
        name = found.collection[index]
        if name == until:
            break
        done.append(name)
        found.mark_test_complete(worker, index)
    return done


def test_a_dead_workers_files_are_finished_by_the_next() -> None:
    tests = [f"tests/test_{file}.py::test_{number}" for file in range(12) for number in range(3)]
    killer = "tests/test_11.py::test_1"
    found, (first, second) = scheduling(tests, "gw0", "gw1")
    early = work(found, first, until="tests/test_0.py::test_2")
    done = work(found, second, until=killer)
    assert len(done) > 20
    assert found.remove_node(second) == killer
    new: Any = Worker("gw2")
    found.add_node(new)
    found.add_node_collection(new, tests)
    found.schedule()
    first.given = [one for one in first.given if tests[one] not in early]
    late = work(found, first) + work(found, new)
    assert sorted([*early, *done, *late]) == sorted(set(tests) - {killer}), "each once, the killer not again"
    assert found.tests_finished and not found.has_pending
    assert first.shutting_down and new.shutting_down


def test_whole_files_the_longest_first() -> None:
    long = next(iter(LONG))
    names = ["tests/a.py::one", f"{long}::one", "tests/b.py::one", "tests/b.py::two", f"{long}::two"]
    items: list[Any] = [SimpleNamespace(nodeid=name) for name in names]
    order = [one.nodeid for one in longest_first(items)]
    assert order == [f"{long}::one", f"{long}::two", "tests/b.py::one", "tests/b.py::two", "tests/a.py::one"]
