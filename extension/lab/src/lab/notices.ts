/** JupyterLab's notification of what waits for an answer. It leads there; it answers nothing. */

import { Notification } from '@jupyterlab/apputils';

import { noticeText } from './notice-text';
import type { WaitingDecision } from './waiting';

/** How long it covers a corner of the screen; JupyterLab's list of notifications keeps it. */
const ON_SCREEN_MS = 10_000;
const ONLY_LISTED = 0;

/** One notification, of the newest decision that waits: several would cover the panel. */
export class Notices {
  private waiting: ReadonlySet<string> = new Set();
  private shown: string | null = null;
  private readonly showDecisions: () => void;
  private readonly areSeen: () => boolean;

  /** `areSeen` tells whether the person has the decisions before them. */
  constructor(showDecisions: () => void, areSeen: () => boolean) {
    this.showDecisions = showDecisions;
    this.areSeen = areSeen;
  }

  /** Say what waits now, on the screen only where it did not wait before. */
  tell(waiting: readonly WaitingDecision[]): void {
    const before = this.waiting;
    const fresh = waiting.filter(({ id }) => !before.has(id));
    if (fresh.length === 0 && waiting.length === before.size) {
      return;
    }
    this.waiting = new Set(waiting.map(({ id }) => id));
    if (this.shown !== null) {
      Notification.dismiss(this.shown);
      this.shown = null;
    }
    const newest = fresh.at(-1) ?? waiting.at(-1);
    if (newest !== undefined) {
      const isNews = fresh.length > 0 && !this.areSeen();
      const text = noticeText(newest.question, waiting.length - 1);
      this.shown = this.notify(text, isNews ? ON_SCREEN_MS : ONLY_LISTED);
    }
  }

  private notify(text: string, autoClose: number): string {
    return Notification.warning(text, {
      autoClose,
      actions: [
        {
          label: 'Show decisions',
          caption: 'Open the decisions in the Threadbook panel',
          callback: this.showDecisions,
        },
      ],
    });
  }
}
