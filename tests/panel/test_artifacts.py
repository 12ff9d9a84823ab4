"""Artifacts in the panel: what there is, what can be shown of it, and where it came from."""

import base64
import pickle
import sqlite3
from contextlib import closing

import pyarrow as pa
import pytest

from threadbook.errors import ArtifactNotFound, QueryError
from threadbook.library.artifacts import Artifacts
from threadbook.library.context import Context
from threadbook.log.outbox import Outbox
from threadbook.log.sink import Sink
from threadbook.records.bodies import ArtifactSave, CellStart
from threadbook_panel import lineage
from threadbook_panel.previews import LARGEST_IMAGE, LONGEST_TEXT

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJg"
    "gg=="
)
SVG = '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'


class Library:
    """The artifacts of one thread; `cell` is the one that runs."""

    def __init__(self, sink, folder, thread, workspace):
        self.cell = None
        self.artifacts = Artifacts(
            Context(sink=sink, thread=lambda: thread, cell=lambda: self.cell, workspace=workspace),
            cache=folder / "cache",
        )


@pytest.fixture
def library(log, agent, tmp_path):
    sink = Sink(log.url, agent, Outbox(tmp_path / "outbox.db"))
    yield lambda thread="th_1", workspace="": Library(sink, tmp_path, thread, workspace)
    sink.close()


@pytest.fixture
def run(add):
    """Return a function that begins a cell in a library and returns its id."""

    def run(library, code):
        library.cell = add(CellStart(code=code, session="s", execution="m")).id
        return library.cell

    return run


@pytest.fixture
def save(log, add):
    """Return a function that records a content as an artifact, whatever it says to be."""

    def save(content, *, codec="file", name="thing", media_type="application/octet-stream"):
        blob = log.blobs.put(content, media_type=media_type)
        return add(ArtifactSave(name=name, version=1, content=blob, codec=codec), act="PUT")

    return save


def shown(feed, record_id):
    return feed.call("artifact", {"id": record_id}).content


def test_the_newest_version_of_each_is_listed(feed, library, agent):
    here, there = library(), library("th_2", "team")
    here.artifacts.save("basket", {"apple": 1})
    newest = here.artifacts.save("basket", {"apple": 2}, "what was bought", {"shop": "x"})
    here.artifacts.save("gone", 1)
    here.artifacts.delete("gone")
    other = there.artifacts.save("basket", "text")
    page = feed.call("artifacts", {})
    assert page.total == 2
    assert [(one.id, one.workspace, one.version) for one in page.artifacts] == [
        (newest.record, "", 2),
        (other.record, "team", 1),
    ]
    entry = page.artifacts[0]
    assert (entry.name, entry.type, entry.actor) == ("basket", "dict", agent.actor_did)
    assert (entry.description, entry.preview) == ("what was bought", newest.preview)
    assert (entry.blob, entry.size, entry.media_type) == (
        newest.hash, newest.size, newest.media_type,
    )  # fmt: skip
    only = feed.call("artifacts", {"thread": "th_2"}).artifacts
    assert [one.id for one in only] == [other.record]


def test_of_a_long_description_the_beginning_is_listed(feed, add, log):
    long, blob = "x" * 100_000, log.blobs.put(b"1", media_type="text/plain")
    save = ArtifactSave(
        name="thing", version=1, content=blob, codec="file", description=long, preview=long
    )
    add(save, act="PUT")
    (entry,) = feed.call("artifacts", {}).artifacts
    assert (len(entry.description), len(entry.preview)) == (2000, 2000)


def test_a_version_is_shown_with_all_there_are(feed, library):
    artifacts = library().artifacts
    saved = [artifacts.save("basket", {"n": n}, metadata={"n": n}) for n in range(3)]
    artifacts.delete("basket", 2)
    found = feed.call("artifact", {"id": saved[1].record})
    assert (found.artifact.version, found.metadata) == (2, {"n": 1})
    assert [one.version for one in found.versions] == [3, 2, 1]
    assert '"n": 1' in found.content.text


@pytest.mark.parametrize("record_id", ["", "0" * 64, "nonsense"])
def test_what_is_not_there_is_said_so(feed, record_id):
    with pytest.raises(ArtifactNotFound, match="no record"):
        feed.call("artifact", {"id": record_id})
    with pytest.raises(QueryError):
        feed.call("artifact", {"id": 1})


# What is shown is judged by the content.


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"plain", "plain"),
        ("gr\u00fc\u00df".encode(), "gr\u00fc\u00df"),
        (SVG.encode(), SVG),
        (b"<script>alert(1)</script>", "<script>alert(1)</script>"),
        (b"", ""),
    ],
    ids=["plain", "utf-8", "svg", "html", "empty"],
)
@pytest.mark.parametrize("claimed", ["image/png", "text/html"])
def test_text_is_text_whatever_it_claims(feed, save, content, text, claimed):
    found = shown(feed, save(content, media_type=claimed).id)
    assert (found.text, found.is_cut) == (text, False)


