/** What a node passes on when it is passed over: bypassed, or removed with its ends joined. */

import type { Catalogue } from "./catalogue";
import { type Document, type End, splitPort } from "./document";
import { takes, typeOf } from "./typing";

/** The output that takes the place of `output` when its node is passed over; undefined when none fits. */
export function passed(document: Document, catalogue: Catalogue, { node: id, port }: End): End | undefined {
  const type = typeOf(document, catalogue, id);
  const output = type?.outputs.find(({ name }) => name === port);
  if (type === undefined || output === undefined) return undefined;
  const alike = type.outputs.filter((other) => other.type === output.type);
  const candidates = type.inputs.filter((input) => takes(output.type, input.type) && input.type !== "any");
  const inputs = candidates.length > 0 ? candidates : type.inputs.filter((input) => input.type === "any");
  const preferred = inputs[alike.indexOf(output)];
  const order = preferred === undefined ? inputs : [preferred, ...inputs.filter((input) => input !== preferred)];
  for (const input of order) {
    const link = document.nodes[id]?.links[input.name];
    if (link !== undefined) return splitPort(link);
  }
  return undefined;
}

/** The output that feeds in the end, where nodes that `skip` names are passed over; undefined when nothing does. */
export function origin(
  document: Document,
  catalogue: Catalogue,
  from: End,
  skip: (id: string) => boolean,
): End | undefined {
  const seen = new Set<string>();
  let at: End | undefined = from;
  while (at !== undefined && skip(at.node)) {
    if (seen.has(`${at.node}.${at.port}`)) return undefined;
    seen.add(`${at.node}.${at.port}`);
    at = passed(document, catalogue, at);
  }
  return at;
}
