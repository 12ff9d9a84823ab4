/** Ids of elements. Preact's own begin anew in each root: two panels in a page would share them. */

import { useState } from 'preact/hooks';

const page = globalThis.crypto.getRandomValues(new Uint32Array(1))[0]?.toString(36) ?? '';
let last = 0;

/** An id that no other element of the page has, also where the sidebar and a widget are in it. */
export function useId(): string {
  const [id] = useState(() => {
    last += 1;
    return `tb-${page}-${last}`;
  });
  return id;
}
