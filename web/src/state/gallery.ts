/** What runs have made, the newest first, read in pages and kept fresh. */

import { create } from "zustand";

import { listArtifacts } from "../api/files";
import { Problem, Unreachable } from "../api/http";
import type { Artifact, ServerEvent } from "../api/schema";
import { hear } from "./connection";
import { artifactOf } from "./run";

interface Gallery {
  readonly items: readonly Artifact[];
  /** Where the next page begins; null when all is read, undefined before the first. */
  readonly next: string | null | undefined;
  readonly reading: boolean;
}

export const useGallery = create<Gallery>()(() => ({ items: [], next: undefined, reading: false }));

/** Keep the gallery fresh; the answer ends it. */
export function followGallery(): () => void {
  return hear({ event: tell, opened: () => void readGallery() });
}

/** Read the newest anew. */
export async function readGallery(): Promise<void> {
  await reading(async () => {
    const page = await listArtifacts();
    useGallery.setState({ items: page.items, next: page.next });
  });
}

/** Read what comes after what is there. */
export async function readMore(): Promise<void> {
  const { next } = useGallery.getState();
  if (next === null || next === undefined) return;
  await reading(async () => {
    const page = await listArtifacts(next);
    useGallery.setState(({ items }) => ({ items: joined(items, page.items), next: page.next }));
  });
}

async function reading(work: () => Promise<void>): Promise<void> {
  if (useGallery.getState().reading) return;
  useGallery.setState({ reading: true });
  try {
    await work();
  } catch (error) {
    // When the line is there again, it is read again.
    if (!(error instanceof Unreachable) && !(error instanceof Problem)) throw error;
  } finally {
    useGallery.setState({ reading: false });
  }
}

function tell(event: ServerEvent): void {
  if (event.kind !== "artifact") return;
  useGallery.setState(({ items }) => ({ items: joined([artifactOf(event)], items) }));
}

/** Both lists, each file of a node of a run once. */
export function joined(first: readonly Artifact[], second: readonly Artifact[]): readonly Artifact[] {
  const seen = new Set<string>();
  return [...first, ...second].filter((each) => {
    const name = artifactKey(each);
    const fresh = !seen.has(name);
    seen.add(name);
    return fresh;
  });
}

/** What tells an artifact from every other. */
export function artifactKey(made: Artifact): string {
  return `${made.run_id} ${made.node_id} ${made.sha256} ${made.name}`;
}

export function isPicture(made: { readonly media_type: string }): boolean {
  return made.media_type.startsWith("image/");
}
