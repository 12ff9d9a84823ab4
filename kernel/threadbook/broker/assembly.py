"""How a broker gets its tools, its rules and its secrets."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import msgspec

from threadbook.broker.broker import Parts
from threadbook.broker.origin import Origin
from threadbook.config import Settings, environment
from threadbook.folds.fold import Projection
from threadbook.folds.trust import TrustFold, TrustState, standing
from threadbook.library.context import Context
from threadbook.library.current import overlay_name
from threadbook.library.deps import Deps
from threadbook.library.installer import Index, Installer
from threadbook.library.overlay import Overlay, overlay_folder
from threadbook.log.log import Log
from threadbook.log.sink import Sink
from threadbook.tools.adapter import Adapter
from threadbook.tools.gate import Gate
from threadbook.tools.loading import load_tools
from threadbook.tools.policy import Policy
from threadbook.tools.secrets import EnvSecrets, FileSecrets, Redactor, Secrets

Source = str | Path | Adapter | Callable[..., Any]
"""Where tools come from: a folder or file that describes them, an adapter, or a function."""


class ToolOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What a person has decided about tools before any cell runs.

    `variables` are what `${VAR}` in descriptions of tools stands for.
    """

    sources: tuple[Source, ...]
    policy: Policy
    secrets: Secrets
    workspace: str
    allow_runtime_deps: bool
    variables: Mapping[str, str]

    @classmethod
    def of(
        cls,
        settings: Settings,
        *,
        sources: Sequence[Source] = (),
        policy: Policy | None = None,
        secrets: Secrets | None = None,
    ) -> Self:
        """Return what settings say, and more; `policy` and `secrets` replace those of settings.

        Raises ConfigError for files that cannot be used.
        """
        if policy is None:
            policy = Policy.load(settings.policy) if settings.policy else Policy.default()
        if secrets is None:
            secrets = FileSecrets(settings.secrets) if settings.secrets else EnvSecrets({}, ())
        return cls(
            sources=(*settings.tools, *sources),
            policy=policy,
            secrets=secrets,
            workspace=settings.workspace,
            allow_runtime_deps=settings.runtime_deps,
            variables=environment(),
        )


def make_parts(sink: Sink, options: ToolOptions) -> Parts:
    """Load the tools; one that cannot be loaded is listed with the reason."""
    redactor = Redactor(options.secrets)
    return Parts(
        registry=load_tools(options.sources, environ=options.variables),
        gate=Gate(
            options.policy,
            sink,
            actor=sink.identity.actor_did,
            trust=_Trust(sink).of,
            redactor=redactor,
        ),
        secrets=options.secrets,
        redactor=redactor,
        deps=lambda origin: _deps(sink, options, origin),
    )


def _deps(sink: Sink, options: ToolOptions, origin: Origin) -> Deps:
    """Return the packages of a thread: what they are is in the records, and in its overlay."""
    context = Context(
        sink=sink,
        thread=lambda: origin.thread,
        cell=lambda: origin.cell,
        workspace=options.workspace,
    )
    name = overlay_name(sink.url, options.workspace, origin.thread)
    return Deps(
        context,
        Overlay(overlay_folder(name)),
        Installer(Index.of(options.variables)),
        allow_runtime_deps=options.allow_runtime_deps,
    )


class _Trust:
    """How far actors are trusted now, by the records of the session's own log."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._held: tuple[Log, Projection[TrustState]] | None = None

    def of(self, actor: str, domain: str) -> float | None:
        """Return the trust in an actor, None where nobody has judged it. Raises StoreError."""
        now = time.time_ns() // 1_000_000
        found = self._projection().ask(lambda state: standing(state, actor, domain, as_of=now))
        return found.value.effective_trust if found.value.total else None

    def _projection(self) -> Projection[TrustState]:
        log = self._sink.log()
        if self._held is None or self._held[0] is not log:
            self._held = log, Projection(log, TrustFold())
        return self._held[1]
