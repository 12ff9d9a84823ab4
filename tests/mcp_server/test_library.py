"""Tools, workflows, artifacts and packages through MCP."""

import json

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="session")

DOUBLE = 'def run(n: int):\n    """Double a number."""\n    return n * 2\n'
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ"
    "AAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


async def test_n92_the_server_has_all_tools(client):
    names = {tool.name for tool in (await client.list_tools()).tools}
    assert names == {
        "run_code", "read_output", "interrupt", "reset",
        "list_tools", "search_tools", "describe_tool",
        "list_workflows", "search_workflows", "get_workflow", "create_workflow", "delete_workflow",
        "list_artifacts", "read_artifact", "save_artifact",
        "list_deps", "add_dep", "remove_dep",
        "find_threads", "create_thread", "emit_record", "read_thread", "fold_thread",
        "trust_query", "list_decisions",
    }  # fmt: skip


async def test_every_tool_has_a_closed_schema_and_says_what_it_does(client):
    for tool in (await client.list_tools()).tools:
        assert tool.description
        assert tool.input_schema["type"] == "object"
        assert tool.input_schema["additionalProperties"] is False
        assert tool.annotations.read_only_hint is not None


async def test_tools_are_listed_searched_and_described(ask):
    listed = await ask("list_tools")
    assert listed["total"] == 2
    assert {tool["name"] for tool in listed["tools"]} == {"add", "wipe"}
    found = (await ask("search_tools", query="add numbers", limit=1))["tools"]
    assert [one["call"] for one in found] == ["tools.add(*, a: int, b: int = 2) -> int"]
    described = await ask("describe_tool", name="add")
    (parameter, _) = described["callables"][0]["parameters"]
    assert (parameter["name"], parameter["type"]) == ("a", "int")


async def test_n96_tools_work_from_code(ask):
    assert (await ask("run_code", code="tools.add(a=40)"))["value"] == 42


async def test_n104_an_error_of_a_namespace_keeps_all_it_says(refused):
    error = await refused("describe_tool", name="nothing")
    assert error["code"] == "ToolNotFound"
    assert "nothing" in error["message"]
    assert {"namespace", "operation", "original_type", "remedy"} <= error.keys()


async def test_a_workflow_is_saved_found_read_run_and_deleted(ask, refused):
    saved = await ask("create_workflow", name="double", source=DOUBLE)
    assert (saved["version"], saved["description"]) == (1, "Double a number.")
    assert "double" in {one["name"] for one in (await ask("list_workflows"))["workflows"]}
    found = await ask("search_workflows", query="double a number")
    assert found["workflows"][0]["name"] == "double"
    assert (await ask("get_workflow", name="double"))["source"] == DOUBLE
    assert (await ask("run_code", code="workflows.double(n=21)"))["value"] == 42
    assert (await ask("delete_workflow", name="double"))["deleted"] is True
    assert (await refused("get_workflow", name="double"))["code"] == "WorkflowNotFound"


async def test_n61_saved_source_is_not_run_by_the_server(ask, tmp_path):
    witness = tmp_path / "witness"
    source = f"open({str(witness)!r}, 'w').close()\ndef run():\n    return 1\n"
    await ask("create_workflow", name="witness", source=source)
    await ask("search_workflows", query="witness")
    await ask("get_workflow", name="witness")
    assert not witness.exists()


async def test_examples_are_run_in_the_kernel(ask, client):
    examples = [{"arguments": {"n": 2}, "returns": 4}]
    saved = await ask("create_workflow", name="tested", source=DOUBLE, examples=examples)
    assert saved["value"]["version"] == 1
    assert (await ask("get_workflow", name="tested"))["tests"] == "passed"
    wrong = [{"arguments": {"n": 2}, "returns": 5}]
    result = await client.call_tool(
        "create_workflow", {"name": "failing", "source": DOUBLE, "examples": wrong}
    )
    assert result.is_error
    assert result.structured_content["error"]["name"] == "WorkflowInvalid"
    assert "failing" not in {one["name"] for one in (await ask("list_workflows"))["workflows"]}


@pytest.mark.parametrize("name", ["../evil", "class", "", "x" * 300])
async def test_bad_names_are_refused(refused, name):
    assert (await refused("create_workflow", name=name, source=DOUBLE))["code"] in {
        "WorkflowInvalid",
        "ToolArgumentError",
    }


async def test_artifacts_of_code_are_listed_and_read(ask, client):
    await ask("run_code", code="artifacts.save('table', {'a': [1, 2]}, 'numbers')")
    facts = {one["name"]: one for one in (await ask("list_artifacts"))["artifacts"]}
    assert facts["table"]["description"] == "numbers"
    result = await client.call_tool("read_artifact", {"name": "table"})
    assert json.loads(result.content[1].text) == {"a": [1, 2]}


async def test_an_artifact_that_is_saved_here_is_loaded_there(ask):
    saved = await ask("save_artifact", name="notes/plan", value={"steps": ["ä", 2]})
    assert saved["version"] == 1
    assert (await ask("run_code", code="artifacts.load('notes/plan')"))["value"] == {
        "steps": ["ä", 2]
    }


async def test_n95_a_picture_comes_as_such(ask, client, tmp_path):
    code = (
        "import base64, pathlib\n"
        f"pathlib.Path('pixel.png').write_bytes(base64.b64decode({PIXEL!r}))\n"
        "artifacts.save_file('pixel.png', 'pixel.png')"
    )
    await ask("run_code", code=code)
    result = await client.call_tool("read_artifact", {"name": "pixel.png"})
    (image,) = [piece for piece in result.content if piece.type == "image"]
    assert (image.mime_type, image.data) == ("image/png", PIXEL)


async def test_what_would_run_code_or_is_too_large_is_only_described(ask, client):
    code = (
        "import os\nclass Evil:\n"
        "    def __reduce__(self):\n"
        "        return (os.mkdir, ('evil',))\n"
        "artifacts.save('evil', Evil(), codec='pickle')\n"
        "artifacts.save('large', 'x' * 300_000)"
    )
    await ask("run_code", code=code)
    for name in ("evil", "large"):
        result = await client.call_tool("read_artifact", {"name": name})
        assert len(result.content) == 1
        assert result.structured_content["is_shown"] is False
    assert (await ask("run_code", code="os.path.exists('evil')"))["value"] is False


async def test_packages_are_listed_and_bad_requirements_refused(ask, refused):
    assert (await ask("list_deps"))["value"] == []
    for bad in ("-r /etc/passwd", "x @ file:///tmp/x", "--index-url=http://x", "a b"):
        assert (await refused("add_dep", package=bad))["code"] == "RequirementInvalid"
        assert (await refused("remove_dep", package=bad))["code"] == "RequirementInvalid"


async def test_what_was_not_added_is_not_removed(client):
    result = await client.call_tool("remove_dep", {"package": "never-added"})
    assert result.is_error
    assert result.structured_content["error"]["name"] == "RequirementInvalid"


async def test_without_runtime_deps_the_tools_for_packages_are_not_there(place):
    async with place.client("--no-runtime-deps") as client:
        names = {tool.name for tool in (await client.list_tools()).tools}
        assert not names & {"add_dep", "remove_dep", "list_deps"}
        result = await client.call_tool("run_code", {"code": "deps.add('rich')"})
        assert result.structured_content["error"]["name"] == "DepsLocked"


async def test_a_tool_that_is_not_there_is_an_error_result(refused):
    assert (await refused("no_such_tool"))["code"] == "ToolNotFound"
