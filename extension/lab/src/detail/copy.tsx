import type { VNode } from 'preact';

import { visible } from '../safe/visible';

interface CopyableProps {
  readonly name: string;
  readonly value: string;
  readonly say: (text: string) => void;
}

/** An id in full, with a button that copies it. */
export function Copyable({ name, value, say }: CopyableProps): VNode {
  const copy = () =>
    copied(value).then(
      () => say(`${name} copied`),
      () => say(`${name} could not be copied`),
    );
  return (
    <span class="tb-copyable">
      <code>{visible(value)}</code>
      <button type="button" class="tb-button tb-small" aria-label={`Copy ${name}`} onClick={() => void copy()}>
        Copy
      </button>
    </span>
  );
}

/** Browsers offer the clipboard only to pages from this machine or over TLS; the old way works anywhere. */
async function copied(text: string): Promise<void> {
  if (navigator.clipboard !== undefined) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const field = document.createElement('textarea');
  field.value = text;
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand('copy');
  field.remove();
  if (!isCopied) {
    throw new Error('the browser refused');
  }
}
