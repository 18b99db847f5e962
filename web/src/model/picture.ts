/** Which picture a mask is painted over: the one that ends up in the same place. */

import { type Catalogue, type Port, takesValue } from "./catalogue";
import type { Document, End } from "./document";
import { valueOf } from "./inputs";
import { consumers, typeOf } from "./typing";

/** An input that names a picture file, and the name. */
export interface Picture {
  readonly value: string;
  readonly kind: string;
}

/**
 * The picture that is read by another node and meets the mask first on the way down; else any picture that is read.
 */
export function pictureUnder(document: Document, catalogue: Catalogue, mask: End): Picture | undefined {
  const next = consumers(document);
  const own = depths(next, mask.node);
  const found = Object.keys(document.nodes).flatMap((id) => {
    const picture = id === mask.node ? undefined : pictureOf(document, catalogue, id);
    return picture === undefined ? [] : [{ picture, meets: meeting(own, depths(next, id)) }];
  });
  return found.toSorted((a, b) => a.meets - b.meets)[0]?.picture;
}

/** The picture that a node reads, of those inputs that no mask is painted in. */
function pictureOf(document: Document, catalogue: Catalogue, id: string): Picture | undefined {
  for (const port of typeOf(document, catalogue, id)?.inputs ?? []) {
    const value = isPicture(port) ? valueOf(document, { node: id, port: port.name }, port) : undefined;
    if (typeof value === "string" && value !== "") return { value, kind: port.widget?.files ?? "images" };
  }
  return undefined;
}

function isPicture(port: Port): boolean {
  return takesValue(port) && port.widget?.files === "images" && port.widget.painted !== true;
}

/** How many links away each node is that can be come to from `start`. */
function depths(next: ReadonlyMap<string, ReadonlySet<string>>, start: string): ReadonlyMap<string, number> {
  const found = new Map([[start, 0]]);
  for (const [id, depth] of found) {
    for (const consumer of next.get(id) ?? []) if (!found.has(consumer)) found.set(consumer, depth + 1);
  }
  return found;
}

function meeting(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  let least = Number.POSITIVE_INFINITY;
  for (const [id, depth] of a) least = Math.min(least, depth + (b.get(id) ?? Number.POSITIVE_INFINITY));
  return Number.isFinite(least) ? least : 1e9;
}
