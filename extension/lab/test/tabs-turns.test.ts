import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Turns } from '../src/tabs/turns';

test('an answer counts although something was asked since', () => {
  const turns = new Turns();
  const [first, second] = [turns.begin(), turns.begin()];
  assert.equal(turns.settle(first), true);
  turns.begin();
  assert.equal(turns.settle(second), true);
});

test('an answer that was overtaken does not count', () => {
  const turns = new Turns();
  const [first, second] = [turns.begin(), turns.begin()];
  assert.equal(turns.settle(second), true);
  assert.equal(turns.settle(first), false);
});

test('after another question was put, answers to the one before do not count', () => {
  const turns = new Turns();
  const before = turns.begin();
  turns.drop();
  const after = turns.begin();
  assert.equal(turns.settle(before), false);
  assert.equal(turns.settle(after), true);
});
