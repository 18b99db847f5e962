/** Making links by the pointer: between sockets, onto a node, or into empty space. */

import type { Connection, Handle } from "@xyflow/react";

import { inputOf, outputOf } from "../model/catalogue";
import { type End, joinPort, type Link, splitPort } from "../model/document";
import { connect, disconnect } from "../model/edit";
import { fitting } from "../model/search";
import { refusal, typeOf } from "../model/typing";
import { useCatalogue } from "../state/catalogue";
import { activeDocument, edit } from "../state/documents";
import { toast } from "../ui";
import type { Begun } from "./view";

/** The link between two sockets, whichever was first; undefined between two of one side. */
export function linkOf(a: Pick<Handle, "nodeId" | "id" | "type">, b: Pick<Handle, "nodeId" | "id" | "type">): Link | undefined {
  if (a.type === b.type) return undefined;
  const [from, to] = a.type === "source" ? [a, b] : [b, a];
  return { from: { node: from.nodeId, port: from.id ?? "" }, to: { node: to.nodeId, port: to.id ?? "" } };
}

export function ofConnection({ source, sourceHandle, target, targetHandle }: Connection): Link {
  return { from: { node: source, port: sourceHandle ?? "" }, to: { node: target, port: targetHandle ?? "" } };
}

export function mayConnect({ from, to }: Link): boolean {
  return refusal(activeDocument(), useCatalogue.getState().catalogue, from, to) === undefined;
}

/** Make a link, or say why not; answers whether it is there. */
export function makeLink({ from, to }: Link, label = "Connect"): boolean {
  const why = refusal(activeDocument(), useCatalogue.getState().catalogue, from, to);
  if (why !== undefined) {
    toast("warning", why);
    return false;
  }
  edit(label, (document) => connect(document, from, to));
  return true;
}

/** Link the end that was begun to the first port of a node that takes it, an unlinked one before others. */
export function linkToNode(begun: Begun, id: string): void {
  const { catalogue } = useCatalogue.getState();
  const document = activeDocument();
  const type = typeOf(document, catalogue, id);
  const port = portOf(begun);
  if (type === undefined || port === undefined || id === begun.end.node) return;
  const taken = new Set(Object.keys(document.nodes[id]?.links ?? {}));
  const open = { ...type, inputs: type.inputs.filter(({ name }) => !taken.has(name)) };
  const found = fitting(open, { side: begun.side, port }) ?? fitting(type, { side: begun.side, port });
  if (found === undefined) {
    toast("warning", `${type.title} has no ${begun.side === "output" ? "input that takes" : "output that gives"} ${begun.type}.`);
    return;
  }
  const other = { node: id, port: found.name };
  makeLink(begun.side === "output" ? { from: begun.end, to: other } : { from: other, to: begun.end });
}

/** The link that comes of letting go over a socket; undefined where the two cannot be ends of one. */
export function linkTo(begun: Begun, socket: Pick<Handle, "nodeId" | "id" | "type">): Link | undefined {
  const to = { node: socket.nodeId, port: socket.id ?? "" };
  if (begun.taken !== undefined && socket.type === "target") return { from: begun.taken, to };
  const own = { nodeId: begun.end.node, id: begun.end.port, type: begun.side === "output" ? "source" : "target" } as const;
  return linkOf(own, socket);
}

/** Let go over a socket: what cannot be linked is said why; a link that was taken up is put there. */
export function dropOnSocket(begun: Begun, socket: Pick<Handle, "nodeId" | "id" | "type">): void {
  const link = linkTo(begun, socket);
  if (link === undefined) return void toast("warning", "A link joins an output and an input.");
  if (begun.taken === undefined || socket.type === "source") return void makeLink(link);
  if (joinPort(link.to) === joinPort(begun.end)) return;
  const why = refusal(disconnect(activeDocument(), begun.end), useCatalogue.getState().catalogue, link.from, link.to);
  if (why !== undefined) return void toast("warning", why);
  edit("Move a link", (document) => connect(disconnect(document, begun.end), link.from, link.to));
}

/** The socket that an element is, or is part of. */
export function socketOf(target: EventTarget | null): Pick<Handle, "nodeId" | "id" | "type"> | undefined {
  const element = target instanceof Element ? target.closest<HTMLElement>(".socket") : null;
  const { nodeid, handleid } = element?.dataset ?? {};
  if (element === null || nodeid === undefined || handleid === undefined) return undefined;
  return { nodeId: nodeid, id: handleid, type: element.classList.contains("source") ? "source" : "target" };
}

/** A link that is begun at a socket. At an input that is linked already, the link's other end is taken up. */
export function begin(end: End, side: "output" | "input"): Begun {
  const document = activeDocument();
  const type = typeOf(document, useCatalogue.getState().catalogue, end.node);
  const port = side === "output" ? outputOf(type, end.port) : inputOf(type, end.port);
  const taken = side === "input" ? sourceOf(end) : undefined;
  return { end, side, type: port?.type ?? "any", ...(taken === undefined ? {} : { taken }) };
}

export function portOf({ end, side }: Pick<Begun, "end" | "side">) {
  const type = typeOf(activeDocument(), useCatalogue.getState().catalogue, end.node);
  return side === "output" ? outputOf(type, end.port) : inputOf(type, end.port);
}

/** The output that feeds an input. */
export function sourceOf(to: End): End | undefined {
  return splitPort(activeDocument().nodes[to.node]?.links[to.port] ?? "");
}
