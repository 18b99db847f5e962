/** What of a graph is needed for what is wanted of it: a node that leads nowhere stands in nobody's way. */

import type { Catalogue } from "./catalogue";
import { type Document, splitPort } from "./document";
import { filter } from "./record";
import { aside, runnable } from "./runnable";
import { typeOf } from "./typing";

/**
 * What is sent to be run for these nodes, by default for those that are outputs of the graph: `runnable` without what
 * none of them is fed by. A node of a type that is not there stays: nobody knows what it would do. Without an output all
 * of it is wanted.
 */
export function needed(document: Document, catalogue: Catalogue, targets?: readonly string[]): Document {
  const whole = runnable(document, catalogue);
  const ends = targets?.filter((id) => id in whole.nodes) ?? Object.keys(whole.nodes).filter((id) => typeOf(whole, catalogue, id)?.output === true);
  if (ends.length === 0) return whole;
  const strange = Object.keys(whole.nodes).filter((id) => typeOf(whole, catalogue, id) === undefined);
  const kept = feeding(whole, [...ends, ...strange]);
  if (kept.size === Object.keys(whole.nodes).length) return whole;
  const nodes = filter(whole.nodes, (_, id) => kept.has(id));
  const inputs = filter(whole.inputs, (end) => kept.has(splitPort(end)?.node ?? ""));
  const sent = { ...whole, nodes, inputs };
  return { ...sent, layout: { ...document.layout, aside: aside(document, sent) } };
}

/** Those nodes, and all that they are fed by. */
function feeding({ nodes }: Document, ends: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [...ends];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (found.has(id) || !(id in nodes)) continue;
    found.add(id);
    for (const link of Object.values(nodes[id]?.links ?? {})) open.push(splitPort(link)?.node ?? "");
  }
  return found;
}
