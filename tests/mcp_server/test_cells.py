"""Running code through MCP: results, errors, pictures, progress, and ways to stop it."""

import asyncio
import base64

import psutil
import pytest

pytestmark = pytest.mark.asyncio(loop_scope="session")

FOR_EVER = "while True:\n    pass"


async def test_n93_a_result_has_value_streams_and_its_record(ask, shared_place):
    found = await ask(
        "run_code", code="import sys\nprint('out')\nprint('err', file=sys.stderr)\n6*7"
    )
    assert (found["status"], found["value"], found["stdout"], found["stderr"]) == (
        "ok",
        42,
        "out\n",
        "err\n",
    )
    assert found["error"] is found["truncated"] is None
    assert found["state_lost"] is False
    with shared_place.log() as log:
        stored = log.get(found["record_id"])
    assert (stored.thread, stored.body["status"]) == (found["thread"], "ok")


async def test_n95_structured_values_come_as_data(ask):
    found = await ask("run_code", code="{'rows': [(1, 2.5), None, True], 'name': 'ä'}")
    assert found["value"] == {"rows": [[1, 2.5], None, True], "name": "ä"}


@pytest.mark.parametrize("code", ["b'bytes'", "float('nan')", "object()", "2**70", "{1: 2}"])
async def test_what_json_cannot_say_comes_as_text_only(ask, code):
    found = await ask("run_code", code=code)
    assert "value" not in found
    assert found["text"]


async def test_n95_pictures_come_as_image_content(client):
    code = "import matplotlib.pyplot as plt\nfigure = plt.figure()\nplt.plot([1, 2])\nplt.show()"
    result = await client.call_tool("run_code", {"code": code})
    (image,) = [piece for piece in result.content if piece.type == "image"]
    assert image.mime_type == "image/png"
    assert base64.b64decode(image.data).startswith(b"\x89PNG")
    assert result.structured_content["images"] == 1


async def test_a_picture_that_is_none_is_left_out_and_said_so(client):
    code = (
        "from IPython.display import publish_display_data\n"
        "publish_display_data({'image/png': 'not base64!', 'text/plain': 'x'})"
    )
    result = await client.call_tool("run_code", {"code": code})
    assert [piece.type for piece in result.content] == ["text"]
    assert result.structured_content["truncated"]["shortened"] == ["images"]


async def test_n93_an_error_has_name_message_and_line_and_is_error(client):
    result = await client.call_tool("run_code", {"code": "x = 1\nraise ValueError('wrong')"})
    assert result.is_error
    assert result.structured_content["status"] == "error"
    assert result.structured_content["error"] == {
        "name": "ValueError",
        "message": "wrong",
        "line": 2,
    }
    assert "ValueError: wrong" in result.content[0].text


async def test_variables_stay_until_reset(ask, refused, client):
    await ask("run_code", code="kept = 'here'")
    assert (await ask("run_code", code="kept"))["value"] == "here"
    before = await ask("run_code", code="1")
    assert (await ask("reset"))["thread"] == before["thread"]
    after = await client.call_tool("run_code", {"code": "kept"})
    assert after.structured_content["error"]["name"] == "NameError"
    assert after.structured_content["state_lost"] is True


async def test_long_output_is_cut_and_can_be_read_piece_by_piece(ask):
    found = await ask("run_code", code="print('a' * 5000 + 'b' * 5000)", max_output_chars=1000)
    assert len(found["stdout"]) < 1100
    assert found["stdout"].startswith("aaa")
    assert found["stdout"].rstrip().endswith("bbb")
    assert found["truncated"] == {
        "shortened": ["stdout"],
        "whole": f"threadbook://cells/{found['record_id']}",
    }
    pieces, offset = [], 0
    while offset is not None:
        piece = await ask("read_output", record_id=found["record_id"], offset=offset, limit=4000)
        pieces.append(piece["text"])
        offset = piece["next_offset"]
    assert "".join(pieces) == "a" * 5000 + "b" * 5000 + "\n"


