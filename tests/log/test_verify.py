"""Tampering with the file of a log: whatever is changed, verify says so."""

import hashlib
import random
import shutil
import sqlite3
from contextlib import closing

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from threadbook.errors import StoreError
from threadbook.log import open_log
from threadbook.log.blobs import CHUNK
from threadbook.log.log import chain_after
from threadbook.log.store import EMPTY, Query
from threadbook.log.verify import verify
from threadbook.records.bodies import VerdictAccept
from threadbook.records.identity import Identity
from threadbook.records.record import Draft, Record

TABLES = ("record", "name", "tip", "blob", "chunk")
WITHOUT_MEANING = {
    ("tip", "one"),  # the number of the only row
    ("blob", "begun_at"),  # when writing began: used only to clear away what was never finished
}


def raw(path):
    connection = sqlite3.connect(path, isolation_level=None)
    connection.text_factory = bytes  # what was tampered with need not be UTF-8
    return closing(connection)


def columns_of(path):
    """Return (table, column, declared type) of every column that a reader depends on."""
    with raw(path) as connection:
        return [
            (table, name.decode(), declared.decode())
            for table in TABLES
            for _, name, declared, *_ in connection.execute(f"PRAGMA table_info({table})")
        ]


@pytest.fixture(scope="module")
def identities(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    return {
        "key": Identity.key(folder / "key.pem"),
        "other": Identity.key(folder / "other.pem"),
        "name": Identity.static("did:sync:user:ann"),
    }


@pytest.fixture(scope="module")
def original(tmp_path_factory, identities):
    """Return the file of a log with threads, signed and static records, parents, judges, blobs."""
    path = tmp_path_factory.mktemp("original") / "log.db"
    with open_log(f"sqlite:///{path}") as log:
        small, large = log.blobs.put(b"small"), log.blobs.put(b"large" * (CHUNK // 4))
        log.blobs.put(b"named by no record")
        refs = [{"blob": ref.blob, "size": ref.size} for ref in (small, large)]
        parents = ()
        for number in range(12):
            body = {"n": number, "kind": ("team.a.note", "core.intent")[number % 2]}
            if number == 3:
                body = {"n": number, "outputs": refs[0], "value": refs[1]}
            draft = Draft(
                act=("DO", "KNOW", "INTEND")[number % 3],
                body=body,
                thread=f"th_{number % 3}",
                parents=parents,
                judged_by=None if number % 3 else "ab" * 32,
            )
            by = identities["key" if number % 2 else "name"]
            parents = (log.append(draft, by=by).id,)
        verdict = VerdictAccept(subject=identities["key"].actor_did, judges=parents[0])
        log.append(verdict.draft(thread="th_0", parents=parents), by=identities["name"])
        assert verify(log).is_clean
    assert not path.with_name("log.db-wal").exists()  # all is in the one file that is copied
    return path


@pytest.fixture
def copy(original, tmp_path):
    """Return a function that makes a fresh copy of the log's file."""
    counter = iter(range(10**6))

    def make():
        return shutil.copy(original, tmp_path / f"copy{next(counter)}.db")

    return make


def problems(path, **options):
    with open_log(f"sqlite:///{path}") as log:
        return verify(log, **options).problems


def sequences(path):
    return {problem.seq for problem in problems(path)}


def rows(path):
    """Return the rows as the store gives them."""
    with open_log(f"sqlite:///{path}") as log:
        return log.store.rows(Query(), after=0, limit=1000)


def execute(path, *statements):
    with raw(path) as connection:
        for statement, *values in statements:
            connection.execute(statement, values)


def renumber(path, first, by):
    """Move all rows from `first` on by `by` places, and the tip with them."""
    distance = 10**6
    execute(
        path,
        ("UPDATE record SET seq = seq + ? WHERE seq >= ?", distance, first),
        ("UPDATE record SET seq = seq - ? + ? WHERE seq >= ?", distance, by, distance),
        ("UPDATE tip SET seq = seq + ?", by),
    )


def relink(path):
    """Write the chain anew, as one who knows how it is made would do, and the tip with it."""
    chain = EMPTY.chain
    for row in rows(path):
        chain = chain_after(chain, row)
        execute(path, ("UPDATE record SET chain = ? WHERE seq = ?", chain, row.seq))
    execute(path, ("UPDATE tip SET chain = ?, seq = (SELECT max(seq) FROM record)", chain))


def insert(path, record, *, seq, sig=None, judged_by=None):
    """Insert a record as the store would, with a chain value of its own making."""
    with raw(path) as connection:

        def number(text):
            if text is None:
                return None
            connection.execute("INSERT OR IGNORE INTO name (text) VALUES (?)", (text,))
            return connection.execute("SELECT id FROM name WHERE text = ?", (text,)).fetchone()[0]

        connection.execute(
            "INSERT INTO record VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                seq,
                bytes.fromhex(record.id),
                record.canonical,
                sig,
                judged_by,
                1_700_000_000_000,
                bytes(32),
                number(record.thread),
                number(record.actor),
                record.act,
                number(record.kind),
                record.clock,
            ),
        )


def test_the_log_that_is_not_tampered_with_is_clean(copy, original):
    with open_log(f"sqlite:///{copy()}") as log:
        report = verify(log)
        assert (report.problems, report.records, report.blobs, report.unsigned) == ([], 13, 3, 7)
        for summary in log.threads():
            assert verify(log, thread=summary.thread).is_clean
    assert rows(copy()) == rows(original)


# Any field


COLUMNS = [
    *(("record", name) for name in ("seq", "id", "canonical", "sig", "judged_by", "recorded_at")),
    *(("record", name) for name in ("chain", "thread", "actor", "act", "kind", "clock")),
    *(("name", "id"), ("name", "text"), ("tip", "seq"), ("tip", "chain")),
    *(("blob", "id"), ("blob", "digest"), ("blob", "size")),
    *(("chunk", "blob"), ("chunk", "number"), ("chunk", "data")),
]


def test_every_column_of_the_schema_is_tampered_with_below(original):
    existing = {(table, name) for table, name, _ in columns_of(original)}
    assert existing == set(COLUMNS) | WITHOUT_MEANING


def set_field(path, table, column, rowid, value, *, cast=""):
    expression = f"CAST(? AS {cast})" if cast else "?"
    statement = f"UPDATE {table} SET {column} = {expression} WHERE rowid = ?"
    try:
        execute(path, (statement, value, rowid))
    except sqlite3.IntegrityError:  # SQLite itself does not let this happen
        assume(condition=False)


def fields(path, table, column):
    with raw(path) as connection:
        return connection.execute(f"SELECT rowid, {column} FROM {table} ORDER BY rowid").fetchall()


def flipped(value, declared, data):
    """Return the value with one bit changed, chosen by hypothesis, and the type to cast it to."""
    if declared == "INTEGER":
        bit = data.draw(st.integers(0, 63))
        changed = (value ^ (1 << bit)) & (2**64 - 1)
        return changed - 2**64 if changed >= 2**63 else changed, ""
    position = data.draw(st.integers(0, len(value) - 1))
    changed = bytearray(value)
    changed[position] ^= 1 << data.draw(st.integers(0, 7))
    return bytes(changed), declared if declared == "TEXT" else ""


@pytest.mark.parametrize(("table", "column"), COLUMNS)
@given(data=st.data())
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_changed_bit_of_any_stored_field_is_found(copy, table, column, data):
    path = copy()
    declared = {(t, c): kind for t, c, kind in columns_of(path)}[table, column]
    stored = [(rowid, value) for rowid, value in fields(path, table, column) if value is not None]
    rowid, value = data.draw(st.sampled_from(stored))
    changed, cast = flipped(value, declared, data)
    set_field(path, table, column, rowid, changed, cast=cast)
    found = sequences(path)
    assert found
    if table == "record" and column != "seq":
        assert rowid in found
    if (table, column) == ("record", "seq"):  # it stands elsewhere, or is missed where it stood
        assert found & {changed, rowid + 1, None}


@pytest.mark.parametrize("column", ["sig", "judged_by", "kind"])
def test_a_field_that_is_removed_or_added_is_found(copy, column):
    for rowid, value in fields(copy(), "record", column):
        path = copy()
        added = {"sig": bytes(64), "judged_by": b"cd" * 32, "kind": 1}[column]
        cast = "TEXT" if column == "judged_by" else ""
        set_field(path, "record", column, rowid, added if value is None else None, cast=cast)
        assert rowid in sequences(path)


@pytest.mark.parametrize("column", ["digest", "size"])
def test_a_blob_made_invisible_is_missed_by_the_record_that_names_it(copy, column):
    path = copy()
    execute(path, (f"UPDATE blob SET {column} = NULL WHERE id = 1",))
    assert sequences(path) & {4}


def test_columns_without_meaning_change_nothing_a_reader_sees(copy, original):
    path = copy()
    execute(path, ("UPDATE blob SET begun_at = begun_at - 1000000000",))
    assert problems(path) == []
    assert content(path) == content(original)
    execute(path, ("PRAGMA ignore_check_constraints = ON",), ("UPDATE tip SET one = 2",))
    assert content(path) == content(original)


# Rows


@pytest.mark.parametrize("seq", range(1, 14))
def test_a_deleted_record_is_found(copy, seq):
    path = copy()
    execute(path, ("DELETE FROM record WHERE seq = ?", seq))
    assert sequences(path) & {seq + 1, None}


@pytest.mark.parametrize("seq", range(1, 13))
def test_a_deleted_record_is_found_when_the_rest_is_renumbered(copy, seq):
    path = copy()
    execute(path, ("DELETE FROM record WHERE seq = ?", seq))
    renumber(path, seq + 1, -1)
    assert seq in sequences(path)


@pytest.mark.parametrize("count", [1, 2, 13])
def test_records_cut_off_at_the_end_are_found(copy, count):
    path = copy()
    execute(path, ("DELETE FROM record WHERE seq > ?", 13 - count))
    assert None in sequences(path)
    execute(path, ("UPDATE tip SET seq = ?", 13 - count))
    assert None in sequences(path)


@pytest.mark.parametrize("seq", [0, 5, 12, 14, 2**40])
def test_a_tip_that_was_moved_is_found(copy, seq):
    path = copy()
    execute(path, ("UPDATE tip SET seq = ?", seq))
    assert None in sequences(path)


def test_a_tip_that_was_removed_is_found(copy):
    path = copy()
    execute(path, ("DELETE FROM tip",))
    assert any("tip" in problem.reason for problem in problems(path))


@pytest.mark.parametrize(("one", "other"), [(1, 2), (1, 13), (5, 6), (3, 11), (12, 13)])
def test_records_that_changed_places_are_found(copy, one, other):
    path = copy()
    execute(
        path,
        ("UPDATE record SET seq = -1 WHERE seq = ?", one),
        ("UPDATE record SET seq = ? WHERE seq = ?", one, other),
        ("UPDATE record SET seq = ? WHERE seq = -1", other),
    )
    assert {one, other} <= sequences(path)


@pytest.mark.parametrize("seq", [1, 7, 13])
def test_a_copied_record_is_found(copy, seq):
    path = copy()
    renumber(path, seq, 1)
    digest = hashlib.sha256(b"unique").digest()
    copied = """
        INSERT INTO record
        SELECT ?, ?, canonical, sig, judged_by, recorded_at, chain, thread, actor, act, kind,
            clock + 1
        FROM record WHERE seq = ?
    """
    execute(path, (copied, seq, digest, seq + 1))
    assert seq in sequences(path)


@pytest.mark.parametrize("where", ["middle", "end", "end_with_tip", "beyond_a_gap"])
@pytest.mark.parametrize("who", ["name", "key"])
def test_a_forged_record_is_found(copy, identities, where, who):
    path = copy()
    forged = Record(
        act="DO", actor=identities[who].actor_did, body={"n": 99}, clock=99, thread="th_1"
    )
    seq = {"middle": 7, "beyond_a_gap": 99}.get(where, 14)
    if where == "middle":
        renumber(path, 7, 1)
    insert(path, forged, seq=seq)
    if where == "end_with_tip":
        execute(path, ("UPDATE tip SET seq = 14",))
    assert seq in sequences(path)


@pytest.mark.parametrize("seq", [0, -1, -(2**62), -(2**63) + 1, -(2**63)])
def test_a_record_hidden_before_the_first_is_found(copy, identities, seq):
    path = copy()
    actor = identities["name"].actor_did
    insert(path, Record(act="DO", actor=actor, body={}, clock=1, thread="th_1"), seq=seq)
    assert problems(path)


@pytest.mark.parametrize("sig", [None, b"", bytes(64), "other"])
@pytest.mark.parametrize("relinked", [False, True])
def test_a_record_forged_in_the_name_of_a_key_is_found_by_its_signature(
    copy, identities, sig, relinked
):
    path = copy()
    actor = identities["key"].actor_did
    forged = Record(act="DO", actor=actor, body={"n": 99}, clock=99, thread="th_1")
    if sig == "other":
        sig = identities["other"].sign(forged.canonical)
    insert(path, forged, seq=14, sig=sig)
    if relinked:
        relink(path)
    assert any(p.seq == 14 and "signature" in p.reason for p in problems(path))


# Signatures and content


SIGNED, STATIC = 2, 5


@pytest.mark.parametrize("relinked", [False, True])
def test_a_record_signed_with_another_key_is_found(copy, identities, relinked):
    path = copy()
    canonical = fields(path, "record", "canonical")[SIGNED - 1][1]
    sig = identities["other"].sign(canonical)
    execute(path, ("UPDATE record SET sig = ? WHERE seq = ?", sig, SIGNED))
    if relinked:
        relink(path)
    assert any(p.seq == SIGNED and "signature" in p.reason for p in problems(path))


@pytest.mark.parametrize("relinked", [False, True])
def test_a_signature_that_was_stripped_is_found(copy, relinked):
    path = copy()
    execute(path, ("UPDATE record SET sig = NULL WHERE seq = ?", SIGNED))
    if relinked:
        relink(path)
    assert any(p.seq == SIGNED and "signature" in p.reason for p in problems(path))


def test_a_signature_given_to_a_static_identity_is_found(copy, identities):
    path = copy()
    canonical = fields(path, "record", "canonical")[0][1]
    execute(path, ("UPDATE record SET sig = ? WHERE seq = 1", identities["key"].sign(canonical)))
    relink(path)
    assert any(p.seq == 1 and "signature" in p.reason for p in problems(path))


def rewrite(path, seq, **changes):
    """Change a record's canonical text and its id to match; return the new record."""
    before = next(row for row in rows(path) if row.seq == seq)
    record = Record.from_canonical(before.canonical)
    values = {name: getattr(record, name) for name in record.__struct_fields__}
    record = Record(**{**values, **changes})
    execute(
        path,
        (
            "UPDATE record SET canonical = ?, id = ? WHERE seq = ?",
            *(record.canonical, bytes.fromhex(record.id), seq),
        ),
    )
    return record


def test_a_static_record_rewritten_with_its_id_is_found_by_the_chain(copy):
    path = copy()
    rewrite(path, STATIC, body={"n": 4, "kind": "team.a.note", "more": 1})
    found = problems(path)
    assert any(p.seq == STATIC and "chain" in p.reason for p in found)
    assert any(p.seq == STATIC + 1 and "parent" in p.reason for p in found)


@pytest.mark.parametrize("relinked", [False, True])
def test_a_signed_record_rewritten_with_its_id_is_found_by_the_signature(copy, relinked):
    path = copy()
    rewrite(path, SIGNED, body={"n": 1, "kind": "core.intent", "more": 1})
    if relinked:
        relink(path)
    assert any(p.seq == SIGNED and "signature" in p.reason for p in problems(path))


@pytest.mark.parametrize(
    "changes",
    [
        {"actor": "did:sync:user:bob"},
        {"thread": "th_9"},
        {"act": "PUT"},
        {"clock": 12345},
        {"body": {"n": 4, "kind": "core.intent"}},
        {"body": {"n": 4}},
    ],
    ids=repr,
)
def test_a_rewritten_record_filed_as_before_is_found_even_if_the_chain_is_rewritten(copy, changes):
    path = copy()
    rewrite(path, STATIC, **changes)
    relink(path)
    assert any(p.seq == STATIC and "filed" in p.reason for p in problems(path))


def test_a_record_that_is_not_in_canonical_form_is_found(copy):
    path = copy()
    canonical = fields(path, "record", "canonical")[STATIC - 1][1].replace(b'"n":4', b'"n": 4')
    values = (canonical, hashlib.sha256(canonical).digest(), STATIC)
    execute(path, ("UPDATE record SET canonical = ?, id = ? WHERE seq = ?", *values))
    relink(path)
    assert any(p.seq == STATIC and "malformed" in p.reason for p in problems(path))


def test_a_record_that_breaks_the_grammar_is_found(copy):
    path = copy()
    rewrite(path, STATIC, act="RUN")
    execute(path, ("UPDATE record SET act = 'RUN' WHERE seq = ?", STATIC))
    relink(path)
    assert any(p.seq == STATIC and "malformed" in p.reason for p in problems(path))


def test_two_names_that_were_exchanged_are_found(copy):
    path = copy()
    execute(
        path,
        ("UPDATE name SET text = 'x' WHERE text = 'th_0'",),
        ("UPDATE name SET text = 'th_0' WHERE text = 'th_1'",),
        ("UPDATE name SET text = 'th_1' WHERE text = 'x'",),
    )
    assert {1, 2, 4, 5} <= sequences(path)


@pytest.mark.parametrize("name", ["th_0", "did:sync:user:ann", "core.intent"])
def test_a_name_that_was_removed_is_found(copy, name):
    path = copy()
    execute(path, ("DELETE FROM name WHERE text = ?", name))
    assert sequences(path)


# Blobs


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM blob WHERE id = ?",
        "DELETE FROM chunk WHERE blob = ?",
        "DELETE FROM chunk WHERE number = 0 AND blob = ?",
        "UPDATE chunk SET data = CAST(data || 'x' AS BLOB) WHERE blob = ?",
        "UPDATE chunk SET data = x'' WHERE blob = ?",
        "UPDATE chunk SET number = number + 1000 WHERE blob = ?",
    ],
)
def test_a_blob_that_was_removed_or_changed_is_found(copy, number, statement):
    path = copy()
    execute(path, (statement, number))
    assert sequences(path) == {4}
    assert {p.seq for p in problems(path, thread="th_0")} == {4}
    assert problems(path, thread="th_1") == []


