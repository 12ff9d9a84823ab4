/** Where the nodes of a lineage stand: left what went in, right what came out. Pure. */

import type { Lineage } from '../protocol';

export type LineageNode = Lineage['nodes'][number];

export interface Placed {
  node: LineageNode;
  /** From 0: the column, and the place in it. */
  layer: number;
  row: number;
}

/** Nodes in columns by their longest way from a source, in a column near those they came from. */
export function layered({ nodes, edges }: Lineage): Placed[] {
  const into = sourcesOf({ nodes, edges });
  const layers = new Map<string, number>();
  const layerOf = (id: string, way: Set<string>): number => {
    const known = layers.get(id);
    if (known !== undefined) {
      return known;
    }
    const sources = (into.get(id) ?? []).filter((source) => !way.has(source)); // no lineage is a circle
    way.add(id);
    const layer = Math.max(-1, ...sources.map((source) => layerOf(source, way))) + 1;
    way.delete(id);
    layers.set(id, layer);
    return layer;
  };
  nodes.forEach((node) => layerOf(node.id, new Set()));

  const rows = new Map<string, number>();
  const middle = (id: string): number => {
    const known = (into.get(id) ?? []).flatMap((source) => rows.get(source) ?? []);
    return known.length === 0 ? 0 : known.reduce((sum, row) => sum + row, 0) / known.length;
  };
  const placed: Placed[] = [];
  const last = Math.max(-1, ...layers.values());
  for (let layer = 0; layer <= last; layer += 1) {
    const column = nodes.filter((node) => layers.get(node.id) === layer);
    column
      .map((node, place) => ({ node, place, middle: middle(node.id) }))
      .sort((a, b) => a.middle - b.middle || a.place - b.place)
      .forEach(({ node }, row) => {
        rows.set(node.id, row);
        placed.push({ node, layer, row });
      });
  }
  return placed;
}

/** For each node, those that went into it. Edges from or to nowhere are left out. */
export function sourcesOf({ nodes, edges }: Lineage): Map<string, string[]> {
  const sources = new Map<string, string[]>(nodes.map((node) => [node.id, []]));
  for (const edge of edges) {
    if (sources.has(edge.from) && edge.from !== edge.to) {
      sources.get(edge.to)?.push(edge.from);
    }
  }
  return sources;
}

/** Which node an arrow key leads to: along an edge, or up and down in a column. */
export function nodeMove(placed: Placed[], lineage: Lineage, at: string, key: string): string | null {
  const here = placed.find(({ node }) => node.id === at);
  if (here === undefined) {
    return null;
  }
  const below = (by: number) =>
    placed.find(({ layer, row }) => layer === here.layer && row === here.row + by)?.node.id ?? null;
  const nearest = (ids: string[]) =>
    placed
      .filter(({ node }) => ids.includes(node.id))
      .sort((a, b) => Math.abs(a.row - here.row) - Math.abs(b.row - here.row))[0]?.node.id ?? null;
  switch (key) {
    case 'ArrowLeft':
      return nearest(sourcesOf(lineage).get(at) ?? []);
    case 'ArrowRight':
      return nearest(lineage.edges.filter((edge) => edge.from === at).map((edge) => edge.to));
    case 'ArrowUp':
      return below(-1);
    case 'ArrowDown':
      return below(1);
    default:
      return null;
  }
}
