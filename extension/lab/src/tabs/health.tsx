/** Whether what is shown can be relied on. */

import type { ComponentChildren, VNode } from 'preact';

import type { Health } from '../protocol';
import { visible } from '../safe/visible';
import type { TabProps } from '../tab';
import { useNow, useOperation } from './operation';
import { Actor, Answered, Empty, Facts, When } from './parts';
import { count } from './words';

const TIERS: Record<string, string> = {
  none: 'Code runs as the person who started the kernel, and can do all that this person can.',
  guard: 'The operating system limits files, calls and resources (Landlock, seccomp, rlimits).',
  jail: 'Code runs in namespaces of its own (bubblewrap), without network or your files.',
  container: 'Code runs in a container.',
  remote: 'Code runs on another machine, behind a gateway.',
};

const SESSIONS: Record<Health['session'], string> = {
  running: 'running',
  ended: 'ended',
  none: 'none on this thread',
};

export function HealthTab({ context, isShown }: TabProps): VNode {
  const { thread } = context;
  const asked = useOperation(
    { context, isShown },
    'health',
    { thread },
    (news) => news.type === 'health',
  );
  const now = useNow(10_000, isShown);
  return (
    <div class="tb-page tb-health">
      <Answered asked={asked}>{(health) => <Report health={health} now={now} />}</Answered>
    </div>
  );
}

function Report({ health, now }: { health: Health; now: number }): VNode {
  return (
    <>
      <Facts
        of={[
          ['Log', <Verified health={health} now={now} />],
          ['Outbox', <Outbox pending={health.outbox} />],
          ['Sandbox', <Tier tier={health.sandbox} />],
          ['Session', SESSIONS[health.session]],
          ['Store', <span class="tb-mono">{visible(health.store)}</span>],
          ['You are', health.person === null ? 'nobody here' : <Actor did={health.person} />],
          ['You can', <Rights readOnly={health.read_only} />],
        ]}
      />
      <h3 class="tb-heading">Warnings on this thread</h3>
      {health.warnings.length === 0 ? (
        <Empty>None: no restart, no death, no repair.</Empty>
      ) : (
        <ul class="tb-cards" aria-label="Warnings">
          {health.warnings.map((warning) => (
            <li class="tb-card" key={warning.id}>
              {visible(warning.text)} <span class="tb-quiet"><When at={warning.at} now={now} /></span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Verified({ health, now }: { health: Health; now: number }): VNode {
  if (health.problem !== null) {
    return (
      <State tone="bad" word="damaged">
        {visible(health.problem)} Records up to {health.verified.toLocaleString('en')} hold. “threadbook doctor”
        says what can be done.
      </State>
    );
  }
  const isWhole = health.verified >= health.records;
  return (
    <State tone={isWhole ? 'good' : 'plain'} word={isWhole ? 'verified' : 'partly verified'}>
      {health.verified.toLocaleString('en')} of {count(health.records, 'record')} checked and found whole
      {health.verified_at === null ? null : <>, <When at={health.verified_at} now={now} /></>}
    </State>
  );
}

function Outbox({ pending }: { pending: number }): VNode {
  return pending === 0 ? (
    <State tone="good" word="empty">
      all records are in the store
    </State>
  ) : (
    <State tone="bad" word="waiting">
      {count(pending, 'record')} could not be written to the store yet; nothing is lost
    </State>
  );
}

function Tier({ tier }: { tier: string | null }): VNode {
  return tier === null ? (
    <>not known: no session on this thread</>
  ) : (
    <State tone={tier === 'none' ? 'wait' : 'good'} word={tier}>
      {TIERS[tier] ?? ''}
    </State>
  );
}

function Rights({ readOnly }: { readOnly: string | null }): VNode {
  return readOnly === null ? <>answer and judge</> : <>only read: {visible(readOnly)}</>;
}

function State(props: { tone: string; word: string; children: ComponentChildren }): VNode {
  return (
    <>
      <span class={`tb-word tb-word-${props.tone}`}>{visible(props.word)}</span> {props.children}
    </>
  );
}
