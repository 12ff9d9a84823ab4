/** The way to a feed through a kernel: pushes on one comm, requests and answers on another. */

import { Refused } from './problem';
import type { News, Operations, Problem, Row, RowsPage, Transport } from './protocol';
import { stopped } from './saved';

/** What a model of a widget is to us: anywidget's and, for requests, that of ipywidgets itself. */
export interface WidgetModel {
  get(name: string): unknown;
  send(content: unknown): void;
  on(event: string, hear: (content: unknown) => void): void;
  off(event: string, hear: (content: unknown) => void): void;
}

/** What the view is told of its kernel: it has just been heard, is silent, or is gone for good. */
export type Life = 'connecting' | 'live' | 'silent' | 'ended';

/** A kernel beats every 3 s, also while a cell computes. */
const SILENCE_MS = 12_000;

/** How often the kernel is told that this view is still there; it forgets one after a minute. */
const ALIVE_MS = 15_000;

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

interface Subscription {
  readonly thread: string | null;
  readonly hear: (news: News) => void;
  readonly state: (isLive: boolean) => void;
}

export class CommTransport implements Transport {
  readonly canWrite: boolean;
  private readonly view = randomName();
  private readonly waiting = new Map<number, Waiting>();
  /** Rows that have not ended, as far as this view was told; by index. */
  private readonly running = new Map<number, Row>();
  private total = 0;
  private readonly timers: ReturnType<typeof setInterval>[];
  private readonly pushes: WidgetModel;
  private readonly requests: WidgetModel;
  private readonly tell: (life: Life) => void;
  private subscription: Subscription | null = null;
  private life: Life = 'connecting';
  private heard = 0;
  private last = 0;

  constructor(pushes: WidgetModel, requests: WidgetModel, tell: (life: Life) => void) {
    this.pushes = pushes;
    this.requests = requests;
    this.tell = tell;
    this.canWrite = pushes.get('_can_write') === true;
    pushes.on('msg:custom', this.take);
    requests.on('msg:custom', this.settle);
    requests.on('comm_live_update', this.look);
    requests.on('comm:close', this.end);
    this.timers = [setInterval(this.listen, 1000), setInterval(this.stay, ALIVE_MS)];
  }

  request<Name extends keyof Operations>(
    name: Name,
    params: Operations[Name][0],
  ): Promise<Operations[Name][1]> {
    const answer = this.ask(name, { ...params }) as Promise<Operations[Name][1]>;
    return name === 'rows' ? answer.then((page) => this.noted(page as RowsPage) as typeof page) : answer;
  }

  subscribe(
    thread: string | null,
    hear: (news: News) => void,
    state: (isLive: boolean) => void,
  ): () => void {
    const subscription = { thread, hear, state };
    this.subscription = subscription;
    this.running.clear();
    this.follow();
    return () => {
      if (this.subscription === subscription) {
        this.subscription = null;
        this.leave();
      }
    };
  }

  dispose(): void {
    this.timers.forEach(clearInterval);
    this.pushes.off('msg:custom', this.take);
    this.requests.off('msg:custom', this.settle);
    this.requests.off('comm_live_update', this.look);
    this.requests.off('comm:close', this.end);
    this.leave();
    this.fail(new Refused(CLOSED));
  }

  /** Subscribe; where others follow the thread already, its `reset` was before our time. */
  private follow(): void {
    const subscription = this.subscription;
    if (subscription === null) {
      return;
    }
    this.ask('subscribe', { thread: subscription.thread }).then(
      (answer) => {
        if (this.subscription === subscription && isRecord(answer) && answer.is_followed === true) {
          subscription.hear({ type: 'reset' });
        }
      },
      // The next sign of life tries again.
      () => undefined,
    );
  }

  private leave(): void {
    if (this.life !== 'ended') {
      this.send('unsubscribe', {});
    }
  }

  private ask(name: string, params: Record<string, unknown>): Promise<unknown> {
    if (this.life === 'ended' || this.life === 'silent') {
      return Promise.reject(new Refused(this.life === 'ended' ? ENDED : SILENT));
    }
    return new Promise((resolve, reject) => {
      this.waiting.set(this.send(name, params), { resolve, reject });
    });
  }

