"""Packages of a session: added, removed, undone, recorded, and apart from all others."""

import hashlib
import io
import os
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadbook.errors import DepsError, DepsLocked, InstallFailed, RequirementInvalid
from threadbook.folds.deps import DepsFold
from threadbook.library.packages import Lock
from threadbook.log import open_log
from threadbook.records.bodies import BlobRef, DepsAdd, DepsRemove
from threadbook.records.identity import Identity
from threadbook.records.record import Draft


def names(packages):
    return [str(package) for package in packages]


async def test_what_is_added_can_be_imported_and_is_on_record(world):
    deps = world.deps(cell="ab" * 32)
    change = await deps.add("alpha")
    assert names(change.added) == ["alpha 2.0", "beta 2.0"]
    assert world.seen(change.folder, "alpha", "beta", "basis") == {
        "alpha": "2.0",
        "beta": "2.0",
        "basis": "1.5",
    }
    assert names(await deps.installed()) == names(change.added)
    assert [str(one) for one in await deps.list()] == ["alpha"]
    (record,) = world.records()
    assert (record.id, record.parents) == (change.record, ("ab" * 32,))
    assert record.kind == "threadbook.deps.add"


async def test_n88_the_lock_with_hashes_is_in_the_record(world, wheels):
    deps = world.deps(workspace="w", cell="ab" * 32)
    change = await deps.add("Alpha==1.0")
    (record,) = world.records()
    body = DepsAdd.of(record.record)
    assert (body.requested, body.requirements) == (["alpha==1.0"], ["alpha==1.0"])
    assert (body.workspace, body.cell) == ("w", "ab" * 32)
    assert {name: one.version for name, one in body.resolved.items()} == {
        "alpha": "1.0",
        "beta": "1.0",
    }
    for name in ("alpha", "beta"):
        content = (wheels / f"{name}-1.0-py3-none-any.whl").read_bytes()
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert body.resolved[name].hashes == [digest]
        assert f"{name}==1.0 \\\n    --hash={digest}\n" in change.lock
    assert world.sink().log().blobs.get(body.lock.blob).decode() == change.lock
    assert await deps.lock() == change.lock


async def test_n88_a_dry_run_says_what_would_be_and_changes_nothing(world):
    deps = world.deps()
    would = await deps.add("alpha", dry_run=True)
    assert names(would.added) == ["alpha 2.0", "beta 2.0"]
    assert (world.records(), world.files(), await deps.list()) == ([], {}, ())
    done = await deps.add("alpha")
    assert (would.lock, would.added) == (done.lock, done.added)
    before = world.files()
    would = await deps.add("alpha==1.0", "gamma", dry_run=True)
    assert names(would.changed) == ["alpha 2.0 → 1.0", "beta 2.0 → 1.0"]
    assert names(would.added) == ["gamma 1.0"]
    would = await deps.remove("alpha", dry_run=True)
    assert names(would.removed) == ["alpha 2.0", "beta 2.0"]
    assert (len(world.records()), world.files(), await deps.lock()) == (1, before, done.lock)


async def test_what_is_there_keeps_its_version(world):
    deps = world.deps()
    await deps.add("beta==1.0")
    change = await deps.add("alpha")
    assert names(change.added) == ["alpha 2.0"]
    assert world.seen(change.folder, "alpha", "beta") == {"alpha": "2.0", "beta": "1.0"}
    change = await deps.add("beta>=2")
    assert names(change.changed) == ["beta 1.0 → 2.0"]
    assert [str(one) for one in await deps.list()] == ["beta>=2", "alpha"]


async def test_what_is_there_already_is_said_and_recorded_once(world):
    deps = world.deps()
    first = await deps.add("gamma")
    again = await deps.add("gamma")
    assert names(again.already_present) == ["gamma 1.0"]
    assert (again.added, again.record, again.folder) == ((), "", first.folder)
    assert len(world.records()) == 1
    own = await deps.add("basis")
    assert names(own.already_present) == ["basis 1.5"]
    assert own.lock == first.lock


