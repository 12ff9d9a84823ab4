import assert from 'node:assert/strict';
import { test } from 'node:test';

import { endOf } from '../src/detail/code';
import { highlighted } from '../src/detail/highlight';

const textOf = (code: string) => highlighted(code).map((runs) => runs.map((run) => run.text).join(''));

test('words of Python have their kinds', () => {
  const [first] = highlighted('def mean(x): return "a" + str(1)  # why');
  const kinds = Object.fromEntries((first ?? []).map((run) => [run.text, run.kind]));
  assert.deepEqual(
    [kinds.def, kinds['"a"'], kinds['1'], kinds['# why'], kinds.str],
    ['keyword', 'string', 'number', 'comment', 'function'],
  );
});

test('no text is lost, whatever it is', () => {
  for (const code of ['', '\n\n', '"""a\n\nb"""', 'if (', '%%bash\nls <x>', '\u202e"', 'é = [\n'.repeat(50)]) {
    assert.deepEqual(textOf(code), code.split('\n'));
  }
  const long = 'x = 1\n'.repeat(30_000);
  assert.equal(textOf(long).length, 30_001);
});

test('the line that failed is among those shown, unless that would be all of a flood', () => {
  assert.equal(endOf(1000, 200, null), 200);
  assert.equal(endOf(1000, 200, 700), 705);
  assert.equal(endOf(1000, 200, 999), 1000);
  assert.equal(endOf(100, 200, 3), 100);
  assert.equal(endOf(200_000, 200, 199_999), 200);
});
