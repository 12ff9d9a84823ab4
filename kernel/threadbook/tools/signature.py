"""Signatures: what `help`, completion and stubs say of a callable, all from its definition.

Names, types and descriptions may be a stranger's. What is shown of them holds no control
characters, which a terminal would act on, and is never evaluated.
"""

from __future__ import annotations

import ast
import inspect

from threadbook.tools.definition import Parameter, ToolCallable

_NAMES = frozenset(
    {"Any", "Literal", "None", "bool", "bytes", "dict", "float", "int", "list", "str", "tuple"}
)
_RESULTS = frozenset(
    {"Audio", "CliResult", "HttpResult", "Image", "McpResult", "Resource", "ResourceLink", "Text"}
)
"""What a callable may return beside plain data."""
_ALLOWED = (
    ast.Expression, ast.Name, ast.Load, ast.Constant, ast.Subscript, ast.Tuple, ast.List,
    ast.BinOp, ast.BitOr, ast.UnaryOp, ast.USub,
)  # fmt: skip


class Annotation:
    """An annotation that is shown as its text, without quotes."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Annotation) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)


UNKNOWN_DEFAULT = Annotation("...")
"""Stands for a default that only the tool itself knows, as in stubs."""


def signature(definition: ToolCallable) -> inspect.Signature:
    """Return the signature of a callable: all its parameters are given by name."""
    return inspect.Signature(
        [
            inspect.Parameter(
                parameter.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=_default(parameter),
                annotation=Annotation(annotation_text(parameter.type)),
            )
            for parameter in definition.parameters
        ],
        return_annotation=Annotation(annotation_text(definition.returns)),
    )


def documentation(definition: ToolCallable) -> str:
    """Return the description of a callable, and those of its parameters."""
    described = [
        f"    {parameter.name}: {' '.join(clean(parameter.description).split())}"
        for parameter in definition.parameters
        if parameter.description
    ]
    parts = [clean(definition.description).strip()]
    if described:
        parts.append("\n".join(["Parameters:", *described]))
    return "\n\n".join(filter(None, parts))


def annotation_text(text: str) -> str:
    """Return an annotation if it is made of what every module knows, `Any` otherwise."""
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "Any"
    for node in ast.walk(tree):
        if not isinstance(node, _ALLOWED):
            return "Any"
        if isinstance(node, ast.Name) and node.id not in _NAMES | _RESULTS:
            return "Any"
    return ast.unparse(tree)


def clean(text: str) -> str:
    """Return a text without characters that are not shown but acted on; lines stay lines."""
    lines = text.replace("\r\n", "\n").replace("\t", "    ").split("\n")
    return "\n".join("".join(char for char in line if char.isprintable()) for line in lines)


def _default(parameter: Parameter) -> object:
    if parameter.required:
        return inspect.Parameter.empty
    is_known = parameter.default is not None or "default" in parameter.schema
    return parameter.default if is_known else UNKNOWN_DEFAULT
