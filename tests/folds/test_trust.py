"""Trust: the published numbers, what counts as evidence, and that every number can be explained."""

import itertools
import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadbook.folds.fold import Projection
from threadbook.folds.principals import principal_of
from threadbook.folds.trust import (
    HALF_LIFE_MS,
    TrustFold,
    by_judge,
    explain,
    newest,
    standing,
    standings,
    trend,
    weight,
    wilson,
    wilson_upper,
    zone,
)
from threadbook.log.entry import Sealed, Stored
from threadbook.log.log import Log
from threadbook.log.memory import MemoryStore
from threadbook.records.bodies import TokenGrant, TokenRevoke, VerdictAccept, VerdictReject
from threadbook.records.identity import Identity
from threadbook.records.record import Draft, Record

DAY = 24 * 3600 * 1000
NOW = 1_790_000_000_000
LATER = 2**50
BOB = "did:sync:user:bob"

TABLE = [
    (0, 0, 0.0), (0, 5, 0.0), (1, 1, 0.2065), (2, 2, 0.3424), (3, 3, 0.4385), (3, 4, 0.3006),
    (5, 5, 0.5655), (8, 10, 0.4902), (9, 10, 0.5958), (10, 10, 0.7225), (10, 12, 0.5520),
    (12, 14, 0.6006), (15, 20, 0.5313), (19, 20, 0.7639), (20, 20, 0.8389), (34, 34, 0.8985),
    (35, 35, 0.9011), (45, 50, 0.7864), (50, 50, 0.9286), (90, 100, 0.8256), (95, 100, 0.8882),
    (97, 100, 0.9155), (100, 100, 0.9630),
]  # fmt: skip


@pytest.mark.parametrize(("successes", "total", "expected"), TABLE)
def test_the_published_table(successes, total, expected):
    assert round(wilson(successes, total), 4) == expected
    if successes == total:
        assert math.isclose(wilson(successes, total), total / (total + 1.96**2))


@pytest.mark.parametrize(("successes", "total", "expected"), TABLE)
def test_the_published_table_from_records(successes, total, expected):
    records = [verdict(n, accept=n < successes) for n in range(total)]
    state = TrustFold().over(records)
    found = standing(state, BOB, as_of=NOW)
    assert found.effective_trust == found.score
    assert round(found.score, 4) == expected
    assert (found.successes, found.total, found.samples) == (successes, total, total)


@pytest.mark.parametrize(("successes", "total"), [row[:2] for row in TABLE])
def test_the_interval_contains_the_share(successes, total):
    # The bounds are where the distance of the share is z standard errors, as if they were true.
    for bound in {wilson(successes, total), wilson_upper(successes, total)} if total else ():
        error = math.sqrt(bound * (1 - bound) / total)
        assert math.isclose(abs(successes / total - bound), 1.96 * error, abs_tol=1e-9)
    share = successes / total if total else 0.5
    assert wilson(successes, total) - 1e-9 <= share <= wilson_upper(successes, total) + 1e-9


def test_straight_successes_to_reach_a_threshold():
    needed = {0.5: 4, 0.6: 6, 0.7: 9, 0.8: 16, 0.9: 35, 0.95: 73}
    for threshold, count in needed.items():
        assert wilson(count, count) >= threshold > wilson(count - 1, count - 1)


@given(st.floats(0, 1e9), st.floats(0, 1e9), st.floats(1e-300, 1e6, exclude_min=True))
def test_the_bound_is_a_probability_and_grows_with_an_accept(successes, failures, added):
    bound = wilson(successes, successes + failures)
    assert 0 <= bound <= 1
    assert wilson(successes + added, successes + failures + added) >= bound - 1e-12


@pytest.mark.parametrize(
    ("trust", "band"),
    [
        (0, "REPLAY"), (0.333, "REPLAY"), (1 / 3, "ADAPT"), (0.4999, "ADAPT"), (0.5, "EXPLORE"),
        (0.6666, "EXPLORE"), (2 / 3, "CREATE"), (1, "CREATE"),
    ],
)  # fmt: skip
def test_dial_bands(trust, band):
    assert zone(trust) == band


NUMBERS = itertools.count(1)


