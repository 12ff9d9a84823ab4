"""Identities: key files, did:key, signatures, and names without proof."""

import base64
import os
import stat
import subprocess
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, x25519
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from threadbook.errors import IdentityError, RecordError
from threadbook.records.identity import (
    Identity,
    _did_of,
    is_key_did,
    public_key_of,
    verify_signature,
)

DID = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
PUBLIC_KEY = "2e6fcce36701dc791488e0d0b1745cc1e33a4c1c9fcc41c63bd343dbbe0970e6"

MAKE_KEYS = """
import sys
from threadbook.records.identity import Identity

print("ready", flush=True)
sys.stdin.readline()
for path in sys.argv[1:]:
    print(Identity.key(path).actor_did)
"""


def pem(key, encryption=None):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())


def unknown_algorithm():
    """Return a well-formed PKCS #8 key whose algorithm (1.3.101.127) nobody knows."""
    der = Ed25519PrivateKey.generate().private_bytes(
        Encoding.DER, PrivateFormat.PKCS8, NoEncryption()
    )
    other = base64.encodebytes(der.replace(b"\x2b\x65\x70", b"\x2b\x65\x7f"))
    return b"-----BEGIN PRIVATE KEY-----\n" + other + b"-----END PRIVATE KEY-----\n"


def key_file(path, content, mode=0o600):
    path.write_bytes(content)
    path.chmod(mode)
    return path


@pytest.fixture
def identity(tmp_path):
    return Identity.key(tmp_path / "key.pem")


def test_the_did_key_test_vector_in_both_directions():
    assert public_key_of(DID).hex() == PUBLIC_KEY
    assert _did_of(Ed25519PublicKey.from_public_bytes(bytes.fromhex(PUBLIC_KEY))) == DID


@given(st.binary(min_size=32, max_size=32))
@settings(max_examples=60, deadline=None)
def test_every_public_key_is_read_back_from_its_did(raw):
    did = _did_of(Ed25519PublicKey.from_public_bytes(raw))
    assert did.startswith("did:key:z6Mk")
    assert public_key_of(did) == raw


@pytest.mark.parametrize(
    "did",
    [
        "",
        "did:key:",
        "did:key:z",
        "did:key:f6Mkha",
        DID[:-1],
        DID + "1",
        DID.replace("6", "0"),
        DID + "#" + DID.removeprefix("did:key:"),
        DID.replace("z6", "z16"),
        "did:key:z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc",  # an X25519 key
        "did:sync:user:ann",
    ],
)
def test_what_names_no_ed25519_key_is_refused_and_verifies_nothing(did):
    with pytest.raises(IdentityError):
        public_key_of(did)
    assert not verify_signature(did, b"data", bytes(64))


def test_the_key_file_is_made_on_demand_and_for_its_owner_only(tmp_path):
    path = tmp_path / "new" / "folder" / "key.pem"
    before = os.umask(0)
    try:
        identity = Identity.key(path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) & 0o077 == 0
    assert list(path.parent.iterdir()) == [path]
    assert identity.can_sign
    assert is_key_did(identity.actor_did)


def test_the_same_file_is_the_same_identity(tmp_path):
    first, again = Identity.key(tmp_path / "key"), Identity.key(str(tmp_path / "key"))
    other = Identity.key(tmp_path / "other")
    assert first.actor_did == again.actor_did != other.actor_did
    assert verify_signature(first.actor_did, b"x", again.sign(b"x"))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o644, 0o666])
def test_a_key_file_open_to_others_is_refused(tmp_path, mode):
    path = tmp_path / "key.pem"
    did = Identity.key(path).actor_did
    path.chmod(mode)
    with pytest.raises(IdentityError, match="chmod 600"):
        Identity.key(path)
    path.chmod(0o400)
    assert Identity.key(path).actor_did == did


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_key_file_of_another_user_is_refused(tmp_path):
    path = tmp_path / "key.pem"
    Identity.key(path)
    os.chown(path, 12345, -1)
    with pytest.raises(IdentityError, match="another user"):
        Identity.key(path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"garbage",
        b"\x00\xff" * 100,
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        pem(ec.generate_private_key(ec.SECP256R1())),
        pem(x25519.X25519PrivateKey.generate()),
        pem(ed448.Ed448PrivateKey.generate()),
        pem(Ed25519PrivateKey.generate(), BestAvailableEncryption(b"password")),
        unknown_algorithm(),
        Ed25519PrivateKey.generate()
        .public_key()
        .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    ],
    ids=[
        "empty",
        "text",
        "binary",
        "broken_pem",
        "ec",
        "x25519",
        "ed448",
        "encrypted",
        "unknown_algorithm",
        "public_key",
    ],
)
def test_a_file_without_a_usable_key_is_refused_and_left_alone(tmp_path, content):
    path = key_file(tmp_path / "key.pem", content)
    with pytest.raises(IdentityError, match=r"key\.pem"):
        Identity.key(path)
    assert path.read_bytes() == content


