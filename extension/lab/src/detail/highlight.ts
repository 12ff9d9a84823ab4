/** Python in runs of one class, a line at a time. */

import { parser } from '@lezer/python';
import { highlightCode, tagHighlighter, tags } from '@lezer/highlight';

export interface Run {
  readonly text: string;
  readonly kind: string;
}

const highlighter = tagHighlighter([
  { tag: tags.keyword, class: 'keyword' },
  { tag: [tags.string, tags.special(tags.string)], class: 'string' },
  { tag: tags.escape, class: 'escape' },
  { tag: [tags.number, tags.bool, tags.null], class: 'number' },
  { tag: tags.comment, class: 'comment' },
  { tag: [tags.function(tags.variableName), tags.function(tags.propertyName)], class: 'function' },
  { tag: tags.definition(tags.variableName), class: 'definition' },
  { tag: [tags.className, tags.definition(tags.className)], class: 'class' },
  { tag: [tags.operator, tags.operatorKeyword], class: 'operator' },
  { tag: tags.meta, class: 'meta' },
]);

/** Longer code is shown plain: reading it would keep the page busy. */
const LONGEST = 100_000;

export function highlighted(code: string): Run[][] {
  if (code.length > LONGEST) {
    return code.split('\n').map((text) => [{ text, kind: '' }]);
  }
  const lines: Run[][] = [[]];
  highlightCode(
    code,
    parser.parse(code),
    highlighter,
    (text, kind) => lines.at(-1)?.push({ text, kind }),
    () => lines.push([]),
  );
  return lines;
}
