"""Routes: the HTTP request that asks each question."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import msgspec

from threadbook.client import questions as q
from threadbook.client.exchange import Request


def request_for(question: q.Question) -> Request:
    """Return the request that asks `question`."""
    return _ROUTES[type(question)](question)


def escaped(segment: str) -> str:
    """Return text as one segment of a path, whatever it holds."""
    return quote(segment, safe="")


def get(path: str, /, **params: Any) -> Request:
    """Return a GET request; parameters that are None are left out."""
    return Request(method="GET", path=path, params=_texts(params))


def post(path: str, body: dict[str, Any]) -> Request:
    """Return a POST request with a JSON body."""
    return Request(method="POST", path=path, content=json.dumps(body, allow_nan=False).encode())


def _texts(params: dict[str, Any]) -> dict[str, str]:
    return {
        name: ("true" if value else "false") if isinstance(value, bool) else str(value)
        for name, value in params.items()
        if value is not None
    }


def _said(question: q.Question, *without: str) -> dict[str, Any]:
    """Return the fields of a question that are not left at their default."""
    said: dict[str, Any] = msgspec.to_builtins(question)
    return {name: value for name, value in said.items() if name not in {"ask", *without}}


def _thread(suffix: str) -> Callable[[Any], Request]:
    return lambda question: get(f"/v1/threads/{escaped(question.thread)}/{suffix}")


def _listed(path: str) -> Callable[[Any], Request]:
    return lambda question: get(path, **_said(question))


def _posted(path: str) -> Callable[[Any], Request]:
    return lambda question: post(path, _said(question))


_ROUTES: dict[type[q.Question], Callable[[Any], Request]] = {
    q.Health: _listed("/health"),
    q.Capabilities: _listed("/v1/capabilities"),
    q.ListRecords: lambda ask: get("/v1/records", **{"limit": ask.limit, **_said(ask)}),
    q.RichQuery: _posted("/v1/records/query"),
    q.OneRecord: lambda ask: get(f"/v1/records/{escaped(ask.id)}"),
    q.SearchByMeaning: lambda ask: post("/v1/records/search", {"k": ask.k, **_said(ask)}),
    q.FindText: lambda ask: get("/v1/find", **{"limit": ask.limit, **_said(ask)}),
    q.ListThreads: lambda ask: get("/v1/threads", **{"limit": ask.limit, **_said(ask)}),
    q.ThreadState: _thread("state"),
    q.Children: _thread("children"),
    q.Checkpoints: _thread("checkpoints"),
    q.Resume: _thread("resume"),
    q.Trust: lambda ask: get("/v1/trust", **{"limit": ask.limit, **_said(ask)}),
    q.Decisions: lambda ask: get("/v1/decisions", **{"limit": ask.limit, **_said(ask)}),
    q.Decide: lambda ask: post(
        f"/v1/decisions/{escaped(ask.request)}/decide", _said(ask, "request")
    ),
}
