"""What a cell shows, in a traced kernel and in a stock one; and that the record says the same.

The oracle for what a notebook keeps is nbclient: its own code folds the messages of the client.
"""

import copy
import hashlib
import json
import re
from contextlib import suppress
from itertools import groupby
from typing import NamedTuple

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionComplete
from nbformat.v4 import new_code_cell, new_notebook


class Shape(NamedTuple):
    """Cells to run in order, and the types of the outputs that the last one has."""

    types: str
    cells: tuple
    prints: str = ""  # may reach a stock kernel's client only after the cell is over


def shape(types, *cells, prints=""):
    return Shape(types, cells, prints)


CLASS_WITH = "class C:\n    def {}(self, *a, **k):\n        {}\nC()"

SHAPES = {
    "nothing": shape("", ""),
    "a comment": shape("", "# just a comment"),
    "an assignment": shape("", "x = 1"),
    "a trailing semicolon": shape("", "6 * 7;"),
    "stdout": shape("stream", "print('out')"),
    "stderr": shape("stream", "import sys\nprint('err', file=sys.stderr)"),
    "stdout and stderr in turn": shape(
        "stream stream",
        "import sys\nfor n in range(5):\n    print('out', n)\n    print('err', n, file=sys.stderr)",
    ),
    "a result": shape("execute_result", "6 * 7"),
    "a stream and a result": shape("stream execute_result", "print('x')\n'value'"),
    "a display": shape("display_data", "display('shown')"),
    "streams between displays": shape(
        "stream display_data stream display_data stream",
        "for n in range(2):\n    print(n)\n    display(n)\nprint('end')",
    ),
    "a display that is updated": shape(
        "display_data display_data update_display_data",
        "h = display('old', display_id=True)\ndisplay('other')\nh.update('new')",
    ),
    "a display with its id shown twice": shape(
        "display_data display_data update_display_data",
        "display('a', display_id='d1')\ndisplay('b', display_id='d1')\n"
        "from IPython.display import update_display\nupdate_display('c', display_id='d1')",
    ),
    "a display shown again under its id": shape(
        "display_data stream display_data",
        "display('a', display_id='d2')\nprint('-')\ndisplay('b', display_id='d2');",
    ),
    "an update after a clear": shape(
        "display_data clear_output display_data update_display_data",
        "from IPython.display import clear_output\nh = display('a', display_id=True)\n"
        "clear_output()\ndisplay('b')\nh.update('c')",
    ),
    "an update of an earlier cell's display": shape(
        "update_display_data stream update_display_data",
        "h = display('old', display_id=True)",
        "h.update('new')\nprint('updated')\nh.update('newer')",
    ),
    "a clear at once": shape(
        "stream clear_output stream",
        "from IPython.display import clear_output\nprint('gone')\nclear_output()\nprint('kept')",
    ),
    "a clear that waits": shape(
        "stream clear_output stream clear_output stream",
        "for n in range(3):\n    n and clear_output(wait=True)\n    print(n)",
    ),
    "a clear that waits for nothing": shape(
        "stream clear_output", "print('kept')\nclear_output(wait=True)"
    ),
    "a clear that waits, then an update": shape(
        "display_data clear_output update_display_data stream",
        "h = display('a', display_id=True)\nclear_output(wait=True)\nh.update('b')\nprint('c')",
    ),
    "an error": shape("error", "1 / 0"),
    "an error after output": shape("stream display_data error", "print(1)\ndisplay(2)\n1 / 0"),
    "a syntax error": shape("error", "print('unclosed"),
    "an indentation error": shape("error", "if 1:\nx"),
    "an error in a nested function": shape(
        "error", "def outer():\n    def inner():\n        return [][1]\n    inner()\nouter()"
    ),
    "an error of a class of its own": shape(
        "error", "class Own(Exception):\n    pass\nraise Own('mine', 1)"
    ),
    "chained errors": shape(
        "error", "try:\n    {}['k']\nexcept KeyError as e:\n    raise ValueError('v') from e"
    ),
    "an error group": shape("stream", "raise ExceptionGroup('g', [ValueError(1), KeyError(2)])"),
    "an error without a message": shape("error", "raise ValueError"),
    "an error whose str fails": shape(
        "error error", "class Bad(Exception):\n    def __str__(self):\n        1 / 0\nraise Bad"
    ),
    "a failing import": shape("error", "import no_such_module_anywhere"),
    "an assertion": shape("error", "assert 1 == 2, 'no'"),
    "KeyboardInterrupt": shape("error", "raise KeyboardInterrupt"),
    "SystemExit": shape("error stream", "raise SystemExit(3)"),
    "sys.exit": shape("error", "import sys\nsys.exit()"),
    "a repr that fails": shape("error", CLASS_WITH.format("__repr__", "raise ValueError('no')")),
    "a result that reprs as a number": shape(
        "execute_result", CLASS_WITH.format("__repr__", "return '42'")
    ),
    "html": shape("execute_result", CLASS_WITH.format("_repr_html_", "return '<b>x</b>'")),
    "a MIME bundle": shape(
        "execute_result",
        CLASS_WITH.format(
            "_repr_mimebundle_",
            "return {'text/plain': 'p', 'application/vnd.x+json': {'a': [1, 2.5, None]}},"
            " {'text/plain': {'m': 1}}",
        ),
    ),
    "svg": shape(
        "execute_result",
        "from IPython.display import SVG\nSVG('<svg xmlns=\"http://www.w3.org/2000/svg\"/>')",
    ),
    "markdown": shape(
        "display_data", "from IPython.display import Markdown\ndisplay(Markdown('#'))"
    ),
    "latex": shape("execute_result", "from IPython.display import Latex\nLatex('$x$')"),
    "an image of bytes": shape(
        "display_data", "display({'image/png': b'\\x89PNG\\r\\n', 'text/plain': 'p'}, raw=True)"
    ),
    "JSON": shape(
        "execute_result",
        "from IPython.display import JSON\nJSON({'a': [1, {'b': None}], 'é': 1.0})",
    ),
    "JSON with NaN": shape(
        "display_data stream", "display({'application/json': {'x': float('nan')}}, raw=True)"
    ),
    "JSON with keys that are no text": shape(
        "display_data", "display({'application/json': {1: 2, 'a': (3, 4), None: 5}}, raw=True)"
    ),
    "JSON with dates": shape(
        "display_data",
        "import datetime\n"
        "display({'application/json': {'on': datetime.datetime(2020, 1, 2)}}, raw=True)",
    ),
    "JSON that changes after it was shown": shape(
        "display_data",
        "data = {'a': [1]}\ndisplay({'application/json': data}, raw=True)\ndata['a'].append(2)",
    ),
    "metadata of numpy types": shape(
        "display_data",
        "import numpy\ndisplay('x', metadata={'text/plain': {'width': numpy.int64(3)}})",
    ),
    "a figure": shape(
        "display_data",
        "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 3, 2]);",
    ),
    "a data frame": shape(
        "execute_result", "import pandas\npandas.DataFrame({'a': [1, 2], 'b': ['x', None]})"
    ),
    "a widget": shape(
        "comm_open comm_open comm_open execute_result",
        "import ipywidgets\nipywidgets.IntSlider(value=3, description='n')\n",
    ),
    "a widget that is moved": shape(
        "comm_open comm_open comm_open comm_msg",
        "import ipywidgets\nw = ipywidgets.IntSlider()\nw.value = 7",
    ),
    "a line of 300 kB": shape("stream", "print('x' * 300_000)"),
    "1 MB of lines": shape("stream", "for n in range(20_000):\n    print(f'{n:>50}')"),
    "a result above the inline limit": shape("execute_result", "list(range(900))"),
    "a display of 200 kB": shape(
        "display_data", "display({'text/plain': 'é' * 100_000}, raw=True)"
    ),
    "unicode": shape(
        "stream execute_result",
        "print('naïve 日本 \\U0001f600 \\u202e \\x00 \\x07')\n'\\U0001f680'",
    ),
    "ANSI colours": shape("stream", "print('\\x1b[31mred\\x1b[0m')"),
    "carriage returns": shape("stream", "print('10%\\r20%\\r30%\\n', end='')\nprint('a\\b\\bc')"),
    "a lone surrogate": shape("stream", "print('\\udc80 x')"),
    "a result with a lone surrogate": shape("execute_result", "'\\ud800'"),
    "a joined thread": shape(
        "stream",
        "import threading\nt = threading.Thread(target=print, args=('in a thread',))\n"
        "t.start()\nt.join()",
    ),
    "a thread pool": shape(
        "stream execute_result",
        "from concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor(1) as pool:\n    done = list(pool.map(print, 'abc'))\ndone",
    ),
    "a display in a joined thread": shape(
        "display_data",
        "import threading\nt = threading.Thread(target=display, args=('shown',))\n"
        "t.start()\nt.join()",
    ),
    "os.system": shape(
        "stream", "import os\nos.system('echo one; echo two');", prints="one\ntwo\n"
    ),
    "a child process": shape(
        "stream",
        "import subprocess\nsubprocess.run(['echo', 'three'], check=True);",
        prints="three\n",
    ),
    "a shell line": shape("stream", "!echo hello; echo world"),
    "a shell assignment": shape("execute_result", "found = !echo hello\nfound"),
    "%%bash": shape("stream stream", "%%bash\necho out\necho err >&2"),
    "%%bash that fails": shape("stream error", "%%bash\necho out\nexit 3"),
    "%%capture": shape("stream", "%%capture kept\nprint('hidden')", "kept.show()"),
    "%%writefile": shape("stream", "%%writefile written.txt\nsome text"),
    "a magic that is not there": shape("stream", "%no_such_magic"),
    "a pager": shape("", "print?"),
    "source in a pager": shape("", "import textwrap\ntextwrap.dedent??"),
    "a next input": shape("", "get_ipython().set_next_input('1 + 1')"),
    "top-level await": shape(
        "stream execute_result", "import asyncio\nawait asyncio.sleep(0)\nprint('slept')\n5"
    ),
    "an async generator": shape(
        "stream",
        "import asyncio\nasync def count():\n    for n in range(3):\n"
        "        await asyncio.sleep(0)\n        yield n\nasync for n in count():\n    print(n)",
    ),
    "an error in an async cell": shape(
        "stream error", "import asyncio\nawait asyncio.sleep(0)\nprint(1)\n1 / 0"
    ),
    "a task of its own": shape(
        "stream",
        "import asyncio\nasync def job():\n    print('in a task')\n"
        "await asyncio.create_task(job())",
    ),
    "a warning": shape("stream", "import warnings\nwarnings.warn('careful')"),
    "logging": shape("stream", "import logging\nlogging.warning('logged')"),
    "input without a front end": shape("error", "input('name? ')"),
    "getpass without a front end": shape("error", "import getpass\ngetpass.getpass()"),
    "redirected stdout": shape(
        "execute_result",
        "import contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()) as caught:\n"
        "    print('hidden')\ncaught.getvalue()",
    ),
    "writes without a line end": shape(
        "stream", "import sys\nfor c in 'abc':\n    sys.stdout.write(c)\n    sys.stdout.flush()"
    ),
    "history": shape("execute_result", "40 + 2", "In[-2], Out[max(Out)]"),
}


