"""What is left of a panel in a notebook that was executed, and is shown without its kernel."""

import json
import re
from html.parser import HTMLParser

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from tests.panel.corpus import HOSTILE
from tests.panel.widget.conftest import with_panel
from tests.panel.widget.views import Widgets

from threadbook.folds.timeline import Row
from threadbook.kernel.summary import MOST_ROWS
from threadbook.log.log import open_log
from threadbook.records.bodies import CellEnd, DecisionRequest, Intent
from threadbook.records.identity import Identity
from threadbook_panel.feed import Feed
from threadbook_panel.snapshot import LONGEST_JSON, Snapshot, Waiting, take

VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
ASKER = Identity.static("did:sync:agent:a")
TAGS = {"section", "div", "table", "caption", "thead", "tbody", "tr", "th", "td"}
CELLS = (
    f"thread.goal = {json.dumps('find <b>out</b> $x$')}",
    "from threadbook_panel import Panel\nPanel()",
    "Panel()",
    "# after the panel\n1 + 1",
    "1 / 0",
    "# the last cell\n'end'",
)


class Tables(HTMLParser):
    """The rows of all tables in some HTML, and every tag and attribute in it."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.names, self.rows, self._cell = set(), set(), [], None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.names |= {name for name, _ in attrs}
        if tag == "tr":
            self.rows.append([])
        elif tag in ("th", "td") and self.rows:
            self.rows[-1].append("")
            self._cell = tag

    def handle_endtag(self, tag):
        if tag == self._cell:
            self._cell = None

    def handle_data(self, data):
        if self._cell:
            self.rows[-1][-1] += data


def execute(folder, cells, monkeypatch):
    """Execute a notebook as nbclient does by default, on a store of its own."""
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("THREADBOOK_STORE", f"sqlite:///{folder}/records.db")
    monkeypatch.setenv("THREADBOOK_KEY", str(folder / "key.pem"))
    monkeypatch.setenv("THREADBOOK_OUTBOX", str(folder / "outbox"))
    monkeypatch.setenv("IPYTHONDIR", str(folder / "ipython"))
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, kernel_name="threadbook", allow_errors=True, timeout=60).execute()
    nbformat.validate(notebook)
    return notebook


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """Return a notebook with a panel that was executed, and the folder of its store."""
    folder = tmp_path_factory.mktemp("executed")
    with pytest.MonkeyPatch.context() as monkeypatch:
        return execute(folder, CELLS, monkeypatch), folder


def outputs_of(notebook, place=1):
    return notebook.cells[place].outputs


def displays_of(ran):
    return ran.messages("display_data")


def updates_of(ran):
    return ran.messages("update_display_data")


def timeline_of(html):
    """Return title and status of the rows of a timeline."""
    rows = [row for row in Tables(html).rows if len(row) == 7]
    assert rows.pop(0)[:3] == ["what happened", "type", "status"]
    return [(row[0].strip(), row[2]) for row in rows]


def test_an_executed_notebook_shows_the_state_after_its_last_cell(executed):
    static, live = outputs_of(executed[0])
    assert set(static.data) == {"text/html", "text/plain"}
    assert set(live.data) == {VIEW, "text/plain"}
    assert timeline_of(static.data["text/html"])[1:] == [
        (CELLS[0], "✓ ok"),
        ("find <b>out</b> $x$", "○ open"),
        ("from threadbook_panel import Panel", "✓ ok"),
        ("Panel()", "✓ ok"),
        ("after the panel", "✓ ok"),
        ("1 / 0 → ZeroDivisionError: division by zero", "✗ error"),
        ("the last cell", "✓ ok"),
    ]
    text = static.data["text/plain"]
    assert "not live" in text
    assert "ZeroDivisionError: division by zero" in text


def test_panels_of_one_thread_show_the_same_state_each_in_its_place(executed):
    (first, view), (second, another) = (outputs_of(executed[0], place) for place in (1, 2))
    assert first.data == second.data
    assert view.data[VIEW] != another.data[VIEW]


def test_it_is_exported_as_it_was_without_scripts_of_ours(executed):
    html, _ = HTMLExporter().from_notebook_node(executed[0])
    assert "not live" in html
    begin = re.search(r"<section[^>]*threadbook-static", html).start()
    section = html[begin : html.index("</section>", begin)]
    assert ("the last cell", "✓ ok") in timeline_of(section)
    page = Tables(section)
    assert page.tags == TAGS
    assert page.names == {"class", "aria-label", "style", "scope", "tabindex", "role"}
    assert "http" not in section


def test_the_saved_model_has_the_same_state(executed):
    notebook, _ = executed
    static, live = outputs_of(notebook)
    models = notebook.metadata.widgets[STATE]["state"]
    panel = models[live.data[VIEW]["model_id"]]["state"]
    assert panel["_requests"] in models
    saved = json.loads(models[panel["_table"]]["state"]["_snapshot"])
    shown = [title for title, _ in timeline_of(static.data["text/html"])]
    assert len(saved["rows"]) == saved["total"] == len(shown)
    assert saved["rows"][-1]["status"] == "ok"
    assert saved["thread"] == panel["thread"]


def test_the_log_does_not_hold_itself_again(executed):
    _, folder = executed
    with open_log(f"sqlite:///{folder}/records.db") as log:
        ends = list(log.read_all(kind=CellEnd.KIND))
    assert len(ends) == len(CELLS)
    assert all(not end.body.get("display_updates") for end in ends)
    shown = [end for end in ends if "threadbook-static" in json.dumps(end.body)]
    assert len(shown) <= 2  # what the cells with a panel displayed


def test_panels_of_one_thread_show_the_same_each_in_its_place(start_kernel):
    kernel = start_kernel()
    kernel.run_ok("from threadbook_panel import Panel")
    shown = [kernel.run_ok("Panel()", cell_id=name) for name in ("a", "b")]
    displays = {displays_of(ran)[0]["transient"]["display_id"] for ran in shown}
    ran = kernel.run_ok("'more'")
    first, second = updates_of(ran)
    assert {one["transient"]["display_id"] for one in (first, second)} == displays
    assert first["data"] == second["data"]
    assert timeline_of(first["data"]["text/html"])[-1] == ("'more'", "✓ ok")
    assert len(ran.messages("comm_msg")) == 1  # its state for the view


def test_a_cell_that_is_run_again_displays_what_no_client_knows(start_kernel):
    kernel = start_kernel()
    kernel.run_ok("from threadbook_panel import Panel\npanel = Panel()")
    runs = [kernel.run_ok("panel", cell_id="a") for _ in range(3)]
    displays = [displays_of(ran)[0]["transient"]["display_id"] for ran in runs]
    assert len(set(displays)) == 3  # nbclient fails where it knows one
    (update,) = updates_of(kernel.run_ok("'more'"))
    assert update["transient"]["display_id"] == displays[-1]


def test_panels_of_other_threads_have_tables_of_their_own(start_kernel):
    kernel = start_kernel()
    kernel.run_ok("from threadbook_panel import Panel")
    mine, others = displays_of(kernel.run_ok("display(Panel(), Panel('th_x'))"))[::2]
    updates = {one["transient"]["display_id"]: one for one in updates_of(kernel.run_ok("'more'"))}
    assert set(updates) == {one["transient"]["display_id"] for one in (mine, others)}
    assert "'more'" in updates[mine["transient"]["display_id"]]["data"]["text/plain"]
    assert "'more'" not in updates[others["transient"]["display_id"]]["data"]["text/plain"]


def test_a_table_is_kept_up_to_date_as_long_as_it_stands_in_the_output_of_a_cell(start_kernel):
    kernel = start_kernel()
    kernel.run_ok("from threadbook_panel import Panel\npanel = Panel()\npanel", cell_id="a")

    def updates_after(code, cell):
        return len(updates_of(kernel.run_ok(code, cell_id=cell)))

    assert updates_after("'more'", "b") == 1
    assert updates_after("panel", "a") == updates_after("Panel()", "a") == 1
    assert updates_after("'more'", "b") == 1
    assert updates_after("panel", "c") == 2
    assert updates_after("'none'", "a") == 1
    assert updates_after("'none'", "c") == updates_after("'more'", "b") == 0
    assert updates_after("panel", "a") == updates_after("'more'", "b") == 1


def test_it_stays_current_while_a_view_is_there(start_kernel):
    kernel = with_panel(start_kernel())
    widgets = Widgets(kernel)
    view = widgets.view()
    view.ask("subscribe", thread=view.state["thread"])
    kernel.run_ok("'looked at'")

    def is_saved():
        rows = json.loads(view.table["_snapshot"])["rows"]
        return any((row["title"], row["status"]) == ("'looked at'", "ok") for row in rows)

    def is_displayed():
        updates = [
            message["content"]
            for messages in kernel.published.values()
            for message in messages
            if message["msg_type"] == "update_display_data"
        ]
        return updates and ("'looked at'", "✓ ok") in timeline_of(updates[-1]["data"]["text/html"])

    kernel.until(is_saved)
    kernel.until(is_displayed)


def test_a_panel_in_a_box_shows_its_state_too(start_kernel):
    kernel = start_kernel()
    kernel.run_ok("from threadbook_panel import Panel")
    ran = kernel.run_ok("data, _ = Panel()._repr_mimebundle_()\nsorted(data)")
    assert ran.result == repr(sorted([VIEW, "text/html", "text/plain"]))


class TestAState:
    """A state as a value."""

    def row(self, index, **said):
        said = {"title": f"row {index}", "actor": "did:x", "is_signed": False, "at": 0} | said
        kinds = {"seq": index, "type": "note", "kind": "a.b.c", "act": "KNOW", "status": "none"}
        return Row(index=index, id=f"{index:064}", **kinds, **said)

    @pytest.mark.parametrize("name", HOSTILE)
    def test_hostile_text_is_only_text(self, name):
        text = HOSTILE[name][:2_000]
        waiting = Waiting(id="w", question=text, requester=text, at=0)
        state = Snapshot(
            at=0,
            thread=text,
            total=1,
            rows=(self.row(0, title=text, detail=text, actor=text, sandbox=text),),
            waiting=(waiting,),
            verified=text,
            problem=text,
        )
        html = state.as_html("threadbook-static")
        assert Tables(html).tags == TAGS
        assert not any(
            name.startswith("on") or name in ("href", "src") for name in Tables(html).names
        )
        for shown in (html, state.as_text()):
            assert all(character.isprintable() or character in "\n\t" for character in shown)
        assert json.loads(state.as_json())["rows"][0]["title"] == text

    def test_has_the_newest_rows_and_says_how_many_there_are(self):
        rows = tuple(self.row(index) for index in range(MOST_ROWS))
        state = Snapshot(at=0, thread="th", total=1_234, rows=rows)
        assert "the newest 200 of 1,234 rows" in state.as_html("c")
        assert "the newest 200 of 1,234 rows" in state.as_text()

    def test_as_json_it_is_of_limited_size_and_keeps_what_is_newest(self):
        rows = tuple(self.row(i, title="\U0001f600" * 200, detail="x" * 3_000) for i in range(200))
        encoded = Snapshot(at=0, thread="th", total=200, rows=rows).as_json()
        assert LONGEST_JSON / 4 < len(encoded.encode()) <= LONGEST_JSON
        kept = json.loads(encoded)["rows"]
        assert kept[-1]["index"] == 199
        assert len(kept) < 200

    def test_names_what_waits(self):
        with open_log("memory:") as log:
            log.append(Intent(goal="g").draft(thread="th_a"), by=ASKER)
            body = DecisionRequest(question="Delete <all>?", options=["approve", "deny"])
            log.append(body.draft(thread="th_a"), by=ASKER)
            feed = Feed(log)
            state = take(feed, "th_a")
            feed.close()
        assert [one.question for one in state.waiting] == ["Delete <all>?"]
        assert "Delete &lt;all&gt;? (asked by sync:agent:a (unverified))" in state.as_html("c")
