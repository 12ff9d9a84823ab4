import type { VNode } from 'preact';
import { useMemo, useState } from 'preact/hooks';

import { marked } from '../safe/visible';
import { highlighted, type Run } from './highlight';
import { ShowMore } from './bounded';

interface CodeProps {
  readonly code: string;
  /** The line that failed, from 1. */
  readonly failed?: number | null;
}

const FIRST_LINES = 200;
/** Lines that are shown at once for the sake of the one that failed; more would keep the page busy. */
const MOST_LINES = 5000;
/** Of one line; a longer one is hardly written by hand. */
const LONGEST_LINE = 2000;

/** Python with line numbers; the line that failed says so. */
export function Code({ code, failed = null }: CodeProps): VNode {
  const lines = useMemo(() => highlighted(code.replace(/\n$/, '')), [code]);
  const [shown, setShown] = useState(FIRST_LINES);
  const end = endOf(lines.length, shown, failed);
  return (
    <div class="tb-code" role="group" aria-label="Code" tabIndex={0}>
      <code class="tb-code-lines">
        {lines.slice(0, end).map((runs, place) => (
          <Line key={place} runs={runs} number={place + 1} isFailed={place + 1 === failed} />
        ))}
      </code>
      {end < lines.length && (
        <ShowMore left={`${lines.length - end} lines`} onClick={() => setShown(end + 1000)} />
      )}
    </div>
  );
}

/** How many lines are shown: those asked for, and up to the one that failed where that is not far. */
export function endOf(lines: number, shown: number, failed: number | null): number {
  const wanted = failed !== null && failed <= MOST_LINES ? failed + 5 : 0;
  return Math.min(lines, Math.max(shown, wanted));
}

function Line({ runs, number, isFailed }: { runs: readonly Run[]; number: number; isFailed: boolean }): VNode {
  return (
    <span
      class={isFailed ? 'tb-line tb-line-failed' : 'tb-line'}
      {...(isFailed ? { role: 'group' as const, 'aria-label': `Line ${number}, failed here` } : {})}
    >
      <span class="tb-line-number" aria-hidden="true">
        {number}
      </span>
      <bdi class="tb-text">
        {bounded(runs).map(({ text, kind }, place) =>
          kind === '' ? (
            marked(text)
          ) : (
            <span key={place} class={`tb-code-${kind}`}>
              {marked(text)}
            </span>
          ),
        )}
      </bdi>
      {isFailed && <span class="tb-failed-word">failed here</span>}
      {'\n'}
    </span>
  );
}

function bounded(runs: readonly Run[]): readonly Run[] {
  let left = LONGEST_LINE;
  const kept: Run[] = [];
  for (const run of runs) {
    if (run.text.length > left) {
      kept.push({ text: `${run.text.slice(0, left)} …`, kind: run.kind });
      return kept;
    }
    left -= run.text.length;
    kept.push(run);
  }
  return kept;
}
