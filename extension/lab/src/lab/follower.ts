/** Shows the thread of the notebook in front, and finds it again when its kernel is another one. */

import { ServerConnection, type ServerSettings } from '@jupyterlab/services';

import { Memory } from '../memory';
import type { News, Transport } from '../protocol';
import { plainly } from '../safe/marks';
import { aboutText } from './about';
import type { Document, Documents } from './documents';
import type { Sidebar } from './sidebar';
import type { WaitingTransport } from './waiting';

/** After which states of a kernel its thread may be another one. */
const SETTLED: ReadonlySet<string> = new Set(['idle', 'dead', 'restarting', 'autorestarting']);

/** In these it may not have begun its session yet; a state that is settled follows. */
const COMING_UP: ReadonlySet<string> = new Set(['unknown', 'starting', 'restarting', 'autorestarting']);

const PAUSE_MS = 200;

export class Follower {
  private readonly transport: Transport;
  private readonly sidebar: Sidebar;
  private readonly settings: ServerSettings;
  private readonly threads = new WeakMap<Document, string>();
  private document: Document | null = null;
  /** What was last shown on account of a notebook; people may have chosen another thread since. */
  private readonly memory = new Memory('sidebar-follows');
  private timer: ReturnType<typeof setTimeout> | null = null;
  private turn = 0;

  constructor(
    documents: Documents,
    transport: WaitingTransport,
    sidebar: Sidebar,
    settings: ServerSettings,
  ) {
    this.transport = transport;
    this.sidebar = sidebar;
    this.settings = settings;
    transport.onNews((news: News) => {
      if (news.type === 'threads' || news.type === 'reset') {
        this.askSoon();
      }
    });
    documents.onChanged(() => this.turnTo(documents.current));
    this.listenTo(documents.current); // After a reload the thread that was chosen stays.
  }

  private readonly changed = (): void => this.askSoon();
  private readonly state = (_: unknown, status: string): void => {
    if (SETTLED.has(status)) {
      this.askSoon();
    }
  };

  private turnTo(document: Document | null): void {
    if (document === this.document) {
      return;
    }
    this.document?.sessionContext.kernelChanged.disconnect(this.changed);
    this.document?.sessionContext.statusChanged.disconnect(this.state);
    if (document !== null) {
      this.memory.set('thread', null);
    }
    this.listenTo(document);
  }

  private listenTo(document: Document | null): void {
    this.document = document;
    document?.sessionContext.kernelChanged.connect(this.changed);
    document?.sessionContext.statusChanged.connect(this.state);
    void document?.sessionContext.ready.then(this.changed);
    this.askSoon();
  }

  private askSoon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = null;
      void this.ask();
    }, PAUSE_MS);
  }

  private async ask(): Promise<void> {
    const turn = ++this.turn;
    const { document } = this;
    const kernel = document?.sessionContext.session?.kernel ?? null;
    if (kernel === null && document?.sessionContext.isReady === false) {
      return; // It asks again when it knows whether it has a kernel.
    }
    let thread: string | null;
    try {
      thread = kernel === null ? null : await this.threadOf(kernel.id);
    } catch {
      return; // The server is away: the panel says that it is cut off, and asks again with a reset.
    }
    if (thread === null && kernel !== null && COMING_UP.has(kernel.status)) {
      return;
    }
    if (document !== null && thread !== null) {
      this.threads.set(document, thread);
    }
    const known = kernel === null && document !== null ? this.threads.get(document) : undefined;
    const found = thread ?? known ?? null;
    const other = found === null ? (this.followed ?? (await this.newest())) : null;
    if (turn !== this.turn) {
      return;
    }
    this.show(found ?? other);
    this.sidebar.about =
      found !== null
        ? ''
        : aboutText({
            isOpen: document !== null,
            kernel: kernel === null ? null : plainly(document?.sessionContext.kernelDisplayName ?? kernel.name),
            hasThreads: other !== null,
          });
  }

  private get followed(): string | null {
    return this.memory.get<string | null>('thread', null);
  }

  private show(thread: string | null): void {
    if (thread !== null && thread !== this.followed) {
      this.memory.set('thread', thread);
      this.sidebar.panel.show(thread);
    }
  }

  private async threadOf(kernelId: string): Promise<string | null> {
    const url = `${this.settings.baseUrl}threadbook/api/kernels/${encodeURIComponent(kernelId)}`;
    const response = await ServerConnection.makeRequest(url, { cache: 'no-store' }, this.settings);
    if (!response.ok) {
      throw new Error(`the server answered ${response.status}`);
    }
    return ((await response.json()) as { thread: string | null }).thread;
  }

  private async newest(): Promise<string | null> {
    try {
      const { threads } = await this.transport.request('threads', { limit: 1 });
      return threads[0]?.thread ?? null;
    } catch {
      return null; // The tab of threads says why they cannot be read.
    }
  }
}
