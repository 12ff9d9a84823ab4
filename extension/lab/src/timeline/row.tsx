/** One row of the timeline. */

import { Component, type VNode } from 'preact';

import type { Row } from '../protocol';
import { plainly } from '../safe/marks';
import { visible } from '../safe/visible';
import { actorName, moment } from '../tabs/words';
import { StatusIcon } from './icon';
import { clock, duration, elapsed, share, tone, typeWord } from './words';

export interface RowLineProps {
  readonly id: string;
  readonly row: Row | null;
  /** Place among the rows that match. */
  readonly offset: number;
  readonly y: number;
  readonly isSelected: boolean;
  /** The row it belongs to, where the rows above do not show that. */
  readonly strayOf: Row | null;
  /** The time, for a row that is running. */
  readonly now: number | null;
  /** Two lines, the second with what came of it. */
  readonly isNarrow: boolean;
}

/** Drawn again only when something of it changed: scrolling draws only the rows that come into view. */
export class RowLine extends Component<RowLineProps> {
  override shouldComponentUpdate(next: RowLineProps): boolean {
    return (Object.keys(next) as (keyof RowLineProps)[]).some((name) => next[name] !== this.props[name]);
  }

  override render({ id, row, offset, y, isSelected, strayOf, now, isNarrow }: RowLineProps): VNode {
    const common = {
      id,
      role: 'row' as const,
      'aria-rowindex': offset + 1,
      'aria-selected': isSelected,
      style: { transform: `translateY(${y}px)` },
      'data-offset': offset,
    };
    if (row === null) {
      return (
        <div {...common} class="tb-grid-row tb-grid-row-empty" aria-level={1} aria-busy="true">
          <span class="tb-row-what" role="gridcell">
            <span class="tb-unseen">Loading</span>
          </span>
        </div>
      );
    }
    return (
      <div {...common} class="tb-grid-row" aria-level={row.depth + 1} data-tone={tone(row.status)}>
        <span class="tb-row-status" role="gridcell">
          {row.status !== 'none' && (
            <>
              <StatusIcon status={row.status} />
              {row.status}
            </>
          )}
        </span>
        <What row={row} strayOf={strayOf} isNarrow={isNarrow} />
        <Duration row={row} now={now} />
        {isNarrow && (
          <span class="tb-row-detail" role="gridcell">
            {visible(row.detail)}
          </span>
        )}
        <span class="tb-row-actor" role="gridcell" title={plainly(row.actor)}>
          {visible(actorName(row.actor))}
        </span>
        <span class="tb-row-sandbox" role="gridcell" title={sandboxTitle(row.sandbox)}>
          {row.sandbox === null ? '' : visible(sandboxWord(row.sandbox))}
        </span>
        <time class="tb-row-time" role="gridcell" title={moment(row.at)}>
          {clock(row.at)}
        </time>
      </div>
    );
  }
}

const DEEPEST = 8;

interface WhatProps {
  readonly row: Row;
  readonly strayOf: Row | null;
  readonly isNarrow: boolean;
}

function What({ row, strayOf, isNarrow }: WhatProps): VNode {
  return (
    <span class="tb-row-what" role="gridcell">
      <span class={`tb-indent tb-depth-${Math.min(row.depth, DEEPEST)}`} />
      {strayOf !== null && <span class="tb-row-stray">in {visible(typeWord(strayOf))}</span>}
      <span class="tb-row-type">{typeWord(row)}</span>
      <span class={isCode(row) ? 'tb-row-title tb-code-font' : 'tb-row-title'}>{visible(row.title)}</span>
      {!isNarrow && row.detail !== '' && <span class="tb-row-detail">{visible(row.detail)}</span>}
    </span>
  );
}

function isCode({ type }: Row): boolean {
  return type === 'cell' || type === 'tool' || type === 'step' || type === 'deps';
}

function Duration({ row, now }: { row: Row; now: number | null }): VNode {
  const took = now === null ? row.duration_ms : Math.max(0, now - row.at);
  return (
    <span class="tb-row-duration" role="gridcell">
      {took !== null && (
        <>
          <span class="tb-took" aria-hidden="true">
            <span class="tb-took-length" style={{ width: `${Math.round(100 * share(took))}%` }} />
          </span>
          <span class="tb-took-time">{now === null ? duration(took) : elapsed(took)}</span>
        </>
      )}
    </span>
  );
}

/** What a tier says by itself, without a heading. */
function sandboxWord(sandbox: string): string {
  return sandbox === 'none' ? 'no sandbox' : sandbox;
}

function sandboxTitle(sandbox: string | null): string {
  return sandbox === null ? '' : `sandbox: ${plainly(sandbox)}`;
}
