"""Command-line programs as tools: real programs, which write down how they were called."""

import asyncio
import json
import os
import shlex
import sys
import textwrap
from pathlib import Path

import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from threadbook.errors import (
    ToolArgumentError,
    ToolCallError,
    ToolDefinitionError,
    ToolTimeout,
)
from threadbook.tools.adapters.cli import load_cli
from threadbook.tools.adapters.cli_description import read_cli
from threadbook.tools.arguments import validate
from threadbook.tools.documents import read_yaml
from threadbook.tools.loading import load_tools

ENVIRON = {"PATH": os.environ["PATH"], "HOME": "/nowhere", "LANG": "C.UTF-8", "NOT_OURS": "x"}
ECHO = "import json, sys; json.dump(sys.argv[1:], sys.stdout)"
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)


@pytest.fixture
def load(tmp_path):
    """Return a function that loads a description, of a file in `tmp_path`."""

    def load(text):
        path = tmp_path / "tool.yaml"
        path.write_text(textwrap.dedent(text))
        return load_cli(path, read_yaml(path), environ=ENVIRON)

    return load


@pytest.fixture
def program(tmp_path):
    """Return a function that writes a program and returns its path."""

    def program(source, name="program"):
        path = tmp_path / name
        path.write_text(f"#!{sys.executable}\n{textwrap.dedent(source)}")
        path.chmod(0o755)
        return path

    return program


@pytest.fixture
def stubborn(tmp_path):
    """Return a function that writes a program whose child does not end when it is asked to."""

    def stubborn():
        path = tmp_path / "program"
        path.write_text(STUBBORN)
        path.chmod(0o755)

    return stubborn


@pytest.fixture
def run(load, program, calls):
    """Return a function that runs Python source as a tool and returns its result."""

    async def run(source, keys="", *, arguments=None, timeout=30):
        program(source)
        adapter = load(f"name: t\ncommand: ./program\n{keys}")
        try:
            return await adapter.call("t", "t", arguments or {}, calls.context(timeout))
        finally:
            await adapter.close()

    return run


def group_of(path):
    """Return the processes of the group that a program noted in a file."""
    group = int(path.read_text())
    found = []
    for process in psutil.process_iter():
        try:
            if os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (ProcessLookupError, psutil.NoSuchProcess):
            continue
    return found


def argv_of(adapter, name="t", **arguments):
    return shlex.split(adapter.preview("t", name, arguments))[1:]


ALL = """
    name: t
    command: git
    schema:
      options:
        all: {type: boolean}
        max-count: {type: integer, short: n, description: how many}
        author: {type: string}
        grep: {type: array}
      positional:
        - {name: revision, required: true}
        - {name: paths, type: array}
"""


def test_options_come_first_in_the_order_of_the_schema(load):
    argv = argv_of(
        load(ALL), paths=["a", "b"], revision="HEAD", grep=["x", "y"], all=True, max_count=3
    )
    assert argv == ["--all", "-n", "3", "--grep", "x", "--grep", "y", "--", "HEAD", "a", "b"]


def test_n33_a_positional_never_becomes_an_option(load):
    for text in ("-n", "--output=x", "-", "--"):
        assert argv_of(load(ALL), revision=text) == ["--", text]


def test_n33_without_end_of_options_a_dash_is_refused(load):
    adapter = load(ALL + "    end_of_options: false\n")
    assert argv_of(adapter, revision="HEAD") == ["HEAD"]
    for arguments in ({"revision": "-n"}, {"revision": "a", "paths": ["b", "--output=x"]}):
        with pytest.raises(ToolArgumentError, match="taken for an option"):
            argv_of(adapter, **arguments)


def test_a_value_that_begins_with_a_dash_is_joined_to_its_option(load):
    argv = argv_of(load(ALL), revision="x", author="--all", max_count=-1, grep=["-e", "f"])
    assert argv == ["--max-count=-1", "--author=--all", "--grep=-e", "--grep", "f", "--", "x"]


