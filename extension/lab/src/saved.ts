/** The state that is saved with a notebook, as a transport: what a panel shows without a kernel. */

import { Refused } from './problem';
import type { DecisionEntry, Operations, Problem, Row, RowFilter, Transport } from './protocol';

/** What threadbook_panel/snapshot.py writes. */
export interface Snapshot {
  readonly at: number;
  readonly thread: string | null;
  readonly total: number;
  readonly rows: readonly Row[];
  readonly waiting: readonly { id: string; question: string; requester: string; at: number }[];
}

const NOT_SAVED: Problem = {
  type: 'NotSaved',
  message: 'only the newest rows are saved with the notebook',
  remedy: 'run the cell again to see the rest',
};

export class SavedTransport implements Transport {
  readonly canWrite = false;
  private readonly saved: Snapshot;

  constructor(saved: Snapshot) {
    this.saved = { ...saved, rows: saved.rows.map((row) => stopped(row, saved.at)) };
  }

  request<Name extends keyof Operations>(
    name: Name,
    params: Operations[Name][0],
  ): Promise<Operations[Name][1]> {
    const answer = this.answers[name] as ((params: Operations[Name][0]) => Operations[Name][1]) | undefined;
    if (answer === undefined) {
      return Promise.reject(new Refused(NOT_SAVED));
    }
    return Promise.resolve(answer(params));
  }

  subscribe(_thread: string | null, _hear: unknown, state: (isLive: boolean) => void): () => void {
    state(false);
    return () => undefined;
  }

  private readonly answers: {
    [Name in keyof Operations]?: (params: Operations[Name][0]) => Operations[Name][1];
  } = {
    rows: ({ offset, limit, filter }) => {
      const rows = this.saved.rows;
      const matched = rows.filter((row) => matches(row, filter ?? {}));
      return {
        thread: this.saved.thread ?? '',
        total: rows.length,
        matched: matched.length,
        offset,
        rows: matched.slice(offset, offset + limit),
        types: distinct(rows.map((row) => row.type)),
        actors: distinct(rows.map((row) => row.actor)),
        statuses: distinct(rows.map((row) => row.status)),
      };
    },
    place: ({ id, filter }) => {
      const matched = this.saved.rows.filter((row) => matches(row, filter ?? {}));
      const offset = matched.findIndex((row) => row.id === id || row.end === id);
      return { offset: offset < 0 ? null : offset };
    },
    decisions: () => ({
      pending: this.saved.waiting.length,
      decisions: this.saved.waiting.map((one): DecisionEntry => ({
        ...one,
        thread: this.saved.thread ?? '',
        status: 'pending',
        expires_at: null,
        blocking: false,
        options: [],
        refusal: 'this is a saved state',
        call: null,
        answer: null,
      })),
    }),
  };
}

/** A row as of the last that is known: of what ran then, nobody knows whether and how it ended. */
export function stopped(row: Row, at: number): Row {
  return row.status === 'running'
    ? { ...row, status: 'open', duration_ms: Math.max(0, at - row.at) }
    : row;
}

function matches(row: Row, filter: RowFilter): boolean {
  const text = (filter.text ?? '').toLowerCase();
  return (
    among(filter.types, row.type) &&
    among(filter.actors, row.actor) &&
    among(filter.statuses, row.status) &&
    (filter.max_depth === undefined || filter.max_depth === null || row.depth <= filter.max_depth) &&
    [row.title, row.detail, row.actor, row.kind].some((part) => part.toLowerCase().includes(text))
  );
}

function among<Value>(wanted: readonly Value[] | undefined, value: Value): boolean {
  return wanted === undefined || wanted.length === 0 || wanted.includes(value);
}

function distinct<Value>(values: readonly Value[]): Value[] {
  return [...new Set(values)];
}
