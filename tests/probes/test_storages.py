"""Storages: what agents share and what they do not, what lasts, and what is written nowhere."""

import asyncio
import base64
import json
import os
import sys
from contextlib import AsyncExitStack

import nbformat
import papermill
import pytest
import pytest_asyncio
from nbclient import NotebookClient

from threadbook import FileStorage, PostgresStorage, RedisStorage, Session, errors
from threadbook.errors import ConfigError, ThreadbookError, ToolError
from threadbook.log.verify import verify
from threadbook.records.bodies import ArtifactLoad, CellStart

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECRET = "t0k3n-9d2c-51fe"
MARKER = "visible-marker-7781"
FUNCTIONS = '''
import tomllib
from pathlib import Path
from typing import Any

from threadbook import errors, tool


@tool(effect="read")
def mirror(value: Any) -> Any:
    """Return the value."""
    return value


@tool(effect="read")
def spill(path: str, how: str) -> Any:
    """Return a secret in one way or another."""
    secret = tomllib.loads(Path(path).read_text())["TOKEN"]
    match how:
        case "nested":
            return {"a": [secret, secret.encode(), {secret: 1}]}
        case "large":
            return f"{'x' * 100_000}{secret}{'y' * 100_000}"
        case _:
            raise ValueError(f"no: {secret}")


@tool(effect="read")
def fail(name: str) -> None:
    """Raise a public error."""
    raise getattr(errors, name)(f"said by {name}", remedy="do so")
'''
LEAK = f"""
import os, sys
for stream in (sys.stdout, sys.stderr):
    print("{MARKER}", file=stream)
    for char in os.environ["TOKEN"]:
        print(char, end="", file=stream, flush=True)
sys.exit(int(sys.argv[1]))
"""
CLI = """
type: cli
name: leak
command: {command}
effect: read
end_of_options: false
env: {{TOKEN: "Bearer ${{TOKEN}}"}}
schema:
  positional: [{{name: code, required: true}}]
"""
CAUGHT = """
def caught(call):
    try:
        return call()
    except Exception as error:
        return type(error).__name__, str(error)
"""


@pytest.fixture(scope="module")
def more_environ(tmp_path_factory):
    folder = tmp_path_factory.mktemp("toolbox")
    tools, secrets = folder / "tools", folder / "secrets.toml"
    tools.mkdir()
    (tools / "functions.py").write_text(FUNCTIONS)
    (tools / "_leak.py").write_text(LEAK)
    (tools / "leak.yaml").write_text(CLI.format(command=[sys.executable, str(tools / "_leak.py")]))
    secrets.touch(mode=0o600)
    secrets.write_text(f'TOKEN = "{SECRET}"')
    return {"THREADBOOK_TOOLS": str(tools), "THREADBOOK_SECRETS": str(secrets)}


AGENT = """
import asyncio, json, sys
from pathlib import PosixPath
from threadbook import FileStorage, PostgresStorage, RedisStorage, Session

async def main():
    async with Session(storage=eval(sys.argv[1])) as session:
        while line := await asyncio.to_thread(sys.stdin.readline):
            result = await session.run(json.loads(line))
            print(json.dumps([result.value, str(result.error)]), flush=True)

asyncio.run(main())
"""


class Agent:
    """Another program with a session on a storage, and an identity of its own."""

    @classmethod
    async def start(cls, storage, key):
        agent = cls()
        agent.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", AGENT, repr(storage)),
            env={**os.environ, "THREADBOOK_KEY": str(key)},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        return agent

    async def run(self, code):
        self.process.stdin.write(json.dumps(code).encode() + b"\n")
        value, error = json.loads(await self.process.stdout.readline())
        assert error == "None", error
        return value

    async def close(self):
        self.process.stdin.close()
        assert await self.process.wait() == 0


