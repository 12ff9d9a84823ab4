"""What a result says of the value of a cell."""

import hashlib
import math

import pytest

from threadbook.session import LargeValue, MimeBundle

pytestmark = pytest.mark.asyncio(loop_scope="module")

PLAIN = [
    "None",
    "True",
    "False",
    "0",
    "-1",
    "2**63 - 1",
    "2**64",
    "-2**63",
    "-2**64",
    "10**400",
    "-10**400",
    "0.1",
    "-0.0",
    "1e308",
    "5e-324",
    "float('inf')",
    "float('-inf')",
    "float('nan')",
    "''",
    "'text'",
    r"'é😀\x00\x1b[31m\r\n'",
    "b''",
    "bytes(range(256))",
    "[]",
    "()",
    "{}",
    "[1, 2.0, 'three', None, True, b'six']",
    "(1, (2, (3,)), ())",
    "{'a': [1, {'b': (2, None)}], 'c': {}}",
    "{1: 'int key', -5: [], 'x': ()}",
    "[[], (), {}, [()], ([],), {'': ()}]",
    "[float('nan'), (2**70, -2**70), {'big': 2**100}]",
]

MORE_THAN_DATA = {
    "class Liar:\n    def __repr__(self): return '42'\nLiar()": "42",
    "class Liar:\n    def __repr__(self): return 'None'\nLiar()": "None",
    "class Liar:\n    def __repr__(self): return '{\"a\": 1}'\nLiar()": '{"a": 1}',
    "class Count(int): pass\nCount(42)": "42",
    "class Name(str): pass\nName('x')": "'x'",
    "class Rows(list): pass\nRows([1])": "[1]",
    "import collections; collections.OrderedDict(a=1)": "OrderedDict([('a', 1)])",
    "import collections; collections.namedtuple('P', 'x')(1)": "P(x=1)",
    "import enum; enum.IntEnum('Color', 'RED').RED": "<Color.RED: 1>",
    "{1, 2}": "{1, 2}",
    "frozenset({1})": "frozenset({1})",
    "bytearray(b'a')": "bytearray(b'a')",
    "1j": "1j",
    "...": "Ellipsis",
    "range(3)": "range(0, 3)",
    "int": "int",
    "import decimal; decimal.Decimal('1.10')": "Decimal('1.10')",
    "import datetime; datetime.date(2024, 2, 29)": "datetime.date(2024, 2, 29)",
    "{(1, 2): 3}": "{(1, 2): 3}",
    "{True: 1}": "{True: 1}",
    "{None: 1}": "{None: 1}",
    r"'\udc80'": r"'\udc80'",
    "loop = []; loop.append(loop); loop": "[[...]]",
    "import numpy as np; np.float64(2)": "np.float64(2.0)",
    "import numpy as np; np.int64(2)": "np.int64(2)",
    "import numpy as np; np.bool_(True)": "np.True_",
    "import numpy as np; np.str_('x')": "np.str_('x')",
    "import numpy as np; [1, np.float64(2)]": "[1, np.float64(2.0)]",
    "import numpy as np; np.arange(3)": "array([0, 1, 2])",
}

EVERY_FORMAT = """
class Shown:
    def __repr__(self): return 'shown'
    def _repr_html_(self): return '<b>shown</b>'
    def _repr_svg_(self): return '<svg/>'
    def _repr_png_(self): return b'\\x89PNG'
    def _repr_jpeg_(self): return b'\\xff\\xd8'
    def _repr_json_(self): return {'shown': [1, None]}
    def _repr_latex_(self): return '$x$'
    def _repr_markdown_(self): return '**shown**'
Shown()
"""


@pytest.mark.parametrize("code", PLAIN)
async def test_plain_data_arrives_equal_and_of_the_same_types(session, code):
    result = await session.run(code)
    expected = eval(code)
    assert result.status == "ok"
    assert type(result.value) is type(expected)
    assert repr(result.value) == repr(expected)  # tells 1 from True and 1.0, and knows NaN


async def test_the_sign_of_zero_and_not_a_number_survive(session):
    result = await session.run("(-0.0, float('nan'))")
    zero, nan = result.value
    assert math.copysign(1, zero) == -1
    assert math.isnan(nan)


@pytest.mark.parametrize("code", MORE_THAN_DATA)
async def test_what_is_more_than_data_arrives_as_its_description(session, code):
    result = await session.run(code)
    assert result.status == "ok"
    assert isinstance(result.value, MimeBundle)
    assert result.value.text == result.text == MORE_THAN_DATA[code]


async def test_nested_data_of_any_depth_ends_as_a_value_or_an_error(session):
    for depth in (100, 300, 500, 100_000):
        for wrap in ("[x]", "(x,)", "{'x': x}"):
            code = f"x = 1\nfor _ in range({depth}): x = {wrap}\nx"
            result = await session.run(code)
            if result.status == "ok" and not isinstance(result.value, (MimeBundle, LargeValue)):
                value, levels = result.value, 0
                while value != 1:
                    value, levels = next(iter(value.values() if "'" in wrap else value)), levels + 1
                assert levels == depth
            else:
                assert isinstance(result.value, MimeBundle) or result.error.name == "RecursionError"
    assert (await session.run("1")).value == 1


