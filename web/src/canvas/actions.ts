/** What the canvas does on command, with what is selected. */

import { aligned, type Alignment } from "../model/align";
import type { Mode, Point } from "../model/arrangement";
import { copy, paste } from "../model/clipboard";
import { type Document, splitPort } from "../model/document";
import { addNode, connect, move, toggleCollapsed, toggleMode } from "../model/edit";
import { addGroup, addNote, bounds, holds, isGroup, overlaps } from "../model/frames";
import { chart } from "../model/layout";
import { type Names, filter, map, record } from "../model/record";
import { remove, removeJoining, removeLinks } from "../model/removal";
import { fitting } from "../model/search";
import { useCatalogue } from "../state/catalogue";
import { activeDocument, activeTab, edit, editTab } from "../state/documents";
import { select, selectedIds, useSelection } from "../state/selection";
import { arrange } from "./arrange";
import { boxes, WIDTH } from "./flow";
import { portOf } from "./linking";
import { type Begun, show } from "./view";

/** The nodes among what is selected. */
export function selectedNodes(): string[] {
  const { nodes } = activeDocument();
  return selectedIds().filter((id) => id in nodes);
}

/** A place for a new node or note: there, or as near below or beside it as nothing lies. */
export function freePlace(at: Point): Point {
  const taken = Object.entries(boxes()).filter(([id]) => !isGroup(id)).map(([, box]) => box);
  const near = (point: Point) => taken.find((box) => overlaps(box, { at: point, size: [WIDTH, 160] }));
  let place = at;
  for (let tries = 0; tries < 40; tries += 1) {
    const box = near(place);
    if (box === undefined) break;
    place = tries % 4 === 3 ? [at[0] + WIDTH + 60, at[1]] : [place[0], box.at[1] + box.size[1] + 40];
    if (tries % 4 === 3) at = place;
  }
  return place;
}

/** Add a node, linked to the end that was begun; it is selected then. */
export function add(type: string, at: Point, begun?: Begun): void {
  const { catalogue } = useCatalogue.getState();
  let made = "";
  edit(`Add ${catalogue.nodes[type]?.title ?? type}`, (document) => {
    const added = addNode(document, catalogue, type, at);
    made = added.id;
    return begun === undefined ? added.document : joined(added.document, type, added.id, begun);
  });
  select([made]);
  show({ look: made });
}

function joined(document: Document, type: string, id: string, begun: Begun): Document {
  const port = portOf(begun);
  const found = useCatalogue.getState().catalogue.nodes[type];
  const other = port === undefined || found === undefined ? undefined : fitting(found, { side: begun.side, port });
  if (other === undefined) return document;
  const end = { node: id, port: other.name };
  return begun.side === "output" ? connect(document, begun.end, end) : connect(document, end, begun.end);
}

/** Take away what is selected: nodes, groups, notes, links. */
export function removeSelected(joining: boolean): void {
  const { ids, links } = useSelection.getState();
  const ends = [...links].flatMap((link) => splitPort(link) ?? []);
  const { catalogue } = useCatalogue.getState();
  edit(ids.size === 0 ? "Disconnect" : "Delete", (document) => {
    const bare = removeLinks(document, ends);
    if (ids.size === 0) return bare;
    return joining ? removeJoining(bare, catalogue, [...ids]) : remove(bare, [...ids]);
  });
  select([]);
}

export function duplicate(): void {
  const ids = selectedIds();
  if (ids.length === 0) return;
  put("Duplicate", copy(activeDocument(), ids), [40, 40], true);
}

/** Put a copied part in, and select it. */
export function put(label: string, clip: Document, by: Point, incoming: boolean): void {
  let made: readonly string[] = [];
  edit(label, (document) => {
    const pasted = paste(document, useCatalogue.getState().catalogue, clip, by, incoming);
    made = pasted.ids;
    return made.length === 0 ? document : pasted.document;
  });
  if (made.length > 0) select(made);
}

export function setMode(mode: Mode): void {
  const ids = selectedNodes();
  edit(mode === "muted" ? "Mute" : "Bypass", (document) => toggleMode(document, ids, mode));
}

export function collapse(): void {
  const ids = selectedNodes();
  edit("Collapse", (document) => toggleCollapsed(document, ids));
}

/** Put a group around what is selected, and have its title ready to be written. */
export function group(at: Point): void {
  const all = boxes();
  const around = selectedIds().flatMap((id) => all[id] ?? []);
  let made = "";
  edit("Group", (document) => {
    const added = addGroup(document, around, at);
    made = added.id;
    return added.document;
  });
  select([made]);
  show({ renaming: made });
}

export function note(at: Point): void {
  let made = "";
  edit("Add a note", (document) => {
    const added = addNote(document, at);
    made = added.id;
    return added.document;
  });
  select([made]);
  show({ renaming: made, look: made });
}

export function align(how: Alignment): void {
  const ids = new Set(selectedIds().filter((id) => !isGroup(id)));
  const to = aligned(filter(boxes(), (_, id) => ids.has(id)), how);
  edit("Align", (document) => move(document, map(to, ([x, y]) => [Math.round(x), Math.round(y)])));
}

/** Lay out what is selected; with fewer than two nodes selected, everything. Groups follow what lies in them. */
export async function layOut(): Promise<void> {
  const tab = activeTab();
  const all = boxes();
  const chosen = selectedNodes();
  const ids = chosen.length > 1 ? chosen : Object.keys(tab.document.nodes);
  const sizes = record(ids.flatMap((id) => (all[id] === undefined ? [] : [[id, all[id].size] as const])));
  const to = await arrange(chart(tab.document, sizes));
  editTab(tab.id, "Arrange", (document) => regrouped(move(document, to), document, all, to));
}

/** With each group around the nodes that it held before they were laid out. */
function regrouped(document: Document, before: Document, all: ReturnType<typeof boxes>, to: Names<Point>): Document {
  const groups = map(document.layout.groups, (each, id) => {
    const own = before.layout.groups[id];
    const inside = Object.entries(all).filter(([node, box]) => own !== undefined && node in to && holds(own, box));
    if (inside.length === 0) return each;
    const { at, size } = bounds(inside.map(([node, box]) => ({ at: to[node] ?? box.at, size: box.size })));
    return { ...each, at: [at[0] - 20, at[1] - 60] as const, size: [size[0] + 40, size[1] + 80] as const };
  });
  return groups === document.layout.groups ? document : { ...document, layout: { ...document.layout, groups } };
}
