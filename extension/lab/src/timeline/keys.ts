import type { Row } from '../protocol';
import type { Rows } from './rows';

/** Where a key leads to: a place in the list, null for other keys. */
export function moved(
  key: string,
  selected: number | null,
  pageRows: number,
  rows: Rows,
  firstSeen: number,
): number | null {
  const end = rows.matched - 1;
  if (end < 0) {
    return null;
  }
  const from = selected ?? firstSeen - 1;
  const step = { ArrowDown: 1, ArrowUp: -1, PageDown: pageRows, PageUp: -pageRows }[key];
  if (step !== undefined) {
    return Math.min(Math.max(from + step, 0), end);
  }
  if (key === 'Home' || key === 'End') {
    return key === 'Home' ? 0 : end;
  }
  const row = selected === null ? null : rows.at(selected);
  if (row === null || selected === null) {
    return null;
  }
  if (key === 'ArrowRight') {
    return rows.at(selected + 1)?.parent === row.index ? selected + 1 : null;
  }
  return key === 'ArrowLeft' ? outward(row, selected, rows) : null;
}

/** The row that contains this one, if it is near enough to be here. */
function outward(row: Row, selected: number, rows: Rows): number | null {
  for (let offset = selected - 1; offset >= 0 && row.parent !== null; offset -= 1) {
    const above = rows.at(offset);
    if (above === null) {
      return null;
    }
    if (above.index === row.parent) {
      return offset;
    }
  }
  return null;
}