def test_n45_an_explicit_none_leaves_out_what_has_a_default(load):
    adapter = load("name: t\nschema: {options: {depth: {type: integer, default: 3}}}\n")
    assert argv_of(adapter) == ["--depth", "3"]
    assert argv_of(adapter, depth=None) == []
    validate(adapter.tools()[0].callables[0], {"depth": None}, operation="tools.t")


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"revision": None},
        {"revision": "a\0b"},
        {"revision": "\ud800"},
        {"revision": 1},
        {"revision": "a", "all": "yes"},
        {"revision": "a", "max_count": True},
        {"revision": "a", "max_count": 1.5},
        {"revision": "a", "grep": "x"},
        {"revision": "a", "grep": [None]},
        {"revision": "a", "max_count": 10**5000},
    ],
)
def test_arguments_that_cannot_be_passed_are_refused(load, arguments):
    with pytest.raises(ToolArgumentError):
        argv_of(load(ALL), **arguments)


def test_n34_an_unknown_parameter_is_refused(load):
    with pytest.raises(ToolArgumentError, match="revison"):
        argv_of(load(ALL), revison="HEAD")


def test_a_positional_behind_one_that_is_left_out_is_refused(load):
    adapter = load("name: t\nschema: {positional: [{name: a}, {name: b}]}\n")
    assert argv_of(adapter, a="1", b="2") == ["--", "1", "2"]
    with pytest.raises(ToolArgumentError, match="give a"):
        argv_of(adapter, b="2")


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(positional=TEXT, option=TEXT, items=st.lists(TEXT, max_size=3))
def test_any_text_arrives_byte_for_byte(tmp_path, calls, positional, option, items):
    data = {
        "name": "t",
        "command": [sys.executable, "-c", ECHO],
        "output": "json",
        "schema": {
            "options": {"o": {}, "many": {"type": "array"}},
            "positional": [{"name": "p", "required": True}],
        },
    }
    adapter = load_cli(tmp_path / "t.yaml", data, environ=ENVIRON)
    arguments = {"p": positional, "o": option, "many": items}
    argv = asyncio.run(adapter.call("t", "t", arguments, calls.context())).value
    assert argv[-2:] == ["--", positional]
    received = []
    rest = argv[:-2]
    while rest:
        flag, mark, value = rest.pop(0).partition("=")
        received.append((flag, value if mark else rest.pop(0)))
    assert received == [("--o", option), *(("--many", item) for item in items)]


RECIPES = """
    name: curl
    type: cli
    command: curl
    description: transfers data
    timeout: 60
    tags: [net, web]
    effect: read
    schema:
      options:
        silent: {type: boolean, short: s}
        request: {type: string, short: X, default: GET}
        max-time: {type: integer}
      positional:
        - {name: url, type: string, required: true, description: where}
    recipes:
      get:
        description: reads a page
        preset: {silent: true, max-time: 10}
        params: {url: , max-time: {default: 20}}
      head:
        preset: {request: HEAD}
        params: {url: {default: "http://x"}, request: {}}
      delete-it:
        preset: {request: DELETE}
        effect: destructive
        domain: ops
        timeout: 5
        params: {url: }
"""


def test_recipes_are_callables(load):
    (tool,) = load(RECIPES).tools()
    assert (tool.name, tool.adapter, tool.description) == ("curl", "cli", "transfers data")
    assert tool.main is None
    get, head, delete = tool.callables
    assert (get.name, get.description, get.effect, get.timeout) == (
        "get", "reads a page", "read", 60,
    )  # fmt: skip
    assert [(p.name, p.wire_name, p.required, p.default) for p in get.parameters] == [
        ("url", "", True, None),
        ("max_time", "max-time", False, 20),
    ]
    assert [(p.name, p.default) for p in head.parameters] == [
        ("url", "http://x"),
        ("request", "HEAD"),
    ]
    assert (delete.name, delete.wire_name) == ("delete_it", "delete-it")
    assert (delete.effect, delete.domain, delete.timeout) == ("destructive", "ops", 5)


