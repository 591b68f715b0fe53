"""The organization and its settings (spec 41 §1, §2)."""

import re
from typing import Any

import msgspec

from procession.api.endpoint import Call, Reply, operation
from procession.api.reading import Member, Shape, Wrong, boolean, choice, integer, items, raw, text
from procession.engine.model import Notice, Problem
from procession.kernel.errors import NotFound
from procession.kernel.ids import read_id
from procession.people.checks import MOST_DOMAINS
from procession.people.organizations import (
    change_organization,
    check_organization,
    organization_for_update,
    organization_of,
)
from procession.people.permissions import require
from procession.people.records import Membership
from procession.people.records import Organization as Stored
from procession.people.seats import seats
from procession.people.settings import SLOTS
from procession.templates.onboarding import onboarding_problem
from procession.templates.snippets import existing_snippets
from procession.wire.organization import Organization, organization, unmoved
from procession.work.redating import any_open_deadline

BASE = "/organizations/{org}"
OBJECT = {"type": "object"}
DATE = {"type": ["string", "null"], "format": "date"}
HOLIDAYS = {
    "type": "array",
    "maxItems": 366,
    "description": "Closing days: each a date, or a range from and to; recurring ones every year.",
    "items": {
        "type": "object",
        "properties": {
            "date": DATE,
            "name": {"type": ["string", "null"], "maxLength": 200},
            "recurring": {"type": "boolean"},
            "from": DATE,
            "to": DATE,
        },
    },
}
REGION = {
    "type": ["object", "null"],
    "description": "Whose public holidays are closing days: codes of ISO 3166, such as DE and BY.",
    "properties": {"country": {"type": "string"}, "subdivision": {"type": ["string", "null"]}},
    "required": ["country"],
}
DAYS = {"type": "string", "enum": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]}
FORMAT = re.compile(r"[dmyYhHisAaTMZ/:.,\- ]+")


def _read_sizes(_name: str, value: Any) -> Any:
    """`team_size`: whole numbers."""
    if not isinstance(value, list) or not all(isinstance(one, int) and not isinstance(one, bool) for one in value):
        raise Wrong("The team size must be a list of integers.")
    if len(value) > 10 or any(not 0 <= one < 2**53 for one in value):
        raise Wrong("The team size is not valid.")
    return value


def _read_legacy(_name: str, value: Any) -> Any:
    """`settings`: a JSON text, or the object it would hold; kept and never evaluated."""
    if value is None or value == "":
        return None
    kept = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    if len(kept) > 20_000:
        raise Wrong("The settings may not be greater than 20000 characters.")
    return kept


def _read_format(_name: str, value: Any) -> Any:
    """A pattern of the date tokens, at most 40 characters."""
    if not isinstance(value, str) or len(value) > 40 or not FORMAT.fullmatch(value):
        raise Wrong("The selected webhook date field format is invalid.")
    return value


def _read_snippet(name: str, value: Any) -> Any:
    """An id, or nothing; whether there is such a snippet is asked where snippets are known."""
    if value is None or value == "":
        return None
    snippet_id = read_id(value)
    if snippet_id is None:
        raise Wrong(f"The selected {name.replace('_', ' ')} is invalid.")
    return snippet_id


def _read_template(_name: str, value: Any) -> Any:
    """An id, or nothing; whether that template will do is asked where templates are known."""
    if value is None or value == "":
        return None
    template_id = read_id(value)
    if template_id is None:
        raise Wrong("The selected onboarding template id is invalid.")
    return template_id


_clearable = {
    **dict.fromkeys(
        ("industry", "purpose", "process_today", "address1", "address2", "address3", "city", "state", "zipcode",
         "country", "welcome_title", "home_bg", "deadline_setting", "google_analytics_id", "mixpanel_token"),
        255,
    ),
    **dict.fromkeys(("description", "welcome_description", "deactivated_text", "signup_survey"), 2000),
    "azure_cognitive_service": 2000,
    "global_css": 100_000,
    "error_404_template": 100_000,
}  # fmt: skip
_flags = (
    "allow_user_invite", "allow_manage_groups", "restrict_blueprint_permissions", "verify_guests",
    "private_one_off_tasks", "guest_tasks_need_member", "revoke_api_tokens_at_sign_out", "auto_complete_tasks",
    "auto_archive", "wyiwyg", "enable_html_authoring", "use_generative_ai", "remind_future_start_tasks",
    "deadline_shift_keeps_time", "enable_custom_404_error", "enable_onboarding_template", "auto_join_signups",
    "join_requires_approval", "require_sso", "analytics_enabled",
)  # fmt: skip

