"""Command-line programs as tools, described in YAML.

Without recipes, a tool has one callable, named like the tool, with all options and positionals.
With recipes it has one for each, with the parameters that the recipe lists. A value is taken from
the caller, else from the recipe's parameter, else from its preset, else from the schema; an
explicit None leaves the argument out.
"""

from __future__ import annotations

import json
import shlex
import shutil
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from threadbook.errors import ToolArgumentError, ToolCallError, ToolTimeout
from threadbook.tools.adapter import CallContext
from threadbook.tools.adapters.cli_description import CliTool, read_cli
from threadbook.tools.adapters.process import Command, Outcome, Processes
from threadbook.tools.adapters.secret import UsedSecrets
from threadbook.tools.definition import Tool
from threadbook.tools.results import CliResult

INHERITED: Final = ("PATH", "HOME", "LANG", "TMPDIR")
"""The variables that a command gets beside those that its description names."""
_PATH = "/usr/local/bin:/usr/bin:/bin"
_TAIL = 2000
"""Characters of each stream in an error."""


class CliAdapter:
    """Runs a program. `environ` is where the inherited variables are taken from."""

    def __init__(self, described: CliTool, environ: Mapping[str, str]) -> None:
        self._described = described
        self._program_name = described.layout.command[0]
        self._environ = {name: environ[name] for name in INHERITED if name in environ}
        self._environ.setdefault("PATH", _PATH)
        self._processes = Processes()

    def tools(self) -> tuple[Tool, ...]:
        """See Adapter.tools."""
        return (self._described.tool,)

    async def refresh(self) -> None:
        """See Adapter.refresh; what there is stands in the description."""

    def preview(self, tool: str, name: str, arguments: Mapping[str, Any]) -> str:  # noqa: ARG002
        """Return the command line of a call, quoted as for a shell. Raises ToolArgumentError."""
        return shlex.join(self._argv(name, arguments))

    def working_folder(self) -> str:
        """Return where the program runs, as it is now."""
        return self._described.cwd or str(Path.cwd())

    def definition(self, tool: str, name: str) -> dict[str, Any]:  # noqa: ARG002
        """Return what decides a call: what its hash covers."""
        return self._described.callables[name].decides

    async def call(
        self,
        tool: str,  # noqa: ARG002  there is one
        name: str,
        arguments: Mapping[str, Any],
        context: CallContext,
    ) -> CliResult:
        """See Adapter.call."""
        argv = self._argv(name, arguments)
        secrets = UsedSecrets(context.secret)
        env = self._environ | {name: one.fill(secrets) for name, one in self._described.env.items()}
        if refused := [name for name, value in env.items() if not _is_environ_text(value)]:
            raise ToolCallError(f"{refused[0]} holds what no variable of the environment can")
        limits = (context.timeout, self._described.callables[name].known.timeout)
        timeout = min((limit for limit in limits if limit is not None), default=None)
        command = Command(
            argv=(self._program(env["PATH"]), *argv[1:]),
            env=env,
            cwd=self._described.cwd,
            timeout=timeout,
            limit=self._described.description.max_output_bytes,
        )
        outcome = await self._processes.run(command, secrets.redactor(), context.report)
        return self._result(outcome, timeout)

    async def close(self) -> None:
        """See Adapter.close."""
        await self._processes.close()

    def _argv(self, name: str, arguments: Mapping[str, Any]) -> tuple[str, ...]:
        one = self._described.callables[name]
        parameters = {parameter.name: parameter for parameter in one.known.parameters}
        given = {}
        for key, value in arguments.items():
            if key not in parameters:
                raise ToolArgumentError(f"{name} has no parameter {key}")
            given[parameters[key].sent_as] = value
        values = one.values | given
        for parameter in parameters.values():
            if parameter.required and values.get(parameter.sent_as) is None:
                raise ToolArgumentError(f"{name} needs {parameter.name}")
        return self._described.layout.argv(values)

    def _program(self, search: str) -> str:
        """Return the path of the program; one that is named by a path stands beside the file."""
        program = self._program_name
        if "/" in program:
            program = str(self._described.folder / program)
        found = shutil.which(program, path=search)
        if found is None:
            raise ToolCallError(
                f"there is no program {program}",
                remedy=f"install it, or name its path in {self._described.tool.source}",
            )
        return found

    def _result(self, outcome: Outcome, timeout: float | None) -> CliResult:
        program = self._program_name
        if outcome.ended_by == "timeout":
            raise ToolTimeout(
                f"{program} did not end within {timeout:g} s{_said(outcome)}",
                remedy="give it longer with timeout",
            )
        if outcome.ended_by:
            raise ToolCallError(f"{program} was ended, as {outcome.ended_by}{_said(outcome)}")
        if outcome.exit_code and self._described.description.check:
            raise ToolCallError(f"{program} {_end_of(outcome.exit_code)}{_said(outcome)}")
        return CliResult(
            stdout=outcome.stdout,
            stderr=outcome.stderr,
            exit_code=outcome.exit_code,
            duration_ms=outcome.duration_ms,
            value=self._value(outcome),
        )

    def _value(self, outcome: Outcome) -> Any:
        output = self._described.description.output
        if output == "text" or outcome.exit_code:
            return None
        if outcome.is_cut:
            raise ToolCallError(
                f"{self._program_name} printed more than can be read as {output}",
                remedy="raise max_output_bytes",
            )
        if output == "json":
            return _json(self._program_name, outcome.stdout)
        lines = outcome.stdout.split("\n")
        return [line.removesuffix("\r") for line in (lines if lines[-1] else lines[:-1])]


def load_cli(
    path: Path, data: Mapping[str, Any], *, environ: Mapping[str, str] | None = None
) -> CliAdapter:
    """Return the adapter for a description from a file. Raises ToolDefinitionError.

    `environ` has the variables that a command inherits (see INHERITED), if there are any.
    """
    return CliAdapter(read_cli(path, data), environ or {})


def _json(program: str, text: str) -> Any:
    def refuse(constant: str) -> Any:
        raise ValueError(f"{constant} is no JSON")

    try:
        return json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise ToolCallError(
            f"{program} printed what is no JSON: {error}: {text[:200]!r}",
            remedy="set output: text",
        ) from None


def _end_of(exit_code: int) -> str:
    if exit_code > 0:
        return f"ended with exit code {exit_code}"
    try:
        name = signal.Signals(-exit_code).name
    except ValueError:
        name = str(-exit_code)
    return f"was ended by the signal {name} (exit code {exit_code})"


def _said(outcome: Outcome) -> str:
    """Return the end of what a command printed, for an error."""
    said = ""
    for name, text in (("stderr", outcome.stderr), ("stdout", outcome.stdout)):
        if text.strip():
            said += f"\n{name}: {text.strip()[-_TAIL:]}"
    return said


def _is_environ_text(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)
