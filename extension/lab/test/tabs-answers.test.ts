import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { DecisionEntry } from '../src/protocol';
import { answerOf, argumentsText, callText, edited, isRounded, inOrder, type Filled } from '../src/tabs/answers';

const NOW = 1_000_000;
const SHOWN = { bucket: 'prod-1', force: true, nested: { b: 1, a: [2] } };
const AS_SHOWN: Filled = { reason: '', until: null, text: argumentsText(SHOWN) };

function decision(fields: Partial<DecisionEntry> = {}): DecisionEntry {
  return {
    id: 'd1',
    thread: 't',
    status: 'pending',
    question: 'May it?',
    requester: 'did:key:z',
    at: 1,
    expires_at: null,
    blocking: true,
    options: [],
    refusal: null,
    call: null,
    answer: null,
    ...fields,
  };
}

const CALL = decision({
  call: {
    tool: 'aws', callable: 'delete_bucket', adapter: 'cli', effect: 'destructive', domain: 'infra',
    definition: 'f', previous_definition: null, definition_changed: false, definition_changes: [],
    actor: 'did:key:z', cell: null, cwd: '', environment: [], risk: '', rule: '', reason: '',
    trust: null, min_trust: null, what: 'aws s3 rb', arguments: SHOWN,
  },
});

test('a call without a command is shown as it would be written', () => {
  const { call } = CALL;
  assert.equal(
    call && callText(call),
    'aws.delete_bucket(bucket="prod-1", force=true, nested={"b":1,"a":[2]})',
  );
});

test('arguments that were not changed are not sent', () => {
  assert.deepEqual(answerOf(CALL, 'approve', AS_SHOWN, NOW), { id: 'd1', decision: 'approve', reason: '' });
  const other = { ...AS_SHOWN, text: '{"nested":{"a":[2],"b":1},"force":true,\n"bucket":"prod-1"}' };
  assert.deepEqual(answerOf(CALL, 'approve', other, NOW), { id: 'd1', decision: 'approve', reason: '' });
});

test('changed arguments are sent whole with approve once', () => {
  const changed = { ...SHOWN, bucket: 'test-1' };
  const filled = { ...AS_SHOWN, reason: ' fine ', text: JSON.stringify(changed) };
  assert.deepEqual(answerOf(CALL, 'approve', filled, NOW), {
    id: 'd1', decision: 'approve', reason: 'fine', arguments: changed,
  });
});

for (const wide of ['approve_session', 'approve_until']) {
  test(`changed arguments do not go with ${wide}`, () => {
    const filled = { ...AS_SHOWN, until: NOW + 1, text: '{}' };
    assert.deepEqual(answerOf(CALL, wide, filled, NOW), {
      field: 'arguments', why: 'Changed arguments go with “Approve once” only.',
    });
  });
}

test('what is no JSON object approves nothing', () => {
  for (const text of ['', '{', '[1]', 'null', '"text"', '3']) {
    const answer = answerOf(CALL, 'approve', { ...AS_SHOWN, text }, NOW);
    assert.equal('field' in answer && answer.field, 'arguments', text);
  }
});

test('a number that the browser rounds is told, and its call cannot be changed here', () => {
  const shown = JSON.parse('{"account": [12345678901234567890]}') as Record<string, unknown>;
  assert.equal(isRounded(shown), true);
  assert.equal(isRounded({ small: 2 ** 53 - 1, share: 1e-300, text: '12345678901234567890' }), false);
  assert.deepEqual(edited(argumentsText(shown), shown), { arguments: null });
  const change = edited('{"account": [1]}', shown);
  assert.ok('why' in change && change.why.includes('too large'));
});

test('a number that is infinite for the browser is not what the record says either', () => {
  const shown = JSON.parse(`{"count": 1${'0'.repeat(400)}}`) as Record<string, unknown>;
  assert.equal(isRounded(shown), true);
  const change = edited('{"count": 1}', shown);
  assert.ok('why' in change && change.why.includes('too large'));
});

test('the order in a list is a change', () => {
  assert.deepEqual(edited('{"a":[2,1]}', { a: [1, 2] }), { arguments: { a: [2, 1] } });
});

test('nothing hides in the field of arguments, and all of it comes back as it was', () => {
  const shown = { name: 'a\u202egnp.exe', tag: '\u{e0041}', mail: 'Grüße, שלום', face: '👩‍💻' };
  const text = argumentsText(shown);
  assert.ok(text.includes('a\\u202egnp.exe') && text.includes('\\udb40\\udc41') && text.includes('Grüße, שלום'), text);
  assert.deepEqual(edited(text, shown), { arguments: null });
});

test('a denial needs a reason, and not even valid arguments', () => {
  const missing = answerOf(CALL, 'reject', { ...AS_SHOWN, reason: '  ' }, NOW);
  assert.equal('field' in missing && missing.field, 'reason');
  const denied = answerOf(CALL, 'reject', { reason: 'no', until: null, text: '{' }, NOW);
  assert.deepEqual(denied, { id: 'd1', decision: 'reject', reason: 'no' });
});

test('until is a time to come', () => {
  const at = (until: number | null) => answerOf(CALL, 'approve_until', { ...AS_SHOWN, until }, NOW);
  for (const until of [null, NOW - 1, NOW]) {
    const answer = at(until);
    assert.equal('field' in answer && answer.field, 'until');
  }
  assert.deepEqual(at(NOW + 1), { id: 'd1', decision: 'approve_until', reason: '', until: NOW + 1 });
});

test('a question without a call takes its options', () => {
  const filled = { reason: '', until: null, text: '' };
  assert.deepEqual(answerOf(decision(), 'blue', filled, NOW), { id: 'd1', decision: 'blue', reason: '' });
});

test('what waits comes first, the oldest on top, and answers follow, the newest on top', () => {
  const answer = { id: 'a', actor: 'x', decision: 'approve', reason: '', at: 90, is_approval: true };
  const { waiting, past } = inOrder([
    decision({ id: 'late', at: 20 }),
    decision({ id: 'expired', at: 30, status: 'expired' }),
    decision({ id: 'early', at: 10 }),
    decision({ id: 'answered', at: 5, status: 'answered', answer }),
  ]);
  assert.deepEqual(waiting.map(({ id }) => id), ['early', 'late']);
  assert.deepEqual(past.map(({ id }) => id), ['answered', 'expired']);
});
