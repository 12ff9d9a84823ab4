"""What a result says of the output of a cell."""

import hashlib
import json

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")

ONE_OF_EACH = """
import sys
from IPython.display import HTML, Markdown, display
print("first")
print("second", file=sys.stderr)
display(HTML("<p>third</p>"))
print("fourth")
sys.stdout.write("fifth")
display(Markdown("*sixth*"), {"seventh": 7})
"eighth"
"""

OUTPUTS = {
    "nothing": "x = 1",
    "streams": "import sys; print('a'); print('b', file=sys.stderr); print('c')",
    "one of each": ONE_OF_EACH,
    "an error after output": f"{ONE_OF_EACH}\n1 / 0",
    "a syntax error": "def",
    "an image": "display({'image/png': 'iVBORw==', 'text/plain': 'x'}, raw=True)",
    "json": "display({'application/json': {'a': [1.5, None]}, 'text/plain': 'x'}, raw=True)",
    "an update": "d = display('before', display_id=True); d.update('after')",
    "a cleared output": "from IPython.display import clear_output; print(1); clear_output(); 2",
    "control characters": r"print('\x1b[31mred\x1b[0m\r50%\r100%\x08\x00')",
    "a long line": "print('é' * 100_000)",
    "a long result": "['x' * 1000] * 100",
    "help": "import os; ?os.path.join",
}


async def test_stdout_and_stderr_come_back_apart_and_in_order(session):
    result = await session.run(
        "import sys\n"
        "for n in range(3):\n"
        "    print('out', n, flush=True); print('err', n, file=sys.stderr, flush=True)"
    )
    assert result.stdout == "out 0\nout 1\nout 2\n"
    assert result.stderr == "err 0\nerr 1\nerr 2\n"
    assert [(o["name"], o["text"]) for o in result.outputs] == [
        (name, f"{name[3:]} {n}\n") for n in range(3) for name in ("stdout", "stderr")
    ]


async def test_each_stream_is_whole_when_both_are_written_at_once(session):
    result = await session.run(
        "import sys\nfor n in range(3000):\n    print(n); print(-n, file=sys.stderr)"
    )
    assert result.stdout == "".join(f"{n}\n" for n in range(3000))
    assert result.stderr == "".join(f"{-n}\n" for n in range(3000))


async def test_output_of_different_types_keeps_its_order(session):
    result = await session.run(ONE_OF_EACH)
    assert [shown(output) for output in result.outputs] == [
        ("stdout", "first\n"),
        ("stderr", "second\n"),
        ("display_data", "<IPython.core.display.HTML object>"),
        ("stdout", "fourth\nfifth"),
        ("display_data", "<IPython.core.display.Markdown object>"),
        ("display_data", "{'seventh': 7}"),
        ("execute_result", "'eighth'"),
    ]


def shown(output):
    if output["output_type"] == "stream":
        return output["name"], output["text"]
    return output["output_type"], output["data"]["text/plain"]


@pytest.mark.parametrize("name", OUTPUTS)
async def test_outputs_fit_a_notebook_and_are_those_of_the_record(
    session, end_of, as_notebook, name
):
    result = await session.run(OUTPUTS[name])
    as_notebook(result.outputs)
    assert recorded(session.log, end_of(session, result)) == result.outputs


def recorded(log, end):
    """Return the outputs of a cell from its record, and from the blob that it may name."""
    outputs = end.body.get("outputs", [])
    if isinstance(outputs, dict):
        outputs = json.loads(log.blobs.get(outputs["blob"]))
    data = json.dumps(outputs, sort_keys=True, separators=(",", ":")).encode()
    assert hashlib.sha256(data).hexdigest() == end.body["outputs_hash"]
    return outputs


async def test_a_cell_without_output_succeeds(session):
    result = await session.run("pass")
    assert result.is_ok
    assert (result.stdout, result.stderr, result.outputs) == ("", "", [])
    assert result.error is None


async def test_a_warning_is_no_failure(session):
    result = await session.run("import warnings; warnings.warn('careful')")
    assert result.status == "ok"
    assert result.error is None
    assert "careful" in result.stderr


