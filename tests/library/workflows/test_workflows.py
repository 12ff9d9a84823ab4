"""The namespace `workflows`: saving, versions, listing, searching, and what never runs."""

import inspect
import json
import os
import pydoc
import subprocess
import sys

import pytest

from threadbook.errors import (
    NamespaceError,
    WorkflowError,
    WorkflowInvalid,
    WorkflowNotFound,
)
from threadbook.library.workflow import Workflow, WorkflowList
from threadbook.library.workflows import Workflows
from threadbook.log.verify import verify
from threadbook.records.bodies import BlobRef, WorkflowSave

GREET = '''
def run(name: str, times: int = 2) -> str:
    """Greet somebody.

    Args:
        name: whom to greet
    """
    return " ".join([f"hi {name}"] * times)
'''
ONE, TWO = "def run(): return 1", "def run(): return 2"

# Another process on the same store: it gets a folder, a name, a workspace, and what to do.
ELSEWHERE = """
import sys, json
from pathlib import Path
from threadbook.library.context import Context
from threadbook.library.workflows import Workflows
from threadbook.log.outbox import Outbox
from threadbook.log.sink import Sink
from threadbook.records.identity import Identity

folder, name, workspace, code = Path(sys.argv[1]), *sys.argv[2:5]
identity = Identity.key(folder / f"{name}.pem")
sink = Sink(f"sqlite:///{folder}/log.db", identity, Outbox(folder / name / "outbox.db"))
context = Context(sink=sink, thread=lambda: f"th_{name}", workspace=workspace)
workflows = Workflows(context, lambda: {"workflows": workflows})
print(json.dumps(eval(code)))
sink.close()
"""


def start_elsewhere(folder, code, *, name="bob", workspace=""):
    command = [sys.executable, "-c", ELSEWHERE, str(folder), name, workspace, code]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def answer_of(process):
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return json.loads(out)


def names(found):
    return [(each.name, each.version) for each in found]


def test_a_workflow_is_saved_and_says_what_it_is(session, workflows):
    session.begin("workflows.create(…)")
    made = workflows.create("greet", GREET)
    found = workflows.get("greet")
    assert made == found
    assert type(made) is type(found) is Workflow
    (record,) = session.records(WorkflowSave.KIND)
    assert (found.record, found.cell, record.parents) == (record.id, session.cell, (session.cell,))
    assert (found.author, found.is_signed) == (session.sink.identity.actor_did, True)
    assert (found.name, found.version, found.description) == ("greet", 1, "Greet somebody.")
    assert (found.source, found.at) == (GREET, record.recorded_at)
    assert (found.runs, found.success_rate, found.last_used) == (0, None, None)
    assert found.tests.status == "none"
    assert found.signature == "(*, name: str, times: int = 2) -> str"
    assert verify(session.sink.log()).is_clean


def test_n69_saving_again_makes_a_version_and_the_old_one_is_still_called(session, workflows):
    first = session.begin("one")
    workflows.create("x", ONE)
    second = session.begin("two")
    workflows.create("x", TWO)
    assert (workflows.x(), workflows.invoke("x")) == (2, 2)
    assert workflows.get("x", version=1)() == 1
    newest, oldest = workflows.history("x")
    assert (newest.version, oldest.version) == (2, 1)
    assert (oldest.cell, newest.cell) == (first, second)
    assert oldest.author == newest.author == session.sink.identity.actor_did
    assert oldest.at <= newest.at
    assert names(workflows.list()) == [("x", 2)]


def test_update_keeps_description_and_examples_unless_others_are_given(workflows):
    with pytest.raises(WorkflowNotFound):
        workflows.update("x", ONE)
    examples = [{"arguments": {}, "returns": 1}]
    workflows.create("x", ONE, "my own words", examples=examples)
    with pytest.raises(WorkflowInvalid, match="returned 2, not 1"):
        workflows.update("x", TWO)
    kept = workflows.update("x", "def run(): return 3 - 2")
    assert (kept.version, kept.description, kept.tests.passed) == (2, "my own words", 1)
    other = workflows.update("x", TWO, "new words", examples=[])
    assert (other.description, other.tests.status) == ("new words", "none")


