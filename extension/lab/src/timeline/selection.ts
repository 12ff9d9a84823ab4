import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

import type { Row, RowFilter, Transport } from '../protocol';
import type { Rows } from './rows';

/** A row that is selected: its record, null while the row is on its way. */
export interface Selected {
  readonly id: string | null;
  /** Its place among the rows that match; null where it is not among them, or not found yet. */
  readonly offset: number | null;
}

export interface Selection {
  readonly selected: Selected | null;
  /** Place to bring into view; a new object each time. */
  readonly reveal: { readonly offset: number } | null;
  /** Select what stands at a place. */
  readonly select: (offset: number) => void;
  /** Select a record, wherever its row is. */
  readonly find: (id: string, shouldReveal: boolean) => void;
}

/** The selected row stays selected when rows move: under another filter, or because others came in. */
export function useSelection(
  transport: Transport,
  thread: string,
  filter: RowFilter,
  rows: Rows,
  version: number,
  { start, isFollowing }: { readonly start: string | null; readonly isFollowing: boolean },
): Selection {
  const [selected, setSelected] = useState<Selected | null>(start === null ? null : { id: start, offset: null });
  const [reveal, setReveal] = useState<{ offset: number } | null>(null);
  const newest = useRef(0);

  const find = useCallback(
    (id: string, shouldReveal: boolean) => {
      newest.current += 1;
      const turn = newest.current;
      setSelected((before) => (before?.id === id ? before : { id, offset: null }));
      transport.request('place', { thread, id, filter }).then(
        ({ offset }) => {
          if (turn === newest.current) {
            setSelected({ id, offset });
            if (shouldReveal && offset !== null) {
              setReveal({ offset });
            }
          }
        },
        // The record, when it is asked for, says why it cannot be shown.
        () => undefined,
      );
    },
    [transport, thread, filter],
  );

  const select = useCallback(
    (offset: number) => {
      newest.current += 1;
      setSelected({ id: rows.at(offset)?.id ?? null, offset });
      setReveal({ offset });
    },
    [rows],
  );

  // First the list stands where it was left; another filter leads to what was selected.
  const isFirst = useRef(true);
  useEffect(() => {
    if (selected !== null && selected.id !== null) {
      find(selected.id, !isFirst.current && !isFollowing);
    }
    isFirst.current = false;
  }, [find]);

  // Rows move under a filter; where another row stands now, the selected one is looked for once.
  const looked = useRef(-1);
  useEffect(() => {
    const row = selected === null || selected.offset === null ? null : rows.at(selected.offset);
    if (row === null || selected === null) {
      return;
    }
    if (selected.id === null) {
      setSelected({ id: row.id, offset: selected.offset });
    } else if (!isOf(row, selected.id) && looked.current !== version) {
      looked.current = version;
      find(selected.id, false);
    }
  }, [rows, version, selected, find]);

  return { selected, reveal, select, find };
}

/** Whether a record opened or closed a row. */
export function isOf(row: Row, id: string): boolean {
  return row.id === id || row.end === id;
}
