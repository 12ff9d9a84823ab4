"""A library between storages and folders: what arrives, what is refused, and what stays."""

import hashlib
import io
import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadbook.errors import ArtifactInvalid, LibraryError, StoreUnavailable
from threadbook.library import folder as folders
from threadbook.library.artifact import check_name
from threadbook.library.artifacts import Artifacts
from threadbook.library.context import Context
from threadbook.library.folder import Folder
from threadbook.library.holding import Holding, differences
from threadbook.library.transfer import Library, bootstrap, pull, push
from threadbook.library.workflows import Workflows
from threadbook.log.outbox import Outbox
from threadbook.log.sink import Sink
from threadbook.records.bodies import ArtifactSave, BlobRef
from threadbook.records.identity import Identity

SOURCE = '"""Double."""\ndef run(n):\n    return 2 * n\n'


class Place:
    """A storage, and the library in it."""

    def __init__(self, folder, workspace=""):
        folder.mkdir(parents=True, exist_ok=True)
        identity = Identity.key(folder / "key.pem")
        self.file = folder / "log.db"
        self.sink = Sink(f"sqlite:///{self.file}", identity, Outbox(folder / "outbox.db"))
        self.context = Context(sink=self.sink, thread=lambda: "th_here", workspace=workspace)
        self.library = Library(self.context)
        self.workflows = Workflows(self.context)
        self.artifacts = Artifacts(self.context, cache=folder / "cache")


@pytest.fixture
def storage(tmp_path):
    """Return a function that opens a storage; all are closed at the end."""
    places = []

    def make(name="store", workspace=""):
        places.append(Place(tmp_path / name, workspace))
        return places[-1]

    yield make
    for place in places:
        place.sink.close()


@pytest.fixture
def out(tmp_path):
    return Folder(tmp_path / "out")


def marks(steps):
    return {step.name: step.mark for step in steps}


def test_values_come_back_as_values_from_another_storage(storage, out):
    one, other = storage("one"), storage("other")
    values = {
        "numbers": [1, 2.5, None],
        "notes/today": "text\nof two lines",
        "raw.bin": b"\0\1",
        "odd": (1, {2: "x"}),
    }
    for name, value in values.items():
        one.artifacts.save(name, value, "said", {"of": "me"})
    one.workflows.create(
        "double", SOURCE, "Better.", examples=[{"arguments": {"n": 2}, "returns": 4}]
    )
    assert set(marks(pull(one.library, out)).values()) == {"+"}
    assert set(marks(bootstrap(other.library, out)).values()) == {"+"}
    for name, value in values.items():
        known = other.artifacts.get(name)
        assert (known.description, known.metadata) == ("said", {"of": "me"})
        assert known.hash == one.artifacts.get(name).hash
        loaded = other.artifacts.load(name)
        assert (loaded, type(loaded)) == (value, type(value))
    assert other.workflows.get("double").description == "Better."
    assert other.workflows.get("double").tests.status == "not_run"
    assert other.workflows.get("double").source == SOURCE
    assert {
        step.mark for step in differences(one.library.holdings(), other.library.holdings())
    } == {"="}


def test_files_hold_the_content_by_its_hash(storage, out, tmp_path):
    here = storage()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "x.txt").write_text("x")
    saved = here.artifacts.save("data", tmp_path / "data")
    pull(here.library, out)
    content = (out.path / "artifacts" / "data").read_bytes()
    assert hashlib.sha256(content).hexdigest() == saved.hash
    other = storage("other")
    bootstrap(other.library, out)
    assert (other.artifacts.path("data") / "x.txt").read_text() == "x"


def test_a_changed_file_stays_without_force(storage, out):
    here = storage()
    here.artifacts.save("a", "one")
    here.artifacts.save("b", "one")
    pull(here.library, out)
    here.artifacts.save("a", "two")
    here.artifacts.save("b", "two")
    mine = out.path / "artifacts" / "a"
    mine.write_text("mine")
    assert marks(pull(here.library, out)) == {"a": "!", "b": "~"}
    assert mine.read_text() == "mine"
    assert marks(pull(here.library, out, force=True, dry_run=True)) == {"a": "~", "b": "="}
    assert mine.read_text() == "mine"
    assert marks(pull(here.library, out, force=True)) == {"a": "~", "b": "="}
    assert mine.read_text() == "two"


def test_a_file_that_was_there_before_is_not_ours(storage, out):
    here = storage()
    here.artifacts.save("a", "one")
    (out.path / "artifacts").mkdir(parents=True)
    (out.path / "artifacts" / "a").write_text("somebody's")
    assert marks(pull(here.library, out)) == {"a": "!"}
    assert (out.path / "artifacts" / "a").read_text() == "somebody's"


