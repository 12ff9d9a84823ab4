import type { ComponentChildren, VNode } from 'preact';

import { segments } from './marks';

/**
 * Text of a record for display: in an isolate of its own, so that it cannot reorder what stands
 * around it, and with a mark in place of every character that would hide something.
 */
export function visible(text: string): VNode {
  return <bdi class="tb-text">{marked(text)}</bdi>;
}

/** The same without the isolate, for pieces of a text that has one. */
export function marked(text: string): ComponentChildren {
  const found = segments(text);
  if (found.length === 1 && typeof found[0] === 'string') {
    return found[0];
  }
  return found.map((segment, place) =>
    typeof segment === 'string' ? (
      segment
    ) : (
      <span key={place} class="tb-mark" title={segment.meaning}>
        {segment.label}
      </span>
    ),
  );
}