def test_chunks_in_another_order_are_found(copy):
    path = copy()
    execute(
        path,
        ("UPDATE chunk SET number = 9 WHERE blob = 2 AND number = 0",),
        ("UPDATE chunk SET number = 0 WHERE blob = 2 AND number = 1",),
        ("UPDATE chunk SET number = 1 WHERE blob = 2 AND number = 9",),
    )
    assert sequences(path) == {4}


def test_two_blobs_that_were_exchanged_are_found(copy):
    path = copy()
    execute(
        path,
        ("UPDATE chunk SET blob = 99 WHERE blob = 1",),
        ("UPDATE chunk SET blob = 1 WHERE blob = 3",),
        ("UPDATE chunk SET blob = 3 WHERE blob = 99",),
    )
    assert sequences(path) == {4, None}


def test_a_changed_blob_that_no_record_names_is_found(copy):
    path = copy()
    execute(path, ("UPDATE chunk SET data = CAST('tampered' AS BLOB) WHERE blob = 3",))
    assert sequences(path) == {None}


# One thread


def test_of_one_thread_only_its_own_records_are_reported(copy):
    path = copy()
    execute(path, ("UPDATE record SET canonical = x'00' WHERE seq = 5",))
    assert {p.seq for p in problems(path, thread="th_1")} == {5}
    assert problems(path, thread="th_0") == []


