/** Outputs of a cell, each as the safest form that still shows what it is. */

import type { VNode } from 'preact';

import type { Output } from '../protocol';
import { drawingUrl } from '../safe/drawings';
import { Html, isShownAsHtml } from '../safe/html';
import { pictureUrl } from '../safe/images';
import { visible } from '../safe/visible';
import { LongText } from './bounded';
import { Json } from './json';

export function Outputs({ outputs }: { outputs: readonly Output[] }): VNode {
  return (
    <div class="tb-outputs">
      {outputs.map((output, place) => (
        <OutputView key={place} output={output} label={`Output ${place + 1}`} />
      ))}
    </div>
  );
}

function OutputView({ output, label }: { output: Output; label: string }): VNode {
  switch (output.output_type) {
    case 'stream': {
      const isError = output.name === 'stderr';
      return (
        <LongText
          text={textOf(output.text)}
          label={`${label}, ${isError ? 'stderr' : 'stdout'}`}
          isTerminal
          tone={isError ? 'stderr' : 'plain'}
        />
      );
    }
    case 'error': {
      const whole = textOf((output.traceback ?? []).join('\n'));
      const text = whole === '' ? `${output.ename ?? ''}: ${output.evalue ?? ''}` : whole;
      return <LongText text={text} label={`${label}, traceback`} isTerminal tone="error" />;
    }
    default:
      return <Data data={output.data ?? {}} label={label} />;
  }
}

/** In the order in which they tell most. */
const SHOWN = [
  'image/png',
  'image/jpeg',
  'image/svg+xml',
  'text/html',
  'text/markdown',
  'text/latex',
  'application/json',
  'text/plain',
] as const;

function Data({ data, label }: { data: Record<string, unknown>; label: string }): VNode {
  for (const mediaType of SHOWN) {
    const shown = mediaType in data ? shownAs(mediaType, data[mediaType], label) : null;
    if (shown !== null) {
      return shown;
    }
  }
  const names = Object.keys(data).join(', ');
  return <p class="tb-aside">Not shown here: {visible(names === '' ? 'an empty output' : names)}</p>;
}

function shownAs(mediaType: (typeof SHOWN)[number], value: unknown, label: string): VNode | null {
  const text = textOf(value);
  switch (mediaType) {
    case 'image/png':
    case 'image/jpeg': {
      const url = pictureUrl(mediaType, text);
      return url === null ? null : <Picture url={url} label={label} />;
    }
    case 'image/svg+xml': {
      const url = text === '' ? null : drawingUrl(text);
      return url === null ? null : <Picture url={url} label={label} />;
    }
    case 'text/html':
      return isShownAsHtml(text) ? <Html source={text} label={label} /> : null;
    case 'application/json':
      return <Json value={value} isOpen />;
    default:
      return <LongText text={text} label={label} isTerminal={mediaType === 'text/plain'} />;
  }
}

function Picture({ url, label }: { url: string; label: string }): VNode {
  return (
    <div class="tb-picture">
      <img src={url} alt={`${label}, an image`} decoding="async" />
    </div>
  );
}

/** nbformat allows a text as a list of lines. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) {
    return value.map(String).join('');
  }
  return typeof value === 'string' ? value : '';
}
