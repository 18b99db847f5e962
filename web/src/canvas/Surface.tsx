/** What can be moved and zoomed: nodes and links, drawn by xyflow. */

import { Background, BackgroundVariant, MiniMap, ReactFlow } from "@xyflow/react";
import { type RefObject, useEffect } from "react";

import { splitPort } from "../model/document";
import { clearSelection, select } from "../state/selection";
import { useSettings } from "../state/settings";
import { beginning } from "./beginning";
import { FarWires } from "./FarWires";
import { applyChanges, beginDrag, type FlowEdge, type FlowNode, useFlow } from "./flow";
import { SETTINGS } from "./flowSettings";
import { FrameTools } from "./FrameTools";
import { endConnection, isEmpty, isValidConnection, onClickConnectEnd, onConnectStart, onNodeDoubleClick, portAt, selectChanged } from "./gestures";
import { makeLink, ofConnection } from "./linking";
import { dragView, endDrag } from "./moving";
import { useHeld } from "./useHeld";
import { useLinkAt } from "./useLinkAt";
import type { Screen } from "./useScreen";
import { show, useView } from "./view";
import { keepViewport, viewportOf } from "./viewports";
import { Zoom } from "./Zoom";

const MIDDLE = [1];
const LEFT_OR_MIDDLE = [0, 1];
const ORIGIN = { x: 0, y: 0, zoom: 1 };

/** Above so many nodes, those out of sight are not drawn. */
const MANY = 120;
/** Below this zoom, values cannot be read, and are not drawn. */
const FAR = 0.4;
/** The dots of the ground: pixels between them, and their size, on the canvas. */
const DOTS = { gap: 24, size: 1.5 };
const FAR_DOTS = { gap: 192, size: 9 };
const NO_EDGES: FlowEdge[] = [];

export interface SurfaceProps {
  tab: string;
  screen: Screen;
  /** What the canvas is in. */
  pane: RefObject<HTMLElement | null>;
}

export function Surface({ tab, screen, pane }: SurfaceProps) {
  const nodes = useFlow((flow) => flow.nodes);
  const edges = useFlow((flow) => flow.edges);
  const theme = useSettings((settings) => settings.theme);
  const held = useHeld();
  const linkAt = useLinkAt(screen);
  const boxing = useView((view) => view.boxing) || held;
  const far = useView((view) => view.far);
  const many = nodes.length > MANY;
  const viewport = viewportOf(tab) ?? beginning(nodes, pane.current?.clientWidth ?? Infinity);
  useEffect(() => setFar(viewportOf(tab)?.zoom ?? 1), [tab]);
  return (
    <ReactFlow<FlowNode, FlowEdge>
      {...SETTINGS}
      {...POINTER}
      {...menusOf(screen, linkAt)}
      nodes={nodes}
      edges={far && many ? NO_EDGES : edges}
      onConnectEnd={(event, state) => endConnection(event, state, screen.addAt)}
      onPaneClick={(event) => selectLink(linkAt(event))}
      onDoubleClick={({ target, clientX, clientY }) => isEmpty(target) && screen.addAt(clientX, clientY)}
      onMove={(event, { zoom }) => {
        dragView(pane.current, event);
        setFar(zoom);
      }}
      onMoveEnd={(_, at) => {
        endDrag(pane.current);
        keepViewport(tab, at);
      }}
      {...(viewport === undefined && nodes.length > 0 ? { fitView: true } : { defaultViewport: viewport ?? ORIGIN })}
      onlyRenderVisibleElements={many}
      elevateNodesOnSelect={!many}
      selectionOnDrag={boxing}
      panOnDrag={held ? MIDDLE : !boxing && LEFT_OR_MIDDLE}
      colorMode={theme}
    >
      <Background variant={BackgroundVariant.Dots} {...(far ? FAR_DOTS : DOTS)} />
      {far && many && <FarWires />}
      <Overview />
      <Zoom />
      <FrameTools />
    </ReactFlow>
  );
}

const POINTER: Partial<Parameters<typeof ReactFlow<FlowNode, FlowEdge>>[0]> = {
  onNodesChange: (changes) => {
    selectChanged(changes);
    applyChanges(changes);
  },
  onEdgesChange: selectChanged,
  onNodeDragStart: (_, node, all) => beginDrag([node, ...all].map(({ id }) => id)),
  onSelectionDragStart: (_, all) => beginDrag(all.map(({ id }) => id)),
  onNodeDoubleClick,
  isValidConnection,
  onConnect: (connection) => makeLink(ofConnection(connection)),
  onConnectStart,
  onClickConnectStart: onConnectStart,
  onClickConnectEnd,
};

function menusOf({ menuAt }: Screen, linkAt: ReturnType<typeof useLinkAt>): Partial<Parameters<typeof ReactFlow<FlowNode, FlowEdge>>[0]> {
  return {
    onNodeContextMenu: (event, { id }) => menuAt(event, { id, ...portAt(event.target) }),
    onEdgeContextMenu: (event, { target, targetHandle }) => menuAt(event, { link: { node: target, port: targetHandle ?? "" } }),
    onPaneContextMenu: (event) => {
      const link = splitPort(linkAt(event) ?? "");
      menuAt(event, link === undefined ? null : { link });
    },
    onSelectionContextMenu: (event, [first]) => menuAt(event, first === undefined ? null : { id: first.id }),
  };
}

/** What xyflow does not draw, it does not select either. */
function selectLink(id: string | undefined): void {
  if (id === undefined) clearSelection();
  else select([], [id]);
}

function setFar(zoom: number): void {
  if (zoom < FAR !== useView.getState().far) show({ far: zoom < FAR });
}

function Overview() {
  const shown = useView((view) => view.minimap);
  const empty = useFlow(({ nodes }) => nodes.length === 0);
  if (!shown || empty) return null;
  const classOf = ({ type = "node" }: FlowNode) => `map__${type}`;
  return <MiniMap ariaLabel="Map of the graph" pannable zoomable nodeClassName={classOf} nodeBorderRadius={16} />;
}
