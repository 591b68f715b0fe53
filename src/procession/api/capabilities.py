"""What the server can do and how much of it it takes, so that clients and pages hard-code nothing (spec 00 VER-03).

Features are read from the endpoint table: whatever a later release brings is told by itself.
"""

from collections.abc import Mapping

import msgspec

from procession import __version__
from procession.accounts.model import Policy
from procession.api.endpoint import OPERATIONS, Call, Reply, operation
from procession.engine.answers import LONG_LIMIT, SHORT_LIMIT
from procession.engine.attachments import URL_LIMIT
from procession.engine.fields import GUIDANCE_LIMIT, LABEL_LIMIT
from procession.engine.naming import LIMIT as PROCESS_NAME
from procession.engine.people import BUCKET_LIMIT
from procession.labels.folders import NAME as FOLDER_NAME
from procession.labels.tags import TITLE as TAG_TITLE
from procession.people.permissions import require
from procession.wire.times import instant

FEATURES: Mapping[str, str] = {
    "bulk": "/organizations/{org}/bulk",
    "event_stream": "/organizations/{org}/events",
    "export": "/organizations/{org}/export",
    "mcp": "/mcp",
    "notifications": "/organizations/{org}/notifications",
    "public_forms": "/public/kickoff/{org}/{template}",
    "reports": "/organizations/{org}/reports/{name}",
    "saved_views": "/organizations/{org}/saved-views",
    "schedules": "/organizations/{org}/recurring-jobs",
    "scim": "/scim/v2/{org}/Users",
    "search": "/organizations/{org}/search",
    "single_sign_on": "/organizations/{org}/sso",
    "translation": "/organizations/{org}/translate",
    "undo": "/organizations/{org}/undo/{activity_id}",
    "webhooks": "/organizations/{org}/webhooks",
}
"""What a server has when it has the path."""
LARGEST_BODY = 10 * 1024 * 1024
LONGEST_QUERY = 8 * 1024
DEEPEST = 20
LARGEST_LIST = 1000
TEXTS: Mapping[str, int] = {
    "checklist_title": 250,
    "checklist_summary": 2000,
    "run_name": PROCESS_NAME,
    "run_summary": 60_000,
    "task_title": 600,
    "task_summary": 500_000,
    "capture_label": LABEL_LIMIT,
    "capture_guidance": GUIDANCE_LIMIT,
    "short_text": SHORT_LIMIT,
    "long_text": LONG_LIMIT,
    "tag_title": TAG_TITLE,
    "folder_name": FOLDER_NAME,
    "group_name": 200,
    "person_name": 32,
    "comment": 30_000,
    "url": URL_LIMIT,
}
"""Characters of texts (spec 00 §17)."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much is taken. Sizes in bytes, texts in characters; a cap of null is off."""

    upload_bytes: int
    upload_types: list[str]
    body_bytes: int
    query_bytes: int
    nesting: int
    list_elements: int
    owners_per_list: int
    requests: str
    """Requests of a person, `600/minute`, or `off`."""
    hourly: dict[str, int | None]
    """Acts an hour and organization."""
    texts: dict[str, int]


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What a server can do."""

    product: str
    build: str
    api_version: str
    server_time: str
    features: dict[str, bool]
    limits: Limits


class OrganizationCapabilities(Capabilities, frozen=True, kw_only=True):
    """The same for one organization. `read_only`: why it can only be read at the moment, else null."""

    read_only: str | None


def features(policy: Policy) -> dict[str, bool]:
    """Switches by name: what is decided by the operator, and what the endpoint table has."""
    paths = {one.path for one in OPERATIONS}
    return {
        "client_header_required": False,
        "open_registration": policy.registration,
        "password_grant": policy.password_grant,
        "organizations": policy.organizations,
        "library_review": policy.library_review,
        **{name: path in paths for name, path in FEATURES.items()},
    }


def _limits(call: Call) -> Limits:
    policy = call.policy
    return Limits(
        upload_bytes=policy.upload_limit,
        upload_types=sorted(policy.upload_types),
        body_bytes=LARGEST_BODY,
        query_bytes=LONGEST_QUERY,
        nesting=DEEPEST,
        list_elements=LARGEST_LIST,
        owners_per_list=BUCKET_LIMIT,
        requests=policy.rate_limit,
        hourly=dict(call.unit.hourly),
        texts=dict(TEXTS),
    )


@operation("GET", "/x/capabilities", id="getServerCapabilities", auth="none", answer=Capabilities, tag="Server")
def get_server_capabilities(call: Call) -> Reply:
    """Read what this server can do, and its limits"""
    shown = Capabilities(
        product="Procession",
        build=__version__,
        api_version="2",
        server_time=instant(call.unit.now),
        features=features(call.policy),
        limits=_limits(call),
    )
    return Reply(body={"data": shown})


@operation("GET", "/organizations/{org}/capabilities", id="getCapabilities", acts=("capability.see",),
           answer=OrganizationCapabilities, tag="Organization")  # fmt: skip
def get_capabilities(call: Call) -> Reply:
    """Read what can be done in this organization, and the limits"""
    require(call.actor, "capability.see")
    shown = OrganizationCapabilities(
        product="Procession",
        build=__version__,
        api_version="2",
        server_time=instant(call.unit.now),
        features=features(call.policy),
        limits=_limits(call),
        read_only=call.actor.settings.read_only,
    )
    return Reply(body={"data": shown})
