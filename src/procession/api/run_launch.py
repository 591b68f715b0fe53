"""Launch a process (spec 10 §6)."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import UNSET

from procession.api.custom_fields import read_merge
from procession.api.endpoint import Call, Reply, operation
from procession.api.past import read_past, telling
from procession.api.reading import Shape, raw, read_integer, text
from procession.api.runs import COMMON, LONGEST_NAME, RUN, WRITE, member_id, prerun, present, read_roles
from procession.api.tasks import options, warn
from procession.engine.answers import read_answers_container
from procession.engine.model import Problem
from procession.engine.richtext import clean
from procession.engine.work import Process
from procession.kernel.errors import Invalid, NotFound
from procession.kernel.ids import read_id
from procession.templates.launching import Launchable, launchable
from procession.wire.paths import task_path
from procession.wire.run import Run
from procession.work import access, customizing, launch
from procession.work.launch_tasks import StepOverride
from procession.work.processes import NO_PARENT, is_live_parent
from procession.work.relaunch import copied
from procession.work.update import TITLE_LIMIT, clean_title

LONGEST_WINDOW = 86_400
BEGINNING = ("created_at", "started_at", "author_id")
"""What may be told of a launch (spec 50 IMP-03)."""
GUESTS_NOTE = Shape("", {"guests_note": text(5000, blank="clear")})
LAUNCH_RUN = Shape(
    "createRunInput",
    {
        "checklist_id": raw({"type": "string"}, aliases=("blueprint_id", "checklist_public_name")),
        "name": text(LONGEST_NAME, aliases=("title",), blank="clear"),
        **COMMON,
        "user_id": member_id(),
        "tasks": raw({"type": "object", "additionalProperties": {"$ref": "#/components/schemas/stepOverrideInput"}}),
        "roles": raw({"type": ["object", "array"]}),
        "metadata": raw({"type": "object"}, null="absent"),
        "trackers": raw({"type": ["object", "array"]}, null="absent"),
        "override_default_owners": raw({"type": ["boolean", "string"]}),
        **telling(*BEGINNING),
    },
)


@operation("POST", "/organizations/{org}/runs", id="launchRun", acts=("process.launch", "process.launch_empty"),
           body=LAUNCH_RUN, query=(*WRITE, "dedupe_window"), answer=Run, status=201, tag="Processes")  # fmt: skip
def launch_run(call: Call) -> Reply:
    """Launch a process from a template."""
    done = launched(call, supplied(call.body))
    assert done.process is not None
    reply = present(call, done.process, status=200 if done.repeated else 201, plain=True)
    return msgspec.structs.replace(reply, body=reply.body | call.id_beside(done.process.id))


def _named_template(call: Call, named: str) -> Launchable:
    """The template by id or alias; clients look for this text when there is none (spec 10 §6.2)."""
    try:
        return launchable(call.unit, call.actor, named)
    except NotFound as missing:
        raise NotFound("Template not found") from missing


def supplied(body: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a body that say something."""
    return {name: value for name, value in body.items() if not _is_blank(value)}


def launched(
    call: Call, sent: Mapping[str, Any], *, source: Launchable | None = None, origin: tuple[str, str] | None = None
) -> launch.Launched:
    """Launch what was sent. `source`: the template, when it is known; `origin`: what launched it, if not a person."""
    problems: list[Problem] = []
    body = LAUNCH_RUN.read(sent, problems, strict=bool(call.query.flag("strict")))
    if source is None:
        named = body.get("checklist_id")
        if not isinstance(named, str):
            raise Invalid({"checklist_id": ["The checklist_id field is required."]})
        source = _named_template(call, named)
    if body.get("user_id") not in (None, call.actor.account_id) and not call.actor.is_admin:
        access.refuse("Only administrators may launch for somebody else.")
    order = msgspec.structs.replace(_order(call, sent, body, problems), origin=origin)
    given = read_merge(call, "process", body.get("custom_fields"), problems)
    done = launch.launch(call.unit, call.actor, source, order, call.secrets, problems, options(call))
    warn(call, done.warnings)
    call.raise_problems(done.problems, task_path)
    if done.process is not None and not done.repeated:
        # Beside what was inherited: a value given here wins (spec 00 CF-05).
        customizing.customize_process(call.unit, done.process, given, told=False)
    return done


@operation("POST", f"{RUN}/relaunch", id="relaunchRun", acts=("process.see", "process.launch", "process.launch_empty"),
           body=LAUNCH_RUN, query=(*WRITE, "dedupe_window"), answer=Run, status=201, tag="Processes")  # fmt: skip
def relaunch_run(call: Call) -> Reply:
    """Launch a process again: its template as it is now, with the same answers, people, tags and folders."""
    old = access.process_to_see(call.unit, call.actor, call.path_id("run")).process
    source = launchable(call.unit, call.actor, old.template_id)
    done = launched(call, _again(call, old, source), source=source, origin=("run", old.id))
    assert done.process is not None
    return present(call, done.process, status=200 if done.repeated else 201, plain=True)