def record(who, body, *, at=NOW, act="KNOW", thread="th", parents=(), clock=0):
    """Return a record as the log would, recorded at a given time."""
    fields = Record(act=act, actor=who, body=body, clock=clock, thread=thread, parents=parents)
    sealed = Sealed.of(fields)
    return Stored(
        seq=next(NUMBERS),
        id=sealed.id,
        record=fields,
        canonical=sealed.canonical,
        sig=None,
        judged_by=None,
        recorded_at=at,
    )


def verdict(number, *, accept=True, judge="did:sync:user:ann", at=NOW, **fields):
    word = "accept" if accept else "reject"
    body = {
        "kind": f"threadbook.verdict.{word}",
        "verdict": word,
        "subject": BOB,
        "judges": f"{number:064x}",
        **fields,
    }
    return record(judge, body, at=at, clock=number)


def of(*records):
    return TrustFold().over(records)


def test_an_observation_weighs_half_after_ninety_days():
    assert weight(NOW, as_of=NOW) == 1
    assert math.isclose(weight(NOW - 90 * DAY, as_of=NOW), 0.5)
    assert math.isclose(weight(NOW - 45 * DAY, as_of=NOW), 0.5**0.5)
    state = of(
        verdict(1, at=NOW - 180 * DAY), verdict(2, at=NOW - 90 * DAY, accept=False), verdict(3)
    )
    found = standing(state, BOB, as_of=NOW)
    assert math.isclose(found.decayed_total, 1.75)
    assert math.isclose(found.decayed_successes, 1.25)
    assert math.isclose(found.effective_trust, wilson(1.25, 1.75))
    assert (found.total, found.successes, found.last_observed) == (3, 2, NOW)


def test_the_shape_of_a_standing():
    state = of(verdict(1, domain="code"), verdict(2, domain="ops"), verdict(3, domain="code"))
    code, ops = standings(state, as_of=NOW)
    assert msgspec.to_builtins(code) == {
        "actor": BOB,
        "domain": "code",
        "effective_trust": pytest.approx(0.3424, abs=1e-4),
        "score": code.effective_trust,
        "samples": 2,
        "successes": 2,
        "total": 2,
        "verified": 0,
        "decayed_successes": pytest.approx(2),
        "decayed_total": pytest.approx(2),
        "zone": "ADAPT",
        "last_observed": NOW,
        "as_of": NOW,
        "judges": 1,
        "namespace": "default",
    }
    assert (ops.domain, ops.samples) == ("ops", 1)
    assert standings(state, as_of=NOW, domain="ops") == [ops]
    assert standings(state, as_of=NOW, actor="did:sync:user:nobody") == []
    assert standing(state, "did:sync:user:nobody", as_of=NOW).effective_trust == 0


def test_each_judge_is_told_apart():
    state = of(verdict(1), verdict(2, judge="did:sync:user:cyd", accept=False), verdict(3))
    judges = by_judge(state, BOB, "general", as_of=NOW)
    assert {judge: (one.successes, one.total) for judge, one in judges.items()} == {
        "did:sync:user:ann": (2, 2),
        "did:sync:user:cyd": (0, 1),
    }
    assert standing(state, BOB, as_of=NOW).judges == 2


def test_the_published_shape_is_evidence():
    body = {"kind": "core.eval.run.v1", "verdict": "accept", "judged_by": BOB, "domain": "code"}
    state = of(record("did:sync:user:ann", body))
    assert standing(state, BOB, "code", as_of=NOW).samples == 1


def test_without_a_record_the_judge_has_one_voice_on_the_thread():
    shape = {"verdict": "accept", "judged_by": BOB}
    ann = "did:sync:user:ann"
    state = of(
        record(ann, shape, clock=1),
        record(ann, {**shape, "n": 2}, clock=2),
        record(ann, shape, clock=1, thread="another"),
    )
    assert standing(state, BOB, as_of=NOW).samples == 2


def refusal_of(*records):
    *_, last = explain(TrustFold().over(records), BOB, "general", as_of=LATER)
    assert not last.counted
    assert last.weight == 0
    return last.reason


def test_nobody_judges_themselves():
    own = verdict(1, judge=BOB)
    assert refusal_of(own) == "judge and worker are one identity"
    assert standing(of(own), BOB, as_of=NOW).samples == 0


