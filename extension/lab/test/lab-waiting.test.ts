import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { HttpTransport } from '../src/http';
import { WaitingTransport } from '../src/lab/waiting';
import type { News } from '../src/protocol';

/** A feed with one decision that waits and one that is answered, and a way to tell news. */
function feed() {
  let tell: (news: News) => void = () => assert.fail('nobody listens');
  const decisions = [{ id: 'd1', question: 'Now?', status: 'pending' }, { id: 'd2', question: 'Then?', status: 'answered' }];
  const inner = {
    canWrite: true,
    blobUrl: (digest: string) => `/blobs/${digest}`,
    request: (name: string) => Promise.resolve(name === 'decisions' ? { pending: 1, decisions } : { name }),
    subscribe: (_thread: string | null, hear: (news: News) => void) => {
      tell = hear;
      return () => undefined;
    },
  } as unknown as HttpTransport;
  const transport = new WaitingTransport(inner);
  const waiting: string[][] = [];
  transport.onWaiting((found) => waiting.push(found.map(({ id }) => id)));
  return { transport, waiting, tell: (news: News) => tell(news) };
}

test('what waits is heard from the answers that the panel gets anyway', async () => {
  const { transport, waiting } = feed();
  const page = await transport.request('decisions', { thread: null, all: true });
  assert.equal(page.decisions.length, 2);
  assert.deepEqual(waiting, [['d1']]);
});

test('the decisions of one thread, or their number, say nothing about all that waits', async () => {
  const { transport, waiting } = feed();
  await transport.request('decisions', { thread: 't' });
  await transport.request('decisions', { thread: null, limit: 0 });
  await transport.request('trust', {});
  assert.deepEqual(waiting, []);
});

test('news reach the panel, and whoever listens in', () => {
  const { transport, waiting, tell } = feed();
  const [panel, others]: [string[], string[]] = [[], []];
  transport.onNews((news) => others.push(news.type));
  transport.subscribe(null, (news) => panel.push(news.type), () => undefined);
  tell({ type: 'reset' });
  tell({ type: 'decisions', pending: 1, waiting: [{ id: 'd3', thread: 't', question: 'Why?' }] });
  assert.deepEqual(panel, ['reset', 'decisions']);
  assert.deepEqual(others, panel);
  assert.deepEqual(waiting, [['d3']]);
});
