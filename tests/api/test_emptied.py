"""What a test names it proves: an operation whose handler answers an empty 200 is noticed (`tools/emptied.py`)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from procession.api.endpoint import OPERATIONS
from tools import emptied
from tools.emptied import Emptied, Emptying, Naming
from tools.endpoints import ROOT

MODULE = """
WAYS = [("DELETE", "/O/tags/x")]
def made(owner):
    return owner("POST", "/O/tags", {})
def helper(owner):
    return made(owner)
def ways(owner):
    for method, path in WAYS: owner(method, path)
def test_alone(owner):
    owner("GET", "/O/tags")
def test_by_a_helper(owner):
    helper(owner)
@pytest.mark.parametrize("way", WAYS)
def test_by_a_table(owner, way):
    pass
def test_by_a_fixture(made):
    pass
"""


def test_a_test_names_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "test_tags.py").write_text(MODULE)
    (tmp_path / "test_endpoints.py").write_text(MODULE)
    assert {one.test: set(one.named) for one in emptied.namings(["listTags", "createTag", "deleteTag"], tmp_path)} == {
        "test_alone": {"listTags"},
        "test_by_a_helper": {"createTag"},
        "test_by_a_table": {"deleteTag"},
        "test_by_a_fixture": {"createTag"},
    }
    assert list(emptied.namings(["updateTag"], tmp_path)) == []


def test_what_no_test_notices_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    found = [
        Emptied("getTag", "test_a", [], []),
        Emptied("listTags", None, ["test_b"], []),
        Emptied("me", "test_c", ["d"], []),
    ]
    monkeypatch.setattr(emptied, "run", lambda wanted, every: found[: len(wanted)])
    assert emptied.main(["--sample", "1"]) == 0
    assert emptied.main(["--sample", "3"]) == 1
    assert "3 operations emptied, 1 unnoticed: listTags" in capsys.readouterr().out
    assert emptied.main(["--sample", "3", "--every"]) == 1
    assert "2 unnoticed: listTags me" in capsys.readouterr().out


def test_the_tests_that_say_least_come_first() -> None:
    one, other = Naming(ROOT, "test_one", frozenset({"a", "b"})), Naming(ROOT, "test_other", frozenset({"b"}))
    plugin = Emptying([], [one, other], print, every=False)
    assert plugin.naming == {"a": [one], "b": [other, one]}


def _emptied(*arguments: str) -> str:
    """Run the command apart: it runs a pytest of its own. Nothing of this one's is left in its environment."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "tools/emptied.py", *arguments],
        cwd=ROOT, env=kept | {"PYTHONPATH": path}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout[-4000:]}{done.stderr[-2000:]}"
    return done.stdout


def test_some_emptied_operations_are_noticed() -> None:
    """Three, drawn by lot; `make faults` empties them all."""
    printed = _emptied("--sample", "3", "--seed", "20")
    assert "3 operations emptied, 0 unnoticed: none" in printed


@pytest.mark.long
def test_every_emptied_operation_is_noticed() -> None:
    assert f"{len(OPERATIONS)} operations emptied, 0 unnoticed: none" in _emptied()
