import assert from 'node:assert/strict';
import { test } from 'node:test';

import { plainly, segments } from '../src/safe/marks';

const labels = (text: string) =>
  segments(text).map((segment) => (typeof segment === 'string' ? segment : `<${segment.label}>`));

test('plain text, with line breaks and tabs, stays one piece', () => {
  for (const text of ['', 'a = 1\n\tb', 'naïve Ωmega', 'שלום', '日本', 'e\u0301']) {
    assert.deepEqual(segments(text), [text]);
  }
});

test('bidirectional controls become marks', () => {
  for (const code of [0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069, 0x200e, 0x200f, 0x061c]) {
    const [before, mark, after] = segments(`a${String.fromCharCode(code)}b`);
    assert.equal(before, 'a');
    assert.equal(typeof mark, 'object', code.toString(16));
    assert.equal(after, 'b');
  }
  assert.deepEqual(labels('x\u202ey'), ['x', '<RLO>', 'y']);
});

test('what draws nothing becomes a mark', () => {
  const invisible = [
    0x00ad, 0x034f, 0x115f, 0x1160, 0x17b4, 0x180e, 0x200b, 0x200c, 0x200d, 0x2028, 0x2029, 0x2060, 0x2062,
    0x206f, 0x2800, 0x3164, 0xfe0f, 0xfeff, 0xffa0, 0xfff9, 0x1d173, 0xe0001, 0xe0041, 0xe0101, 0xd800,
  ];
  for (const code of invisible) {
    const character = code === 0xd800 ? '\ud800' : String.fromCodePoint(code);
    assert.equal(segments(`a${character}b`).length, 3, `U+${code.toString(16)}`);
  }
});

test('every control character but tab and line break becomes a mark', () => {
  for (const code of [...Array(32).keys(), 127, ...Array.from({ length: 32 }, (_, place) => 128 + place)]) {
    if (code !== 9 && code !== 10) {
      assert.equal(segments(`a${String.fromCharCode(code)}b`).length, 3, String(code));
    }
  }
  assert.deepEqual(labels('\x1b]8;;x\x07'), ['<ESC>', ']8;;x', '<BEL>']);
});

test('the line break of other systems is a line break', () => {
  assert.equal(segments('a\r\nb\u200b').slice(0, 3).join(''), 'a\nb');
});

test('emoji keep the joiners they are spelt with', () => {
  for (const text of ['👩‍💻', '❤️', '🏳️‍🌈']) {
    assert.equal(segments(`${text}\u200b`)[0], text);
  }
});

test('accents piled on one letter are counted instead', () => {
  const [shown, mark, rest] = labels(`Z${'\u0351'.repeat(100)}!`);
  assert.equal(shown, `Z${'\u0351'.repeat(6)}`);
  assert.equal(mark, '<+94 accents>');
  assert.equal(rest, '!');
});

test('attributes get the marks as text', () => {
  assert.equal(plainly('a\u202eb'), 'a[RLO]b');
});
