"""`threadbook intend|do|know|learn`: write a record by hand."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from threadbook.cli.display import plain, print_data, print_lines
from threadbook.cli.options import (
    Output,
    OutputOption,
    StoreOption,
    open_store,
    settings_for,
)
from threadbook.errors import ConfigError
from threadbook.records.kinds import has_explicit_version, validate_kind
from threadbook.records.record import Act, Draft, new_thread_id

app = typer.Typer(rich_markup_mode=None)

TextArgument = Annotated[str, typer.Argument(help="What to record.")]
ThreadOption = Annotated[str, typer.Option("--thread", help="Thread id, or its beginning.")]
KindOption = Annotated[str | None, typer.Option("--kind", help="Kind of the record.")]
BodyOption = Annotated[str | None, typer.Option("--body", help="More fields, a JSON object.")]


@app.command()
def intend(
    goal: TextArgument,
    thread: Annotated[str | None, typer.Option("--thread", help="Thread id, new or not.")] = None,
    kind: KindOption = None,
    body: BodyOption = None,
    store: StoreOption = None,
    output: OutputOption = Output.table,
) -> None:
    """State a goal; without --thread it opens a new thread."""
    fields = {"goal": goal}
    _emit(Act.INTEND, kind or "core.intent", fields, body, thread, store, output)


@app.command()
def do(
    description: TextArgument,
    thread: ThreadOption,
    kind: KindOption = None,
    body: BodyOption = None,
    store: StoreOption = None,
    output: OutputOption = Output.table,
) -> None:
    """Record an action."""
    fields = {"description": description}
    _emit(Act.DO, kind or "core.action", fields, body, thread, store, output)


@app.command()
def know(
    summary: TextArgument,
    thread: ThreadOption,
    fulfills: Annotated[
        str | None, typer.Option("--fulfills", help="Id of the intent that this fulfills.")
    ] = None,
    kind: KindOption = None,
    body: BodyOption = None,
    store: StoreOption = None,
    output: OutputOption = Output.table,
) -> None:
    """Record an observation, or what came of a goal."""
    fields = {"summary": summary}
    if fulfills is not None:
        fields["fulfills"] = fulfills
    default = "core.outcome" if fulfills else "core.observation"
    _emit(Act.KNOW, kind or default, fields, body, thread, store, output)


@app.command()
def learn(
    insight: TextArgument,
    thread: ThreadOption,
    kind: KindOption = None,
    body: BodyOption = None,
    store: StoreOption = None,
    output: OutputOption = Output.table,
) -> None:
    """Record a lasting insight."""
    fields = {"insight": insight}
    _emit(Act.LEARN, kind or "core.insight", fields, body, thread, store, output)


def _emit(
    act: Act,
    kind: str,
    fields: dict[str, Any],
    more: str | None,
    thread: str | None,
    store: str | None,
    output: Output,
) -> None:
    content = {**_json_object(more), **fields, "kind": validate_kind(kind)}
    if not has_explicit_version(kind):
        content.setdefault("_v", 1)
    with open_store(store) as log:
        # An intent may open a thread, so its id is taken as it is.
        name = log.resolve_thread(thread or "") if act != Act.INTEND else thread or new_thread_id()
        head = log.head(name)
        draft = Draft(act=act, body=content, thread=name, parents=(head.id,) if head else ())
        stored = log.append(draft, by=settings_for(store).identity())
    if output is Output.table:
        print_lines(f"record {stored.id}\nthread {plain(stored.thread)}")
    else:
        print_data([stored.as_dict()], Output.jsonl)


def _json_object(text: str | None) -> dict[str, Any]:
    if text is None:
        return {}
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"--body is no JSON: {error}") from None
    if not isinstance(value, dict):
        raise ConfigError("--body is JSON, but no object", remedy="e.g. --body '{\"n\": 1}'")
    return value
