"""Rules: which calls they are about, and what becomes of those."""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

from threadbook.tools.budget import Budget
from threadbook.tools.call import Call
from threadbook.tools.definition import Effect
from threadbook.tools.patterns import check_pattern, matches_any, value_matches

Action = Literal["allow", "ask", "deny"]
Patterns = str | tuple[str, ...]

_FIELDS = ("callable", "adapter", "effect", "domain", "actor")
_ADAPTERS = ("python", "cli", "mcp", "http", "openapi")
_CLOSED: dict[str, tuple[str, ...]] = {"effect": get_args(Effect), "adapter": _ADAPTERS}
"""Words that a pattern has to match one of: a rule with a slip of the pen would never apply."""
_MOST_MINUTES = 366 * 24 * 60


class Match(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a call has to be: a pattern each, or several of which one has to match.

    `tool` is matched with `tool.callable` where it has a dot, else with the tool's name. What is
    left out is not looked at. `arguments` match if each that is named here was given and matches.
    """

    tool: Patterns | None = None
    callable: Patterns | None = None
    adapter: Patterns | None = None
    effect: Patterns | None = None
    domain: Patterns | None = None
    actor: Patterns | None = None
    arguments: dict[str, Patterns] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("tool", *_FIELDS):
            check_patterns(name, getattr(self, name))
        for name, patterns in self.arguments.items():
            check_patterns(f"arguments.{name}", patterns)

    def mismatch(self, call: Call) -> str | None:
        """Return what of a call does not match, None if all does.

        Raises ToolArgumentError where an argument has no JSON form to compare.
        """
        tool = patterns_of(self.tool)
        if tool and not any(
            matches_any((pattern,), call.name if "." in pattern else call.tool) for pattern in tool
        ):
            return f"tool {call.name!r:.100} is not {_shown(tool)}"
        for name in _FIELDS:
            patterns, text = patterns_of(getattr(self, name)), getattr(call, name)
            if patterns and not matches_any(patterns, text):
                return f"{name} {text!r:.100} is not {_shown(patterns)}"
        for name, wanted in self.arguments.items():
            if name not in call.arguments:
                return f"argument {name} was not given"
            if not value_matches(patterns_of(wanted), call.arguments[name]):
                return f"argument {name} is not {_shown(patterns_of(wanted))}"
        return None


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What becomes of the calls that match: the first rule that does decides.

    With `allow`, an actor trusted less than `min_trust` in the call's domain has to ask.
    `expires_minutes` is how long somebody is asked for, `budget` how much the calls may use.
    """

    name: str
    action: Action
    match: Match = msgspec.field(default_factory=Match)
    min_trust: float | None = None
    expires_minutes: float | None = None
    budget: Budget | None = None

    def __post_init__(self) -> None:
        if not self.name.strip() or not self.name.isprintable():
            raise ValueError("name: has to be one line of text, and not empty")
        if self.min_trust is not None:
            check_trust("min_trust", self.min_trust)
            if self.action != "allow":
                raise ValueError(f"min_trust: goes with action allow, not {self.action}")
        if self.expires_minutes is not None:
            check_minutes("expires_minutes", self.expires_minutes)
            if not self.may_ask:
                raise ValueError("expires_minutes: this rule never asks")
        if self.budget is not None and self.action == "deny":
            raise ValueError("budget: this rule allows nothing")

    @property
    def may_ask(self) -> bool:
        """Whether calls that match may need somebody's approval."""
        return self.action == "ask" or (self.action == "allow" and self.min_trust is not None)


class Ruling(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a call, by which rule, and why.

    `trust` is that of the actor as far as it was looked at; somebody is asked for
    `expires_minutes`. `budgets` are those that the call counts for, by the name of their rule.
    """

    action: Action
    rule: str
    reason: str
    trust: float | None = None
    min_trust: float | None = None
    expires_minutes: float = 0.0
    budgets: dict[str, Budget] = msgspec.field(default_factory=dict)


def check_trust(name: str, trust: float) -> None:
    """Raise ValueError unless this is a number that trust can be."""
    if not 0 <= trust <= 1:
        raise ValueError(f"{name}: is {trust}; trust is from 0 to 1")


def check_minutes(name: str, minutes: float) -> None:
    """Raise ValueError unless somebody can be asked for so long."""
    if not 0 < minutes <= _MOST_MINUTES:
        raise ValueError(f"{name}: is {minutes}; it is more than 0, and a year at most")


def check_patterns(name: str, patterns: Patterns | None) -> None:
    """Raise ValueError, with the name of the key, for what can match nothing."""
    if patterns == ():
        raise ValueError(f"{name}: an empty list matches nothing")
    for pattern in patterns_of(patterns):
        try:
            check_pattern(pattern)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
        words = _CLOSED.get(name)
        if words and not any(matches_any((pattern,), word) for word in words):
            raise ValueError(f"{name}: {pattern!r} is none of {', '.join(words)}")


def patterns_of(patterns: Patterns | None) -> tuple[str, ...]:
    """Return one or several patterns as a tuple."""
    return (patterns,) if isinstance(patterns, str) else patterns or ()


def _shown(patterns: tuple[str, ...]) -> str:
    return " or ".join(map(repr, patterns))
