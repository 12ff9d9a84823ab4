import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { ThreadEntry } from '../src/protocol';
import { merged, treeItems, treeMove } from '../src/tabs/tree';

function entry(thread: string, children: string[] = [], goal = thread): ThreadEntry {
  return {
    thread,
    goal,
    status: 'open',
    opened_by: 'did:key:z',
    record_count: 1,
    last_recorded_at: 0,
    children,
    parents: [],
    waiting: 0,
    fanout_status: null,
  };
}

const FAMILY = [entry('b', ['b1', 'b2']), entry('a'), entry('b1', ['deep']), entry('deep')];

function lines(closed: string[] = []): string[] {
  return treeItems(FAMILY, new Set(closed)).map(
    ({ thread, level, place, siblings, parent, isOpen }) =>
      `${thread} level ${level}, ${place} of ${siblings}, under ${parent}, open ${isOpen}`,
  );
}

test('children stand under their thread, also those that are not loaded', () => {
  assert.deepEqual(lines(), [
    'b level 1, 1 of 2, under null, open true',
    'b1 level 2, 1 of 2, under 0, open true',
    'deep level 3, 1 of 1, under 1, open null',
    'b2 level 2, 2 of 2, under 0, open null',
    'a level 1, 2 of 2, under null, open null',
  ]);
  assert.equal(treeItems(FAMILY, new Set())[3]?.entry, null);
});

test('what is under a closed thread is not seen', () => {
  assert.deepEqual(lines(['b']), [
    'b level 1, 1 of 2, under null, open false',
    'a level 1, 2 of 2, under null, open null',
  ]);
});

test('threads in a circle are listed once each', () => {
  const items = treeItems([entry('x', ['y']), entry('y', ['x'])], new Set());
  assert.deepEqual(items.map(({ thread }) => thread).sort(), ['x', 'y']);
});

test('a thread with two parents is listed under the first', () => {
  const items = treeItems([entry('p', ['c']), entry('q', ['c']), entry('c')], new Set());
  assert.deepEqual(items.map(({ thread, level }) => [thread, level]), [['p', 1], ['c', 2], ['q', 1]]);
  assert.equal(items[2]?.isOpen, null);
});

test('keys move as in any tree', () => {
  const items = treeItems(FAMILY, new Set());
  assert.deepEqual(treeMove(items, 0, 'ArrowDown'), { to: 1 });
  assert.deepEqual(treeMove(items, 0, 'ArrowUp'), { to: 0 });
  assert.deepEqual(treeMove(items, 4, 'ArrowDown'), { to: 4 });
  assert.deepEqual(treeMove(items, 0, 'End'), { to: 4 });
  assert.deepEqual(treeMove(items, 3, 'Home'), { to: 0 });
  assert.deepEqual(treeMove(items, 0, 'ArrowRight'), { to: 1 });
  assert.deepEqual(treeMove(items, 0, 'ArrowLeft'), { close: 'b' });
  assert.deepEqual(treeMove(items, 2, 'ArrowLeft'), { to: 1 });
  assert.equal(treeMove(items, 2, 'ArrowRight'), null);
  assert.equal(treeMove(items, 4, 'ArrowLeft'), null);
  assert.equal(treeMove(items, 0, 'x'), null);
  const closed = treeItems(FAMILY, new Set(['b']));
  assert.deepEqual(treeMove(closed, 0, 'ArrowRight'), { open: 'b' });
});

test('a newer page changes what is listed and moves nothing', () => {
  const after = merged([entry('a'), entry('b')], [entry('b', [], 'renamed'), entry('new')]);
  assert.deepEqual(after.map(({ thread, goal }) => [thread, goal]), [['new', 'new'], ['a', 'a'], ['b', 'renamed']]);
});
