/** The canvas as xyflow draws it: made from the document and the selection, with what is only seen on top of it. */

import { applyNodeChanges, type Edge, type Node, type NodeChange } from "@xyflow/react";
import { create } from "zustand";

import type { Point, Size } from "../model/arrangement";
import { type Document, type End, joinPort, links } from "../model/document";
import { move } from "../model/edit";
import { type Box, isGroup, isNote, members, overlaps } from "../model/frames";
import { type Names, record } from "../model/record";
import { shown } from "../model/typing";
import { useCatalogue } from "../state/catalogue";
import { activeDocument, edit, useDocuments } from "../state/documents";
import { clearSelection, useSelection } from "../state/selection";

export type FlowNode = Node<Record<string, never>, "node" | "frame" | "note">;
export type FlowEdge = Edge<Record<string, never>, "wire">;

interface Flow {
  /** The tab whose document it is. */
  readonly tab: string;
  readonly nodes: FlowNode[];
  readonly edges: FlowEdge[];
}

export const useFlow = create<Flow>(() => ({ tab: "", nodes: [], edges: [] }));

/** The width of a node that nobody made wider. */
export const WIDTH = 260;
const NO_DATA: Record<string, never> = {};

/** Keep what is drawn in step with the document and the selection; the answer ends it. */
export function followDocument(): () => void {
  clearSelection();
  useFlow.setState({ tab: useDocuments.getState().active, ...drawn(activeDocument(), []) });
  const update = () => useFlow.setState(({ nodes }) => drawn(activeDocument(), nodes));
  let last = activeDocument();
  const stops = [
    useDocuments.subscribe((state) => {
      const document = activeDocument(state);
      if (document === last) return;
      last = document;
      update();
      deselectGone(document);
    }),
    useSelection.subscribe(update),
    useCatalogue.subscribe(update),
  ];
  return () => stops.forEach((stop) => stop());
}

/** What is gone, by undo or otherwise, is not selected. */
function deselectGone({ nodes, layout }: Document): void {
  const { ids, links: ends } = useSelection.getState();
  const left = [...ids].filter((id) => id in nodes || id in layout.groups || id in layout.notes);
  if (left.length < ids.size) useSelection.setState({ ids: new Set(left), links: ends });
}

/** The size and place of everything that is drawn, by id. */
export function boxes(): Names<Box> {
  return record(
    useFlow.getState().nodes.map((node) => {
      const { x, y } = node.position;
      const { width = node.width ?? WIDTH, height = node.height ?? 80 } = node.measured ?? {};
      return [node.id, { at: [x, y], size: [width, height] }];
    }),
  );
}

/** Whether a node lies on another one. */
export function covers(id: string): boolean {
  const all = boxes();
  const own = all[id];
  const others = Object.keys(activeDocument().nodes).filter((each) => each !== id);
  return own !== undefined && others.some((each) => all[each] !== undefined && overlaps(own, all[each]));
}

/** What a drag takes along: by group that is dragged, where its members were, and where it was itself. */
interface Carried {
  readonly from: Point;
  readonly members: Names<Point>;
}

let dragged: Map<string, Carried> | undefined;

/** A drag begins: groups take along what lies in them. */
export function beginDrag(ids: readonly string[]): void {
  const all = boxes();
  const document = activeDocument();
  dragged = new Map();
  for (const id of ids.filter(isGroup)) {
    const inside = Object.entries(members(document, id, all)).filter(([each]) => !ids.includes(each));
    dragged.set(id, { from: all[id]?.at ?? [0, 0], members: record(inside.map(([each, { at }]) => [each, at])) });
  }
}

/** Take what xyflow changed: sizes at once, places for good when a drag has ended. */
export function applyChanges(changes: NodeChange<FlowNode>[]): void {
  const all = [...changes, ...changes.flatMap(carried)];
  const kept = all.filter(({ type }) => type === "position" || type === "dimensions");
  if (kept.length > 0) useFlow.setState(({ nodes }) => ({ nodes: applyNodeChanges(kept, nodes) }));
  const ended = all.filter((change) => change.type === "position" && change.dragging !== true);
  if (ended.length > 0) settle(ended.flatMap((change) => ("id" in change ? [change.id] : [])));
}

