/** The way to a feed over HTTP: a Jupyter server's REST and event stream. */

import { Refused } from './problem';
import type { News, Operations, Problem, Transport } from './protocol';
import { events } from './sse';

/** How to reach the server; JupyterLab's ServerConnection knows all of it. */
export interface HttpSettings {
  /** Ends with a slash. */
  readonly baseUrl: string;
  /** Empty where a cookie says who is there. */
  readonly token: string;
  readonly fetch?: typeof fetch;
}

const WRITES: ReadonlySet<keyof Operations> = new Set(['answer', 'judge']);

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;

/** The server sends a heartbeat more often than this; silence means that the way is cut. */
const SILENCE_MS = 45_000;

export class HttpTransport implements Transport {
  readonly canWrite = true;
  private readonly api: string;
  private readonly settings: HttpSettings;
  private readonly fetch: typeof fetch;

  constructor(settings: HttpSettings) {
    this.settings = settings;
    this.api = `${settings.baseUrl}threadbook/api/`;
    // Called as a function: a browser's own fetch refuses to be a method of something else.
    this.fetch = (...request) => (settings.fetch ?? fetch)(...request);
  }

  async request<Name extends keyof Operations>(
    name: Name,
    params: Operations[Name][0],
  ): Promise<Operations[Name][1]> {
    const json = JSON.stringify(params);
    const response = WRITES.has(name)
      ? await this.send(name, { method: 'POST', body: json })
      : await this.send(`${name}?params=${encodeURIComponent(json)}`, {});
    if (!response.ok) {
      throw new Refused(await problemOf(response));
    }
    return (await response.json()) as Operations[Name][1];
  }

  blobUrl(digest: string): string {
    return `${this.api}blobs/${encodeURIComponent(digest)}`;
  }

  subscribe(
    thread: string | null,
    hear: (news: News) => void,
    state: (isLive: boolean) => void,
  ): () => void {
    const stopping = new AbortController();
    void this.follow(thread, hear, state, stopping.signal);
    return () => stopping.abort();
  }

  /** Listen, and listen again after a growing pause, until it is stopped. */
  private async follow(
    thread: string | null,
    hear: (news: News) => void,
    state: (isLive: boolean) => void,
    stopped: AbortSignal,
  ): Promise<void> {
    let pause = FIRST_PAUSE_MS;
    while (!stopped.aborted) {
      try {
        await this.listen(thread, stopped, (news) => {
          pause = FIRST_PAUSE_MS;
          state(true);
          hear(news);
        });
      } catch {
        // Whatever cut it off, the person sees that it is cut off, and it is tried again.
      }
      if (stopped.aborted) {
        return;
      }
      state(false);
      await waited(pause * (0.75 + Math.random() / 2), stopped);
      pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
    }
  }

  private async listen(
    thread: string | null,
    stopped: AbortSignal,
    hear: (news: News) => void,
  ): Promise<void> {
    const silence = new AbortController();
    let timer = setTimeout(() => silence.abort(), SILENCE_MS);
    const query = thread === null ? '' : `?thread=${encodeURIComponent(thread)}`;
    try {
      const response = await this.send(`news${query}`, {
        headers: { Accept: 'text/event-stream' },
        signal: AbortSignal.any([stopped, silence.signal]),
      });
      if (!response.ok || response.body === null) {
        throw new Refused(await problemOf(response));
      }
      for await (const data of events(response.body)) {
        clearTimeout(timer);
        timer = setTimeout(() => silence.abort(), SILENCE_MS);
        if (data !== null && !stopped.aborted) {
          hear(JSON.parse(data) as News);
        }
      }
    } finally {
      clearTimeout(timer);
      silence.abort();
    }
  }

  private send(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.settings.token !== '') {
      headers.set('Authorization', `token ${this.settings.token}`);
    }
    if (init.body !== undefined) {
      headers.set('Content-Type', 'application/json');
    }
    const xsrf = cookie('_xsrf');
    if (xsrf !== null) {
      headers.set('X-XSRFToken', xsrf);
    }
    return this.fetch(this.api + path, { credentials: 'same-origin', cache: 'no-store', ...init, headers });
  }
}

async function problemOf(response: Response): Promise<Problem> {
  const answer: unknown = await response.json().catch(() => null);
  if (isRecord(answer) && isRecord(answer.error) && typeof answer.error.message === 'string') {
    const { type, message, remedy } = answer.error;
    return {
      type: typeof type === 'string' ? type : 'Error',
      message,
      remedy: typeof remedy === 'string' ? remedy : null,
    };
  }
  return {
    type: 'ServerError',
    message: `the server answered ${response.status} ${response.statusText}`.trim(),
    remedy: response.status === 404 ? 'enable the server extension: jupyter server extension list' : null,
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function cookie(name: string): string | null {
  const found = new RegExp(`(?:^|;\\s*)${name}=([^;]*)`).exec(document.cookie);
  return found === null ? null : decodeURIComponent(found[1] ?? '');
}

function waited(milliseconds: number, stopped: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      stopped.removeEventListener('abort', end); // of a signal that lives as long as the page
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    stopped.addEventListener('abort', end);
  });
}
