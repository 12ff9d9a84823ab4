import assert from 'node:assert/strict';
import { mock, test } from 'node:test';

import { CommTransport, type Life, type WidgetModel } from '../src/comm';
import { Refused } from '../src/problem';
import type { News, Row } from '../src/protocol';

/** One end of a comm: what is sent is kept, and what a kernel would send is told. */
class Model implements WidgetModel {
  readonly sent: { request: number; view: string; name: string; params: Record<string, unknown> }[] = [];
  comm_live = true;
  private readonly listeners = new Map<string, Set<(content: unknown) => void>>();

  get(name: string): unknown {
    return name === '_can_write';
  }

  send(content: unknown): void {
    this.sent.push(content as Model['sent'][number]);
  }

  on(event: string, hear: (content: unknown) => void): void {
    this.listeners.set(event, (this.listeners.get(event) ?? new Set()).add(hear));
  }

  off(event: string, hear: (content: unknown) => void): void {
    this.listeners.get(event)?.delete(hear);
  }

  tell(content: unknown, event = 'msg:custom'): void {
    [...(this.listeners.get(event) ?? [])].forEach((hear) => hear(content));
  }

  answer(result: Record<string, unknown>, name = this.sent.at(-1)?.name): void {
    const asked = this.sent.findLast((one) => one.name === name);
    this.tell({ request: asked?.request, view: asked?.view, ...result });
  }
}

const RUNNING = { index: 3, id: 'r', type: 'cell', status: 'running', at: 1_000, duration_ms: null } as Row;

function opened() {
  mock.timers.enable({ apis: ['setInterval', 'Date'], now: 5_000 });
  const pushes = new Model();
  const requests = new Model();
  const lives: Life[] = [];
  const heard: News[] = [];
  const states: boolean[] = [];
  const transport = new CommTransport(pushes, requests, (life) => lives.push(life));
  transport.subscribe('th', (news) => heard.push(news), (isLive) => states.push(isLive));
  return { pushes, requests, lives, heard, states, transport };
}

function closed({ transport }: { transport: CommTransport }): void {
  transport.dispose();
  mock.timers.reset();
}

test('a request has the answer that is meant for it, among those to other views', async () => {
  const it = opened();
  const answer = it.transport.request('health', {});
  const { request, view } = it.requests.sent.at(-1)!;
  it.requests.tell({ request, view: 'another', result: { records: 1 } });
  it.requests.tell('what is no answer');
  it.requests.tell({ request, view, result: { records: 2 } });
  assert.deepEqual(await answer, { records: 2 });
  closed(it);
});

test('a refused request says why', async () => {
  const it = opened();
  const problem = { type: 'QueryError', message: 'no', remedy: null };
  const answer = it.transport.request('health', {});
  it.requests.answer({ error: problem });
  await assert.rejects(answer, (error) => error instanceof Refused && error.problem === problem);
  closed(it);
});

test('who comes second to a thread asks for everything, and hears its news only', async () => {
  const it = opened();
  it.requests.answer({ result: { is_followed: true } });
  await Promise.resolve();
  it.pushes.tell({ type: 'news', thread: 'another', news: { type: 'trust' } });
  it.pushes.tell({ type: 'news', thread: 'th', news: { type: 'library' } });
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(it.heard.map((news) => news.type).sort(), ['library', 'reset']);
  closed(it);
});

test('a kernel that falls silent is said to be, and everything is asked for when it is back', async () => {
  const it = opened();
  it.pushes.tell({ type: 'beat' });
  const answer = it.transport.request('health', {});
  const refused = assert.rejects(answer, /does not answer/);
  mock.timers.tick(14_000);
  await refused;
  assert.deepEqual(it.lives, ['live', 'silent']);
  assert.deepEqual(it.states, [true, false]);
  await assert.rejects(it.transport.request('health', {}), /does not answer/);
  const asked = it.requests.sent.length;
  it.pushes.tell({ type: 'beat' });
  assert.equal(it.lives.at(-1), 'live');
  assert.deepEqual(it.heard, [{ type: 'reset' }]);
  assert.equal(it.requests.sent[asked]?.name, 'subscribe');
  closed(it);
});

test('a kernel that has not said a word may be at work: nothing is given up', () => {
  const it = opened();
  mock.timers.tick(60_000);
  assert.deepEqual(it.lives, []);
  closed(it);
});

test('a view that was forgotten subscribes again', async () => {
  const it = opened();
  it.pushes.tell({ type: 'beat' });
  for (let seconds = 0; seconds < 15; seconds += 3) {
    mock.timers.tick(3_000);
    it.pushes.tell({ type: 'beat' });
  }
  assert.equal(it.requests.sent.at(-1)?.name, 'alive');
  it.requests.answer({ result: { is_known: false } });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(it.requests.sent.at(-1)?.name, 'subscribe');
  closed(it);
});

for (const event of ['comm:close', 'comm_live_update']) {
  test(`after the end (${event}) nothing seems to run, and nothing is asked`, async () => {
    const it = opened();
    it.pushes.tell({ type: 'news', thread: 'th', news: { type: 'rows', thread: 'th', total: 4, rows: [RUNNING] } });
    it.requests.comm_live = false;
    it.requests.tell(undefined, event);
    assert.equal(it.lives.at(-1), 'ended');
    assert.equal(it.states.at(-1), false);
    const stopped = { ...RUNNING, status: 'open', duration_ms: 4_000 };
    assert.deepEqual(it.heard.at(-1), { type: 'rows', thread: 'th', total: 4, rows: [stopped] });
    await assert.rejects(it.transport.request('health', {}), /has ended/);
    it.pushes.tell({ type: 'beat' });
    assert.equal(it.lives.at(-1), 'ended');
    const asked = it.requests.sent.length;
    closed(it);
    assert.equal(it.requests.sent.length, asked);
  });
}

test('what ran on a thread that is no longer shown does not end on the one that is', async () => {
  const it = opened();
  const late = it.transport.request('rows', { thread: 'th', offset: 0, limit: 10 });
  it.transport.subscribe('other', (news) => it.heard.push(news), () => undefined);
  it.requests.answer({ result: { thread: 'th', total: 4, rows: [RUNNING] } }, 'rows');
  await late;
  it.requests.tell(undefined, 'comm:close');
  assert.deepEqual(it.heard, []);
  closed(it);
});

test('a view that is taken away says so, and its requests end', async () => {
  const it = opened();
  const answer = it.transport.request('health', {});
  const refused = assert.rejects(answer, /was closed/);
  closed(it);
  await refused;
  assert.equal(it.requests.sent.at(-1)?.name, 'unsubscribe');
});