UPDATE = Shape(
    "organizationInput",
    {
        "name": text(50),
        "slug": text(60),
        "timezone": text(64),
        **{name: text(limit, blank="clear") for name, limit in _clearable.items()},
        **{name: boolean() for name in _flags},
        "team_size": Member(read=_read_sizes, schema={"type": "array", "items": {"type": "integer"}}),
        "settings": Member(read=_read_legacy, schema={"type": ["string", "object", "null"]}),
        "sso_default_role": choice({"standard": "standard", "light": "light"}),
        "maximum_group_assignment_limit": integer(0),
        "invitation_expiry_days": integer(1, null=None),
        "auto_complete_task_months": integer(0),
        "working_days": raw(OBJECT, null="absent"),
        "holidays": raw(HOLIDAYS, null="absent"),
        "holiday_region": raw(REGION),
        "onboarding_template_id": Member(read=_read_template, schema={"type": ["string", "null"]}),
        **{name: Member(read=_read_snippet, schema={"type": ["string", "null"]}) for name in SLOTS},
        "default_deadline": raw(OBJECT, null="absent"),
        "auto_archive_processes_after": raw(OBJECT, null="absent"),
        "cadence_days": items(20, of=DAYS),
        "guest_cadence_days": items(20, of=DAYS),
        "unbilled_domains": items(MOST_DOMAINS, of={"type": "string"}),
        "webhook_date_field_format": Member(read=_read_format, schema={"type": "string"}),
    },
)


@operation(
    "GET",
    BASE,
    id="getOrganization",
    acts=("organization.read",),
    query=("with",),
    answer=Organization,
    tag="Organization",
)
def get_organization(call: Call) -> Reply:
    """Read the organization"""
    require(call.actor, "organization.read")
    return organization_reply(call)


@operation(
    "PUT",
    BASE,
    id="updateOrganization",
    acts=("organization.change",),
    body=UPDATE,
    query=("with", "strict"),
    answer=Organization,
    statuses=(412,),
    tag="Organization",
    also=(("PATCH", BASE),),
)
def update_organization(call: Call) -> Reply:
    """Change settings of the organization: only the members sent"""
    require(call.actor, "organization.change")
    present = organization_for_update(call.unit)
    call.require_fresh(present.revision, present.updated_at)
    problems: list[Problem] = []
    sent = UPDATE.read(call.body, problems, call.warnings, strict=bool(call.query.flag("strict")))
    changes = check_organization(call.unit, present, sent, problems, call.warnings)
    template_id = changes.get("onboarding_template_id")
    if template_id is not None and (wrong := onboarding_problem(call.unit, template_id)) is not None:
        problems.append(Problem(("onboarding_template_id",), wrong))
    slots = {name: changes[name] for name in SLOTS if changes.get(name) is not None}
    known = existing_snippets(call.unit, slots.values())
    problems += [
        Problem((name,), f"The selected {name.replace('_', ' ')} is invalid.")
        for name, one in slots.items()
        if one not in known
    ]
    call.raise_problems(problems, ".".join)
    change_organization(call.unit, present, changes)
    if "timezone" in changes and any_open_deadline(call.unit):
        call.warnings.append(Notice("OPEN_DEADLINES_KEPT", "timezone"))
    return organization_reply(call)


class SeatPool(msgspec.Struct, frozen=True):
    """Seats of one kind; `limit` null: as many as wanted."""

    limit: int | None
    used: int
    invited: int


class SeatPools(msgspec.Struct, frozen=True):
    """Administrators and standard members take full seats, light members light ones."""

    full: SeatPool
    light: SeatPool


@operation("GET", f"{BASE}/seats", id="getSeats", acts=("organization.change",), answer=SeatPools, tag="Organization")
def get_seats(call: Call) -> Reply:
    """Read how many seats there are and how many are taken"""
    require(call.actor, "organization.change")
    found = seats(call.unit, call.actor.settings.stored)
    shown = {pool: SeatPool(one.limit, one.used, one.invited) for pool, one in found.items()}
    return Reply(body={"data": SeatPools(**shown)})


def present(call: Call, found: Stored, membership: Membership) -> Organization:
    """The organization as that member reads it, with what was asked for."""
    asked = {name: call.wants(name) for name in ("subscription", "billing_info")}
    return organization(found, membership, **asked)


def organization_reply(call: Call, status: int = 200) -> Reply:
    """The organization as the answer; the ETag does not cover what moves with every call."""
    found = organization_of(call.unit, call.actor.account_id or 0)
    if found is None:
        raise NotFound
    shown = present(call, *found)
    return Reply(body={"data": shown}, status=status, revision=found[0].revision, tagged=unmoved(shown))
