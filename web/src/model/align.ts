/** Where boxes go when they are aligned or spread evenly. */

import type { Point } from "./arrangement";
import { bounds, type Box } from "./frames";
import { type Names, record } from "./record";

export type Alignment = "left" | "center" | "right" | "top" | "middle" | "bottom" | "columns" | "rows";

/** The new places of the boxes, by id. `columns` spreads them from left to right, `rows` from top to bottom. */
export function aligned(boxes: Names<Box>, how: Alignment): Names<Point> {
  const entries = Object.entries(boxes);
  if (entries.length < 2) return record();
  if (how === "columns") return spread(entries, 0);
  if (how === "rows") return spread(entries, 1);
  const { at, size } = bounds(entries.map(([, box]) => box));
  return record(entries.map(([id, box]) => [id, placed(box, how, at, size)]));
}

function placed(box: Box, how: Alignment, at: Point, size: Point): Point {
  const [x, y] = box.at;
  const [width, height] = box.size;
  if (how === "left") return [at[0], y];
  if (how === "center") return [at[0] + (size[0] - width) / 2, y];
  if (how === "right") return [at[0] + size[0] - width, y];
  if (how === "top") return [x, at[1]];
  if (how === "middle") return [x, at[1] + (size[1] - height) / 2];
  return [x, at[1] + size[1] - height];
}

/** With gaps of one size between them along an axis; the first and the last stay. */
function spread(entries: readonly [string, Box][], axis: 0 | 1): Names<Point> {
  const order = entries.toSorted(([, a], [, b]) => a.at[axis] - b.at[axis]);
  const whole = bounds(order.map(([, box]) => box)).size[axis];
  const filled = order.reduce((sum, [, box]) => sum + box.size[axis], 0);
  const gap = (whole - filled) / (order.length - 1);
  let next = order[0]?.[1].at[axis] ?? 0;
  const found = order.map(([id, box]): [string, Point] => {
    const at: Point = axis === 0 ? [next, box.at[1]] : [box.at[0], next];
    next += box.size[axis] + gap;
    return [id, at];
  });
  return record(found);
}
