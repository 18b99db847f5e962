/** Everything that a node can be connected to, the most needed first: making links without a pointer. */

import type { Catalogue, Port } from "./catalogue";
import { type Document, type End, type Link, splitPort } from "./document";
import { fits, refusal, shown, typeOf } from "./typing";

export interface Connectable extends Link {
  /** On which side of the node it is: what it is given, or what it gives. */
  readonly side: "input" | "output";
  readonly own: End;
  readonly ownTitle: string;
  readonly otherTitle: string;
  readonly otherNode: string;
  readonly type: string;
  /** Whether the input has a link already, which this one would take the place of. */
  readonly linked: boolean;
  /** What a search looks in. */
  readonly text: string;
}

export function connectable(document: Document, catalogue: Catalogue, id: string): Connectable[] {
  const own = typeOf(document, catalogue, id);
  if (own === undefined) return [];
  const others = Object.keys(document.nodes).filter((other) => other !== id);
  const found = others.flatMap((other): (Connectable & { rank: number })[] => {
    const type = typeOf(document, catalogue, other);
    const into = pairs(type?.outputs ?? [], own.inputs).map(([output, input]) =>
      made(document, catalogue, "input", { node: other, port: output }, { node: id, port: input }),
    );
    const out = pairs(own.outputs, type?.inputs ?? []).map(([output, input]) =>
      made(document, catalogue, "output", { node: id, port: output }, { node: other, port: input }),
    );
    return [...into, ...out];
  });
  const possible = found.filter(({ from, to }) => isNew(document, to, from) && refusal(document, catalogue, from, to) === undefined);
  return possible.toSorted((a, b) => a.rank - b.rank);
}

function pairs(outputs: readonly Port[], inputs: readonly Port[]): [Port, Port][] {
  return outputs.flatMap((output) => inputs.filter((input) => fits(input, output)).map((input): [Port, Port] => [output, input]));
}

function made(
  document: Document,
  catalogue: Catalogue,
  side: "input" | "output",
  output: { node: string; port: Port },
  input: { node: string; port: Port },
): Connectable & { rank: number } {
  const from = { node: output.node, port: output.port.name };
  const to = { node: input.node, port: input.port.name };
  const [own, other] = side === "input" ? [input, output] : [output, input];
  const linked = to.port in (document.nodes[to.node]?.links ?? {});
  const otherNode = shown(document, catalogue, other.node);
  const exact = output.port.type === input.port.type;
  // What is still needed comes first; inputs before outputs; the very type before one that also fits.
  const rank = (linked ? 100 : 0) + (input.port.required ? 0 : 10) + (side === "input" ? 0 : 5) + (exact ? 0 : 20);
  const text = `${own.port.title} ${otherNode} ${other.port.title} ${other.node}`;
  const ends = { from, to, own: side === "input" ? to : from };
  return { ...ends, side, ownTitle: own.port.title, otherTitle: other.port.title, otherNode, type: output.port.type, linked, text, rank };
}

/** Whether that link is not there yet. */
function isNew(document: Document, to: End, from: End): boolean {
  const now = splitPort(document.nodes[to.node]?.links[to.port] ?? "");
  return now === undefined || now.node !== from.node || now.port !== from.port;
}