@pytest.fixture(scope="module")
def pair(start_lasting_kernel):
    """Provide two kernels that run the same cells, so that they also count alike."""
    return start_lasting_kernel("threadbook"), start_lasting_kernel("python3")


@pytest.mark.parametrize("name", SHAPES)
def test_a_cell_shows_what_a_stock_kernel_shows_and_the_record_has_it(pair, name):
    traced, stock = pair
    types, cells, prints = SHAPES[name]
    for cell in cells:
        ours, theirs = run(traced, cell), run(stock, cell)
        if prints:
            stock.until(lambda ran=theirs: ran.text() == prints)
        assert seen(ours) == seen(theirs)
        assert plain_text(ours.content) == plain_text(theirs.content)
        check_record(traced, ours)
    assert [msg_type for msg_type, _ in joined(ours)] == types.split()


def test_a_notebook_made_of_the_records_is_valid(kernel):
    run(kernel, "print(1)")
    run(kernel, "1 / 0")
    cells = [
        new_code_cell(
            cell.code,
            outputs=nbformat.from_dict(cell.outputs),
            execution_count=cell.end.body["execution_count"],
        )
        for cell in kernel.cells().values()
        if isinstance(cell.code, str)
    ]
    assert len(cells) >= 2
    nbformat.validate(new_notebook(cells=cells))