async def test_the_environment_of_the_kernel_is_counted_in_and_never_replaced(world):
    deps = world.deps()
    before = world.seen("", "basis")
    change = await deps.add("onbasis")
    assert names(change.added) == ["onbasis 1.0"]
    with pytest.raises(InstallFailed, match=r"basis==2\.0 is not what the kernel's own"):
        await deps.add("basis==2.0")
    with pytest.raises(InstallFailed, match="basis"):
        await deps.add("onbasis==2.0")
    assert await deps.lock() == change.lock
    assert world.seen(change.folder, "basis") == before == {"basis": "1.5"}


async def test_an_extra_of_the_environment_brings_what_only_it_needs(world):
    change = await world.deps().add("withextra")
    assert names(change.added) == ["gamma 1.0", "withextra 1.0"]


async def test_n85_two_sessions_do_not_see_what_the_other_adds(world):
    one, other = world.deps("one", thread="a"), world.deps("other", thread="b")
    mine = await one.add("beta==1.0")
    theirs = await other.add("beta==2.0")
    assert world.seen(mine.folder, "beta") == {"beta": "1.0"}
    assert world.seen(theirs.folder, "beta") == {"beta": "2.0"}
    assert world.seen("", "beta") == {}
    assert (names(await one.installed()), names(await other.installed())) == (
        ["beta 1.0"],
        ["beta 2.0"],
    )


async def test_n85_what_a_cell_writes_into_its_overlay_reaches_no_other_session(world):
    first = await world.deps("one", thread="a").add("gamma")
    Path(first.folder, "gamma.py").write_text("VERSION = 'spoiled'\n")
    second = await world.deps("two", thread="b").add("gamma")
    assert world.seen(second.folder, "gamma") == {"gamma": "1.0"}


async def test_workspaces_and_threads_are_apart(world):
    await world.deps("one", workspace="a").add("gamma")
    for other in (world.deps("two", workspace="b"), world.deps("three", workspace="a", thread="x")):
        assert (await other.list(), (await other.sync()).folder) == ((), "")


@pytest.mark.parametrize(
    "text", ["-e .", "git+https://x.example/a", "a;b", "a" * 300, "/tmp/a.whl"]
)
async def test_n86_a_refused_requirement_starts_and_writes_nothing(world, text):
    deps = world.deps(index=world.index(timeout=0.0))  # any installer would fail at once
    with pytest.raises(RequirementInvalid):
        await deps.add("gamma", text)
    assert (world.files(), world.records()) == ({}, [])
    assert not (world.folder / "overlays").exists()


async def test_n87_packages_that_are_locked_cannot_be_changed(world):
    await world.deps().add("gamma")
    locked = world.deps(allow_runtime_deps=False)
    before, count = world.files(), len(world.records())
    for change in (
        locked.add("alpha"),
        locked.add("alpha", dry_run=True),
        locked.remove("gamma"),
        locked.undo(),
        locked.answer("deps.add", {"requirements": ["alpha"]}),
    ):
        with pytest.raises(DepsLocked, match="fixed"):
            await change
    assert (world.files(), len(world.records())) == (before, count)
    assert names(await locked.installed()) == ["gamma 1.0"]
    assert "gamma==1.0" in await locked.lock()
    assert (await locked.sync()).problems == ()


async def test_n87_what_a_cell_did_to_the_overlay_is_found_and_put_right(world, wheel, own_wheels):
    locked = world.deps(allow_runtime_deps=False)
    change = await world.deps().add("alpha")
    evil = wheel(own_wheels, "evil", "1.0")
    with zipfile.ZipFile(evil) as archive:  # as `pip install --target` does
        archive.extractall(change.folder)
    Path(change.folder, "beta.py").unlink()
    Path(change.folder, "alpha.py").write_text("VERSION = 'spoiled'\n")
    Path(os.fsdecode(os.fsencode(change.folder) + b"/\xff.py")).touch()
    Path(change.folder, "link").symlink_to("/")
    found = {problem.path: problem.what for problem in await locked.verify()}
    assert (found["\\udcff.py"], found["link"]) == ("foreign", "foreign")
    assert (found["alpha.py"], found["beta.py"], found["evil.py"]) == (
        "changed",
        "missing",
        "foreign",
    )
    synced = await locked.sync()
    assert {problem.path for problem in synced.problems} == set(found)
    seen = world.seen(synced.folder, "alpha", "beta", "evil")
    assert seen == {"alpha": "2.0", "beta": "2.0"}
    assert await locked.verify() == ()