@pytest.fixture(params=["file", "redis", "postgres"])
def storage(request, tmp_path, redis_server, postgres_server):
    """Return a function that makes storages on one disk or server, by name and workspace."""
    url, _, base = redis_server.url().partition("?prefix=")  # no test has used this prefix
    server, _, schema = postgres_server.url().partition("&schema=")
    return {
        "file": lambda name, workspace: FileStorage(tmp_path / name, workspace),
        "redis": lambda name, workspace: RedisStorage(url, f"{base}-{name}", workspace),
        "postgres": lambda name, workspace: PostgresStorage(server, f"{schema}_{name}", workspace),
    }[request.param]


@pytest_asyncio.fixture(loop_scope="module")
async def open_agent(tmp_path):
    async with AsyncExitStack() as stack:

        async def open_(storage):
            agent = await Agent.start(storage, tmp_path / "agent.pem")
            stack.push_async_callback(agent.close)
            return agent

        yield open_


async def value_of(session, code):
    result = await session.run(code)
    assert result.is_ok, result.error.traceback
    return result.value


ALL = (
    f"{CAUGHT}\n"
    "([one.name for one in workflows.list()], [one.name for one in workflows.search('number')],\n"
    " [one.name for one in artifacts.list()], caught(lambda: artifacts.load('table'))[0],\n"
    " caught(lambda: artifacts.load(hash={hash!r}))[0], caught(lambda: workflows.double(n=1))[0])"
)
NOTHING = ([], [], [], "ArtifactNotFound", "ArtifactNotFound", "WorkflowNotFound")


async def test_n98_n99_n101_two_programs_share_a_storage_and_nothing_else_is_shared(
    storage, open_agent, open_session
):
    shared = storage("one", "team")
    apart = [
        storage("one", "another.team"),
        storage("one", ""),
        storage("other", "team"),
    ]
    agent, here, *others = await asyncio.gather(
        open_agent(shared), *(open_session(storage=one) for one in (shared, *apart))
    )
    digest, record = await agent.run(
        "workflows.create('double', 'def run(n: int) -> int:\\n"
        '    "Double a number."\\n    return 2 * n\')\n'
        "saved = artifacts.save('table', {'a': 1})\n"
        "saved.hash, saved.record"
    )
    read = await here.run(f"workflows.double(n=4), artifacts.load(hash={digest!r})")
    assert read.value == (8, {"a": 1})
    await value_of(here, "artifacts.save('reply', workflows.double(n=21)).name")
    assert await agent.run("artifacts.load('reply'), [one.name for one in artifacts.list()]") == [
        42,
        ["reply", "table"],
    ]
    for other in others:
        assert await value_of(other, ALL.format(hash=digest)) == NOTHING
        await value_of(other, "artifacts.save('table', 'mine').name")
    assert await value_of(here, "artifacts.load('table')") == {"a": 1}

    load = here.log.read(kind=ArtifactLoad.KIND)[0]
    (start,) = here.log.get(read.record_id).parents
    saved = here.log.get(record)
    assert (load.body["save"], load.body["cell"]) == (record, start)
    assert saved.actor != load.actor
    assert verify(here.log).is_clean


@pytest.mark.parametrize(
    "storage",
    [
        RedisStorage("redis://localhost:1?prefix=one", "other"),
        PostgresStorage("postgresql:///x?user=a&schema=one#blobs=memory://x", "other"),
    ],
)
async def test_n98_a_storage_that_names_two_places_is_refused(storage):
    with pytest.raises(ConfigError, match="'one', and not 'other'"):
        Session(storage=storage)


@pytest.mark.parametrize("name", ["../x", "a b", "a/b", "-a", ".", "é", "x" * 129, "a\n", "\0"])
async def test_n99_a_malformed_workspace_is_refused(tmp_path, monkeypatch, name):
    for make in (
        lambda: FileStorage(tmp_path, name),
        lambda: RedisStorage(workspace=name),
        lambda: PostgresStorage("postgresql:///x", workspace=name),
    ):
        with pytest.raises(ConfigError, match="cannot be a workspace"):
            make()
    if "\0" not in name:  # no variable can hold that
        monkeypatch.setenv("THREADBOOK_WORKSPACE", name)
        with pytest.raises(ConfigError, match="cannot be a workspace"):
            Session()


