/** Finds what text hides: control, bidirectional and invisible characters. Pure. */

export interface Mark {
  /** `RLO`, or `U+2062` where there is no usual abbreviation. */
  readonly label: string;
  readonly meaning: string;
}

export type Segment = string | Mark;

const C0 = [
  'NUL', 'SOH', 'STX', 'ETX', 'EOT', 'ENQ', 'ACK', 'BEL', 'BS', 'TAB', 'LF', 'VT', 'FF', 'CR', 'SO', 'SI',
  'DLE', 'DC1', 'DC2', 'DC3', 'DC4', 'NAK', 'SYN', 'ETB', 'CAN', 'EM', 'SUB', 'ESC', 'FS', 'GS', 'RS', 'US',
];

const NAMED: ReadonlyMap<number, [label: string, meaning: string]> = new Map([
  [0x7f, ['DEL', 'delete']],
  [0x9b, ['CSI', 'control sequence introducer']],
  [0x9d, ['OSC', 'operating system command']],
  [0xad, ['SHY', 'soft hyphen']],
  [0x061c, ['ALM', 'Arabic letter mark']],
  [0x200b, ['ZWSP', 'zero-width space']],
  [0x200c, ['ZWNJ', 'zero-width non-joiner']],
  [0x200d, ['ZWJ', 'zero-width joiner']],
  [0x200e, ['LRM', 'left-to-right mark']],
  [0x200f, ['RLM', 'right-to-left mark']],
  [0x2028, ['LS', 'line separator']],
  [0x2029, ['PS', 'paragraph separator']],
  [0x202a, ['LRE', 'left-to-right embedding']],
  [0x202b, ['RLE', 'right-to-left embedding']],
  [0x202c, ['PDF', 'pop directional formatting']],
  [0x202d, ['LRO', 'left-to-right override']],
  [0x202e, ['RLO', 'right-to-left override']],
  [0x2060, ['WJ', 'word joiner']],
  [0x2066, ['LRI', 'left-to-right isolate']],
  [0x2067, ['RLI', 'right-to-left isolate']],
  [0x2068, ['FSI', 'first strong isolate']],
  [0x2069, ['PDI', 'pop directional isolate']],
  [0xfeff, ['BOM', 'byte order mark']],
]);

/** Letters and signs that draw nothing although Unicode does not call them format characters. */
const BLANK = '\\u034f\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u2028\\u2029\\u2800\\u3164\\ufe00-\\ufe0f\\uffa0\\u{e0000}-\\u{e0fff}';

const HIDDEN = `(?![\\t\\n])[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Co}${BLANK}]`;

/** Emoji are spelt with joiners and variation selectors; these hide nothing. */
const EMOJI = '\\p{Extended_Pictographic}\\ufe0f?(?:\\u200d\\p{Extended_Pictographic}\\ufe0f?)*';

/** So many accents on one letter that they would run over the lines around it. */
const PILED = '(?<=\\p{M}{6})\\p{M}+';

const FINDER = new RegExp(`(${EMOJI})|(${PILED})|(\\r\\n)|(${HIDDEN})`, 'gu');

/** Whether any of it needs a mark; most text does not. */
const SUSPECT = new RegExp(`\\p{M}{6}|${HIDDEN}`, 'u');

/** The text in pieces, where hidden characters are marks. Line breaks and tabs stay as they are. */
export function segments(text: string): Segment[] {
  if (!SUSPECT.test(text)) {
    return [text];
  }
  const found: Segment[] = [];
  let from = 0;
  const plain = (to: number) => {
    if (to > from) {
      found.push(text.slice(from, to));
    }
  };
  for (const match of text.matchAll(FINDER)) {
    const [whole, emoji, piled, lineBreak] = match;
    if (emoji !== undefined) {
      continue;
    }
    plain(match.index);
    from = match.index + whole.length;
    if (lineBreak !== undefined) {
      found.push('\n');
    } else if (piled !== undefined) {
      const many = Array.from(piled).length;
      found.push({ label: `+${many} accents`, meaning: 'combining characters that were piled up' });
    } else {
      found.push(markOf(whole));
    }
  }
  plain(text.length);
  return found;
}

/** The same as one string, for attributes such as labels, where no element can stand. */
export function plainly(text: string): string {
  return segments(text)
    .map((segment) => (typeof segment === 'string' ? segment : `[${segment.label}]`))
    .join('');
}

function markOf(character: string): Mark {
  const code = character.codePointAt(0) ?? 0;
  const point = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  const control = C0[code];
  if (control !== undefined) {
    return { label: control, meaning: `${point}, control character` };
  }
  const [label, meaning] = NAMED.get(code) ?? [point, 'invisible character'];
  return { label, meaning: `${point}, ${meaning}` };
}