def test_update_takes_the_new_docstring_where_the_old_one_was_the_description(workflows):
    workflows.create("x", '"""Old."""\n' + ONE)
    assert workflows.update("x", '"""New."""\n' + ONE).description == "New."


def test_deleting(workflows):
    assert workflows.delete("x") is False
    workflows.create("x", ONE)
    assert workflows.delete("x") is True
    assert workflows.delete("x") is False
    assert workflows.list() == []
    for look in (lambda: workflows.x, lambda: workflows.get("x"), lambda: workflows.get("x", 1)):
        with pytest.raises(WorkflowNotFound):
            look()
    assert [each.is_deleted for each in workflows.history("x")] == [True]
    assert workflows.create("x", TWO).version == 2


@pytest.mark.parametrize(
    "source",
    [
        "open(MARKER, 'w').close()\ndef run(x=open(MARKER, 'w')): pass",
        "import os\nos.system('touch ' + MARKER)\nasync def run(): pass",
        "class A:\n    open(MARKER, 'w')\n@open(MARKER, 'w').write\ndef run(): pass",
        "def run(x: open(MARKER, 'w') = open(MARKER, 'w')) -> open(MARKER, 'w'): pass",
    ],
)
@pytest.mark.parametrize("is_host", [True, False])
def test_n61_n66_nothing_runs_on_saving_listing_searching_or_reading(
    session, tmp_path, source, is_host
):
    marker = tmp_path / "marker"
    source = f"MARKER = {str(marker)!r}\n{source}"
    workflows = Workflows(session.context, None if is_host else dict)
    workflows.create("x", source)
    workflows.update("x", source)
    for fresh in (workflows, Workflows(session.context)):
        found = [*fresh.list(), *fresh.search("x"), *fresh.history("x"), fresh.get("x")]
        assert len(found) == 5
        for each in (*found, fresh, fresh.list()):
            repr(each)
            each._repr_html_() if hasattr(each, "_repr_html_") else None
        pydoc.render_doc(fresh.x)
        assert (fresh.x.source, inspect.signature(fresh.x) is not None) == (source, True)
        assert "x" in dir(fresh)
    assert not marker.exists()
    if is_host:
        with pytest.raises(WorkflowError, match="not run here"):
            workflows.x()
        assert not marker.exists()


def test_where_workflows_do_not_run_examples_are_saved_for_later(session, workflows):
    host = Workflows(session.context)
    made = host.create("x", ONE, examples=[{"arguments": {}, "returns": 1}])
    assert made.tests.status == "not_run"
    outcome = workflows.test("x")
    assert (outcome.status, outcome.passed) == ("passed", 1)


def test_n74_examples_and_tests_are_run_and_their_outcome_is_kept(session, workflows):
    source = "def run(n): return (n, n * 2)\ndef test(workflows): assert run(1) == (1, 2)"
    good = [{"arguments": {"n": 2}, "returns": [2, 4]}, {"arguments": {"n": 3}}]
    workflows.create("x", source, examples=good)
    tests = workflows.get("x").tests
    assert (tests.status, tests.passed, tests.failed) == ("passed", 3, 0)
    bad = [*good, {"arguments": {"n": 2}, "returns": 5}, {"arguments": {"m": 1}}]
    with pytest.raises(WorkflowInvalid, match=r"example 3: .*it returned \[2, 4\], not 5"):
        workflows.create("x", source, examples=bad)
    assert len(session.records(WorkflowSave.KIND)) == 1
    workflows.create("x", source, examples=bad, allow_failing=True)
    tests = workflows.get("x").tests
    assert (tests.status, tests.passed, tests.failed) == ("failed", 3, 2)
    assert "example 4: WorkflowArgumentError" in tests.detail
    assert workflows.test("x", version=1).status == "passed"


@pytest.mark.parametrize(
    "failure",
    ["assert False", "raise SystemExit", "1 / 0", "raise Odd", "a = []; a.append(a); return a"],
)
def test_whatever_an_example_does_is_a_failure_and_no_more(workflows, failure):
    odd = "class Odd(Exception):\n    def __str__(self): raise KeyError\n"
    source = f"{odd}def run():\n    {failure}"
    with pytest.raises(WorkflowInvalid, match="its tests fail: example 1"):
        workflows.create("x", source, examples=[{"arguments": {}, "returns": 1}])


