/** Seeds over many runs: which count on after each, and what they are in the runs of a batch. */

import { type Catalogue, type Port, takesValue } from "./catalogue";
import { type Document, type End, joinPort } from "./document";
import { setValue } from "./edit";
import { type Input, lend, unlinked } from "./inputs";
import { isRecord, type Names, omit, put, record } from "./record";

/** What becomes of a seed after a run: it stays, or the next one is taken. One that is null is drawn by the server. */
export type SeedMode = "fixed" | "increment";

/** In the layout: the seeds that count on, as `node.input`. */
const COUNTING = "$counting";
const RANGE = 2n ** 64n;

export function seedMode(document: Document, end: End): SeedMode {
  return counting(document)[joinPort(end)] === true ? "increment" : "fixed";
}

export function setSeedMode(document: Document, end: End, mode: SeedMode): Document {
  const name = joinPort(end);
  const before = counting(document);
  const after = mode === "increment" ? put(before, name, true) : omit(before, name);
  if (after === before) return document;
  const others = omit(document.layout.rest, COUNTING);
  const rest = Object.keys(after).length === 0 ? others : put(others, COUNTING, after);
  return { ...document, layout: { ...document.layout, rest } };
}

/** The seeds that a run takes from the document itself. */
export function seeds(document: Document, catalogue: Catalogue): Input[] {
  return Object.keys(document.nodes).flatMap((node) => unlinked(document, catalogue, node, isSeed));
}

/** The document after so many runs: seeds that count on have done so. */
export function counted(document: Document, catalogue: Catalogue, runs: number): Document {
  const found = seeds(document, catalogue).filter(({ end, value }) => value !== null && seedMode(document, end) === "increment");
  return found.reduce((made, { end, value }) => setValue(made, end, later(value, runs)), document);
}

export interface Repeats {
  /** With each seed among its named inputs, as a batch names them. */
  readonly document: Document;
  readonly zip: Readonly<Record<string, readonly unknown[]>>;
}

/** So many runs, each with other seeds: those that are open are drawn for each, the others count up. */
export function repeats(document: Document, catalogue: Catalogue, runs: number): Repeats {
  let made = document;
  const zip: Record<string, readonly unknown[]> = {};
  for (const { end, value } of seeds(document, catalogue)) {
    const [lent, name] = lend(made, end);
    made = lent;
    zip[name] = Array.from({ length: runs }, (_, index) => (value === null ? null : later(value, index)));
  }
  return { document: made, zip };
}

function isSeed(port: Port): boolean {
  return port.widget?.seed === true && takesValue(port);
}

function counting(document: Document): Names<unknown> {
  const found = document.layout.rest[COUNTING];
  if (!isRecord(found)) return record();
  return record(Object.entries(found).filter(([name]) => (name.split(".")[0] ?? "") in document.nodes));
}

/** A seed so many further on; after the last comes the first. */
function later(value: unknown, by: number): unknown {
  if (typeof value !== "number" && typeof value !== "bigint") return value;
  const next = (BigInt(value) + BigInt(by)) % RANGE;
  return next <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(next) : next;
}
