/** What a node of a run was made with, for people: its named inputs, or without such its prompts and seeds. */

import type { Catalogue, Port } from "./catalogue";
import { type Document, joinPort, parse } from "./document";
import { type NamedInput, namedInputs, unlinked } from "./inputs";
import { needed } from "./needed";
import { seeds } from "./seeds";
import { shown } from "./typing";

export type Told = Pick<NamedInput, "name" | "end" | "value">;

/**
 * What counts of a run's graph for one of its nodes, with what a batch gave each of its runs; nothing of inputs that are
 * empty. Throws `DocumentError` for what is no graph.
 */
export function madeWith(graph: Readonly<Record<string, unknown>>, catalogue: Catalogue, node: string): readonly Told[] {
  // As it ran: with the named inputs that were added for a batch, without the nodes that were set aside.
  const ran = needed(parse({ ...graph, layout: {} }), catalogue, [node]);
  const own = parse(graph).inputs;
  const more = Object.keys(ran.inputs).some((name) => name in own) ? [] : [...prompts(ran, catalogue), ...drawn(ran, catalogue)];
  const found = [...namedInputs(ran, catalogue), ...more];
  const once = found.filter(({ end }, at) => found.findIndex((other) => joinPort(other.end) === joinPort(end)) === at);
  return once.filter(({ value }) => value !== null && value !== "");
}

function prompts(document: Document, catalogue: Catalogue): Told[] {
  const isPrompt = ({ widget }: Port): boolean => widget?.prompt === true;
  return Object.keys(document.nodes).flatMap((node) =>
    unlinked(document, catalogue, node, isPrompt).map((input) => ({ name: shown(document, catalogue, node), ...input })),
  );
}

function drawn(document: Document, catalogue: Catalogue): Told[] {
  return seeds(document, catalogue).map((input) => ({ name: "seed", ...input }));
}
