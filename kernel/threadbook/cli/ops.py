"""`threadbook backup|restore|doctor|repair|migrate|erase`: keep a log alive over years."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from threadbook.cli.display import plain, print_data, print_lines, print_table
from threadbook.cli.options import Output, OutputOption, StoreOption, open_store, settings_for
from threadbook.config import store_url, without_password
from threadbook.errors import ConfigError
from threadbook.ops.backup import DEFAULT_KEEP
from threadbook.ops.backup import backup as back_up
from threadbook.ops.doctor import examine
from threadbook.ops.erase import erase as erase_content
from threadbook.ops.erase import finish as finish_erasures
from threadbook.ops.migrate import migrate as migrate_log
from threadbook.ops.migrate import schema_of
from threadbook.ops.repair import Lost
from threadbook.ops.repair import repair as repair_file
from threadbook.ops.restore import restore as restore_backup
from threadbook.text import count_text

app = typer.Typer(rich_markup_mode=None)

_SHOWN = 20
FOUND_WRONG = 1
"""Exit status: the command did its work and found something wrong."""


@app.command()
def backup(
    to: Annotated[
        Path | None,
        typer.Argument(
            help="A folder for dated copies, or a file that ends in .db; by default the folder"
            " `backups` beside the store."
        ),
    ] = None,
    store: StoreOption = None,
    keep: Annotated[
        int, typer.Option("--keep", min=1, help="How many dated copies stay.")
    ] = DEFAULT_KEEP,
    force_new_series: Annotated[
        bool,
        typer.Option(
            "--force-new-series",
            help="Begin anew where the log does not continue that of the last copy.",
        ),
    ] = False,
    output: OutputOption = Output.table,
) -> None:
    """Make a verified copy of a log while it is written to."""
    with open_store(store, must_exist=True) as log:
        made = back_up(log, to, keep=keep, new_series=force_new_series)
    if output is not Output.table:
        print_data([_data(made)], output)
        return
    what = f"{count_text(made.records, 'record')}, {count_text(made.blobs, 'blob')}"
    print_lines(f"✓ {what} verified in {made.path}")
    for path in made.removed:
        print_lines(f"removed {path}, beyond the {keep} that stay")
    for path in made.unreadable:
        print_lines(f"! {path} is damaged: move it away")


@app.command()
def restore(
    source: Annotated[Path, typer.Argument(metavar="FROM", help="The backup.")],
    to: Annotated[
        str | None,
        typer.Option("--to", help="The store to fill; by default that of the environment."),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Move a store that is there aside.")
    ] = False,
    output: OutputOption = Output.table,
) -> None:
    """Put a backup in the place of a store."""
    done = restore_backup(source, settings_for(to).store, replace=replace)
    if output is not Output.table:
        print_data([{**_data(done), "store": without_password(done.store)}], output)
        return
    what = f"{count_text(done.records, 'record')}, {count_text(done.blobs, 'blob')}"
    print_lines(f"✓ {what} restored and verified in {without_password(done.store)}")
    if done.moved_to:
        print_lines(f"what was there is in {done.moved_to}")


@app.command(
    epilog="Exit status: 0 all is well or only to be looked at, 1 something failed, 2 no answer."
)
def doctor(
    store: StoreOption = None,
    full: Annotated[
        bool, typer.Option("--full", help="Verify everything, not the newest records only.")
    ] = False,
    output: OutputOption = Output.table,
) -> None:
    """Look at everything a log depends on, and change nothing."""
    checks = list(examine(store, full=full))
    if output is not Output.table:
        print_data([_data(check) for check in checks], output)
    else:
        print_table(
            ("", "check", "what", "remedy"),
            [
                (_MARKS[check.status], check.name, plain(check.detail), plain(check.remedy))
                for check in checks
            ],
        )
    raise typer.Exit(FOUND_WRONG if any(check.status == "fail" for check in checks) else 0)


_MARKS = {"ok": "✓", "warn": "!", "fail": "✗"}


@app.command(epilog="Exit status: 0 all was saved, 1 something is lost, 2 nothing could be done.")
def repair(
    source: Annotated[
        Path, typer.Argument(metavar="FROM", help="The damaged file; it is not written to.")
    ],
    to: Annotated[Path, typer.Option("--to", help="The new store.")],
    output: OutputOption = Output.table,
) -> None:
    """Save what can be saved of a damaged SQLite store."""
    done = repair_file(source, to, by=settings_for(None).identity())
    if output is not Output.table:
        print_data([_data(done)], output)
    else:
        what = f"{count_text(done.records, 'record')}, {count_text(done.blobs, 'blob')}"
        print_lines(f"{'✗' if done.lost else '✓'} {what} saved in {done.path}")
        if done.moved:
            print_lines(f"unchanged up to seq {done.intact}, moved to a new seq: {done.moved}")
        if done.lost:
            print_lines(f"{count_text(len(done.lost), 'record')} lost:")
            print_table(("seq", "id", "thread"), [_lost(lost) for lost in done.lost[:_SHOWN]])
            if len(done.lost) > _SHOWN:
                print_lines(f"{len(done.lost) - _SHOWN} more: -o json shows all")
    raise typer.Exit(FOUND_WRONG if done.lost or done.intact < done.records else 0)


def _lost(lost: Lost) -> tuple[str, str, str]:
    return str(lost.seq), lost.id or "unknown", lost.thread or "unknown"


@app.command()
def migrate(
    source: Annotated[
        str | None, typer.Argument(metavar="FROM", help="The store to copy; it is not changed.")
    ] = None,
    target: Annotated[
        str | None,
        typer.Argument(metavar="TO", help="An empty store, or one that this copy was begun in."),
    ] = None,
    status: Annotated[
        bool, typer.Option("--status", help="Only tell the schema version of FROM.")
    ] = False,
    output: OutputOption = Output.table,
) -> None:
    """Copy a whole log into another store."""
    if status:
        schema = schema_of(settings_for(source).store)
        if output is not Output.table:
            print_data([_data(schema)], output)
        else:
            print_lines(f"schema version {schema.version}, the newest known is {schema.newest}")
        raise typer.Exit(FOUND_WRONG if schema.version > schema.newest else 0)
    if source is None or target is None:
        raise ConfigError("name two stores", remedy="threadbook migrate FROM TO")
    done = migrate_log(store_url(source), store_url(target))
    if output is not Output.table:
        data = {"records": done.records, "blobs": done.blobs, "size": done.tip.seq}
        print_data([data], output)
        return
    added = f"{count_text(done.records, 'record')} and {count_text(done.blobs, 'blob')}"
    print_lines(f"✓ {added} copied; {count_text(done.tip.seq, 'record')} verified in the target")


@app.command()
def erase(
    records: Annotated[list[str] | None, typer.Argument(help="Ids of records, in full.")] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept for good.")] = "",
    authorized_by: Annotated[
        str | None, typer.Option("--authorized-by", help="Who ordered it; by default you.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    finish: Annotated[bool, typer.Option("--finish", help="Carry out what was cut short.")] = False,
    store: StoreOption = None,
    output: OutputOption = Output.table,
) -> None:
    """Remove the content of records for good."""
    with open_store(store, must_exist=True) as log:
        if finish:
            done = finish_erasures(log)
        else:
            if not records:
                raise ConfigError("name the records to erase", remedy="threadbook erase ID…")
            _confirm(len(records), yes=yes)
            done = erase_content(
                log,
                records,
                reason=reason,
                by=settings_for(store).identity(),
                authorized_by=authorized_by,
            )
    if output is not Output.table:
        print_data([_data(done)], output)
        return
    what = f"{count_text(len(done.records), 'record')} and {count_text(len(done.blobs), 'blob')}"
    print_lines(f"✓ the content of {what} is erased from the store")
    if done.records:
        print_lines("backups and exports made before still hold it")


def _confirm(number: int, *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise ConfigError("erasing cannot be undone", remedy="--yes if you are sure")
    question = f"Erase the content of {count_text(number, 'record')}? It cannot be undone."
    if not typer.confirm(question):
        raise ConfigError("nothing was erased")


def _data(item: msgspec.Struct) -> dict[str, Any]:
    """Return a result as JSON has it."""
    data: dict[str, Any] = msgspec.to_builtins(item, enc_hook=str)
    return data
