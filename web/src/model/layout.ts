/** Laying a graph out by itself: from left to right along its links, groups together. */

import { graphlib, layout } from "@dagrejs/dagre";

import type { Point, Size } from "./arrangement";
import { type Document, links } from "./document";
import { bounds, type Box, holds } from "./frames";
import { type Names, record } from "./record";

/** What laying out needs to know: how large things are, and what feeds what. */
export interface Chart {
  readonly sizes: Names<Size>;
  readonly links: readonly (readonly [from: string, to: string])[];
  /** By node or group, the innermost group that it is in. */
  readonly groups: Names<string>;
  /** Where the upper left corner of all of it shall be. */
  readonly corner: Point;
}

const GAP = 40;
const COLUMN = 80;
/** Between the edges of groups and what lies beside them: the head of one is above what is in it. */
const EDGE = 60;

/** The chart of those nodes. Their corner stays where it is. */
export function chart(document: Document, sizes: Names<Size>): Chart {
  const places = Object.entries(sizes).flatMap(([id, size]) => {
    const at = document.layout.places[id]?.at;
    return at === undefined ? [] : [[id, { at, size }] as const];
  });
  const between = links(document).filter(({ from, to }) => from.node in sizes && to.node in sizes);
  return {
    sizes,
    links: between.map(({ from, to }) => [from.node, to.node] as const),
    groups: grouped(document, places),
    corner: places.length === 0 ? [0, 0] : bounds(places.map(([, box]) => box)).at,
  };
}

function grouped(document: Document, nodes: readonly (readonly [string, Box])[]): Names<string> {
  const area = ({ size: [width, height] }: Box) => width * height;
  const groups = Object.entries(document.layout.groups).toSorted(([, a], [, b]) => area(a) - area(b));
  const within = (box: Box, larger: typeof groups) => larger.find(([, group]) => holds(group, box))?.[0];
  const found = [
    ...nodes.map(([id, box]) => [id, within(box, groups)] as const),
    ...groups.map(([id, group], index) => [id, within(group, groups.slice(index + 1))] as const),
  ];
  return record(found.flatMap(([id, group]) => (group === undefined ? [] : [[id, group] as const])));
}

/** Where each node goes. */
export function arranged({ sizes, links: between, groups, corner }: Chart): Names<Point> {
  const graph = new graphlib.Graph({ multigraph: true, compound: true });
  const edges = Object.keys(groups).length > 0 ? { edgesep: EDGE } : {};
  graph.setGraph({ rankdir: "LR", nodesep: GAP, ranksep: COLUMN, ...edges });
  graph.setDefaultEdgeLabel(() => ({}));
  graph.setDefaultNodeLabel(() => ({}));
  for (const [id, [width, height]] of Object.entries(sizes)) graph.setNode(id, { width, height });
  for (let level = Object.keys(sizes); level.length > 0; level = level.flatMap((id) => groups[id] ?? [])) {
    for (const id of level) if (groups[id] !== undefined) graph.setParent(id, groups[id]);
  }
  between.forEach(([from, to], index) => graph.setEdge(from, to, {}, String(index)));
  layout(graph);
  const found = Object.entries(sizes).map(([id, [width, height]]) => {
    const { x, y } = graph.node(id) as { x: number; y: number };
    return { id, at: [x - width / 2, y - height / 2] as const, size: [width, height] as const };
  });
  if (found.length === 0) return record();
  const [left, top] = bounds(found).at;
  return record(found.map(({ id, at }) => [id, [Math.round(at[0] - left + corner[0]), Math.round(at[1] - top + corner[1])]]));
}
