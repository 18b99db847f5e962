/** Where a graph is looked at first: all of it, or where that could not be read, from its beginning. Pure. */

import type { Viewport } from "@xyflow/react";

import type { FlowNode } from "./flow";

/** Below this zoom nothing can be read. */
const LEGIBLE = 0.45;
/** As much of the canvas as a graph that is shown whole leaves free. */
const FREE = 0.24;
const MARGIN = 24;
/** The width of a canvas that a node with its values is put on in full. */
const NARROW = 600;

/** Undefined where all of it can be seen and read, and on a canvas that is wide enough to be looked around on. */
export function beginning(nodes: readonly FlowNode[], canvas: number): Viewport | undefined {
  if (canvas >= NARROW) return undefined;
  const [first] = nodes.filter(({ type }) => type !== "frame").toSorted((a, b) => a.position.x - b.position.x || a.position.y - b.position.y);
  if (first === undefined) return undefined;
  const left = Math.min(...nodes.map(({ position }) => position.x));
  const right = Math.max(...nodes.map(({ position, width = 0 }) => position.x + width));
  if ((canvas * (1 - FREE)) / (right - left) >= LEGIBLE) return undefined;
  const zoom = Math.min(1, (canvas - 2 * MARGIN) / Math.max(1, first.width ?? 0));
  return { x: MARGIN - first.position.x * zoom, y: MARGIN - first.position.y * zoom, zoom };
}
