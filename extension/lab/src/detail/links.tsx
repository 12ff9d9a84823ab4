import type { VNode } from 'preact';
import { useState } from 'preact/hooks';

import type { PanelContext } from '../context';
import type { Link } from '../protocol';
import { visible } from '../safe/visible';
import { ShowMore } from './bounded';

const AT_ONCE = 20;

interface LinksProps {
  readonly label: string;
  readonly links: readonly Link[];
  readonly context: PanelContext;
}

/** Records before or after this one; each opens. */
export function Links({ label, links, context }: LinksProps): VNode {
  const [shown, setShown] = useState(AT_ONCE);
  return (
    <>
      <ul class="tb-links" aria-label={label}>
        {links.slice(0, shown).map((link) => (
          <li key={link.id}>
            <button
              type="button"
              role="link"
              class="tb-record-link"
              onClick={() => context.open(link.id, link.thread)}
            >
              <span class="tb-record-link-kind">{visible(link.kind)}</span>
              <span class="tb-record-link-title">{visible(link.title)}</span>
              {link.thread !== context.thread && (
                <span class="tb-quiet">on thread {visible(link.thread)}</span>
              )}
            </button>
          </li>
        ))}
      </ul>
      {shown < links.length && (
        <ShowMore left={`${links.length - shown} records`} onClick={() => setShown(shown + 200)} />
      )}
    </>
  );
}
