/** Groups around nodes, and notes. Their ids begin with `$`, which no node's does. */

import type { Group, Note, Point, Size } from "./arrangement";
import type { Document } from "./document";
import { freshName } from "./edit";
import { type Names, put, record } from "./record";

export interface Box {
  readonly at: Point;
  readonly size: Size;
}

/** The colours a group or note can have, by the names they are saved under. */
export const COLORS = ["gray", "red", "orange", "yellow", "green", "teal", "blue", "purple", "pink"] as const;

const MARGIN = 20;
const HEAD = 40;

export function isGroup(id: string): boolean {
  return id.startsWith("$group");
}

export function isNote(id: string): boolean {
  return id.startsWith("$note");
}

/** A new group around those boxes; around nothing, an empty one at that place. */
export function addGroup(document: Document, around: readonly Box[], at: Point): { document: Document; id: string } {
  const id = freshName(document.layout.groups, "$group");
  const box = around.length === 0 ? { at, size: [400, 300] as const } : padded(bounds(around));
  const group: Group = { title: "Group", color: "gray", ...box };
  return { document: withGroup(document, id, group), id };
}

export function addNote(document: Document, at: Point): { document: Document; id: string } {
  const id = freshName(document.layout.notes, "$note");
  return { document: withNote(document, id, { text: "", color: "yellow", at, size: [240, 140] }), id };
}

/** With a group or note changed; the document itself when there is none of that id. */
export function setFrame(document: Document, id: string, change: Partial<Group & Note>): Document {
  const { groups, notes } = document.layout;
  const group = groups[id];
  const note = notes[id];
  if (group !== undefined) return withGroup(document, id, { ...group, ...change });
  return note === undefined ? document : withNote(document, id, { ...note, ...change });
}

/** Whether the middle of a box lies in another: whether a group takes it along. */
export function holds(outer: Box, inner: Box): boolean {
  const x = inner.at[0] + inner.size[0] / 2;
  const y = inner.at[1] + inner.size[1] / 2;
  return x >= outer.at[0] && x <= outer.at[0] + outer.size[0] && y >= outer.at[1] && y <= outer.at[1] + outer.size[1];
}

/** Whether two boxes have any place in common. */
export function overlaps(a: Box, b: Box): boolean {
  const apart = (axis: 0 | 1) => a.at[axis] >= b.at[axis] + b.size[axis] || b.at[axis] >= a.at[axis] + a.size[axis];
  return !apart(0) && !apart(1);
}

/** The smallest box around all of them. There must be one. */
export function bounds(boxes: readonly Box[]): Box {
  const left = Math.min(...boxes.map(({ at }) => at[0]));
  const top = Math.min(...boxes.map(({ at }) => at[1]));
  const right = Math.max(...boxes.map(({ at, size }) => at[0] + size[0]));
  const bottom = Math.max(...boxes.map(({ at, size }) => at[1] + size[1]));
  return { at: [left, top], size: [right - left, bottom - top] };
}

/** By id, where each of the boxes in a group is; groups within it too, but not itself. */
export function members(document: Document, id: string, boxes: Names<Box>): Names<Box> {
  const group = document.layout.groups[id];
  if (group === undefined) return record();
  return record(Object.entries(boxes).filter(([each, box]) => each !== id && holds(group, box)));
}

function padded({ at, size }: Box): Box {
  return { at: [at[0] - MARGIN, at[1] - HEAD - MARGIN], size: [size[0] + 2 * MARGIN, size[1] + HEAD + 2 * MARGIN] };
}

function withGroup(document: Document, id: string, group: Group): Document {
  return { ...document, layout: { ...document.layout, groups: put(document.layout.groups, id, group) } };
}

function withNote(document: Document, id: string, note: Note): Document {
  return { ...document, layout: { ...document.layout, notes: put(document.layout.notes, id, note) } };
}
