import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Lineage } from '../src/protocol';
import { layered, nodeMove } from '../src/tabs/layers';

function graph(nodes: string, edges: string): Lineage {
  return {
    nodes: nodes.split(' ').map((id) => ({ id, type: 'artifact', title: id, version: 1, thread: 't' })),
    edges: edges.split(' ').filter(Boolean).map((edge) => {
      const [from = '', to = ''] = edge.split('>');
      return { from, to };
    }),
  };
}

function places(lineage: Lineage): string[] {
  return layered(lineage).map(({ node, layer, row }) => `${node.id} ${layer},${row}`);
}

test('each node stands right of all it came from', () => {
  assert.deepEqual(places(graph('raw cell clean rules', 'raw>cell cell>clean rules>clean')), [
    'raw 0,0', 'rules 0,1', 'cell 1,0', 'clean 2,0',
  ]);
});

test('a column follows the one before it, so that edges cross less', () => {
  assert.deepEqual(places(graph('a b fromB fromA', 'a>fromA b>fromB')), [
    'a 0,0', 'b 0,1', 'fromA 1,0', 'fromB 1,1',
  ]);
});

test('a lone node, an edge to nowhere, and a circle are all drawn', () => {
  assert.deepEqual(places(graph('a', '')), ['a 0,0']);
  assert.deepEqual(places(graph('a', 'gone>a a>gone a>a')), ['a 0,0']);
  assert.equal(places(graph('a b c', 'a>b b>c c>a')).length, 3);
});

test('arrow keys walk edges and columns', () => {
  const lineage = graph('a b c d', 'a>c b>c b>d');
  const placed = layered(lineage);
  const from = (at: string) => ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'x'].map((key) => nodeMove(placed, lineage, at, key));
  assert.deepEqual(from('a'), [null, 'c', null, 'b', null]);
  assert.deepEqual(from('b'), [null, 'd', 'a', null, null]);
  assert.deepEqual(from('c'), ['a', null, null, 'd', null]);
  assert.deepEqual(from('gone'), [null, null, null, null, null]);
});
