/** The ports that a node is drawn with: those of its type, and what the document says beyond it. */

import { type NodeType, type Port, takesValue } from "./catalogue";
import { type Document, type GraphNode, links } from "./document";

export interface DrawnPort {
  readonly port: Port;
  /** Whether the node's type has no such port: the type is not installed, or has changed. */
  readonly stray: boolean;
}

export interface Ports {
  /** Inputs that only take links. */
  readonly sockets: readonly DrawnPort[];
  /** Inputs that take values. */
  readonly values: readonly DrawnPort[];
  readonly outputs: readonly DrawnPort[];
}

/** The ports of a node. `used` are the outputs that links of others come from. */
export function portsOf(node: GraphNode, type: NodeType | undefined, used: readonly string[]): Ports {
  const inputs = (type?.inputs ?? []).map(installed);
  const outputs = (type?.outputs ?? []).map(installed);
  const known = new Set(inputs.map(({ port }) => port.name));
  const named = new Set(outputs.map(({ port }) => port.name));
  const strayLinks = Object.keys(node.links).filter((name) => !known.has(name));
  const strayValues = Object.keys(node.values).filter((name) => !known.has(name) && !(name in node.links));
  return {
    sockets: [...inputs.filter(({ port }) => !takesValue(port)), ...strayLinks.map(stray)],
    values: [...inputs.filter(({ port }) => takesValue(port)), ...strayValues.map(stray)],
    outputs: [...outputs, ...used.filter((name) => !named.has(name)).map(stray)],
  };
}

const uses = new WeakMap<Document, ReadonlyMap<string, readonly string[]>>();
const NONE: readonly string[] = [];

/** The outputs of a node that are linked somewhere, each once. */
export function usedOutputs(document: Document, id: string): readonly string[] {
  const found = uses.get(document) ?? allUsed(document);
  uses.set(document, found);
  return found.get(id) ?? NONE;
}

function allUsed(document: Document): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const { from } of links(document)) {
    const ports = found.get(from.node) ?? [];
    if (!ports.includes(from.port)) ports.push(from.port);
    found.set(from.node, ports);
  }
  return found;
}

function installed(port: Port): DrawnPort {
  return { port, stray: false };
}

function stray(name: string): DrawnPort {
  return { port: { name, type: "any", title: name, required: false }, stray: true };
}
