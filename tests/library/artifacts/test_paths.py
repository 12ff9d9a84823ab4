"""Files and folders: streamed in, and out as copies that are checked each time."""

import io
import os
import stat
import tarfile
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadbook.errors import ArtifactError, ArtifactInvalid
from threadbook.library import archives
from threadbook.records.bodies import ArtifactSave

MEGABYTE = 1024 * 1024


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "data"
    (root / "a" / "b").mkdir(parents=True)
    (root / "empty").mkdir()
    (root / "a" / "b" / "x.txt").write_text("x")
    (root / "a.txt").write_bytes(b"")
    (root / "é \n.sh").write_text("#!/bin/sh\n")
    (root / "é \n.sh").chmod(0o755)
    return root


def tree(root):
    return {
        str(path.relative_to(root)): (
            path.is_dir() or (path.read_bytes(), bool(path.stat().st_mode & stat.S_IXUSR))
        )
        for path in sorted(root.rglob("*"))
    }


def test_a_large_file_is_never_held_in_memory(agent, tmp_path):
    large = tmp_path / "large.bin"
    with large.open("wb") as file:
        file.truncate(96 * MEGABYTE)
    agent.artifacts.list()
    tracemalloc.start()
    try:
        saved = agent.artifacts.save_file("large.bin", large)
        path = agent.artifacts.path("large.bin")
        with agent.artifacts.open("large.bin") as stream:
            size = sum(len(chunk) for chunk in iter(lambda: stream.read(MEGABYTE), b""))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert saved.size == path.stat().st_size == size == 96 * MEGABYTE
    assert most < 16 * MEGABYTE


def test_a_file_comes_back_as_a_path_that_is_not_to_be_written(artifacts, tmp_path):
    source = tmp_path / "data.csv"
    source.write_text("a,b\n1,2\n")
    saved = artifacts.save("tables/data.csv", source)
    path = artifacts.load("tables/data.csv")
    assert (saved.codec, saved.type, saved.media_type) == ("file", "file", "text/csv")
    assert (path.name, path.read_text()) == ("data.csv", "a,b\n1,2\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o444
    assert path.parent.name == saved.hash
    inode = path.stat().st_ino
    assert artifacts.path("tables/data.csv").stat().st_ino == inode
    assert artifacts.open("tables/data.csv").read() == source.read_bytes()
    assert os.listdir(path.parent) == ["data.csv"]


def test_any_artifact_has_a_path(artifacts):
    artifacts.save("a.json", {"n": 1})
    assert artifacts.path("a.json").read_text() == '{\n "n": 1\n}'


def tamper_content(path):
    path.chmod(0o644)
    path.write_text("other")


def tamper_link(path):
    other = path.parent.parent / "other"
    other.write_text("v")
    path.unlink()
    path.symlink_to(other)


def tamper_folder(path):
    path.unlink()
    (path / "x").mkdir(parents=True)


@pytest.mark.parametrize(
    "tamper", [tamper_content, tamper_link, tamper_folder, Path.unlink, lambda p: os.truncate(p, 0)]
)
def test_n102_a_copy_that_was_changed_is_made_again(artifacts, tamper):
    artifacts.save("a", "v")
    path = artifacts.path("a")
    tamper(path)
    again = artifacts.path("a")
    assert (again, again.read_text(), again.is_symlink()) == (path, "v", False)
    assert os.listdir(path.parent) == ["a"]


def test_a_folder_comes_back_as_a_folder(artifacts, folder):
    saved = artifacts.save("data", folder)
    path = artifacts.load("data")
    assert (saved.codec, saved.media_type) == ("folder", "application/x-tar")
    assert tree(path) == tree(folder)
    assert not (path / "a.txt").stat().st_mode & 0o222
    assert artifacts.path("data") == path
    assert "a.txt" in saved.preview


@pytest.mark.parametrize("change", ["add", "write", "remove", "link", "mode"])
def test_a_folder_that_was_changed_is_made_again(artifacts, folder, change):
    artifacts.save("data", folder)
    path = artifacts.load("data")
    path.chmod(0o755)
    target = path / "a.txt"
    target.chmod(0o644)
    if change == "add":
        (path / "new").write_text("")
    elif change == "write":
        target.write_text("other")
    elif change == "mode":
        target.chmod(0o755)
    else:
        target.unlink()
        if change == "link":
            target.symlink_to("/etc/passwd")
    assert artifacts.load("data") == path
    assert tree(path) == tree(folder)
    assert os.listdir(path.parent) == ["data"]


NAMES = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=12
).filter(lambda name: name not in (".", ".."))
FILES = st.dictionaries(NAMES, st.tuples(st.binary(max_size=600), st.booleans()), max_size=4)


