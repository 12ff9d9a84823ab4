"""Secrets: where they come from, and that none is left in what leaves the trusted side."""

import base64
import html
import json
import re
import shlex
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from threadbook.errors import ConfigError, PolicyDenied
from threadbook.tools.results import CliResult
from threadbook.tools.secrets import HIDDEN, EnvSecrets, FileSecrets, Redactor, fill

TOKEN = "tök\"en/ä+b\\c'd"
PEM = "-----BEGIN KEY-----\nMIIBVgIBADANBgkqhkiG9w0B\nAQEFAASCAUAwggE8AgEAAkEA\n-----END KEY-----\n"


def redactor(**values):
    return Redactor(EnvSecrets(values, values))


def test_only_allowed_variables_can_be_had():
    secrets = EnvSecrets({"A": "aaaaaa", "B": "bbbbbb", "EMPTY": ""}, {"A", "C", "EMPTY"})
    assert secrets.names() == ("A",)
    assert secrets.resolve("A") == "aaaaaa"
    for name in ("B", "C", "EMPTY"):
        with pytest.raises(ConfigError) as raised:
            secrets.resolve(name)
        assert "bbbbbb" not in str(raised.value)
    assert "aaaaaa" not in repr(secrets)


@pytest.fixture
def write(tmp_path):
    def write(data, name="secrets.toml", mode=0o600):
        file = tmp_path / name
        file.write_bytes(data if isinstance(data, bytes) else data.encode())
        file.chmod(mode)
        return file

    return write


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("secrets.toml", 'A = "value of a"\n"b.c" = "é"'),
        ("s.json", '{"A": "value of a", "b.c": "é"}'),
    ],
)
def test_a_file_of_secrets(write, name, text):
    secrets = FileSecrets(write(text, name))
    assert (secrets.names(), secrets.resolve("A")) == (("A", "b.c"), "value of a")
    assert "value of a" not in repr(secrets)
    with pytest.raises(ConfigError, match="no secret 'X'"):
        secrets.resolve("X")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o602, 0o644])
def test_a_file_that_others_can_read_or_write_is_refused(write, mode):
    with pytest.raises(ConfigError, match="chmod 600"):
        FileSecrets(write('A = "hunter22"', mode=mode))


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ('A = "hunter22', "s.toml"),
        ('A = "hunter22"\nA = "hunter22"', "s.toml"),
        ("[A]\nb = 'hunter22'", "s.toml"),
        ('["hunter22"]', "s.json"),
        ('{"A": "hunter22"', "s.json"),
        ('{"A": ["hunter22"]}', "s.json"),
        ('{"A": ""}', "s.json"),
        (b"hunter22\xff", "s.toml"),
        (b"hunter22" * 200_000, "s.toml"),
    ],
)
def test_no_error_of_a_file_has_a_value_in_it(write, data, name):
    file = write(data, name)
    with pytest.raises(ConfigError) as raised:
        FileSecrets(file)
    assert str(file) in str(raised.value)
    assert "hunter22" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_what_is_no_file_is_refused(tmp_path):
    with pytest.raises(ConfigError):
        FileSecrets(tmp_path / "nothing.toml")
    with pytest.raises(ConfigError):
        FileSecrets(tmp_path)


def test_references_are_filled_in_where_the_definition_names_them():
    secrets = EnvSecrets({"A": "value of a", "B": "value of b"}, {"A", "B"})
    arguments = {"x": "secret:A", "y": [{"z": "secret:A"}, "about secret:B"], "n": 1}
    assert fill(arguments, secrets, allowed=("A",)) == {
        "x": "value of a",
        "y": [{"z": "value of a"}, "about secret:B"],
        "n": 1,
    }
    with pytest.raises(PolicyDenied, match="'B'") as raised:
        fill({"x": "secret:B"}, secrets, allowed=("A",))
    assert "value of b" not in str(raised.value)


