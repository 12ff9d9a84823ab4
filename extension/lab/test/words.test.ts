import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Row } from '../src/protocol';
import { duration, elapsed, isStray, share } from '../src/timeline/words';

test('durations have the unit that fits', () => {
  const all: [number, string][] = [
    [0, '0 ms'], [0.44, '0.4 ms'], [9.96, '10 ms'], [12.3, '12 ms'], [999.4, '999 ms'], [999.6, '1.0 s'],
    [3210, '3.2 s'], [59_949, '59.9 s'], [59_950, '1 min 00 s'], [245_000, '4 min 05 s'], [7_380_000, '2 h 03 min'],
  ];
  for (const [milliseconds, text] of all) {
    assert.equal(duration(milliseconds), text);
  }
});

test('what still runs is told in whole seconds, never below none', () => {
  assert.deepEqual([elapsed(-50), elapsed(999), elapsed(61_500)], ['0 s', '0 s', '1 min 01 s']);
});

test('bars grow with the logarithm and stay within', () => {
  assert.ok(share(0) > 0 && share(1e12) <= 1);
  const [ten, hundred, thousand] = [share(10), share(100), share(1000)];
  assert.ok(Math.abs(hundred - ten - (thousand - hundred)) < 1e-9);
});

test('a row is a stray where nothing above tells what it belongs to', () => {
  const all = [[0, null], [1, 0], [2, 1], [3, null], [4, 0], [5, 3]].map(
    ([index, parent]) => ({ index, parent }) as Row,
  );
  const strays = all.filter((row, place) => isStray(row, all[place - 1] ?? null, (index) => all[index] ?? null));
  assert.deepEqual(strays.map((row) => row.index), [4, 5]);
});