async def test_a_data_frame_arrives_as_text_and_html(session):
    result = await session.run("import pandas as pd; pd.DataFrame({'mass': [1, 2]})")
    assert isinstance(result.value, MimeBundle)
    assert "mass" in result.value.data["text/plain"]
    assert "<table" in result.value.data["text/html"]
    assert result.text == result.value.data["text/plain"]


async def test_a_bundle_has_every_format_that_the_object_offers(session, as_notebook):
    result = await session.run(EVERY_FORMAT)
    assert result.value.data == {
        "text/plain": "shown",
        "text/html": "<b>shown</b>",
        "image/svg+xml": "<svg/>",
        "image/png": "iVBORw==",
        "image/jpeg": "/9g=",
        "application/json": {"shown": [1, None]},
        "text/latex": "$x$",
        "text/markdown": "**shown**",
    }
    as_notebook(result.outputs)


async def test_a_bundle_keeps_its_metadata(session):
    result = await session.run(
        "class Wide:\n"
        "    def _repr_mimebundle_(self, **_):\n"
        "        return {'text/plain': 'w', 'text/html': 'w'}, {'text/html': {'isolated': True}}\n"
        "Wide()"
    )
    assert result.value.metadata == {"text/html": {"isolated": True}}


@pytest.mark.parametrize("code", ["1;", "x = 1", "import os", "", "# nothing", "for x in [1]: x"])
async def test_a_cell_that_ends_in_no_expression_has_no_value(session, code):
    result = await session.run(code)
    assert (result.status, result.value, result.text, result.outputs) == ("ok", None, "", [])


async def test_none_is_a_value_without_text(session):
    result = await session.run("None")
    assert (result.value, result.text, result.outputs) == (None, "", [])


async def test_only_the_last_expression_is_the_value(session):
    assert (await session.run("1\n2\n'three'")).value == "three"


async def test_something_displayed_is_no_value(session):
    result = await session.run("display({'a': 1}); x = 2")
    assert result.value is None
    assert [output["output_type"] for output in result.outputs] == ["display_data"]


async def test_a_value_does_not_change_with_the_variable_it_came_from(session):
    first = await session.run("changing = [1]; changing")
    await session.run("changing.append(2)")
    assert first.value == [1]


async def test_top_level_await_gives_a_value(session):
    result = await session.run("import asyncio\nawait asyncio.sleep(0)\nawait asyncio.sleep(0, 42)")
    assert result.value == 42


async def test_in_and_out_hold_what_ran(session):
    first = await session.run("'remember me'")
    n = first.execution_count
    assert (await session.run(f"In[{n}], Out[{n}]")).value == ("'remember me'", "remember me")


LARGE = ["'a' * 70_000", "b'x' * 200_000", "list(range(30_000))", "('é' * 40_000, 2**80, None)"]


@pytest.mark.parametrize("code", LARGE)
async def test_a_large_value_is_loaded_through_its_reference(session, code):
    result = await session.run(code)
    large = result.value
    assert isinstance(large, LargeValue)
    loaded, expected = large.load(), eval(code)
    assert loaded == expected
    assert type(loaded) is type(expected)
    stored = session.log.blobs.get(large.ref.blob)
    assert len(stored) == large.ref.size > 64 * 1024
    assert hashlib.sha256(stored).hexdigest() == large.ref.blob


async def test_the_record_of_a_large_value_names_it(session, end_of):
    result = await session.run("'recorded' * 10_000")
    assert end_of(session, result).body["value"]["blob"] == result.value.ref.blob


@pytest.mark.parametrize(("size", "kind"), [(65_533, bytes), (65_534, LargeValue)])
async def test_values_are_inline_up_to_64_kib_of_message_pack(session, size, kind):
    assert isinstance((await session.run(f"b'x' * {size}")).value, kind)


async def test_the_preview_of_a_large_value_has_its_first_and_last_lines(session):
    result = await session.run("[f'{n:05}' + '.' * 100 for n in range(900)]")
    lines = result.value.preview.splitlines()
    assert lines[0].startswith("['00000.")
    assert lines[-1].startswith(" '00899.")
    assert len(lines) == 11
    assert lines[5] == "…"


async def test_the_preview_of_one_long_line_is_short(session):
    result = await session.run("'a' * 100_000")
    assert result.value.preview == f"'{'a' * 99}…{'a' * 99}'"


async def test_a_long_description_is_a_bundle_and_whole(session):
    result = await session.run("class Long:\n    def __repr__(self): return 'x' * 100_000\nLong()")
    assert isinstance(result.value, MimeBundle)
    assert result.value.text == "x" * 100_000