def test_a_notebook_runs_under_nbclient_and_its_cells_are_recorded(start_kernel):
    kernel = start_kernel(start=False)
    kernel.work.mkdir()
    cells = [new_code_cell("x = 20 + 1"), new_code_cell("print(x)\nx * 2")]
    notebook = new_notebook(cells=cells)
    NotebookClient(notebook, kernel_name="threadbook").execute(
        env=kernel.environ, cwd=str(kernel.work)
    )
    assert [output.get("text") for output in notebook.cells[1].outputs] == ["21\n", None]
    assert notebook.cells[1].outputs[1]["data"] == {"text/plain": "42"}
    recorded = list(kernel.cells().values())
    assert [cell.code for cell in recorded] == [cell.source for cell in cells]
    assert [cell.outputs for cell in recorded] == [cell.outputs for cell in notebook.cells]


def test_an_update_of_an_earlier_display_is_an_event_of_the_later_cell(kernel):
    shown = run(kernel, "h = display('old', display_id='earlier')")
    updated = run(kernel, "h.update('new')\nh.update('newer')")
    content = {"data": {"text/plain": "'newer'"}, "metadata": {}}
    assert kernel.cell(updated).updates == [{"display_id": "earlier", **content}]
    assert kernel.cell(updated).outputs == []
    assert kernel.cell(shown).outputs[0]["data"] == {"text/plain": "'old'"}


