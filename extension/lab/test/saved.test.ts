import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Row, RowFilter } from '../src/protocol';
import { SavedTransport } from '../src/saved';

function row(index: number, said: Partial<Row> = {}): Row {
  const row = { index, id: `id${index}`, end: `end${index}`, title: `row ${index}`, detail: '', kind: 'a.b.c' };
  return { ...row, type: 'cell', status: 'ok', actor: 'did:x', at: 1_000, depth: 0, ...said } as Row;
}

const ROWS = [row(7), row(8, { status: 'error', detail: 'ZeroDivisionError' }), row(9, { status: 'running', type: 'tool', depth: 1 })];
const WAITING = [{ id: 'd', question: 'Go on?', requester: 'did:x', at: 1 }];
const transport = new SavedTransport({ at: 5_000, thread: 'th', total: 10, rows: ROWS, waiting: WAITING });

async function titles(filter: RowFilter, offset = 0, limit = 10): Promise<string[]> {
  const page = await transport.request('rows', { thread: 'th', offset, limit, filter });
  return page.rows.map(({ title }) => title);
}

test('the saved rows are there, a page at a time, and what there is to filter by', async () => {
  assert.deepEqual(await titles({}, 1, 1), ['row 8']);
  const page = await transport.request('rows', { thread: 'th', offset: 0, limit: 10 });
  assert.deepEqual([page.total, page.matched, page.types], [3, 3, ['cell', 'tool']]);
});

test('they are filtered as live ones are', async () => {
  assert.deepEqual(await titles({ text: 'zerodivision' }), ['row 8']);
  assert.deepEqual(await titles({ types: ['tool'] }), ['row 9']);
  assert.deepEqual(await titles({ statuses: ['ok', 'error'] }), ['row 7', 'row 8']);
  assert.deepEqual(await titles({ actors: ['did:y'] }), []);
  assert.deepEqual(await titles({ max_depth: 0 }), ['row 7', 'row 8']);
  assert.deepEqual(await transport.request('place', { thread: 'th', id: 'end8' }), { offset: 1 });
  assert.deepEqual(await transport.request('place', { thread: 'th', id: 'other' }), { offset: null });
});

test('what ran when it was saved does not run any more', async () => {
  const page = await transport.request('rows', { thread: 'th', offset: 2, limit: 1 });
  assert.deepEqual([page.rows[0]?.status, page.rows[0]?.duration_ms], ['open', 4_000]);
});

test('what waited is shown and cannot be answered', async () => {
  const { pending, decisions } = await transport.request('decisions', { thread: 'th' });
  assert.deepEqual([pending, decisions[0]?.question, decisions[0]?.refusal], [1, 'Go on?', 'this is a saved state']);
  assert.equal(transport.canWrite, false);
  await assert.rejects(transport.request('answer', { id: 'd', decision: 'approve' }), /only the newest rows/);
});

test('it is not live', () => {
  const states: boolean[] = [];
  transport.subscribe('th', () => undefined, (isLive) => states.push(isLive))();
  assert.deepEqual(states, [false]);
});
