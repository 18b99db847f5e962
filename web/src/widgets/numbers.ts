/** Numbers as they are typed, stepped and dragged. Whole numbers beyond 2^53 are `bigint`. */

import type { JsonSchema, Port } from "../model/catalogue";
import { evaluate } from "./expression";

export type Numeric = number | bigint;

export interface Limits {
  readonly integer: boolean;
  readonly min?: Numeric | undefined;
  readonly max?: Numeric | undefined;
  /** The limit itself is not allowed. */
  readonly openMin: boolean;
  readonly openMax: boolean;
  readonly step: number;
}

/** What a schema of numbers allows, and by how much arrows change one. */
export function limitsOf(schema: JsonSchema, port?: Port): Limits {
  const integer = schema.type === "integer";
  const openMin = schema.exclusiveMinimum !== undefined;
  const openMax = schema.exclusiveMaximum !== undefined;
  const min = schema.exclusiveMinimum ?? schema.minimum;
  const max = schema.exclusiveMaximum ?? schema.maximum;
  const step = port?.widget?.step ?? schema.multipleOf ?? (integer ? 1 : usualStep(min, max));
  return { integer, min, max, openMin, openMax, step };
}

/** A hundredth of the range, as a power of ten; never more than a tenth. */
function usualStep(min: Numeric | undefined, max: Numeric | undefined): number {
  if (min === undefined || max === undefined) return 0.1;
  const range = Number(max) - Number(min);
  return range > 0 ? Math.min(0.1, 10 ** Math.floor(Math.log10(range / 100) + 1e-9)) : 0.1;
}

/** The number as a value: a whole one as `number` where that is exact. */
export function whole(value: bigint): Numeric {
  const plain = Number(value);
  return Number.isSafeInteger(plain) ? plain : value;
}

export function isNumeric(value: unknown): value is Numeric {
  return typeof value === "number" || typeof value === "bigint";
}

/** What was typed, as a number; undefined where it is none. Sums such as `512*2` are worked out. */
export function parseNumber(text: string, integer: boolean): Numeric | undefined {
  const plain = text.trim().replace(/^\+/, "");
  if (/^-?\d+$/.test(plain)) return whole(BigInt(plain));
  const value = evaluate(/^[^,.]*,\d+$/.test(plain) ? plain.replace(",", ".") : plain);
  if (value === undefined || !Number.isFinite(value)) return undefined;
  if (!integer) return value;
  return Number.isSafeInteger(value) ? value : undefined;
}

/** The number as it is shown: without the noise of binary fractions. */
export function shown(value: unknown): string {
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "number") return "";
  return Number.isInteger(value) ? value.toString() : String(Number(value.toPrecision(12)));
}

/** Why the number is not allowed; undefined where it is. */
export function outside(value: Numeric, limits: Limits): string | undefined {
  const { min, max, openMin, openMax } = limits;
  if (min !== undefined && (openMin ? value <= min : value < min)) return `${openMin ? "more than" : "at least"} ${min}`;
  if (max !== undefined && (openMax ? value >= max : value > max)) return `${openMax ? "less than" : "at most"} ${max}`;
  return undefined;
}

/** The allowed number that is nearest. */
export function clamp(value: Numeric, limits: Limits): Numeric {
  const { min, max, openMin, openMax } = limits;
  if (min !== undefined && (openMin ? value <= min : value < min)) return openMin ? plus(min, limits.step, limits) : min;
  if (max !== undefined && (openMax ? value >= max : value > max)) return openMax ? plus(max, -limits.step, limits) : max;
  return value;
}

/** The number some steps on, within its limits. */
export function stepped(value: Numeric, steps: number, limits: Limits): Numeric {
  return clamp(plus(value, steps * limits.step, limits), limits);
}

function plus(value: Numeric, change: number, { integer, step }: Limits): Numeric {
  if (!integer) return tidy(Number(value) + change, step);
  return whole(BigInt(value) + BigInt(Math.round(change)));
}

/** Rounded to the digits that the step has, and at most two more. */
function tidy(value: number, step: number): number {
  const digits = Math.min(12, Math.max(0, Math.ceil(-Math.log10(step))) + 2);
  return Number(value.toFixed(digits));
}

/** Pixels of dragging to a step. */
const PIXELS = 4;

/** Sizes in pixels go by eights: that is what models take. */
const EIGHTS = 8;

/** What dragging by so many pixels makes of a number; `fine` goes a tenth as fast, `coarse` ten times as fast. */
export function dragged(value: Numeric, pixels: number, limits: Limits, speed: Speed = "usual"): Numeric {
  const sizes = isSize(limits);
  const unit = sizes && speed !== "fine" ? EIGHTS : limits.integer ? 1 : FACTORS[speed];
  const slow = limits.integer && !sizes && speed === "fine" ? 4 : 1;
  const steps = Math.trunc(pixels / (PIXELS * slow)) * (limits.integer && speed === "coarse" ? FACTORS.coarse : 1);
  if (steps === 0) return value;
  if (unit !== EIGHTS || !sizes) return stepped(value, steps * unit, limits);
  return clamp(Math.round(Number(value) / EIGHTS + steps) * EIGHTS, limits);
}

export type Speed = "fine" | "usual" | "coarse";

const FACTORS = { fine: 0.1, usual: 1, coarse: 10 } as const;

/** Whether this looks like a number of pixels. */
function isSize({ integer, min, max, step }: Limits): boolean {
  if (!integer || step !== 1 || min === undefined || max === undefined) return false;
  return Number(max) - Number(min) >= 4096 && Number(max) < 1e6;
}

/** How much of the range the number fills, from 0 to 1; undefined where there is no range. */
export function filled(value: unknown, { min, max }: Limits): number | undefined {
  if (!isNumeric(value) || min === undefined || max === undefined || max <= min) return undefined;
  return Math.min(1, Math.max(0, (Number(value) - Number(min)) / (Number(max) - Number(min))));
}
