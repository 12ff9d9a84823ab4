import assert from 'node:assert/strict';
import { test } from 'node:test';

import { actorName, ago, fieldOf, left, moment, percent, shortId, size, timeOf, valueText } from '../src/tabs/words';

const SECOND = 1000;
const HOUR = 3_600_000;

test('sizes are decimal and short', () => {
  const shown = [0, 1, 999, 1000, 9949, 9950, 999_499, 999_500, 5e12].map(size);
  assert.deepEqual(shown, [
    '0 bytes', '1 byte', '999 bytes', '1.0 kB', '9.9 kB', '10 kB', '999 kB', '1.0 MB', '5.0 TB',
  ]);
});

test('what is left is told in two units and never negative', () => {
  const shown = [-5, 1, 9 * SECOND, 845 * SECOND, 2 * HOUR, 51 * HOUR, 25 * HOUR].map(left);
  assert.deepEqual(shown, ['0 s', '1 s', '9 s', '14 min 05 s', '2 h 00 min', '2 days 3 h', '1 day 1 h']);
});

test('how long ago is told in the one unit that says it', () => {
  const now = Date.parse('2026-03-01T12:00:00');
  const passed = [-50, 59 * SECOND, 61 * SECOND, 23 * HOUR, 24 * HOUR, 72 * HOUR, 31 * 24 * HOUR];
  assert.deepEqual(
    passed.map((time) => ago(now - time, now)),
    ['just now', 'just now', '1 min ago', '23 h ago', '1 day ago', '3 days ago', '2026-01-29'],
  );
});

test('a time survives its field to the minute', () => {
  const at = Date.parse('2026-11-21T14:05:33');
  assert.equal(moment(at), '2026-11-21 14:05:33');
  assert.equal(fieldOf(at), '2026-11-21T14:05');
  assert.equal(timeOf(fieldOf(at)), at - 33 * SECOND);
  assert.equal(timeOf(''), null);
  assert.equal(timeOf('tomorrow'), null);
});

test('names and values are short and whole', () => {
  assert.equal(actorName('did:key:z6MkExample123456'), 'key:…123456');
  assert.equal(actorName('did:sync:agent:bot'), 'sync:agent:bot (unverified)');
  assert.equal(shortId('a'.repeat(64)), `${'a'.repeat(12)}…`);
  assert.equal(shortId('th_report'), 'th_report');
  assert.equal(percent(0.925), '93 %');
  assert.equal(valueText('a "b"'), 'a "b"');
  assert.equal(valueText({ a: [1] }), '{\n  "a": [\n    1\n  ]\n}');
  assert.equal(valueText(undefined), 'undefined');
});
