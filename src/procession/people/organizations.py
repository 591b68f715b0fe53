"""Organizations: made with their bot, read by a member, changed by an administrator (spec 41 §1, §2)."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from procession.accounts.people import create_account
from procession.accounts.tokens import end_with_sign_out
from procession.engine.dates import known_zone
from procession.engine.model import Notice, Problem
from procession.engine.richtext import clean
from procession.kernel.ids import NOWHERE, new_id, read_id
from procession.kernel.unit import EVERY_TENANT, Event, Unit
from procession.people import queries
from procession.people.css import clean_css
from procession.people.joining import welcome
from procession.people.legacy import taken_over
from procession.people.model import Role, Settings
from procession.people.records import Membership, Organization
from procession.people.settings import (
    BRANDING,
    CUSTOM_KINDS,
    DEFAULTS,
    DISCUSSES,
    HIDDEN,
    LOGO,
    SLOTS,
    current_settings,
    end_of,
    read_changes,
)
from procession.people.tenants import across

BOT_NAME = ("Procession", "Bot")
SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{1,59}")
RESERVED = frozenset(
    """
    .well-known about accessibility admin api applications auth calendar countries debug docs embed favicon.ico g guest
    guest-all-task health invite logout mcp me metrics oauth organizations p password processes public public-library
    scim setup sign-in sso static support tracker
    """.split()  # noqa: SIM905 - a list of words is read more easily
)
"""First segments of addresses, which no slug may be (spec 40 §2, 60 §1.2)."""

COLUMNS = ("name", "slug", "timezone")
SECRET = frozenset({"google_analytics_id", "mixpanel_token", "azure_cognitive_service"})
"""Shown to administrators alone, and never in the feed (spec 41 §1.5)."""

TOLD = 500
"""How much of a text the feed shows (spec 41 §2)."""


def create_organization(
    unit: Unit, *, name: str, owner_account: int, timezone: str = "UTC", slug: str | None = None
) -> str:
    """A new organization with its bot and its default administrator; its id, to which the unit now belongs.

    A unit of no organization gets a fresh id; any other is made for an organization that is not there yet.
    """
    if unit.organization_id in {NOWHERE, EVERY_TENANT}:
        unit.organization_id = new_id()
        unit.session.scope(unit.organization_id)
    organization_id = unit.organization_id
    first, last = BOT_NAME
    bot_id = create_account(
        unit,
        email=f"bot-{organization_id}@procession.invalid",
        first_name=first,
        last_name=last,
        timezone=timezone,
        named=False,
    )
    unit.write(
        queries.INSERT_ORGANIZATION,
        name=name,
        **named_by(slug or f"organization_{organization_id}"),
        timezone=timezone,
        settings={},
        bot_id=bot_id,
        revision=1,
        created_at=unit.now,
        updated_at=unit.now,
    )
    unit.record([_event("organization.created", "created", new={"name": name})])
    _insert_member(unit, bot_id, "standard", is_bot=True)
    add_member(unit, owner_account, "admin", is_default_admin=True)
    return organization_id


def named_by(slug: str) -> dict[str, str]:
    """The columns of a slug: itself, and what older importers make of it (spec 50 IMP-01)."""
    return {"slug": slug, "slug_md5": hashlib.md5(slug.encode(), usedforsecurity=False).hexdigest()}


def add_member(unit: Unit, account_id: int, role: Role, *, is_default_admin: bool = False) -> None:
    """Make an account an active member; one that already is stays what it is."""
    _insert_member(unit, account_id, role, is_default_admin=is_default_admin)
    event = Event(
        kind="member.created",
        verb="created",
        subject_kind="member",
        subject_id=str(account_id),
        new={"role": role},
    )
    unit.record([event])
    welcome(unit, account_id)


def _insert_member(
    unit: Unit, account_id: int, role: Role, *, is_bot: bool = False, is_default_admin: bool = False
) -> None:
    unit.write(
        queries.INSERT_MEMBERSHIP,
        account_id=account_id,
        role=role,
        status="active",
        is_bot=is_bot,
        is_default_admin=is_default_admin,
        settings={"cadence_days": current_settings(unit).stored["cadence_days"]},
        invited_by=None,
        invited_at=None,
        approved_at=unit.now,
        activated_at=unit.now,
        disabled_at=None,
        disabled_by=None,
        last_accessed_at=None,
        created_at=unit.now,
        updated_at=unit.now,
        revision=1,
    )


def is_set_up(unit: Unit) -> bool:
    """Whether there is any organization on the server."""
    return bool(across(unit, queries.ANY_ORGANIZATION))


def name_refusal(name: str) -> str | None:
    """What is wrong with the name of an organization (spec 41 §2)."""
    return "The name may not contain < or >." if re.search("[<>]", name) else None


def organization_of(unit: Unit, account_id: int) -> tuple[Organization, Membership] | None:
    """The unit's organization, and what the account is in it."""
    return unit.one(queries.ORGANIZATION_OF_MEMBER, account_id=account_id)


