"""Which includes there are, by what an operation answers; what else is asked for is told (spec 00 §8).

The names of a resource stand here once: the warning about unknown ones (`INC-03`), the descriptions of `with` and the
test that asks every operation for all of them read them from here.
"""

from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_origin

import msgspec

from procession.api import group_includes, member_includes, run_includes, task_includes
from procession.api.endpoint import DEEPEST, Call, Operation
from procession.api.watching_includes import NAMES as WATCHERS
from procession.engine.model import Notice
from procession.wire.activity import ActivityEntry
from procession.wire.bulk import TaskResult
from procession.wire.checklist import Checklist, Step
from procession.wire.folder import Folder
from procession.wire.group import Group
from procession.wire.guest import Guest
from procession.wire.organization import Organization
from procession.wire.person import User
from procession.wire.run import Run
from procession.wire.tag import Tag
from procession.wire.task import Task


class Names(msgspec.Struct, frozen=True):
    """The includes of a resource; those `inlined` are shown without being asked for: asking is harmless.

    `inside`: what can be nested in some of them.
    """

    own: frozenset[str] = frozenset()
    inlined: frozenset[str] = frozenset()
    inside: "Mapping[str, Names]" = {}

    def knows(self, path: tuple[str, ...]) -> bool:
        """Whether there is an include of this dotted name."""
        if path[0] not in self.own and path[0] not in self.inlined:
            return False
        return len(path) == 1 or (path[0] in self.inside and self.inside[path[0]].knows(path[1:]))

    def listed(self) -> Iterator[str]:
        """The names to ask for, nested ones after their parents, as deep as they can be asked for."""
        for name in sorted(self.own):
            yield name
            below = (one for one in self.inside.get(name, NONE).listed() if one.count(".") + 2 <= DEEPEST)
            yield from (f"{name}.{one}" for one in below)


NONE = Names()
WATCHED = dict.fromkeys(WATCHERS, Names(frozenset({"watcher"})))
OF_STEPS = Names(
    frozenset({"tags", "stage", "comments", "threads"}),
    frozenset({"captures", "roles", "threads_count", "assignees", "guests", "groups", "deadline", "start_date",
               "bp_to_launch", "custom_fields"}),
)  # fmt: skip
AS_LAUNCHED = Names(frozenset({"steps"}), frozenset({"prerun", "automated_actions", "custom_fields"}))
"""Of a template, as its processes and their tasks show the version they were launched from."""

OF_TASKS = Names(
    frozenset({*task_includes.BATCHES, *WATCHERS, "threads_count", "summary"}),
    frozenset(task_includes.INLINED),
    {"run": Names(frozenset({"checklist", "tags", "folders"}), run_includes.INLINED, {"checklist": AS_LAUNCHED}),
     "step": Names(inlined=OF_STEPS.inlined), **WATCHED},
)  # fmt: skip
OF_RUNS = Names(
    frozenset({*run_includes.OWN, *WATCHERS}),
    run_includes.INLINED,
    {"tasks": OF_TASKS, "checklist": AS_LAUNCHED, **WATCHED},
)
OF_CHECKLISTS = Names(
    frozenset({"steps", "tags", "folder", "folders", "permissions", "stages", "linked_tasks", "assets", "runs",
               "statistics", "threads", *WATCHERS}),
    frozenset({"prerun", "automated_actions", "industry_tags", "topic_tags", "users", "groups", "custom_fields"}),
    {"runs": OF_RUNS, "steps": Names(inlined=OF_STEPS.inlined), **WATCHED},
)  # fmt: skip
OF: Mapping[Any, Names] = {
    Task: OF_TASKS,
    TaskResult: OF_TASKS,
    Run: OF_RUNS,
    Checklist: OF_CHECKLISTS,
    Step: OF_STEPS,
    User: Names(frozenset({*member_includes.MAKERS, *WATCHERS}), frozenset({"country_id"}), WATCHED),
    Guest: Names(frozenset({"stats"}), frozenset({"details"})),
    Group: Names(frozenset(group_includes.MAKERS), frozenset({"members", "guests"})),
    Tag: Names(frozenset({"statistics"}), frozenset({"custom_fields"})),
    Folder: Names(frozenset({"children"}), frozenset({"custom_fields"})),
    Organization: Names(frozenset({"subscription", "billing_info"}), frozenset({"settings"})),
    ActivityEntry: Names(frozenset({"audit", "parent"})),
}
"""By what an operation answers, or answers a list of. Whatever is not here has no includes."""


def names_of(operation: Operation) -> Names:
    """The includes that an operation has."""
    answer = operation.answer
    return OF.get(get_args(answer)[0] if get_origin(answer) is list else answer, NONE)


def tell_unknown(operation: Operation, call: Call) -> None:
    """Name what the call asks for in vain among its warnings, in the caller's spelling (spec 00 INC-03)."""
    if not call.asked:
        return
    names = names_of(operation)
    given = (one.strip() for value in call.query.get("with", ()) for one in value.split(","))
    for name in dict.fromkeys(one for one in given if one):
        path = tuple(name.replace("-", "_").split("."))
        if len(path) > DEEPEST or not names.knows(path):
            call.warnings.append(Notice("UNKNOWN_INCLUDE", name[:100]))
