"""What the service says of itself: health, readiness, metrics, capabilities, its description."""

from __future__ import annotations

import asyncio
import time
from functools import lru_cache
from typing import Any

import msgspec
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import Response

from threadbook import __version__
from threadbook.errors import StoreError
from threadbook.service import openapi
from threadbook.service.endpoint import Call, Endpoint, encode, get, post
from threadbook.service.problems import Problem


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the process answers."""

    status: str
    version: str


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """Whether records can be read and written: the store answers, and the service stays."""

    status: str
    records: int


class EngineHealth(msgspec.Struct, frozen=True, kw_only=True):
    """The state of the service; `store` is the kind of store, such as sqlite."""

    status: str
    uptime_secs: float
    records: int
    store: str
    draining: bool


class Drained(msgspec.Struct, frozen=True, kw_only=True):
    """The service takes no more records."""

    object: str = "drain"
    draining: bool = True


@get("/health", "Tell whether the process answers.", scope=None, answer=Health)
async def health(_call: Call) -> Health:
    """Answer, whatever state the store is in."""
    return Health(status="ok", version=__version__)


@get(
    "/health/ready",
    "Tell whether records can be read and written.",
    scope=None,
    answer=Ready,
    errors=(503,),
)
async def ready(call: Call) -> Ready:
    """Answer 503 while the store cannot be read, or the service is going down."""
    call.service.check_open()
    size = await asyncio.to_thread(lambda: call.service.log.size)
    return Ready(status="ready", records=size)


@get("/v1/engine/health", "Return the state of the service.", answer=EngineHealth)
async def engine_health(call: Call) -> EngineHealth:
    """Return the state of the service."""
    service = call.service
    try:
        size, status = await asyncio.to_thread(lambda: service.log.size), "ok"
    except StoreError:
        size, status = -1, "degraded"
    return EngineHealth(
        status=status,
        uptime_secs=round(time.time() - service.started_at, 3),
        records=size,
        store=_store(call),
        draining=service.draining.is_set(),
    )


@get(
    "/metrics",
    "Return what the service counts, for Prometheus.",
    answer=str,
    media_type="text/plain",
)
async def metrics(call: Call) -> Response:
    """Return the metrics."""
    text = await asyncio.to_thread(call.service.metrics.text)
    return Response(text, media_type=CONTENT_TYPE_LATEST)


@get("/v1/capabilities", "Return what the service can do.", scope=None)
async def capabilities(call: Call) -> dict[str, Any]:
    """Return the manifest."""
    return _manifest(call)


@get("/.well-known/syncropel", "Return what the service can do.", scope=None)
async def well_known(call: Call) -> dict[str, Any]:
    """Return the manifest."""
    return _manifest(call)


@get("/openapi.json", "Return the description of all endpoints.", scope=None)
async def description(call: Call) -> Response:
    """Return the OpenAPI document."""
    return _description(call.request.app.state.endpoints)


@lru_cache(1)  # it takes long, anybody may ask for it, and it is always the same
def _description(endpoints: tuple[Endpoint, ...]) -> Response:
    content = encode(openapi.document(endpoints))
    return Response(content, media_type="application/json")


@post("/v1/drain/start", "Take no more records, before going down.", scope="admin", answer=Drained)
async def drain(call: Call) -> Drained:
    """Begin to drain; watchers are told to come back."""
    call.service.drain()
    return Drained()


@post(
    "/v1/records/search",
    "Search by meaning. There is no embedder: full-text search is at /v1/find.",
    answer=dict[str, Any],
    errors=(503,),
)
async def search(_call: Call) -> dict[str, Any]:
    """Say that semantic search is off, in the form published clients know."""
    raise Problem(
        503,
        "SEMANTIC_SEARCH_DISABLED",
        "this service has no embedder",
        remedy="GET /v1/find?q=… searches the text of records",
    )


def _store(call: Call) -> str:
    scheme: str = call.service.log.url.partition(":")[0]
    return scheme


def _manifest(call: Call) -> dict[str, Any]:
    return {
        "manifest_version": "2",
        "daemon": {"name": "threadbook", "version": __version__, "api_version": "v1"},
        "auth": {"required": call.request.app.state.auth_required},
        "did_methods": ["did:key", "did:sync"],
        "record": {
            "hashed_fields": [
                "act", "actor", "body", "clock", "data_type", "parents", "thread",
            ],
            "hash": "sha256",
            "signature": "ed25519",
        },
        "mcp_tools": [],
        "transports": ["http", "sse"],
        "semantic_search": False,
        "store_backends": ["memory", "sqlite", "postgresql", "redis"],
        "capabilities": {
            "rich_query": True,
            "full_text_search": True,
            "watch": True,
            "data_plane": True,
            "decisions": True,
            "trust": True,
            "merkle_checkpoints": True,
        },
        "conventions": {
            "aitl_path": "/v1/aitl",
            "decisions_path": "/v1/decisions",
            "trust_path": "/v1/trust",
        },
    }  # fmt: skip
