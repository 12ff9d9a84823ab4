/** What an artifact came from, and what came of it: a graph to walk, and the same as a list. */

import type { VNode } from 'preact';
import { useMemo, useRef, useState } from 'preact/hooks';

import type { Lineage } from '../protocol';
import { plainly } from '../safe/marks';
import { visible } from '../safe/visible';
import { layered, nodeMove, sourcesOf, type LineageNode, type Placed } from './layers';

const WIDTH = 132;
const HEIGHT = 44;
const GAP_X = 40;
const GAP_Y = 12;

interface LineageProps {
  lineage: Lineage;
  /** The node that the graph is about. */
  current: string;
  choose: (node: LineageNode) => void;
}

export function LineageView({ lineage, current, choose }: LineageProps): VNode {
  const placed = useMemo(() => layered(lineage), [lineage]);
  return (
    <>
      <Graph lineage={lineage} placed={placed} current={current} choose={choose} />
      <details class="tb-details">
        <summary>Lineage as a list</summary>
        <Steps lineage={lineage} placed={placed} />
      </details>
    </>
  );
}

function Graph({ lineage, placed, current, choose }: LineageProps & { placed: Placed[] }): VNode {
  const [at, setAt] = useState(current);
  const graph = useRef<HTMLDivElement>(null);
  const stop = placed.some(({ node }) => node.id === at) ? at : placed[0]?.node.id;
  const columns = Math.max(0, ...placed.map(({ layer }) => layer)) + 1;
  const rows = Math.max(0, ...placed.map(({ row }) => row)) + 1;
  const size = { width: columns * (WIDTH + GAP_X) - GAP_X + 8, height: rows * (HEIGHT + GAP_Y) + 8 };

  const press = (event: KeyboardEvent, id: string) => {
    const to = nodeMove(placed, lineage, id, event.key);
    if (to !== null) {
      event.preventDefault();
      setAt(to);
      const place = placed.findIndex(({ node }) => node.id === to);
      graph.current?.querySelectorAll('button')[place]?.focus();
    }
  };
  return (
    <div class="tb-scroll tb-graph-box">
      <div
        class="tb-graph"
        role="group"
        aria-label="Lineage"
        ref={graph}
        style={{ width: `${size.width}px`, height: `${size.height}px` }}
      >
        <svg aria-hidden="true" {...size}>
          {lineage.edges.map((edge) => (
            <Edge key={`${edge.from} ${edge.to}`} placed={placed} edge={edge} />
          ))}
        </svg>
        {placed.map(({ node, layer, row }) => (
          <button
            key={node.id}
            type="button"
            class={`tb-node tb-node-${node.type}`}
            style={boxOf(layer, row)}
            tabIndex={node.id === stop ? 0 : -1}
            aria-current={node.id === current ? 'true' : undefined}
            title={plainly(nameOf(node))}
            onKeyDown={(event) => press(event, node.id)}
            onFocus={() => setAt(node.id)}
            onClick={() => choose(node)}
          >
            <span class="tb-node-kind">{node.type === 'cell' ? 'cell' : `artifact${versionOf(node)}`}</span>
            <span class="tb-node-name">{visible(node.title)}</span>
          </button>
        ))}
      </div>
    </div>
  );
}

function boxOf(layer: number, row: number): Record<string, string> {
  const { left, top } = corner(layer, row);
  return { left: `${left}px`, top: `${top}px`, width: `${WIDTH}px`, height: `${HEIGHT}px` };
}

function corner(layer: number, row: number): { left: number; top: number } {
  return { left: 4 + layer * (WIDTH + GAP_X), top: 4 + row * (HEIGHT + GAP_Y) };
}

function Edge({ placed, edge }: { placed: Placed[]; edge: Lineage['edges'][number] }): VNode | null {
  const [from, to] = [edge.from, edge.to].map((id) => placed.find(({ node }) => node.id === id));
  if (from === undefined || to === undefined) {
    return null;
  }
  const start = corner(from.layer, from.row);
  const end = corner(to.layer, to.row);
  const [x1, y1] = [start.left + WIDTH, start.top + HEIGHT / 2];
  const [x2, y2] = [end.left - 2, end.top + HEIGHT / 2];
  const bend = GAP_X / 2;
  // An edge past other columns goes through the gap below the row that it leaves.
  const below = start.top + HEIGHT + GAP_Y / 2;
  const way =
    to.layer === from.layer + 1
      ? `M${x1},${y1} C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2 - 5},${y2}`
      : `M${x1},${y1} C${x1 + bend},${y1} ${x1},${below} ${x1 + bend},${below}` +
        ` L${x2 - bend},${below} C${x2},${below} ${x2 - bend},${y2} ${x2 - 5},${y2}`;
  return (
    <g class="tb-edge">
      <path d={way} />
      <polygon points={`${x2},${y2} ${x2 - 7},${y2 - 4} ${x2 - 7},${y2 + 4}`} />
    </g>
  );
}

/** The graph in words, a line a node. */
function Steps({ lineage, placed }: { lineage: Lineage; placed: Placed[] }): VNode {
  const sources = sourcesOf(lineage);
  const names = new Map(lineage.nodes.map((node) => [node.id, nameOf(node)]));
  return (
    <ol class="tb-steps">
      {placed.map(({ node }) => {
        const from = (sources.get(node.id) ?? []).map((id) => names.get(id) ?? id);
        return (
          <li key={node.id}>
            {visible(nameOf(node))}
            {from.length === 0 ? ': from nothing recorded' : <>: from {visible(from.join(', '))}</>}
          </li>
        );
      })}
    </ol>
  );
}

function nameOf(node: LineageNode): string {
  return node.type === 'cell' ? `cell ${node.title}` : `artifact ${node.title}${versionOf(node)}`;
}

function versionOf(node: LineageNode): string {
  return node.version === null ? '' : ` v${node.version}`;
}
