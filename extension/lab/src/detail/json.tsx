import type { VNode } from 'preact';
import { useState } from 'preact/hooks';

import { visible } from '../safe/visible';
import { LongText, ShowMore } from './bounded';

const AT_ONCE = 100;

interface JsonProps {
  readonly value: unknown;
  readonly name?: string;
  readonly isOpen?: boolean;
}

/** A JSON value as a tree that opens a level at a time. */
export function Json({ value, name, isOpen = false }: JsonProps): VNode {
  const [wasOpened, setWasOpened] = useState(isOpen);
  const [shown, setShown] = useState(AT_ONCE);
  const label = name === undefined ? null : <span class="tb-json-name">{visible(name)}</span>;
  if (typeof value !== 'object' || value === null) {
    return (
      <div class="tb-json-leaf">
        {label}
        <Leaf value={value} name={name ?? 'value'} />
      </div>
    );
  }
  const entries = Object.entries(value);
  const summary = Array.isArray(value) ? `[${entries.length}]` : `{${entries.length}}`;
  if (entries.length === 0) {
    return (
      <div class="tb-json-leaf">
        {label}
        <span class="tb-quiet">{Array.isArray(value) ? '[]' : '{}'}</span>
      </div>
    );
  }
  return (
    <details
      class="tb-json"
      open={isOpen}
      onToggle={(event) => setWasOpened(wasOpened || event.currentTarget.open)}
    >
      <summary>
        {label}
        <span class="tb-quiet">{summary}</span>
      </summary>
      {wasOpened && (
        <div class="tb-json-entries">
          {entries.slice(0, shown).map(([key, entry]) => (
            <Json key={key} name={key} value={entry} />
          ))}
          {shown < entries.length && (
            <ShowMore left={`${entries.length - shown} entries`} onClick={() => setShown(shown + 1000)} />
          )}
        </div>
      )}
    </details>
  );
}

const LONG = 200;

function Leaf({ value, name }: { value: unknown; name: string }): VNode {
  if (typeof value === 'string' && (value.length > LONG || value.includes('\n'))) {
    return <LongText text={value} label={name} />;
  }
  const text = typeof value === 'string' ? value : String(JSON.stringify(value));
  return <span class={`tb-json-${value === null ? 'null' : typeof value}`}>{visible(text)}</span>;
}
