"""Asking for more rights (spec 40 §15.4): a task for whoever can give them. The answer tells nothing about what is."""

from collections.abc import Sequence

import msgspec

from procession.api.endpoint import Call, Reply, operation
from procession.api.reading import Shape, choice, items, raw, text
from procession.engine.model import Problem
from procession.kernel.errors import NotFound
from procession.kernel.ids import NOWHERE, read_id
from procession.people.members import find_member
from procession.people.model import EVERYONE, Actor, member
from procession.people.permissions import require
from procession.people.persons import oldest_admin
from procession.people.requests import asking_task, keep_asking
from procession.templates.access import find_live, template_to_see
from procession.work.access import process_to_see, task_to_see
from procession.work.create_oneoff import OneOff, create_task
from procession.work.process_reading import processes_by_id
from procession.work.reading import open_task

RIGHTS = ("checklist_edit", "checklist_read", "process_launch", "checklist_duplicate", "process_read")
KINDS = {"checklist": "checklist", "blueprint": "checklist", "template": "checklist", "run": "run", "process": "run",
         "role": "role"}  # fmt: skip
ASK = Shape(
    "accessRequestInput",
    {
        "object_type": choice(KINDS),
        "object_id": raw({"type": ["string", "null"]}),
        "rights": items(10, of={"type": "string"}),
        "message": text(2000, blank="clear"),
    },
    required=("object_type",),
)
NAMES = 200


class Asked(msgspec.Struct, frozen=True):
    """The task that asks; null for who may not see it."""

    task_id: str | None


class Target(msgspec.Struct, frozen=True):
    """What is asked for: whose it is, what it is called, where it is."""

    owner: int
    name: str
    path: str


@operation("POST", "/organizations/{org}/access-requests", id="requestAccess", acts=("me.see",), body=ASK, answer=Asked,
           status=201, tag="Me")  # fmt: skip
def request_access(call: Call) -> Reply:
    """Ask for rights on a template or process, or for another role: whoever can give them gets a task"""
    require(call.actor, "me.see")
    problems: list[Problem] = []
    sent = ASK.read(call.body, problems)
    kind = sent.get("object_type", "role")
    object_id = read_id(sent.get("object_id")) if kind != "role" else NOWHERE
    if kind != "role" and object_id is None:
        problems.append(Problem(("object_id",), "The selected object id is invalid."))
    rights = [str(one) for one in sent.get("rights", ())]
    problems += [
        Problem(("rights", str(place)), "The selected right is invalid.")
        for place, one in enumerate(rights)
        if kind != "role" and one not in RIGHTS
    ]
    call.raise_problems(problems, ".".join)
    asked, made = _ask(call, kind, object_id or "", rights, sent.get("message"))
    return Reply(body={"data": Asked(asked if _may_know(call, kind, object_id or "", asked) else None)},
                 status=201 if made else 200)  # fmt: skip


def _ask(call: Call, kind: str, object_id: str, rights: Sequence[str], message: str | None) -> tuple[str | None, bool]:
    """The task that asks, and whether it is a new one. Nobody is asked for what is not there."""
    own = call.actor.account_id or 0
    present = asking_task(call.unit, own, kind, object_id)
    if present is not None and open_task(call.unit, present):
        return present, False
    target = _target(call, kind, object_id)
    owner = _as_actor(call, target.owner) if target is not None else None
    if target is None or owner is None:
        return None, True
    what = ", ".join(rights) or ("another role" if kind == "role" else "access")
    who = f"{call.actor.first_name} {call.actor.last_name}".strip()
    wanted = OneOff(
        title=f"{who} asks for {what} on {target.name}"[:NAMES],
        summary=f"{message or ''}\n{call.links.public_url}{target.path}".strip(),
        owners={"users": [owner.account_id], "guests": [], "groups": []},
        undated=True,
    )
    done = create_task(call.unit, owner, wanted, None, call.secrets, [])
    if done.problems:
        return None, True
    keep_asking(call.unit, own, kind, object_id, done.tasks[0].id)
    return done.tasks[0].id, True


def _target(call: Call, kind: str, object_id: str) -> Target | None:
    org = call.unit.organization_id
    admin = oldest_admin(call.unit) or 0
    if kind == "role":
        return Target(admin, "the organization", f"/{org}/members")
    if kind == "checklist":
        template = find_live(call.unit, object_id)
        if template is None:
            return None
        return Target(template.owner_id, template.title, f"/{org}/templates/{template.id}")
    process = processes_by_id(call.unit, [object_id]).get(object_id)
    return Target(process.owner_id, process.name, f"/{org}/processes/{process.id}") if process is not None else None


def _as_actor(call: Call, account_id: int) -> Actor | None:
    """The one who is asked, as the one who has the task; the default administrator for somebody who is gone."""
    found = find_member(call.unit, account_id)
    if found is None or found.status != "active" or found.is_bot:
        admin = oldest_admin(call.unit)
        found = find_member(call.unit, admin) if admin is not None else None
    if found is None:
        return None
    return Actor(
        principal=member(found.id),
        principals=(member(found.id), EVERYONE),
        role=found.role or "standard",
        account_id=found.id,
        email=found.email,
        first_name=found.first_name,
        last_name=found.last_name,
        settings=call.actor.settings,
    )


def _may_know(call: Call, kind: str, object_id: str, task_id: str | None) -> bool:
    """Whether the caller sees the task, and what it is about: otherwise the answer is that of an unknown object."""
    if task_id is None:
        return False
    try:
        task_to_see(call.unit, call.actor, task_id, None)
        if kind == "checklist":
            template_to_see(call.unit, call.actor, object_id)
        if kind == "run":
            process_to_see(call.unit, call.actor, object_id)
    except NotFound:
        return False
    return True