def test_the_judged_record_is_the_subjects_own():
    by_bob, by_eve = record(BOB, {"n": 1}, act="DO"), record("did:sync:user:eve", {}, act="DO")
    assert standing(of(by_bob, verdict(1, judges=by_bob.id)), BOB, as_of=NOW).samples == 1
    wrong = verdict(1, judges=by_eve.id)
    assert refusal_of(by_eve, wrong) == "the record it judges is by another actor"
    with Log(MemoryStore()) as log:
        stored = [log.append(Sealed.of(one.record)) for one in (by_eve, wrong)]
        asked = Projection(log, TrustFold()).ask(lambda s: explain(s, BOB, "general", as_of=LATER))
        assert [one.reason for one in asked.value] == ["the record it judges is by another actor"]
        assert asked.watermark == stored[-1].seq


def test_a_verdict_that_contradicts_itself_is_no_evidence():
    twofold = verdict(1, judged_by="did:sync:user:eve")
    assert refusal_of(twofold) == "it names two subjects"
    wrong_kind = verdict(1, kind="threadbook.verdict.reject")
    assert refusal_of(wrong_kind) == "its kind and its verdict disagree"


def test_the_latest_verdict_of_a_judge_on_a_record_counts():
    first, second = verdict(1, at=NOW), verdict(1, accept=False, at=NOW + 1, reason="broken")
    state = of(first, second)
    assert (standing(state, BOB, as_of=LATER).successes, state.settled) == (0, NOW + 1)
    assert standing(state, BOB, as_of=NOW + 1).total == 1
    assert standing(state, BOB, as_of=NOW).successes == 1
    older, newer = explain(state, BOB, "general", as_of=NOW + 1)
    assert (older.counted, newer.counted) == (False, True)
    assert older.reason == f"replaced or taken back by {newer.id}"


def test_a_judge_may_move_a_verdict_to_another_domain():
    state = of(verdict(1, domain="code"), verdict(1, domain="ops", at=NOW + 1))
    assert [one.domain for one in standings(state, as_of=LATER)] == ["ops"]


TAKEN_BACK = [
    lambda who, ids: record(who, {"kind": "core.correction", "corrects": ids}, act="PUT"),
    lambda who, ids: record(who, {"kind": "core.erasure", "erases": ids}, act="PUT"),
    lambda who, ids: record(who, {"topic": "correction"}, parents=tuple(ids)),
]


@pytest.mark.parametrize("take_back", TAKEN_BACK)
def test_only_its_judge_takes_a_verdict_back(take_back):
    good, bad = verdict(1), verdict(2, accept=False)
    taken = take_back("did:sync:user:ann", [bad.id])
    assert standing(of(good, bad, taken), BOB, as_of=LATER).total == 1
    assert refusal_of(good, bad, taken) == f"replaced or taken back by {taken.id}"
    for other in (BOB, "did:sync:user:eve"):
        assert standing(of(good, bad, take_back(other, [bad.id])), BOB, as_of=LATER).total == 2


def grant(issuer, holder, **fields):
    return record(issuer, {"kind": "core.identity.grant.v1", "aud": holder, **fields}, act="PUT")


def user(name):
    return f"did:sync:user:{name}"


def test_an_alias_does_not_judge_its_principal():
    alias = verdict(1, judge=user("alias"))
    chain = [grant(BOB, user("a")), grant(user("a"), user("b")), grant(user("b"), user("alias"))]
    reason = "the judge acts by a grant of the worker"
    assert refusal_of(grant(BOB, user("alias")), alias) == reason
    assert refusal_of(*chain, alias) == reason
    assert standing(of(*chain[1:], alias), BOB, as_of=NOW).samples == 1
    assert standing(of(alias, *chain), BOB, as_of=NOW).samples == 1  # granted only afterwards


def test_a_chain_is_followed_for_sixty_four_grants():
    def chain(length):
        names = [BOB, *(user(f"n{number}") for number in range(length))]
        grants = [grant(one, two) for one, two in itertools.pairwise(names)]
        return [*grants, verdict(1, judge=names[-1])]

    assert refusal_of(*chain(64))
    assert standing(of(*chain(65)), BOB, as_of=NOW).samples == 1


