"""Parsing a source: what it tells, what it refuses, and that nothing in it ever runs."""

import ast
import gc
import keyword
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadbook.errors import WorkflowInvalid
from threadbook.folds.workflows import RESERVED, name_problem
from threadbook.library.source import (
    INJECTED,
    LARGEST_SOURCE,
    MOST_PARAMETERS,
    check_name,
    parse_source,
)
from threadbook.library.workflows import Workflows

RICH = '''
"""Fetch prices.

More about it.
"""

from decimal import Decimal

async def run(
    url: "str | None",
    days: dict[str, list[int]] = {"a": [1]},
    *,
    tools,
    kind: Literal["x", "y"] = sys.maxsize,
    **rest: Decimal,
) -> list[Decimal]:
    """Not this.

    Args:
        url (str): where they are,
            in two lines
        days: how many

    Returns:
        list: all
    """
    return []
'''


def facts(parameter):
    return (parameter.name, parameter.kind, parameter.type, parameter.default)


def test_n71_annotations_defaults_and_docs_are_kept():
    parsed = parse_source(RICH)
    assert [facts(each) for each in parsed.parameters] == [
        ("url", "positional_or_keyword", "str | None", None),
        ("days", "positional_or_keyword", "dict[str, list[int]]", "{'a': [1]}"),
        ("kind", "keyword_only", "Literal['x', 'y']", "sys.maxsize"),
        ("rest", "var_keyword", "Decimal", None),
    ]
    docs = {each.name: each.description for each in parsed.parameters}
    assert docs == {
        "url": "where they are, in two lines",
        "days": "how many",
        "kind": "",
        "rest": "",
    }
    assert [each.name for each in parsed.injected] == ["tools"]
    assert (parsed.description, parsed.returns) == ("Fetch prices.", "list[Decimal]")
    assert (parsed.is_async, parsed.has_test) == (True, False)


def test_docs_in_the_form_of_sphinx():
    parsed = parse_source(
        'def run(a, b):\n    """Do it.\n\n'
        '    :param int a: one\n        thing\n    :param b: two\n    """'
    )
    assert [each.description for each in parsed.parameters] == ["one thing", "two"]
    assert parsed.description == "Do it."


@pytest.mark.parametrize(
    ("test", "is_test"),
    [
        ("def test(): pass", True),
        ("async def test(tools, x=1, *, deps): pass", True),
        ("def test(x): pass", False),
        ("def test(*, x): pass", False),
        ("test = 5", False),
    ],
)
def test_a_test_is_a_function_that_the_session_can_call(test, is_test):
    assert parse_source(f"def run(): pass\n{test}").has_test is is_test


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("", "defines no function `run`"),
        ("x = 1", "defines no function `run`"),
        ("def go(): pass", "defines no function `run`"),
        ("class A:\n    def run(self): pass", "defines no function `run`"),
        ("def run(:", "line 1: the source does not parse"),
        ("\n\nreturn 5\ndef run(): pass", "line 3: the source does not parse"),
        ("def run():\n    await x", "line 2: the source does not parse"),
        ("def run():\n    x = 1\n  y", "line 3: the source does not parse"),
        ("def run(): pass\ndef run(): pass", "line 2: `run` has to be one function"),
        ("def run(): pass\nif x:\n    run = 5", "line 3: `run` has to be one function"),
        ("def run(): pass\nfrom x import y as run", "line 2: `run` has to be one function"),
        ("def run(): pass\ndel run", "line 2: `run` has to be one function"),
        ("def run(): pass\nclass run: pass", "line 2: `run` has to be one function"),
        ("def run(): pass\ntry: pass\nexcept E as run: pass", "`run` has to be one function"),
        ("def run(): pass\nmatch x:\n    case [*run]: pass", "`run` has to be one function"),
        ("def run(): pass\nmatch x:\n    case {**run}: pass", "`run` has to be one function"),
        ("def run():\n    yield 1", "line 1: run yields"),
        ("async def run():\n    yield 1", "line 1: run yields"),
        ("def run(a, /): pass", "line 1: run is called with keywords"),
        ("def run(*a): pass", "line 1: run is called with keywords"),
        (f"def run(x={'9' * 2000}): pass", "line 1: an annotation or default has 2,000"),
        (f"def run({','.join(f'a{n}' for n in range(101))}): pass", "line 1: run has 101"),
        ("def run(): pass\n#\0", "line 2: the source has a NUL"),
        ("def run(): pass\n#\ud800", "line 2: the source has a character that UTF-8"),
        ("#" * (LARGEST_SOURCE + 1), "the limit is 1,048,576"),
        (5, "a source is text, not int"),
        (b"def run(): pass", "a source is text, not bytes"),
        (None, "a source is text, not NoneType"),
        (f"x = {'9' * 5000}\ndef run(): pass", "does not parse"),
    ],
)
def test_a_source_that_cannot_be_saved_says_why_and_where(source, problem):
    with pytest.raises(WorkflowInvalid) as caught:
        parse_source(source)
    assert problem in caught.value.message


