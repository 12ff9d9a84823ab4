/**
 * Where rows stand in an element that scrolls.
 *
 * Browsers draw no element higher than about 17 to 33 million pixels. A longer list scrolls in one of
 * `LONGEST` pixels, of which those near its ends are pixels of the list and those between are more.
 * Small moves are as long in the list as in the element: `shift` is how far the two have come apart.
 * A leap of the scroll bar makes that good, as does `settle` when nobody scrolls.
 */

export const LONGEST = 10_000_000;

export interface View {
  readonly rowHeight: number;
  readonly count: number;
  /** Height of what can be seen. */
  readonly height: number;
}

export class Scale {
  /** Pixels from a place in the element to the place in the list. */
  shift = 0;
  private last = 0;
  private view: View;

  constructor(view: View) {
    this.view = view;
  }

  /** Height of the element that scrolls. */
  get extent(): number {
    return Math.min(this.length, LONGEST);
  }

  /** Place in the list that is at the top, for a scroll position. */
  top(scrollTop: number): number {
    return clamp(scrollTop + this.shift, 0, this.listEnd);
  }

  resize(view: View): void {
    this.view = view;
    if (this.length <= LONGEST) {
      this.shift = 0;
    }
  }

  /** Take a new scroll position. */
  moved(scrollTop: number): void {
    const isLeap = Math.abs(scrollTop - this.last) > 2 * this.view.height;
    if (isLeap) {
      this.shift = this.inList(scrollTop) - scrollTop;
    }
    this.last = scrollTop;
  }

  /** The scroll position for a place in the list. */
  scrollTo(top: number): number {
    const wanted = clamp(top, 0, this.listEnd);
    const scrollTop = this.inElement(wanted);
    this.shift = wanted - scrollTop;
    this.last = scrollTop;
    return scrollTop;
  }

  /** The scroll position at which the same rows have the same share of the element as of the list. */
  settle(scrollTop: number): number {
    return this.scrollTo(this.top(scrollTop));
  }

  private get length(): number {
    return this.view.count * this.view.rowHeight;
  }

  private get listEnd(): number {
    return Math.max(0, this.length - this.view.height);
  }

  private get elementEnd(): number {
    return Math.max(0, this.extent - this.view.height);
  }

  /** Length of the parts at the ends where a pixel is a pixel. */
  private get exact(): number {
    return this.elementEnd / 4;
  }

  private get ratio(): number {
    return (this.listEnd - 2 * this.exact) / Math.max(1, this.elementEnd - 2 * this.exact);
  }

  private inList(scrollTop: number): number {
    if (scrollTop <= this.exact) {
      return scrollTop;
    }
    const left = this.elementEnd - scrollTop;
    return left <= this.exact ? this.listEnd - left : this.exact + (scrollTop - this.exact) * this.ratio;
  }

  private inElement(top: number): number {
    if (top <= this.exact) {
      return top;
    }
    const left = this.listEnd - top;
    return left <= this.exact ? this.elementEnd - left : this.exact + (top - this.exact) / this.ratio;
  }
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
