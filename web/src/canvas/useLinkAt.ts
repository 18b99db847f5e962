/** The link at a point of the screen: from afar links are too thin to be hit, or nothing that the pointer could hit. */

import { useStoreApi } from "@xyflow/react";
import { useCallback } from "react";

import { type FlowEdge, type FlowNode, useFlow } from "./flow";
import { nearest } from "./nearest";
import { socketsOf } from "./sockets";
import type { Screen } from "./useScreen";
import { useView } from "./view";

/** Pixels of the screen. */
const REACH = 8;

/** The id of the link that is pointed at from afar. */
export function useLinkAt({ toCanvas }: Screen): (event: { clientX: number; clientY: number }) => string | undefined {
  const store = useStoreApi<FlowNode, FlowEdge>();
  return useCallback(
    ({ clientX, clientY }) => {
      if (!useView.getState().far) return undefined;
      const { nodes, edges } = useFlow.getState();
      const [, , zoom] = store.getState().transform;
      return nearest(edges, socketsOf(nodes, store), toCanvas(clientX, clientY), REACH / zoom);
    },
    [store, toCanvas],
  );
}
