"""Arguments: whether those of a call fit what is known of the callable.

The same check is made in the cell, where it is a matter of courtesy, and on the trusted side, where
it counts. JSON Schema is checked by the `jsonschema` package, and most arguments by their exact
type before it is needed. What cannot be decided within bounds is left to the tool itself: a schema
that is none, and patterns that would take too long, as either may be a stranger's.
"""

from __future__ import annotations

import functools
import importlib
import itertools
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from threadbook.errors import ConfigError, ToolArgumentError
from threadbook.tools.definition import Parameter, ToolCallable
from threadbook.tools.names import did_you_mean
from threadbook.tools.schema import annotation

MOST_STEPS = 10_000
"""How often a check follows a reference or tries a pattern before it gives up."""
MOST_PATTERN_STEPS = 2_000_000
"""How many steps a pattern may take on a text, at worst."""
_LONGEST_PATTERN = 1_000
_MOST_ERRORS = 20
_LONGEST_REASON = 300
_MOST_CHECKS = 1_000

_EXACT: dict[str, frozenset[type]] = {
    "string": frozenset({str}),
    "integer": frozenset({int}),
    "number": frozenset({int, float}),
    "boolean": frozenset({bool}),
    "null": frozenset({type(None)}),
    "array": frozenset({list, tuple}),
    "object": frozenset({dict}),
}
_SAYS_NOTHING = frozenset({"$schema", "default", "deprecated", "description", "examples", "title"})


def validate(definition: ToolCallable, arguments: Mapping[str, Any], *, operation: str) -> None:
    """Raise ToolArgumentError for the first argument that does not fit, and name it.

    `operation` is how the call is written, e.g. `tools.time.now`. An explicit None is an
    argument like any other.
    """
    check = _check_of(definition)
    for name, value in arguments.items():
        if name not in check:
            raise _unknown(definition, name, operation)
        reason = check[name].reason(value)
        if reason is not None:
            raise _error(f"{operation}: {name} {reason}", operation)
    for parameter in definition.parameters:
        if parameter.required and parameter.name not in arguments:
            kind = f" ({parameter.type})" if parameter.type != "Any" else ""
            raise _error(f"{operation}: {parameter.name}{kind} is missing", operation)


def refuse_positional(definition: ToolCallable, given: int, *, operation: str) -> None:
    """Raise ToolArgumentError where arguments are given by position."""
    if given:
        names = [parameter.name for parameter in definition.parameters]
        example = ", ".join(f"{name}=…" for name in names[:given])
        raise _error(
            f"{operation} takes arguments by name only, not by position",
            operation,
            remedy=f"write {operation}({example})" if names else f"write {operation}()",
        )


class _Undecidable(Exception):
    """The check would take too long."""


class _Check:
    """Whether a value fits the schema of a parameter."""

    def __init__(self, parameter: Parameter) -> None:
        self._schema = parameter.schema
        self._exact = exact_types(parameter.schema)

    def reason(self, value: Any) -> str | None:
        """Return what is wrong with a value, None where it fits."""
        if self._exact is not None and type(value) in self._exact:
            return None
        if self._validator is None:
            return None
        _steps.left = MOST_STEPS
        try:
            errors = list(itertools.islice(self._validator.iter_errors(value), _MOST_ERRORS))
        except _Undecidable:
            return None
        except RecursionError:
            return "is nested too deeply"
        except (OverflowError, ValueError):  # an integer that is no float, or too long to be shown
            return "is out of range"
        return _reason(errors) if errors else None

    @functools.cached_property
    def _validator(self) -> Any:
        """A validator; None where there is nothing to check, or the schema is none."""
        if not self._schema or _uses(self._schema, "patternProperties"):
            return None
        validators = _jsonschema("validators")
        dialect = validators.validator_for(self._schema, default=validators.Draft202012Validator)
        try:
            dialect.check_schema(self._schema, format_checker=None)
        except (_jsonschema("exceptions").SchemaError, RecursionError):
            return None
        registry = importlib.import_module("referencing").Registry()  # one that fetches nothing
        return _bounded(dialect)(self._schema, registry=registry)


def exact_types(schema: Mapping[str, Any]) -> frozenset[type] | None:
    """Return the types whose values all fit a schema; None where it takes more than the type."""
    says = schema.keys() - _SAYS_NOTHING
    if says == {"type"}:
        kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        if all(isinstance(kind, str) and kind in _EXACT for kind in kinds):
            return frozenset().union(*(_EXACT[kind] for kind in kinds))
    if says == {"anyOf"} and isinstance(options := schema["anyOf"], list) and options:
        found = [exact_types(one) if isinstance(one, Mapping) else None for one in options]
        if None not in found:
            return frozenset().union(*(types for types in found if types is not None))
    return None


