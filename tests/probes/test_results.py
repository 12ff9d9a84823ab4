"""Results and values: probes N1 to N14."""

import asyncio
import hashlib

import pytest

from threadbook.session import LargeValue, MimeBundle
from threadbook.values import unpack_value

pytestmark = pytest.mark.asyncio(loop_scope="module")

LIAR = "class Liar:\n    def __repr__(self): return '42'\nLiar()"

PLAIN = [
    None,
    True,
    0,
    -1.5,
    "text",
    "{'a': 1}",
    [1, 2.0, "3", None, False],
    {"a": [1, {"b": (2, None)}], "c": {}, 1: -0.0},
]

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
display(Shown())
Shown()
"""

FORMATS = {
    "text/plain": "shown",
    "text/html": "<b>shown</b>",
    "image/svg+xml": "<svg/>",
    "image/png": "iVBORw==",
    "image/jpeg": "/9g=",
    "application/json": {"shown": [1, None]},
    "text/latex": "$x$",
    "text/markdown": "**shown**",
}

SHAPE = """
import msgspec

def shape(value):
    "Tell of what a value is made, not what it holds."
    name = f"{type(value).__module__}.{type(value).__qualname__}"
    if isinstance(value, msgspec.Struct):
        return name, {f: shape(getattr(value, f)) for f in value.__struct_fields__}
    if isinstance(value, dict):
        return name, {key: shape(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return name, [shape(item) for item in value]
    return name
"""

SHAPED = [
    "tools.list()",
    "tools.list()[0]",
    "tools.add.list()",
    "tools.search('add numbers')",
    "workflows.get('triple')",
    "workflows.list()",
    "workflows.search('three times')",
    "artifacts.list()",
    "artifacts.load('table')",
    "artifacts.load('bytes')",
    "deps.list()",
]

FAILING = [
    "tools.add()",
    "tools.ad(a=1)",
    "tools.add(1)",
    "tools.fail(message='no')",
    "workflows.get('nothing')",
    "workflows.nothing()",
    "artifacts.load('nothing')",
]

LIBRARY = """
workflows.create('triple', 'def run(n: int = 1) -> int:\\n    "Three times."\\n    return 3 * n')
artifacts.save('table', {'a': [1, None], 'b': (2.5,)}, description='a table')
artifacts.save('bytes', b'\\x00\\xff')
"""


def as_sent(value):
    return repr((type(value), value))


async def test_n1_an_object_with_the_repr_of_a_number_is_not_that_number(mode):
    seen = await mode.run(LIAR)
    assert type(seen.value) is MimeBundle
    assert seen.value != 42
    number = await mode.run("42")
    assert type(number.value) is int
    assert number.text == seen.text == "42"


async def test_n1_the_value_says_what_the_object_is(mode):
    assert (await mode.run(LIAR)).value.type == "__main__.Liar"
    assert (await mode.run("class Count(int): pass\nCount(42)")).value.type == "__main__.Count"
    assert (await mode.run("import decimal; decimal.Decimal(1)")).value.type == "decimal.Decimal"


@pytest.mark.parametrize("value", PLAIN, ids=repr)
async def test_n2_plain_data_arrives_equal_and_of_the_same_types(mode, value):
    seen = await mode.run(repr(value))
    assert seen.status == "ok"
    assert as_sent(seen.value) == as_sent(value)


async def test_n2_no_repr_is_parsed_on_the_way(mode):
    seen = await mode.run("class Odd(dict):\n    def __repr__(self): return '[1]'\n(Odd(a=1), 1)")
    assert isinstance(seen.value, MimeBundle)
    assert as_sent((await mode.run("'[1]'")).value) == as_sent("[1]")


async def test_n3_bytes_arrive_unchanged(mode):
    assert (await mode.run("bytes(range(256))")).value == bytes(range(256))


async def test_n4_every_format_an_object_offers_is_carried(mode):
    seen = await mode.run(EVERY_FORMAT)
    displayed, result = seen.outputs
    for output in (displayed, result):
        data = {media: _stripped(content) for media, content in output["data"].items()}
        assert data == FORMATS
    assert {m: _stripped(content) for m, content in seen.value.data.items()} == FORMATS


def _stripped(content):
    return content.strip() if isinstance(content, str) else content


async def test_n5_stdout_and_stderr_come_back_apart_and_in_order(mode):
    both = "print('out {0}', flush=True); print('err {0}', file=sys.stderr, flush=True)\n"
    cells = [await mode.run("import sys\n" + both.format(n) + both.format(n)) for n in range(3)]
    for n, seen in enumerate(cells):
        written = [(one["name"], one["text"]) for one in seen.outputs]
        assert written == [("stdout", f"out {n}\n"), ("stderr", f"err {n}\n")] * 2
        assert (seen.stdout, seen.stderr) == (f"out {n}\n" * 2, f"err {n}\n" * 2)


async def test_n5_each_record_has_the_output_of_its_own_cell(mode, end_of):
    for n in range(3):
        end = end_of(mode.log, await mode.run(f"print('own {n}')"))
        assert [one["text"] for one in end.body["outputs"]] == [f"own {n}\n"]


async def test_n6_an_error_has_its_parts_and_what_was_printed_before_is_kept(session, end_of):
    result = await session.run("print('before')\n\ndef f():\n    raise ValueError('no')\nf()")
    assert (result.status, result.stdout) == ("error", "before\n")
    assert (result.error.name, result.error.value, result.error.line) == ("ValueError", "no", 4)
    assert "raise ValueError('no')" in result.error.traceback
    assert "\x1b" not in result.error.traceback
    recorded = end_of(session.log, result).body["error"]
    assert recorded == {"name": "ValueError", "value": "no", "line": 4}


async def test_n6_a_syntax_error_has_its_line_too(session):
    result = await session.run("x = 1\ny = = 2")
    assert (result.error.name, result.error.line) == ("SyntaxError", 2)


async def test_n6_a_front_end_is_told_the_same(kernel, end_of):
    seen = await kernel.run("print('before')\nraise ValueError('no')")
    assert (seen.status, seen.stdout, seen.error) == ("error", "before\n", ("ValueError", "no"))
    assert end_of(kernel.log, seen).body["error"]["line"] == 2


@pytest.mark.usefixtures("patient")
async def test_n7_every_way_a_cell_ends_has_a_status_a_duration_and_a_record(
    open_session, started, until, end_of, connection_of
):
    session = await open_session()
    results = {
        "ok": await session.run("1"),
        "error": await session.run("1/0"),
        "timeout": await session.run("while True: pass", timeout=0.2),
        "interrupted": await interrupted(session, started, until),
        "aborted": await aborted(session, connection_of, until),
        "died": await session.run("import os; os._exit(1)"),
    }
    assert {status: result.status for status, result in results.items()} == {
        status: status for status in results
    }
    assert all(result.duration > 0 for result in results.values())
    assert len({result.record_id for result in results.values()}) == len(results)
    for status, result in results.items():
        assert end_of(session.log, result).body["status"] == status


async def interrupted(session, started, until):
    cell = asyncio.ensure_future(session.run(f"{started.give}while True: pass"))
    await until(started.is_set)
    session.interrupt()
    return await cell


async def aborted(session, connection_of, until):
    """Run a cell of a session behind a failing one of another client."""
    with connection_of(session) as other:
        while True:
            failing = other.execute("import time\ntime.sleep(0.3)\n1/0")
            result = await session.run("never = 1")
            while other.get_shell_msg(timeout=60)["parent_header"]["msg_id"] != failing:
                pass
            if result.status != "ok":  # else it came before the failing one, or after its end
                return result


async def test_n7_a_request_to_a_subshell_that_is_not_there_is_refused(kernel, end_of):
    message = kernel.client.session.msg("execute_request", request("1"))
    message["header"]["subshell_id"] = "nowhere"
    reply = await answer_to(kernel, [message])
    trace = reply[0]["metadata"]["threadbook"]
    assert trace["status"] == "refused"
    end = kernel.log.get(trace["record"])
    assert (end.kind, end.body["status"]) == ("threadbook.cell.end", "refused")


async def test_n8_a_request_behind_a_failed_one_is_aborted(kernel):
    session = kernel.client.session
    failing = session.msg("execute_request", request("import time; time.sleep(0.3); 1/0"))
    behind = [session.msg("execute_request", request(f"aborted_{n} = 1")) for n in range(3)]
    first, *others = await answer_to(kernel, [failing, *behind])
    assert first["content"]["status"] == "error"
    for reply in others:
        trace = reply["metadata"]["threadbook"]
        assert reply["content"]["status"] == "aborted"
        assert trace["status"] == "aborted"
        assert kernel.log.get(trace["record"]).body["status"] == "aborted"
    seen = await kernel.run("[name for name in globals() if name.startswith('aborted_')]")
    assert seen.value == []


def request(code):
    return {
        "code": code,
        "silent": False,
        "store_history": True,
        "user_expressions": {},
        "allow_stdin": False,
        "stop_on_error": True,
    }


async def answer_to(kernel, messages):
    """Send requests at once; return the replies in the order of the requests."""
    for message in messages:
        kernel.client.shell_channel.send(message)
    replies = {}
    while len(replies) < len(messages):
        reply = await kernel.client.get_shell_msg(timeout=60)
        replies[reply["parent_header"]["msg_id"]] = reply
    return [replies[message["header"]["msg_id"]] for message in messages]


async def test_n9_a_cell_without_output_succeeds(mode):
    seen = await mode.run("x = 1")
    assert (seen.status, seen.value, seen.text) == ("ok", None, "")
    assert (seen.stdout, seen.stderr, seen.outputs, seen.error) == ("", "", [], None)


async def test_n10_a_warning_is_no_failure(mode):
    seen = await mode.run("import warnings; warnings.warn('careful')")
    assert (seen.status, seen.error, seen.stdout) == ("ok", None, "")
    assert "careful" in seen.stderr


async def test_n11_history_holds_what_ran(session):
    results = [await session.run(f"{n} * 11") for n in range(3)]
    counts = [result.execution_count for result in results]
    held = await session.run(f"[(In[n], Out[n]) for n in {counts}]")
    assert held.value == [(f"{n} * 11", n * 11) for n in range(3)]


async def test_n11_a_failed_cell_is_in_history_without_a_value(mode):
    await mode.run("'before'")
    await mode.run("1/0")
    seen = await mode.run("In[-3], In[-2], _, len(In) - 2 in Out")
    assert seen.value == ("'before'", "1/0", "before", False)


async def test_n12_top_level_await_works(mode):
    seen = await mode.run("import asyncio\nx = await asyncio.sleep(0, 'woken')\nx")
    assert seen.value == "woken"
    seen = await mode.run("[await tools.add.acall(a=n) for n in range(3)]")
    assert seen.value == [2, 3, 4]
    seen = await mode.run("async with asyncio.timeout(60): 'in time'")
    assert seen.status == "ok"


async def test_n13_namespaces_return_the_same_in_both_modes(in_both):
    for seen in await in_both(SHAPE + LIBRARY):
        assert seen.status == "ok", seen.error
    for code in SHAPED:
        in_session, in_kernel = await in_both(f"found = {code}\nshape(found)")
        assert in_session.status == in_kernel.status == "ok", (in_session.error, in_kernel.error)
        assert as_sent(in_session.value) == as_sent(in_kernel.value), code
    for code in (
        "tools.list()",
        "workflows.list()",
        "artifacts.load('table'), tools.echo(value=[1])",
    ):
        in_session, in_kernel = await in_both(code)
        assert in_session.text == in_kernel.text


@pytest.mark.parametrize("code", FAILING)
async def test_n13_namespaces_fail_the_same_in_both_modes(in_both, code):
    in_session, in_kernel = await in_both(code)
    assert in_session.status == in_kernel.status == "error"
    assert in_session.error == in_kernel.error


async def test_n14_a_large_value_arrives_as_a_reference(session):
    result = await session.run("large = [f'line {n}' for n in range(50_000)]\nlarge")
    value = result.value
    assert isinstance(value, LargeValue)
    content = session.log.blobs.get(value.ref.blob)
    assert value.ref.size == len(content) > 64 * 1024
    assert value.ref.blob == hashlib.sha256(content).hexdigest()
    assert value.load() == [f"line {n}" for n in range(50_000)]
    lines = value.preview.splitlines()
    assert "line 0" in lines[0]
    assert len(lines) < 20


async def test_n14_the_preview_has_the_first_and_the_last_of_a_value(session):
    result = await session.run("'\\n'.join(f'line {n}' for n in range(50_000))")
    assert isinstance(result.value, LargeValue)
    assert "line 0" in result.value.preview
    assert "line 49999" in result.value.preview
    assert len(result.value.preview) < 5000
    assert result.value.load() == "\n".join(f"line {n}" for n in range(50_000))


async def test_n14_a_front_end_is_given_the_reference_too(kernel, end_of):
    message = kernel.client.session.msg("execute_request", request("'x' * 100_000"))
    (reply,) = await answer_to(kernel, [message])
    ref = reply["metadata"]["threadbook"]["value"]
    content = kernel.log.blobs.get(ref["blob"])
    assert (ref["size"], ref["blob"]) == (len(content), hashlib.sha256(content).hexdigest())
    assert unpack_value(content) == "x" * 100_000
