/** What tells the runs of a batch apart: known of those that this browser has started. */

import { create } from "zustand";

import type { Batch, RunSummary } from "../api/schema";
import { differences } from "../model/differences";
import { isRecord, type Names, record } from "../model/record";
import { memory } from "./memory";

interface Differences {
  /** By run, in words. */
  readonly of: Names<string>;
}

/** Runs of a batch of which it is remembered. */
const MOST = 200;
const remembered = memory("nodeflow.batches", readWords);

export const useDifferences = create<Differences>()(() => ({ of: record() }));

/** What tells a run apart from those that were started with it; of one that runs again, what told the first. */
export function differenceOf({ of }: Differences, { id, retry_of }: RunSummary): string | undefined {
  return of[id] ?? of[retry_of ?? ""];
}

/** These are the runs of a batch. */
export function tellApart(runs: readonly RunSummary[], batch: Batch): void {
  const words = differences(batch);
  const entries = runs.flatMap(({ id }, at) => (words[at] === undefined || words[at] === "" ? [] : [[id, words[at]] as const]));
  know(entries);
  const name = runs[0]?.batch ?? null;
  if (name !== null) remembered.put(name, record(entries.slice(0, MOST)));
}

/** Find again what earlier pages knew. */
export function restoreDifferences(): void {
  know([...remembered.all().values()].flatMap((words) => Object.entries(words)));
}

function know(entries: readonly (readonly [string, string])[]): void {
  useDifferences.setState(({ of }) => ({ of: record([...Object.entries(of), ...entries]) }));
}

function readWords(found: unknown): Names<string> | undefined {
  if (!isRecord(found)) return undefined;
  return record(Object.entries(found).flatMap(([id, words]) => (typeof words === "string" ? [[id, words] as const] : [])));
}
