"""Blobs as files: where they are, and what happens to them there."""

import hashlib
import signal
import subprocess
import sys

import pytest

from threadbook.config import store_url
from threadbook.errors import BlobNotFound, ConfigError, StoreUnavailable
from threadbook.log import open_log
from threadbook.log.blobs import CHUNK
from threadbook.log.verify import verify
from threadbook.records.bodies import BlobRef
from threadbook.records.identity import Identity
from threadbook.records.record import Draft


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/log.db#blobs=file://{tmp_path}/blobs"


def files_in(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def test_content_is_under_its_hash_and_not_in_the_store(url, tmp_path):
    with open_log(url) as log:
        digest = log.blobs.put(b"content that is elsewhere").blob
    assert files_in(tmp_path / "blobs") == [f"{digest[:2]}/{digest[2:]}"]
    assert b"content that is elsewhere" not in (tmp_path / "log.db").read_bytes()
    with open_log(url) as log:
        assert log.blobs.get(digest) == b"content that is elsewhere"
    with open_log(url.partition("#")[0]) as log, pytest.raises(BlobNotFound):
        log.blobs.get(digest)


def test_damaged_content_is_found(url, tmp_path):
    with open_log(url) as log:
        blob = log.blobs.put(b"x" * (2 * CHUNK + 1))
        body = {"content": {"blob": blob.blob, "size": blob.size, "media_type": "a/b"}}
        log.append(Draft(act="PUT", body=body, thread="th"), by=Identity.static("did:x"))
        assert verify(log).is_clean
        (path,) = (p for p in (tmp_path / "blobs").rglob("*") if p.is_file())
        path.write_bytes(b"y" + path.read_bytes()[1:])
        assert not verify(log).is_clean
        path.unlink()
        assert not verify(log).is_clean


@pytest.mark.parametrize(
    "digest", ["", "..", "../../../etc/passwd", "a" * 63, "A" * 64, "a" * 64 + "\n", "a/" * 32]
)
def test_what_is_no_hash_names_nothing(url, digest):
    with open_log(url) as log:
        assert digest not in log.blobs
        assert not log.store.blob_erase(digest)


def test_of_a_writer_that_is_killed_nothing_is_seen(url, tmp_path):
    script = """
import os, signal, sys
from threadbook.log import open_log

def chunks():
    yield b"begun"
    os.kill(os.getpid(), signal.SIGKILL)

open_log(sys.argv[1]).store.blob_write(chunks())
"""
    done = subprocess.run([sys.executable, "-c", script, url], check=False)
    assert done.returncode == -signal.SIGKILL
    with open_log(url) as log:
        assert log.store.blob_digests() == []
        log.blobs.put(b"begun")
        assert log.store.blob_digests() == [hashlib.sha256(b"begun").hexdigest()]


def test_a_source_that_fails_leaves_nothing(url, tmp_path):
    def chunks():
        yield b"begun"
        raise ZeroDivisionError

    with open_log(url) as log, pytest.raises(ZeroDivisionError):
        log.store.blob_write(chunks())
    assert files_in(tmp_path / "blobs") == []


@pytest.mark.parametrize("blobs", ["nosuch://x", "s3://bucket/x", "gcs://bucket"])
def test_a_protocol_without_a_driver_is_an_error_that_says_so(tmp_path, blobs):
    with pytest.raises(ConfigError, match="driver"):
        open_log(f"sqlite:///{tmp_path}/log.db#blobs={blobs}")


def test_credentials_in_a_url_are_not_repeated(tmp_path):
    url = f"sqlite:///{tmp_path}/log.db#blobs=ftp://user:hunter2@127.0.0.1:1/x"
    with pytest.raises((StoreUnavailable, ConfigError)) as caught, open_log(url) as log:
        log.blobs.put(b"x")
    assert "hunter2" not in str(caught.value)


def test_a_place_that_cannot_be_written_is_unavailable(tmp_path):
    (tmp_path / "blobs").write_text("a file where a folder should be")
    url = f"sqlite:///{tmp_path}/log.db#blobs=file://{tmp_path}/blobs/x"
    with open_log(url) as log, pytest.raises(StoreUnavailable):
        log.blobs.put(b"x")


def test_a_store_url_keeps_the_place_of_its_blobs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    url = "sqlite:///log.db#blobs=s3://bucket/team"
    assert store_url(url) == f"sqlite:///{tmp_path}/log.db#blobs=s3://bucket/team"


def test_blobs_in_memory_are_shared_within_the_process(tmp_path):
    url = f"sqlite:///{tmp_path}/log.db#blobs=memory://{tmp_path.name}"
    with open_log(url) as log:
        ref = log.blobs.put(b"x")
    assert isinstance(ref, BlobRef)
    with open_log(url) as log:
        assert log.blobs.get(ref.blob) == b"x"
