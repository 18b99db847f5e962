/** Whether a link may be made, and why not: types, null, cycles. The same rules as the server's. */

import { type Catalogue, inputOf, type NodeType, outputOf, type Port, shownType } from "./catalogue";
import { type Document, type End, links } from "./document";

const ANY = "any";

/** Whether an output of type `given` may feed an input of type `wanted`, null aside. */
export function takes(wanted: string, given: string): boolean {
  return wanted === given || wanted === ANY || given === ANY || (wanted === "float" && given === "int");
}

/** Whether an output can feed an input. */
export function fits(input: Port, output: Port): boolean {
  const mayBeNull = output.nullable === true && input.nullable !== true && input.type !== ANY;
  return takes(input.type, output.type) && !mayBeNull;
}

/** Why the output `from` may not be linked to the input `to`; undefined when it may. */
export function refusal(document: Document, catalogue: Catalogue, from: End, to: End): string | undefined {
  if (from.node === to.node) return "A node cannot feed itself.";
  const output = outputOf(typeOf(document, catalogue, from.node), from.port);
  const input = inputOf(typeOf(document, catalogue, to.node), to.port);
  if (output === undefined) return `The type of ${shown(document, catalogue, from.node)} is not installed.`;
  if (input === undefined) return `The type of ${shown(document, catalogue, to.node)} is not installed.`;
  if (!fits(input, output)) return mismatch(catalogue, input, output);
  const cycle = path(document, to.node, from.node);
  if (cycle === undefined) return undefined;
  const names = [...cycle, to.node].map((id) => shown(document, catalogue, id));
  return `This would close a cycle: ${names.join(" → ")}.`;
}

/** The name that a person sees on a node. */
export function shown(document: Document, catalogue: Catalogue, id: string): string {
  const node = document.nodes[id];
  return node?.title ?? catalogue.nodes[node?.type ?? ""]?.title ?? node?.type ?? id;
}

/** The node types that make a `wanted` of a `given`, those that need least besides first. */
export function converters(catalogue: Catalogue, given: string, wanted: string): NodeType[] {
  const found = Object.values(catalogue.nodes).filter(
    (type) =>
      type.deprecated !== true &&
      type.inputs.some((port) => port.type === given) &&
      type.outputs.some((port) => port.type === wanted),
  );
  const needs = (type: NodeType) => type.inputs.filter((port) => port.required).length + type.name.split("/").length;
  return found.toSorted((a, b) => needs(a) - needs(b));
}

/** The nodes from `start` to `goal` along the links, both named; undefined when no way leads there. */
export function path(document: Document, start: string, goal: string): string[] | undefined {
  const next = consumers(document);
  const came = new Map<string, string | undefined>([[start, undefined]]);
  const queue = [start];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    if (id === goal) return traced(came, goal);
    for (const consumer of next.get(id) ?? []) {
      if (came.has(consumer)) continue;
      came.set(consumer, id);
      queue.push(consumer);
    }
  }
  return undefined;
}

/** By node, the nodes that it feeds. */
export function consumers(document: Document): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const { from, to } of links(document)) {
    const fed = found.get(from.node) ?? new Set();
    found.set(from.node, fed.add(to.node));
  }
  return found;
}

export function typeOf(document: Document, catalogue: Catalogue, id: string): NodeType | undefined {
  return catalogue.nodes[document.nodes[id]?.type ?? ""];
}

function mismatch(catalogue: Catalogue, input: Port, output: Port): string {
  const said = `${shownType(output)} does not fit ${input.title}, which takes ${shownType(input)}.`;
  const between = converters(catalogue, output.type, input.type).slice(0, 2);
  if (takes(input.type, output.type) || between.length === 0) return said;
  return `${said} Put ${between.map((type) => type.title).join(" or ")} between them.`;
}

function traced(came: ReadonlyMap<string, string | undefined>, goal: string): string[] {
  const found: string[] = [];
  for (let at: string | undefined = goal; at !== undefined; at = came.get(at)) found.push(at);
  return found.toReversed();
}
