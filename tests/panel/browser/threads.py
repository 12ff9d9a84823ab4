"""Threads as kernels would leave them, written directly: fast, and with any text in any place."""

from threadbook.records.bodies import (
    ArtifactSave,
    BlobRef,
    CellEnd,
    CellError,
    CellStart,
    Correction,
    DecisionAnswer,
    DecisionRequest,
    Intent,
    SessionStart,
    VerdictAccept,
    VerdictReject,
    WorkflowSave,
)
from threadbook.records.identity import Identity
from threadbook.records.record import Draft

_BATCH = 5_000


def note(thread, summary):
    """Return a finding to be appended: one record, one row."""
    body = {"kind": "survey.check.finding", "_v": 1, "summary": summary}
    return Draft(act="KNOW", body=body, thread=thread)


def write_long_thread(log, by, thread, count):
    """Write a thread of `count` records and as many rows: its goal, then findings by number."""
    log.append(Intent(goal=f"Find {count:,} things").draft(thread=thread), by=by)
    for begin in range(1, count, _BATCH):
        numbers = range(begin, min(begin + _BATCH, count))
        log.append_many([note(thread, f"finding {number}") for number in numbers], by=by)


class Story:
    """Writes what happens on one thread, record by record."""

    def __init__(self, log, by, thread, goal):
        self.log, self.by, self.thread, self.goal = log, by, thread, goal
        self._count, self._asked = 0, []
        self.intent = self.write(Intent(goal=goal))
        session = SessionStart(
            kernel="threadbook", versions={}, executor="jupyter", sandbox="none", pid=1, host="desk"
        )
        self.session = self.write(session).id

    def write(self, body, *parents):
        return self.log.append(body.draft(thread=self.thread, parents=parents), by=self.by)

    def start(self, code):
        self._count += 1
        body = CellStart(code=code, session=self.session, execution=f"message {self._count}")
        return self.write(body)

    def end(self, start, *, status="ok", outputs=(), error=None):
        """Write the end of a cell that was started; `outputs` may be a blob with their JSON."""
        end = CellEnd(
            status=status,
            duration_ms=12.5,
            execution_count=self._count,
            outputs=outputs if isinstance(outputs, BlobRef) else list(outputs),
            error=None if error is None else CellError(**error),
        )
        return self.write(end, start.id)

    def cell(self, code, **end):
        """Write a cell that has ended, and return its start."""
        start = self.start(code)
        self.end(start, **end)
        return start

    def question(self, text, **fields):
        """Write a question that waits for an answer."""
        self._asked.append(self.write(DecisionRequest(question=text, **fields)))
        return self._asked[-1]

    def withdraw_all(self):
        """Take back all questions without an answer."""
        for request in self._asked:
            if not self.answers(request):
                body = Correction(
                    corrects=[request.id],
                    revised_fields={"awaits": None},
                    reason="the test is over",
                    correcting_actor=self.by.actor_did,
                )
                self.write(body, request.id)

    def answers(self, request):
        found = self.log.read_all(kind=DecisionAnswer.KIND, thread=self.thread)
        return [answer for answer in found if answer.body.get("fulfills") == request.id]

    def artifact(self, name, text, **fields):
        """Write an artifact that is a text."""
        content = self.log.blobs.put(text.encode(), media_type="text/plain")
        fields = {"type": "str", "preview": text, **fields}
        body = ArtifactSave(name=name, version=1, content=content, codec="text", **fields)
        return self.write(body)

    def workflow(self, name, source, **fields):
        blob = self.log.blobs.put(source.encode(), media_type="text/x-python")
        return self.write(WorkflowSave(name=name, version=1, source=blob, **fields))

    def verdict(self, verdict, reason, judge="judge"):
        """Write somebody else's judgement of this thread's work."""
        body = {"accept": VerdictAccept, "reject": VerdictReject}[verdict](
            subject=self.by.actor_did, judges=self.intent.id, reason=reason
        )
        return self.log.append(
            body.draft(thread=self.thread), by=Identity.static(f"did:sync:user:{judge}")
        )
