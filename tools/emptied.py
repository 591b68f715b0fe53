"""Which operations may answer an empty 200 without any test that names them noticing.

    python tools/emptied.py                      every operation, one after another
    python tools/emptied.py createTag listTags   these
    python tools/emptied.py --sample 6 --seed 7  six of them, always the same for the same seed
    python tools/emptied.py --every              every test that names it must fail, not only one

Each operation in turn is given a handler that answers 200 and `{}`; then the tests that name it (`tools/endpoints.py`,
test by test) run on SQLite, those first that name little else, until one fails. Each of them passed before, with the
handler it has. Printed, and the exit status is 1: operations whose tests all passed.
"""

import argparse
import ast
import random
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from types import FunctionType
from typing import Any, NamedTuple

import pytest
from _pytest.runner import runtestprotocol
from msgspec.structs import force_setattr

from procession.api.endpoint import OPERATIONS, Operation
from tools.endpoints import OTHERS, ROOT, Names, called

MOST = 60
"""How many runs of tests an operation gets before it counts as unnoticed."""
ROWS = 4
"""How many of them may be rows of one test's table."""


class Naming(NamedTuple):
    """A test and the ids of the operations that it names, itself or by what its module gives it."""

    file: Path
    test: str
    named: frozenset[str]


# -- which test names what ---------------------------------------------------------------------------------------------


def namings(wanted: Iterable[str], folder: Path = ROOT / "tests") -> Iterator[Naming]:
    """Every test that is written by hand and names one of these operations, with all that it names.

    What only the file as a whole names, each of its tests names.
    """
    sought = set(wanted)
    hints = {hint for one in OPERATIONS if one.id in sought for hint in (one.id, _snake(one.id), _last_word(one.path))}
    for file in sorted(folder.rglob("test_*.py")):
        text = file.read_text()
        if file.name in OTHERS or not any(word in text for word in hints):
            continue
        tree = ast.parse(text)
        whole = _named(Names(tree))
        if sought.isdisjoint(whole):
            continue
        leads = {id(node): {name for inner in ast.walk(node) if (name := _name(inner))} for node in tree.body}
        named = {
            test.name: _named(Names(ast.Module(body=list(needed(tree, test, leads)), type_ignores=[])))
            for test in tree.body
            if isinstance(test, ast.FunctionDef) and test.name.startswith("test")
        }
        rest = whole.difference(*named.values())
        for test, own in named.items():
            if not sought.isdisjoint(own | rest):
                yield Naming(file, test, frozenset(own | rest))


def _named(names: Names) -> set[str]:
    """Ids that are called, or written out: as they are, or as Python writes names."""
    reached = {name for call in names.calls for name in _called(call)}
    return reached | {IDS[text] for text in names.texts if text in IDS}


def _snake(name: str) -> str:
    return re.sub("(?=[A-Z])", "_", name).lower()


IDS = {text: one.id for one in OPERATIONS for text in (one.id, _snake(one.id))}


def _last_word(path: str) -> str:
    """The last part of a path that is written out: whoever names the operation writes it."""
    word = [part for part in path.split("/") if part and not part.startswith("{")][-1]
    return "/O" if word == "organizations" else word


@cache
def _called(call: tuple[str, str]) -> set[str]:
    """Most tests call the same."""
    return called(OPERATIONS, [call])


def needed(tree: ast.Module, test: ast.stmt, leads: Mapping[int, set[str]]) -> Iterator[ast.stmt]:
    """The test and what it leads to in its own module: helpers, fixtures, tables. `leads`: names in each statement."""
    known: dict[str, list[ast.stmt]] = {}
    for node in tree.body:
        for name in _defined(node):
            known.setdefault(name, []).append(node)
    seen: set[int] = set()
    waiting: list[ast.stmt] = [test]
    while waiting:
        node = waiting.pop()
        if id(node) not in seen:
            seen.add(id(node))
            yield node
            for name in leads[id(node)] & known.keys():
                waiting += known[name]


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.arg if isinstance(node, ast.arg) else ""


