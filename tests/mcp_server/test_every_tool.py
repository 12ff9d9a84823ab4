"""Every tool of the server, driven by the official client over both transports."""

import base64
import hashlib
import zipfile

import pytest

SOURCE = "def run(n: int) -> int:\n    return 2 * n\n"
PACKAGE = {
    "handmade.py": "VERSION = '1.0'\n",
    "handmade-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: handmade\nVersion: 1.0\n",
    "handmade-1.0.dist-info/WHEEL": (
        "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    ),
}
CALLS = [
    ("run_code", {"code": "print('x' * 300)\n6 * 7", "max_output_chars": 100}),
    ("list_tools", {}),
    ("search_tools", {"query": "add"}),
    ("create_workflow", {"name": "double", "source": SOURCE}),
    ("list_workflows", {}),
    ("search_workflows", {"query": "double"}),
    ("get_workflow", {"name": "double"}),
    ("delete_workflow", {"name": "double"}),
    ("save_artifact", {"name": "basket", "value": {"apples": 3}}),
    ("list_artifacts", {}),
    ("read_artifact", {"name": "basket"}),
    ("add_dep", {"package": "handmade"}),
    ("list_deps", {}),
    ("remove_dep", {"package": "handmade"}),
    ("create_thread", {"goal": "count the birds"}),
    ("find_threads", {"query": "birds"}),
    ("emit_record", {"act": "KNOW", "kind": "team.review.note", "body": {"n": 1}}),
    ("read_thread", {}),
    ("fold_thread", {}),
    ("trust_query", {}),
    ("list_decisions", {}),
    ("interrupt", {}),
    ("reset", {}),
]


@pytest.fixture
def offline(place, monkeypatch):
    """Have packages come from a folder with one wheel, and no network be used."""
    folder = place.folder / "wheels"
    folder.mkdir()
    rows = []
    for path, text in PACKAGE.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
        rows.append(f"{path},sha256={digest.decode().rstrip('=')},{len(text)}")
    record = "handmade-1.0.dist-info/RECORD"
    with zipfile.ZipFile(folder / "handmade-1.0-py3-none-any.whl", "w") as archive:
        for path, text in PACKAGE.items():
            archive.writestr(path, text)
        archive.writestr(record, "\n".join([*rows, f"{record},,", ""]))
    monkeypatch.setenv("UV_FIND_LINKS", str(folder))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_OFFLINE", "1")


async def drive(client):
    """Call every tool; return the texts of what came back, by name."""
    offered = {one.name for one in (await client.list_tools()).tools}
    listed = (await client.call_tool("list_tools", {})).structured_content["tools"]
    calls = [*CALLS, ("describe_tool", {"name": listed[0]["name"]})]
    said = {}
    for name, arguments in calls:
        result = await client.call_tool(name, arguments)
        assert not result.is_error, (name, result)
        said[name] = result
    cut = said["run_code"].structured_content["record_id"]
    said["read_output"] = await client.call_tool("read_output", {"record_id": cut})
    assert set(said) == offered
    return {name: str(result.structured_content) for name, result in said.items()}


@pytest.mark.parametrize("transport", ["stdio", "http"])
async def test_every_tool_does_its_work(place, offline, start_http, transport):
    connect = start_http().client if transport == "http" else place.client
    async with connect() as client:
        said = await drive(client)
    assert "42" in said["run_code"]
    assert "x" * 300 in said["read_output"]
    assert "return 2 * n" in said["get_workflow"]
    assert "'apples': 3" in said["read_artifact"]
    assert "handmade" in said["add_dep"]
    assert "count the birds" in said["find_threads"]
    assert "team.review.note" in said["read_thread"]
