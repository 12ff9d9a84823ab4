"""Loading: from files, adapters and functions to a registry.

A folder of tools holds `*.yaml` and `*.yml` files, which say `type: cli`, `mcp`, `http` or
`openapi`; `*.json` files with MCP servers, as other programs keep them; and `*.py` files with
functions marked with `@tool`. Files that begin with `_` or `.` are left out, but for `.mcp.json`.
Whoever starts a session names its folders, and is trusted: the Python files are imported here.
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import importlib.util
import re
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import msgspec

from threadbook.errors import ConfigError, ToolDefinitionError
from threadbook.search import Embedder
from threadbook.tools.adapter import Adapter
from threadbook.tools.adapters.python import PythonAdapter, marked_functions
from threadbook.tools.documents import Located, problem_in, read_json, read_yaml
from threadbook.tools.names import tool_name
from threadbook.tools.registry import Problem, Registry

Factory = Callable[[Path, dict[str, Any]], Sequence[Adapter]]
"""Makes the adapters that a file describes. Raises ToolDefinitionError."""

_SUFFIXES = frozenset({".json", ".py", ".yaml", ".yml"})
_SERVERS = "mcpServers"
_MOST_PROBLEM = 2_000


class Loaded(msgspec.Struct):
    """What was loaded, and what could not be."""

    adapters: list[Adapter] = []
    problems: list[Problem] = []


def load_tools(
    sources: Sequence[str | Path | Adapter | Callable[..., Any]],
    *,
    environ: Mapping[str, str],
    factories: Mapping[str, Factory] | None = None,
    embedder: Embedder | None = None,
) -> Registry:
    """Return a registry of the tools in files and folders, of adapters, and of functions.

    A file that cannot be loaded is a problem of the registry, and hides no other. `environ` is
    what files may refer to. Raises ConfigError for a path that is not there, and
    ToolDefinitionError for a function that cannot be offered.
    """
    makers = factories if factories is not None else default_factories(environ)
    loaded = Loaded()
    functions = []
    for source in sources:
        if isinstance(source, str | Path):
            _load_path(Path(source), makers, loaded)
        elif _is_adapter(source):
            loaded.adapters.append(cast("Adapter", source))
        else:
            functions.append(source)
    if functions:
        loaded.adapters.append(PythonAdapter(functions))
    _refuse_duplicates(loaded)
    return Registry(loaded.adapters, problems=loaded.problems, embedder=embedder)


def default_factories(environ: Mapping[str, str]) -> dict[str, Factory]:
    """Return how each type of file is loaded; `mcpServers` are files of other programs."""
    return {
        "cli": functools.partial(_load_one, "cli", "load_cli", environ=environ),
        "http": functools.partial(_load_one, "http", "load_http"),
        "openapi": functools.partial(_load_one, "openapi", "load_openapi"),
        "mcp": functools.partial(_load_one, "mcp", "load_mcp", environ=environ),
        _SERVERS: functools.partial(_load_several, "mcp", "load_mcp_servers", environ=environ),
    }


def _load_one(
    module: str, function: str, path: Path, data: dict[str, Any], **options: Any
) -> list[Adapter]:
    return [_maker(module, function)(path, data, **options)]


def _load_several(
    module: str, function: str, path: Path, data: dict[str, Any], **options: Any
) -> list[Adapter]:
    return list(_maker(module, function)(path, data, **options))


def _maker(module: str, function: str) -> Any:
    """Import an adapter: each needs the library of its protocol, which may not be installed."""
    try:
        found = importlib.import_module(f"threadbook.tools.adapters.{module}")
    except ImportError as error:
        raise ToolDefinitionError(
            f"tools of type {module} need a package that is not installed: {error}",
            remedy="pip install 'threadbook[tools]'",
            namespace="tools",
        ) from error
    return getattr(found, function)


def _is_adapter(source: Any) -> bool:
    return all(callable(getattr(source, name, None)) for name in ("tools", "refresh", "call"))


def _load_path(path: Path, factories: Mapping[str, Factory], loaded: Loaded) -> None:
    for file in _files(path):
        try:
            loaded.adapters += _load_file(file, factories)
        except ToolDefinitionError as error:
            loaded.problems.append(_problem(file, error))


def _files(path: Path) -> list[Path]:
    """Return the files of tools at a path. Raises ConfigError where there is nothing."""
    try:
        if not path.is_dir():
            path.open("rb").close()
            return [path]
        found = sorted(path.iterdir())
    except OSError as error:
        raise ConfigError(
            f"the tools at {path} cannot be read: {error.strerror}",
            remedy="name a folder of tools, or a file that describes one",
        ) from error
    return [
        file
        for file in found
        if file.suffix in _SUFFIXES
        and file.is_file()
        and (file.name == ".mcp.json" or not file.name.startswith(("_", ".")))
    ]


def _load_file(path: Path, factories: Mapping[str, Factory]) -> Sequence[Adapter]:
    if path.suffix == ".py":
        return [_load_python(path)]
    if path.suffix == ".json":
        return factories[_SERVERS](path, read_json(path))
    if path.suffix not in _SUFFIXES:
        raise problem_in(path, "is no .yaml, .yml, .json or .py file")
    data = read_yaml(path)
    kind = data.get("type", "cli")
    known = sorted(factories.keys() - {_SERVERS})
    if kind not in known:
        line = data.lines.get("type", data.line)
        raise problem_in(path, f"type {kind!r:.80} is none of {', '.join(known)}", line)
    try:
        return factories[kind](path, data)
    except ToolDefinitionError as error:
        raise _with_line(path, data, error) from error


def _load_python(path: Path) -> PythonAdapter:
    """Import a file as a module of its own, and offer its marked functions."""
    digest = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]
    name = f"threadbook_tools_{digest}_{tool_name(path.stem)}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise problem_in(path, "cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and annotations look their module up
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        reason = f"{type(error).__name__}: {error}"[:_MOST_PROBLEM]
        raise problem_in(path, reason, _line_in(path, error)) from error
    # What it imports from another file is a tool of that one.
    functions = [one for one, _ in marked_functions(module) if one.__module__ == name]
    if not functions:
        raise problem_in(path, "has no function marked with @tool")
    return PythonAdapter(functions, source=str(path))


def _line_in(path: Path, error: BaseException) -> int:
    """Return the line of a file that an error comes from, 0 where that is not known."""
    names = {str(path), str(path.absolute())}
    if isinstance(error, SyntaxError) and error.filename in names:
        return error.lineno or 0
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename in names]
    return lines[-1] or 0 if lines else 0


def _with_line(path: Path, data: Located, error: ToolDefinitionError) -> ToolDefinitionError:
    """Return the error with a line: that of the keys it names, `options.max: …`, or of the file."""
    reason, line = _taken_apart(path, str(error))
    return problem_in(path, reason, line or data.line_of(reason.partition(": ")[0].split(".")))


def _taken_apart(path: Path, message: str) -> tuple[str, int | None]:
    """Return the reason and the line of an error that names the file."""
    at = re.match(rf"{re.escape(str(path))}(?::(\d+))?:\s*", message)
    return (message[at.end() :], int(at[1]) if at[1] else None) if at else (message, None)


def _problem(path: Path, error: ToolDefinitionError) -> Problem:
    reason, line = _taken_apart(path, str(error))
    return Problem(name=_name_of(path), source=str(path), line=line, reason=reason)


def _name_of(path: Path) -> str:
    try:
        return tool_name(path.stem)
    except ToolDefinitionError:
        return "unnamed"


def _refuse_duplicates(loaded: Loaded) -> None:
    """Take out each adapter with a tool whose name an earlier one has."""
    kept: list[Adapter] = []
    sources: dict[str, str] = {}
    for adapter in loaded.adapters:
        tools = adapter.tools()
        twice = [tool for tool in tools if tool.name in sources]
        loaded.problems += [
            Problem(
                name=tool.name,
                source=tool.source,
                reason=f"there is another tool called {tool.name}, from {sources[tool.name]}",
            )
            for tool in twice
        ]
        if not twice:
            kept.append(adapter)
            sources.update((tool.name, tool.source or tool.adapter) for tool in tools)
    loaded.adapters = kept