def _defined(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [] if node.name.startswith("test") else [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [one.id for target in targets for one in ast.walk(target) if isinstance(one, ast.Name)]


# -- the runs ----------------------------------------------------------------------------------------------------------


class Emptied(NamedTuple):
    """What became of one operation: the test that noticed, those that passed all the same, those that never pass."""

    operation: str
    noticed: str | None
    passed: list[str]
    unfit: list[str]


class Emptying:
    """A plugin that runs, instead of the collected tests, for each operation the tests that name it."""

    def __init__(
        self, operations: Iterable[Operation], tests: Iterable[Naming], say: Callable[[str], None], *, every: bool
    ) -> None:
        self.operations = list(operations)
        self.naming: dict[str, list[Naming]] = {}
        for one in sorted(tests, key=lambda naming: len(naming.named)):
            for name in one.named:
                self.naming.setdefault(name, []).append(one)
        self.say, self.every = say, every
        self.healthy: dict[str, bool] = {}
        self.found: list[Emptied] = []

    def files(self) -> list[str]:
        """What is to be collected."""
        return sorted({str(one.file) for operation in self.operations for one in self.naming.get(operation.id, ())})

    @pytest.hookimpl
    def pytest_collection_modifyitems(self, items: list[pytest.Function]) -> None:
        items[:] = [one for one in items if {"postgres", "postgresql"}.isdisjoint({*one.fixturenames, *_chosen(one)})]

    @pytest.hookimpl
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        by_test: dict[tuple[Path, str], list[pytest.Item]] = {}
        for item in session.items:
            by_test.setdefault((item.path, getattr(item, "originalname", item.name)), []).append(item)
        quiet = session.config.pluginmanager.getplugin("capturemanager")
        for operation in self.operations:
            wanted = [item for one in self.naming.get(operation.id, ()) for item in by_test.get(one[:2], ())[:ROWS]]
            done = self._emptied(operation, wanted)
            self.found.append(done)
            with quiet.global_and_fixture_disabled():
                unfit = f" (unfit: {', '.join(done.unfit[:5])})" if done.unfit else ""
                passed = f" ({len(done.passed)} passed: {', '.join(done.passed[:5])})" if done.passed else ""
                self.say(
                    f"{'noticed' if done.noticed else 'UNNOTICED'}: {operation.id} {done.noticed or ''}{passed}{unfit}"
                )
        return True

    def _emptied(self, operation: Operation, wanted: list[pytest.Item]) -> Emptied:
        noticed, passed, unfit = None, [], []
        for item in wanted[:MOST]:
            if item.nodeid not in self.healthy:
                self.healthy[item.nodeid] = _passes(item)
            if not self.healthy[item.nodeid]:
                unfit.append(item.name)
                continue
            with _without(operation):
                well = _passes(item)
            if well:
                passed.append(item.name)
                continue
            noticed = noticed or item.name
            if not self.every:
                break
        return Emptied(operation.id, noticed, passed, unfit)


@contextmanager
def _without(operation: Operation) -> Iterator[None]:
    """The operation answers nothing, to requests and to tests that call its function themselves.

    A function that serves several addresses is left as it is for all but the first of them.
    """
    handler: Any = operation.handler
    first = next(one for one in OPERATIONS if one.handler is handler) is operation
    whole = first and isinstance(handler, FunctionType) and handler.__closure__ is None
    code = handler.__code__ if whole else None
    force_setattr(operation, "handler", EMPTY)
    if whole:
        handler.__code__ = EMPTY.__code__
    try:
        yield
    finally:
        force_setattr(operation, "handler", handler)
        if whole:
            handler.__code__ = code


def _empty(_call: Any) -> Any:
    """It runs in the place of functions of other modules, and knows nothing of this one."""
    return __import__("procession.api.endpoint").api.endpoint.Reply(body={})


EMPTY: Any = _empty


def _chosen(item: pytest.Function) -> set[str]:
    """The texts among what the test was given by its parameters."""
    given = item.callspec.params.values() if hasattr(item, "callspec") else ()
    return {one for one in given if isinstance(one, str)}


class _Outside(NamedTuple):
    """Who comes next, and shares nothing but the session: what is of folders and modules is made anew for each run."""

    session: pytest.Session

    def listchain(self) -> list[Any]:
        return [self.session]


def _passes(item: pytest.Item) -> bool:
    after: Any = _Outside(item.session)
    return not any(one.failed or one.skipped for one in runtestprotocol(item, log=False, nextitem=after))


flushed = partial(print, flush=True)


def run(operations: Iterable[Operation], *, every: bool = False, say: Callable[[str], None] = flushed) -> list[Emptied]:
    """Empty these operations one by one."""
    wanted = list(operations)
    plugin = Emptying(wanted, namings(one.id for one in wanted), say, every=every)
    options = [
        "-o",
        "addopts=",
        "--import-mode=importlib",
        "-m",
        "not long",
        "-p",
        "no:xdist",
        "-p",
        "no:cacheprovider",
    ]
    status = pytest.main([*options, "-q", "--no-header", "--no-summary", *plugin.files()], plugins=[plugin])
    assert status in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED), status
    return plugin.found


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Empty operations one by one and see which test notices.")
    parser.add_argument("operations", nargs="*", help="ids of operations; all of them where none is named")
    parser.add_argument("--sample", type=int, help="only so many, drawn by the seed")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--every", action="store_true", help="every test that names it must fail")
    asked = parser.parse_args(arguments)
    wanted: list[Any] = [one for one in OPERATIONS if not asked.operations or one.id in asked.operations]
    if asked.sample is not None:
        # By lot for each: a new operation hardly ever changes which others are drawn.
        wanted = sorted(wanted, key=lambda one: random.Random(f"{asked.seed} {one.id}").random())[: asked.sample]
    found = run(wanted, every=asked.every)
    unnoticed = [one.operation for one in found if one.noticed is None or (asked.every and one.passed)]
    print(f"{len(found)} operations emptied, {len(unnoticed)} unnoticed: {' '.join(unnoticed) or 'none'}")
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
