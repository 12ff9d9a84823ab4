"""A tool call of a session that waits until somebody answers it over HTTP."""

import asyncio

import pytest

from threadbook.session import Session
from threadbook.tools.adapters.python import tool

PERSON, OTHER = "did:sync:user:ann", "did:sync:user:bob"


@pytest.fixture
def session(start_service, tmp_path, monkeypatch):
    """Return a session on the store of a service, with a tool that has to be asked for."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("THREADBOOK_KEY", str(tmp_path / "agent.pem"))
    monkeypatch.setenv("THREADBOOK_OUTBOX", str(tmp_path / "agent-outbox"))
    monkeypatch.delenv("PYTEST_CURRENT_TEST", raising=False)

    @tool(effect="destructive")
    def drop(table: str) -> str:
        return f"dropped {table}"

    service = start_service()
    return service, Session(store=service.store, tools=[drop])


async def waiting(service):
    """Return the one decision that waits, as the service tells it."""
    async with asyncio.timeout(60):
        while not (found := service.http.get("/v1/decisions").json()["data"]):
            await asyncio.sleep(0.02)
    (request,) = found
    return request


@pytest.mark.parametrize(
    ("decision", "later", "came"),
    [
        ("approve", "reject", ("ok", "dropped old")),
        ("reject", "approve", ("error", None)),
    ],
)
async def test_n107_a_call_is_allowed_or_refused_over_http(session, decision, later, came):
    service, session = session
    async with session:
        running = asyncio.create_task(session.run("tools.drop(table='old')"))
        request = await waiting(service)
        assert "drop" in request["question"]
        path = f"/v1/decisions/{request['id']}/decide"
        assert service.http.post(path, json={"decision": decision, "actor": PERSON}).is_success
        too_late = service.http.post(path, json={"decision": later, "actor": OTHER})
        assert too_late.status_code == 409
        result = await running
        assert (result.status, result.value) == came
