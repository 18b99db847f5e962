/** Copying and pasting a part of a document; on the way it is a document of its own. */

import type { Point } from "./arrangement";
import type { Catalogue } from "./catalogue";
import { type Document, type GraphNode, joinPort, splitPort } from "./document";
import { disconnect, freshName } from "./edit";
import { filter, type Names, put, record } from "./record";
import { refusal } from "./typing";

export interface Pasted {
  readonly document: Document;
  /** The new nodes, groups and notes. */
  readonly ids: readonly string[];
}

/** Those nodes, groups and notes as a document of their own, with the links from outside. */
export function copy(document: Document, ids: readonly string[]): Document {
  const wanted = new Set(ids);
  const pick = <T>(from: Names<T>): Names<T> => filter(from, (_, id) => wanted.has(id));
  const { places, groups, notes } = document.layout;
  return {
    nodes: pick(document.nodes),
    inputs: record(),
    layout: { places: pick(places), groups: pick(groups), notes: pick(notes), rest: record() },
    rest: record(),
  };
}

/**
 * With a copied part put in, moved by `by`. Links within it stay; with `incoming`, so do those that come from nodes
 * outside, where such a node is there and its output fits.
 */
export function paste(document: Document, catalogue: Catalogue, clip: Document, by: Point, incoming: boolean): Pasted {
  const names = renamed(document, clip);
  const shift = <T extends { readonly at: Point }>(thing: T): T => ({ ...thing, at: [thing.at[0] + by[0], thing.at[1] + by[1]] });
  const taken = <T extends { readonly at: Point }>(into: Names<T>, from: Names<T>): Names<T> =>
    Object.entries(from).reduce((found, [id, thing]) => put(found, names.get(id) ?? id, shift(thing)), into);
  const { layout } = document;
  let made: Document = {
    ...document,
    nodes: record([...Object.entries(document.nodes), ...Object.entries(clip.nodes).map(([id, node]) => entry(id, node, names))]),
    layout: {
      ...layout,
      places: taken(layout.places, clip.layout.places),
      groups: taken(layout.groups, clip.layout.groups),
      notes: taken(layout.notes, clip.layout.notes),
    },
  };
  for (const id of Object.keys(clip.nodes)) made = unlinked(made, catalogue, names.get(id) ?? id, new Set(names.values()), incoming);
  return { document: made, ids: [...names.values()] };
}

/** The ids that things of the clip get, so that none is there twice. */
function renamed(document: Document, clip: Document): Map<string, string> {
  const names = new Map<string, string>();
  const { groups, notes } = document.layout;
  for (const [taken, fresh] of [
    [document.nodes, clip.nodes],
    [groups, clip.layout.groups],
    [notes, clip.layout.notes],
  ] as const) {
    let all: Names<unknown> = taken;
    for (const id of Object.keys(fresh)) {
      const name = freshName(all, id.replace(/_\d+$/, "").slice(0, 56));
      names.set(id, name);
      all = put(all, name, true);
    }
  }
  return names;
}

function entry(id: string, node: GraphNode, names: ReadonlyMap<string, string>): [string, GraphNode] {
  const links = Object.entries(node.links).map(([port, link]): [string, string] => {
    const from = splitPort(link);
    const source = from === undefined ? undefined : names.get(from.node);
    return [port, from === undefined || source === undefined ? link : joinPort({ node: source, port: from.port })];
  });
  return [names.get(id) ?? id, { ...node, links: record(links) }];
}

/** Without the links of a pasted node that come from outside and shall not, or cannot, be there. */
function unlinked(document: Document, catalogue: Catalogue, id: string, inside: ReadonlySet<string>, incoming: boolean): Document {
  let changed = document;
  for (const [port, link] of Object.entries(document.nodes[id]?.links ?? {})) {
    const from = splitPort(link);
    if (from !== undefined && inside.has(from.node)) continue;
    const to = { node: id, port };
    const stays = incoming && from !== undefined && from.node in document.nodes && refusal(document, catalogue, from, to) === undefined;
    if (!stays) changed = disconnect(changed, to);
  }
  return changed;
}
