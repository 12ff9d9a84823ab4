"""How values of a session are shown in a notebook: as tables, in which nothing acts."""

import html
from html.parser import HTMLParser

import pytest
from tests.panel.corpus import HOSTILE

from threadbook.client.client import EmitResult
from threadbook.client.records import Records
from threadbook.folds.trust import Standing
from threadbook.kernel.summary import Summary
from threadbook.kernel.trust import StandingList
from threadbook.library.packages import Package, PackageList
from threadbook.log.log import open_log
from threadbook.records.bodies import CellEnd, CellError, CellStart, Intent, VerdictAccept
from threadbook.records.identity import Identity
from threadbook.session.result import Failure, Result
from threadbook.tables import escaped, facts_html, table_html, text_html

ALLOWED = {"table", "caption", "thead", "tbody", "tr", "th", "td", "p", "pre"}
ATTRIBUTES = {"scope": {"col", "row"}, "class": {"mathjax_ignore tex2jax_ignore"}}
STYLES = {"text-align:left", "text-align:left;white-space:pre-wrap"}
PATIENCE = 60


class Page(HTMLParser):
    """What is in some HTML: its tags, its text, and the cells of its tables."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.cells, self.text = [], [], [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag in ("th", "td", "caption"):
            self.cells.append("")

    def handle_data(self, data):
        self.text += data
        if self.cells:
            self.cells[-1] += data


def assert_harmless(text):
    """Check that HTML has only tables and text in it, however it is parsed."""
    page = Page(text)
    assert set(page.tags) <= ALLOWED
    for name, value in page.attributes:
        assert value in (STYLES if name == "style" else ATTRIBUTES[name])
    assert all(character.isprintable() or character in "\n\t" for character in page.text)
    return page


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_only_text_wherever_it_stands(name):
    text = HOSTILE[name]
    shown = "".join(
        [
            table_html((text, "b"), [(text, text)], caption=text),
            facts_html([(text, text)], caption=text),
            text_html(text),
            PackageList([Package(text, text)])._repr_html_(),
            Records(
                [{"id": text, "act": text, "actor": text, "body": {"kind": text, text: text}}]
            )._repr_html_(),
            EmitResult(success=True, record_id=text, kind=text, error=text)._repr_html_(),
            Result(
                status="error",
                text=text,
                stdout=text,
                error=Failure(name=text, value=text, traceback=text),
                duration=1,
            )._repr_html_(),
        ]
    )
    page = assert_harmless(shown)
    assert html.unescape(escaped(text)) in page.text
    assert "$" not in shown or "mathjax_ignore" in shown


def test_a_table_has_a_caption_and_headings_of_rows_and_columns():
    page = Page(table_html(("name", "size"), [("a", "1"), ("b", "2")], caption="files"))
    assert page.cells == ["files", "name", "size", "a", "1", "b", "2"]
    scopes = [value for name, value in page.attributes if name == "scope"]
    assert scopes == ["col", "col", "row", "row"]


def test_a_long_listing_shows_its_beginning_and_says_how_much_more_there_is():
    listing = PackageList(Package(f"package-{number}", "1") for number in range(1_234))
    page = Page(listing._repr_html_())
    assert page.cells[0] == "packages (1,234), … and 1,034 more"
    assert page.tags.count("tr") == 1 + 200
    assert repr(listing).splitlines()[-1] == "… and 1,034 more"
    assert repr(PackageList()) == "(nothing)"
    assert Page(PackageList()._repr_html_()).text == "packages: nothing"


def test_records_show_all_that_they_say_as_text():
    found = [{"id": "ab" * 32, "act": "DO", "body": {"kind": "a.b.c", "text": "x" * 500}}]
    assert repr(Records(found)) == repr(found)


def test_results_of_writes_say_where_the_record_is():
    def state(**said):
        return Page(EmitResult(kind="a.b.c", **said)._repr_html_()).cells

    assert "in the log" in state(success=True, record_id="r")
    assert "waits in the outbox" in state(success=True, record_id="r", pending=True, error="busy")
    assert "held in memory only" in state(success=False, record_id="r")
    assert "refused" in state(success=False, error="no")


@pytest.fixture
def log():
    return open_log("memory:")


@pytest.fixture
def work(log, tmp_path):
    """Append the records of a small thread, and return them."""
    agent, person = (Identity.key(tmp_path / f"{who}.pem") for who in ("agent", "person"))

    def append(body, parents=(), by=agent):
        return log.append(body.draft(thread="th_a", parents=parents), by=by)

    append(Intent(goal="find the <mean>"))
    cell = CellStart(code="1 / 0", session="", execution="m", silent=False, store_history=True)
    start = append(cell)
    error = CellError(name="ZeroDivisionError", value="division by zero", line=1)
    append(CellEnd(status="error", duration_ms=3, error=error, sandbox="none"), (start.id,))
    verdict = VerdictAccept(subject=agent.actor_did, judges=start.id, reason="well tried")
    append(verdict, (start.id,), by=person)
    return list(log.read_all(thread="th_a"))


def test_a_thread_shows_its_goal_its_status_counts_and_last_rows(work):
    summary = Summary.of("th_a", work)
    page = assert_harmless(summary._repr_html_())
    assert [page.cells[4], page.cells[6]] == ["find the <mean> (open)", "observed"]
    assert "4 records; 1 open, 1 error, 1 accepted" in page.cells
    assert "1 / 0 → ZeroDivisionError: division by zero" in page.cells
    assert "✗ error" in page.cells
    text = repr(summary).splitlines()
    assert text[:3] == ["thread: th_a", "goal: find the <mean> (open)", "status: observed"]
    assert "✗ error" in repr(summary)
    cut = Summary.of("th_a", work, most_rows=1)
    assert "timeline, the newest 1 of 3 rows" in repr(cut)
    assert "1 / 0" not in repr(cut)


def test_an_empty_thread_shows_that_it_is():
    assert repr(Summary.of("th_a", [])).splitlines() == [
        "thread: th_a",
        "status: empty",
        "holds: 0 records",
    ]


class TestInAKernel:
    """What code in a session finds."""

    def test_the_thread_shows_as_a_table(self, kernel):
        kernel.run_ok("thread.goal = 'find <b>out</b>'")
        ran = kernel.run_ok("thread")
        (shown,) = ran.messages("execute_result")
        page = assert_harmless(shown["data"]["text/html"])
        assert "find <b>out</b> (open)" in page.cells
        assert shown["data"]["text/plain"].endswith("help(thread) lists what it can do")

    def test_thread_show_has_a_form_for_notebooks(self, kernel):
        ran = kernel.run_ok("# what has happened\n%thread show")
        (shown,) = ran.messages("display_data")
        page = assert_harmless(shown["data"]["text/html"])
        assert "what has happened" in page.cells
        assert shown["data"]["text/plain"].startswith(f"thread {ran.trace['thread']}\n")
        assert ran.text() == ""

    def test_results_of_the_sdk_and_all_listings_are_tables(self, kernel):
        kernel.run_ok("written = sdk.emit_sync(act='KNOW', kind='team.x.y', body={'n': 1})")
        kernel.run_ok("workflows.create('double', 'def run(n: float) -> float: return 2 * n')")
        kernel.run_ok("artifacts.save('basket', [1], 'what was <b>bought</b>')")
        for code, wanted in {
            "written": "in the log",
            "sdk.query_sync(kind='team.x.y')": "team.x.y",
            "workflows.list()": "double",
            "artifacts.list()": "what was <b>bought</b>",
            "tools.list()": "tools: nothing",
            "deps.list()": "requirements: nothing",
            "trust.list()": "trust: nothing",
        }.items():
            (shown,) = kernel.run_ok(code).messages("execute_result")
            page = assert_harmless(shown["data"]["text/html"])
            assert wanted in (page.cells or [page.text]), code

    def test_showing_the_thread_says_what_is_wrong_with_the_store(self, start_kernel):
        kernel = start_kernel(THREADBOOK_STORE="carrier-pigeon://coop")
        (shown,) = kernel.run_ok("thread").messages("execute_result")
        assert "no store at 'carrier-pigeon://coop'" in shown["data"]["text/plain"]
        assert "text/html" not in shown["data"]


@pytest.fixture(scope="module")
def judged(start_lasting_kernel):
    """Return a kernel in which a cell was judged by a person, and that cell's actor."""
    kernel = start_lasting_kernel()
    ran = kernel.run_ok("1 + 1")
    with kernel.log() as log:
        start = log.get(ran.trace["start"])
        person = Identity.key(kernel.folder / "person.pem")
        body = VerdictAccept(subject=start.actor, judges=start.id, reason="right")
        log.append(body.draft(thread=start.thread, parents=(start.id,)), by=person)
        other = VerdictAccept(subject="did:x", judges="", reason="elsewhere")
        log.append(other.draft(thread="th_other"), by=person)
    return kernel, start.actor


