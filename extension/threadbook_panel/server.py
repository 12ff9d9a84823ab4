"""The Jupyter Server extension: the panel's way to the log, apart from every kernel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from jupyter_server.extension.application import ExtensionApp
from traitlets import Bool, Float, List, Unicode

from threadbook.config import Settings, approver_key, forget_server_token, store_url
from threadbook_panel.handlers import HANDLERS
from threadbook_panel.isolation.allowed import Allowed
from threadbook_panel.isolation.connection import Isolation, isolated_class, why_not_isolated
from threadbook_panel.source import FeedSource
from threadbook_panel.streams import HEARTBEAT_SECONDS, SEND_SECONDS, Streams

CONNECTION_CLASS = "kernel_websocket_connection_class"
"""The setting of the server by which it makes what is between a kernel and a page."""


class ThreadbookPanel(ExtensionApp):
    """Serves what the panel shows, and writes what the person at it decides."""

    name = "threadbook_panel"

    store = Unicode(
        help="The store to show: a URL or a file. By default that of the server's environment."
    ).tag(config=True)
    approver_key = Unicode(
        help="Key file of the person who answers decisions; it is made if it is not there."
    ).tag(config=True)

    heartbeat_seconds = Float(
        HEARTBEAT_SECONDS, help="How long a stream of news is silent at most."
    ).tag(config=True)
    send_seconds = Float(
        SEND_SECONDS, help="How long a reader may take for an event before its stream ends."
    ).tag(config=True)

    isolate_outputs = Bool(
        True, help="Whether what threadbook kernels output can run nothing in the page it is in."
    ).tag(config=True)
    allowed_mime_types = List(
        Unicode(), help="MIME types of outputs that pages may render though they are not isolated."
    ).tag(config=True)
    allowed_widget_modules = List(
        Unicode(), help="Modules of widgets, and targets of comms, that may run in pages."
    ).tag(config=True)

    def initialize_settings(self) -> None:
        """Keep from kernels what would let a cell answer: the server's token, and its pages."""
        if self.serverapp is not None and self.serverapp.identity_provider.token is not None:
            forget_server_token()  # the provider has read it
        if self.isolate_outputs:
            self._isolate_outputs()

    def initialize_handlers(self) -> None:
        """Add the panel's paths to the server."""
        self._streams = Streams(
            heartbeat_seconds=self.heartbeat_seconds, send_seconds=self.send_seconds
        )
        self._source = FeedSource(
            self._settings, self._key, log=self.log, read_only=self._why_read_only
        )
        shared: dict[str, Any] = {"source": self._source, "streams": self._streams}
        self.handlers.extend((path, handler, shared) for path, handler in HANDLERS)

    async def stop_extension(self) -> None:
        """End all streams and close the log."""
        self._streams.end_all()
        await self._source.close()

    def _isolate_outputs(self) -> None:
        allowed = Allowed(
            mime_types=frozenset(self.allowed_mime_types),
            modules=frozenset(self.allowed_widget_modules),
        )
        isolated = isolated_class(self.settings.get(CONNECTION_CLASS), Isolation(allowed))
        if isolated is not None:
            self.settings[CONNECTION_CLASS] = isolated

    def _why_read_only(self) -> str | None:
        if not self.isolate_outputs or self.serverapp is None:
            return None
        return why_not_isolated(self.serverapp.web_app.settings.get(CONNECTION_CLASS))

    def _settings(self) -> Settings:
        settings = Settings.from_environ()
        if self.store:
            settings = msgspec.structs.replace(settings, store=store_url(self.store))
        return settings

    def _key(self) -> Path:
        return Path(self.approver_key).expanduser() if self.approver_key else approver_key()
