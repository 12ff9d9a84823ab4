/** All threads of the store, newest first; what came out of a thread stands under it. */

import type { VNode } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';

import type { PanelContext } from '../context';
import { useId } from '../ids';
import { explain } from '../problem';
import type { Problem, ThreadEntry } from '../protocol';
import { visible } from '../safe/visible';
import type { TabProps } from '../tab';
import { useNow, useOperation } from './operation';
import { Answered, Empty, Failure, When } from './parts';
import { merged, treeItems, treeMove, type TreeItem } from './tree';
import { actorName, count, shortId } from './words';

const PAGE = 50;
const TYPING_MS = 150;

/** The colour of a status word; the word itself is always there. */
const TONES: Record<string, string> = { done: 'good', rejected: 'bad', cancelled: 'bad' };

export function ThreadsTab({ context, isShown }: TabProps): VNode {
  const [text, setText] = useState('');
  const [wanted, setWanted] = useState('');
  const search = useId();
  useEffect(() => {
    const timer = setTimeout(() => setWanted(text.trim()), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <div class="tb-page tb-threads">
      <div class="tb-bar">
        <label class="tb-unseen" for={search}>
          Search threads
        </label>
        <input
          id={search}
          class="tb-field"
          type="search"
          placeholder="Search goals, ids, actors"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </div>
      <Found key={wanted} context={context} isShown={isShown} text={wanted} />
    </div>
  );
}

/** Threads that match a text, page by page. */
function Found({ context, isShown, text }: TabProps & { text: string }): VNode {
  const first = useOperation(
    { context, isShown },
    'threads',
    { text, limit: PAGE },
    (news) => news.type === 'threads' || news.type === 'decisions',
  );
  const [listed, setListed] = useState<ThreadEntry[]>([]);
  const [next, setNext] = useState<number | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const page = first.value;
  const isFurther = useRef(false);

  useEffect(() => {
    if (page !== null) {
      setListed((before) => merged(before, page.threads));
      if (!isFurther.current) {
        setNext(page.next);
      }
    }
  }, [page]);

  const more = () => {
    isFurther.current = true;
    context.transport.request('threads', { text, limit: PAGE, before: next }).then(
      (older) => {
        const known = new Set(listed.map((entry) => entry.thread));
        setListed([...listed, ...older.threads.filter((entry) => !known.has(entry.thread))]);
        setNext(older.next);
        setProblem(null);
      },
      (thrown: unknown) => setProblem(explain(thrown)),
    );
  };

  return (
    <Answered asked={first}>
      {() =>
        listed.length === 0 && page?.threads.length === 0 ? (
          <Empty>
            {text === ''
              ? 'No thread yet. A notebook with the kernel “threadbook” begins one with its first cell.'
              : 'No thread matches.'}
          </Empty>
        ) : (
          <>
            <ThreadTree context={context} entries={listed} />
            {problem === null ? null : <Failure problem={problem} />}
            {next === null ? null : (
              <button type="button" class="tb-button" onClick={more}>
                Show older threads
              </button>
            )}
          </>
        )
      }
    </Answered>
  );
}

function ThreadTree({ context, entries }: { context: PanelContext; entries: ThreadEntry[] }): VNode {
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [at, setAt] = useState<string | null>(null);
  const tree = useRef<HTMLDivElement>(null);
  const now = useNow(60_000);
  const items = useMemo(() => treeItems(entries, closed), [entries, closed]);
  const indexOf = (thread: string | null) => items.findIndex((item) => item.thread === thread);
  const stop = Math.max(indexOf(at), at === null ? indexOf(context.thread) : 0, 0);

  const toggle = (thread: string, isClosed: boolean) => {
    const changed = new Set(closed);
    if (isClosed) {
      changed.add(thread);
    } else {
      changed.delete(thread);
    }
    setClosed(changed);
  };
  const press = (event: KeyboardEvent, index: number) => {
    const item = items[index] as TreeItem;
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      context.show(item.thread);
      return;
    }
    const move = treeMove(items, index, event.key);
    if (move === null) {
      return;
    }
    event.preventDefault();
    if ('to' in move) {
      setAt((items[move.to] as TreeItem).thread);
      (tree.current?.children[move.to] as HTMLElement | undefined)?.focus();
    } else {
      toggle('close' in move ? move.close : move.open, 'close' in move);
    }
  };

  return (
    <div
      class={items.some(({ isOpen }) => isOpen !== null) ? 'tb-tree' : 'tb-tree tb-tree-flat'}
      role="tree"
      aria-label="Threads"
      ref={tree}
    >
      {items.map((item, index) => (
        <div
          key={item.thread}
          class="tb-tree-item"
          role="treeitem"
          aria-level={item.level}
          aria-posinset={item.place}
          aria-setsize={item.siblings}
          aria-expanded={item.isOpen ?? undefined}
          aria-selected={item.thread === context.thread}
          aria-current={item.thread === context.thread ? 'true' : undefined}
          tabIndex={index === stop ? 0 : -1}
          style={{ '--tb-level': Math.min(item.level, 6) - 1 }}
          onFocus={() => setAt(item.thread)}
          onKeyDown={(event) => press(event, index)}
          onClick={() => context.show(item.thread)}
        >
          <span
            class="tb-tree-twist"
            aria-hidden="true"
            onClick={(event) => {
              if (item.isOpen !== null) {
                event.stopPropagation();
                toggle(item.thread, item.isOpen);
              }
            }}
          >
            {item.isOpen === null ? '' : item.isOpen ? '▾' : '▸'}
          </span>
          <Line item={item} isCurrent={item.thread === context.thread} now={now} />
        </div>
      ))}
    </div>
  );
}

function Line({ item, isCurrent, now }: { item: TreeItem; isCurrent: boolean; now: number }): VNode {
  const { entry, thread } = item;
  if (entry === null) {
    return <span class="tb-tree-text tb-mono">{visible(shortId(thread))}</span>;
  }
  return (
    <span class="tb-tree-text">
      <span class="tb-tree-goal">
        {entry.goal === '' ? <span class="tb-mono">{visible(shortId(thread))}</span> : visible(entry.goal)}
      </span>
      <span class="tb-marks">
        <span class={`tb-word tb-word-${TONES[entry.status] ?? 'plain'}`}>{visible(entry.status)}</span>
        {entry.fanout_status === null || entry.fanout_status === 'none' ? null : (
          <span class="tb-word">fan-out {visible(entry.fanout_status.replaceAll('_', ' '))}</span>
        )}
        {entry.waiting === 0 ? null : (
          <span class="tb-word tb-word-wait">{count(entry.waiting, 'decision waits', 'decisions wait')}</span>
        )}
        {isCurrent ? <span class="tb-word tb-word-here">shown</span> : null}
      </span>
      <span class="tb-quiet">
        {count(entry.record_count, 'record')} · <When at={entry.last_recorded_at} now={now} /> ·{' '}
        {visible(actorName(entry.opened_by))}
      </span>
    </span>
  );
}

