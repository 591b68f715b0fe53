"""The colours of an organization and the style sheet of its texts (spec 41 §5.1, §5.3)."""

import hashlib

import msgspec

from procession.api.endpoint import Call, Reply, operation
from procession.api.reading import Shape, raw
from procession.engine.model import Notice, Problem
from procession.people import branding
from procession.people.css import scoped_css
from procession.people.organizations import organization_as_shown, organization_for_update, set_colours
from procession.people.permissions import require
from procession.people.records import Organization
from procession.people.settings import BRANDING
from procession.wire.times import instant

BASE = "/organizations/{org}"
ALIASES = (f"{BASE}/branding", f"{BASE}/custom-branding")
COLOUR = {"type": ["string", "null"], "description": "#rgb, #rrggbb or the name of a swatch; null: generated."}
COLOURS = Shape("brandingInput", {name: raw(COLOUR) for name in branding.NAMES})


class Branding(msgspec.Struct, frozen=True, kw_only=True):
    """Colours as `#rrggbb`; `updated_at` is null until the organization is known."""

    bg_color: str
    text_color: str
    alternate_color: str
    bright_shade: str
    dark_shade: str
    org_logo: str | None
    updated_at: str | None


@operation("GET", ALIASES[0], id="getBranding", auth="none", answer=Branding, tag="Organization",
           also=(("GET", ALIASES[1]),))  # fmt: skip
def get_branding(call: Call) -> Reply:
    """Read the colours and the logo. Public pages show them; an unknown organization has those of the product"""
    return _reply(organization_as_shown(call.unit))


@operation("PUT", ALIASES[0], id="updateBranding", acts=("organization.change",), body=COLOURS, query=("strict",),
           answer=Branding, statuses=(412,), tag="Organization", also=(("PUT", ALIASES[1]),))  # fmt: skip
def update_branding(call: Call) -> Reply:
    """Choose colours; those that are not chosen follow from the first"""
    require(call.actor, "organization.change")
    present = organization_for_update(call.unit)
    call.require_fresh(present.revision, present.updated_at)
    problems: list[Problem] = []
    sent = COLOURS.read(call.body, problems, call.warnings, strict=bool(call.query.flag("strict")))
    chosen = branding.read_colours(sent, present.settings.get(BRANDING, {}), problems)
    call.raise_problems(problems, ".".join)
    if branding.poor(chosen):
        call.warnings.append(Notice("LOW_CONTRAST", "text_color"))
    return _reply(set_colours(call.unit, present, chosen))


@operation("DELETE", ALIASES[0], id="deleteBranding", acts=("organization.change",), answer=Branding,
           tag="Organization", also=(("DELETE", ALIASES[1]),))  # fmt: skip
def delete_branding(call: Call) -> Reply:
    """Go back to the colours of the product"""
    require(call.actor, "organization.change")
    return _reply(set_colours(call.unit, organization_for_update(call.unit), {}))


@operation("GET", f"{BASE}/global.css", id="getGlobalCss", auth="none", binary="text/css", tag="Organization")
def get_global_css(call: Call) -> Reply:
    """The style sheet of the organization's texts, bound to their container. Empty for an unknown organization"""
    found = organization_as_shown(call.unit)
    sheet = scoped_css((found.settings.get("global_css") if found is not None else None) or "")
    tag = f'"{hashlib.sha256(sheet.encode()).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache", "Content-Type": "text/css; charset=utf-8"}
    if tag in call.headers.get("if-none-match", ""):
        return Reply(status=304, headers={"ETag": tag})
    return Reply(page=sheet, headers=headers)


def _reply(found: Organization | None) -> Reply:
    stored = found.settings if found is not None else {}
    shown = Branding(
        **msgspec.structs.asdict(branding.colours(stored.get(BRANDING, {}))),
        org_logo=stored.get("org_logo"),
        updated_at=instant(found.updated_at) if found is not None else None,
    )
    return Reply(body={"data": shown}, revision=found.revision if found is not None else None)
