import assert from 'node:assert/strict';
import { test } from 'node:test';

import { styled } from '../src/safe/ansi';

test('colours and weights become classes', () => {
  assert.deepEqual(styled('a\x1b[31mb\x1b[1mc\x1b[0md'), [
    { text: 'a', classes: '' },
    { text: 'b', classes: 'tb-ansi-red-fg' },
    { text: 'c', classes: 'tb-ansi-red-fg tb-ansi-bold' },
    { text: 'd', classes: '' },
  ]);
});

test('any colour becomes one of the theme', () => {
  const classes = (codes: string) => styled(`\x1b[${codes}mx`)[0]?.classes;
  assert.equal(classes('38;5;28'), 'tb-ansi-green-fg');
  assert.equal(classes('38;5;241'), '');
  assert.equal(classes('38;2;200;10;20'), 'tb-ansi-red-fg');
  assert.equal(classes('97'), 'tb-ansi-white-fg');
  assert.equal(classes('44'), 'tb-ansi-blue-bg');
});

test('text cannot be painted away', () => {
  for (const codes of ['8', '5', '38;5;231;48;5;231', '38;2;0;0;0;48;2;0;0;0']) {
    assert.deepEqual(styled(`\x1b[${codes}mhidden`), [{ text: 'hidden', classes: '' }]);
  }
});

test('reversed colours change places', () => {
  assert.equal(styled('\x1b[31;7mx')[0]?.classes, 'tb-ansi-red-bg');
  assert.equal(styled('\x1b[7mx')[0]?.classes, 'tb-ansi-reverse');
});

test('every other sequence stays in the text, where it gets marks', () => {
  for (const text of ['\x1b[2J', '\x1b]8;;http://evil\x07link', '\x1bPq\x1b\\', '\x1b[?1049h', '\x1b[31', '\x9b31m']) {
    assert.equal(
      styled(text)
        .map((run) => run.text)
        .join(''),
      text,
    );
  }
});

test('classes never come from the text', () => {
  const all = styled('\x1b[31;9999;1 evil"m \x1b[38;5;999mx \x1b[;;;m').map((run) => run.classes);
  assert.ok(all.every((classes) => /^(tb-ansi-[a-z-]+ ?)*$/.test(classes)));
});
