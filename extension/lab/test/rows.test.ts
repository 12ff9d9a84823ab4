import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Row, RowFilter, RowsPage } from '../src/protocol';
import { PAGE, Rows } from '../src/timeline/rows';

function row(index: number, change: Partial<Row> = {}): Row {
  return {
    index, id: `id-${index}`, end: null, seq: index, type: 'cell', kind: 'threadbook.cell.start', act: 'DO',
    title: `cell ${index}`, detail: '', actor: 'did:key:z', is_signed: true, at: index, duration_ms: 1,
    status: 'ok', depth: 0, parent: null, cell_id: null, execution_count: index, sandbox: 'none', ...change,
  };
}

/** A feed of so many rows that answers when it is told to. */
class Feed {
  readonly asked: number[] = [];
  private readonly waiting: (() => void)[] = [];
  private readonly all: Row[];
  private readonly matches: (row: Row) => boolean;
  failure: Error | null = null;

  constructor(count: number, matches: (row: Row) => boolean = () => true) {
    this.all = Array.from({ length: count }, (_, index) => row(index));
    this.matches = matches;
  }

  set(next: Row): void {
    this.all[next.index] = next;
  }

  open(filter: RowFilter = {}): Rows {
    const ask = (offset: number, limit: number) =>
      new Promise<RowsPage>((resolve, reject) => {
        this.asked.push(offset);
        const page = this.page(offset, limit);
        this.waiting.push(() => (this.failure === null ? resolve(page) : reject(this.failure)));
      });
    const askParent = async (index: number) => this.all[index] ?? null;
    return new Rows(ask, askParent, filter, () => undefined);
  }

  /** Answer everything that was asked, with what was there when it was asked, and what that leads to. */
  async answer(): Promise<void> {
    while (this.waiting.length > 0) {
      this.waiting.splice(0).forEach((go) => go());
      await new Promise(setImmediate);
    }
  }

  private page(offset: number, limit: number): RowsPage {
    const matching = this.all.filter(this.matches);
    return {
      thread: 'th', total: this.all.length, matched: matching.length, offset,
      rows: matching.slice(offset, offset + limit),
      types: ['cell'], actors: ['did:key:z'], statuses: ['ok'],
    };
  }
}

test('only what is in view is fetched, and what is beside it', async () => {
  const feed = new Feed(100_000);
  const rows = feed.open();
  await feed.answer();
  assert.equal(rows.matched, 100_000);
  rows.need(50_000, 50_020);
  await feed.answer();
  assert.equal(rows.at(50_007)?.title, 'cell 50007');
  assert.deepEqual(feed.asked, [0, 50_000, 49_800]);
});

test('a fast scroll asks for no page that is out of view again', async () => {
  const feed = new Feed(100_000);
  const rows = feed.open();
  await feed.answer();
  for (let first = 0; first < 90_000; first += 1000) {
    rows.need(first, first + 20);
  }
  await feed.answer();
  assert.ok(feed.asked.length <= 6, feed.asked.join());
  assert.equal(rows.at(89_010)?.index, 89_010);
});

test('what was seen long ago is forgotten, what is in view is not', async () => {
  const feed = new Feed(100_000);
  const rows = feed.open();
  for (let first = 0; first < 60_000; first += PAGE) {
    await feed.answer();
    rows.need(first, first + 20);
  }
  await feed.answer();
  assert.equal(rows.at(0), null);
  assert.equal(rows.at(59_810)?.index, 59_810);
});

test('new rows stand at their place at once', async () => {
  const feed = new Feed(PAGE);
  const rows = feed.open();
  await feed.answer();
  rows.hear({ type: 'rows', thread: 'th', total: PAGE + 1, rows: [row(PAGE, { status: 'running' })] });
  assert.equal(rows.matched, PAGE + 1);
  assert.equal(rows.at(PAGE)?.status, 'running');
  rows.hear({ type: 'rows', thread: 'th', total: PAGE + 1, rows: [row(PAGE, { status: 'error', actor: 'eve' })] });
  assert.equal(rows.at(PAGE)?.status, 'error');
  assert.deepEqual(rows.statuses, ['ok', 'running', 'error']);
  assert.deepEqual(rows.actors, ['did:key:z', 'eve']);
});

test('news that overtake an answer are not undone by it', async () => {
  const feed = new Feed(10);
  const rows = feed.open();
  rows.hear({ type: 'rows', thread: 'th', total: 11, rows: [row(3, { status: 'died' }), row(10)] });
  await feed.answer();
  assert.equal(rows.at(3)?.status, 'died');
  assert.equal(rows.matched, 11);
  assert.equal(rows.at(10)?.index, 10);
});

test('rows that were missed are fetched', async () => {
  const feed = new Feed(10);
  const rows = feed.open();
  await feed.answer();
  for (let index = 10; index < 15; index += 1) {
    feed.set(row(index));
  }
  rows.hear({ type: 'rows', thread: 'th', total: 15, rows: [row(14)] });
  assert.equal(rows.at(14), null);
  rows.need(0, 14);
  await feed.answer();
  assert.equal(rows.at(14)?.index, 14);
  assert.equal(rows.at(11)?.index, 11);
});

test('after a reset all is asked for again, and shown until then', async () => {
  const feed = new Feed(10);
  const rows = feed.open();
  await feed.answer();
  feed.set(row(2, { title: 'changed' }));
  rows.hear({ type: 'reset' });
  assert.equal(rows.at(2)?.title, 'cell 2');
  await feed.answer();
  assert.equal(rows.at(2)?.title, 'changed');
});

test('an answer from before a reset counts for nothing', async () => {
  const feed = new Feed(10);
  const rows = feed.open();
  feed.set(row(2, { title: 'changed' }));
  rows.hear({ type: 'reset' });
  await feed.answer();
  assert.equal(rows.at(2)?.title, 'changed');
  assert.deepEqual(feed.asked, [0, 0]);
});

test('under a filter the feed says what matches', async () => {
  const feed = new Feed(1000, (one) => one.index % 10 === 0);
  const rows = feed.open({ text: '0' });
  await feed.answer();
  assert.equal(rows.matched, 100);
  assert.equal(rows.at(7)?.index, 70);
  rows.hear({ type: 'rows', thread: 'th', total: 1000, rows: [row(70, { status: 'error' })] });
  assert.equal(rows.at(7)?.status, 'error');
  rows.dispose();
});

test('a failure is kept until it is tried again', async () => {
  const feed = new Feed(10);
  feed.failure = new Error('cut off');
  const rows = feed.open();
  await feed.answer();
  assert.equal(rows.problem, feed.failure);
  rows.need(0, 9);
  assert.deepEqual(feed.asked, [0]);
  feed.failure = null;
  rows.reload();
  await feed.answer();
  assert.equal(rows.problem, null);
  assert.equal(rows.matched, 10);
});

test('a row that contains another is fetched once', async () => {
  const feed = new Feed(1000);
  const rows = feed.open();
  await feed.answer();
  assert.equal(rows.byIndex(700), null);
  rows.needParent(700);
  rows.needParent(700);
  await new Promise(setImmediate);
  assert.equal(rows.byIndex(700)?.index, 700);
});
