"""What each token may do, at every endpoint there is."""

import hashlib
import itertools
import re

import pytest

from threadbook.service.app import ENDPOINTS

AGENT, ANN = "did:sync:agent:worker", "did:sync:agent:ann"
MINE, OTHER, NOWHERE = "th_perm_mine", "th_perm_other", "th_perm_nowhere"
SECRET = "xyzzyplugh"
"""A word that stands in everything that the one-thread token is not to see."""
BODIES = {
    "/v1/records": {"act": "DO", "actor": ANN, "body": {}, "thread": OTHER},
    "/v1/threads/{id:path}/checkpoint": {"summary": "s"},
    "/v1/records/query": {"filter": {}},
}
STREAM = "/v1/threads/{id:path}/watch"
OPEN = [endpoint for endpoint in ENDPOINTS if endpoint.scope is None]
CLOSED = [endpoint for endpoint in ENDPOINTS if endpoint.scope is not None]


class World:
    """What stands in the log: the same on two threads, of which one token sees one."""

    def __init__(self, admin):
        self.admin = admin
        self.ids = {MINE: [], OTHER: []}
        for thread, word in ((MINE, "plain"), (OTHER, SECRET)):
            goal = self.add(
                thread,
                "INTEND",
                {"kind": "core.intent", "goal": word, "subtasks": [{"sub_thread": OTHER}]},
            )
            self.add(thread, "INTEND", {"goal": word, "parent_thread": MINE})
            self.add(thread, "KNOW", {"awaits": "actor_decision", "question": word})
            verdict = {"verdict": "accept", "subject": AGENT, "judges": goal, "domain": word}
            self.add(thread, "KNOW", verdict)
            checkpoint = {"kind": "agent.session.checkpoint", "summary": word}
            self.add(thread, "LEARN", checkpoint)
            self.add(thread, "KNOW", {"namespace": f"team-{word}", "text": word})
        content = SECRET.encode()
        begun = admin.post("/v1/data/write/init", json={"path": f"/{SECRET}", "size_bytes": 10})
        self.upload = begun.json()["upload_id"]
        admin.put(f"/v1/blobs/upload/{self.upload}", content=content)
        done = admin.post("/v1/data/write/complete", json={"upload_id": self.upload})
        assert done.status_code == 200, done.text
        self.digest = hashlib.sha256(content).hexdigest()

    def add(self, thread, act, body):
        wanted = {"act": act, "actor": ANN if act == "KNOW" else AGENT, "body": body}
        answer = self.admin.post("/v1/records", json={**wanted, "thread": thread})
        assert answer.status_code == 200, answer.text
        self.ids.setdefault(thread, []).append(answer.json()["id"])
        return answer.json()["id"]

    def paths(self, endpoint):
        """Return the endpoint's path with each of what may stand in it."""
        records = [*self.ids[MINE], *self.ids[OTHER], "0" * 64]
        values = {
            "id": [MINE, OTHER, NOWHERE] if "{id:path}" in endpoint.path else records,
            "actor": [AGENT],
            "domain": ["plain", SECRET],
            "digest": [self.digest, "0" * 64],
            "upload_id": [self.upload],
        }
        names = re.findall(r"{(\w+)", endpoint.path)
        for chosen in itertools.product(*(values[name] for name in names)):
            path = endpoint.path
            for name, value in zip(names, chosen, strict=True):
                path = re.sub(rf"{{{name}(:path)?}}", value, path)
            yield path

    def calls(self, endpoint):
        for path in self.paths(endpoint):
            body = BODIES.get(endpoint.path, {})
            bodies = [body]
            if endpoint.path in ("/v1/records/query", "/v1/records"):
                bodies = [{**body, "thread": thread} for thread in (MINE, OTHER, NOWHERE)]
            for wanted in bodies:
                yield path, wanted if endpoint.method in ("POST", "PUT") else None