@pytest.mark.parametrize(
    "examples",
    [
        {"arguments": {}}, "text", 5, ["text"], [{}], [{"arguments": []}],
        [{"arguments": {}, "result": 1}], [{"arguments": {"n": object()}}],
        [{"arguments": {}, "returns": float("nan")}], [{"arguments": {"n": "x" * 70_000}}],
        [{"arguments": {}}] * 51,
    ],
)  # fmt: skip
def test_examples_that_cannot_be_saved_are_refused(session, workflows, examples):
    with pytest.raises(WorkflowInvalid):
        workflows.create("x", ONE, examples=examples)
    assert session.records() == []


@pytest.mark.parametrize("name", ["list", "search", "get", "invoke", "create", "delete", "../x"])
def test_n75_a_name_that_cannot_be_saves_nothing(session, workflows, name):
    with pytest.raises(WorkflowInvalid) as caught:
        workflows.create(name, ONE)
    error = caught.value
    assert (error.namespace, error.operation) == ("workflows", "workflows.create")
    assert session.records() == []
    assert list(session.sink.log().store.blob_digests()) == []


@pytest.mark.parametrize("description", ["\ud800", "x" * 4001, 5])
def test_a_description_that_cannot_be_recorded_saves_nothing(session, workflows, description):
    with pytest.raises(WorkflowInvalid) as caught:
        workflows.create("x", ONE, description)
    assert caught.value.operation == "workflows.create"
    assert session.records() == []
    assert list(session.sink.log().store.blob_digests()) == []


def test_n70_an_unknown_name_fails_at_access_with_suggestions(workflows):
    workflows.create("fetch_prices", ONE)
    with pytest.raises(WorkflowNotFound, match="did you mean fetch_prices") as caught:
        _ = workflows.fetch_price
    assert isinstance(caught.value, AttributeError)
    assert not hasattr(workflows, "quite_different")
    for look in (workflows.get, workflows.invoke, workflows.history):
        with pytest.raises(WorkflowNotFound, match="did you mean fetch_prices"):
            look("fetch_price")
    with pytest.raises(WorkflowNotFound, match="has no version 9"):
        workflows.get("fetch_prices", version=9)


@pytest.mark.parametrize(
    "call",
    [
        lambda w: w.search(5), lambda w: w.search(None), lambda w: w.search("x", limit="5"),
        lambda w: w.get(["x"]), lambda w: w.get(5), lambda w: w.delete(["x"]),
        lambda w: w.invoke({}), lambda w: w.history(None), lambda w: w.get("x" * 10_000),
        lambda w: w.get("x", version="1"), lambda w: w.create("x", None),
        lambda w: w.promote("y", 5), lambda w: w.promote("y", thread=["t"]),
        lambda w: w.create(["x"], ONE), lambda w: w.create("x", ONE, None),
    ],
)  # fmt: skip
def test_bad_input_is_a_typed_error(session, workflows, call):
    workflows.create("x", ONE)
    with pytest.raises(WorkflowError) as caught:
        call(workflows)
    assert caught.value.operation.startswith("workflows.")
    assert len(caught.value.message) < 300
    assert len(session.records()) == 1


def test_n104_errors_say_namespace_operation_and_original_type(session, workflows, tmp_path):
    made = workflows.create("x", ONE)
    session.sink.log().store.blob_erase(made.source and blob_of(session))
    with pytest.raises(NamespaceError) as caught:
        Workflows(session.context, dict).x()
    error = caught.value
    assert (error.namespace, error.operation) == ("workflows", "workflows.x")
    assert error.original_type == "BlobNotFound"
    session.sink.close()
    (tmp_path / "log.db").unlink()
    (tmp_path / "log.db").mkdir()
    with pytest.raises(WorkflowError) as caught:
        workflows.list()
    assert caught.value.operation == "workflows.list"
    assert caught.value.original_type == "StoreUnavailable"
    assert repr(workflows)
    assert "list" in dir(workflows)


def blob_of(session):
    return session.records(WorkflowSave.KIND)[0].body["source"]["blob"]