async def test_n87_bytecode_that_was_put_there_is_found(world):
    deps = world.deps()
    change = await deps.add("gamma")
    (path,) = [name for name in world.files() if name.endswith(".pyc")]
    pyc = world.folder / "overlays" / "one" / path
    pyc.write_bytes(pyc.read_bytes()[:-1] + b"x")
    assert [problem.what for problem in await deps.verify()] == ["changed"]
    assert world.seen((await deps.sync()).folder, "gamma") == {"gamma": "1.0"}
    assert await deps.lock() == change.lock


async def test_n87_a_link_to_somewhere_else_is_not_followed(world, tmp_path):
    deps = world.deps()
    await deps.add("gamma")
    current = world.folder / "overlays" / "one" / "current"
    current.unlink()
    current.symlink_to("/tmp")
    assert [problem.what for problem in await deps.verify()] == ["missing"]
    synced = await deps.sync()
    assert world.seen(synced.folder, "gamma") == {"gamma": "1.0"}
    assert await deps.verify() == ()


async def test_n89_removing_gives_the_former_lock(world):
    deps = world.deps()
    first = await deps.add("alpha")
    await deps.add("beta<2")
    back = await deps.remove("beta")
    assert names(back.changed) == ["beta 1.0 → 2.0"]
    assert back.lock == first.lock == await deps.lock()
    assert world.seen(back.folder, "alpha", "beta") == {"alpha": "2.0", "beta": "2.0"}
    last = await deps.remove("alpha")
    assert (names(last.removed), last.lock) == (["alpha 2.0", "beta 2.0"], "")
    assert world.seen(last.folder, "alpha", "beta") == {}
    assert await deps.list() == ()
    kinds = [record.kind.rpartition(".")[2] for record in world.records()]
    assert kinds == ["add", "add", "remove", "remove"]


async def test_n89_removing_one_of_several_keeps_what_others_need(world):
    deps = world.deps()
    await deps.add("gamma", "alpha", "beta")
    change = await deps.remove("beta")
    assert (change.removed, change.changed) == ((), ())
    change = await deps.remove("alpha")
    assert names(change.removed) == ["alpha 2.0", "beta 2.0"]
    assert world.seen(change.folder, "alpha", "beta", "gamma") == {"gamma": "1.0"}


async def test_n89_undo_gives_the_former_environment_step_by_step(world):
    deps = world.deps()
    locks = [(await deps.add(text)).lock for text in ("alpha", "beta<2", "gamma")]
    files = world.seen((await deps.sync()).folder, "alpha", "beta", "gamma")
    locks.append((await deps.remove("alpha")).lock)
    for former in (*locks[-2::-1], ""):
        change = await deps.undo()
        assert change.lock == former == await deps.lock()
        if former == locks[2]:
            assert world.seen(change.folder, "alpha", "beta", "gamma") == files
        assert await deps.verify() == ()
    with pytest.raises(DepsError, match="no change to undo"):
        await deps.undo()
    records = world.records()
    assert [DepsAdd.of(r.record) is not None for r in records[4:]] == [True, False, False, False]
    undone = [r.body["undoes"] for r in records[4:]]
    assert undone == [record.id for record in records[3::-1]]


async def test_what_was_not_asked_for_is_not_removed(world):
    deps = world.deps()
    await deps.add("alpha")
    for name, reason in (("beta", "others need it"), ("basis", "not asked"), ("nothing", "alpha")):
        with pytest.raises(RequirementInvalid, match=reason):
            await deps.remove(name)
    with pytest.raises(RequirementInvalid, match="more than the name"):
        await deps.remove("alpha==1.0")


async def test_n90_without_a_network_a_folder_of_wheels_will_do(world):
    change = await world.deps(index=world.index(offline=True, no_index=False)).add("alpha")
    assert names(change.added) == ["alpha 2.0", "beta 2.0"]


async def test_what_cannot_be_resolved_changes_nothing_and_says_why(world):
    deps = world.deps()
    done = await deps.add("gamma")
    before = world.files()
    for text, reason in (("needing", "nowhere"), ("gamma>=9", "gamma"), ("unheardof", "unheardof")):
        with pytest.raises(InstallFailed, match=reason) as caught:
            await deps.add(text)
        assert "nothing was changed" in caught.value.remedy
    assert (world.files(), await deps.lock()) == (before, done.lock)


