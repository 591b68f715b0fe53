"""What the caller prefers in this organization (spec 41 §11), whole and in the older shape of one slug at a time."""

from collections.abc import Mapping
from typing import Any

import msgspec

from procession.api.endpoint import Call, Reply, operation
from procession.api.reading import Member as Body
from procession.api.reading import Shape, Wrong, raw, text
from procession.engine.model import Problem
from procession.kernel.errors import Forbidden
from procession.people import preferences as people
from procession.people.permissions import require
from procession.people.preferences import (
    CHOICES,
    FLAGS,
    KEYS,
    MODES,
    MOST_SLUGS,
    OTHERS,
    SLUG,
    SWITCHES,
    change_preferences,
    read_preferences,
)
from procession.people.records import Member
from procession.wire.times import instant

OWN = "/organizations/{org}/me/preferences"
OF_USER = "/organizations/{org}/users/{user}/preferences"
LONGEST_VALUE = 1000
LARGEST_METADATA = 4000
_switches = {name: {"type": "boolean"} for name in SWITCHES}


class Preferences(msgspec.Struct, frozen=True, kw_only=True):
    """Every preference. `email` and `in_app` hold the switches of notifications, `email` also `mode`."""

    date_display: str
    theme: str
    density: str
    start_page: str
    sounds: bool
    single_key_shortcuts: bool
    developer_mode: bool
    onboarding_snippet_seen: bool
    email: dict[str, Any]
    in_app: dict[str, bool]
    digest: dict[str, Any]


CHANGES = Shape(
    "preferencesInput",
    {
        **{name: raw({"type": "string", "enum": list(words)}) for name, words in CHOICES.items()},
        **{name: raw({"type": "boolean"}) for name in FLAGS},
        "email": raw({"type": "object", "properties": {"mode": {"enum": list(MODES)}, **_switches}}),
        "in_app": raw({"type": "object", "properties": _switches}),
        "digest": raw(
            {
                "type": "object",
                "properties": {
                    "enabled": {"type": "boolean"},
                    "days": {"type": "array", "items": {"type": "string"}},
                    "time": {"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$"},
                },
            }
        ),
    },
)


@operation("GET", OWN, id="getPreferences", acts=("me.see",), answer=Preferences, tag="Me")
def get_preferences(call: Call) -> Reply:
    """Read one's preferences here"""
    require(call.actor, "me.see")
    return _reply(call, people.own(call.unit, call.actor.account_id or 0))


@operation("PUT", OWN, id="updatePreferences", acts=("me.change",), body=CHANGES, answer=Preferences, tag="Me",
           also=(("PATCH", OWN),))  # fmt: skip
def update_preferences(call: Call) -> Reply:
    """Change some of one's preferences"""
    require(call.actor, "me.change")
    member = people.own_for_update(call.unit, call.actor.account_id or 0)
    problems: list[Problem] = []
    changes = read_preferences(call.body, member, call.actor.settings.stored, problems)
    call.raise_problems(problems, ".".join)
    return _reply(call, change_preferences(call.unit, member, changes))


def _reply(call: Call, member: Member) -> Reply:
    shown = Preferences(**people.preferences(member, call.actor.settings.stored))
    return Reply(body={"data": shown}, revision=member.revision)


# -- one slug at a time ------------------------------------------------------------------------------------------------


class Preference(msgspec.Struct, frozen=True):
    """One preference; the value is a text, of objects their JSON."""

    slug: str
    value: str | None
    metadata: dict[str, Any] | None
    last_updated: str


def _slug(_name: str, value: Any) -> Any:
    if not isinstance(value, str) or not SLUG.fullmatch(value):
        raise Wrong("The slug may only have lower-case letters, digits and underscores, at most 50.")
    return value


def _metadata(_name: str, value: Any) -> Any:
    if value is not None and not isinstance(value, dict):
        raise Wrong("The metadata must be an object.")
    if value is not None and len(msgspec.json.encode(value)) > LARGEST_METADATA:
        raise Wrong(f"The metadata may not be greater than {LARGEST_METADATA} bytes.")
    return value


ONE = Shape(
    "preferenceInput",
    {
        "slug": Body(read=_slug, schema={"type": "string", "pattern": "^[a-z0-9_]{1,50}$"}),
        "value": text(LONGEST_VALUE, blank="clear", strip=False),
        "metadata": Body(read=_metadata, schema={"type": ["object", "null"]}),
    },
    required=("slug",),
)


@operation("GET", OF_USER, id="getUserPreferences", acts=("me.see",), answer=list[Preference], tag="Me")
def list_preferences(call: Call) -> Reply:
    """List one's preferences as slugs with values"""
    require(call.actor, "me.see")
    return _list(call, people.own(call.unit, _oneself(call)))


@operation("PUT", OF_USER, id="updateUserPreferences", acts=("me.change",), body=ONE, answer=list[Preference],
           tag="Me")  # fmt: skip
def put_preference(call: Call) -> Reply:
    """Keep one preference: a known one by its name, any other as it comes"""
    require(call.actor, "me.change")
    member = people.own_for_update(call.unit, _oneself(call))
    problems: list[Problem] = []
    sent = ONE.read(call.body, problems)
    call.raise_problems(problems, ".".join)
    slug = sent["slug"]
    if slug in KEYS:
        told: list[Problem] = []
        changes = read_preferences({slug: _value(sent.get("value"))}, member, call.actor.settings.stored, told)
        call.raise_problems([Problem(("value",), one.text) for one in told], ".".join)
    else:
        others: Mapping[str, Any] = (member.settings or {}).get(OTHERS, {})
        if slug not in others and len(others) >= MOST_SLUGS:
            call.raise_problems([Problem(("slug",), f"There may not be more than {MOST_SLUGS} preferences.")], ".".join)
        kept = {"value": sent.get("value"), "metadata": sent.get("metadata"), "at": instant(call.unit.now)}
        changes = {OTHERS: {**others, slug: kept}}
    return _list(call, change_preferences(call.unit, member, changes))


def _value(text_sent: str | None) -> Any:
    """A text that is JSON is what it says; any other is a word."""
    try:
        return msgspec.json.decode(text_sent or "")
    except (msgspec.DecodeError, RecursionError):
        return text_sent


def _oneself(call: Call) -> int:
    named = call.path["user"]
    account_id = int(named) if named.isascii() and named.isdigit() and len(named) < 16 else 0
    people.own(call.unit, account_id)
    if account_id != call.actor.account_id:
        raise Forbidden("Preferences can only be seen and changed by the person they belong to.")
    return account_id


def _list(call: Call, member: Member) -> Reply:
    return Reply(body={"data": listed_preferences(call, member)})


def listed_preferences(call: Call, member: Member) -> list[Preference]:
    """The preferences of a member as slugs with values."""
    whole = people.preferences(member, call.actor.settings.stored)
    at = instant(member.updated_at or member.account_updated_at)
    shown = [
        Preference(slug, value if isinstance(value, str) else msgspec.json.encode(value).decode(), None, at)
        for slug, value in whole.items()
    ]
    others = (member.settings or {}).get(OTHERS, {})
    return [*shown, *(Preference(slug, one["value"], one["metadata"], one["at"]) for slug, one in others.items())]