def test_without_a_store_a_workflow_is_saved_for_later_and_can_be_called(
    session, new_session, tmp_path
):
    store = tmp_path / "log.db"
    store.mkdir()
    made = session.workflows.create("x", "def run(n): return n + 1")
    assert made(n=1) == 2
    assert session.sink.pending() == 3
    store.rmdir()
    session.sink.log()
    assert new_session(name="bob").workflows.x(n=2) == 3
    assert session.workflows.x.runs == 2


def test_a_source_that_is_not_what_its_record_says_is_not_run(session, workflows):
    evil = BlobRef(blob="ab" * 32, size=5)
    body = WorkflowSave(name="x", version=1, source=evil)
    session.sink.append(body.draft(thread="th"))
    with pytest.raises(WorkflowError):
        workflows.x()
    ref = session.sink.put_blob(b"\xff\xfe", media_type="text/x-python")
    session.sink.append(WorkflowSave(name="y", version=1, source=ref).draft(thread="th"))
    with pytest.raises(WorkflowError, match="no text"):
        workflows.y()
    ref = session.sink.put_blob(b"x = 1", media_type="text/x-python")
    session.sink.append(WorkflowSave(name="z", version=1, source=ref).draft(thread="th"))
    with pytest.raises(WorkflowInvalid, match="no function `run`"):
        workflows.z()
    ref = session.sink.put_blob(b"#" * 1_100_000, media_type="text/x-python")
    session.sink.append(WorkflowSave(name="big", version=1, source=ref).draft(thread="th"))
    with pytest.raises(WorkflowError, match="1,100,000 bytes"):
        workflows.big()


def test_what_a_record_claims_of_its_source_does_not_decide_the_call(session, workflows):
    source = b"def run(a, *, tools=None): return a"
    ref = session.sink.put_blob(source, media_type="text/x-python")
    claim = {"name": "x", "version": 1, "source": {"blob": ref.blob, "size": ref.size}}
    odd = [{"name": name} for name in ("a b", "class", "b", "b", "\u001b[2J")]
    odd += [{"name": "k", "kind": "var_keyword", "default": "1"}] * 2
    claim |= {"parameters": odd, "kind": WorkflowSave.KIND, "description": "\u001b[2J<b>"}
    draft = WorkflowSave(name="x", version=1, source=ref).draft(thread="th")
    session.sink.append(type(draft)(act=draft.act, body=claim, thread="th"))
    found = workflows.x
    assert found.signature == "(*, b, **k)"
    assert found(a=5) == 5
    shown = repr(found) + found._repr_html_() + workflows.list()._repr_html_() + found.__doc__
    assert "\u001b" not in shown + repr(workflows.list())
    assert "<b>" not in found._repr_html_()


def test_lists_are_tables(workflows):
    workflows.create("greet", GREET)
    workflows.create("x", ONE, "<script>alert(1)</script>")
    listed = workflows.list()
    assert isinstance(listed, WorkflowList)
    assert names(listed) == [("greet", 1), ("x", 1)]
    assert repr(listed).splitlines()[1].split() == ["greet", "1", "Greet", "somebody.", "none", "0"]
    assert ">greet</th>" in listed._repr_html_()
    assert "<script>" not in listed._repr_html_() + workflows.x._repr_html_()
    assert repr(workflows.search("nothing of that kind")) == "(nothing)"


def test_n50_help_shows_signature_description_and_parameters(workflows):
    workflows.create("greet", GREET)
    shown = pydoc.plain(pydoc.render_doc(workflows.greet))
    for part in ("(*, name: str, times: int = 2) -> str", "Greet somebody.", "whom to greet"):
        assert part in shown
    assert str(inspect.signature(workflows.greet)) == workflows.greet.signature


IPYTHON = """
import json, sys
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config
config = Config()
config.HistoryManager.enabled = False
config.Completer.use_jedi = sys.argv[5] == "jedi"
from threadbook.library.workflows import COMPLETED
if sys.argv[5] != "jedi":
    config.Completer.policy_overrides = {"allowed_getattr_external": set(COMPLETED)}
shell = InteractiveShell(config=config, user_ns={"workflows": workflows})
def complete(text):
    with provisionalcompleter():
        found = shell.Completer.completions(text, len(text))
        return [each.text.lstrip(".") for each in found]
"""