@pytest.mark.parametrize("open_mode", ["kernel"], indirect=True)
async def test_n99_a_kernel_with_a_malformed_workspace_keeps_nothing(open_mode):
    kernel = await open_mode(THREADBOOK_WORKSPACE="../x")
    seen = await kernel.run("artifacts.save('a', 1)")
    assert seen.error[0] == "NameError"
    assert "cannot be a workspace" in seen.stderr


async def test_n100_who_resumes_a_thread_is_told_that_variables_are_gone(open_session, tmp_path):
    storage = FileStorage(tmp_path / "data")
    first = await open_session(storage=storage)
    fresh = await first.run("x = 20")
    await first.run("y = x + 1")
    await first.close()
    second = await open_session(storage=storage, thread=first.thread)
    told = await second.run("'x' in globals(), 'y' in globals()")
    assert (fresh.state_lost, told.value, told.state_lost) == (False, (False, False), True)
    assert not (await second.run("1")).state_lost
    cells = [
        CellStart.of(one).code for one in second.log.read(thread=first.thread, kind=CellStart.KIND)
    ]
    for code in cells[:2]:  # the record has what it takes to have them again
        await second.run(code)
    assert await value_of(second, "x, y") == (20, 21)


async def test_n102_a_torn_blob_is_named_and_hides_nothing(open_session, tmp_path):
    blobs = tmp_path / "blobs"
    store = f"sqlite:///{tmp_path / 'log.db'}#blobs=file://{blobs}"
    first = await open_session(store=store)
    digest = await value_of(
        first,
        "artifacts.save('good', 'g' * 100_000)\nartifacts.save('bad', 'b' * 100_000).hash",
    )
    await first.close()
    os.truncate(blobs / digest[:2] / digest[2:], 50_000)
    second = await open_session(store=store)
    good, (name, message) = await value_of(
        second, f"{CAUGHT}\nlen(artifacts.load('good')), caught(lambda: artifacts.load('bad'))"
    )
    assert (good, name) == (100_000, "ArtifactInvalid")
    assert digest in message
    (problem,) = verify(second.log).problems
    assert digest[:12] in str(problem)


def holders(folder, text):
    """Return the files below a folder in which text is, also where it was encoded."""
    data = text.encode()
    forms = (data, data.hex().encode(), base64.b64encode(data), text.encode("utf-16-le"))
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path for path in files if any(form in path.read_bytes() for form in forms)}


@pytest.mark.parametrize(
    ("open_mode", "store"),
    [("session", None), ("kernel", None), ("kernel", "redis://127.0.0.1:1")],
    indirect=["open_mode"],
)
async def test_n39_n103_no_file_has_a_secret_in_it(
    open_mode, store, more_environ, tmp_path, temporary
):
    """Whatever a tool does with what it was given; also where records wait in the outbox."""
    secrets = more_environ["THREADBOOK_SECRETS"]
    mode = await open_mode(**more_environ, **({"THREADBOOK_STORE": store} if store else {}))
    seen = await mode.run(
        f"{CAUGHT}\n"
        "import os\n"
        "came = [caught(call) for call in (\n"
        "    lambda: repr(tools.leak(code='0')),\n"
        "    lambda: tools.leak(code='3'),\n"
        f"    lambda: tools.spill(path={secrets!r}, how='nested'),\n"
        f"    lambda: tools.spill(path={secrets!r}, how='large').strip('xy'),\n"
        f"    lambda: tools.spill(path={secrets!r}, how='error'),\n"
        "    lambda: tools.mirror(value='secret:TOKEN'),\n"
        ")]\n"
        "print(came, dict(os.environ))\n"
        "artifacts.save('came', repr(came))\n"
        "came"
    )
    leaked, failed, nested, large, error, refused = seen.value
    assert leaked.count("Bearer [secret:TOKEN]") == 2
    assert failed[1].count("Bearer [secret:TOKEN]") == 2
    assert nested == {"a": ["[secret:TOKEN]", b"[secret:TOKEN]", {"[secret:TOKEN]": 1}]}
    assert large == "[secret:TOKEN]"
    assert error == ("ToolCallError", "tools.spill.spill failed: ValueError: no: [secret:TOKEN]")
    assert refused[0] == "PolicyDenied"
    assert SECRET not in seen.stdout + seen.stderr + seen.text
    written = holders(tmp_path, MARKER)
    assert any(path.parent.name == "outbox" for path in written) is bool(store)
    assert written - holders(temporary, MARKER)
    assert holders(tmp_path, SECRET) | holders(temporary, SECRET) == set()


