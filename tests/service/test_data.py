"""Files with compare-and-set."""

import hashlib
import json
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadbook.folds.files import THREAD, FilesFold
from threadbook.log import open_log
from threadbook.records.bodies import FileFolder, FileMove, FileRemove, FileWrite
from threadbook.records.identity import Identity
from threadbook.records.record import Draft

CHUNK = 8 * 1024 * 1024


class Files:
    """Writes and reads files as clients do: begin, send pieces, complete."""

    def __init__(self, http):
        self.http = http

    def begin(self, path, size, **more):
        return self.http.post(
            "/v1/data/write/init", json={"path": path, "size_bytes": size, **more}
        )

    def send(self, upload, content, total, start=0):
        end = max(start + len(content) - 1, 0)
        headers = {"Content-Range": f"bytes {start}-{end}/{total}"}
        return self.http.put(f"/v1/blobs/upload/{upload}", content=content, headers=headers)

    def complete(self, upload):
        return self.http.post("/v1/data/write/complete", json={"upload_id": upload})

    def write(self, path, content, **more):
        begun = self.begin(path, len(content), **more)
        if begun.status_code != 200:
            return begun
        upload = begun.json()["upload_id"]
        assert self.send(upload, content, len(content)).status_code == 200
        return self.complete(upload)

    def read(self, path):
        url = self.http.post("/v1/data/read-url", json={"path": path}).json()["blob_url"]
        assert url.startswith("/")
        return self.http.get(url)

    def stat(self, path):
        return self.http.get("/v1/data/stat", params={"path": path})

    def names(self, path, **parameters):
        answer = self.http.get("/v1/data/list", params={"path": path, **parameters}).json()
        return [entry["name"] for entry in answer["entries"]]


@pytest.fixture
def files(shared):
    return Files(shared.http)


@pytest.fixture
def at(request):
    """A folder of the test's own."""
    return f"/{request.node.name}"[:100]


def expecting(digest):
    return {"precondition": {"expected_hash": digest}}


@pytest.mark.parametrize("content", [b"", b"x", b"hello" * 1000])
def test_what_is_written_is_read(files, at, content):
    done = files.write(f"{at}/a.txt", content, content_type="text/plain")
    digest = hashlib.sha256(content).hexdigest()
    assert done.json() == {"content_hash": digest, "size_bytes": len(content)}
    assert files.read(f"{at}/a.txt").content == content
    stat = files.stat(f"{at}/a.txt").json()
    assert (stat["kind"], stat["content_hash"]) == ("file", digest)
    assert stat["content_type"] == "text/plain"
    assert set(stat["provenance"]) == {
        "work_thread", "actor", "goal_summary", "clock", "content_hash",
    }  # fmt: skip


def test_pieces_may_come_again_but_none_may_be_left_out(files, at):
    content = bytes(range(256)) * 40_000
    upload = files.begin(f"{at}/big", len(content)).json()["upload_id"]
    gap = files.send(upload, content[CHUNK:], len(content), start=CHUNK)
    assert (gap.status_code, gap.json()["code"]) == (409, "UPLOAD_GAP")
    for _ in range(2):
        assert files.send(upload, content[:CHUNK], len(content)).status_code == 200
    early = files.complete(upload)
    assert (early.status_code, early.json()["code"]) == (409, "UPLOAD_INCOMPLETE")
    assert files.send(upload, content[CHUNK:], len(content), start=CHUNK).status_code == 200
    assert files.complete(upload).json()["size_bytes"] == len(content)
    assert files.read(f"{at}/big").content == content


