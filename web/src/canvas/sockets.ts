/** Where the sockets of nodes are, as xyflow has measured them. */

import type { useStoreApi } from "@xyflow/react";

import type { SocketAt } from "./bundles";
import type { FlowEdge, FlowNode } from "./flow";

export function socketsOf(nodes: readonly FlowNode[], store: ReturnType<typeof useStoreApi<FlowNode, FlowEdge>>): SocketAt {
  const { nodeLookup } = store.getState();
  const places = new Map(nodes.map(({ id, position }) => [id, position]));
  return (node, port, side) => {
    const at = places.get(node);
    const socket = nodeLookup.get(node)?.internals.handleBounds?.[side]?.find(({ id }) => id === port);
    if (at === undefined || socket === undefined) return undefined;
    return [Math.round(at.x + socket.x + (side === "source" ? socket.width : 0)), Math.round(at.y + socket.y + socket.height / 2)];
  };
}