def test_the_log_is_clean_after_all_that(kernel):
    run(kernel, "'the end'")
    assert kernel.verify().records >= 3


def run(kernel, code):
    # Cells after a failed one are not to be aborted, which both kernels would do.
    return kernel.run(code, stop_on_error=False)


def check_record(kernel, ran):
    """Check what the log has of a cell against what its client saw."""
    cell = kernel.cell(ran)
    assert ran.published[-1]["content"] == {"execution_state": "idle"}, "output after the end"
    assert cell.outputs == folded(ran.published)
    encoded = json.dumps(cell.outputs, sort_keys=True, separators=(",", ":")).encode()
    assert cell.digest == hashlib.sha256(encoded).hexdigest()
    assert cell.end.body["execution_count"] == ran.content["execution_count"]
    assert (cell.status == "ok") == (ran.status == "ok")
    nbformat.validate(new_notebook(cells=[new_code_cell(outputs=nbformat.from_dict(cell.outputs))]))


def folded(messages):
    """Return the outputs that nbclient puts into a notebook, with adjacent text joined."""
    cell = new_code_cell()
    client = NotebookClient(new_notebook(cells=[cell]), record_timing=False)
    client.reset_execution_trackers()
    client.clear_before_next_output = False  # as nbclient does before it runs a cell
    with suppress(CellExecutionComplete):
        for message in copy.deepcopy(messages):
            client.process_message(message, cell, 0)
    outputs = []
    for output in map(dict, cell.outputs):
        last = outputs[-1] if outputs else {}
        if output["output_type"] == "stream" and last.get("name") == output["name"]:
            last["text"] += output["text"]
        else:
            outputs.append(output)
    return outputs


def joined(ran):
    """Return type and content of what was published, text joined between other messages.

    When a stream is flushed is a matter of time, in what pieces and in which of the two first.
    """
    published = [
        (message["msg_type"], message["content"])
        for message in ran.published
        if message["msg_type"] not in ("status", "execute_input")
    ]
    for is_stream, group in groupby(published, key=lambda item: item[0] == "stream"):
        if not is_stream:
            yield from group
            continue
        texts = {}
        for _, content in group:
            texts[content["name"]] = texts.get(content["name"], "") + content["text"]
        for name in sorted(texts):
            yield "stream", {"name": name, "text": texts[name]}


def seen(ran):
    """Return all that a client can see, without what differs between any two kernels."""
    (asked,) = ran.messages("execute_input")
    return plain_text([asked, *joined(ran)])


def plain_text(content):
    """Return content as text with ids, addresses, process ids and folders made equal."""
    text = json.dumps(content, sort_keys=True)
    for pattern, replacement in (
        (r"(?<![0-9a-f])[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}(?![0-9a-f])", "<id>"),
        (r"0x[0-9a-f]{6,}", "<address>"),
        (r"ipykernel_\d+/\d+\.py", "<cell>"),
        (r"/[^ \"]*/(threadbook|python3)\d+/", "<folder>/"),
    ):
        text = re.sub(pattern, replacement, text)
    return text
