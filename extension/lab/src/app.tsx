/** The shell of the panel: banner, tabs, the one subscription, the live regions. */

import { render, type VNode } from 'preact';
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';

import type { PanelContext } from './context';
import { useId } from './ids';
import { Memory } from './memory';
import type { News, Transport } from './protocol';
import { plainly } from './safe/marks';
import { visible } from './safe/visible';
import { TabList, TabPanel } from './tablist';
import { Banner, tabs } from './tabs';
import { shortId } from './tabs/words';
import { TimelineTab, type Target } from './timeline/tab';

export interface MountOptions {
  /** The thread that is shown first; null for the one that was shown last, or none. */
  readonly thread: string | null;
  /** Reveal a notebook cell. */
  readonly jump?: (cellId: string) => void;
  /** For a place between other things: of limited height. */
  readonly compact?: boolean;
  /** Name under which this panel remembers tab, thread, filter and place over a reload. */
  readonly name?: string;
}

export interface Mounted {
  show(thread: string | null): void;
  /** Put a tab in front. */
  choose(tab: string): void;
  dispose(): void;
}

export function mount(element: HTMLElement, transport: Transport, options: MountOptions): Mounted {
  const memory = new Memory(options.name ?? 'panel');
  const draw = (wanted: Wanted | null) =>
    render(<Panel transport={transport} options={options} memory={memory} wanted={wanted} />, element);
  draw(null);
  return {
    show: (thread) => draw({ thread }),
    choose: (tab) => draw({ tab }),
    dispose: () => render(null, element),
  };
}

/** A thread or tab that somebody outside asked for; a new object each time. */
type Wanted = { readonly thread: string | null } | { readonly tab: string };

interface PanelProps {
  readonly transport: Transport;
  readonly options: MountOptions;
  readonly memory: Memory;
  readonly wanted: Wanted | null;
}

type Urgency = 'polite' | 'assertive';

function Panel({ transport, options, memory, wanted }: PanelProps): VNode {
  const [thread, setThread] = useState<string | null>(
    () => options.thread ?? memory.get<string | null>('thread', null),
  );
  const [tab, setTab] = useState(() => known(memory.get('tab', 'timeline')));
  const [target, setTarget] = useState<Target | null>(null);
  const [said, setSaid] = useState<{ text: string; urgency: Urgency }>({ text: '', urgency: 'polite' });
  const panel = useId();
  const { onNews, isLive } = useNewsOf(transport, thread);
  const pending = usePending(transport, onNews);

  const show = useCallback(
    (next: string | null) => {
      setThread(next);
      setTarget(null);
      memory.set('thread', next);
    },
    [memory],
  );
  const choose = useCallback(
    (next: string) => {
      setTab(next);
      memory.set('tab', next);
    },
    [memory],
  );
  useEffect(() => {
    if (wanted !== null && 'tab' in wanted) {
      choose(known(wanted.tab));
    } else if (wanted !== null) {
      show(wanted.thread);
    }
  }, [wanted, show, choose]);

  const say = useCallback((text: string, urgency: Urgency = 'polite') => {
    // The same words again are another announcement: an unseen difference makes them heard.
    setSaid((last) => ({ text: last.text === text ? `${text}\u00a0` : text, urgency }));
  }, []);
  const open = useCallback(
    (id: string, where?: string) => {
      const reveal = (found: string) => {
        show(found);
        choose('timeline');
        setTarget({ id, thread: found });
      };
      if (where !== undefined) {
        reveal(where);
        return;
      }
      transport.request('record', { id }).then(
        (record) => reveal(record.thread),
        (error: unknown) => say(error instanceof Error ? error.message : String(error), 'assertive'),
      );
    },
    [transport, show, choose, say],
  );
  const { jump } = options;
  const context = useMemo<PanelContext>(
    () => ({
      transport,
      thread,
      onNews,
      open,
      show: (next) => {
        show(next);
        choose('timeline');
      },
      ...(jump === undefined ? {} : { jump }),
      say,
    }),
    [transport, thread, onNews, open, show, choose, jump, say],
  );

  return (
    <div
      class={options.compact === true ? 'tb-panel tb-compact' : 'tb-panel'}
      role="region"
      aria-label="Threadbook"
    >
      <Banner context={context} />
      <div class="tb-top">
        <TabList panel={panel} tabs={labels} current={tab} counts={{ decisions: pending }} choose={choose} />
        <Liveness thread={thread} isLive={isLive} />
      </div>
      <TabPanel panel={panel} id="timeline" current={tab}>
        {(isShown) => (
          <TimelineTab context={context} isShown={isShown} memory={memory} target={target} />
        )}
      </TabPanel>
      {tabs.map(({ id, view: View }) => (
        <TabPanel key={id} panel={panel} id={id} current={tab}>
          {(isShown) => <View context={context} isShown={isShown} />}
        </TabPanel>
      ))}
      <Announcements text={said.text} urgency={said.urgency} />
    </div>
  );
}

const labels = [{ id: 'timeline', label: 'Timeline' }, ...tabs];

function known(tab: string): string {
  return labels.some(({ id }) => id === tab) ? tab : 'timeline';
}

/** Where what happens comes from: one subscription, heard by every view of the panel. */
function useNewsOf(transport: Transport, thread: string | null) {
  const [isLive, setIsLive] = useState<boolean | null>(null);
  const listeners = useRef(new Set<(news: News) => void>());
  const onNews = useCallback((hear: (news: News) => void) => {
    listeners.current.add(hear);
    return () => {
      listeners.current.delete(hear);
    };
  }, []);
  useEffect(() => {
    const tell = (news: News) => [...listeners.current].forEach((hear) => hear(news));
    return transport.subscribe(thread, tell, setIsLive);
  }, [transport, thread]);
  return { onNews, isLive };
}

/** How many decisions wait, on all threads. */
function usePending(transport: Transport, onNews: PanelContext['onNews']): number {
  const [pending, setPending] = useState(0);
  useEffect(() => {
    let isCurrent = true;
    const ask = () =>
      transport.request('decisions', { thread: null, limit: 0 }).then(
        (page) => isCurrent && setPending(page.pending),
        // The tab of decisions says why they cannot be read.
        () => undefined,
      );
    void ask();
    const stop = onNews((news) => {
      if (news.type === 'decisions') {
        setPending(news.pending);
      } else if (news.type === 'reset') {
        void ask();
      }
    });
    return () => {
      isCurrent = false;
      stop();
    };
  }, [transport, onNews]);
  return pending;
}

/** Which thread it is, and whether what is shown is still what is: in words, not by colour alone. */
function Liveness({ thread, isLive }: { thread: string | null; isLive: boolean | null }): VNode {
  const word = isLive === null ? 'Connecting' : isLive ? 'Live' : 'Cut off';
  return (
    <div class="tb-liveness" data-live={isLive === true}>
      {thread !== null && (
        <span class="tb-thread-name" title={plainly(thread)}>
          {visible(shortId(thread))}
        </span>
      )}
      <span class="tb-live" role="status">
        {word}
      </span>
    </div>
  );
}

function Announcements({ text, urgency }: { text: string; urgency: Urgency }): VNode {
  return (
    <>
      <div class="tb-unseen" aria-live="polite">
        {urgency === 'polite' && visible(text)}
      </div>
      <div class="tb-unseen" aria-live="assertive">
        {urgency === 'assertive' && visible(text)}
      </div>
    </>
  );
}
