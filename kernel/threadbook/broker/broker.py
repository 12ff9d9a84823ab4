"""The broker: does what cells ask of their namespaces, under the policy, and records it.

It runs beside the cells: in a kernel that was started on its own, in the kernel's process; for a
session, in the process of the program that runs it, which cells reach only over a socket. Whoever
asks names a tool and its arguments, never a command.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import functools
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, cast

import msgspec

from threadbook.broker.cells import Cells
from threadbook.broker.loop import SECONDS_TO_END, LoopThread
from threadbook.broker.methods import CallTool, DescribeTool, ListTools, SearchTools, parsed
from threadbook.broker.origin import Origin
from threadbook.broker.printing import Printing, Tell
from threadbook.broker.recording import INLINE, Failed, Recording, message_of_error
from threadbook.broker.wire import known_kind, packed
from threadbook.errors import (
    CellSettled,
    NamespaceError,
    PolicyError,
    RecordNotFound,
    StoreBusy,
    StoreError,
    ThreadbookError,
    ToolArgumentError,
    ToolCallError,
    ToolNotFound,
    ToolTimeout,
)
from threadbook.library.deps import Deps
from threadbook.library.finishing import to_its_end
from threadbook.log.sink import Sink
from threadbook.records.bodies import CellStart
from threadbook.tools.adapter import Adapter, CallContext
from threadbook.tools.arguments import validate
from threadbook.tools.call import Call
from threadbook.tools.definition import Tool, ToolCallable, definition_text
from threadbook.tools.gate import Admission, Gate
from threadbook.tools.registry import Registry
from threadbook.tools.secrets import Redactor, Secrets, fill
from threadbook.tools.signature import clean

_SHORT = 12
_MOST_AT_ONCE = 64
"""Tools that run at the same time; further calls wait for their turn."""

_LONGEST_DEFINITION = 256 * 1024
"""Characters of a definition that are recorded for people to compare."""

_SECONDS_TO_CLOSE = 30.0
"""How long tools may take to stop what they have started."""


def _never_told(_is_waiting: bool) -> None:
    return None


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What a broker works with. `deps` returns the packages of the session that a call is from."""

    registry: Registry
    gate: Gate
    secrets: Secrets
    redactor: Redactor
    deps: Callable[[Origin], Deps]