  private send(name: string, params: Record<string, unknown>): number {
    this.last += 1;
    this.requests.send({ request: this.last, view: this.view, name, params });
    return this.last;
  }

  private readonly take = (content: unknown): void => {
    this.hearKernel();
    if (!isRecord(content) || content.type !== 'news' || this.subscription === null) {
      return;
    }
    const { thread, hear } = this.subscription;
    if (content.thread === thread) {
      const news = content.news as News;
      hear(news.type === 'rows' ? this.noted(news) : news);
    }
  };

  /** Keep in mind what runs, so that it does not seem to go on after the kernel's end. */
  private noted<Rows extends { readonly thread: string; readonly total: number; readonly rows: Row[] }>(
    told: Rows,
  ): Rows {
    if (told.thread !== this.subscription?.thread) {
      return told; // an answer about the thread that was shown before
    }
    this.total = told.total;
    for (const row of told.rows) {
      if (row.status === 'running') {
        this.running.set(row.index, row);
      } else {
        this.running.delete(row.index);
      }
    }
    return told;
  }

  private readonly settle = (content: unknown): void => {
    if (!isRecord(content) || content.view !== this.view) {
      return;
    }
    this.hearKernel();
    const waiting = this.waiting.get(content.request as number);
    this.waiting.delete(content.request as number);
    if (isRecord(content.error)) {
      waiting?.reject(new Refused(content.error as unknown as Problem));
    } else {
      waiting?.resolve(content.result);
    }
  };

  private readonly look = (): void => {
    if (!isLive(this.requests)) {
      this.end();
    }
  };

  private readonly end = (): void => {
    this.become('ended');
    this.fail(new Refused(ENDED));
    const { thread, hear } = this.subscription ?? {};
    if (hear !== undefined && typeof thread === 'string' && this.running.size > 0) {
      const rows = [...this.running.values()].map((row) => stopped(row, this.heard));
      this.running.clear();
      hear({ type: 'rows', thread, total: this.total, rows });
    }
  };

  /** Note that the kernel was heard; after a silence everything is asked for again. */
  private hearKernel(): void {
    this.heard = Date.now();
    const before = this.life;
    this.become('live');
    if (before === 'silent') {
      this.follow();
      this.subscription?.hear({ type: 'reset' });
    }
  }

  /** Notice a silence. Before the first word it may be that a cell computes, and no shell is free. */
  private readonly listen = (): void => {
    if (this.life === 'live' && this.subscription !== null && Date.now() - this.heard > SILENCE_MS) {
      this.become('silent');
      this.fail(new Refused(SILENT));
    }
  };

  private readonly stay = (): void => {
    if (this.subscription === null || this.life !== 'live') {
      return;
    }
    this.ask('alive', {}).then(
      (answer) => {
        if (isRecord(answer) && answer.is_known !== true) {
          this.follow();
        }
      },
      () => undefined,
    );
  };

  private become(life: Life): void {
    if (this.life === life || this.life === 'ended') {
      return;
    }
    this.life = life;
    this.subscription?.state(life === 'live');
    this.tell(life);
  }

  private fail(error: Error): void {
    const waiting = [...this.waiting.values()];
    this.waiting.clear();
    waiting.forEach(({ reject }) => reject(error));
  }
}

/** Whether a kernel is on the other side; models of a saved notebook have none. */
export function isLive(model: WidgetModel): boolean {
  return (model as { comm_live?: unknown }).comm_live !== false;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A name for a view. `crypto.randomUUID` is there on secure origins only. */
function randomName(): string {
  return [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(16)).join('-');
}

const ENDED: Problem = {
  type: 'KernelEnded',
  message: 'the kernel of this panel has ended',
  remedy: 'run the cell again, or look in the sidebar',
};
const SILENT: Problem = {
  type: 'KernelSilent',
  message: 'the kernel does not answer',
  remedy: 'wait, or look in the sidebar, which does without the kernel',
};
const CLOSED: Problem = { type: 'Closed', message: 'this view was closed', remedy: null };