async def test_n91_no_code_of_a_package_runs_when_it_is_installed(
    world_of, own_wheels, python, tmp_path
):
    trace = tmp_path / "trace"
    files = {
        "setup.py": f"open({str(trace)!r}, 'w').close()\n",
        "PKG-INFO": "Metadata-Version: 2.1\nName: built\nVersion: 1.0\n",
    }
    with tarfile.open(own_wheels / "built-1.0.tar.gz", "w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(f"built-1.0/{name}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    deps = world_of(tmp_path, own_wheels, tmp_path / "cache", python).deps()
    with pytest.raises(InstallFailed, match="built") as caught:
        await deps.add("built")
    assert "only wheels" in caught.value.remedy
    assert not trace.exists()


async def test_n91_hooks_of_a_wheel_do_not_run_and_do_not_shadow(
    world_of, own_wheels, python, tmp_path, wheel
):
    trace = tmp_path / "trace"
    touch = f"import pathlib; pathlib.Path({str(trace)!r}).touch()\n"
    files = {
        "hooked.py": "VERSION = '1'\n",
        "hooked.pth": touch,
        "sitecustomize.py": touch,
        "json.py": touch,
    }
    wheel(own_wheels, "hooked", "1.0", files=files)
    world = world_of(tmp_path, own_wheels, tmp_path / "cache", python)
    change = await world.deps().add("hooked")
    assert world.seen(change.folder, "hooked") == {"hooked": "1"}
    assert not trace.exists()


async def test_a_wheel_that_is_another_than_locked_is_refused(
    world_of, own_wheels, python, tmp_path, wheel
):
    world = world_of(tmp_path, own_wheels, tmp_path / "cache", python)
    change = await world.deps().add("alpha")
    wheel(own_wheels, "beta", "2.0", files={"beta.py": "VERSION = 'evil'\n"})
    elsewhere = world_of(tmp_path, own_wheels, tmp_path / "other cache", python)
    fresh = elsewhere.deps("fresh")
    with pytest.raises(InstallFailed, match=r"(?s)Hash mismatch.*beta"):
        await fresh.sync()
    assert not [name for name in world.files("fresh") if "beta" in name]
    assert await fresh.lock() == change.lock


async def test_a_new_session_on_the_thread_has_the_same_packages(world):
    change = await world.deps("one").add("alpha==1.0", "gamma")
    fresh = world.deps("two", allow_runtime_deps=False)
    synced = await fresh.sync()
    assert synced.folder != change.folder
    assert world.seen(synced.folder, "alpha", "beta", "gamma") == {
        "alpha": "1.0",
        "beta": "1.0",
        "gamma": "1.0",
    }
    assert (await fresh.sync(), await fresh.verify()) == (synced, ())


async def test_a_lock_that_no_longer_fits_the_environment_is_refused(
    world_of, wheels, cache, python, tmp_path
):
    bare = tmp_path / "bare"
    venv.create(bare)
    world = world_of(tmp_path, wheels, cache, python)
    await world.deps("one").add("onbasis")
    elsewhere = world_of(tmp_path, wheels, cache, bare / "bin" / "python").deps("two")
    with pytest.raises(InstallFailed, match=r"onbasis needs basis>=1\.5"):
        await elsewhere.sync()


async def test_records_of_others_install_nothing_unless_they_are_trusted(world):
    other = Identity.key(world.folder / "other.pem").actor_did
    await world.deps("other", who="other").add("gamma")
    mine = world.deps("mine")
    assert (await mine.list(), (await mine.sync()).folder) == ((), "")
    trusting = world.deps("mine", trusted=[other])
    assert names((await trusting.sync()).packages) == ["gamma 1.0"]


@pytest.mark.parametrize(
    "text",
    [
        "--index-url http://x.example\n",
        "gamma @ https://x.example/gamma.whl\n",
        "gamma==1.0\n",
        "gamma==1.0 --hash=sha256:00\n",
        f"gamma==1.0 --hash=sha256:{'0' * 64} --find-links=/tmp\n",
        f"gamma==1.0 \\\n -r x --hash=sha256:{'0' * 64}\n",
        f"-e.==1.0 --hash=sha256:{'0' * 64}\n",
        "\udcff",
    ],
)
async def test_a_lock_is_read_strictly(world, text):
    sink = world.sink()
    lock = sink.put_blob(text.encode("utf-8", "surrogateescape"), media_type="text/plain")
    sink.append(DepsAdd(requested=["gamma"], requirements=["gamma"], lock=lock).draft(thread="th"))
    with pytest.raises(InstallFailed):
        await world.deps().sync()
    assert not list(world.folder.rglob("gen-*"))


async def test_a_lock_that_is_gone_is_reported(world):
    lock = BlobRef(blob="ab" * 32, size=1)
    draft = DepsAdd(requested=["gamma"], requirements=["gamma"], lock=lock).draft(thread="th")
    world.sink().append(draft)
    with pytest.raises(InstallFailed, match="cannot be read"):
        await world.deps().list()


def test_a_lock_is_what_its_text_says():
    lock = Lock.parse(f"b==1 \\\n    --hash=sha256:{'1' * 64}\na==2 --hash=sha256:{'0' * 64}\n")
    assert lock.versions == {"a": "2", "b": "1"}
    assert Lock.parse(lock.text) == lock
    assert (Lock.parse(""), Lock().text) == (Lock(), "")


async def test_n103_credentials_of_an_index_are_in_no_error(world):
    secret = "hunter2-%40x"
    url = f"http://bob:{secret}@127.0.0.1:9/simple"
    index = world.index(url=url, no_index=False, offline=False, variables={"UV_HTTP_RETRIES": "0"})
    deps = world.deps(index=index)
    with pytest.raises(InstallFailed) as caught:
        await deps.add("unheardof")
    assert "127.0.0.1:9" in str(caught.value)
    assert "hunter2" not in str(caught.value)


async def test_n103_the_installer_gets_no_variable_of_this_process(world, monkeypatch):
    monkeypatch.setenv("UV_INDEX_URL", "http://bob:secret@127.0.0.1:9/simple")
    monkeypatch.setenv("UV_CONSTRAINT", "/nowhere")
    assert names((await world.deps().add("gamma")).added) == ["gamma 1.0"]


@pytest.mark.parametrize(
    ("method", "params", "error"),
    [
        ("deps.nothing", {}, DepsError),
        ("deps._record", {}, DepsError),
        ("deps.add", {}, RequirementInvalid),
        ("deps.add", {"requirements": "gamma"}, RequirementInvalid),
        ("deps.add", {"requirements": [1]}, RequirementInvalid),
        ("deps.add", {"requirements": ["gamma"], "index": "x"}, RequirementInvalid),
        ("deps.sync", {"folder": "/"}, RequirementInvalid),
    ],
)
async def test_a_kernel_can_ask_for_nothing_else(world, method, params, error):
    with pytest.raises(error):
        await world.deps().answer(method, params)
    assert not (world.folder / "overlays").exists()


BODIES = st.fixed_dictionaries(
    {"kind": st.sampled_from([DepsAdd.KIND, DepsRemove.KIND])},
    optional={
        "requested": st.just(["a"]) | st.integers(),
        "requirements": st.lists(st.sampled_from(["a", "b"])) | st.none(),
        "lock": st.just({"blob": "ab" * 32, "size": 1}) | st.just("ab"),
        "workspace": st.sampled_from(["", "w"]),
        "undoes": st.sampled_from([None, "", "ab", [None], 5]),
    },
)


@given(st.lists(BODIES, max_size=5))
def test_the_fold_passes_over_what_is_malformed(bodies):
    by = Identity.static("did:x:y")
    fold = DepsFold("th", workspace="", actors=["did:x:y"])
    with open_log("memory:") as log:
        for body in bodies:
            log.append(Draft(act="DO", body=body, thread="th"), by=by)
        state = fold.over(log.read_all())
        whole = [DepsAdd.of(r.record) or DepsRemove.of(r.record) for r in log.read_all()]
    standing = [b for b in whole if b is not None and b.workspace == "" and b.undoes is None]
    assert [change.requirements for change in state.changes] == [b.requirements for b in standing]
