import type { VNode } from 'preact';
import { useState } from 'preact/hooks';

import { terminal } from '../safe/ansi';
import { visible } from '../safe/visible';

const FIRST = 6000;
const FIRST_LINES = 60;
const STEP = 60_000;

export function ShowMore({ left, onClick }: { left: string; onClick: () => void }): VNode {
  return (
    <button type="button" class="tb-button tb-show-more" onClick={onClick}>
      Show more ({left})
    </button>
  );
}

interface LongTextProps {
  readonly text: string;
  readonly label: string;
  readonly isTerminal?: boolean;
  readonly tone?: 'error' | 'stderr' | 'plain';
}

/** Text of any length, of which the beginning is shown, then as much as is asked for. */
export function LongText({ text, label, isTerminal = false, tone = 'plain' }: LongTextProps): VNode {
  const [shown, setShown] = useState(() => firstEnd(text));
  const end = wholeCharacters(text, Math.min(shown, text.length));
  const part = text.slice(0, end);
  return (
    <div class="tb-output-box">
      <pre class={`tb-pre tb-pre-${tone}`} role="group" aria-label={label} tabIndex={0}>
        {isTerminal ? terminal(part) : visible(part)}
      </pre>
      {end < text.length && (
        <ShowMore
          left={`${(text.length - end).toLocaleString('en')} characters`}
          onClick={() => setShown(end + STEP)}
        />
      )}
    </div>
  );
}

/** The end of the first lines, or of the first characters where lines are long. */
function firstEnd(text: string): number {
  let end = -1;
  for (let line = 0; line < FIRST_LINES; line += 1) {
    end = text.indexOf('\n', end + 1);
    if (end === -1 || end > FIRST) {
      return Math.min(FIRST, text.length);
    }
  }
  return end;
}

/** Not between the two halves of a character. */
function wholeCharacters(text: string, end: number): number {
  return /[\ud800-\udbff]/.test(text.charAt(end - 1)) ? end - 1 : end;
}