def test_precedence_is_caller_then_default_then_preset_then_schema(load):
    adapter = load(RECIPES)
    assert argv_of(adapter, "get", url="u") == ["-s", "-X", "GET", "--max-time", "20", "--", "u"]
    assert argv_of(adapter, "get", url="u", max_time=1)[3:] == ["--max-time", "1", "--", "u"]
    assert argv_of(adapter, "head") == ["-X", "HEAD", "--", "http://x"]
    assert argv_of(adapter, "head", request=None) == ["--", "http://x"]
    assert argv_of(adapter, "delete_it", url="u") == ["-X", "DELETE", "--", "u"]


def test_n37_tags_are_kept(load):
    assert load(RECIPES).tools()[0].tags == ("net", "web")


BAD = {
    "tmeout: 3": "tmeout: is no key.*timeout",
    "timeout: -1": "timeout",
    "timeout: soon": "timeout",
    "command: git log": r"command: 'git log' is not one word.*\['git', 'log'\]",
    "effect: bad": "effect",
    "output: xml": "output",
    "max_output_bytes: 0": "max_output_bytes",
    "env: {A-B: x}": "env.A-B",
    "env: {A: 1.5}": "env",
    "env: {A: '${'}": "env.A",
    "env: {A: 'secret:'}": "env.A",
    "tags: net": "tags",
    "schema: {options: {--all: {}}}": "schema.options.--all",
    "schema: {options: {a: {type: text}}}": "schema.options.a.type",
    "schema: {options: {a: {typ: string}}}": "schema.options.a.typ: .*did you mean type",
    "schema: {options: {a: {short: '-a'}}}": "schema.options.a.short",
    "schema: {options: {a: {type: integer, default: x}}}": "schema.options.a.default",
    "schema: {options: {a: {default: 2024-01-01}}}": "schema.options.a.default.*quotes",
    "schema: {options: {a-b: {}, a_b: {}}}": "a_b",
    "schema: {options: {a: {}}, positional: [{name: a}]}": "schema.positional.0.name",
    "schema: {positional: [{type: string}]}": "schema.positional.0",
    "schema: {positional: [{name: a}, {name: b, required: true}]}": "positional.1.required",
    "schema: [a]": "schema",
    "recipes: {r: {params: {url: }}}": "recipes.r.params.url: is no option",
    "recipes: {r: {preset: {url: x}}}": "recipes.r.preset.url",
    "schema: {options: {a: {required: true}}}\nrecipes: {r: {}}": "recipes.r: gives no value to a",
    "schema: {options: {a: {}}}\nrecipes: {r: {params: {a: {type: integer}}}}": "params.a.type",
    "schema: {options: {a: {}}}\nrecipes: {r: {preset: {a: [1]}}}": "recipes.r.preset.a",
    "recipes: {a-b: {}, a_b: {}}": "a_b",
}


@pytest.mark.parametrize(("keys", "named"), BAD.items())
def test_what_is_wrong_is_named_by_its_key(load, keys, named):
    with pytest.raises(ToolDefinitionError, match=f"(?s)tool.yaml: .*{named}"):
        load(f"name: t\n{keys}\n")


def test_n38_a_broken_file_is_a_problem_with_its_line_and_hides_no_other(tmp_path):
    (tmp_path / "bad.yaml").write_text("name: bad\ncommand: git\ntmeout: 3\n")
    (tmp_path / "deep.yaml").write_text("name: d\nschema:\n  options:\n    a: {typ: x}\n")
    (tmp_path / "good.yaml").write_text("name: good\n")
    registry = load_tools([tmp_path], environ=ENVIRON)
    problems = {problem.name: problem for problem in registry.problems}
    assert problems.keys() == {"bad", "deep"}
    assert (problems["bad"].line, problems["deep"].line) == (3, 4)
    assert "did you mean timeout" in problems["bad"].reason
    assert registry.get("good", None)[0].name == "good"


