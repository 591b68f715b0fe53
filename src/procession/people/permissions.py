"""Rights as data: acts against roles (spec 40 §15.2; 10 §4.2; 20 §27.1; 30 §3, §9, §16, §17).

A cell is `yes`, `no`, or names a relation: the caller's room says whether it holds. Relations that only the actor and
his organization's switches decide are known here (`STANDING`).
"""

from collections.abc import Callable, Container, Mapping, Sequence

import msgspec

from procession.kernel.errors import Forbidden
from procession.people.model import Actor, Role


class Rights(msgspec.Struct, frozen=True):
    """One act, role by role. Every cell must be given: a missing one does not build."""

    admin: str
    standard: str
    light: str
    guest: str
    application: str = "no"


YES, NO = "yes", "no"

STANDING: Mapping[str, Callable[[Actor], bool]] = {
    "may_create_templates": lambda actor: actor.may_create_templates,
    "may_archive_processes": lambda actor: actor.may_archive_processes,
    "members_manage_groups": lambda actor: actor.settings.members_manage_groups,
    "members_invite": lambda actor: actor.settings.members_invite,
}
"""Relations between the actor and the switches of his organization."""

RELATIONS: Mapping[str, str] = {
    "own": "assignee of the task, directly or by group; of a process: assignee of one of its tasks",
    "starter": "made the one-off task",
    "starter_or_own": "made the one-off task, or is an assignee of it",
    "takeable": "assignee of the task, directly or by group; or nobody is, and the actor may edit it",
    "visible": "sees it; a task only assignees may complete is edited, answered, completed, reopened by those alone",
    "commentable": "own, and comments of guests are not switched off",
    "author": "wrote it",
    "for_self": "assigned to nobody but the actor",
    "viewer": "sees the process (part 10 section 4.1)",
    "participant": "takes part in the process",
    "editor": "owner or starter of the process",
    "submitter_or_own": "filled in the kick-off form, or is an assignee of one of the process's tasks",
    "grant": "holds the right on the template that the act needs (part 40 section 16.2)",
    "oneself": "is the person in question",
    "inviter": "sent the invitation",
    "file_owner": "uploaded the file, or may answer the open task or form it belongs to",
    **dict.fromkeys(STANDING, "a switch of the member or the organization"),
}
"""Every relation that a cell may name, and what it means."""

