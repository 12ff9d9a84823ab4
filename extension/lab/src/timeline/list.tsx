/** The rows that can be seen, in a list of any length. */

import type { RefObject, VNode } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

import { useId } from '../ids';
import type { Row } from '../protocol';
import { useNow } from '../tabs/operation';
import { moved } from './keys';
import { RowLine } from './row';
import type { Rows } from './rows';
import { Scale, type View } from './scale';
import { useSize } from './size';
import { isStray } from './words';

/** Rows beyond what can be seen that are drawn already. */
const AHEAD = 10;

/** So long after the last move, nobody scrolls. */
const SETTLED_MS = 150;

export interface RowListProps {
  readonly grid: RefObject<HTMLDivElement | null>;
  readonly rows: Rows;
  readonly selected: number | null;
  readonly isFollowing: boolean;
  /** The row that is at the top first. */
  readonly start: number;
  /** A place to bring into view; a new object each time. */
  readonly reveal: { readonly offset: number } | null;
  readonly onFollow: (isFollowing: boolean) => void;
  /** Nobody scrolls any more, and this row is at the top. */
  readonly onScroll: (first: number) => void;
  readonly onSelect: (offset: number) => void;
  readonly onOpen: (offset: number) => void;
  readonly onClose: () => void;
  readonly onFilter: () => void;
}

export function RowList(props: RowListProps): VNode {
  const { grid: element, rows, selected, isFollowing, reveal } = props;
  const { onFollow, onScroll, onSelect, onOpen } = props;
  const name = useId();
  const { rowHeight, height, isNarrow } = useSize(element);
  const view: View = { rowHeight, height, count: rows.matched };
  const scale = useRef<Scale | null>(null);
  scale.current ??= new Scale(view);
  const places = scale.current;
  places.resize(view);
  const [, redraw] = useState(0);

  // The row at the top, in parts of rows too; null before there is one.
  const place = useRef<number | null>(null);
  const scrollTo = (top: number) => {
    if (element.current !== null) {
      element.current.scrollTop = places.scrollTo(top);
      // Not a move of the person's: it neither starts nor stops following.
      place.current = places.top(element.current.scrollTop) / rowHeight;
      redraw((times) => times + 1);
    }
  };

  // Where the list stands: at the place remembered, as soon as there are rows to stand on; where it was
  // when it is shown again, since browsers forget that of what is not displayed, or when rows grow.
  const isThere = rows.isLoaded && height > 0;
  useLayoutEffect(() => {
    if (isThere && !isFollowing) {
      scrollTo((place.current ?? props.start) * rowHeight);
    }
  }, [isThere, rowHeight]);
  const shown = useRef(rows);
  useLayoutEffect(() => {
    if (shown.current !== rows && !isFollowing && selected === null) {
      scrollTo(0);
    }
    shown.current = rows;
  }, [rows]);
  useLayoutEffect(() => {
    if (isFollowing && isThere) {
      scrollTo(rows.matched * rowHeight);
    }
  }, [isFollowing, isThere, rows.matched, height, rowHeight]);
  useLayoutEffect(() => {
    if (reveal !== null && isThere) {
      const top = places.top(element.current?.scrollTop ?? 0);
      scrollTo(revealed(reveal.offset, top, view));
    }
  }, [reveal, isThere]);

  // A list that becomes lower, as a record opens below it, keeps the selected row in view.
  const heightBefore = useRef(height);
  useLayoutEffect(() => {
    const before = heightBefore.current;
    heightBefore.current = height;
    if (selected === null || isFollowing || height === 0 || height >= before) {
      return;
    }
    const [top, place] = [places.top(element.current?.scrollTop ?? 0), selected * rowHeight];
    if (place >= top && place + rowHeight <= top + before) {
      scrollTo(revealed(selected, top, view));
    }
  }, [height]);

  const top = places.top(element.current?.scrollTop ?? 0);
  const first = Math.max(0, Math.floor(top / rowHeight) - AHEAD);
  const last = Math.min(rows.matched, Math.ceil((top + height) / rowHeight) + AHEAD) - 1;
  useEffect(() => {
    if (height > 0) {
      rows.need(first, Math.max(first, last));
    }
  });

  const settling = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(settling.current), []);
  const scrolled = () => {
    const scrollTop = element.current?.scrollTop ?? 0;
    places.moved(scrollTop);
    if (height === 0) {
      return;
    }
    const now = places.top(scrollTop) / rowHeight;
    const before = place.current ?? now;
    const isAtEnd = now + height / rowHeight >= rows.matched - 0.5;
    if (isAtEnd && now > before) {
      onFollow(true);
    } else if (!isAtEnd && now < before - 0.05) {
      onFollow(false);
    }
    place.current = now;
    redraw((times) => times + 1);
    clearTimeout(settling.current);
    settling.current = setTimeout(() => {
      onScroll(Math.floor(now));
      const settled = places.settle(scrollTop);
      if (Math.abs(settled - scrollTop) > 1) {
        scrollTo(places.top(settled));
      }
    }, SETTLED_MS);
  };

  const drawn = range(first, last);
  if (selected !== null && selected < rows.matched && (selected < first || selected > last)) {
    drawn.push(selected);
  }
  const isRunning = drawn.some((offset) => rows.at(offset)?.status === 'running');
  const now = useNow(1000, isRunning);
  const pageRows = Math.max(1, Math.floor(height / rowHeight) - 1);

  const lastSeen = Math.min(rows.matched, Math.floor((top + height) / rowHeight));
  const unseen = useUnseen(rows, isThere, isFollowing, lastSeen);

  return (
    <div class="tb-grid-frame">
      <div
        ref={element}
        class={isNarrow ? 'tb-grid tb-narrow' : 'tb-grid'}
        role="treegrid"
        aria-label="Timeline"
        aria-rowcount={rows.isLoaded ? rows.matched : -1}
        aria-busy={!rows.isLoaded}
        aria-activedescendant={selected === null ? undefined : `${name}-${selected}`}
        aria-readonly="true"
        tabIndex={0}
        style={{ '--tb-row': `${rowHeight}px` }}
        onScroll={scrolled}
        onClick={(event) => {
          const offset = offsetOf(event.target);
          if (offset !== null && rows.at(offset) !== null) {
            onOpen(offset);
          }
        }}
        onKeyDown={(event) => {
          if (event.ctrlKey || event.metaKey || event.altKey) {
            return;
          }
          const next = moved(event.key, selected, pageRows, rows, first + AHEAD);
          if (next !== null) {
            onSelect(next);
          } else if (event.key === 'Enter' && selected !== null) {
            onOpen(selected);
          } else if (event.key === 'Escape') {
            props.onClose();
          } else if (event.key === '/') {
            props.onFilter();
          } else {
            return;
          }
          event.preventDefault();
          event.stopPropagation();
        }}
      >
        <div class="tb-grid-extent" role="rowgroup" style={{ height: `${places.extent}px` }}>
          {drawn.map((offset) => {
            const row = rows.at(offset);
            return (
              <RowLine
                key={offset}
                id={`${name}-${offset}`}
                row={row}
                offset={offset}
                y={offset * rowHeight - places.shift}
                isSelected={offset === selected}
                strayOf={row === null ? null : strayOf(row, offset, rows)}
                now={row?.status === 'running' ? now : null}
                isNarrow={isNarrow}
              />
            );
          })}
        </div>
      </div>
      {rows.isLoaded && rows.matched === 0 && (
        <p class="tb-empty tb-no-rows">
          {rows.total === 0 ? 'Nothing has happened yet.' : 'No row matches.'}
        </p>
      )}
      {unseen > 0 && (
        <button type="button" class="tb-button tb-unseen-rows" onClick={() => onFollow(true)}>
          {unseen.toLocaleString('en')} new
        </button>
      )}
    </div>
  );
}

