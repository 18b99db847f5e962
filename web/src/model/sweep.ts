/** Sweeps: many runs of a graph, each with other values, as the batch of one request. */

import { type Catalogue, type Port, takesValue } from "./catalogue";
import type { Document, End } from "./document";
import { type Input, lend, unlinked } from "./inputs";
import { map, record } from "./record";
import { shown } from "./typing";

/** An input that can be swept over. */
export interface Sweepable extends Input {
  /** What its node is called; where another one with such inputs is called so too, with its id. */
  readonly node: string;
}

/** An input, and the values that it takes one after the other. */
export interface Axis {
  readonly end: End;
  readonly values: readonly unknown[];
}

export interface Sweep {
  /** The document with each axis among its named inputs, as a batch names them. */
  readonly document: Document;
  readonly product: Readonly<Record<string, readonly unknown[]>>;
  readonly count: number;
}

const LIMIT = 5000;

/** The inputs of these nodes that can be swept over: those that take a value and are not linked. */
export function sweepable(document: Document, catalogue: Catalogue, nodes: readonly string[]): readonly Sweepable[] {
  const inputs = nodes.flatMap((node) => unlinked(document, catalogue, node, takesValue));
  const titles = record([...new Set(inputs.map(({ end }) => end.node))].map((id) => [id, shown(document, catalogue, id)]));
  const names = map(titles, (title, id) => (Object.values(titles).filter((each) => each === title).length > 1 ? `${title} (${id})` : title));
  return inputs.map((input) => ({ ...input, node: names[input.end.node] ?? input.end.node }));
}

/** Every value of each axis with every value of the others, the last axis going round the fastest. */
export function sweep(document: Document, axes: readonly Axis[]): Sweep {
  let made = document;
  const product: Record<string, readonly unknown[]> = {};
  for (const { end, values } of axes) {
    const [lent, name] = lend(made, end);
    made = lent;
    product[name] = values;
  }
  return { document: made, product, count: axes.reduce((count, { values }) => count * values.length, 1) };
}

/**
 * The values that a text lists for an input: `1, 2, 5`, numbers also as `1..5` or `0..1 step 0.25`. Throws
 * `RangeError`, which says what is wrong, for what is no list of such values.
 */
export function parseValues(text: string, port: Port): unknown[] {
  const parts = (port.widget?.multiline === true ? text.split("\n") : text.split(/[,\n]/)).map((part) => part.trim());
  const values = parts.filter((part) => part !== "").flatMap((part) => parsePart(part, port));
  if (values.length === 0) throw new RangeError("Give at least one value.");
  if (values.length > LIMIT) throw new RangeError(`These are ${values.length} values; ${LIMIT} is the most.`);
  return values;
}

function parsePart(part: string, port: Port): unknown[] {
  if (port.type === "bool") return [boolean(part)];
  if (port.type !== "int" && port.type !== "float") return [part];
  const range = /^(-?[\d.]+)\s*\.\.\s*(-?[\d.]+)(?:\s*step\s*([\d.]+))?$/.exec(part);
  if (range === null) return [numeric(part, port)];
  const [from, to, step] = [range[1], range[2], range[3] ?? "1"].map((each) => Number(each)) as [number, number, number];
  if (![from, to, step].every(Number.isFinite) || step <= 0) throw new RangeError(`${part} is no range; write 1..5 or 0..1 step 0.25`);
  const count = Math.floor((Math.abs(to - from) + 1e-9) / step) + 1;
  if (count > LIMIT) throw new RangeError(`${part} has ${count} values; ${LIMIT} is the most.`);
  return Array.from({ length: count }, (_, index) => whole(round(from + Math.sign(to - from) * index * step), part, port));
}

function numeric(part: string, port: Port): number | bigint {
  if (port.type === "int" && /^-?\d{16,}$/.test(part)) return BigInt(part);
  const value = Number(part);
  if (!Number.isFinite(value)) throw new RangeError(`${JSON.stringify(part)} is no number.`);
  return whole(value, part, port);
}

function whole(value: number, part: string, port: Port): number {
  if (port.type === "int" && !Number.isInteger(value)) throw new RangeError(`${part}: ${port.title} takes whole numbers.`);
  return value;
}

function boolean(part: string): boolean {
  if (part !== "true" && part !== "false") throw new RangeError(`${JSON.stringify(part)} is neither true nor false.`);
  return part === "true";
}

/** Without the dust of adding decimals: 0.1 + 0.2 is 0.3. */
function round(value: number): number {
  return Number(value.toPrecision(12));
}
