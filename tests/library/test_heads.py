"""Heads of tables: the first rows of any Parquet file, however large, and of whoever made it."""

import base64
import io
import struct
import zlib

import pyarrow as pa
import pytest
from pyarrow import parquet

from threadbook.errors import ArtifactInvalid, BlobNotFound
from threadbook.library import heads
from threadbook.library.heads import head
from threadbook.log.blobs import CHUNK
from threadbook.log.log import open_log

BOMB = zlib.decompress(
    base64.b64decode(
        "eNrt3E1Kw0AUB/CXIQSFLErhhQxkEUGLi35YxYLi5kUqihVroboOUqqgtrZ+gKu48xgewY0bT+E5xAO4EZ1Jiz2Cm/+D"
        "X+Yj770JOcC0pVNnl5+yLHP5LVMtVkxFouXX2ne26xLFF2ZBZkwd+vrZeFeKCikAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        "AAAAAAAAAAAA/J8FotQEExd5scyKC+yxFzWIJjcGxPN7RMoslOMoYleX1yn0xqdnvcuUzYa/pEJnvEStyOQESkc6KlHE"
        "vl4nr6DNK/YDFXzaywiCl0dV+shUac6212V2zammBZkzFW0FmU3Sni7l501rTLatIx2FvnQ6hyebk7PDZ6dmY01sHMkk"
        "9kXuJenLjkhftvv5XpKIHNjJtshevjEbTTTtozuddW2dqd+1ffK+ybSzNHfyzKT/VyR/9cnDtF9z9ikiFMbDdHR927up"
        "nA6HlXQ0GtzHd73R+HxwFa82qivVuo7sbzt2iNrSqf8CKOeS7Q=="
    )
)
"""A table of one value: 512 MiB of the letter a, written by pyarrow with zstd."""


@pytest.fixture
def blobs(tmp_path):
    with open_log(f"sqlite:///{tmp_path / 'log.db'}") as log:
        yield log.blobs


@pytest.fixture
def put(blobs):
    """Return a function that stores a table, or bytes, and returns the digest."""

    def put(table, **options):
        if isinstance(table, bytes):
            return blobs.put(table).blob
        return blobs.put(written(table, **options)).blob

    return put


def written(table, **options):
    file = io.BytesIO()
    parquet.write_table(table, file, **options)
    return file.getvalue()


def test_a_table_is_shown_as_text(blobs, put):
    table = pa.table(
        {
            "name": ["Ann", "B\u202eob", None],
            "n": [1, 2, 3],
            "list": [[1, 2], [], None],
            "when": pa.array([0, 1, None], pa.timestamp("s")),
        }
    )
    found = head(blobs, put(table))
    assert found.columns == ["name", "n", "list", "when"]
    assert found.rows == [
        ["Ann", "1", "[1, 2]", "1970-01-01 00:00:00"],
        ["B\u202eob", "2", "[]", "1970-01-01 00:00:01"],
        ["null", "3", "null", "null"],
    ]
    assert (found.row_count, found.column_count) == (3, 4)


def test_only_the_beginning_of_a_large_table_is_read(blobs, put, monkeypatch):
    count = 4_000_000
    digest = put(pa.table({"n": range(count)}), compression="none", use_dictionary=False)
    assert blobs.size(digest) > 30 * CHUNK
    read = []
    chunk = blobs.chunk
    monkeypatch.setattr(blobs, "chunk", lambda d, number: read.append(number) or chunk(d, number))
    found = head(blobs, digest)
    assert found.row_count == count
    assert [row[0] for row in found.rows] == [str(number) for number in range(heads.ROWS)]
    assert len(read) < 6


def test_a_wide_table_and_long_values_are_cut(blobs, put):
    table = pa.table({f"{'c' * 200}{number}": ["x" * 10_000] for number in range(500)})
    found = head(blobs, put(table))
    assert len(found.columns) == heads.COLUMNS
    assert found.column_count == 500
    assert {len(row) for row in found.rows} == {heads.COLUMNS}
    assert max(len(cell) for row in found.rows for cell in row) == 200
    assert max(map(len, found.columns)) == 100


