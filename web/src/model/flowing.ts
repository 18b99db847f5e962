/** What type really flows out of an output that says `any`: that of what is passed through. */

import { type Catalogue, outputOf } from "./catalogue";
import { type Document, type End, splitPort } from "./document";
import { typeOf } from "./typing";

/** The wire type of an output; of one that passes on what it is given, that of what it is given. */
export function flowing(document: Document, catalogue: Catalogue, from: End): string {
  const seen = new Set<string>();
  let at = from;
  for (;;) {
    const type = typeOf(document, catalogue, at.node);
    const found = outputOf(type, at.port)?.type ?? "any";
    if (found !== "any" || seen.has(at.node)) return found;
    seen.add(at.node);
    const links = document.nodes[at.node]?.links ?? {};
    const open = type?.inputs.find((port) => port.type === "any" && port.name in links);
    const next = open === undefined ? undefined : splitPort(links[open.name] ?? "");
    if (next === undefined) return found;
    at = next;
  }
}
