import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Memory } from '../src/memory';

/** Storage as the browser has it: texts by name. */
function storage(isRefused = false): Map<string, string> {
  const kept = new Map<string, string>();
  const refuse = () => {
    if (isRefused) {
      throw new DOMException('no', 'SecurityError');
    }
  };
  Object.assign(globalThis, {
    sessionStorage: {
      getItem: (name: string) => (refuse(), kept.get(name) ?? null),
      setItem: (name: string, text: string) => (refuse(), kept.set(name, text)),
    },
  });
  return kept;
}

test('what a panel remembers is there after a reload, apart from other panels', () => {
  storage();
  new Memory('sidebar').set('tab', 'trust');
  assert.equal(new Memory('sidebar').get('tab', 'timeline'), 'trust');
  assert.equal(new Memory('widget').get('tab', 'timeline'), 'timeline');
});

test('where storage is refused, it is remembered as long as the panel is there', () => {
  storage(true);
  const memory = new Memory('sidebar');
  memory.set('tab', 'trust');
  assert.equal(memory.get('tab', 'timeline'), 'trust');
  assert.equal(new Memory('sidebar').get('tab', 'timeline'), 'timeline');
});

test('what was set long ago goes first, and rubbish breaks nothing', () => {
  const kept = storage();
  const memory = new Memory('sidebar');
  for (let thread = 0; thread < 100; thread += 1) {
    memory.set('thread', thread);
    memory.set(`timeline ${thread}`, { first: thread });
  }
  const again = new Memory('sidebar');
  assert.equal(again.get('thread', null), 99);
  assert.deepEqual(again.get('timeline 99', null), { first: 99 });
  assert.equal(again.get('timeline 1', null), null);
  for (const rubbish of ['', '[1', 'null', '7', '"x"']) {
    kept.set('threadbook.sidebar', rubbish);
    assert.equal(new Memory('sidebar').get('tab', 'timeline'), 'timeline');
  }
});
