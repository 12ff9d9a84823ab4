/** The rows of a thread that match a filter, fetched a page at a time as they come into view. */

import type { News, Row, RowFilter, RowsPage, RowStatus, RowType } from '../protocol';

export const PAGE = 200;
/** Rows before and after those in view that somebody who scrolls will want next. */
const AHEAD = 150;
const KEPT_PAGES = 50;
const REQUESTS_AT_ONCE = 2;
const PAUSE_MS = 250;

interface Page {
  rows: Row[];
  /** What is shown until it was asked for again. */
  isStale: boolean;
}

type Ask = (offset: number, limit: number) => Promise<RowsPage>;
/** A row by its index, whatever the filter is. */
type AskParent = (index: number) => Promise<Row | null>;

export class Rows {
  total = 0;
  matched = 0;
  types: RowType[] = [];
  actors: string[] = [];
  statuses: RowStatus[] = [];
  /** Null while the rows could be read; what was thrown last otherwise. */
  problem: unknown = null;
  isLoaded = false;

  private readonly ask: Ask;
  private readonly askParent: AskParent;
  private readonly changed: () => void;
  private readonly isFiltered: boolean;
  /** In the order of their use, the newest last. */
  private readonly pages = new Map<number, Page>();
  private readonly asked = new Map<number, { heard: Row[]; isOutdated: boolean }>();
  /** Rows that contain others, by index; null while they are on their way. */
  private readonly parents = new Map<number, Row | null>();
  private wanted: number[] = [0];
  private timer: ReturnType<typeof setTimeout> | null = null;
  private isDisposed = false;

  constructor(ask: Ask, askParent: AskParent, filter: RowFilter, changed: () => void) {
    this.ask = ask;
    this.askParent = askParent;
    this.changed = changed;
    this.isFiltered = !isEmpty(filter);
    this.fetchWanted();
  }

  dispose(): void {
    this.isDisposed = true;
    if (this.timer !== null) {
      clearTimeout(this.timer);
    }
  }

  /** The row at a place among those that match; null while it is on its way. */
  at(offset: number): Row | null {
    return this.pages.get(Math.floor(offset / PAGE))?.rows[offset % PAGE] ?? null;
  }

  /** A row by its index in the thread, where it is here. */
  byIndex(index: number): Row | null {
    const shown = this.isFiltered ? this.find(index)?.row : this.at(index);
    return shown ?? this.parents.get(index) ?? null;
  }

  /** Fetch a row that is not in view but contains one that is, to say where that one belongs. */
  needParent(index: number): void {
    if (this.byIndex(index) !== null || this.parents.has(index) || this.isDisposed) {
      return;
    }
    this.parents.set(index, null);
    this.askParent(index).then(
      (row) => {
        this.parents.set(index, row);
        this.changed();
      },
      () => this.parents.delete(index),
    );
  }

  /**
   * What is in view. Only these pages, and then those beside them, are fetched from now on, whatever was
   * in view before.
   */
  need(first: number, last: number): void {
    const inView = pagesOf(first, last);
    const around = pagesOf(Math.max(0, first - AHEAD), Math.min(last + AHEAD, this.matched - 1));
    this.wanted = [...inView, ...around.filter((page) => !inView.includes(page))];
    this.wanted.forEach((page) => this.use(page));
    this.fetchWanted();
  }

  hear(news: News): void {
    if (news.type === 'reset') {
      this.reload();
    } else if (news.type === 'rows') {
      this.total = Math.max(this.total, news.total);
      news.rows.forEach((row) => this.take(row));
      this.asked.forEach((request) => request.heard.push(...news.rows));
      if (this.isFiltered) {
        this.reloadSoon();
      } else {
        this.matched = this.total;
        this.fetchWanted();
      }
      this.changed();
    }
  }

  /** Ask for everything in view again; until it is here, what was shown stays. */
  reload(): void {
    this.pages.forEach((page) => {
      page.isStale = true;
    });
    this.asked.forEach((request) => {
      request.isOutdated = true;
    });
    this.problem = null;
    this.fetchWanted();
  }

