/** What every view of the panel is given. */

import type { News, Transport } from './protocol';

export interface PanelContext {
  readonly transport: Transport;
  /** The thread that is shown; null before there is one. */
  readonly thread: string | null;
  /** Hear all news of the one subscription of this panel; returns how to stop. */
  onNews(hear: (news: News) => void): () => void;
  /** Show the record of this id: its thread's timeline, the row selected, its detail open. */
  open(id: string, thread?: string): void;
  /** Show another thread. */
  show(thread: string): void;
  /** Reveal a notebook cell; undefined where there is no notebook to reveal it in. */
  jump?(cellId: string): void;
  /** Say something to the person in the panel's live region: politely, or at once. */
  say(text: string, urgency?: 'polite' | 'assertive'): void;
}