def test_a_description_that_holds_itself_is_refused(tmp_path):
    endless = {}
    endless["a"] = endless
    with pytest.raises(ToolDefinitionError, match="holds itself"):
        load_cli(tmp_path / "t.yaml", {"name": "t", "schema": endless})
    bomb = ["x"]
    for _ in range(30):
        bomb = [bomb] * 10
    with pytest.raises(ToolDefinitionError, match="values"):
        load_cli(tmp_path / "t.yaml", {"name": "t", "tags": bomb})


def test_n46_the_hash_covers_what_a_call_does_and_only_that(load):
    def hash_of(text):
        return load(text).tools()[0].callables[0].definition_hash

    same = hash_of(RECIPES)
    assert hash_of(RECIPES.replace("reads a page", "gets").replace("[net, web]", "[]")) == same
    changes = [
        ("command: curl", "command: wget"),
        ("short: X", "short: Y"),
        ("silent: true", "silent: false"),
        ("default: 20", "default: 21"),
        ("effect: read", "effect: read\n    cwd: /tmp"),
        ("effect: read", "effect: read\n    env: {A: b}"),
        ("effect: read", "effect: read\n    env: {A: 'secret:b'}"),
        ("effect: read", "effect: read\n    end_of_options: false"),
    ]
    hashes = {hash_of(RECIPES.replace(*change)) for change in changes}
    assert len(hashes | {same}) == len(changes) + 1


SPEAKS = """
    import sys, time, pathlib
    print("out", flush=True)
    print("err", file=sys.stderr, flush=True)
    while not pathlib.Path("seen").exists(): time.sleep(0.01)
    print("more")
    sys.exit(3)
"""


async def test_n36_stdout_stderr_and_exit_code_arrive_and_output_streams(
    load, program, calls, happens, tmp_path
):
    program(SPEAKS)
    adapter = load("name: t\ncommand: ./program\ncwd: .\ncheck: false\n")
    call = asyncio.create_task(adapter.call("t", "t", {}, calls.context()))
    await happens(
        lambda: (calls.reported("stdout"), calls.reported("stderr")) == ("out\n", "err\n")
    )
    assert not call.done()  # the program goes on when what it said so far was seen
    (tmp_path / "seen").touch()
    result = await call
    assert (result.stdout, result.stderr, result.exit_code) == ("out\nmore\n", "err\n", 3)
    assert not result.is_ok
    assert result.duration_ms > 0
    assert calls.reported("stdout") == "out\nmore\n"


async def test_a_failure_is_an_error_with_the_end_of_what_was_said(run):
    source = "import sys; sys.stderr.write('x' * 9000 + 'the end'); sys.exit(3)"
    with pytest.raises(ToolCallError, match="exit code 3") as caught:
        await run(source)
    assert caught.value.message.endswith("the end")
    assert len(caught.value.message) < 3000


async def test_a_signal_is_named(run):
    with pytest.raises(ToolCallError, match="SIGABRT"):
        await run("import os; os.abort()")


async def test_output_is_decoded_across_pieces_and_broken_text_is_replaced(run, calls):
    source = r"""
        import os, time
        for byte in "é€😀".encode() + b"\xff\xe2": os.write(1, bytes([byte]))
    """
    result = await run(source)
    assert result.stdout == "é€😀\ufffd\ufffd" == calls.reported("stdout")


async def test_json_and_lines_are_values(run):
    result = await run("print('{\"a\": [1, null]}')", "output: json")
    assert result.value == {"a": [1, None]}
    assert (await run("print('a\\r\\n\\nb c')", "output: lines")).value == ["a", "", "b c"]
    assert (await run("", "output: lines")).value == []
    for text in ("not json", "", "NaN", "[" * 100_000):
        with pytest.raises(ToolCallError, match="no JSON"):
            await run(f"print({text!r})", "output: json")


async def test_output_beyond_the_limit_is_cut_and_the_command_finishes(run, calls, tmp_path):
    source = f"""
        import sys, pathlib
        sys.stdout.write("a" * 3_000_000)
        sys.stdout.flush()
        pathlib.Path({str(tmp_path / "done")!r}).touch()
    """
    result = await run(source, "max_output_bytes: 1000")
    assert result.stdout.startswith("a" * 1000 + "\n[cut after 1000 bytes; 2999000 more")
    assert len(result.stdout) < 1100
    assert calls.reported("stdout") == result.stdout
    assert (tmp_path / "done").exists()
    with pytest.raises(ToolCallError, match="raise max_output_bytes"):
        await run("print('[' + '1,' * 1000 + '1]')", "max_output_bytes: 1000\noutput: json")