def test_who_gave_the_grant_may_judge():
    assert standing(of(grant(user("ann"), BOB), verdict(1)), BOB, as_of=NOW).samples == 1


def test_a_grant_counts_while_it_holds():
    def samples(*grants):
        return standing(of(*grants, verdict(1, at=NOW + DAY)), BOB, as_of=LATER).samples

    given = grant(BOB, user("ann"))
    assert samples(given) == 0
    assert samples(grant(BOB, user("ann"), expires_at="2026-09-21T00:00:00Z")) == 1
    assert samples(grant(BOB, user("ann"), expires_at=NOW + 2 * DAY)) == 0
    revoke = {"kind": "core.identity.revoke.v1", "grant": given.id}
    assert samples(given, record(BOB, revoke, act="PUT")) == 1
    assert samples(given, record(user("eve"), revoke, act="PUT")) == 0


def test_a_worker_does_not_silence_a_judge_by_a_grant():
    given, bad = grant(BOB, user("ann")), verdict(1, accept=False)
    assert standing(of(given, bad), BOB, as_of=NOW).total == 1
    accepted = record(
        user("ann"), {"kind": "core.identity.acceptance.v1", "grant": given.id}, act="PUT"
    )
    assert standing(of(given, accepted, bad), BOB, as_of=NOW).total == 0
    claimed = record(BOB, accepted.body, act="PUT")
    assert standing(of(given, claimed, bad), BOB, as_of=NOW).total == 1


def test_grants_in_a_circle():
    circle = [
        grant(user("x"), user("y")),
        grant(user("y"), user("x")),
        grant(user("x"), user("ann")),
    ]
    assert standing(of(*circle, verdict(1)), BOB, as_of=NOW).samples == 1
    assert refusal_of(grant(user("x"), BOB), grant(BOB, user("x")), verdict(1, judge=user("x")))


OPERATOR = "did:sync:system:operator"


def token(*actors, who=OPERATOR, account="acme", name="0", **fields):
    body = TokenGrant(
        token=name * 64, account=account, scopes=["admin"], actors=list(actors), **fields
    )
    return record(
        who, body.draft(thread="threadbook.auth").body, act="PUT", thread="threadbook.auth"
    )


def samples_with(*records):
    return standing(TrustFold(OPERATOR).over([*records, verdict(1)]), BOB, as_of=NOW).samples


def test_actors_of_one_account_do_not_judge_each_other():
    ann = user("ann")
    assert samples_with(token(BOB, ann)) == 0
    assert samples_with(token(BOB), token(ann, name="1")) == 0
    assert samples_with(token(BOB), token(ann, account="other", name="1")) == 1
    assert samples_with(token("*"), token(ann, BOB, who=user("eve"), name="1")) == 1
    revoke = TokenRevoke(token="0" * 64).draft(thread="threadbook.auth").body
    assert samples_with(token(BOB, ann), record(OPERATOR, revoke, act="PUT")) == 1
    assert samples_with(token(BOB, ann), record(user("eve"), revoke, act="PUT")) == 0
    assert samples_with(token(BOB, ann, expires_at=NOW - 1)) == 1


def test_what_a_key_signed_is_told_apart(log, add, key):
    ann, bob = key("ann"), key("bob")
    work = add(bob, {"n": 1})
    add(ann, VerdictAccept(subject=bob.actor_did, judges=work.id))
    add("cyd", VerdictReject(subject=bob.actor_did, judges=work.id))
    state = Projection(log, TrustFold()).read().value
    found = standing(state, bob.actor_did, as_of=LATER)
    assert (found.total, found.verified) == (2, 1)
    assert [one.verified for one in explain(state, bob.actor_did, "general", as_of=LATER)] == [
        True,
        False,
    ]


# Properties: short histories of everything that changes what counts, recorded in order of time.

WHO = [BOB, user("ann"), user("cyd"), user("eve")]