def test_a_folder_in_place_of_the_key_is_refused(tmp_path):
    with pytest.raises(IdentityError):
        Identity.key(tmp_path)


def test_a_file_in_place_of_the_keys_folder_is_refused(tmp_path):
    (tmp_path / "keys").write_text("a file")
    with pytest.raises(IdentityError):
        Identity.key(tmp_path / "keys" / "key.pem")


def test_processes_that_create_one_key_at_once_agree_on_it(tmp_path):
    paths = [tmp_path / f"key{number}.pem" for number in range(20)]
    command = [sys.executable, "-c", MAKE_KEYS, *map(str, paths)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    children = [subprocess.Popen(command, **pipes) for _ in range(3)]
    try:
        assert [child.stdout.readline() for child in children] == ["ready\n"] * 3
        for child in children:
            child.stdin.write("go\n")
            child.stdin.flush()
        answers = [child.stdout.read().split() for child in children]
    finally:
        for child in children:
            child.kill()
            child.communicate()
    assert answers[0] == answers[1] == answers[2]
    assert answers[0] == [Identity.key(path).actor_did for path in paths]
    assert sorted(tmp_path.iterdir()) == sorted(paths)


def test_a_signature_belongs_to_its_data_and_its_key(identity, tmp_path):
    other = Identity.key(tmp_path / "other.pem")
    signature = identity.sign(b"data")
    assert len(signature) == 64
    assert verify_signature(identity.actor_did, b"data", signature)
    assert not verify_signature(identity.actor_did, b"other", signature)
    assert not verify_signature(other.actor_did, b"data", signature)
    assert not verify_signature(identity.actor_did, b"data", other.sign(b"data"))
    assert not verify_signature("did:sync:user:ann", b"data", signature)


@pytest.mark.parametrize("bit", range(0, 512, 17))
def test_a_signature_with_one_bit_changed_is_none(identity, bit):
    changed = int.from_bytes(identity.sign(b"data")) ^ (1 << bit)
    assert not verify_signature(identity.actor_did, b"data", changed.to_bytes(64))


@pytest.mark.parametrize("length", [0, 1, 63, 65])
def test_a_signature_of_another_length_is_none(identity, length):
    signature = (identity.sign(b"data") * 2)[:length]
    assert not verify_signature(identity.actor_did, b"data", signature)


def test_a_static_identity_has_a_name_and_no_signature():
    identity = Identity.static("did:sync:user:ann")
    assert identity.actor_did == "did:sync:user:ann"
    assert not identity.can_sign
    assert identity.sign(b"data") is None
    assert "unverified" in repr(identity)


@pytest.mark.parametrize("did", [DID, "did:key:", "did:key:abc", "did:key:zzz"])
def test_a_static_identity_cannot_claim_a_key(did):
    with pytest.raises(IdentityError, match="static"):
        Identity.static(did)


@pytest.mark.parametrize("did", ["", None])
def test_a_static_identity_needs_a_name(did):
    with pytest.raises(IdentityError):
        Identity.static(did)


def test_a_name_that_cannot_be_written_is_refused():
    with pytest.raises(RecordError, match="surrogate"):
        Identity.static("did:\ud800")


def test_an_identity_cannot_be_changed(identity):
    for made in (identity, Identity.static("did:x:y")):
        before = made.actor_did
        for name in ("actor_did", "_key", "anything"):
            with pytest.raises(AttributeError):
                setattr(made, name, "did:x:other")
            with pytest.raises(AttributeError):
                delattr(made, name)
        assert made.actor_did == before


def test_the_private_key_is_not_shown(identity):
    assert repr(identity) == f"Identity('{identity.actor_did}', key)"
