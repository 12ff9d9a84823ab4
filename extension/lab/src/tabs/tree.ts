/** Threads as a tree: what came out of a thread stands under it. Pure. */

import type { ThreadEntry } from '../protocol';

export interface TreeItem {
  thread: string;
  /** Null where the thread is named by its parent but is not on a loaded page. */
  entry: ThreadEntry | null;
  /** From 1, as `aria-level`. */
  level: number;
  /** Place among its siblings, from 1, and how many they are. */
  place: number;
  siblings: number;
  parent: number | null;
  /** Null where there is nothing under it. */
  isOpen: boolean | null;
}

/** What is seen of the tree, from top to bottom. A thread stands in it once. */
export function treeItems(entries: ThreadEntry[], closed: ReadonlySet<string>): TreeItem[] {
  const byThread = new Map(entries.map((entry) => [entry.thread, entry]));
  const items: TreeItem[] = [];
  const seen = new Set<string>();

  const add = (threads: string[], level: number, parent: number | null): void => {
    const fresh = threads.filter((thread) => !seen.has(thread));
    fresh.forEach((thread) => seen.add(thread));
    fresh.forEach((thread, index) => {
      const entry = byThread.get(thread) ?? null;
      const children = (entry?.children ?? []).filter((child) => !seen.has(child));
      const isOpen = children.length === 0 ? null : !closed.has(thread);
      items.push({ thread, entry, level, place: index + 1, siblings: fresh.length, parent, isOpen });
      if (isOpen === true) {
        add(children, level + 1, items.length - 1);
      } else {
        hide(children);
      }
    });
  };
  const hide = (threads: string[]): void => {
    for (const thread of threads.filter((one) => !seen.has(one))) {
      seen.add(thread);
      hide(byThread.get(thread)?.children ?? []);
    }
  };

  const isUnder = new Set(entries.flatMap((entry) => entry.children));
  add(entries.filter((entry) => !isUnder.has(entry.thread)).map((entry) => entry.thread), 1, null);
  const unreached = entries.filter((entry) => !seen.has(entry.thread)); // threads in a circle
  add(unreached.map((entry) => entry.thread), 1, null);
  return items;
}

/** What a key does in a tree, after the pattern of the ARIA authoring practices. */
export type TreeMove = { to: number } | { open: string } | { close: string } | null;

export function treeMove(items: TreeItem[], at: number, key: string): TreeMove {
  const item = items[at];
  const to = (index: number): TreeMove => ({ to: Math.min(Math.max(index, 0), items.length - 1) });
  switch (key) {
    case 'ArrowDown':
      return to(at + 1);
    case 'ArrowUp':
      return to(at - 1);
    case 'Home':
      return to(0);
    case 'End':
      return to(items.length - 1);
    case 'ArrowRight':
      if (item?.isOpen === false) {
        return { open: item.thread };
      }
      return item?.isOpen === true ? to(at + 1) : null;
    case 'ArrowLeft':
      if (item?.isOpen === true) {
        return { close: item.thread };
      }
      return item?.parent == null ? null : to(item.parent);
    default:
      return null;
  }
}

/** A page over what was listed: known threads keep their place, new ones go on top. */
export function merged(listed: ThreadEntry[], page: ThreadEntry[]): ThreadEntry[] {
  const newest = new Map(page.map((entry) => [entry.thread, entry]));
  const known = new Set(listed.map((entry) => entry.thread));
  const fresh = page.filter((entry) => !known.has(entry.thread));
  return [...fresh, ...listed.map((entry) => newest.get(entry.thread) ?? entry)];
}
