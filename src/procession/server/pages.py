"""What is answered without a token: health, metrics, the description documents."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import msgspec
from prometheus_client import generate_latest

from procession.accounts.model import FINE
from procession.accounts.tokens import jwks as public_keys
from procession.kernel import metrics
from procession.kernel.errors import ApiError
from procession.kernel.ids import NOWHERE
from procession.kernel.unit import Unit
from procession.server.openapi import document
from procession.server.swagger import swagger

if TYPE_CHECKING:
    from procession.server.app import Application

Page = Callable[["Application"], Awaitable[tuple[int, str, bytes]]]
JSON = "application/json"
DOCS = b"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Procession API</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><main><h1>Procession API</h1><p>The machine-readable description is <a href="openapi.json">openapi.json</a>
(OpenAPI 3.1); for older clients <a href="docs/index">docs/index</a> (Swagger 2.0).</p></main></body></html>"""


async def health(_app: "Application") -> tuple[int, str, bytes]:
    """The process is up."""
    return 200, JSON, b'{"status":"ok"}'


async def ready(app: "Application") -> tuple[int, str, bytes]:
    """The database answers, and what its writer runs with; the worker of this process is at work (spec 00 URL-07)."""
    try:
        await app.database.read(lambda _session: None)
        checked = await asyncio.to_thread(app.database.check)
    except ApiError:
        return 503, JSON, b'{"status":"unavailable"}'
    if not app.works():
        return 503, JSON, b'{"status":"unavailable","worker":"ended"}'
    return 200, JSON, msgspec.json.encode({"status": "ok", **checked})


async def show_metrics(app: "Application") -> tuple[int, str, bytes]:
    """Prometheus."""
    metrics.WAITING.set(app.database.waiting())
    return 200, "text/plain; version=0.0.4; charset=utf-8", generate_latest(metrics.REGISTRY)


async def openapi(app: "Application") -> tuple[int, str, bytes]:
    """OpenAPI 3.1, generated from the endpoint table."""
    return 200, JSON, msgspec.json.encode(document(app.public_url))


async def older_openapi(app: "Application") -> tuple[int, str, bytes]:
    """Swagger 2.0, from the same table (spec 00 OAS-01)."""
    return 200, JSON, msgspec.json.encode(swagger(app.public_url))


async def docs(_app: "Application") -> tuple[int, str, bytes]:
    """Where the description is."""
    return 200, "text/html; charset=utf-8", DOCS


async def jwks(app: "Application") -> tuple[int, str, bytes]:
    """The keys that tokens are verified with, retired ones too (spec 40 §5.2, §6.4)."""
    found = await app.database.read(lambda session: public_keys(Unit(session, NOWHERE, app.clock.now())))
    return 200, JSON, msgspec.json.encode(found)


async def authorization_server(app: "Application") -> tuple[int, str, bytes]:
    """Where tokens come from (RFC 8414)."""
    url = app.public_url
    shown = {
        "issuer": url,
        "authorization_endpoint": f"{url}/oauth/authorize",
        "token_endpoint": f"{url}/oauth/token",
        "revocation_endpoint": f"{url}/oauth/revoke",
        "introspection_endpoint": f"{url}/oauth/introspect",
        "jwks_uri": f"{url}/.well-known/jwks.json",
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_methods_supported": ["none", "client_secret_post", "client_secret_basic"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": ["*", *sorted(FINE)],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    }
    return 200, JSON, msgspec.json.encode(shown)


async def protected_resource(app: "Application") -> tuple[int, str, bytes]:
    """What the tokens open (RFC 9728)."""
    shown = {
        "resource": app.public_url,
        "authorization_servers": [app.public_url],
        "scopes_supported": ["*", *sorted(FINE)],
        "bearer_methods_supported": ["header"],
        "resource_signing_alg_values_supported": ["RS256"],
    }
    return 200, JSON, msgspec.json.encode(shown)


PAGES: dict[str, Page] = {
    "/health": health,
    "/health/ready": ready,
    "/metrics": show_metrics,
    "/openapi.json": openapi,
    "/docs": docs,
    "/docs/index": older_openapi,
    "/.well-known/jwks.json": jwks,
    "/.well-known/oauth-authorization-server": authorization_server,
    "/.well-known/openid-configuration": authorization_server,
    "/.well-known/oauth-protected-resource": protected_resource,
}
