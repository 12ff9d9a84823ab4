"""Setup: the server is added to the files of clients, and nothing of them is lost."""

import json
import stat
import tomllib

import pytest

from threadbook.errors import ConfigError
from threadbook.mcp_server.clients import CLIENTS
from threadbook.mcp_server.setup import command_line, plan

ARGUMENTS = ["mcp", "serve"]
IN_PROJECT = ("claude-code", "cursor", "vscode", "kiro", "opencode", "gemini")


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return tmp_path / "home"


@pytest.fixture
def project(tmp_path, home):
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


def planned(client, project, **options):
    return plan(client, project=project, arguments=ARGUMENTS, **options)


def entry_of(client, file):
    text = file.read_text()
    document = tomllib.loads(text) if CLIENTS[client].is_toml else json.loads(text)
    return document[CLIENTS[client].key]["threadbook"]


@pytest.mark.parametrize("client", CLIENTS)
def test_every_client_gets_a_file_that_starts_the_server(client, project, home):
    made = planned(client, project)
    assert made.write() is None
    assert made.file.is_relative_to(project if client in IN_PROJECT else home)
    entry = entry_of(client, made.file)
    words = entry["command"]
    words = words if isinstance(words, list) else [words, *entry["args"]]
    assert words == [*command_line(), *ARGUMENTS]
    assert stat.S_IMODE(made.file.stat().st_mode) == 0o600
    assert planned(client, project).diff == ""


def test_planning_writes_nothing(project, home):
    made = planned("claude-code", project)
    assert '+    "threadbook": {' in made.diff
    assert [*project.iterdir()] == []


def test_other_servers_and_settings_stay_and_the_file_before_is_kept(project):
    file = project / ".mcp.json"
    before = '{\n\t"other": [1.5, "ä"],\n\t"mcpServers": {"else": {"command": "x"}}\n}\n'
    file.write_text(before)
    file.chmod(0o640)
    made = planned("claude-code", project)
    kept = made.write()
    document = json.loads(file.read_text())
    assert document["other"] == [1.5, "ä"]
    assert document["mcpServers"]["else"] == {"command": "x"}
    assert "\n\t" in file.read_text()
    assert kept.read_text() == before
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert {path.name for path in project.iterdir()} == {".mcp.json", kept.name}


def test_another_entry_of_our_name_is_replaced_by_force_only(project):
    file = project / ".mcp.json"
    file.write_text('{"mcpServers": {"threadbook": {"command": "mine"}}}')
    with pytest.raises(ConfigError, match="another entry"):
        planned("claude-code", project)
    made = planned("claude-code", project, force=True)
    first = made.write()
    assert entry_of("claude-code", file)["args"] == ARGUMENTS
    file.write_text(first.read_text())
    assert planned("claude-code", project, force=True).write() != first


@pytest.mark.parametrize(
    "text",
    [
        '{\n  // a comment\n  "mcpServers": {}\n}',
        '{"mcpServers": {},}',
        '{"mcpServers": {}, "mcpServers": {"a": {}}}',
        '{"x": NaN}',
        "[1]",
        '{"mcpServers": []}',
        "not json",
        "[" * 100_000,
    ],
)
def test_what_would_lose_something_is_refused_and_left_alone(project, text):
    file = project / ".mcp.json"
    file.write_text(text)
    with pytest.raises(ConfigError):
        planned("claude-code", project, force=True)
    assert file.read_text() == text


def test_a_file_that_is_no_text_is_refused(project):
    (project / ".mcp.json").write_bytes(b"\xff\xfe{}")
    with pytest.raises(ConfigError, match="cannot be read"):
        planned("claude-code", project)


def test_a_file_that_changes_meanwhile_is_not_overwritten(project):
    made = planned("claude-code", project)
    (project / ".mcp.json").write_text("{}")
    with pytest.raises(ConfigError, match="meanwhile"):
        made.write()
    assert (project / ".mcp.json").read_text() == "{}"


def test_a_link_stays_a_link(project, tmp_path):
    real = tmp_path / "real.json"
    real.write_text("{}")
    (project / ".mcp.json").symlink_to(real)
    planned("claude-code", project).write()
    assert (project / ".mcp.json").is_symlink()
    assert entry_of("claude-code", real)


def test_comments_of_toml_survive(project, home):
    file = home / ".codex" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text('# mine\nmodel = "x"\n\n[mcp_servers.other]\ncommand = "y"')
    planned("codex", project).write()
    text = file.read_text()
    assert text.startswith("# mine\n")
    assert tomllib.loads(text)["mcp_servers"]["other"] == {"command": "y"}
    assert entry_of("codex", file)["args"] == ARGUMENTS


@pytest.mark.parametrize(
    "text",
    [
        '[mcp_servers.threadbook]\ncommand = "mine"\n',
        "mcp_servers = {}\n",
        "mcp_servers = 1\n",
        "[",
    ],
)
def test_toml_that_cannot_be_added_to_is_left_alone(project, home, text):
    file = home / ".codex" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    with pytest.raises(ConfigError):
        planned("codex", project, force=True)
    assert file.read_text() == text


def test_xdg_is_followed(project, tmp_path, monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    made = planned("claude-desktop", project)
    assert made.file == tmp_path / "xdg" / "Claude" / "claude_desktop_config.json"


def test_a_client_that_is_not_known_is_refused(project):
    with pytest.raises(ConfigError, match="no client is called 'emacs'"):
        planned("emacs", project)


def test_n103_a_password_does_not_get_into_the_file(place):
    url = "postgres://me:hunter2@localhost/db"
    done = place.command("mcp", "setup", "claude-code", "--write", "--store", url, check=2)
    assert "hunter2" not in done.stdout + done.stderr
    assert not (place.folder / ".mcp.json").exists()


def test_the_command_shows_the_change_and_writes_when_told(place):
    shown = place.command("mcp", "setup", "claude-code", "--compact").stdout
    assert "--write" in shown
    assert not (place.folder / ".mcp.json").exists()
    place.command("mcp", "setup", "claude-code", "--compact", "--write")
    assert entry_of("claude-code", place.folder / ".mcp.json")["args"] == [*ARGUMENTS, "--compact"]
