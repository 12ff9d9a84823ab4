/**
 * Drawings as data URLs, for an image element only: there, SVG runs no script and loads nothing.
 *
 * It may still say in a few bytes to draw the same things millions of times, which would stop the page.
 */

const MOST_DRAWN = 40_000;

/** What a primitive of a filter costs, in elements: it works on every pixel. */
const FILTER_COST = 1000;

/** The data URL of an SVG, null where it is malformed or might take too long to draw. */
export function drawingUrl(svg: string): string | null {
  const source = svg.toWellFormed();
  return isDrawable(source) ? `data:image/svg+xml;charset=utf-8,${encodeURIComponent(source)}` : null;
}

function isDrawable(source: string): boolean {
  if (/<!ENTITY|<\?xml-stylesheet/.test(source)) {
    return false;
  }
  const drawing = new DOMParser().parseFromString(source, 'image/svg+xml');
  if (drawing.querySelector('parsererror') !== null) {
    return false;
  }
  try {
    return costOf(drawing) <= MOST_DRAWN;
  } catch (error) {
    if (error instanceof RangeError) {
      return false; // nested too deeply to be looked at
    }
    throw error;
  }
}

/** How many elements are drawn, with all that they refer to; rather too many than too few. */
function costOf(drawing: Document): number {
  const known = new Map<Element, number>();
  const byId = new Map<string, Element>();
  for (const element of drawing.querySelectorAll('[id]')) {
    byId.set(element.id, byId.get(element.id) ?? element);
  }

  const ofReferences = (text: string): number => {
    if (hidesSomething(text)) {
      return Infinity;
    }
    const targets = references(text).map((id) => byId.get(id));
    return targets.reduce((sum, target) => sum + (target === undefined ? 0 : of(target)), 0);
  };
  const of = (element: Element): number => {
    const before = known.get(element);
    if (before !== undefined) {
      return before;
    }
    known.set(element, Infinity); // what refers to itself
    let cost = element.localName.startsWith('fe') ? FILTER_COST : 1;
    for (const child of element.children) {
      cost += of(child);
    }
    for (const { value } of element.attributes) {
      cost += ofReferences(value);
    }
    known.set(element, cost);
    return cost;
  };

  // What a style sheet refers to may be drawn with any element, that of other such references included.
  const styles = [...drawing.querySelectorAll('style')].map((style) => style.textContent ?? '');
  return styles.reduce((cost, text) => cost * (1 + ofReferences(text)), of(drawing.documentElement));
}

function references(text: string): string[] {
  return [...text.matchAll(/#([^\s"'();,]+)/g)].map(([, id]) => id ?? '');
}

/** Whether another drawing is inside, or an id is written so that it is not recognised. */
function hidesSomething(text: string): boolean {
  return /data:(?!image\/(?:png|jpeg);base64,)|\\|#[^\s"'();,]*%/i.test(text);
}
