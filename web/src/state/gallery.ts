/** What runs have made, the newest first, read in pages and kept fresh. */

import { create } from "zustand";

import { listArtifacts } from "../api/files";
import { Problem, Unreachable } from "../api/http";
import type { Artifact, ServerEvent } from "../api/schema";
import { words } from "../model/traits";
import { hear } from "./connection";
import { artifactOf } from "./run";

/** Milliseconds after a file was told of until its traits are read: a batch brings many at once. */
const PAUSE = 120;

interface Gallery {
  readonly items: readonly Artifact[];
  /** Where the next page begins; null when all is read, undefined before the first. */
  readonly next: string | null | undefined;
  readonly reading: boolean;
}

export const useGallery = create<Gallery>()(() => ({ items: [], next: undefined, reading: false }));

let timer: ReturnType<typeof setTimeout> | undefined;

/** Keep the gallery fresh; the answer ends it. */
export function followGallery(): () => void {
  return hear({ event: tell, opened: () => void readGallery() });
}

/** Read the newest anew; what is told of meanwhile comes before it. */
export async function readGallery(): Promise<void> {
  await reading(async () => {
    const before = new Set(useGallery.getState().items.map(artifactKey));
    const page = await listArtifacts();
    useGallery.setState(({ items }) => ({ items: joined(items.filter((each) => !before.has(artifactKey(each))), page.items), next: page.next }));
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

/** An event does not tell the traits of its run: they are read for all that come at once. */
function tell(event: ServerEvent): void {
  if (event.kind !== "artifact") return;
  const made = artifactOf(event);
  useGallery.setState(({ items }) => ({ items: items.some((each) => artifactKey(each) === artifactKey(made)) ? items : [made, ...items] }));
  timer ??= setTimeout(() => void readTraits(), PAUSE);
}

async function readTraits(): Promise<void> {
  timer = undefined;
  try {
    const { items: read } = await listArtifacts();
    useGallery.setState(({ items }) => ({ items: described(items, read) }));
  } catch (error) {
    // When the line is there again, it is read again.
    if (!(error instanceof Unreachable) && !(error instanceof Problem)) throw error;
  }
}

/** The list, with what is read of its items in their place. */
export function described(items: readonly Artifact[], read: readonly Artifact[]): readonly Artifact[] {
  const known = new Map(read.map((each) => [artifactKey(each), each]));
  return items.map((each) => known.get(artifactKey(each)) ?? each);
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

/** Its name, and what tells it from others of its graph. */
export function called({ name, traits }: Artifact): string {
  const told = traits === undefined ? "" : words(traits);
  return told === "" ? name : `${name}, ${told}`;
}

/**
 * Of files that a node of a run made several of, which each is of how many, by its key. `isWhole` says whether there are
 * none before the last of the list; else those that it ends in may be fewer than were made.
 */
export function places(items: readonly Artifact[], isWhole: boolean): ReadonlyMap<string, string> {
  const maker = ({ run_id, node_id }: Artifact): string => `${run_id} ${node_id}`;
  const groups = new Map<string, Artifact[]>();
  for (const made of items) groups.set(maker(made), [made, ...(groups.get(maker(made)) ?? [])]);
  const last = items.at(-1);
  if (!isWhole && last !== undefined) groups.delete(maker(last));
  const several = [...groups.values()].filter((made) => made.length > 1);
  return new Map(several.flatMap((made) => made.map((each, at) => [artifactKey(each), `${at + 1} of ${made.length}`] as const)));
}

export function isPicture(made: { readonly media_type: string }): boolean {
  return made.media_type.startsWith("image/");
}
