/** Terminal text: colours and weights as classes, every other escape as visible text. */

import Anser from 'anser';
import type { VNode } from 'preact';

import { marked } from './visible';

export interface Styled {
  readonly text: string;
  readonly classes: string;
}

const COLOUR_SEQUENCE = /\x1b\[([\d;]*)m/;

/** What tells something. `hidden` and `blink` do not, and text is never painted away. */
const WEIGHTS = new Set(['bold', 'dim', 'italic', 'underline', 'strikethrough']);

/** The text in runs of one style. Only the sequences of colour and weight (SGR) are read. */
export function styled(text: string): Styled[] {
  if (!text.includes('\x1b[')) {
    return text === '' ? [] : [{ text, classes: '' }];
  }
  const [first = '', ...rest] = text.split(COLOUR_SEQUENCE);
  const runs: Styled[] = first === '' ? [] : [{ text: first, classes: '' }];
  const anser = new Anser();
  for (let place = 0; place < rest.length; place += 2) {
    const classes = classesOf(anser, rest[place] ?? '');
    const content = rest[place + 1] ?? '';
    if (content !== '') {
      runs.push({ text: content, classes });
    }
  }
  return runs;
}

function classesOf(anser: Anser, codes: string): string {
  const chunk = anser.processChunkJson(`${codes}m`, { json: true, use_classes: true }, true);
  const isReversed = chunk.decorations.includes('reverse');
  const names = [
    isReversed
      ? colour(chunk.bg, chunk.bg_truecolor, 'fg')
      : colour(chunk.fg, chunk.fg_truecolor, 'fg'),
    isReversed
      ? colour(chunk.fg, chunk.fg_truecolor, 'bg')
      : colour(chunk.bg, chunk.bg_truecolor, 'bg'),
    isReversed && chunk.fg === null && chunk.bg === null ? 'tb-ansi-reverse' : '',
    ...new Set(chunk.decorations.filter((name) => WEIGHTS.has(name)).map((name) => `tb-ansi-${name}`)),
  ];
  return names.filter((name) => name !== '').join(' ');
}

/** Any colour as the nearest of the theme's eight, so that it can be read on the theme's background. */
function colour(name: string | null, truecolour: string | null, place: 'fg' | 'bg'): string {
  const named = /^ansi-(?:bright-)?(black|red|green|yellow|blue|magenta|cyan|white)$/.exec(name ?? '');
  const palette = /^ansi-palette-(\d+)$/.exec(name ?? '');
  let found = named?.[1] ?? null;
  if (palette !== null) {
    found = nearest(paletteColour(Number(palette[1])));
  } else if (name === 'ansi-truecolor') {
    found = nearest((truecolour ?? '').split(',').map(Number));
  }
  return found === null ? '' : `tb-ansi-${found}-${place}`;
}

/** The 6 x 6 x 6 cube of the palette of 256; its greys have no colour. */
function paletteColour(index: number): number[] {
  const cube = index - 16;
  return cube < 216 ? [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6] : [0, 0, 0];
}

const HUES = [null, 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', null];

function nearest([red = 0, green = 0, blue = 0]: number[]): string | null {
  const strongest = Math.max(red, green, blue);
  const bit = (part: number, value: number) => (part > 0 && part >= 0.6 * strongest ? value : 0);
  return HUES[bit(red, 1) + bit(green, 2) + bit(blue, 4)] ?? null;
}

/** Terminal text for display; what goes around it keeps line breaks. */
export function terminal(text: string): VNode {
  return (
    <bdi class="tb-text">
      {styled(returned(text)).map((run, place) =>
        run.classes === '' ? (
          marked(run.text)
        ) : (
          <span key={place} class={run.classes}>
            {marked(run.text)}
          </span>
        ),
      )}
    </bdi>
  );
}

/** A carriage return would let later text cover earlier text: it is shown, and ends the line. */
function returned(text: string): string {
  return text.replace(/\r+\n/g, '\n').replace(/\r/g, '\u240d\n');
}
