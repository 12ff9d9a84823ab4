"""Files on a record service: writing in pieces, compare-and-set, and where the key goes."""

import hashlib
import inspect
import os
import uuid

import pytest
import syncropel.data

from threadbook import Client, Identity
from threadbook.client.data import ClientData
from threadbook.client.transport import SinkTransport
from threadbook.errors import ConfigError, DataError, ServiceError
from threadbook.log.outbox import Outbox
from threadbook.log.sink import Sink


@pytest.fixture
def folder(connect):
    path = f"/files/{uuid.uuid4()}"
    connect().data.mkdir_sync(path)
    return path


def test_the_surface_is_that_of_the_published_client():
    theirs = dict(inspect.getmembers(syncropel.data.ClientData, inspect.iscoroutinefunction))
    for name, method in theirs.items():
        if name.startswith("_"):
            continue
        ours = getattr(ClientData, name)
        assert list(inspect.signature(ours).parameters) == list(
            inspect.signature(method).parameters
        )
        assert inspect.signature(getattr(ClientData, f"{name}_sync")) == inspect.signature(ours)
    for name in ("WriteResult", "StatResult", "ListResult", "ReadUrlResult", "PublishResult"):
        fields = syncropel.data.__dict__[name].__dataclass_fields__
        module = inspect.getmodule(ClientData)
        assert set(fields) == set(getattr(module, name).__struct_fields__)


@pytest.mark.parametrize("size", [0, 1, 100_000])
async def test_what_is_written_is_read_back(connect, folder, size):
    data, content = connect().data, os.urandom(size)
    written = await data.write(path=f"{folder}/a.bin", data=content, content_type="x/y")
    assert written.content_hash == hashlib.sha256(content).hexdigest()
    assert await data.read(f"{folder}/a.bin") == content
    stat = await data.stat(f"{folder}/a.bin")
    assert (stat.size_bytes, stat.content_hash, stat.content_type) == (
        *(size, written.content_hash),
        "x/y",
    )
    assert data.read_sync(f"{folder}/a.bin") == content


def test_a_file_larger_than_a_piece_arrives_whole(connect, folder):
    content = os.urandom(1 << 20) * 9
    connect().data.write_sync(path=f"{folder}/large", data=content)
    assert connect().data.read_sync(f"{folder}/large") == content


def test_an_update_that_would_be_lost_is_refused(connect, folder):
    data, path = connect().data, f"{folder}/notes.md"
    first = data.write_sync(path=path, data="one", expected_hash=None)
    with pytest.raises(DataError) as caught:
        data.write_sync(path=path, data="two", expected_hash=None)
    assert caught.value.is_conflict
    assert (caught.value.expected_hash, caught.value.current_hash) == (None, first.content_hash)
    second = data.write_sync(path=path, data="two", expected_hash=first.content_hash)
    with pytest.raises(DataError) as caught:
        data.write_sync(path=path, data="three", expected_hash=first.content_hash)
    assert (caught.value.is_conflict, caught.value.status) == (True, 409)
    assert caught.value.current_hash == second.content_hash
    assert data.read_text_sync(path) == "two"
    data.write_sync(path=path, data="four")
    assert data.read_text_sync(path) == "four"


def test_files_are_listed_moved_and_removed(connect, folder):
    data = connect().data
    for name in "abc":
        data.write_sync(path=f"{folder}/{name}", data=name)
    page = data.list_sync(folder, limit=2)
    assert [entry["name"] for entry in page.entries] == ["a", "b"]
    rest = data.list_sync(folder, cursor=page.cursor)
    assert ([entry["name"] for entry in rest.entries], rest.cursor) == (["c"], None)
    data.mv_sync(f"{folder}/a", f"{folder}/z")
    assert data.read_text_sync(f"{folder}/z") == "a"
    with pytest.raises(DataError) as caught:
        data.rm_sync(folder)
    assert not caught.value.is_conflict
    data.rm_sync(folder, recursive=True)
    with pytest.raises(DataError) as caught:
        data.stat_sync(folder)
    assert (caught.value.op, caught.value.status) == ("data.stat", 404)


def test_the_plane_describes_itself(connect):
    assert connect().data.capabilities_sync()
    assert connect().data.usage_sync().used >= 0


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/steal",
        "//127.0.0.1:{port}/steal",
        "@127.0.0.1:{port}/",
        "",
        "steal",
    ],
)
def test_the_key_goes_to_no_other_host(scripted, connect, url):
    thief = scripted(lambda _: (200, b"stolen"))
    url = url.format(port=thief.url.rpartition(":")[2])
    answer = {"blob_url": url, "expires_in": 1, "via": "x"}
    client = connect(scripted(lambda _: (200, answer)).url, api_key="secret")
    with pytest.raises(ServiceError, match="not a path"):
        client.data.read_sync("/files/a")
    assert thief.requests == []


def test_a_redirect_is_not_followed(scripted, connect):
    thief = scripted(lambda _: (200, b"stolen"))
    server = scripted(lambda _: (307, b"", {"location": f"{thief.url}/steal"}))
    client = connect(server.url, api_key="secret", max_retries=0)
    with pytest.raises(ServiceError):
        client.data.read_sync("/files/a")
    with pytest.raises(ServiceError):
        client.query_thread_sync("th")
    assert client.emit_sync(act="DO", kind="x.y.z", body={}, thread="th").pending
    assert thief.requests == []


@pytest.mark.parametrize("answer", [b"", b"[]", {"kind": 5}, {"size_bytes": "x"}], ids=str)
def test_an_answer_that_makes_no_sense_is_an_error(scripted, connect, answer):
    client = connect(scripted(lambda _: (200, answer)).url)
    with pytest.raises(ServiceError):
        client.data.stat_sync("/files/a")


def test_without_a_service_there_are_no_files(tmp_path):
    sink = Sink("memory:", Identity.static("did:x:y:z"), Outbox(tmp_path / "outbox.db"))
    with pytest.raises(ConfigError, match="record service"):
        _ = Client(SinkTransport(sink)).data
    sink.close()
