"""Bearer tokens: their text, and the hash that stands for them in the log.

`tb_<env>_<account>_<secret>` is what we issue; `spl_<env>_<account>_<secret>`, the published form,
is taken as well. The id of a token is the SHA-256 of its secret. A fast hash will do: 256 random
bits cannot be searched, which is what slow hashes are against.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import zlib

import msgspec

from threadbook.errors import ConfigError

BOOTSTRAP_ACCOUNT = "bootstrap-env"
"""The account of the token whose secret stands in the environment; no other token has it."""

_SECRET_BYTES = 32
_CHECK_DIGITS = 8
_ACCOUNT = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_TOKEN = re.compile(r"(tb|spl)_([a-z0-9]{1,16})_([A-Za-z0-9][A-Za-z0-9-]{0,62})_([!-~]{16,256})")


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A token with its secret. `str` and `repr` do not show it; `reveal` does."""

    form: str
    env: str
    account: str
    secret: str

    def __repr__(self) -> str:
        return f"<token of {self.account}>"

    __str__ = __repr__

    @property
    def id(self) -> str:
        """The SHA-256 of the secret, in hexadecimal."""
        return hashlib.sha256(self.secret.encode()).hexdigest()

    @property
    def is_bootstrap(self) -> bool:
        """Whether this claims to be the token of the environment."""
        return self.is_of(BOOTSTRAP_ACCOUNT)

    def is_of(self, account: str) -> bool:
        """Tell whether the token names `account`; the published form may put `sa-` in front."""
        name = self.account.removeprefix("sa-") if self.form == "spl" else self.account
        return account in (name, self.account)

    def reveal(self) -> str:
        """Return the whole token."""
        return f"{self.form}_{self.env}_{self.account}_{self.secret}"


def mint(account: str, *, env: str = "prod") -> Token:
    """Return a new token; raises ConfigError for what cannot be the name of an account."""
    check_account(account)
    secret = secrets.token_hex(_SECRET_BYTES)
    check = _checksum(f"tb_{env}_{account}_{secret}")
    return Token(form="tb", env=env, account=account, secret=secret + check)


def parse(text: str) -> Token | None:
    """Return the token that `text` is; None where it is malformed, cut off or mistyped."""
    found = _TOKEN.fullmatch(text)
    if found is None:
        return None
    form, env, account, secret = found.groups()
    token = Token(form=form, env=env, account=account, secret=secret)
    if form == "tb" and not token.is_bootstrap:
        head, check = text[:-_CHECK_DIGITS], text[-_CHECK_DIGITS:]
        return token if check == _checksum(head) else None
    return token


def check_account(account: str) -> None:
    """Raise ConfigError unless `account` can be the name of a service account."""
    if not _ACCOUNT.fullmatch(account):
        raise ConfigError(
            f"{account!r:.100} is no name of an account",
            remedy="up to 63 of a-z, 0-9 and -, beginning with a letter or digit",
        )
    if account == BOOTSTRAP_ACCOUNT:
        raise ConfigError(f"the account {account} is that of the token in the environment")


def check_bootstrap_secret(secret: str) -> None:
    """Raise ConfigError unless `secret` can be that of the token of the environment."""
    if not re.fullmatch(r"[!-~]{16,256}", secret):
        raise ConfigError(
            "the bootstrap token cannot be used",
            remedy="16 to 256 printable ASCII characters, no spaces; e.g. `openssl rand -hex 32`",
        )


def _checksum(text: str) -> str:
    """Return what tells a mistyped token, and a string that only looks like one, from a token."""
    return f"{zlib.crc32(text.encode()):08x}"
