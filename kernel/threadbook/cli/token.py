"""`threadbook token`: who may use the service. Works on the store itself, service up or not."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from threadbook.cli.display import plain, print_data, print_lines, print_table
from threadbook.cli.options import Output, OutputOption, StoreOption, open_store, settings_for
from threadbook.errors import ConfigError
from threadbook.service.grants import Grant
from threadbook.service.issuer import FIRST_ACCOUNT, ROTATION_GRACE_MS, Issued, Issuer, unix_ms
from threadbook.service.scopes import PRESETS
from threadbook.service.tokens import Token

app = typer.Typer(
    no_args_is_help=True,
    help="Issue, list and end the tokens of the record service.",
    rich_markup_mode=None,
)

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_SHOWN = 12

TokenArgument = Annotated[str, typer.Argument(help="Id of the token, or its first characters.")]
ActorsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--actors",
        help="DIDs it may write as, with commas; did:sync:agent:* for all that begin so, * for"
        " any. Its own did:sync:system:<account> is always one.",
    ),
]
ExpiresOption = Annotated[
    str | None, typer.Option("--expires", help="After which time it ends, such as 12h or 30d.")
]
NoteOption = Annotated[str, typer.Option("--note", help="What it is for.")]
SaveOption = Annotated[
    Path | None,
    typer.Option("--save", help="Write the token to this file (mode 0600) instead of printing it."),
]


@app.command()
def bootstrap(
    account: Annotated[str, typer.Option("--account", help="Name of the account.")] = FIRST_ACCOUNT,
    save: SaveOption = None,
    store: StoreOption = None,
    output: OutputOption = Output.table,
) -> None:
    """Issue the first token, which may do everything; once there has been one, refuse."""
    with _issuer(store) as issuer, _kept(save) as keep:
        issued = issuer.bootstrap(account, note="bootstrap")
        keep(issued.token)
    _print_issued(issued, save, output)


@app.command()
def create(
    account: Annotated[str, typer.Argument(help="Name of the account: a-z, 0-9 and -.")],
    scopes: Annotated[
        list[str] | None,
        typer.Option("--scopes", help="What it allows, with commas: records:read,records:write."),
    ] = None,
    preset: Annotated[
        str | None, typer.Option("--preset", help=f"A set of scopes: {', '.join(PRESETS)}.")
    ] = None,
    actors: ActorsOption = None,
    expires: ExpiresOption = None,
    note: NoteOption = "",
    save: SaveOption = None,
    store: StoreOption = None,
    output: OutputOption = Output.table,
) -> None:
    """Issue a token."""
    with _issuer(store) as issuer, _kept(save) as keep:
        issued = issuer.create(
            account,
            scopes=_scopes(scopes, preset),
            actors=_split(actors),
            expires_at=_moment(expires),
            note=note,
        )
        keep(issued.token)
    _print_issued(issued, save, output)


@app.command("list")
def list_tokens(
    all_: Annotated[
        bool, typer.Option("--all", help="Also those that are revoked or expired.")
    ] = False,
    store: StoreOption = None,
    output: OutputOption = Output.table,
) -> None:
    """List tokens, the newest first."""
    now = unix_ms()
    with _issuer(store) as issuer:
        grants = [grant for grant in issuer.grants() if all_ or grant.status(now) == "live"][::-1]
    if output is not Output.table:
        print_data((grant.as_dict(now) for grant in grants), output)
    elif not grants:
        typer.echo("no tokens: `threadbook token create`, or `bootstrap` for the first")
    else:
        rows = [
            (
                grant.token[:_SHOWN],
                grant.account,
                _status(grant),
                _time_text(grant.expires_at),
                ",".join(sorted(grant.scopes)),
                ",".join(grant.actors),
                grant.note,
            )
            for grant in grants
        ]
        print_table(("id", "account", "status", "expires", "scopes", "actors", "note"), rows)


@app.command()
def show(
    token: TokenArgument, store: StoreOption = None, output: OutputOption = Output.table
) -> None:
    """Show what a token may do, and where it came from."""
    with _issuer(store) as issuer:
        grant = issuer.find(token)
        successor = issuer.grants().successor(grant.token)
    fields = {**grant.as_dict(unix_ms()), "replaced_by": successor.token if successor else None}
    if output is not Output.table:
        print_data([fields], Output.jsonl)
        return
    for name in ("id", "account", "did", "scopes", "actors", "note", "replaces", "replaced_by"):
        value = fields[name]
        print_lines(f"{name:12}{' '.join(value) if isinstance(value, list) else value or '-'}")
    print_lines(f"{'status':12}{_status(grant)}")
    print_lines(f"{'expires':12}{_time_text(grant.expires_at)}")


@app.command()
def rotate(
    token: TokenArgument,
    grace: Annotated[
        str, typer.Option("--grace", help="How long the old one still counts, such as 0s or 10m.")
    ] = f"{ROTATION_GRACE_MS // 1000}s",
    expires: ExpiresOption = None,
    save: SaveOption = None,
    store: StoreOption = None,
    output: OutputOption = Output.table,
) -> None:
    """Issue a token that may do the same, and end the old one after a grace."""
    with _issuer(store) as issuer, _kept(save) as keep:
        issued = issuer.rotate(token, grace_ms=_milliseconds(grace), expires_at=_moment(expires))
        keep(issued.token)
    _print_issued(issued, save, output)


@app.command()
def revoke(
    token: TokenArgument,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the record.")] = "",
    store: StoreOption = None,
) -> None:
    """End a token at once."""
    with _issuer(store) as issuer:
        grant = issuer.revoke(token, reason=reason)
        heirs = [each for each in issuer.grants().heirs(grant.token) if _is_live(each)]
    print_lines(f"{grant.token[:_SHOWN]} of {grant.account} is {_status(grant)}")
    for heir in heirs:
        print_lines(f"{heir.token[:_SHOWN]} of {heir.account}, which came of it, still counts")


@contextmanager
def _issuer(store: str | None) -> Iterator[Issuer]:
    with open_store(store) as log:
        yield Issuer(log, settings_for(store).identity())


class _Keeper:
    """Writes a token to a file, whose folder was found to be writable before it was issued."""

    def __init__(self, file: Path, draft: Path) -> None:
        self._file = file
        self._draft = draft

    def __call__(self, token: Token) -> None:
        try:
            with self._draft.open("w") as stream:
                stream.write(f"{token.reveal()}\n")
                stream.flush()
                os.fsync(stream.fileno())
            self._draft.replace(self._file)
        except OSError as error:
            raise ConfigError(
                f"cannot write {self._file}: {error.strerror}",
                remedy=f"the token {token.id[:_SHOWN]} was issued: revoke it, make room, try again",
            ) from error


@contextmanager
def _kept(file: Path | None) -> Iterator[Any]:
    """Yield what is to be called with the token, if it is to be written to a file."""
    if file is None:
        yield lambda _token: None
        return
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise ConfigError(f"cannot write to {file.parent}: {error.strerror}") from error
    try:
        yield _Keeper(file, draft)
    finally:
        draft.unlink(missing_ok=True)


def _print_issued(issued: Issued, save: Path | None, output: Output) -> None:
    grant = issued.grant
    shown = {} if save else {"token": issued.token.reveal()}
    if output is not Output.table:
        print_data([{**grant.as_dict(unix_ms()), **shown}], Output.jsonl)
        return
    print_lines(f"id      {grant.token}\naccount {grant.account}")
    print_lines(f"expires {_time_text(grant.expires_at)}")
    if save:
        print_lines(f"token   in {plain(str(save))}")
    else:
        print_lines(f"token   {issued.token.reveal()}")
        typer.echo("it is shown once and kept nowhere: keep it now", err=True)


def _status(grant: Grant) -> str:
    status = grant.status(unix_ms())
    if status == "live" and grant.revoked_at is not None:
        return f"live until {_time_text(grant.revoked_at)}"
    return status


def _is_live(grant: Grant) -> bool:
    return grant.status(unix_ms()) == "live"


def _time_text(milliseconds: int | None) -> str:
    if milliseconds is None:
        return "never"
    moment = datetime.fromtimestamp(milliseconds / 1000).astimezone()
    return moment.isoformat(sep=" ", timespec="seconds")


def _scopes(scopes: list[str] | None, preset: str | None) -> tuple[str, ...]:
    if preset is not None and preset not in PRESETS:
        raise ConfigError(f"no preset {preset!r}", remedy=f"one of {', '.join(PRESETS)}")
    named = PRESETS[preset] if preset is not None else ()
    return (*named, *_split(scopes))


def _split(options: list[str] | None) -> tuple[str, ...]:
    """Return the parts of options that may be repeated and may hold several, with commas."""
    parts = (part.strip() for option in options or () for part in option.split(","))
    return tuple(part for part in parts if part)


def _moment(lifetime: str | None) -> int | None:
    return None if lifetime is None else unix_ms() + _milliseconds(lifetime)


def _milliseconds(text: str) -> int:
    """Return a time span such as 90s, 12h or 30d in milliseconds."""
    found = re.fullmatch(r"([0-9]{1,9})([smhd])", text)
    if found is None:
        raise ConfigError(f"{text!r} is no span of time", remedy="such as 90s, 15m, 12h or 30d")
    return int(found[1]) * _UNITS[found[2]] * 1000
