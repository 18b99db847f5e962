/** A node as it is drawn: its title, and below it what it has; from afar, what can be made out. */

import { type NodeProps, NodeResizeControl, useUpdateNodeInternals } from "@xyflow/react";
import { memo, useEffect, useMemo, useRef } from "react";

import type { Place } from "../model/arrangement";
import { setWidth } from "../model/edit";
import { type Ports, portsOf, usedOutputs } from "../model/ports";
import { edit } from "../state/documents";
import type { Finding } from "../state/findings";
import type { NodeRun } from "../state/run";
import { classes } from "../ui";
import { useDocument, useNode, useNodeType, usePlace, useTypesKnown } from "./active";
import { FarBody } from "./FarBody";
import { type FlowNode, WIDTH } from "./flow";
import { Folded, NodeBody } from "./NodeBody";
import { NodeHead } from "./NodeHead";
import { useNodeFindings, useNodeRun } from "./running";
import { useView } from "./view";

export const NodeView = memo(function NodeView({ id, selected, width = WIDTH, height }: NodeProps<FlowNode>) {
  const node = useNode(id);
  const place = usePlace(id);
  const type = useNodeType(node?.type);
  const known = useTypesKnown();
  const used = useUsed(id);
  const run = useNodeRun(id);
  const findings = useNodeFindings(id);
  // Before it was measured, xyflow does not know where the sockets are.
  const far = useView((view) => view.far) && height !== undefined;
  const ports = useMemo(() => (node === undefined ? undefined : portsOf(node, type, used)), [node, type, used]);
  const collapsed = place?.collapsed === true;
  useMeasured(id, far ? undefined : ports, collapsed);
  if (node === undefined || ports === undefined) return null;
  const states = [...statesOf(place, run, findings), selected && "selected", type === undefined && known && "unknown", far && "far"];
  return (
    <div className={classes("node", ...states.map((state) => state && `node--${state}`))} style={far ? { height } : undefined}>
      <NodeHead id={id} node={node} type={type} collapsed={collapsed} run={run} room={far ? { width, height, collapsed } : undefined} />
      {far ? (
        <FarBody id={id} type={type} collapsed={collapsed} run={run} />
      ) : collapsed ? (
        <Folded node={node} ports={ports} used={used} />
      ) : (
        <NodeBody id={id} node={node} type={type} ports={ports} used={used} run={run} findings={findings} />
      )}
      {!collapsed && !far && <Grip id={id} />}
    </div>
  );
});

function statesOf(place: Place | undefined, run: NodeRun | undefined, findings: readonly Finding[]) {
  const failed = run?.state === "failed" || findings.some((each) => !each.unfinished);
  const previewing = run !== undefined && run.preview !== null;
  return [
    place?.mode,
    place?.collapsed === true && "collapsed",
    failed && "failed",
    run?.state === "running" && "running",
    previewing && "previewing",
  ];
}

/** The outputs of the node that are linked. */
function useUsed(id: string): readonly string[] {
  const names = useDocument((document) => usedOutputs(document, id).join(" "));
  return useMemo(() => (names === "" ? [] : names.split(" ")), [names]);
}

/** Have xyflow measure the sockets again when there are others; not while there are none to be seen. */
function useMeasured(id: string, ports: Ports | undefined, collapsed: boolean): void {
  const all = ports === undefined ? [] : [...ports.sockets, ...ports.values, ...ports.outputs];
  const shape = ports === undefined ? undefined : `${all.map(({ port }) => port.name).join(" ")} ${collapsed}`;
  const updateInternals = useUpdateNodeInternals();
  const measured = useRef(shape);
  useEffect(() => {
    // A node that is new is measured anyway; doing it again for each of hundreds takes seconds.
    if (shape === undefined || measured.current === shape) return;
    const first = measured.current === undefined;
    measured.current = shape;
    if (!first) updateInternals(id);
  }, [id, shape, updateInternals]);
}

function Grip({ id }: { id: string }) {
  return (
    <NodeResizeControl
      className="node__resize"
      position="bottom-right"
      resizeDirection="horizontal"
      minWidth={180}
      maxWidth={800}
      onResizeEnd={(_, { width }) => edit("Resize", (document) => setWidth(document, id, Math.round(width)))}
    />
  );
}
