"""The samples of the guide for agent frameworks, as a framework would run them.

Their text is that of the guide, with the indentation restored that was lost in it; only the lines
that import the package differ.
"""

import re
import textwrap

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")

BASIC = """\
from pathlib import Path
from threadbook import Session, FileStorage
from threadbook import SubprocessExecutor, SubprocessConfig

# Create session
storage = FileStorage(base_path=Path("./data"))
config = SubprocessConfig(tools_path=Path("./tools"))
executor = SubprocessExecutor(config=config)

async def execute_agent_code(code: str) -> str:
    \"\"\"Execute code from your agent framework.\"\"\"
    async with Session(storage=storage, executor=executor) as session:
        result = await session.run(code)

        if result.is_ok:
            output = str(result.value) if result.value is not None else ""
            if result.stdout:
                output = f"{result.stdout}\\n{output}" if output else result.stdout
            return output
        else:
            return f"Error: {result.error}"
"""

PERSISTENT = """\
from pathlib import Path
from threadbook import Session, FileStorage
from threadbook import SubprocessExecutor, SubprocessConfig

class CodeExecutionTool:
    \"\"\"Reusable code execution tool for agent frameworks.\"\"\"

    def __init__(self, storage_path: Path, tools_path: Path):
        self.storage = FileStorage(base_path=storage_path)
        config = SubprocessConfig(tools_path=tools_path)
        self.executor = SubprocessExecutor(config=config)
        self.session: Session | None = None

    async def start(self):
        \"\"\"Initialize session. Call before agent loop.\"\"\"
        self.session = Session(storage=self.storage, executor=self.executor)
        await self.session.start()

    async def stop(self):
        \"\"\"Cleanup. Call after agent loop.\"\"\"
        if self.session:
            await self.session.close()
            self.session = None

    async def run(self, code: str, timeout: float = 30.0) -> str:
        \"\"\"Execute code. Variables persist across calls.\"\"\"
        if not self.session:
            raise RuntimeError("Call start() first")

        result = await self.session.run(code, timeout=timeout)

        if result.is_ok:
            output = str(result.value) if result.value is not None else ""
            if result.stdout:
                output = f"{result.stdout}\\n{output}" if output else result.stdout
            return output or "(no output)"
        else:
            return f"Error: {result.error}"

    async def __aenter__(self):
        await self.start()
        return self

    async def __aexit__(self, *args):
        await self.stop()
"""

USAGE = """\
async with CodeExecutionTool(Path("./data"), Path("./tools")) as tool:
    # Variables persist across calls
    await tool.run("x = 42")
    result = await tool.run("x * 2")  # Returns "84"
"""

SHARED = """\
from threadbook import Session, RedisStorage
from threadbook import SubprocessExecutor, SubprocessConfig

# All instances share workflows via Redis
storage = RedisStorage(url="redis://localhost:6379", prefix="my-agents")
config = SubprocessConfig(tools_path=Path("./tools"))
executor = SubprocessExecutor(config=config)

async with Session(storage=storage, executor=executor) as session:
    # Workflows created by any agent are available to all
    result = await session.run(code)
"""

TIMEOUTS = """\
async def safe_execute(session: Session, code: str) -> str:
    try:
        result = await session.run(code, timeout=30.0)
        if result.is_ok:
            return str(result.value)
        return f"Error: {result.error}"
    except TimeoutError:
        return "Error: Execution timed out"
"""

RECOVERY = """\
async def execute_with_retry(session: Session, code: str, retries: int = 2) -> str:
    for attempt in range(retries + 1):
        result = await session.run(code)
        if result.is_ok:
            return str(result.value)

        # Reset on failure to clear potentially corrupted state
        if attempt < retries:
            await session.reset()

    return f"Error after {retries + 1} attempts: {result.error}"
"""

CURL = """
type: cli
name: curl
command: echo
effect: read
schema:
  positional: [{name: url, required: true}]
recipes:
  get: {params: {url: {}}}
"""


