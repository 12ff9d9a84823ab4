import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Pace, heightIn } from '../src/lab/frames';

test('a height is taken within bounds, and rounded up', () => {
  for (const [asked, given] of [[300, 300], [300.2, 301], [1e9, 1200], [1200.5, 1200], [-5, 24], [0, 24]] as const) {
    assert.equal(heightIn({ threadbook: 'height', height: asked }), given);
  }
});

test('what is no height is none', () => {
  const heights = [NaN, Infinity, -Infinity, '300', '300px', null, undefined, true, [300], 300n, { valueOf: () => 300 }];
  for (const height of heights) {
    assert.equal(heightIn({ threadbook: 'height', height }), null);
  }
  for (const message of [null, undefined, 300, '{"threadbook":"height","height":300}', [], { height: 300 }]) {
    assert.equal(heightIn(message), null);
  }
});

test('a frame that grows because it has grown comes to rest', () => {
  const pace = new Pace();
  let changes = 0;
  for (let now = 0; now < 3_600_000; now += pace.wait(now) + 10) {
    changes += 1;
  }
  assert.ok(changes > 20 && changes < 35, `${changes} changes`);
});

test('a frame that was at rest may change at once again', () => {
  const pace = new Pace();
  const burst = (now: number) => Array.from({ length: 22 }, () => pace.wait(now)).filter((wait) => wait === 0).length;
  assert.equal(burst(0), 20);
  assert.equal(burst(60_000), 20);
});

test('a page that loads slowly never waits', () => {
  const pace = new Pace();
  for (let now = 0; now < 600_000; now += 5000) {
    assert.equal(pace.wait(now), 0);
  }
});