/** How many rows came in below what has been in view since the list stopped following. */
function useUnseen(rows: Rows, isThere: boolean, isFollowing: boolean, lastSeen: number): number {
  const seen = useRef({ rows, end: 0 });
  if (!isThere || isFollowing || seen.current.rows !== rows) {
    seen.current = { rows, end: rows.matched };
  }
  seen.current.end = Math.min(rows.matched, Math.max(seen.current.end, lastSeen));
  return rows.matched - seen.current.end;
}

function range(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, place) => first + place);
}

/** The parent of a row to which the row above does not belong. */
function strayOf(row: Row, offset: number, rows: Rows): Row | null {
  const above = offset === 0 ? null : rows.at(offset - 1);
  const isKnown = offset === 0 || above !== null;
  if (row.parent === null || !isKnown || !isStray(row, above, (index) => rows.byIndex(index))) {
    return null;
  }
  rows.needParent(row.parent);
  return rows.byIndex(row.parent);
}

function offsetOf(target: EventTarget | null): number | null {
  const line = target instanceof Element ? target.closest<HTMLElement>('[data-offset]') : null;
  return line === null ? null : Number(line.dataset.offset);
}

/** The least move that brings a row into view; to the middle where it is far away. */
function revealed(offset: number, top: number, { rowHeight, height }: View): number {
  const place = offset * rowHeight;
  if (place < top - height || place > top + 2 * height) {
    return place - (height - rowHeight) / 2;
  }
  return Math.min(Math.max(top, place + rowHeight - height), place);
}
