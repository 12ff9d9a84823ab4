"""A service that is killed again and again while many write: nothing is lost, nothing is twice."""

import signal
import threading

import pytest

from threadbook import Client, Identity
from threadbook.log.verify import verify

WRITERS = 8
KILLS = 20
BETWEEN_KILLS = 40
"""Records that are written, by all, between two kills."""
PAUSE = 0.02
"""Seconds between records while the service is away: it has to catch up in the end."""


class Writer(threading.Thread):
    """Emits as fast as it can, whatever state the service is in; its outbox keeps the rest."""

    def __init__(self, number, url, folder, stop):
        super().__init__()
        self.client = Client(
            endpoint=url,
            identity=Identity.key(folder / f"writer{number}.pem"),
            outbox=folder / f"outbox{number}.db",
            timeout=5,
            max_retries=1,
            backoff_ms=20,
        )
        self.thread = f"th{number % 3}"
        self.stop = stop
        self.results = []
        self.failure = None

    def run(self):
        try:
            while not self.stop.is_set():
                body = {"n": len(self.results)}
                result = self.client.emit_sync(
                    act="DO", kind="test.crash.step", body=body, thread=self.thread
                )
                self.results.append(result)
                if result.pending:
                    self.stop.wait(PAUSE)
        except BaseException as failure:
            self.failure = failure
            raise


@pytest.mark.timeout(600)
def test_killed_twenty_times_under_eight_writers(start_service, tmp_path, wait_for):
    service, stop = start_service(), threading.Event()
    writers = [Writer(number, service.url, tmp_path, stop) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    try:
        for _ in range(KILLS):
            goal = sum(len(writer.results) for writer in writers) + BETWEEN_KILLS
            wait_for(lambda goal=goal: sum(len(w.results) for w in writers) >= goal)
            service.end(signal.SIGKILL)
            service.start()
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    results = [result for writer in writers for result in writer.results]
    assert [writer.failure for writer in writers] == [None] * WRITERS
    assert all(result.success for result in results)
    assert any(result.pending for result in results), "no outbox was needed: no test"
    for writer in writers:
        wait_for(lambda writer=writer: drained(writer.client))
        writer.client.close_sync()
    with service.log() as log:
        stored = [record.id for record in log.read_all(kind="test.crash.step")]
        assert len(stored) == len(set(stored))
        assert set(stored) == {result.record_id for result in results}
        for writer in writers:
            written = log.read_all(kind="test.crash.step", actor=writer.client.identity.actor_did)
            assert [record.body["n"] for record in written] == list(range(len(writer.results)))
        assert verify(log).is_clean


def drained(client):
    client.outbox.deliver_sync()
    return not client.outbox.pending()
