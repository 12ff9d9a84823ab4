"""Settings: where records go and in whose name, read from the environment."""

from pathlib import Path

import pytest

from threadbook.config import Settings, store_url
from threadbook.errors import ConfigError, IdentityError

COMPLETE = {
    "THREADBOOK_STORE": "sqlite:////data/records.db",
    "THREADBOOK_KEY": "/keys/own.pem",
    "THREADBOOK_ACTOR": "did:sync:user:ann",
    "THREADBOOK_THREAD": "th_named",
    "THREADBOOK_OUTBOX": "/data/outbox",
    "THREADBOOK_EXECUTOR": "test",
    "THREADBOOK_TOOLS": "/etc/tools:/etc/mcp.json",
    "THREADBOOK_POLICY": "/etc/policy.toml",
    "THREADBOOK_SECRETS": "/etc/secrets.toml",
    "THREADBOOK_WORKSPACE": "birds",
    "THREADBOOK_RUNTIME_DEPS": "0",
    "THREADBOOK_BROKER": "/tmp/broker",
}


def test_all_comes_from_the_environment_and_goes_back_to_it():
    settings = Settings.from_environ(COMPLETE)
    assert settings == Settings(
        store="sqlite:////data/records.db",
        key=Path("/keys/own.pem"),
        outbox=Path("/data/outbox"),
        actor="did:sync:user:ann",
        thread="th_named",
        executor="test",
        tools=(Path("/etc/tools"), Path("/etc/mcp.json")),
        policy=Path("/etc/policy.toml"),
        secrets=Path("/etc/secrets.toml"),
        workspace="birds",
        runtime_deps=False,
        broker=Path("/tmp/broker"),
    )
    assert settings.as_environ() == COMPLETE


@pytest.mark.parametrize("environ", [{}, dict.fromkeys(COMPLETE, "")], ids=["absent", "empty"])
def test_what_is_absent_or_empty_has_a_default_in_the_data_folder(monkeypatch, tmp_path, environ):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    settings = Settings.from_environ(environ)
    paths = [Path(settings.store.removeprefix("sqlite:///")), settings.key, settings.outbox]
    assert all(path.is_relative_to(tmp_path) for path in paths)
    assert len({*paths}) == 3
    assert (settings.actor, settings.thread, settings.executor) == (None, None, "jupyter")
    assert Settings.from_environ(settings.as_environ()) == settings
    assert list(tmp_path.iterdir()) == []


def test_paths_may_start_in_the_home_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    settings = Settings.from_environ({"THREADBOOK_KEY": "~/k.pem", "THREADBOOK_OUTBOX": "~/o"})
    assert (settings.key, settings.outbox) == (tmp_path / "k.pem", tmp_path / "o")


def test_the_actor_is_the_key_unless_a_name_is_set(tmp_path):
    by_key = Settings.from_environ({"THREADBOOK_KEY": str(tmp_path / "k.pem")})
    assert by_key.identity().can_sign
    assert by_key.identity().actor_did == by_key.identity().actor_did
    named = Settings.from_environ({"THREADBOOK_ACTOR": "did:sync:user:ann"})
    assert not named.identity().can_sign
    with pytest.raises(IdentityError):
        Settings.from_environ({"THREADBOOK_ACTOR": "did:key:z6Mk"}).identity()


def test_each_store_has_an_outbox_of_its_own():
    files = {
        Settings.from_environ({"THREADBOOK_STORE": store}).outbox_file()
        for store in ("sqlite:////a.db", "sqlite:////b.db")
    }
    assert len(files) == 2
    assert len({file.parent for file in files}) == 1


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("/data/x.db", "sqlite:////data/x.db"),
        ("x.db", "sqlite:///{cwd}/x.db"),
        ("~/x.db", "sqlite:///{cwd}/x.db"),
        ("sqlite:///x.db", "sqlite:///{cwd}/x.db"),
        ("sqlite:////data/x.db", "sqlite:////data/x.db"),
        ("memory:", "memory:"),
        ("postgresql://host/db", "postgresql://host/db"),
    ],
)
def test_a_path_is_meant_as_an_sqlite_file_wherever_one_stands(monkeypatch, tmp_path, text, url):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert store_url(text) == url.format(cwd=tmp_path)


def test_an_empty_store_is_no_store():
    with pytest.raises(ConfigError, match="empty"):
        store_url("")
