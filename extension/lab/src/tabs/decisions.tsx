/** What waits for an answer, and what was answered. */

import type { VNode } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';

import type { PanelContext } from '../context';
import { useId } from '../ids';
import type { DecisionEntry } from '../protocol';
import { visible } from '../safe/visible';
import type { TabProps } from '../tab';
import { inOrder } from './answers';
import { Call } from './call';
import { AnswerForm } from './form';
import { useNow, useOperation } from './operation';
import { Actor, Answered, Cut, Empty, When } from './parts';
import { count, left, moment, shortId } from './words';

const PAGE = 20;

export function DecisionsTab({ context, isShown }: TabProps): VNode {
  const asked = useOperation(
    { context, isShown },
    'decisions',
    { thread: null, all: true },
    (news) => news.type === 'decisions',
  );
  const decisions = asked.value?.decisions;
  const { waiting, past } = useMemo(() => inOrder(decisions ?? []), [decisions]);
  const heading = useRef<HTMLHeadingElement>(null);
  const answered = (said: string) => {
    context.say(said);
    heading.current?.focus();
    asked.reload();
  };
  return (
    <div class="tb-page tb-decisions">
      <Answered asked={asked}>
        {(value) => (
          <>
            <h3 class="tb-heading" tabIndex={-1} ref={heading}>
              {waiting.length === 0 ? 'Nothing waits for you' : `${count(waiting.length, 'decision')} to take`}
            </h3>
            {waiting.map((entry) => (
              <Waiting
                key={entry.id}
                context={context}
                entry={entry}
                answered={answered}
                expired={asked.reload}
              />
            ))}
            <h3 class="tb-heading">Answered before</h3>
            {past.length === 0 ? <Empty>None yet.</Empty> : <History context={context} past={past} />}
            <Cut shown={value.decisions.length} total={value.total} of="decision" />
          </>
        )}
      </Answered>
    </div>
  );
}

interface WaitingProps {
  context: PanelContext;
  entry: DecisionEntry;
  answered: (said: string) => void;
}

function Waiting({ context, entry, answered, expired }: WaitingProps & { expired: () => void }): VNode {
  const now = useNow(1000);
  const title = useId();
  const isOver = entry.expires_at !== null && entry.expires_at <= now;
  useEffect(() => {
    if (isOver) {
      expired();
    }
  }, [isOver, expired]);
  return (
    <article class="tb-card tb-decision" aria-labelledby={title}>
      <h4 class="tb-card-title" id={title}>
        {visible(entry.question)}
      </h4>
      <p class="tb-quiet">
        <Actor did={entry.requester} /> asks on{' '}
        <button type="button" class="tb-link" onClick={() => context.open(entry.id, entry.thread)}>
          thread {visible(shortId(entry.thread))}
        </button>
        , <When at={entry.at} now={now} />
        {entry.blocking ? '; the cell waits for the answer' : ''}
      </p>
      {entry.expires_at === null ? null : (
        <p>
          {isOver ? 'Expired' : 'Expires in'}{' '}
          <time dateTime={new Date(entry.expires_at).toISOString()} title={moment(entry.expires_at)}>
            {isOver ? moment(entry.expires_at) : left(entry.expires_at - now)}
          </time>
        </p>
      )}
      {entry.call === null ? null : <Call context={context} entry={entry} call={entry.call} />}
      {isOver ? null : <Answers context={context} entry={entry} answered={answered} />}
    </article>
  );
}

/** The ways to answer, or why there are none. */
function Answers({ context, entry, answered }: WaitingProps): VNode {
  if (entry.refusal !== null) {
    return <p class="tb-note">You cannot answer this here: {visible(entry.refusal)}</p>;
  }
  if (!context.transport.canWrite) {
    return (
      <p class="tb-note">
        Answers cannot be given here. Answer in the Threadbook sidebar of JupyterLab, or run{' '}
        <code>threadbook decision show {visible(entry.id.slice(0, 12))}</code> in a terminal.
      </p>
    );
  }
  return <AnswerForm context={context} entry={entry} answered={answered} />;
}

function History({ context, past }: { context: PanelContext; past: DecisionEntry[] }): VNode {
  const [many, setMany] = useState(PAGE);
  const now = useNow(60_000);
  return (
    <>
      <ul class="tb-cards" aria-label="Answered before">
        {past.slice(0, many).map((entry) => (
          <li class="tb-card" key={entry.id}>
            <p class="tb-card-title">
              <span class={`tb-word tb-word-${tone(entry)}`}>{word(entry)}</span> {visible(entry.question)}
            </p>
            <Outcome entry={entry} now={now} />
            <button
              type="button"
              class="tb-link"
              onClick={() => context.open(entry.answer?.id ?? entry.id, entry.thread)}
            >
              Open the record
            </button>
          </li>
        ))}
      </ul>
      {many >= past.length ? null : (
        <button type="button" class="tb-button" onClick={() => setMany(many + PAGE)}>
          Show {Math.min(PAGE, past.length - many)} more
        </button>
      )}
    </>
  );
}

function Outcome({ entry, now }: { entry: DecisionEntry; now: number }): VNode {
  const { answer } = entry;
  if (answer === null) {
    return (
      <p class="tb-quiet">
        asked by <Actor did={entry.requester} />, <When at={entry.at} now={now} />; nobody answered
      </p>
    );
  }
  return (
    <p class="tb-quiet">
      by <Actor did={answer.actor} />, <When at={answer.at} now={now} />
      {answer.reason === '' ? null : <>: “{visible(answer.reason)}”</>}
    </p>
  );
}

const WORDS: Record<string, string> = {
  approve: 'approved once',
  approve_session: 'approved for the session',
  approve_until: 'approved until a date',
  reject: 'denied',
};

function word(entry: DecisionEntry): VNode | string {
  const { answer } = entry;
  return answer === null ? entry.status : (WORDS[answer.decision] ?? visible(answer.decision));
}

function tone(entry: DecisionEntry): string {
  return entry.answer === null ? 'plain' : entry.answer.is_approval ? 'good' : 'bad';
}
