/** Numbers, times and names in the words that people read. Pure; what it returns is not made safe. */

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'];

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
}

/** `0 bytes`, `1.5 kB`: decimal units, one digit after the point below 10. */
export function size(bytes: number): string {
  let unit = 0;
  let value = bytes;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit > 0 && value < 9.95 ? 1 : 0;
  return `${value.toFixed(digits)} ${bytes === 1 ? 'byte' : UNITS[unit]}`;
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** Trust, as the policy and the command line write it: `0.63`. */
export function score(value: number): string {
  return value.toFixed(2);
}

/** `2026-11-21 14:05:33`, in the time zone of who reads. */
export function moment(at: number): string {
  return `${date(at)} ${clock(at)}`;
}

function date(at: number): string {
  const when = new Date(at);
  return [when.getFullYear(), two(when.getMonth() + 1), two(when.getDate())].join('-');
}

function clock(at: number): string {
  const when = new Date(at);
  return [when.getHours(), when.getMinutes(), when.getSeconds()].map(two).join(':');
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long ago, in the one unit that says it: `just now`, `5 min ago`; a date after a month. */
export function ago(at: number, now: number): string {
  const passed = now - at;
  if (passed < MINUTE) {
    return 'just now';
  }
  if (passed < HOUR) {
    return `${Math.floor(passed / MINUTE)} min ago`;
  }
  if (passed < DAY) {
    return `${Math.floor(passed / HOUR)} h ago`;
  }
  return passed < 30 * DAY ? `${count(Math.floor(passed / DAY), 'day')} ago` : date(at);
}

/** What is left, in two units: `2 days 3 h`, `14 min 05 s`, `9 s`. */
export function left(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / SECOND));
  const [days, hours] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3600) % 24];
  const [minutes, rest] = [Math.floor(seconds / 60) % 60, seconds % 60];
  if (days > 0) {
    return `${count(days, 'day')} ${hours} h`;
  }
  if (hours > 0) {
    return `${hours} h ${two(minutes)} min`;
  }
  return minutes > 0 ? `${minutes} min ${two(rest)} s` : `${rest} s`;
}

/** The value of a date-time field for a time: local, to the minute. */
export function fieldOf(at: number): string {
  return `${date(at)}T${clock(at).slice(0, 5)}`;
}

/** The time in a date-time field, null where there is none in it. */
export function timeOf(field: string): number | null {
  const at = field === '' ? Number.NaN : new Date(field).getTime();
  return Number.isNaN(at) ? null : at;
}

/** An actor short enough for a line, as the command line has it: keys by their last characters. */
export function actorName(did: string): string {
  return did.startsWith('did:key:') ? `key:…${did.slice(-6)}` : `${did.replace(/^did:/, '')} (unverified)`;
}

/** Enough of an id to tell it from others; what is not a long id stays as it is. */
export function shortId(id: string): string {
  return id.length > 24 ? `${id.slice(0, 12)}…` : id;
}

/** A value as text: strings as they are, all else as JSON. */
export function valueText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? String(value));
}