ACTS: Mapping[str, Rights] = {
    # tasks (spec 20 §27.1)
    "task.see": Rights(YES, "visible", "visible", "own"),
    "task.edit": Rights(YES, "visible", NO, NO),
    "task.answer": Rights(YES, "visible", "own", "own"),
    "task.take": Rights("takeable", "takeable", "takeable", NO),
    "task.remind": Rights(YES, "visible", "visible", NO),
    "task.assign_guest": Rights(YES, "visible", NO, "own"),
    "task.complete": Rights(YES, "visible", "own", "own"),
    "task.reopen": Rights(YES, "visible", "own", NO),  # a light member not what a guest completed
    "task.comment": Rights(YES, "visible", "visible", "commentable"),
    "task.comment_as_bot": Rights(YES, "visible", "visible", NO),
    "comment.change": Rights(YES, "author", "author", "author"),
    "task.resolve_issue": Rights(YES, "visible", "own", NO),
    "task.create_oneoff": Rights(YES, YES, "for_self", NO),
    "task.add_to_process": Rights(YES, "participant", "participant", NO),
    "task.clone": Rights(YES, "visible", NO, NO),
    "task.hide": Rights(YES, "visible", NO, NO),
    "task.bulk": Rights(YES, "visible", NO, NO),
    "task.star": Rights(YES, "visible", "visible", "own"),
    "task.archive": Rights(YES, "starter_or_own", "starter", NO),
    "task.delete": Rights(YES, "starter", NO, NO),
    "task.override_user": Rights(YES, NO, NO, NO),
    "task.export": Rights(YES, YES, NO, NO),
    # processes (spec 10 §4.2)
    "process.launch": Rights(YES, "grant", "grant", NO),
    "process.launch_empty": Rights(YES, YES, NO, NO),
    "process.see": Rights(YES, "viewer", "viewer", "own"),
    "process.explain": Rights(YES, "viewer", "viewer", NO),
    "process.rename": Rights(YES, "participant", NO, NO),
    "process.notes": Rights(YES, "editor", "editor", NO),
    "process.manage": Rights(YES, "editor", NO, NO),
    "process.publish": Rights(YES, "editor", "editor", NO),
    "process.answer": Rights(YES, "participant", "participant", "submitter_or_own"),
    "process.archive": Rights(YES, "may_archive_processes", NO, NO),
    "process.delete": Rights(YES, NO, NO, NO),
    "process.force_complete": Rights(YES, "editor", NO, NO),
    "process.comment": Rights(YES, "viewer", "viewer", NO),
    "process.export": Rights(YES, "viewer", NO, NO),
    "process.star": Rights(YES, "viewer", "viewer", "own"),
    # templates (spec 30 §3, 40 §16)
    "template.list": Rights(YES, YES, YES, NO),
    "template.create": Rights(YES, "may_create_templates", NO, NO),
    "template.see": Rights(YES, "grant", "grant", "grant"),
    "template.see_inside": Rights(YES, "grant", "grant", NO),  # rules, versions, watchers: guests see the structure
    "template.edit": Rights(YES, "grant", NO, NO),
    "template.comment": Rights(YES, "grant", "grant", NO),
    "template.duplicate": Rights(YES, "grant", NO, NO),
    "template.archive": Rights(YES, "grant", NO, NO),
    "template.delete": Rights(YES, NO, NO, NO),
    "template.pin": Rights(YES, NO, NO, NO),
    "template.publish": Rights(YES, "grant", NO, NO),
    "template.star": Rights(YES, "grant", "grant", NO),
    # people (spec 40 §15.2)
    "session.own": Rights(YES, YES, YES, NO),
    "me.see": Rights(YES, YES, YES, NO),
    "me.change": Rights(YES, YES, YES, NO),
    "token.own": Rights(YES, YES, NO, NO),
    "member.list": Rights(YES, YES, YES, NO),
    "member.open": Rights(YES, "oneself", "oneself", NO),
    "member.invite": Rights(YES, "members_invite", NO, NO),
    "member.invite_again": Rights(YES, "inviter", NO, NO),
    "member.manage": Rights(YES, NO, NO, NO),
    "capability.see": Rights(YES, YES, YES, YES),  # limits and switches, which every page needs
    "member.provision": Rights(NO, NO, NO, NO, YES),
    "member.act_for": Rights(NO, NO, NO, NO, YES),
    "organization.read": Rights(YES, YES, YES, NO),
    "organization.read_secrets": Rights(YES, NO, NO, NO),
    "organization.change": Rights(YES, NO, NO, NO),
    "organization.run_jobs": Rights(YES, NO, NO, NO),
    "bulk.start": Rights(YES, YES, NO, NO),  # each object asks for the rights of its own act
    "bulk.run": Rights(YES, YES, YES, YES),  # each of the requests asks for its own
    "job.see": Rights(YES, "oneself", "oneself", NO),
    "group.see": Rights(YES, YES, YES, NO),
    "group.manage": Rights(YES, "members_manage_groups", NO, NO),
    "job_title.see": Rights(YES, YES, YES, NO),
    "job_title.manage": Rights(YES, NO, NO, NO),
    "guest.see": Rights(YES, YES, "visible", "oneself"),
    "guest.read_link": Rights(YES, YES, NO, NO),
    "guest.activity": Rights(YES, YES, NO, NO),
    "guest.create": Rights(YES, YES, NO, NO),
    "guest.change": Rights(YES, YES, NO, NO),
    "guest.disable": Rights(YES, NO, NO, NO),
    "guest.delete": Rights(YES, NO, NO, NO),
    "guest.preferences": Rights(YES, YES, NO, "oneself"),
    # labels (spec 30 §16.2, §17.2)
    "tag.see": Rights(YES, YES, YES, NO),
    "tag.manage": Rights(YES, NO, NO, NO),
    "tag.apply": Rights(YES, YES, NO, NO),
    "snippet.see": Rights(YES, YES, YES, NO),
    "snippet.manage": Rights(YES, NO, NO, NO),
    "snippet.page": Rights(YES, YES, YES, YES),  # the texts of the page slots: each reads those meant for him
    "list.manage": Rights(YES, NO, NO, NO),
    "folder.see": Rights(YES, YES, YES, NO),
    "folder.manage": Rights(YES, YES, NO, NO),
    "folder.file": Rights(YES, YES, NO, NO),
    # saved views (spec 60 §11, 10 §21.3): one's own, and those that are shared
    "view.see": Rights(YES, YES, YES, NO),
    "view.keep": Rights(YES, YES, YES, NO),
    # custom fields (spec 00 CF-01, CF-06)
    "custom_key.see": Rights(YES, YES, YES, NO),
    "custom_key.manage": Rights(YES, NO, NO, NO),
    "custom_field.see": Rights(YES, YES, YES, NO),
    "custom_field.process": Rights(YES, "participant", "editor", NO),
    "custom_field.task": Rights(YES, "own", "own", NO),
    "custom_field.member": Rights(YES, "oneself", "oneself", NO),
    "custom_field.guest": Rights(YES, NO, NO, NO),
    "custom_field.label": Rights(YES, YES, YES, NO),
    # watching and favourites (spec 41 §12.2)
    "watcher.add": Rights(YES, "viewer", "viewer", "own"),
    "watcher.change": Rights(YES, "oneself", "oneself", "oneself"),
    "watcher.list": Rights(YES, YES, YES, YES),  # his own; administrators everybody's
    "star.list": Rights(YES, YES, YES, YES),
    # what happened (spec 10 §14): everybody sees the entries of what he sees
    "activity.see": Rights(YES, YES, YES, NO),
    # search: everybody finds what he sees (spec 50 §6)
    "search.use": Rights(YES, YES, YES, NO),
    # files: whoever may see or answer what they belong to (spec 40 §15.2)
    "file.see": Rights(YES, YES, YES, "own"),
    "file.upload": Rights(YES, YES, YES, "own"),
    "file.delete": Rights(YES, "file_owner", "file_owner", "file_owner"),
}

