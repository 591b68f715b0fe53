"""Where groups are named in templates: what asks before a group is deleted (spec 41 §9.1 `usage`, §9.5)."""

from collections.abc import Iterable

import msgspec

from procession.engine.model import Step
from procession.engine.rule import Rule
from procession.kernel.unit import Unit
from procession.people.model import Actor
from procession.people.model import group as principal_of
from procession.templates import queries
from procession.templates.access import rights_of, templates_by_id
from procession.templates.model import RIGHTS, RightName, Template
from procession.templates.versions import compiled_versions


class GroupUsage(msgspec.Struct):
    """Where one group is named, in templates that the caller may read.

    `templates`: those that give it default access or have it among their default watchers.
    """

    steps: list[tuple[Template, Step]] = []
    templates: list[Template] = []
    permissions: list[tuple[Template, list[RightName]]] = []
    automations: list[tuple[Template, Rule]] = []


def usage_of_groups(unit: Unit, actor: Actor, ids: Iterable[str]) -> dict[str, GroupUsage]:
    """Where each of these groups is named, archived templates too, by a constant number of queries.

    Every id has an entry. Only the version that is edited counts: running processes keep their own assignments.
    """
    found = {one: GroupUsage() for one in ids}
    if not found:
        return found
    principals = {principal_of(one): one for one in found}
    watched = {(str(one), principals[who]) for one, who in unit.all(queries.WATCHED_BY, principals=list(principals))}
    named = {(str(one), str(who)) for one, who in unit.all(queries.NAMING_GROUPS, groups=list(found))} | watched
    known = templates_by_id(unit, {one for one, _ in named})
    read = {one: template for one, template in known.items() if "read" in rights_of(actor, template)}
    versions = compiled_versions(unit, {one.version_id for one in read.values()}) if read else {}
    for template_id, group_id in sorted(named):
        if template_id not in read:
            continue
        template = read[template_id]
        document = versions[template.version_id].document
        usage = found[group_id]
        usage.steps += [(template, one) for one in document.steps if group_id in one.groups]
        usage.automations += [(template, one) for one in document.rules if _assigns(one, group_id)]
        if group_id in template.rights.groups or (template_id, group_id) in watched:
            usage.templates.append(template)
        held: list[RightName] = [name for name in RIGHTS if group_id in getattr(template.rights, name).groups]
        if held:
            usage.permissions.append((template, held))
    return found


def _assigns(rule: Rule, group_id: str) -> bool:
    return any(group_id in one.assignees.groups for one in rule.actions)
