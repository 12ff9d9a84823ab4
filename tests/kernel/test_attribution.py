"""Every output is in exactly one record, that of the cell it belongs to; and reaches the client."""

import re
from collections import defaultdict

import pytest

BACK_TO_BACK = 2_000
WITH_THREADS = 500

TOKEN = re.compile(r"<[a-z]+ \d+>")

# Each cell starts threads that it joins or leaves alone; `later` keeps those that print only when
# a later cell lets them, and `pool` tasks that a later cell lets run.
SETUP = """
import threading
from concurrent.futures import ThreadPoolExecutor
pool = ThreadPoolExecutor(4)
gates = {n: threading.Event() for n in range(CELLS + DELAY)}
futures, threads = [], []

def held(text, gate):
    gates[gate].wait()
    print(text)

def keep(thread):
    threads.append(thread)
    thread.start()
    return thread
"""
CELL = """
print("<main {n}>")
keep(threading.Thread(target=print, args=("<joined {n}>",))).join()
keep(threading.Thread(target=print, args=("<left {n}>",)))
keep(threading.Thread(target=held, args=("<held {n}>", {n} + {delay})))
if {n} % 4 == 0:
    futures.append(pool.submit(held, "<pooled {n}>", {n} + 1))
gates[{n}].set()
"<value {n}>"
"""
LET_ALL_GO = """
for gate in gates.values():
    gate.set()
for thread in threads:
    thread.join()
for future in futures:
    future.result()
"""
DELAY = 3
UNDER_WAY = 60
SECONDS = 60


@pytest.fixture
def kernel(start_kernel):
    return start_kernel()


def test_2000_cells_back_to_back_each_keep_their_own_output(kernel):
    numbers = range(BACK_TO_BACK)
    requests = run_all(kernel, (f"print('<printed {n}>')\n'<value {n}>'" for n in numbers))
    expected = {r: [f"<printed {n}>", f"<value {n}>"] for n, r in enumerate(requests)}
    assert tokens_seen(kernel) == expected
    assert tokens_recorded(kernel) == expected
    assert kernel.verify().records == 1 + 2 * BACK_TO_BACK


def test_500_cells_whose_threads_print_now_and_later_each_keep_their_own_output(kernel):
    kernel.run_ok(SETUP.replace("CELLS", str(WITH_THREADS)).replace("DELAY", str(DELAY)))
    numbers = range(WITH_THREADS)
    requests = run_all(kernel, (CELL.format(n=n, delay=DELAY) for n in numbers))
    assert all(kernel.wait(request).status == "ok" for request in requests)
    expected = {}
    for n, request in enumerate(requests):
        names = ["main", "joined", "left", "held", "value"] + ["pooled"] * (n % 4 == 0)
        expected[request] = sorted(f"<{name} {n}>" for name in names)
    kernel.run_ok(LET_ALL_GO)
    kernel.until(lambda: sorted_values(tokens_seen(kernel)) == expected)
    kernel.shut_down()  # records what is still to be recorded
    assert sorted_values(tokens_recorded(kernel)) == expected
    kernel.verify()


def test_what_a_thread_prints_during_a_later_cell_is_recorded_under_the_cell_that_started_it(
    kernel,
):
    first = kernel.run_ok(
        "import threading\ngo = threading.Event()\n"
        "t = threading.Thread(target=lambda: (go.wait(), print('late')))\nt.start()"
    )
    second = kernel.run_ok("go.set()\nt.join()\nprint('mine')")
    kernel.until(lambda: first.text() == "late\n")
    kernel.until(kernel.late_outputs)
    assert second.text() == "mine\n"
    assert texts(kernel.cell(second).outputs) == "mine\n"
    assert kernel.cell(first).outputs == []
    ((late, outputs),) = kernel.late_outputs()
    assert late.body["cell"] == first.trace["start"]
    assert late.parents == (first.trace["start"],)
    assert texts(outputs) == "late\n"


