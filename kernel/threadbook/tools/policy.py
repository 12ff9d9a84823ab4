"""The policy: what becomes of a call, from what the tool declares and how its caller is trusted.

A TOML file of rules, of which the first that matches decides; docs/policy.md has the schema.
Where none does, reading is allowed, writing is allowed from a trust of 0.5 in the tool's domain on,
and what cannot be taken back is always asked for.
"""

from __future__ import annotations

import functools
import tomllib
from collections import Counter
from pathlib import Path
from typing import Literal, Self

import msgspec

from threadbook.errors import ConfigError
from threadbook.tools.budget import Budget
from threadbook.tools.call import Call
from threadbook.tools.patterns import matches_any
from threadbook.tools.rule import (
    Match,
    Patterns,
    Rule,
    Ruling,
    check_minutes,
    check_patterns,
    check_trust,
    patterns_of,
)

LARGEST_FILE = 1024 * 1024
"""Bytes that a policy may have."""

_GLOB = frozenset("*?[")


class Defaults(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What holds where no rule says otherwise.

    `min_trust` is from which trust on an actor may write unasked, `expires_minutes` how long
    somebody is asked for. `unattended` says what becomes of a call that would be asked for: it
    waits, or, where nobody is there to answer, it is denied at once. `answerers` are patterns of
    the DIDs who may answer; without them, anybody may who is independent of who asks.
    """

    min_trust: float = 0.5
    expires_minutes: float = 60.0
    unattended: Literal["wait", "deny"] = "wait"
    answerers: Patterns = "*"

    def __post_init__(self) -> None:
        check_trust("min_trust", self.min_trust)
        check_minutes("expires_minutes", self.expires_minutes)
        check_patterns("answerers", self.answerers)

    def may_answer(self, did: str) -> bool:
        """Tell whether this actor is one of those who may answer."""
        return matches_any(patterns_of(self.answerers), did)

    @property
    def only_answerer(self) -> str | None:
        """The one DID that may answer, None where there are several, or patterns."""
        answerers = patterns_of(self.answerers)
        return answerers[0] if len(answerers) == 1 and not _GLOB & set(answerers[0]) else None


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rules in order, and a budget for all calls together. Pure: it decides, and does nothing."""

    defaults: Defaults = Defaults()
    rules: tuple[Rule, ...] = msgspec.field(default=(), name="rule")
    budget: Budget = Budget()

    def __post_init__(self) -> None:
        names = Counter(rule.name for rule in self._all())
        if twice := [name for name, count in names.items() if count > 1]:
            raise ValueError(f"rule: {twice[0]!r} is the name of two rules")

    @classmethod
    def default(cls) -> Self:
        """Return the policy without any rules."""
        return cls()

    @classmethod
    def load(cls, path: Path) -> Self:
        """Return the policy in a TOML file.

        Raises ConfigError, which names file and key, for anything that is not understood: there
        is no falling back to a default.
        """
        try:
            with path.open("rb") as stream:
                data = stream.read(LARGEST_FILE + 1)
            if len(data) > LARGEST_FILE:
                raise ConfigError(f"{path} is too large for a policy: more than 1 MB")
            return msgspec.convert(tomllib.loads(data.decode()), cls)
        except OSError as error:
            raise ConfigError(f"cannot read the policy {path}: {error.strerror}") from None
        except (ValueError, RecursionError) as error:  # of UTF-8, of TOML, of the schema
            raise ConfigError(
                f"{path}: {error}", remedy="docs/policy.md says what a policy may hold"
            ) from None

    def needs_trust(self, call: Call) -> bool:
        """Tell whether the ruling on a call depends on how its actor is trusted."""
        return self._rule(call).min_trust is not None

    def decide(self, call: Call, trust: float | None) -> Ruling:
        """Return what becomes of a call by an actor of this trust, None: nobody judged it yet.

        Raises ToolArgumentError where a rule is about an argument that has no JSON form.
        """
        rule = self._rule(call)
        action, reason = rule.action, f"rule {rule.name!r} says {rule.action}"
        if rule.min_trust is not None:
            standing = "not known" if trust is None else f"{trust:.2f}"
            reason = f"trust in {call.domain} is {standing}"
            if (trust or 0.0) >= rule.min_trust:
                reason += f", enough for rule {rule.name!r}"
            else:
                action = "ask"
                reason += f"; rule {rule.name!r} allows from {rule.min_trust:.2f} on"
        minutes = rule.expires_minutes
        return Ruling(
            action=action,
            rule=rule.name,
            reason=reason,
            trust=trust,
            min_trust=rule.min_trust,
            expires_minutes=self.defaults.expires_minutes if minutes is None else minutes,
            budgets={"": self.budget, **({rule.name: rule.budget} if rule.budget else {})},
        )

    def explain(self, call: Call, trust: float | None) -> list[str]:
        """Return, a line for each rule up to the one that decides, why it does or does not."""
        lines = []
        for rule in self._all():
            mismatch = rule.match.mismatch(call)
            if mismatch is None:
                break
            lines.append(f"rule {rule.name!r} is passed over: {mismatch}")
        ruling = self.decide(call, trust)
        return [*lines, f"{ruling.action}: {ruling.reason}"]

    def _rule(self, call: Call) -> Rule:
        return next(rule for rule in self._all() if rule.match.mismatch(call) is None)

    def _all(self) -> tuple[Rule, ...]:
        return (*self.rules, *_last(self.defaults.min_trust))


@functools.lru_cache(maxsize=16)
def _last(min_trust: float) -> tuple[Rule, ...]:
    """Return what comes after all rules; the last of these is for every call that is left."""
    return (
        Rule(name="default: read", action="allow", match=Match(effect="read")),
        Rule(
            name="default: write",
            action="allow",
            match=Match(effect="write"),
            min_trust=min_trust,
        ),
        Rule(name="default: destructive", action="ask"),
    )