async def test_stdin_is_empty_and_the_environment_is_minimal(run, calls):
    calls.secrets = {"REGION": "eu-north", "TOKEN": "s3cr3t-value"}
    source = """
        import json, os, sys
        print(json.dumps([sys.stdin.read(), dict(os.environ)]))
    """
    env = "env: {PLAIN: a b, PORT: 80, WHERE: 'in ${REGION}', KEY: 'secret:TOKEN'}\noutput: json\n"
    stdin, environ = (await run(source, env)).value
    environ.pop("LC_CTYPE", None)  # Python sets it
    assert stdin == ""
    assert environ == {
        "PATH": ENVIRON["PATH"],
        "HOME": "/nowhere",
        "LANG": "C.UTF-8",
        "PLAIN": "a b",
        "PORT": "80",
        "WHERE": "in [secret:REGION]",
        "KEY": "[secret:TOKEN]",
    }


async def test_n39_secrets_are_fetched_for_the_call_and_seen_by_the_program_only(
    load, program, calls, tmp_path
):
    program("""
        import os, pathlib, sys, time
        pathlib.Path("got").write_text(os.environ["KEY"])
        for char in os.environ["KEY"]: os.write(1, char.encode()); time.sleep(0.001)
        sys.stderr.write(os.environ["KEY"])
        sys.exit(1)
    """)
    adapter = load("name: t\ncommand: ./program\ncwd: .\nenv: {KEY: 'secret:TOKEN'}\n")
    (known,) = adapter.tools()[0].callables
    assert known.environment == ("KEY", "TOKEN")
    with pytest.raises(ToolCallError, match="no secret TOKEN"):
        await adapter.call("t", "t", {}, calls.context())
    assert not (tmp_path / "got").exists()
    calls.secrets["TOKEN"] = "s3cr3t-value"
    assert calls.fetched == ["TOKEN"]
    with pytest.raises(ToolCallError) as caught:
        await adapter.call("t", "t", {}, calls.context())
    assert (tmp_path / "got").read_text() == "s3cr3t-value"
    seen = str(caught.value) + str(calls.reports) + repr(adapter.tools())
    assert "s3cr3t" not in seen + calls.reported("stdout") + calls.reported("stderr")


async def test_a_program_that_is_not_there_is_an_error_of_the_call(load, calls):
    adapter = load("name: t\ncommand: no-such-program-here\n")
    with pytest.raises(ToolCallError, match="no program no-such-program-here.*install it"):
        await adapter.call("t", "t", {}, calls.context())


async def test_what_cannot_be_started_is_said(load, program, calls, tmp_path):
    program("")
    adapter = load("name: t\ncommand: ./program\ncwd: missing\n")
    with pytest.raises(ToolCallError, match="missing, which is no folder"):
        await adapter.call("t", "t", {}, calls.context())
    (tmp_path / "program").write_bytes(b"\x7fELF nonsense")
    adapter = load("name: t\ncommand: ./program\nschema: {positional: [{name: p}]}\n")
    with pytest.raises(ToolCallError, match="could not be started"):
        await adapter.call("t", "t", {}, calls.context())
    program("")
    with pytest.raises(ToolArgumentError, match="longer than the system allows"):
        await adapter.call("t", "t", {"p": "x" * 4_000_000}, calls.context())


STUBBORN = """#!/bin/sh
[ "$2" = deaf ] && trap '' TERM
(trap '' TERM; echo > child; exec sleep 600) &
while [ ! -e child ]; do sleep 0.01; done
printf begun
echo $$ > draft
mv draft group
[ "$2" = leave ] || sleep 600
"""
MODES = "name: t\ncommand: ./program\ncwd: .\nschema: {positional: [{name: mode}]}\n"


