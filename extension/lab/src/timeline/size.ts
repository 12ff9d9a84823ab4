import { useLayoutEffect, useState } from 'preact/hooks';

/** Below this width a row has two lines. */
const NARROW_PX = 700;

/** Height of the list and of a row, which follows the size of the text. */
export function useSize(element: { readonly current: HTMLElement | null }) {
  const [size, setSize] = useState({ rowHeight: 26, height: 0, isNarrow: false });
  useLayoutEffect(() => {
    const grid = element.current;
    if (grid === null) {
      return undefined;
    }
    const measure = () => {
      const text = parseFloat(getComputedStyle(grid).fontSize);
      const isNarrow = grid.clientWidth < NARROW_PX;
      setSize({ rowHeight: Math.round(text * (isNarrow ? 3.25 : 2)), height: grid.clientHeight, isNarrow });
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(grid);
    return () => observer.disconnect();
  }, []);
  return size;
}