@st.composite
def histories(draw):
    records, at = [], NOW
    for number in range(draw(st.integers(1, 14))):
        at += draw(st.sampled_from([0, 1, DAY, 200 * DAY]))
        who = draw(st.sampled_from(WHO))
        earlier = draw(st.sampled_from([one.id for one in records] or ["0" * 64]))
        match draw(st.sampled_from(["verdict"] * 4 + ["work", "correct", "grant"])):
            case "verdict":
                made = verdict(
                    number,
                    accept=draw(st.booleans()),
                    judge=who,
                    at=at,
                    subject=draw(st.sampled_from(WHO)),
                    judges=draw(st.sampled_from([earlier, "1" * 64, "2" * 64])),
                    domain=draw(st.sampled_from(["code", "ops"])),
                )
            case "work":
                made = record(who, {"n": number}, at=at, act="DO", clock=number)
            case "correct":
                body = {"kind": "core.correction", "corrects": [earlier]}
                made = record(who, body, at=at, act="PUT", clock=number)
            case "grant":
                body = {"kind": "core.identity.grant.v1", "aud": draw(st.sampled_from(WHO))}
                made = record(who, body, at=at, act="PUT", clock=number)
        records.append(made)
    return records


def numbers(state, as_of):
    return {
        (one.actor, one.domain): (
            one.total,
            one.successes,
            one.verified,
            one.judges,
            one.last_observed,
            pytest.approx(one.decayed_total, rel=1e-9),
            pytest.approx(one.effective_trust, rel=1e-9),
        )
        for one in standings(state, as_of=as_of)
    }


@given(histories(), st.integers(0, 14))
def test_the_past_is_what_folding_up_to_it_gives(records, place):
    as_of = records[min(place, len(records) - 1)].recorded_at
    before = [one for one in records if one.recorded_at <= as_of]
    assert numbers(of(*records), as_of) == numbers(of(*before), as_of)


@given(histories(), st.integers(1, 20))
def test_the_trend_is_what_each_beginning_of_the_log_adds_up_to(records, most):
    state = of(*records)
    for one in standings(state, as_of=records[-1].recorded_at):
        expected = []
        for number, last in enumerate(records, 1):
            before, as_of = of(*records[:number]), max(r.recorded_at for r in records[:number])
            account = explain(before, one.actor, one.domain, as_of=as_of)
            if account and account[-1].id == last.id and account[-1].counted:
                score = standing(before, one.actor, one.domain, as_of=as_of).score
                expected.append((last.recorded_at, pytest.approx(score, rel=1e-9, abs=1e-12)))
        found = trend(state, one.actor, one.domain, most=most)
        assert [(turn.at, turn.score) for turn in found] == expected[-most:]


@given(histories())
def test_the_newest_verdict_is_the_last_that_counts(records):
    state, as_of = of(*records), records[-1].recorded_at
    for one in standings(state, as_of=as_of):
        evidence = explain(state, one.actor, one.domain, as_of=as_of)
        counted = [item for item in evidence if item.counted]
        assert newest(state, one.actor, one.domain, as_of=as_of) == counted[-1]


@given(histories())
def test_a_number_is_the_sum_of_its_evidence(records):
    state, as_of = of(*records), records[-1].recorded_at + 30 * DAY
    for one in standings(state, as_of=as_of):
        evidence = explain(state, one.actor, one.domain, as_of=as_of)
        counted = [item for item in evidence if item.counted]
        assert one.total == len(counted)
        assert math.isclose(one.decayed_total, sum(item.weight for item in counted))
        accepted = [item.weight for item in counted if item.verdict == "accept"]
        assert math.isclose(one.decayed_successes, sum(accepted), abs_tol=1e-12)
        assert all(item.reason is None for item in counted)
        assert all(item.reason for item in evidence if not item.counted)
        assert len({(item.judge, item.judges) for item in counted}) == len(counted)


@given(histories(), st.integers(0, 14))
def test_step_by_step_with_snapshots_is_all_at_once(records, cut):
    fold = TrustFold()
    with Log(MemoryStore()) as log:
        projection = Projection(log, fold, snapshot_every=1)
        for number, one in enumerate(records):
            log.append(Sealed.of(one.record))
            if number % 3 == cut % 3:
                projection.ask(lambda _: None)
            if number == cut:
                projection = Projection(log, fold, snapshot_every=2)
        seen = projection.read().value
        assert msgspec.msgpack.encode(seen) == msgspec.msgpack.encode(fold.over(log.read_all()))
        assert projection.rebuild()


