import assert from 'node:assert/strict';
import { test } from 'node:test';

import { imageUrl } from '../src/tabs/preview';
import { described, HEIGHT, plotted, WIDTH } from '../src/tabs/trend';

test('scores are plotted from left to right within the plot', () => {
  const points = [{ at: 1, score: 0 }, { at: 2, score: 0.5 }, { at: 3, score: 1.5 }];
  assert.deepEqual(plotted(points), [[3, HEIGHT - 3], [WIDTH / 2, HEIGHT / 2], [WIDTH - 3, 3]]);
  assert.deepEqual(plotted([]), []);
});

test('the plot says in words what it shows', () => {
  const at = Date.parse('2026-11-21T14:05:33');
  assert.equal(described([]), 'Trend: no verdict yet');
  assert.equal(described([{ at, score: 0.206 }]), 'Trend: 0.21 after one verdict');
  assert.equal(
    described([{ at, score: 0.2 }, { at, score: 0.6 }, { at, score: 0.4 }]),
    'Trend: from 0.20 to 0.40 over 3 verdicts, lowest 0.20, highest 0.60,' +
      ' 2026-11-21 14:05:33 to 2026-11-21 14:05:33',
  );
});

test('an image is one of the kinds that run and fetch nothing', () => {
  for (const url of ['data:image/png;base64,AA', 'data:image/svg+xml;base64,AA', 'data:image/jpeg,AA']) {
    assert.equal(imageUrl(url), url);
  }
  for (const url of ['https://example.com/a.png', 'data:text/html,<b>', 'javascript:alert(1)', ' data:image/png,A', 'data:image/pngx,A']) {
    assert.equal(imageUrl(url), null);
  }
});
