/** Parts of the panel for a page of the browser's tests. */

import { render } from 'preact';

import { Code } from '../src/detail/code';
import { Json } from '../src/detail/json';
import { Outputs } from '../src/detail/outputs';
import type { Output } from '../src/protocol';
import { drawingUrl } from '../src/safe/drawings';
import { cleaned } from '../src/safe/html';

export { cleaned, drawingUrl };

export function showOutputs(place: HTMLElement, outputs: Output[]): void {
  render(<Outputs outputs={outputs} />, place);
}

export function showCode(place: HTMLElement, code: string, failed: number | null): void {
  render(<Code code={code} failed={failed} />, place);
}

export function showJson(place: HTMLElement, value: unknown): void {
  render(<Json value={value} isOpen />, place);
}