def _again(call: Call, old: Process, source: Launchable) -> dict[str, Any]:
    """The body of a launch like the old one; what was sent wins, answers and job titles one by one."""
    kept, given = copied(call.unit, call.actor, old, source), supplied(call.body)
    sent = {
        "name": kept.name,
        "tags": kept.tags,
        "folders": kept.folders,
        "users": kept.members,
        "groups": kept.groups,
        "roles": dict(kept.roles),
        "prerun": dict(kept.answers),
    }
    sent = {name: value for name, value in sent.items() if value}
    answers = read_answers_container(given.get("prerun", given.get("prerun_data")))
    if answers is not None:
        given = {**given, "prerun": {**kept.answers, **answers}}
    if isinstance(given.get("roles"), dict):
        given["roles"] = {**kept.roles, **given["roles"]}
    return {**sent, **supplied(given)}


def _is_blank(value: Any) -> bool:
    """What counts as not supplied at launch (spec 10 §6.1)."""
    return value in (None, [], {}) or (isinstance(value, str) and not value.strip())


def _order(call: Call, sent: Mapping[str, Any], body: Mapping[str, Any], problems: list[Problem]) -> launch.LaunchOrder:
    parent_id = body.get("parent_id")
    if parent_id is not None and not is_live_parent(call.unit, call.actor, parent_id):
        problems.append(Problem(("parent_id",), NO_PARENT))
    roles = read_roles(body.get("roles"), problems)
    metadata = body.get("metadata")
    if metadata is not None and not isinstance(metadata, dict):
        problems.append(Problem(("metadata",), "The metadata must be an object."))
    return launch.LaunchOrder(
        name=body.get("name"),
        summary=body.get("summary") or "",
        owner_id=body.get("owner_id"),
        starter_id=body.get("user_id"),
        starred=body.get("starred", False),
        public=body.get("is_public", False),
        publicly_hidden=body.get("publicly_hidden_fields", ()),
        parent_id=parent_id,
        answers=prerun(body.get("prerun", sent.get("prerun_data")), problems),
        overrides=_overrides(body.get("tasks"), problems),
        roles=roles,
        tags=body.get("tags", ()),
        folders=body.get("folders", ()),
        members=body.get("users", ()),
        groups=body.get("groups", ()),
        assign_someone_else=body.get("assign_someone_else", True),
        metadata=metadata,
        trackers=body.get("trackers"),
        via=call.client or "api",
        dedupe_seconds=_window(call),
        past=read_past(call, body, problems, *BEGINNING),
    )


def _window(call: Call) -> int:
    """`dedupe_window`, in seconds; 0 is none (spec 00 §15.3)."""
    given = call.query.text("dedupe_window")
    seconds = read_integer(given) if given is not None else 0
    if seconds is None or not 0 <= seconds <= LONGEST_WINDOW:
        raise Invalid({"dedupe_window": [f"The dedupe_window must be between 0 and {LONGEST_WINDOW} seconds."]})
    return seconds


def _overrides(value: Any, problems: list[Problem]) -> dict[str, StepOverride]:
    """`tasks` of a launch, keyed by step id or alias (spec 10 §6.5)."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        problems.append(Problem(("tasks",), "The tasks must be an object keyed by step id."))
        return {}
    found = {}
    for key, one in value.items():
        if isinstance(one, dict):
            found[read_id(key) or key] = _override(key, one, problems)
        else:
            problems.append(Problem(("tasks", key), "The step must be an object."))
    return found


def _override(key: str, one: Mapping[str, Any], problems: list[Problem]) -> StepOverride:
    """What is said about one step; the older flat form names the people directly, a legacy one nests the deadline."""
    owners = one.get("owners")
    if owners is None:
        owners = {name: one[name] for name in ("users", "guests", "groups") if name in one}
    nested = one.get("taskdata")
    dates = {**(nested if isinstance(nested, dict) else {}), **one}
    given: dict[str, Any] = {
        name: dates[name] for name in ("deadline", "started_at") if dates.get(name) not in (None, "")
    }
    for name, low in (("position", 1), ("max_assignable", 0)):
        if one.get(name) is None:
            continue
        number = read_integer(one[name])
        if number is None or number < low:
            problems.append(Problem(("tasks", key, name), f"The {name.replace('_', ' ')} must be at least {low}."))
        else:
            given[name] = number
    title = one.get("title")
    if isinstance(title, str) and title.strip():
        if len(title.strip()) > TITLE_LIMIT:
            text_ = f"The title may not be greater than {TITLE_LIMIT} characters."
            problems.append(Problem(("tasks", key, "title"), text_))
        given["title"] = clean_title(title)
    if isinstance(one.get("summary"), str):
        given["summary"] = clean(one["summary"]) or None
    return StepOverride(
        guests_note=_note(key, owners, problems),
        owners=owners or UNSET,
        unassigned=one.get("unassigned") is True,
        skip=one.get("skip") is True,
        **given,
    )


def _note(key: str, owners: Any, problems: list[Problem]) -> str | None:
    """A message to the guests of a task, as an older client nests it among its owners."""
    value = owners.get("guests_note") if isinstance(owners, dict) else None
    wrong: list[Problem] = []
    found = GUESTS_NOTE.read({"guests_note": value}, wrong).get("guests_note") if value is not None else None
    problems += [Problem(("tasks", key, "owners", *one.path), one.text) for one in wrong]
    return found
