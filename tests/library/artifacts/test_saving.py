"""Saving under pressure: quotas, several processes, crashes, and a store that is away."""

import itertools
import signal
import threading

import numpy as np
import pandas as pd
import PIL.Image
import polars as pl
import pytest

from threadbook.errors import ArtifactInvalid, QuotaExceeded, StoreUnavailable
from threadbook.library import artifacts as module
from threadbook.library.quota import Quota
from threadbook.log import open_log
from threadbook.log.verify import verify
from threadbook.records.bodies import ArtifactSave

PATIENCE = 60
LARGE = 200_000
VALUES = {
    "bytes": lambda: bytes(range(256)) * 1000,
    "text": lambda: "é" * LARGE,
    "json": lambda: [["x" * 9]] * LARGE,
    "msgpack": lambda: [(1, 2)] * LARGE,
    "npy": lambda: np.arange(LARGE),
    "pandas": lambda: pd.DataFrame({"a": np.random.default_rng(1).random(LARGE)}),
    "polars": lambda: pl.DataFrame({"a": np.random.default_rng(1).random(LARGE)}),
    "png": lambda: PIL.Image.effect_noise((500, 500), 90),
    "pickle": lambda: {"x" * 1000 + str(n) for n in range(200)},
}


def is_untouched(agent, size=0):
    return agent.sink.log().size == size and len(agent.blobs()) == size


@pytest.mark.parametrize("kind", VALUES)
def test_n84_an_artifact_above_its_quota_is_refused_and_leaves_nothing(new_agent, kind):
    agent = new_agent(quota=Quota(artifact=100_000))
    codec = "pickle" if kind == "pickle" else None
    with pytest.raises(QuotaExceeded, match="100,000 bytes") as caught:
        agent.artifacts.save("a", VALUES[kind](), codec=codec)
    assert caught.value.operation == "artifacts.save"
    assert is_untouched(agent)
    agent.artifacts.save("a", b"x" * 100_000)


@pytest.mark.parametrize("limit", ["artifact", "total"])
def test_n84_a_file_above_the_quota_is_refused_before_it_is_read(new_agent, tmp_path, limit):
    agent = new_agent(quota=Quota(**{limit: 100_000}))
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(2**40)
    (tmp_path / "data").mkdir()
    (tmp_path / "huge").rename(tmp_path / "data" / "huge")
    for path in (tmp_path / "data" / "huge", tmp_path / "data"):
        with pytest.raises(QuotaExceeded):
            agent.artifacts.save_file("a", path)
    assert is_untouched(agent)


def test_n84_the_total_counts_each_content_once_until_it_is_erased(new_agent):
    agent = new_agent(quota=Quota(total=1000))
    artifacts = agent.artifacts
    artifacts.save("a", b"x" * 600)
    artifacts.save("b", b"x" * 600)
    with pytest.raises(QuotaExceeded, match="600 are there"):
        artifacts.save("c", b"y" * 401)
    assert [one.name for one in artifacts.list()] == ["a", "b"]
    artifacts.delete("a")
    artifacts.delete("b")
    with pytest.raises(QuotaExceeded, match="until they are erased"):
        artifacts.save("c", b"y" * 401)
    artifacts.save("c", b"y" * 400)
    artifacts.save("d", b"x" * 600)
    assert len(agent.blobs()) == 2
    other = new_agent(workspace="other", quota=Quota(total=1000))
    other.artifacts.save("a", b"z" * 1000)


