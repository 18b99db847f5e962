/** How xyflow shall behave, as far as that is always the same. */

import { ConnectionMode, SelectionMode } from "@xyflow/react";

import { GroupView } from "./GroupView";
import { NodeView } from "./NodeView";
import { NoteView } from "./NoteView";
import { Wire } from "./Wire";
import { WireDraft } from "./WireDraft";

export const FIT = { maxZoom: 1, padding: 0.12 };

export const SETTINGS = {
  "aria-label": "Graph",
  nodeTypes: { node: NodeView, frame: GroupView, note: NoteView },
  edgeTypes: { wire: Wire },
  connectionLineComponent: WireDraft,
  connectionMode: ConnectionMode.Strict,
  connectionRadius: 24,
  connectionDragThreshold: 2,
  edgesReconnectable: false,
  edgesFocusable: false,
  nodeDragThreshold: 3,
  fitViewOptions: FIT,
  minZoom: 0.08,
  maxZoom: 2.5,
  // The keyboard is the editor's own: keys.ts.
  deleteKeyCode: null,
  selectionKeyCode: null,
  multiSelectionKeyCode: ["Control", "Meta", "Shift"],
  selectionMode: SelectionMode.Partial,
  panActivationKeyCode: "Space",
  zoomOnDoubleClick: false,
  proOptions: { hideAttribution: true },
  // It warns of links to ports that a changed node type no longer has; the node itself shows them.
  onError: () => undefined,
};
