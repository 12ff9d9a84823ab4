import assert from 'node:assert/strict';
import { test } from 'node:test';

import { PAUSE_MS, Stillness } from '../src/tabs/still';

const PLACE = { left: 10, top: 20, width: 100, height: 30 };

test('a button acts only after it has stood still', () => {
  const stillness = new Stillness();
  assert.equal(stillness.see(PLACE, 0), false);
  assert.equal(stillness.see(PLACE, PAUSE_MS - 1), false);
  assert.equal(stillness.see(PLACE, PAUSE_MS), true);
});

for (const [edge, by] of [['left', 2], ['top', -2], ['width', 5], ['height', 5]] as const) {
  test(`a move of its ${edge} makes it wait again`, () => {
    const stillness = new Stillness();
    stillness.see(PLACE, 0);
    const moved = { ...PLACE, [edge]: PLACE[edge] + by };
    assert.equal(stillness.see(moved, PAUSE_MS), false);
    assert.equal(stillness.see(moved, 2 * PAUSE_MS - 1), false);
    assert.equal(stillness.see(moved, 2 * PAUSE_MS), true);
  });
}

test('a slow drift is a move too', () => {
  const stillness = new Stillness();
  let isStill = false;
  for (let step = 0; step <= 10; step += 1) {
    isStill = stillness.see({ ...PLACE, top: 20 + step * 0.6 }, step * (PAUSE_MS / 4));
  }
  assert.equal(isStill, false);
});

test('what is hidden never acts', () => {
  const stillness = new Stillness();
  const hidden = { left: 0, top: 0, width: 0, height: 0 };
  stillness.see(hidden, 0);
  assert.equal(stillness.see(hidden, 10 * PAUSE_MS), false);
  assert.equal(stillness.see(PLACE, 11 * PAUSE_MS), false);
});
