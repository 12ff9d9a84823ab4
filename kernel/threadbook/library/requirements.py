"""Requirements: what a cell may ask for, checked before anything is started.

A requirement is a name, extras and versions. What an installer would also take, such as URLs,
paths, options and markers, is refused: it says where code comes from, or what the installer does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from packaging.requirements import InvalidRequirement
from packaging.requirements import Requirement as Parsed
from packaging.utils import canonicalize_name

from threadbook.errors import RequirementInvalid
from threadbook.library.packages import Requirement

LONGEST = 256
MOST = 64
"""How many requirements one call may name."""

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._,<>=!~*+\[\] -]*")
_NAME = re.compile(r"[A-Za-z0-9]+(?:[-_.][A-Za-z0-9]+)*")
_FILE = re.compile(r"\.(whl|egg|zip|tgz|tar|gz|bz2|xz|txt|toml|cfg)$", re.IGNORECASE)


def parse(text: object) -> Requirement:
    """Return a requirement in canonical form, which parses to itself.

    Raises RequirementInvalid.
    """
    if not isinstance(text, str):
        raise _invalid(text, f"it is a {type(text).__name__}, not a text")
    if len(text) > LONGEST:
        raise _invalid(text[:40] + "…", f"it has more than {LONGEST} characters")
    if not _PLAIN.fullmatch(text):
        raise _invalid(text, _reason(text))
    try:
        parsed = Parsed(text)
    except InvalidRequirement as error:
        raise _invalid(text, str(error).partition("\n")[0]) from None
    if any(specifier.operator == "===" for specifier in parsed.specifier):
        raise _invalid(text, "=== compares versions as texts")
    if _FILE.search(parsed.name):
        raise _invalid(text, "it names a file")
    for name in (parsed.name, *parsed.extras):
        if not _NAME.fullmatch(name):
            raise _invalid(text, f"{name!a} is no name")
    return Requirement(
        name=canonicalize_name(parsed.name),
        extras=tuple(sorted({canonicalize_name(extra) for extra in parsed.extras})),
        specifier=",".join(sorted(map(str, parsed.specifier))),
    )


def parse_all(texts: Sequence[object]) -> tuple[Requirement, ...]:
    """Return requirements, each of another package. Raises RequirementInvalid."""
    if not texts:
        raise RequirementInvalid("no package is named", namespace="deps")
    if len(texts) > MOST:
        raise RequirementInvalid(
            f"{len(texts)} packages are named",
            remedy=f"name at most {MOST} at a time",
            namespace="deps",
        )
    found: dict[str, Requirement] = {}
    for text in texts:
        requirement = parse(text)
        if requirement.name in found:
            raise _invalid(text, "the package is named twice")
        found[requirement.name] = requirement
    return tuple(found.values())


def parse_names(texts: Sequence[object]) -> tuple[str, ...]:
    """Return the canonical names of packages. Raises RequirementInvalid for more than names."""
    requirements = parse_all(texts)
    for requirement in requirements:
        if requirement.extras or requirement.specifier:
            raise RequirementInvalid(
                f"{str(requirement)!r} is more than the name of a package",
                remedy=f"write {requirement.name!r}",
                namespace="deps",
            )
    return tuple(requirement.name for requirement in requirements)


def _reason(text: str) -> str:
    if not text:
        return "it is empty"
    if not re.match(r"[A-Za-z0-9]", text):
        return f"a name does not begin with {text[0]!r}"
    odd = next(character for character in text if not _PLAIN.fullmatch(f"a{character}"))
    meaning = {";": ", which begins a marker", "@": ", which begins a URL", "#": ", a comment"}
    return f"it holds {odd!a}{meaning.get(odd, '')}"


def _invalid(text: object, reason: str) -> RequirementInvalid:
    shown = f"{text!a}" if isinstance(text, str) else f"a {type(text).__name__}"
    return RequirementInvalid(f"{shown} is no requirement: {reason}", namespace="deps")
