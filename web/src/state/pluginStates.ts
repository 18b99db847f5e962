/** What is to be told of plugins: which are broken, and what has become of them since they were read last. */

import type { Plugin } from "../api/schema";

/** Whether it cannot be loaded as it is now. */
export function isBroken({ state }: Plugin): boolean {
  return state === "failed" || state === "stale";
}

/** What tells a plugin from every other: two may claim one name. */
export function pluginKey({ name, distribution, origin }: Plugin): string {
  return `${name} ${distribution} ${origin}`;
}

/** The broken ones that were well before, or were broken otherwise. */
export function newlyBroken(before: readonly Plugin[], now: readonly Plugin[]): Plugin[] {
  const known = new Set(before.filter(isBroken).map(told));
  return now.filter((each) => isBroken(each) && !known.has(told(each)));
}

/** The ones that work, and were broken before. */
export function mended(before: readonly Plugin[], now: readonly Plugin[]): Plugin[] {
  const broken = new Set(before.filter(isBroken).map(pluginKey));
  return now.filter((each) => each.state === "loaded" && broken.has(pluginKey(each)));
}

/** Why a node type is not there: the plugin whose name it begins with is broken or disabled; undefined where none is. */
export function lackingFor(type: string, plugins: readonly Plugin[]): Plugin | undefined {
  const slash = type.indexOf("/");
  const found = plugins.filter(({ name, state }) => slash > 0 && name === type.slice(0, slash) && state !== "loaded");
  return found.find(isBroken) ?? found[0];
}

/** A stale one is another matter for each error. */
function told(plugin: Plugin): string {
  return `${pluginKey(plugin)} ${plugin.state} ${plugin.place} ${plugin.error}`;
}