def organizations_of(unit: Unit, account_id: int) -> list[tuple[Organization, Membership]]:
    """Every organization where the account is an active or a disabled member, last opened first (spec 40 §10.1)."""
    found = across(unit, queries.ORGANIZATIONS_OF_ACCOUNT, account_id=account_id)
    return [one for one in found if not _is_over(one[0], unit)]


def _is_over(one: Organization, unit: Unit) -> bool:
    """Whether it was deleted, and the time to take that back is over."""
    ends_at = end_of(one.settings)
    return ends_at is not None and unit.now >= ends_at


# -- changing ----------------------------------------------------------------------------------------------------------


def organization_for_update(unit: Unit) -> Organization:
    """The unit's organization, locked. `members` is not counted."""
    return unit.all(queries.ORGANIZATION_FOR_UPDATE)[0]


def check_organization(
    unit: Unit, present: Organization, sent: Mapping[str, Any], problems: list[Problem], notices: list[Notice]
) -> dict[str, Any]:
    """What really changes, checked: `name`, `slug`, `timezone` and settings by name; problems join `problems`.

    What was taken out of page texts and style sheets is told in `notices`.
    """
    sent = _html_authoring(sent, problems)
    sent.update(taken_over(sent, present.settings))
    name = sent.get("name")
    if name is not None and (wrong := name_refusal(name)) is not None:
        problems.append(Problem(("name",), wrong))
    timezone = sent.get("timezone")
    if timezone is not None and (known_zone(timezone) is None or not timezone[:1].isalpha()):
        problems.append(Problem(("timezone",), "The timezone must be a valid zone."))
    if "slug" in sent and (text := _slug_problem(unit, sent["slug"])) is not None:
        problems.append(Problem(("slug",), text))
    _clean_texts(sent, notices)
    changes = {one: sent[one] for one in COLUMNS if one in sent and sent[one] != getattr(present, one)}
    return {**changes, **read_changes(sent, {**DEFAULTS, **present.settings}, problems)}


def _clean_texts(sent: dict[str, Any], notices: list[Notice]) -> None:
    """Pages are shown to others: nothing in them runs or carries data away (spec 41 §5.3, §5.4)."""
    if isinstance(page := sent.get("error_404_template"), str):
        sent["error_404_template"] = clean(page)
    if isinstance(sheet := sent.get("global_css"), str):
        sent["global_css"], gone = clean_css(sheet)
        notices.extend(Notice("CSS_REMOVED", name) for name in gone)


def _html_authoring(sent: Mapping[str, Any], problems: list[Problem]) -> dict[str, Any]:
    """`enable_html_authoring` is the opposite of `wyiwyg`, which alone is stored (spec 41 §1.4)."""
    read = dict(sent)
    if "enable_html_authoring" in read:
        visual = not read.pop("enable_html_authoring")
        if read.setdefault("wyiwyg", visual) != visual:
            problems.append(Problem(("enable_html_authoring",), "This contradicts wyiwyg."))
    return read


def _slug_problem(unit: Unit, slug: str) -> str | None:
    if not SLUG.fullmatch(slug) or read_id(slug) is not None or slug in RESERVED:
        return "The slug is not allowed."
    unit.lock(f"slug:{slug}")
    taken = across(unit, queries.SLUG_TAKEN, slug=slug, except_id=unit.organization_id)
    return "The slug has already been taken." if taken else None


