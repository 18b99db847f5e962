/** Links drawn together: those that look the same are one path. Hundreds of elements take longer than a frame. Pure. */

import { getBezierPath, Position } from "@xyflow/react";

import type { Point } from "../model/arrangement";
import type { FlowEdge } from "./flow";

/** How much a link bends. */
export const CURVATURE = 0.3;

/** Where a socket is; undefined while nobody knows. */
export type SocketAt = (node: string, port: string, side: "source" | "target") => Point | undefined;

/** By look, the path of all links that have it. What was not moved has the path that it had. */
export function bundles(edges: readonly FlowEdge[], socketAt: SocketAt, look: (edge: FlowEdge) => string): ReadonlyMap<string, string> {
  const found = new Map<string, string[]>();
  for (const edge of edges) {
    const path = pathOf(edge, socketAt);
    if (path === undefined) continue;
    const key = look(edge);
    const others = found.get(key);
    if (others === undefined) found.set(key, [path]);
    else others.push(path);
  }
  return new Map([...found].map(([key, paths]) => [key, paths.join("")]));
}

/** The path of a link; undefined while nobody knows where it is. */
export function pathOf(edge: FlowEdge, socketAt: SocketAt): string | undefined {
  const from = socketAt(edge.source, edge.sourceHandle ?? "", "source");
  const to = socketAt(edge.target, edge.targetHandle ?? "", "target");
  return from === undefined || to === undefined ? undefined : curve(from, to);
}

function curve([sourceX, sourceY]: Point, [targetX, targetY]: Point): string {
  const ends = { sourceX, sourceY, sourcePosition: Position.Right, targetX, targetY, targetPosition: Position.Left };
  return getBezierPath({ ...ends, curvature: CURVATURE })[0];
}
