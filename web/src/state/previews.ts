/** What the nodes of documents showed last while they ran: it keeps its place until there is something fresher. */

import { create } from "zustand";

import { type Names, omit, put, record } from "../model/record";
import type { Preview } from "./run";

export interface Seen {
  /** The run in which it was shown. */
  readonly run: string;
  readonly preview: Preview;
}

interface Previews {
  /** By document and node. */
  readonly of: Names<Names<Seen>>;
}

export const usePreviews = create<Previews>()(() => ({ of: record() }));

export function keepPreview(document: string, node: string, seen: Seen): void {
  usePreviews.setState(({ of }) => ({ of: put(of, document, put(of[document] ?? record(), node, seen)) }));
}

export function dropPreview(document: string, node: string): void {
  usePreviews.setState(({ of }) => ({ of: put(of, document, omit(of[document] ?? record(), node)) }));
}

/** Of a document that is closed. */
export function dropPreviews(document: string): void {
  usePreviews.setState(({ of }) => ({ of: omit(of, document) }));
}

/** The last one that a run gave; of several nodes, that of the last one which gave any for the first time. */
export function lastPreview({ of }: Previews, document: string, run: string | undefined): Preview | undefined {
  return Object.values(of[document] ?? {}).findLast((seen) => seen.run === run)?.preview;
}
