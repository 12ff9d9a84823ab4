"""Typed bodies of the kinds threadbook emits itself.

Each class names its kind and act; `draft` makes the record to be. Fields left at their default
are left out of the record. Every kind has an entry in docs/glossary.md.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

import msgspec

from threadbook.records.kinds import has_explicit_version
from threadbook.records.record import Act, Draft, Record

CellStatus = Literal["ok", "error", "interrupted", "timeout", "limit", "aborted", "refused", "died"]


class BlobRef(msgspec.Struct, frozen=True, kw_only=True):
    """Content kept as a blob: its SHA-256 in hexadecimal, its size in bytes, its media type."""

    blob: str
    size: int
    media_type: str = "application/octet-stream"


class Body(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of all typed bodies."""

    KIND: ClassVar[str]
    ACT: ClassVar[Act]

    def draft(self, *, thread: str, parents: tuple[str, ...] = ()) -> Draft:
        """Return the record to be that carries this body."""
        body: dict[str, Any] = msgspec.to_builtins(self, str_keys=True)
        body["kind"] = self.KIND
        if not has_explicit_version(self.KIND):
            body["_v"] = 1
        return Draft(act=self.ACT, body=body, thread=thread, parents=parents)

    @classmethod
    def of(cls, record: Record) -> Self | None:
        """Return the typed body of `record`; None where it is of another kind or malformed."""
        if record.kind != cls.KIND:
            return None
        try:
            return msgspec.convert(record.body, cls)
        except msgspec.ValidationError:
            return None


class Intent(Body, frozen=True, kw_only=True):
    """The goal that opens a thread."""

    KIND: ClassVar[str] = "core.intent"
    ACT: ClassVar[Act] = Act.INTEND
    goal: str


class Outcome(Body, frozen=True, kw_only=True):
    """What came of a goal; `fulfills` is the id of its intent, or several."""

    KIND: ClassVar[str] = "core.outcome"
    ACT: ClassVar[Act] = Act.KNOW
    summary: str
    fulfills: str | list[str] | None = None


class SessionStart(Body, frozen=True, kw_only=True):
    """A kernel came up on a thread; `kernel_id` is by what a Jupyter server knows it."""

    KIND: ClassVar[str] = "threadbook.session.start"
    ACT: ClassVar[Act] = Act.DO
    kernel: str
    versions: dict[str, str]
    executor: str
    sandbox: str = "none"
    pid: int
    host: str
    kernel_id: str | None = None


class SessionSwitch(Body, frozen=True, kw_only=True):
    """A session goes on with this record's thread; until now it was on `came_from`."""

    KIND: ClassVar[str] = "threadbook.session.switch"
    ACT: ClassVar[Act] = Act.DO
    session: str
    came_from: str
    kernel_id: str | None = None


class SessionEnd(Body, frozen=True, kw_only=True):
    """A kernel is gone: it was shut down, or it died and somebody noticed."""

    KIND: ClassVar[str] = "threadbook.session.end"
    ACT: ClassVar[Act] = Act.KNOW
    session: str
    reason: str


class SessionRestart(Body, frozen=True, kw_only=True):
    """A session asked for a fresh kernel; what the old one held in memory is lost."""

    KIND: ClassVar[str] = "threadbook.session.restart"
    ACT: ClassVar[Act] = Act.DO
    session: str
    reason: str


class CellStart(Body, frozen=True, kw_only=True):
    """Code that is about to run; durable before it does. `execution` is the message id."""

    KIND: ClassVar[str] = "threadbook.cell.start"
    ACT: ClassVar[Act] = Act.DO
    code: str | BlobRef
    session: str
    execution: str
    cell_id: str | None = None
    silent: bool = False
    store_history: bool = True


