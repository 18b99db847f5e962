/** Having a node in sight that asks for it. */

import { type ReactFlowInstance, useReactFlow } from "@xyflow/react";
import { type RefObject, useEffect } from "react";

import { type FlowEdge, type FlowNode, useFlow, WIDTH } from "./flow";
import { smoothly } from "./motion";
import { show, useView } from "./view";

/** Pixels between a node and the edge of the canvas. */
const EDGE = 40;

/** Look at the node that asks for it, once it is there and has a size. */
export function useLook(pane: RefObject<HTMLDivElement | null>): void {
  const flow = useReactFlow<FlowNode, FlowEdge>();
  const look = useView((view) => view.look);
  const ready = useFlow(({ nodes }) => look !== null && nodes.some(({ id, measured }) => id === look && measured !== undefined));
  useEffect(() => {
    if (look === null || !ready) return;
    lookAt(flow, pane.current, look);
    show({ look: null });
  }, [flow, look, pane, ready]);
}

/** The view moves as little as it can, and not at all where the node is in it. */
function lookAt(flow: ReactFlowInstance<FlowNode, FlowEdge>, pane: HTMLElement | null, id: string): void {
  const node = flow.getNode(id);
  if (node === undefined || pane === null) return;
  const { x, y, zoom } = flow.getViewport();
  const { width = WIDTH, height = 240 } = node.measured ?? {};
  const dx = away(node.position.x * zoom + x, width * zoom, pane.clientWidth);
  const dy = away(node.position.y * zoom + y, height * zoom, pane.clientHeight);
  if (dx !== 0 || dy !== 0) void flow.setViewport({ x: x + dx, y: y + dy, zoom }, smoothly());
}

/** How far something must be moved to lie within the room. */
function away(start: number, extent: number, room: number): number {
  if (start < EDGE) return EDGE - start;
  return Math.min(0, Math.max(EDGE - start, room - EDGE - extent - start));
}
