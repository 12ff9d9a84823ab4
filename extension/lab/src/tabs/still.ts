/** Buttons that wait until they have stood still: a click meant for something else hits nothing. */

import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

export const PAUSE_MS = 500;

const MOVED_PX = 1;

/** A click looks for itself; this is for what the person sees. */
const LOOK_MS = 100;

export interface Place {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Watches where something stands. Pure: it is told the place and the time, in milliseconds. */
export class Stillness {
  #place: Place | null = null;
  #since = 0;

  /** Note where it stands at a time; return whether it has stood there long enough. */
  see(place: Place, at: number): boolean {
    const before = this.#place;
    if (before === null || isElsewhere(before, place)) {
      this.#place = place;
      this.#since = at;
    }
    return place.width > 0 && at - this.#since >= PAUSE_MS;
  }
}

function isElsewhere(before: Place, now: Place): boolean {
  return (['left', 'top', 'width', 'height'] as const).some(
    (edge) => Math.abs(before[edge] - now[edge]) > MOVED_PX,
  );
}

/** Where an element stands in what is scrolled: people who scroll know where they click. */
function placeOf(element: HTMLElement): Place {
  const { left, top, width, height } = element.getBoundingClientRect();
  let scrolled = 0;
  for (let above = element.parentElement; above !== null; above = above.parentElement) {
    scrolled += above.scrollTop;
  }
  return { left, top: top + scrolled, width, height };
}

/**
 * Tell whether an element stands still, and whether an event on it may act now: it has to come
 * from the person, not from a script, and the element has to have stood still at that moment.
 */
export function useStill(element: RefObject<HTMLElement | null>): [isStill: boolean, mayAct: (event: Event) => boolean] {
  const stillness = useRef(new Stillness());
  const [isStill, setStill] = useState(false);

  const look = () =>
    element.current !== null &&
    stillness.current.see(placeOf(element.current), performance.now());

  useEffect(() => {
    setStill(look());
    const timer = setInterval(() => setStill(look()), LOOK_MS);
    return () => clearInterval(timer);
  }, []);

  return [isStill, (event) => event.isTrusted && look()];
}
