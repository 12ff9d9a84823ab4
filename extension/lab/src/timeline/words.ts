/** A row in words and numbers. Pure. */

import type { Row, RowStatus } from '../protocol';

export type Tone = 'good' | 'bad' | 'warning' | 'active' | 'quiet';

const TONES: Readonly<Partial<Record<RowStatus, Tone>>> = {
  running: 'active',
  waiting: 'warning',
  ok: 'good',
  approved: 'good',
  accepted: 'good',
  error: 'bad',
  died: 'bad',
  rejected: 'bad',
  refused: 'bad',
  timeout: 'bad',
  limit: 'bad',
  interrupted: 'warning',
  aborted: 'warning',
  expired: 'warning',
};

export function tone(status: RowStatus): Tone {
  return TONES[status] ?? 'quiet';
}

/** `0.4 ms`, `12 ms`, `3.2 s`, `4 min 05 s`, `2 h 03 min`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 9.95) {
    return `${milliseconds.toFixed(1).replace(/\.0$/, '')} ms`;
  }
  if (milliseconds < 999.5) {
    return `${Math.round(milliseconds)} ms`;
  }
  if (milliseconds < 59_950) {
    return `${(milliseconds / 1000).toFixed(1)} s`;
  }
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 3600
    ? `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`
    : `${Math.floor(seconds / 3600)} h ${two(Math.floor(seconds / 60) % 60)} min`;
}

/** Whole seconds, for a time that still goes on. */
export function elapsed(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  return seconds < 60 ? `${seconds} s` : duration(seconds * 1000);
}

const SHORTEST_MS = 1;
const LONGEST_MS = 3_600_000;

/** Length of the bar, 0 to 1, by the logarithm: each ten-fold time is as much longer. */
export function share(milliseconds: number): number {
  const within = Math.min(Math.max(milliseconds, SHORTEST_MS), LONGEST_MS);
  return 0.04 + 0.96 * (Math.log(within / SHORTEST_MS) / Math.log(LONGEST_MS / SHORTEST_MS));
}

/** `14:05:33`, in the time zone of who reads. */
export function clock(at: number): string {
  const when = new Date(at);
  return [when.getHours(), when.getMinutes(), when.getSeconds()].map(two).join(':');
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}

/** What a row is: the word of its type, with the number of its execution for a cell. */
export function typeWord(row: Row): string {
  return row.type === 'cell' && row.execution_count !== null ? `cell [${row.execution_count}]` : row.type;
}

/**
 * Whether nothing above says what a row belongs to: it stands neither right below its parent, nor
 * below something else of that parent.
 */
export function isStray(row: Row, above: Row | null, byIndex: (index: number) => Row | null): boolean {
  if (row.parent === null) {
    return false;
  }
  let index = above?.index ?? null;
  while (index !== null) {
    if (index === row.parent) {
      return false;
    }
    const before: Row | null = index === above?.index ? above : byIndex(index);
    index = before?.parent ?? null;
  }
  return true;
}
