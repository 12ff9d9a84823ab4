"""The forms in which a secret may stand in text, and where they stand."""

from __future__ import annotations

import base64
import html
import json
import re
import shlex
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

SHORT = 6
"""Values of fewer characters are looked for only where they stand alone, between characters that
are not letters, digits or underscores, and only as they are: `42` is in too many texts."""

_LONG_LINE = 16  # characters of a line, of a key in PEM say, that is a secret by itself
_NUMBER = re.compile(r"[-+.0-9e]+")


class Finder:
    """Finds values, by name, in text: `forms` anywhere, `short` ones where they stand alone.

    `has_number` tells whether a value could also be a number in data.
    """

    def __init__(self, values: dict[str, str]) -> None:
        self.forms: dict[str, str] = {}
        self.short: dict[str, str] = {}
        for name, value in values.items():
            self._add(name, value)
        self.has_number = any(_NUMBER.fullmatch(value) for value in values.values())
        longest_first = sorted(self.forms, key=len, reverse=True)
        parts = [re.escape(form) for form in longest_first]
        parts += [rf"(?<!\w){re.escape(value)}(?!\w)" for value in self.short]
        self._pattern = re.compile("|".join(parts))

    def __bool__(self) -> bool:
        return bool(self.forms or self.short)

    def matches(self, text: str, start: int = 0) -> Iterator[re.Match[str]]:
        """Yield where values stand, from left to right, the longer before the shorter."""
        # Looking for each form by itself is many times as fast as for all of them at once.
        if any(text.find(form, start) >= 0 for form in (*self.forms, *self.short)):
            yield from self._pattern.finditer(text, start)

    def name(self, form: str) -> str:
        """Return the name of the value that was found in this form."""
        return self.forms.get(form) or self.short[form]

    def begun(self, text: str) -> int:
        """Return from where on a text may be the beginning of a value, its length if it is not."""
        return min(
            (
                _begun(text, form, whole=whole)
                for forms, whole in ((self.forms, False), (self.short, True))
                for form in forms
            ),
            default=len(text),
        )

    def _add(self, name: str, value: str) -> None:
        if 0 < len(value) < SHORT:
            self.short.setdefault(value, name)
            return
        for part in (value, *_long_lines(value)):
            for form in forms_of(part):
                if len(form) >= SHORT:
                    self.forms.setdefault(form, name)


def forms_of(value: str) -> set[str]:
    """Return a value as it is, and as it stands in other text.

    That is JSON, also within JSON, Python's repr, a URL, HTML, a shell's command, hexadecimal, and
    the Base64 of it or of anything around it.
    """
    data = value.encode(errors="surrogatepass")
    escaped = [json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]]
    forms = {
        value,
        *escaped,
        *(json.dumps(text)[1:-1] for text in escaped),
        repr(value)[1:-1],
        repr(data)[2:-1],
        html.escape(value),
        shlex.quote(value).removeprefix("'").removesuffix("'"),
        data.hex(),
        data.hex().upper(),
    }
    for text in (quote(data, safe=""), quote(data), quote_plus(data)):
        forms |= {text, re.sub(r"%..", lambda found: found[0].lower(), text)}
    return forms | set(_base64_forms(data))


def _base64_forms(data: bytes) -> Iterator[str]:
    """Yield what stays the same of a value's Base64, wherever in longer data it stands."""
    for offset in range(3):
        begin, end = -(-offset * 8 // 6), (offset + len(data)) * 8 // 6
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(bytes(offset) + data).decode()[begin:end]


def _long_lines(value: str) -> list[str]:
    lines = [line.strip() for line in value.splitlines()]
    if len(lines) <= 1:
        return []
    return [line for line in lines if len(line) >= _LONG_LINE and not line.startswith("-----")]


def _begun(text: str, form: str, *, whole: bool) -> int:
    """Return where the end of a text begins a form, its length where it does not.

    With `whole`, an end that is the form itself counts too.
    """
    start = max(len(text) - len(form) + (not whole), 0)
    while (start := text.find(form[0], start)) >= 0:
        if form.startswith(text[start:]):
            return start
        start += 1
    return len(text)
