"""Where facts are kept: the append-only log, its stores, blobs and the outbox."""

from threadbook.log.log import Log, open_log

__all__ = ["Log", "open_log"]
