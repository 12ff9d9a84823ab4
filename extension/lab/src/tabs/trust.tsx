/** How far actors are trusted, by domain, and what that comes from. */

import type { VNode } from 'preact';

import type { PanelContext } from '../context';
import type { TrustEntry } from '../protocol';
import { visible } from '../safe/visible';
import type { TabProps } from '../tab';
import { useNow, useOperation } from './operation';
import { Actor, Answered, Cut, Empty, When } from './parts';
import { Trend } from './trend';
import { count, percent, score } from './words';

export function TrustTab({ context, isShown }: TabProps): VNode {
  const asked = useOperation({ context, isShown }, 'trust', { thread: null }, (news) => news.type === 'trust');
  const now = useNow(60_000, isShown);
  return (
    <div class="tb-page tb-trust">
      <p class="tb-quiet">
        The score is the lower end of the 95 % Wilson interval over verdicts of independent judges; older
        verdicts weigh less.
      </p>
      <Answered asked={asked}>
        {({ standings, total }) =>
          standings.length === 0 ? (
            <Empty>
              Nobody was judged yet. Open a cell in the timeline and accept or reject it: that is a verdict.
            </Empty>
          ) : (
            <>
              <ul class="tb-cards" aria-label="Standings">
                {standings.map((entry) => (
                  <li class="tb-card" key={`${entry.actor} ${entry.domain}`}>
                    <Standing context={context} entry={entry} now={now} />
                  </li>
                ))}
              </ul>
              <Cut shown={standings.length} total={total} of="standing" />
            </>
          )
        }
      </Answered>
    </div>
  );
}

function Standing({ context, entry, now }: { context: PanelContext; entry: TrustEntry; now: number }): VNode {
  const judged = entry.accepted + entry.rejected;
  return (
    <>
      <h3 class="tb-card-title">
        <Actor did={entry.actor} /> <span class="tb-quiet">in {visible(entry.domain)}</span>
      </h3>
      <div class="tb-standing">
        <p class="tb-score">
          <strong>{score(entry.score)}</strong>
          <span class="tb-quiet">zone {visible(entry.zone)}</span>
        </p>
        <Trend points={entry.trend} />
      </div>
      <Interval entry={entry} />
      <p>
        {entry.accepted} accepted, {entry.rejected} rejected: {percent(entry.share)} of{' '}
        {count(judged, 'verdict')} by {count(entry.judges, 'judge')}
      </p>
      {entry.last === null ? null : <Last context={context} last={entry.last} now={now} />}
    </>
  );
}

/** The interval on a line from 0 to 1, with its ends in words. */
function Interval({ entry }: { entry: TrustEntry }): VNode {
  const { score: lower, upper, share } = entry;
  return (
    <div class="tb-interval">
      <span class="tb-interval-line" aria-hidden="true">
        <span
          class="tb-interval-range"
          style={{ left: `${lower * 100}%`, width: `${Math.max(upper - lower, 0) * 100}%` }}
        />
        <span class="tb-interval-share" style={{ left: `${share * 100}%` }} />
      </span>
      <span class="tb-quiet">
        interval {score(lower)}–{score(upper)}
      </span>
    </div>
  );
}

function Last({
  context,
  last,
  now,
}: {
  context: PanelContext;
  last: NonNullable<TrustEntry['last']>;
  now: number;
}): VNode {
  return (
    <p>
      Last changed <When at={last.at} now={now} />:{' '}
      <span class={`tb-word tb-word-${last.verdict === 'accept' ? 'good' : 'bad'}`}>
        {last.verdict === 'accept' ? 'accepted' : 'rejected'}
      </span>{' '}
      by <Actor did={last.judge} />
      {last.reason === '' ? null : <>: “{visible(last.reason)}”</>}{' '}
      <button type="button" class="tb-link" onClick={() => context.open(last.judges, last.thread)}>
        Open what was judged
      </button>{' '}
      <button type="button" class="tb-link" onClick={() => context.open(last.id, last.thread)}>
        Open the verdict
      </button>
    </p>
  );
}
