"""Every error threadbook raises, in one tree, each with a remedy.

ThreadbookError
├── ConfigError             a setting, URL or option cannot be used
├── RecordError             a record breaks the grammar; raised before anything is written
│   ├── ActError            unknown act or data type
│   ├── KindError           body.kind is not scope.category.entity[.version]
│   ├── CanonicalError      a value has no canonical JSON form
│   ├── ClockError          a clock that does not fit a signed 64-bit integer
│   ├── BodyTooLarge        a body above the limit
│   └── SignatureError      a signature that does not belong to the record's actor
├── IdentityError           a key file that cannot be used
├── LogError
│   ├── StoreError          the store is not usable as it is
│   │   ├── StoreUnavailable    it cannot be opened, read or written now
│   │   ├── StoreFormatError    the file is not a threadbook store, or of a newer version
│   │   └── StoreCorrupt        what it returned cannot be decoded
│   ├── DuplicateClock      this (thread, actor, clock) belongs to another record
│   ├── RecordNotFound
│   ├── BlobNotFound
│   ├── PreconditionFailed  what the caller expected the log to say is not so
│   └── ProofError          a proof, checkpoint or backup does not fit the log
├── QueryError              a filter, sort or cursor that is not understood
│   └── QueryTooLarge       above a limit of the query language
├── ServiceError            a record service did not do what was asked
│   ├── Unauthorized        no token, or none that counts
│   ├── Forbidden           the token does not allow this
│   └── DataError           a file of the data plane could not be written, read or moved
└── SessionError
    ├── KernelStartError    the kernel did not come up
    └── SessionClosed       a call on a session that is not open
"""

from __future__ import annotations


class ThreadbookError(Exception):
    """Base of all errors; `remedy` says what the caller can do about it."""

    remedy: str = ""

    def __init__(self, message: str, *, remedy: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if remedy is not None:
            self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} ({self.remedy})" if self.remedy else self.message


class ConfigError(ThreadbookError):
    """A setting, URL or option cannot be used."""


class RecordError(ThreadbookError, ValueError):
    """A record breaks the grammar. Nothing has been written."""


class ActError(RecordError):
    """Unknown act or data type."""


class KindError(RecordError):
    """`body.kind` violates the kind grammar."""

    remedy = "a kind is scope.category.entity[.vN], lower case, e.g. team.review.finding"


class CanonicalError(RecordError):
    """A value has no canonical JSON form."""

    remedy = "use None, bool, int, finite float, str, list and dict with string keys"


class ClockError(RecordError):
    """A clock that is negative, no integer, or larger than a signed 64-bit integer."""

    remedy = "leave the clock out: the log assigns it"


class BodyTooLarge(RecordError):
    """A body whose canonical form is above the limit, in bytes."""

    remedy = "store the large part as a blob and put its hash in the body"


class SignatureError(RecordError):
    """A signature that does not belong to the record's actor."""

    remedy = "sign the record's canonical bytes with the key its actor names"


class IdentityError(ThreadbookError):
    """A key file that cannot be read, parsed or trusted."""


class LogError(ThreadbookError):
    """Something is wrong with the log or its store."""


class StoreError(LogError):
    """The store is not usable as it is; the record itself is not at fault."""


class StoreUnavailable(StoreError):
    """The store cannot be opened, read or written now; trying later may help."""

    remedy = "check the path, its permissions, free disk space, and that no program holds a lock"


class StoreFormatError(StoreError):
    """The file is not a threadbook store, or was written by a newer version."""


class StoreCorrupt(StoreError):
    """What the store returned cannot be decoded."""

    remedy = "run `threadbook verify` to see which records are affected"


class DuplicateClock(LogError):
    """Another record has the same (thread, actor, clock)."""

    remedy = "leave the clock out: the log assigns a free one"


class RecordNotFound(LogError):
    """No record has this id."""


class BlobNotFound(LogError):
    """No blob has this hash."""


class PreconditionFailed(LogError):
    """What the caller expected is not so: somebody else was first."""


class ProofError(LogError):
    """A proof, checkpoint or backup does not fit the log, or has been tampered with."""


class QueryError(ThreadbookError, ValueError):
    """A filter, sort order or cursor that is not understood."""


class QueryTooLarge(QueryError):
    """A query above a limit; nothing is cut down in silence."""


class ServiceError(ThreadbookError):
    """A record service did not do what was asked.

    `status` is that of its HTTP answer and `code` the word in it, both None where there was none.
    """

    status: int | None = None
    code: str | None = None

    def __init__(
        self,
        message: str,
        *,
        remedy: str | None = None,
        status: int | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.status = status if status is not None else type(self).status
        self.code = code if code is not None else type(self).code


class Unauthorized(ServiceError):
    """There is no token, or none that counts (any more)."""


class Forbidden(ServiceError):
    """The token does not allow this."""


class DataError(ServiceError):
    """A file of the data plane could not be written, read or moved.

    `op` is what was tried. Where somebody else wrote the path in between, `is_conflict` is true,
    `expected_hash` what the caller expected there (None: nothing) and `current_hash` what is
    there.
    """

    def __init__(
        self,
        message: str,
        *,
        remedy: str | None = None,
        status: int | None = None,
        code: str | None = None,
        op: str = "",
        expected_hash: str | None = None,
        current_hash: str | None = None,
    ) -> None:
        super().__init__(message, remedy=remedy, status=status, code=code)
        self.op = op
        self.expected_hash = expected_hash
        self.current_hash = current_hash

    @property
    def is_conflict(self) -> bool:
        """Whether somebody else wrote the path since it was read."""
        return self.code == "precondition_failed"


class SessionError(ThreadbookError):
    """A session cannot do what was asked."""


class KernelStartError(SessionError):
    """The kernel process did not come up."""


class SessionClosed(SessionError):
    """A call on a session that was not started or is closed."""

    remedy = "use `async with Session(...)` or call start() first"
