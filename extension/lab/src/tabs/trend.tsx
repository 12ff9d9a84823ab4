/** A score over time as a small plot. */

import type { VNode } from 'preact';

import { moment, score } from './words';

export interface TrendPoint {
  at: number;
  score: number;
}

export const WIDTH = 120;
export const HEIGHT = 32;

/** Where points lie in the plot: verdicts at equal distances, scores from 0 at the bottom to 1. */
export function plotted(points: readonly TrendPoint[]): [x: number, y: number][] {
  const step = points.length > 1 ? (WIDTH - 6) / (points.length - 1) : 0;
  return points.map((point, index) => [
    round(3 + step * index),
    round(HEIGHT - 3 - Math.min(Math.max(point.score, 0), 1) * (HEIGHT - 6)),
  ]);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** The same in words. */
export function described(points: readonly TrendPoint[]): string {
  const [first, last] = [points[0], points[points.length - 1]];
  if (first === undefined || last === undefined) {
    return 'Trend: no verdict yet';
  }
  if (points.length === 1) {
    return `Trend: ${score(first.score)} after one verdict`;
  }
  const scores = points.map((point) => point.score);
  return (
    `Trend: from ${score(first.score)} to ${score(last.score)} over ${points.length} verdicts,` +
    ` lowest ${score(Math.min(...scores))}, highest ${score(Math.max(...scores))},` +
    ` ${moment(first.at)} to ${moment(last.at)}`
  );
}

export function Trend({ points }: { points: readonly TrendPoint[] }): VNode {
  const places = plotted(points);
  const end = places[places.length - 1];
  return (
    <svg
      class="tb-trend"
      role="img"
      aria-label={described(points)}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width={WIDTH}
      height={HEIGHT}
    >
      <line class="tb-trend-half" x1="0" x2={WIDTH} y1={HEIGHT / 2} y2={HEIGHT / 2} />
      <polyline class="tb-trend-line" points={places.map((place) => place.join(',')).join(' ')} />
      {end === undefined ? null : <circle class="tb-trend-end" cx={end[0]} cy={end[1]} r="2.5" />}
    </svg>
  );
}
