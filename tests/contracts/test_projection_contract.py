"""Projections over each store: cursor, snapshot, and what an erasure does to both."""

from threadbook.folds.fold import Projection
from threadbook.folds.trust import TrustFold, standing
from threadbook.records.bodies import VerdictAccept
from threadbook.records.tombstone import tombstone_of

SUBJECT = "did:sync:agent:worker"


def samples(projection):
    return projection.ask(lambda state: standing(state, SUBJECT, as_of=2**52).samples)


def test_a_projection_goes_on_where_its_snapshot_ends(log, ann, draft):
    projection = Projection(log, TrustFold(), snapshot_every=1)
    assert samples(projection) == (0, 0)
    for number in range(3):
        body = VerdictAccept(subject=SUBJECT, judges=f"{number:064x}")
        log.append_many([body.draft(thread="th"), draft(number)], by=ann)
        assert samples(projection) == (number + 1, 2 * number + 2)
    assert log.store.kept("fold:trust") is not None
    assert samples(Projection(log, TrustFold())) == (3, 6)
    assert projection.rebuild()


def test_an_erasure_reaches_projections_that_run(log, ann):
    verdict = VerdictAccept(subject=SUBJECT, judges="0" * 64).draft(thread="th")
    stored = log.append(verdict, by=ann)
    projection = Projection(log, TrustFold(), snapshot_every=1)
    assert samples(projection).value == 1
    with log.store.write() as transaction:
        erased = tombstone_of(stored.record, by="1" * 64)
        transaction.erase(stored.seq, erased.canonical)
    assert samples(projection).value == 0
    assert samples(Projection(log, TrustFold())).value == 0
