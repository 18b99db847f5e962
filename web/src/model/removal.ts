/** Taking nodes, groups, notes and links away. */

import type { Catalogue } from "./catalogue";
import { type Document, type End, joinPort, splitPort } from "./document";
import { connect, disconnect } from "./edit";
import { origin } from "./passing";
import { filter, omit } from "./record";
import { refusal } from "./typing";

/** Without those nodes, groups and notes, the links from the nodes, and the graph's inputs that led to them. */
export function remove(document: Document, ids: readonly string[]): Document {
  const gone = new Set(ids.filter((id) => id in document.nodes));
  let changed = document;
  for (const [id, node] of Object.entries(document.nodes)) {
    if (gone.has(id)) continue;
    for (const [port, link] of Object.entries(node.links)) {
      if (gone.has(splitPort(link)?.node ?? "")) changed = disconnect(changed, { node: id, port });
    }
  }
  const { layout } = changed;
  return {
    ...changed,
    nodes: omit(changed.nodes, ...gone),
    inputs: filter(changed.inputs, (end) => !gone.has(splitPort(end)?.node ?? "")),
    layout: {
      ...layout,
      places: omit(layout.places, ...gone),
      groups: omit(layout.groups, ...ids),
      notes: omit(layout.notes, ...ids),
    },
  };
}

/** As `remove`, but what a node was given goes on to what it fed, where the types fit. */
export function removeJoining(document: Document, catalogue: Catalogue, ids: readonly string[]): Document {
  const gone = new Set(ids);
  let changed = remove(document, ids);
  for (const [id, node] of Object.entries(document.nodes)) {
    if (gone.has(id)) continue;
    for (const [port, link] of Object.entries(node.links)) {
      const from = splitPort(link);
      if (from === undefined || !gone.has(from.node)) continue;
      const source = origin(document, catalogue, from, (each) => gone.has(each));
      const to = { node: id, port };
      if (source !== undefined && refusal(changed, catalogue, source, to) === undefined) changed = connect(changed, source, to);
    }
  }
  return changed;
}

/** Without the links into those inputs. */
export function removeLinks(document: Document, ends: readonly End[]): Document {
  return ends.reduce(disconnect, document);
}

/** Without all the links out of an output. */
export function removeLinksFrom(document: Document, from: End): Document {
  const text = joinPort(from);
  const ends = Object.entries(document.nodes).flatMap(([node, { links }]) =>
    Object.keys(links).flatMap((port) => (links[port] === text ? [{ node, port }] : [])),
  );
  return removeLinks(document, ends);
}
