"""The text of a checkpoint: what it says, what is signed, and what is refused."""

import base64
import hashlib
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadbook.errors import ConfigError, ProofError
from threadbook.log.checkpoints import LOG_THREAD, SignedHead
from threadbook.records.identity import Identity, public_key_of, verify_signature
from threadbook.records.record import Record

ORIGIN = "threadbook/" + "ab" * 32
ROOT = bytes(range(32))


@pytest.fixture(scope="module")
def signer(tmp_path_factory):
    return Identity.key(tmp_path_factory.mktemp("keys") / "signer.pem")


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    return Identity.key(tmp_path_factory.mktemp("keys") / "other.pem")


@pytest.fixture(scope="module")
def head(signer):
    return SignedHead.sign(origin=ORIGIN, size=1234, root=ROOT, by=signer)


def test_it_is_a_signed_note_as_transparency_logs_have_them(head, signer):
    """Taken apart by hand, as c2sp.org/signed-note and c2sp.org/tlog-checkpoint describe it."""
    text, _, signatures = head.note.partition("\n\n")
    assert text == f"{ORIGIN}\n1234\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    dash, name, encoded = signatures.removesuffix("\n").split(" ")
    assert (dash, name) == ("\N{EM DASH}", signer.actor_did)
    data = base64.b64decode(encoded)
    key = public_key_of(name)
    assert data[:4] == hashlib.sha256(name.encode() + b"\n\x01" + key).digest()[:4]
    assert verify_signature(name, (text + "\n").encode(), data[4:])


def test_a_text_reads_as_what_wrote_it(head, signer):
    read = SignedHead.parse(head.note)
    assert read == head
    assert read.is_signed()
    assert SignedHead.parse(head.note, key=signer.actor_did) == head


def test_a_record_reads_as_what_wrote_it(head, signer):
    draft = head.body.draft(thread=LOG_THREAD)
    record = draft.complete(actor=signer.actor_did, clock=1)
    assert SignedHead.of(record) == head
    assert SignedHead.of(Record(act="DO", actor="x", body={}, clock=1, thread="t")) is None


def test_a_record_of_another_actor_does_not_carry_the_signature(head, other):
    record = head.body.draft(thread=LOG_THREAD).complete(actor=other.actor_did, clock=1)
    assert not SignedHead.of(record).is_signed()


def test_signatures_of_others_may_stand_beside(head, other):
    second = SignedHead.sign(origin=ORIGIN, size=1234, root=ROOT, by=other)
    witness = "\N{EM DASH} witness.example/w1 " + base64.b64encode(bytes(76)).decode()
    note = f"{head.text}\n{witness}\n{signature_line(second)}\n{signature_line(head)}\n"
    assert SignedHead.parse(note) == second
    assert SignedHead.parse(note, key=head.signer) == head


def signature_line(head):
    return head.note.splitlines()[-1]


def test_another_key_is_not_the_one_that_was_asked_for(head, other):
    with pytest.raises(ProofError, match=f"not signed by {other.actor_did}"):
        SignedHead.parse(head.note, key=other.actor_did)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("1234", "1235"),
        ("ab" * 32, "ac" * 32),
        ("AAEC", "AAED"),
    ],
)
def test_a_changed_text_is_not_signed(head, old, new):
    changed = SignedHead.parse(head.note.replace(old, new))
    assert not changed.is_signed()
    with pytest.raises(ProofError, match="the text was changed"):
        changed.check()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("1234", "01234"),
        ("1234", "-1234"),
        ("1234", "+1234"),
        ("1234", "0"),
        ("1234", "1_234"),
        ("1234", "\u0661"),
        ("1234", " 1234"),
        ("1234", "12 34"),
        ("1234", "9" * 20),
        ("1234", "1234\nmore"),
        ("threadbook/", "elsewhere/"),
        ("ab", "AB"),
        ("AAEC", "AA!C"),
        ("AAEC", "AAECAAEC"),
        ("Hh8=", "Hh9="),  # the same bytes, written in another way
        ("Hh8=", "Hh8"),
        ("\N{EM DASH} ", "- "),
        ("\N{EM DASH} ", "\N{EM DASH}  "),
        ("\n\n", "\n"),
        ("\n\n", "\n\n\n"),
        ("\n", "\r\n"),
        ("did:key:", "did:key: "),
    ],
)
def test_a_text_in_another_form_is_no_checkpoint(head, old, new):
    assert old in head.note
    with pytest.raises(ConfigError, match=r"^not a checkpoint"):
        SignedHead.parse(head.note.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new"), [("did:key:z6Mk", "did:key:z6Mj"), ("did:key:", "did:web:")]
)
def test_a_signature_without_a_key_that_fits_does_not_count(head, old, new):
    with pytest.raises(ProofError, match="not signed by a did:key"):
        SignedHead.parse(head.note.replace(old, new))


def test_a_text_that_was_cut_off_is_no_checkpoint(head):
    for end in range(len(head.note)):
        with pytest.raises(ConfigError, match=r"^not a checkpoint"):
            SignedHead.parse(head.note[:end])


def test_a_text_without_end_is_no_checkpoint(head):
    with pytest.raises(ConfigError, match="too long"):
        SignedHead.parse(head.note + f"{signature_line(head)}\n" * 1000)


@given(st.text())
def test_any_other_text_is_no_checkpoint(text):
    with pytest.raises(ConfigError, match=r"^not a checkpoint"):
        SignedHead.parse(text)


@given(st.data())
def test_any_changed_byte_is_noticed(head, data):
    note = bytearray(head.note.encode())
    place = data.draw(st.integers(0, len(note) - 1))
    note[place] ^= 1 << data.draw(st.integers(0, 7))
    try:
        changed = SignedHead.parse(note.decode())
    except (ConfigError, ProofError, UnicodeDecodeError):
        return
    assert not changed.is_signed()


def test_the_sizes_that_a_log_can_have(signer):
    for size in (1, 2**31, 2**63 - 1):
        head = SignedHead.sign(origin=ORIGIN, size=size, root=ROOT, by=signer)
        assert SignedHead.parse(head.note) == head


def test_signing_is_the_same_in_another_process(head, signer, tmp_path):
    """A signature can be made again from the record: nothing random is in it."""
    assert SignedHead.sign(origin=ORIGIN, size=1234, root=ROOT, by=signer) == head
    code = (
        "import sys; from threadbook.log.checkpoints import SignedHead;"
        "head = SignedHead.parse(sys.stdin.read()); head.check(); print(head.size)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=head.note, capture_output=True, text=True, check=True
    )
    assert done.stdout == "1234\n"