@pytest.mark.parametrize(
    "deep",
    [
        "(" * 100_000,
        "-" * 200_000 + "1",
        "a" + ".b" * 300_000,
        "1" + "+1" * 400_000,
        "lambda:" * 100_000 + "1",
        "not " * 200_000 + "1",
        "def run(x: a" + ".b" * 20_000 + "): pass",
        "def run():\n" + "".join(" " * n + "if 1:\n" for n in range(1, 300)),
        "x" + "[x" * 5_000 + "]" * 5_000,
    ],
    ids=lambda deep: deep[:12],
)
def test_a_source_that_is_nested_too_deeply_is_refused(deep):
    with pytest.raises(WorkflowInvalid):
        parse_source(deep)


def test_nested_functions_and_their_names_are_no_concern():
    source = "def run():\n    run = 1\n    def gen():\n        yield run\n    return list(gen())"
    assert parse_source(source).parameters == ()


def test_limits_are_what_is_allowed():
    names = ",".join(f"a{number}" for number in range(MOST_PARAMETERS))
    assert len(parse_source(f"def run({names}): pass").parameters) == MOST_PARAMETERS
    head = "def run(): pass\n"
    assert parse_source(head + "#" * (LARGEST_SOURCE - len(head))).injected == ()


CODE = st.lists(
    st.sampled_from(
        [
            "def run(", "async ", "def ", "run", "(", ")", ":", "\n", "    ", "pass", "a", "=", "1",
            "*", "**", "/", ",", "->", "'", '"""', "Args:\n", ":param a: x", "\\", "#", "\t", "\f",
            "yield", "await", "return", "import run", "\0", "\ud800", "\u2028", "é", "lambda",
            "{", "}", "[", "]", "f'{", "@", "class ", "match x:\n case ", "del ", "for ", " in ",
        ]
    )
).map("".join)  # fmt: skip


@given(st.one_of(st.text(), CODE, CODE.map(lambda end: f"def run():\n    {end}")))
def test_whatever_a_source_is_it_is_parsed_or_refused(source):
    with suppress(WorkflowInvalid):
        parsed = parse_source(source)
        assert parsed.text == source
        assert not {each.name for each in parsed.parameters} & INJECTED


@given(CODE)
def test_n66_whatever_a_source_says_it_does_not_run(code):
    source = f"import sys\nsys.modules['threadbook_was_here'] = 1\ndef run():\n    pass\n{code}"
    with suppress(WorkflowInvalid):
        parse_source(source)
    assert "threadbook_was_here" not in sys.modules


@pytest.mark.parametrize(
    "name",
    [
        *sorted(RESERVED), "", "a b", "a-b", "../x", "a/b", "/etc/passwd", "a\0", "\0", "1a", "a.b",
        "class", "None", "_a", "__init__", "a" * 65, "\ufb01le", "\u2170", "a\u200b", "\ud800",
        5, None, b"a", ["a"],
    ],
)  # fmt: skip
def test_n75_names_that_cannot_be_are_refused_with_the_reason(name):
    with pytest.raises(WorkflowInvalid) as caught:
        check_name(name)
    assert caught.value.message
    assert caught.value.remedy


@pytest.mark.parametrize("name", ["a", "fetch_prices", "a" * 64, "grün", "match", "x1", "tools"])
def test_names_that_code_can_write_are_taken(name):
    assert check_name(name) == name


@given(st.one_of(st.text(), st.from_regex(r"[^\W\d]\w{0,70}", fullmatch=True)))
def test_a_name_that_is_taken_is_reached_by_code(name):
    if name_problem(name) is not None:
        return
    found = eval(f"w.{name}", {"w": type("W", (), {"__getattr__": lambda _self, asked: asked})()})
    assert found == name
    assert not keyword.iskeyword(name)
    assert Path(name).name == name


def test_everything_the_namespace_has_is_reserved():
    own = {name for name in vars(Workflows) if not name.startswith("_")}
    assert own <= RESERVED


def test_a_finalizer_that_parses_in_the_middle_does_no_harm():
    source = "def run(a, b):\n" + "    a = [x + (y * 2) for x, y in zip(a, b)]\n" * 20
    collections_left = 0

    def parse_in_between(phase, _info):
        nonlocal collections_left
        collections_left -= phase == "start"
        if phase == "start" and collections_left == 0:
            ast.parse("f(1)")

    threshold = gc.get_threshold()
    gc.callbacks.append(parse_in_between)
    gc.set_threshold(5)
    try:
        for nth in range(1, 100):
            collections_left = nth
            assert [one.name for one in parse_source(source).parameters] == ["a", "b"]
    finally:
        gc.set_threshold(*threshold)
        gc.callbacks.remove(parse_in_between)
