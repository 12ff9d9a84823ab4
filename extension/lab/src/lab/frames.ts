/**
 * Gives the frames in which outputs run the height that they ask for.
 *
 * What is in such a frame is of another origin and may be hostile: all that it can have is a height,
 * within bounds, and not so often that the page would never come to rest.
 */

const FRAMES = 'iframe.threadbook-isolated';
const LEAST_PX = 24;
/** What is higher scrolls within its frame. */
const MOST_PX = 1200;

const CHANGES_AT_ONCE = 20;
const PAUSE_MS = 1000;
const REST_MS = 5000;

/** The height that a message asks for, in CSS pixels; null where it asks for none. */
export function heightIn(message: unknown): number | null {
  if (typeof message !== 'object' || message === null) {
    return null;
  }
  const { threadbook, height } = message as { threadbook?: unknown; height?: unknown };
  if (threadbook !== 'height' || typeof height !== 'number' || !Number.isFinite(height)) {
    return null;
  }
  return Math.min(MOST_PX, Math.max(LEAST_PX, Math.ceil(height)));
}

/**
 * When a frame may change: at once, as pages do that load, then after pauses that grow. So one that grows
 * because it has grown comes to rest, and one that was at rest may change at once again.
 */
export class Pace {
  private left = CHANGES_AT_ONCE;
  private pause = PAUSE_MS;
  private changes = -Infinity;

  /** How many milliseconds to wait with a change that is asked for now. */
  wait(now: number): number {
    if (now - this.changes >= REST_MS) {
      this.left = CHANGES_AT_ONCE;
      this.pause = PAUSE_MS;
    }
    const wait = this.left > 0 ? 0 : this.pause;
    if (this.left > 0) {
      this.left -= 1;
    } else {
      this.pause *= 2;
    }
    this.changes = now + wait;
    return wait;
  }
}

class Frame {
  private readonly element: HTMLIFrameElement;
  private readonly pace = new Pace();
  private wanted = '';
  private waits = false;

  constructor(element: HTMLIFrameElement) {
    this.element = element;
  }

  /** Take a height now or, where the frame changes too often, the last one asked for when it may. */
  ask(height: number): void {
    this.wanted = `${height}px`;
    if (this.waits || this.element.style.height === this.wanted) {
      return;
    }
    const wait = this.pace.wait(performance.now());
    if (wait === 0) {
      this.change();
    } else {
      this.waits = true;
      setTimeout(() => this.change(), wait);
    }
  }

  private change(): void {
    this.waits = false;
    this.element.style.height = this.wanted;
  }
}

/** Listen to the frames of this page from now on. */
export function listenToFrames(page: Window): void {
  const frames = new WeakMap<HTMLIFrameElement, Frame>();
  page.addEventListener('message', ({ data, source }) => {
    const height = heightIn(data);
    if (height === null || source === null) {
      return;
    }
    for (const element of page.document.querySelectorAll<HTMLIFrameElement>(FRAMES)) {
      if (element.contentWindow === source) {
        const frame = frames.get(element) ?? new Frame(element);
        frames.set(element, frame);
        frame.ask(height);
        return;
      }
    }
  });
}