def is_cheap(pattern: str, length: int) -> bool:
    """Tell whether a pattern, searched in a text of this length, is done in few steps at worst.

    A repeated group may take exponentially many; of n repeated characters in a row, each may be
    tried with each.
    """
    if len(pattern) > _LONGEST_PATTERN:
        return False
    bare = re.sub(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", "x", pattern, flags=re.DOTALL)
    if re.search(r"\)[*+{]", bare):
        return False
    choices = len(re.findall(r"[*+?]|\{\d*,\d*\}", bare))
    if not bare.startswith("^") or "|" in bare:
        choices += 1  # where it begins
    return int((length + 1) ** choices) <= MOST_PATTERN_STEPS


_steps = threading.local()
_checks: dict[int, tuple[ToolCallable, dict[str, _Check]]] = {}
_checks_lock = threading.Lock()


def _check_of(definition: ToolCallable) -> dict[str, _Check]:
    """Return the checks of a callable by parameter; made once for each definition."""
    known = _checks.get(id(definition))
    if known is not None and known[0] is definition:
        return known[1]
    checks = {parameter.name: _Check(parameter) for parameter in definition.parameters}
    with _checks_lock:
        while len(_checks) >= _MOST_CHECKS:
            del _checks[next(iter(_checks))]
        _checks[id(definition)] = (definition, checks)
    return checks


def _unknown(definition: ToolCallable, name: str, operation: str) -> ToolArgumentError:
    names = [parameter.name for parameter in definition.parameters]
    there = f"it takes {', '.join(names)}" if names else "it takes no arguments"
    return _error(
        f"{operation} has no parameter {name[:80]!r}{did_you_mean(name, names)}",
        operation,
        remedy=there,
    )


def _error(message: str, operation: str, *, remedy: str | None = None) -> ToolArgumentError:
    return ToolArgumentError(message, remedy=remedy, namespace="tools", operation=operation)


def _reason(errors: list[Any]) -> str:
    """Return what is wrong in a few words: where the value is, what it is, and what fits there."""
    error = _jsonschema("exceptions").best_match(errors)
    while error.parent is not None and exact_types(error.parent.schema) is not None:
        error = error.parent  # all the options, not one of them
    path = "".join(f"[{key!r:.40}]" for key in error.absolute_path)
    if error.validator in ("type", "anyOf") and exact_types(
        {error.validator: error.validator_value}
    ):
        expected = annotation({error.validator: error.validator_value})
        return f"{path} must be {expected}, not {type(error.instance).__name__}".strip()
    return f"{path} does not fit: {error.message[:_LONGEST_REASON]}".strip()


def _uses(schema: Any, keyword: str) -> bool:
    if isinstance(schema, Mapping):
        return keyword in schema or any(_uses(inner, keyword) for inner in schema.values())
    return isinstance(schema, list) and any(_uses(inner, keyword) for inner in schema)


@functools.cache
def _bounded(dialect: Any) -> Any:
    """Return a dialect of JSON Schema as a validator that gives up instead of taking long.

    It takes a tuple for an array, and bytes where a text in base64 is asked for: so values of
    Python travel to where they become JSON, if they do.
    """
    types = dialect.TYPE_CHECKER.redefine(
        "array", lambda _checker, value: isinstance(value, list | tuple)
    )
    keywords = {
        "type": _of_type(dialect.VALIDATORS["type"]),
        "pattern": _matching(dialect.VALIDATORS["pattern"]),
    }
    if "$ref" in dialect.VALIDATORS:
        keywords["$ref"] = _counted(dialect.VALIDATORS["$ref"])
    return _jsonschema("validators").extend(dialect, keywords, type_checker=types)


Keyword = Callable[[Any, Any, Any, Any], Iterator[Any] | None]


def _of_type(original: Keyword) -> Keyword:
    def check(validator: Any, kinds: Any, value: Any, schema: Any) -> Iterator[Any]:
        is_encoded = isinstance(value, bytes) and schema.get("contentEncoding") == "base64"
        if not is_encoded or "string" not in (kinds if isinstance(kinds, list) else [kinds]):
            yield from original(validator, kinds, value, schema) or ()

    return check


def _counted(original: Keyword) -> Keyword:
    def check(validator: Any, reference: Any, value: Any, schema: Any) -> Iterator[Any]:
        _steps.left -= 1
        if _steps.left < 0 or not str(reference).startswith("#"):
            raise _Undecidable
        yield from original(validator, reference, value, schema) or ()

    return check


def _matching(original: Keyword) -> Keyword:
    def check(validator: Any, pattern: Any, value: Any, schema: Any) -> Iterator[Any]:
        if isinstance(value, str):
            _steps.left -= 1
            if _steps.left < 0 or not is_cheap(pattern, len(value)):
                raise _Undecidable
            try:
                yield from original(validator, pattern, value, schema) or ()
            except re.error:  # what is a pattern in ECMAScript may be none here
                raise _Undecidable from None

    return check


def _jsonschema(module: str) -> Any:
    """Import what is needed for few calls only, and takes long; an extra, at that."""
    try:
        return importlib.import_module(f"jsonschema.{module}")
    except ImportError as error:
        raise ConfigError(
            "this argument is checked with the package jsonschema, which is not installed",
            remedy="pip install 'threadbook[tools]'",
        ) from error
