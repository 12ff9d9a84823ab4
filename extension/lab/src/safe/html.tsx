/** HTML of a record: tables and the formatting of text. The only HTML that is ever parsed here. */

import createPurifier, { type Config, type DOMPurify } from 'dompurify';
import type { VNode } from 'preact';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';

import { isPicture } from './images';
import { segments } from './marks';

const TAGS = [
  'b', 'blockquote', 'br', 'caption', 'code', 'col', 'colgroup', 'dd', 'del', 'div', 'dl', 'dt', 'em',
  'figcaption', 'figure', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'hr', 'i', 'img', 'ins', 'kbd', 'li', 'ol',
  'p', 'pre', 's', 'samp', 'small', 'span', 'strong', 'sub', 'sup', 'table', 'tbody', 'td', 'tfoot', 'th',
  'thead', 'tr', 'u', 'ul', 'var',
];

const CONFIG: Config & { RETURN_DOM_FRAGMENT: true } = {
  ALLOWED_TAGS: TAGS,
  ALLOWED_ATTR: ['alt', 'colspan', 'rowspan', 'scope', 'src'],
  ALLOW_ARIA_ATTR: false,
  ALLOW_DATA_ATTR: false,
  RETURN_DOM_FRAGMENT: true,
};

/** What only says how something looks, or frames a page; nobody misses it. */
const LOOKS = new Set([
  'align', 'bgcolor', 'body', 'border', 'cellpadding', 'cellspacing', 'class', 'color', 'dir', 'height', 'id', 'lang',
  'nowrap', 'scoped', 'style', 'title', 'valign', 'width',
]);

export interface Cleaned {
  readonly content: DocumentFragment;
  /** Names of what was left out, each once: `script`, `onclick`. */
  readonly leftOut: readonly string[];
}

let purifier: DOMPurify | null = null;

/** An instance of our own: hooks of other extensions on the page do not reach it. */
function ourPurifier(): DOMPurify {
  if (purifier === null) {
    purifier = createPurifier(window);
    purifier.addHook('uponSanitizeAttribute', (element, attribute) => {
      if (attribute.attrName === 'src') {
        attribute.keepAttr = element.nodeName === 'IMG' && isPicture(attribute.attrValue);
      }
    });
  }
  return purifier;
}

export function cleaned(source: string): Cleaned {
  const ours = ourPurifier();
  const content = ours.sanitize(source, CONFIG);
  const leftOut = new Set<string>();
  for (const removed of ours.removed) {
    const name = 'element' in removed ? removed.element.nodeName : (removed.attribute?.name ?? '');
    const plain = name.toLowerCase().replace(/^#/, '');
    if (plain !== '' && !LOOKS.has(plain) && !plain.startsWith('data-')) {
      leftOut.add(plain);
    }
  }
  for (const image of content.querySelectorAll('img:not([src])')) {
    image.replaceWith(`[image left out] ${image.getAttribute('alt') ?? ''}`);
    leftOut.add('img');
  }
  showHidden(content);
  return { content, leftOut: [...leftOut].sort() };
}

/** Marks in the text of the elements, as everywhere else. */
function showHidden(content: DocumentFragment): void {
  const walker = document.createTreeWalker(content, NodeFilter.SHOW_TEXT);
  const texts: Text[] = [];
  while (walker.nextNode()) {
    texts.push(walker.currentNode as Text);
  }
  for (const text of texts) {
    const found = segments(text.data);
    if (found.length === 1 && found[0] === text.data) {
      continue;
    }
    text.replaceWith(
      ...found.map((segment) => {
        if (typeof segment === 'string') {
          return segment;
        }
        const mark = document.createElement('span');
        mark.className = 'tb-mark';
        mark.title = segment.meaning;
        mark.textContent = segment.label;
        return mark;
      }),
    );
  }
}

/** More would keep the page busy; the text of it is still there to read. */
const LONGEST = 1_000_000;

export function isShownAsHtml(source: string): boolean {
  return source.length <= LONGEST;
}

export function Html({ source, label }: { source: string; label: string }): VNode {
  const place = useRef<HTMLDivElement>(null);
  const { content, leftOut } = useMemo(() => cleaned(source), [source]);
  useLayoutEffect(() => {
    place.current?.replaceChildren(content.cloneNode(true));
  }, [content]);
  return (
    <>
      <div ref={place} class="tb-html" role="group" aria-label={label} tabIndex={0} />
      {leftOut.length > 0 && (
        <p class="tb-aside">Left out of this HTML for safety: {leftOut.slice(0, 12).join(', ')}</p>
      )}
    </>
  );
}
