/** Turning a value into a link from a node that holds it, and back. */

import type { Point } from "./arrangement";
import { type Catalogue, inputOf, type NodeType, type Port, takesValue } from "./catalogue";
import { type Document, type End, splitPort } from "./document";
import { addNode, connect, disconnect, setValue } from "./edit";
import { valueOf } from "./inputs";
import { remove } from "./removal";
import { consumers, fits, typeOf } from "./typing";

/** The node type that holds a value for such an input: one value in, the same out. Undefined when there is none. */
export function holder(catalogue: Catalogue, port: Port): NodeType | undefined {
  const able = Object.values(catalogue.nodes).filter((type) => {
    const [input, ...more] = type.inputs;
    const [output, ...others] = type.outputs;
    if (input === undefined || output === undefined || more.length + others.length > 0) return false;
    return takesValue(input) && input.type === output.type && output.type === port.type && fits(port, output);
  });
  const likeness = (type: NodeType) => {
    const hints = type.inputs[0]?.widget;
    const same = (hints?.seed === true) === (port.widget?.seed === true);
    return (same ? 2 : 0) + (type.category === "value" ? 1 : 0);
  };
  return able.toSorted((a, b) => likeness(b) - likeness(a))[0];
}

/** With the value of an input held by a new node that feeds it; undefined when no node type can. */
export function toLink(document: Document, catalogue: Catalogue, end: End, at: Point): { document: Document; id: string } | undefined {
  const port = inputOf(typeOf(document, catalogue, end.node), end.port);
  const type = port === undefined ? undefined : holder(catalogue, port);
  const [input] = type?.inputs ?? [];
  const [output] = type?.outputs ?? [];
  if (port === undefined || type === undefined || input === undefined || output === undefined) return undefined;
  const made = addNode(document, catalogue, type.name, at);
  const value = valueOf(document, end, port);
  const held = value === undefined ? made.document : setValue(made.document, { node: made.id, port: input.name }, value);
  return { document: connect(held, { node: made.id, port: output.name }, end), id: made.id };
}

/** With the link into an input gone. Where a node held a value for it, the value stands there, and the node goes too. */
export function toValue(document: Document, catalogue: Catalogue, end: End): Document {
  const from = splitPort(document.nodes[end.node]?.links[end.port] ?? "");
  const port = inputOf(typeOf(document, catalogue, end.node), end.port);
  const type = from === undefined ? undefined : typeOf(document, catalogue, from.node);
  const [input] = type?.inputs ?? [];
  const bare = disconnect(document, end);
  if (from === undefined || port === undefined || type === undefined || input === undefined) return bare;
  if (holder(catalogue, port) !== type && !(type.inputs.length === 1 && takesValue(input) && type.outputs.length === 1)) return bare;
  if (input.type !== type.outputs[0]?.type) return bare;
  const given = setValue(bare, end, valueOf(document, { node: from.node, port: input.name }, input));
  const linked = input.name in (document.nodes[from.node]?.links ?? {});
  if (linked) return bare;
  return consumers(given).has(from.node) ? given : remove(given, [from.node]);
}
