"""`threadbook decision`: see what waits for somebody, answer it, and end approvals that hold."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
import typer

from threadbook.cli.display import print_data, print_lines, print_table
from threadbook.cli.options import (
    Output,
    OutputOption,
    StoreOption,
    ThreadOption,
    open_store,
    settings_for,
)
from threadbook.errors import ConfigError, PreconditionFailed
from threadbook.folds.decisions import (
    DecisionsFold,
    Request,
    history,
    pending,
    refusal,
)
from threadbook.folds.fold import Projection
from threadbook.folds.grants import (
    FOR_SESSION,
    ONCE,
    UNTIL,
    Grant,
    GrantsFold,
    GrantsState,
    live,
    may_end,
)
from threadbook.log.log import Log
from threadbook.records.bodies import Correction
from threadbook.records.identity import Identity
from threadbook.tables import visible_text
from threadbook.text import actor_text, moment_text
from threadbook.tools.answering import Reply, context_of, reply_to, resolved

T = TypeVar("T", Request, Grant)

app = typer.Typer(
    no_args_is_help=True,
    help="List what waits for a decision, answer it, and end approvals.",
    rich_markup_mode=None,
)

_SHOWN = 12

RequestArgument = Annotated[str, typer.Argument(help="Id of the request, or its first characters.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; it is recorded.")]
ActorOption = Annotated[
    str | None, typer.Option("--actor", help="Answer under this DID, without a key: unverified.")
]
KeyOption = Annotated[
    Path | None,
    typer.Option("--key", help="Answer with the key in this file; it is made if it is not there."),
]


@app.command("list")
def list_decisions(
    thread: ThreadOption = None,
    all_: Annotated[
        bool, typer.Option("--all", help="Also what was answered, withdrawn or has expired.")
    ] = False,
    store: StoreOption = None,
    output: OutputOption = Output.table,
) -> None:
    """List what waits: what blocks work first, then the oldest."""
    now = _now()
    with open_store(store) as log:
        name = log.resolve_thread(thread) if thread else None
        state = Projection(log, DecisionsFold(_operator(store))).read().value
    if all_:
        found = history(state, as_of=now, thread=name)
    else:
        found = pending(state, as_of=now, thread=name)
    if output is not Output.table:
        print_data((_as_dict(request, now) for request in found), output)
    elif not found:
        typer.echo("nothing waits for a decision")
    else:
        rows = [
            (
                request.id[:_SHOWN],
                request.status(now),
                actor_text(request.requester),
                moment_text(request.expires_at),
                visible_text(request.question),
            )
            for request in found
        ]
        print_table(("id", "status", "requester", "expires", "what"), rows)


@app.command()
def show(
    request: RequestArgument, store: StoreOption = None, output: OutputOption = Output.table
) -> None:
    r"""Show all that is known of a request: what will happen, who asks, and what was answered.

    What cannot be printed is written out, such as \x1b, so that nothing hides.
    """
    with open_store(store) as log:
        found = _find(_state(log, store).decisions.requests, request, "request")
        context = resolved(log, context_of(log, found.id))
    fields = _as_dict(found, _now())
    if output is not Output.table:
        print_data([{**fields, "context": context}], Output.jsonl)
        return
    for name in ("id", "status", "thread", "requester", "question", "subject", "options"):
        _print_field(name, fields.get(name))
    _print_field("expires", moment_text(found.expires_at))
    arguments = context.pop("arguments", None)
    context.pop("definition_blob", None)  # for programs: -o json
    for name, value in context.items():
        _print_field(name, value)
    for name, value in arguments.items() if isinstance(arguments, dict) else ():
        _print_field("argument", f"{name} = {json.dumps(value, ensure_ascii=False)}")
    if found.answer is not None:
        answer = found.answer
        _print_field("answer", f"{answer.decision} by {answer.actor}: record {answer.id}")
        _print_field("reason", answer.reason)
    for refused in found.refused:
        _print_field("not counted", f"{refused.actor}: {refused.why}")


@app.command()
def answer(
    request: RequestArgument,
    decision: Annotated[
        str, typer.Argument(help="approve, reject, provide, acknowledge, or one of its options.")
    ],
    scope: Annotated[
        str, typer.Option("--for", help="Approve this call (once), or also later ones (session).")
    ] = "once",
    until: Annotated[
        str | None, typer.Option("--until", help="Approve later calls too, before this date.")
    ] = None,
    matching: Annotated[
        list[str] | None,
        typer.Option(
            "--matching",
            help="name=pattern for each argument of later calls; without, they are the same.",
        ),
    ] = None,
    arguments: Annotated[
        str | None, typer.Option("--arguments", help="Call with these instead: a JSON object.")
    ] = None,
    value: Annotated[
        str | None, typer.Option("--value", help="What is provided, as JSON, with `provide`.")
    ] = None,
    reason: ReasonOption = "",
    actor: ActorOption = None,
    key: KeyOption = None,
    store: StoreOption = None,
    output: OutputOption = Output.table,
) -> None:
    """Answer a request; the first answer that counts stands."""
    with _answering(store, actor, key) as (log, identity):
        state = _state(log, store)
        found = _find(state.decisions.requests, request, "request")
        why = refusal(state.decisions, found, identity.actor_did, as_of=_now())
        if why is not None:
            raise PreconditionFailed(
                f"an answer by {identity.actor_did} would not count: {why}",
                remedy="answer with another key: --key FILE, which is made if it is not there",
            )
        reply = Reply(
            decision=_word(decision, scope, until),
            reason=reason,
            until=until,
            matching=_matching(matching) if matching else None,
            arguments=None if arguments is None else _json("--arguments", arguments),
            value=None if value is None else _json("--value", value),
        )
        stored = reply_to(log, found, reply, by=identity, operator=_operator(store))
    if output is not Output.table:
        print_data([stored.as_dict()], Output.jsonl)
    else:
        print_lines(f"{reply.decision}: record {stored.id} by {identity.actor_did}")


@app.command()
def grants(
    all_: Annotated[bool, typer.Option("--all", help="Also those that have ended.")] = False,
    store: StoreOption = None,
    output: OutputOption = Output.table,
) -> None:
    """List the approvals that hold for later calls."""
    now = _now()
    with open_store(store) as log:
        state = _state(log, store)
    found = list(state.grants.values()) if all_ else live(state, as_of=now)
    if output is not Output.table:
        rows = ({**msgspec.to_builtins(each), "is_live": each.is_live(now)} for each in found)
        print_data(rows, output)
    elif not found:
        typer.echo("no approval holds for later calls")
    else:
        cells = [
            (
                each.id[:_SHOWN],
                "live" if each.is_live(now) else "ended",
                moment_text(each.until) if each.scope == "until" else "session",
                actor_text(each.answerer),
                visible_text(f"{each.tool}.{each.callable} {_covered(each)}"),
            )
            for each in found
        ]
        print_table(("id", "status", "until", "by", "what"), cells)


@app.command()
def revoke(
    grant: Annotated[str, typer.Argument(help="Id of the approval, or its first characters.")],
    reason: ReasonOption = "",
    actor: ActorOption = None,
    key: KeyOption = None,
    store: StoreOption = None,
) -> None:
    """End an approval: later calls are asked for again."""
    with _answering(store, actor, key) as (log, identity):
        state = _state(log, store)
        found = _find(state.grants, grant, "approval that holds for later calls")
        did, operator = identity.actor_did, _operator(store)
        if not found.is_live(_now()):
            raise PreconditionFailed(f"the approval {found.id[:_SHOWN]} has ended already")
        if not may_end(state, found, did, as_of=_now(), operator=operator):
            raise PreconditionFailed(
                f"{did} cannot end this approval",
                remedy=f"let {found.answerer} do it, or answer with another key: --key FILE",
            )
        body = Correction(
            corrects=[found.id],
            revised_fields={"decision": "reject"},
            reason=reason or "revoked",
            correcting_actor=did,
        )
        stored = log.append(body.draft(thread=found.thread, parents=(found.id,)), by=identity)
    print_lines(f"{found.id[:_SHOWN]} has ended: record {stored.id}")


@contextmanager
def _answering(
    store: str | None, actor: str | None, key: Path | None
) -> Iterator[tuple[Log, Identity]]:
    if actor is not None and key is not None:
        raise ConfigError("--actor and --key name two identities", remedy="give one of them")
    with open_store(store, must_exist=True) as log:
        if key is not None:
            yield log, Identity.key(key)
        else:
            yield log, Identity.static(actor) if actor else settings_for(store).identity()


def _operator(store: str | None) -> str:
    """Return whose grants of tokens are believed: those of this store's own identity."""
    return settings_for(store).identity().actor_did


