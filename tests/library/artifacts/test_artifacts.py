"""Artifacts: named values with versions, who made them, from what, and who read them."""

import hashlib
import sqlite3
import threading
import tracemalloc
from contextlib import closing

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadbook.errors import ArtifactInvalid, ArtifactNotFound, NamespaceError
from threadbook.folds.lineage import Read
from threadbook.library import content
from threadbook.library.artifact import Artifact, ArtifactList, check_name
from threadbook.log.verify import verify
from threadbook.records.bodies import ArtifactDelete, ArtifactLoad, ArtifactSave
from threadbook.records.record import Draft

moderate = settings(max_examples=200, deadline=None)


def test_n77_what_is_saved_comes_back_with_all_that_is_known_of_it(agent, new_agent):
    cell = agent.begin()
    metadata = {"source": "survey", "weights": [0.5, None, {"n": 1}]}
    saved = agent.artifacts.save("reports/2024.json", {"n": 1}, "counts", metadata)
    (record,) = agent.records(ArtifactSave.KIND)
    other = new_agent().artifacts
    assert other.load("reports/2024.json") == {"n": 1}
    content = b'{\n "n": 1\n}'
    assert agent.artifacts.get("reports/2024.json").readers[0].thread == "th_a1"
    assert saved == Artifact(
        name="reports/2024.json",
        version=1,
        type="dict",
        codec="json",
        media_type="application/json",
        size=len(content),
        hash=hashlib.sha256(content).hexdigest(),
        description="counts",
        metadata=metadata,
        preview="{'n': 1}",
        author="did:sync:agent:a0",
        at=record.recorded_at,
        thread="th_a0",
        cell=cell,
        record=record.id,
    )
    assert record.parents == (cell,)
    assert saved.ref == f"sha256:{saved.hash}"


def test_n80_the_same_content_is_stored_once_and_the_hash_is_shown(agent, artifacts):
    first = artifacts.save("a", "same")
    again, other = artifacts.save("a", "same"), artifacts.save("b", "same")
    assert [first.version, again.version, other.version] == [1, 2, 1]
    assert agent.blobs() == [first.hash] == [again.hash] == [other.hash]
    for shown in (repr(first), first._repr_html_(), repr(artifacts.list())):
        assert first.hash[:12] in shown


def test_n81_an_artifact_names_the_cell_that_made_it_and_those_that_read_it(agent, new_agent):
    maker = agent.begin()
    agent.artifacts.save("a", [1])
    reader = new_agent()
    cells = [reader.begin("load"), reader.begin("again")]
    reader.cell = cells[0]
    for _ in range(3):
        reader.artifacts.load("a")
        reader.artifacts.open("a").read()
    reader.cell = cells[1]
    reader.artifacts.load("a", 1)
    known = agent.artifacts.get("a")
    loads = agent.records(ArtifactLoad.KIND)
    assert [one.parents for one in loads] == [(cells[0],), (cells[1],)]
    assert known.cell == maker
    assert known.readers == tuple(
        Read(id=one.id, thread=one.thread, actor=one.actor, at=one.recorded_at, cell=cell)
        for one, cell in zip(loads, cells, strict=True)
    )
    for shown in (repr(known), known._repr_html_()):
        assert all(cell[:12] in shown for cell in (maker, *cells))


def test_a_read_outside_cells_is_recorded_once_a_thread(agent, artifacts, new_agent):
    artifacts.save("a", 1)
    other = new_agent()
    for face in (artifacts, artifacts, other.artifacts):
        face.load("a")
    assert [one.thread for one in agent.records(ArtifactLoad.KIND)] == [agent.thread, other.thread]


