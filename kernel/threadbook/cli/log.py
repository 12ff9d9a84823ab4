"""`threadbook log`: checkpoints, and proofs of what a log holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from threadbook.cli.display import print_lines
from threadbook.cli.options import Output, OutputOption, StoreOption, open_store, settings_for
from threadbook.errors import ConfigError, ProofError
from threadbook.log.checkpoints import Checkpointer, SignedHead
from threadbook.log.proofs import (
    LARGEST_FILE,
    Checked,
    GrowthProof,
    RecordProof,
    check_proof,
    prove_growth,
    prove_record,
    read_proof,
    write_proof,
)
from threadbook.records.identity import public_key_of
from threadbook.text import MARKS, count_text

FAILED = 1

app = typer.Typer(
    no_args_is_help=True,
    help="Sign checkpoints; make and check proofs.",
    rich_markup_mode=None,
)

OutOption = Annotated[
    Path | None, typer.Option("--out", help="Write to this file instead of printing.")
]
KeyOption = Annotated[
    str | None, typer.Option("--key", help="The did:key that must have signed the checkpoint.")
]


@app.command(
    epilog="Exit status: 0 done, 1 the log is not what was signed before, 2 it could not be done."
)
def checkpoint(
    store: StoreOption = None, out: OutOption = None, output: OutputOption = Output.table
) -> None:
    """Sign what the log holds now: a text for others to keep.

    The checkpoint is appended to the log too, unless nothing is new since your last one.
    """
    identity = settings_for(store).identity()
    if not identity.can_sign:
        raise ConfigError(
            f"{identity.actor_did} has no key: a checkpoint in its name would prove nothing",
            remedy="unset THREADBOOK_ACTOR to sign with your key",
        )
    with _failing(), open_store(store, must_exist=True) as log:
        checkpointer = Checkpointer(log, identity)
        checkpointer.append()
        last = checkpointer.last()
        head = SignedHead.of(last.record) if last else None
        if last is None or head is None:
            raise ProofError("the log holds no records yet: there is nothing to sign")
    text = head.note
    if output is not Output.table:
        fields = {"origin": head.origin, "size": head.size, "root": head.root.hex()}
        text = _json({**fields, "signer": head.signer, "record": last.id, "note": text}, output)
    _hand_out(text, out, f"checkpoint of {count_text(head.size, 'record')}")


@app.command(epilog="Exit status: 0 done, 1 there is no such proof, 2 it could not be done.")
def prove(
    record: Annotated[str | None, typer.Argument(help="Id of the record to prove.")] = None,
    old: Annotated[
        Path | None, typer.Option("--from", help="Prove that the log extends this checkpoint.")
    ] = None,
    size: Annotated[
        int | None,
        typer.Option("--size", min=1, help="Prove it within the first so many records."),
    ] = None,
    store: StoreOption = None,
    out: OutOption = None,
) -> None:
    """Prove that a record is in the log, or that the log extends an older checkpoint.

    The proof stands alone: `threadbook log check FILE` needs no store. It holds the newest
    checkpoint of the log that covers it; where there is none, it is signed with your key.
    """
    if (record is None) == (old is None):
        raise ConfigError("name a record, or an older checkpoint with --from")
    identity = settings_for(store).identity()
    proof: RecordProof | GrowthProof
    with _failing(), open_store(store, must_exist=True) as log:
        if record is not None:
            proof = prove_record(log, record, size=size, by=identity)
        else:
            assert old is not None  # noqa: S101  one of the two is given
            head = read_proof(_read(old))
            if not isinstance(head, SignedHead):
                raise ConfigError(f"{old} holds a proof, not a checkpoint")
            proof = prove_growth(log, head, size=size, by=identity)
    _hand_out(write_proof(proof), out, "proof")


@app.command(
    epilog="Exit status: 0 everything holds, 1 something does not, 2 it could not be checked."
)
def check(
    file: Annotated[Path, typer.Argument(help="A checkpoint or a proof.")],
    against: Annotated[
        str | None,
        typer.Option("--against", help="Store URL or SQLite file that must extend the checkpoint."),
    ] = None,
    key: KeyOption = None,
    output: OutputOption = Output.table,
) -> None:
    """Check a checkpoint or a proof: alone, or against a store.

    Against a store, all the records that the checkpoint covers are read: it passes if it still
    holds them, each in its place, and did nothing but grow.
    """
    if key is not None:
        public_key_of(key)
    data = _read(file)
    with _failing():
        proof = read_proof(data, key=key)
        if against is None:
            checked = check_proof(proof, key=key)
        else:
            with open_store(against, must_exist=True) as log:
                checked = check_proof(proof, key=key, against=log)
    if output is Output.table:
        print_lines("\n".join(_lines(checked, is_key_expected=key is not None)))
    else:
        fields = msgspec.to_builtins(checked)
        told = {name: value for name, value in fields.items() if value is not None}
        print(_json({"holds": checked.holds, **told}, output))  # noqa: T201
    raise typer.Exit(0 if checked.holds else FAILED)


def _lines(checked: Checked, *, is_key_expected: bool) -> Iterator[str]:
    if not checked.holds:
        yield f"{MARKS[False]} {checked.problem}"
        return
    records = count_text(checked.size, "record")
    if checked.record is not None:
        yield f"{MARKS[True]} record {checked.record} is number {checked.seq:,} of {records}"
        if not checked.has_content:
            yield "  what it said is not shown: its content was erased"
        elif not checked.is_signed:
            yield "  its actor has no key: that it wrote this is unverified"
    elif checked.old_size is not None:
        old = count_text(checked.old_size, "record")
        yield f"{MARKS[True]} the log of {records} begins with the {old} of the older checkpoint"
    else:
        yield f"{MARKS[True]} a checkpoint of {records}"
    yield f"  of the log {checked.origin}"
    yield f"  signed by {checked.signer}"
    if not is_key_expected:
        yield "  whose key that is, the file cannot tell: --key checks that it is the one you know"
    if checked.grown_to is not None:
        yield f"{MARKS[True]} the store holds these records, each in its place"
        yield f"  it has {count_text(checked.grown_to, 'record')} now"
        if checked.erased:
            yield f"  the content of {count_text(checked.erased, 'record')} was erased"


@contextmanager
def _failing() -> Iterator[None]:
    """Say what cannot be proven; that is exit status 1."""
    try:
        yield
    except ProofError as error:
        typer.echo(f"threadbook: {error}", err=True)
        raise typer.Exit(FAILED) from None


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(LARGEST_FILE + 1)
    except OSError as error:
        raise ConfigError(f"cannot read {file}: {error.strerror}") from None


def _hand_out(text: str, out: Path | None, what: str) -> None:
    if out is None:
        print(text, end="" if text.endswith("\n") else "\n")  # noqa: T201
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"cannot write {out}: {error.strerror}") from None
    print_lines(f"{what} written to {out}")


def _json(fields: dict[str, Any], output: Output) -> str:
    return json.dumps(fields, indent=2 if output is Output.json else None)
