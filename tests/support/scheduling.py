"""Which file of tests goes to which worker, and when: the long ones first, and what a dead worker leaves behind once.

pytest-xdist's own `loadfile` hangs after the death of a worker: the files that the dead one had finished go back into
the queue, a worker that is handed one of them has nothing to report and is never asked again (xdist 3.8). And the test
that killed its worker would be given to the next one, and kill it too.
"""

from collections.abc import Sequence

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

USUAL = 0.1
"""Seconds of a test of a file that is not named below."""
LONG = {
    "tests/faults/test_stop.py": 60,
    "tests/faults/test_backup.py": 60,
    "tests/faults/test_outages.py": 40,
    "tests/readme/test_readme.py": 40,
    "tests/operations/test_wheel.py": 40,
    "tests/operations/test_backup.py": 40,
    "tests/operations/test_upgrade.py": 30,
    "tests/cli/test_commands.py": 30,
    "tests/api/test_access_proof.py": 30,
    "tests/api/test_schemathesis.py": 30,
    "tests/api/test_roles.py": 20,
    "tests/api/test_emptied.py": 20,
    "tests/support_test/test_postgres.py": 20,
    "tests/engine/rules/test_histories.py": 15,
    "tests/engine/rules/test_broken.py": 15,
}
"""Seconds of files that take far longer than their number of tests tells: begun late they are what all wait for."""


class Scheduling(LoadFileScheduling):
    """`loadfile`, with an eye for time and for the dead."""

    def remove_node(self, node: WorkerController) -> str | None:
        """The test that the worker died in, which has failed; what it had not begun waits for others."""
        workload = self.assigned_work[node]
        for file in [file for file, tests in workload.items() if all(tests.values())]:
            del workload[file]
        failed: str | None = super().remove_node(node)
        if failed is not None:
            file = self._split_scope(failed)
            self.workqueue[file][failed] = True
            if all(self.workqueue[file].values()):
                del self.workqueue[file]
        return failed


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling | None:
    return Scheduling(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """For workers (all do the same): whole files, the longest first; alone, tests keep their order."""
    if hasattr(config, "workerinput"):
        items[:] = longest_first(items)


def longest_first(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    files: dict[str, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.nodeid.split("::", 1)[0], []).append(item)
    order = sorted(files, key=lambda file: -LONG.get(file, USUAL * len(files[file])))
    return [item for file in order for item in files[file]]