def test_long_text_is_cut_between_characters(feed, save):
    found = shown(feed, save("\u20ac".encode() * LONGEST_TEXT).id)
    assert found.text == "\u20ac" * (LONGEST_TEXT // 3)
    assert found.is_cut


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe\x00", b"a\0b", pickle.dumps(object()), b"\x80"],
    ids=["utf-16", "nul", "pickle", "half"],
)
def test_what_is_no_text_is_not_shown(feed, save, content):
    assert shown(feed, save(content).id) is None


@pytest.mark.parametrize(
    ("begin", "media_type"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0\0\2\xff\xc0\0\x11\x08\0\1\0\1", "image/jpeg"),
        (b"GIF89a\1\0\1\0", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f", "image/webp"),
    ],
)
def test_images_are_passed_on(feed, save, begin, media_type):
    content = begin + bytes(100)
    found = shown(feed, save(content, media_type="text/html").id)
    assert found.url == f"data:{media_type};base64,{base64.b64encode(content).decode()}"


def test_a_large_image_is_not_shown(feed, save):
    assert shown(feed, save(PNG[:16] + b"\xff" * 8 + PNG[24:]).id) is None
    assert shown(feed, save(PNG + bytes(LARGEST_IMAGE - len(PNG))).id) is not None
    assert shown(feed, save(PNG + bytes(LARGEST_IMAGE)).id) is None


def test_a_table_shows_its_first_rows(feed, library):
    table = pa.table({"n": range(10_000), "who": [f"<b>{n}" for n in range(10_000)]})
    saved = library().artifacts.save("table", table)
    found = shown(feed, saved.record)
    assert (found.columns, found.row_count) == (["n", "who"], 10_000)
    assert found.rows[:2] == [["0", "<b>0"], ["1", "<b>1"]]
    assert len(found.rows) == 50


class Trap:
    """Says so when it is unpickled."""

    def __reduce__(self):
        return (exec, ("raise SystemExit('a pickle was read')",))


@pytest.mark.parametrize("codec", ["pickle", "parquet", "file", "json", "text", "npy", "msgpack"])
def test_a_pickle_is_never_read(feed, save, codec):
    assert shown(feed, save(pickle.dumps(Trap()), codec=codec).id) is None


@pytest.mark.parametrize("content", [b"PAR1" + bytes(1000), b"PAR1", b"PAR1PAR1"])
def test_what_only_looks_like_a_table_is_not_shown(feed, save, content):
    assert shown(feed, save(content, codec="parquet").id) is None


def test_content_that_is_gone_or_damaged_is_not_shown(feed, save, log, store):
    kept, gone = save(b"x" * 10), save(b"y" * 10)
    log.store.blob_erase(gone.body["content"]["blob"])
    with closing(sqlite3.connect(store, isolation_level=None)) as connection:
        connection.execute("UPDATE chunk SET data = x'787878'")
    assert shown(feed, gone.id) is None
    assert shown(feed, kept.id) is None


# Lineage.


def edges(found):
    titles = {node.id: node.title for node in found.nodes}
    return {(titles[edge.from_], titles[edge.to]) for edge in found.edges}


def test_the_graph_goes_through_cells(feed, library, run):
    library = library()
    run(library, "artifacts.save('raw', 1)\nmore")
    raw = library.artifacts.save("raw", 1)
    run(library, "clean it")
    library.artifacts.load("raw")
    library.artifacts.save("clean", 2)
    last = run(library, "only look")
    library.artifacts.load("clean")
    found = feed.call("artifact", {"id": raw.record}).lineage
    assert edges(found) == {
        ("artifacts.save('raw', 1)", "raw"),
        ("raw", "clean it"),
        ("clean it", "clean"),
        ("clean", "only look"),
    }
    assert [node.title for node in found.nodes if node.type == "artifact"] == ["raw", "clean"]
    assert found.nodes[0].id == raw.record
    assert next(node for node in found.nodes if node.id == last).version is None


def test_outside_cells_artifacts_hang_together(feed, library):
    artifacts = library().artifacts
    raw = artifacts.save("raw", 1)
    clean = artifacts.save("clean", 2, inputs=["raw"])
    for one in (raw, clean):
        assert edges(feed.call("artifact", {"id": one.record}).lineage) == {("raw", "clean")}


def test_of_a_large_graph_the_nearest_are_shown(feed, log, agent, add):
    blob = log.blobs.put(b"x")
    saved = [add(ArtifactSave(name="a0", version=1, content=blob), act="PUT")]
    for number in range(1, lineage.MOST_NODES + 20):
        inputs = [saved[-1].id]
        saved.append(add(ArtifactSave(name=f"a{number}", version=1, content=blob, inputs=inputs)))
    found = feed.call("artifact", {"id": saved[0].id}).lineage
    assert [node.title for node in found.nodes] == [f"a{n}" for n in range(lineage.MOST_NODES)]
    assert len(found.edges) == lineage.MOST_NODES - 1


def test_what_nobody_recorded_is_not_in_the_graph(feed, add, log):
    blob = log.blobs.put(b"x")
    body = ArtifactSave(name="x", version=1, content=blob, cell="f" * 64, inputs=["e" * 64])
    found = feed.call("artifact", {"id": add(body).id}).lineage
    assert ([node.title for node in found.nodes], found.edges) == (["x"], [])
