/** The graph's named inputs: what a caller, or the app view, may set. */

import { type Catalogue, inputOf, type Port, takesValue } from "./catalogue";
import { type Document, type End, joinPort, splitPort } from "./document";
import { freshName } from "./edit";
import { omit, put, record } from "./record";
import { typeOf } from "./typing";

export interface Input {
  readonly end: End;
  readonly port: Port;
  /** What is set now: the node's value, or the default. */
  readonly value: unknown;
}

export interface NamedInput extends Input {
  readonly name: string;
}

/** The named inputs that lead to an input which takes a value. */
export function namedInputs(document: Document, catalogue: Catalogue): NamedInput[] {
  return Object.entries(document.inputs).flatMap(([name, text]) => {
    const end = splitPort(text);
    const port = end === undefined ? undefined : inputOf(typeOf(document, catalogue, end.node), end.port);
    if (end === undefined || port === undefined || !takesValue(port)) return [];
    return [{ name, end, port, value: valueOf(document, end, port) }];
  });
}

/** The inputs of a node, of those that are wanted, whose value is not brought by a link. */
export function unlinked(document: Document, catalogue: Catalogue, node: string, wanted: (port: Port) => boolean): Input[] {
  const linked = document.nodes[node]?.links ?? {};
  const ports = typeOf(document, catalogue, node)?.inputs.filter((port) => wanted(port) && !(port.name in linked)) ?? [];
  return ports.map((port) => {
    const end = { node, port: port.name };
    return { end, port, value: valueOf(document, end, port) };
  });
}

/** The value that an input has: what is given, else its default. */
export function valueOf(document: Document, end: End, port: Port): unknown {
  const values = document.nodes[end.node]?.values;
  return values !== undefined && end.port in values ? values[end.port] : port.default;
}

/** The name under which an input is offered to callers. */
export function nameOf(document: Document, end: End): string | undefined {
  const text = joinPort(end);
  return Object.keys(document.inputs).find((name) => document.inputs[name] === text);
}

/** With an input offered to callers, under its own name or one like it. */
export function expose(document: Document, end: End): Document {
  if (nameOf(document, end) !== undefined) return document;
  const name = freshName(document.inputs, end.port.slice(0, 56));
  return { ...document, inputs: put(document.inputs, name, joinPort(end)) };
}

/** With an input offered for a batch alone, and its name: read again, the document offers it no more. */
export function lend(document: Document, end: End): readonly [Document, string] {
  const found = nameOf(document, end);
  if (found !== undefined) return [document, found];
  const name = freshName(document.inputs, end.port.slice(0, 56));
  const layout = { ...document.layout, lent: [...(document.layout.lent ?? []), name] };
  return [{ ...document, inputs: put(document.inputs, name, joinPort(end)), layout }, name];
}

export function hide(document: Document, name: string): Document {
  const inputs = omit(document.inputs, name);
  return inputs === document.inputs ? document : { ...document, inputs };
}

/** With a named input called otherwise. Throws when the name is no name, or another input has it. */
export function renameInput(document: Document, from: string, to: string): Document {
  if (from === to || !(from in document.inputs)) return document;
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(to)) throw new RangeError(`${JSON.stringify(to)} is no name: letters, digits, _ and -, at most 64`);
  if (to in document.inputs) throw new RangeError(`there is an input ${JSON.stringify(to)} already`);
  const entries = Object.entries(document.inputs).map(([name, end]): [string, string] => [name === from ? to : name, end]);
  return { ...document, inputs: record(entries) };
}