@pytest.mark.parametrize(
    "content_range",
    [
        "bytes 0-5/4",
        "bytes 3-1/4",
        "bytes 0-3/5",
        "bytes */4",
        "0-3/4",
        "bytes 0-3",
        "bytes \u0660-3/4",
    ],
)
def test_a_range_that_does_not_fit_is_refused(files, at, content_range):
    upload = files.begin(f"{at}/a", 4).json()["upload_id"]
    headers = [(b"Content-Range", content_range.encode())]
    answer = files.http.put(f"/v1/blobs/upload/{upload}", content=b"abcd", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_RANGE")


def test_compare_and_set(files, at):
    path = f"{at}/a"
    first = files.write(path, b"1", **expecting(None)).json()["content_hash"]
    again = files.write(path, b"2", **expecting(None))
    assert (again.status_code, again.json()["error"]) == (409, "precondition_failed")
    detail = json.loads(again.json()["detail"])
    assert detail == {"expected_hash": None, "current_hash": first}
    second = files.write(path, b"2", **expecting(first)).json()["content_hash"]
    stale = files.write(path, b"3", **expecting(first))
    assert json.loads(stale.json()["detail"]) == {"expected_hash": first, "current_hash": second}
    assert files.read(path).content == b"2"


def test_a_write_that_loses_the_race_after_it_began_is_refused(files, at):
    path = f"{at}/a"
    begun = files.begin(path, 1, **expecting(None)).json()["upload_id"]
    files.send(begun, b"x", 1)
    files.write(path, b"y")
    assert files.complete(begun).status_code == 409
    assert files.read(path).content == b"y"


def test_of_writers_at_once_one_wins_each_round(files, at):
    path, current = f"{at}/counter", None
    for round_number in range(5):
        answers = []

        def write(number, expected=current, round_number=round_number, answers=answers):
            content = f"{round_number} {number}".encode()
            answers.append(files.write(path, content, **expecting(expected)))

        writers = [threading.Thread(target=write, args=(n,)) for n in range(6)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        statuses = sorted(answer.status_code for answer in answers)
        assert statuses == [200, 409, 409, 409, 409, 409]
        current = next(a.json()["content_hash"] for a in answers if a.status_code == 200)
        assert files.stat(path).json()["content_hash"] == current


def test_folders_are_listed_by_name_and_page(files, at):
    for name in ("b", "a", "c/deep/x"):
        files.write(f"{at}/{name}", b"")
    files.http.post("/v1/data/mkdir", json={"path": f"{at}/empty"})
    assert files.names(at) == ["a", "b", "c", "empty"]
    page = files.http.get("/v1/data/list", params={"path": at, "limit": 2}).json()
    assert files.names(at, limit=2, cursor=page["cursor"]) == ["c", "empty"]
    assert files.stat(f"{at}/c").json()["kind"] == "directory"


def test_moving_and_removing(files, at):
    files.write(f"{at}/one/x", b"x")
    done = files.http.post("/v1/data/mv", json={"from": f"{at}/one", "to": f"{at}/two"})
    assert done.status_code == 200
    assert files.read(f"{at}/two/x").content == b"x"
    assert files.stat(f"{at}/one").status_code == 404
    full = files.http.post("/v1/data/rm", json={"path": f"{at}/two"})
    assert (full.status_code, full.json()["code"]) == (409, "NOT_EMPTY")
    done = files.http.post("/v1/data/rm", json={"path": f"{at}/two", "recursive": True})
    assert done.json()["ok"] is True
    assert files.stat(f"{at}/two/x").status_code == 404


def test_a_published_file_stays(files, at):
    files.write(f"{at}/a", b"for good")
    first = files.http.post("/v1/data/publish", json={"path": f"{at}/a"}).json()
    assert files.http.post("/v1/data/publish", json={"path": f"{at}/a"}).json() == first
    assert files.read(first["path"]).content == b"for good"
    assert files.write(first["path"], b"other").json()["code"] == "PINNED"
    assert files.http.post("/v1/data/rm", json={"path": first["path"]}).json()["code"] == "PINNED"


@pytest.mark.parametrize(
    "path", ["", "a", "/a/../b", "//a", "/a//b", "/./a", "/a\0b", "/a\n", "/" * 5, "/" + "x" * 2000]
)
def test_a_path_that_is_none_is_refused(files, path):
    for answer in (
        files.begin(path, 0),
        files.http.post("/v1/data/mkdir", json={"path": path}),
        files.stat(path),
    ):
        assert answer.status_code in {400, 404, 409}
        assert answer.json()["object"] == "error"
    if path.strip("/"):
        assert files.begin(path, 0).status_code == 400


def test_files_are_no_folders(files, at):
    files.write(f"{at}/a", b"")
    assert files.write(f"{at}/a/b", b"").json()["code"] == "NOT_A_FOLDER"
    assert files.http.post("/v1/data/mkdir", json={"path": f"{at}/a"}).json()["code"] == "EXISTS"
    assert files.write(at, b"").json()["code"] == "IS_A_FOLDER"
    into = files.http.post("/v1/data/mv", json={"from": at, "to": f"{at}/b"})
    assert into.json()["code"] == "INTO_ITSELF"


def test_content_is_not_taken_for_a_page(files, at):
    files.write(f"{at}/a.html", b"<script>", content_type="text/html")
    answer = files.read(f"{at}/a.html")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_files_survive_a_restart(start_service):
    service = start_service()
    Files(service.http).write("/a", b"kept")
    assert service.end() == 0
    service.start()
    assert Files(service.http).read("/a").content == b"kept"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["/", "/a", "/a/b", "", "a", "\\0"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["blob", "size", "media_type"]), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
BODIES = st.fixed_dictionaries(
    {"kind": st.sampled_from([FileWrite.KIND, FileFolder.KIND, FileMove.KIND, FileRemove.KIND])},
    optional=dict.fromkeys(["path", "content", "source", "target", "actor", "pinned"], JSON),
)


@given(st.lists(BODIES, max_size=20))
@settings(deadline=None)
def test_no_record_makes_the_tree_fail(written):
    with open_log("memory:") as log:
        drafts = [Draft(act="PUT", body=body, thread=THREAD) for body in written]
        log.append_many(drafts, by=Identity.static("did:sync:agent:ann"))
        tree = FilesFold().over(log.read_all())
    assert tree.used() >= 0
    for path in ("/", "/a"):
        assert tree.find(path) is None or tree.children(path) is not None
