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
│   │   │   └── StoreBusy       not without waiting, which the caller did not want
│   │   ├── StoreFormatError    the file is not a threadbook store, or of a newer version
│   │   └── StoreCorrupt        what it returned cannot be decoded
│   ├── DuplicateClock      this (thread, actor, clock) belongs to another record
│   ├── RecordNotFound
│   ├── BlobNotFound
│   ├── PreconditionFailed  what the caller expected the log to say is not so
│   ├── AnswerInvalid       what is no answer to a request for a decision
│   └── ProofError          a proof, checkpoint or backup does not fit the log
├── QueryError              a filter, sort or cursor that is not understood
│   └── QueryTooLarge       above a limit of the query language
├── ServiceError            a record service did not do what was asked
│   ├── Unauthorized        no token, or none that counts
│   ├── Forbidden           the token does not allow this
│   └── DataError           a file of the data plane could not be written, read or moved
├── SessionError
│   ├── KernelStartError    the kernel did not come up
│   └── SessionClosed       a call on a session that is not open
├── LibraryError            a library cannot be copied to or from a folder
└── NamespaceError          what a cell asked of tools, workflows, artifacts or deps
    ├── ToolError
    │   ├── ToolNotFound        no tool or callable has this name
    │   ├── ToolArgumentError   an argument is missing, unknown, or of the wrong type
    │   ├── ToolDefinitionError a tool cannot be loaded as it is described
    │   ├── ToolCallError       the tool was called, and failed
    │   ├── ToolTimeout         the tool was called, and did not answer in time
    │   └── CellSettled         the call comes from a cell that has ended
    ├── PolicyError             a rule does not let this happen
    │   ├── PolicyDenied        a rule, or who was asked, said no
    │   ├── DecisionExpired     nobody answered in time, or for what is asked now
    │   └── BudgetExceeded      more calls, seconds or bytes than a rule allows
    ├── WorkflowError
    │   ├── WorkflowNotFound    no workflow, or version of it, has this name
    │   ├── WorkflowInvalid     a name or source that cannot be saved
    │   └── WorkflowArgumentError   an argument is missing or unknown
    ├── ArtifactError
    │   ├── ArtifactNotFound    no artifact, or version of it, has this name
    │   ├── ArtifactInvalid     a name or value that cannot be saved, or content that cannot be read
    │   └── QuotaExceeded       more bytes than are allowed
    └── DepsError
        ├── RequirementInvalid  not a plain requirement of a package
        ├── DepsLocked          the session may not change what is installed
        └── InstallFailed       the installer could not do it
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


class StoreBusy(StoreUnavailable):
    """Somebody else is writing, or may be, and the caller did not want to wait for them."""

    remedy = "write again, and wait"


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


class AnswerInvalid(LogError):
    """What is no answer to a request for a decision, or would allow nothing. Nothing is written."""


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


class LibraryError(ThreadbookError):
    """A library cannot be copied to or from a folder; what was there before is as it was."""


class NamespaceError(ThreadbookError):
    """What a cell asked of a namespace could not be done.

    `namespace` is tools, workflows, artifacts or deps, `operation` what was called, e.g.
    `tools.time.now`, and `original_type` the name of the exception behind it, where there is one.
    All of it survives the way from one process to another.
    """

    def __init__(
        self,
        message: str,
        *,
        remedy: str | None = None,
        namespace: str = "",
        operation: str = "",
        original_type: str = "",
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.namespace = namespace
        self.operation = operation
        self.original_type = original_type or type(self).__name__


class ToolError(NamespaceError):
    """Something is wrong with a tool or a call of it."""


class ToolNotFound(ToolError, AttributeError):
    """No tool, or no callable of the tool, has this name."""

    remedy = "tools.list() and tools.search(…) show what there is"


class ToolArgumentError(ToolError, TypeError):
    """An argument is missing, unknown, or of the wrong type. Nothing has been called."""

    remedy = "help(tools.<tool>.<callable>) shows the parameters"


class ToolDefinitionError(ToolError):
    """A tool cannot be loaded as it is described; the message names file and line."""


class ToolCallError(ToolError):
    """The tool was called, and failed."""


class ToolTimeout(ToolError, TimeoutError):
    """The tool was called, and did not answer in time."""


class CellSettled(ToolError):
    """The call comes from a cell that has ended, so that it would belong to no record."""

    remedy = "wait for threads and tasks before the cell ends"


class PolicyError(NamespaceError):
    """A rule does not let this happen. Nothing has been called."""


class PolicyDenied(PolicyError):
    """A rule said no, or somebody who was asked did."""


class DecisionExpired(PolicyError):
    """Nobody answered in time, or what was answered is not what is asked now."""


class BudgetExceeded(PolicyError):
    """More calls, seconds or bytes than a rule allows."""


class WorkflowError(NamespaceError):
    """Something is wrong with a workflow."""


class WorkflowNotFound(WorkflowError, AttributeError):
    """No workflow, or no version of it, has this name."""

    remedy = "workflows.list() and workflows.search(…) show what there is"


class WorkflowInvalid(WorkflowError):
    """A name or source that cannot be saved. Nothing has been written."""


class WorkflowArgumentError(WorkflowError, TypeError):
    """An argument is missing or unknown. Nothing has been called."""

    remedy = "help(workflows.<name>) shows the parameters"


class ArtifactError(NamespaceError):
    """Something is wrong with an artifact."""


class ArtifactNotFound(ArtifactError, KeyError):
    """No artifact, or no version of it, has this name."""

    remedy = "artifacts.list() shows what there is"

    __str__ = ThreadbookError.__str__  # not the repr of the message, as KeyError has it


class ArtifactInvalid(ArtifactError):
    """A name or value that cannot be saved, or content that cannot be read. Nothing is written."""


class QuotaExceeded(ArtifactError):
    """More bytes than an artifact, or all of them, may have. Nothing has been written."""


class DepsError(NamespaceError):
    """Something is wrong with the packages of the session."""


class RequirementInvalid(DepsError, ValueError):
    """Not a plain requirement of a package: a name, extras, versions. Nothing was started."""

    remedy = "write it like pandas, pandas==2.2.3 or pandas[excel]>=2.2"


class DepsLocked(DepsError):
    """The session may not change what is installed."""

    remedy = "start the session with allow_runtime_deps=True"


class InstallFailed(DepsError):
    """The installer could not do it; the environment is as it was."""