def test_threads_of_one_cell_record_a_read_once(agent, artifacts):
    artifacts.save("a", 1)
    agent.begin()
    threads = [threading.Thread(target=artifacts.load, args=("a",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(agent.records(ArtifactLoad.KIND)) == 1


def test_n101_another_agent_loads_by_reference_and_the_record_links_both(agent, new_agent):
    agent.begin()
    saved = agent.artifacts.save("a", b"x")
    agent.artifacts.save("a", b"newer")
    reader = new_agent()
    cell = reader.begin()
    assert reader.artifacts.load(saved.ref) == b"x"
    assert reader.artifacts.load(hash=saved.hash) == reader.artifacts.load(hash=saved.ref) == b"x"
    assert reader.artifacts.open(saved.ref).read() == b"x"
    assert reader.artifacts.path(saved.ref).read_bytes() == b"x"
    assert reader.artifacts.load(saved) == b"x"
    (load,) = agent.records(ArtifactLoad.KIND)
    assert ArtifactLoad.of(load.record) == ArtifactLoad(
        name="a", version=1, save=saved.record, cell=cell
    )


def test_a_reference_leads_to_artifacts_only(agent, artifacts):
    hidden = agent.sink.put_blob(b"not an artifact", media_type="text/plain")
    with pytest.raises(ArtifactNotFound):
        artifacts.load(hash=hidden.blob)
    for reference in ("sha256:", "sha256:" + "AB" * 32, "sha256:../x", "md5:" + "ab" * 16):
        with pytest.raises(ArtifactInvalid):
            artifacts.load(reference)
    with pytest.raises(ArtifactInvalid, match="not by both"):
        artifacts.load("a", hash=hidden.blob)
    with pytest.raises(ArtifactInvalid):
        artifacts.load()


def test_n98_workspaces_see_nothing_of_each_other(new_agent):
    ours, theirs = new_agent(workspace="ours"), new_agent(workspace="theirs")
    mine = ours.artifacts.save("a", "mine")
    theirs.artifacts.save("a", "first")
    made = theirs.artifacts.save("b", "other", inputs=["a"])
    assert [one.name for one in ours.artifacts.list()] == ["a"]
    assert [one.version for one in theirs.artifacts.list()] == [1, 1]
    assert ours.artifacts.load("a") == "mine"
    assert not ours.artifacts.exists("b")
    for ask in (theirs.artifacts.load, theirs.artifacts.get, theirs.artifacts.path):
        with pytest.raises(ArtifactNotFound):
            ask(mine.ref)
        with pytest.raises(ArtifactNotFound):
            ask(mine)
    with pytest.raises(ArtifactNotFound):
        ours.artifacts.save("c", 1, inputs=[made])
    assert not ours.artifacts.delete("b")
    assert theirs.artifacts.delete("a")
    assert ours.artifacts.load("a") == "mine"
    assert new_agent().artifacts.list() == []


def test_versions_are_kept_and_can_be_deleted_one_by_one(agent, artifacts):
    for number in (1, 2, 3):
        artifacts.save("a", number)
    assert [artifacts.load("a"), artifacts.load("a", 1)] == [3, 1]
    assert artifacts.delete("a", 3) is True
    assert artifacts.delete("a", 3) is False
    assert artifacts.delete("a", 9) is artifacts.delete("b") is False
    assert artifacts.load("a") == 2
    assert [(one.version, one.is_deleted) for one in artifacts.history("a")] == [
        (3, True),
        (2, False),
        (1, False),
    ]
    with pytest.raises(ArtifactNotFound):
        artifacts.load("a", 3)
    assert artifacts.delete("a") is True
    assert artifacts.list() == []
    assert not artifacts.exists("a")
    assert artifacts.save("a", 4).version == 4
    assert len(agent.records(ArtifactDelete.KIND)) == 2


def test_what_a_cell_loaded_is_what_it_saves_from(agent, artifacts):
    agent.begin()
    raw, extra = artifacts.save("raw", [1]), artifacts.save("extra", [2])
    agent.begin()
    artifacts.load("raw")
    artifacts.path("extra")
    clean = artifacts.save("clean", [3])
    model = artifacts.save("model", [4], inputs=["clean", raw])
    agent.begin()
    alone = artifacts.save("alone", [5])
    assert clean.inputs == (raw.record, extra.record)
    assert model.inputs == (clean.record, raw.record)
    assert alone.inputs == ()
    found = artifacts.lineage("clean")
    assert [one.name for one in found.sources] == ["raw", "extra"]
    assert [one.name for one in found.products] == ["model"]
    assert sorted(repr(found).splitlines()) == [
        "clean v1 -> model v1",
        "extra v1 -> clean v1",
        "raw v1 -> clean v1",
        "raw v1 -> model v1",
    ]
    assert "-&gt;" in found._repr_html_()
    assert "not used" in repr(artifacts.lineage("alone"))
    with pytest.raises(ArtifactInvalid):
        artifacts.save("b", 1, inputs="clean")


def test_what_is_not_there_is_said_with_what_is_like_it(artifacts):
    artifacts.save("measurements", 1)
    with pytest.raises(ArtifactNotFound, match="did you mean measurements") as caught:
        artifacts.load("mesurements")
    assert (caught.value.namespace, caught.value.operation) == ("artifacts", "artifacts.load")
    with pytest.raises(ArtifactNotFound, match="measurements v2"):
        artifacts.get("measurements", 2)
    with pytest.raises(ArtifactNotFound):
        artifacts.history("b")


BAD_NAMES = [
    "", ".", "..", "../x", "a/../b", "/a", "a/", "a//b", "a/./b", "a\0b", "a\nb", "a\x1bb", "a.",
    ".a", "a b", "a\\b", "C:x", "sha256:ab", "~", "*", "x" * 256, "é" * 128, "e\u0301", "\u212b",
    "\u202ea", "\ud800", 5, None, b"a",
]  # fmt: skip


@pytest.mark.parametrize("name", BAD_NAMES, ids=ascii)
def test_n83_names_that_could_lead_elsewhere_are_refused(agent, artifacts, tmp_path, name):
    for call in (
        lambda: artifacts.save(name, 1),
        lambda: artifacts.load(name),
        lambda: artifacts.open(name),
        lambda: artifacts.path(name),
        lambda: artifacts.delete(name),
        lambda: artifacts.exists(name),
        lambda: artifacts.history(name),
        lambda: artifacts.save_file(name, __file__),
    ):
        with pytest.raises(ArtifactInvalid) as caught:
            call()
        assert caught.value.namespace == "artifacts"
    assert agent.blobs() == []
    assert agent.sink.log().size == 0


@pytest.mark.parametrize("name", ["a", "a.b.csv", "a/b-c/d_e", "é/日本", "x" * 255, "--x", "1"])
def test_other_names_are_kept_as_they_are(artifacts, name):
    artifacts.save(name, "v")
    assert artifacts.list()[0].name == name
    assert artifacts.path(name).name == name.rpartition("/")[2]


@given(st.text() | st.text("./\\~a\0-", max_size=8))
@moderate
def test_a_name_is_refused_or_stays_inside_any_folder(tmp_path_factory, name):
    try:
        check_name(name)
    except ArtifactInvalid:
        return
    root = tmp_path_factory.getbasetemp()
    path = root / name
    assert path.is_relative_to(root)
    assert path != root
    assert (root / name).parts == (*root.parts, *name.split("/"))
    assert not any(part.strip(".") == "" for part in name.split("/"))


@pytest.mark.parametrize(
    ("description", "metadata"),
    [
        (5, None),
        ("\ud800", None),
        ("", {"a": (1,)}),
        ("", {1: 2}),
        ("", {"a": float("nan")}),
        ("", {"a": 2**70}),
        ("", {"a": object()}),
        ("", [1]),
        ("", {"a": "x" * 300_000}),
        ("x" * 300_000, None),
    ],
    ids=range(10),
)
def test_what_could_not_be_recorded_is_refused_before_anything_is_stored(
    agent, artifacts, description, metadata
):
    with pytest.raises(ArtifactInvalid):
        artifacts.save("a", "content", description, metadata)
    assert agent.blobs() == []
    assert agent.sink.log().size == 0


def test_lists_are_tables_in_which_nothing_acts(artifacts):
    artifacts.save("a", "<script>alert(1)</script>", "<b>\x1b[31mred\n\n&")
    listing = artifacts.list()
    assert type(listing) is ArtifactList
    assert len(repr(listing).splitlines()) == 2
    for shown in (repr(listing), repr(listing[0])):
        assert "\x1b" not in shown
    for html in (listing._repr_html_(), listing[0]._repr_html_()):
        assert "<script>" not in html
        assert "<b>\x1b" not in html
        assert "&lt;b&gt;" in html


def test_a_long_text_is_previewed_by_its_first_and_last_lines(artifacts):
    text = "\n".join(f"line {number}" for number in range(10_000))
    preview = artifacts.save("a", text).preview
    assert preview.startswith("line 0\nline 1\n")
    assert preview.endswith("\nline 9999")
    assert len(preview) < 1100


def test_n102_damaged_content_is_named_and_never_returned(agent, artifacts, tmp_path):
    saved = artifacts.save("a", "x" * 3_000_000)
    artifacts.save("b", "intact")
    artifacts.load("a")
    connection = sqlite3.connect(tmp_path / "log.db")
    with connection:
        changed = connection.execute(
            "UPDATE chunk SET data = zeroblob(length(data)) WHERE number = 1"
        )
    assert changed.rowcount == 1
    connection.close()
    for call in (
        lambda: artifacts.load("a"),
        lambda: artifacts.open("a").read(),
        lambda: artifacts.path("a"),
    ):
        with pytest.raises(ArtifactInvalid, match=saved.hash):
            call()
    assert list((tmp_path / "cache" / saved.hash).iterdir()) == []
    assert artifacts.load("b") == "intact"
    assert not verify(agent.sink.log()).is_clean


def test_n102_content_that_was_emptied_in_the_middle_is_no_shorter_content(artifacts, tmp_path):
    saved = artifacts.save("a", "x" * 3_000_000)
    with closing(sqlite3.connect(tmp_path / "log.db")) as connection, connection:
        connection.execute("UPDATE chunk SET data = x'' WHERE number = 1")
    with artifacts.open("a") as opened, pytest.raises(ArtifactInvalid, match=saved.hash):
        opened.read()


def test_content_on_its_way_is_in_memory_once(agent, artifacts):
    size = 16 * 1024 * 1024
    saved = artifacts.save("a", b"x" * size)
    blobs = agent.sink.log().blobs
    tracemalloc.start()
    with content.fetched(blobs, saved.hash) as fetched:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert fetched.read() == b"x" * size
    assert peak < 1.5 * size


def test_content_that_was_erased_is_named(agent, artifacts):
    saved = artifacts.save("a", "x")
    agent.sink.log().store.blob_erase(saved.hash)
    for call in (artifacts.load, artifacts.open, artifacts.path):
        with pytest.raises(ArtifactInvalid, match="erased"):
            call("a")


@pytest.mark.parametrize(
    "fields",
    [
        {"codec": "no-such"},
        {"codec": "json"},
        {"codec": "parquet", "type": "pandas.DataFrame"},
        {"codec": "parquet", "type": "polars.DataFrame"},
        {"codec": "npy"},
        {"codec": "png"},
        {"codec": "msgpack"},
        {"codec": "text"},
        {"codec": "folder"},
    ],
    ids=str,
)
def test_content_that_is_not_what_its_record_says_is_refused(agent, artifacts, fields):
    content = agent.sink.put_blob(b"\xff\xfe neither", media_type="text/plain")
    body = ArtifactSave(name="a", version=1, content=content, **fields)
    agent.sink.append(body.draft(thread="th"))
    with pytest.raises(ArtifactInvalid):
        artifacts.load("a")


def test_a_record_with_a_hostile_name_leads_nowhere(agent, artifacts, tmp_path):
    content = agent.sink.put_blob(b"x", media_type="text/plain")
    for name in ("../../evil", "/evil", "a/.."):
        body = ArtifactSave(name=name, version=1, content=content, codec="file")
        agent.sink.append(body.draft(thread="th"))
    for call in (artifacts.load, artifacts.path):
        with pytest.raises(ArtifactInvalid):
            call(f"sha256:{content.blob}")
    assert not list(tmp_path.rglob("*evil*"))
    assert len(repr(artifacts.list()).splitlines()) == 4


def test_a_record_of_before_there_were_codecs_is_bytes(agent, artifacts):
    content = agent.sink.put_blob(b"x", media_type="text/plain")
    agent.sink.append(ArtifactSave(name="a", version=1, content=content).draft(thread="th"))
    assert artifacts.load("a") == b"x"


def test_a_save_by_somebody_without_content_is_not_listed(agent, artifacts):
    body = {"kind": ArtifactSave.KIND, "name": "a", "version": 1, "content": {"blob": "x"}}
    agent.sink.append(Draft(act="PUT", body=body, thread="th"))
    assert artifacts.list() == []


def test_every_error_is_one_of_the_namespace(artifacts):
    for call in (lambda: artifacts.save("a", object()), lambda: artifacts.load("a")):
        with pytest.raises(NamespaceError) as caught:
            call()
        assert caught.value.remedy
        assert caught.value.original_type


def test_an_artifact_crosses_processes_as_plain_data(artifacts):
    saved = artifacts.save("a", 1, metadata={"n": 1})
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(saved), type=Artifact) == saved