async def test_a_value_too_large_for_the_limit_is_named_as_shortened(ask):
    found = await ask("run_code", code="'x' * 100_000")
    assert "value" not in found
    assert "value" in found["truncated"]["shortened"]


async def test_hostile_output_does_not_break_the_protocol(ask):
    code = (
        "print('\\x00 \\u2028 \\x1b[31m')\n"
        "deep = []\nfor _ in range(300):\n    deep = [deep]\n"
        'print(\'{"jsonrpc": "2.0"}\')\ndeep'
    )
    found = await ask("run_code", code=code)
    assert "\x00" in found["stdout"]
    assert "value" not in found
    assert (await ask("run_code", code="1"))["value"] == 1


async def test_a_timeout_interrupts_and_keeps_the_kernel(client, ask):
    await ask("run_code", code="kept = 1")
    result = await client.call_tool("run_code", {"code": FOR_EVER, "timeout": 0.3})
    assert result.is_error
    assert result.structured_content["status"] == "timeout"
    assert (await ask("run_code", code="kept"))["value"] == 1


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"code": 1},
        {"code": "1", "timeout": 0},
        {"code": "1", "timeout": "soon"},
        {"code": "1", "max_output_chars": 10**9},
        {"code": "1", "more": True},
    ],
)
async def test_bad_arguments_are_refused_before_anything_runs(refused, arguments):
    assert (await refused("run_code", **arguments))["code"] == "ToolArgumentError"


def begin(client, code):
    """Call run_code; return the task, and the messages of its progress."""
    told = []

    async def note(_progress, _total, message):
        told.append(message)

    arguments = {"code": f"print('begun')\n{code}"}
    calling = client.call_tool("run_code", arguments, progress_callback=note)
    return asyncio.ensure_future(calling), told


async def test_n94_interrupt_ends_a_cell_of_another_request(client, ask, until):
    running, told = begin(client, FOR_EVER)
    await until(lambda: told)
    assert await ask("interrupt") == {"interrupted": True}
    result = await running
    assert result.is_error
    assert result.structured_content["status"] == "interrupted"
    assert await ask("interrupt") == {"interrupted": False}


async def test_progress_is_that_of_ones_own_cell(client, ask, until):
    first, told_first = begin(client, FOR_EVER)
    await until(lambda: told_first)
    second, told_second = begin(client, "import time\nprint('second')\ntime.sleep(1)")
    await until(lambda: any("running for" in one for one in told_second))
    await ask("interrupt")
    assert (await first).structured_content["status"] == "interrupted"
    assert (await second).structured_content["status"] == "ok"
    told = [one for one in told_second if "running for" not in one]
    assert "\n".join(told) == "begun\nsecond"


async def test_reset_ends_what_runs(client, ask, until):
    running, told = begin(client, FOR_EVER)
    await until(lambda: told)
    await ask("reset")
    assert (await running).is_error
    assert (await ask("run_code", code="1"))["value"] == 1


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_n94_progress_tells_what_is_printed_and_cancelling_interrupts(clients, until, mode):
    client = clients[mode]
    running, told = begin(client, "x = 0\nwhile True:\n    x += 1")
    await until(lambda: told)
    assert told[0] == "begun"
    running.cancel()
    await asyncio.wait([running])
    assert running.cancelled()
    after = await client.call_tool("run_code", {"code": "x > 0"})  # waits for its turn
    assert after.structured_content["value"] is True
    asked = {"kind": "threadbook.cell.end", "limit": 2}
    ends = (await client.call_tool("read_thread", asked)).structured_content["records"]
    assert [one["body"]["status"] for one in ends] == ["ok", "interrupted"]


async def test_a_client_that_leaves_takes_the_kernel_with_it(place, until):
    async with place.client() as client:
        found = await client.call_tool("run_code", {"code": "import os\nos.getpid()"})
        pid = found.structured_content["value"]
        assert psutil.pid_exists(pid)
    await until(lambda: not psutil.pid_exists(pid))