class CellError(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The exception that ended a cell; `line` counts from 1 within the cell."""

    name: str
    value: str
    line: int | None = None


class CellEnd(Body, frozen=True, kw_only=True):
    """What came of a cell. Its parent is the cell's start.

    `outputs` are nbformat outputs, or a blob with their JSON; `outputs_hash` is the SHA-256 of
    that JSON (see kernel/outputs.py). `display_updates` are updates to displays of earlier cells.
    """

    KIND: ClassVar[str] = "threadbook.cell.end"
    ACT: ClassVar[Act] = Act.KNOW
    status: CellStatus
    duration_ms: float | None = None
    execution_count: int | None = None
    outputs: list[dict[str, Any]] | BlobRef = msgspec.field(default_factory=list)
    outputs_hash: str | None = None
    display_updates: list[dict[str, Any]] | BlobRef = msgspec.field(default_factory=list)
    value: BlobRef | None = None
    error: CellError | None = None
    sandbox: str = "none"
    note: str | None = None


class CellOutput(Body, frozen=True, kw_only=True):
    """Output that arrived after the end of its cell, from a thread the cell had started.

    `execution` is the message id it was sent for; `cell` is None where that was no cell, as with
    the callback of a widget.
    """

    KIND: ClassVar[str] = "threadbook.cell.output"
    ACT: ClassVar[Act] = Act.KNOW
    cell: str | None
    execution: str
    outputs: list[dict[str, Any]] | BlobRef
    outputs_hash: str
    display_updates: list[dict[str, Any]] | BlobRef = msgspec.field(default_factory=list)


class Verdict(Body, frozen=True, kw_only=True):
    """A judgement of `subject`'s work: `judges` is the id of the record judged."""

    KIND: ClassVar[str]
    ACT: ClassVar[Act] = Act.KNOW
    verdict: Literal["accept", "reject"]
    subject: str
    judges: str
    domain: str = "general"
    reason: str = ""


class VerdictAccept(Verdict, frozen=True, kw_only=True, omit_defaults=False):
    """The work is good."""

    KIND: ClassVar[str] = "threadbook.verdict.accept"
    verdict: Literal["accept"] = "accept"


class VerdictReject(Verdict, frozen=True, kw_only=True, omit_defaults=False):
    """The work is not good."""

    KIND: ClassVar[str] = "threadbook.verdict.reject"
    verdict: Literal["reject"] = "reject"


class Checkpoint(Body, frozen=True, kw_only=True):
    """Where a piece of work stands, for whoever resumes it."""

    KIND: ClassVar[str] = "agent.session.checkpoint"
    ACT: ClassVar[Act] = Act.LEARN
    summary: str
    learnings: list[str] = msgspec.field(default_factory=list)
    next_steps: str | list[str] = ""


class DecisionRequest(Body, frozen=True, kw_only=True, omit_defaults=False):
    """A question that somebody other than its author has to answer.

    `subject` is the SHA-256 of all that will happen if the answer is yes, in hexadecimal; an answer
    counts for that only. `options` are the ids to choose from, `decider_did` who alone may.
    `requester` is for whom it is asked, where that is not its author: neither may answer.
    `expires_at` is Unix time in milliseconds. `blocking` says that work stands still meanwhile.
    """

    KIND: ClassVar[str] = "threadbook.decision.request"
    ACT: ClassVar[Act] = Act.KNOW
    question: str
    subject: str | None = None
    options: list[str] = msgspec.field(default_factory=list)
    context: dict[str, Any] = msgspec.field(default_factory=dict)
    decider_did: str | None = None
    requester: str | None = None
    blocking: bool = True
    expires_at: int | None = None
    awaits: Literal["actor_decision"] = "actor_decision"


class DecisionAnswer(Body, frozen=True, kw_only=True):
    """The answer to a request: `fulfills` its id, or `cancels` it, which says no.

    `decision` is approve, reject, provide (a `provided_value`), acknowledge, or one of the options.
    `subject` is that of the request. What was allowed may be done until `expires_at`, Unix ms.
    """

    KIND: ClassVar[str] = "threadbook.decision.answer"
    ACT: ClassVar[Act] = Act.DO
    decision: str
    fulfills: str | None = None
    cancels: str | None = None
    subject: str | None = None
    reason: str = ""
    provided_value: Any = None
    expires_at: int | None = None


class TaskUpdate(Body, frozen=True, kw_only=True):
    """A task, named by the id of its INTEND, has another status; see folds/tasks.py."""

    KIND: ClassVar[str] = "threadbook.task.update"
    ACT: ClassVar[Act] = Act.DO
    task: str
    status: Literal["inbox", "active", "blocked", "deferred", "review", "failed", "cancelled"]
    reason: str = ""


class ToolCall(Body, frozen=True, kw_only=True):
    """A tool is about to be called; durable before it is.

    `tool` and `callable` name it, `definition` is the hash of what decides a call; with the first
    call by a definition in a session, `definition_blob` is what the hash covers, as JSON without
    secrets.
    `arguments` are without secrets; large ones are the JSON of `arguments_blob`. `environment` are
    the names of variables and secrets it is given. `cell` is the id of the cell it comes from,
    `decision` that of the answer that allowed it, and `rule` the rule of the policy that was
    applied.
    """

    KIND: ClassVar[str] = "threadbook.tool.call"
    ACT: ClassVar[Act] = Act.CALL
    tool: str
    callable: str
    adapter: str
    definition: str
    arguments: dict[str, Any] = msgspec.field(default_factory=dict)
    arguments_blob: BlobRef | None = None
    definition_blob: BlobRef | None = None
    effect: str = "write"
    domain: str = "general"
    environment: list[str] = msgspec.field(default_factory=list)
    cell: str | None = None
    decision: str | None = None
    rule: str = ""


class ToolResult(Body, frozen=True, kw_only=True):
    """What came of a tool call, its parent. `duration_ms` is that of the tool alone.

    `result` is what it returned, as JSON; a large result is MessagePack in `result_blob`.

    `discarded` is the result of a call whose cell had ended, or was interrupted, before it came.
    """

    KIND: ClassVar[str] = "threadbook.tool.result"
    ACT: ClassVar[Act] = Act.KNOW
    status: Literal["ok", "error", "timeout", "cancelled", "refused", "discarded"]
    duration_ms: float = 0.0
    result: Any = None
    result_blob: BlobRef | None = None
    error: CellError | None = None


class ArtifactSave(Body, frozen=True, kw_only=True):
    """A version of an artifact: named content with what made it.

    `cell` is the id of the cell that did, `inputs` are the ids of records like this one that saved
    what went in. A `version` that is taken already becomes the next one. `codec` says how the
    content was made from a value of `type`, `preview` is a short text for people. What is saved in
    one `workspace` is not seen in another.
    """

    KIND: ClassVar[str] = "threadbook.artifact.save"
    ACT: ClassVar[Act] = Act.PUT
    name: str
    version: int
    content: BlobRef
    workspace: str = ""
    codec: str = ""
    type: str = ""
    description: str = ""
    metadata: dict[str, Any] = msgspec.field(default_factory=dict)
    preview: str = ""
    cell: str | None = None
    inputs: list[str] = msgspec.field(default_factory=list)


class ArtifactLoad(Body, frozen=True, kw_only=True):
    """A version of an artifact was read: once for each cell that did.

    `save` is the id of the record that saved it, `cell` that of the cell that reads.
    """

    KIND: ClassVar[str] = "threadbook.artifact.load"
    ACT: ClassVar[Act] = Act.GET
    name: str
    version: int
    save: str
    workspace: str = ""
    cell: str | None = None


class ArtifactDelete(Body, frozen=True, kw_only=True):
    """An artifact is no longer listed: one version of it, or all there are."""

    KIND: ClassVar[str] = "threadbook.artifact.delete"
    ACT: ClassVar[Act] = Act.PUT
    name: str
    version: int | None = None
    workspace: str = ""
    reason: str = ""


class WorkflowParameter(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A parameter of a workflow, always passed by keyword; `type` and `default` are source text.

    Without a `default` it has to be given. `var_keyword` is one that takes all other names.
    """

    name: str
    type: str = ""
    default: str | None = None
    kind: Literal["positional_or_keyword", "keyword_only", "var_keyword"] = "positional_or_keyword"
    description: str = ""


class WorkflowTests(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came of a workflow's examples; `detail` says why those that failed did.

    `not_run` is for examples that were saved where workflows do not run.
    """

    status: Literal["none", "passed", "failed", "not_run"] = "none"
    passed: int = 0
    failed: int = 0
    detail: str = ""


class WorkflowSave(Body, frozen=True, kw_only=True):
    """A version of a workflow: source that defines `run`, and what parsing it tells.

    `examples` are calls with what they are to return. `cell` is the id of the cell that saved it,
    `origin` are those of the cells whose code it was made from. A `version` that is taken already
    becomes the next one.
    """

    KIND: ClassVar[str] = "threadbook.workflow.save"
    ACT: ClassVar[Act] = Act.LEARN
    name: str
    version: int
    source: BlobRef
    description: str = ""
    parameters: list[WorkflowParameter] = msgspec.field(default_factory=list)
    returns: str = ""
    is_async: bool = False
    examples: list[dict[str, Any]] = msgspec.field(default_factory=list)
    tests: WorkflowTests = WorkflowTests()
    origin: list[str] = msgspec.field(default_factory=list)
    workspace: str = ""
    cell: str | None = None


class WorkflowDelete(Body, frozen=True, kw_only=True):
    """A workflow is no longer listed, with all versions there are."""

    KIND: ClassVar[str] = "threadbook.workflow.delete"
    ACT: ClassVar[Act] = Act.PUT
    name: str
    workspace: str = ""
    cell: str | None = None


class WorkflowCall(Body, frozen=True, kw_only=True):
    """A workflow is about to run; `workflow` is the id of the record that saved the version.

    `arguments` are cut down to what a reader needs, and without secrets.
    """

    KIND: ClassVar[str] = "threadbook.workflow.call"
    ACT: ClassVar[Act] = Act.CALL
    workflow: str
    name: str
    version: int
    arguments: dict[str, Any] = msgspec.field(default_factory=dict)
    workspace: str = ""
    cell: str | None = None


class WorkflowResult(Body, frozen=True, kw_only=True):
    """What came of a workflow's call, its parent. `returned` is the type of the value."""

    KIND: ClassVar[str] = "threadbook.workflow.result"
    ACT: ClassVar[Act] = Act.KNOW
    status: Literal["ok", "error", "interrupted"]
    duration_ms: float = 0.0
    returned: str = ""
    error: CellError | None = None
    workspace: str = ""
    cell: str | None = None


class Correction(Body, frozen=True, kw_only=True):
    """Earlier records are not as they say: of a request, it is taken back; of an approval, ended.

    `revised_fields` are those that read differently now.
    """

    KIND: ClassVar[str] = "core.correction"
    ACT: ClassVar[Act] = Act.PUT
    corrects: list[str]
    revised_fields: dict[str, Any]
    reason: str
    correcting_actor: str = ""


class Resolved(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The version of a package, and the hashes of the files that may be installed as it."""

    version: str
    hashes: list[str] = msgspec.field(default_factory=list)


class DepsUpdate(Body, frozen=True, kw_only=True):
    """What a session has beside the kernel's own environment was changed.

    `requested` is what was asked for now, `requirements` all that is asked for since. `lock` is a
    requirements file with the exact versions and hashes of all that is installed for it, and
    `resolved` the part of it that is new or another version; where that has very many hashes they
    are in the lock only. `dropped` names packages that are no longer needed. `undoes` is the id of
    the change that this takes back.
    """

    KIND: ClassVar[str]
    ACT: ClassVar[Act] = Act.DO
    requested: list[str]
    requirements: list[str]
    lock: BlobRef
    resolved: dict[str, Resolved] = msgspec.field(default_factory=dict)
    dropped: list[str] = msgspec.field(default_factory=list)
    workspace: str = ""
    cell: str | None = None
    undoes: str | None = None


class DepsAdd(DepsUpdate, frozen=True, kw_only=True):
    """Packages were added."""

    KIND: ClassVar[str] = "threadbook.deps.add"


class DepsRemove(DepsUpdate, frozen=True, kw_only=True):
    """Packages are no longer asked for."""

    KIND: ClassVar[str] = "threadbook.deps.remove"


class Erasure(Body, frozen=True, kw_only=True):
    """An order that the content of records be removed.

    Alone it is a mark: readers are asked to disregard the records. `threadbook erase` writes it
    and then removes their bodies, and the blobs (SHA-256, hexadecimal) that nothing else names.
    `effective_at` is an ISO 8601 time in UTC.
    """

    KIND: ClassVar[str] = "core.erasure"
    ACT: ClassVar[Act] = Act.PUT
    erases: list[str]
    reason: str
    authorized_by: str
    effective_at: str
    blobs: list[str] = msgspec.field(default_factory=list)


class LogImport(Body, frozen=True, kw_only=True):
    """Records of this thread came from a file.

    `source` is the SHA-256 over the sorted ids in it, `records` how many were new here. `outside`
    are ids and digests of blobs that the thread refers to and that are not in this log.
    """

    KIND: ClassVar[str] = "threadbook.log.import"
    ACT: ClassVar[Act] = Act.KNOW
    source: str
    records: int
    outside: list[str] = msgspec.field(default_factory=list)


class LogRepair(Body, frozen=True, kw_only=True):
    """This log was saved from a damaged file.

    Up to seq `intact` nothing changed; `moved` records stand under another seq than they had, and
    `lost` are the first and last seq of each gap there was. `outside` as in LogImport.
    """

    KIND: ClassVar[str] = "threadbook.log.repair"
    ACT: ClassVar[Act] = Act.KNOW
    intact: int
    moved: int
    lost: list[list[int]] = msgspec.field(default_factory=list)
    outside: list[str] = msgspec.field(default_factory=list)


class TokenGrant(Body, frozen=True, kw_only=True):
    """A service takes a token from now on.

    `token` is the SHA-256 of its secret in hexadecimal, `account` the service account it belongs
    to, `scopes` what it allows and `actors` the DIDs, or patterns of DIDs, it may write as.
    `expires_at` is Unix time in milliseconds. `replaces` is the token it takes the place of,
    `issued_by` the token that asked for it, or the account where there was none in the log; None
    stands for somebody at the store itself.
    """

    KIND: ClassVar[str] = "threadbook.token.grant"
    ACT: ClassVar[Act] = Act.PUT
    token: str
    account: str
    scopes: list[str]
    actors: list[str] = msgspec.field(default_factory=list)
    expires_at: int | None = None
    note: str = ""
    replaces: str | None = None
    issued_by: str | None = None


class TokenRevoke(Body, frozen=True, kw_only=True):
    """A service takes a token no longer: at once, or from `effective_at` on (Unix ms)."""

    KIND: ClassVar[str] = "threadbook.token.revoke"
    ACT: ClassVar[Act] = Act.PUT
    token: str
    effective_at: int | None = None
    reason: str = ""
    revoked_by: str | None = None


class AuthDenied(Body, frozen=True, kw_only=True):
    """A service refused a request.

    `reason` is the code it answered, `route` the template of the path. `account` and `token` (its
    hash) are there where the token was one of the service's. `count` is how many refusals this
    stands for: of many, most are only counted, and then only the count is there.
    """

    KIND: ClassVar[str] = "threadbook.auth.denied"
    ACT: ClassVar[Act] = Act.KNOW
    reason: str
    method: str = ""
    route: str = ""
    address: str = ""
    account: str | None = None
    token: str | None = None
    count: int = 1


class FileWrite(Body, frozen=True, kw_only=True):
    """Content was put at a path of the data plane; `actor` is who asked the service for it."""

    KIND: ClassVar[str] = "threadbook.file.write"
    ACT: ClassVar[Act] = Act.PUT
    path: str
    content: BlobRef
    actor: str = ""
    pinned: bool = False


class FileFolder(Body, frozen=True, kw_only=True):
    """A folder was made at a path of the data plane."""

    KIND: ClassVar[str] = "threadbook.file.folder"
    ACT: ClassVar[Act] = Act.PUT
    path: str
    actor: str = ""


class FileMove(Body, frozen=True, kw_only=True):
    """A file, or a folder with all that is in it, has another path."""

    KIND: ClassVar[str] = "threadbook.file.move"
    ACT: ClassVar[Act] = Act.PUT
    source: str
    target: str
    actor: str = ""


class FileRemove(Body, frozen=True, kw_only=True):
    """A file, or a folder with all that is in it, is gone from the tree; blobs stay."""

    KIND: ClassVar[str] = "threadbook.file.remove"
    ACT: ClassVar[Act] = Act.PUT
    path: str
    actor: str = ""


class LogCheckpoint(Body, frozen=True, kw_only=True):
    """What a log held at one size: a signed head of its Merkle tree (log/checkpoints.py).

    `origin` names the log, `size` is a number of records, `root` and `signature` are in
    hexadecimal; the signature is that of the record's actor over the checkpoint's text.
    """

    KIND: ClassVar[str] = "threadbook.log.checkpoint"
    ACT: ClassVar[Act] = Act.KNOW
    origin: str
    size: int
    root: str
    signature: str