@given(histories(), st.data())
def test_a_verdict_on_oneself_changes_nothing(records, data):
    at, who = records[-1].recorded_at, data.draw(st.sampled_from(WHO))
    own = verdict(
        99,
        accept=data.draw(st.booleans()),
        judge=who,
        subject=who,
        at=at,
        judges=data.draw(st.sampled_from(["1" * 64, *(one.id for one in records)])),
    )
    as_of = at + DAY
    assert numbers(of(*records, own), as_of) == numbers(of(*records), as_of)


@given(histories(), st.booleans(), st.booleans())
def test_two_verdicts_of_different_judges_have_no_order(records, one, two):
    at = records[-1].recorded_at
    first = verdict(97, judge=user("x"), accept=one, at=at)
    second = verdict(98, judge=user("y"), accept=two, at=at)
    forth, back = of(*records, first, second), of(*records, second, first)
    assert numbers(forth, at + DAY) == numbers(back, at + DAY)


@given(histories())
def test_one_more_accept_never_lowers_trust(records):
    at = records[-1].recorded_at
    before = standing(of(*records), BOB, "code", as_of=at).effective_trust
    more = verdict(99, judge=user("x"), at=at, domain="code")
    after = standing(of(*records, more), BOB, "code", as_of=at).effective_trust
    assert after > before


@given(st.lists(st.integers(0, 40 * 365), min_size=1, max_size=12), st.integers(0, 11))
def test_sums_kept_for_decades_stay_exact(days, taken_back):
    times = [NOW + day * DAY for day in sorted(days)]
    verdicts = [verdict(number, at=at) for number, at in enumerate(times)]
    gone = verdicts[taken_back % len(verdicts)]
    back = record(
        user("ann"), {"kind": "core.correction", "corrects": [gone.id]}, at=times[-1], act="PUT"
    )
    as_of = times[-1]
    expected = sum(weight(one.recorded_at, as_of=as_of) for one in verdicts if one is not gone)
    found = standing(of(*verdicts, back), BOB, as_of=as_of)
    assert math.isclose(found.decayed_total, expected, rel_tol=1e-9, abs_tol=1e-9)
    assert HALF_LIFE_MS == 90 * DAY


def test_a_draft_of_a_verdict_is_evidence(log, add):
    work = add("bob", {"n": 1})
    add("ann", VerdictAccept(subject=BOB, judges=work.id, domain="code"))
    log.append(
        Draft(act="KNOW", body={"verdict": "accept", "judged_by": BOB}, thread="th"),
        by=Identity.static(user("ann")),
    )
    state = Projection(log, TrustFold()).read().value
    assert [(one.domain, one.samples) for one in standings(state, as_of=LATER)] == [
        ("code", 1),
        ("general", 1),
    ]


def test_for_whom_an_alias_acts():
    accepted = {"kind": "core.identity.acceptance.v1"}
    first, second = grant(BOB, user("a")), grant(user("a"), user("b"))
    late, claim = grant(user("eve"), user("b")), grant(user("mallory"), user("c"))
    state = of(
        first,
        second,
        late,
        claim,
        record(user("a"), {**accepted, "grant": first.id}, act="PUT"),
        record(user("b"), {**accepted, "grant": [late.id, second.id]}, act="PUT"),
    ).principals
    found = {name: principal_of(state, user(name), as_of=NOW) for name in ("a", "b", "c")}
    assert found == {"a": BOB, "b": BOB, "c": user("c")}
    assert principal_of(state, user("b"), as_of=NOW - 1) == user("b")
    evidence = explain(of(first, verdict(1, judge=user("a"))), BOB, "general", as_of=NOW)
    assert [one.judge_principal for one in evidence] == [user("a")]


def test_principals_in_a_circle():
    circle = [grant(user("x"), user("y")), grant(user("y"), user("x"))]
    accepted = [
        record(who, {"kind": "core.identity.acceptance.v1", "grant": one.id}, act="PUT")
        for one, who in zip(circle, (user("y"), user("x")), strict=True)
    ]
    state = of(*circle, *accepted).principals
    assert principal_of(state, user("x"), as_of=NOW) == user("y")
