"""Identities: who writes a record, and how others check that it was they.

A key identity is an Ed25519 `did:key` (W3C CCG did:key method: multicodec prefix 0xed01,
base58btc). A static identity is a name without proof and is shown as unverified.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any, NoReturn

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from threadbook.errors import IdentityError
from threadbook.records.canonical import canonical_bytes

_DID_KEY = "did:key:z"
_ED25519_PREFIX = b"\xed\x01"
_KEY_BYTES = 32
_LONGEST_DID = 128
_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


class Identity:
    """Who writes: an actor DID and, where there is a key, the ability to sign.

    Built by `Identity.static(did)` or `Identity.key(path)`.
    """

    __slots__ = ("_key", "actor_did")

    actor_did: str
    _key: Ed25519PrivateKey | None

    def __init__(self, actor_did: str, key: Ed25519PrivateKey | None = None) -> None:
        object.__setattr__(self, "actor_did", actor_did)
        object.__setattr__(self, "_key", key)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("an Identity cannot be changed")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("an Identity cannot be changed")

    def __repr__(self) -> str:
        return f"Identity({self.actor_did!r}, {'key' if self.can_sign else 'unverified'})"

    @property
    def can_sign(self) -> bool:
        """Whether records of this identity carry a signature."""
        return self._key is not None

    def sign(self, data: bytes) -> bytes | None:
        """Return the 64-byte Ed25519 signature over `data`; None for a static identity."""
        return None if self._key is None else self._key.sign(data)

    @staticmethod
    def static(did: str) -> Identity:
        """Return an identity that is only a name. Nothing proves that its records are its own."""
        if not did:
            raise IdentityError("Identity.static needs a non-empty DID string")
        if is_key_did(did):
            raise IdentityError(
                f"{did} names a key; a static identity cannot sign for it",
                remedy="use Identity.key(path) with the file that holds this key",
            )
        canonical_bytes(did)  # refuses a lone surrogate
        return Identity(did)

    @staticmethod
    def key(path: str | os.PathLike[str]) -> Identity:
        """Return the identity of the Ed25519 key in `path`, creating the file where it is absent.

        The file is PEM (PKCS #8) with mode 0600. Raises IdentityError where it can be read by
        others, belongs to another user, or holds no Ed25519 key.
        """
        file = Path(path)
        try:
            is_there = file.exists()
        except OSError as error:
            raise IdentityError(f"cannot look for {file}: {error.strerror}") from error
        if not is_there:
            _create_key(file)
        key = _load_key(file)
        return Identity(_did_of(key.public_key()), key)


def verify_signature(did: str, data: bytes, signature: bytes) -> bool:
    """Tell whether `signature` over `data` was made by the key that `did` (did:key) names."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key_of(did)).verify(signature, data)
    except (InvalidSignature, IdentityError):
        return False
    return True


def is_key_did(did: str) -> bool:
    """Tell whether records of `did` must carry a signature: it is a did:key."""
    return did.startswith("did:key:")


def public_key_of(did: str) -> bytes:
    """Return the 32 bytes of the Ed25519 public key that `did` names."""
    if not did.startswith(_DID_KEY):
        raise IdentityError(f"{did} is no base58btc did:key")
    if len(did) > _LONGEST_DID:  # before work that grows with the square of its length
        raise IdentityError(f"{did[:_LONGEST_DID]}… is too long for a did:key")
    data = _base58_decode(did.removeprefix(_DID_KEY))
    if not data.startswith(_ED25519_PREFIX) or len(data) != len(_ED25519_PREFIX) + _KEY_BYTES:
        raise IdentityError(f"{did} names no Ed25519 key")
    return data.removeprefix(_ED25519_PREFIX)


def _did_of(key: Ed25519PublicKey) -> str:
    raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return _DID_KEY + _base58_encode(_ED25519_PREFIX + raw)


def _create_key(file: Path) -> None:
    """Write a new key; of several processes that create it at once, one wins and all agree."""
    pem = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    draft = file.with_name(f".{file.name}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(pem)
                stream.flush()
                os.fsync(stream.fileno())
            _link_unless_there(draft, file)
        finally:
            draft.unlink()
    except OSError as error:
        raise IdentityError(f"cannot create the key file {file}: {error.strerror}") from error


def _link_unless_there(draft: Path, file: Path) -> None:
    try:
        os.link(draft, file)
    except FileExistsError:
        return


def _load_key(file: Path) -> Ed25519PrivateKey:
    try:
        with file.open("rb") as stream:
            _refuse_if_exposed(file, os.fstat(stream.fileno()))
            key: Any = load_pem_private_key(stream.read(), password=None)
    except OSError as error:
        raise IdentityError(f"cannot read the key file {file}: {error.strerror}") from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise IdentityError(f"{file} holds no unencrypted PEM private key: {error}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise IdentityError(f"{file} holds a {type(key).__name__}, not an Ed25519 key")
    return key


def _refuse_if_exposed(file: Path, status: os.stat_result) -> None:
    if stat.S_IMODE(status.st_mode) & 0o077:
        raise IdentityError(f"others can read the key file {file}", remedy=f"chmod 600 {file}")
    if status.st_uid != os.geteuid():
        raise IdentityError(f"the key file {file} belongs to another user")


def _base58_encode(data: bytes) -> str:
    number = int.from_bytes(data)
    digits = ""
    while number:
        number, digit = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return _ALPHABET[0] * (len(data) - len(data.lstrip(b"\0"))) + digits


def _base58_decode(text: str) -> bytes:
    number = 0
    for character in text:
        digit = _ALPHABET.find(character)
        if digit < 0:
            raise IdentityError(f"{character!r} is no base58 digit")
        number = number * len(_ALPHABET) + digit
    zeros = len(text) - len(text.lstrip(_ALPHABET[0]))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8)