async def test_text_is_kept_as_it_was_written(session):
    text = "é😀\x1b[31m\r\n\t\x00\x08 end without a newline"
    assert (await session.run(f"print({text!r}, end='')")).stdout == text


async def test_output_of_child_processes_and_of_c_code_belongs_to_the_cell(session):
    result = await session.run(
        "import os, subprocess\n"
        "subprocess.run(['sh', '-c', 'echo child; echo child error >&2'])\n"
        "os.write(1, b'descriptor\\n')\n"
        "import ctypes; libc = ctypes.CDLL(None); libc.puts(b'C'); libc.fflush(None)\n"
        "!echo shell"
    )
    assert sorted(result.stdout.split()) == ["C", "child", "descriptor", "shell"]
    assert result.stderr == "child error\n"


async def test_a_display_that_is_updated_shows_its_last_state(session):
    result = await session.run("d = display('before', display_id=True); d.update('after')")
    assert [shown(output) for output in result.outputs] == [("display_data", "'after'")]


async def test_output_that_was_cleared_is_gone(session):
    result = await session.run(
        "from IPython.display import clear_output\nprint('a'); clear_output(); print('b')"
    )
    assert result.stdout == "b\n"


async def test_output_after_the_end_of_a_cell_does_not_reach_the_next(session, go, until):
    before = session.log.size
    await session.run(
        f"import threading\ndef late():\n    {go.wait.replace(chr(10), chr(10) + '    ')}\n"
        "    print('late')\nthreading.Thread(target=late).start()"
    )
    result = await session.run(f"{go.give}import time\ntime.sleep(0.1)\nprint('own')")
    assert result.stdout == "own\n"

    def late_output():
        found = session.log.read(after=before, kind="threadbook.cell.output")
        return found and found[0].body["outputs"]

    assert [output["text"] for output in await until(late_output)] == ["late\n"]


async def test_every_result_has_a_count_a_duration_and_a_record_of_its_own(session, end_of):
    results = [await session.run(code) for code in ("1", "print(1)", "1/0", "pass")]
    counts = [result.execution_count for result in results]
    assert counts == list(range(counts[0], counts[0] + 4))
    assert all(result.duration > 0 for result in results)
    assert len({result.record_id for result in results}) == 4
    for code, result in zip(("1", "print(1)", "1/0", "pass"), results, strict=True):
        end = end_of(session, result)
        start = session.log.get(end.parents[0])
        assert (start.thread, start.body["code"]) == (session.thread, code)
        assert end.body["status"] == result.status
        assert end.body["execution_count"] == result.execution_count


async def test_fifty_megabytes_are_cut_in_the_result_and_whole_in_the_record(session, end_of):
    result = await session.run(
        "import sys\nfor n in range(50):\n    sys.stdout.write(chr(65 + n % 26) * 2**20)\n'end'"
    )
    assert result.status == "ok"
    assert result.value == "end"
    assert result.is_truncated
    assert len(result.stdout) <= 16 * 2**20
    (text, end) = recorded(session.log, end_of(session, result))
    assert len(text["text"]) == 50 * 2**20
    assert text["text"].startswith(result.stdout)
    assert text["text"][:: 2**20] == "".join(chr(65 + n % 26) for n in range(50))
    assert end["data"]["text/plain"] == "'end'"

    assert not (await session.run("1")).is_truncated


async def test_the_error_and_value_of_a_truncated_cell_are_known(open_session):
    session = await open_session(output_limit=1000)
    spam = "for n in range(20):\n    display('x' * 100)\n"
    failed = await session.run(f"{spam}raise ValueError('after all')")
    assert failed.is_truncated
    assert (failed.error.name, failed.error.value) == ("ValueError", "after all")
    assert "Traceback" in failed.error.traceback
    fine = await session.run(f"{spam}'value'")
    assert fine.is_truncated
    assert fine.value == "value"
    assert not (await session.run("print('x' * 100)")).is_truncated
