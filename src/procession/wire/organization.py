"""Organizations as clients read them (spec 41 §1)."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from procession.people.organizations import SECRET
from procession.people.records import Membership
from procession.people.records import Organization as Stored
from procession.people.settings import DEFAULTS
from procession.wire.times import instant

ADMINS_ONLY = SECRET | {"unbilled_domains"}
NOTHING = {"data": None}


class Organization(msgspec.Struct, frozen=True, kw_only=True):
    """An organization with the caller's membership. The members from `payment_state` on have fixed neutral values."""

    id: str
    name: str
    slug: str
    industry: str | None
    purpose: str | None
    description: str | None
    process_today: str | None
    address1: str | None
    address2: str | None
    address3: str | None
    city: str | None
    state: str | None
    zipcode: str | None
    country: str | None
    welcome_title: str | None
    welcome_description: str | None
    created_on: str
    created_at: str
    last_updated: str
    timezone: str
    users_count: int
    org_logo: str | None
    home_bg: str | None
    live_support_enabled: int
    team_size: list[int]
    signup_survey: str | None
    user_role: str | None
    user_status: str | None
    joined_on: str | None
    last_accessed: str | None
    disabled_on: str | None
    allow_user_invite: bool
    allow_manage_groups: bool
    auto_join_signups: bool
    join_requires_approval: bool
    domains: list[str]
    saml_enabled: bool
    saml_login_url: str | None
    sso_default_role: str
    require_sso: bool
    restrict_blueprint_permissions: bool
    maximum_group_assignment_limit: int
    verify_guests: bool
    invitation_expiry_days: int | None
    private_one_off_tasks: bool
    guest_tasks_need_member: bool
    unbilled_domains: list[str] | None
    deactivated_text: str | None
    revoke_api_tokens_at_sign_out: bool
    working_days: dict[str, dict[str, Any]]
    deadline_setting: str | None
    settings: str | None
    holidays: list[dict[str, Any]]
    holiday_region: dict[str, Any] | None
    default_deadline: dict[str, Any]
    auto_complete_tasks: bool
    auto_complete_task_months: int
    auto_archive: bool
    auto_archive_processes_after: dict[str, Any]
    wyiwyg: bool
    enable_html_authoring: bool
    webhook_date_field_format: str
    use_generative_ai: bool
    cadence_days: list[str]
    guest_cadence_days: list[str]
    remind_future_start_tasks: bool
    deadline_shift_keeps_time: bool
    onboarding_snippet: str | None
    homepage_snippet: str | None
    guest_onboarding_snippet: str | None
    light_role_error_snippet: str | None
    enable_onboarding_template: bool
    onboarding_template_id: str | None
    global_css: str | None
    enable_custom_404_error: bool
    error_404_template: str | None
    enable_custom_smtp: bool
    google_analytics_id: str | None
    mixpanel_token: str | None
    azure_cognitive_service: str | None
    analytics_enabled: bool
    payment_state: str = "paid"
    plan_code: str = "self-hosted"
    in_trial: bool = False
    limit_trial_features: bool = False
    real_time_billing: bool = False
    preferred_trial_plan: str | None = None
    disable_min_members_billing: bool = True
    enable_light_users_billing: bool = True
    full_seats: int | None = None
    light_seats: int | None = None
    read_only: bool = False
    read_only_reason: str | None = None
    subscription: Any | UnsetType = UNSET
    billing_info: Any | UnsetType = UNSET


class OrganizationSummary(msgspec.Struct, frozen=True):
    """An organization inside other objects (spec 41 §1.7)."""

    id: str
    name: str
    slug: str
    org_logo: str | None
    timezone: str
    user_role: str
    user_status: str


def organization(
    one: Stored,
    membership: Membership,
    *,
    subscription: bool = False,
    billing_info: bool = False,
) -> Organization:
    """The organization object as that member may see it: secrets are for active administrators only.

    Somebody who was disabled there sees what he knows it by, and nothing else of it (spec 40 §10.1).
    """
    if membership.status != "active":
        one = _known_by(one)
    stored = one.settings
    settings = {name: stored.get(name, usual) for name, usual in DEFAULTS.items()}
    if membership.role != "admin" or membership.status != "active":
        settings.update(dict.fromkeys(ADMINS_ONLY))
    created, updated = instant(one.created_at), instant(one.updated_at)
    return Organization(
        id=one.id,
        name=one.name,
        slug=one.slug,
        created_on=created,
        created_at=created,
        last_updated=updated,
        timezone=one.timezone,
        users_count=one.members,
        live_support_enabled=0,
        user_role=membership.role,
        user_status=membership.status,
        joined_on=instant(membership.joined_at),
        last_accessed=instant(membership.last_accessed_at),
        disabled_on=instant(membership.disabled_at),
        enable_html_authoring=not settings["wyiwyg"],
        read_only=settings["read_only_reason"] is not None,
        subscription=NOTHING if subscription else UNSET,
        billing_info=NOTHING if billing_info else UNSET,
        **settings,
    )


def _known_by(one: Stored) -> Stored:
    """What somebody recognises an organization by; all else as if it had just been made."""
    kept = {name: one.settings[name] for name in ("org_logo", "deactivated_text") if name in one.settings}
    return msgspec.structs.replace(one, settings=kept, timezone="UTC", members=0, updated_at=one.created_at)


def unmoved(shown: Organization) -> Organization:
    """The organization without what moves by being read: what its ETag covers."""
    return msgspec.structs.replace(shown, last_accessed=None)


def summary(one: Stored, membership: Membership) -> OrganizationSummary:
    """The organization inside another object."""
    return OrganizationSummary(
        one.id,
        one.name,
        one.slug,
        one.settings.get("org_logo"),
        one.timezone,
        membership.role,
        membership.status,
    )
