"""Members as clients read them, with what was asked for: groups, numbers, organizations (spec 40 §11.1, §11.3)."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import structs

from procession.accounts.passwords import have_passwords
from procession.activity.members import member_stats
from procession.api.endpoint import Call, Reply
from procession.api.preferences import listed_preferences
from procession.api.watching_includes import NAMES, watching
from procession.files.pictures import of_account, pictures_of
from procession.people.countries import countries
from procession.people.elsewhere import places_told
from procession.people.groups import groups_of_members
from procession.people.invitations import invite_links
from procession.people.records import Member
from procession.wire.file import AssetSubject, picture_asset
from procession.wire.group import group
from procession.wire.organization import summary
from procession.wire.person import AuthMethod, Stats, User, unmoved, user
from procession.wire.times import instant


def present(call: Call, found: Sequence[Member]) -> list[User]:
    """The members with what was asked for; administrators are shown the links of open invitations."""
    stored, now = call.actor.settings.stored, call.unit.now
    links: Mapping[int, str] = {}
    if call.actor.is_admin:
        links = invite_links(call.unit, call.secrets, found, call.links.public_url)
    shown = [user(one, now, call.actor, stored, invite_link=links.get(one.id)) for one in found]
    more = included(call, found)
    return [structs.replace(one, **more[one.id]) for one in shown] if more else shown


def member_reply(call: Call, found: Member, status: int = 200) -> Reply:
    """One member as the answer; the ETag does not cover what moves with every call."""
    shown = present(call, [found])[0]
    return Reply(body={"data": shown}, status=status, revision=found.revision, tagged=unmoved(shown))


def included(call: Call, found: Sequence[Member]) -> Mapping[int, dict[str, Any]]:
    """By member what was asked for, by a constant number of queries; nothing when nothing was.

    Organizations are told of oneself alone; preferences, ways to sign in and who watches also to administrators. What
    the caller is not told is empty (spec 00 INC-05).
    """
    made = {name: make(call, found) for name, make in MAKERS.items() if call.wants(name)}
    watched = _watchers(call, found)
    if not made and not watched:
        return {}
    return {
        one.id: {name: {"data": all_of.get(one.id, [])} for name, all_of in made.items()} | watched.get(one.id, {})
        for one in found
    }


def _watchers(call: Call, found: Sequence[Member]) -> dict[int, dict[str, Any]]:
    """Who watches each member: the names that were asked for, with nobody where the caller may not know."""
    asked = [name for name in NAMES if call.wants(name)]
    if not asked:
        return {}
    told = watching(call, "member", [str(one.id) for one in found if _near(call, one)])
    return {one.id: told.get(str(one.id)) or {name: {"data": []} for name in asked} for one in found}


def _assets(call: Call, found: Sequence[Member]) -> dict[int, Any]:
    """The photos, as they are shown beside people everywhere."""
    photos = pictures_of(call.unit, [of_account(one.id) for one in found])
    public = call.links.public_url
    return {
        one.id: [picture_asset(photos[of_account(one.id)], AssetSubject(str(one.id), "User"), public)]
        for one in found
        if of_account(one.id) in photos
    }


def _near(call: Call, one: Member) -> bool:
    return call.actor.is_admin or one.id == call.actor.account_id


def _groups(call: Call, found: Sequence[Member]) -> dict[int, Any]:
    return {
        one: [group(each) for each in groups]
        for one, groups in groups_of_members(call.unit, [one.id for one in found]).items()
    }


def _stats(call: Call, found: Sequence[Member]) -> dict[int, Any]:
    return {
        one: Stats(
            stats.steps_created,
            stats.tasks_completed,
            stats.processes_launched,
            stats.checklists_created,
            instant(stats.last_step_created_at),
        )
        for one, stats in member_stats(call.unit, (one.id for one in found)).items()
    }


def _organizations(call: Call, found: Sequence[Member]) -> dict[int, Any]:
    own = [one.id for one in found if one.id == call.actor.account_id]
    return {one: [summary(*each) for each in places_told(call.unit, call.actor)] for one in own}


def _preferences(call: Call, found: Sequence[Member]) -> dict[int, Any]:
    return {one.id: listed_preferences(call, one) for one in found if _near(call, one)}


def _auth_methods(call: Call, found: Sequence[Member]) -> dict[int, Any]:
    near = [one for one in found if _near(call, one)]
    able = have_passwords(call.unit, [one.id for one in near])
    return {one.id: [AuthMethod("native", one.profile.get("last_login_at"))] if one.id in able else [] for one in near}


def _country(_call: Call, found: Sequence[Member]) -> dict[int, Any]:
    return {one.id: countries().get(one.profile.get("country_id") or 0) for one in found}


MAKERS = {
    "groups": _groups,
    "stats": _stats,
    "organizations": _organizations,
    "preferences": _preferences,
    "auth_methods": _auth_methods,
    "country": _country,
    "assets": _assets,
}
