/** The queue as the panel shows it: what runs, what waits, what has ended lately. */

import { create } from "zustand";

import { showQueue } from "../api/queue";
import { listRuns, moveRun } from "../api/runs";
import { Problem, Unreachable } from "../api/http";
import type { Queue, RunSummary, ServerEvent } from "../api/schema";
import { hear } from "./connection";
import { isOver } from "./run";

interface Line extends Queue {
  readonly loaded: boolean;
  readonly active: readonly RunSummary[];
  /** As they will run; the first hundred. */
  readonly waiting: readonly RunSummary[];
  /** The newest first. */
  readonly ended: readonly RunSummary[];
}

const LISTED = 100;
const RECENT = 40;
/** Milliseconds after an event until the queue is read: a batch brings many at once. */
const PAUSE = 120;

const CHANGING = new Set([
  "run_queued",
  "run_started",
  "run_cancelling",
  "run_requeued",
  "run_moved",
  "run_finished",
  "run_deleted",
  "queue",
]);

export const useQueue = create<Line>()(() => ({
  loaded: false,
  paused: false,
  queued: 0,
  running: 0,
  workers: [],
  active: [],
  waiting: [],
  ended: [],
}));

let timer: ReturnType<typeof setTimeout> | undefined;
let reading = false;
let stale = false;

/** Keep the queue fresh; the answer ends it. */
export function followQueue(): () => void {
  return hear({ event: tell, opened: () => void readQueue() });
}

function tell(event: ServerEvent): void {
  if (CHANGING.has(event.kind) && timer === undefined) timer = setTimeout(() => void readQueue(), PAUSE);
}

/** Read the queue now. One reading at a time; what changed during it is read once more. */
export async function readQueue(): Promise<void> {
  clearTimeout(timer);
  timer = undefined;
  stale = reading;
  if (reading) return;
  reading = true;
  try {
    useQueue.setState(await read());
  } catch (error) {
    // When the line is there again, it is read again.
    if (!(error instanceof Unreachable) && !(error instanceof Problem)) throw error;
  } finally {
    reading = false;
  }
  if (stale) await readQueue();
}

async function read(): Promise<Line> {
  const [queue, running, waiting, newest] = await Promise.all([
    showQueue(),
    listRuns({ state: "running" }),
    listRuns({ order: "queue", limit: LISTED }),
    listRuns({ limit: RECENT }),
  ]);
  const ended = newest.items.filter(isOver);
  return { loaded: true, ...queue, active: running.items, waiting: waiting.items, ended };
}

/** Put a waiting run before or after another one; the list shows it at once. */
export async function move(id: string, place: "before" | "after", anchor: string): Promise<void> {
  useQueue.setState(({ waiting }) => ({ waiting: moved(waiting, id, place, anchor) }));
  try {
    await moveRun(id, place, anchor);
  } finally {
    await readQueue();
  }
}

/** The list with one of its runs before or after another. */
export function moved(
  runs: readonly RunSummary[],
  id: string,
  place: "before" | "after",
  anchor: string,
): readonly RunSummary[] {
  const one = runs.find((run) => run.id === id);
  const rest = runs.filter((run) => run.id !== id);
  const at = rest.findIndex((run) => run.id === anchor);
  if (one === undefined || at < 0) return runs;
  return rest.toSpliced(place === "before" ? at : at + 1, 0, one);
}
