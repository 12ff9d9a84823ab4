"""What a result says of the error of a cell."""

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")

ERRORS = {
    "1/0": ("ZeroDivisionError", "division by zero", 1),
    "x = 1\n\nraise ValueError('text')": ("ValueError", "text", 3),
    "raise KeyError('k')": ("KeyError", "'k'", 1),
    "class Own(Exception): pass\nraise Own('a', 1)": ("Own", "('a', 1)", 2),
    "raise ValueError('two\\nlines')": ("ValueError", "two\nlines", 1),
    "raise ValueError('\\x1b[31mred')": ("ValueError", "\x1b[31mred", 1),
    "assert 1 == 2, 'no'": ("AssertionError", "no", 1),
    "import no_such_module": ("ModuleNotFoundError", "No module named 'no_such_module'", 1),
    "undefined_name": ("NameError", "name 'undefined_name' is not defined", 1),
    "int(\n'x'\n)": ("ValueError", "invalid literal for int() with base 10: 'x'", 1),
    "def f():\n    g()\ndef g():\n    [][1]\nf()": ("IndexError", "list index out of range", 4),
    "import json\njson.loads('{')": ("JSONDecodeError", None, 2),
    "import asyncio\nawait asyncio.sleep(0)\n1/0": ("ZeroDivisionError", "division by zero", 3),
    "try:\n    1/0\nexcept Exception as e:\n    raise ValueError('x') from e": (
        *("ValueError", "x"),
        4,
    ),
    "raise SystemExit(3)": ("SystemExit", "3", 1),
    "raise BaseException('base')": ("BaseException", "base", 1),
    "raise ExceptionGroup('all', [ValueError(1)])": (
        *("ExceptionGroup", "all (1 sub-exception)"),
        1,
    ),
    "a = 1\nb = = 2": ("SyntaxError", None, 2),
    "def f():\nreturn": ("IndentationError", None, 2),
    "print('a'": ("SyntaxError", None, 1),
    "return 1": ("SyntaxError", None, 1),
    "class Bad:\n    def __repr__(self): return 1/0\nBad()": (
        *("ZeroDivisionError", "division by zero"),
        None,
    ),
    "%no_such_magic": ("UsageError", "Line magic function `%no_such_magic` not found.", None),
}


@pytest.mark.parametrize("code", ERRORS)
async def test_an_error_has_name_message_and_line(session, end_of, as_notebook, code):
    result = await session.run(code)
    name, value, line = ERRORS[code]
    assert result.status == "error"
    assert result.error.name == name
    if value is not None:
        assert result.error.value == value
    assert result.value is None
    if line is not None:
        assert result.error.line == line
    as_notebook(result.outputs)
    recorded = end_of(session, result).body
    assert recorded["status"] == "error"
    assert recorded["error"]["name"] == result.error.name
    assert recorded["error"]["value"] == result.error.value
    assert recorded["error"].get("line") == result.error.line


async def test_output_from_before_an_error_is_kept(session):
    result = await session.run("print('before'); display('shown')\n1/0\nprint('after')")
    assert result.stdout == "before\n"
    types = [output["output_type"] for output in result.outputs]
    assert types == ["stream", "display_data", "error"]


async def test_a_traceback_is_plain_text_that_shows_the_code(session):
    result = await session.run("def divide():\n    return 1 / 0  # here\ndivide()")
    assert "ZeroDivisionError" in result.error.traceback
    assert "return 1 / 0  # here" in result.error.traceback
    assert "\x1b" not in result.error.traceback
    (error,) = result.outputs
    assert "\x1b" in "".join(error["traceback"])


async def test_a_traceback_tells_of_what_was_handled_before(session):
    result = await session.run("try:\n    1/0\nexcept Exception:\n    raise ValueError('second')")
    assert "ZeroDivisionError" in result.error.traceback
    assert "During handling of the above exception" in result.error.traceback


async def test_an_error_in_a_function_of_an_earlier_cell_is_placed_in_this_one(session):
    await session.run("\n\n\ndef fails():\n    raise ValueError('there')")
    result = await session.run("x = 1\nfails()")
    assert result.error.line == 2
    assert "raise ValueError('there')" in result.error.traceback


async def test_an_error_as_text_is_one_line(session):
    result = await session.run("x = 1\n1/0")
    assert str(result.error) == "ZeroDivisionError: division by zero (line 2)"


async def test_an_error_leaves_the_next_cell_alone(session):
    await session.run("kept = 1; 1/0")
    result = await session.run("kept")
    assert (result.status, result.value, result.error) == ("ok", 1, None)


async def test_a_keyboard_interrupt_that_the_code_raises_is_an_interruption(session, end_of):
    result = await session.run("raise KeyboardInterrupt")
    assert (result.status, result.error.name) == ("interrupted", "KeyboardInterrupt")
    assert end_of(session, result).body["status"] == "interrupted"


async def test_an_error_that_is_too_long_for_a_record_is_whole_in_the_result(session, end_of):
    result = await session.run("raise ValueError('x' * 300_000)")
    assert result.error.value == "x" * 300_000
    assert end_of(session, result).body["status"] == "error"


async def test_errors_that_cannot_be_shown_are_errors_all_the_same(session):
    result = await session.run(
        "class Odd(Exception):\n    def __str__(self): raise RuntimeError('no text')\nraise Odd"
    )
    assert result.status == "error"
    assert "no text" in result.error.traceback
    assert (await session.run("1")).value == 1
