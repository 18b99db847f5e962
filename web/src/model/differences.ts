/** What tells the runs of a batch apart, in words. */

import { writeJson } from "./json";

type Lists = Readonly<Record<string, readonly unknown[]>>;

/** Letters of a text that are told. */
const MOST = 40;

/**
 * Of each run of a batch, in the order of its values: of those that go together the first that differ, of the others each.
 * Where those that go together are drawn, which of how many it is.
 */
export function differences({ zip = {}, product = {} }: { readonly zip?: Lists; readonly product?: Lists }): readonly string[] {
  const crossed = Object.entries(product).filter(([, values]) => values.length > 1);
  const said = crossed.reduce(
    (made, [name, values]) => made.flatMap((parts) => values.map((value) => [...parts, words(name, value)])),
    rows(zip),
  );
  return said.map((parts) => parts.join(", "));
}

function rows(zip: Lists): readonly (readonly string[])[] {
  const lists = Object.entries(zip);
  const count = lists[0]?.[1].length ?? 1;
  const found = lists.find(([, values]) => new Set(values).size > 1);
  if (found === undefined) return Array.from({ length: count }, (_, at) => (count > 1 ? [`${at + 1} of ${count}`] : []));
  const [name, values] = found;
  return values.map((value) => [words(name, value)]);
}

function words(name: string, value: unknown): string {
  return `${name} ${brief(value)}`;
}

/** A value in a few letters. */
export function brief(value: unknown): string {
  const letters = Array.from(whole(value));
  return letters.length > MOST ? `${letters.slice(0, MOST).join("")}…` : letters.join("");
}

/** A value in words. */
export function whole(value: unknown): string {
  return typeof value === "string" ? value.trim() : writeJson(value);
}