def _state(log: Log, store: str | None) -> GrantsState:
    return Projection(log, GrantsFold(_operator(store))).read().value


def _find(among: Mapping[str, T], text: str, what: str) -> T:
    """Return what an id names, or a beginning that only it has."""
    found = [each for record_id, each in among.items() if text and record_id.startswith(text)]
    if len(found) == 1:
        return found[0]
    problem = f"the id of more than one {what} begins with" if found else f"no {what} is called"
    raise ConfigError(f"{problem} {text!r:.100}", remedy="`threadbook decision list --all` and"
                      " `threadbook decision grants` show what there is")  # fmt: skip


def _word(decision: str, scope: str, until: str | None) -> str:
    words = {"once": ONCE, "session": FOR_SESSION}
    if scope not in words:
        raise ConfigError(f"--for {scope!r:.100}", remedy="--for once, --for session or --until")
    if until is None and scope == "once":
        return decision
    if decision != ONCE:
        raise ConfigError("--for and --until go with approve")
    if until is None:
        return words[scope]
    if scope != "once":
        raise ConfigError("--for session and --until are two different ends")
    return UNTIL


def _matching(options: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for option in options:
        name, mark, pattern = option.partition("=")
        if not mark or name in found:
            raise ConfigError(f"--matching {option!r:.100}", remedy="name=pattern, each name once")
        found[name] = pattern
    return found


def _json(option: str, text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{option} is not JSON: {error}") from None


def _as_dict(request: Request, as_of: int) -> dict[str, Any]:
    return {**msgspec.to_builtins(request), "status": request.status(as_of)}


def _print_field(name: str, value: Any) -> None:
    if value is None or value in ("", [], {}):
        return
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    print_lines(f"{visible_text(name):13} {visible_text(text)}")


def _covered(grant: Grant) -> str:
    if grant.matching is None:
        return "with the same arguments"
    return ", ".join(f"{name}={pattern}" for name, pattern in grant.matching.items())


def _now() -> int:
    return time.time_ns() // 1_000_000