@pytest.fixture(autouse=True)
def tools(tmp_path, monkeypatch):
    """Work in a folder with the tool that the guide speaks of."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "curl.yaml").write_text(CURL)


def names_of(*samples):
    names = {}
    for sample in samples:
        exec(compile(sample, "<guide>", "exec"), names)
    return names


async def run_lines(sample, names):
    """Run lines that stand in a coroutine of the reader's; return the names they gave."""
    code = f"async def lines():\n{textwrap.indent(sample, '    ')}\n    return locals()"
    exec(compile(code, "<guide>", "exec"), names)
    return await names["lines"]()


async def test_the_basic_pattern():
    execute_agent_code = names_of(BASIC)["execute_agent_code"]
    assert await execute_agent_code("1 + 1") == "2"
    assert await execute_agent_code("print('a')") == "a\n"
    assert await execute_agent_code("print('a')\n{'b': [1]}") == "a\n\n{'b': [1]}"
    assert (
        await execute_agent_code("1 / 0") == "Error: ZeroDivisionError: division by zero (line 1)"
    )


async def test_the_persistent_pattern():
    names = names_of(PERSISTENT)
    assert (await run_lines(USAGE, names))["result"] == "84"
    with pytest.raises(RuntimeError, match="Call start"):
        await names["CodeExecutionTool"]("data", "tools").run("1")


async def test_what_the_model_is_told_is_so():
    """The namespaces as the description for the model has them."""
    names = names_of(PERSISTENT)
    async with names["CodeExecutionTool"]("./data", "./tools") as tool:
        assert "https://a.b" in await tool.run("tools.curl.get(url='https://a.b').stdout")
        assert await tool.run("workflows.search('your task')") == "(nothing)"
        source = "def run(url: str) -> str:\n    'Fetch JSON.'\n    return f'fetched {url}'"
        await tool.run(f"workflows.create('fetch_json', {source!r})")
        assert await tool.run("workflows.invoke('fetch_json', url='x')") == "fetched x"
        await tool.run("artifacts.save('key', {'data': 1})")
        assert await tool.run("artifacts.load('key')") == "{'data': 1}"
        assert await tool.run("deps.list()") == "(nothing)"
    async with names["CodeExecutionTool"]("./data", "./tools") as tool:  # another day
        assert await tool.run("workflows.invoke('fetch_json', url='y')") == "fetched y"
        assert await tool.run("artifacts.load('key')") == "{'data': 1}"


async def test_agents_share_a_library_over_redis(redis_server):
    prefix = redis_server.url().partition("prefix=")[2]
    sample = SHARED.replace("redis://localhost:6379", f"unix://{redis_server.socket}")
    sample = sample.replace("my-agents", prefix)
    imports = "from pathlib import Path"
    source = "def run() -> int:\n    'Answer.'\n    return 42"
    code = f"workflows.create('answer', {source!r}).name"
    created = await run_lines(sample, {**names_of(imports), "code": code})
    assert created["result"].value == "answer"
    found = await run_lines(sample, {**names_of(imports), "code": "workflows.answer()"})
    assert found["result"].value == 42


async def test_timeouts_and_recovery():
    names = names_of(PERSISTENT, TIMEOUTS, TIMEOUTS.replace("30.0", "0.5"), RECOVERY)
    async with names["CodeExecutionTool"]("./data", "./tools") as tool:
        run, retry = names["safe_execute"], names["execute_with_retry"]
        assert await run(tool.session, "6 * 7") == "42"
        assert (await run(tool.session, "while True: pass")).startswith("Error: KeyboardInterrupt")
        assert await run(tool.session, "6 * 7") == "42"
        assert await retry(tool.session, "'fine'") == "fine"
        once = "import pathlib\nfirst = pathlib.Path('first')\n"
        once += "if not first.exists():\n    first.touch()\n    raise OSError('not yet')\n'second'"
        assert await retry(tool.session, once) == "second"
        failed = await retry(tool.session, "undefined_name", retries=1)
    expected = r"Error after 2 attempts: NameError: .*undefined_name.* \(line 1\)"
    assert re.fullmatch(expected, failed)
