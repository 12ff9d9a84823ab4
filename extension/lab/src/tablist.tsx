/** Tabs as the ARIA practices describe them: one of them is in the tab order, arrows move. */

import type { ComponentChildren, VNode } from 'preact';
import { useRef } from 'preact/hooks';

interface TabListProps {
  /** Name of this panel in the page, to keep its ids apart from those of another panel. */
  readonly panel: string;
  readonly tabs: readonly { readonly id: string; readonly label: string }[];
  readonly current: string;
  /** How many things wait for a person under a tab. */
  readonly counts: Readonly<Record<string, number>>;
  readonly choose: (id: string) => void;
}

export function TabList({ panel, tabs, current, counts, choose }: TabListProps): VNode {
  const list = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent) => {
    const place = tabs.findIndex(({ id }) => id === current);
    const next = {
      ArrowRight: (place + 1) % tabs.length,
      ArrowLeft: (place - 1 + tabs.length) % tabs.length,
      Home: 0,
      End: tabs.length - 1,
    }[event.key];
    const tab = next === undefined ? undefined : tabs[next];
    if (next === undefined || tab === undefined) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    choose(tab.id);
    (list.current?.children[next] as HTMLElement).focus();
  };
  return (
    <div ref={list} class="tb-tablist" role="tablist" aria-label="Views" onKeyDown={move}>
      {tabs.map(({ id, label }) => (
        <button
          key={id}
          type="button"
          role="tab"
          id={`${panel}-tab-${id}`}
          class="tb-tab"
          data-label={label}
          aria-selected={id === current}
          aria-controls={`${panel}-${id}`}
          tabIndex={id === current ? 0 : -1}
          onClick={() => choose(id)}
        >
          {label}
          <Count of={counts[id] ?? 0} />
        </button>
      ))}
    </div>
  );
}

function Count({ of }: { of: number }): VNode | null {
  if (of === 0) {
    return null;
  }
  return (
    <span class="tb-count">
      {of}
      <span class="tb-unseen"> waiting</span>
    </span>
  );
}

interface TabPanelProps {
  readonly panel: string;
  readonly id: string;
  readonly current: string;
  readonly children: (isShown: boolean) => ComponentChildren;
}

/** Mounted when it is shown first, and kept from then on with all that was done in it. */
export function TabPanel({ panel, id, current, children }: TabPanelProps): VNode {
  const isShown = id === current;
  const wasShown = useRef(false);
  wasShown.current ||= isShown;
  return (
    <div
      class="tb-tabpanel"
      id={`${panel}-${id}`}
      role="tabpanel"
      aria-labelledby={`${panel}-tab-${id}`}
      hidden={!isShown}
    >
      {wasShown.current && children(isShown)}
    </div>
  );
}