@pytest.fixture(scope="module")
def world(guarded):
    return World(guarded.admin)


@pytest.fixture(scope="module")
def reader(guarded):
    return guarded.token("reader", "records:read", "config:read")


@pytest.fixture(scope="module")
def one(guarded, world):
    return guarded.token("one", f"thread:{MINE}:read")


def call(client, endpoint, path, body):
    if endpoint.path == STREAM:
        with client.stream("GET", path) as answer:
            if answer.status_code != 200:
                answer.read()
            return answer
    return client.request(endpoint.method, path, json=body)


def size(guarded):
    with guarded.service.log() as log:
        return sum(1 for stored in log.read_all() if stored.thread != "threadbook.audit")


@pytest.mark.parametrize("endpoint", CLOSED, ids=lambda one: f"{one.method} {one.path}")
def test_without_a_token_nothing_is_to_be_had(guarded, world, endpoint):
    client = guarded.service.http
    for path, body in world.calls(endpoint):
        answer = call(client, endpoint, path, body)
        assert answer.status_code in {401, 429}  # after ten in a row
        assert SECRET not in answer.text


@pytest.mark.parametrize("endpoint", OPEN, ids=lambda one: f"{one.method} {one.path}")
def test_what_needs_no_token_tells_nothing_of_records(guarded, world, endpoint):
    answer = guarded.service.http.request(endpoint.method, endpoint.path)
    assert answer.status_code not in {401, 403} or "bootstrap" in endpoint.path
    assert SECRET not in answer.text


@pytest.mark.parametrize("endpoint", CLOSED, ids=lambda one: f"{one.method} {one.path}")
def test_a_reader_writes_nowhere(guarded, world, reader, endpoint):
    writes = endpoint.scope in ("records:write", "threads:write", "admin")
    before = size(guarded)
    for path, body in world.calls(endpoint):
        answer = call(reader, endpoint, path, body)
        if writes:
            assert (answer.status_code, answer.json()["code"]) == (403, "SCOPE_FORBIDDEN")
        elif endpoint.path != "/v1/tokens/{id}/rotate":  # it may do this to itself
            assert answer.status_code in {200, 400, 403, 404, 503}
    assert size(guarded) == before


@pytest.mark.parametrize("endpoint", CLOSED, ids=lambda one: f"{one.method} {one.path}")
def test_a_token_for_one_thread_sees_nothing_else(guarded, world, one, endpoint):
    before, answers = size(guarded), {}
    for path, body in world.calls(endpoint):
        answer = call(one, endpoint, path, body)
        if endpoint.path == STREAM and answer.status_code == 200:
            assert MINE in path
            continue
        text = answer.text.replace(path, "")
        assert SECRET not in text
        assert not any(other in text for other in world.ids[OTHER] if other not in path)
        assert answer.status_code < 500 or answer.status_code == 503
        answers[path, str(body)] = answer.status_code, answer.json().get("code")
    # What is not to be seen looks like what is not there.
    for (path, body), found in answers.items():
        if OTHER in path + body:
            assert found == answers[path.replace(OTHER, NOWHERE), body.replace(OTHER, NOWHERE)]
        for other in world.ids[OTHER]:
            if other in path:
                assert found == answers[path.replace(other, "0" * 64), body]
    assert size(guarded) == before


