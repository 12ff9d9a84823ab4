"""Errors of a namespace say which call they come from, whatever went wrong below."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from threadbook.errors import (
    ConfigError,
    LogError,
    NamespaceError,
    RecordError,
    WorkflowError,
    WorkflowInvalid,
)


@contextmanager
def reported(operation: str) -> Iterator[None]:
    """Turn what goes wrong in an operation of `workflows` into errors that name it.

    Not for code of users: what that raises stays what it is.
    """
    where = {"namespace": "workflows", "operation": f"workflows.{operation}"}
    try:
        yield
    except NamespaceError as error:
        error.namespace = error.namespace or where["namespace"]
        error.operation = error.operation or where["operation"]
        raise
    except RecordError as error:
        raise WorkflowInvalid(
            f"it cannot be recorded: {error.message}",
            remedy=error.remedy,
            original_type=type(error).__name__,
            **where,
        ) from error
    except (LogError, ConfigError) as error:
        raise WorkflowError(
            f"the library cannot be reached: {error.message}",
            remedy=error.remedy,
            original_type=type(error).__name__,
            **where,
        ) from error
