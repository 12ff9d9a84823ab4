/** The list of a library, artifacts or workflows, and the one of it that was chosen in its place. */

import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import type { PanelContext } from '../context';
import { useId } from '../ids';
import { visible } from '../safe/visible';
import { Empty } from './parts';

const PAGE = 100;

interface Entry {
  id: string;
  name: string;
  version: number;
  description: string;
  thread: string;
}

interface LibraryProps<Of extends Entry> {
  context: PanelContext;
  label: string;
  /** What is said where there is nothing. */
  empty: string;
  entries: Of[];
  chosen: string | null;
  choose: (id: string | null) => void;
  textOf: (entry: Of) => string;
  line: (entry: Of) => ComponentChildren;
  detail: (id: string) => VNode;
}

export function LibraryList<Of extends Entry>(props: LibraryProps<Of>): VNode {
  const { context, label, entries, chosen, choose } = props;
  const [text, setText] = useState('');
  const [isHere, setHere] = useState(false);
  const [many, setMany] = useState(PAGE);
  const search = useId();
  const list = useRef<HTMLUListElement>(null);
  const back = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (chosen !== null) {
      back.current?.focus(); // What was pressed to choose is gone.
    }
  }, [chosen]);
  if (chosen !== null) {
    const goBack = () => {
      choose(null);
      // The list is drawn by then: whoever goes back by key stands where they left.
      requestAnimationFrame(() => list.current?.querySelector<HTMLElement>(`[data-id="${chosen}"]`)?.focus());
    };
    return (
      <>
        <button type="button" class="tb-button" ref={back} onClick={goBack}>
          ← All {label.toLowerCase()}
        </button>
        {props.detail(chosen)}
      </>
    );
  }
  const wanted = text.trim().toLowerCase();
  const found = entries.filter(
    (entry) =>
      (!isHere || entry.thread === context.thread) && props.textOf(entry).toLowerCase().includes(wanted),
  );
  return (
    <>
      <div class="tb-bar">
        <label class="tb-unseen" for={search}>
          Search {label.toLowerCase()}
        </label>
        <input
          id={search}
          class="tb-field"
          type="search"
          placeholder={`Search ${label.toLowerCase()}`}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <label class="tb-check">
          <input type="checkbox" checked={isHere} onChange={(event) => setHere(event.currentTarget.checked)} />
          This thread only
        </label>
      </div>
      {found.length === 0 ? (
        <Empty>{entries.length === 0 ? props.empty : 'Nothing matches.'}</Empty>
      ) : (
        <ul class="tb-cards" aria-label={label} ref={list}>
          {found.slice(0, many).map((entry) => (
            <li key={entry.id}>
              <button type="button" class="tb-card tb-pick" data-id={entry.id} onClick={() => choose(entry.id)}>
                <span class="tb-card-title">
                  {visible(entry.name)} <span class="tb-quiet">v{entry.version}</span>
                </span>
                {entry.description === '' ? null : <span>{visible(entry.description)}</span>}
                <span class="tb-quiet">{props.line(entry)}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      {found.length <= many ? null : (
        <button type="button" class="tb-button" onClick={() => setMany(many + PAGE)}>
          Show more
        </button>
      )}
    </>
  );
}
