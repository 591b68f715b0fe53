"""Which endpoints of the index have no operation, and which operations no test names.

    python tools/endpoints.py            what is open, what is left for later, what no test names
    python tools/endpoints.py --strict   and fail when anything is open, unnamed, or left though it is there

The index is `tests/api/endpoint_index.txt`; what is left for later, and why, `tests/api/endpoints_left.txt`. A test
names an operation by its id, or by its method and path beside each other: `owner("PUT", f"/O/tags/{tag}", ...)`, or
`http.put(f"{base}/tags/{tag}")`, or `upload(..., path=...)`. Generated requests (the access proof, schemathesis, the
twins) name nothing: they go through whatever is there.
"""

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from procession.api import all_operations  # noqa: F401 - declares every operation
from procession.api.endpoint import OPERATIONS, Operation
from procession.server.pages import PAGES

ROOT = Path(__file__).parents[1]
INDEX = ROOT / "tests" / "api" / "endpoint_index.txt"
LEFT = ROOT / "tests" / "api" / "endpoints_left.txt"
METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"})
OTHERS = frozenset(
    {"test_access_proof.py", "test_endpoints.py", "test_roles.py", "test_schemathesis.py", "test_walls.py"}
)
"""Tests that name operations without calling them, or call whatever is there."""
POSTS = frozenset({"fetch_token", "introspect_token", "refresh_token", "revoke_token"})
ANY = "\0"
"""Stands in a path of a test for what is put in there."""
INSIDE = re.compile(r"^(?:\0|https?://[^/]+)?(?:/api)?(/O(?=/|$)|/organizations/[^/]+)")
PREFIX = re.compile(r"^/api(?=/)")


class Row(NamedTuple):
    """One line of the index, or of what is left: where it is specified and its priority, or the reason."""

    method: str
    path: str
    note: str

    @property
    def key(self) -> tuple[str, str]:
        return self.method, plain(self.path)


def plain(path: str) -> str:
    """The path as the routes compare it: without `/api`, parameters without names."""
    path = re.sub(r"^O(?=/|$)", "/organizations/{org}", path).removeprefix("/api")
    return re.sub(r"{[^}]*}", "{}", path)


def rows(file: Path) -> list[Row]:
    """The rows of a list: fields by tabs, comments after `#`."""
    read = []
    for line in file.read_text().splitlines():
        if line and not line.startswith("#"):
            method, path, *notes = line.split("\t")
            read.append(Row(method, path, ", ".join(notes)))
    return read


def served() -> set[tuple[str, str]]:
    """Everything that answers."""
    return {(one.method, plain(one.path)) for one in OPERATIONS} | {("GET", plain(path)) for path in PAGES}


def open_rows() -> list[Row]:
    """Rows of the index that are neither served nor left for later."""
    there = served() | {one.key for one in rows(LEFT)}
    return [one for one in rows(INDEX) if one.key not in there]


def left_but_served() -> list[Row]:
    """What is said to be left for later and is there."""
    there = served()
    return [one for one in rows(LEFT) if one.key in there]


