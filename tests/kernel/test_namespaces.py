"""What code finds in a session: `sdk` and `thread`."""

import ast
import re

import pytest

RESERVED = {
    "emit_correction": "corrects=['a' * 64], revised_fields={'n': 2}, reason='wrong'",
    "emit_erasure": "erases=['a' * 64], reason='private'",
    "emit_alias": "old_kind='x.y.z', new_kind='x.y.w', reason='renamed'",
    "emit_scope_transfer": "scope='x', from_publisher='a', to_publisher='b', reason='sold'",
    "emit_scope_claim": "scope='x', governance_policy={'type': 'open'}",
}
EMIT = "sdk.emit_sync(act='DO', kind='x.y.z', body={'n': 1})"


def failure(kernel, code):
    return kernel.run(code, stop_on_error=False).error


@pytest.mark.parametrize("call", ["await sdk.emit(", "sdk.emit_sync("])
def test_emits_a_record(kernel, call):
    kernel.run_ok(f"r = {call}act='DO', kind='x.y.z', body={{'n': 1, 'é': [None, 2.5]}})")
    ran = kernel.run_ok("print([r.success, r.pending, r.error, r.record_id, r.clock, r.thread])")
    success, pending, error, record_id, clock, thread = ast.literal_eval(ran.text())
    assert (success, pending, error) == (True, False, None)
    with kernel.log() as log:
        stored = log.get(record_id)
    assert stored.body == {"kind": "x.y.z", "_v": 1, "n": 1, "é": [None, 2.5]}
    assert (stored.clock, stored.thread, stored.act) == (clock, thread, "DO")
    assert thread == ran.trace["thread"]


@pytest.mark.parametrize("way", ["await sdk.{}", "sdk.{}_sync"])
def test_a_goal_is_stated_and_fulfilled_and_both_are_found(kernel, way):
    intend, fulfill, query, query_thread = (
        way.format(name) for name in ("intend", "fulfill", "query", "query_thread")
    )
    ran = kernel.run_ok(
        f"goal = {intend}('to know')\n"
        f"done = {fulfill}(goal.thread, 'known', fulfills=goal.record_id)\n"
        f"by_thread = {query_thread}(goal.thread)\n"
        f"by_kind = {query}(kind='core.outcome', thread=goal.thread)\n"
        f"by_body = {query}(thread=goal.thread, where={{'body.goal': 'to know'}})\n"
        f"here = {query_thread}()\n"
        "print([[r['id'] for r in found] for found in (by_thread, by_kind, by_body)])\n"
        "print([goal.record_id, done.record_id, goal.thread, thread.id, here[0]['thread']])"
    )
    found, (goal, done, opened, current, here) = map(ast.literal_eval, ran.text().splitlines())
    assert found == [[goal, done], [done], [goal]]
    assert opened != current == here
    with kernel.log() as log:
        assert log.get(done).body["fulfills"] == goal


@pytest.mark.parametrize("name", RESERVED)
def test_the_reserved_kinds_are_emitted(kernel, name):
    for way in ("sdk.{}_sync", "await sdk.{}"):
        ran = kernel.run_ok(f"r = {way.format(name)}({RESERVED[name]})\nprint(r.record_id)")
        with kernel.log() as log:
            stored = log.get(ran.text().strip())
        assert stored.kind == "core." + name.removeprefix("emit_")
        assert stored.act == "PUT"
        assert stored.parents == (ran.trace["start"],)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("sdk.emit_sync(act='DO', kind='bad', body={})", "KindError"),
        ("sdk.emit_sync(act='DO', kind='X.Y.Z', body={})", "KindError"),
        ("sdk.emit_sync(act='FLY', kind='x.y.z', body={})", "ActError"),
        ("sdk.emit_sync(act='DO', kind='x.y.z', body={'n': object()})", "CanonicalError"),
        ("sdk.emit_sync(act='DO', kind='x.y.z', body={'n': float('nan')})", "CanonicalError"),
        ("sdk.emit_sync(act='DO', kind='x.y.z', body={'n': 'x' * 300_000})", "BodyTooLarge"),
        ("sdk.emit_sync(act='DO', kind='x.y.z', body={}, clock=-1)", "ClockError"),
        ("sdk.emit_sync(act='DO', kind='x.y.z', body=[])", "RecordError"),
        ("sdk.emit_sync(act='DO', kind='x.y.z', body={}, thread='')", "RecordError"),
        ("sdk.emit_erasure_sync(erases=[], reason='x')", "RecordError"),
        ("sdk.query_sync()", "RecordError"),
        ("thread.verdict('perhaps', judges='a' * 64)", "RecordError"),
        ("thread.verdict('accept', judges='a' * 64)", "RecordNotFound"),
    ],
)
def test_what_could_never_be_a_record_raises_and_nothing_is_written(kernel, code, error):
    before = len(kernel.records("x.y.z"))
    name, message = failure(kernel, code)
    assert name == error
    assert message
    assert len(kernel.records("x.y.z")) == before


