/** What of the timeline is shown. */

import type { ComponentChildren, RefObject, VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import type { RowFilter, RowStatus } from '../protocol';
import { actorName } from '../tabs/words';
import { ChoiceMenu } from './menu';
import type { Rows } from './rows';

const TYPING_PAUSE_MS = 200;

interface FiltersProps {
  readonly rows: Rows;
  readonly filter: RowFilter;
  readonly search: RefObject<HTMLInputElement | null>;
  readonly onChange: (filter: RowFilter) => void;
  /** Down from the text leads into the rows. */
  readonly onLeave: () => void;
  /** What stands between the text and the menus. */
  readonly children: ComponentChildren;
}

export function Filters({ rows, filter, search, onChange, onLeave, children }: FiltersProps): VNode {
  const { types = [], actors = [], statuses = [], max_depth = null } = filter;
  return (
    <>
      <Search
        text={filter.text ?? ''}
        search={search}
        onChange={(text) => onChange({ ...filter, text })}
        onLeave={onLeave}
      />
      {children}
      <ChoiceMenu
        label="Kinds"
        values={rows.types}
        chosen={types}
        onChange={(chosen) => onChange({ ...filter, types: chosen })}
      />
      <ChoiceMenu
        label="Actors"
        values={rows.actors}
        chosen={actors}
        name={actorName}
        onChange={(chosen) => onChange({ ...filter, actors: chosen })}
      />
      <ChoiceMenu
        label="Statuses"
        values={rows.statuses.filter((status): status is RowStatus => status !== 'none')}
        chosen={statuses}
        onChange={(chosen) => onChange({ ...filter, statuses: chosen })}
      />
      <button
        type="button"
        class="tb-button"
        aria-pressed={max_depth === 0}
        onClick={() => onChange({ ...filter, max_depth: max_depth === 0 ? null : 0 })}
      >
        Top level only
      </button>
    </>
  );
}

interface SearchProps {
  readonly text: string;
  readonly search: RefObject<HTMLInputElement | null>;
  readonly onChange: (text: string) => void;
  readonly onLeave: () => void;
}

/** Asks when nothing was typed for a moment. */
function Search({ text, search, onChange, onLeave }: SearchProps): VNode {
  const [typed, setTyped] = useState(text);
  const change = useRef(onChange);
  change.current = onChange;
  useEffect(() => setTyped(text), [text]);
  useEffect(() => {
    if (typed === text) {
      return undefined;
    }
    const timer = setTimeout(() => change.current(typed), TYPING_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed, text]);
  return (
    <input
      ref={search}
      class="tb-field tb-search"
      type="search"
      aria-label="Filter"
      placeholder="Filter"
      spellcheck={false}
      value={typed}
      onInput={(event) => setTyped(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && typed !== '') {
          setTyped('');
        } else if (event.key === 'ArrowDown' || event.key === 'Escape') {
          onLeave();
        } else {
          return;
        }
        event.preventDefault();
        event.stopPropagation();
      }}
    />
  );
}
