"""Promotion: cells that went well become workflows."""

import asyncio
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadbook.errors import WorkflowInvalid, WorkflowNotFound
from threadbook.library.promotion import Piece, wrapped
from threadbook.records.bodies import CellStart, Intent, WorkflowSave

TOTAL = "numbers = [1, 2, 3]\nsum(numbers)"


def wrap(code):
    return wrapped([Piece(id="ab" * 32, code=code)])


def run(source):
    """Run a source, and return the value."""
    module = {}
    exec(source, module)
    value = module["run"]()
    return asyncio.run(value) if asyncio.iscoroutine(value) else value


def test_the_last_cell_that_went_well_is_promoted(session, workflows):
    session.ran("0")
    good = session.ran(TOTAL)
    session.ran("1 / 0", "error")
    running = session.begin("workflows.promote('total')")
    made = workflows.promote("total", description="Add up")
    assert made() == workflows.total() == 6
    assert (made.origin, made.cell, made.description) == ((good,), running, "Add up")
    (record,) = session.records(WorkflowSave.KIND)
    assert record.body["origin"] == [good]


def test_a_cell_is_named_by_its_start_or_its_end(session, workflows):
    start = session.begin("5")
    end = session.end()
    session.ran("6")
    assert workflows.promote("a", start)() == workflows.promote("b", end)() == 5
    assert workflows.a.origin == workflows.b.origin == (start,)


def test_code_that_is_a_blob_is_read(session, workflows):
    blob = session.sink.put_blob(TOTAL.encode(), media_type="text/x-python")
    body = CellStart(code=blob, session="s", execution="m")
    session.cell = session.sink.append(body.draft(thread=session.context.thread()))[0].id
    session.end()
    assert workflows.promote("total")() == 6


def test_a_thread_is_promoted_without_what_went_wrong(session, workflows):
    cells = [session.ran("import math"), session.ran("def area(r): return math.pi * r * r")]
    session.ran("area('x')", "error")
    cells.append(session.ran("round(area(2))"))
    session.begin("workflows.promote(…)")
    made = workflows.promote("area", thread=session.context.thread())
    assert made() == 13
    assert made.origin == tuple(cells)


def test_what_cannot_be_promoted_saves_nothing(session, workflows):
    bad = session.ran("1 / 0", "error")
    running = session.begin("later")
    for cell, problem in ((bad, "did not end well"), (running, "did not end well")):
        with pytest.raises(WorkflowInvalid, match=problem) as caught:
            workflows.promote("x", cell)
        assert caught.value.operation == "workflows.promote"
    no_cell = session.sink.append(Intent(goal="g").draft(thread="th"))[0].id
    for cell in ("ab" * 32, "nothing", no_cell):
        with pytest.raises(WorkflowNotFound):
            workflows.promote("x", cell)
    for options in ({}, {"thread": "th_other"}):
        with pytest.raises(WorkflowNotFound, match="ended well"):
            workflows.promote("x", **options)
    with pytest.raises(WorkflowInvalid, match="not both"):
        workflows.promote("x", bad, thread="th")
    with pytest.raises(WorkflowInvalid):
        workflows.promote("list", bad)
    assert session.records(WorkflowSave.KIND) == []


@pytest.mark.parametrize(
    "code",
    [
        "!ls",
        "x = !ls\nx",
        "%time 1",
        "%%bash\nls",
        "a = %pwd",
        "  !ls",
        "len?",
        "1\n!pip install x",
    ],
)
def test_magics_and_shell_lines_are_refused(code):
    with pytest.raises(WorkflowInvalid, match="magics or shell lines"):
        wrap(code)


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("", "no code"),
        ("# nothing", "no code"),
        ("frame.head()", "does not define: frame"),
        ("def f(): return x + y\nf()", "does not define: x, y"),
        ("def f():\n    global n\n    n = 1\nf()", "does not define: n"),
        ("from math import *\npi", "import \\* only allowed at module level"),
        ("x = " + "1 + " * 2000 + "1", "nested too deeply"),
        ("def (", "the cell cannot be a workflow: line 1"),
    ],
)
def test_code_that_could_not_run_on_its_own_is_refused(code, problem):
    with pytest.raises(WorkflowInvalid, match=problem):
        wrap(code)


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("1 + 1", 2),
        ("x = 5", None),
        ("x = 5; x", 5),
        ("x = 5; x;", 5),
        ("(1 +\n 2)", 3),
        ("'é'; ('ü' +\n 'ö')", "üö"),
        ("if 1:\n    5", None),
        ("\n\n# why\nx = 1\n\nx  # this\n", 1),
        ('x = """a\n  b\nc"""\nx', "a\n  b\nc"),
        ("def f():\n    return [n for n in range(3)]\nf()", [0, 1, 2]),
        ("class A:\n    x = 1\n    def f(self): return A.x\nA().f()", 1),
        ("import asyncio\nawait asyncio.sleep(0, 7)", 7),
        ("async def f(): return 3\nawait f()", 3),
        ("f'''{1}\n  {2}'''", "1\n  2"),
        ("__name__ and len('ab')", 2),
        ("1\t\t\f", 1),
        ("if 1:\n\tx = 1\nx", 1),
        ("x = 1 \\\n+ 2\nx", 3),
        ("'%d' % 5", "5"),
    ],
)
def test_code_does_in_a_workflow_what_it_does_in_a_cell(code, value):
    assert run(f"__name__ = 'x'\n{wrap(code)}") == value


def test_comments_stay():
    assert (
        wrap("# why\nx = 1  # one\nx") == "def run():\n    # why\n    x = 1  # one\n    return x\n"
    )


LINES = st.lists(
    st.sampled_from(
        [
            "x = 1", "x", "(x)", "x; x", "# c", "", "'''a\n b'''", "def f(): return x", "f()",
            "if x:\n    x = 2", "!ls", "%m", "import math", "math.pi", "return 1", "yield",
            "global x", "await x", "del x", "\t", "x = '''\n  t'''", "\\",
            "(", ")", "é", "\0", "\ud800", "x;", "from math import *", "nonlocal x",
            "async def g(): pass", "\u2028", "\r", "\x0c",
        ]
    ),
    max_size=6,
).map("\n".join)  # fmt: skip


@given(st.one_of(LINES, st.text()))
def test_whatever_a_cell_holds_it_is_wrapped_or_refused(code):
    with suppress(WorkflowInvalid):
        compile(wrap(code), "<test>", "exec")
