"""What a worker of pytest-xdist was doing when it died: told at the end of the run, not only amid its output."""

import faulthandler
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest

FOLDER = "PROCESSION_TESTS_CRASHES"
"""Where the workers of one run leave the stacks of all their threads; set by the process that starts them."""
SHOWN = 60
"""Lines of one crash: the signal and the thread that met it stand first."""


STACKS: pytest.StashKey[Any] = pytest.StashKey()


def pytest_sessionstart(session: pytest.Session) -> None:
    config = session.config
    if hasattr(config, "workerinput"):
        file = Path(os.environ[FOLDER], f"{config.workerinput['workerid']}.txt").open("w")  # noqa: SIM115 - the handler writes to it
        config.stash[STACKS] = file
        faulthandler.enable(file)  # after pytest has enabled its own
    else:
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="crashes-")


def pytest_unconfigure(config: pytest.Config) -> None:
    if STACKS in config.stash:
        faulthandler.disable()
        config.stash[STACKS].close()
    elif FOLDER in os.environ and not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ[FOLDER])


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for file in sorted(Path(os.environ[FOLDER]).glob("*.txt")):
        if lines := file.read_text().splitlines():
            terminalreporter.section(f"{file.stem} died")
            terminalreporter.write_line("\n".join(lines[:SHOWN]))
