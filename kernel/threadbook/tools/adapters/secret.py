"""Secrets of a call: named in a description, fetched for a call only."""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from threadbook.errors import ConfigError, ToolCallError
from threadbook.records.canonical import sha256_hex
from threadbook.tools.adapters.fields import Place
from threadbook.tools.secrets import Redactor

_NAME = r"[A-Za-z_][A-Za-z0-9_.-]*"
_WHOLE = re.compile(rf"secret:({_NAME})")
_INSIDE = re.compile(rf"\$\{{({_NAME})\}}")


class Template(msgspec.Struct, frozen=True):
    """Text with places for secrets: `${NAME}` anywhere, or `secret:NAME` as the whole of it.

    `parts` are text and names of secrets in turn, beginning and ending with text.
    """

    parts: tuple[str, ...]

    @classmethod
    def parse(cls, text: str, place: Place) -> Template:
        """Return what a description says. Raises ToolDefinitionError."""
        if whole := _WHOLE.fullmatch(text):
            return cls(("", whole[1], ""))
        parts = tuple(_INSIDE.split(text))
        if text.startswith("secret:") or any("${" in part for part in parts[::2]):
            raise place.error(
                "is not a reference to a secret", remedy="write secret:NAME or ${NAME}"
            )
        return cls(parts)

    @property
    def names(self) -> tuple[str, ...]:
        """The secrets it refers to."""
        return self.parts[1::2]

    @property
    def digest(self) -> str:
        """What stands for it in the hash of a definition."""
        return sha256_hex(msgspec.json.encode(self.parts))

    def fill(self, secrets: UsedSecrets) -> str:
        """Return the text with its secrets. Raises ToolCallError where there is none."""
        return "".join(
            secrets.value(part) if number % 2 else part for number, part in enumerate(self.parts)
        )


class UsedSecrets:
    """The secrets that one call has used, so far."""

    def __init__(self, fetch: Callable[[str], str]) -> None:
        self._fetch = fetch
        self._values: dict[str, str] = {}

    def value(self, name: str) -> str:
        """Return a secret. Raises ToolCallError where there is none."""
        try:
            value = self._fetch(name)
        except ConfigError as error:
            raise ToolCallError(
                error.message, remedy=error.remedy or f"give the session the secret {name}"
            ) from None
        if value:
            self._values[name] = value
        return value

    def names(self) -> tuple[str, ...]:
        """See Secrets.names."""
        return tuple(self._values)

    def resolve(self, name: str) -> str:
        """See Secrets.resolve."""
        return self._values[name]

    def redactor(self) -> Redactor:
        """Return what keeps them out of what comes back."""
        return Redactor(self)