def test_an_empty_table_has_no_rows(blobs, put):
    found = head(blobs, put(pa.table({"n": pa.array([], pa.int64())})))
    assert (found.rows, found.row_count, found.column_count) == ([], 0, 1)


def test_a_bomb_goes_off_where_it_does_no_harm(blobs, put):
    assert len(BOMB) < 2**15
    with pytest.raises(ArtifactInvalid, match="cannot be"):
        head(blobs, put(BOMB))
    assert head(blobs, put(pa.table({"n": [1]}))).rows == [["1"]]


def damaged(data, kind):
    """Return a Parquet file with something wrong at its end."""
    length = int.from_bytes(data[-8:-4], "little")
    footer, end = data[-8 - length : -8], data[-8:]
    match kind:
        case "a footer longer than the file":
            return data[:-8] + struct.pack("<I", 2**31 - 1) + b"PAR1"
        case "a footer of noise":
            return data[: -8 - length] + bytes(length) + end
        case "offsets beyond the file":
            return footer + end
        case "nothing else":
            return b"PAR1"
        case "cut off":
            return data[: len(data) // 2]


@pytest.mark.parametrize(
    "kind",
    [
        "a footer longer than the file", "a footer of noise", "offsets beyond the file",
        "nothing else", "cut off",
    ],
)  # fmt: skip
def test_a_file_that_lies_is_refused(blobs, put, kind):
    data = damaged(written(pa.table({"n": range(1000), "s": ["x"] * 1000})), kind)
    with pytest.raises(ArtifactInvalid, match="cannot be"):
        head(blobs, put(data))


def test_a_file_that_lies_about_its_rows_is_shown_for_what_it_has(blobs, put):
    data = written(pa.table({"n": [7] * 100}))
    length = int.from_bytes(data[-8:-4], "little")
    footer = data[-8 - length : -8]
    zigzag = bytes([100 << 1 & 0x7F | 0x80, 100 << 1 >> 7])
    # The number of rows of the file is a field of its own, type i64: 0x16 is its thrift header.
    place = footer.index(b"\x16" + zigzag) + 1
    lying = footer[:place] + bytes([0xFE, 0x7F]) + footer[place + 2 :]
    found = head(blobs, put(data[: -8 - length] + lying + data[-8:]))
    assert found.row_count == 8191
    assert len(found.rows) == heads.ROWS


def test_a_reader_that_takes_too_long_is_ended(blobs, put, monkeypatch):
    monkeypatch.setattr(heads, "_SECONDS", 0.0)
    with pytest.raises(ArtifactInvalid, match="memory and time"):
        head(blobs, put(pa.table({"n": [1]})))


def test_a_reader_that_asks_for_too_much_is_ended(blobs, put, monkeypatch):
    monkeypatch.setattr(heads, "_MOST_READ", 10)
    with pytest.raises(ArtifactInvalid, match="memory and time"):
        head(blobs, put(pa.table({"n": [1]})))


def test_a_reader_that_ends_before_it_is_answered_is_told_of(blobs, put, monkeypatch, tmp_path):
    reader = tmp_path / "reader"
    asks = "exec <&-; printf 'r\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\1'"
    reader.write_text(f"#!/bin/sh\n{asks}\n")
    reader.chmod(0o700)
    monkeypatch.setattr(heads.sys, "executable", str(reader))
    with pytest.raises(ArtifactInvalid, match="memory and time"):
        head(blobs, put(b"content"))


class Slow(io.BytesIO):
    """Yields less than it is asked for."""

    def read(self, size=-1):
        return super().read(min(size, 300))


def test_content_in_odd_pieces_is_not_taken_for_another(blobs):
    digest = blobs.put(Slow(written(pa.table({"n": range(1000)})))).blob
    with pytest.raises(ArtifactInvalid, match="cannot be"):
        head(blobs, digest)


def test_what_is_not_there_is_said_so(blobs):
    with pytest.raises(BlobNotFound):
        head(blobs, "0" * 64)
