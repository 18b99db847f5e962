/** The link that lies nearest to a point. Pure. */

import type { Point } from "../model/arrangement";
import { pathOf, type SocketAt } from "./bundles";
import type { FlowEdge } from "./flow";

/** Straight pieces that a link is taken for. */
const PIECES = 32;

/** The id of the link that lies nearest to a point, of those that are less far away than `reach`. */
export function nearest(edges: readonly FlowEdge[], socketAt: SocketAt, at: Point, reach: number): string | undefined {
  let found: string | undefined;
  let least = reach;
  for (const edge of edges) {
    const path = pathOf(edge, socketAt);
    const distance = path === undefined ? Infinity : distanceTo(pointsOf(path), at, least);
    if (distance < least) [found, least] = [edge.id, distance];
  }
  return found;
}

/** How far a curve is from a point; Infinity where that is surely more than `reach`. */
function distanceTo(points: readonly Point[], at: Point, reach: number): number {
  const apart = ([0, 1] as const).some((axis) => {
    const all = points.map((point) => point[axis]);
    return at[axis] < Math.min(...all) - reach || at[axis] > Math.max(...all) + reach;
  });
  if (apart) return Infinity;
  const steps = Array.from({ length: PIECES + 1 }, (_, step) => along(points, step / PIECES));
  return Math.min(...steps.slice(1).map((end, step) => fromPiece(steps[step] ?? end, end, at)));
}

/** The point of a curve that begins and ends with the first and the last of the points, and is drawn to those between. */
function along(points: readonly Point[], part: number): Point {
  if (points.length < 2) return points[0] ?? [0, 0];
  return along(points.slice(1).map((point, index) => between(points[index] ?? point, point, part)), part);
}

function between(a: Point, b: Point, part: number): Point {
  return [a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part];
}

function fromPiece(a: Point, b: Point, at: Point): number {
  const [x, y] = [b[0] - a[0], b[1] - a[1]];
  const length = x * x + y * y;
  const part = length === 0 ? 0 : ((at[0] - a[0]) * x + (at[1] - a[1]) * y) / length;
  const foot = between(a, b, Math.min(1, Math.max(0, part)));
  return Math.hypot(at[0] - foot[0], at[1] - foot[1]);
}

/** The points that a path is made of: where it begins, what it is drawn to, where it ends. */
function pointsOf(path: string): readonly Point[] {
  const numbers = (path.match(/-?[\d.]+(?:e-?\d+)?/g) ?? []).map(Number);
  return Array.from({ length: numbers.length / 2 }, (_, at): Point => [numbers[2 * at] ?? 0, numbers[2 * at + 1] ?? 0]);
}
