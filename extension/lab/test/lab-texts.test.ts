import assert from 'node:assert/strict';
import { test } from 'node:test';

import { aboutText } from '../src/lab/about';
import { badgeOf, noticeText } from '../src/lab/notice-text';

test('a notification is one short line in which nothing hides', () => {
  assert.equal(noticeText('May it\n  go on?', 0), '“May it go on?” waits for you');
  assert.equal(noticeText('a\u202eb', 2), '“a[RLO]b” waits for you, and 2 more');
  const long = noticeText('😀'.repeat(300), 0);
  assert.equal(Array.from(long).length, 100 + '“” waits for you'.length);
  assert.ok(long.endsWith('…” waits for you'));
});

test('the badge says how many decisions wait', () => {
  assert.deepEqual(badgeOf(0).label, 'Threadbook');
  assert.deepEqual(badgeOf(1), {
    label: 'Threadbook (1)',
    caption: 'Threadbook: 1 decision waits for your answer',
  });
  assert.deepEqual(badgeOf(2).label, 'Threadbook (2)');
});

test('what is said about a notebook without a thread tells what to do', () => {
  const texts = [
    aboutText({ isOpen: false, kernel: null, hasThreads: true }),
    aboutText({ isOpen: false, kernel: null, hasThreads: false }),
    aboutText({ isOpen: true, kernel: null, hasThreads: false }),
    aboutText({ isOpen: true, kernel: 'Python 3', hasThreads: true }),
  ];
  assert.deepEqual(texts, [
    'No notebook is open. Shown is a thread of this log; Threads has the others.',
    'Nothing is on record yet. Open a notebook with the kernel “threadbook” and run a cell.',
    'This notebook has no kernel. Choose the kernel “threadbook” to have its cells on record.',
    'The kernel “Python 3” of this notebook is on no thread. Shown is another thread.' +
      ' Choose the kernel “threadbook” to have its cells on record.',
  ]);
});
