import { useEffect, useMemo, useReducer, useRef } from 'preact/hooks';

import type { PanelContext } from '../context';
import type { RowFilter } from '../protocol';
import { Rows } from './rows';

/** The rows of a thread, live; `version` grows with every change, at most once a frame. */
export function useRows(
  { transport, onNews }: PanelContext,
  thread: string,
  filter: RowFilter,
): { rows: Rows; version: number } {
  const [version, drawAgain] = useReducer((times: number, _: null) => times + 1, 0);
  const frame = useRef(0);
  const rows = useMemo(() => {
    const changed = () => {
      frame.current ||= requestAnimationFrame(() => {
        frame.current = 0;
        drawAgain(null);
      });
    };
    const ask = (offset: number, limit: number) =>
      transport.request('rows', { thread, offset, limit, filter });
    const askParent = (index: number) =>
      transport
        .request('rows', { thread, offset: index, limit: 1 })
        .then((page) => page.rows[0] ?? null);
    return new Rows(ask, askParent, filter, changed);
  }, [transport, thread, filter]);

  useEffect(() => {
    const stop = onNews((news) => {
      if (news.type === 'reset' || (news.type === 'rows' && news.thread === thread)) {
        rows.hear(news);
      }
    });
    return () => {
      stop();
      rows.dispose();
    };
  }, [rows, onNews, thread]);

  // Under a new filter, the rows before stay until there are others: nothing blinks.
  const shown = useRef(rows);
  if (rows.isLoaded || rows.problem !== null) {
    shown.current = rows;
  }
  return { rows: shown.current, version };
}
