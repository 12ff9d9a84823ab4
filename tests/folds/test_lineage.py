"""Lineage: versions of artifacts, what made them, and from what."""

import pytest

from threadbook.folds.fold import Projection
from threadbook.folds.lineage import (
    LineageFold,
    artifacts,
    in_workspace,
    latest,
    loaded_by,
    made_by,
    products,
    reads_of,
    sources,
    versions,
)
from threadbook.records.bodies import ArtifactDelete, ArtifactLoad, ArtifactSave, BlobRef

CONTENT = BlobRef(blob="ab" * 32, size=3, media_type="text/csv")


@pytest.fixture
def state(log):
    projection = Projection(log, LineageFold())
    return lambda: projection.read().value


@pytest.fixture
def save(add):
    def save(name, version=1, **fields):
        return add("ann", ArtifactSave(name=name, version=version, content=CONTENT, **fields)).id

    return save


def test_versions_count_up(save, state):
    first, second = save("data.csv"), save("data.csv", 2, description="more")
    other = save("other")
    assert [one.id for one in versions(state(), "data.csv")] == [second, first]
    assert [one.version for one in versions(state(), "data.csv")] == [2, 1]
    found = latest(state(), "data.csv")
    assert (found.id, found.content, found.description) == (second, CONTENT, "more")
    assert [one.id for one in artifacts(state())] == [second, other]
    assert latest(state(), "nothing") is None
    assert versions(state(), "nothing") == []


@pytest.mark.parametrize(
    ("wanted", "given"),
    [([1, 1], [1, 2]), ([3, 2], [3, 4]), ([1, 5], [1, 5]), ([2**40, 1], [1, 2]), ([-1, 0], [1, 2])],
)
def test_a_version_that_is_taken_becomes_the_next(save, state, wanted, given):
    for number, version in enumerate(wanted):
        save("a", version, description=str(number))
    assert [one.version for one in versions(state(), "a")] == given[::-1]


@pytest.mark.parametrize("version", [True, "2", 1.5, None, [1]])
def test_a_version_of_the_wrong_type_is_the_next(add, save, state, version):
    save("a", 7)
    content = {"blob": "ab" * 32, "size": 3}
    body = {"kind": ArtifactSave.KIND, "name": "a", "version": version, "content": content}
    add("ann", body, act="PUT")
    assert latest(state(), "a").version == 8


def test_what_a_cell_made(save, state):
    one, two = save("a", cell="c1"), save("b", cell="c1")
    save("c", cell="c2")
    assert [version.id for version in made_by(state(), "c1")] == [one, two]
    assert made_by(state(), "c3") == []


def test_from_what_and_into_what(save, state):
    raw, extra = save("raw"), save("extra")
    clean = save("clean", inputs=[raw, extra, "0" * 64])
    model = save("model", inputs=[clean, raw])
    ids = lambda found: [one.id for one in found]  # noqa: E731
    assert ids(sources(state(), model)) == [clean, raw, extra]
    assert ids(sources(state(), raw)) == []
    assert ids(products(state(), raw)) == [clean, model]
    assert ids(products(state(), extra)) == [clean, model]
    assert sources(state(), "0" * 64) == products(state(), "0" * 64) == []


def test_deleting_a_version_or_all(add, save, state):
    first, second = save("a"), save("a", 2)
    gone = add("ann", ArtifactDelete(name="a", version=2, reason="wrong"))
    assert latest(state(), "a").id == first
    assert versions(state(), "a")[0].deleted_by == gone.id
    add("ann", ArtifactDelete(name="a", version=9))
    add("ann", ArtifactDelete(name="a"))
    assert latest(state(), "a") is None
    assert artifacts(state()) == []
    third = save("a", 3)
    assert [one.id for one in versions(state(), "a")] == [third, second, first]
    assert latest(state(), "a").id == third


@pytest.mark.parametrize(
    "content",
    [
        None,
        "ab" * 32,
        {"blob": "ab"},
        {"blob": "no digest", "size": 1},
        {"blob": "AB" * 32, "size": 1},
        {"blob": "ab" * 32, "size": -1},
        {"blob": "ab" * 32, "size": 2**60},
        {"blob": "ab" * 32, "size": 10**30},
    ],
)
def test_a_save_without_content_is_none(add, state, content):
    body = {"kind": ArtifactSave.KIND, "name": "a", "version": 1, "content": content}
    add("ann", body, act="PUT")
    assert artifacts(state()) == []


def test_names_are_those_of_a_workspace(add, save, state):
    ours, theirs = save("a", workspace="ours"), save("a", workspace="theirs")
    assert latest(state(), "a") is None
    assert latest(state(), "a", "ours").id == ours
    assert [one.version for one in artifacts(state(), "theirs")] == [1]
    add("ann", ArtifactDelete(name="a", workspace="ours"))
    assert latest(state(), "a", "ours") is None
    assert latest(state(), "a", "theirs").id == theirs
    assert [one.id for one in in_workspace(state(), "ours")] == [ours]


def test_who_read_a_version_counts_once_a_cell(add, save, state):
    first = save("a", workspace="w")

    def load(cell, workspace="w", thread="th"):
        body = ArtifactLoad(name="a", version=1, save=first, workspace=workspace, cell=cell)
        return add("bob", body, thread=thread).id

    ids = [load("c1"), load("c2"), load(None), load(None, thread="other")]
    for cell in ("c1", "c2", None):
        load(cell)
    load("c3", workspace="")
    add("bob", ArtifactLoad(name="a", version=1, save="0" * 64, workspace="w", cell="c4"))
    assert [(read.id, read.cell) for read in reads_of(state(), first)] == [
        (ids[0], "c1"),
        (ids[1], "c2"),
        (ids[2], None),
        (ids[3], None),
    ]
    assert [one.id for one in loaded_by(state(), "c1")] == [first]
    assert loaded_by(state(), "c3") == loaded_by(state(), "c4") == []


def test_metadata_that_a_snapshot_does_not_hold_is_left_out(save, state):
    save("a", metadata={"n": 10**30})
    save("b", metadata={"n": 2**63})
    assert [one.metadata for one in artifacts(state())] == [{}, {"n": 2**63}]