/** Have the document remember where those nodes are now. */
function settle(ids: readonly string[]): void {
  const wanted = new Set(ids);
  const places = useFlow.getState().nodes.filter(({ id }) => wanted.has(id));
  const to = record(places.map(({ id, position }): [string, Point] => [id, [Math.round(position.x), Math.round(position.y)]]));
  const merge = dragged === undefined ? "nudge" : undefined;
  dragged = undefined;
  edit("Move", (document) => move(document, to), merge);
}

function carried(change: NodeChange<FlowNode>): NodeChange<FlowNode>[] {
  if (change.type !== "position" || change.position === undefined) return [];
  const group = dragged?.get(change.id);
  if (group === undefined) return [];
  const { position, dragging = false } = change;
  return Object.entries(group.members).map(([id, [x, y]]) => ({
    id,
    type: "position",
    position: { x: x + position.x - group.from[0], y: y + position.y - group.from[1] },
    dragging,
  }));
}

function drawn(document: Document, before: readonly FlowNode[]): Pick<Flow, "nodes" | "edges"> {
  const { ids, links: selected } = useSelection.getState();
  const { catalogue } = useCatalogue.getState();
  const known = new Map(before.map((node) => [node.id, node]));
  const { places, groups, notes } = document.layout;
  const things: FlowNode[] = [
    ...Object.entries(groups).map(([id, { at, size, title }]) => frame(id, "frame", at, size, `Group ${title}`)),
    ...Object.keys(document.nodes).map((id, index): FlowNode => {
      const { at = [40 + (index % 6) * 320, 40 + Math.floor(index / 6) * 280] as const, width = WIDTH } = places[id] ?? {};
      return { id, type: "node", position: { x: at[0], y: at[1] }, width, data: NO_DATA, ariaLabel: shown(document, catalogue, id) };
    }),
    ...Object.entries(notes).map(([id, { at, size }]) => frame(id, "note", at, size, "Note")),
  ];
  const nodes = things.map((thing) => kept({ ...thing, selected: ids.has(thing.id) }, known.get(thing.id)));
  return { nodes, edges: edges(document, selected, ids) };
}

function frame(id: string, type: "frame" | "note", at: Point, [width, height]: Size, ariaLabel: string): FlowNode {
  const lies = type === "frame" ? { zIndex: -1000, style: { pointerEvents: "none" as const } } : {};
  return { id, type, position: { x: at[0], y: at[1] }, width, height, data: NO_DATA, ariaLabel, ...lies };
}

/** The node as it was before when nothing of it changed, so that it is not drawn again. */
function kept(node: FlowNode, before: FlowNode | undefined): FlowNode {
  if (before === undefined || before.type !== node.type) return node;
  const same =
    before.position.x === node.position.x &&
    before.position.y === node.position.y &&
    before.width === node.width &&
    before.height === node.height &&
    before.ariaLabel === node.ariaLabel &&
    before.selected === node.selected;
  return same ? before : { ...before, ...node };
}

let drawnEdges: ReadonlyMap<string, FlowEdge> = new Map();

function edges(document: Document, selected: ReadonlySet<string>, ids: ReadonlySet<string>): FlowEdge[] {
  const found = links(document).flatMap(({ from, to }): FlowEdge[] => {
    if (!(from.node in document.nodes)) return [];
    const id = joinPort(to);
    const lit = ids.has(from.node) || ids.has(to.node);
    const className = lit ? "wire--lit" : "";
    const before = drawnEdges.get(id);
    const isSelected = selected.has(id);
    if (before !== undefined && before.source === from.node && before.sourceHandle === from.port) {
      if (before.selected === isSelected && before.className === className) return [before];
    }
    return [edge(id, from, to, isSelected, className)];
  });
  drawnEdges = new Map(found.map((each) => [each.id, each]));
  return found;
}

function edge(id: string, from: End, to: End, selected: boolean, className: string): FlowEdge {
  return {
    id,
    type: "wire",
    source: from.node,
    sourceHandle: from.port,
    target: to.node,
    targetHandle: to.port,
    selected,
    className,
  };
}

export function isFrame(id: string): boolean {
  return isGroup(id) || isNote(id);
}