def test_n84_several_at_once_do_not_exceed_the_total(new_agent):
    agents = [new_agent(quota=Quota(total=1000)) for _ in range(4)]
    agents[0].artifacts.list()
    done, refused, start = [], [], threading.Barrier(4)

    def save(number, agent):
        start.wait(PATIENCE)
        for round_ in range(4):
            try:
                done.append(agent.artifacts.save(f"a{number}", bytes([number, round_]) * 75))
            except QuotaExceeded:
                refused.append(number)

    threads = [threading.Thread(target=save, args=pair) for pair in enumerate(agents)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert (len(done), len(refused)) == (6, 10)
    assert sum(one.size for one in done) == 900


def test_n78_two_processes_at_once_lose_nothing(artifacts, child):
    code = "for n in range(100): save(f'{sys.argv[2]}/{n}', n); save('shared', [sys.argv[2], n])"
    code += "\nsink.close()"
    children = [child(code, name) for name in ("one", "two")]
    assert [process.wait(PATIENCE) for process in children] == [0, 0]
    listed = {one.name for one in artifacts.list()}
    assert listed == {f"{name}/{n}" for name in ("one", "two") for n in range(100)} | {"shared"}
    history = artifacts.history("shared")
    assert [one.version for one in history] == list(range(200, 0, -1))
    values = [artifacts.load("shared", version) for version in range(1, 201)]
    for name in ("one", "two"):
        assert [n for by, n in values if by == name] == list(range(100))


def test_what_a_save_returns_is_the_version_it_became(new_agent):
    agents, saved, start = [new_agent() for _ in range(4)], [], threading.Barrier(4)

    def save(agent):
        start.wait(PATIENCE)
        for number in range(10):
            value = [agent.thread, number]
            saved.append((agent.artifacts.save("a", value), value))

    threads = [threading.Thread(target=save, args=(agent,)) for agent in agents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert sorted(one.version for one, _ in saved) == list(range(1, 41))
    for one, value in saved:
        assert agents[0].artifacts.load("a", one.version) == value


CRASHES = {"blob:chunk": 1, "artifact:stored": 1, "append:inserted": 1, "append:committed": 2}


@pytest.mark.parametrize("point", CRASHES)
def test_n79_a_crash_in_a_save_leaves_the_version_before(agent, child, point):
    agent.artifacts.save("a", "old")
    process = child(f"crashpoints.armed = {point!r}\nsave('a', 'new' * 1_000_000)")
    assert process.wait(PATIENCE) == -signal.SIGKILL
    version = CRASHES[point]
    found = agent.artifacts.get("a")
    assert found.version == version
    assert agent.artifacts.load("a") == ("old" if version == 1 else "new" * 1_000_000)
    assert verify(agent.sink.log()).is_clean
    assert agent.artifacts.save("a", "next").version == version + 1


def test_n79_a_kill_at_any_moment_loses_nothing_that_was_told(agent, child):
    code = "import itertools\nfor n in itertools.count():"
    code += " print(save('a', bytes([n % 256]) * (n % 5 * 400_000 + 1)).version, flush=True)"
    told = 0
    for lines in (1, 7, 15):
        process = child(code)
        versions = [int(process.stdout.readline()) for _ in range(lines)]
        process.kill()
        versions += [int(line) for line in process.stdout if line.endswith("\n")]
        process.wait(PATIENCE)
        assert versions == list(range(versions[0], versions[-1] + 1))
        history = agent.artifacts.history("a")
        assert versions[0] > told
        assert versions[-1] <= history[0].version <= versions[-1] + 1
        told = history[0].version
        for one in history[:3]:
            assert len(agent.artifacts.load("a", one.version)) == one.size
    assert verify(agent.sink.log()).is_clean


def broken(tmp_path):
    """Make the store unreachable, and return a function that makes it well again."""
    store, away = tmp_path / "log.db", tmp_path / "away.db"
    store.rename(away)
    store.mkdir()

    def mend():
        store.rmdir()
        away.rename(store)

    return mend


def test_while_the_store_is_away_what_is_saved_waits(new_agent, tmp_path):
    with open_log(f"sqlite:///{tmp_path}/log.db"):
        pass
    agent, other = new_agent(), new_agent()
    mend = broken(tmp_path)
    saved = agent.artifacts.save("a", {"n": 1}, "d", {"m": 2})
    assert (saved.is_delivered, saved.version) == (False, None)
    assert (saved.name, saved.description, saved.metadata) == ("a", "d", {"m": 2})
    assert "not in the log yet" in repr(saved)
    ask = agent.artifacts
    for call in (
        ask.list,
        lambda: ask.load("a"),
        lambda: ask.exists("a"),
        lambda: ask.delete("a"),
        lambda: ask.save("b", 1, inputs=["a"]),
    ):
        with pytest.raises(StoreUnavailable):
            call()
    mend()
    assert other.artifacts.save("a", "later").version == 2  # who comes first delivers
    known = other.artifacts.get(saved)
    assert (known.record, known.version, known.hash) == (saved.record, 1, saved.hash)
    assert known.is_delivered
    assert other.artifacts.load("a", 1) == agent.artifacts.load(saved) == {"n": 1}


def test_content_too_large_for_the_outbox_is_refused(new_agent, tmp_path, monkeypatch):
    with open_log(f"sqlite:///{tmp_path}/log.db"):
        pass
    monkeypatch.setattr(module, "LARGEST_WAITING", 1000)
    agent = new_agent()
    mend = broken(tmp_path)
    with pytest.raises(StoreUnavailable):
        agent.artifacts.save("a", b"x" * 1001)
    agent.artifacts.save("a", b"x" * 1000)
    mend()
    assert [len(agent.artifacts.load("a"))] == [1000]
    assert [one.version for one in agent.artifacts.history("a")] == [1]


def test_a_save_that_fails_leaves_the_version_before(agent):
    agent.artifacts.save("a", 1)
    for value, options in itertools.product([object(), {1}], [{}, {"codec": "json"}]):
        with pytest.raises(ArtifactInvalid):
            agent.artifacts.save("a", value, **options)
    assert agent.artifacts.load("a") == 1
    assert len(agent.records(ArtifactSave.KIND)) == 1
