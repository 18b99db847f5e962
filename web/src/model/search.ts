/** Finding node types by what somebody types: name, category, description. */

import type { Catalogue, NodeType, Port } from "./catalogue";
import { type Names, record } from "./record";
import { fits } from "./typing";

/** A loose end that the new node shall be linked to: an output that feeds it, or an input that it feeds. */
export interface Loose {
  readonly side: "output" | "input";
  readonly port: Port;
}

/**
 * The node types that match, the best first: of those that match alike the ones that are used most, a plugin's last.
 * Without a query all of them, by category and title.
 */
export function search(catalogue: Catalogue, query: string, loose?: Loose, uses: Names<number> = record()): NodeType[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const types = Object.values(catalogue.nodes).filter((type) => loose === undefined || fitting(type, loose) !== undefined);
  const scored = types.map((type) => ({ type, score: score(type, words) })).filter(({ score: found }) => found > 0);
  const between = words[0] === undefined ? order : likelier(words[0], uses);
  return scored.toSorted((a, b) => rank(b, loose) - rank(a, loose) || between(a.type, b.type)).map(({ type }) => type);
}

/** Those that are used most, the most used first, and the others as they were. */
export function byUse(types: readonly NodeType[], uses: Names<number>, most: number): readonly [often: NodeType[], others: NodeType[]] {
  const known = types.filter((type) => used(type, uses) > 0);
  const often = known.toSorted((a, b) => used(b, uses) - used(a, uses)).slice(0, most);
  return [often, types.filter((type) => !often.includes(type))];
}

/** The port of a node type that a loose end is linked to: one of the very type before one that also takes it. */
export function fitting(type: NodeType, loose: Loose): Port | undefined {
  const ports = loose.side === "output" ? type.inputs : type.outputs;
  const able = ports.filter((port) => (loose.side === "output" ? fits(port, loose.port) : fits(loose.port, port)));
  return (
    able.find((port) => port.type === loose.port.type && port.name === loose.port.name) ??
    able.find((port) => port.type === loose.port.type && port.required) ??
    able.find((port) => port.type === loose.port.type) ??
    able[0]
  );
}

/** How well every word is found in a node type; 0 when one is not. */
function score(type: NodeType, words: readonly string[]): number {
  let sum = (type.deprecated === true ? 0.5 : 1) + scoreOfAll(type.title.toLowerCase(), words);
  for (const word of words) {
    const found = scoreOf(type, word);
    if (found === 0) return 0;
    sum += found;
  }
  return sum;
}

/** Whoever types several words of a title in their order means it. */
function scoreOfAll(title: string, words: readonly string[]): number {
  if (words.length < 2 || !title.startsWith(words.join(" "))) return 0;
  return title === words.join(" ") ? 100 : 50;
}

function scoreOf(type: NodeType, word: string): number {
  const title = type.title.toLowerCase();
  const name = type.name.toLowerCase();
  if (title === word || name === word) return 100;
  if (name.startsWith(word) || beginnings(type.title).some((text) => text.startsWith(word))) return 60;
  if (initials(type.title).startsWith(word)) return 30;
  if (title.includes(word) || name.includes(word)) return 20;
  if (type.category.toLowerCase().includes(word)) return 10;
  if (type.description.toLowerCase().includes(word)) return 5;
  return word.length > 2 && scattered(name, word) ? 1 : 0;
}

function rank({ type, score: found }: { type: NodeType; score: number }, loose: Loose | undefined): number {
  if (loose === undefined) return found;
  return found + (fitting(type, loose)?.type === loose.port.type ? 1000 : 0);
}

/** Which of two that match alike is meant. */
function likelier(word: string, uses: Names<number>): (a: NodeType, b: NodeType) => number {
  const at = ({ title }: NodeType): number => title.toLowerCase().indexOf(word);
  return (a, b) => used(b, uses) - used(a, uses) || foreign(a) - foreign(b) || at(a) - at(b) || a.title.length - b.title.length || order(a, b);
}

function used({ name }: NodeType, uses: Names<number>): number {
  return uses[name] ?? 0;
}

/** 1 for a plugin's node type: its name begins with the plugin's. */
function foreign({ name }: NodeType): 0 | 1 {
  return name.includes("/") ? 1 : 0;
}

function order(a: NodeType, b: NodeType): number {
  return a.category.localeCompare(b.category) || a.title.localeCompare(b.title);
}

/** The text from each of its words on; KSampler is two. */
function beginnings(title: string): string[] {
  return [...title.matchAll(/(?<![\p{L}\p{N}])\S|\p{Lu}(?=\p{Ll})/gu)].map(({ index }) => title.slice(index).toLowerCase());
}

function initials(title: string): string {
  return (title.match(/[A-Z]/g) ?? []).join("").toLowerCase();
}

/** Whether the letters of the word stand in the text in that order. */
function scattered(text: string, word: string): boolean {
  let from = 0;
  for (const letter of word) {
    const at = text.indexOf(letter, from);
    if (at < 0) return false;
    from = at + 1;
  }
  return true;
}