@given(FILES, st.dictionaries(NAMES, FILES, max_size=2))
@settings(max_examples=40, deadline=None)
def test_one_tree_has_one_archive_wherever_it_is(tmp_path_factory, files, folders):
    first, again = tmp_path_factory.mktemp("tree"), tmp_path_factory.mktemp("tree") / "x"
    for name, inner in folders.items():
        if name not in files:
            (first / name).mkdir()
            write(first / name, inner)
    write(first, files)
    archive = io.BytesIO()
    archives.pack(first, archive)
    archives.unpack(io.BytesIO(archive.getvalue()), again)
    assert tree(again) == tree(first)
    os.utime(first, (1, 1))
    content = io.BytesIO(archive.getvalue())
    assert archives.digest_of_folder(again) == archives.digest_of(content)
    archives.remove(again)


def write(folder, files):
    for name, (data, is_program) in files.items():
        (folder / name).write_bytes(data)
        (folder / name).chmod(0o700 if is_program else 0o600)


def entry(name, kind=tarfile.REGTYPE, **fields):
    info = tarfile.TarInfo(name)
    info.type = kind
    for field, value in fields.items():
        setattr(info, field, value)
    return info


HOSTILE = {
    "traversal": [entry("../evil")],
    "deep traversal": [entry("a", tarfile.DIRTYPE), entry("a/../../evil")],
    "absolute": [entry("/tmp/threadbook-evil")],
    "dot": [entry("./a")],
    "empty part": [entry("a//b")],
    "link": [entry("a", tarfile.SYMTYPE, linkname="/etc/passwd")],
    "link inside": [entry("b"), entry("a", tarfile.SYMTYPE, linkname="b")],
    "through a link": [entry("a", tarfile.SYMTYPE, linkname=".."), entry("a/evil")],
    "hard link": [entry("a", tarfile.LNKTYPE, linkname="/etc/passwd")],
    "device": [entry("a", tarfile.CHRTYPE)],
    "pipe": [entry("a", tarfile.FIFOTYPE)],
    "twice": [entry("a"), entry("a")],
    "file as folder": [entry("a"), entry("a/b")],
    "folder that was not made": [entry("a/b")],
    "other order": [entry("b"), entry("a")],
    "times": [entry("a", mtime=5)],
    "owner": [entry("a", uid=5)],
    "nothing": None,
}


@pytest.mark.parametrize("entries", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_archive_is_refused_and_leaves_nothing(agent, tmp_path, entries):
    data = io.BytesIO()
    if entries is None:
        data.write(b"no archive at all")
    else:
        with tarfile.open(fileobj=data, mode="w", format=tarfile.PAX_FORMAT) as archive:
            for one in entries:
                archive.addfile(one)
    content = agent.sink.put_blob(data.getvalue(), media_type="application/x-tar")
    body = ArtifactSave(name="a", version=1, content=content, codec="folder")
    agent.sink.append(body.draft(thread="th"))
    with pytest.raises(ArtifactInvalid):
        agent.artifacts.load("a")
    assert not list(tmp_path.rglob("*evil*"))
    assert not Path("/tmp/threadbook-evil").exists()
    assert os.listdir(tmp_path / "cache" / content.blob) == []


def test_a_packed_archive_that_is_compressed_is_refused(tmp_path):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        archive.addfile(entry("a"))
    with pytest.raises(ArtifactInvalid):
        archives.unpack(io.BytesIO(data.getvalue()), tmp_path / "x")


@pytest.mark.parametrize("kind", ["link", "dangling", "pipe", "outside"])
def test_what_is_no_file_in_a_folder_is_refused_by_name(agent, folder, kind):
    odd = folder / "a" / "odd"
    if kind == "pipe":
        os.mkfifo(odd)
    else:
        odd.symlink_to({"link": "b", "dangling": "nothing", "outside": "/etc/passwd"}[kind])
    with pytest.raises(ArtifactInvalid, match="a/odd"):
        agent.artifacts.save("data", folder)
    assert agent.blobs() == []


def test_what_is_no_file_at_all_is_refused(agent, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path / "nothing", Path("/dev/zero")):
        with pytest.raises(ArtifactInvalid):
            agent.artifacts.save("a", path)
        with pytest.raises(ArtifactInvalid):
            agent.artifacts.save_file("a", str(path))
    assert agent.blobs() == []


def test_a_file_in_the_way_of_the_cache_is_said(agent, tmp_path):
    agent.artifacts.save("a", "x")
    (tmp_path / "cache").write_text("")
    with pytest.raises(ArtifactError, match="no copy of a v1"):
        agent.artifacts.path("a")
    assert agent.artifacts.load("a") == "x"
