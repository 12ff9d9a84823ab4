import assert from 'node:assert/strict';
import { test } from 'node:test';

import { LONGEST, Scale } from '../src/timeline/scale';

const VIEW = { rowHeight: 26, height: 520, count: 1000 };
const HUGE = { ...VIEW, count: 2_000_000 };

test('a list that fits scrolls as it is', () => {
  const scale = new Scale(VIEW);
  assert.equal(scale.extent, 26_000);
  scale.moved(12_345);
  assert.equal(scale.top(12_345), 12_345);
  assert.equal(scale.scrollTo(99_999), 26_000 - 520);
});

test('no element is higher than browsers draw', () => {
  assert.equal(new Scale(HUGE).extent, LONGEST);
});

test('small moves in a huge list are as long as the scroll', () => {
  const scale = new Scale(HUGE);
  const start = scale.scrollTo(26_000_000);
  scale.moved(start + 100);
  assert.ok(Math.abs(scale.top(start + 100) - 26_000_100) < 0.01);
});

test('a leap of the scroll bar leads to the same share of a huge list, its ends to the ends', () => {
  const scale = new Scale(HUGE);
  const longest = HUGE.count * HUGE.rowHeight - HUGE.height;
  scale.moved(LONGEST - HUGE.height);
  assert.ok(Math.abs(scale.top(LONGEST - HUGE.height) - longest) < 1);
  scale.moved((LONGEST - HUGE.height) / 2);
  assert.ok(Math.abs(scale.top((LONGEST - HUGE.height) / 2) - longest / 2) < 1);
  scale.moved(0);
  assert.equal(scale.top(0), 0);
});

test('the ends of a huge list are reached by small moves too', () => {
  const scale = new Scale(HUGE);
  let scrollTop = scale.scrollTo(20_000_000);
  for (let moves = 0; scrollTop > 0; moves += 1) {
    assert.ok(moves <= 20_000_000 / 300 + 1);
    const before = scale.top(scrollTop);
    scale.moved(Math.max(0, scrollTop - 300));
    scrollTop = scale.settle(Math.max(0, scrollTop - 300));
    assert.ok(Math.abs(before - scale.top(scrollTop) - Math.min(300, before)) < 0.01);
  }
  assert.equal(scale.top(scrollTop), 0);
});

test('settling moves no row', () => {
  const scale = new Scale(HUGE);
  const scrollTop = scale.scrollTo(30_000_000) + 900;
  scale.moved(scrollTop);
  const [before, settled] = [scale.top(scrollTop), scale.settle(scrollTop)];
  assert.ok(Math.abs(scale.top(settled) - before) < 0.01);
});
