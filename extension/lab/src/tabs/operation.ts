import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

import { explain } from '../problem';
import type { News, Operations, Problem } from '../protocol';
import type { TabProps } from '../tab';
import { Turns } from './turns';

/** What the feed answered last; `problem` where it could not be asked this time. */
export interface Asked<Result> {
  value: Result | null;
  problem: Problem | null;
  reload: () => void;
}

type Reading = Exclude<keyof Operations, 'answer' | 'judge'>;

const PAUSE_MS = 500;

/**
 * Ask the feed, and ask again when news say that the answer is another one, at once, then at most
 * every half second. The answer before stays until the next one is there. What is not shown asks when
 * it is.
 */
export function useOperation<Name extends Reading>(
  { context, isShown }: TabProps,
  name: Name,
  params: Operations[Name][0],
  isStale: (news: News) => boolean,
): Asked<Operations[Name][1]> {
  const [value, setValue] = useState<Operations[Name][1] | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const turns = useRef(new Turns()).current;
  const { transport, onNews } = context;
  const key = JSON.stringify(params);

  const reload = useCallback(() => {
    const turn = turns.begin();
    transport.request(name, JSON.parse(key) as Operations[Name][0]).then(
      (result) => {
        if (turns.settle(turn)) {
          setValue(result);
          setProblem(null);
        }
      },
      (thrown: unknown) => {
        if (turns.settle(turn)) {
          setProblem(explain(thrown));
        }
      },
    );
  }, [transport, name, key]);

  useEffect(() => {
    if (!isShown) {
      return undefined;
    }
    reload();
    return () => turns.drop();
  }, [reload, isShown]);

  useEffect(() => {
    if (!isShown) {
      return undefined;
    }
    let timer: ReturnType<typeof setTimeout> | null = null;
    let last = 0;
    const stop = onNews((news) => {
      if (timer === null && (news.type === 'reset' || isStale(news))) {
        timer = setTimeout(() => {
          timer = null;
          last = Date.now();
          reload();
        }, Math.max(0, last + PAUSE_MS - Date.now())); // a far negative time wraps around to a far one
      }
    });
    return () => {
      stop();
      if (timer !== null) {
        clearTimeout(timer);
      }
    };
  }, [onNews, reload, isShown]);

  return { value, problem, reload };
}

/** The time, again every so many milliseconds while somebody wants to know it. */
export function useNow(every: number, isWanted = true): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!isWanted) {
      return undefined;
    }
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [every, isWanted]);
  return now;
}