class Broker:
    """Answers calls, each in a task of its own. All methods may be called from any thread.

    `make_parts` is called when the first call arrives: a session that uses no tools loads none.
    `on_wait` is told, in the broker's thread, when somebody begins to be asked for a decision
    (True), and when that is over (False). `session` returns the id of the session's start. With
    a `thread`, calls for another are only answered where the log has their cell on it.
    """

    def __init__(
        self,
        sink: Sink,
        *,
        cells: Cells,
        make_parts: Callable[[], Parts],
        on_wait: Callable[[bool], None] = _never_told,
        session: Callable[[], str] = str,
        thread: str | None = None,
    ) -> None:
        self.sink = sink
        self.cells = cells
        self.loop = LoopThread("threadbook-broker")
        self._make_parts = make_parts
        self._on_wait = on_wait
        self._session = session
        self._thread = thread
        self._parts: Parts | None = None
        self._making = asyncio.Lock()
        self._turns = asyncio.Semaphore(_MOST_AT_ONCE)
        self._refreshing: asyncio.Task[None] | None = None
        self._answering: set[asyncio.Task[Any]] = set()
        self._described: set[str] = set()
        self._at_end: list[Callable[[], Coroutine[Any, Any, None]]] = []
        self._is_closed = False

    def submit(
        self, origin: Origin, method: str, params: bytes, tell: Tell
    ) -> concurrent.futures.Future[bytes]:
        """Begin a call; cancelling the future cancels it. See `answer`."""
        return self.loop.submit(self.answer(origin, method, params, tell))

    async def answer(self, origin: Origin, method: str, params: bytes, tell: Tell) -> bytes:
        """Do what a cell asks; parameters and result are in the form of wire.py.

        Raises NamespaceError and what else errors.py has. A cell that ends meanwhile ends it.
        """
        task = cast("asyncio.Task[Any]", asyncio.current_task())
        loop = asyncio.get_running_loop()
        has_settled = False

        def settle() -> None:
            nonlocal has_settled
            has_settled = True
            with suppress(RuntimeError):  # the loop may be closed by now
                loop.call_soon_threadsafe(task.cancel)

        leave = self.cells.enter(origin.message, settle)
        self._answering.add(task)
        try:
            return await self._done(origin, method, parsed(method, params), tell)
        except asyncio.CancelledError:
            if has_settled:
                raise CellSettled(f"{method}: the cell has settled meanwhile") from None
            if self._is_closed:
                raise _closed(method) from None
            raise
        except NamespaceError as error:
            error.namespace = error.namespace or method.partition(".")[0]
            error.operation = error.operation or method
            raise
        except ThreadbookError:
            raise
        except Exception as error:  # noqa: BLE001  whoever waits has to be told
            raise self._unexpected(method, error) from None
        finally:
            self._answering.discard(task)
            leave()

    def at_end(self, stop: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Have something stopped when the broker ends, once its calls have ended."""
        self._at_end.append(stop)

    def close(self) -> None:
        """Cancel what runs and stop what tools have started. May be called again."""
        self.abandon()
        self.loop.close()

    def abandon(self) -> None:
        """Do what `close` does, without waiting for it."""
        self._is_closed = True
        self.loop.abandon(self._end)

    async def _end(self) -> None:
        """End the calls first: what they use is stopped after them."""
        answering = self._answering - {cast("asyncio.Task[Any]", asyncio.current_task())}
        for task in answering:
            task.cancel()
        if answering:
            await asyncio.wait(answering, timeout=SECONDS_TO_END)
        for stop in self._at_end:
            await stop()
        parts, self._parts = self._parts, None
        if parts is not None:
            parts.gate.close()
            with suppress(Exception):  # whatever a tool does then, the others go on
                async with asyncio.timeout(_SECONDS_TO_CLOSE):
                    await parts.registry.close()

    async def _ready(self) -> Parts:
        """Return registry, gate and secrets, made in a thread: modules of tools are imported."""
        async with self._making:
            if self._is_closed:
                raise _closed("tools")
            if self._parts is None:
                await to_its_end(self._make)
        return cast("Parts", self._parts)

    def _make(self) -> None:
        self._parts = self._make_parts()

    def _unexpected(self, method: str, error: Exception) -> NamespaceError:
        """Return a fault of ours, or of what tools are made of, without secrets."""
        text = f"{type(error).__name__}: {message_of_error(error)}"
        return NamespaceError(
            f"{method}: {self._parts.redactor.text(text) if self._parts else text}",
            namespace=method.partition(".")[0],
            operation=method,
            original_type=type(error).__name__,
        )

    async def _require_thread(self, origin: Origin, method: str) -> None:
        """Refuse a thread that is neither the session's own nor that of a cell of it."""
        if self._thread in (None, origin.thread):
            return
        with suppress(StoreError, RecordNotFound):
            if await asyncio.to_thread(self._is_cell_of, origin):
                return
        raise NamespaceError(
            f"{method}: the session works on {self._thread}, and this is for another thread",
            remedy="call it in a cell, which the log has on that thread",
        )

    def _is_cell_of(self, origin: Origin) -> bool:
        """Tell whether the log has a cell as the origin says: of this session, on its thread."""
        start = self.sink.log().get(origin.cell or "")
        claimed = (CellStart.KIND, origin.thread, origin.message, self._session())
        execution, session = start.body.get("execution"), start.body.get("session")
        return (start.kind, start.thread, execution, session) == claimed

    async def _done(self, origin: Origin, method: str, asked: Any, tell: Tell) -> bytes:
        await self._require_thread(origin, method)
        found: Any
        match asked:
            case CallTool():
                return await self._called(origin, asked, tell)
            case ListTools():
                found = (await self._complete()).list()
            case SearchTools(query=query, limit=limit):
                found = (await self._complete()).search(query, limit)
            case DescribeTool(name=name):
                found = (await self._complete()).describe(name)
            case _:
                found = await (await self._ready()).deps(origin).answer(method, asked)
        return packed(method, found)

    async def _complete(self) -> Registry:
        """Return the registry once all adapters have been asked what tools there are."""
        registry = (await self._ready()).registry
        if self._refreshing is None or (self._refreshing.done() and registry.is_incomplete):
            self._refreshing = asyncio.ensure_future(registry.refresh())
        await asyncio.shield(self._refreshing)
        return registry

    async def _found(self, asked: CallTool) -> tuple[Tool, ToolCallable, Adapter]:
        """Return what is called; servers are only asked for tools that are not known yet."""
        try:
            return (await self._ready()).registry.get(asked.tool, asked.callable)
        except ToolNotFound:
            return (await self._complete()).get(asked.tool, asked.callable)

    async def _called(self, origin: Origin, asked: CallTool, tell: Tell) -> bytes:
        parts, (tool, definition, adapter) = await self._ready(), await self._found(asked)
        operation = f"tools.{tool.name}.{definition.name}"
        validate(definition, asked.arguments, operation=operation)
        call = Call(
            tool=tool.name,
            callable=definition.name,
            adapter=tool.adapter,
            effect=definition.effect,
            domain=definition.domain,
            actor=self.sink.identity.actor_did,
            arguments=asked.arguments,
            environment=definition.environment,
            definition_hash=definition.definition_hash,
            what=_preview(adapter, tool, definition, asked.arguments),
            cwd=_folder(adapter),
            thread=origin.thread,
            session=self._session(),
            cell=origin.cell,
        )
        describe = functools.partial(_definition, adapter, call)
        recording = Recording(
            self.sink, origin, parts.redactor, described=self._described, describe=describe
        )
        try:
            admission = await parts.gate.admit(
                call,
                on_wait=self._on_wait,
                on_asked=lambda request: tell("progress", _waiting(call, request)),
                definition=lambda: _hash_now(parts.registry, call),
                describe=describe,
            )
            if admission.is_edited:
                validate(definition, admission.arguments, operation=operation)
        except (PolicyError, ToolArgumentError) as error:
            await to_its_end(recording.refuse, call, error)
            raise
        timeout = _least(asked.timeout, definition.timeout, admission.seconds_left)
        return await self._recorded(
            recording,
            admission,
            lambda: self._carried_out(parts, adapter, admission, timeout, tell),
        )

    async def _recorded(
        self,
        recording: Recording,
        admission: Admission,
        carry_out: Callable[[], Coroutine[Any, Any, tuple[Any, bytes]]],
    ) -> bytes:
        """Carry a call out between its two records: whatever becomes of it, there are both.

        Where the store has to be waited for, or the result is large, they are written in a thread,
        so that this call is held up and no other.
        """
        rule, decision = admission.ruling.rule, admission.decision
        begin = functools.partial(recording.begin, admission.call, rule=rule, decision=decision)
        try:
            await _written(begin)
            result, data = await carry_out()
        except asyncio.CancelledError as error:
            await to_its_end(recording.fail, "cancelled", error)
            raise
        except Exception as error:
            status: Failed = "timeout" if isinstance(error, ToolTimeout) else "error"
            await to_its_end(recording.fail, status, error)
            raise
        end = functools.partial(recording.end, result)
        await (to_its_end(end) if len(data) > INLINE else _written(end))
        return data

    async def _carried_out(
        self,
        parts: Parts,
        adapter: Adapter,
        admission: Admission,
        timeout: float | None,
        tell: Tell,
    ) -> tuple[Any, bytes]:
        """Return the result of a call, and its form on the wire, both without secrets."""
        call, began = admission.call, time.perf_counter()
        printing = Printing(tell, parts.redactor)
        context = CallContext(report=printing.report, secret=parts.secrets.resolve, timeout=timeout)
        data = b""
        try:
            arguments = fill(call.arguments, parts.secrets, allowed=call.environment)
            async with self._turns:
                found = await adapter.call(call.tool, call.callable, arguments, context)
            result = parts.redactor.value(found)
            data = packed("tools.call", result)
        except (Exception, SystemExit, KeyboardInterrupt) as error:  # noqa: BLE001  they end it only
            raise _told(error, call, parts.redactor) from None
        finally:
            printing.close()
            parts.gate.charge(admission, seconds=time.perf_counter() - began, size=len(data))
        return result, data


async def _written(write: Callable[..., None]) -> None:
    """Write a record at once where nobody has to be waited for, else in a thread.

    A commit to the disk takes less time than handing it to a thread and back.
    """
    try:
        write(wait=False)
    except StoreBusy:
        await to_its_end(write)


def _preview(
    adapter: Adapter, tool: Tool, definition: ToolCallable, arguments: dict[str, Any]
) -> str:
    """Return what really happens, a command line or request line, where the adapter can tell."""
    preview = getattr(adapter, "preview", None)
    return str(preview(tool.name, definition.name, arguments)) if preview is not None else ""


def _waiting(call: Call, request: str) -> str:
    """Return what a cell says while somebody is asked: else it would seem to hang."""
    return (
        f"tools.{call.name} waits until somebody allows it: threadbook decision show"
        f" {request[:_SHORT]}, then answer {request[:_SHORT]} approve or reject"
    )


def _folder(adapter: Adapter) -> str:
    """Return the folder in which a call runs, where the adapter can tell."""
    folder = getattr(adapter, "working_folder", None)
    return str(folder()) if folder is not None else ""


def _definition(adapter: Adapter, call: Call) -> str | None:
    """Return what decides a call, as JSON, where the adapter can tell and it is not too long.

    What decides calls by now may be another definition than this call's, which is not to be told.
    """
    definition = getattr(adapter, "definition", None)
    if definition is None:
        return None
    try:
        text = definition_text(definition(call.tool, call.callable))
        is_still = call.definition_hash in _hashes(adapter, call)
    except Exception:  # noqa: BLE001  it is the tool's, and only for people to read
        return None
    return text if is_still and len(text) <= _LONGEST_DEFINITION else None


def _hashes(adapter: Adapter, call: Call) -> set[str]:
    return {
        one.definition_hash
        for tool in adapter.tools()
        if tool.name == call.tool
        for one in tool.callables
        if one.name == call.callable
    }


def _hash_now(registry: Registry, call: Call) -> str | None:
    """Return the hash of the definition as it is now, None where the tool is gone."""
    try:
        return registry.get(call.tool, call.callable)[1].definition_hash
    except ToolNotFound:
        return None


def _least(*seconds: float | None) -> float | None:
    return min((each for each in seconds if each is not None), default=None)


def _closed(method: str) -> NamespaceError:
    return NamespaceError(
        f"{method}: the broker is closed", remedy="what was called may have been done"
    )


def _told(error: BaseException, call: Call, redactor: Redactor) -> NamespaceError:
    """Return an error as the cell may know it: of our own tree, and without secrets."""
    kind: Any = known_kind(error) if isinstance(error, NamespaceError) else ToolCallError
    remedy = error.remedy if isinstance(error, ThreadbookError) else ""
    told: NamespaceError = kind(
        clean(redactor.text(message_of_error(error))),  # a stranger's; terminals would obey
        remedy=redactor.text(remedy) or None,
        namespace="tools",
        operation=f"tools.{call.name}",
        original_type=getattr(error, "original_type", "") or type(error).__name__,
    )
    return told