def test_push_saves_what_was_changed_here_only(storage, out):
    here = storage()
    for name in ("mine", "theirs", "both", "same", "gone"):
        here.artifacts.save(name, {"n": 1})
    pull(here.library, out)
    for name in ("theirs", "both"):
        here.artifacts.save(name, {"n": 2})
    here.artifacts.delete("gone")
    for name in ("mine", "both"):
        (out.path / "artifacts" / name).write_text('{"n": 3}')
    steps = push(here.library, out)
    assert marks(steps) == {"mine": "~", "theirs": "<", "both": "!", "same": "=", "gone": "<"}
    assert here.artifacts.load("mine") == {"n": 3}
    assert here.artifacts.load("both") == {"n": 2}
    assert marks(push(here.library, out)) == {**marks(steps), "mine": "="}
    assert marks(push(here.library, out, force=True))["both"] == "~"
    assert here.artifacts.load("both") == {"n": 3}
    assert here.artifacts.load("both", version=2) == {"n": 2}


def test_an_edited_value_has_to_be_one_still(storage, out):
    here = storage()
    here.artifacts.save("json", {"n": 1})
    here.artifacts.save("text", "one")
    pull(here.library, out)
    (out.path / "artifacts" / "json").write_text("{")
    (out.path / "artifacts" / "text").write_bytes(b"\xff")
    refused = {step.name: step.reason for step in push(here.library, out)}
    assert "saved as json, and is none now" in refused["json"]
    assert "saved as text, and is none now" in refused["text"]
    assert here.artifacts.get("json").version == 1
    (out.path / "artifacts" / "json").write_text("[1]")
    push(here.library, out)
    assert (here.artifacts.load("json"), here.artifacts.get("json").type) == ([1], "list")


def test_an_edited_workflow_keeps_what_the_source_does_not_tell(storage, out):
    here = storage()
    example = {"arguments": {"n": 2}, "returns": 4}
    here.workflows.create("own", SOURCE, "By hand.", examples=[example])
    here.workflows.create("docs", SOURCE)
    pull(here.library, out)
    for name in ("own", "docs"):
        file = out.path / "workflows" / f"{name}.py"
        file.write_text(SOURCE.replace("Double.", "Twice."))
    assert marks(push(here.library, out)) == {"own": "~", "docs": "~"}
    assert here.workflows.get("own").description == "By hand."
    assert here.workflows.get("docs").description == "Twice."
    assert here.library.noted(here.library.holdings()["workflow", "own"]).examples == [example]


def test_pulling_writes_nothing_outside_the_folder(storage, out, tmp_path):
    here = storage()
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "in").mkdir(parents=True)
    for name in ("linked/x", "file", "deep/in/x"):
        here.artifacts.save(name, "content")
    artifacts = out.path / "artifacts"
    (artifacts / "deep").mkdir(parents=True)
    (artifacts / "linked").symlink_to(elsewhere)
    (artifacts / "file").symlink_to(elsewhere / "file")
    (artifacts / "deep" / "in").symlink_to(elsewhere / "in")
    for force in (False, True):
        steps = pull(here.library, out, force=force)
        assert set(marks(steps).values()) == {"!"}
        assert all("link" in step.reason for step in steps)
    assert [*elsewhere.rglob("*")] == [elsewhere / "in"]


def test_names_that_somebody_wrote_past_the_library_are_refused(storage, out):
    here = storage()
    ref = here.sink.log().blobs.put(b"evil")
    names = ["../../up", "/etc/x", "a/../../b", ".hidden", "a\nb", "x" * 300]
    for name in names:
        body = ArtifactSave(name=name, version=1, content=ref, codec="text", type="str")
        here.context.append(body)
    before = {path for path in out.path.parent.rglob("*") if "out" in path.parts}
    steps = pull(here.library, out)
    assert marks(steps) == dict.fromkeys(names, "!")
    after = {path for path in out.path.parent.rglob("*") if "out" in path.parts}
    assert {path.name for path in after - before} <= {"out", "library.json"}


def test_an_artifact_in_the_place_of_a_folder_is_refused(storage, out):
    here = storage()
    here.artifacts.save("a", "file")
    here.artifacts.save("a/b", "inside")
    for dry_run in (True, False):
        assert marks(pull(here.library, out, dry_run=dry_run)) == {"a": "+", "a/b": "!"}
    assert marks(pull(here.library, out)) == {"a": "=", "a/b": "!"}


