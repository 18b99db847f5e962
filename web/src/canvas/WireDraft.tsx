/** A link that is being drawn: where it cannot be made, it says why. */

import { type ConnectionLineComponentProps, getBezierPath, Position, useReactFlow } from "@xyflow/react";

import { disconnect } from "../model/edit";
import { refusal } from "../model/typing";
import { activeDocument } from "../state/documents";
import { useCatalog, useColor } from "./active";
import type { FlowNode } from "./flow";
import { linkTo } from "./linking";
import { useView } from "./view";

type Line = ConnectionLineComponentProps<FlowNode>;

export function WireDraft({ fromX, fromY, toX, toY, fromPosition, toPosition, toHandle }: Line) {
  const begun = useView((view) => view.begun);
  const color = useColor(begun?.type ?? "any");
  const source = useSource();
  const why = useRefusal(toHandle);
  const [path] = getBezierPath({
    sourceX: source?.x ?? fromX,
    sourceY: source?.y ?? fromY,
    sourcePosition: source === undefined ? fromPosition : Position.Right,
    targetX: toX,
    targetY: toY,
    targetPosition: source === undefined ? toPosition : Position.Left,
    curvature: 0.3,
  });
  return (
    <g className={why === undefined ? "draft" : "draft draft--refused"} style={{ "--wire": color } as React.CSSProperties}>
      <path className="draft__path" d={path} />
      {why !== undefined && (
        <foreignObject x={toX + 12} y={toY + 12} width={320} height={160}>
          <div className="draft__why">{why}</div>
        </foreignObject>
      )}
    </g>
  );
}

/** Where the output is whose link was taken up: the line begins there. */
function useSource(): { x: number; y: number } | undefined {
  const taken = useView((view) => view.begun?.taken);
  const node = useReactFlow<FlowNode>().getInternalNode(taken?.node ?? "");
  const socket = node?.internals.handleBounds?.source?.find(({ id }) => id === taken?.port);
  if (node === undefined || socket === undefined || socket === null) return undefined;
  const { x, y } = node.internals.positionAbsolute;
  return { x: x + socket.x + socket.width / 2, y: y + socket.y + socket.height / 2 };
}

function useRefusal(socket: Line["toHandle"]): string | undefined {
  const begun = useView((view) => view.begun);
  const catalogue = useCatalog();
  if (begun === null || socket === null) return undefined;
  const link = linkTo(begun, socket);
  if (link === undefined) return undefined;
  const document = begun.taken === undefined ? activeDocument() : disconnect(activeDocument(), begun.end);
  return refusal(document, catalogue, link.from, link.to);
}
