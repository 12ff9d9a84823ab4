"""Variables: `${NAME}` in the description of a server, and values that are to stay where they are.

`${NAME}` is the value of a variable of the trusted side, `${NAME:-text}` the text where it is
unset or empty. `${env:NAME}` is understood too, as some editors write it. A short value, such as
`1` or `true`, is no secret: it is in half of all texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from threadbook.errors import ToolDefinitionError
from threadbook.tools.forms import SHORT

_REFERENCE = re.compile(r"\$\{([^}]*)\}")
_INNER = re.compile(r"(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?", re.DOTALL)

_OF_EVERY_PROCESS = frozenset({"HOME", "LOGNAME", "PATH", "PWD", "SHELL", "TERM", "TMPDIR", "USER"})


def variables_in(texts: Iterable[str]) -> frozenset[str]:
    """Return the names of the variables that texts refer to. Raises ToolDefinitionError."""
    return frozenset(_parsed(found[1])[0] for text in texts for found in _REFERENCE.finditer(text))


class Variables:
    """The values of variables: put in where a server is started, taken out of what it says.

    `public` names variables whose values are no secret; those that every process has, such as
    HOME, never are. The others, once they were put in anywhere, are `Secrets`.
    """

    def __init__(self, values: Mapping[str, str], *, public: Iterable[str] = ()) -> None:
        self._values = values
        self._public = _OF_EVERY_PROCESS | frozenset(public)
        self._secrets: dict[str, str] = {}

    def expand(self, text: str) -> str:
        """Return a text with the values of its variables.

        Raises ToolDefinitionError, which names the variable, for one that is not set.
        """
        return _REFERENCE.sub(lambda found: self._value(found[1]), text)

    def names(self) -> tuple[str, ...]:
        """Return the names of the secrets that were put in."""
        return tuple(self._secrets)

    def resolve(self, name: str) -> str:
        """Return the value of one of `names`."""
        return self._secrets[name]

    def _value(self, inner: str) -> str:
        name, default = _parsed(inner)
        value = self._values.get(name, "")
        if default is not None and value == "":
            return default
        if name not in self._values:
            raise ToolDefinitionError(
                f"the variable {name} is not set",
                remedy=f"set it, or write ${{{name}:-…}} to say what it is otherwise",
                namespace="tools",
            )
        if name not in self._public and len(value) >= SHORT:
            self._secrets[name] = value
        return value


def _parsed(inner: str) -> tuple[str, str | None]:
    match = _INNER.fullmatch(inner)
    if match is None:
        raise ToolDefinitionError(
            f"${{{inner}}} is no variable",
            remedy="write ${NAME} or ${NAME:-default}",
            namespace="tools",
        )
    return match[1], match[2]