FORMS = {
    "as it is": lambda s: s,
    "in a dict": lambda s: str({"a": [s]}),
    "in a dict of bytes": lambda s: str({"a": s.encode()}),
    "json": lambda s: json.dumps({"a": s}),
    "json in unicode": lambda s: json.dumps({"a": s}, ensure_ascii=False),
    "json in json": lambda s: json.dumps(json.dumps({"a": s})),
    "url": quote,
    "path": lambda s: quote(s, safe=""),
    "query": lambda s: urlencode({"q": s}),
    "form": quote_plus,
    "lower-case url": lambda s: re.sub("%..", lambda at: at[0].lower(), quote(s)),
    "html": html.escape,
    "shell": lambda s: shlex.join(["curl", "-H", s]),
    "base64": lambda s: base64.b64encode(s.encode()).decode(),
    "basic": lambda s: base64.b64encode(f"u:{s}".encode()).decode(),
    "basic 1": lambda s: base64.b64encode(f"us:{s}:x".encode()).decode(),
    "basic 2": lambda s: base64.urlsafe_b64encode(f"use:{s}".encode()).decode(),
    "hex": lambda s: s.encode().hex(),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("value", [TOKEN, "sk-Zz0123456789abcdef", "päss wörd/&<>?x"])
def test_a_secret_is_found_in_every_form(form, value):
    redacted = redactor(TOKEN=value).text(f"before {form(value)} after")
    assert "[secret:TOKEN]" in redacted
    assert redacted.startswith("before ")
    assert redacted.endswith(" after")
    assert form(value) not in redacted


def test_the_lines_of_a_key_are_secrets_too():
    indented = "\n".join(f"   | {line}" for line in PEM.splitlines())
    redacted = redactor(KEY=PEM).text(indented)
    assert "MIIBVg" not in redacted
    assert "AQEFAA" not in redacted
    assert "BEGIN KEY" in redacted


def test_short_values_are_found_where_they_stand_alone():
    redact = redactor(PIN="4321").text
    assert redact("pin 4321, 'x=4321' (4321)") == (
        "pin [secret:PIN], 'x=[secret:PIN]' ([secret:PIN])"
    )
    assert redact("1432156 a4321 4321b _4321") == "1432156 a4321 4321b _4321"


def test_the_longer_of_two_secrets_goes_first():
    redact = redactor(A="hunter", B="hunter22-and-more").text
    assert redact("hunter22-and-more hunter22") == "[secret:B] [secret:A]22"


def test_values_are_redacted_in_depth():
    redact = redactor(T="s3cr3t-value", N="12345678").value
    assert redact({"a s3cr3t-value": [("x s3cr3t-value", 1, None)], "n": [12345678, 7, True]}) == {
        "a [secret:T]": [("x [secret:T]", 1, None)],
        "n": ["[secret:N]", 7, True],
    }
    assert redact(b"\xff s3cr3t-value \xfe") == b"\xff [secret:T] \xfe"
    result = CliResult(stdout="s3cr3t-value", stderr="", exit_code=0, duration_ms=1.0)
    assert redact(result) == CliResult(stdout="[secret:T]", stderr="", exit_code=0, duration_ms=1.0)
    assert redact({"s3cr3t-value"}) == {"[secret:T]"}


def test_arguments_named_like_secrets_are_hidden():
    arguments = {
        "password": "x", "apiKey": "x", "API_KEY": ["x"], "auth-token": {"x": 1}, "user": "ann",
        "headers": {"Authorization": "Bearer x", "Accept": "*"}, "list": [{"cookie": "x"}],
        "max_tokens": 5, "token": "secret:TOKEN", "secret": None, "monkey": "x", "key": "x",
        "with_token": True,
    }  # fmt: skip
    assert Redactor().arguments(arguments) == {
        **arguments,
        "password": HIDDEN, "apiKey": HIDDEN, "API_KEY": HIDDEN, "auth-token": HIDDEN,
        "headers": {"Authorization": HIDDEN, "Accept": "*"}, "list": [{"cookie": HIDDEN}],
    }  # fmt: skip


SECRET = st.text(st.characters(exclude_categories=["Cs"]), min_size=6, max_size=40)
TEXT = st.text(max_size=40)
MARKER = "[secret:NAME]"


@given(SECRET, st.lists(TEXT, min_size=1, max_size=4), st.sampled_from([*FORMS.values()]))
@example("aaaaaa", ["a", "aa"], FORMS["as it is"])
def test_no_secret_survives_in_any_text(secret, pieces, form):
    assume(secret not in MARKER * 2 and not set(secret) & set("[]"))
    text = form(secret).join([*pieces, ""])
    redact = redactor(NAME=secret)
    assert form(secret) not in redact.text(text).replace(MARKER, "\0")
    assert form(secret).encode() not in redact.data(
        text.encode(errors="surrogateescape" if text.isascii() else "surrogatepass")
    ).replace(MARKER.encode(), b"\0")


@given(SECRET, st.text("xyz \n{}", max_size=80))
def test_text_without_a_secret_is_unchanged(secret, text):
    assume(len(set(secret)) > 2 and not set(secret) & set("xyz \n{}"))
    redact = redactor(NAME=secret)
    assert redact.text(text) == text
    assert redact.value({text: [text.encode(), 1]}) == {text: [text.encode(), 1]}


@given(
    st.dictionaries(
        st.text("ABC", min_size=1, max_size=3), st.text("ab1", min_size=1, max_size=9), max_size=3
    ),
    st.text("ab1 -", max_size=60),
    st.data(),
)
def test_output_in_pieces_is_redacted_as_a_whole(values, text, data):
    redact = redactor(**values)
    stream, pieces, at = redact.stream(), [], 0
    while at < len(text):
        size = data.draw(st.integers(1, 7))
        pieces.append(stream.feed(text[at : at + size]))
        at += size
    pieces.append(stream.close())
    assert "".join(pieces) == redact.text(text)


def test_a_stream_holds_back_only_what_may_be_a_secret():
    stream = redactor(T="s3cr3t-value").stream()
    assert stream.feed("hello s3cr") == "hello "
    assert stream.feed("3t") == ""
    assert stream.feed("-value and more") == "[secret:T] and more"
    assert stream.feed("s3cr") == ""
    assert stream.close() == "s3cr"


def test_a_secret_whose_end_may_begin_another_is_held_back():
    stream = redactor(A="xxabcdef", B="cdefgh").stream()
    assert stream.feed("x xxabcdef") == "x "
    assert stream.feed("gh cdefgh.") == "[secret:A]gh [secret:B]."
    assert stream.close() == ""


def test_n103_no_file_has_a_secret_in_it(tmp_path, write):
    """What is written goes through the redactor; the file of secrets is the only one with them."""
    file = write(f"T = {json.dumps(TOKEN)}")
    redact = Redactor(FileSecrets(file))
    out = tmp_path / "out.json"
    out.write_text(json.dumps(redact.value({"text": f"x{TOKEN}y", "data": str({"a": TOKEN})})))
    holders = [path for path in tmp_path.iterdir() if b"b\\\\c" in path.read_bytes()]
    assert holders == [file]
