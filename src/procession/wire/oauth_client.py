"""OAuth clients as administrators read them (spec 40 §6.1)."""

import msgspec
from msgspec import UNSET, UnsetType

from procession.accounts.model import Client
from procession.wire.times import instant


class OAuthClient(msgspec.Struct, frozen=True, kw_only=True):
    """A client; its secret at creation and rotation alone."""

    id: int
    name: str
    redirect_uris: list[str]
    grant_types: list[str]
    confidential: bool
    scopes: list[str]
    trusted: bool
    built_in: bool
    require_client_header: bool | None
    access_token_ttl: int | None
    refresh_token_ttl: int | None
    logo_url: str | None
    homepage_url: str | None
    created_by: int | None
    created_at: str
    updated_at: str
    disabled_at: str | None
    secret: str | UnsetType = UNSET


def oauth_client(one: Client, secret: str | UnsetType = UNSET) -> OAuthClient:
    """A client as its administrators read it."""
    return OAuthClient(
        id=one.id,
        name=one.name,
        redirect_uris=one.redirect_uris,
        grant_types=one.grant_types,
        confidential=one.confidential,
        scopes=one.scopes,
        trusted=one.trusted,
        built_in=one.built_in,
        require_client_header=one.require_client_header,
        access_token_ttl=one.access_token_ttl,
        refresh_token_ttl=one.refresh_token_ttl,
        logo_url=one.logo_url,
        homepage_url=one.homepage_url,
        created_by=one.created_by,
        created_at=instant(one.created_at),
        updated_at=instant(one.updated_at),
        disabled_at=instant(one.disabled_at),
        secret=secret,
    )