REFUSAL = "Your role does not allow this."
ADMINS_ONLY = "Administrators only."


def cell(actor: Actor, act: str) -> str:
    """What the actor's role says about an act: `yes`, `no`, or the relation that allows it."""
    return role_cell(actor.role, act)


def role_cell(role: Role, act: str) -> str:
    """As `cell`, for documents that show what each role may."""
    rights = ACTS[act]
    cells: dict[Role, str] = {
        "admin": rights.admin,
        "standard": rights.standard,
        "light": rights.light,
        "guest": rights.guest,
        "application": rights.application,
    }
    return cells[role]


def allows(actor: Actor, act: str, relations: Container[str] = ()) -> bool:
    """Whether the actor may do this, given the relations that hold between him and the object."""
    said = cell(actor, act)
    if said in (YES, NO):
        return said == YES
    return said in relations or (said in STANDING and STANDING[said](actor))


def require(actor: Actor, act: str, relations: Container[str] = (), message: str | None = None) -> None:
    """Raise `Forbidden` unless the actor may; `relations` are those that hold between him and the object.

    The text is `message`, or what spec 40 §15.3 says; light members are told which role could (`details.upgrade`).
    """
    if allows(actor, act, relations):
        return
    rights = ACTS[act]
    only_admins = rights.admin == YES and rights.standard == rights.light == rights.guest == NO
    text = message or (ADMINS_ONLY if only_admins else REFUSAL)
    raise Forbidden(text, details=_upgrade(actor) if actor.role == "light" and rights.standard != NO else None)


def require_one(actor: Actor, acts: Sequence[str]) -> None:
    """Raise `Forbidden` for somebody whose role refuses every one of the acts, whatever they are done to."""
    if all(cell(actor, act) == NO for act in acts):
        require(actor, acts[0])


def _upgrade(actor: Actor) -> dict[str, str | None]:
    return {"upgrade": "standard", "snippet": actor.settings.stored.get("light_role_error_snippet")}
