/** The commands that the canvas offers. */

import { type ReactFlowInstance, useReactFlow } from "@xyflow/react";
import { type RefObject, useEffect } from "react";

import type { Point } from "../model/arrangement";
import { offer } from "../state/commands";
import { activeDocument, redo, undo } from "../state/documents";
import { clearSelection, select, selectedIds } from "../state/selection";
import { toast } from "../ui";
import { align, collapse, duplicate, freePlace, group, layOut, note, removeSelected, selectedNodes, setMode } from "./actions";
import { boxes, type FlowEdge, type FlowNode } from "./flow";
import { FIT } from "./flowSettings";
import { smoothly } from "./motion";
import { copyByMenu, pasteHeld, serveClipboard } from "./transfer";
import { useLook } from "./useLook";
import type { Screen } from "./useScreen";
import { show, useView } from "./view";

export function useCanvasCommands(pane: RefObject<HTMLDivElement | null>, screen: Screen): void {
  const flow = useReactFlow<FlowNode, FlowEdge>();
  useEffect(() => offer({ ...EDITING, ...viewing(flow), ...adding(screen), menu: () => openMenu(screen) }), [flow, screen]);
  useEffect(() => {
    let pointer: readonly [number, number] | undefined;
    const follow = ({ clientX, clientY, type }: PointerEvent) => {
      pointer = type === "pointerleave" ? undefined : [clientX, clientY];
    };
    const element = pane.current;
    for (const type of ["pointermove", "pointerleave"] as const) element?.addEventListener(type, follow);
    const end = serveClipboard(() => (pointer === undefined ? undefined : screen.toCanvas(...pointer)));
    return () => {
      for (const type of ["pointermove", "pointerleave"] as const) element?.removeEventListener(type, follow);
      end();
    };
  }, [pane, screen]);
  useLook(pane);
}

const EDITING = {
  undo: () => told(undo(), "Nothing to undo."),
  redo: () => told(redo(), "Nothing to redo."),
  cut: () => {
    copyByMenu();
    removeSelected(false);
  },
  copy: copyByMenu,
  paste: () => pasteHeld(false),
  pasteLinked: () => pasteHeld(true),
  duplicate,
  delete: () => removeSelected(false),
  deleteJoining: () => removeSelected(true),
  selectAll: () => {
    const { nodes, layout } = activeDocument();
    select([...Object.keys(nodes), ...Object.keys(layout.groups), ...Object.keys(layout.notes)]);
  },
  deselect: clearSelection,
  connect: () => {
    const [id] = selectedNodes();
    if (id === undefined) toast("info", "Select the node first that shall be connected.");
    else show({ connecting: { id } });
  },
  rename: () => {
    const [id] = selectedIds();
    if (id !== undefined) show({ renaming: id });
  },
  mute: () => setMode("muted"),
  bypass: () => setMode("bypassed"),
  collapse,
  alignLeft: () => align("left"),
  alignRight: () => align("right"),
  alignTop: () => align("top"),
  alignBottom: () => align("bottom"),
};

function adding({ center, toCanvas }: Screen) {
  const here = (): Point => toCanvas(center().x, center().y);
  return {
    palette: () => {
      const { x, y } = center();
      const [id] = selectedNodes();
      const box = id === undefined ? undefined : boxes()[id];
      const at = box === undefined ? toCanvas(x - 130, y) : ([box.at[0] + box.size[0] + 60, box.at[1]] as const);
      show({ palette: { at: freePlace(at), screen: { x, y } } });
    },
    group: () => group(here()),
    note: () => note(freePlace(here())),
  };
}

function viewing(flow: ReactFlowInstance<FlowNode, FlowEdge>) {
  return {
    arrange: () => void layOut().then(() => flow.fitView({ ...smoothly(), ...FIT })),
    fit: () => {
      const ids = selectedIds();
      void flow.fitView({ ...smoothly(), ...FIT, ...(ids.length === 0 ? {} : { nodes: ids.map((id) => ({ id })) }) });
    },
    zoomIn: () => void flow.zoomIn(smoothly()),
    zoomOut: () => void flow.zoomOut(smoothly()),
    minimap: () => show({ minimap: !useView.getState().minimap }),
    legend: () => show({ legend: !useView.getState().legend }),
  };
}

/** Open the menu of the value that has the focus, else of what is selected, else of the canvas. */
function openMenu({ center, toCanvas }: Screen): void {
  const focused = focusedPort();
  const id = focused?.id ?? selectedIds()[0];
  const element = focused?.element ?? (id === undefined ? null : document.querySelector(`.react-flow__node[data-id="${CSS.escape(id)}"]`));
  const box = element?.getBoundingClientRect();
  const at = box === undefined ? center() : { x: box.left + 24, y: box.top + 24 };
  const of = id === undefined ? null : { id, ...(focused && { port: focused.port }) };
  show({ menu: { ...at, of, at: toCanvas(at.x, at.y) } });
}

/** The port of a node whose value has the focus. */
function focusedPort(): { element: Element; id: string; port: string } | undefined {
  const element = document.activeElement?.closest<HTMLElement>("[data-port]") ?? undefined;
  const id = element?.closest<HTMLElement>(".react-flow__node")?.dataset["id"];
  const port = element?.dataset["port"];
  return element === undefined || id === undefined || port === undefined ? undefined : { element, id, port };
}

function told(label: string | undefined, nothing: string): void {
  if (label === undefined) toast("info", nothing, { stay: 1500 });
}
