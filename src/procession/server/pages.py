"""What is answered without a token: health, metrics, the description documents."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import msgspec
from prometheus_client import generate_latest

from procession.kernel import metrics
from procession.kernel.errors import ApiError
from procession.server.openapi import document

if TYPE_CHECKING:
    from procession.server.app import Application

Page = Callable[["Application"], Awaitable[tuple[int, str, bytes]]]
JSON = "application/json"
DOCS = b"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Procession API</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><main><h1>Procession API</h1><p>The machine-readable description is <a href="openapi.json">openapi.json</a>
(OpenAPI 3.1).</p></main></body></html>"""


async def health(_app: "Application") -> tuple[int, str, bytes]:
    """The process is up."""
    return 200, JSON, b'{"status":"ok"}'


async def ready(app: "Application") -> tuple[int, str, bytes]:
    """The database answers, and what its writer runs with (spec 00 URL-07)."""
    try:
        await app.database.read(lambda _session: None)
        checked = app.database.check()
    except ApiError:
        return 503, JSON, b'{"status":"unavailable"}'
    return 200, JSON, msgspec.json.encode({"status": "ok", **checked})


async def show_metrics(app: "Application") -> tuple[int, str, bytes]:
    """Prometheus."""
    metrics.WAITING.set(app.database.waiting())
    return 200, "text/plain; version=0.0.4; charset=utf-8", generate_latest(metrics.REGISTRY)


async def openapi(app: "Application") -> tuple[int, str, bytes]:
    """OpenAPI 3.1, generated from the endpoint table."""
    return 200, JSON, msgspec.json.encode(document(app.public_url))


async def docs(_app: "Application") -> tuple[int, str, bytes]:
    """Where the description is."""
    return 200, "text/html; charset=utf-8", DOCS


PAGES: dict[str, Page] = {
    "/health": health,
    "/health/ready": ready,
    "/metrics": show_metrics,
    "/openapi.json": openapi,
    "/docs": docs,
}
