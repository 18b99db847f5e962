/** What tells runs of one graph apart, in words. */

import { writeJson } from "./json";

/** Letters of a text that are told, and beyond which it comes after what is short. */
const MOST = 40;
const SHORT = 16;

/** Values by the names of inputs; one that a graph gives no name stands as `node.input`, and is told by the half that is clear. */
export function words(traits: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(traits);
  const isClear = (name: string): boolean => names.filter((other) => short(other) === short(name)).length === 1;
  const isLong = (name: string): boolean => typeof traits[name] === "string" && whole(traits[name]).length > SHORT;
  const ordered = [...names.filter((name) => !isLong(name)), ...names.filter(isLong)];
  return ordered.map((name) => `${isClear(name) ? short(name) : name} ${brief(traits[name])}`).join(", ");
}

/** Of `node.input` the input, or the node where that is called `value`: it is a node for a value alone. */
function short(name: string): string {
  const [node = "", input] = name.split(".");
  return input === undefined || input === "value" ? node : input;
}

/** A value in words. */
export function whole(value: unknown): string {
  return typeof value === "string" ? value.trim() : writeJson(value);
}

/** A value in a few letters. */
function brief(value: unknown): string {
  const letters = Array.from(whole(value));
  return letters.length > MOST ? `${letters.slice(0, MOST).join("")}…` : letters.join("");
}
