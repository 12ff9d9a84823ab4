/** The timeline of a thread, and the record opened from it. */

import type { VNode } from 'preact';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

import { RecordView } from '../detail/record';
import type { Memory } from '../memory';
import { explain } from '../problem';
import type { RowFilter } from '../protocol';
import type { TabProps } from '../tab';
import { Empty, Failure } from '../tabs/parts';
import { Filters } from './filters';
import { RowList } from './list';
import { isEmpty, type Rows } from './rows';
import { useSelection } from './selection';
import { useRows } from './use-rows';

/** A record that somebody asked to see; a new object each time. */
export interface Target {
  readonly id: string;
  readonly thread: string;
}

interface TimelineTabProps extends TabProps {
  readonly memory: Memory;
  readonly target: Target | null;
}

export function TimelineTab(props: TimelineTabProps): VNode {
  const { thread } = props.context;
  if (thread === null) {
    return <Empty>No thread yet. It appears here as soon as a cell runs in the threadbook kernel.</Empty>;
  }
  return <ThreadTimeline key={thread} {...props} thread={thread} />;
}

interface Remembered {
  readonly filter: RowFilter;
  readonly first: number;
  readonly isFollowing: boolean;
  readonly selected: string | null;
  readonly isOpen: boolean;
}

const NOTHING: Remembered = { filter: {}, first: 0, isFollowing: true, selected: null, isOpen: false };

function ThreadTimeline(props: TimelineTabProps & { readonly thread: string }): VNode {
  const { context, isShown, memory, target, thread } = props;
  const key = `timeline ${thread}`;
  const remembered = useRef(memory.get(key, NOTHING));
  const [filter, setFilter] = useState(remembered.current.filter);
  const [isFollowing, setIsFollowing] = useState(remembered.current.isFollowing);
  const [isOpen, setIsOpen] = useState(remembered.current.isOpen);
  const { rows, version } = useRows(context, thread, filter);
  const selection = useSelection(context.transport, thread, filter, rows, version, {
    start: remembered.current.selected,
    isFollowing,
  });
  const { selected, find } = selection;
  const search = useRef<HTMLInputElement>(null);
  const grid = useRef<HTMLDivElement>(null);

  const remember = useCallback(
    (change: Partial<Remembered>) => {
      remembered.current = { ...remembered.current, ...change };
      memory.set(key, remembered.current);
    },
    [memory, key],
  );
  useEffect(
    () => remember({ filter, isFollowing, selected: selected?.id ?? null, isOpen }),
    [remember, filter, isFollowing, selected?.id, isOpen],
  );
  const [led, setLed] = useState<Target | null>(null);
  useEffect(() => {
    if (target !== null && target.thread === thread) {
      setLed(target);
      setIsFollowing(false);
      setIsOpen(true);
      find(target.id, true);
    }
  }, [target]);

  const select = (offset: number) => {
    selection.select(offset);
    setLed(null);
    if (offset < rows.matched - 1) {
      setIsFollowing(false);
    }
  };
  const focusGrid = () => grid.current?.focus();
  const close = () => {
    setIsOpen(false);
    setLed(null);
    focusGrid();
  };
  const opened = isOpen ? (selected?.id ?? null) : null;

  return (
    <div class={opened === null ? 'tb-timeline' : 'tb-timeline tb-split'}>
      <div class="tb-timeline-list">
        <div class="tb-toolbar" role="group" aria-label="Timeline controls">
          <Filters rows={rows} filter={filter} search={search} onChange={setFilter} onLeave={focusGrid}>
            <Count rows={rows} isFiltered={!isEmpty(filter)} />
            <button
              type="button"
              class="tb-button"
              aria-pressed={isFollowing}
              onClick={() => setIsFollowing(!isFollowing)}
            >
              Follow
            </button>
          </Filters>
        </div>
        {rows.problem !== null && (
          <div class="tb-problem">
            <Failure problem={explain(rows.problem)} />
            <button type="button" class="tb-button" onClick={() => rows.reload()}>
              Try again
            </button>
          </div>
        )}
        <RowList
          grid={grid}
          rows={rows}
          selected={selected?.offset ?? null}
          isFollowing={isFollowing}
          start={remembered.current.first}
          reveal={selection.reveal}
          onFollow={setIsFollowing}
          onScroll={(first) => remember({ first })}
          onSelect={select}
          onOpen={(offset) => {
            select(offset);
            setIsOpen(true);
            context.say('Record opened');
          }}
          onClose={close}
          onFilter={() => search.current?.focus()}
        />
      </div>
      {opened !== null && (
        <RecordView id={opened} context={context} isShown={isShown} target={led} onClose={close} />
      )}
    </div>
  );
}

function Count({ rows, isFiltered }: { rows: Rows; isFiltered: boolean }): VNode {
  const [matched, total] = [rows.matched.toLocaleString('en'), rows.total.toLocaleString('en')];
  const text = isFiltered ? `${matched} of ${total}` : `${total} ${rows.total === 1 ? 'row' : 'rows'}`;
  return <span class="tb-row-count">{rows.isLoaded ? text : ''}</span>;
}