def test_the_same_clock_twice_is_refused_with_a_remedy(kernel):
    emit = (
        "sdk.emit_sync(act='DO', kind='x.y.z', body={{'n': {}}}, thread='th', parents=[], clock=7)"
    )
    kernel.run_ok(emit.format(1))
    kernel.run_ok(emit.format(1))  # the same record again, which is no conflict
    name, message = failure(kernel, emit.format(2))
    assert name == "DuplicateClock"
    assert "the log assigns a free one" in message


def test_the_thread_knows_its_records_and_its_goals(start_kernel):
    kernel = start_kernel()
    kernel.run_ok("thread.goal = 'one'\nthread.goal = 'two'")
    assert kernel.run_ok("thread.goal").result == "'two'"
    kernel.run_ok("done = thread.fulfil('both done')")
    ran = kernel.run_ok("print([r.id for r in thread.records()])")
    assert ast.literal_eval(ran.text()) == [r.id for r in kernel.records()][:-1]
    (outcome,) = kernel.records("core.outcome")
    assert outcome.body["fulfills"] == [goal.id for goal in kernel.records("core.intent")]


def test_a_verdict_is_about_the_actor_of_the_record_it_judges(start_kernel):
    kernel = start_kernel()
    kernel.run_ok(f"r = {EMIT}\nthread.verdict('reject', judges=r.record_id, reason='no')")
    (verdict,) = kernel.records("threadbook.verdict.reject")
    (judged,) = kernel.records("x.y.z")
    assert verdict.body["subject"] == judged.actor
    assert verdict.body["judges"] == judged.id


@pytest.mark.parametrize(
    ("code", "offered"),
    [
        ("sdk.em", {"emit", "emit_sync", "emit_correction", "emit_correction_sync"}),
        ("await sdk.q", {"query", "query_sync", "query_thread", "query_thread_sync"}),
        ("thread.", {"id", "goal", "records", "fulfil", "checkpoint", "verdict"}),
    ],
)
def test_completion_offers_the_methods_and_nothing_private(kernel, code, offered):
    reply = kernel.ask("complete_request", code=code, cursor_pos=len(code))
    start, end = reply["cursor_start"], reply["cursor_end"]
    matches = {(code[:start] + m + code[end:]).rpartition(".")[2] for m in reply["matches"]}
    assert offered <= matches
    assert not {match for match in matches if match.startswith("_")}


def test_completion_of_thread_reads_nothing_from_the_log(start_kernel):
    kernel = start_kernel(THREADBOOK_STORE="carrier-pigeon://coop")
    reply = kernel.ask("complete_request", code="thread.go", cursor_pos=9)
    assert reply["matches"][-1].endswith("goal")


@pytest.mark.parametrize(
    ("code", "texts"),
    [
        ("sdk.emit", ["act: 'str'", "kind: 'str'", "KindError"]),
        ("sdk.emit_sync", ["kind: 'str'", "without await"]),
        ("sdk", ["records"]),
        ("thread", ["The thread this session works on"]),
        ("thread.fulfil", ["summary: 'str'", "open goals"]),
    ],
)
def test_inspection_gives_signature_and_documentation(kernel, code, texts):
    reply = kernel.ask("inspect_request", code=code, cursor_pos=len(code), detail_level=0)
    assert reply["found"]
    shown = re.sub(r"\x1b\[[0-9;]*m", "", reply["data"]["text/plain"])
    for text in texts:
        assert text in shown


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("sdk", ["emit_sync(", "intend(", "query_thread("]),
        ("sdk.emit", ["Append a record", "INTEND DO KNOW"]),
        ("sdk.emit_sync", ["without await", "body: 'dict[str, Any]'"]),
        ("thread", ["fulfil(", "checkpoint(", "verdict("]),
    ],
)
def test_help_lists_what_there_is(kernel, name, texts):
    shown = kernel.run_ok(f"help({name})").text()
    for text in texts:
        assert text in shown


def test_the_names_say_what_they_are(kernel):
    ran = kernel.run_ok("sdk, thread")
    assert "help(sdk)" in ran.result
    assert "help(thread)" in ran.result
    assert ran.trace["thread"] in ran.result