class Names(ast.NodeVisitor):
    """What the code of one test file calls: ids in texts, and (method, path with `ANY`) that stand side by side."""

    def __init__(self, tree: ast.Module) -> None:
        self.texts: set[str] = set()
        self.calls: set[tuple[str, str]] = set()
        self.known: dict[str, list[ast.expr]] = {}
        self.own: dict[str, ast.FunctionDef] = {}
        self.inside = False
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("test_"):
                self.own[node.name] = node
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    self._keep(target, node.value)
            elif isinstance(node, ast.For | ast.comprehension) and isinstance(node.iter, ast.Tuple | ast.List):
                for one in node.iter.elts:
                    self._keep(node.target, one)
        self.visit(tree)

    def _keep(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self.known.setdefault(target.id, []).append(value)
        elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
            for one, other in zip(target.elts, value.elts, strict=True):
                self._keep(one, other)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self.texts.add(node.value)

    def visit_Call(self, node: ast.Call) -> None:
        self._pairs(node.args)
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called.upper() in METHODS and node.args:
            self._found(called.upper(), node.args[0])
        if called in POSTS and node.args:  # how Authlib's client is asked
            self._found("POST", node.args[0])
        if called == "upload":
            for one in node.keywords:
                if one.arg == "path":
                    self._found("POST", one.value)
        if called in self.own and not self.inside:
            self._through(self.own[called], node)
        self.generic_visit(node)

    def _through(self, helper: ast.FunctionDef, call: ast.Call) -> None:
        """What a function of the file calls when it is called like this: its parameters are what was given."""
        before, self.known, self.inside = self.known, dict(self.known), True
        names = [one.arg for one in (*helper.args.posonlyargs, *helper.args.args)]
        given = dict(zip(names, call.args, strict=False))
        given |= {one.arg: one.value for one in call.keywords if one.arg is not None}
        for name, value in given.items():
            if not (isinstance(value, ast.Name) and value.id == name):  # else it would be looked up in itself
                self.known[name] = [value]
        for one in helper.body:
            self.visit(one)
        self.known, self.inside = before, False

    def visit_Tuple(self, node: ast.Tuple) -> None:
        self._pairs(node.elts)
        self.generic_visit(node)

    def _pairs(self, nodes: list[ast.expr]) -> None:
        for first, second in pairwise(nodes):
            for method in self._written(first):
                if method in METHODS:
                    self._found(method, second)

    def _found(self, method: str, node: ast.expr) -> None:
        self.calls.update((method, path) for path in self._written(node) if "/" in path)

    def _written(self, node: ast.expr, depth: int = 0) -> list[str]:
        """The texts that an expression may be, `ANY` for what is not known."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return [node.value]
        if isinstance(node, ast.Name) and node.id in self.known and depth < 3:
            return [text for one in self.known[node.id] for text in self._written(one, depth + 1)]
        if isinstance(node, ast.IfExp):
            return self._written(node.body, depth) + self._written(node.orelse, depth)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return self._joined([self._written(node.left, depth), self._written(node.right, depth)])
        if isinstance(node, ast.JoinedStr):
            parts = [one.value if isinstance(one, ast.FormattedValue) else one for one in node.values]
            return self._joined([self._written(one, depth) for one in parts])
        return [ANY]

    def _joined(self, parts: list[list[str]]) -> list[str]:
        joined = [""]
        for part in parts:
            joined = [f"{head}{tail}" for head in joined for tail in part][:64]
        return joined


class Called(NamedTuple):
    """A path of a test, segment by segment; what is put in at its front (`anywhere`) stands for any number of them."""

    segments: tuple[re.Pattern[str], ...]
    words: tuple[str, ...]
    anywhere: bool

    def score(self, path: str) -> int:
        """How many segments of the (plain) path of an operation are written out; -1 where the path is another one.

        The last word of the path must be among them: what is put in alone names nothing.
        """
        wanted = path.strip("/").split("/")
        spare = len(wanted) - len(self.segments)
        if spare < 0 or (spare > 0 and not self.anywhere):
            return -1
        tail = list(zip(wanted[spare:], self.segments, self.words, strict=True))
        if not all(segment == "{}" or pattern.fullmatch(segment) for segment, pattern, _ in tail):
            return -1
        written = [segment for segment, _, word in tail if segment == word]
        named = [segment for segment in wanted if segment != "{}"]
        return len(written) if named[-1] in written else -1


def paths_of(texts: Iterable[tuple[str, str]]) -> Iterator[tuple[str, Called]]:
    """The called paths by method."""
    for method, text in texts:
        path = PREFIX.sub("", INSIDE.sub("/organizations/{}", text.partition("?")[0]))
        words = tuple(path.removeprefix(ANY).strip("/").split("/"))
        if any(word.strip(ANY) for word in words):
            segments = tuple(re.compile("[^/]*".join(map(re.escape, word.split(ANY)))) for word in words)
            yield method, Called(segments, words, path.startswith(ANY))


def named(folder: Path = ROOT / "tests") -> tuple[set[str], set[tuple[str, str]]]:
    """The texts and the calls of every test that is written by hand."""
    texts: set[str] = set()
    calls: set[tuple[str, str]] = set()
    for file in sorted(folder.rglob("test_*.py")):
        if file.name not in OTHERS:
            found = Names(ast.parse(file.read_text()))
            texts |= found.texts
            calls |= found.calls
    return texts, calls


def unnamed(operations: Iterable[Operation] = OPERATIONS) -> list[Operation]:
    """The operations that no test names."""
    texts, calls = named()
    reached = called(operations, calls)
    return [one for one in operations if one.id not in texts and one.id not in reached]


def called(operations: Iterable[Operation], calls: Iterable[tuple[str, str]]) -> set[str]:
    """The ids of the operations that these calls reach; where a call fits several, those whose words it writes out."""
    found = set()
    by_method: dict[str, list[Operation]] = {}
    for one in operations:
        by_method.setdefault(one.method, []).append(one)
    for method, path in paths_of(calls):
        scores = {one.id: path.score(plain(one.path)) for one in by_method.get(method, ())}
        best = max(scores.values(), default=-1)
        found |= {name for name, score in scores.items() if score == best >= 0}
    return found


def main(arguments: list[str]) -> int:
    missing, late, quiet, left = open_rows(), left_but_served(), unnamed(), rows(LEFT)
    for row in left:
        print(f"left: {row.method} {row.path}: {row.note}")
    for row in missing:
        print(f"open: {row.method} {row.path} ({row.note})")
    for row in late:
        print(f"there, though left: {row.method} {row.path}")
    for one in quiet:
        print(f"no test names: {one.method} {one.path} ({one.id})")
    counts = f"{len(missing)} open, {len(left)} left for later"
    print(f"{len(rows(INDEX))} rows: {counts}; {len(quiet)} of {len(OPERATIONS)} operations unnamed")
    return 1 if "--strict" in arguments and (missing or late or quiet) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
