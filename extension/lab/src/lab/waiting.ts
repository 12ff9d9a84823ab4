/** Listens in on what the panel is told, for the badge and the notifications: nothing is asked twice. */

import type { HttpTransport } from '../http';
import type { News, Operations, Transport } from '../protocol';

export interface WaitingDecision {
  readonly id: string;
  readonly question: string;
}

/** The way to a feed, which tells others too which decisions wait and that threads changed. */
export class WaitingTransport implements Transport {
  readonly canWrite: boolean;
  private readonly inner: HttpTransport;
  private readonly hearWaiting = new Set<(waiting: readonly WaitingDecision[]) => void>();
  private readonly hearNews = new Set<(news: News) => void>();

  constructor(inner: HttpTransport) {
    this.inner = inner;
    this.canWrite = inner.canWrite;
  }

  onWaiting(hear: (waiting: readonly WaitingDecision[]) => void): void {
    this.hearWaiting.add(hear);
  }

  onNews(hear: (news: News) => void): void {
    this.hearNews.add(hear);
  }

  blobUrl(digest: string): string {
    return this.inner.blobUrl(digest);
  }

  async request<Name extends keyof Operations>(
    name: Name,
    params: Operations[Name][0],
  ): Promise<Operations[Name][1]> {
    const result = await this.inner.request(name, params);
    if (name === 'decisions' && isOfAll(params as Operations['decisions'][0])) {
      const { decisions } = result as Operations['decisions'][1];
      this.tell(decisions.filter((entry) => entry.status === 'pending'));
    }
    return result;
  }

  subscribe(
    thread: string | null,
    hear: (news: News) => void,
    state: (isLive: boolean) => void,
  ): () => void {
    return this.inner.subscribe(
      thread,
      (news) => {
        if (news.type === 'decisions') {
          this.tell(news.waiting);
        }
        this.hearNews.forEach((listener) => listener(news));
        hear(news);
      },
      state,
    );
  }

  private tell(waiting: readonly WaitingDecision[]): void {
    this.hearWaiting.forEach((listener) => listener(waiting));
  }
}

/** Whether a page has all that waits, or the first of it: not where it is to count them only. */
function isOfAll({ thread, limit }: Operations['decisions'][0]): boolean {
  return thread == null && limit === undefined;
}
