"""From a path to an operation: a tree of segments, literal ones before parameters, at the root and under `/api`."""

from collections.abc import Iterable

import msgspec

from procession.api.endpoint import Operation


class Node:
    """One segment: what follows it literally, what follows as a parameter, what answers here by method."""

    __slots__ = ("literal", "operations", "parameter", "parameter_name")

    def __init__(self) -> None:
        self.literal: dict[str, Node] = {}
        self.parameter: Node | None = None
        self.parameter_name = ""
        self.operations: dict[str, tuple[Operation, tuple[str, ...]]] = {}


class Match(msgspec.Struct, frozen=True):
    """Where a path leads: the operations by method, and the values of its parameters in order."""

    operations: dict[str, tuple[Operation, tuple[str, ...]]]
    values: tuple[str, ...]

    def allowed(self) -> str:
        """The `Allow` header: HEAD wherever GET is (spec 00 URL-14)."""
        methods = {"OPTIONS", *self.operations}
        if "GET" in methods:
            methods.add("HEAD")
        return ", ".join(sorted(methods))


class Routes:
    """The tree of all operations."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._root = Node()
        for operation in operations:
            self._add(operation)

    def _add(self, operation: Operation) -> None:
        node = self._root
        names = []
        for segment in operation.path.strip("/").split("/"):
            if segment.startswith("{"):
                names.append(segment[1:-1])
                node.parameter = node.parameter or Node()
                node = node.parameter
            else:
                node = node.literal.setdefault(segment, Node())
        if operation.method in node.operations:
            raise ValueError(f"{operation.method} {operation.path} is declared twice")
        node.operations[operation.method] = (operation, tuple(names))

    def find(self, path: str) -> Match | None:
        """The operations at `path` (without prefix and trailing slash), or None."""
        return self._walk(self._root, path.split("/")[1:], ())

    def _walk(self, node: Node, segments: list[str], values: tuple[str, ...]) -> Match | None:
        if not segments:
            return Match(node.operations, values) if node.operations else None
        segment, rest = segments[0], segments[1:]
        child = node.literal.get(segment)
        if child is not None:
            found = self._walk(child, rest, values)
            if found is not None:
                return found
        if node.parameter is not None and segment:
            return self._walk(node.parameter, rest, (*values, segment))
        return None


def split_prefix(path: str) -> tuple[str, str]:
    """The `/api` prefix, if any, and the path without it; a doubled one counts once (spec 00 URL-01, 02, 10)."""
    prefix = ""
    while path == "/api" or path.startswith("/api/"):
        path, prefix = path[4:] or "/", "/api"
    if len(path) > 1 and path.endswith("/"):
        path = path[:-1]
    return prefix, path