SAID = """
from threadbook.errors import NamespaceError

def said(call):
    try:
        return call()
    except NamespaceError as error:
        return [type(error).__name__, error.namespace, error.operation, error.original_type,
                error.message, error.remedy]
"""


async def test_n104_an_error_keeps_all_it_says_across_processes(mode):
    public = sorted(
        name
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, ThreadbookError)
    )
    seen = await mode.run(
        f"{SAID}\n{{name: said(lambda: tools.fail(name=name)) for name in {public!r}}}"
    )
    for name in public:
        kind, namespace, operation, original, message, remedy = seen.value[name]
        is_own = issubclass(getattr(errors, name), ToolError)
        assert kind == (name if is_own else "ToolCallError")
        assert (namespace, operation, original) == ("tools", "tools.fail.fail", name)
        assert f"said by {name}" in message
        assert "do so" in message + remedy


async def test_n104_each_namespace_says_what_it_could_not_do(mode):
    seen = await mode.run(
        f"{SAID}\n"
        "[said(call)[:4] for call in (\n"
        "    lambda: tools.mirrow(value=1),\n"
        "    lambda: tools.mirror(value='secret:TOKEN'),\n"
        "    lambda: deps.add('--index-url=x'),\n"
        "    lambda: artifacts.load('nothing-here'),\n"
        "    lambda: workflows.get('nothing_here'),\n"
        ")]"
    )
    kinds, namespaces, operations, originals = zip(*seen.value, strict=True)
    assert kinds == originals
    assert kinds == (
        "ToolNotFound",
        "PolicyDenied",
        "RequirementInvalid",
        "ArtifactNotFound",
        "WorkflowNotFound",
    )
    assert namespaces == ("tools", "tools", "deps", "artifacts", "workflows")
    assert all(operations)
    failed = await mode.run("artifacts.load('nothing-here')")
    assert failed.error[0] == "ArtifactNotFound"
    assert "nothing-here" in failed.error[1]


def notebook():
    return nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell("# A notebook"),
            nbformat.v4.new_code_cell("n = tools.mirror(value=20)\nprint(n)"),
            nbformat.v4.new_code_cell("artifacts.save('n', n + 1)\nartifacts.load('n')"),
            nbformat.v4.new_code_cell("thread.id"),
        ],
        metadata={"kernelspec": {"name": "threadbook", "display_name": "threadbook"}},
    )


def assert_ran(ran, log):
    _, printed, value, thread = ran.cells
    assert printed.outputs[0].text == "20\n"
    assert value.outputs[0].data["text/plain"] == "21"
    name = thread.outputs[0].data["text/plain"].strip("'")
    assert len(log.read(thread=name, kind=CellStart.KIND)) == 3


@pytest.fixture
def configured(more_environ, monkeypatch):
    """Have kernels that others start find the tools."""
    for name, value in more_environ.items():
        monkeypatch.setenv(name, value)


async def test_n105_nbclient_runs_a_notebook(configured, log):
    client = NotebookClient(notebook(), timeout=60)
    assert_ran(await client.async_execute(), log)


async def test_n105_papermill_runs_a_notebook(configured, log, tmp_path):
    nbformat.write(notebook(), tmp_path / "in.ipynb")
    await asyncio.to_thread(
        papermill.execute_notebook, tmp_path / "in.ipynb", tmp_path / "out.ipynb"
    )
    assert_ran(nbformat.read(tmp_path / "out.ipynb", as_version=4), log)
