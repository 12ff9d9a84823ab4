"""Compact mode: two tools, of a size that depends on nothing."""

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="session")

MANY = 1000


def footprint(listed):
    """Return about how many tokens a list of tools takes: a quarter of its characters."""
    return len(listed.model_dump_json(by_alias=True, exclude_none=True)) // 4


@pytest.fixture
def many(place):
    functions = [
        f'@tool(effect="read")\ndef tool_{number}(a: int) -> int:\n'
        f'    """Return {number} times a number, for department {number}."""\n'
        f"    return a * {number}\n"
        for number in range(MANY)
    ]
    head = "from threadbook.tools.adapters.python import tool\n\n"
    (place.folder / "tools" / "many.py").write_text(head + "\n".join(functions))
    return place


async def test_a_thousand_tools_take_no_more_than_none(many):
    async with many.client("--compact") as client:
        listed = await client.list_tools()
        assert {tool.name for tool in listed.tools} == {"search", "execute"}
        assert footprint(listed) < 600
        found = await client.call_tool("search", {"query": "department 777", "limit": 3})
        first = found.structured_content["tools"][0]
        assert first["call"] == "tools.tool_777(*, a: int) -> int"
        done = await client.call_tool("execute", {"code": "tools.tool_777(a=2)"})
        assert done.structured_content["value"] == 1554
        assert len((await client.list_tools()).tools) == 2


async def test_search_finds_workflows_and_artifacts_too(place):
    save = (
        "source = 'def run(n: int):\\n    \"Triple a number.\"\\n    return 3*n'\n"
        "workflows.create('triple', source)\n"
        "artifacts.save('triples', [3, 6], 'a number, three times')"
    )
    async with place.client("--compact") as client:
        done = await client.call_tool("execute", {"code": save})
        assert not done.is_error
        found = (await client.call_tool("search", {"query": "triple number"})).structured_content
        assert [one["name"] for one in found["workflows"]] == ["triple"]
        assert [one["call"] for one in found["artifacts"]] == ["artifacts.load('triples')"]
        refused = await client.call_tool("run_code", {"code": "1"})
        assert refused.is_error
