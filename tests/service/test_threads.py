"""Threads over HTTP: the list, the state of one, what came out of it, where to go on."""

import pytest

from threadbook.records.identity import Identity
from threadbook.records.record import DEFAULT_BODY_LIMIT, Draft

ANN, BOB = "did:sync:agent:ann", "did:sync:agent:bob"


def intend(service, thread, goal, **more):
    body = {"kind": "core.intent", "goal": goal, **more}
    return service.post(act="INTEND", thread=thread, body=body).json()


def close(service, goal, summary="done", actor=ANN, **more):
    body = {"kind": "core.outcome", "summary": summary, "fulfills": goal["id"], **more}
    return service.post(act="KNOW", actor=actor, thread=goal["thread"], body=body).json()


def get(service, thread, part, **parameters):
    answer = service.http.get(f"/v1/threads/{thread}/{part}", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


def all_threads(service, limit):
    found, cursor = [], None
    while True:
        parameters = {"limit": limit, **({"cursor": cursor} if cursor else {})}
        page = service.http.get("/v1/threads", params=parameters).json()
        assert len(page["data"]) <= limit
        found += page["data"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def test_threads_are_listed_the_newest_first_page_by_page(start_service):
    service = start_service()
    for n in range(5):
        intend(service, f"th{n}", f"goal {n}")
    service.post(thread="th1")
    for limit in (1, 2, 5, 100):
        found = all_threads(service, limit)
        assert [thread["id"] for thread in found] == ["th1", "th4", "th3", "th2", "th0"]
    assert found[0]["record_count"] == 2
    assert (found[1]["goal"], found[1]["opened_by"], found[1]["status"]) == ("goal 4", ANN, "open")


def test_a_thread_that_moves_to_the_front_hides_no_other(start_service):
    service = start_service()
    for n in range(4):
        service.post(thread=f"th{n}")
    page = service.http.get("/v1/threads", params={"limit": 2}).json()
    service.post(thread="th0")
    rest = service.http.get("/v1/threads", params={"cursor": page["next_cursor"]}).json()
    assert [thread["id"] for thread in rest["data"]] == ["th1"]


@pytest.mark.parametrize(
    ("parameters", "status"),
    [({"limit": 0}, 422), ({"limit": 1001}, 422), ({"limit": "x"}, 400), ({"cursor": "x"}, 400)],
)
def test_a_list_that_makes_no_sense_is_refused(shared, parameters, status):
    assert shared.http.get("/v1/threads", params=parameters).status_code == status


def test_the_state_of_a_thread_follows_its_records(shared, thread):
    goal = intend(shared, thread, "tidy up")
    state = get(shared, thread, "state")
    assert (state["status"], state["opened_by"], state["record_count"]) == ("open", ANN, 1)
    assert state["heads"] == [goal["id"]]
    work = shared.post(actor=BOB, thread=thread, parents=[goal["id"]]).json()
    assert get(shared, thread, "state")["heads"] == [work["id"]]
    done = close(shared, goal, actor=BOB)
    state = get(shared, thread, "state")
    assert state["goals"][0]["closed_by"] == done["id"]
    assert state["status"] == "done"
    assert state["last_sequence"] == done["sequence"]
    assert shared.http.get(f"/v1/threads/{thread}").json() == state


def test_participants_have_roles(shared, thread):
    goal = intend(shared, thread, "tidy up")
    shared.post(actor=BOB, thread=thread)
    verdict = {"verdict": "accept", "judges": goal["id"], "subject": ANN}
    shared.post(act="KNOW", actor="did:sync:agent:eve", thread=thread, body=verdict)
    found = {one["actor"]: one["roles"] for one in get(shared, thread, "participants")["data"]}
    assert found == {ANN: ["opener"], BOB: ["worker"], "did:sync:agent:eve": ["reviewer"]}


@pytest.mark.parametrize("part", ["state", "participants", ""])
def test_a_thread_without_records_is_not_there(shared, thread, part):
    answer = shared.http.get(f"/v1/threads/{thread}-none/{part}")
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


def test_a_fan_out_joins_as_its_children_end(shared, thread):
    names = [f"{thread}/{n}" for n in range(3)]
    subtasks = [{"goal": name, "sub_thread": name, "worker": BOB} for name in names]
    parent = intend(shared, thread, "all of it", subtasks=subtasks, join="k_of_n:2")
    assert get(shared, thread, "children")["fanout_status"] == "spawning"
    goals = [intend(shared, name, name, parent_thread=thread) for name in names]
    assert [get(shared, name, "parents")["data"][0]["id"] for name in names] == [thread] * 3
    found = get(shared, thread, "children")
    assert [child["id"] for child in found["data"]] == names
    assert found["fanout_status"] == "in_progress"
    close(shared, goals[0], actor=BOB, cost_usd=0.5)
    assert get(shared, thread, "children")["fanouts"][0]["result"] == "pending"
    close(shared, goals[2], actor=BOB)
    found = get(shared, thread, "children")
    (fanout,) = found["fanouts"]
    assert (found["fanout_status"], fanout["result"]) == ("ready_to_join", "accept")
    assert [child["verdict"] for child in fanout["children"]] == ["accept", None, "accept"]
    assert fanout["children"][0]["cost_usd"] == 0.5
    close(shared, parent)
    assert get(shared, thread, "children")["fanout_status"] == "done"


def test_checkpoints_are_recorded_and_listed_the_latest_first(shared, thread):
    for n in range(3):
        new = {"summary": f"step {n}", "learnings": ["l"], "next_steps": ["a", "b"], "actor": ANN}
        answer = shared.http.post(f"/v1/threads/{thread}/checkpoint", json=new)
        assert answer.status_code == 200
        assert answer.json()["body"]["kind"] == "agent.session.checkpoint"
    found = get(shared, thread, "checkpoints")["data"]
    assert [one["summary"] for one in found] == ["step 2", "step 1", "step 0"]
    assert (found[0]["next_steps"], found[0]["actor"]) == (["a", "b"], ANN)


def test_a_checkpoint_without_an_actor_is_that_of_the_account(shared, thread):
    answer = shared.http.post(f"/v1/threads/{thread}/checkpoint", json={"summary": "s"})
    assert answer.json()["actor"] == "did:sync:system:localhost"


def test_resume_tells_what_to_know(shared, thread):
    intend(shared, thread, "old")
    goal = intend(shared, thread, "long " * 200)
    answer = get(shared, thread, "resume")
    assert (answer["checkpoint"], answer["capped"]) == (None, False)
    assert len(answer["since"]) == 2
    new = {"summary": "half way", "actor": ANN}
    shared.http.post(f"/v1/threads/{thread}/checkpoint", json=new)
    later = shared.post(thread=thread).json()
    for answer in (
        get(shared, thread, "resume"),
        shared.http.post(f"/v1/threads/{thread}/resume").json(),
    ):
        assert (answer["goal"], answer["goal_id"]) == ("long " * 200, goal["id"])
        assert answer["checkpoint"]["summary"] == "half way"
        assert answer["since"] == [later]
    close(shared, goal)
    assert get(shared, thread, "resume")["goal"] == "old"


def test_resume_gives_the_newest_of_much(shared, thread):
    with shared.log() as log:
        draft = Draft(act="DO", body={"n": 1}, thread=thread)
        log.append_many([draft] * 300, by=Identity.static(ANN))
    answer = get(shared, thread, "resume")
    assert (len(answer["since"]), answer["capped"]) == (200, True)
    assert answer["since"][-1]["sequence"] == get(shared, thread, "state")["last_sequence"]


def test_a_list_of_large_records_ends_before_it_fills_the_memory(start_service):
    service = start_service()
    large = "x" * (DEFAULT_BODY_LIMIT - 100)
    with service.log() as log:
        drafts = [Draft(act="DO", body={"s": large}, thread="th") for _ in range(100)]
        log.append_many(drafts, by=Identity.static(ANN))
    found, cursor, pages = [], None, 0
    while pages == 0 or cursor is not None:
        parameters = {"limit": 10_000, **({"cursor": cursor} if cursor else {})}
        answer = service.http.get("/v1/records", params=parameters)
        assert len(answer.content) < 20 * 1024 * 1024
        found += [record["sequence"] for record in answer.json()["data"]]
        cursor, pages = answer.json()["next_cursor"], pages + 1
    assert found == list(range(1, 101))
    assert pages > 1


def test_the_parts_of_a_thread_come_page_by_page_too(shared, thread):
    saved = [
        shared.http.post(f"/v1/threads/{thread}/checkpoint", json={"summary": str(n)}).json()["id"]
        for n in range(5)
    ]
    path, found, cursor = f"/v1/threads/{thread}/checkpoints", [], None
    while True:
        parameters = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = shared.http.get(path, params=parameters).json()
        found += [checkpoint["id"] for checkpoint in page["data"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == saved[::-1]
    everything = shared.http.get(path).json()
    assert ([c["id"] for c in everything["data"]], everything["next_cursor"]) == (found, None)
    for wrong in ({"cursor": "made up"}, {"limit": 0}):
        for part in ("checkpoints", "children", "parents", "participants"):
            answer = shared.http.get(f"/v1/threads/{thread}/{part}", params=wrong)
            assert answer.status_code == 400
