import type { VNode } from 'preact';

import type { RowStatus } from '../protocol';

const CHECK = 'M3 8.5l3.2 3.2L13 4.8';
const CROSS = 'M4 4l8 8M12 4l-8 8';
const RING = 'M8 2.8a5.2 5.2 0 1 0 0 10.4A5.2 5.2 0 0 0 8 2.8z';
const BARRED = `${RING}M4.4 4.4l7.2 7.2`;
const CLOCK = `${RING}M8 5v3.2l2 1.4`;

const PATHS: Readonly<Record<Exclude<RowStatus, 'none'>, string>> = {
  running: 'M8 2.8a5.2 5.2 0 1 1-5.2 5.2',
  waiting: 'M5.4 5.8a2.6 2.6 0 1 1 3.7 2.4c-.7.4-1.1.8-1.1 1.7M8 12.4v.6',
  ok: CHECK,
  error: CROSS,
  interrupted: 'M4.5 4.5h7v7h-7z',
  timeout: CLOCK,
  limit: BARRED,
  aborted: BARRED,
  refused: BARRED,
  died: CROSS,
  cancelled: BARRED,
  discarded: BARRED,
  approved: CHECK,
  rejected: CROSS,
  expired: CLOCK,
  withdrawn: 'M6.5 3.5L3.5 6.5l3 3M3.5 6.5h6a3 3 0 0 1 0 6h-2',
  accepted: CHECK,
  open: RING,
};

/** A sign for the quick eye beside the word that says it. */
export function StatusIcon({ status }: { status: Exclude<RowStatus, 'none'> }): VNode {
  return (
    <svg class="tb-icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[status]} />
    </svg>
  );
}
