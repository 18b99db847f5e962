/** A link, in the colour of what flows through it. */

import { BaseEdge, type EdgeProps, getBezierPath } from "@xyflow/react";
import { memo } from "react";

import { flowing } from "../model/flowing";
import { activeDocument, useDocuments } from "../state/documents";
import { useCatalogue } from "../state/catalogue";
import { colorOf } from "./active";
import { CURVATURE } from "./bundles";
import type { FlowEdge } from "./flow";
import { useView } from "./view";

export const Wire = memo(function Wire(props: EdgeProps<FlowEdge>) {
  const { source, sourceHandleId, sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, selected } = props;
  const port = sourceHandleId ?? "";
  const color = useCatalogue(({ catalogue }) =>
    colorOf(catalogue, flowing(activeDocument(), catalogue, { node: source, port })),
  );
  const off = useDocuments((state) => activeDocument(state).layout.places[source]?.mode === "muted");
  const far = useView((view) => view.far);
  const [path] = getBezierPath({ sourceX, sourceY, sourcePosition, targetX, targetY, targetPosition, curvature: CURVATURE });
  const style = { "--wire": color } as React.CSSProperties;
  return (
    <g className={`wire${selected === true ? " wire--selected" : ""}${off ? " wire--off" : ""}`} style={style}>
      <BaseEdge path={path} interactionWidth={far ? 0 : 16} />
    </g>
  );
});
