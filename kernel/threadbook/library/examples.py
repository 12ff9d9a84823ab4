"""Examples of a workflow, as tests: what a call is to return, and a `test` in the source."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from threadbook.errors import CanonicalError, WorkflowInvalid
from threadbook.library.program import Program
from threadbook.library.summary import clean_text, summary
from threadbook.records.bodies import WorkflowTests
from threadbook.records.canonical import canonical_bytes

MOST_EXAMPLES = 50
_LARGEST = 64 * 1024
_MOST_SHOWN = 5


def check_examples(examples: object) -> list[dict[str, Any]]:
    """Return examples that can be saved. Raises WorkflowInvalid.

    Each is a dict with `arguments` by name and, where the value matters, what it `returns`.
    """
    if isinstance(examples, str | bytes | dict) or not isinstance(examples, Iterable):
        raise WorkflowInvalid("examples are a list", remedy=_REMEDY)
    found = list(examples)
    if len(found) > MOST_EXAMPLES:
        raise WorkflowInvalid(f"there are {len(found)} examples; the limit is {MOST_EXAMPLES}")
    for number, example in enumerate(found, 1):
        if not isinstance(example, dict) or not isinstance(example.get("arguments"), dict):
            raise WorkflowInvalid(f"example {number} has no arguments by name", remedy=_REMEDY)
        if unknown := set(example) - {"arguments", "returns"}:
            name = clean_text(str(min(unknown, key=str)))
            raise WorkflowInvalid(f"example {number} has an unknown {name!r}", remedy=_REMEDY)
    try:
        size = len(canonical_bytes(found))
    except CanonicalError as error:
        raise WorkflowInvalid(f"an example is no plain data: {error.message}") from None
    if size > _LARGEST:
        raise WorkflowInvalid(f"the examples have {size:,} bytes; the limit is {_LARGEST:,}")
    return found


def run_tests(program: Program, examples: list[dict[str, Any]]) -> WorkflowTests:
    """Run the examples, and the source's own `test`, and return what came of them."""
    outcomes = [
        _failure(f"example {number}", lambda example=example: _check(program, example))  # type: ignore[misc]
        for number, example in enumerate(examples, 1)
    ]
    if program.source.has_test:
        outcomes.append(_failure("test()", program.test))
    failures = [outcome for outcome in outcomes if outcome is not None]
    if not outcomes:
        return WorkflowTests()
    return WorkflowTests(
        status="failed" if failures else "passed",
        passed=len(outcomes) - len(failures),
        failed=len(failures),
        detail="\n".join(failures[:_MOST_SHOWN]),
    )


_REMEDY = 'write [{"arguments": {"n": 2}, "returns": 4}]'


def _failure(what: str, check: Callable[[], object]) -> str | None:
    """Return why a check failed, None where it did not."""
    try:
        check()
    except (Exception, SystemExit) as error:  # noqa: BLE001  anything that it raises is a failure
        try:
            message = str(error)
        except Exception:  # noqa: BLE001  what somebody's __str__ does is not the failure
            message = ""
        return clean_text(f"{what}: {type(error).__name__}: {message}".removesuffix(": "))
    return None


def _check(program: Program, example: dict[str, Any]) -> None:
    value = program.call(program.bind(example["arguments"]))
    if "returns" in example and _plain(value) != example["returns"]:
        got, wanted = (_shown(each) for each in (value, example["returns"]))
        raise AssertionError(f"it returned {got}, not {wanted}")


def _plain(value: Any) -> Any:
    """Return a value with its tuples as lists, as JSON has no others."""
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if type(value) is dict:
        return {key: _plain(item) for key, item in value.items()}
    return value


def _shown(value: Any) -> str:
    return clean_text(repr(summary({"value": value})["value"]))
