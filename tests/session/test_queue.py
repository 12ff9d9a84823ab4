"""Cells that are asked for at once, or right after each other."""

import asyncio

import pytest
from jupyter_client.blocking import BlockingKernelClient

pytestmark = pytest.mark.asyncio(loop_scope="module")

SLOW_PUBLISHER = """
import threading
publisher = get_ipython().kernel.iopub_thread
def hold_back():
    released = threading.Event()
    def wait():
        # The publisher takes nothing up until the shell has had time to send its reply.
        released.wait(0.3)
    publisher.io_loop.add_callback(wait)
"""


async def test_cells_asked_for_at_once_run_in_order_each_with_its_own_output(session):
    before = session.log.size
    results = await asyncio.gather(
        *(session.run(f"print('out', {n}); display({n}); {n}") for n in range(50))
    )
    for n, result in enumerate(results):
        assert (result.status, result.value, result.stdout) == ("ok", n, f"out {n}\n")
        assert [o["output_type"] for o in result.outputs] == [
            "stream",
            "display_data",
            "execute_result",
        ]
    counts = [result.execution_count for result in results]
    assert counts == list(range(counts[0], counts[0] + 50))
    kinds = [stored.kind for stored in session.log.read(after=before, limit=200)]
    assert kinds == ["threadbook.cell.start", "threadbook.cell.end"] * 50


async def test_a_failing_cell_does_not_take_those_that_wait_with_it(session):
    codes = ["1/0", "1", "raise KeyboardInterrupt", "2", "syntax error", "3"]
    results = await asyncio.gather(*map(session.run, codes))
    assert [result.status for result in results] == [
        *("error", "ok"),
        *("interrupted", "ok"),
        *("error", "ok"),
    ]
    assert [result.value for result in results] == [None, 1, None, 2, None, 3]


@pytest.mark.parametrize(("code", "seen"), [("1+1", (2, "", "2")), ("print(1)", (None, "1\n", ""))])
async def test_of_six_hundred_cells_none_loses_anything(open_session, log, code, seen):
    session = await open_session()
    results = [await session.run(code) for _ in range(600)]
    assert {r.status for r in results} == {"ok"}
    assert {(r.value, r.stdout, r.text) for r in results} == {seen}
    ends = list(log.read_all(kind="threadbook.cell.end"))
    assert [end.id for end in ends] == [r.record_id for r in results]
    assert all(len(end.body["outputs"]) == 1 for end in ends)


async def test_failing_cells_in_a_row_lose_nothing(session):
    for n in range(50):
        failed, fine = await session.run(f"print({n}); 1/0"), await session.run(f"print({n})")
        assert (failed.status, failed.stdout) == ("error", f"{n}\n")
        assert (fine.status, fine.stdout) == ("ok", f"{n}\n")


async def test_output_that_arrives_after_the_reply_is_waited_for(session):
    await session.run(SLOW_PUBLISHER)
    for n in range(3):
        result = await session.run(f"hold_back()\nfor part in range(20): display(part)\n{n}")
        shown = [output["data"]["text/plain"] for output in result.outputs]
        assert shown == [*map(str, range(20)), str(n)]


@pytest.fixture
def other_client(session):
    """Provide a second client of the kernel of a session."""
    client = BlockingKernelClient()
    client.load_connection_file(str(session._connection._folder / "kernel.json"))
    client.start_channels(hb=False)
    yield client
    client.stop_channels()


async def test_two_clients_get_their_own_output_and_both_are_recorded(session, other_client):
    before = session.log.size

    def run_others():
        return [
            other_client.execute_interactive(f"print('other {n}')", output_hook=lambda _: None)
            for n in range(30)
        ]

    others = asyncio.get_running_loop().run_in_executor(None, run_others)
    own = [await session.run(f"print('own {n}')") for n in range(30)]
    replies = await others
    assert [result.stdout for result in own] == [f"own {n}\n" for n in range(30)]
    assert {reply["content"]["status"] for reply in replies} == {"ok"}
    outputs = {
        end.id: end.body["outputs"][0]["text"]
        for end in session.log.read(after=before, limit=500, kind="threadbook.cell.end")
    }
    assert len(outputs) == 60
    for n in range(30):
        assert outputs[own[n].record_id] == f"own {n}\n"
        assert outputs[replies[n]["metadata"]["threadbook"]["record"]] == f"other {n}\n"


async def test_a_cell_that_another_client_causes_to_be_skipped_is_aborted(
    session, other_client, started, go, until, end_of
):
    result = None
    while result is None or result.status == "ok":  # then it came after the failure
        started.clear()
        go.clear()
        other_client.execute(f"{started.give}{go.wait}1/0")
        await until(started.is_set)
        cell = asyncio.ensure_future(session.run("skipped = False"))
        await until(lambda: session._running is not None)
        go.set()
        result = await cell
    assert (result.status, result.value, result.error) == ("aborted", None, None)
    assert end_of(session, result).body["status"] == "aborted"
    assert (await session.run("1")).value == 1
