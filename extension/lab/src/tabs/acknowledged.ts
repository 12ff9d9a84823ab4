/** Which warnings were taken note of, in this browser; where it stores nothing, until the page closes. */

const KEY = 'threadbook:acknowledged';
const MOST = 200;

const here = new Set<string>();

export function isAcknowledged(id: string): boolean {
  return here.has(id) || stored().includes(id);
}

export function acknowledge(id: string): void {
  here.add(id);
  const ids = [...stored().filter((one) => one !== id), id].slice(-MOST);
  try {
    globalThis.localStorage.setItem(KEY, JSON.stringify(ids));
  } catch {
    // A browser may refuse to store: `here` has it.
  }
}

function stored(): string[] {
  try {
    const ids: unknown = JSON.parse(globalThis.localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : [];
  } catch {
    return [];
  }
}
