/** How a graph lies on the canvas: the `layout` of a document, which the server keeps and never reads. */

import { isRecord, type Names, record } from "./record";

export type Point = readonly [x: number, y: number];
export type Size = readonly [width: number, height: number];

/** A muted node is left out of runs with what depends on it; a bypassed one passes on what it is given. */
export type Mode = "muted" | "bypassed";

/** A node's place, and how it is drawn. */
export interface Place {
  readonly at: Point;
  readonly width?: number;
  readonly collapsed?: boolean;
  readonly mode?: Mode;
  /** Values that links took the place of, by input: they come back when the link goes. */
  readonly kept?: Names<unknown>;
}

export interface Group {
  readonly title: string;
  readonly color: string;
  readonly at: Point;
  readonly size: Size;
}

export interface Note {
  readonly text: string;
  readonly color: string;
  readonly at: Point;
  readonly size: Size;
}

/** What was left out of the graph for a run. */
export interface Aside {
  readonly nodes: Names<unknown>;
  readonly links: Names<Names<string>>;
  readonly inputs: Names<string>;
}

export interface Layout {
  readonly places: Names<Place>;
  readonly groups: Names<Group>;
  readonly notes: Names<Note>;
  readonly aside?: Aside;
  /** Named inputs that were added for a batch alone. */
  readonly lent?: readonly string[];
  /** What this editor does not know. It is written back as it was. */
  readonly rest: Names<unknown>;
}

export const EMPTY_LAYOUT: Layout = { places: record(), groups: record(), notes: record(), rest: record() };

/** Names that no node can have. */
const GROUPS = "$groups";
const NOTES = "$notes";
const ASIDE = "$aside";
const LENT = "$lent";
const FOREIGN = "$foreign";
const OWN: ReadonlySet<string> = new Set([GROUPS, NOTES, ASIDE, LENT]);

export function parseLayout(source: unknown): Layout {
  if (source === undefined || source === null) return EMPTY_LAYOUT;
  if (!isRecord(source)) return { ...EMPTY_LAYOUT, rest: record([[FOREIGN, source]]) };
  const places: [string, Place][] = [];
  const lent = namesIn(source[LENT]);
  const rest: [string, unknown][] = [];
  for (const [name, value] of Object.entries(source)) {
    const place = name.startsWith("$") ? undefined : parsePlace(value);
    if (place !== undefined) places.push([name, place]);
    else if (!OWN.has(name)) rest.push([name, value]);
  }
  const aside = parseAside(source[ASIDE]);
  return {
    places: record(places),
    groups: boxes(source[GROUPS], (text, box) => ({ title: text("title"), ...box })),
    notes: boxes(source[NOTES], (text, box) => ({ text: text("text"), ...box })),
    ...(aside === undefined ? {} : { aside }),
    ...(lent.length === 0 ? {} : { lent }),
    rest: record(rest),
  };
}

export function dumpLayout(layout: Layout): unknown {
  const made: [string, unknown][] = Object.entries(layout.places).map(([id, place]) => [id, dumpPlace(place)]);
  if (Object.keys(layout.groups).length > 0) made.push([GROUPS, layout.groups]);
  if (Object.keys(layout.notes).length > 0) made.push([NOTES, layout.notes]);
  if (layout.aside !== undefined) made.push([ASIDE, layout.aside]);
  if (layout.lent !== undefined) made.push([LENT, layout.lent]);
  const foreign = layout.rest[FOREIGN];
  if (foreign !== undefined && made.length === 0) return foreign;
  return record([...made, ...Object.entries(layout.rest)]);
}

function parsePlace(value: unknown): Place | undefined {
  const at = point(value);
  if (at !== undefined) return { at };
  if (!isRecord(value)) return undefined;
  const where = point(value["at"]);
  if (where === undefined) return undefined;
  const { width, mode, kept } = value;
  return {
    at: where,
    ...(isNumber(width) && width > 0 ? { width } : {}),
    ...(value["collapsed"] === true ? { collapsed: true } : {}),
    ...(mode === "muted" || mode === "bypassed" ? { mode } : {}),
    ...(isRecord(kept) ? { kept: record(Object.entries(kept)) } : {}),
  };
}

function dumpPlace(place: Place): unknown {
  return Object.keys(place).length === 1 ? place.at : place;
}

type Text = (name: string) => string;
type Box = Pick<Group, "color" | "at" | "size">;

function boxes<T>(source: unknown, make: (text: Text, box: Box) => T): Names<T> {
  const found: [string, T][] = [];
  for (const [id, value] of Object.entries(isRecord(source) ? source : {})) {
    if (!isRecord(value)) continue;
    const at = point(value["at"]);
    const size = point(value["size"]);
    const text = (name: string) => (typeof value[name] === "string" ? value[name] : "");
    if (at !== undefined && size !== undefined) found.push([id, make(text, { color: text("color") || "gray", at, size })]);
  }
  return record(found);
}

function parseAside(source: unknown): Aside | undefined {
  if (!isRecord(source)) return undefined;
  const named = (name: string) => Object.entries(isRecord(source[name]) ? source[name] : {});
  return {
    nodes: record(named("nodes")),
    links: record(named("links").map(([id, links]) => [id, textsOf(links)])),
    inputs: textsOf(source["inputs"]),
  };
}

function namesIn(source: unknown): readonly string[] {
  return Array.isArray(source) ? source.filter((each): each is string => typeof each === "string") : [];
}

function textsOf(source: unknown): Names<string> {
  const entries = Object.entries(isRecord(source) ? source : {});
  return record(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}

function point(value: unknown): Point | undefined {
  if (!Array.isArray(value) || value.length !== 2) return undefined;
  const [x, y] = value as unknown[];
  return isNumber(x) && isNumber(y) ? [x, y] : undefined;
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}
