"""Help: every command and option is explained."""

import importlib

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from threadbook.cli.app import _MODULES, FAMILIES, app


def every_command(name):
    """Yield the command of a family, and its own commands, with their paths."""
    module = importlib.import_module(f"threadbook.cli.{_MODULES.get(name, name)}")
    command = get_command(module.app)
    children = getattr(command, "commands", {})
    if name in children:
        yield name, children[name]
        return
    yield name, command
    for child in children:
        yield f"{name} {child}", children[child]


PATHS = [path for name in FAMILIES for path, _ in every_command(name)]


@pytest.mark.parametrize("path", PATHS)
def test_every_option_and_argument_says_what_it_is_for(path):
    command = dict(every_command(path.split(maxsplit=1)[0]))[path]
    assert command.help
    for parameter in command.params:
        assert getattr(parameter, "help", None), parameter.name


@pytest.mark.parametrize("path", PATHS)
def test_the_help_of_every_command_can_be_shown(path):
    done = CliRunner().invoke(app, [*path.split(), "--help"], prog_name="threadbook")
    assert done.exit_code == 0
    assert done.stdout.startswith(f"Usage: threadbook {path} ")
    assert done.stderr == ""


@pytest.mark.parametrize("words", [(), ("thread",), ("kernel",)])
def test_a_command_that_needs_another_shows_its_help(threadbook, words):
    done = threadbook(*words, check=2)
    assert "Commands:" in done.stdout + done.stderr


@pytest.mark.parametrize("words", [("thread", "nonsense"), ("run", "--nonsense"), ("run",)])
def test_wrong_words_are_a_usage_error(words):
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 2
    assert "Usage:" in done.stderr