class TestTrust:
    """`trust` in a session."""

    def test_shows_how_the_actors_of_this_thread_stand(self, judged):
        kernel, _actor = judged
        (shown,) = kernel.run_ok("trust").messages("execute_result")
        headings, *rows = shown["data"]["text/plain"].splitlines()
        assert headings.split()[:5] == ["actor", "domain", "trust", "accepted", "verdicts"]
        assert [row.split()[1:6] for row in rows] == [["general", "0.21", "1", "1", "1"]]
        assert "0.21" in assert_harmless(shown["data"]["text/html"]).cells

    def test_gives_the_number_of_an_actor_and_the_verdicts_behind_it(self, judged):
        kernel, actor = judged
        assert (
            kernel.run_ok(f"trust.of({actor!r}).successes, trust.of('did:nobody').total").result
            == "(1, 0)"
        )
        assert (
            kernel.run_ok(f"[e.verdict for e in trust.explain({actor!r})]").result == "['accept']"
        )
        assert kernel.run_ok(f"trust.of({actor!r}, domain='code').total").result == "0"

    def test_lists_everybody_who_was_judged(self, judged):
        kernel, actor = judged
        listed = kernel.run_ok("sorted(one.actor for one in trust.list())").result
        assert listed == repr(sorted([actor, "did:x"]))

    def test_is_completed_and_described(self, start_kernel):
        kernel = start_kernel()
        reply = kernel.ask("complete_request", code="trust.", cursor_pos=6)
        assert {"of", "explain", "list"} <= set(reply["matches"])
        reply = kernel.ask("inspect_request", code="trust", cursor_pos=5, detail_level=0)
        assert "trust.explain(actor)" in reply["data"]["text/plain"]

    def test_is_not_imported_before_it_is_used(self, start_kernel):
        kernel = start_kernel()
        module = "'threadbook.kernel.' + 'trust' in __import__('sys').modules"
        assert kernel.run_ok(module.replace("'trust'", "'tr' 'ust'")).result == "False"
        kernel.run_ok("trust")
        assert kernel.run_ok(module).result == "True"


def test_standings_show_who_is_not_verified():
    standing = dict.fromkeys(Standing.__struct_fields__, 0) | {
        "actor": "did:sync:agent:a",
        "domain": "code",
        "effective_trust": 0.5,
        "zone": "ADAPT",
        "last_observed": None,
        "namespace": "default",
    }
    assert "sync:agent:a (unverified)" in repr(StandingList([Standing(**standing)]))
