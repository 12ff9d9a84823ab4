import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import { acknowledge, isAcknowledged } from '../src/tabs/acknowledged';

function store(storage: Partial<Storage> | null): void {
  Object.defineProperty(globalThis, 'localStorage', {
    configurable: true,
    get: () => {
      if (storage === null) {
        throw new DOMException('denied', 'SecurityError');
      }
      return storage;
    },
  });
}

afterEach(() => Reflect.deleteProperty(globalThis, 'localStorage'));

function kept(): Partial<Storage> & { values: Map<string, string> } {
  const values = new Map<string, string>();
  return {
    values,
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => void values.set(key, value),
  };
}

test('what was acknowledged is remembered in the browser', () => {
  const storage = kept();
  store(storage);
  acknowledge('w1');
  assert.deepEqual([...storage.values.values()], ['["w1"]']);
  assert.equal(isAcknowledged('w1'), true);
  assert.equal(isAcknowledged('w2'), false);
});

test('another page of the browser knows it too', () => {
  const storage = kept();
  storage.values.set('threadbook:acknowledged', '["elsewhere", 3]');
  store(storage);
  assert.equal(isAcknowledged('elsewhere'), true);
});

test('a browser that refuses to store breaks nothing', () => {
  store(null);
  assert.equal(isAcknowledged('w3'), false);
  acknowledge('w3');
  assert.equal(isAcknowledged('w3'), true);
});

test('what somebody else stored there breaks nothing', () => {
  for (const value of ['{', 'null', '7', '{"a":1}']) {
    const storage = kept();
    storage.values.set('threadbook:acknowledged', value);
    store(storage);
    assert.equal(isAcknowledged('w4'), false);
  }
});

test('only the newest are kept', () => {
  const storage = kept();
  store(storage);
  for (let one = 0; one < 250; one += 1) {
    acknowledge(`many-${one}`);
  }
  const ids = JSON.parse([...storage.values.values()][0] ?? '') as string[];
  assert.equal(ids.length, 200);
  assert.equal(ids.at(-1), 'many-249');
});