  /** Which rows match is the feed's to say; it is asked at most four times a second. */
  private reloadSoon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = null;
      this.reload();
    }, PAUSE_MS);
  }

  /** A new state of a row. Without a filter, places are indexes, and new rows have one at once. */
  private take(row: Row): void {
    this.types = withOne(this.types, row.type);
    this.actors = withOne(this.actors, row.actor);
    this.statuses = withOne(this.statuses, row.status);
    if (this.parents.has(row.index)) {
      this.parents.set(row.index, row);
    }
    const [number, place] = [Math.floor(row.index / PAGE), row.index % PAGE];
    if (this.isFiltered) {
      const found = this.find(row.index);
      if (found !== null) {
        found.page.rows[found.place] = row;
      }
      return;
    }
    const page = this.pages.get(number);
    if (page !== undefined && place <= page.rows.length) {
      page.rows[place] = row;
    } else if (page === undefined && place === 0) {
      this.keep(number, { rows: [row], isStale: false });
    }
  }

  private find(index: number): { page: Page; place: number; row: Row } | null {
    for (const page of this.pages.values()) {
      const [first, last] = [page.rows[0], page.rows.at(-1)];
      if (first !== undefined && last !== undefined && first.index <= index && index <= last.index) {
        const place = page.rows.findIndex((row) => row.index === index);
        const row = page.rows[place];
        if (row !== undefined) {
          return { page, place, row };
        }
      }
    }
    return null;
  }

  private fetchWanted(): void {
    for (const page of this.wanted) {
      if (this.asked.size >= REQUESTS_AT_ONCE) {
        return;
      }
      if (!this.asked.has(page) && this.isMissing(page) && this.problem === null) {
        void this.fetch(page);
      }
    }
  }

  private isMissing(number: number): boolean {
    const page = this.pages.get(number);
    if (page === undefined || page.isStale) {
      return !this.isLoaded || number * PAGE < this.matched || page !== undefined;
    }
    return page.rows.length < Math.min(PAGE, this.matched - number * PAGE);
  }

  private async fetch(number: number): Promise<void> {
    const request: { heard: Row[]; isOutdated: boolean } = { heard: [], isOutdated: false };
    this.asked.set(number, request);
    try {
      const answer = await this.ask(number * PAGE, PAGE);
      if (!this.isDisposed && !request.isOutdated) {
        this.receive(number, answer, request.heard);
      }
    } catch (error) {
      this.problem = error;
    } finally {
      this.asked.delete(number);
    }
    if (!this.isDisposed) {
      this.fetchWanted();
      this.changed();
    }
  }

  private receive(number: number, answer: RowsPage, heardMeanwhile: readonly Row[]): void {
    this.total = Math.max(answer.total, this.isFiltered ? answer.total : this.total);
    this.matched = this.isFiltered ? answer.matched : this.total;
    this.types = answer.types;
    this.actors = answer.actors;
    this.statuses = answer.statuses;
    this.isLoaded = true;
    this.problem = null;
    this.keep(number, { rows: [...answer.rows], isStale: false });
    heardMeanwhile.forEach((row) => this.take(row));
  }

  private keep(number: number, page: Page): void {
    this.pages.delete(number);
    this.pages.set(number, page);
    for (const old of this.pages.keys()) {
      if (this.pages.size <= KEPT_PAGES) {
        return;
      }
      this.pages.delete(old);
    }
  }

  private use(number: number): void {
    const page = this.pages.get(number);
    if (page !== undefined) {
      this.keep(number, page);
    }
  }
}

function withOne<Value>(values: Value[], value: Value): Value[] {
  return values.includes(value) ? values : [...values, value];
}

function pagesOf(first: number, last: number): number[] {
  const [from, to] = [Math.floor(first / PAGE), Math.floor(Math.max(first, last) / PAGE)];
  return Array.from({ length: to - from + 1 }, (_, place) => from + place);
}

export function isEmpty(filter: RowFilter): boolean {
  return (
    (filter.types ?? []).length === 0 &&
    (filter.actors ?? []).length === 0 &&
    (filter.statuses ?? []).length === 0 &&
    (filter.text ?? '').trim() === '' &&
    (filter.max_depth ?? null) === null
  );
}