# The file itself


@pytest.mark.parametrize("column", ["thread", "actor", "kind"])
def test_a_record_taken_out_of_an_index_is_found(copy, column):
    path = copy()
    index = f"record_{column}"
    with raw(path) as connection:
        (sql,) = connection.execute(
            "SELECT sql FROM sqlite_schema WHERE name = ?", (index,)
        ).fetchone()
        connection.execute(f"DROP INDEX {index}")
        connection.execute(f"CREATE INDEX {index} ON record ({column}) WHERE seq <> 5")
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "UPDATE sqlite_schema SET sql = CAST(? AS TEXT) WHERE name = ?", (sql, index)
        )
    with open_log(f"sqlite:///{path}") as log:
        hidden = log.store.rows(Query(), after=4, limit=1)[0]
        value = getattr(hidden, column)
        assert hidden not in log.store.rows(Query(**{column: value}), after=0, limit=1000)
        assert verify(log).problems


def content(path):
    """Return all records and blobs as a reader who asks for no thread in particular sees them."""
    with open_log(f"sqlite:///{path}") as log:
        records = log.store.rows(Query(), after=0, limit=1000)
        blobs = {digest: log.blobs.get(digest) for digest in log.store.blob_digests()}
        return records, log.store.tip(), blobs


def test_no_changed_byte_of_the_file_changes_what_is_read_unnoticed(copy, original):
    expected, places = content(original), random.Random(22)
    data = original.read_bytes()
    records_end = 20 * 4096  # most of the rest is one large blob
    for number in range(150):
        position = places.randrange(records_end if number % 3 else len(data))
        changed = bytearray(data)
        changed[position] ^= 1 << places.randrange(8)
        path = copy()
        path.write_bytes(changed)
        try:
            found = problems(path)
        except StoreError:
            continue
        if not found:
            assert content(path) == expected, f"the byte at {position}"
