"""Somebody became an active member: what is begun for him, once per membership (spec 41 §6.3)."""

from typing import Any

import msgspec

from procession.kernel.unit import Event, Unit
from procession.people import queries
from procession.people.persons import first_active, oldest_admin
from procession.people.security import tell
from procession.people.settings import current_settings

ONBOARDING = "member.onboarding"
MARK = "onboarding_process"
"""The switch of a membership that says which process welcomed him."""


class Newcomer(msgspec.Struct, frozen=True):
    """An active member, locked; `host`: who answers for what welcomes him, `welcomed`: the process that did."""

    account_id: int
    switches: dict[str, Any]
    host: int | None
    welcomed: str | None


def welcome(unit: Unit, account_id: int) -> None:
    """Leave the job that launches the onboarding process; nothing while the organization has none switched on,
    and nothing for who is brought along by an import (spec 50 IMP-03).

    Called by every way to become an active member. Whatever goes wrong later never keeps anybody from joining.
    """
    if unit.imported:
        return
    held = current_settings(unit).stored
    if held["enable_onboarding_template"] and held["onboarding_template_id"]:
        unit.enqueue(ONBOARDING, {"account_id": account_id}, key=f"onboarding:{account_id}")


def newcomer(unit: Unit, account_id: int) -> Newcomer | None:
    """The member, locked; None when he is not active. His host is who invited him, else the default administrator."""
    found = unit.one(queries.NEWCOMER, account=account_id)
    if found is None:
        return None
    switches, invited_by = found
    hosts = first_active(unit, [invited_by]) if invited_by is not None else []
    host = hosts[0] if hosts else unit.one(queries.DEFAULT_ADMIN) or oldest_admin(unit)
    return Newcomer(account_id, switches, host, switches.get(MARK))


def note_welcome(unit: Unit, member: Newcomer, process_id: str) -> None:
    """Remember that this membership was welcomed."""
    unit.patch(queries.NOTE_MEMBER, {"settings": {**member.switches, MARK: process_id}}, account_id=member.account_id)


def note_failure(unit: Unit, account_id: int, text: str) -> None:
    """The onboarding process could not be launched; why."""
    event = Event(
        kind="member.onboarding_launch_failed",
        verb="execution_fail",
        subject_kind="member",
        subject_id=str(account_id),
        field="onboarding_template_id",
        new=text,
    )
    unit.record([event])
    tell(unit, "onboarding_launch_failed", account_id, new={"error": text})