def test_a_token_for_one_thread_sees_all_of_that(world, one):
    mine = world.ids[MINE]
    for path in ("/v1/records", f"/v1/threads/{MINE}/records"):
        found, cursor = [], None
        while True:
            parameters = {"limit": 2, **({"cursor": cursor} if cursor else {})}
            page = one.get(path, params=parameters).json()
            found += [record["id"] for record in page["data"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert found == mine
    assert one.get("/v1/records", params={"thread": OTHER}).status_code == 403
    assert [one.get(f"/v1/records/{record}").json()["id"] for record in mine] == mine
    query = one.post("/v1/records/query", json={"thread": MINE, "filter": {"thread": OTHER}})
    assert query.json()["data"] == []
    assert one.post("/v1/records/query", json={"filter": {}}).status_code == 403
    query = {"thread": MINE, "filter": {"$or": [{"thread": OTHER}, {"act": "LEARN"}]}}
    (learned,) = one.post("/v1/records/query", json=query).json()["data"]
    assert learned["thread"] == MINE
    (thread,) = one.get("/v1/threads").json()["data"]
    assert thread["id"] == MINE
    assert one.get(f"/v1/threads/{MINE}/state").json()["record_count"] == len(mine)
    (checkpoint,) = one.get(f"/v1/threads/{MINE}/checkpoints").json()["data"]
    assert checkpoint["summary"] == "plain"
    assert one.get(f"/v1/threads/{MINE}/resume").json()["checkpoint"] == checkpoint


def test_a_token_for_a_namespace_sees_its_records_only(guarded, world):
    client = guarded.token("space", "namespace:team-plain:read")
    for path in ("/v1/records", f"/v1/threads/{MINE}/records"):
        (record,) = client.get(path).json()["data"]
        assert record["id"] == world.ids[MINE][-1]
    assert client.get(f"/v1/threads/{OTHER}/records").json()["data"] == []
    assert client.get("/v1/threads").json()["data"] == []
    assert client.get(f"/v1/threads/{MINE}/state").status_code == 403


def test_a_stream_shows_no_sign_of_records_that_are_not_to_be_read(guarded, world, watch):
    client = guarded.token("deaf", "namespace:elsewhere:read")

    class Seen:
        http = client

    with watch(Seen, OTHER, since_clock=0) as events:
        assert next(events)[:2] == ("heartbeat", "0")
        for _ in range(2):
            world.add(OTHER, "KNOW", {"text": SECRET})
        mark = world.add(OTHER, "KNOW", {"text": "seen", "namespace": "elsewhere"})
        name, _, data = next(events)
        assert (name, data["id"]) == ("record.created", mark)


@pytest.mark.parametrize("reserved", ["threadbook.auth", "threadbook.audit"])
def test_a_reader_learns_nothing_of_tokens(guarded, world, reader, reserved):
    thread = f"th_spy_{reserved}"
    spy = {"goal": "spy", "subtasks": [{"sub_thread": reserved}], "parent_thread": reserved}
    assert world.add(thread, "INTEND", spy)
    assert guarded.admin.get("/v1/records", params={"thread": reserved}).json()["data"]
    for path in ("/v1/records", "/v1/threads"):
        assert not [one for one in reader.get(path).json()["data"] if reserved in one.values()]
    assert reader.get(f"/v1/threads/{thread}/parents").json()["data"] == []
    found = reader.get(f"/v1/threads/{thread}/children").json()
    assert found["data"] == []
    (child,) = found["fanouts"][0]["children"]
    assert (child["status"], child["verdict"], child["worker"]) == (None, None, None)
    for part in ("state", "records", "children", "parents", "checkpoints", "resume", "watch"):
        assert reader.get(f"/v1/threads/{reserved}/{part}").status_code == 403
    query = {"filter": {"thread": reserved}}
    assert reader.post("/v1/records/query", json=query).json()["data"] == []
    with guarded.service.log() as log:
        (record,) = log.read(thread=reserved, limit=1)
    assert reader.get(f"/v1/records/{record.id}").status_code == 404


def test_a_token_that_is_made_on_the_command_line_counts_at_once(guarded, tmp_path):
    file = tmp_path / "reader.token"
    done = guarded.service.cli("token", "create", "cli", "--preset", "reader", "--save", file)
    assert done.returncode == 0, done.stderr
    client = guarded.client(file.read_text().strip())
    assert client.get("/v1/records").status_code == 200
    assert client.post("/v1/records", json=BODIES["/v1/records"]).status_code == 403