def test_content_that_is_not_there_is_refused_and_hides_nothing(storage, out):
    here = storage()
    here.artifacts.save("there", "x")
    body = ArtifactSave(
        name="gone", version=1, content=BlobRef(blob="0" * 64, size=1, media_type="text/plain")
    )
    here.context.append(body)
    assert marks(pull(here.library, out)) == {"there": "+", "gone": "!"}
    assert not (out.path / "artifacts" / "gone").exists()
    assert [path.name for path in (out.path / "artifacts").iterdir()] == ["there"]


@pytest.mark.parametrize(
    "text", ["{", '{"holdings": 1}', '{"holdings": [{"kind": "x"}]}', "[" * 9999]
)
def test_damaged_notes_are_an_error(storage, out, text):
    here = storage()
    out.path.mkdir()
    (out.path / "library.json").write_text(text)
    for transfer in (pull, push, bootstrap):
        with pytest.raises(LibraryError, match=r"library.json is damaged"):
            transfer(here.library, out)


def test_notes_of_a_stranger_do_not_decide_what_a_name_or_codec_is(storage, out):
    here = storage()
    (out.path / "artifacts").mkdir(parents=True)
    (out.path / "artifacts" / "x").write_text("x")
    digest = hashlib.sha256(b"x").hexdigest()
    odd = [
        {"kind": "artifact", "name": "x", "hash": digest, "size": 1, "codec": "no such"},
        {"kind": "artifact", "name": "../y", "hash": digest, "size": 1},
    ]
    (out.path / "library.json").write_text(json.dumps({"holdings": odd}))
    assert marks(bootstrap(here.library, out)) == {"x": "+"}
    assert here.artifacts.get("x").codec == "file"


def test_a_pipe_and_a_device_are_no_files(storage, tmp_path):
    here = storage()
    source = tmp_path / "source"
    source.mkdir()
    os.mkfifo(source / "pipe")
    (source / "__pycache__").mkdir()
    (source / "__pycache__" / "x.pyc").write_text("")
    (source / ".hidden").write_text("")
    assert marks(bootstrap(here.library, Folder(source))) == {"pipe": "!"}


def test_a_folder_with_too_many_files_is_none_of_ours(storage, tmp_path, monkeypatch):
    monkeypatch.setattr(folders, "MOST_FILES", 3)
    for number in range(4):
        (tmp_path / "source" / str(number)).mkdir(parents=True)
        (tmp_path / "source" / str(number) / "x").write_text("")
    with pytest.raises(LibraryError, match="more than 3 files"):
        bootstrap(storage().library, Folder(tmp_path / "source"))


def test_a_file_that_changes_while_it_is_read_is_not_saved(storage):
    here = storage()
    holding = Holding(kind="artifact", name="x", hash="0" * 64, size=1)
    with pytest.raises(LibraryError, match="changed while it was read"):
        here.library.save(holding, io.BytesIO(b"x"))
    assert not here.artifacts.exists("x")


def test_a_storage_that_goes_away_ends_it(storage, tmp_path):
    here = storage()
    here.library.holdings()
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "x").write_text("x")
    here.sink.close()
    here.file.unlink()
    here.file.mkdir()
    with pytest.raises(StoreUnavailable):
        bootstrap(here.library, Folder(tmp_path / "source"))


SEGMENTS = st.text("ab.-_é", min_size=1, max_size=4)
NAMES = st.lists(SEGMENTS, min_size=1, max_size=3).map("/".join)


def is_name(name):
    try:
        check_name(name)
    except ArtifactInvalid:
        return False
    return True


@given(contents=st.dictionaries(NAMES.filter(is_name), st.binary(max_size=20), max_size=6))
@settings(max_examples=25, deadline=None)
def test_any_library_survives_the_way_through_a_folder(tmp_path_factory, contents):
    base = Path(tmp_path_factory.mktemp("way"))
    one, other = Place(base / "one"), Place(base / "other")
    try:
        for name, content in contents.items():
            one.artifacts.save(name, content)
        out = Folder(base / "out")
        steps = marks(pull(one.library, out))
        arrived = {name for name in contents if steps[name] == "+"}
        parents = {name for name in contents if any(name.startswith(f"{p}/") for p in contents)}
        assert arrived == set(contents) - parents
        bootstrap(other.library, out)
        assert {name: other.artifacts.load(name) for name in arrived} == {
            name: contents[name] for name in arrived
        }
        assert list(base.rglob("*.part")) == []
    finally:
        one.sink.close()
        other.sink.close()