def change_organization(unit: Unit, present: Organization, changes: Mapping[str, Any]) -> Organization:
    """Write what `check_organization` found to change, one event each; no change is no new revision."""
    if not changes:
        return present
    columns: dict[str, Any] = {one: changes[one] for one in COLUMNS if one in changes}
    stored = {name: value for name, value in changes.items() if name not in COLUMNS}
    if stored:
        columns["settings"] = {**present.settings, **stored}
    columns.update(revision=present.revision + 1, updated_at=unit.now)
    unit.patch(queries.PATCH_ORGANIZATION, {**columns, **(named_by(columns["slug"]) if "slug" in columns else {})})
    if changes.get("revoke_api_tokens_at_sign_out"):  # the tokens that are there already, too (spec 40 §5.4)
        end_with_sign_out(unit, unit.all(queries.EVERYBODY), unit.organization_id)
    before = {**DEFAULTS, **HIDDEN, **present.settings, **{one: getattr(present, one) for one in COLUMNS}}
    unit.record(
        _event("organization.updated", "updated", field=name, old=_told(name, before[name]), new=_told(name, value))
        for name, value in changes.items()
        if name != LOGO
    )
    return msgspec.structs.replace(present, **columns)


def note_custom_kinds(unit: Unit, kinds: Iterable[str]) -> None:
    """Remember which kinds of records have custom fields, where every request finds it (spec 00 §22).

    It is no setting: nothing is told, and the revision moves only to have it read again.
    """
    _note(unit, CUSTOM_KINDS, sorted(kinds), [])


def every_organization(unit: Unit) -> list[str]:
    """The ids of all organizations."""
    return across(unit, queries.EVERY_ORGANIZATION)


def note_discussion(unit: Unit, settings: Settings) -> None:
    """Remember that somebody commented: until then nobody counts comments."""
    if not settings.discusses:
        _note(unit, DISCUSSES, True, False)


def _note(unit: Unit, name: str, wanted: Any, default: Any) -> None:
    present = organization_for_update(unit)
    if wanted != present.settings.get(name, default):
        settings = {**present.settings, name: wanted}
        columns = {"settings": settings, "revision": present.revision + 1, "updated_at": unit.now}
        unit.patch(queries.PATCH_ORGANIZATION, columns)


def set_colours(unit: Unit, present: Organization, chosen: dict[str, str]) -> Organization:
    """Other colours; the same ones change nothing (spec 41 §5.1)."""
    same = chosen == present.settings.get(BRANDING, {})
    return present if same else change_organization(unit, present, {BRANDING: chosen})


def set_logo(unit: Unit, present: Organization, large: str | None, small: str | None) -> Organization:
    """Where the logo is shown from now on, in two sizes; None for none (spec 41 §5.2)."""
    if present.settings.get("org_logo") == large:
        return present
    return change_organization(unit, present, {"org_logo": large, LOGO: {"small": small} if small else {}})


def organization_as_shown(unit: Unit) -> Organization | None:
    """The unit's organization for pages of people who are no members; its members are not counted. None: unknown."""
    found = unit.one(queries.ORGANIZATION_ALONE)
    return None if found is None or _is_over(found, unit) else found


def stop_onboarding_with(unit: Unit, settings: Settings, template_id: str, *, gone: bool = False) -> None:
    """Launch nothing for new members any more if it was this template: archived, or `gone` for good (spec 41 §6.3)."""
    if settings.stored.get("onboarding_template_id") != template_id:
        return
    present = organization_for_update(unit)
    held = {**DEFAULTS, **present.settings}
    if held["onboarding_template_id"] == template_id:
        off: dict[str, Any] = {
            "enable_onboarding_template": False,
            **({"onboarding_template_id": None} if gone else {}),
        }
        change_organization(unit, present, {name: to for name, to in off.items() if held[name] != to})


def empty_slots(unit: Unit, settings: Settings, snippet_id: str) -> None:
    """A snippet is gone: no slot of the pages holds it any more (spec 41 §6.1)."""
    if snippet_id not in (settings.stored.get(name) for name in SLOTS):
        return
    present = organization_for_update(unit)
    held = {**DEFAULTS, **present.settings}
    change_organization(unit, present, {name: None for name in SLOTS if held[name] == snippet_id})


def _event(kind: str, verb: str, **more: Any) -> Event:
    return Event(kind=kind, verb=verb, subject_kind="organization", subject_id="organization", **more)


def _told(name: str, value: Any) -> Any:
    """A value as the feed may show it."""
    if name in SECRET:
        return None if value is None else "***"
    return value[:TOLD] if isinstance(value, str) else value
