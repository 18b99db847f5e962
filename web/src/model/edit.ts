/** Changing nodes, values and links. Each gives a new document, or the same one when there is nothing to change. */

import type { Mode, Place, Point } from "./arrangement";
import { type Catalogue, takesValue } from "./catalogue";
import { type Document, type End, type GraphNode, joinPort } from "./document";
import { filter, map, type Names, omit, put, record } from "./record";

/** A new node of that type, at that place, with values where there is no default but something to choose from. */
export function addNode(
  document: Document,
  catalogue: Catalogue,
  type: string,
  at: Point,
): { document: Document; id: string } {
  const known = catalogue.nodes[type];
  const id = freshId(document.nodes, type);
  const values = (known?.inputs ?? []).flatMap((port): [string, unknown][] => {
    if (!port.required || !takesValue(port)) return [];
    const list = port.widget?.files ?? port.widget?.choices;
    const first = list === undefined ? port.schema?.enum?.[0] : catalogue.first[list];
    return first === undefined ? [] : [[port.name, first]];
  });
  const version = known === undefined || known.version === 1 ? {} : { version: known.version };
  const node: GraphNode = { type, ...version, values: record(values), links: record(), rest: record() };
  return { document: withPlace(withNode(document, id, node), id, { at }), id };
}

/** An id like the type's name that no node has yet. */
export function freshId(taken: Names<unknown>, type: string): string {
  const bare = type.slice(type.lastIndexOf("/") + 1).replace(/[^A-Za-z0-9_-]/g, "");
  const snake = bare.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase().slice(0, 56) || "node";
  return freshName(taken, snake);
}

/** The name, with a number behind it where it is taken. */
export function freshName(taken: Names<unknown>, name: string): string {
  if (!(name in taken)) return name;
  let count = 2;
  while (`${name}_${count}` in taken) count += 1;
  return `${name}_${count}`;
}

/** With an output linked to an input. A value that stood there is kept aside, and comes back with `disconnect`. */
export function connect(document: Document, from: End, to: End): Document {
  const node = document.nodes[to.node];
  if (node === undefined || node.links[to.port] === joinPort(from)) return document;
  const { [to.port]: value } = node.values;
  const linked = { ...node, values: omit(node.values, to.port), links: put(node.links, to.port, joinPort(from)) };
  const changed = withNode({ ...document, inputs: filter(document.inputs, (end) => end !== joinPort(to)) }, to.node, linked);
  return value === undefined ? changed : withKept(changed, to.node, (kept) => put(kept, to.port, value));
}

/** Without the link into an input; the value that it had before the link is there again. */
export function disconnect(document: Document, to: End): Document {
  const node = document.nodes[to.node];
  if (node === undefined || !(to.port in node.links)) return document;
  const value = document.layout.places[to.node]?.kept?.[to.port];
  const values = value === undefined ? node.values : put(node.values, to.port, value);
  const changed = withNode(document, to.node, { ...node, values, links: omit(node.links, to.port) });
  return value === undefined ? changed : withKept(changed, to.node, (kept) => omit(kept, to.port));
}

/** With a value given to an input; `undefined` takes it away, so that the default holds. A link gives way. */
export function setValue(document: Document, to: End, value: unknown): Document {
  const unlinked = disconnect(document, to);
  const node = unlinked.nodes[to.node];
  if (node === undefined) return document;
  const values = value === undefined ? omit(node.values, to.port) : put(node.values, to.port, value);
  return values === node.values ? unlinked : withNode(unlinked, to.node, { ...node, values });
}

/** With another title; an empty one gives the node the name of its type again. */
export function rename(document: Document, id: string, title: string): Document {
  const node = document.nodes[id];
  if (node === undefined || (node.title ?? "") === title) return document;
  const { title: _title, ...rest } = node;
  return withNode(document, id, title === "" ? rest : { ...rest, title });
}

/** With those nodes muted or bypassed; active again when they all are so already. */
export function toggleMode(document: Document, ids: readonly string[], mode: Mode): Document {
  const all = ids.every((id) => document.layout.places[id]?.mode === mode);
  return withPlaces(document, ids, ({ mode: _mode, ...place }) => (all ? place : { ...place, mode }));
}

/** With those nodes folded to their titles; open again when they all are so already. */
export function toggleCollapsed(document: Document, ids: readonly string[]): Document {
  const all = ids.every((id) => document.layout.places[id]?.collapsed === true);
  return withPlaces(document, ids, ({ collapsed: _collapsed, ...place }) => (all ? place : { ...place, collapsed: true }));
}

/** With nodes, groups and notes at other places. */
export function move(document: Document, to: Names<Point>): Document {
  const moved = <T extends { readonly at: Point }>(thing: T, id: string): T => {
    const at = to[id];
    return at === undefined || samePoint(at, thing.at) ? thing : { ...thing, at };
  };
  const places = Object.keys(to).reduce(
    (found, id) => (id in document.nodes && !(id in found) ? put(found, id, { at: to[id] ?? [0, 0] }) : found),
    document.layout.places,
  );
  const layout = {
    ...document.layout,
    places: map(places, moved),
    groups: map(document.layout.groups, moved),
    notes: map(document.layout.notes, moved),
  };
  const { places: p, groups, notes } = document.layout;
  return layout.places === p && layout.groups === groups && layout.notes === notes ? document : { ...document, layout };
}

export function setWidth(document: Document, id: string, width: number): Document {
  return withPlaces(document, [id], (place) => (place.width === width ? place : { ...place, width }));
}

/** With the places of those nodes changed; nodes without one are placed at 0, 0. */
export function withPlaces(document: Document, ids: readonly string[], change: (place: Place) => Place): Document {
  let { places } = document.layout;
  for (const id of ids) {
    const place = places[id] ?? { at: [0, 0] as const };
    if (id in document.nodes) places = put(places, id, change(place));
  }
  return places === document.layout.places ? document : { ...document, layout: { ...document.layout, places } };
}

export function withNode(document: Document, id: string, node: GraphNode): Document {
  return { ...document, nodes: put(document.nodes, id, node) };
}

export function withPlace(document: Document, id: string, place: Place): Document {
  return { ...document, layout: { ...document.layout, places: put(document.layout.places, id, place) } };
}

function withKept(document: Document, id: string, change: (kept: Names<unknown>) => Names<unknown>): Document {
  const { kept, ...place } = document.layout.places[id] ?? { at: [0, 0] as const };
  const next = change(kept ?? record());
  return withPlace(document, id, Object.keys(next).length === 0 ? place : { ...place, kept: next });
}

function samePoint(a: Point, b: Point): boolean {
  return a[0] === b[0] && a[1] === b[1];
}
