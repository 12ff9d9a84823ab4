"""Functions of Python: what their signatures say, as callables of a tool."""

from __future__ import annotations

import hashlib
import inspect
import marshal
import types
import typing
from collections.abc import Callable
from typing import Annotated, Any

import msgspec

from threadbook.errors import ToolDefinitionError
from threadbook.records.canonical import canonical_bytes
from threadbook.tools import results
from threadbook.tools.definition import Effect, Parameter, ToolCallable, definition_hash
from threadbook.tools.docstrings import parse_docstring
from threadbook.tools.names import tool_name
from threadbook.tools.schema import annotation

_NO_KEYWORD = {
    inspect.Parameter.POSITIONAL_ONLY: "can be given by position only",
    inspect.Parameter.VAR_POSITIONAL: "takes any number of arguments by position",
    inspect.Parameter.VAR_KEYWORD: "takes arguments of any name",
}


class Signature(msgspec.Struct, frozen=True):
    """What a function takes: the parameters, and the type each value is converted to."""

    parameters: tuple[Parameter, ...]
    types: dict[str, Any]
    returns: str


def function_callable(
    function: Callable[..., Any],
    signature: Signature,
    *,
    name: str,
    effect: Effect,
    domain: str,
    timeout: float | None,
) -> ToolCallable:
    """Return a function as a callable; its hash covers the source text and the schema."""
    called = tool_name(name)
    return ToolCallable(
        name=called,
        wire_name=name if name != called else "",
        description=parse_docstring(function.__doc__).description,
        parameters=signature.parameters,
        returns=signature.returns,
        effect=effect,
        domain=domain,
        timeout=timeout,
        definition_hash=definition_hash(_decides(function, signature, effect, domain)),
    )


def function_definition(
    function: Callable[..., Any], signature: Signature, known: ToolCallable
) -> dict[str, Any]:
    """Return what the hash of a function's definition covers, with the source text if it still is.

    The file may have been written since it was loaded; then there is the hash alone.
    """
    decides = _decides(function, signature, known.effect, known.domain)
    if definition_hash(decides) != known.definition_hash:
        return {**decides, "source": "(its file was written after it was loaded)"}
    return {**decides, "source": _source(function).decode(errors="replace")}


def read_signature(function: Callable[..., Any]) -> Signature:
    """Return what a function takes and returns.

    Raises ToolDefinitionError for a parameter that cannot be given by name, or of a type that
    cannot be described in JSON Schema.
    """
    try:
        found = inspect.signature(function)
        hints = typing.get_type_hints(function, include_extras=True)
    except (TypeError, ValueError, NameError, AttributeError, SyntaxError) as error:
        raise _refused(function, f"has a signature that cannot be read: {error}") from error
    said = parse_docstring(function.__doc__).parameters
    parameters = tuple(
        _parameter(function, parameter, hints.get(parameter.name, Any), said)
        for parameter in found.parameters.values()
    )
    return Signature(
        tuple(sorted(parameters, key=lambda parameter: not parameter.required)),
        {parameter.name: hints.get(parameter.name, Any) for parameter in parameters},
        _returned(hints.get("return", Any)),
    )


def qualified_name(function: Callable[..., Any]) -> str:
    """Return module and name."""
    module = getattr(function, "__module__", None) or ""
    name = getattr(function, "__qualname__", type(function).__qualname__)
    return f"{module}.{name}".lstrip(".")


def source_hash(function: Callable[..., Any]) -> str:
    """Return the SHA-256 of the source text of a function; of its bytecode where there is none."""
    return hashlib.sha256(_source(function)).hexdigest()


def _source(function: Callable[..., Any]) -> bytes:
    inner = inspect.unwrap(function)
    try:
        return inspect.getsource(inner).encode("utf-8", "surrogatepass")
    except (OSError, TypeError):
        code = getattr(inner, "__code__", None)
        return marshal.dumps(code) if isinstance(code, types.CodeType) else b""


def _decides(
    function: Callable[..., Any], signature: Signature, effect: Effect, domain: str
) -> dict[str, Any]:
    return {
        "adapter": "python",
        "function": qualified_name(function),
        "source": source_hash(function),
        "parameters": [
            [parameter.name, parameter.required, _said(parameter.schema)]
            for parameter in signature.parameters
        ],
        "effect": effect,
        "domain": domain,
    }


def _parameter(
    function: Callable[..., Any], found: inspect.Parameter, hint: Any, said: dict[str, str]
) -> Parameter:
    if found.kind in _NO_KEYWORD:
        raise _refused(
            function,
            f"has the parameter {found.name}, which {_NO_KEYWORD[found.kind]}",
            remedy="arguments of tools are given by name: wrap the function in one that has names",
        )
    try:
        schema = dict(msgspec.json.schema(hint))
    except (TypeError, RecursionError) as error:
        raise _refused(
            function,
            f"has the parameter {found.name} of a type that cannot be sent: {error}",
            remedy="use plain data, dataclasses or msgspec structs",
        ) from error
    is_required = found.default is inspect.Parameter.empty
    default = None if is_required else _default(found.default)
    if not is_required and default is not msgspec.UNSET:
        schema["default"] = default
    description = said.get(found.name) or _annotated(hint)
    if description:
        schema["description"] = description
    return Parameter(
        name=found.name,
        type=annotation(schema),
        required=is_required,
        default=None if default is msgspec.UNSET else default,
        description=description,
        schema=schema,
    )


def _default(value: Any) -> Any:
    """Return a default as JSON has it; UNSET where it has no form there."""
    try:
        plain = msgspec.to_builtins(value, builtin_types=(bytes,))
        canonical_bytes(plain)
    except (TypeError, ValueError, RecursionError):
        return msgspec.UNSET
    return plain


def _annotated(hint: Any) -> str:
    if typing.get_origin(hint) is not Annotated:
        return ""
    return next((text for text in hint.__metadata__ if isinstance(text, str)), "")


def _returned(hint: Any) -> str:
    if inspect.isclass(hint) and hint in typing.get_args(results.ToolResultValue):
        return hint.__name__
    try:
        return annotation(msgspec.json.schema(hint))
    except (TypeError, RecursionError):
        return "Any"


def _said(schema: dict[str, Any]) -> str:
    """Return a schema as text: not all that JSON Schema may hold is canonical."""
    return msgspec.json.encode(schema, order="deterministic").decode()


def _refused(
    function: Callable[..., Any], why: str, *, remedy: str | None = None
) -> ToolDefinitionError:
    return ToolDefinitionError(
        f"{qualified_name(function)} {why}", remedy=remedy, namespace="tools"
    )
