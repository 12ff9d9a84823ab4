"""`threadbook policy`: check the rules for tools, and see which of them decides."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, cast, get_args

import msgspec
import typer

from threadbook.cli.display import print_data, print_lines
from threadbook.cli.options import Output, OutputOption
from threadbook.errors import ConfigError
from threadbook.tables import visible_text
from threadbook.text import count_text
from threadbook.tools.call import Call
from threadbook.tools.definition import Effect
from threadbook.tools.policy import Policy

app = typer.Typer(
    no_args_is_help=True,
    help="Check the rules for tools, and see which of them decides.",
    rich_markup_mode=None,
)

FileArgument = Annotated[Path, typer.Argument(help="A policy: TOML, as in docs/policy.md.")]


@app.command(epilog="Exit status: 0 it can be used, 2 it cannot.")
def check(file: FileArgument) -> None:
    """Check that a policy can be used, and say what it holds."""
    policy = Policy.load(file)
    print_lines(f"{count_text(len(policy.rules), 'rule')}, of which the first that matches decides")
    for rule in policy.rules:
        print_lines(f"{rule.action:6} {visible_text(rule.name)}")


@app.command()
def explain(
    file: FileArgument,
    tool: Annotated[str, typer.Option("--tool", help="The tool, or tool.callable.")],
    effect: Annotated[
        str, typer.Option("--effect", help="What it does: read, write or destructive.")
    ] = "write",
    adapter: Annotated[
        str, typer.Option("--adapter", help="What it is: python, cli, mcp, http or openapi.")
    ] = "python",
    domain: Annotated[str, typer.Option("--domain", help="The domain of trust.")] = "general",
    actor: Annotated[str, typer.Option("--actor", help="DID of who calls.")] = "did:sync:agent:any",
    argument: Annotated[
        list[str] | None,
        typer.Option("--argument", help="name=value, value as JSON or else as text."),
    ] = None,
    trust: Annotated[
        float | None, typer.Option("--trust", min=0, max=1, help="How the actor is trusted.")
    ] = None,
    output: OutputOption = Output.table,
) -> None:
    """Say what would become of a call, and why. Nothing is called."""
    if effect not in get_args(Effect):
        raise ConfigError(
            f"no effect {effect!r:.100}", remedy=f"one of {', '.join(get_args(Effect))}"
        )
    name, _, callable_ = tool.partition(".")
    call = Call(
        tool=name,
        callable=callable_ or name,
        adapter=adapter,
        effect=cast("Effect", effect),
        domain=domain,
        actor=actor,
        definition_hash="",
        arguments=dict(map(_argument, argument or ())),
    )
    policy = Policy.load(file)
    if output is not Output.table:
        print_data([msgspec.to_builtins(policy.decide(call, trust))], Output.jsonl)
        return
    for line in policy.explain(call, trust):
        print_lines(visible_text(line))


def _argument(option: str) -> tuple[str, Any]:
    name, mark, text = option.partition("=")
    if not mark or not name:
        raise ConfigError(f"--argument {option!r:.100}", remedy="name=value")
    try:
        return name, json.loads(text)
    except (ValueError, RecursionError):
        return name, text
