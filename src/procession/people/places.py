"""In which organizations somebody is, and what that means for others (spec 40 §8, §10, §12.8)."""

from collections.abc import Iterable
from datetime import datetime

from procession.kernel.unit import Unit
from procession.people import membership_queries as queries
from procession.people.tenants import across


def other_places(unit: Unit, account_id: int) -> bool:
    """Whether somebody belongs to another organization as well, active or not."""
    return bool(elsewhere(unit, [account_id]))


def elsewhere(unit: Unit, ids: Iterable[int]) -> set[int]:
    """Those of them who belong to another organization as well."""
    wanted = list(dict.fromkeys(ids))
    return set(across(unit, queries.OTHER_PLACES, ids=wanted, except_id=unit.organization_id)) if wanted else set()


def disabled_everywhere(unit: Unit, account_id: int) -> str | None:
    """Why somebody cannot sign in whom every organization has disabled: when, by whom, and their own words."""
    found = across(unit, queries.STANDING, account_id=account_id)
    disabled = [one for one in found if one[0] == "disabled"]
    if not disabled or len(disabled) < len([one for one in found if one[0] in ("active", "invited", "disabled")]):
        return None
    _, when, who, settings = max(disabled, key=lambda one: str(one[1] or ""))
    day = f" on {when:%Y-%m-%d}" if when else ""
    by = f" by {str(who).strip()}" if who else ""
    own = settings.get("deactivated_text")
    return f"Your account was disabled{day}{by}.{f' {own}' if own else ''}"


def guest_places(unit: Unit, email: str) -> list[tuple[str, str, str, datetime | None]]:
    """Where an address is a guest: organization id, name, slug, since when disabled there."""
    found = across(unit, queries.GUEST_PLACES, email=email)
    return [(one, name, slug, at) for one, name, slug, at in found]
