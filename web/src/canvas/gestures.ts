/** What the pointer does on the canvas: links that are drawn, what is pressed and selected. */

import type { FinalConnectionState, IsValidConnection, OnConnectStart } from "@xyflow/react";

import { joinPort, splitPort } from "../model/document";
import { disconnect } from "../model/edit";
import { edit } from "../state/documents";
import { useSelection } from "../state/selection";
import type { FlowEdge } from "./flow";
import { begin, dropOnSocket, linkToNode, mayConnect, ofConnection, socketOf } from "./linking";
import { type Begun, show, useView } from "./view";

export const isValidConnection: IsValidConnection<FlowEdge> = (link) =>
  mayConnect(ofConnection({ ...link, sourceHandle: link.sourceHandle ?? null, targetHandle: link.targetHandle ?? null }));

export const onConnectStart: OnConnectStart = (_, { nodeId, handleId, handleType }) => {
  if (nodeId === null || handleId === null) return;
  show({ begun: begin({ node: nodeId, port: handleId }, handleType === "source" ? "output" : "input") });
};

/** A link was let go where it does not fit: over a socket, over a node, or in empty space. */
export function endConnection(event: MouseEvent | TouchEvent, state: FinalConnectionState, addAt: (x: number, y: number, begun: Begun) => void): void {
  const { begun } = useView.getState();
  const { x, y } = pointOf(event);
  if (begun !== null && state.fromHandle !== null && state.isValid !== true) {
    const over = document.elementFromPoint(x, y);
    const node = over?.closest<HTMLElement>(".react-flow__node:not(.react-flow__node-frame)")?.dataset["id"];
    if (state.toHandle !== null) dropOnSocket(begun, state.toHandle);
    else if (node !== undefined) linkToNode(begun, node);
    else if (begun.taken !== undefined) edit("Disconnect", (each) => disconnect(each, begun.end));
    else if (over instanceof Element && over.closest(".react-flow__pane") !== null) addAt(x, y, begun);
  }
  show({ begun: null });
}

/** Two sockets were pressed one after the other, as a finger does. */
export function onClickConnectEnd(event: MouseEvent | TouchEvent): void {
  const { begun } = useView.getState();
  const socket = socketOf(event.target);
  if (begun !== null && socket !== undefined) dropOnSocket(begun, socket);
  show({ begun: null });
}

/** Take over what xyflow selected. */
export function selectChanged(changes: readonly { type: string; id?: string; selected?: boolean }[]): void {
  const { ids, links } = useSelection.getState();
  const nodes = new Set(ids);
  const edges = new Set(links);
  let changed = false;
  for (const { type, id, selected } of changes) {
    if (type !== "select" || id === undefined) continue;
    changed = true;
    const set = splitPort(id) === undefined ? nodes : edges;
    if (selected === true) set.add(id);
    else set.delete(id);
  }
  if (changed) useSelection.setState({ ids: nodes, links: edges });
}

/** While a link is drawn, the sockets that it cannot lead to step back; one that was taken up is not where it was. */
export function fittingStyle({ end, side, type, taken }: Begun): string {
  const gone = taken === undefined ? "" : `.react-flow__edge[data-id="${CSS.escape(joinPort(end))}"] { display: none; }`;
  if (type === "any") return gone;
  const out = side === "output" || taken !== undefined;
  const fit = [type, "any", ...(out && type === "int" ? ["float"] : []), ...(!out && type === "float" ? ["int"] : [])];
  const not = fit.map((each) => `:not([data-type="${CSS.escape(each)}"])`).join("");
  return `.socket--${out ? "input" : "output"}${not} { opacity: 0.2; } ${gone}`;
}

/** What is written anew by a double click on it. */
const TITLES = ".node__title, .group__head, .note__text";

export function onNodeDoubleClick({ target }: { target: EventTarget }, { id }: { id: string }): void {
  if (target instanceof Element && target.closest(TITLES) !== null) show({ renaming: id });
}

/** The port of a node that something is part of. */
export function portAt(target: EventTarget): { port?: string } {
  const port = target instanceof Element ? target.closest<HTMLElement>("[data-port]")?.dataset["port"] : undefined;
  return port === undefined ? {} : { port };
}

/** Whether nothing lies there but the canvas itself. */
export function isEmpty(target: EventTarget): boolean {
  if (!(target instanceof Element) || target.closest(".react-flow__pane") === null) return false;
  return target.closest(".react-flow__node, .react-flow__edge, .react-flow__panel") === null;
}

function pointOf(event: MouseEvent | TouchEvent): { x: number; y: number } {
  const at = "changedTouches" in event ? event.changedTouches[0] : event;
  return { x: at?.clientX ?? 0, y: at?.clientY ?? 0 };
}