async def test_a_timeout_leaves_no_process_and_holds_what_was_said(
    load, stubborn, calls, happens, tmp_path
):
    stubborn()
    adapter = load(MODES)
    with pytest.raises(ToolTimeout, match=r"did not end within 2 s(?s:.)*begun"):
        await adapter.call("t", "t", {"mode": "deaf"}, calls.context(timeout=2))
    await happens(lambda: not group_of(tmp_path / "group"))
    assert calls.reported("stdout") == "begun"


async def test_the_timeout_of_a_description_holds_as_well(run):
    with pytest.raises(ToolTimeout, match="within 0.2 s"):
        await run("import time; time.sleep(600)", "timeout: 0.2", timeout=None)


@pytest.mark.parametrize("mode", ["polite", "deaf"])
async def test_cancelling_leaves_no_process(load, stubborn, calls, happens, tmp_path, mode):
    stubborn()
    adapter = load(MODES)
    call = asyncio.create_task(adapter.call("t", "t", {"mode": mode}, calls.context()))
    await happens((tmp_path / "group").exists)
    assert len(group_of(tmp_path / "group")) >= 2
    call.cancel()
    await asyncio.sleep(0)
    call.cancel()  # a second one changes nothing: the group is waited for
    with pytest.raises(asyncio.CancelledError):
        await call
    leader = int((tmp_path / "group").read_text())
    assert not psutil.pid_exists(leader)
    await happens(lambda: not group_of(tmp_path / "group"))


async def test_cancelling_at_once_leaves_no_process(load, program, calls, happens):
    path = program("import time; time.sleep(600)")
    adapter = load(MODES)
    for turns in range(8):
        call = asyncio.create_task(adapter.call("t", "t", {}, calls.context()))
        for _ in range(turns):
            await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

    def running():
        lines = [p.info["cmdline"] or [] for p in psutil.process_iter(["cmdline"])]
        return [line for line in lines if str(path) in line]

    await happens(lambda: not running())


async def test_what_a_command_leaves_behind_is_ended_with_it(
    load, stubborn, calls, happens, tmp_path
):
    stubborn()
    result = await load(MODES).call("t", "t", {"mode": "leave"}, calls.context())
    assert (result.stdout, result.exit_code) == ("begun", 0)
    await happens(lambda: not group_of(tmp_path / "group"))


async def test_closing_ends_what_runs(load, stubborn, calls, happens, tmp_path):
    stubborn()
    adapter = load(MODES)
    call = asyncio.create_task(adapter.call("t", "t", {}, calls.context()))
    await happens((tmp_path / "group").exists)
    await adapter.close()
    with pytest.raises(ToolCallError, match="adapter was closed"):
        await call
    await happens(lambda: not group_of(tmp_path / "group"))


async def test_many_commands_run_at_once(load, program, calls, tmp_path):
    program("""
        import pathlib, sys, time
        pathlib.Path(f"here{sys.argv[-1]}").touch()
        while len(list(pathlib.Path().glob("here*"))) < 8: time.sleep(0.01)
        print(sys.argv[-1])
    """)
    adapter = load(MODES)
    results = await asyncio.gather(
        *(adapter.call("t", "t", {"mode": str(n)}, calls.context()) for n in range(8))
    )
    assert [result.stdout for result in results] == [f"{n}\n" for n in range(8)]


def test_a_description_is_plain_data_in_what_is_known(load):
    known = load(ALL).tools()[0].callables[0]
    assert json.loads(json.dumps([one.schema for one in known.parameters]))
    assert [one.type for one in known.parameters] == [
        "str", "bool | None", "int | None", "str | None", "list[str] | None", "list[str] | None",
    ]  # fmt: skip


def test_paths_begin_at_the_file(tmp_path):
    data = {"name": "t", "cwd": "sub", "command": "./x"}
    described = read_cli(Path(tmp_path / "t.yaml"), data)
    assert (described.folder, described.cwd) == (tmp_path, str(tmp_path / "sub"))
