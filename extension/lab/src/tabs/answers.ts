/** What a person may answer to a request, and what of it is sent. Pure. */

import type { AnswerParams, DecisionEntry, ToolCallRequest } from '../protocol';
import { segments } from '../safe/marks';

export const APPROVE = 'approve';
export const FOR_SESSION = 'approve_session';
export const UNTIL = 'approve_until';
export const DENY = 'reject';

/** What the person has put into the fields of one request. */
export interface Filled {
  reason: string;
  /** Of a date-time field, Unix milliseconds. */
  until: number | null;
  /** The text of the field "Arguments (JSON)". */
  text: string;
}

/** A field that keeps an answer from being sent, and why. */
export interface Missing {
  field: 'reason' | 'until' | 'arguments';
  why: string;
}

type Arguments = Record<string, unknown>;

/** A call as it would be written, for callables that have nothing else to show of it. */
export function callText(call: ToolCallRequest): string {
  const given = Object.entries(call.arguments).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `${call.tool}.${call.callable}(${given.join(', ')})`;
}

/** Arguments for the field: what would hide in a text field, or turn it around, is written out. */
export function argumentsText(shown: Arguments): string {
  const json = JSON.stringify(shown, null, 2);
  const hides = (text: string) => segments(text).some((segment) => typeof segment !== 'string');
  return hides(json) ? Array.from(json, (letter) => (hides(letter) ? escaped(letter) : letter)).join('') : json;
}

function escaped(letter: string): string {
  return letter.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Whether a number in it is another one here than in the record: rounded beyond 2^53, in the end to infinity. */
export function isRounded(value: unknown): boolean {
  if (typeof value === 'number') {
    return !Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value));
  }
  return typeof value === 'object' && value !== null && Object.values(value).some(isRounded);
}

/** The arguments in a text: null where they are those that were shown. */
export function edited(text: string, shown: Arguments): { arguments: Arguments | null } | { why: string } {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch (error) {
    return { why: `This is not JSON: ${(error as Error).message}` };
  }
  if (typeof read !== 'object' || read === null || Array.isArray(read)) {
    return { why: 'Arguments are a JSON object: {"name": value}' };
  }
  if (canonical(read) === canonical(shown)) {
    return { arguments: null };
  }
  return isRounded(shown) || isRounded(read)
    ? { why: 'A number is too large to be changed here: use “threadbook decision answer”.' }
    : { arguments: read as Arguments };
}

/** JSON in which the order of names does not count. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** The answer to send, or what is missing for it. */
export function answerOf(
  entry: DecisionEntry,
  decision: string,
  filled: Filled,
  now: number,
): AnswerParams | Missing {
  const reason = filled.reason.trim();
  const answer: AnswerParams = { id: entry.id, decision, reason };
  if (decision === DENY) {
    return reason === '' ? { field: 'reason', why: 'A denial needs a reason: who asks reads it.' } : answer;
  }
  if (entry.call === null) {
    return answer;
  }
  const change = edited(filled.text, entry.call.arguments);
  if ('why' in change) {
    return { field: 'arguments', why: change.why };
  }
  if (decision === APPROVE) {
    return change.arguments === null ? answer : { ...answer, arguments: change.arguments };
  }
  if (change.arguments !== null) {
    return { field: 'arguments', why: 'Changed arguments go with “Approve once” only.' };
  }
  if (decision !== UNTIL) {
    return answer;
  }
  if (filled.until === null) {
    return { field: 'until', why: 'Choose until when.' };
  }
  return filled.until > now
    ? { ...answer, until: filled.until }
    : { field: 'until', why: 'Choose a time that is still to come.' };
}

/** Those that wait, oldest first, so that a new one moves none; then the others, newest first. */
export function inOrder(entries: DecisionEntry[]): { waiting: DecisionEntry[]; past: DecisionEntry[] } {
  const waiting = entries.filter((entry) => entry.status === 'pending');
  const past = entries.filter((entry) => entry.status !== 'pending');
  return {
    waiting: waiting.sort((a, b) => a.at - b.at),
    past: past.sort((a, b) => (b.answer?.at ?? b.at) - (a.answer?.at ?? a.at)),
  };
}