@pytest.mark.parametrize(
    "later",
    [
        "timer = loop.call_later(0, print, 'late')",
        "task = asyncio.create_task(job())",
        "task = asyncio.create_task(asyncio.to_thread(print, 'late'))",
        "task = loop.run_in_executor(None, print, 'late')",
    ],
)
def test_what_a_task_prints_after_its_cell_is_recorded_under_that_cell(kernel, later):
    kernel.run_ok(
        "import asyncio\nloop = asyncio.get_running_loop()\ngo = asyncio.Event()\n"
        "async def job():\n    await go.wait()\n    print('late')"
    )
    started = kernel.run_ok(later)
    kernel.run_ok("go.set()\nawait asyncio.sleep(0)\nprint('mine')")
    kernel.until(lambda: started.text() == "late\n")
    kernel.shut_down()
    # print writes twice: the end of the cell may come between its text and its newline
    assert "".join(map(texts, everything_of(kernel, started))) == "late\n"


def test_output_of_a_forked_child_belongs_to_the_cell_that_forked(kernel):
    forked = kernel.run_ok(
        "import multiprocessing\nfork = multiprocessing.get_context('fork')\n"
        "read, write = fork.Pipe()\n"
        "child = fork.Process(target=lambda: (print('at once'), read.recv(), print('late')))\n"
        "child.start()"
    )
    kernel.until(lambda: "at once\n" in forked.text())
    later = kernel.run_ok("write.send('go')\nchild.join()\nprint('mine', child.exitcode)")
    kernel.until(lambda: forked.text() == "at once\nlate\n")
    kernel.shut_down()
    recorded = "".join(texts(outputs) for outputs in everything_of(kernel, forked))
    assert recorded == "at once\nlate\n"
    assert texts(kernel.cell(later).outputs) == "mine 0\n"
    kernel.verify()


def test_what_a_child_process_writes_to_the_descriptor_is_in_the_record_of_its_cell(kernel):
    requests = {kernel.send(f"import os\nos.system('echo {n}');"): f"{n}\n" for n in range(50)}
    for request, text in requests.items():
        ran = kernel.wait(request)
        assert ran.published[-1]["content"] == {"execution_state": "idle"}
        assert ran.text() == texts(kernel.cell(ran).outputs) == text


def test_cells_of_two_clients_are_kept_apart(kernel):
    with kernel.another_client() as other:
        theirs = [other.execute(f"print('<theirs {n}>')") for n in range(50)]
        ours = [kernel.send(f"print('<ours {n}>')") for n in range(50)]
        for request in ours:
            kernel.wait(request)
        replies = [other.get_shell_msg(timeout=SECONDS) for _ in theirs]
    assert [reply["parent_header"]["msg_id"] for reply in replies] == theirs
    kernel.until(lambda: set(theirs) <= set(tokens_seen(kernel)))
    expected = {request: [f"<theirs {n}>"] for n, request in enumerate(theirs)}
    expected |= {request: [f"<ours {n}>"] for n, request in enumerate(ours)}
    assert tokens_seen(kernel) == tokens_recorded(kernel) == expected


def run_all(kernel, cells):
    """Run cells with many under way at once, but fewer than make zmq drop what is not yet read."""
    requests = []
    for cell in cells:
        requests.append(kernel.send(cell))
        kernel.wait(requests[-UNDER_WAY:][0])
    for request in requests[-UNDER_WAY:]:
        kernel.wait(request)
    return requests


def tokens_seen(kernel):
    """Return the tokens a client received, by the request that their messages name."""
    found = defaultdict(list)
    for request, messages in kernel.published.items():
        for message in messages:
            if message["msg_type"] in ("stream", "execute_result"):
                found[request] += tokens_in(message["content"])
    return {request: tokens for request, tokens in found.items() if tokens}


def tokens_recorded(kernel):
    """Return the tokens in the log, by the request of the cell that their record names."""
    cells = kernel.cells()
    requests = {cell.start.id: request for request, cell in cells.items()}
    found = {request: tokens_in(*cell.outputs) for request, cell in cells.items()}
    for late, outputs in kernel.late_outputs():
        found[requests[late.body["cell"]]] += tokens_in(*outputs)
    return {request: tokens for request, tokens in found.items() if tokens}


def tokens_in(*outputs):
    return [
        token
        for output in outputs
        for token in TOKEN.findall(output.get("text") or output["data"]["text/plain"])
    ]


def sorted_values(tokens):
    return {request: sorted(found) for request, found in tokens.items()}


def everything_of(kernel, ran):
    """Return the outputs of the end of a cell, and of each record of late output that names it."""
    yield kernel.cell(ran).outputs
    for late, outputs in kernel.late_outputs():
        if late.body["cell"] == ran.trace["start"]:
            yield outputs


def texts(outputs):
    return "".join(output["text"] for output in outputs)