@pytest.mark.parametrize("how", ["jedi", "without"])
def test_completion_and_inspection_in_ipython(workflows, tmp_path, how):
    workflows.create("greet", GREET)
    asked = (
        '[complete("workflows.gr"), complete("workflows.greet(na"),'
        ' shell.object_inspect("workflows.greet")["definition"],'
        ' shell.object_inspect("workflows.greet")["docstring"]]'
    )
    script = ELSEWHERE.replace("print(", IPYTHON + "print(")
    command = [sys.executable, "-c", script, str(tmp_path), "bob", "", asked, how]
    environment = {**os.environ, "IPYTHONDIR": str(tmp_path / "ipython")}
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    attributes, keywords, definition, docstring = json.loads(done.stdout.splitlines()[-1])
    assert "greet" in attributes
    assert "name=" in keywords
    assert definition == "workflows.greet(*, name: str, times: int = 2) -> str"
    assert docstring.startswith("Greet somebody.")


def test_search_finds_by_name_description_and_parameters(workflows):
    workflows.create("fetch_prices", "def run(ticker): pass", "Get quotes of a stock")
    workflows.create("clean_table", "def run(frame): pass", "Remove empty rows")
    assert names(workflows.search("stock quotes")) == [("fetch_prices", 1)]
    assert names(workflows.search("prices")) == [("fetch_prices", 1)]
    assert names(workflows.search("frame")) == [("clean_table", 1)]
    assert workflows.search("") == workflows.search('"*(-:') == []
    workflows.update("clean_table", "def run(frame): pass", "Drop duplicates")
    assert names(workflows.search("duplicates")) == [("clean_table", 2)]
    assert workflows.search("empty") == []
    workflows.delete("clean_table")
    assert workflows.search("duplicates") == []


def test_n72_search_of_a_thousand_reads_no_source(session, workflows):
    topics = ["weather", "stock", "invoice", "customer", "image", "audio", "travel", "sports"]
    missing = BlobRef(blob="ab" * 32, size=5)  # to read it would fail
    drafts = [
        WorkflowSave(
            name=f"work_{number}",
            version=1,
            source=missing,
            description=f"Handle {topics[number % 8]} reports of kind {number}",
        ).draft(thread="th")
        for number in range(1000)
    ]
    session.sink.append(*drafts)
    found = workflows.search("weather reports", limit=5)
    assert len(found) == 5
    assert all("weather" in each.description for each in found)
    assert names(workflows.search("kind 517", limit=1)) == [("work_517", 1)]


def test_what_one_agent_saves_another_process_has_at_once(workflows, tmp_path):
    workflows.create("greet", GREET)
    there = start_elsewhere(
        tmp_path, "[workflows.greet(name='bob', times=1), workflows.greet.author]"
    )
    assert answer_of(there) == ["hi bob", workflows.greet.author]
    assert workflows.greet.runs == 1
    there = start_elsewhere(
        tmp_path, "workflows.create('twice', 'def run(n): return 2 * n').version"
    )
    assert answer_of(there) == 1
    assert workflows.twice(n=4) == 8
    assert workflows.twice.author != workflows.greet.author


def test_workspaces_see_nothing_of_each_other_across_processes(new_session, tmp_path):
    mine = new_session(workspace="mine").workflows
    mine.create("greet", GREET)
    looks = "[len(workflows.list()), len(workflows.search('greet')), hasattr(workflows, 'greet')]"
    assert answer_of(start_elsewhere(tmp_path, looks, workspace="yours")) == [0, 0, False]
    assert answer_of(start_elsewhere(tmp_path, looks, workspace="mine")) == [1, 1, True]
    made = "workflows.create('greet', 'def run(): return 5').version"
    assert answer_of(start_elsewhere(tmp_path, made, workspace="yours")) == 1
    assert mine.greet.version == 1
    assert mine.greet(name="x", times=1) == "hi x"


def test_processes_that_save_at_once_get_a_version_each(workflows, tmp_path):
    code = "[workflows.create('x', f'def run(): return {n}').version for n in range(10)]"
    running = [start_elsewhere(tmp_path, code, name=name) for name in ("bob", "eve")]
    versions = [version for process in running for version in answer_of(process)]
    assert sorted(versions) == list(range(1, 21))
    assert [each.version for each in workflows.history("x")] == list(range(20, 0, -1))
