"""threadbook: a Jupyter kernel for agents that write code, and that keeps the record.

The names below are the public ones. Each is imported when it is first used: the kernel imports
this package at every start, and needs few of them.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from threadbook.client.client import Client
    from threadbook.errors import ThreadbookError
    from threadbook.log.log import Log, open_log
    from threadbook.log.verify import verify
    from threadbook.records.identity import Identity
    from threadbook.records.record import Act, DataType, Draft, Record
    from threadbook.records.refs import Ref
    from threadbook.session.executors import SubprocessConfig, SubprocessExecutor
    from threadbook.session.result import Result
    from threadbook.session.session import Session
    from threadbook.session.storage import FileStorage, PostgresStorage, RedisStorage
    from threadbook.tools.adapters.python import tool

__version__ = "0.1.0"

_HOMES = {
    "Act": "records.record",
    "Client": "client.client",
    "DataType": "records.record",
    "Draft": "records.record",
    "FileStorage": "session.storage",
    "Identity": "records.identity",
    "Log": "log.log",
    "PostgresStorage": "session.storage",
    "Record": "records.record",
    "RedisStorage": "session.storage",
    "Ref": "records.refs",
    "Result": "session.result",
    "Session": "session.session",
    "SubprocessConfig": "session.executors",
    "SubprocessExecutor": "session.executors",
    "ThreadbookError": "errors",
    "open_log": "log.log",
    "tool": "tools.adapters.python",
    "verify": "log.verify",
}

__all__ = [
    "Act",
    "Client",
    "DataType",
    "Draft",
    "FileStorage",
    "Identity",
    "Log",
    "PostgresStorage",
    "Record",
    "RedisStorage",
    "Ref",
    "Result",
    "Session",
    "SubprocessConfig",
    "SubprocessExecutor",
    "ThreadbookError",
    "open_log",
    "tool",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
