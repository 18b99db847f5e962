/** A node's body from afar: what it made, and in place of its sockets no more than xyflow measures them by. */

import { useStoreApi } from "@xyflow/react";

import type { NodeType } from "../model/catalogue";
import type { NodeRun } from "../state/run";
import { NodeResult } from "./NodeResult";

export interface FarBodyProps {
  id: string;
  type: NodeType | undefined;
  collapsed: boolean;
  run: NodeRun | undefined;
}

export function FarBody({ id, type, collapsed, run }: FarBodyProps) {
  const bounds = useStoreApi().getState().nodeLookup.get(id)?.internals.handleBounds;
  const sockets = [...(bounds?.source ?? []), ...(bounds?.target ?? [])];
  return (
    <>
      {!collapsed && <NodeResult id={id} type={type} run={run} />}
      {sockets.map(({ id: name, type: side, position, x, y, width, height }) => (
        <i
          key={`${side} ${name ?? ""}`}
          className={`node__spot ${side}`}
          data-handleid={name}
          data-handlepos={position}
          // A node has a border, which what lies in it is measured from.
          style={{ left: x - 1, top: y - 1, width, height }}
        />
      ))}
    </>
  );
}
