"""What tokens without full scope may call (spec 40 §6.5)."""

from collections.abc import Sequence
from functools import lru_cache

from procession.api.endpoint import Operation
from procession.kernel.errors import Forbidden

ANY_CONTENT = ("templates", "processes", "tasks")
TASKS = frozenset({"tasks", "completed-tasks", "comment", "comments", "problem", "resolved-threads"})
FORMS = frozenset({"captures", "preruns", "form-fields", "form-field"})
SHARED = frozenset({"tags", "folders", "folders-objects", "search", "file", "assets", "activity-feeds"})
PEOPLE = frozenset({"me", "users", "users-list", "guests", "guests-list", "groups"})


def require_scope(operation: Operation, scopes: Sequence[str]) -> None:
    """403 `INSUFFICIENT_SCOPE` unless one of the scopes opens the operation."""
    if "*" in scopes:
        return
    wanted = scopes_for(operation.method, operation.path)
    if not wanted.isdisjoint(scopes):
        return
    needed = " ".join(sorted(wanted)) or "*"
    raise Forbidden(
        "These credentials do not cover this request.",
        code="INSUFFICIENT_SCOPE",
        headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{needed}"'},
    )


@lru_cache(maxsize=1024)
def scopes_for(method: str, path: str) -> frozenset[str]:
    """The scopes of which one is needed; none of them: only full scope. Writing includes reading."""
    writes = method not in ("GET", "HEAD")
    names = [f"mcp.{resource}" for resource in _resources(path, method)]
    found = {f"{one}.write" for one in names}
    return frozenset(found if writes else found | {f"{one}.read" for one in names})


def _resources(path: str, method: str) -> tuple[str, ...]:
    parts = path.strip("/").split("/")
    if parts[0] == "me":
        return ("users",)
    if parts[0] != "organizations":
        return ()
    segments = [one for one in parts[2:] if not one.startswith("{")]
    if not segments:
        return ("users",) if method in ("GET", "HEAD") else ()
    head = segments[0]
    if head == "checklists" and "tags" in segments:
        return ANY_CONTENT
    if head in SHARED:
        return ANY_CONTENT
    if "automated-actions" in segments:
        return ("automation",)
    if FORMS & set(segments):
        return ("forms", "templates" if head == "checklists" else "tasks")
    if head == "runs":
        return ("tasks", "processes") if TASKS & set(segments[1:]) else ("processes",)
    if TASKS & set(segments):
        return ("tasks",)
    if head == "checklists":
        return ("templates",)
    return ("users",) if head in PEOPLE else ()
